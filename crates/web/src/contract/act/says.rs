//! What the page of an act says: what moves, from where to where, whether it can be undone, and what is to be filled in.

use earnest_app::desk::Desk;
use earnest_app::outside::payments::{MethodKind, MoneyKind};
use earnest_hire::contract::{Command, Milestone, State};
use earnest_hire::money::{Currency, Minor};
use earnest_hire::refusal::Refusal;

use super::super::history::changed;
use super::super::money::{back_when, days};
use super::super::who::People;
use super::form::{Choice, Choices, Filled, Move, Says};
use super::name::Act;
use super::read::unused;
use crate::form::FieldView;
use crate::words::{Moment, sum};

const FOR_GOOD: &str = "This cannot be undone.";
const NOTHING_MOVES: &str = "No money moves by this.";

/// Of a contract.
pub(super) fn of_contract(act: Act, people: People<'_>, filled: Filled<'_>) -> Says {
    let contract = &people.sight.contract;
    let other = people.name(people.other());
    let change = contract.amendment.as_ref();
    let change = change.map_or_else(String::new, |one| changed(contract, &one.change));
    let (lead, undo) = match act {
        Act::Sign => ("You sign the terms as they stand on the contract’s page.".to_owned(), FOR_GOOD),
        Act::Decline => (format!("The contract with {other} ends unsigned. It binds nobody."), FOR_GOOD),
        Act::Withdraw => (
            format!("You take the offer back before both have signed. {other} is told."),
            FOR_GOOD,
        ),
        Act::End => (
            "Nothing new is funded in this contract from now on. Milestones that hold money go on as agreed, and those \
             that were never funded can be dropped."
                .to_owned(),
            FOR_GOOD,
        ),
        Act::Pause => (
            format!("You propose to {other} that all clocks stop. The money stays where it is until one of you lets them go on."),
            "Until it is accepted you can take the proposal back, and either of you can end the pause.",
        ),
        Act::Resume => ("All clocks go on with the time that was left, and at least a day.".to_owned(), NOTHING_MOVES),
        Act::Complain => (
            format!("Another operator than the one who decided reads it and answers, also when the hold is over by then. {other} reads both."),
            "You can complain once about each hold.",
        ),
        Act::AcceptAmendment => (format!("From now on: {change}."), FOR_GOOD),
        Act::RejectAmendment => (format!("This is not to be: {change}."), "It can be proposed again."),
        _ => (
            "On these days your silence is no approval. They are at most 14 in one contract, and the expert sees them."
                .to_owned(),
            FOR_GOOD,
        ),
    };
    let mut says = Says {
        title: act.label().to_owned(),
        lead: vec![lead],
        undo,
        button: act.label().to_owned(),
        ..Says::default()
    };
    if act == Act::Complain {
        says.fields = vec![filled.area("reason", "What is wrong about it")];
    }
    if act == Act::Absence {
        let day = |name, label| filled.field(FieldView::line(name, label, 10).of_kind("date").required());
        says.fields = vec![day("from", "First day away"), day("until", "Last day away")];
    }
    says
}

