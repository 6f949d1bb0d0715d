//! `GET /compare`: all comparisons with today's verdicts.

use std::collections::HashSet;

use askama::Template;
use axum::extract::State as FromApp;

use earnest_app::comparison::{Analysis, words};

use super::{analysis, marks};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "compare/index.html")]
struct Page {
    layout: Layout,
    comparisons: Vec<Teaser>,
}

/// A comparison in a list.
pub(crate) struct Teaser {
    pub(crate) link: Link,
    pub(crate) headline: String,
    pub(crate) edition: String,
    pub(crate) at: String,
    pub(crate) totals: Vec<Standing>,
    pub(crate) facts: String,
}

/// Where an option stands, for a small bar.
pub(crate) struct Standing {
    pub(crate) class: &'static str,
    pub(crate) mark: &'static str,
    pub(crate) name: String,
    pub(crate) total: String,
    pub(crate) width: String,
}

/// The list of comparisons.
pub(crate) async fn show(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let comparisons = teasers(&web)?;
    let items: Vec<_> = (1..)
        .zip(&comparisons)
        .map(|(position, c)| serde_json::json!({"@type": "ListItem", "position": position, "name": c.link.label, "url": web.site.absolute(&c.link.href)}))
        .collect();
    let layout = Layout::new(&web, "Compare technologies to hire for")
        .describe("Comparisons of technologies with sourced scores, your own priorities, and a verdict that says how sure it is.")
        .canonical(urls::comparisons())
        .within(Section::Compare)
        .picture(crate::picture::of(urls::comparisons(), "Compare technologies to hire for"))
        .trail(vec![Link::new(urls::hire(), "Hire"), Link::new(urls::comparisons(), "Compare")])
        .json_ld(&serde_json::json!({"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items}));
    render(&Page { layout, comparisons }, Cache::Revalidate)
}

/// Every comparison with the verdict of its bare page.
pub(crate) fn teasers(web: &Web) -> Result<Vec<Teaser>, Problem> {
    let catalogue = &web.app.catalogue;
    let mut teasers = Vec::new();
    for comparison in &catalogue.comparisons {
        let analysis = analysis(catalogue, comparison, &[])?;
        let head = &analysis.edition.edition.head;
        teasers.push(Teaser {
            link: Link::new(
                urls::comparison(&comparison.text.slug),
                comparison.text.title.clone(),
            ),
            headline: analysis.headline.sentence(),
            edition: format!("Edition {} of {}", head.number, crate::words::date(&head.date)),
            at: words::at(comparison, &analysis.state),
            totals: standings(&analysis),
            facts: facts(&analysis),
        });
    }
    Ok(teasers)
}

fn standings(analysis: &Analysis<'_>) -> Vec<Standing> {
    let each = analysis
        .kept
        .iter()
        .zip(&analysis.verdict.totals.totals)
        .enumerate();
    each.map(|(at, (&place, total))| Standing {
        class: marks::class(place),
        mark: marks::mark(place),
        name: analysis.option_name(place),
        total: words::total(&analysis.verdict, at).unwrap_or_default(),
        width: format!("{:.1}", total * 10.0),
    })
    .collect()
}

fn facts(analysis: &Analysis<'_>) -> String {
    let edition = &analysis.edition.edition;
    let cells = analysis.edition.cells.iter().flatten();
    let behind: HashSet<&str> = cells
        .flat_map(|cell| edition.behind(cell))
        .map(|o| o.id.as_str())
        .collect();
    let sources: HashSet<&str> = edition
        .observations
        .iter()
        .filter(|o| behind.contains(o.id.as_str()))
        .map(|o| o.source.as_str())
        .collect();
    format!(
        "{} observations from {} sources behind the scores",
        behind.len(),
        sources.len()
    )
}
