//! Transfers that came without a reference: they stand in the bank's own chain until somebody says whose they are, or
//! they are sent back.

use earnest_hire::contract::Actor;
use earnest_hire::ids::EventId;
use earnest_hire::ledger::Entry;
use earnest_hire::money::{Currency, Minor};
use jiff::Timestamp;

use crate::Error;
use crate::books::{Must, corrupt};
use crate::contract::{Last, moment};
use crate::db::{Row, Statement, Tx, View};
use crate::history::{self, Happened, json};

statements! {
    INSERT = "INSERT INTO receipt (id, bank, external_id, at, amount, currency, text, counterparty, state) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open') ON CONFLICT DO NOTHING";
    MOVE = "UPDATE receipt SET state = $2, payment = $3 WHERE id = $1 AND state = $4";
    LOCK = "SELECT id, bank, external_id, at, amount, currency, text, counterparty, state, payment FROM receipt \
            WHERE id = $1 FOR UPDATE";
    ALL = "SELECT id, bank, external_id, at, amount, currency, text, counterparty, state, payment FROM receipt \
           WHERE state = $1 ORDER BY at, id LIMIT $2";
    PAYMENTS = "SELECT id FROM payment WHERE provider = $1";
    REFUNDS = "SELECT refund.id, refund.amount, refund.state FROM refund JOIN payment ON payment.id = refund.payment \
               WHERE payment.provider = $1";
    PAYOUTS = "SELECT id, amount, state FROM payout WHERE provider = $1";
}

/// Where an unmatched receipt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptState {
    /// Nobody knows whose it is.
    Open,
    /// It became part of a payment.
    Assigned,
    /// The operator is to send it back.
    Returning,
    /// It went back.
    Returned,
}

impl ReceiptState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assigned => "assigned",
            Self::Returning => "returning",
            Self::Returned => "returned",
        }
    }

    fn read(name: &str) -> Result<Self, String> {
        [Self::Open, Self::Assigned, Self::Returning, Self::Returned]
            .into_iter()
            .find(|state| state.name() == name)
            .ok_or_else(|| format!("there is no state {name}"))
    }
}

/// A transfer that came without a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRow {
    /// The event that booked it.
    pub id: EventId,
    /// Into which bank account.
    pub bank: String,
    /// The bank's own id.
    pub external_id: String,
    /// On which day.
    pub at: Timestamp,
    /// How much.
    pub amount: Minor,
    /// Of what.
    pub currency: Currency,
    /// What stood in it.
    pub text: String,
    /// Who sent it.
    pub counterparty: String,
    /// Where it is.
    pub state: ReceiptState,
    /// What it became part of.
    pub payment: Option<String>,
}

/// What happens to a receipt.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptDeed<'a> {
    /// A new event of the bank's chain.
    pub event: EventId,
    /// `receive_unmatched`, `assign_unmatched`, `ask_return` or `return_unmatched`.
    pub kind: &'static str,
    /// Who.
    pub actor: &'a Actor,
    /// When.
    pub at: Timestamp,
    /// What is booked by it, if anything is.
    pub entry: Option<&'a Entry>,
}

/// A transfer that the operator may have been asked to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRow {
    /// A refund or payout.
    pub id: String,
    /// How much.
    pub amount: Minor,
    /// Where it is.
    pub state: String,
}

impl Tx {
    /// Keeps a new receipt with its entry.
    pub async fn keep_receipt(&mut self, row: &ReceiptRow, deed: &ReceiptDeed<'_>) -> Result<Last, Error> {
        let (id, bank, external) = (row.id.to_string(), row.bank.as_str(), row.external_id.as_str());
        let (at, currency) = (row.at.as_microsecond(), row.currency.to_string());
        let (text, counterparty) = (row.text.as_str(), row.counterparty.as_str());
        let args = args![id, bank, external, at, row.amount.0, currency, text, counterparty];
        self.happen(row, deed, (INSERT, args.to_vec())).await
    }

