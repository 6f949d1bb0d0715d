//! `GET /compare/{slug}/side-by-side`: two states of a comparison, and what makes their verdicts differ.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::comparison::apart::{NotPasted, PASTED_LIMIT, Pasted, apart, pasted, says, shown};
use earnest_app::comparison::{Analysis, words};
use earnest_app::content::Comparison;
use earnest_app::decision;
use earnest_compare::difference::Difference;

use super::{analysis, find, marks, query_pairs};
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, Section};
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "compare/apart.html")]
struct Page {
    layout: Layout,
    comparison: Link,
    faults: Vec<Fault>,
    fields: Vec<FieldView>,
    sides: Vec<SideView>,
    same: bool,
    says: Vec<String>,
    option: String,
    rival: String,
    parts: Vec<PartView>,
    by_score: bool,
    lead_before: String,
    lead_after: String,
    lead_change: String,
    swap: String,
}

struct Fault {
    field: &'static str,
    sentence: String,
}

struct SideView {
    heading: &'static str,
    sentence: String,
    totals: Vec<(&'static str, &'static str, String, String)>,
    excluded: Vec<String>,
    link: String,
}

/// One criterion's part in the change.
struct PartView {
    label: String,
    before: String,
    after: String,
    better: String,
    by_weight: String,
    by_score: String,
    whole: String,
    /// Whether it is one of the fewest that flip it.
    flips: bool,
}

/// One side as it was asked for.
struct Asked {
    text: String,
    pairs: Result<Vec<(String, String)>, String>,
    /// Whether what was pasted should not stay in the address as it is.
    rewrite: bool,
}

/// Two states; a pasted link becomes the short address of what it points at, so that no secret of it stays there.
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let catalogue = Arc::clone(&web.app.catalogue);
    let comparison = find(&catalogue, &slug)?;
    let typed = Typed::of(query_pairs(query.as_deref()));
    let given = if typed.value("a").is_empty() {
        typed.value("state")
    } else {
        typed.value("a")
    };
    let first = read(&web, comparison, given).await?;
    let second = read(&web, comparison, typed.value("b")).await?;
    let both = [side(&web, comparison, &first), side(&web, comparison, &second)];
    let [a, b] = &both;
    if (first.rewrite && a.is_ok()) || (second.rewrite && b.is_ok()) {
        let address = urls::side_by_side(&slug, &first.address(a), &second.address(b));
        // what was pasted may have been somebody's own link to a decision
        return Ok(Fresh::see_other(&address).secret().into_response());
    }
    let status = if both.iter().all(Result::is_ok) {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let mut page = page(&web, comparison, (&first, &second), &both);
    // one that opens nothing here may open something elsewhere
    let is_secret = [&first, &second]
        .iter()
        .any(|side| side.text.contains("/decisions/"));
    if is_secret {
        page.layout = page
            .layout
            .untold(urls::side_by_side(&slug, &first.text, &second.text));
    }
    let answer = Fresh::html(page.render()?, Cache::Revalidate).with_status(status);
    Ok(if is_secret { answer.secret() } else { answer }.into_response())
}

impl Asked {
    /// How it stands in an address: spelt out, so that later defaults change nothing; nothing for the usual state. What is
    /// wrong stays as it was typed.
    fn address(&self, side: &Result<Analysis<'_>, String>) -> String {
        if self.text.is_empty() {
            return String::new();
        }
        match side {
            Ok(analysis) => query_of(analysis),
            Err(_) => self.text.clone(),
        }
    }
}

/// Spelt out: an address that names the current edition is the same state as one that names none.
fn query_of(analysis: &Analysis<'_>) -> String {
    analysis.state.full_query(analysis.comparison)
}

