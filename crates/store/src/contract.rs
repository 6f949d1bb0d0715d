//! Contracts, kept with everything a decision brought: state, entry, event, timers, jobs and the rows that are searched
//! by, in one transaction or not at all.

use std::collections::BTreeMap;

use earnest_hire::contract::{
    Actor, Command, Contract, Decision, Earning, Input, Lot, Milestone, Offer, Payment, Refund, Timer,
};
use earnest_hire::ids::{ContractId, PaymentId, PersonId};
use earnest_hire::money::Minor;
use jiff::Timestamp;

use crate::Error;
use crate::books::{Must, corrupt};
use crate::chain::Head;
use crate::db::{Row, Statement, Store, Tx, View};
use crate::history::{self, Happened, json};
use crate::idempotency::{self, Key, Seen};
use crate::job;
use crate::timer;

statements! {
    LOCK = "SELECT id, body FROM contract WHERE id = $1 FOR UPDATE";
    READ = "SELECT id, body FROM contract WHERE id = $1";
    OF = "SELECT id, body FROM contract WHERE (client = $1 OR expert = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";
    NOT_OVER = "SELECT id, body FROM contract WHERE (client = $1 OR expert = $1) \
                AND standing NOT IN ('ended', 'declined', 'withdrawn', 'expired') ORDER BY id DESC";
    INSERT = "INSERT INTO contract (id, version, standing, process, client, expert, currency, body) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE contract SET version = $2, standing = $3, body = $4 WHERE id = $1 AND version = $5";
    MILESTONE = "INSERT INTO milestone (id, contract, client, state, entry_no, price, open) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                 ON CONFLICT (id) DO UPDATE SET state = excluded.state, entry_no = excluded.entry_no, \
                 price = excluded.price, open = excluded.open";
    NEW_MILESTONE = "INSERT INTO milestone (id, contract, client, state, entry_no, price, open) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    LOT = "INSERT INTO lot (id, milestone, payment, price, released, refunded, withheld, fee, fee_earned, fee_returned, \
           fee_withheld, expert_fee_earned) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO UPDATE SET \
           price = excluded.price, released = excluded.released, refunded = excluded.refunded, withheld = excluded.withheld, \
           fee = excluded.fee, fee_earned = excluded.fee_earned, fee_returned = excluded.fee_returned, \
           fee_withheld = excluded.fee_withheld, expert_fee_earned = excluded.expert_fee_earned";
    PAYMENT = "INSERT INTO payment (id, contract, milestone, provider, state, asked, received, in_funds) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET state = excluded.state, \
               received = excluded.received, in_funds = excluded.in_funds";
    REFUND = "INSERT INTO refund (id, contract, payment, amount, state) VALUES ($1, $2, $3, $4, $5) \
              ON CONFLICT (id) DO UPDATE SET state = excluded.state";
    EARNING = "INSERT INTO earning (id, expert, contract, milestone, currency, amount, clears_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    KNOWN_CLIENT = "SELECT (SELECT COUNT(*) FROM milestone WHERE client = $1 AND state = 'released'), \
                    (SELECT CAST(COALESCE(SUM(CASE event.kind WHEN 'chargeback_opened' THEN 1 WHEN 'chargeback_won' THEN -1 \
                    ELSE 0 END), 0) AS BIGINT) FROM contract JOIN event ON event.chain = contract.id WHERE contract.client = $1)";
    CLIENT_OPEN = "SELECT CAST(COALESCE(SUM(open), 0) AS BIGINT) FROM milestone WHERE client = $1 AND contract <> $2";
    CHECKOUTS = concat!(
        "SELECT id, provider, provider_ref, COALESCE(checkout_url, '') FROM payment WHERE provider_ref IS NOT NULL AND id IN ",
        a_hundred_ids!()
    );
    CHECKOUT = "SELECT provider, provider_ref, COALESCE(checkout_url, '') FROM payment WHERE id = $1 AND provider_ref IS NOT NULL";
    KEEP_CHECKOUT = "UPDATE payment SET provider_ref = $2, checkout_url = $3 WHERE id = $1";
    KEEP_REFERENCE = "UPDATE payment SET provider_ref = $2 WHERE id = $1 AND provider = $3 AND provider_ref IS NULL";
    CONTRACT_OF_PAYMENT = "SELECT contract FROM payment WHERE id = $1";
    CONTRACT_OF_REFUND = "SELECT contract FROM refund WHERE id = $1";
    CONTRACT_OF_MILESTONE = "SELECT contract FROM milestone WHERE id = $1";
}

