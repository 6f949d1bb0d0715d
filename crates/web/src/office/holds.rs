//! Holds and payouts: what stands or waits, putting a hold on an account, and what is done about one.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use earnest_app::hold::{self, Act, DAYS, Held, REASONS, SCOPES, TEXT, Waiting};
use earnest_app::{account, payee};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{HoldId, PayoutId, PersonId};
use earnest_hire::payee::{Payout, PayoutState, Scope};
use earnest_hire::person::Role;
use jiff::Timestamp;

use super::act::{Asked, Choices, Outcome, Page, once, onward};
use super::contract_holds::{contract_hold_facts, contract_name};
use super::{Operator, age, layout};
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, away, sum};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "office/holds.html")]
struct List {
    layout: Layout,
    lines: Vec<Line>,
}

struct Line {
    link: Link,
    /// Whose account it is on, or which contract.
    about: Link,
    facts: Vec<(&'static str, String)>,
    age: String,
    /// Whether somebody has said something that nobody has answered.
    appealed: bool,
    ends: Timestamp,
}

#[derive(Template)]
#[template(path = "office/payouts.html")]
struct Payouts {
    layout: Layout,
    lines: Vec<PayoutLine>,
}

struct PayoutLine {
    link: Link,
    person: Link,
    state: String,
    age: String,
}

pub(crate) fn scope_words(scope: Scope) -> &'static str {
    match scope {
        Scope::SignIn => "Signing in",
        Scope::Messages => "Writing where no contract runs",
        Scope::NewContracts => "Signing or funding something new",
        Scope::Payouts => "Payouts",
    }
}

fn reason_words(reasons: &[(&str, &'static str)], word: &str) -> String {
    let known = hold::meaning(reasons, word);
    known.map_or_else(|| word.replace('_', " "), str::to_owned)
}

/// Why there is a hold, by whom, and how long it lasts; of persons and of contracts.
pub(super) struct Grounds<'a> {
    pub(super) reasons: &'a [(&'a str, &'static str)],
    pub(super) reason: &'a str,
    pub(super) facts: &'a str,
    pub(super) rule: &'a str,
    pub(super) by: String,
    pub(super) placed_at: Timestamp,
    pub(super) review_by: Timestamp,
    pub(super) ended_at: Option<Timestamp>,
    /// Who ended it before its day, by name, and why.
    pub(super) lifted: Option<(String, String)>,
}

impl Grounds<'_> {
    pub(super) fn told(self) -> Vec<(&'static str, String)> {
        let mut told = vec![
            ("Reason", reason_words(self.reasons, self.reason)),
            ("What was found", self.facts.to_owned()),
            ("Rule", self.rule.to_owned()),
            ("Decided by", self.by),
            ("Since", Moment::new(self.placed_at).text()),
            match self.ended_at {
                Some(at) => ("Ended", Moment::new(at).text()),
                None => (
                    "Ends by itself, unless somebody looks at it and keeps it",
                    Moment::new(self.review_by).text(),
                ),
            },
        ];
        if let Some((by, why)) = self.lifted {
            told.extend([("Lifted by", by), ("Why it was lifted", why)]);
        }
        told
    }
}

/// Everything that a hold is made of, for whoever reads it.
pub(crate) fn hold_facts(one: &Held) -> Vec<(&'static str, String)> {
    let hold = &one.hold;
    let by = one.by.clone();
    let mut facts = Grounds {
        reasons: &REASONS,
        reason: &hold.reason,
        facts: &hold.facts,
        rule: &hold.rule,
        by: by.unwrap_or_else(|| "a rule of the program, without a person".to_owned()),
        placed_at: hold.placed_at,
        review_by: hold.review_by,
        ended_at: hold.ended_at,
        lifted: one
            .lifted_by
            .clone()
            .zip(one.lifted.as_ref().map(|one| one.reason.clone())),
    }
    .told();
    if let Some(appeal) = &hold.appeal {
        facts.push(("Complaint", appeal.reason.clone()));
        let answer = appeal.answer.clone();
        facts.push(("Answer to it", answer.unwrap_or_else(|| "none yet".to_owned())));
    }
    facts
}