async fn read(web: &Web, comparison: &Comparison, text: &str) -> Result<Asked, Problem> {
    let slug = &comparison.text.slug;
    // another order of its options is the same comparison
    let is_this =
        |named: &str| named == slug || super::owner(&web.app.catalogue, named).as_ref() == Some(slug);
    let (pairs, rewrite) = match pasted(is_this, text) {
        Ok(Pasted::State(pairs)) => (Ok(pairs), text.contains('/')),
        Ok(Pasted::Decision(token)) => (decided(web, slug, &token).await?, true),
        Err(NotPasted::TooLong) => (
            Err("This is longer than any link to a comparison.".to_owned()),
            false,
        ),
        Err(NotPasted::Nothing) => (
            Err(
                "This is no link, and it sets nothing. Paste the whole address of a comparison’s page, its link to \
                 share, or what follows the question mark there, such as w.talent=40."
                    .to_owned(),
            ),
            false,
        ),
        Err(NotPasted::Elsewhere) => {
            let title = &comparison.text.title;
            (
                Err(format!(
                    "This link does not lead to a state of “{title}”. Copy the address of its page, or its link to share."
                )),
                false,
            )
        }
    };
    Ok(Asked {
        text: text.to_owned(),
        pairs,
        rewrite,
    })
}

/// The state that a link to a decision stands for: one's own weights where it is one person's, else the common ones.
async fn decided(
    web: &Web,
    slug: &str,
    token: &str,
) -> Result<Result<Vec<(String, String)>, String>, Problem> {
    let nothing = || Err("There is no decision behind this link, or it is over.".to_owned());
    let opened = match decision::open(&web.app, token).await {
        Err(earnest_app::Error::NotFound) => return Ok(nothing()),
        opened => opened?,
    };
    if opened.decision.comparison != slug {
        return Ok(Err("That decision is about another comparison.".to_owned()));
    }
    let deciding = decision::look(&web.app.catalogue, &opened.decision, &opened.people)?;
    let me = opened
        .me()
        .and_then(|me| opened.people.iter().position(|one| one.id == me.id));
    let own = me
        .filter(|_| !opened.is_maker())
        .zip(deciding.together.as_ref())
        .and_then(|(at, all)| all.people.get(at));
    let query = own.map_or_else(|| deciding.common_query(), |one| deciding.query_at(&one.shares));
    Ok(Ok(query_pairs(Some(&query))))
}

fn side<'a>(web: &'a Web, comparison: &'a Comparison, asked: &Asked) -> Result<Analysis<'a>, String> {
    let pairs = asked.pairs.as_ref().map_err(Clone::clone)?;
    analysis(&web.app.catalogue, comparison, pairs).map_err(|problem| problem.in_short())
}

