//! What a person costs: pay ranges on one axis, and the way from yearly pay to the budget of a project.

use askama::Template;
use earnest_app::comparison::kept::KEPT;
use earnest_app::comparison::{Analysis, Bridge, State, words};
use earnest_app::content::ScoredPay;
use earnest_compare::evidence::{Observation, PayRegion, Period};

use super::marks;
use super::rows::analysis_edition;
use crate::page::Link;
use crate::urls;

/// The cost section of a comparison.
pub(crate) struct Cost {
    pub(crate) slug: String,
    pub(crate) caption: String,
    pub(crate) weighed: bool,
    pub(crate) add_href: String,
    pub(crate) regions: Vec<Region>,
    pub(crate) fields: Vec<BridgeField>,
    pub(crate) kept_settings: Vec<(String, String)>,
}

/// Pay of all options on one axis, and its table twin; no weight changes it.
#[derive(Template)]
#[template(path = "compare/pay.html")]
struct Chart {
    caption: String,
    note: Option<String>,
    height: u32,
    base: u32,
    labels: u32,
    spoken: String,
    ticks: Vec<Tick>,
    bands: Vec<Band>,
    rows: Vec<CostRow>,
    bridge_words: String,
}

pub(crate) struct Region {
    pub(crate) label: String,
    pub(crate) href: String,
    pub(crate) current: bool,
}

struct Tick {
    x: String,
    label: String,
}

struct Band {
    class: &'static str,
    x: String,
    width: String,
    y: u32,
    median: String,
    top: u32,
    bottom: u32,
}

struct CostRow {
    class: &'static str,
    mark: &'static str,
    name: String,
    subject: String,
    p25: String,
    median: String,
    p75: String,
    n: String,
    source: String,
    href: String,
    budget: String,
}

pub(crate) struct BridgeField {
    pub(crate) label: &'static str,
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) min: &'static str,
    pub(crate) max: &'static str,
}

/// The cost section, if the edition has pay and a cost criterion.
pub(crate) fn cost(analysis: &Analysis<'_>) -> Option<Cost> {
    let criterion = analysis.edition.cost?;
    let pay = analysis.pay()?;
    Some(Cost {
        slug: analysis.edition.edition.criteria.get(criterion)?.clone(),
        caption: caption(pay),
        weighed: analysis.state.weights.get(criterion).is_some_and(|w| *w > 0.0),
        add_href: with_query(analysis, &with_weight(analysis, criterion), "priorities"),
        regions: regions(analysis),
        fields: bridge_fields(analysis.state.bridge),
        kept_settings: super::show::settings(analysis, &["weeks", "hours", "employer", "fee"]),
    })
}

/// The chart of pay and its table, as HTML; empty without pay.
pub(crate) fn chart(analysis: &Analysis<'_>) -> Result<String, askama::Error> {
    let criterion = analysis
        .edition
        .cost
        .and_then(|at| analysis.edition.edition.criteria.get(at));
    let (Some(slug), Some(pay)) = (criterion, analysis.pay()) else {
        return Ok(String::new());
    };
    let Some(scale) = Scale::of(analysis, pay) else {
        return Ok(String::new());
    };
    let base = 10 + 30 * u32::try_from(pay.options.len()).unwrap_or(2);
    let numbered = pay.options.iter().enumerate();
    Chart {
        caption: caption(pay),
        note: pay.region.note.clone(),
        height: base + 30,
        base,
        labels: base + 22,
        spoken: spoken(analysis, pay),
        ticks: scale.ticks(&pay.region.currency),
        bands: numbered
            .filter_map(|(at, seen)| Some(band(at, given(analysis, seen.as_ref())?, &scale)))
            .collect(),
        rows: rows(analysis, pay, slug),
        bridge_words: bridge_words(analysis.state.bridge),
    }
    .render()
}

/// Pay as it is shown: by the period of its source.
struct Scale {
    low: f64,
    step: f64,
    steps: u32,
}

impl Scale {
    fn of(analysis: &Analysis<'_>, pay: &ScoredPay) -> Option<Self> {
        let given = pay
            .options
            .iter()
            .filter_map(|seen| given(analysis, seen.as_ref()));
        let ends = given.flat_map(ends);
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), x| {
            (l.min(x), h.max(x))
        });
        if !low.is_finite() || high <= 0.0 {
            return None;
        }
        let step = nice((high - low).max(high * 0.2) / 4.0);
        let low = (low / step - 0.2).floor().max(0.0) * step;
        let mut steps = 1;
        while low + f64::from(steps) * step < high * 1.01 && steps < 12 {
            steps += 1;
        }
        Some(Self { low, step, steps })
    }

    fn x(&self, value: f64) -> f64 {
        60.0 + 800.0 * (value - self.low) / (self.step * f64::from(self.steps))
    }

    fn ticks(&self, currency: &str) -> Vec<Tick> {
        let tick = |n: u32| {
            let value = self.low + f64::from(n) * self.step;
            let label = if self.step >= 1000.0 {
                format!("{}k", words::money(value / 1000.0, currency))
            } else {
                words::money(value, currency)
            };
            Tick {
                x: format!("{:.1}", self.x(value)),
                label,
            }
        };
        (0..=self.steps).map(tick).collect()
    }
}

