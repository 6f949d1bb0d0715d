//! Editions: which there are of every comparison, who brings each, and how a new one is published.

use askama::Template;
use axum::extract::State as FromApp;
use earnest_app::content::Bringer;
use earnest_app::edition::{self, Listed, Published, Shown};
use earnest_hire::person::Role;

use super::{Operator, layout};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, date};
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "office/editions.html")]
struct List {
    layout: Layout,
    comparisons: Vec<Section>,
}

struct Section {
    slug: String,
    /// The page of the comparison; none where the content has it no longer.
    page: Option<Link>,
    editions: Vec<Line>,
}

struct Line {
    number: String,
    /// Its page, where it has one.
    page: Option<String>,
    is_first: bool,
    date: String,
    changelog: String,
    published: Option<Moment>,
    bringer: &'static str,
    /// What moved since the edition before.
    changes: Option<Link>,
}

/// `GET /office/editions`
pub(crate) async fn editions(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Editor)?;
    let listed = edition::list(&web.app).await?;
    let page = List {
        layout: layout(&web, &who, &[("Editions", urls::office_editions())]),
        comparisons: listed.into_iter().map(section).collect(),
    };
    render(&page, Cache::Private)
}

fn section(one: Listed) -> Section {
    let slug = one.comparison;
    let older = |at: usize| {
        let rest = one.editions.iter().skip(at.saturating_add(1));
        rest.clone().find(|older| older.shown != Shown::Not)
    };
    let editions = one.editions.iter().enumerate();
    Section {
        editions: editions
            .map(|(at, edition)| line(&slug, edition, older(at)))
            .collect(),
        page: one.title.map(|title| Link::new(urls::comparison(&slug), title)),
        slug,
    }
}

fn line(slug: &str, one: &Published, older: Option<&Published>) -> Line {
    let number = one.number.as_str();
    let older = older.filter(|_older| one.shown != Shown::Not);
    Line {
        page: (one.shown != Shown::Not).then(|| urls::edition(slug, number)),
        is_first: one.shown == Shown::First,
        date: date(&one.date),
        published: one.published_at.map(Moment::new),
        bringer: bringer(one),
        changes: older.map(|older| {
            let label = format!("Since edition {}", older.number);
            Link::new(urls::changes_between(slug, &older.number, number), label)
        }),
        number: one.number.clone(),
        changelog: one.changelog.clone(),
    }
}

fn bringer(one: &Published) -> &'static str {
    match (one.bringer, one.shown) {
        (Bringer::Program, _) => "The program",
        (Bringer::Folder, _) => "Your content folder",
        (Bringer::Database, Shown::Not) => "The database alone; it is shown nowhere here",
        (Bringer::Database, Shown::First | Shown::Asked) => {
            "The database alone: the content has it no longer, and it stays"
        }
    }
}
