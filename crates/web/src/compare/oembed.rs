//! `GET /oembed`: what a program shows in the place of a link to a comparison (oEmbed 1.0, type "rich").

use axum::extract::{RawQuery, State as FromApp};
use axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use axum::http::{HeaderValue, StatusCode};
use earnest_app::comparison::{Analysis, Found, remarks};
use serde::Serialize;

use super::embed::frame_title;
use super::statics::escape;
use super::{analysis_of, owner, query_pairs};
use crate::answer::{Cache, Fresh};
use crate::picture;
use crate::problem::{FieldProblem, Problem};
use crate::{Ctx, Web, urls};

/// Pixels of a frame, unless less is asked for.
const WIDTH: u32 = 700;
const HEIGHT: u32 = 600;
/// A longer address is none of ours.
const ADDRESS_BYTES: usize = 4096;

/// An answer, in the names of oEmbed.
#[derive(Serialize)]
struct Rich {
    version: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    author_name: String,
    author_url: String,
    provider_name: String,
    provider_url: String,
    /// In seconds.
    cache_age: u32,
    html: String,
    width: u32,
    height: u32,
    thumbnail_url: String,
    thumbnail_width: u32,
    thumbnail_height: u32,
}

/// What was asked for.
struct Asked {
    url: String,
    width: u32,
    height: u32,
}

/// The frame of a comparison at the state of its address.
pub(crate) async fn show(FromApp(web): FromApp<Ctx>, RawQuery(query): RawQuery) -> Result<Fresh, Problem> {
    let asked = Asked::read(&query_pairs(query.as_deref()))?;
    let found = found(&web, &asked.url)?;
    let frozen = found.is_frozen;
    let analysis = analysis_of(found.catalogue, found.comparison, found.state)
        .map_err(|_nothing_left| no_answer("Its must-haves exclude every option."))?;
    let text = serde_json::to_string(&rich(&web, &analysis, &asked, frozen)).map_err(Problem::broken)?;
    // public data that pages elsewhere may read from a visitor's browser
    Ok(Fresh::json(text, Cache::Revalidate)
        .with_header(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")))
}

impl Asked {
    fn read(pairs: &[(String, String)]) -> Result<Self, Problem> {
        let last = |key: &str| {
            pairs
                .iter()
                .rev()
                .find(|(k, _)| k == key)
                .map(|(_, v)| v.as_str())
        };
        if last("format").is_some_and(|format| format != "json") {
            return Err(Problem::of_code(
                StatusCode::NOT_IMPLEMENTED,
                "format",
                "Only JSON is spoken here",
                "Leave `format` out, or ask for format=json.",
            ));
        }
        let mut faults = Vec::new();
        let mut pixels = |key: &str, most: u32| match last(key) {
            None | Some("") => most,
            Some(text) => match text.parse::<u32>() {
                Ok(number) if number > 0 => number.min(most),
                _ => {
                    faults.push(field(key, "E_PIXELS", "A whole number of pixels from 1."));
                    most
                }
            },
        };
        let (width, height) = (pixels("maxwidth", WIDTH), pixels("maxheight", HEIGHT));
        let url = last("url").unwrap_or_default();
        if url.is_empty() {
            faults.push(field(
                "url",
                "E_URL",
                "`url` must be the address of a comparison of this site.",
            ));
        }
        if !faults.is_empty() {
            return Err(Problem::invalid(faults));
        }
        Ok(Self {
            url: url.to_owned(),
            width,
            height,
        })
    }
}

fn field(field: &str, code: &str, detail: &str) -> FieldProblem {
    FieldProblem {
        field: field.to_owned(),
        code: code.to_owned(),
        detail: detail.to_owned(),
    }
}

/// As oEmbed wants it for an address that there is nothing to say about.
fn no_answer(why: &str) -> Problem {
    Problem::not_found().saying("There is no embed for this address", why)
}

/// The comparison that an address leads to.
fn found<'a>(web: &'a Web, url: &str) -> Result<Found<'a>, Problem> {
    let foreign = || no_answer("Only comparisons of this site can be embedded.");
    if url.len() > ADDRESS_BYTES {
        return Err(foreign());
    }
    let path = path_of(&web.site.origin, url).ok_or_else(foreign)?;
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let slug = ["/compare/", "/embed/compare/"]
        .iter()
        .find_map(|start| path.strip_prefix(start))
        .ok_or_else(foreign)?;
    let catalogue = &web.app.catalogue;
    let comparison = catalogue
        .comparison(slug)
        .or_else(|| catalogue.comparison(&owner(catalogue, slug)?))
        .ok_or_else(foreign)?;
    Found::at(catalogue, comparison, &query_pairs(Some(query))).map_err(|faults| {
        let said: Vec<String> = faults.into_iter().map(|fault| fault.sentence).collect();
        no_answer(&said.join(" "))
    })
}

/// Path and query of an address of this site, without its fragment. Scheme and host are read whatever their case.
fn path_of<'u>(origin: &str, url: &'u str) -> Option<&'u str> {
    let start = url.get(..origin.len())?;
    let rest = url.get(origin.len()..)?;
    let ours = start.eq_ignore_ascii_case(origin) && rest.starts_with('/');
    ours.then(|| rest.split('#').next().unwrap_or(rest))
}

fn rich(web: &Web, analysis: &Analysis<'_>, asked: &Asked, frozen: bool) -> Rich {
    let (comparison, site) = (analysis.comparison, &web.site);
    let query = if frozen {
        analysis.state.full_query(comparison)
    } else {
        analysis.state.living_query(comparison)
    };
    let address = site.absolute(&urls::embed(&comparison.text.slug, &query));
    let thumbnail = picture::of_state(analysis);
    Rich {
        version: "1.0",
        kind: "rich",
        title: remarks::titled(
            analysis,
            format!("{}: {}", comparison.text.title, analysis.headline.sentence()),
        ),
        author_name: comparison.text.author.clone(),
        author_url: site.absolute(&urls::comparison(&comparison.text.slug)),
        provider_name: site.name.clone(),
        provider_url: site.absolute(urls::home()),
        cache_age: if frozen { 604_800 } else { 3_600 },
        html: format!(
            "<iframe src=\"{}\" title=\"{}\" width=\"{}\" height=\"{}\" loading=\"lazy\" \
             style=\"max-width:100%;border:0\"></iframe>",
            escape(&address),
            escape(&frame_title(analysis)),
            asked.width,
            asked.height
        ),
        width: asked.width,
        height: asked.height,
        thumbnail_url: site.absolute(&thumbnail.path),
        thumbnail_width: thumbnail.width,
        thumbnail_height: thumbnail.height,
    }
}

#[cfg(test)]
mod tests;