fn page(
    web: &Web,
    comparison: &Comparison,
    (first, second): (&Asked, &Asked),
    both: &[Result<Analysis<'_>, String>; 2],
) -> Page {
    let [a, b] = both;
    let faults: Vec<Fault> = [fault("a", a), fault("b", b)].into_iter().flatten().collect();
    let fields = vec![
        field("a", "First state", first, &faults),
        field("b", "Second state", second, &faults),
    ];
    let found = match both {
        [Ok(a), Ok(b)] => apart(a, b).map(|found| ((a, b), found)),
        _ => None,
    };
    let views = ["First state", "Second state"].into_iter().zip(both);
    let sides = views.filter_map(|(heading, side)| Some(side_view(heading, side.as_ref().ok()?)));
    let lead = |points: fn(&Difference) -> f64| {
        found
            .as_ref()
            .map_or_else(String::new, |(_, found)| signed(points(found)))
    };
    Page {
        layout: layout(web, comparison, !faults.is_empty()),
        comparison: Link::new(
            urls::comparison(&comparison.text.slug),
            comparison.text.question.clone(),
        ),
        sides: sides.collect(),
        same: matches!(both, [Ok(a), Ok(b)] if query_of(a) == query_of(b)),
        says: found
            .as_ref()
            .map(|(both, found)| says(*both, found))
            .unwrap_or_default(),
        option: found.as_ref().map_or_else(String::new, |(both, found)| {
            shown(*both, &found.option).to_owned()
        }),
        rival: found
            .as_ref()
            .map_or_else(String::new, |(both, found)| shown(*both, &found.rival).to_owned()),
        by_score: found
            .as_ref()
            .is_some_and(|(_, found)| found.parts.iter().any(|part| part.by_score.abs() > 1e-9)),
        lead_before: lead(|found| found.lead_before),
        lead_after: lead(|found| found.lead_after),
        lead_change: lead(|found| found.lead_after - found.lead_before),
        parts: found
            .as_ref()
            .map(|(both, found)| parts(*both, found))
            .unwrap_or_default(),
        swap: match both {
            [Ok(_), Ok(_)] => {
                urls::side_by_side(&comparison.text.slug, &second.address(b), &first.address(a))
            }
            _ => String::new(),
        },
        fields,
        faults,
    }
}

fn fault(field: &'static str, side: &Result<Analysis<'_>, String>) -> Option<Fault> {
    side.as_ref().err().map(|sentence| Fault {
        field,
        sentence: sentence.clone(),
    })
}

fn field(name: &str, label: &str, asked: &Asked, faults: &[Fault]) -> FieldView {
    let error = faults.iter().find(|fault| fault.field == name);
    let mut view = FieldView::line(name, label, PASTED_LIMIT)
        .hint("A link to this comparison or to a decision about it; empty for the usual priorities.");
    view.value.clone_from(&asked.text);
    view.error = error.map(|fault| fault.sentence.clone());
    view
}

fn layout(web: &Web, comparison: &Comparison, is_wrong: bool) -> Layout {
    let title = format!("{}: two states side by side", comparison.text.title);
    let title = if is_wrong {
        format!("Error: {title}")
    } else {
        title
    };
    let path = urls::comparison(&comparison.text.slug);
    Layout::new(web, title)
        .hidden_from_search()
        .within(Section::Compare)
        .trail(vec![
            Link::new(urls::comparisons(), "Compare"),
            Link::new(path, comparison.text.title.clone()),
            Link::new(urls::side_by_side(&comparison.text.slug, "", ""), "Side by side"),
        ])
}

fn side_view(heading: &'static str, analysis: &Analysis<'_>) -> SideView {
    let totals = analysis.kept.iter().enumerate();
    let totals = totals.filter_map(|(at, place)| Some((place, words::total(&analysis.verdict, at)?)));
    let query = analysis.state.full_query(analysis.comparison);
    SideView {
        heading,
        sentence: analysis.headline.sentence(),
        totals: totals
            .map(|(place, total)| {
                (
                    marks::class(*place),
                    marks::mark(*place),
                    analysis.option_name(*place),
                    total,
                )
            })
            .collect(),
        excluded: super::show::excluded(analysis),
        link: format!("{}?{query}", urls::comparison(&analysis.comparison.text.slug)),
    }
}

fn parts(both: (&Analysis<'_>, &Analysis<'_>), found: &Difference) -> Vec<PartView> {
    let fewest = found.fewest.clone().unwrap_or_default();
    let each = found.parts.iter().enumerate();
    each.map(|(at, part)| PartView {
        label: shown(both, &part.criterion).to_owned(),
        before: words::percent(part.before),
        after: words::percent(part.after),
        better: signed(part.better_before),
        by_weight: signed(part.by_weight),
        by_score: signed(part.by_score),
        whole: signed(part.whole()),
        flips: fewest.contains(&at),
    })
    .collect()
}

/// Points of the total with their sign, to two decimals so that the parts can be added up by hand.
fn signed(points: f64) -> String {
    let text = format!("{:.2}", points.abs());
    match text.as_str() {
        "0.00" => text,
        _ if points < 0.0 => format!("−{text}"),
        _ => format!("+{text}"),
    }
}

#[cfg(test)]
mod tests;
