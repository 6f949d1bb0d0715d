//! The form in which an expert says who they are, and what has become of their profile.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as FromApp};
use axum::http::StatusCode;
use earnest_app::Error;
use earnest_app::expert::{self as experts, Act, File};
use earnest_hire::expert::{
    Check, Decision, Draft, Field, PORTFOLIO_FIELDS, PortfolioFields, Profile, SKILL_FIELDS, STORY, Standing,
    TITLE, TypedItem, TypedSkill,
};
use earnest_hire::field::FieldRefusal;

use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::Moment;
use crate::{Ctx, Web, urls};

/// Empty rows after the skills that there are.
const MORE_ROWS: usize = 2;

#[derive(Template)]
#[template(path = "expert/profile.html")]
struct Form {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    saved: bool,
    state: Option<State>,
    version: i64,
    texts: Vec<FieldView>,
    rows: Vec<Row<3>>,
    works: Vec<Row<4>>,
    terms: Vec<FieldView>,
    indexed: bool,
    may_submit: bool,
}

/// The fields of a skill, or of a piece of work.
struct Row<const FIELDS: usize> {
    number: usize,
    fields: [FieldView; FIELDS],
}

/// How a profile stands, with what its owner can do about it.
struct State {
    standing: Standing,
    since: Moment,
    page: String,
    changed: Option<Moment>,
    refused: Option<Refused>,
}

/// What the office said last, where it was no.
struct Refused {
    failed: Vec<&'static str>,
    reasons: String,
}

impl State {
    fn new(file: &File) -> Self {
        let expert = &file.row.expert;
        let last = file.vettings.first();
        let last = last.filter(|last| last.decision == Decision::Refused);
        Self {
            standing: expert.standing,
            since: Moment::new(expert.since),
            page: urls::expert(&expert.person.to_string()),
            changed: expert.changed_at.map(Moment::new),
            refused: last.map(|last| Refused {
                failed: last.failed.iter().map(|check: &Check| check.meaning()).collect(),
                reasons: last.reasons.clone().unwrap_or_default(),
            }),
        }
    }
}

/// `GET /me/expert-profile`
pub(crate) async fn form(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let file = experts::file(&web.app.desk, who.id()).await?;
    let draft = file
        .as_ref()
        .map_or_else(Draft::default, |file| typed_again(&file.row.expert.profile));
    let mut page = page(&web, &who, (file.as_ref(), &draft), Vec::new());
    page.saved = query.as_deref() == Some("saved");
    render(&page, Cache::Private)
}

