//! What waits in the office for somebody to look at: jobs and letters that were given up, events, transfers, differences,
//! holds and payouts.

use earnest_app::bank::{self, Doubt};
use earnest_app::hold::{self, Act};
use earnest_app::motion::Given;
use earnest_app::payee::Who;
use earnest_app::reconcile::{self, NotCompared};
use earnest_app::{Error, mail, office as desks};
use earnest_hire::field::{Lines, required};
use earnest_hire::ids::{EventId, HoldId, PayoutId, PersonId};
use earnest_hire::money::Minor;
use earnest_hire::person::Role;
use earnest_store::EventState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::office::{carried, sure};
use super::view::{self, DONE, HoldView, List, MoneyView, PayoutView, money};
use crate::problem::Problem;

/// A job that was given up.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DeadJob")]
pub(super) struct JobView {
    id: String,
    kind: String,
    /// The contract or person.
    history: String,
    subject: String,
    due_at: String,
    attempts: i64,
    last_error: Option<String>,
}

pub(super) async fn jobs(call: Call) -> Result<Reply, Problem> {
    let dead = desks::dead_jobs(call.desk()).await?;
    let items = dead.into_iter().map(|one| JobView {
        id: one.id,
        kind: one.kind,
        history: one.chain,
        subject: one.subject,
        due_at: one.due_at.to_string(),
        attempts: one.attempts,
        last_error: one.last_error,
    });
    Reply::ok(&List::whole(items.collect()))
}

/// Which job.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JobIn {
    job_id: String,
}

pub(super) async fn resend_job(call: Call) -> Result<Reply, Problem> {
    let asked: JobIn = call.body()?;
    desks::resend(call.desk(), (call.me()?, call.confirmed()), &asked.job_id).await?;
    Reply::ok(&DONE)
}

/// A letter that was given up.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LostLetter")]
pub(super) struct LetterView {
    id: String,
    to: String,
    subject: String,
    at: String,
    attempts: i64,
    why: String,
}

pub(super) async fn letters(call: Call) -> Result<Reply, Problem> {
    let lost = mail::given_up(call.desk()).await?;
    let items = lost.into_iter().map(|one| LetterView {
        id: one.id,
        to: one.to,
        subject: one.subject,
        at: one.at.to_string(),
        attempts: one.attempts,
        why: one.why,
    });
    Reply::ok(&List::whole(items.collect()))
}

pub(super) async fn send_letter(call: Call) -> Result<Reply, Problem> {
    mail::send_again(call.desk(), call.text("id")).await?;
    Reply::ok(&DONE)
}

/// An event of a provider that a person has to look at.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StuckEvent")]
pub(super) struct StuckView {
    provider: String,
    event: String,
    kind: String,
    at: String,
    received_at: String,
    /// `broken`: it is tried again by itself; `refused`: it is not.
    state: &'static str,
    /// The rule that said no, or what was at fault.
    why: Option<String>,
    /// As the provider sent it.
    body: String,
}

pub(super) async fn events(call: Call) -> Result<Reply, Problem> {
    let stuck = desks::stuck_events(call.desk()).await?;
    let items = stuck.into_iter().map(|one| StuckView {
        provider: one.event.provider,
        event: one.event.event_id,
        kind: one.event.kind,
        at: one.event.at.to_string(),
        received_at: one.event.received_at.to_string(),
        state: match one.state {
            EventState::Broken => "broken",
            _ => "refused",
        },
        why: one.why,
        body: one.event.body,
    });
    Reply::ok(&List::whole(items.collect()))
}

/// Which event, and for setting it aside why it can be left.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EventIn {
    provider: String,
    event: String,
    /// Only to set it aside: what it was. It is kept with the event.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    why: String,
}

pub(super) async fn retry_event(call: Call) -> Result<Reply, Problem> {
    let asked: EventIn = call.body()?;
    sure(&call)?;
    desks::retry_event(call.desk(), call.me()?, &asked.provider, &asked.event).await?;
    Reply::ok(&DONE)
}

