//! Roles that can be hired: the list and one page each.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::comparison::{Bridge, words};
use earnest_app::content::model::{InterviewLevel, Role};
use earnest_app::content::{Catalogue, Comparison, ScoredEdition};
use earnest_compare::evidence::Observation;

use crate::answer::{Cache, Fresh};
use crate::compare::cost::{BridgeField, bridge_fields, bridge_words, budget};
use crate::compare::statics::{WITHHELD, prose_html};
use crate::compare::{alike, query_pairs};
use crate::page::{Layout, Link, Section, render};
use crate::problem::{FieldProblem, Problem};
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "role/index.html")]
struct Index {
    layout: Layout,
    roles: Vec<(Link, String, String)>,
}

#[derive(Template)]
#[template(path = "role/show.html")]
struct Page<'a> {
    layout: Layout,
    role: &'a Role,
    pay: Vec<PayLine>,
    bridge_words: String,
    bridge_fields: Vec<BridgeField>,
    notes: Vec<String>,
    kit: Vec<(&'static str, Vec<(&'a str, &'a str)>)>,
    comparisons: Vec<Link>,
    new_request: String,
}

struct PayLine {
    place: String,
    subject: String,
    range: String,
    median: String,
    n: String,
    source: Link,
    budget: String,
}

/// `GET /hire`
pub(crate) async fn index(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let catalogue = &web.app.catalogue;
    let line = |role: &Role| {
        (
            Link::new(urls::role(&role.slug), role.title.clone()),
            role.summary.clone(),
            role.skills.join(", "),
        )
    };
    let items: Vec<_> = (1..)
        .zip(&catalogue.roles)
        .map(|(position, r)| serde_json::json!({"@type": "ListItem", "position": position, "name": r.title, "url": web.site.absolute(&urls::role(&r.slug))}))
        .collect();
    let layout = Layout::new(&web, "Hire")
        .describe("Roles you can hire for: what each does, what it costs by region with sources, what to look for, and an interview kit.")
        .canonical(urls::hire())
        .within(Section::Hire)
        .picture(crate::picture::of(urls::hire(), "Hire for the stack you chose"))
        .trail(vec![Link::new(urls::hire(), "Hire")])
        .json_ld(&serde_json::json!({"@context": "https://schema.org", "@type": "ItemList", "itemListElement": items}));
    render(
        &Index {
            layout,
            roles: catalogue.roles.iter().map(line).collect(),
        },
        Cache::Revalidate,
    )
}

/// `GET /hire/{slug}`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let catalogue = Arc::clone(&web.app.catalogue);
    let role = catalogue
        .role(&slug)
        .ok_or_else(|| Problem::not_found().near(near(&catalogue, &slug)))?;
    let bridge = Bridge::parse(&query_pairs(query.as_deref())).map_err(|faults| {
        Problem::invalid(
            faults
                .into_iter()
                .map(|f| FieldProblem {
                    field: f.key,
                    code: f.code.into(),
                    detail: f.sentence,
                })
                .collect(),
        )
        .near(vec![Link::new(
            urls::role(&slug),
            "The page with the usual settings",
        )])
    })?;
    let comparisons: Vec<&Comparison> = role
        .comparisons
        .iter()
        .filter_map(|c| catalogue.comparison(c))
        .collect();
    let path = urls::role(&slug);
    let layout = Layout::new(&web, format!("Hire a {}", role.title))
        .describe(role.description.clone())
        .canonical(&path)
        .within(Section::Hire)
        .picture(crate::picture::of(&path, &format!("Hire a {}", role.title)))
        .trail(vec![
            Link::new(urls::hire(), "Hire"),
            Link::new(path, role.title.clone()),
        ])
        .json_ld(&serde_json::json!({
            "@context": "https://schema.org", "@type": "Service", "name": format!("Hire a {}", role.title),
            "description": role.description, "serviceType": role.title,
            "provider": {"@type": "Organization", "name": web.site.name},
        }));
    let page = Page {
        layout,
        pay: comparisons.iter().flat_map(|c| pay(c, role, bridge)).collect(),
        bridge_words: bridge_words(bridge),
        bridge_fields: bridge_fields(bridge),
        notes: role
            .budget_note
            .iter()
            .map(|note| note_html(&comparisons, &note.text))
            .collect(),
        kit: kit(role),
        comparisons: comparisons
            .iter()
            .map(|c| Link::new(urls::comparison(&c.text.slug), c.text.title.clone()))
            .collect(),
        new_request: urls::request_for_role(&role.slug),
        role,
    };
    render(&page, Cache::Revalidate)
}

