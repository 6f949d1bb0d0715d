//! What happens now, in words: who must act, until when, and what happens by itself if nobody does.

use earnest_hire::contract::{Awaited, Contract, Milestone, Silence, Standing, Task, Turn};

use super::who::People;
use crate::words::{Moment, away, sum};

/// The first thing on the page.
pub(super) struct Now {
    /// Up to the deadline.
    pub(super) lead: String,
    pub(super) until: Option<Moment>,
    /// After it: how far away it is, and what happens by itself.
    pub(super) then: String,
    /// What else is waited for.
    pub(super) also: Vec<String>,
}

impl Now {
    pub(super) fn new(people: People<'_>) -> Self {
        let contract = &people.sight.contract;
        let turns = contract.turns();
        let Some(first) = first(people, &turns) else {
            return Self::over(people);
        };
        let also = turns.iter().filter(|turn| *turn != first);
        Self {
            lead: lead(people, first),
            until: first.until.map(Moment::new),
            then: then(people, first),
            also: also.map(|turn| line(people, turn)).collect(),
        }
    }

    fn over(people: People<'_>) -> Self {
        let (lead, then) = match people.sight.contract.standing {
            Standing::Ended => (
                "This contract has ended",
                "Every milestone is over; what happened stands below.",
            ),
            Standing::Declined => (
                "This contract was declined",
                "Nothing was signed by both, and no money moved.",
            ),
            Standing::Withdrawn => (
                "This contract was withdrawn",
                "Nothing was signed by both, and no money moved.",
            ),
            Standing::Expired => (
                "This offer has expired",
                "It was not signed in time, and no money moved.",
            ),
            Standing::Offered | Standing::Active | Standing::Paused | Standing::Ending => {
                ("Nothing is waited for", "")
            }
        };
        Self {
            lead: lead.to_owned(),
            until: None,
            then: then.to_owned(),
            also: Vec::new(),
        }
    }
}

/// What waits for whoever looks comes first: that is what they came for.
fn first<'a>(people: People<'_>, turns: &'a [Turn]) -> Option<&'a Turn> {
    let mine = turns
        .iter()
        .find(|turn| turn.is_of(&people.sight.contract, people.me));
    mine.or(turns.first())
}

/// Whether what is waited for now is said in words, and not done on the page.
pub(super) fn asks_for_words(people: People<'_>) -> bool {
    let contract = &people.sight.contract;
    let turns = contract.turns();
    first(people, &turns).is_some_and(|turn| match turn.task {
        Task::Negotiate | Task::BringEvidence => turn.is_of(contract, people.me),
        _ => false,
    })
}

/// A turn as one sentence, for lists.
pub(super) fn line(people: People<'_>, turn: &Turn) -> String {
    let until = turn.until.map_or_else(String::new, |at| {
        format!(" by {} ({})", Moment::new(at).text(), away(people.sight.now, at))
    });
    format!("{}{until}.", lead(people, turn))
}

fn lead(people: People<'_>, turn: &Turn) -> String {
    let contract = &people.sight.contract;
    let what = what(contract, turn);
    if turn.who != Awaited::Both && turn.is_of(contract, people.me) {
        format!("Your turn: {what}")
    } else {
        format!("{} {what}", people.awaited(turn.who))
    }
}

fn milestone<'a>(contract: &'a Contract, turn: &Turn) -> Option<&'a Milestone> {
    contract.milestone(turn.milestone?).ok()
}