pub(super) async fn set_event_aside(call: Call) -> Result<Reply, Problem> {
    let asked: EventIn = call.body()?;
    sure(&call)?;
    let event = (asked.provider.as_str(), asked.event.as_str());
    desks::set_event_aside(call.desk(), call.me()?, event, &asked.why).await?;
    Reply::ok(&DONE)
}

/// A transfer that matches no payment.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Receipt")]
pub(super) struct ReceiptView {
    id: String,
    bank: String,
    /// The bank's own id.
    external_id: String,
    at: String,
    amount: MoneyView,
    from: String,
    text: String,
}

pub(super) async fn receipts(call: Call) -> Result<Reply, Problem> {
    let open = bank::unmatched(call.desk()).await?;
    let items = open.into_iter().map(|one| ReceiptView {
        id: one.id.to_string(),
        bank: one.bank.to_string(),
        external_id: one.external_id,
        at: one.at.to_string(),
        amount: money(one.amount_minor, one.currency),
        from: one.counterparty,
        text: one.text,
    });
    Reply::ok(&List::whole(items.collect()))
}

/// A payment that a transfer is waited for.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AwaitedPayment")]
pub(super) struct AwaitedView {
    payment_id: String,
    /// What its transfer should have in its text.
    reference: String,
    contract_id: String,
    client: String,
    missing: MoneyView,
}

pub(super) async fn awaited(call: Call) -> Result<Reply, Problem> {
    let awaited = bank::awaited(call.desk()).await?;
    let items = awaited.into_iter().map(|one| AwaitedView {
        payment_id: one.payment.to_string(),
        reference: one.reference.to_string(),
        contract_id: one.contract.to_string(),
        client: one.client,
        missing: money(Minor(one.missing.amount_minor), one.missing.currency),
    });
    Reply::ok(&List::whole(items.collect()))
}

/// A transfer that the operator has to make.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TransferToMake")]
pub(super) struct TransferView {
    /// To be written into it: the statement is matched by it.
    reference: String,
    amount: MoneyView,
    about: String,
    to: String,
}

pub(super) async fn transfers(call: Call) -> Result<Reply, Problem> {
    let currency = call.web.app.currency;
    let transfers = bank::transfers(call.desk()).await?;
    let items = transfers.into_iter().map(|one| TransferView {
        reference: one.reference.to_string(),
        amount: money(one.amount, currency),
        about: one.about,
        to: one.to,
    });
    Reply::ok(&List::whole(items.collect()))
}

/// A statement of the bank, as CSV.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StatementIn {
    /// The first line names the columns: date, amount, currency, reference, counterparty, `transaction_id`.
    #[schemars(length(min = 1))]
    statement: String,
}

/// What was taken of a statement.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ImportedStatement")]
pub(super) struct ImportedView {
    matched: usize,
    unmatched: usize,
    seen: usize,
    /// Outgoing lines that are nothing of ours, by their number.
    not_ours: Vec<usize>,
    /// Lines that were not taken, for nobody can tell them from one that was imported before.
    doubtful: Vec<DoubtView>,
}

/// A line that was not taken.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DoubtfulLine")]
struct DoubtView {
    /// Its number.
    line: usize,
    /// The name of the line that was imported.
    before: String,
    /// What differs, and what to do.
    sentence: String,
}

impl From<&Doubt> for DoubtView {
    fn from(doubt: &Doubt) -> Self {
        Self {
            line: doubt.number,
            before: doubt.before.clone(),
            sentence: doubt.to_string(),
        }
    }
}

pub(super) async fn import_statement(call: Call) -> Result<Reply, Problem> {
    let asked: StatementIn = call.body()?;
    sure(&call)?;
    let imported = bank::import(call.desk(), &asked.statement).await;
    let imported = imported.map_err(Error::from)?;
    Reply::ok(&ImportedView {
        matched: imported.matched,
        unmatched: imported.unmatched,
        seen: imported.seen,
        doubtful: imported.doubtful.iter().map(DoubtView::from).collect(),
        not_ours: imported.not_ours,
    })
}

