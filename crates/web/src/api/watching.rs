//! Who is there, what operators did, what is left before real money moves, and experts who come in from a table.

use earnest_app::expert::import;
use earnest_app::{account, audit, go_live, identity, operator, people};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{AuditId, PersonId};
use earnest_hire::person::Person;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::office::AuditView;
use super::view::{self, DONE, HoldView, List, MoneyView, PayoutView};
use crate::problem::Problem;

/// Somebody with an account.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Somebody")]
pub(super) struct SomebodyView {
    id: String,
    name: String,
    email: String,
    /// What they may do in the office, in words.
    roles: String,
    since: String,
}

fn somebody(person: &Person) -> SomebodyView {
    SomebodyView {
        id: person.id.to_string(),
        name: person.name.clone(),
        email: person.email.to_string(),
        roles: person.roles.to_string(),
        since: person.since.to_string(),
    }
}

pub(super) async fn find(call: Call) -> Result<Reply, Problem> {
    let after: Option<PersonId> = call.cursor()?;
    let text = call.query("q").unwrap_or_default();
    let (found, next) = people::find(call.desk(), text, after, call.limit()?).await?;
    Reply::ok(&List {
        items: found.iter().map(somebody).collect(),
        next_cursor: next.map(|id| id.to_string()),
    })
}

/// Why an operator does something about a person.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonsIn {
    /// The person reads it in the record of their account.
    #[schemars(length(min = 10, max = 2000))]
    reasons: String,
}

pub(super) async fn dismiss(call: Call) -> Result<Reply, Problem> {
    let asked: ReasonsIn = call.body()?;
    let (by, id): (_, PersonId) = (call.me()?, call.id("id")?);
    operator::dismiss(call.desk(), (by, call.confirmed()), id, &asked.reasons).await?;
    Reply::ok(&somebody(&account::person(call.desk(), id).await?))
}

pub(super) async fn confirm_identity(call: Call) -> Result<Reply, Problem> {
    let asked: ReasonsIn = call.body()?;
    let (by, id): (_, PersonId) = (call.me()?, call.id("id")?);
    identity::confirm(call.desk(), (by, call.confirmed()), id, &asked.reasons).await?;
    Reply::ok(&DONE)
}

/// What the office knows of somebody.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PersonFile")]
pub(super) struct FileView {
    person: SomebodyView,
    /// Earned, and not cleared yet.
    pending: MoneyView,
    payable: MoneyView,
    /// Owed to the operator.
    owed: MoneyView,
    /// Where payouts go.
    payout_account: Option<String>,
    /// Whether the provider's identity check has begun.
    identity_check_begun: bool,
    holds: Vec<HoldView>,
    /// The newest first.
    contract_ids: Vec<String>,
    payouts: Vec<PayoutView>,
    /// What operators did about them.
    record: Vec<AuditView>,
}

pub(super) async fn file(call: Call) -> Result<Reply, Problem> {
    let file = people::file(call.desk(), call.person()?, call.id("id")?).await?;
    let (now, currency) = (call.web.app.clock.now(), call.web.app.currency);
    let balance = view::balance(&file.balance, now);
    let payouts = file.balance.payee.iter().flat_map(|payee| &payee.payouts);
    Reply::ok(&FileView {
        person: somebody(&file.person),
        pending: balance.pending,
        payable: balance.payable,
        owed: balance.owed,
        payout_account: balance.payout_account,
        identity_check_begun: balance.identity_check_begun,
        holds: file.holds().iter().map(|one| view::hold(one, now)).collect(),
        contract_ids: file.contracts().iter().map(|one| one.id.to_string()).collect(),
        payouts: payouts.map(|one| view::payout(one, currency)).collect(),
        record: file.record.iter().map(AuditView::of).collect(),
    })
}

/// Something that an operator did.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LoggedAct")]
pub(super) struct LoggedView {
    at: String,
    by: String,
    by_id: String,
    /// Whom it concerns.
    about: String,
    about_id: String,
    act: String,
    reasons: String,
}

pub(super) async fn log(call: Call) -> Result<Reply, Problem> {
    let before: Option<AuditId> = call.cursor()?;
    let (acts, next) = audit::log(call.desk(), before, call.limit()?).await?;
    Reply::ok(&List {
        next_cursor: next.map(|id| id.to_string()),
        items: acts
            .into_iter()
            .map(|one| LoggedView {
                at: one.row.at.to_string(),
                by: one.by.unwrap_or_default(),
                by_id: one.row.by.to_string(),
                about: one.about.unwrap_or_default(),
                about_id: one.row.person.to_string(),
                act: one.row.act,
                reasons: one.row.reasons,
            })
            .collect(),
    })
}

/// A point that must be seen to before real money moves.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "GoLivePoint")]
pub(super) struct PointView {
    point: String,
    done: bool,
    /// How that is known, or what to do.
    says: String,
}

pub(super) async fn go_live(call: Call) -> Result<Reply, Problem> {
    let checks = go_live::checks(call.desk()).await?;
    let items = checks.into_iter().map(|check| PointView {
        point: check.item.label().to_owned(),
        done: check.is_done(),
        says: match check.finding {
            go_live::Finding::Done(says) | go_live::Finding::Missing(says) => says,
        },
    });
    Reply::ok(&List::whole(items.collect()))
}

pub(super) async fn try_mail(call: Call) -> Result<Reply, Problem> {
    go_live::try_mail(call.desk(), call.person()?).await?;
    Reply::ok(&DONE)
}

/// Which backup was brought back, and how it was looked at.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoredIn {
    #[schemars(length(min = 1, max = 500))]
    words: String,
}

pub(super) async fn note_restore(call: Call) -> Result<Reply, Problem> {
    let asked: RestoredIn = call.body()?;
    go_live::note_restore(call.desk(), call.person()?, &asked.words).await?;
    Reply::ok(&DONE)
}

/// Experts as a table.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TableIn {
    /// As CSV; the first line names the columns: `email`, `name`, `headline`, `about`, `skills`, `languages`, `time_zone`, and
    /// perhaps `rate`, `available_from`, `hours_a_week`.
    #[schemars(length(min = 1))]
    table: String,
    /// Only look at it: say what would be done.
    #[serde(default)]
    dry_run: bool,
}

/// What is done about a table of experts, or would be.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ImportedExperts")]
pub(super) struct ImportView {
    /// Whose profile is kept, and who is written to.
    new: Vec<String>,
    /// Who has one already; nothing is done about them.
    known: Vec<String>,
    /// How many were kept; 0 where it was only looked at.
    kept: usize,
}

pub(super) async fn import_experts(call: Call) -> Result<Reply, Problem> {
    let asked: TableIn = call.body()?;
    let rows = import::read(call.desk(), &asked.table.replace("\r\n", "\n")).map_err(|faults| {
        let fault =
            |one: &earnest_hire::expert::import::Fault| FieldRefusal::new("table", "unfit", one.to_string());
        earnest_app::Error::Invalid(faults.iter().take(20).map(fault).collect())
    })?;
    let plan = import::plan(call.desk(), rows).await?;
    let new = plan.new.iter().map(|row| row.email.to_string()).collect();
    let known = plan.known.iter().map(ToString::to_string).collect();
    let kept = if asked.dry_run {
        0
    } else {
        import::carry_out(call.desk(), plan.new).await?
    };
    Reply::ok(&ImportView { new, known, kept })
}