/// What was seen, if its licence lets it be shown.
fn given<'s, T>(analysis: &Analysis<'_>, seen: Option<&'s (Observation, T)>) -> Option<&'s Observation> {
    let (observation, _) = seen?;
    let open = analysis.edition.edition.withheld(observation).is_none();
    open.then_some(observation)
}

fn ends(seen: &Observation) -> [f64; 2] {
    seen.quartiles.unwrap_or([seen.value, seen.value])
}

/// The next of 1, 2, 2.5, 5 times a power of ten.
fn nice(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    let found = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .find(|n| n * power >= raw * 0.999);
    found.unwrap_or(10.0) * power
}

fn band(option: usize, seen: &Observation, scale: &Scale) -> Band {
    let y = 16 + 30 * u32::try_from(option).unwrap_or(0);
    let [low, high] = ends(seen);
    let width = scale.x(high) - scale.x(low);
    Band {
        class: marks::class(option),
        x: format!("{:.1}", scale.x(low)),
        width: if width > 0.5 {
            format!("{width:.1}")
        } else {
            String::new()
        },
        y,
        median: format!("{:.1}", scale.x(seen.value)),
        top: y - 4,
        bottom: y + 20,
    }
}

fn period(pay: &ScoredPay) -> &'static str {
    match pay.region.period {
        Period::Year => "yearly",
        Period::Month => "monthly",
    }
}

fn caption(pay: &ScoredPay) -> String {
    let region = &pay.region;
    format!(
        "{}, {}, {} pay in {}, {}: {}.",
        region.label,
        region.role,
        period(pay),
        region.currency,
        region.year,
        region.basis
    )
}

fn spoken(analysis: &Analysis<'_>, pay: &ScoredPay) -> String {
    let one = |(at, seen): (usize, &Option<(Observation, _)>)| {
        let seen = given(analysis, seen.as_ref())?;
        let [low, high] = ends(seen);
        let money = |x: f64| words::money(x, &pay.region.currency);
        Some(format!(
            "{}: median {}, middle half from {} to {}",
            analysis.option_name(at),
            money(seen.value),
            money(low),
            money(high)
        ))
    };
    pay.options
        .iter()
        .enumerate()
        .filter_map(one)
        .collect::<Vec<_>>()
        .join("; ")
}

fn regions(analysis: &Analysis<'_>) -> Vec<Region> {
    let shown = analysis.pay().map(|pay| pay.region.id.clone());
    let default = analysis.edition.region(None).map(|pay| pay.region.id.clone());
    let each = analysis.edition.pay.iter();
    each.map(|pay| {
        let mut state = analysis.state.clone();
        state.region = (Some(&pay.region.id) != default.as_ref()).then(|| pay.region.id.clone());
        Region {
            label: format!("{}, {}", pay.region.label, pay.region.role),
            href: with_query(analysis, &state, "cost"),
            current: Some(&pay.region.id) == shown.as_ref(),
        }
    })
    .collect()
}

/// The reader's state with the cost criterion at the weight of the others.
fn with_weight(analysis: &Analysis<'_>, criterion: usize) -> State {
    let mut state = analysis.state.clone();
    let weighed: Vec<f64> = state.weights.iter().copied().filter(|w| *w > 0.0).collect();
    let mean = weighed.iter().sum::<f64>() / f64::from(u32::try_from(weighed.len().max(1)).unwrap_or(1));
    if let Some(slot) = state.weights.get_mut(criterion) {
        *slot = (mean * 1e6).round() / 1e6;
    }
    state.preset = None;
    state
}

/// The page's address at a state, with a fragment.
pub(crate) fn with_query(analysis: &Analysis<'_>, state: &State, fragment: &str) -> String {
    let query = state.query(analysis.comparison);
    urls::comparison_at(&analysis.comparison.text.slug, &query, fragment)
}

