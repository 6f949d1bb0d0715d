//! Statements: every movement of what the site holds for one person, as the books have it, with opening and closing
//! balance; and the invoices of what was released in a contract.

use std::collections::{BTreeMap, BTreeSet};

use earnest_hire::contract::Contract;
use earnest_hire::ids::{ChargebackId, ContractId, PersonId};
use earnest_hire::ledger::{Account, Side};
use earnest_hire::money::{Currency, Minor, total};
use earnest_hire::refusal::Refusal;
use earnest_store::{StatementEntry, View};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::Error;
use crate::contract::{every, show};
use crate::desk::Desk;

/// What a line tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The client paid in.
    PaidIn,
    /// The client's money went to the expert.
    ReleasedByYou,
    /// The expert earned it, before the fee.
    ReleasedToYou,
    /// The operator's fee, with its tax.
    Fee,
    /// It is back with the client.
    Refunded,
    /// It came back from the client's bank.
    RefundReturned,
    /// It has arrived with the expert.
    PaidOut,
    /// The bank sent a payout back.
    PayoutReturned,
    /// The payer's bank took money back, or gave it.
    Chargeback,
    /// Anything else; the entry's number leads to it.
    Other,
}

impl Reason {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::PaidIn => "Paid in",
            Self::ReleasedByYou => "Released to the expert",
            Self::ReleasedToYou => "Released to you",
            Self::Fee => "Fee, with its tax",
            Self::Refunded => "Refund arrived",
            Self::RefundReturned => "Refund came back",
            Self::PaidOut => "Payout arrived",
            Self::PayoutReturned => "Payout came back",
            Self::Chargeback => "Taken or given back by the payer’s bank",
            Self::Other => "Booked",
        }
    }
}

/// One movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// In which contract; none of a payout.
    pub contract: Option<ContractId>,
    /// What that is called, by its first milestone.
    pub title: String,
    /// The entry in the books: the id of its history and its place there.
    pub entry: String,
    /// More where positive.
    pub amount: Minor,
    /// What the site holds after it.
    pub balance: Minor,
}

/// The money of one person in a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Of every sum in it.
    pub currency: Currency,
    /// The first day, in UTC.
    pub from: Date,
    /// The last day, in UTC.
    pub to: Date,
    /// What the site held before the first day.
    pub opening: Minor,
    /// In their order. What only changes its place among the person's own accounts is no movement.
    pub lines: Vec<Line>,
    /// What it held after the last day.
    pub closing: Minor,
}

/// What was released of a milestone by one entry: an invoice of the expert to the client, and one of the operator to the
/// expert about the fee. Or a credit note about what the payer's bank took back of it for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// The contract's id and which of its invoices and credit notes this is, from 1 without a gap. Books only grow, so that
    /// it never changes.
    pub number: String,
    /// Whether it is a credit note, whose sums go back.
    pub is_credit: bool,
    /// The entry in the books: the id of its history and its place there.
    pub entry: String,
    /// When.
    pub at: Timestamp,
    /// Titles of the milestones it is for.
    pub titles: Vec<String>,
    /// What the client paid for it.
    pub gross: Minor,
    /// What the operator took of that.
    pub fee: Minor,
    /// Tax on the fee.
    pub tax: Minor,
    /// What the client paid on top, to the operator, with tax.
    pub client_fee: Minor,
}

impl Invoice {
    /// What the expert gets.
    pub fn net(&self) -> Result<Minor, Refusal> {
        self.gross.minus(self.fee)?.minus(self.tax)
    }
}

/// The movements of a person's money between two days, both included.
pub async fn statement(desk: &Desk, person: PersonId, (from, to): (Date, Date)) -> Result<Statement, Error> {
    let currency = desk.currency;
    let read = desk
        .store
        .read(move |mut view| async move { Money::read(&mut view, person, currency).await });
    Ok(read.await?.statement((from, to), currency)?)
}

/// What one entry of a contract moved, for whoever reads its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The accepted command that it was booked for.
    pub event: String,
    /// Its id.
    pub id: String,
    /// The id of its history and its place there, as a statement names it.
    pub entry: String,
    /// The day in UTC under which it stands in a statement.
    pub day: Date,
    /// What it moved for this person, as their statement has it; nothing where only others are concerned.
    pub moves: Vec<(Reason, Minor)>,
    /// All that it moved.
    pub whole: Minor,
}

