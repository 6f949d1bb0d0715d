//! Transfers that came without a reference: they stand in the bank's own chain until somebody says whose they are, or
//! they are sent back.

use earnest_hire::bank::{Receipt, ReceiptCommand, ReceiptDecision, ReceiptInput, ReceiptState};
use earnest_hire::contract::Actor;
use earnest_hire::ids::{EventId, PaymentId};
use earnest_hire::money::Minor;

use crate::Error;
use crate::books::{Must, corrupt};
use crate::contract::{Last, moment};
use crate::db::{Row, Tx, Val, View};
use crate::history::{self, Happened, json};

statements! {
    INSERT = "INSERT INTO receipt (id, bank, external_id, at, amount, currency, text, counterparty, state, payment) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    MOVE = "UPDATE receipt SET state = $2, payment = $3 WHERE id = $1 AND state = $4";
    LOCK = "SELECT id, bank, external_id, at, amount, currency, text, counterparty, state, payment FROM receipt \
            WHERE id = $1 FOR UPDATE";
    ALL = "SELECT id, bank, external_id, at, amount, currency, text, counterparty, state, payment FROM receipt \
           WHERE state = $1 ORDER BY at, id LIMIT $2";
    PAYMENTS = "SELECT id FROM payment WHERE provider = $1";
    REFUNDS = "SELECT refund.id, refund.amount, refund.state FROM refund JOIN payment ON payment.id = refund.payment \
               WHERE payment.provider = $1";
    PAYEES = "SELECT party.id, party.body FROM party WHERE party.id IN (SELECT payee FROM payout)";
}

/// What is kept of a command about a receipt beside what it did.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptRecord<'a> {
    /// What was asked.
    pub command: &'a ReceiptCommand,
    /// By whom.
    pub actor: &'a Actor,
    /// What it was decided from.
    pub input: &'a ReceiptInput,
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
    /// Keeps a decision about a receipt in the bank's own chain.
    pub async fn keep_receipt(
        &mut self,
        former: Option<&Receipt>,
        decision: &ReceiptDecision,
        record: &ReceiptRecord<'_>,
    ) -> Result<Last, Error> {
        let receipt = &decision.receipt;
        let chain = chain_of(receipt);
        let mut heads = self.all_each(&[history::lock(&chain)]).await?;
        let head = heads.pop().unwrap_or_default().pop();
        let before = head.map(|row| history::head(&chain, row)).transpose()?;
        let state = match former {
            None => (INSERT, row(receipt)),
            Some(former) => {
                let payment = receipt.payment.map(|id| id.to_string());
                let (id, to) = (receipt.id.to_string(), receipt.state.name());
                (MOVE, args![id, to, payment, former.state.name()].to_vec())
            }
        };
        let body = json(receipt)?;
        let happened = Happened {
            chain,
            event: decision.event,
            version: before.map_or(1, |head| head.length.saturating_add(1)),
            at: record.input.now.as_microsecond(),
            kind: record.command.name(),
            actor: record.actor,
            command: json(record.command)?,
            input: json(record.input)?,
            moved: "[]".to_owned(),
            body: &body,
            entry: decision.entry.as_ref(),
            before,
            key: None,
            timer: None,
        };
        let (_, last) = happened.keep(self, (Must::One("the receipt"), state)).await?;
        Ok(Last(last))
    }

    /// Locks a receipt: after the contract that it is assigned to, where there is one.
    pub async fn lock_receipt(&mut self, id: EventId) -> Result<Option<Receipt>, Error> {
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
    pub async fn receipts(&mut self, state: ReceiptState, limit: u16) -> Result<Vec<Receipt>, Error> {
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

    /// All payouts that one provider sends, as far as payees still know them.
    pub async fn payouts_at(&mut self, provider: &str) -> Result<Vec<TransferRow>, Error> {
        let rows = self.all(PAYEES, args![]).await?;
        let mut found = Vec::new();
        for row in rows {
            let payee = crate::payee::payee(row)?;
            let payouts = payee.into_iter().flat_map(|payee| payee.payouts);
            let ours = payouts.filter(|one| one.provider.as_str() == provider);
            found.extend(ours.map(|one| TransferRow {
                id: one.id.to_string(),
                amount: one.amount_minor,
                state: one.state.name().to_owned(),
            }));
        }
        Ok(found)
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

/// Whose chain a receipt is in.
pub(crate) fn chain_of(receipt: &Receipt) -> String {
    format!("bank:{}", receipt.bank)
}

/// The columns, in their order.
pub(crate) fn row(one: &Receipt) -> Vec<Val> {
    let (at, currency, state) = (
        one.at.as_microsecond(),
        one.currency.to_string(),
        one.state.name(),
    );
    args![
        one.id.to_string(),
        one.bank.as_str(),
        one.external_id.as_str(),
        at,
        one.amount_minor.0,
        currency,
        one.text.as_str(),
        one.counterparty.as_str(),
        state,
        one.payment.map(|id| id.to_string())
    ]
    .to_vec()
}

fn receipt(mut row: Row) -> Result<Receipt, Error> {
    let mut read = || -> Result<Receipt, String> {
        let (id, bank, external_id) = (row.parse()?, row.parse()?, row.next()?);
        let (at, amount_minor, currency) = (moment(row.next()?)?, Minor(row.next()?), row.parse()?);
        let (text, counterparty) = (row.next()?, row.next()?);
        let state: String = row.next()?;
        let known = ReceiptState::ALL.iter().find(|known| known.name() == state);
        let payment: Option<String> = row.next()?;
        let payment = payment.map(|id| id.parse::<PaymentId>()).transpose();
        Ok(Receipt {
            id,
            bank,
            external_id,
            at,
            amount_minor,
            currency,
            text,
            counterparty,
            state: *known.ok_or("there is no such state")?,
            payment: payment.map_err(|error| error.to_string())?,
        })
    };
    read().map_err(|why| corrupt("receipt", "?", why))
}
