//! A comparison as one document for machines: enough to compute every number again outside.

mod away;
mod own;

use super::analysis::Analysis;
use super::export::notices;
use crate::content::model::{Claim, ClaimStatus, Source};
use crate::content::{ScoredEdition, Scores};
use earnest_compare::evidence::{
    Combine, Confidence, Function, Kind, Mean, Observation, PayRegion, PayScale, ReadingScore, Rule,
};
use earnest_compare::verdict::{Direction, Flip, Kind as VerdictKind, Score, THRESHOLDS, Thresholds};
use own::{KeptView, WeightView, kept, weights};
use serde::Serialize;
use std::borrow::Cow;

/// The whole derivation of a comparison at a reader's settings.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    slug: &'a str,
    title: &'a str,
    question: &'a str,
    edition: EditionView<'a>,
    scores: Scores,
    query: String,
    options: Vec<OptionView<'a>>,
    criteria: Vec<CriterionView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<KeptView<'a>>,
    weights: Vec<WeightView<'a>>,
    coverage: f64,
    compared: Vec<&'a str>,
    totals: Vec<TotalView<'a>>,
    verdict: VerdictView<'a>,
    acceptability: Acceptability<'a>,
    flips: Vec<FlipView<'a>>,
    methods: Vec<MethodJson<'a>>,
    methods_agree: bool,
    cells: Vec<CellView<'a>>,
    pay: Vec<PayView<'a>>,
    claims: Vec<ClaimView<'a>>,
    /// What our own lab measured: shown, without weight in any score.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    indicative: Vec<IndicativeView<'a>>,
    attribution: Vec<String>,
}

#[derive(Debug, Serialize)]
struct IndicativeView<'a> {
    criterion: &'a str,
    mark: &'static str,
    #[serde(flatten)]
    observation: ObservationView<'a>,
}

#[derive(Debug, Serialize)]
struct EditionView<'a> {
    number: &'a str,
    date: &'a str,
    title: &'a str,
    changelog: &'a str,
    is_default: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims_of_today: Option<bool>,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct OptionView<'a> {
    technology: &'a str,
    name: String,
    excluded: Option<Exclusion<'a>>,
}

#[derive(Debug, Serialize)]
struct Exclusion<'a> {
    must_have: &'a str,
    reason: &'a str,
}

#[derive(Debug, Serialize)]
struct CriterionView<'a> {
    criterion: &'a str,
    label: &'a str,
    question: &'a str,
}

#[derive(Debug, Serialize)]
struct TotalView<'a> {
    technology: &'a str,
    total: Option<f64>,
}

#[derive(Debug, Serialize)]
struct VerdictView<'a> {
    kind: VerdictKind,
    sentence: String,
    leader: Option<&'a str>,
    runner_up: Option<&'a str>,
    margin: f64,
    deviation: f64,
    /// This and the shares: none where no criterion has a score for every option.
    probability: Option<f64>,
    ranking: Vec<Vec<&'a str>>,
    dominated: Vec<Dominated<'a>>,
    worst_case_changes_leader: bool,
    thresholds: Thresholds,
}

#[derive(Debug, Serialize)]
struct Dominated<'a> {
    technology: &'a str,
    by: &'a str,
}

#[derive(Debug, Serialize)]
struct Acceptability<'a> {
    exact: bool,
    draws: Option<u64>,
    options: Vec<ShareView<'a>>,
}

#[derive(Debug, Serialize)]
struct ShareView<'a> {
    technology: &'a str,
    share: Option<f64>,
    standard_error: Option<f64>,
    central_weights: Option<Vec<CentralWeight<'a>>>,
}

#[derive(Debug, Serialize)]
struct CentralWeight<'a> {
    criterion: &'a str,
    weight: f64,
}

#[derive(Debug, Serialize)]
struct FlipView<'a> {
    criterion: &'a str,
    from: f64,
    at: f64,
    direction: Direction,
    challenger: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct MethodJson<'a> {
    method: &'a str,
    name: &'a str,
    higher_is_better: bool,
    scores: Option<&'a [f64]>,
    ranking: Vec<Vec<&'a str>>,
}

#[derive(Debug, Serialize)]
struct CellView<'a> {
    technology: &'a str,
    criterion: &'a str,
    score: Option<f64>,
    interval: Option<[f64; 2]>,
    evidence: Option<f64>,
    editor: Option<f64>,
    basis: Option<Kind>,
    confidence: Confidence,
    sources_disagree: bool,
    judgement_disagrees: bool,
    rule: Option<RuleView<'a>>,
    readings: Vec<ReadingView>,
    observations: Vec<ObservationView<'a>>,
}

