//! The milestones of a contract as a track: where each is, what was agreed and submitted, and what whoever looks may do.

use earnest_app::contract::{Seat, Sight};
use earnest_hire::contract::{Dispute, Kind, Milestone, Phase, Tried};
use earnest_hire::ids::{MilestoneId, PersonId};
use earnest_hire::refusal::Refusal;
use earnest_store::FileOf;
use jiff::Timestamp;

use super::act::Act;
use super::history::last_request;
use super::money::days;
use super::who::People;
use crate::file::Attached;
use crate::markdown::Markdown;
use crate::page::Link;
use crate::urls;
use crate::words::{Moment, date, sum};

/// A milestone on the page.
pub(crate) struct Stop {
    pub(crate) id: String,
    pub(crate) number: usize,
    pub(crate) title: String,
    /// `done`, `current` or nothing.
    pub(crate) class: &'static str,
    /// Where it is, with its sums.
    pub(crate) line: String,
    pub(crate) is_open: bool,
    pub(crate) deliverable: String,
    pub(crate) facts: String,
    pub(crate) items: Vec<Item>,
    /// What was said to the items that were not met.
    pub(crate) request: Option<(Moment, String)>,
    pub(crate) versions: Vec<Version>,
    pub(crate) offers: Vec<String>,
    pub(crate) dispute: Vec<(String, String)>,
    pub(crate) buttons: Vec<Link>,
    pub(crate) more: Vec<Link>,
    /// What is not possible now, by the reason.
    pub(crate) greyed: Vec<(Vec<&'static str>, String)>,
}

/// An acceptance item.
pub(crate) struct Item {
    pub(crate) text: String,
    pub(crate) is_unmet: bool,
    pub(crate) is_ticked: bool,
}

/// What was submitted.
pub(crate) struct Version {
    pub(crate) number: u16,
    pub(crate) at: Moment,
    pub(crate) note: Option<Markdown>,
    pub(crate) links: Vec<String>,
    pub(crate) files: Attached,
}

/// One milestone as the office sees it.
pub(crate) fn case(
    web: &crate::Web,
    sight: &Sight,
    me: PersonId,
    id: MilestoneId,
) -> Result<Option<Stop>, Refusal> {
    let people = People {
        sight,
        me,
        site: &web.site.name,
    };
    let stops = stops(people)?.into_iter();
    let id = id.to_string();
    Ok(stops.into_iter().find(|stop| stop.id == id))
}

/// All of them in their order; the first that has not ended is open, and every other that moves.
pub(super) fn stops(people: People<'_>) -> Result<Vec<Stop>, Refusal> {
    let contract = &people.sight.contract;
    let current = contract
        .milestones
        .iter()
        .position(|one| !one.state.kind().is_terminal());
    let stops = contract.milestones.iter().enumerate();
    stops
        .map(|(place, one)| stop(people, (place, one), current == Some(place)))
        .collect()
}

fn stop(people: People<'_>, (place, one): (usize, &Milestone), is_current: bool) -> Result<Stop, Refusal> {
    let sight = people.sight;
    let kind = one.state.kind();
    let is_open = is_current || !matches!(kind, Kind::Planned) && !kind.is_terminal();
    let request = last_request(sight, one.id);
    let unmet: &[u16] = request.as_ref().map_or(&[], |(_, unmet, _)| unmet);
    let items = (0_u16..).zip(&one.plan.acceptance).map(|(number, text)| Item {
        text: text.clone(),
        is_unmet: unmet.contains(&number) && !kind.is_terminal(),
        is_ticked: one.versions > 0 && kind != Kind::ChangesRequested || kind == Kind::Released,
    });
    let (buttons, more, greyed) = links(sight, one, is_open);
    Ok(Stop {
        id: one.id.to_string(),
        number: place + 1,
        title: one.plan.title.clone(),
        class: match (kind.is_terminal(), is_open) {
            (true, _) => "done",
            (false, true) => "current",
            (false, false) => "",
        },
        line: line(sight, one)?,
        is_open,
        deliverable: one.plan.deliverable.clone(),
        facts: facts(one),
        items: items.collect(),
        versions: versions(sight, one),
        offers: offers(people, one),
        dispute: one
            .dispute
            .as_ref()
            .map_or_else(Vec::new, |dispute| told(people, dispute)),
        request: request.map(|(at, _, note)| (at, note)),
        buttons,
        more,
        greyed,
    })
}

fn line(sight: &Sight, one: &Milestone) -> Result<String, Refusal> {
    let money = |minor| sum(sight.contract.currency, minor);
    let mut parts = vec![state(one)];
    let (held, released, refunded) = (one.held()?, one.released()?, one.refunded()?);
    if held.is_positive() {
        parts.push(format!("{} held", money(held)));
    }
    if released.is_positive() {
        parts.push(format!("{} released", money(released)));
    }
    if refunded.is_positive() {
        parts.push(format!("{} back to the client", money(refunded)));
    }
    if one.lots.is_empty() {
        parts.push(money(one.plan.price_minor));
    }
    if one.to_raise_minor.is_positive() {
        parts.push(format!("{} more to be funded", money(one.to_raise_minor)));
    }
    if !one.state.kind().is_terminal() {
        parts.push(format!("due {}", date(&one.plan.due_on.to_string())));
        if one.versions > 0 {
            let left = one.plan.rounds.saturating_sub(one.rounds_used);
            parts.push(format!("{left} of {} rounds of changes left", one.plan.rounds));
        }
    }
    Ok(parts.join(" · "))
}

fn state(one: &Milestone) -> String {
    match one.state.kind() {
        Kind::Planned => "Not funded yet".to_owned(),
        Kind::Funding => "A payment is under way".to_owned(),
        Kind::Funded => "Funded, not started".to_owned(),
        Kind::Working if one.versions == 0 => "At work".to_owned(),
        Kind::Working => format!("At work after version {}", one.versions),
        Kind::Submitted => format!("Version {} is being reviewed", one.versions),
        Kind::ChangesRequested => format!("Changes asked for after version {}", one.versions),
        Kind::Disputed => "In dispute".to_owned(),
        Kind::ChargebackHold => "Stopped: the payer’s bank has taken a payment back".to_owned(),
        Kind::Released => "Approved".to_owned(),
        Kind::Refunded => "Paid back".to_owned(),
        Kind::Split => "Split".to_owned(),
        Kind::Canceled => "Dropped".to_owned(),
        Kind::ChargedBack => "The payer’s bank kept the money".to_owned(),
    }
}

fn facts(one: &Milestone) -> String {
    let plan = &one.plan;
    format!(
        "{} to review each version, {} rounds of changes, {} for each.",
        days(plan.inspection_days),
        plan.rounds,
        days(plan.revision_days)
    )
}

fn versions(sight: &Sight, one: &Milestone) -> Vec<Version> {
    let rows = sight
        .deliverables
        .iter()
        .rev()
        .filter(|row| row.milestone == one.id);
    rows.map(|row| Version {
        number: row.number,
        at: Moment::new(row.at),
        note: Some(row.deliverable.note.as_str())
            .filter(|note| !note.is_empty())
            .map(Markdown::new),
        links: row.deliverable.links.clone(),
        files: Attached::of(&sight.files, FileOf::Version(row.milestone, row.number)),
    })
    .collect()
}

fn offers(people: People<'_>, one: &Milestone) -> Vec<String> {
    let currency = people.sight.contract.currency;
    let told = one.settlement.as_ref().map(|offer| {
        format!(
            "{} offered to settle: {} to the expert, {} back to the client. The offer ends {}.",
            people.subject(offer.by),
            sum(currency, offer.to_expert_minor),
            sum(currency, offer.to_client_minor),
            Moment::new(offer.until).text()
        )
    });
    told.into_iter().collect()
}

/// A dispute: who wants what, and what was decided.
fn told(people: People<'_>, dispute: &Dispute) -> Vec<(String, String)> {
    let money = |minor| sum(people.sight.contract.currency, minor);
    let opened = dispute
        .opened_by
        .map_or("The payer’s bank", |id| people.subject(id));
    let mut told = vec![(format!("{opened} opened a dispute"), dispute.reason.clone())];
    let (client, expert) = (people.client(), people.expert());
    let sides = [(client, dispute.client, expert), (expert, dispute.expert, client)];
    for (person, figures, other) in sides {
        let figures = figures.map(|figures| {
            format!(
                "{} to {} at once, and an offer of {} to the expert in all",
                money(figures.unconditional_minor),
                people.object(other),
                money(figures.offer_to_expert_minor)
            )
        });
        let said = figures.unwrap_or_else(|| "no answer yet".to_owned());
        told.push((people.subject(person).to_owned(), said));
    }
    for ruling in &dispute.rulings {
        let what = format!(
            "{} decided: {} to the expert, {} back",
            people.name(ruling.by),
            money(ruling.to_expert_minor),
            money(ruling.to_client_minor)
        );
        told.push((what, ruling.reasons.clone()));
    }
    if let Some(appeal) = &dispute.appeal {
        told.push(("Appeal".to_owned(), appeal.clone()));
    }
    let phase = match dispute.phase {
        Phase::AnswerDue => "The answer is due",
        Phase::Negotiating => "Both look for a settlement until",
        Phase::Evidence => "Both say what speaks for them until",
        Phase::Deciding => "The decision is due",
        Phase::Decided => "An appeal is possible until",
        Phase::Appealed => "The last decision is due",
        Phase::Closed => "It was over",
    };
    match dispute.missed_at {
        Some(missed) => told.push((
            "The decision is late; it was due".to_owned(),
            Moment::new(missed).text(),
        )),
        None => told.push((phase.to_owned(), Moment::new(dispute.due_at).text())),
    }
    told
}

type Links = (Vec<Link>, Vec<Link>, Vec<(Vec<&'static str>, String)>);

/// What may be done now: the usual as buttons, the rest as links; and what may not, with its reason.
fn links(sight: &Sight, one: &Milestone, is_open: bool) -> Links {
    let (mut buttons, mut more) = (Vec::new(), Vec::new());
    let mut greyed: Vec<(Vec<&'static str>, String)> = Vec::new();
    if sight.seat == Seat::Client
        && let Some(paid) = sight.contract.under_way(one)
    {
        buttons.push(Link::new(urls::payment(paid.id), "How to pay"));
    }
    let of_this = |tried: &&Tried| tried.milestone == Some(one.id);
    for tried in sight.possible.iter().filter(of_this) {
        let Some(act) = Act::of(&tried.command) else {
            continue;
        };
        match tried.answer {
            Ok(()) => {
                let link = Link::new(urls::milestone_act(one.id, act.word()), label(sight, one, act));
                if is_rare(act) {
                    more.push(link);
                } else {
                    buttons.push(link);
                }
            }
            Err(refusal) if is_open && says_something(refusal, act) => {
                let why = reason(sight, one, refusal);
                match greyed.iter_mut().find(|(_, reason)| *reason == why) {
                    Some((labels, _)) => labels.push(act.label()),
                    None => greyed.push((vec![act.label()], why)),
                }
            }
            Err(_) => {}
        }
    }
    (buttons, more, greyed)
}

fn label(sight: &Sight, one: &Milestone, act: Act) -> String {
    let money = |minor| sum(sight.contract.currency, minor);
    match act {
        Act::Approve => one.held().map_or_else(
            |_refusal| act.label().to_owned(),
            |held| format!("Approve and pay {}", money(held)),
        ),
        Act::Fund if one.lots.is_empty() => format!("Fund {}", money(one.plan.price_minor)),
        Act::Fund => format!("Fund {} more", money(one.to_raise_minor)),
        _ => act.label().to_owned(),
    }
}

fn is_rare(act: Act) -> bool {
    matches!(
        act,
        Act::Dispute | Act::Amend | Act::Cancel | Act::GiveBack | Act::Drop | Act::Release | Act::Settle
    )
}

/// Whether a reader gains anything from the reason: that there is no offer to accept is plain.
fn says_something(refusal: Refusal, act: Act) -> bool {
    let absent = matches!(
        refusal,
        Refusal::NoSettlement | Refusal::NoDispute | Refusal::NoAmendment | Refusal::NotOffered
    );
    !absent
        && !matches!(
            act,
            Act::AnswerDispute | Act::Appeal | Act::AcceptSettlement | Act::RejectSettlement | Act::Drop
        )
}

/// From when on a milestone can be funded at the provider that can hold money the longest.
pub(super) fn fund_from(sight: &Sight, id: MilestoneId) -> Option<Timestamp> {
    sight.contract.fund_from(id, sight.holding_days?).ok().flatten()
}

/// The sentence of the rule, and from when on it is possible where only the time is against it.
pub(super) fn sentence(refusal: Refusal, from: Option<Timestamp>) -> String {
    match (refusal, from) {
        (Refusal::HoldingLimit, Some(from)) => format!(
            "The provider could not hold the money until the end of a possible dispute. It can be funded from {} on.",
            Moment::new(from).text()
        ),
        (other, _) => other.sentence(),
    }
}

/// As [`sentence`], and for what is plainly not its time, one that needs no table.
fn reason(sight: &Sight, one: &Milestone, refusal: Refusal) -> String {
    match refusal {
        Refusal::NotNow { state, .. } => {
            let meaning = state.meaning().trim_end_matches('.');
            format!(
                "Not at this point. The milestone is {}: {}.",
                state.name().replace('_', " "),
                lower(meaning)
            )
        }
        other => sentence(other, fund_from(sight, one.id)),
    }
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