/// What was asked of a contract.
#[derive(Debug, Clone, Copy)]
pub enum Deed<'a> {
    /// That it begins.
    Offer(&'a Offer),
    /// Anything later.
    Command(&'a Command),
}

impl Deed<'_> {
    /// The word for it in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Self::Offer(_) => "offer",
            Self::Command(command) => command.name(),
        }
    }

    fn json(self) -> Result<String, Error> {
        match self {
            Self::Offer(offer) => json(&serde_json::json!({ "command": "offer", "offer": offer })),
            Self::Command(command) => json(command),
        }
    }
}

/// What is kept of a command beside what it did.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// What was asked.
    pub deed: Deed<'a>,
    /// By whom.
    pub actor: &'a Actor,
    /// What it was decided from.
    pub input: &'a Input,
    /// The key under which its answer is found again.
    pub key: Option<&'a Key>,
    /// The timer that gave it, which is used up by it.
    pub timer: Option<&'a str>,
}

/// A contract locked for a write, with the head of its history.
#[derive(Debug, Clone)]
pub struct Locked {
    /// As it stands.
    pub contract: Contract,
    /// Of its chain.
    pub head: Head,
}

/// Statements that travel with the commit.
#[derive(Debug)]
pub struct Last(pub(crate) Vec<Statement>);

impl Tx {
    /// Locks a contract and looks for an earlier answer under the key, after the lock: whoever held it before has
    /// committed by then. Locks come in one order: contract, party, accounts by their id.
    pub async fn lock_contract(
        &mut self,
        id: ContractId,
        key: Option<&Key>,
    ) -> Result<(Option<Locked>, Option<Seen>), Error> {
        let id = id.to_string();
        let mut reads = vec![(LOCK, args![id.as_str()].to_vec()), history::lock(&id)];
        reads.extend(key.map(idempotency::find));
        let mut found = self.all_each(&reads).await?.into_iter();
        let contract = found.next().unwrap_or_default().pop().map(contract).transpose()?;
        let head = found
            .next()
            .unwrap_or_default()
            .pop()
            .map(|row| history::head(&id, row))
            .transpose()?;
        let seen = found
            .next()
            .unwrap_or_default()
            .pop()
            .map(idempotency::seen)
            .transpose()?;
        let locked = match (contract, head) {
            (Some(contract), Some(head)) => Some(Locked { contract, head }),
            (None, None) => None,
            _ => {
                return Err(corrupt(
                    "chain",
                    &id,
                    "a contract and its chain are not both there".to_owned(),
                ));
            }
        };
        Ok((locked, seen))
    }

    /// Keeps a decision. The guarded change of the state comes before the posting; what only inserts is returned and
    /// travels with the commit.
    pub async fn keep_contract(
        &mut self,
        former: Option<&Locked>,
        decision: &Decision,
        record: &Record<'_>,
    ) -> Result<Last, Error> {
        let contract = &decision.contract;
        let body = json(contract)?;
        let happened = Happened {
            chain: contract.id.to_string(),
            event: decision.event,
            version: contract.version,
            at: record.input.now.as_microsecond(),
            kind: record.deed.name(),
            actor: record.actor,
            command: record.deed.json()?,
            input: json(record.input)?,
            moved: json(&decision.moved)?,
            body: &body,
            entry: decision.entry.as_ref(),
            before: former.map(|locked| locked.head),
            key: record.key,
            timer: record.timer,
        };
        let state = (
            Must::One("the contract"),
            state_statement(former, contract, &body),
        );
        let (event, mut last) = happened.keep(self, state).await?;
        if former.is_none() {
            self.take_milestones(contract).await?;
        }
        project(&mut last, former.map(|locked| &locked.contract), contract)?;
        last.extend(decision.earnings.iter().map(|earning| earned(earning, contract)));
        last.extend(decision.earnings.iter().map(clearance));
        last.extend(
            decision
                .timers
                .iter()
                .map(|timer| timer::insert(timer, &event.chain)),
        );
        let tasks = job::of_contract(decision, &event.id, &event.kind)?;
        last.extend(tasks.iter().map(|task| job::insert(&event, task)));
        Ok(Last(last))
    }