/// Of a milestone.
pub(super) fn of_milestone(
    act: Act,
    (desk, people): (&Desk, People<'_>),
    one: &Milestone,
    filled: Filled<'_>,
) -> Result<Says, Refusal> {
    let mut says = match act {
        Act::Fund | Act::Place | Act::RefundFunds => funding(act, (desk, people), one, filled)?,
        Act::Submit | Act::Start | Act::RequestChanges | Act::ExtendInspection => {
            working(act, people, one, filled)
        }
        Act::Approve | Act::Release | Act::GiveBack | Act::Cancel => moving(act, people, one, filled)?,
        Act::Settle | Act::AcceptSettlement | Act::RejectSettlement => settling(act, people, one, filled)?,
        Act::Amend | Act::Drop => amending(act, people, one, filled),
        _ => disputing(act, people, one, filled)?,
    };
    says.title = format!("{}: {}", act.label(), one.plan.title);
    if says.button.is_empty() {
        act.label().clone_into(&mut says.button);
    }
    Ok(says)
}

fn funding(
    act: Act,
    (desk, people): (&Desk, People<'_>),
    one: &Milestone,
    filled: Filled<'_>,
) -> Result<Says, Refusal> {
    let contract = &people.sight.contract;
    let money = |minor| sum(contract.currency, minor);
    let used = (act != Act::Fund)
        .then(|| unused(act, people.sight, one.id))
        .flatten();
    if let Some(Command::Place { payment, .. } | Command::RefundFunds { payment, .. }) = used {
        let arrived = money(contract.payment(payment)?.in_funds_minor);
        let to = if act == Act::Place {
            "this milestone, where it is held"
        } else {
            "where it came from"
        };
        return Ok(Says {
            moves: vec![Move {
                amount: arrived.clone(),
                from: "your money on deposit".to_owned(),
                to: to.to_owned(),
            }],
            undo: if act == Act::Place {
                "Until work has started you can cancel and take it back."
            } else {
                FOR_GOOD
            },
            button: format!("{}: {arrived}", act.label()),
            ..Says::default()
        });
    }
    let planned = one.state == State::Planned;
    let price = if planned {
        one.plan.price_minor
    } else {
        one.to_raise_minor
    };
    let outcome = contract
        .terms
        .outcome(price, earnest_hire::contract::Ending::Approved)?;
    let asked = money(outcome.client_pays);
    let (items, holders) = ways(desk, filled);
    let reviewed = days(one.plan.inspection_days);
    Ok(Says {
        lead: vec![format!(
            "Nothing of it goes to {} before you approve, or let {reviewed} pass after a version is submitted.",
            people.name(people.expert())
        )],
        moves: vec![Move {
            amount: asked.clone(),
            from: "you".to_owned(),
            to: format!("{}, held for this milestone", holders.join(" or ")),
        }],
        undo: "Until work has started you can cancel and get all of it back.",
        button: format!("Go on to pay {asked}"),
        choices: Some(Choices {
            legend: "How to pay",
            name: "way",
            kind: "radio",
            items,
            error: filled.error("way"),
        }),
        ..Says::default()
    })
}

/// The ways to pay, and who then holds the money.
fn ways(desk: &Desk, filled: Filled<'_>) -> (Vec<Choice>, Vec<String>) {
    let mut items = Vec::new();
    let mut holders = Vec::new();
    for (name, provider) in desk.providers.iter() {
        let abilities = provider.abilities();
        holders.push(abilities.legal_name.clone());
        for method in &abilities.methods {
            let kind = match method.kind {
                MethodKind::Card => "by card",
                MethodKind::Bank => "by bank transfer",
            };
            let pretend =
                if abilities.money == MoneyKind::Pretend && !abilities.legal_name.contains("pretend") {
                    " (no real money moves)"
                } else {
                    ""
                };
            let value = format!("{name} {}", method.kind.name());
            items.push(Choice {
                checked: filled.typed.value("way") == value || items.is_empty(),
                label: format!("{kind}, held by {}{pretend}", abilities.legal_name),
                value,
            });
        }
    }
    (items, holders)
}

fn ticks(one: &Milestone, filled: Filled<'_>, name: &'static str, legend: &'static str) -> Choices {
    let ticked = filled.typed.values(name);
    let item = |(place, label): (usize, &String)| {
        let value = place.to_string();
        Choice {
            checked: ticked.contains(&value.as_str()),
            label: label.clone(),
            value,
        }
    };
    Choices {
        legend,
        name,
        kind: "checkbox",
        items: one.plan.acceptance.iter().enumerate().map(item).collect(),
        error: filled.error(name),
    }
}

fn working(act: Act, people: People<'_>, one: &Milestone, filled: Filled<'_>) -> Says {
    let (client, expert) = (people.name(people.client()), people.name(people.expert()));
    let lead = |text: String| Says {
        lead: vec![text],
        undo: FOR_GOOD,
        ..Says::default()
    };
    match act {
        Act::Start => lead(format!(
            "From now on {client} cannot cancel alone any more, and you owe a version by the due date."
        )),
        Act::Submit => Says {
            fields: vec![
                filled.field(
                    FieldView::area("links", "Links to the work", 10_000)
                        .hint("One a line, each beginning with https://. With a file none is needed."),
                ),
                filled.field(FieldView::area("note", "What to say about it (optional)", 5_000)),
            ],
            choices: Some(ticks(one, filled, "ticked", "What you have checked")),
            button: format!("Submit version {}", one.versions.saturating_add(1)),
            ..lead(format!(
                "{client} then has {} to review. Silence counts as approval.",
                days(one.plan.inspection_days)
            ))
        },
        Act::RequestChanges => Says {
            fields: vec![filled.area("note", "What is missing")],
            choices: Some(ticks(one, filled, "unmet", "Which items are not met")),
            ..lead(format!(
                "{expert} then has {} for them. This uses one of the {} agreed rounds; {} used so far.",
                days(one.plan.revision_days),
                one.plan.rounds,
                one.rounds_used
            ))
        },
        _ => Says {
            fields: vec![
                filled.field(
                    FieldView::line("days", "How many days more", 1)
                        .hint("From 1 to 7, once.")
                        .required(),
                ),
                filled.area("reason", "Why"),
            ],
            ..lead(format!("{expert} reads the reason. {NOTHING_MOVES}"))
        },
    }
}

fn moving(act: Act, people: People<'_>, one: &Milestone, filled: Filled<'_>) -> Result<Says, Refusal> {
    let contract = &people.sight.contract;
    let money = |minor| sum(contract.currency, minor);
    let (client, expert) = (people.object(people.client()), people.object(people.expert()));
    let held = one.held()?;
    let typed = contract.currency.typed(filled.typed.value("amount"));
    let fits = |minor: &Minor| minor.is_positive() && *minor <= held && filled.faults.is_empty();
    let typed = typed.ok().filter(fits);
    let from = format!("what is held for this milestone ({})", money(held));
    Ok(match act {
        Act::Approve => released(people, one, held, ("Approve and pay", from))?,
        Act::Release => match typed {
            Some(part) => released(people, one, part, ("Pay", from))?,
            None => Says {
                lead: vec![format!(
                    "Up to {} is held. To pay all of it, approve.",
                    money(held)
                )],
                fields: vec![filled.sum("amount", "How much")],
                button: "Go on".to_owned(),
                ..Says::default()
            },
        },
        Act::GiveBack if typed.is_none() => Says {
            lead: vec![format!("Up to {} is held. {client} need not agree.", money(held))],
            fields: vec![filled.sum("amount", "How much")],
            button: "Go on".to_owned(),
            ..Says::default()
        },
        _ => {
            let part = typed.filter(|_part| act == Act::GiveBack).unwrap_or(held);
            let back = money(one.would_give_back(part)?);
            Says {
                moves: vec![Move {
                    amount: back.clone(),
                    from,
                    to: format!("{client}, by the way it was paid"),
                }],
                lead: vec![
                    format!("Nothing of it goes to {expert}."),
                    back_when(contract, &one.lots),
                ],
                undo: FOR_GOOD,
                button: if act == Act::GiveBack {
                    format!("Give {back} back")
                } else {
                    format!("Cancel and take {back} back")
                },
                ..Says::default()
            }
        }
    })
}

fn released(
    people: People<'_>,
    one: &Milestone,
    gross: Minor,
    (verb, from): (&str, String),
) -> Result<Says, Refusal> {
    let contract = &people.sight.contract;
    let money = |minor| sum(contract.currency, minor);
    let (net, fees) = one.would_release(gross)?;
    let mut moves = vec![Move {
        amount: money(net),
        from: from.clone(),
        to: people.name(people.expert()).to_owned(),
    }];
    if fees.is_positive() {
        moves.push(Move {
            amount: money(fees),
            from,
            to: format!("{}, as the agreed fee", people.site),
        });
    }
    Ok(Says {
        moves,
        lead: vec![format!(
            "{} can have it paid out {}.",
            people.name(people.expert()),
            match contract.clearance(one.lots.iter().filter(|lot| lot.held().is_positive())) {
                0 => "at once".to_owned(),
                some => format!("{} later", days(some)),
            }
        )],
        undo: FOR_GOOD,
        button: format!("{verb} {}", money(gross)),
        ..Says::default()
    })
}

fn settling(act: Act, people: People<'_>, one: &Milestone, filled: Filled<'_>) -> Result<Says, Refusal> {
    let contract = &people.sight.contract;
    let money = |minor| sum(contract.currency, minor);
    let (held, other) = (one.held()?, people.name(people.other()));
    let from = || format!("what is held for this milestone ({})", money(held));
    if act == Act::Settle {
        return Ok(Says {
            lead: vec![format!(
                "{} is held. Split all of it: the two sums must add up to it. {other} has 5 days to accept, and until then \
                 nothing moves.",
                money(held)
            )],
            fields: vec![
                filled.sum("to_expert", "To the expert, before the fee"),
                filled.sum("to_client", "Back to the client"),
            ],
            undo: "You can take the offer back until it is accepted.",
            button: "Offer this".to_owned(),
            ..Says::default()
        });
    }
    let Some(offer) = &one.settlement else {
        return Err(Refusal::NoSettlement);
    };
    let (x, y) = (offer.to_expert_minor, offer.to_client_minor);
    if act == Act::RejectSettlement {
        return Ok(Says {
            lead: vec![format!(
                "The offer was {} to the expert and {} back. It ends, and nothing moves.",
                money(x),
                money(y)
            )],
            undo: "It can be offered again.",
            ..Says::default()
        });
    }
    let (net, _) = one.would_release(x)?;
    let moves = vec![
        Move {
            amount: money(net),
            from: from(),
            to: format!("{}, after the fee", people.object(people.expert())),
        },
        Move {
            amount: money(y),
            from: from(),
            to: format!("{}, by the way it was paid", people.object(people.client())),
        },
    ];
    Ok(Says {
        moves,
        undo: FOR_GOOD,
        button: format!("Accept {} and {}", money(x), money(y)),
        ..Says::default()
    })
}

fn amending(act: Act, people: People<'_>, one: &Milestone, filled: Filled<'_>) -> Says {
    let other = people.name(people.other());
    if act == Act::Drop {
        return Says {
            lead: vec!["It was never funded, and it never will be.".to_owned()],
            undo: FOR_GOOD,
            ..Says::default()
        };
    }
    let chosen = filled.typed.value("change");
    let choice = |value: String, label: String| Choice {
        checked: chosen == value,
        value,
        label,
    };
    let mut items = vec![
        choice(
            "raise".to_owned(),
            "It costs more, and the client funds the difference".to_owned(),
        ),
        choice(
            "lower".to_owned(),
            "It costs less, and the difference goes back to the client".to_owned(),
        ),
    ];
    let others = people
        .sight
        .contract
        .milestones
        .iter()
        .filter(|two| two.id != one.id);
    let others = others.filter(|two| !two.state.kind().is_terminal());
    items.extend(others.map(|two| {
        choice(
            two.id.to_string(),
            format!("A part of it goes to “{}”", two.plan.title),
        )
    }));
    items.push(choice(
        "drop".to_owned(),
        "It is dropped, as it was never funded".to_owned(),
    ));
    Says {
        lead: vec![format!(
            "{other} has 5 days to accept. Until then nothing changes."
        )],
        fields: vec![filled.field(FieldView::line(
            "amount",
            "By how much (not where it is dropped)",
            30,
        ))],
        choices: Some(Choices {
            legend: "What is to change",
            name: "change",
            kind: "radio",
            items,
            error: filled.error("change"),
        }),
        undo: "You can take the proposal back until it is accepted.",
        button: "Propose this".to_owned(),
        ..Says::default()
    }
}

/// What the expert should get in the end, out of all that was held when the dispute was opened.
fn offer(one: &Milestone, currency: Currency, filled: Filled<'_>) -> Result<FieldView, Refusal> {
    let held = one.held()?;
    let whole = one.dispute.as_ref().map_or(held, |dispute| dispute.held_minor);
    let told = sum(currency, whole);
    let field = filled.sum(
        "offer",
        &format!("What the expert should get in the end, out of {told}"),
    );
    if whole == held {
        return Ok(field);
    }
    let moved = sum(currency, whole.less(held));
    Ok(field.hint(format!(
        "{told} was held when the dispute was opened; {moved} of that has moved since."
    )))
}

fn disputing(act: Act, people: People<'_>, one: &Milestone, filled: Filled<'_>) -> Result<Says, Refusal> {
    let contract = &people.sight.contract;
    let money = |minor| sum(contract.currency, minor);
    let other = people.name(people.other());
    if act == Act::Appeal {
        return Ok(Says {
            lead: vec![
                "Another operator decides once more, for good. Until then the money stays held.".to_owned(),
            ],
            fields: vec![filled.area("reason", "What is wrong with the decision")],
            undo: FOR_GOOD,
            ..Says::default()
        });
    }
    let mine = people.me == people.client();
    let unconditional = if mine {
        "What the expert may have now, whatever comes"
    } else {
        "What the client may have back now, whatever comes"
    };
    let mut says = Says {
        lead: vec![format!(
            "{} is held. The first sum moves at once and for good; the rest stays held until you settle it or it is \
             decided. The second is your offer for all of it, and binds you to nothing.",
            money(one.held()?)
        )],
        fields: vec![
            filled.sum("unconditional", unconditional).hint("May be 0."),
            offer(one, contract.currency, filled)?,
        ],
        undo: "What moves at once cannot be undone. A dispute ends by a settlement or a decision.",
        ..Says::default()
    };
    let now = contract.currency.typed(filled.typed.value("unconditional"));
    if let Ok(now) = now
        && now.is_positive()
    {
        let to = if mine {
            people.name(people.expert())
        } else {
            people.name(people.client())
        };
        says.moves.push(Move {
            amount: money(now),
            from: "what is held for this milestone".to_owned(),
            to: format!("{to}, at once"),
        });
    }
    if act == Act::Dispute {
        says.lead.push(format!(
            "{other} then has 5 business days to answer with two sums."
        ));
        says.fields.push(filled.area("reason", "What it is about"));
        return Ok(says);
    }
    if let Some(dispute) = &one.dispute {
        let due = Moment::new(dispute.due_at).text();
        says.lead
            .push(format!("Answer by {due}. It is about: {}", dispute.reason));
    }
    Ok(says)
}