/// Whose a transfer is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AssignIn {
    /// Reference or id of the payment.
    payment: String,
}

/// From which movement at a provider a transfer is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveIn {
    /// Reference or id of the payment.
    payment: String,
    /// The provider's name of the movement.
    #[schemars(length(min = 1, max = 200))]
    transfer: String,
}

pub(super) async fn assign(call: Call) -> Result<Reply, Problem> {
    let asked: AssignIn = call.body()?;
    sure(&call)?;
    let receipt: EventId = call.id("id")?;
    let payment = bank::payment_named(call.desk(), &asked.payment).await?;
    carried(bank::assign(call.desk(), call.me()?, receipt, payment).await?)
}

pub(super) async fn move_here(call: Call) -> Result<Reply, Problem> {
    let asked: MoveIn = call.body()?;
    sure(&call)?;
    let receipt: EventId = call.id("id")?;
    let payment = bank::payment_named(call.desk(), &asked.payment).await?;
    let name = "Give the provider’s name of the movement.";
    let transfer = required("transfer", &asked.transfer, 200, Lines::One, name);
    let transfer = transfer.map_err(|fault| Error::Invalid(vec![fault]))?;
    let moved = bank::propose_move(call.desk(), call.me()?, receipt, (payment, &transfer)).await?;
    carried(Given::Proposed(moved))
}

/// Why a transfer goes back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendBackIn {
    /// It is kept with the transfer, and stands in the record of whoever decides.
    #[schemars(length(min = 10, max = 1000))]
    why: String,
}

pub(super) async fn send_back(call: Call) -> Result<Reply, Problem> {
    let asked: SendBackIn = call.body()?;
    sure(&call)?;
    carried(bank::send_back(call.desk(), call.me()?, call.id("id")?, &asked.why).await?)
}

/// Where the comparison with a provider stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Comparison")]
pub(super) struct ComparedView {
    provider: String,
    /// Until when it was compared at the latest.
    until: Option<String>,
    differences: Vec<DifferenceView>,
}

/// A movement or balance that differs. Sums are negative where money left.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Difference")]
struct DifferenceView {
    /// `missing_in_books`, `missing_at_provider`, `amount_differs`, `subject_differs` or `balance_differs`.
    kind: serde_json::Value,
    external_id: Option<String>,
    about: String,
    provider: Option<MoneyView>,
    books: Option<MoneyView>,
    explanation: String,
}

pub(super) async fn differences(call: Call) -> Result<Reply, Problem> {
    let standing = reconcile::standing(call.desk()).await?;
    let currency = call.web.app.currency;
    let sum = |minor: Option<Minor>| minor.map(|minor| money(minor, currency));
    let mut items = Vec::new();
    for (provider, until) in standing.providers {
        let mut differences = Vec::new();
        let open = standing.differing.iter().filter(|one| one.provider == provider);
        for one in open.flat_map(|one| &one.differences) {
            differences.push(DifferenceView {
                kind: serde_json::to_value(one.kind).map_err(Problem::broken)?,
                external_id: one.external_id.clone(),
                about: one.about.clone(),
                provider: sum(one.provider_minor),
                books: sum(one.books_minor),
                explanation: one.explanation.clone(),
            });
        }
        items.push(ComparedView {
            until: until.map(|at| at.to_string()),
            provider,
            differences,
        });
    }
    Reply::ok(&List::whole(items))
}

/// Which provider.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderIn {
    provider: String,
}

fn not_compared(error: NotCompared) -> Problem {
    match error {
        NotCompared::Failed(error) => error.into(),
        NotCompared::NoProvider => {
            Problem::field("provider", "unknown", "No provider of that name is configured.")
        }
        other @ (NotCompared::NotYet | NotCompared::NoAnswer(_)) => {
            Problem::refused("not_compared", other.to_string())
        }
    }
}

pub(super) async fn compare(call: Call) -> Result<Reply, Problem> {
    let asked: ProviderIn = call.body()?;
    let compared = reconcile::compare_now(call.desk(), &asked.provider).await;
    compared.map_err(not_compared)?;
    Reply::ok(&DONE)
}

