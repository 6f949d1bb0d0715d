//! The parts of a comparison that no setting changes: claims, analysis, sources, and how each score came about.
//! They are rendered once per edition.

use std::collections::BTreeSet;

use askama::Template;
use earnest_app::comparison::Analysis;
use earnest_app::content::model::{ClaimStatus, EditionKind, SituationKind};
use earnest_app::content::{Catalogue, Comparison, ScoredEdition, measured};
use earnest_app::prose::{self, Piece};
use earnest_compare::evidence::{Kind, Observation};

use super::derivation::{self, Derivation};
use super::presets::{FixedPreset, fixed_presets};
use crate::page::{Layout, Link};
use crate::site::Site;
use crate::urls;

/// Instead of a value that may not be given on.
pub(crate) const WITHHELD: &str = "value withheld, as its licence demands";

/// Rendered HTML of the parts that do not depend on the reader's settings.
#[derive(Debug)]
pub(crate) struct Statics {
    /// The frame of the page, but for its title and picture.
    pub(crate) layout: Layout,
    pub(crate) presets: Vec<FixedPreset>,
    pub(crate) freshness: Freshness,
    pub(crate) situations: String,
    pub(crate) claims: String,
    pub(crate) analysis: String,
    pub(crate) questions: String,
    pub(crate) sources: String,
    /// Per criterion: "3 measured · 1 judgement".
    pub(crate) evidence: Vec<String>,
    /// Per criterion: the numbers of its sources in the list, for paper.
    pub(crate) cited: Vec<String>,
    /// Per criterion: the readings of every option, in short.
    pub(crate) details: Vec<String>,
}

#[derive(Template)]
#[template(path = "compare/details.html")]
struct Details<'a> {
    options: &'a [Derivation],
    summary: &'a str,
    href: &'a str,
}

#[derive(Template)]
#[template(path = "compare/situations.html")]
struct Situations<'a> {
    situations: Vec<SituationView<'a>>,
}

struct SituationView<'a> {
    title: &'a str,
    kind: &'static str,
    text: String,
    rationale: Option<&'a str>,
    editor: Option<String>,
    link: Option<Link>,
}

#[derive(Template)]
#[template(path = "compare/claims.html")]
struct Claims<'a> {
    claims: Vec<ClaimView<'a>>,
}

struct ClaimView<'a> {
    id: &'a str,
    statement: &'a str,
    status: &'static str,
    class: &'static str,
    short: &'a str,
    text: String,
    cited: String,
    /// What our own lab measured of it.
    lab: Option<measured::ClaimReading>,
    observations: Vec<ObservationLine>,
}

/// An observation in one line.
pub(crate) struct ObservationLine {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) year: u16,
    pub(crate) source: Option<Link>,
    pub(crate) stale: Option<String>,
}

#[derive(Template)]
#[template(path = "compare/sections.html")]
struct Sections<'a> {
    id: &'a str,
    title: &'a str,
    parts: Vec<SectionView<'a>>,
}

struct SectionView<'a> {
    heading: &'a str,
    text: String,
}

#[derive(Template)]
#[template(path = "compare/sources.html")]
struct Sources {
    sources: Vec<SourceView>,
    notices: Vec<String>,
}

struct SourceView {
    id: String,
    words: String,
    url: String,
    /// The address as it can be typed elsewhere: one of this site begins with where that is.
    address: String,
    read: String,
}

/// How old the evidence behind the scores is.
#[derive(Debug, Default)]
pub(crate) struct Freshness {
    /// Publisher and year of the oldest observation on the page.
    pub(crate) oldest: Option<String>,
    /// How many observations are past their review date.
    pub(crate) stale: usize,
}