/// What was booked under a contract, the first first, as it concerns a person.
pub async fn of_contract(desk: &Desk, contract: &Contract, person: PersonId) -> Result<Vec<Booked>, Error> {
    let entries = entries(desk, contract.id).await?;
    let mut accounts = of_person(person);
    if contract.client == person {
        accounts.extend(of_client(contract));
    }
    let money = Money {
        person,
        accounts,
        titles: BTreeMap::new(),
        entries: BTreeMap::new(),
    };
    let booked = |entry: &StatementEntry| {
        Ok(Booked {
            event: entry.event.clone(),
            id: entry.id.clone(),
            entry: format!("{}/{}", entry.chain, entry.no),
            day: entry.at.to_zoned(TimeZone::UTC).date(),
            moves: money.moves(entry)?,
            whole: Legs::of(entry, |_account| true).debit()?,
        })
    };
    let booked: Result<Vec<Booked>, Refusal> = entries.iter().map(booked).collect();
    Ok(booked?)
}

/// All that was booked under a contract, the first first.
async fn entries(desk: &Desk, id: ContractId) -> Result<Vec<StatementEntry>, Error> {
    let chain = id.to_string();
    let read = desk.store.read(move |mut view| {
        let chain = chain.clone();
        async move { view.entries_of_chain(&chain).await }
    });
    Ok(read.await?)
}

/// What the accounts of a person hold at this moment by the books, which every statement until today ends with.
pub async fn held(desk: &Desk, person: PersonId) -> Result<Minor, Error> {
    let currency = desk.currency;
    let read = desk.store.read(move |mut view| async move {
        let mut sides = Vec::new();
        for account in accounts(&mut view, person).await?.0 {
            sides.push(view.summed(&account, currency).await?);
        }
        Ok::<_, earnest_store::Error>(sides)
    });
    let sides = read.await?;
    let credit = total(sides.iter().map(|(_, credit)| *credit))?;
    let debit = total(sides.iter().map(|(debit, _)| *debit))?;
    Ok(apart(credit, debit)?)
}

/// A difference that may be below nothing, which no sum of the rules ever is.
fn apart(one: Minor, other: Minor) -> Result<Minor, Refusal> {
    one.0
        .checked_sub(other.0)
        .map(Minor)
        .ok_or(Refusal::AmountTooLarge)
}

/// The accounts in which the money of a person stands, and their contracts.
async fn accounts(
    view: &mut View,
    person: PersonId,
) -> Result<(BTreeSet<Account>, Vec<Contract>), earnest_store::Error> {
    let mut accounts = of_person(person);
    let payee = view.payee(person).await?;
    let payouts = payee.iter().flat_map(|payee| &payee.payouts);
    accounts.extend(payouts.map(|payout| Account::PayoutTransit(payout.id)));
    let contracts = every(view, person).await?;
    for contract in contracts.iter().filter(|one| one.client == person) {
        accounts.extend(of_client(contract));
    }
    Ok((accounts, contracts))
}

/// Those in which money of a person stands that is part of no contract.
fn of_person(person: PersonId) -> BTreeSet<Account> {
    [
        Account::ClientFunds(person),
        Account::ExpertPending(person),
        Account::ExpertPayable(person),
        Account::Receivable(person),
    ]
    .into()
}

/// Those in which money of the client stands under a contract.
fn of_client(contract: &Contract) -> impl Iterator<Item = Account> {
    let held = contract.milestones.iter().map(|one| one.id).flat_map(|id| {
        [
            Account::Escrow(id),
            Account::FeeHold(id),
            Account::DisputeHold(id),
        ]
    });
    held.chain(contract.refunds.iter().map(|one| Account::RefundTransit(one.id)))
}

/// All that was ever booked for a person.
struct Money {
    person: PersonId,
    accounts: BTreeSet<Account>,
    titles: BTreeMap<String, (ContractId, String)>,
    entries: BTreeMap<(Timestamp, String), StatementEntry>,
}

