//! A comparison in other forms: JSON, CSV, Markdown, a decision record, pictures, and an archive of it all.

use std::sync::Arc;

use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use axum::response::{IntoResponse, Response};
use earnest_app::comparison::{Analysis, document, export};

use super::drawing::drawing;
use super::package::package;
use super::{analysis, find, query_pairs, sharing};
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
    /// Verdict, totals and scores as vectors.
    Svg,
    /// The same as pixels.
    Png,
    /// Data, metadata, sources and a README.
    Zip,
}

impl Format {
    /// Longer endings first.
    const ALL: [Self; 7] = [
        Self::Decision,
        Self::Json,
        Self::Csv,
        Self::Markdown,
        Self::Svg,
        Self::Png,
        Self::Zip,
    ];

    fn ending(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Markdown => "md",
            Self::Decision => "decision.md",
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Zip => "zip",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Markdown | Self::Decision => "text/markdown; charset=utf-8",
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Zip => "application/zip",
        }
    }

    /// Whether browsers show it, or save it at once.
    fn disposition(self) -> &'static str {
        if self == Self::Zip { "attachment" } else { "inline" }
    }
}

/// Splits "slug.json" into slug and form.
pub(crate) fn split(name: &str) -> Option<(&str, Format)> {
    Format::ALL.into_iter().find_map(|format| {
        let stem = name.strip_suffix(format.ending())?.strip_suffix('.')?;
        Some((stem, format))
    })
}

/// Answers one form, at the settings of the query.
pub(crate) async fn show(
    web: &Arc<Web>,
    slug: &str,
    format: Format,
    query: Option<&str>,
) -> Result<Response, Problem> {
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
    let bytes = match format {
        Format::Png => {
            let drawing = at_state(web, slug, query, drawing)?;
            web.painter.paint(drawing).await?.plain()
        }
        other => at_state(web, slug, query, |web, analysis, address| {
            made(other, web, analysis, address)
        })?
        .into(),
    };
    let name = format!(
        "{}; filename=\"{slug}.{}\"",
        format.disposition(),
        format.ending()
    );
    let fresh = Fresh::bytes(format.content_type(), bytes, Cache::Revalidate);
    Ok(match HeaderValue::from_str(&name) {
        Ok(name) => fresh.with_header(CONTENT_DISPOSITION, name),
        Err(_not_a_header) => fresh,
    }
    .into_response())
}

/// What is made of a comparison at the settings of a query, and of the address that opens them again.
fn at_state<T>(
    web: &Web,
    slug: &str,
    query: Option<&str>,
    make: impl FnOnce(&Web, &Analysis<'_>, &str) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let comparison = find(&web.app.catalogue, slug)?;
    let analysis = analysis(&web.app.catalogue, comparison, &query_pairs(query))?;
    make(web, &analysis, &sharing::address(web, &analysis))
}

fn made(format: Format, web: &Web, analysis: &Analysis<'_>, address: &str) -> Result<Vec<u8>, Problem> {
    Ok(match format {
        Format::Csv => export::csv(analysis, address).into_bytes(),
        Format::Markdown => export::markdown(analysis, address).into_bytes(),
        Format::Decision => export::decision_record(analysis, address, web.app.today()).into_bytes(),
        Format::Zip => package(web, analysis, address)?,
        // pixels are made of it elsewhere, and the whole derivation has a way of its own
        Format::Svg | Format::Png | Format::Json => drawing(web, analysis, address)?.svg.into_bytes(),
    })
}

/// The whole derivation as JSON; the API answers the same bytes.
pub(crate) fn json(web: &Web, slug: &str, query: Option<&str>) -> Result<Fresh, Problem> {
    let comparison = find(&web.app.catalogue, slug)?;
    let analysis = analysis(&web.app.catalogue, comparison, &query_pairs(query))?;
    let document = document::document(&analysis).map_err(Problem::broken)?;
    let document = document.read_elsewhere(&sharing::address(web, &analysis));
    Ok(Fresh::json(
        serde_json::to_string(&document).map_err(Problem::broken)?,
        Cache::Revalidate,
    ))
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
        link("csv", "CSV, every observation, whatever the weights"),
        link("md", "Markdown"),
        link("decision.md", "Decision record (ADR)"),
        link("svg", "SVG picture"),
        link("png", "PNG picture"),
        link("zip", "ZIP, everything with a README"),
    ]
}
