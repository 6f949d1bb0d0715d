//! Contracts and milestones: what the parties do. Each act is one command to the contract, done once under its key.

use std::time::Duration;

use axum::http::StatusCode;
use earnest_app::contract::{self, Also, Form, Seat, Sight};
use earnest_hire::contract::{Change, Command, Kind, Method, Milestone, Standing};
use earnest_hire::deliverable::Deliverable;
use earnest_hire::ids::{ContractId, FileId, MilestoneId};
use earnest_hire::ledger::Name;
use earnest_hire::money::{Minor, Money};
use earnest_hire::refusal::Refusal;
use earnest_hire::span::end_of;
use earnest_store::Key;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::view::{self, List, MoneyView};
use crate::problem::Problem;
use crate::urls;

/// How long a call waits for the provider's checkout page, looking again after each pause.
const CHECKOUT_LOOKS: u32 = 20;
const CHECKOUT_PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn list(call: Call) -> Result<Reply, Problem> {
    let limit = call.limit()?;
    let (all, names) = contract::list(call.desk(), call.me()?, call.cursor()?, limit).await?;
    let next = (all.len() == usize::from(limit)).then(|| all.last().map(|one| one.id.to_string()));
    Reply::ok(&List {
        items: all.iter().map(|one| view::contract_line(one, &names)).collect(),
        next_cursor: next.flatten(),
    })
}

/// The contract of the path, of that kind of id.
pub(super) async fn sight<T: std::str::FromStr>(call: &Call) -> Result<Sight, Problem> {
    let _known: T = call.id("id")?;
    Ok(contract::look(call.desk(), call.text("id"), call.person()?).await?)
}

pub(super) async fn show(call: Call) -> Result<Reply, Problem> {
    Reply::ok(&view::contract(&sight::<ContractId>(&call).await?)?)
}

pub(super) async fn history(call: Call) -> Result<Reply, Problem> {
    let sight = sight::<ContractId>(&call).await?;
    let events = sight.deeds.iter().map(view::event).collect();
    Reply::ok(&call.page(events, |one| &one.id)?)
}

/// What goes with a command.
#[derive(Default)]
pub(super) struct With {
    deliverable: Option<Deliverable>,
    /// What it is about, where one call gives several.
    part: String,
    /// What the command answers, where the command does not name it: refused where that has changed since.
    pub(super) seen: Option<(Option<MilestoneId>, String)>,
}

/// Gives a command as a party.
async fn give(call: &Call, sight: &Sight, command: &Command, with: With) -> Result<(), Problem> {
    let deliverable = with.deliverable;
    if sight.seat == Seat::Office {
        return Err(earnest_app::Error::from(Refusal::OperatorCannotAct).into());
    }
    let text = serde_json::to_string(&(command, &deliverable)).map_err(Problem::broken)?;
    let form = Form {
        key: key(call, sight.contract.id, &with.part, &text)?,
        seen: with.seen,
        deliverable,
    };
    let also = Also::Form(Box::new(form));
    let given = contract::act(call.desk(), sight.contract.id, command, &call.actor()?, also).await;
    match given {
        Err(error @ earnest_app::Error::Refused(Refusal::HoldingLimit)) => {
            let from = contract::possible_from(call.desk(), &sight.contract, command);
            Err(Problem::from(error).possible_from(from))
        }
        given => Ok(given.map(drop)?),
    }
}

/// Under which a command of this call to a contract is done once.
pub(super) fn key(call: &Call, contract: ContractId, part: &str, text: &str) -> Result<Key, Problem> {
    let scope = format!("{} {contract}", call.me()?);
    Ok(Key::new(&scope, &format!("{} {part}", call.once), text))
}

/// Gives a command and answers with the contract after it.
pub(super) async fn done(call: &Call, sight: &Sight, command: Command) -> Result<Reply, Problem> {
    give(call, sight, &command, With::default()).await?;
    again(call, sight).await
}

/// The same of an answer to what stood there a moment ago.
pub(super) async fn answered(
    call: &Call,
    sight: &Sight,
    milestone: Option<MilestoneId>,
    command: Command,
) -> Result<Reply, Problem> {
    let with = With {
        seen: Some((milestone, sight.contract.stamp(milestone))),
        ..With::default()
    };
    give(call, sight, &command, with).await?;
    again(call, sight).await
}

