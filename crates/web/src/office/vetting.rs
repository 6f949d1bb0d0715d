//! Vetting experts: who waits, and deciding about one.

use std::collections::BTreeSet;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use axum::http::StatusCode;
use earnest_app::Error;
use earnest_app::expert::{self as experts, File, Verdict};
use earnest_hire::expert::{Check, Decision, Due, Profile, Standing};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::PersonId;
use earnest_hire::person::Role;
use earnest_store::ExpertRow;
use jiff::Timestamp;

use super::{Operator, age, layout, refused};
use crate::answer::{Cache, Fresh};
use crate::expert::{SkillLine, WorkLine, available, rate_words, skill_lines, work_lines};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::Moment;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "office/vetting.html")]
struct List {
    layout: Layout,
    lines: Vec<DueLine>,
}

struct DueLine {
    link: Link,
    headline: String,
    why: &'static str,
    age: String,
}

#[derive(Template)]
#[template(path = "office/vet.html")]
struct One {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    person: String,
    name: String,
    page: String,
    state: String,
    version: i64,
    profile: Profile,
    skills: Vec<SkillLine>,
    works: Vec<WorkLine>,
    facts: Vec<(&'static str, String)>,
    checks: Vec<Tick>,
    reasons: FieldView,
    before: Vec<Before>,
    may_decide: bool,
}

/// One line of the checklist.
struct Tick {
    name: &'static str,
    meaning: &'static str,
    ticked: bool,
}

/// A decision that was made before.
struct Before {
    at: Moment,
    decision: Decision,
    failed: Vec<&'static str>,
    reasons: String,
}

/// `GET /office/vetting`
pub(crate) async fn vetting(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Support)?;
    let due = experts::due(&web.app.desk).await?;
    let now = web.app.clock.now();
    let page = List {
        layout: layout(&web, &who, &[list()]),
        lines: due.iter().map(|row| due_line(row, now)).collect(),
    };
    render(&page, Cache::Private)
}

/// The list as a page on the way.
fn list() -> (&'static str, &'static str) {
    ("Profiles to vet", urls::office_vetting())
}

fn due_line(row: &ExpertRow, now: Timestamp) -> DueLine {
    let expert = &row.expert;
    DueLine {
        link: Link::new(urls::office_vet(&expert.person.to_string()), row.name.clone()),
        headline: expert.profile.headline.clone(),
        why: match expert.due() {
            Due::Changed => "changed since it was vetted",
            Due::New => "new",
            Due::SentAgain => "sent again",
        },
        age: expert
            .due_since()
            .map_or_else(String::new, |since| age(now, since)),
    }
}

/// `GET /office/vetting/{person}`
pub(crate) async fn vetting_one(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(person): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Support)?;
    let file = file(&web, &person).await?;
    render(
        &one(&web, &who, file, (&Typed::default(), Vec::new())),
        Cache::Private,
    )
}

/// `POST /office/vetting/{person}`: decides, and goes on to those who still wait.
pub(crate) async fn vet(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(person): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    who.may(Role::Support)?;
    let typed = Typed::read(&body);
    let file = file(&web, &person).await?;
    let id = file.row.expert.person;
    match experts::vet(&web.app.desk, &who.0.person, id, &verdict(&typed)).await {
        Ok(expert) => {
            tracing::info!(person.id = %id, standing = %expert.standing, "the profile of {id} was vetted");
            Ok(Fresh::see_other(urls::office_vetting()))
        }
        Err(Error::Invalid(faults)) => {
            let page = one(&web, &who, file, (&typed, faults));
            Ok(render(&page, Cache::Private)?.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(other) => Err(refused(
            other,
            Link::new(urls::office_vet(&person), "Look at the profile again"),
        )),
    }
}

async fn file(web: &Web, person: &str) -> Result<File, Problem> {
    let id: PersonId = person.parse().or(Err(Problem::not_found()))?;
    let file = experts::file(&web.app.desk, id).await?;
    file.filter(|file| file.row.expert.standing != Standing::Draft)
        .ok_or_else(Problem::not_found)
}

fn ticked(typed: &Typed) -> BTreeSet<Check> {
    let checks = Check::ALL.iter().copied();
    checks
        .filter(|check| typed.value(check.name()) == "fails")
        .collect()
}

fn verdict(typed: &Typed) -> Verdict {
    Verdict {
        version: typed.value("version").parse().unwrap_or(0),
        decision: if typed.value("decision") == Decision::Approved.name() {
            Decision::Approved
        } else {
            Decision::Refused
        },
        failed: ticked(typed),
        reasons: typed.value("reasons").to_owned(),
    }
}

fn one(web: &Web, who: &Operator, file: File, (typed, faults): (&Typed, Vec<FieldRefusal>)) -> One {
    let (row, vettings) = (file.row, file.vettings);
    let expert = row.expert;
    let person = expert.person.to_string();
    let failed = ticked(typed);
    let tick = |check: &Check| Tick {
        name: check.name(),
        meaning: check.meaning(),
        ticked: failed.contains(check),
    };
    One {
        layout: layout(web, who, &[list(), (&row.name, &urls::office_vet(&person))]),
        page: urls::expert(&person),
        state: state(&expert, web.app.clock.now()),
        version: expert.version,
        skills: skill_lines(&expert.profile.skills),
        works: work_lines(&expert.profile.portfolio),
        facts: vec![
            ("Rate", rate_words(&expert.profile)),
            ("When", available(&expert.profile, web.app.today())),
            ("Languages", expert.profile.languages.join(", ")),
            ("Time zone", expert.profile.time_zone.clone()),
        ],
        checks: Check::ALL.iter().map(tick).collect(),
        reasons: FieldView::area("reasons", "Reasons", earnest_hire::expert::REASONS)
            .hint("The expert reads them. Needed for a refusal.")
            .filled(typed.value("reasons"), &faults),
        before: vettings.into_iter().map(before).collect(),
        may_decide: expert.standing != Standing::Refused && expert.person != who.0.id(),
        profile: expert.profile,
        name: row.name,
        person,
        faults,
    }
}

fn state(expert: &earnest_hire::expert::Expert, now: Timestamp) -> String {
    match expert.due_since() {
        Some(since) if expert.standing == Standing::Visible => {
            format!(
                "Visible; headline, skills or work were changed {} ago.",
                age(now, since)
            )
        }
        Some(since) => format!("Waiting for {}.", age(now, since)),
        None => format!("{} for {}.", expert.standing, age(now, expert.since)),
    }
}

fn before(vetting: earnest_hire::expert::Vetting) -> Before {
    Before {
        at: Moment::new(vetting.at),
        decision: vetting.decision,
        failed: vetting.failed.iter().map(|check| check.meaning()).collect(),
        reasons: vetting.reasons.unwrap_or_default(),
    }
}
