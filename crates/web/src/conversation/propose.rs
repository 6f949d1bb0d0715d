//! The form of a proposal: answers to what must be true, and milestones with their price.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::conversation::{self, Thread};
use earnest_app::{Error, proposal};
use earnest_hire::contract::{By, Plan};
use earnest_hire::field::{self, Faults, FieldRefusal, Lines};
use earnest_hire::money::{Currency, Minor};
use earnest_hire::proposal::{Content, Version};
use earnest_hire::refusal::Refusal;
use jiff::ToSpan;
use jiff::civil::Date;

use super::{actor, read};
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::percent;
use crate::{Ctx, Web, urls};

/// Milestones that a form has at most.
const MOST: usize = 12;

#[derive(Template)]
#[template(path = "conversation/propose.html")]
struct Page {
    layout: Layout,
    faults: Vec<Fault>,
    id: String,
    seen: u16,
    count: usize,
    answers: Vec<FieldView>,
    milestones: Vec<Vec<FieldView>>,
    may_add: bool,
    terms: String,
}

/// A fault of a field whose name has a number in it.
#[derive(Debug, Clone)]
struct Fault {
    field: String,
    sentence: String,
}

/// What most milestones have.
const USUAL: [(&str, &str); 3] = [("inspection", "7"), ("rounds", "2"), ("revision", "5")];

/// One field of a milestone as typed.
const FIELDS: [&str; 8] = [
    "title",
    "deliverable",
    "done-when",
    "price",
    "due",
    "inspection",
    "rounds",
    "revision",
];

/// `GET /conversations/{id}/proposals/new`
pub(crate) async fn form(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let thread = conversation::look(&web.app.desk, read(&id)?, who.id()).await?;
    let last = last(&thread);
    let filled = filled(&web, &thread, last.as_ref());
    let seen = last.map_or(0, |version| version.number);
    page(&web, &who, &thread, (&filled, seen), Vec::new())
}

/// The newest version of the proposal that is still open.
fn last(thread: &Thread) -> Option<Version> {
    let going = thread
        .proposals
        .iter()
        .find(|row| !row.proposal.stage.is_over())?;
    going.proposal.versions.last().cloned()
}

/// A form as it is first seen: the last version, or one empty milestone with what is usual.
fn filled(web: &Web, thread: &Thread, last: Option<&Version>) -> Typed {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |name: String, value: String| pairs.push((name, value));
    let Some(version) = last else {
        put("count".into(), "1".into());
        for (name, value) in USUAL {
            put(format!("{name}-1"), value.into());
        }
        put("done-when-1".into(), thread.known.row.acceptance.join("\n"));
        return Typed::of(pairs);
    };
    put("count".into(), version.content.milestones.len().to_string());
    for (at, answer) in (1..).zip(&version.content.answers) {
        put(format!("answer-{at}"), answer.clone());
    }
    for (at, plan) in (1_usize..).zip(&version.content.milestones) {
        let values = [
            plan.title.clone(),
            plan.deliverable.clone(),
            plan.acceptance.join("\n"),
            web.app.currency.write(plan.price_minor),
            plan.due_on.to_string(),
            plan.inspection_days.to_string(),
            plan.rounds.to_string(),
            plan.revision_days.to_string(),
        ];
        for (name, value) in FIELDS.iter().zip(values) {
            put(format!("{name}-{at}"), value);
        }
    }
    Typed::of(pairs)
}

fn page(
    web: &Web,
    who: &SignedIn,
    thread: &Thread,
    (typed, seen): (&Typed, u16),
    faults: Vec<Fault>,
) -> Result<Fresh, Problem> {
    let (client, expert) = &thread.names;
    let is_client = who.id() == thread.row.client;
    let (title, other) = if is_client {
        ("Make a counter-offer", expert)
    } else {
        ("Make a proposal", client)
    };
    let id = thread.row.id.to_string();
    let count = count(typed);
    let answers = if is_client {
        Vec::new()
    } else {
        answers(thread, typed, &faults)
    };
    let fee = &web.app.desk.terms.expert_fee;
    let page = Page {
        layout: Layout::new(web, title).of(who).within(Section::Hire).trail(vec![
            Link::new(urls::requests(), "Requests"),
            Link::new(urls::conversation(&id), other.clone()),
            Link::new(urls::propose(&id), title),
        ]),
        answers,
        milestones: (1..=count).map(|at| milestone(web, typed, at, &faults)).collect(),
        may_add: count < MOST,
        terms: format!(
            "Prices are in {}. From each price {} goes to {}; the rest is the expert's. The contract shows every sum before anybody signs.",
            web.app.currency,
            percent(fee.basis_points),
            web.site.name
        ),
        faults,
        id,
        seen,
        count,
    };
    render(&page, Cache::Private)
}

