//! Disputes: which are open, all that a decision is made from, and the decision.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use earnest_app::contract::{self as contracts, Seat, Sight};
use earnest_app::dispute::{self, Open, Ruling, awaits_decision};
use earnest_app::visit::REASON_NEEDED;
use earnest_hire::contract::{Dispute, Phase};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::MilestoneId;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::person::Role;
use earnest_hire::refusal::Refusal;
use earnest_store::FileOf;
use jiff::Timestamp;

use super::act::{Asked, Outcome, once, onward};
use super::{Operator, age, layout};
use crate::answer::{Cache, Fresh};
use crate::contract::{Stop, case};
use crate::file::Attached;
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, away, sum};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "office/disputes.html")]
struct List {
    layout: Layout,
    lines: Vec<Line>,
}

struct Line {
    link: Link,
    people: String,
    amount: String,
    phase: &'static str,
    is_ours: bool,
    age: String,
    due: Moment,
    left: String,
    /// Who has to come first; empty where it can be decided.
    missing: String,
}

#[derive(Template)]
#[template(path = "office/dispute.html")]
struct One {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    refusal: Option<(String, Link)>,
    contract: Link,
    people: Vec<(&'static str, Link)>,
    stop: Stop,
    facts: Vec<(&'static str, String)>,
    /// None once it is over.
    messages: Option<Vec<Said>>,
    asked: Option<Asked>,
    /// Why there is nothing to decide now.
    not_now: String,
    missing: String,
}

/// A message of one party to the other.
struct Said {
    by: String,
    at: Moment,
    text: String,
    files: Attached,
}

/// `GET /office/disputes`
pub(crate) async fn disputes(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let (open, names) = dispute::open(&web.app.desk).await?;
    let now = web.app.clock.now();
    let name = |id| names.get(&id).map_or("somebody", String::as_str);
    let lines = open.iter().filter_map(|one| {
        let people = format!("{} and {}", name(one.contract.client), name(one.contract.expert));
        line(one, people, now)
    });
    let page = List {
        layout: layout(&web, &who, &[("Disputes", urls::office_disputes())]),
        lines: lines.collect(),
    };
    render(&page, Cache::Private)
}

fn line(one: &Open, people: String, now: Timestamp) -> Option<Line> {
    let (milestone, dispute) = one.parts()?;
    let held = milestone.held().ok()?;
    Some(Line {
        link: Link::new(urls::office_dispute(milestone.id), milestone.plan.title.clone()),
        people,
        amount: sum(one.contract.currency, held),
        phase: phase(dispute),
        is_ours: awaits_decision(dispute.phase),
        age: age(now, dispute.id.made_at()),
        due: Moment::new(dispute.missed_at.unwrap_or(dispute.due_at)),
        left: dispute
            .missed_at
            .map_or_else(|| away(now, dispute.due_at), |missed| late(now, missed)),
        missing: missing(one.missing_operators),
    })
}

/// How long a decision is late.
fn late(now: Timestamp, missed: Timestamp) -> String {
    format!("late by {}", age(now, missed))
}

/// What to do where too few operators are left to decide.
fn missing(operators: usize) -> String {
    let how = "`earnest operator add ADDRESS --role finance` lets somebody in.";
    match operators {
        0 => String::new(),
        1 => format!("Nobody is left who may decide this: it waits for another operator. {how}"),
        more => format!("Nobody is left who may decide this: it waits for {more} more operators. {how}"),
    }
}

fn phase(dispute: &Dispute) -> &'static str {
    match dispute.phase {
        Phase::AnswerDue if dispute.client.is_none() && dispute.expert.is_none() => {
            "Both parties have to answer"
        }
        Phase::AnswerDue => "The other party has to answer",
        Phase::Negotiating => "Both look for a settlement",
        Phase::Evidence => "Both say what speaks for them",
        Phase::Deciding => "To be decided here",
        Phase::Decided => "Decided; an appeal is possible",
        Phase::Appealed => "Appealed: to be decided by another operator",
        Phase::Closed => "Over",
    }
}

/// `GET /office/disputes/{milestone}`
pub(crate) async fn dispute(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let sight = match contracts::look(&web.app.desk, &id, &who.0.person).await {
        Err(error) if error.code() == REASON_NEEDED => {
            return Ok(Fresh::see_other(&urls::office_visit(&id)));
        }
        looked => looked?,
    };
    let case = Case::of(who, sight, &id)?;
    let here = urls::office_dispute(case.milestone);
    let decides = awaits_decision(case.dispute.phase);
    if decides && let Some(first) = case.who.led_to_proof(&web, &here) {
        return Ok(first);
    }
    case.page(&web, &Typed::default(), Outcome::default()).await
}

/// `POST /office/disputes/{milestone}`: decides, or proposes the decision where it takes two.
pub(crate) async fn decide(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let case = Case::find(&web, who, &id).await?;
    let typed = Typed::read(&body);
    let ruling = match ruling(&typed, case.sight.contract.currency) {
        Ok(ruling) => ruling,
        Err(faults) => {
            let outcome = Outcome {
                faults,
                refusal: None,
            };
            return case.page(&web, &typed, outcome).await;
        }
    };
    let actor = case.who.actor();
    let who = case.who.who(&web, &actor);
    let of = (&case.sight.contract, case.milestone);
    let sent = (once(&web, &typed), typed.value("seen"));
    let given = dispute::decide(&web.app.desk, of, &ruling, who, (&sent.0, sent.1)).await;
    match given {
        Ok(given) => Ok(onward(given, urls::office_disputes())),
        Err(error) => {
            let outcome = Outcome::of(error, &urls::office_dispute(case.milestone))?;
            case.page(&web, &typed, outcome).await
        }
    }
}

fn ruling(typed: &Typed, currency: Currency) -> Result<Ruling, Vec<FieldRefusal>> {
    let amount = |field: &'static str| {
        let sentence = "Write a sum with all its decimals or none, like 1,200.00 or 1200; it may be 0.";
        let read = currency.typed(typed.value(field));
        read.map_err(|_fault| FieldRefusal::new(field, "amount_unclear", sentence))
    };
    match (amount("to_expert"), amount("to_client")) {
        (Ok(to_expert), Ok(to_client)) => Ok(Ruling {
            to_expert,
            to_client,
            reasons: typed.value("reasons").to_owned(),
        }),
        (expert, client) => Err(expert.err().into_iter().chain(client.err()).collect()),
    }
}