    /// The ids of a new contract's milestones name accounts: whoever begins another with one of them at the same time
    /// waits here and is turned away.
    async fn take_milestones(&mut self, contract: &Contract) -> Result<(), Error> {
        let mut new = crate::books::Guarded::default();
        for milestone in &contract.milestones {
            let (_, args) = milestone_row(contract, milestone)?;
            new.push(Must::One("the milestone"), (NEW_MILESTONE, args));
        }
        new.run(self).await
    }

    /// Keeps now what was left for the end, so that several commands share one transaction.
    pub async fn keep_last(&mut self, last: Last) -> Result<(), Error> {
        self.exec_each(&last.0).await.map(drop)
    }

    /// Ends the closure with the statements that were left for the end.
    pub async fn commit_last<T, E: From<Error>>(self, last: Last, value: T) -> Result<crate::Done<T>, E> {
        self.commit_after(last.0, value).await
    }
}

/// Where a client pays, as the provider opened it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutRow {
    /// Who.
    pub provider: String,
    /// The provider's name of the payment.
    pub provider_ref: String,
    /// The page; empty where only an event told of the payment.
    pub checkout_url: String,
}

impl Store {
    /// Keeps where a client pays.
    pub async fn keep_checkout(&self, id: PaymentId, provider_ref: String, url: String) -> Result<(), Error> {
        self.write(move |mut tx| {
            let args = args![id.to_string(), provider_ref.as_str(), url.as_str()].to_vec();
            async move {
                tx.exec(KEEP_CHECKOUT, &args).await?;
                tx.commit(()).await
            }
        })
        .await
    }

    /// Keeps the provider's name of a payment where none is kept.
    pub async fn keep_reference(&self, id: PaymentId, provider: String, name: String) -> Result<(), Error> {
        self.write(move |mut tx| {
            let args = args![id.to_string(), name.as_str(), provider.as_str()].to_vec();
            async move {
                tx.exec(KEEP_REFERENCE, &args).await?;
                tx.commit(()).await
            }
        })
        .await
    }
}

impl View {
    /// Sum of what this client has open in other contracts. A decision locks the party first.
    pub async fn client_open(&mut self, client: PersonId, but: ContractId) -> Result<Minor, Error> {
        let mut row = self
            .one(CLIENT_OPEN, args![client.to_string(), but.to_string()])
            .await?;
        row.next()
            .map(Minor)
            .map_err(|why| corrupt("milestone", &client.to_string(), why))
    }

    /// Whether a client has released work here before, and no payment of theirs is contested.
    pub async fn is_known_client(&mut self, client: PersonId) -> Result<bool, Error> {
        let mut row = self.one(KNOWN_CLIENT, args![client.to_string()]).await?;
        let mut read = || -> Result<bool, String> {
            let (released, contested): (i64, i64) = (row.next()?, row.next()?);
            Ok(released > 0 && contested == 0)
        };
        read().map_err(|why| corrupt("milestone", &client.to_string(), why))
    }

    /// Where some payments are paid, of those whose provider has opened it.
    pub async fn checkouts(
        &mut self,
        ids: impl IntoIterator<Item = PaymentId>,
    ) -> Result<BTreeMap<PaymentId, CheckoutRow>, Error> {
        let ids = ids.into_iter().map(|id| id.to_string()).collect();
        let rows = self.rows_of(CHECKOUTS, ids, &[]).await?;
        let read = |mut row: Row| {
            let id = row.parse()?;
            let checkout = CheckoutRow {
                provider: row.next()?,
                provider_ref: row.next()?,
                checkout_url: row.next()?,
            };
            Ok((id, checkout))
        };
        let checkouts: Result<_, String> = rows.into_iter().map(read).collect();
        checkouts.map_err(|why| corrupt("payment", "?", why))
    }

