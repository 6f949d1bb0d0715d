//! Experts: finding them, the page of each, and the form in which they say who they are.

mod profile;
mod show;

use askama::Template;
use axum::extract::{RawQuery, State as FromApp};
use axum::http::StatusCode;
use earnest_app::expert::{self as experts, Found, Query, SHOWN, Sort};
use earnest_hire::expert::Profile;
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::PersonId;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::shortlist::{self, Part};
use earnest_store::ExpertRow;
use jiff::civil::Date;

pub(crate) use self::profile::{form, hide, save, show_again, submit};
pub(crate) use self::show::{SkillLine, WorkLine, show, skill_lines, work_lines};
use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::form::FieldView;
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::session::{SignedIn, Visitor};
use crate::{Ctx, Web, urls, words};

/// Skills that a card names.
const SKILLS_SHOWN: usize = 6;
/// Characters of what is looked for at most.
const WORDS: usize = 200;

#[derive(Template)]
#[template(path = "expert/index.html")]
struct Index {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    words: FieldView,
    skills: Vec<Choice>,
    languages: Vec<Choice>,
    rate: FieldView,
    by: FieldView,
    sorts: Vec<Choice>,
    count: String,
    cards: Vec<Card>,
    nobody_yet: bool,
    narrowed: bool,
    pages: Vec<(Link, &'static str)>,
    place: String,
}

/// One entry of a list to choose from.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

struct Card {
    link: Link,
    /// None at the card of whoever looks: nobody invites themself.
    invite: Option<String>,
    headline: String,
    skills: String,
    rate: String,
    facts: Vec<String>,
}

#[derive(Template)]
#[template(path = "expert/order.html")]
struct Ordering {
    layout: Layout,
    skill: u8,
    headline: u8,
    about: u8,
    evidence: usize,
    shown: usize,
    list: ShortlistRules,
}

/// What the parts of a shortlist's score count, for the page that publishes them.
struct ShortlistRules {
    listed: usize,
    parts: [(&'static str, u32); 5],
    there: u32,
    years: u32,
    evidence: u32,
    of_text: usize,
    late_week: u32,
    over_percent: i64,
    hours: i64,
}

impl ShortlistRules {
    fn published() -> Self {
        let parts = [
            Part::Skills,
            Part::Availability,
            Part::Price,
            Part::Language,
            Part::TimeZone,
        ];
        Self {
            listed: shortlist::LISTED,
            parts: parts.map(|part| (part.label(), part.most())),
            there: shortlist::SKILL_THERE,
            years: shortlist::SKILL_YEARS,
            evidence: shortlist::SKILL_EVIDENCE,
            of_text: shortlist::SKILLS_OF_TEXT,
            late_week: shortlist::LATE_WEEK,
            over_percent: shortlist::OVER_PERCENT,
            hours: shortlist::HOURS_PAID,
        }
    }
}

/// What was asked for, as it stood in the address.
#[derive(Default)]
struct Asked {
    q: String,
    skill: String,
    language: String,
    rate_max: String,
    available_by: String,
    sort: String,
    page: String,
}

impl Asked {
    fn read(query: Option<&str>) -> Self {
        let pairs = query_pairs(query);
        let value = |name: &str| {
            let found = pairs.iter().find(|(key, _)| key == name);
            found.map_or_else(String::new, |(_, value)| value.trim().to_owned())
        };
        Self {
            q: value("q").chars().take(WORDS).collect(),
            skill: value("skill"),
            language: value("language"),
            rate_max: value("rate_max"),
            available_by: value("available_by"),
            sort: value("sort"),
            page: value("page"),
        }
    }

    fn narrows(&self) -> bool {
        let all = [
            &self.q,
            &self.skill,
            &self.language,
            &self.rate_max,
            &self.available_by,
        ];
        all.iter().any(|value| !value.is_empty())
    }

    /// The query, and what is wrong with the fields that are left out of it.
    fn query(&self, currency: Currency) -> (Query, Vec<FieldRefusal>) {
        let mut faults = Vec::new();
        let rate_max = rate(&self.rate_max, currency).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        let available_by = day(&self.available_by).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        let sort = Sort::ALL.into_iter().find(|sort| sort.name() == self.sort);
        let query = Query {
            words: self.q.clone(),
            skill: Some(self.skill.clone()).filter(|skill| !skill.is_empty()),
            language: Some(self.language.clone()).filter(|language| !language.is_empty()),
            rate_max,
            available_by,
            sort: sort.unwrap_or_default(),
            page: self.page.parse().unwrap_or(1),
            limit: SHOWN,
        };
        (query, faults)
    }

    /// The address of another page of the same list.
    fn at(&self, page: usize) -> String {
        let page = page.to_string();
        let pairs = [
            ("q", &self.q),
            ("skill", &self.skill),
            ("language", &self.language),
            ("rate_max", &self.rate_max),
            ("available_by", &self.available_by),
            ("sort", &self.sort),
            ("page", &page),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        format!("{}?{}", urls::experts(), query.finish())
    }
}

fn rate(text: &str, currency: Currency) -> Result<Option<Minor>, FieldRefusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let sentence = format!("Write the rate as an amount in {currency}, like 95.");
    let read = currency.read(text);
    read.map(Some)
        .or(Err(FieldRefusal::new("rate_max", "unclear", sentence)))
}

fn day(text: &str) -> Result<Option<Date>, FieldRefusal> {
    if text.is_empty() {
        return Ok(None);
    }
    let sentence = "Write the day as year, month and day, like 2026-12-01.";
    let read = Date::strptime("%Y-%m-%d", text);
    read.map(Some)
        .or(Err(FieldRefusal::new("available_by", "malformed", sentence)))
}

/// `GET /experts`
pub(crate) async fn index(
    FromApp(web): FromApp<Ctx>,
    Visitor(visitor): Visitor,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let asked = Asked::read(query.as_deref());
    let (query, faults) = asked.query(web.app.currency);
    let found = experts::search(&web.app.desk, &query).await?;
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let me = visitor.as_ref().map(SignedIn::id);
    let mut page = index_page(&web, &asked, (query.sort, found, me), faults);
    let cache = if visitor.is_some() {
        Cache::Private
    } else {
        Cache::Revalidate
    };
    page.layout.visitor = visitor.map(|who| who.person.name);
    Ok(render(&page, cache)?.with_status(status))
}

fn index_page(
    web: &Web,
    asked: &Asked,
    found: (Sort, Found, Option<PersonId>),
    faults: Vec<FieldRefusal>,
) -> Index {
    let (sort, found, me) = found;
    let today = web.app.today();
    let title = if faults.is_empty() {
        "Experts"
    } else {
        "Error: experts"
    };
    Index {
        // Names stand here of people who did not agree to be found by search engines.
        layout: Layout::new(web, title)
            .describe(
                "Experts you can talk to: what they do, since when, what an hour costs, when they can begin.",
            )
            .canonical(urls::experts())
            .hidden_from_search()
            .within(Section::Experts)
            .trail(vec![Link::new(urls::experts(), "Experts")]),
        words: FieldView::line("q", "What should they know?", WORDS)
            .of_kind("search")
            .filled(&asked.q, &faults),
        skills: choices("Any skill", &asked.skill, &found.skills),
        languages: choices("Any language", &asked.language, &found.languages),
        rate: FieldView::line("rate_max", format!("Most an hour, in {}", web.app.currency), 20)
            .filled(&asked.rate_max, &faults),
        by: FieldView::line("available_by", "Can begin by", 10)
            .of_kind("date")
            .filled(&asked.available_by, &faults),
        sorts: Sort::ALL.into_iter().map(|one| sort_choice(one, sort)).collect(),
        count: count(found.total),
        nobody_yet: found.visible == 0,
        narrowed: asked.narrows(),
        pages: pages(asked, &found),
        place: format!("Page {} of {}", found.page, found.pages),
        cards: found.experts.iter().map(|row| card(row, today, me)).collect(),
        faults,
    }
}

fn sort_choice(sort: Sort, chosen: Sort) -> Choice {
    let label = match sort {
        Sort::Best => "Best match",
        Sort::Rate => "Lowest rate",
        Sort::Newest => "Newest",
    };
    Choice {
        value: sort.name().to_owned(),
        label: label.to_owned(),
        chosen: sort == chosen,
    }
}

/// What a list offers: anything, what was found with its number, and what is chosen in any case.
fn choices(any: &str, chosen: &str, found: &[(String, usize)]) -> Vec<Choice> {
    let mut choices = vec![Choice {
        value: String::new(),
        label: any.to_owned(),
        chosen: chosen.is_empty(),
    }];
    choices.extend(found.iter().map(|(name, number)| Choice {
        value: name.clone(),
        label: format!("{name} ({number})"),
        chosen: name.to_lowercase() == chosen.to_lowercase(),
    }));
    if !choices.iter().any(|choice| choice.chosen) {
        choices.push(Choice {
            value: chosen.to_owned(),
            label: chosen.to_owned(),
            chosen: true,
        });
    }
    choices
}

fn count(total: usize) -> String {
    match total {
        0 => "Nobody fits".to_owned(),
        1 => "1 expert".to_owned(),
        more => format!("{more} experts"),
    }
}

fn pages(asked: &Asked, found: &Found) -> Vec<(Link, &'static str)> {
    let mut links = Vec::new();
    if found.page > 1 {
        links.push((Link::new(asked.at(found.page - 1), "Previous"), "prev"));
    }
    if found.page < found.pages {
        links.push((Link::new(asked.at(found.page + 1), "Next"), "next"));
    }
    links
}

fn card(row: &ExpertRow, today: Date, me: Option<PersonId>) -> Card {
    let person = row.expert.person;
    let profile = &row.expert.profile;
    let mut skills: Vec<String> = profile
        .skills
        .iter()
        .take(SKILLS_SHOWN)
        .map(|skill| skill.name.clone())
        .collect();
    let more = profile.skills.len().saturating_sub(SKILLS_SHOWN);
    if more > 0 {
        skills.push(format!("{more} more"));
    }
    let mut facts = vec![available(profile, today)];
    facts.extend(profile.hours_a_week.map(|hours| format!("{hours} hours a week")));
    facts.push(profile.time_zone.clone());
    facts.push(profile.languages.join(", "));
    Card {
        link: Link::new(urls::expert(&person.to_string()), row.name.clone()),
        invite: (me != Some(person)).then(|| urls::invite(&person.to_string())),
        headline: profile.headline.clone(),
        skills: skills.join(", "),
        rate: rate_words(profile),
        facts,
    }
}

/// "$95.00 an hour"
pub(crate) fn rate_words(profile: &Profile) -> String {
    profile.rate.map_or_else(
        || "Rate by agreement".to_owned(),
        |rate| format!("{} an hour", rate.currency.sum(rate.hour_minor)),
    )
}

/// "Available now" or "Available from 1 December 2026"
pub(crate) fn available(profile: &Profile, today: Date) -> String {
    match profile.available_from {
        Some(from) if from > today => format!("Available from {}", words::date(&from.to_string())),
        _ => "Available now".to_owned(),
    }
}

/// `GET /experts/how-they-are-ordered`
pub(crate) async fn order(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let page = Ordering {
        layout: Layout::new(&web, "How experts are ordered")
            .describe("Every parameter by which experts are listed, and its weight. Nobody can pay to stand higher.")
            .canonical(urls::experts_order())
            .within(Section::Experts)
            .trail(vec![
                Link::new(urls::experts(), "Experts"),
                Link::new(urls::experts_order(), "How they are ordered"),
            ]),
        skill: experts::SKILL_POINTS,
        headline: experts::HEADLINE_POINTS,
        about: experts::ABOUT_POINTS,
        evidence: experts::EVIDENCE_AT_MOST,
        shown: SHOWN,
        list: ShortlistRules::published(),
    };
    render(&page, Cache::Revalidate)
}

#[cfg(test)]
pub(crate) mod tests;
