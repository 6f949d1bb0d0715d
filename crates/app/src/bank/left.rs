//! Money that left the bank account for nothing of ours: named by every comparison until two operators have said what it
//! was, which books it as a cost of the operator's.

use earnest_hire::bank::ReceiptCommand;
use earnest_hire::contract::Actor;
use earnest_hire::field::{self, Lines};
use earnest_hire::ids::{MotionId, PersonId};
use earnest_hire::ledger::{Account, Name};
use earnest_hire::money::{Minor, Money};
use jiff::Timestamp;

use super::WHY;
use crate::Error;
use crate::desk::Desk;
use crate::motion::{self, What};
use crate::outside::payments::{ProviderEvent, ProviderEventKind as Kind};
use crate::payee::Who;
use crate::provider;

/// Money that left the account for nothing of ours, and that the books do not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The bank's name of the line.
    pub external_id: String,
    /// On which day.
    pub at: Timestamp,
    /// How much.
    pub amount: Money,
    /// The text of the transfer.
    pub text: String,
    /// Who got it.
    pub counterparty: String,
    /// When its statement was imported.
    pub received_at: Timestamp,
}

const LEFT: &str = "transfer_unmatched";

/// All that left a bank's account for nothing of ours and is not booked. Whatever became of its event, the books decide.
pub async fn left(desk: &Desk, bank: &str) -> Result<Vec<Left>, Error> {
    let name: Name = bank.parse().or(Err(Error::NotFound))?;
    let account = Account::Bank(name);
    let (bank, currency) = (bank.to_owned(), desk.currency);
    let read = desk.store.read(move |mut view| {
        let (bank, account) = (bank.clone(), account.clone());
        async move {
            let mut open = Vec::new();
            for row in view.events_of(&bank, LEFT).await? {
                if view
                    .outside_line(&account, currency, &row.event_id)
                    .await?
                    .is_none()
                {
                    open.push(row);
                }
            }
            Ok::<_, earnest_store::Error>(open)
        }
    });
    let mut left = Vec::new();
    for row in read.await? {
        let event: ProviderEvent = serde_json::from_str(&row.body).map_err(provider::broken)?;
        if let Kind::TransferUnmatched {
            amount,
            currency,
            text,
            counterparty,
            external_id,
        } = event.kind
        {
            left.push(Left {
                external_id,
                at: event.at,
                amount: Money {
                    amount_minor: amount.0,
                    currency,
                },
                text,
                counterparty,
                received_at: row.received_at,
            });
        }
    }
    Ok(left)
}

impl Left {
    /// How much.
    pub fn minor(&self) -> Minor {
        Minor(self.amount.amount_minor)
    }
}

/// Proposes what money was that left for nothing of ours. When another operator agrees, it is booked under the bank's name
/// of its line, and the comparisons that named it are made anew.
pub async fn explain(
    desk: &Desk,
    operator: PersonId,
    external_id: &str,
    why: &str,
) -> Result<MotionId, Error> {
    let missing = "Say what the money was: it is kept with the line.";
    let why = field::reason("why", why, WHY, Lines::One, missing);
    let why = why.map_err(|fault| Error::Invalid(vec![fault]))?;
    let open = left(desk, Name::BANK).await?;
    let one = open.into_iter().find(|one| one.external_id == external_id);
    let one = one.ok_or(Error::NotFound)?;
    let command = ReceiptCommand::ExplainLeft {
        bank: Name::bank(),
        external_id: one.external_id,
        on: one.at,
        amount: one.amount,
        text: one.text,
        counterparty: one.counterparty,
        why,
        second: None,
    };
    let actor = Actor::Operator { id: operator };
    motion::propose(desk, &What::Bank(command), Who::sure(&actor)).await
}