/// A dispute with the contract it is about, as an operator sees it who is no party.
struct Case {
    who: Operator,
    sight: Sight,
    milestone: MilestoneId,
    dispute: Dispute,
    held: Minor,
}

impl Case {
    async fn find(web: &Web, who: Operator, id: &str) -> Result<Self, Problem> {
        who.may(Role::Finance)?;
        let sight = contracts::look(&web.app.desk, id, &who.0.person).await?;
        Self::of(who, sight, id)
    }

    fn of(who: Operator, sight: Sight, id: &str) -> Result<Self, Problem> {
        let milestone: MilestoneId = id.parse().or(Err(Problem::not_found()))?;
        let found = sight.contract.milestone(milestone).ok();
        let found = found.filter(|_| sight.seat == Seat::Office);
        let found = found.and_then(|one| Some((one.dispute.clone()?, one.held().ok()?)));
        let (dispute, held) = found.ok_or_else(Problem::not_found)?;
        Ok(Self {
            who,
            sight,
            milestone,
            dispute,
            held,
        })
    }

    fn name(&self, id: earnest_hire::ids::PersonId) -> String {
        let name = self.sight.names.get(&id);
        name.cloned().unwrap_or_else(|| "somebody".to_owned())
    }

    async fn page(&self, web: &Web, typed: &Typed, outcome: Outcome) -> Result<Fresh, Problem> {
        let contract = &self.sight.contract;
        let stop = case(web, &self.sight, self.who.0.id(), self.milestone).map_err(Problem::broken)?;
        let stop = stop.ok_or_else(Problem::not_found)?;
        let said = dispute::messages(&web.app.desk, &self.who.0.person, contract).await?;
        let here = urls::office_dispute(self.milestone);
        let person =
            |id: earnest_hire::ids::PersonId| Link::new(urls::office_person(&id.to_string()), self.name(id));
        let status = outcome.status();
        let page = One {
            layout: layout(
                web,
                &self.who,
                &[("Disputes", urls::office_disputes()), (&stop.title, &here)],
            ),
            contract: Link::new(urls::milestone(contract.id, self.milestone), "The whole contract"),
            people: vec![
                ("Client", person(contract.client)),
                ("Expert", person(contract.expert)),
            ],
            facts: self.facts(web),
            messages: said.map(|said| {
                let said = said.into_iter();
                said.map(|one| Said {
                    by: self.name(one.author),
                    at: Moment::new(one.at),
                    text: one.text,
                    files: Attached::of(&one.files, FileOf::Message(one.id)),
                })
                .collect()
            }),
            asked: self.asked(web, typed, &outcome.faults),
            not_now: self.not_now(),
            missing: missing(dispute::missing_operators(&web.app.desk, contract, self.milestone).await?),
            faults: outcome.faults,
            refusal: outcome.refusal,
            stop,
        };
        Ok(render(&page, Cache::Private)?.with_status(status))
    }