fn count(typed: &Typed) -> usize {
    typed.value("count").parse().unwrap_or(1).clamp(1, MOST)
}

fn shown(view: FieldView, typed: &Typed, faults: &[Fault]) -> FieldView {
    let value = typed.value(&view.name).to_owned();
    let error = faults.iter().find(|fault| fault.field == view.name);
    FieldView {
        error: error.map(|fault| fault.sentence.clone()),
        value,
        ..view
    }
}

fn answers(thread: &Thread, typed: &Typed, faults: &[Fault]) -> Vec<FieldView> {
    let view = |(at, item): (usize, &String)| {
        let field = FieldView::area(format!("answer-{at}"), item.clone(), 2_000).required();
        shown(field, typed, faults)
    };
    (1..).zip(&thread.known.row.acceptance).map(view).collect()
}

fn milestone(web: &Web, typed: &Typed, at: usize, faults: &[Fault]) -> Vec<FieldView> {
    let name = |field: &str| format!("{field}-{at}");
    let fields = [
        FieldView::line(name("title"), "What it is called", 200).required(),
        FieldView::area(name("deliverable"), "What the client gets", 5_000).required(),
        FieldView::area(name("done-when"), "Done when (one thing a line)", 15_000)
            .hint("Only these lines count when the work is reviewed.")
            .required(),
        FieldView::line(name("price"), format!("Price in {}", web.app.currency), 30)
            .hint("Such as 4,500 or 1,250.50.")
            .required(),
        FieldView::line(name("due"), "Due on", 10)
            .of_kind("date")
            .required(),
        FieldView::line(name("inspection"), "Days to look at each version (2 to 30)", 2)
            .hint("Then silence approves it; reminders come before.")
            .required(),
        FieldView::line(name("rounds"), "Rounds of changes (0 to 20)", 2).required(),
        FieldView::line(name("revision"), "Days for each round (1 to 60)", 2).required(),
    ];
    fields
        .into_iter()
        .map(|field| shown(field, typed, faults))
        .collect()
}

