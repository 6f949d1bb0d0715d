//! A comparison in other forms: JSON, CSV, Markdown, and a decision record.

use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse, Response};
use earnest_app::comparison::{Analysis, document, export};

use super::{analysis, find, query_pairs};
use crate::answer::{Cache, Fresh};
use crate::page::Link;
use crate::problem::Problem;
use crate::{Web, urls};

/// The forms that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// The whole derivation.
    Json,
    /// One row per observation.
    Csv,
    /// Verdict, table, sources.
    Markdown,
    /// A dated decision record.
    Decision,
}

impl Format {
    fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Decision => "decision.md",
        }
    }
}

/// Splits "slug.json" into slug and form.
pub(crate) fn split(name: &str) -> Option<(&str, Format)> {
    let forms = [
        (".decision.md", Format::Decision),
        (".json", Format::Json),
        (".csv", Format::Csv),
        (".md", Format::Markdown),
    ];
    forms
        .into_iter()
        .find_map(|(ending, format)| name.strip_suffix(ending).map(|stem| (stem, format)))
}

/// Answers one form, at the settings of the query.
pub(crate) fn show(web: &Web, slug: &str, format: Format, query: Option<&str>) -> Result<Response, Problem> {
    if let Some(owner) =
        super::owner(&web.app.catalogue, slug).filter(|_| web.app.catalogue.comparison(slug).is_none())
    {
        let query = query
            .filter(|q| !q.is_empty())
            .map(|q| format!("?{q}"))
            .unwrap_or_default();
        let path = format!("{}.{}{query}", urls::comparison(&owner), format.ending());
        return Ok(Fresh::moved_for_good(&path).into_response());
    }
    if format == Format::Json {
        return Ok(json(web, slug, query)?.into_response());
    }
    let comparison = find(&web.app.catalogue, slug)?;
    let analysis = analysis(&web.app.catalogue, comparison, &query_pairs(query))?;
    let address = web.site.absolute(&format!(
        "{}?{}",
        urls::comparison(slug),
        analysis.state.full_query(comparison)
    ));
    let fresh = match format {
        Format::Json | Format::Csv => named(
            Fresh::bytes(
                "text/csv; charset=utf-8",
                export::csv(&analysis),
                Cache::Revalidate,
            ),
            slug,
            "csv",
        ),
        Format::Markdown => named(
            Fresh::bytes(
                "text/markdown; charset=utf-8",
                export::markdown(&analysis, &address),
                Cache::Revalidate,
            ),
            slug,
            "md",
        ),
        Format::Decision => {
            let text = export::decision_record(
                &analysis,
                &address,
                web.app.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date(),
            );
            named(
                Fresh::bytes("text/markdown; charset=utf-8", text, Cache::Revalidate),
                slug,
                "decision.md",
            )
        }
    };
    Ok(fresh.into_response())
}

/// The whole derivation as JSON; the API answers the same bytes.
pub(crate) fn json(web: &Web, slug: &str, query: Option<&str>) -> Result<Fresh, Problem> {
    let comparison = find(&web.app.catalogue, slug)?;
    let analysis = analysis(&web.app.catalogue, comparison, &query_pairs(query))?;
    let document = document::document(&analysis).map_err(Problem::broken)?;
    Ok(Fresh::json(
        serde_json::to_string(&document).map_err(Problem::broken)?,
        Cache::Revalidate,
    ))
}

/// Gives a download its file name.
fn named(fresh: Fresh, slug: &str, ending: &str) -> Fresh {
    let value = HeaderValue::from_str(&format!("inline; filename=\"{slug}.{ending}\""));
    value.map_or(fresh.clone(), |value| {
        fresh.with_header(CONTENT_DISPOSITION, value)
    })
}

/// Links to all forms at the reader's settings.
pub(crate) fn links(analysis: &Analysis<'_>) -> Vec<Link> {
    let path = urls::comparison(&analysis.comparison.text.slug);
    let query = analysis.state.query(analysis.comparison);
    let query = if query.is_empty() {
        query
    } else {
        format!("?{query}")
    };
    let link = |ending: &str, label: &str| Link::new(format!("{path}.{ending}{query}"), label);
    vec![
        link("json", "JSON, the whole derivation"),
        link("csv", "CSV, every observation"),
        link("md", "Markdown"),
        link("decision.md", "Decision record (ADR)"),
    ]
}