    /// Where a client pays, once the provider has opened it.
    pub async fn checkout(&mut self, id: PaymentId) -> Result<Option<CheckoutRow>, Error> {
        let Some(mut row) = self.maybe(CHECKOUT, args![id.to_string()]).await? else {
            return Ok(None);
        };
        let mut read = || -> Result<CheckoutRow, String> {
            Ok(CheckoutRow {
                provider: row.next()?,
                provider_ref: row.next()?,
                checkout_url: row.next()?,
            })
        };
        read()
            .map(Some)
            .map_err(|why| corrupt("payment", &id.to_string(), why))
    }

    /// By its id.
    pub async fn contract(&mut self, id: ContractId) -> Result<Option<Contract>, Error> {
        self.maybe(READ, args![id.to_string()])
            .await?
            .map(contract)
            .transpose()
    }

    /// Of one person, as client or expert, from the newest on, those older than `before` where it is given.
    pub async fn contracts_of(
        &mut self,
        person: PersonId,
        before: Option<ContractId>,
        limit: u16,
    ) -> Result<Vec<Contract>, Error> {
        let before = before.map(|id| id.to_string()).unwrap_or_default();
        let args = args![person.to_string(), before, i64::from(limit)];
        self.all(OF, args).await?.into_iter().map(contract).collect()
    }

    /// Those of one person that are not over, as client or expert, the newest first.
    pub async fn contracts_not_over(&mut self, person: PersonId) -> Result<Vec<Contract>, Error> {
        let rows = self.all(NOT_OVER, args![person.to_string()]).await?;
        rows.into_iter().map(contract).collect()
    }

    /// The contract that a payment, refund or milestone belongs to.
    pub async fn contract_of(&mut self, id: &str) -> Result<Option<ContractId>, Error> {
        let sql = match id.get(..4) {
            Some("pay_") => CONTRACT_OF_PAYMENT,
            Some("rfd_") => CONTRACT_OF_REFUND,
            Some("mst_") => CONTRACT_OF_MILESTONE,
            _ => return Ok(id.parse().ok()),
        };
        let row = self.maybe(sql, args![id]).await?;
        row.map(|mut row| row.parse().map_err(|why| corrupt("payment", id, why)))
            .transpose()
    }
}

pub(crate) fn contract(mut row: Row) -> Result<Contract, Error> {
    let mut read = || -> Result<(String, String), String> { Ok((row.next()?, row.next()?)) };
    let (id, body) = read().map_err(|why| corrupt("contract", "?", why))?;
    let contract: Contract =
        serde_json::from_str(&body).map_err(|error| corrupt("contract", &id, error.to_string()))?;
    if contract.id.to_string() == id {
        Ok(contract)
    } else {
        Err(corrupt("contract", &id, "its body is that of another".to_owned()))
    }
}

fn state_statement(former: Option<&Locked>, contract: &Contract, body: &str) -> Statement {
    let (id, standing) = (contract.id.to_string(), contract.standing.name());
    if let Some(former) = former {
        let args = args![id, contract.version, standing, body, former.contract.version];
        return (UPDATE, args.to_vec());
    }
    contract_row(contract, body)
}

pub(crate) fn contract_row(contract: &Contract, body: &str) -> Statement {
    let (id, standing) = (contract.id.to_string(), contract.standing.name());
    let (client, expert) = (contract.client.to_string(), contract.expert.to_string());
    let (process, currency) = (i64::from(contract.process), contract.currency.to_string());
    let args = args![
        id,
        contract.version,
        standing,
        process,
        client,
        expert,
        currency,
        body
    ];
    (INSERT, args.to_vec())
}

/// The rows that are searched and summed by, where they have changed.
fn project(last: &mut Vec<Statement>, former: Option<&Contract>, contract: &Contract) -> Result<(), Error> {
    let milestones: BTreeMap<_, &Milestone> = former
        .iter()
        .flat_map(|former| &former.milestones)
        .map(|one| (one.id, one))
        .collect();
    for milestone in &contract.milestones {
        let before = milestones.get(&milestone.id).copied();
        // A payment for a raise changes what a milestone takes of the limit, and not the milestone.
        let open = |contract: &Contract, one| contract.open_of(one).ok();
        let was_open = former.zip(before).and_then(|(former, one)| open(former, one));
        if before == Some(milestone) && was_open == open(contract, milestone) {
            continue;
        }
        last.push(milestone_row(contract, milestone)?);
        let lots: &[Lot] = before.map_or(&[], |before| &before.lots);
        let changed = milestone.lots.iter().filter(|lot| !lots.contains(lot));
        last.extend(changed.map(|lot| lot_row(milestone, lot)));
    }
    let payments: &[Payment] = former.map_or(&[], |former| &former.payments);
    let changed = contract.payments.iter().filter(|one| !payments.contains(one));
    last.extend(changed.map(|one| payment_row(contract, one)));
    let refunds: &[Refund] = former.map_or(&[], |former| &former.refunds);
    let changed = contract.refunds.iter().filter(|one| !refunds.contains(one));
    last.extend(changed.map(|one| refund_row(contract, one)));
    Ok(())
}

