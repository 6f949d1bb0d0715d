//! The page of one expert.

use askama::Template;
use axum::extract::{Path, State as FromApp};
use earnest_app::expert as experts;
use earnest_hire::expert::{PortfolioItem, Profile, Skill, Standing};
use earnest_hire::ids::PersonId;

use super::{available, rate_words};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::session::Visitor;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "expert/show.html")]
struct Show {
    layout: Layout,
    name: String,
    person: String,
    profile: Profile,
    skills: Vec<SkillLine>,
    works: Vec<WorkLine>,
    facts: Vec<(&'static str, String)>,
    /// Why others do not see what whoever looks sees; none where they do.
    unseen: Option<&'static str>,
    /// Whether it is the visitor's own page.
    own: bool,
    reviews: crate::review::AboutView,
}

/// A skill as a row of a table.
pub(crate) struct SkillLine {
    pub(crate) name: String,
    pub(crate) years: String,
    pub(crate) evidence: Option<Link>,
}

/// A piece of work with its link.
pub(crate) struct WorkLine {
    pub(crate) title: String,
    pub(crate) year: i16,
    pub(crate) story: String,
    pub(crate) link: Option<Link>,
}

/// `GET /experts/{id}`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    Visitor(visitor): Visitor,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let id: PersonId = id.parse().or(Err(Problem::not_found()))?;
    let person = visitor.as_ref().map(|who| &who.person);
    let row = experts::page(&web.app.desk, id, person).await?;
    let (expert, path) = (row.expert, urls::expert(&id.to_string()));
    let mut layout = Layout::new(&web, row.name.clone())
        .describe(expert.profile.headline.clone())
        .canonical(&path)
        .within(Section::Experts)
        .trail(vec![
            Link::new(urls::experts(), "Experts"),
            Link::new(path.clone(), row.name.clone()),
        ]);
    let seen = expert.standing == Standing::Visible;
    if !(seen && expert.profile.indexed) {
        layout = layout.hidden_from_search();
    }
    layout.visitor = person.map(|person| person.name.clone());
    let page = Show {
        layout,
        name: row.name,
        person: id.to_string(),
        skills: skill_lines(&expert.profile.skills),
        works: work_lines(&expert.profile.portfolio),
        facts: facts(&expert.profile, &available(&expert.profile, web.app.today())),
        unseen: Some(expert.standing.meaning()).filter(|_| !seen),
        reviews: crate::review::about(&earnest_app::review::about(&web.app.desk, id).await?),
        own: person.is_some_and(|person| person.id == id),
        profile: expert.profile,
    };
    render(&page, Cache::Private)
}

fn facts(profile: &Profile, available: &str) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Rate", rate_words(profile)), ("When", available.to_owned())];
    let hours = profile.hours_a_week;
    facts.extend(hours.map(|hours| ("How much", format!("{hours} hours a week"))));
    facts.push(("Languages", profile.languages.join(", ")));
    facts.push(("Time zone", profile.time_zone.clone()));
    facts
}

/// Skills in the expert's own order; an address is shown by its host.
pub(crate) fn skill_lines(skills: &[Skill]) -> Vec<SkillLine> {
    let line = |skill: &Skill| SkillLine {
        name: skill.name.clone(),
        years: match skill.years {
            0 => "less than one".to_owned(),
            years => years.to_string(),
        },
        evidence: skill.evidence.as_deref().map(by_host),
    };
    skills.iter().map(line).collect()
}

/// Pieces of work in the expert's own order.
pub(crate) fn work_lines(items: &[PortfolioItem]) -> Vec<WorkLine> {
    let line = |item: &PortfolioItem| WorkLine {
        title: item.title.clone(),
        year: item.year,
        story: item.story.clone(),
        link: item.link.as_deref().map(by_host),
    };
    items.iter().map(line).collect()
}

/// A link that is shown by its host, so that whoever follows it sees where it leads.
fn by_host(address: &str) -> Link {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    Link::new(address, host)
}