impl Money {
    async fn read(
        view: &mut View,
        person: PersonId,
        currency: Currency,
    ) -> Result<Self, earnest_store::Error> {
        let (accounts, contracts) = accounts(view, person).await?;
        let mut entries = BTreeMap::new();
        for account in &accounts {
            for entry in view.entries_touching(account, currency).await? {
                entries.insert((entry.at, entry.id.clone()), entry);
            }
        }
        let title = |contract: &Contract| {
            let title = contract.title().unwrap_or_default().to_owned();
            (contract.id.to_string(), (contract.id, title))
        };
        Ok(Self {
            person,
            titles: contracts.iter().map(title).collect(),
            accounts,
            entries,
        })
    }

    fn statement(&self, (from, to): (Date, Date), currency: Currency) -> Result<Statement, Refusal> {
        let (mut balance, mut opening, mut lines) = (Minor::ZERO, Minor::ZERO, Vec::new());
        for entry in self.entries.values() {
            let day = entry.at.to_zoned(TimeZone::UTC).date();
            if day > to {
                break;
            }
            for (reason, amount) in self.moves(entry)? {
                balance = balance.plus(amount)?;
                if day < from {
                    opening = balance;
                } else {
                    lines.push(self.line(entry, reason, (amount, balance)));
                }
            }
        }
        Ok(Statement {
            currency,
            from,
            to,
            opening,
            lines,
            closing: balance,
        })
    }

    fn line(&self, entry: &StatementEntry, reason: Reason, (amount, balance): (Minor, Minor)) -> Line {
        let contract = self.titles.get(&entry.chain);
        Line {
            at: entry.at,
            reason,
            contract: contract.map(|(id, _)| *id),
            title: contract.map_or_else(String::new, |(_, title)| title.clone()),
            entry: format!("{}/{}", entry.chain, entry.no),
            amount,
            balance,
        }
    }

    /// What an entry moves for the person: nothing where it only changes place, and the fee apart from what was earned.
    fn moves(&self, entry: &StatementEntry) -> Result<Vec<(Reason, Minor)>, Refusal> {
        let mine = Legs::of(entry, |account| self.accounts.contains(account));
        let net = apart(mine.credit()?, mine.debit()?)?;
        let earned = Legs::of(entry, |account| *account == Account::ExpertPending(self.person));
        let parts = Parts::of(entry)?;
        let is_expert = earned.credit()?.is_positive();
        let fee = if is_expert {
            parts.fee.plus(parts.tax)?
        } else if parts.released() && net < Minor::ZERO {
            parts.client_fee
        } else {
            Minor::ZERO
        };
        let reason = reason(entry, net, is_expert);
        let moves = [(reason, net.plus(fee)?), (Reason::Fee, apart(Minor::ZERO, fee)?)];
        Ok(moves
            .into_iter()
            .filter(|(_, amount)| *amount != Minor::ZERO)
            .collect())
    }
}

fn reason(entry: &StatementEntry, net: Minor, is_expert: bool) -> Reason {
    let touches = |is: fn(&Account) -> bool| entry.lines.iter().any(|(account, ..)| is(account));
    match entry.kind.as_str() {
        "captured" | "assign_receipt" => Reason::PaidIn,
        "refund_succeeded" => Reason::Refunded,
        "refund_failed" => Reason::RefundReturned,
        "payout_paid" => Reason::PaidOut,
        "payout_returned" => Reason::PayoutReturned,
        kind if kind.starts_with("chargeback") => Reason::Chargeback,
        _ if is_expert => Reason::ReleasedToYou,
        _ if net < Minor::ZERO && touches(|one| matches!(one, Account::ExpertPending(_))) => {
            Reason::ReleasedByYou
        }
        _ => Reason::Other,
    }
}

/// Both sides of some accounts in one entry.
struct Legs(Vec<(Side, Minor)>);

impl Legs {
    fn of(entry: &StatementEntry, wanted: impl Fn(&Account) -> bool) -> Self {
        let found = entry.lines.iter().filter(|(account, ..)| wanted(account));
        Self(found.map(|(_, side, amount)| (*side, *amount)).collect())
    }

    fn sum(&self, side: Side) -> Result<Minor, Refusal> {
        let found = self.0.iter().filter(|(of, _)| *of == side);
        total(found.map(|(_, amount)| *amount))
    }

    fn debit(&self) -> Result<Minor, Refusal> {
        self.sum(Side::Debit)
    }

