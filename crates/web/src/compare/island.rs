//! What machines read: the data of the small script, and statements for search engines.

use earnest_app::comparison::Analysis;
use earnest_app::comparison::citation::licence;
use earnest_app::content::Scores;
use earnest_compare::evidence::{Cell, Kind};
use earnest_compare::verdict::{Score, THRESHOLDS, Thresholds};
use serde::Serialize;
use serde_json::{Value, json};

use super::rows::analysis_edition;
use crate::Web;
use crate::page::JsonIsland;
use crate::problem::Problem;
use crate::urls;

/// Everything that the script needs to compute totals, flips, shares and the verdict by itself.
#[derive(Serialize)]
struct Twin<'a> {
    basis: Vec<Vec<Option<u8>>>,
    options: &'a [String],
    marks: Vec<[&'static str; 2]>,
    criteria: &'a [String],
    slugs: &'a [String],
    scores: Vec<Vec<Option<[f64; 3]>>>,
    weights: &'a [f64],
    defaults: &'a [f64],
    thresholds: Thresholds,
    kept: &'a [usize],
    query: String,
    full: String,
    living: (Vec<&'a str>, String),
}

/// The data of the small script.
pub(crate) fn island(web: &Web, analysis: &Analysis<'_>) -> Result<JsonIsland, Problem> {
    let score = |cell: &Option<Score>| cell.map(|s| [s.point, s.low, s.high]);
    let twin = Twin {
        basis: analysis.kept.iter().map(|at| basis(analysis, *at)).collect(),
        options: &analysis.option_names,
        marks: analysis
            .kept
            .iter()
            .map(|at| [super::marks::class(*at), super::marks::mark(*at)])
            .collect(),
        criteria: &analysis.criterion_labels,
        slugs: &analysis.table.criteria,
        scores: analysis
            .table
            .scores
            .iter()
            .map(|row| row.iter().map(score).collect())
            .collect(),
        weights: &analysis.state.weights,
        defaults: &analysis.edition.default_weights,
        thresholds: THRESHOLDS,
        kept: &analysis.kept,
        query: analysis.state.query(analysis.comparison),
        full: analysis.state.full_query(analysis.comparison),
        living: super::sharing::living(super::today(web, analysis), analysis),
    };
    JsonIsland::of(&twin).map_err(Problem::broken)
}

/// What the page tells search engines whatever the reader set: article, data set, picture, questions.
pub(crate) fn statements(web: &Web, analysis: &Analysis<'_>) -> Vec<JsonIsland> {
    let mut all = vec![
        article(web, analysis),
        dataset(web, analysis),
        image(web, analysis),
    ];
    if !analysis.comparison.text.questions.is_empty() {
        all.push(questions(analysis));
    }
    all.iter().map(JsonIsland::new).collect()
}

/// What each score of an option rests on: 0 measured, 1 published, 2 judged, 3 the reader's own figure.
fn basis(analysis: &Analysis<'_>, option: usize) -> Vec<Option<u8>> {
    let cells = analysis.edition.cells.get(option).map_or(&[][..], Vec::as_slice);
    let judged = analysis.state.scores == Scores::Editor;
    let number = |kind: Kind| match kind {
        Kind::Measured => 0,
        Kind::Published => 1,
        Kind::Judgement => 2,
    };
    let of = |(at, cell): (usize, &Cell)| match cell.basis {
        _ if analysis.is_own_figure(option, at) => cell.score.map(|_| 3),
        _ if judged => Some(2),
        basis => basis.map(number),
    };
    cells.iter().enumerate().map(of).collect()
}

/// The page as an article, for search engines.
fn article(web: &Web, analysis: &Analysis<'_>) -> Value {
    let text = &analysis.comparison.text;
    let about = |slug: &String| {
        let technology = analysis.catalogue.technology(slug)?;
        let kind = match technology.kind {
            earnest_app::content::model::TechnologyKind::Language => "ComputerLanguage",
            earnest_app::content::model::TechnologyKind::Runtime => "SoftwareApplication",
        };
        let same = [
            technology.website.clone(),
            format!("https://www.wikidata.org/wiki/{}", technology.wikidata),
        ];
        Some(json!({"@type": kind, "name": technology.name, "sameAs": same}))
    };
    let about: Vec<Value> = text.options.iter().filter_map(about).collect();
    json!({
        "@context": "https://schema.org", "@type": "TechArticle",
        "headline": text.title, "description": text.description,
        "datePublished": text.published, "dateModified": text.modified,
        "author": {"@type": "Organization", "name": text.author},
        "publisher": {"@type": "Organization", "name": web.site.name},
        "mainEntityOfPage": web.site.absolute(&urls::comparison(&text.slug)),
        "about": about,
    })
}

/// The evidence as a data set, for search engines.
fn dataset(web: &Web, analysis: &Analysis<'_>) -> Value {
    let text = &analysis.comparison.text;
    let edition = &analysis.edition.edition;
    let path = urls::comparison(&text.slug);
    let query = urls::of_edition(analysis_edition(analysis));
    let download = |kind: &str, extension: &str| json!({"@type": "DataDownload", "encodingFormat": kind, "contentUrl": web.site.absolute(&format!("{path}.{extension}{query}"))});
    let sources: Vec<&str> = edition
        .sources
        .iter()
        .map(|s| s.url.as_str())
        .filter(|url| url.starts_with("http"))
        .collect();
    let years: Vec<u16> = edition.observations.iter().map(|o| o.year).collect();
    let coverage = years
        .iter()
        .min()
        .zip(years.iter().max())
        .map(|(from, to)| format!("{from}/{to}"));
    json!({
        "@context": "https://schema.org", "@type": "Dataset",
        "name": format!("{}: scores and observations", text.title),
        "description": format!("Every observation, rule and score behind the comparison. {}", text.description),
        "creator": {"@type": "Organization", "name": web.site.name},
        "license": licence(edition).url,
        "version": edition.head.number,
        "dateModified": edition.head.date,
        "temporalCoverage": coverage,
        "variableMeasured": analysis.criterion_labels,
        "measurementTechnique": web.site.absolute(urls::method()),
        "isBasedOn": sources,
        "distribution": [download("application/json", "json"), download("text/csv", "csv"), download("application/zip", "zip")],
    })
}

/// The page's questions and answers, for machines; search engines show nothing for it.
fn questions(analysis: &Analysis<'_>) -> Value {
    let question = |q: &earnest_app::content::model::Question| {
        json!({"@type": "Question", "name": q.question,
               "acceptedAnswer": {"@type": "Answer", "text": earnest_app::prose::plain(&q.answer)}})
    };
    let questions: Vec<Value> = analysis.comparison.text.questions.iter().map(question).collect();
    json!({"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": questions})
}

/// The preview picture, with its licence and whom to credit.
fn image(web: &Web, analysis: &Analysis<'_>) -> Value {
    let slug = &analysis.comparison.text.slug;
    let picture = analysis_edition(analysis).map_or_else(
        || urls::picture(&urls::comparison(slug)),
        |number| urls::picture_at(slug, &format!("edition={number}")),
    );
    json!({
        "@context": "https://schema.org", "@type": "ImageObject",
        "contentUrl": web.site.absolute(&picture),
        "caption": analysis.comparison.text.title,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "creditText": web.site.name,
        "creator": {"@type": "Organization", "name": web.site.name},
    })
}
