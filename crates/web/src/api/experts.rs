//! Experts: found by anybody, written by themselves, let through by the office.

use earnest_app::Error;
use earnest_app::expert::{self, Act, Query, Sort, Verdict};
use earnest_hire::expert::{Check, Decision, Draft, Standing, TypedItem, TypedSkill};
use earnest_hire::ids::PersonId;
use earnest_hire::money::{Minor, Money};
use earnest_hire::person::Role;
use schemars::JsonSchema;
use serde::Deserialize;

use super::call::{Call, Reply};
use super::view::{self, List, MoneyView};
use crate::problem::Problem;

pub(super) async fn search(call: Call) -> Result<Reply, Problem> {
    let sorts = "One of `best`, `rate` and `newest`.";
    let sort = match call.query("sort") {
        None => Sort::default(),
        Some(word) => {
            let found = Sort::ALL.into_iter().find(|sort| sort.name() == word);
            found.ok_or_else(|| Problem::field("sort", "unknown", sorts))?
        }
    };
    let rate: Option<i64> = call.asked("rate_max_minor", "A whole number of minor units.")?;
    let page: Option<usize> = call.cursor()?;
    let query = Query {
        words: call.query("q").unwrap_or_default().to_owned(),
        skill: call
            .query("skill")
            .filter(|skill| !skill.is_empty())
            .map(str::to_owned),
        language: call
            .query("language")
            .filter(|language| !language.is_empty())
            .map(str::to_owned),
        rate_max: rate.map(Minor),
        available_by: call.asked("available_by", "A day like 2026-12-24.")?,
        sort,
        page: page.unwrap_or(1),
        limit: usize::from(call.limit()?),
    };
    let found = expert::search(call.desk(), &query).await?;
    Reply::ok(&List {
        items: found.experts.iter().map(view::expert).collect(),
        next_cursor: (found.page < found.pages).then(|| found.page.saturating_add(1).to_string()),
    })
}

pub(super) async fn show(call: Call) -> Result<Reply, Problem> {
    let visitor = call.who.as_ref().map(|who| &who.person);
    let row = expert::page(call.desk(), call.id("id")?, visitor).await?;
    Reply::ok(&view::expert(&row))
}

/// A skill.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SkillIn {
    #[schemars(length(min = 1, max = 40))]
    name: String,
    /// Years of practice.
    #[schemars(range(max = 50))]
    years: u8,
    /// An address where it can be seen.
    #[serde(default)]
    evidence: Option<String>,
}

/// A piece of work that is done.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PortfolioItemIn {
    /// What it was, in one line.
    #[schemars(length(min = 1, max = 100))]
    title: String,
    /// When it was done; not ahead.
    #[schemars(range(min = 1970))]
    year: i16,
    /// What you did and what came of it.
    #[schemars(length(min = 1, max = 800))]
    story: String,
    /// An address where it can be seen.
    #[serde(default)]
    link: Option<String>,
}

impl From<PortfolioItemIn> for TypedItem {
    fn from(item: PortfolioItemIn) -> Self {
        Self {
            title: item.title,
            year: item.year.to_string(),
            story: item.story,
            link: item.link.unwrap_or_default(),
        }
    }
}

/// The whole profile; what is left out is empty.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileIn {
    /// What you do, in one line.
    #[schemars(length(min = 1, max = 120))]
    headline: String,
    #[serde(default)]
    #[schemars(length(max = 5000))]
    about: String,
    #[schemars(length(min = 1, max = 20))]
    skills: Vec<SkillIn>,
    #[serde(default)]
    #[schemars(length(max = 6))]
    portfolio: Vec<PortfolioItemIn>,
    #[serde(default)]
    #[schemars(with = "Option<MoneyView>")]
    hourly_rate: Option<Money>,
    /// A day.
    #[serde(default)]
    available_from: Option<String>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 80))]
    hours_a_week: Option<u8>,
    languages: Vec<String>,
    /// A time zone or place.
    time_zone: String,
    /// Whether search engines may find the page.
    #[serde(default)]
    indexed: bool,
    /// The version that was read; left out, the one there is. A profile that was changed since is not overwritten.
    #[serde(default)]
    version: Option<i64>,
}

pub(super) async fn save(call: Call) -> Result<Reply, Problem> {
    let asked: ProfileIn = call.body()?;
    let (me, currency) = (call.me()?, call.desk().currency);
    let rate = match asked.hourly_rate {
        None => String::new(),
        Some(sum) => {
            let minor = sum.positive(currency).map_err(Error::from)?;
            currency.write(minor)
        }
    };
    let draft = Draft {
        headline: asked.headline,
        about: asked.about,
        skills: asked
            .skills
            .into_iter()
            .map(|skill| TypedSkill {
                name: skill.name,
                years: skill.years.to_string(),
                evidence: skill.evidence.unwrap_or_default(),
            })
            .collect(),
        portfolio: asked.portfolio.into_iter().map(TypedItem::from).collect(),
        rate,
        available_from: asked.available_from.unwrap_or_default(),
        hours_a_week: asked
            .hours_a_week
            .map_or_else(String::new, |hours| hours.to_string()),
        languages: asked.languages.join(", "),
        time_zone: asked.time_zone,
        indexed: asked.indexed,
    };
    let before = expert::file(call.desk(), me).await?;
    let seen = asked
        .version
        .unwrap_or_else(|| before.map_or(0, |file| file.row.expert.version));
    let saved = expert::save(call.desk(), me, &draft, seen).await?;
    if matches!(saved.standing, Standing::Draft | Standing::Refused) {
        expert::act(call.desk(), me, Act::Submit).await?;
    }
    let file = expert::file(call.desk(), me).await?;
    let file = file.ok_or_else(Problem::not_found)?;
    Reply::ok(&view::expert(&file.row))
}

/// What came of looking at a profile.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum DecisionIn {
    Approved,
    Refused,
}

/// The decision of the office about a profile.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerdictIn {
    decision: DecisionIn,
    /// The expert reads them. Needed for a refusal.
    #[serde(default)]
    reasons: String,
    /// The words of the checks that do not hold; at least one of them for a refusal.
    #[serde(default)]
    failed: Vec<String>,
    /// The version that was looked at; left out, the one there is.
    #[serde(default)]
    version: Option<i64>,
}

pub(super) async fn vet(call: Call) -> Result<Reply, Problem> {
    let asked: VerdictIn = call.body()?;
    let person: PersonId = call.id("id")?;
    call.operator(Role::Support)?;
    let file = expert::file(call.desk(), person).await?;
    let file = file
        .filter(|file| file.row.expert.standing != Standing::Draft)
        .ok_or_else(Problem::not_found)?;
    let check = |word: &String| {
        let found = Check::ALL.iter().copied().find(|check| check.name() == word);
        found.ok_or_else(|| Problem::field("failed", "unknown", "There is no check of that word."))
    };
    let verdict = Verdict {
        version: asked.version.unwrap_or(file.row.expert.version),
        decision: match asked.decision {
            DecisionIn::Approved => Decision::Approved,
            DecisionIn::Refused => Decision::Refused,
        },
        failed: asked.failed.iter().map(check).collect::<Result<_, _>>()?,
        reasons: asked.reasons,
    };
    expert::vet(call.desk(), call.person()?, person, &verdict).await?;
    let row = expert::page(call.desk(), person, Some(call.person()?)).await?;
    Reply::ok(&view::expert(&row))
}
