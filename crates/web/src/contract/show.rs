//! The page of a contract.

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::contract::{self, Seat, Sight};
use earnest_app::legal;
use earnest_app::request::once_key;
use earnest_app::visit::REASON_NEEDED;
use earnest_hire::contract::{Contract, Kind, Milestone, Standing, Tried};
use earnest_hire::person::Role;
use earnest_hire::refusal::Refusal;
use earnest_hire::span::{after, days};

use super::act::{Act, Subject};
use super::history::{changed, short};
use super::money::{Money, OutcomeRow, outcomes, terms};
use super::now::{Now, asks_for_words};
use super::stream::{Asked, Stream};
use super::track::{Stop, stops};
use super::who::People;
use crate::answer::{Cache, Fresh};
use crate::office::contract_hold_facts;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::request::client_seen::{FUNDED_FIRST, pays};
use crate::session::SignedIn;
use crate::words::Moment;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "contract/show.html")]
struct Page {
    layout: Layout,
    heading: String,
    now: Now,
    money: Money,
    stops: Vec<Stop>,
    outcomes: Vec<OutcomeRow>,
    terms: Vec<(&'static str, String)>,
    sha256: String,
    version: String,
    signed: Vec<(String, Option<Moment>)>,
    legal: Vec<(&'static str, Link)>,
    amendment: Option<String>,
    /// Those that stand, wait for an answer, or ended lately; the last first.
    holds: Vec<HoldCard>,
    /// What an operator can do who decides such things.
    office: Vec<Link>,
    sign: Option<Sign>,
    acts: Vec<Link>,
    greyed: Vec<(&'static str, String)>,
    talk: Option<Link>,
    process: Link,
    /// For an expert while something is not funded.
    funded_first: Option<&'static str>,
    /// For an expert.
    pays: Option<String>,
    stream: Stream,
    reviews: Option<crate::review::Part>,
    invoice: Option<String>,
}

/// A hold on the contract.
struct HoldCard {
    stands: bool,
    /// When it ended, or ends by itself.
    until: Moment,
    facts: Vec<(&'static str, String)>,
    act: Option<Link>,
}

/// So long a hold that is over is shown.
const HOLDS_SHOWN_DAYS: u16 = 180;

/// The form by which the terms are signed.
struct Sign {
    action: String,
    once: String,
    decline: Option<Link>,
}

/// `GET /contracts/{id}`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    if !id.starts_with("con_") {
        return Err(Problem::not_found());
    }
    let sight = match contract::look(&web.app.desk, &id, &who.person).await {
        Err(error) if error.code() == REASON_NEEDED => {
            return Ok(Fresh::see_other(&urls::office_visit(&id)));
        }
        looked => looked?,
    };
    let people = People {
        sight: &sight,
        me: who.id(),
        site: &web.site.name,
    };
    let mut page = page(&web, &who, people).map_err(Problem::broken)?;
    page.stream = Stream::read(&web, people, &who.person, Asked::read(query.as_deref())).await?;
    if sight.seat == Seat::Expert {
        page.pays = pays(&web, sight.contract.client).await?;
    }
    page.reviews = crate::review::part(&web, &who, sight.contract.id).await?;
    let pinned = legal::of_contract(&web.app.desk, sight.contract.id).await?;
    let link = |sha256: &str, kind| Link::new(urls::legal_version(kind, sha256), short(sha256));
    page.legal = pinned
        .iter()
        .map(|(kind, sha256)| (kind.title(), link(sha256, *kind)))
        .collect();
    render(&page, Cache::Private)
}

fn page(web: &Web, who: &SignedIn, people: People<'_>) -> Result<Page, Refusal> {
    let sight = people.sight;
    let contract = &sight.contract;
    let first = contract
        .milestones
        .first()
        .map_or("Contract", |one| one.plan.title.as_str());
    let heading = match sight.seat {
        Seat::Client | Seat::Expert => format!("{first} · with {}", people.name(people.other())),
        Seat::Office => format!(
            "{first} · {} and {}",
            people.name(people.client()),
            people.name(people.expert())
        ),
    };
    let (acts, greyed) = of_contract(sight);
    Ok(Page {
        layout: Layout::new(web, &heading).of(who).trail(vec![
            Link::new(urls::contracts(), "Contracts"),
            Link::new(urls::contract(contract.id), "Contract"),
        ]),
        heading,
        now: Now::new(people),
        money: Money::new(&web.app.desk, contract)?,
        stops: stops(people)?,
        outcomes: outcomes(contract)?,
        terms: terms(contract),
        version: short(&contract.sha256),
        sha256: contract.sha256.clone(),
        signed: vec![
            (
                people.name(people.client()).to_owned(),
                contract.client_signed_at.map(Moment::new),
            ),
            (
                people.name(people.expert()).to_owned(),
                contract.expert_signed_at.map(Moment::new),
            ),
        ],
        legal: Vec::new(),
        amendment: contract.amendment.as_ref().map(|one| {
            let until = Moment::new(one.until).text();
            format!(
                "{} proposed: {}. The proposal ends {until}.",
                people.subject(one.by),
                changed(contract, &one.change)
            )
        }),
        holds: holds(who, sight),
        office: office(who, sight),
        sign: sign(web, sight),
        acts,
        greyed,
        talk: talk(people),
        process: process(contract),
        funded_first: (sight.seat == Seat::Expert && contract.milestones.iter().any(is_unfunded))
            .then_some(FUNDED_FIRST),
        pays: None,
        stream: Stream::default(),
        reviews: None,
        invoice: earnest_hire::review::released(contract)?
            .is_positive()
            .then(|| urls::invoice(contract.id))
            .filter(|_| sight.seat != Seat::Office),
    })
}

fn is_unfunded(one: &Milestone) -> bool {
    matches!(one.state.kind(), Kind::Planned | Kind::Funding)
}

fn holds(who: &SignedIn, sight: &Sight) -> Vec<HoldCard> {
    let (contract, decides) = (&sight.contract, decides(who, sight));
    let mine = contract.to_complain_of(who.id()).map(|one| one.id);
    let mine = mine.filter(|_| sight.seat != Seat::Office);
    let is_late = |at| after(at, days(HOLDS_SHOWN_DAYS)) >= sight.now;
    let shown = contract.holds.iter().rev();
    let shown = shown.filter(|one| one.waits() || one.ended_at.is_some_and(is_late));
    shown
        .map(|one| HoldCard {
            stands: one.stands(),
            until: Moment::new(one.ended_at.unwrap_or(one.review_by)),
            facts: contract_hold_facts(contract, (one, sight.lifted.get(&one.id)), &sight.names),
            act: if mine == Some(one.id) {
                let href = urls::contract_act(contract.id, Act::Complain.word());
                Some(Link::new(href, Act::Complain.label()))
            } else {
                let href = urls::office_contract_hold(contract.id, one.id);
                (decides && one.waits()).then(|| Link::new(href, "Decide about the hold"))
            },
        })
        .collect()
}

/// Whether somebody looks who decides about holds and disputes.
fn decides(who: &SignedIn, sight: &Sight) -> bool {
    sight.seat == Seat::Office && who.person.roles.may(Role::Finance)
}

/// What such an operator can begin: a hold while the clocks run, and a dispute about work that is under way.
fn office(who: &SignedIn, sight: &Sight) -> Vec<Link> {
    if !decides(who, sight) {
        return Vec::new();
    }
    let contract = &sight.contract;
    let mut links = Vec::new();
    if contract.standing == Standing::Active {
        let href = urls::office_new_contract_hold(contract.id);
        links.push(Link::new(href, "Put the contract on hold"));
    }
    let at_work = |one: &&Milestone| {
        matches!(
            one.state.kind(),
            Kind::Working | Kind::Submitted | Kind::ChangesRequested
        )
    };
    links.extend(contract.milestones.iter().filter(at_work).map(|one| {
        let label = format!("Open a dispute about “{}”", one.plan.title);
        Link::new(urls::office_new_dispute(one.id), label)
    }));
    links
}

/// The process that it was signed with, at the state of what is under way.
fn process(contract: &Contract) -> Link {
    let mut kinds = contract.milestones.iter().map(|one| one.state.kind());
    let last = contract.milestones.last().map(|one| one.state.kind());
    let here = kinds.find(|kind| !kind.is_terminal()).or(last);
    Link::new(
        urls::process(contract.process, here.map(Kind::name)),
        format!("version {}", contract.process),
    )
}

/// Where the two talk; whoever has to say something now is told so.
fn talk(people: People<'_>) -> Option<Link> {
    let id = people.sight.conversation?;
    let other = people.name(people.other());
    let label = if asks_for_words(people) {
        format!("Say it in your conversation with {other}")
    } else {
        format!("Your conversation with {other}")
    };
    Some(Link::new(urls::conversation_end(id), label))
}

fn answer(sight: &Sight, act: Act) -> Option<Result<(), Refusal>> {
    let is = |tried: &&Tried| tried.milestone.is_none() && Act::of(&tried.command) == Some(act);
    sight.possible.iter().find(is).map(|tried| tried.answer)
}

fn sign(web: &Web, sight: &Sight) -> Option<Sign> {
    let id = sight.contract.id;
    let may = |act| answer(sight, act).is_some_and(|answer| answer.is_ok());
    may(Act::Sign).then(|| Sign {
        action: urls::contract_act(id, Act::Sign.word()),
        once: once_key(&web.app).to_string(),
        decline: may(Act::Decline)
            .then(|| Link::new(urls::contract_act(id, Act::Decline.word()), Act::Decline.label())),
    })
}

/// What may be done to the contract as a whole, and what not and why.
fn of_contract(sight: &Sight) -> (Vec<Link>, Vec<(&'static str, String)>) {
    let (mut acts, mut greyed) = (Vec::new(), Vec::new());
    let has_signed = answer(sight, Act::Sign) == Some(Err(Refusal::AlreadySigned));
    for tried in sight.possible.iter().filter(|tried| tried.milestone.is_none()) {
        let Some(act) = Act::of(&tried.command).filter(|act| act.subject() == Subject::Contract) else {
            continue;
        };
        // Signing and declining stand beside the terms, a complaint beside its hold; only who has signed has anything to
        // withdraw.
        let elsewhere = match act {
            Act::Sign => tried.answer.is_ok(),
            Act::Decline | Act::Complain => true,
            Act::Withdraw => !has_signed,
            _ => false,
        };
        if elsewhere {
            continue;
        }
        match tried.answer {
            Ok(()) => acts.push(Link::new(
                urls::contract_act(sight.contract.id, act.word()),
                act.label(),
            )),
            Err(Refusal::NoAmendment | Refusal::NotPaused) => {}
            Err(refusal) => greyed.push((act.label(), refusal.sentence())),
        }
    }
    (acts, greyed)
}