impl Statics {
    /// Renders all parts of one edition.
    ///
    /// # Errors
    /// When a template cannot be rendered.
    pub(crate) fn new(analysis: &Analysis<'_>, today: &str, layout: Layout) -> Result<Self, askama::Error> {
        let (catalogue, comparison, edition) = (analysis.catalogue, analysis.comparison, &*analysis.edition);
        let context = Context {
            comparison,
            edition,
            today,
        };
        let site = std::sync::Arc::clone(&layout.site);
        let mut statics = Self {
            layout,
            presets: fixed_presets(comparison, edition),
            freshness: freshness(edition, today),
            situations: situations(catalogue, &context)?,
            claims: claims(&context)?,
            sources: sources(&context, &site)?,
            analysis: String::new(),
            questions: String::new(),
            evidence: Vec::new(),
            cited: Vec::new(),
            details: Vec::new(),
        };
        let text = &comparison.text;
        let analysed = text
            .analysis
            .iter()
            .map(|s| (s.heading.as_str(), s.text.as_str()));
        statics.analysis = context.sections("analysis", "Analysis", analysed)?;
        let asked = text
            .questions
            .iter()
            .map(|q| (q.question.as_str(), q.answer.as_str()));
        statics.questions = context.sections("questions", "Questions", asked)?;
        for (at, slug) in edition.edition.criteria.iter().enumerate() {
            let options = derivation::of_criterion(catalogue, edition, at, today);
            let href = urls::derivations(
                &text.slug,
                slug,
                comparison.in_address(&edition.edition.head.number),
            );
            statics.evidence.push(counts(edition, at));
            statics.cited.push(context.cited(behind(edition, at)));
            let summary = edition
                .edition
                .rule(slug)
                .map_or("Set by editors, without observations.", |rule| {
                    rule.summary.as_str()
                });
            statics.details.push(
                Details {
                    options: &options,
                    summary,
                    href: &href,
                }
                .render()?,
            );
        }
        Ok(statics)
    }
}

/// What the parts are rendered from.
struct Context<'a> {
    comparison: &'a Comparison,
    edition: &'a ScoredEdition,
    today: &'a str,
}

impl Context<'_> {
    /// Paragraphs of HTML; words are escaped, citations lead to the source list.
    fn prose(&self, text: &str) -> String {
        prose_html(text, |id| {
            let observation = self.edition.edition.observation(id)?;
            let number = self.source_number(&observation.source)?;
            Some((
                format!("#source-{number}"),
                format!("[{number}]"),
                observation_words(self.edition, observation),
            ))
        })
    }

    /// A section of headed texts; nothing at all where there are none.
    fn sections<'t>(
        &self,
        id: &str,
        title: &str,
        texts: impl Iterator<Item = (&'t str, &'t str)>,
    ) -> Result<String, askama::Error> {
        let parts: Vec<SectionView<'_>> = texts
            .map(|(heading, text)| SectionView {
                heading,
                text: self.prose(text),
            })
            .collect();
        if parts.is_empty() {
            Ok(String::new())
        } else {
            Sections { id, title, parts }.render()
        }
    }

    fn source_number(&self, id: &str) -> Option<usize> {
        self.edition
            .edition
            .sources
            .iter()
            .position(|s| s.id == id)
            .map(|at| at + 1)
    }

    /// `[3] [12]`: the numbers of the sources of some observations, each once, in order.
    fn cited<'o>(&self, observations: impl IntoIterator<Item = &'o Observation>) -> String {
        let numbers: BTreeSet<usize> = observations
            .into_iter()
            .filter_map(|observation| self.source_number(&observation.source))
            .collect();
        let marks: Vec<String> = numbers.iter().map(|number| format!("[{number}]")).collect();
        marks.join(" ")
    }

    fn line(&self, observation: &Observation) -> ObservationLine {
        let number = self.source_number(&observation.source);
        let title = self
            .edition
            .edition
            .source(&observation.source)
            .map(|s| s.publisher.clone());
        ObservationLine {
            id: observation.id.clone(),
            text: observation_words(self.edition, observation),
            year: observation.year,
            source: number
                .zip(title)
                .map(|(n, title)| Link::new(format!("#source-{n}"), format!("{title} [{n}]"))),
            stale: (observation.review_by.as_str() < self.today).then(|| observation.review_by.clone()),
        }
    }
}