    fn credit(&self) -> Result<Minor, Refusal> {
        self.sum(Side::Credit)
    }
}

/// Where the parts of a release go, as an entry has booked them.
struct Parts {
    /// To the expert.
    net: Minor,
    fee: Minor,
    /// On the expert's fee.
    tax: Minor,
    /// Of the client, with its tax.
    client_fee: Minor,
}

impl Parts {
    /// Both fees may be taxed, and the books have one account for the tax. What is held for the client's fee and neither
    /// becomes a fee nor goes back is the tax on it; the rest is on the expert's. A single entry that also gives money back
    /// cannot be told apart that way where both fees are taxed: then all of the tax counts as the expert's.
    fn of(entry: &StatementEntry) -> Result<Self, Refusal> {
        let credit = |is: fn(&Account) -> bool| Legs::of(entry, is).credit();
        let tax = credit(|one| matches!(one, Account::TaxPayable(_)))?;
        let client_fee = credit(|one| *one == Account::FeeClient)?;
        let back = credit(|one| matches!(one, Account::ClientFunds(_)))?;
        let out_of_fees = Legs::of(entry, |one| matches!(one, Account::FeeHold(_))).debit()?;
        let client_tax = out_of_fees.less(client_fee).less(back).min(tax);
        Ok(Self {
            net: credit(|one| matches!(one, Account::ExpertPending(_)))?,
            fee: credit(|one| *one == Account::FeeExpert)?,
            tax: tax.minus(client_tax)?,
            client_fee: client_fee.plus(client_tax)?,
        })
    }

    fn released(&self) -> bool {
        self.net.is_positive()
    }

    /// What the expert and the operator lose of a release by a chargeback that the expert stands for. Tax that was paid on
    /// the fees is not given back by it.
    fn lost(entry: &StatementEntry, expert: PersonId) -> Result<Self, Refusal> {
        let debit = |is: &dyn Fn(&Account) -> bool| Legs::of(entry, is).debit();
        let of_expert = [Account::ExpertPayable(expert), Account::Receivable(expert)];
        Ok(Self {
            net: debit(&|one| of_expert.contains(one))?,
            fee: debit(&|one| *one == Account::FeeExpert)?,
            tax: Minor::ZERO,
            client_fee: debit(&|one| *one == Account::FeeClient)?,
        })
    }
}

/// What was released in a contract and what was lost of it, the first first, for one of its parties.
pub async fn invoices(
    desk: &Desk,
    id: ContractId,
    party: PersonId,
) -> Result<(Contract, Vec<Invoice>), Error> {
    let contract = show(desk, id, party).await?;
    let mut invoices = Vec::new();
    for entry in &entries(desk, id).await? {
        let is_credit = entry.kind == "chargeback_lost";
        let booked = if is_credit {
            Parts::lost(entry, contract.expert)?
        } else {
            Parts::of(entry)?
        };
        if booked.released() {
            let number = format!("{}-{:04}", contract.id, invoices.len() + 1);
            invoices.push(Invoice {
                number,
                is_credit,
                entry: format!("{}/{}", entry.chain, entry.no),
                at: entry.at,
                titles: titles(&contract, entry),
                gross: booked.net.plus(booked.fee)?.plus(booked.tax)?,
                fee: booked.fee,
                tax: booked.tax,
                client_fee: booked.client_fee,
            });
        }
    }
    Ok((contract, invoices))
}

/// Of the milestones whose money an entry moves out of what is held, or takes back.
fn titles(contract: &Contract, entry: &StatementEntry) -> Vec<String> {
    let of_chargeback = |id: &ChargebackId| {
        let chargeback = contract.chargebacks.iter().find(|one| one.id == *id)?;
        Some(contract.payment(chargeback.payment).ok()?.milestone)
    };
    let about = entry.lines.iter().filter_map(|(account, side, _)| match account {
        Account::Escrow(id) | Account::DisputeHold(id) if *side == Side::Debit => Some(*id),
        Account::Chargeback(id) => of_chargeback(id),
        _ => None,
    });
    let found = about.filter_map(|id| contract.milestone(id).ok());
    let mut titles: Vec<String> = found.map(|one| one.plan.title.clone()).collect();
    titles.dedup();
    titles
}