/// A reading as exports show it: where a licence withholds a value, its scores have one decimal and there is no raw
/// value, so that the value does not stand here in disguise. The score of the whole cell is ours and stays exact.
#[derive(Debug, Serialize)]
struct ReadingView {
    #[serde(flatten)]
    reading: ReadingScore,
    withheld: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct RuleView<'a> {
    id: &'a str,
    name: &'a str,
    summary: &'a str,
    combine: Combine,
    formula: String,
    anchors: Vec<Anchor<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pay: Option<&'a PayScale>,
}

#[derive(Debug, Serialize)]
struct Anchor<'a> {
    reading: &'a str,
    metric: &'a str,
    weight: f64,
    function: &'a Function,
    mean: Mean,
    otherwise: Option<f64>,
}

/// An observation as exports show it: withheld where its licence says so.
#[derive(Debug, Serialize)]
pub struct ObservationView<'a> {
    #[serde(flatten)]
    observation: Observation,
    source_detail: Option<Cow<'a, Source>>,
    withheld: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct ClaimView<'a> {
    id: &'a str,
    statement: &'a str,
    status: ClaimStatus,
    short: &'a str,
    observations: Vec<ObservationView<'a>>,
}

#[derive(Debug, Serialize)]
struct PayView<'a> {
    #[serde(flatten)]
    region: &'a PayRegion,
    options: Vec<PayOption<'a>>,
}

#[derive(Debug, Serialize)]
struct PayOption<'a> {
    technology: &'a str,
    p25: Option<f64>,
    median: Option<f64>,
    p75: Option<f64>,
    sample_size: Option<u64>,
    score: Option<Score>,
    observation: Option<&'a str>,
    withheld: Option<&'static str>,
}

/// The document of an analysis.
///
/// # Errors
/// When the edition cannot be written as JSON, which its checks rule out.
pub fn document<'a>(analysis: &'a Analysis<'_>) -> Result<Document<'a>, serde_json::Error> {
    let (comparison, edition) = (analysis.comparison, &*analysis.edition);
    Ok(Document {
        schema: "earnest.comparison/1",
        slug: &comparison.text.slug,
        title: &comparison.text.title,
        question: &comparison.text.question,
        edition: edition_view(analysis)?,
        scores: analysis.state.scores,
        query: analysis.state.query(comparison),
        options: options(analysis),
        criteria: criteria(analysis),
        kept: kept(analysis),
        weights: weights(analysis),
        coverage: analysis.verdict.totals.coverage,
        compared: analysis
            .verdict
            .totals
            .compared
            .iter()
            .filter_map(|at| criterion(analysis, *at))
            .collect(),
        totals: totals(analysis),
        verdict: verdict(analysis),
        acceptability: acceptability(analysis),
        flips: analysis
            .verdict
            .nearest
            .iter()
            .filter_map(|flip| flip_view(analysis, flip))
            .collect(),
        methods: methods(analysis),
        methods_agree: analysis.methods_agree,
        cells: cells(analysis),
        pay: edition.pay.iter().map(|pay| pay_view(edition, pay)).collect(),
        claims: comparison
            .claims
            .iter()
            .map(|claim| claim_view(edition, claim))
            .collect(),
        indicative: indicative(analysis),
        attribution: notices(&edition.edition),
    })
}

fn indicative<'a>(analysis: &'a Analysis<'_>) -> Vec<IndicativeView<'a>> {
    let edition = &analysis.edition.edition;
    let view = |observation: &'a Observation| {
        let metric = edition.metrics.iter().find(|m| m.id == observation.metric)?;
        let provenance = analysis.catalogue.provenance(&observation.source);
        Some(IndicativeView {
            criterion: metric.indicative_for.as_deref()?,
            mark: provenance.map_or("", |p| p.mark.words()),
            observation: observation_view(&analysis.edition, observation),
        })
    };
    edition.observations.iter().filter_map(view).collect()
}

fn claim_view<'a>(edition: &'a ScoredEdition, claim: &'a Claim) -> ClaimView<'a> {
    let cited = claim
        .observations
        .iter()
        .filter_map(|id| edition.edition.observation(id));
    ClaimView {
        id: &claim.id,
        statement: &claim.statement,
        status: claim.status,
        short: &claim.short,
        observations: cited.map(|o| observation_view(edition, o)).collect(),
    }
}

fn edition_view<'a>(analysis: &'a Analysis<'_>) -> Result<EditionView<'a>, serde_json::Error> {
    let head = &analysis.edition.edition.head;
    Ok(EditionView {
        number: &head.number,
        date: &head.date,
        title: &head.title,
        changelog: &head.changelog,
        is_default: head.number == analysis.comparison.text.default_edition,
        claims_of_today: analysis.comparison.prose_is_of_today().then_some(true),
        // of what was published, not of what a reader put beside it
        sha256: analysis
            .comparison
            .edition(&head.number)
            .map_or_else(|| Ok(String::new()), |published| published.edition.sha256())?,
    })
}