/// `POST /me/expert-profile`: saves, and sends the profile to the office where that was asked for.
pub(crate) async fn save(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let draft = draft(&typed);
    let seen = typed.value("version").parse().unwrap_or(0);
    let desk = &web.app.desk;
    let faults = match experts::save(desk, who.id(), &draft, seen).await {
        Ok(_) if typed.value("then") == "submit" => return move_on(&web, &who, Act::Submit).await,
        Ok(_) => return Ok(Fresh::see_other(&format!("{}?saved", urls::expert_profile()))),
        Err(Error::Invalid(faults)) => faults,
        Err(Error::Conflict { .. }) => vec![FieldRefusal::new(
            "headline",
            "changed_meanwhile",
            "Your profile was changed since you opened this form, in another window or by a decision of the office. What \
             you typed is still here: look at it and save again.",
        )],
        Err(other) => return Err(other.into()),
    };
    let file = experts::file(desk, who.id()).await?;
    let page = page(&web, &who, (file.as_ref(), &draft), faults);
    Ok(render(&page, Cache::Private)?.with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

/// `POST /me/expert-profile/submit`
pub(crate) async fn submit(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    move_on(&web, &who, Act::Submit).await
}

/// `POST /me/expert-profile/hide`
pub(crate) async fn hide(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    move_on(&web, &who, Act::Hide).await
}

/// `POST /me/expert-profile/show`
pub(crate) async fn show_again(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    move_on(&web, &who, Act::Show).await
}

async fn move_on(web: &Web, who: &SignedIn, act: Act) -> Result<Fresh, Problem> {
    match experts::act(&web.app.desk, who.id(), act).await {
        Ok(_) => Ok(Fresh::see_other(urls::expert_profile())),
        Err(Error::Conflict { code, sentence }) => Err(Problem::refused(code, sentence)
            .near(vec![Link::new(urls::expert_profile(), "Your expert profile")])),
        Err(other) => Err(other.into()),
    }
}

fn draft(typed: &Typed) -> Draft {
    let value = |name: &str| typed.value(name).to_owned();
    let skill = |fields: &earnest_hire::expert::SkillFields| TypedSkill {
        name: value(fields.name),
        years: value(fields.years),
        evidence: value(fields.evidence),
    };
    let item = |fields: &PortfolioFields| TypedItem {
        title: value(fields.title),
        year: value(fields.year),
        story: value(fields.story),
        link: value(fields.link),
    };
    Draft {
        headline: value("headline"),
        about: value("about"),
        skills: SKILL_FIELDS.iter().map(skill).collect(),
        portfolio: PORTFOLIO_FIELDS.iter().map(item).collect(),
        rate: value("rate"),
        available_from: value("available_from"),
        hours_a_week: value("hours_a_week"),
        languages: value("languages"),
        time_zone: value("time_zone"),
        indexed: typed.value("indexed") == "yes",
    }
}

/// A profile as somebody would type it.
fn typed_again(profile: &Profile) -> Draft {
    let skills = profile.skills.iter().map(|skill| TypedSkill {
        name: skill.name.clone(),
        years: skill.years.to_string(),
        evidence: skill.evidence.clone().unwrap_or_default(),
    });
    let items = profile.portfolio.iter().map(|item| TypedItem {
        title: item.title.clone(),
        year: item.year.to_string(),
        story: item.story.clone(),
        link: item.link.clone().unwrap_or_default(),
    });
    let rate = profile.rate.map(|rate| rate.currency.write(rate.hour_minor));
    let rate = rate.unwrap_or_default();
    Draft {
        headline: profile.headline.clone(),
        about: profile.about.clone(),
        skills: skills.collect(),
        portfolio: items.collect(),
        rate: rate
            .split_once(' ')
            .map_or_else(String::new, |(_, sum)| sum.to_owned()),
        available_from: profile
            .available_from
            .map(|day| day.to_string())
            .unwrap_or_default(),
        hours_a_week: profile
            .hours_a_week
            .map(|hours| hours.to_string())
            .unwrap_or_default(),
        languages: profile.languages.join(", "),
        time_zone: profile.time_zone.clone(),
        indexed: profile.indexed,
    }
}

fn page(
    web: &Web,
    who: &SignedIn,
    (file, draft): (Option<&File>, &Draft),
    faults: Vec<FieldRefusal>,
) -> Form {
    let title = if faults.is_empty() {
        "Your expert profile"
    } else {
        "Error: your expert profile"
    };
    let standing = file.map(|file| file.row.expert.standing);
    let field = |field: Field| field_view(web, field, draft, &faults);
    Form {
        layout: Layout::new(web, title)
            .of(who)
            .within(Section::Experts)
            .trail(vec![
                Link::new(urls::me(), "Your work"),
                Link::new(urls::expert_profile(), "Your expert profile"),
            ]),
        saved: false,
        state: file.map(State::new),
        version: file.map_or(0, |file| file.row.expert.version),
        texts: [Field::Headline, Field::About].map(field).into(),
        rows: skill_rows(draft, &faults),
        works: work_rows(draft, &faults),
        terms: [
            Field::Rate,
            Field::AvailableFrom,
            Field::HoursAWeek,
            Field::Languages,
            Field::TimeZone,
        ]
        .map(field)
        .into(),
        indexed: draft.indexed,
        may_submit: matches!(standing, None | Some(Standing::Draft | Standing::Refused)),
        faults,
    }
}

fn field_view(web: &Web, field: Field, draft: &Draft, faults: &[FieldRefusal]) -> FieldView {
    let (name, limit) = (field.name(), field.limit());
    let line = |label: &str| FieldView::line(name, label, limit);
    let view = match field {
        Field::Headline => line("What you do, in one line")
            .hint("Such as: Python services for insurers, from first sketch to operation.")
            .required(),
        Field::About => FieldView::area(name, "About you", limit)
            .hint("What you have built, for whom, what was hard. No addresses or numbers: clients reach you here.")
            .required(),
        Field::Rate => line("Rate for an hour (optional)").hint(format!(
            "In {}, such as 95. Leave it empty to agree it for each project.",
            web.app.currency.code()
        )),
        Field::AvailableFrom => line("Can begin on (optional)")
            .of_kind("date")
            .hint("Leave it empty if you can begin at once."),
        Field::HoursAWeek => line("Hours a week (optional)").hint("A whole number, such as 32."),
        Field::Languages => line("Languages you work in")
            .hint("With commas between them, such as English, German.")
            .required(),
        Field::TimeZone => line("Time zone")
            .hint("Such as Europe/Berlin, or UTC+1.")
            .required(),
    };
    view.filled(draft.text(field), faults)
}

fn skill_rows(draft: &Draft, faults: &[FieldRefusal]) -> Vec<Row<3>> {
    let filled = |skill: &TypedSkill| {
        [&skill.name, &skill.years, &skill.evidence]
            .iter()
            .any(|text| !text.trim().is_empty())
    };
    let last = draft.skills.iter().rposition(filled).map_or(1, |at| at + 1);
    let typed = draft.skills.iter().cloned();
    let typed = typed.chain(std::iter::repeat_with(TypedSkill::default));
    let rows = (1..).zip(SKILL_FIELDS.iter().zip(typed)).take(last + MORE_ROWS);
    rows.map(|(number, (fields, skill))| Row {
        number,
        fields: [
            FieldView::line(fields.name, "Skill", 40).filled(skill.name, faults),
            FieldView::line(fields.years, "Years", 2).filled(skill.years, faults),
            FieldView::line(fields.evidence, "Link to work (optional)", 500)
                .of_kind("url")
                .filled(skill.evidence, faults),
        ],
    })
    .collect()
}

/// The pieces of work that there are, and an empty one where there may be more.
fn work_rows(draft: &Draft, faults: &[FieldRefusal]) -> Vec<Row<4>> {
    let last = draft.portfolio.iter().rposition(|item| !item.is_empty());
    let typed = draft.portfolio.iter().cloned();
    let typed = typed.chain(std::iter::repeat_with(TypedItem::default));
    let rows = (1..).zip(PORTFOLIO_FIELDS.iter().zip(typed));
    rows.take(last.map_or(1, |at| at + 2))
        .map(|(number, (fields, item))| Row {
            number,
            fields: [
                FieldView::line(fields.title, "What it was", TITLE).filled(item.title, faults),
                FieldView::line(fields.year, "Year", 4).filled(item.year, faults),
                FieldView::area(fields.story, "What you did, and what came of it", STORY)
                    .filled(item.story, faults),
                FieldView::line(fields.link, "Link (optional)", 500)
                    .of_kind("url")
                    .filled(item.link, faults),
            ],
        })
        .collect()
}