/// "FastAPI: 359,026 requests/s"; without the value where its licence withholds it.
pub(crate) fn observation_words(edition: &ScoredEdition, observation: &Observation) -> String {
    if edition.edition.withheld(observation).is_some() {
        return format!("{}: {WITHHELD}", observation.subject);
    }
    let n = observation.sample_size.map_or_else(String::new, |n| {
        format!(", n = {}", earnest_app::comparison::words::thousands_of(n))
    });
    let value = earnest_app::comparison::export::plain_number(observation.value);
    let unit = if observation.unit == "%" || observation.unit.starts_with('%') {
        format!("\u{a0}{}", observation.unit)
    } else {
        format!(" {}", observation.unit)
    };
    format!("{}: {value}{unit}{n}", observation.subject)
}

/// Renders the inline syntax of content; `cite` gives address, mark and title of a citation.
pub(crate) fn prose_html(text: &str, cite: impl Fn(&str) -> Option<(String, String, String)>) -> String {
    let mut html = String::new();
    for paragraph in prose::paragraphs(text) {
        html.push_str("<p>");
        for piece in prose::pieces(paragraph) {
            match piece {
                Piece::Words(words) => html.push_str(&escape(words)),
                Piece::Link { words, address } => html.push_str(&anchor(address, words)),
                Piece::Citation(id) => {
                    html.push_str(&cite(id).map_or_else(String::new, |cited| citation(&cited)));
                }
            }
        }
        html.push_str("</p>");
    }
    html
}

fn anchor(address: &str, words: &str) -> String {
    format!("<a href=\"{}\">{}</a>", escape(address), escape(words))
}

fn citation((address, mark, title): &(String, String, String)) -> String {
    let [address, mark, title] = [address, mark, title].map(|text| escape(text));
    format!("<a class=\"cite\" href=\"{address}\" title=\"{title}\">{mark}</a>")
}

/// Text as HTML text or attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
    }
    html
}

fn situations(catalogue: &Catalogue, context: &Context<'_>) -> Result<String, askama::Error> {
    let text = &context.comparison.text;
    if text.situations.is_empty() {
        return Ok(String::new());
    }
    let number = context
        .comparison
        .in_address(&context.edition.edition.head.number);
    let edition = number.map_or_else(String::new, |number| format!("edition={number}&"));
    let view = |s: &'_ earnest_app::content::model::Situation| {
        let path = urls::comparison(&text.slug);
        let link = match s.kind {
            SituationKind::Weights => Some(Link::new(
                format!("{path}?{edition}preset={}#priorities", s.id),
                "See it with these priorities",
            )),
            SituationKind::MustHave => s.must.as_ref().map(|must| {
                Link::new(
                    format!("{path}?{edition}must={must}#priorities"),
                    "See it with this must-have",
                )
            }),
            SituationKind::Claim => s
                .claim
                .as_ref()
                .map(|claim| Link::new(format!("#claim-{claim}"), "See the claim and its evidence")),
            SituationKind::Incumbent => None,
        };
        let editor = catalogue
            .technology(&s.editor_says)
            .map_or_else(|| s.editor_says.replace('_', " "), |t| t.name.clone());
        (link, editor, context.prose(&s.text))
    };
    let situations = text
        .situations
        .iter()
        .map(|s| {
            let (link, editor, prose) = view(s);
            // only where an editorial table stands beside the evidence is there anything that editors said
            let editor = context.edition.editor.is_some().then_some(editor);
            SituationView {
                title: &s.title,
                kind: kind_words(s.kind),
                text: prose,
                rationale: s.rationale.as_deref(),
                editor,
                link,
            }
        })
        .collect();
    Situations { situations }.render()
}

fn kind_words(kind: SituationKind) -> &'static str {
    match kind {
        SituationKind::Weights => "a set of priorities",
        SituationKind::MustHave => "a must-have",
        SituationKind::Incumbent => "what you already have",
        SituationKind::Claim => "a claim, not a computation",
    }
}

