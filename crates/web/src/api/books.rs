//! The books, entry by entry.

use earnest_app::ledger::look;
use earnest_hire::ids::EntryId;
use earnest_hire::ledger::{Account, Side};
use earnest_hire::money::Currency;
use earnest_store::{EntriesAsked, EntryLine, PostedEntry};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::call::{Call, Reply};
use super::view::{List, MoneyView, money};
use crate::office::{meant, shown};
use crate::problem::Problem;

/// One leg of an entry.
#[derive(Serialize, JsonSchema)]
struct EntryLineView {
    account: String,
    /// `debit` or `credit`.
    side: &'static str,
    amount: MoneyView,
    /// The provider's name of the movement, where it has one.
    external_id: Option<String>,
}

/// One balanced booking.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Entry")]
pub(super) struct EntryView {
    id: String,
    /// What booked it.
    kind: String,
    at: String,
    /// The contract or person in whose history it stands, or the name of a bank account.
    history: String,
    /// Its place there.
    no: i64,
    sha256: String,
    /// The accepted command that it was booked for.
    event_id: String,
    /// Who gave it.
    actor: serde_json::Value,
    lines: Vec<EntryLineView>,
}

fn line(one: &EntryLine) -> EntryLineView {
    EntryLineView {
        account: shown(&one.account),
        side: match one.side {
            Side::Debit => "debit",
            Side::Credit => "credit",
        },
        amount: money(one.amount, one.currency),
        external_id: one.external_id.clone(),
    }
}

fn view(one: &PostedEntry) -> EntryView {
    EntryView {
        id: one.id.to_string(),
        kind: one.kind.clone(),
        at: one.at.to_string(),
        history: one.chain.clone(),
        no: one.no,
        sha256: earnest_hire::hex(&one.hash),
        event_id: one.event.clone(),
        actor: serde_json::from_str(&one.actor).unwrap_or_default(),
        lines: one.lines.iter().map(line).collect(),
    }
}

/// The account of the query, as pages and lists here call it.
fn account(call: &Call) -> Result<Option<(Account, Currency)>, Problem> {
    let Some(code) = call.query("account") else {
        return Ok(None);
    };
    let unknown = |_unreadable| {
        let sentence = "An account as the trial balance names it, such as `A:psp:bank`.";
        Problem::field("account", "malformed", sentence)
    };
    let account: Account = meant(code).parse().map_err(unknown)?;
    let currency: Option<Currency> = call.asked("currency", "Three letters, such as `EUR`.")?;
    Ok(Some((account, currency.unwrap_or(call.desk().currency))))
}

pub(super) async fn entries(call: Call) -> Result<Reply, Problem> {
    let moment = "A moment like 2026-12-24T00:00:00Z.";
    let text = |name: &str| call.query(name).map(str::to_owned);
    let (from, before): (Option<Timestamp>, Option<Timestamp>) =
        (call.asked("from", moment)?, call.asked("before", moment)?);
    let asked = EntriesAsked {
        chain: text("history"),
        kind: text("kind"),
        account: account(&call)?,
        from,
        before,
        after: call.cursor::<EntryId>()?,
    };
    let (found, next) = look::entries(call.desk(), asked, call.limit()?).await?;
    Reply::ok(&List {
        items: found.iter().map(view).collect(),
        next_cursor: next.map(|id| id.to_string()),
    })
}

pub(super) async fn entry(call: Call) -> Result<Reply, Problem> {
    let found = look::entry(call.desk(), call.id::<EntryId>("id")?).await?;
    Reply::ok(&view(&found))
}