    /// The figures that a decision has to add up to, and what each side's offer would come to.
    fn facts(&self, web: &Web) -> Vec<(&'static str, String)> {
        let contract = &self.sight.contract;
        let money = |minor| sum(contract.currency, minor);
        let mut facts = vec![
            ("Held when it was opened", money(self.dispute.held_minor)),
            ("In dispute now", money(self.held)),
        ];
        let offers = [
            ("The client’s offer comes to", self.dispute.client),
            ("The expert’s offer comes to", self.dispute.expert),
        ];
        for (term, figures) in offers {
            let told = figures.map_or_else(
                || "nothing yet: no figures were given".to_owned(),
                |figures| {
                    let expert = self.dispute.offered(figures, self.held);
                    let client = self.held.less(expert);
                    format!(
                        "{} to the expert and {} back to the client, of what is in dispute",
                        money(expert),
                        money(client)
                    )
                },
            );
            facts.push((term, told));
        }
        let fee = contract.terms.dispute_fee_minor.min(self.held);
        if fee.is_positive() {
            let told = format!("{}, taken off first: the two sums add up to the rest", money(fee));
            facts.push(("The fee for a decision", told));
        }
        let limit = contract.terms.second_operator_above_minor;
        if self.held > limit {
            let told = format!(
                "Above {} another operator has to second the decision; it waits among the motions until then.",
                money(limit)
            );
            facts.push(("Two operators", told));
        }
        let now = web.app.clock.now();
        let due = self.dispute.due_at;
        facts.push(self.dispute.missed_at.map_or_else(
            || {
                (
                    "Until",
                    format!("{} ({})", Moment::new(due).text(), away(now, due)),
                )
            },
            |missed| {
                (
                    "Was due",
                    format!("{} ({})", Moment::new(missed).text(), late(now, missed)),
                )
            },
        ));
        facts
    }

    fn asked(&self, web: &Web, typed: &Typed, faults: &[FieldRefusal]) -> Option<Asked> {
        if !awaits_decision(self.dispute.phase) {
            return None;
        }
        let by_me = |by| by == self.who.0.id();
        let mut rulings = self.dispute.rulings.iter();
        if rulings.any(|one| by_me(one.by) || one.second.is_some_and(by_me)) {
            return None;
        }
        let seen = typed.value("seen");
        let seen = if seen.is_empty() {
            self.sight.contract.stamp(Some(self.milestone))
        } else {
            seen.to_owned()
        };
        let line = |name: &'static str, label: &str| {
            FieldView::line(name, label, 30)
                .required()
                .filled(typed.value(name), faults)
        };
        Some(Asked {
            action: urls::office_dispute(self.milestone),
            hidden: vec![("once", once(web, typed)), ("seen", seen)],
            choices: Vec::new(),
            fields: vec![
                line("to_expert", "To the expert, before their fee"),
                line("to_client", "Back to the client"),
                FieldView::area("reasons", "Reasons", dispute::REASONS)
                    .hint(
                        "Both read them. At least 200 characters unless you pick one of the two offers. Name messages, \
                         acceptance items and versions.",
                    )
                    .required()
                    .filled(typed.value("reasons"), faults),
            ],
            undo: "The first decision becomes final after 7 days without an appeal; one about an appeal at once.",
            button: "Decide",
            back: Link::new(urls::office_disputes(), "Back to the disputes"),
        })
    }

    fn not_now(&self) -> String {
        match self.dispute.phase {
            Phase::Appealed => Refusal::SameOperator.sentence(),
            Phase::Deciding => String::new(),
            Phase::AnswerDue | Phase::Negotiating | Phase::Evidence | Phase::Decided | Phase::Closed => {
                format!("{}. There is nothing to decide here now.", phase(&self.dispute))
            }
        }
    }
}