fn rows(analysis: &Analysis<'_>, pay: &ScoredPay, criterion: &str) -> Vec<CostRow> {
    let slug = &analysis.comparison.text.slug;
    let each = pay.options.iter().enumerate();
    each.map(|(at, seen)| {
        let technology = analysis
            .edition
            .edition
            .options
            .get(at)
            .map_or("", String::as_str);
        let href = urls::derivation(slug, criterion, technology, analysis_edition(analysis));
        let (shown, seen) = (given(analysis, seen.as_ref()), seen.as_ref().map(|(o, _)| o));
        let money = |x: f64| words::money(x, &pay.region.currency);
        let none = || seen.map_or("no evidence", |_| "withheld").to_owned();
        let source = seen.and_then(|o| analysis.edition.edition.source(&o.source));
        CostRow {
            class: marks::class(at),
            mark: marks::mark(at),
            name: analysis.option_name(at),
            subject: seen.map_or_else(String::new, |o| o.subject.clone()),
            p25: shown
                .and_then(|o| o.quartiles)
                .map_or_else(|| "–".to_owned(), |[low, _]| money(low)),
            median: shown.map_or_else(none, |o| money(o.value)),
            p75: shown
                .and_then(|o| o.quartiles)
                .map_or_else(|| "–".to_owned(), |[_, high]| money(high)),
            n: seen
                .and_then(|o| o.sample_size)
                .map_or_else(|| "–".to_owned(), words::thousands_of),
            source: source.map_or_else(
                || "editorial table".to_owned(),
                |s| format!("{}, {}", s.publisher, s.published),
            ),
            href,
            budget: shown.map_or_else(none, |o| budget(analysis.state.bridge, &pay.region, o)),
        }
    })
    .collect()
}

/// The budget for the middle half of pay: "$48,000 (39,000 to 61,050)".
pub(crate) fn budget(bridge: Bridge, region: &PayRegion, seen: &Observation) -> String {
    if region.take_home {
        return "not from take-home pay".to_owned();
    }
    let yearly = region.period.per_year();
    let round = |x: f64| (bridge.budget(x * yearly) / 100.0).round() * 100.0;
    let middle = words::money(round(seen.value), &region.currency);
    seen.quartiles.map_or_else(
        || middle.clone(),
        |[low, high]| {
            format!(
                "{middle} ({} to {})",
                words::thousands(round(low)),
                words::thousands(round(high))
            )
        },
    )
}

/// The project that a budget is for: "12 weeks at 40 h".
pub(crate) fn bridge_words(bridge: Bridge) -> String {
    format!("{} weeks at {} h", plain(bridge.weeks), plain(bridge.hours))
}

fn plain(value: f64) -> String {
    earnest_app::comparison::export::plain_number(value)
}

/// The form fields of the bridge from pay to a budget.
pub(crate) fn bridge_fields(bridge: Bridge) -> Vec<BridgeField> {
    let field = |label, name, value: f64, (min, max)| BridgeField {
        label,
        name,
        value: plain(value),
        min,
        max,
    };
    vec![
        field("Weeks", "weeks", bridge.weeks, ("1", "260")),
        field("Hours a week", "hours", bridge.hours, ("1", "80")),
        field(
            "Employer cost, %",
            "employer",
            bridge.employer_percent,
            ("0", "100"),
        ),
        field("Fee, %", "fee", bridge.fee_percent, ("0", "50")),
    ]
}

/// Links to hire for each option, the reader's state carried along; same weight for all. There is one for each, with
/// or without a role page of its own.
pub(crate) fn hire_links(analysis: &Analysis<'_>) -> Vec<Link> {
    hire_links_at(analysis, &analysis.state.query(analysis.comparison))
}

/// The same with another query carried along.
pub(crate) fn hire_links_at(analysis: &Analysis<'_>, query: &str) -> Vec<Link> {
    let mut order: Vec<usize> = analysis
        .verdict
        .ranking
        .iter()
        .flatten()
        .filter_map(|at| analysis.kept.get(*at).copied())
        .collect();
    order.extend(analysis.excluded.iter().map(|e| e.option));
    // nobody is hired for what only the reader knows
    let known = |at: &usize| {
        let slug = analysis.edition.edition.options.get(*at);
        slug.is_some_and(|slug| slug != KEPT)
    };
    order
        .into_iter()
        .filter(known)
        .filter_map(|at| {
            let catalogue = analysis.catalogue;
            let technology = catalogue.technology(analysis.edition.edition.options.get(at)?);
            let role = technology.and_then(|t| catalogue.role(t.role.as_ref()?));
            let (slug, words) = role.map_or_else(
                || ("", format!("Hire for {}", analysis.option_name(at))),
                |role| (role.slug.as_str(), format!("Hire a {}", role.title)),
            );
            let href = urls::request_from_comparison(&analysis.comparison.text.slug, slug, query);
            Some(Link::new(href, words))
        })
        .collect()
}