/// What is to be done, as an infinitive.
pub(super) fn what(contract: &Contract, turn: &Turn) -> String {
    let milestone = milestone(contract, turn);
    let title = milestone.map_or("the contract", |one| one.plan.title.as_str());
    let version = milestone.map_or(0, |one| one.versions);
    match turn.task {
        Task::Sign => "read and sign the contract".to_owned(),
        Task::Fund => format!("fund “{title}”"),
        Task::Pay => match milestone.and_then(|one| contract.in_part(one)) {
            Some(paid) => {
                let money = |minor| sum(contract.currency, minor);
                let (came, asked, rest) = (paid.in_funds_minor, paid.asked_minor, paid.missing());
                format!(
                    "pay the rest for “{title}”: {} of {} has arrived, {} is missing",
                    money(came),
                    money(asked),
                    money(rest)
                )
            }
            None => format!("finish the payment for “{title}”"),
        },
        Task::Place => format!("say what becomes of the money that has arrived for “{title}”"),
        Task::Start => format!("start “{title}”"),
        Task::Deliver if version == 0 => format!("submit “{title}”"),
        Task::Deliver => format!("submit the next version of “{title}”"),
        Task::Review => format!("review version {version} of “{title}”"),
        Task::Revise => format!("submit “{title}” with the changes"),
        Task::AnswerSettlement => format!("answer the offer to settle “{title}”"),
        Task::AnswerAmendment => "answer the proposed change".to_owned(),
        Task::AnswerDispute => format!("answer the dispute about “{title}”"),
        Task::Negotiate => format!("look for a settlement of “{title}”"),
        Task::BringEvidence => format!("say what speaks for a decision about “{title}”, or settle it"),
        Task::Decide => format!("decide the dispute about “{title}”"),
        Task::Appeal => format!("appeal the decision about “{title}”, or let it stand"),
        Task::DecideAppeal => format!("decide the appeal about “{title}”"),
        Task::Chargeback => format!("decide about the payment for “{title}” that it has taken back"),
        Task::Resume if contract.held().is_some() => "look into why the contract is on hold".to_owned(),
        Task::Resume => "let the clocks go on".to_owned(),
    }
}

fn then(people: People<'_>, turn: &Turn) -> String {
    let contract = &people.sight.contract;
    let held = milestone(contract, turn).and_then(|one| one.held().ok());
    let held = held.map_or_else(String::new, |held| sum(contract.currency, held));
    let nobody = if turn.who != Awaited::Both && turn.is_of(contract, people.me) {
        "If you do nothing"
    } else {
        "If nothing is done"
    };
    let (client, expert) = (people.object(people.client()), people.object(people.expert()));
    let silence = match turn.then {
        Silence::Waits if turn.until.is_some_and(|until| until < people.sight.now) => {
            "It is late. Nothing moves by itself: the money stays where it is.".to_owned()
        }
        Silence::Waits if turn.until.is_some() => {
            "If that passes, nothing moves by itself: the money stays where it is.".to_owned()
        }
        Silence::Waits => "Nothing happens by itself until then.".to_owned(),
        Silence::OfferEnds => format!("{nobody}, the offer ends then and binds nobody."),
        Silence::PaymentEnds
            if milestone(contract, turn).is_some_and(|one| contract.in_part(one).is_some()) =>
        {
            format!(
                "{nobody}, the payment ends then: what has arrived stays with the funds of {client} here, and {client} can take it back or fund the milestone again."
            )
        }
        Silence::PaymentEnds => {
            format!(
                "{nobody}, the payment ends then without money moving, and the milestone can be funded again."
            )
        }
        Silence::GoesBack => format!("{nobody}, {held} goes back to {client} then."),
        Silence::Overdue => format!(
            "{nobody}, it is overdue then: the client may take {held} back, and a week later it goes back by itself."
        ),
        Silence::CountsAsApproved => {
            format!("{nobody}, it counts as approved then and {held} is released to {expert}.")
        }
        Silence::SettlementEnds => format!("{nobody}, the offer ends then and nothing moves."),
        Silence::AmendmentEnds => format!("{nobody}, the proposal ends then and nothing changes."),
        Silence::GoesOn => format!("{nobody}, the dispute goes on to its next step then; {held} stays held."),
        Silence::BecomesFinal => format!("{nobody}, the decision becomes final then and {held} moves by it."),
        Silence::PauseEnds => format!("{nobody}, the pause ends then and all clocks go on."),
    };
    let far = turn.until.map(|at| away(people.sight.now, at));
    far.map_or_else(String::new, |far| format!("That is {far}. ")) + &silence
}
