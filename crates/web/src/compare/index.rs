//! `GET /compare`: all comparisons with today's verdicts.

use askama::Template;
use axum::extract::State as FromApp;

use super::analysis;
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
    pub(crate) description: String,
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
            description: comparison.text.description.clone(),
        });
    }
    Ok(teasers)
}