fn near(catalogue: &Catalogue, slug: &str) -> Vec<Link> {
    let words: Vec<&str> = slug.split('-').collect();
    let shares = |role: &&Role| {
        role.slug
            .split('-')
            .any(|own| words.iter().any(|w| own == *w || alike(own, w)))
    };
    let mut links: Vec<Link> = catalogue
        .roles
        .iter()
        .filter(shares)
        .map(|r| Link::new(urls::role(&r.slug), r.title.clone()))
        .collect();
    links.push(Link::new(urls::hire(), "All roles"));
    links
}

/// What the technology of a role earns in each region of a comparison.
fn pay(comparison: &Comparison, role: &Role, bridge: Bridge) -> Vec<PayLine> {
    let Some(edition) = comparison.default_edition() else {
        return Vec::new();
    };
    let Some(option) = edition.edition.options.iter().position(|o| *o == role.technology) else {
        return Vec::new();
    };
    let criterion = edition
        .cost
        .and_then(|at| edition.edition.criteria.get(at))
        .map_or("", String::as_str);
    let line = |pay: &earnest_app::content::ScoredPay| {
        let (seen, _) = pay.options.get(option)?.as_ref()?;
        Some(pay_line(comparison, edition, (pay, criterion), seen, bridge))
    };
    edition.pay.iter().filter_map(line).collect()
}

fn pay_line(
    comparison: &Comparison,
    edition: &ScoredEdition,
    at: (&earnest_app::content::ScoredPay, &str),
    seen: &Observation,
    bridge: Bridge,
) -> PayLine {
    let (pay, criterion) = at;
    let region = &pay.region;
    let per = if region.period.per_year() > 1.0 {
        " a month"
    } else {
        " a year"
    };
    let money = |x: f64| words::money(x, &region.currency);
    let source = edition.edition.source(&seen.source);
    let withheld = edition.edition.withheld(seen).is_some();
    let quartiles = seen.quartiles.filter(|_| !withheld);
    PayLine {
        place: format!("{}, {}, {}", region.label, region.role, region.year),
        subject: format!("{}; {}", seen.subject, region.basis),
        range: quartiles.map_or_else(
            || "–".to_owned(),
            |[low, high]| format!("{} to {}", money(low), money(high)),
        ),
        median: if withheld {
            WITHHELD.to_owned()
        } else {
            format!("{}{per}", money(seen.value))
        },
        n: seen
            .sample_size
            .map_or_else(|| "–".to_owned(), words::thousands_of),
        source: Link::new(
            urls::derivation(&comparison.text.slug, criterion, &seen.technology, None),
            source.map_or_else(
                || "source".to_owned(),
                |s| format!("{}, {}", s.publisher, s.published),
            ),
        ),
        budget: if withheld {
            "–".to_owned()
        } else {
            budget(bridge, region, seen)
        },
    }
}

fn note_html(comparisons: &[&Comparison], text: &str) -> String {
    prose_html(text, |id| {
        comparisons.iter().find_map(|comparison| {
            let edition = &comparison.default_edition()?.edition;
            let observation = edition.observation(id)?;
            let number = edition.sources.iter().position(|s| s.id == observation.source)? + 1;
            let address = format!("{}#source-{number}", urls::comparison(&comparison.text.slug));
            Some((
                address,
                format!("[{number}]"),
                crate::compare::statics::observation_words(comparison.default_edition()?, observation),
            ))
        })
    })
}

fn kit(role: &Role) -> Vec<(&'static str, Vec<(&str, &str)>)> {
    let levels = [
        (InterviewLevel::Screen, "First call"),
        (InterviewLevel::Technical, "Technical talk"),
        (InterviewLevel::Practical, "Exercise"),
    ];
    let of = |level: InterviewLevel| {
        role.interview
            .iter()
            .filter(move |q| q.level == level)
            .map(|q| (q.question.as_str(), q.listen_for.as_str()))
            .collect()
    };
    levels
        .into_iter()
        .map(|(level, words)| (words, of(level)))
        .filter(|(_, questions): &(_, Vec<_>)| !questions.is_empty())
        .collect()
}