/// `GET /office/holds`
pub(crate) async fn holds(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let now = web.app.clock.now();
    let open = hold::open(&web.app.desk).await?;
    let line = |held: &Held| {
        let person = held.person.to_string();
        let appeal = held.hold.appeal.as_ref();
        Line {
            link: Link::new(
                urls::office_hold(&person, &held.hold.id.to_string()),
                scope_words(held.hold.scope),
            ),
            about: Link::new(urls::office_person(&person), held.name.clone()),
            facts: hold_facts(held),
            age: age(now, held.hold.placed_at),
            appealed: appeal.is_some_and(|appeal| appeal.answer.is_none()),
            ends: held.hold.review_by,
        }
    };
    let mut lines: Vec<Line> = open.iter().map(line).collect();
    let on_contracts = hold::contract::open(&web.app.desk).await?;
    lines.extend(on_contracts.iter().map(|held| on_contract(held, now)));
    lines.sort_by_key(|line| line.ends);
    let page = List {
        layout: layout(&web, &who, &[("Holds", urls::office_holds())]),
        lines,
    };
    render(&page, Cache::Private)
}

fn on_contract(one: &hold::contract::Held, now: Timestamp) -> Line {
    let (contract, hold) = (&one.contract, &one.hold);
    let over = if hold.stands() { "" } else { " (over)" };
    Line {
        link: Link::new(
            urls::office_contract_hold(contract.id, hold.id),
            format!("A contract{over}"),
        ),
        about: Link::new(urls::contract(contract.id), contract_name(contract, &one.names)),
        facts: contract_hold_facts(contract, (hold, one.lifted.as_ref()), &one.names),
        age: age(now, hold.placed_at),
        appealed: hold.unanswered().next().is_some(),
        ends: hold.ended_at.unwrap_or(hold.review_by),
    }
}

/// `GET /office/payouts`
pub(crate) async fn payouts(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let now = web.app.clock.now();
    let waiting = hold::payouts(&web.app.desk).await?;
    let line = |one: &Waiting| {
        let (person, payout) = (one.person.to_string(), &one.payout);
        let since = payout.waits_since(now).unwrap_or(payout.requested_at);
        PayoutLine {
            link: Link::new(
                urls::office_hold(&person, &payout.id.to_string()),
                sum(web.app.currency, payout.amount_minor),
            ),
            person: Link::new(urls::office_person(&person), one.name.clone()),
            state: payout_state(payout, now),
            age: age(now, since),
        }
    };
    let page = Payouts {
        layout: layout(&web, &who, &[("Payouts", urls::office_payouts())]),
        lines: waiting.iter().map(line).collect(),
    };
    render(&page, Cache::Private)
}

fn payout_state(payout: &Payout, now: Timestamp) -> String {
    let state = match payout.state {
        PayoutState::Requested => "not sent yet",
        PayoutState::Held => "stopped",
        PayoutState::Sent => "sent, and nothing heard for days",
        PayoutState::Paid => "paid",
        PayoutState::Failed => "did not arrive; payable again",
        PayoutState::Returned => "sent back by the bank; payable again",
        PayoutState::Canceled => "taken back; payable again",
    };
    let mut told = state.to_owned();
    if let Some(at) = payout.review_by.filter(|_| payout.state == PayoutState::Held) {
        told = format!("{told}, goes on by itself {}", away(now, at));
    }
    if let Some(reason) = &payout.reason {
        told = format!("{told}: {}", reason_words(&REASONS, reason));
    }
    told
}

/// `GET /office/people/{id}/hold`
pub(crate) async fn new_hold(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    if let Some(first) = who.led_to_proof(&web, &urls::office_new_hold(&id)) {
        return Ok(first);
    }
    place_page(&web, &who, &id, &Typed::default(), Outcome::default()).await
}

/// `POST /office/people/{id}/hold`
pub(crate) async fn place_hold(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let person: PersonId = id.parse().or(Err(Problem::not_found()))?;
    let typed = Typed::read(&body);
    let value = |name: &str| typed.value(name).to_owned();
    let asked = hold::Typed {
        scope: value("scope"),
        reason: value("reason"),
        facts: value("facts"),
        rule: value("rule"),
        days: value("days"),
    };
    let actor = who.actor();
    let key = once(&web, &typed);
    match hold::place(&web.app.desk, person, &asked, who.who(&web, &actor), &key).await {
        Ok(given) => Ok(onward(given, urls::office_holds())),
        Err(error) => {
            let outcome = Outcome::of(error, &urls::office_new_hold(&id))?;
            place_page(&web, &who, &id, &typed, outcome).await
        }
    }
}