/// `POST /conversations/{id}/proposals`: kept, or shown again with what is wrong, or with room for one milestone more.
pub(crate) async fn send(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let mut typed = Typed::read(&body);
    let desk = &web.app.desk;
    let thread = conversation::look(desk, id, who.id()).await?;
    let seen = typed.value("seen").parse().unwrap_or(0);
    if !typed.value("more").is_empty() {
        let new = (count(&typed) + 1).min(MOST);
        typed.put("count", new.to_string());
        for (name, value) in USUAL {
            let name = format!("{name}-{new}");
            if typed.value(&name).is_empty() {
                typed.put(&name, value.to_owned());
            }
        }
        return Ok(page(&web, &who, &thread, (&typed, seen), Vec::new())?.into_response());
    }
    let is_client = who.id() == thread.row.client;
    let content = match content(&web, &thread, &typed, is_client) {
        Ok(content) => content,
        Err(faults) => {
            let page = page(&web, &who, &thread, (&typed, seen), faults)?;
            return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
        }
    };
    let talk = urls::conversation(&id.to_string());
    match proposal::propose(desk, id, &actor(&who), content.clone(), seen).await {
        Ok(_id) => Ok(Fresh::see_other(&talk).into_response()),
        Err(Error::Refused(refusal)) if refusal != Refusal::NotFound => {
            let thread = conversation::look(desk, id, who.id()).await?;
            let mine = if is_client { By::Client } else { By::Expert };
            let last = last(&thread);
            if last
                .as_ref()
                .is_some_and(|last| last.by == mine && last.content == content)
            {
                // the second click of a double click
                return Ok(Fresh::see_other(&talk).into_response());
            }
            // what took long to write stays; the newer version is read in the conversation, and then this can be sent
            let seen = last.map_or(seen, |last| last.number);
            let fault = FieldRefusal::new("title", refusal.code(), refusal.sentence());
            let faults = vec![named("title-1".to_owned(), &fault)];
            let page = page(&web, &who, &thread, (&typed, seen), faults)?;
            Ok(page.with_status(StatusCode::CONFLICT).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

fn content(web: &Web, thread: &Thread, typed: &Typed, is_client: bool) -> Result<Content, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut answers = Vec::new();
    if is_client {
        // A counter-offer is about the plan; the answers are the expert's.
        answers = last(thread)
            .map(|version| version.content.answers)
            .unwrap_or_default();
    } else {
        for at in 1..=thread.known.row.acceptance.len() {
            let name = format!("answer-{at}");
            let missing = "Say how you would meet this.";
            match field::required("answer", typed.value(&name), 2_000, Lines::Several, missing) {
                Ok(answer) => answers.push(answer),
                Err(fault) => faults.push(named(name, &fault)),
            }
        }
    }
    let mut milestones = Vec::new();
    for at in 1..=count(typed) {
        match plan(web, typed, at) {
            Ok(plan) => milestones.push(plan),
            Err(wrong) => faults.extend(
                wrong
                    .iter()
                    .map(|fault| named(format!("{}-{at}", fault.field), fault)),
            ),
        }
    }
    if faults.is_empty() {
        Ok(Content {
            answers,
            currency: web.app.currency,
            milestones,
        })
    } else {
        Err(faults)
    }
}

fn named(field: String, fault: &FieldRefusal) -> Fault {
    Fault {
        field,
        sentence: fault.sentence.clone(),
    }
}

fn plan(web: &Web, typed: &Typed, at: usize) -> Result<Plan, Vec<FieldRefusal>> {
    let value = |name: &str| typed.value(&format!("{name}-{at}")).to_owned();
    let mut faults = Faults::default();
    let title = faults.note(field::required(
        "title",
        &value("title"),
        200,
        Lines::One,
        "Name this milestone.",
    ));
    let deliverable = faults.note(field::required(
        "deliverable",
        &value("deliverable"),
        5_000,
        Lines::Several,
        "Say what the client gets.",
    ));
    let acceptance = faults.note(
        earnest_app::request::progress::acceptance(&value("done-when")).map_err(|fault| FieldRefusal {
            field: "done-when",
            ..fault
        }),
    );
    let price = faults.note(price(web.app.currency, &value("price")));
    let due = faults.note(due(&value("due"), web.app.today()));
    let inspection = faults.note(days("inspection", &value("inspection"), 2, 30));
    let rounds = faults.note(days("rounds", &value("rounds"), 0, 20));
    let revision = faults.note(days("revision", &value("revision"), 1, 60));
    let made = (|| {
        Some(Plan {
            title: title?,
            deliverable: deliverable?,
            acceptance: acceptance?,
            price_minor: price?,
            due_on: due?,
            inspection_days: inspection?,
            rounds: rounds?,
            revision_days: revision?,
        })
    })();
    faults.or(made)
}

fn price(currency: Currency, typed: &str) -> Result<Minor, FieldRefusal> {
    let refuse = |code, sentence: String| FieldRefusal::new("price", code, sentence);
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(refuse("missing", format!("Name the price in {currency}.")));
    }
    let amount = currency.typed(typed).map_err(|_fault| {
        refuse(
            "unclear",
            format!("This cannot be read as a sum in {currency}. Write it like 4,500 or 1,250.50."),
        )
    })?;
    if amount.is_positive() {
        Ok(amount)
    } else {
        Err(refuse("zero", "A price is above zero.".to_owned()))
    }
}

fn due(typed: &str, today: Date) -> Result<Date, FieldRefusal> {
    let refuse = |code, sentence: String| Err(FieldRefusal::new("due", code, sentence));
    let Ok(date) = Date::strptime("%Y-%m-%d", typed.trim()) else {
        return refuse("malformed", format!("Name a day like {today}."));
    };
    if date < today {
        return refuse("past", "This day is over. Name a later one.".to_owned());
    }
    if date > today.saturating_add(3.years()) {
        return refuse(
            "too_far",
            "This is more than three years ahead. Name an earlier day.".to_owned(),
        );
    }
    Ok(date)
}

fn days(field: &'static str, typed: &str, least: u16, most: u16) -> Result<u16, FieldRefusal> {
    let number = typed
        .trim()
        .parse()
        .ok()
        .filter(|days| (least..=most).contains(days));
    number.ok_or_else(|| {
        FieldRefusal::new(
            field,
            "out_of_range",
            format!("Write a whole number from {least} to {most}."),
        )
    })
}