fn options<'a>(analysis: &'a Analysis<'_>) -> Vec<OptionView<'a>> {
    let view = |(at, slug): (usize, &'a String)| {
        let excluded = analysis.excluded.iter().find(|e| e.option == at);
        OptionView {
            technology: slug,
            name: analysis.option_name(at),
            excluded: excluded.map(|e| Exclusion {
                must_have: &e.must_have,
                reason: &e.reason,
            }),
        }
    };
    analysis
        .edition
        .edition
        .options
        .iter()
        .enumerate()
        .map(view)
        .collect()
}

fn criteria<'a>(analysis: &'a Analysis<'_>) -> Vec<CriterionView<'a>> {
    let found = |(slug, label): (&'a String, &'a String)| CriterionView {
        criterion: slug,
        label,
        question: analysis.question(slug),
    };
    let each = analysis.edition.edition.criteria.iter();
    each.zip(&analysis.criterion_labels).map(found).collect()
}

fn totals<'a>(analysis: &'a Analysis<'_>) -> Vec<TotalView<'a>> {
    let each = analysis.table.options.iter().enumerate();
    each.map(|(at, technology)| TotalView {
        technology,
        total: analysis.verdict.totals.known(at),
    })
    .collect()
}

fn option<'a>(analysis: &'a Analysis<'_>, at: usize) -> Option<&'a str> {
    analysis.table.options.get(at).map(String::as_str)
}

fn criterion<'a>(analysis: &'a Analysis<'_>, at: usize) -> Option<&'a str> {
    analysis.table.criteria.get(at).map(String::as_str)
}

fn tiers<'a>(analysis: &'a Analysis<'_>, tiers: &[Vec<usize>]) -> Vec<Vec<&'a str>> {
    tiers
        .iter()
        .map(|tier| tier.iter().filter_map(|at| option(analysis, *at)).collect())
        .collect()
}

fn verdict<'a>(analysis: &'a Analysis<'_>) -> VerdictView<'a> {
    let verdict = &analysis.verdict;
    let dominated = |(beaten, by): &(usize, usize)| {
        Some(Dominated {
            technology: option(analysis, *beaten)?,
            by: option(analysis, *by)?,
        })
    };
    VerdictView {
        kind: verdict.kind,
        sentence: analysis.headline.sentence(),
        leader: verdict.leader.and_then(|at| option(analysis, at)),
        runner_up: verdict.runner_up.and_then(|at| option(analysis, at)),
        margin: verdict.margin,
        deviation: verdict.deviation,
        probability: Some(verdict.probability).filter(|_| analysis.is_comparable()),
        ranking: tiers(analysis, &verdict.ranking),
        dominated: verdict.dominated.iter().filter_map(dominated).collect(),
        worst_case_changes_leader: verdict.worst_case_changes_leader,
        thresholds: THRESHOLDS,
    }
}

fn acceptability<'a>(analysis: &'a Analysis<'_>) -> Acceptability<'a> {
    let shares = &analysis.shares;
    let central = |weights: &Vec<f64>| -> Vec<CentralWeight<'a>> {
        analysis
            .table
            .criteria
            .iter()
            .zip(weights)
            .map(|(criterion, weight)| CentralWeight {
                criterion,
                weight: *weight,
            })
            .collect()
    };
    let view = |(at, technology): (usize, &'a String)| ShareView {
        technology,
        share: shares
            .shares
            .get(at)
            .copied()
            .filter(|_| analysis.is_comparable()),
        standard_error: shares
            .standard_error
            .as_ref()
            .and_then(|errors| errors.get(at).copied()),
        central_weights: shares.central.get(at).and_then(Option::as_ref).map(central),
    };
    Acceptability {
        exact: shares.exact,
        draws: shares.draws,
        options: analysis.table.options.iter().enumerate().map(view).collect(),
    }
}

fn flip_view<'a>(analysis: &'a Analysis<'_>, flip: &Flip) -> Option<FlipView<'a>> {
    Some(FlipView {
        criterion: criterion(analysis, flip.criterion)?,
        from: flip.from,
        at: flip.at,
        direction: flip.direction,
        challenger: option(analysis, flip.challenger),
    })
}

fn methods<'a>(analysis: &'a Analysis<'_>) -> Vec<MethodJson<'a>> {
    let view = |method: &'a super::MethodView| MethodJson {
        method: method.key,
        name: method.name,
        higher_is_better: method.higher_is_better,
        scores: method.scores.as_deref(),
        ranking: tiers(analysis, &method.ranking),
    };
    analysis.methods.iter().map(view).collect()
}