pub(super) async fn repair(call: Call) -> Result<Reply, Problem> {
    let asked: ProviderIn = call.body()?;
    let repaired = reconcile::repair_all(call.desk(), &asked.provider).await;
    repaired.map_err(not_compared)?;
    Reply::ok(&DONE)
}

/// What money was that left a bank for nothing of ours.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplainIn {
    /// The bank's id of the line.
    line: String,
    #[schemars(length(min = 10, max = 1000))]
    why: String,
}

pub(super) async fn explain(call: Call) -> Result<Reply, Problem> {
    let asked: ExplainIn = call.body()?;
    sure(&call)?;
    let motion = bank::explain(call.desk(), call.me()?, asked.line.trim(), &asked.why).await;
    let motion = motion.map_err(|error| match error {
        Error::NotFound => Problem::field(
            "line",
            "unknown",
            "No money that left waits under this id; the list of differences has the ids.",
        ),
        other => other.into(),
    })?;
    carried(Given::Proposed(motion))
}

/// A hold that stands, with whose it is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OpenHold")]
pub(super) struct OpenHoldView {
    person_id: String,
    name: String,
    hold: HoldView,
}

pub(super) async fn holds(call: Call) -> Result<Reply, Problem> {
    let now = call.web.app.clock.now();
    let open = hold::open(call.desk()).await?;
    let items = open.iter().map(|one| OpenHoldView {
        person_id: one.person.to_string(),
        name: one.name.clone(),
        hold: view::hold(one, now),
    });
    Reply::ok(&List::whole(items.collect()))
}

/// A payout that waits, with whose it is.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WaitingPayout")]
pub(super) struct WaitingView {
    person_id: String,
    name: String,
    payout: PayoutView,
}

pub(super) async fn payouts(call: Call) -> Result<Reply, Problem> {
    let currency = call.web.app.currency;
    let waiting = hold::payouts(call.desk()).await?;
    let items = waiting.iter().map(|one| WaitingView {
        person_id: one.person.to_string(),
        name: one.name.clone(),
        payout: view::payout(&one.payout, currency),
    });
    Reply::ok(&List::whole(items.collect()))
}

/// What is done about a hold or payout of somebody.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepIn {
    #[schemars(with = "String")]
    person_id: PersonId,
    /// They read it.
    #[serde(default)]
    #[schemars(length(max = 5000))]
    reason: String,
    /// For how many days from now, where it is kept or stopped: 1 to 7; 7 where it is left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 7))]
    days: Option<u8>,
}

impl KeepIn {
    fn days(&self) -> String {
        self.days.unwrap_or(7).to_string()
    }
}

async fn act(call: &Call, asked: &KeepIn, act: Act) -> Result<Reply, Problem> {
    let actor = call.operator(Role::Finance)?;
    sure(call)?;
    let who = Who {
        actor: &actor,
        confirmed: call.confirmed(),
    };
    let once = call.once.to_string();
    let given = hold::act(call.desk(), asked.person_id, (&act, &asked.reason), who, &once);
    carried(given.await?)
}

pub(super) async fn extend_hold(call: Call) -> Result<Reply, Problem> {
    let asked: KeepIn = call.body()?;
    let hold: HoldId = call.id("id")?;
    act(&call, &asked, Act::Extend(hold, asked.days())).await
}

pub(super) async fn answer_hold(call: Call) -> Result<Reply, Problem> {
    let asked: KeepIn = call.body()?;
    let hold: HoldId = call.id("id")?;
    act(&call, &asked, Act::Answer(hold)).await
}

pub(super) async fn stop_payout(call: Call) -> Result<Reply, Problem> {
    let asked: KeepIn = call.body()?;
    let payout: PayoutId = call.id("id")?;
    act(&call, &asked, Act::Stop(payout, asked.days())).await
}

pub(super) async fn release_payout(call: Call) -> Result<Reply, Problem> {
    let asked: KeepIn = call.body()?;
    let payout: PayoutId = call.id("id")?;
    act(&call, &asked, Act::Release(payout)).await
}