pub(crate) fn milestone_row(contract: &Contract, milestone: &Milestone) -> Result<Statement, Error> {
    let (id, contract_id, client) = (
        milestone.id.to_string(),
        contract.id.to_string(),
        contract.client.to_string(),
    );
    let (state, price) = (milestone.state.kind().name(), milestone.plan.price_minor.0);
    let args = args![
        id,
        contract_id,
        client,
        state,
        milestone.entry_no,
        price,
        contract.open_of(milestone).map_err(Error::driver)?.0
    ];
    Ok((MILESTONE, args.to_vec()))
}

/// The numbers of a lot's row, in the order of its columns from the price on.
fn lot_numbers(lot: &Lot) -> [i64; 9] {
    let (fee, tax) = (lot.client_fee, lot.client_tax);
    [
        lot.price.0,
        lot.released.0,
        lot.refunded.0,
        lot.withheld.0,
        fee.agreed.0 + tax.agreed.0,
        fee.earned.0 + tax.earned.0,
        fee.returned.0 + tax.returned.0,
        fee.withheld.0 + tax.withheld.0,
        lot.expert_fee.earned.0 + lot.expert_tax.earned.0,
    ]
}

pub(crate) fn lot_row(milestone: &Milestone, lot: &Lot) -> Statement {
    let mut args = args![
        lot.id.to_string(),
        milestone.id.to_string(),
        lot.payment.to_string()
    ]
    .to_vec();
    args.extend(lot_numbers(lot).map(crate::db::Val::from));
    (LOT, args)
}

pub(crate) fn payment_row(contract: &Contract, one: &Payment) -> Statement {
    let (id, contract, milestone) = (
        one.id.to_string(),
        contract.id.to_string(),
        one.milestone.to_string(),
    );
    let (provider, state) = (one.provider.as_str(), one.state.name());
    let (asked, received, in_funds) = (one.asked_minor.0, one.received_minor.0, one.in_funds_minor.0);
    (
        PAYMENT,
        args![
            id, contract, milestone, provider, state, asked, received, in_funds
        ]
        .to_vec(),
    )
}

pub(crate) fn refund_row(contract: &Contract, one: &Refund) -> Statement {
    let (id, contract, payment) = (
        one.id.to_string(),
        contract.id.to_string(),
        one.payment.to_string(),
    );
    (
        REFUND,
        args![id, contract, payment, one.amount_minor.0, one.state.name()].to_vec(),
    )
}

pub(crate) fn earned(earning: &Earning, contract: &Contract) -> Statement {
    let (id, expert, contract) = (
        earning.id.to_string(),
        earning.expert.to_string(),
        contract.id.to_string(),
    );
    let (milestone, currency) = (earning.milestone.to_string(), earning.currency.to_string());
    let clears_at = earning.clears_at.as_microsecond();
    (
        EARNING,
        args![
            id,
            expert,
            contract,
            milestone,
            currency,
            earning.amount_minor.0,
            clears_at
        ]
        .to_vec(),
    )
}

/// The timer that clears an earning; it belongs to the expert's history.
pub(crate) fn clearance(earning: &Earning) -> Statement {
    let timer = Timer {
        kind: earnest_hire::contract::TimerKind::Clearance,
        subject: earning.id.to_string(),
        entry_no: 0,
        due_at: earning.clears_at,
    };
    timer::insert(&timer, &earning.expert.to_string())
}

/// A moment out of the database.
pub(crate) fn moment(microseconds: i64) -> Result<Timestamp, String> {
    Timestamp::from_microsecond(microseconds).map_err(|error| error.to_string())
}