pub(super) async fn again(call: &Call, sight: &Sight) -> Result<Reply, Problem> {
    let id = sight.contract.id.to_string();
    let after = contract::look(call.desk(), &id, call.person()?).await?;
    Reply::ok(&view::contract(&after)?)
}

/// What is signed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Signing {
    /// Of the version that was read; left out, of the only one there is.
    #[serde(default)]
    sha256: Option<String>,
}

pub(super) async fn sign(call: Call) -> Result<Reply, Problem> {
    let asked: Signing = call.body()?;
    let sight = sight::<ContractId>(&call).await?;
    let sha256 = asked.sha256.unwrap_or_else(|| sight.contract.sha256.clone());
    done(&call, &sight, Command::Sign { sha256 }).await
}

/// All that can be taken back of a contract: by the client, what was not begun, and an offer to settle the rest; by the
/// expert, all that is held. Each part is a command of its own; one that the rules refuse leaves the others done.
pub(super) async fn cancel(call: Call) -> Result<Reply, Problem> {
    let sight = sight::<ContractId>(&call).await?;
    let commands = cancelling(&sight).map_err(earnest_app::Error::from)?;
    let mut refused = None;
    let mut any = false;
    for command in &commands {
        let with = With {
            part: about(command),
            ..With::default()
        };
        match give(&call, &sight, command, with).await {
            Ok(()) => any = true,
            // A repetition that would do something else is told, not passed over.
            Err(problem) if problem.status() == StatusCode::UNPROCESSABLE_ENTITY => return Err(problem),
            Err(problem) if problem.is_definite() => refused = refused.or(Some(problem)),
            Err(problem) => return Err(problem),
        }
    }
    match refused {
        Some(problem) if !any => Err(problem),
        _ => again(&call, &sight).await,
    }
}

/// Of which milestone a part of a cancellation is.
fn about(command: &Command) -> String {
    match command {
        Command::Cancel { milestone }
        | Command::OfferSettlement { milestone, .. }
        | Command::GiveBack { milestone, .. } => milestone.to_string(),
        _ => String::new(),
    }
}

fn cancelling(sight: &Sight) -> Result<Vec<Command>, Refusal> {
    let contract = &sight.contract;
    if contract.standing == Standing::Offered {
        return Ok(vec![match sight.seat {
            Seat::Client => Command::Withdraw,
            Seat::Expert | Seat::Office => Command::Decline,
        }]);
    }
    let sum = |amount: Minor| earnest_hire::contract::money(amount, contract.currency);
    let mut commands = vec![Command::End];
    for one in &contract.milestones {
        let held = one.held()?;
        if !held.is_positive() {
            continue;
        }
        let milestone = one.id;
        commands.push(match (sight.seat, one.state.kind()) {
            (Seat::Client, Kind::Funded) => Command::Cancel { milestone },
            (Seat::Client, _) => Command::OfferSettlement {
                milestone,
                to_expert: sum(Minor::ZERO),
                to_client: sum(held),
            },
            _ => Command::GiveBack {
                milestone,
                amount: sum(held),
            },
        });
    }
    Ok(commands)
}

pub(super) async fn end(call: Call) -> Result<Reply, Problem> {
    let sight = sight::<ContractId>(&call).await?;
    done(&call, &sight, Command::End).await
}

pub(super) async fn decline(call: Call) -> Result<Reply, Problem> {
    let sight = sight::<ContractId>(&call).await?;
    done(&call, &sight, Command::Decline).await
}

pub(super) async fn withdraw(call: Call) -> Result<Reply, Problem> {
    let sight = sight::<ContractId>(&call).await?;
    done(&call, &sight, Command::Withdraw).await
}

pub(super) async fn pause(call: Call) -> Result<Reply, Problem> {
    let sight = sight::<ContractId>(&call).await?;
    let change = Change::Pause;
    done(&call, &sight, Command::ProposeAmendment { change }).await
}

pub(super) async fn resume(call: Call) -> Result<Reply, Problem> {
    let sight = sight::<ContractId>(&call).await?;
    done(&call, &sight, Command::RESUME).await
}

/// Days on which silence is no approval; at most 14 of a contract.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AbsenceIn {
    /// The first day.
    #[schemars(with = "String")]
    from: Date,
    /// The last day.
    #[schemars(with = "String")]
    to: Date,
}