    /// Brings a receipt into another state, where it still is in the one that was seen.
    pub async fn move_receipt(
        &mut self,
        row: &ReceiptRow,
        to: ReceiptState,
        payment: Option<&str>,
        deed: &ReceiptDeed<'_>,
    ) -> Result<Last, Error> {
        let payment = payment.map(str::to_owned);
        let args = args![row.id.to_string(), to.name(), payment.clone(), row.state.name()];
        let moved = ReceiptRow {
            state: to,
            payment,
            ..row.clone()
        };
        self.happen(&moved, deed, (MOVE, args.to_vec())).await
    }

    async fn happen(
        &mut self,
        row: &ReceiptRow,
        deed: &ReceiptDeed<'_>,
        state: Statement,
    ) -> Result<Last, Error> {
        let chain = format!("bank:{}", row.bank);
        let mut heads = self.all_each(&[history::lock(&chain)]).await?;
        let head = heads.pop().unwrap_or_default().pop();
        let before = head.map(|row| history::head(&chain, row)).transpose()?;
        let body = serde_json::json!({
            "id": row.id, "bank": row.bank, "external_id": row.external_id, "at": row.at,
            "amount_minor": row.amount, "currency": row.currency, "text": row.text,
            "counterparty": row.counterparty, "state": row.state.name(), "payment": row.payment,
        });
        let body = json(&body)?;
        let happened = Happened {
            chain,
            event: deed.event,
            version: before.map_or(1, |head| head.length.saturating_add(1)),
            at: deed.at.as_microsecond(),
            kind: deed.kind,
            actor: deed.actor,
            command: json(
                &serde_json::json!({ "command": deed.kind, "receipt": row.id, "payment": row.payment }),
            )?,
            input: "{}".to_owned(),
            moved: "[]".to_owned(),
            body: &body,
            entry: deed.entry,
            before,
            key: None,
            timer: None,
        };
        let (_, last) = happened.keep(self, (Must::One("the receipt"), state)).await?;
        Ok(Last(last))
    }

    /// Locks a receipt. Comes before the lock of a contract.
    pub async fn lock_receipt(&mut self, id: EventId) -> Result<Option<ReceiptRow>, Error> {
        self.maybe(LOCK, args![id.to_string()])
            .await?
            .map(receipt)
            .transpose()
    }
}

impl Last {
    /// Both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl View {
    /// Receipts in one state, the oldest first.
    pub async fn receipts(&mut self, state: ReceiptState, limit: u16) -> Result<Vec<ReceiptRow>, Error> {
        let rows = self.all(ALL, args![state.name(), i64::from(limit)]).await?;
        rows.into_iter().map(receipt).collect()
    }

    /// The ids of all payments that one provider takes.
    pub async fn payments_at(&mut self, provider: &str) -> Result<Vec<String>, Error> {
        let rows = self.all(PAYMENTS, args![provider]).await?;
        let read = |mut row: Row| row.next().map_err(|why| corrupt("payment", "?", why));
        rows.into_iter().map(read).collect()
    }

    /// All refunds that one provider sends.
    pub async fn refunds_at(&mut self, provider: &str) -> Result<Vec<TransferRow>, Error> {
        let rows = self.all(REFUNDS, args![provider]).await?;
        rows.into_iter().map(transfer).collect()
    }

    /// All payouts that one provider sends.
    pub async fn payouts_at(&mut self, provider: &str) -> Result<Vec<TransferRow>, Error> {
        let rows = self.all(PAYOUTS, args![provider]).await?;
        rows.into_iter().map(transfer).collect()
    }
}

fn transfer(mut row: Row) -> Result<TransferRow, Error> {
    let mut read = || -> Result<TransferRow, String> {
        Ok(TransferRow {
            id: row.next()?,
            amount: Minor(row.next()?),
            state: row.next()?,
        })
    };
    read().map_err(|why| corrupt("refund", "?", why))
}

fn receipt(mut row: Row) -> Result<ReceiptRow, Error> {
    let mut read = || -> Result<ReceiptRow, String> {
        Ok(ReceiptRow {
            id: row.parse()?,
            bank: row.next()?,
            external_id: row.next()?,
            at: moment(row.next()?)?,
            amount: Minor(row.next()?),
            currency: row.parse()?,
            text: row.next()?,
            counterparty: row.next()?,
            state: ReceiptState::read(&row.next::<String>()?)?,
            payment: row.next()?,
        })
    };
    read().map_err(|why| corrupt("receipt", "?", why))
}