fn claims(context: &Context<'_>) -> Result<String, askama::Error> {
    if context.comparison.claims.is_empty() {
        return Ok(String::new());
    }
    let observation = |id: &String| context.edition.edition.observation(id);
    let found = |id: &String| context.edition.edition.observation(id).map(|o| context.line(o));
    let claims = context
        .comparison
        .claims
        .iter()
        .map(|claim| {
            let (status, class) = status_words(claim.status);
            ClaimView {
                id: &claim.id,
                statement: &claim.statement,
                status,
                class,
                short: &claim.short,
                text: context.prose(&claim.text),
                cited: context.cited(claim.observations.iter().filter_map(observation)),
                lab: measured::of_claim(&context.edition.edition, claim),
                observations: claim.observations.iter().filter_map(found).collect(),
            }
        })
        .collect();
    Claims { claims }.render()
}

fn status_words(status: ClaimStatus) -> (&'static str, &'static str) {
    match status {
        ClaimStatus::Holds => ("Holds", "holds"),
        ClaimStatus::HoldsInPart => ("Holds in part", "part"),
        ClaimStatus::DoesNotHold => ("Does not hold", "fails"),
        ClaimStatus::CannotTell => ("Cannot tell", "open"),
    }
}

fn sources(context: &Context<'_>, site: &Site) -> Result<String, askama::Error> {
    let edition = &context.edition.edition;
    let view = |(at, s): (usize, &earnest_app::content::model::Source)| SourceView {
        id: format!("source-{}", at + 1),
        words: format!("{}: {}, {}.", s.publisher, s.title, s.published),
        address: if s.url.starts_with('/') {
            site.absolute(&s.url)
        } else {
            s.url.clone()
        },
        url: s.url.clone(),
        read: format!(
            "Read {}{}. Licence: {}.",
            s.accessed,
            s.via
                .as_ref()
                .map_or_else(String::new, |via| format!(" through {via}")),
            s.licence
        ),
    };
    let sources = edition.sources.iter().enumerate().map(view).collect();
    Sources {
        sources,
        notices: earnest_app::comparison::export::notices(edition)
            .iter()
            .map(|text| prose_html(text, |_| None))
            .collect(),
    }
    .render()
}

/// The observations behind a criterion, all options together.
fn behind(edition: &ScoredEdition, criterion: usize) -> impl Iterator<Item = &Observation> {
    let cells = edition.cells.iter().filter_map(move |row| row.get(criterion));
    cells.flat_map(|cell| edition.edition.behind(cell))
}

/// How many observations of each kind stand behind a criterion, all options together.
fn counts(edition: &ScoredEdition, criterion: usize) -> String {
    let mut by_kind = [
        (Kind::Measured, 0, "measured"),
        (Kind::Published, 0, "published"),
        (Kind::Judgement, 0, "judged"),
    ];
    for observation in behind(edition, criterion) {
        for (kind, count, _) in &mut by_kind {
            if observation.kind == *kind {
                *count += 1;
            }
        }
    }
    let said: Vec<String> = by_kind
        .iter()
        .filter(|(_, n, _)| *n > 0)
        .map(|(_, n, word)| format!("{n} {word}"))
        .collect();
    if said.is_empty() {
        let table = edition.edition.head.kind == EditionKind::Table;
        if table { "editorial table" } else { "no evidence" }.to_owned()
    } else {
        said.join(" · ")
    }
}

fn freshness(edition: &ScoredEdition, today: &str) -> Freshness {
    let all = || edition.edition.observations.iter();
    let named = |o: &Observation| {
        let source = edition.edition.source(&o.source);
        source.map_or_else(|| o.year.to_string(), |s| format!("{}, {}", s.publisher, o.year))
    };
    Freshness {
        oldest: all().min_by_key(|o| o.year).map(named),
        stale: all().filter(|o| o.review_by.as_str() < today).count(),
    }
}