async fn place_page(
    web: &Web,
    who: &Operator,
    id: &str,
    typed: &Typed,
    outcome: Outcome,
) -> Result<Fresh, Problem> {
    let person: PersonId = id.parse().or(Err(Problem::not_found()))?;
    let name = account::person(&web.app.desk, person).await?.name;
    let title = format!("Put a hold on {name}");
    let here = urls::office_new_hold(id);
    let filled = (typed, outcome.faults.as_slice());
    let scopes = SCOPES.iter().map(|(scope, words)| (scope.name(), *words));
    let page = Page {
        layout: layout(web, who, &[("Holds", urls::office_holds()), (&title, &here)]),
        faults: Vec::new(),
        refusal: None,
        lead: vec![
            "They read all of it at once, with your name, and can complain; another operator then looks at it. It stops \
             no approval by the other party, and no messages in running contracts."
                .to_owned(),
        ],
        facts: Vec::new(),
        asked: Some(Asked {
            action: here.clone(),
            hidden: vec![("once", once(web, typed))],
            choices: vec![
                Choices::of(("scope", "What is stopped"), scopes, filled),
                Choices::of(("reason", "Why"), REASONS, filled),
            ],
            fields: finding_fields(typed, &outcome.faults),
            undo: "It can be lifted at any time.",
            button: "Put the hold on",
            back: Link::new(urls::office_person(id), "Back to the person"),
        }),
        title,
    };
    page.show(outcome)
}

/// What was found, by which rule, and for how long.
pub(super) fn finding_fields(typed: &Typed, faults: &[FieldRefusal]) -> Vec<FieldView> {
    vec![
        FieldView::area("facts", "What was found", TEXT)
            .required()
            .filled(typed.value("facts"), faults),
        FieldView::line("rule", "Which rule it breaks", 300)
            .hint("Like “terms, 7.3”.")
            .required()
            .filled(typed.value("rule"), faults),
        days_field(typed, faults),
    ]
}

pub(super) fn days_field(typed: &Typed, faults: &[FieldRefusal]) -> FieldView {
    let value = match typed.value("days") {
        "" => "7",
        typed => typed,
    };
    FieldView::line("days", "For how many days", 3)
        .hint(format!(
            "1 to {DAYS}. After 30 days in all it takes a second operator."
        ))
        .filled(value, faults)
}

/// What a page about one hold or payout is about.
struct Subject {
    name: String,
    facts: Vec<(&'static str, String)>,
    title: String,
    acts: Vec<(&'static str, &'static str)>,
}

impl Subject {
    async fn find(web: &Web, person: PersonId, id: &str) -> Result<Self, Problem> {
        let name = account::person(&web.app.desk, person).await?.name;
        if let Ok(hold) = id.parse::<HoldId>() {
            let holds = hold::of_person(&web.app.desk, person).await?;
            let held = holds.into_iter().find(|one| one.hold.id == hold);
            return held
                .map(|held| Self::of_hold(name, &held, web.app.clock.now()))
                .ok_or_else(Problem::not_found);
        }
        let payout: PayoutId = id.parse().or(Err(Problem::not_found()))?;
        let balance = payee::balance(&web.app.desk, person).await?;
        let found = balance.payee.as_ref().and_then(|one| one.payout(payout).ok());
        let found = found.ok_or_else(Problem::not_found)?;
        Ok(Self::of_payout(name, found, web))
    }

    fn of_hold(name: String, one: &Held, now: Timestamp) -> Self {
        let hold = &one.hold;
        let mut acts = Vec::new();
        if hold.stands(now) {
            acts.push(("lift", "Lift it"));
            acts.push(("extend", "Keep it for so many days from now"));
        }
        if hold.appeal.as_ref().is_some_and(|appeal| appeal.answer.is_none()) {
            acts.push(("answer", "Keep it and answer the complaint"));
        }
        Self {
            title: format!("{}: held for {name}", scope_words(hold.scope)),
            name,
            facts: hold_facts(one),
            acts,
        }
    }

