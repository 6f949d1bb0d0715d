//! Accounts of the people who are paid.

use serde::Deserialize;
use serde_json::json;

use crate::books::{Account, AccountState, Fact, Refusal};
use crate::draft::Draft;
use crate::payment;

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    person_id: String,
    name: String,
    return_url: String,
}

impl AccountState {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Onboarded => "onboarded",
        }
    }
}

pub(crate) fn begin(draft: &mut Draft<'_>, order: Order) -> Result<String, Refusal> {
    payment::web_address(&order.return_url)?;
    let id = draft.id("acc");
    draft.put(Fact::Account(Account {
        id: id.clone(),
        reference: order.person_id,
        name: order.name,
        return_url: order.return_url,
        state: AccountState::Begun,
    }));
    Ok(id)
}

/// Confirming twice is confirming once.
pub(crate) fn confirm(draft: &mut Draft<'_>, id: &str) -> Result<(), Refusal> {
    let found = draft.books.accounts.get(id).cloned();
    let account = found.ok_or_else(|| Refusal::new("no_such_account", "there is no account with this id"))?;
    if account.state == AccountState::Onboarded {
        return Ok(());
    }
    let told = json!({ "account": id, "person_id": account.reference });
    draft.put(Fact::Account(Account {
        state: AccountState::Onboarded,
        ..account
    }));
    draft.tell("account.onboarded", &[id], &told);
    Ok(())
}