pub(super) async fn absence(call: Call) -> Result<Reply, Problem> {
    let asked: AbsenceIn = call.body()?;
    let sight = sight::<ContractId>(&call).await?;
    let from = asked.from.to_zoned(TimeZone::UTC);
    let command = Command::RegisterAbsence {
        from: from.map_or(Timestamp::MAX, |zoned| zoned.timestamp()),
        until: end_of(asked.to),
    };
    done(&call, &sight, command).await
}

/// The milestone of the path in its contract.
pub(super) async fn milestone(call: &Call) -> Result<(Sight, Milestone), Problem> {
    let sight = sight::<MilestoneId>(call).await?;
    let id: MilestoneId = call.id("id")?;
    let one = sight.contract.milestone(id).cloned();
    let one = one.map_err(|_unknown| Problem::not_found())?;
    Ok((sight, one))
}

pub(super) async fn show_milestone(call: Call) -> Result<Reply, Problem> {
    let (sight, one) = milestone(&call).await?;
    let whole = view::contract(&sight)?;
    let id = one.id.to_string();
    let found = whole.milestones.into_iter().find(|shown| shown.id == id);
    Reply::ok(&found.ok_or_else(Problem::not_found)?)
}

/// How to pay.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Funding {
    /// The provider's name; left out, the first one that there is.
    #[serde(default)]
    provider: Option<String>,
    /// `card` or `bank`; left out, what the provider offers first.
    #[serde(default)]
    method: Option<String>,
}

/// A payment that has begun.
#[derive(Serialize, JsonSchema)]
pub(super) struct Funded {
    payment_id: String,
    /// Where the client pays: the provider's page, or ours with the bank account and the reference.
    checkout_url: String,
}

pub(super) async fn fund(call: Call) -> Result<Reply, Problem> {
    let asked: Funding = call.body()?;
    let (sight, one) = milestone(&call).await?;
    let desk = call.desk();
    let unknown = || earnest_app::Error::from(Refusal::ProviderUnknown);
    let provider = match &asked.provider {
        Some(name) => desk.providers.get_key_value(name),
        None => desk.providers.iter().next_back(),
    };
    let (name, provider) = provider.ok_or_else(unknown)?;
    let offered = &provider.abilities().methods;
    let method = match &asked.method {
        Some(word) => offered.iter().find(|one| one.kind.name() == word),
        None => offered.first(),
    };
    let word = method.map(|one| one.kind.name()).ok_or_else(unknown)?;
    let method = Method::ALL
        .iter()
        .find(|one| one.name() == word)
        .ok_or_else(unknown)?;
    let provider: Name = name.parse().map_err(|_unreadable| unknown())?;
    let command = Command::Fund {
        milestone: one.id,
        provider,
        method: *method,
    };
    give(&call, &sight, &command, With::default()).await?;
    let (payment, url) = checkout(&call, &sight, one.id).await?;
    Reply::created(&Funded {
        checkout_url: url.unwrap_or_else(|| call.web.site.absolute(&payment_page(&payment))),
        payment_id: payment,
    })
}

fn payment_page(id: &str) -> String {
    id.parse().map_or_else(|_unreadable| String::new(), urls::payment)
}

/// The payment that is under way, and the provider's page once it is known.
async fn checkout(call: &Call, sight: &Sight, id: MilestoneId) -> Result<(String, Option<String>), Problem> {
    let contract = sight.contract.id.to_string();
    for look in 0..=CHECKOUT_LOOKS {
        let sight = contract::look(call.desk(), &contract, call.person()?).await?;
        let mut payments = sight.contract.payments.iter().rev();
        // Whatever its state: it may have been paid before the first look.
        let begun = payments.find(|paid| paid.milestone == id);
        let begun = begun.ok_or_else(Problem::not_found)?;
        let page = sight.checkouts.get(&begun.id).map(|row| row.checkout_url.clone());
        if page.is_some() || look == CHECKOUT_LOOKS {
            return Ok((begun.id.to_string(), page.filter(|url| !url.is_empty())));
        }
        tokio::time::sleep(CHECKOUT_PAUSE).await;
    }
    Err(Problem::not_found())
}

pub(super) async fn start(call: Call) -> Result<Reply, Problem> {
    let (sight, one) = milestone(&call).await?;
    done(&call, &sight, Command::Start { milestone: one.id }).await
}