    fn of_payout(name: String, payout: &Payout, web: &Web) -> Self {
        let amount = sum(web.app.currency, payout.amount_minor);
        let acts = match payout.state {
            PayoutState::Requested => vec![("stop", "Stop it for so many days")],
            PayoutState::Held if payout.held_by.is_none() => vec![
                ("release", "Let it go on"),
                ("stop", "Keep it stopped for so many days from now"),
            ],
            _ => Vec::new(),
        };
        let mut facts = vec![
            ("State", payout_state(payout, web.app.clock.now())),
            ("Asked for", Moment::new(payout.requested_at).text()),
            ("To", format!("{} at {}", payout.account, payout.provider)),
        ];
        if payout.held_by.is_some() {
            facts.push(("Held by", "a hold on the account: lift that".to_owned()));
        }
        Self {
            title: format!("{amount} to {name}"),
            name,
            facts,
            acts,
        }
    }
}

/// `GET /office/people/{id}/holds/{hold}`: a hold, or a payout.
pub(crate) async fn hold(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path((person, id)): Path<(String, String)>,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    if let Some(first) = who.led_to_proof(&web, &urls::office_hold(&person, &id)) {
        return Ok(first);
    }
    hold_page(&web, &who, (&person, &id), &Typed::default(), Outcome::default()).await
}

/// `POST /office/people/{id}/holds/{hold}`
pub(crate) async fn act_on_hold(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path((person, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let of: PersonId = person.parse().or(Err(Problem::not_found()))?;
    let typed = Typed::read(&body);
    let names = (person.as_str(), id.as_str());
    let Some(act) = act(&typed, &id) else {
        return hold_page(&web, &who, names, &typed, Outcome::nothing_chosen()).await;
    };
    let queue = match &act {
        Act::Stop(..) | Act::Release(_) => urls::office_payouts(),
        Act::Extend(..) | Act::Lift(_) | Act::Answer(_) => urls::office_holds(),
    };
    let (actor, key) = (who.actor(), once(&web, &typed));
    let asked = (&act, typed.value("reason"));
    match hold::act(&web.app.desk, of, asked, who.who(&web, &actor), &key).await {
        Ok(given) => Ok(onward(given, queue)),
        Err(error) => {
            let outcome = Outcome::of(error, &urls::office_hold(&person, &id))?;
            hold_page(&web, &who, names, &typed, outcome).await
        }
    }
}

fn act(typed: &Typed, id: &str) -> Option<Act> {
    let (hold, payout) = (id.parse::<HoldId>().ok(), id.parse::<PayoutId>().ok());
    let days = || typed.value("days").to_owned();
    match typed.value("act") {
        "lift" => Some(Act::Lift(hold?)),
        "extend" => Some(Act::Extend(hold?, days())),
        "answer" => Some(Act::Answer(hold?)),
        "stop" => Some(Act::Stop(payout?, days())),
        "release" => Some(Act::Release(payout?)),
        _ => None,
    }
}

async fn hold_page(
    web: &Web,
    who: &Operator,
    (person, id): (&str, &str),
    typed: &Typed,
    outcome: Outcome,
) -> Result<Fresh, Problem> {
    let of: PersonId = person.parse().or(Err(Problem::not_found()))?;
    let subject = Subject::find(web, of, id).await?;
    let here = urls::office_hold(person, id);
    let back = format!("Back to {}", subject.name);
    let filled = (typed, outcome.faults.as_slice());
    let asked = (!subject.acts.is_empty()).then(|| Asked {
        action: here.clone(),
        hidden: vec![("once", once(web, typed))],
        choices: vec![Choices::of(("act", "What is to be done"), subject.acts, filled)],
        fields: vec![
            FieldView::area("reason", "Why", TEXT)
                .hint("They read it. Letting a payout go on needs none.")
                .filled(typed.value("reason"), &outcome.faults),
            days_field(typed, &outcome.faults),
        ],
        undo: "",
        button: "Do it",
        back: Link::new(urls::office_person(person), back),
    });
    let page = Page {
        layout: layout(
            web,
            who,
            &[("Holds", urls::office_holds()), (&subject.title, &here)],
        ),
        faults: Vec::new(),
        refusal: None,
        title: subject.title.clone(),
        lead: if asked.is_none() {
            vec!["There is nothing to decide about it now.".to_owned()]
        } else {
            Vec::new()
        },
        facts: subject.facts,
        asked,
    };
    page.show(outcome)
}