fn cells<'a>(analysis: &'a Analysis<'_>) -> Vec<CellView<'a>> {
    let edition = &*analysis.edition;
    let shown = edition.table(analysis.state.region.as_deref(), analysis.state.scores);
    let mut views = Vec::new();
    for (row, cells) in edition.cells.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let at = |table: &Vec<Vec<Option<Score>>>| {
                table.get(row).and_then(|r| r.get(column)).copied().flatten()
            };
            let score = at(&shown.scores);
            views.push(CellView {
                technology: &cell.technology,
                criterion: &cell.criterion,
                score: score.map(|s| s.point),
                interval: score.map(|s| [s.low, s.high]),
                evidence: cell.score.map(|s| s.point).filter(|_| edition.editor.is_some()),
                editor: edition.editor.as_ref().and_then(at).map(|s| s.point),
                basis: cell.basis,
                confidence: cell.confidence,
                sources_disagree: cell.sources_disagree,
                judgement_disagrees: cell.judgement_disagrees,
                rule: edition.edition.rule(&cell.criterion).map(rule_view),
                readings: cell.readings.iter().map(|r| reading_view(edition, r)).collect(),
                observations: edition
                    .edition
                    .behind(cell)
                    .into_iter()
                    .map(|o| observation_view(edition, o))
                    .collect(),
            });
        }
    }
    views
}

fn rule_view(rule: &Rule) -> RuleView<'_> {
    RuleView {
        id: &rule.id,
        name: &rule.title,
        summary: &rule.summary,
        combine: rule.combine,
        formula: super::export::formula(rule),
        anchors: rule
            .readings
            .iter()
            .flat_map(|reading| {
                reading.parts.iter().map(|part| Anchor {
                    reading: &reading.id,
                    metric: &part.metric,
                    weight: part.weight,
                    function: &part.function,
                    mean: part.mean,
                    otherwise: part.otherwise,
                })
            })
            .collect(),
        pay: rule.pay.as_ref(),
    }
}

fn reading_view(edition: &ScoredEdition, reading: &ReadingScore) -> ReadingView {
    let mut reading = reading.clone();
    let mut withheld = None;
    for part in &mut reading.parts {
        let reason = |id: &String| edition.edition.withheld(edition.edition.observation(id)?);
        let Some(reason) = part.observations.iter().find_map(reason) else {
            continue;
        };
        part.raw = None;
        round(&mut part.score, &mut part.low, &mut part.high);
        withheld = Some(reason);
    }
    if withheld.is_some() {
        round(&mut reading.score, &mut reading.low, &mut reading.high);
    }
    ReadingView { reading, withheld }
}

fn round(score: &mut Option<f64>, low: &mut Option<f64>, high: &mut Option<f64>) {
    for value in [score, low, high] {
        *value = value.map(|v| (v * 10.0).round() / 10.0);
    }
}

/// One observation with its source; the value is withheld where the licence forbids giving it on.
pub fn observation_view<'a>(edition: &'a ScoredEdition, observation: &Observation) -> ObservationView<'a> {
    let source = edition.edition.source(&observation.source);
    let withheld = edition.edition.withheld(observation);
    let mut observation = observation.clone();
    if withheld.is_some() {
        observation.value = f64::NAN; // serialised as null
        observation.quartiles = None;
        observation.interval = None;
        observation.sd = None;
        observation.computed = None;
        observation.note = None;
    }
    ObservationView {
        observation,
        source_detail: source.map(Cow::Borrowed),
        withheld,
    }
}

fn pay_view<'a>(edition: &'a ScoredEdition, pay: &'a crate::content::ScoredPay) -> PayView<'a> {
    let view = |(technology, seen): (&'a String, &'a Option<(Observation, Score)>)| {
        let observation = seen.as_ref().map(|(o, _)| o);
        let withheld = observation.and_then(|o| edition.edition.withheld(o));
        let given = observation.filter(|_| withheld.is_none());
        PayOption {
            technology,
            p25: given.and_then(|o| o.quartiles).map(|[low, _]| low),
            median: given.map(|o| o.value),
            p75: given.and_then(|o| o.quartiles).map(|[_, high]| high),
            sample_size: observation.and_then(|o| o.sample_size),
            score: seen.as_ref().map(|(_, score)| *score),
            observation: observation.map(|o| o.id.as_str()),
            withheld,
        }
    };
    PayView {
        region: &pay.region,
        options: edition
            .edition
            .options
            .iter()
            .zip(&pay.options)
            .map(view)
            .collect(),
    }
}