/// A version of the work.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Submission {
    #[serde(default)]
    #[schemars(length(max = 5000))]
    note: String,
    /// Addresses of the work.
    #[serde(default)]
    #[schemars(length(max = 20))]
    links: Vec<String>,
    /// Files of yours that are part of nothing yet.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    file_ids: Vec<FileId>,
    /// Numbers of the acceptance items that were checked, from 0; left out, all of them.
    #[serde(default)]
    ticked: Option<Vec<u16>>,
}

pub(super) async fn submit(call: Call) -> Result<Reply, Problem> {
    let asked: Submission = call.body()?;
    let (sight, one) = milestone(&call).await?;
    let deliverable = Deliverable::with_files(
        &asked.note,
        &asked.links.join(
            "
",
        ),
        asked.file_ids,
    )
    .map_err(earnest_app::Error::Invalid)?;
    let all = || {
        (0_u16..)
            .zip(&one.plan.acceptance)
            .map(|(number, _item)| number)
            .collect()
    };
    let command = Command::Submit {
        milestone: one.id,
        deliverables: deliverable.count(),
        ticked: asked.ticked.unwrap_or_else(all),
    };
    let with = With {
        deliverable: Some(deliverable),
        ..With::default()
    };
    give(&call, &sight, &command, with).await?;
    again(&call, &sight).await
}

/// An acceptance item, by its number from 0 or by its words.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Item {
    Number(u16),
    Words(String),
}

/// What is missing.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    /// At least one acceptance item that is not met.
    #[schemars(length(min = 1))]
    unmet: Vec<Item>,
    #[schemars(length(min = 1, max = 5000))]
    note: String,
}

pub(super) async fn request_changes(call: Call) -> Result<Reply, Problem> {
    let asked: Changes = call.body()?;
    let (sight, one) = milestone(&call).await?;
    let number = |item: &Item| match item {
        Item::Number(number) => Ok(*number),
        Item::Words(words) => {
            let found = (0_u16..)
                .zip(&one.plan.acceptance)
                .find(|(_, item)| *item == words);
            found.map(|(number, _)| number).ok_or_else(|| {
                Problem::field("unmet", "unknown", "There is no acceptance item of these words.")
            })
        }
    };
    let mut unmet: Vec<u16> = asked.unmet.iter().map(number).collect::<Result<_, _>>()?;
    unmet.sort_unstable();
    unmet.dedup();
    let command = Command::RequestChanges {
        milestone: one.id,
        unmet,
        note: asked.note,
    };
    done(&call, &sight, command).await
}

/// More time to review.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Extension {
    /// Days more; 7 where it is left out.
    #[serde(default = "week")]
    #[schemars(range(min = 1, max = 7))]
    days: u16,
    /// The expert reads it.
    #[serde(default = "usual_reason")]
    reason: String,
}

fn week() -> u16 {
    7
}

fn usual_reason() -> String {
    "More time is needed to review it.".to_owned()
}

pub(super) async fn extend(call: Call) -> Result<Reply, Problem> {
    let asked: Extension = call.body()?;
    let (sight, one) = milestone(&call).await?;
    let command = Command::ExtendInspection {
        milestone: one.id,
        days: asked.days,
        reason: asked.reason,
    };
    done(&call, &sight, command).await
}

pub(super) async fn approve(call: Call) -> Result<Reply, Problem> {
    let (sight, one) = milestone(&call).await?;
    done(&call, &sight, Command::Approve { milestone: one.id }).await
}

pub(super) async fn cancel_milestone(call: Call) -> Result<Reply, Problem> {
    let (sight, one) = milestone(&call).await?;
    done(&call, &sight, Command::Cancel { milestone: one.id }).await
}

pub(super) async fn drop_milestone(call: Call) -> Result<Reply, Problem> {
    let (sight, one) = milestone(&call).await?;
    done(&call, &sight, Command::Drop { milestone: one.id }).await
}

/// A sum.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Amount {
    #[schemars(with = "MoneyView")]
    pub(super) amount: Money,
}

pub(super) async fn release(call: Call) -> Result<Reply, Problem> {
    let Amount { amount } = call.body()?;
    let (sight, one) = milestone(&call).await?;
    let milestone = one.id;
    done(&call, &sight, Command::Release { milestone, amount }).await
}

pub(super) async fn give_back(call: Call) -> Result<Reply, Problem> {
    let Amount { amount } = call.body()?;
    let (sight, one) = milestone(&call).await?;
    let milestone = one.id;
    done(&call, &sight, Command::GiveBack { milestone, amount }).await
}
