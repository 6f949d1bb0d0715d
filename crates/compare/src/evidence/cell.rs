//! One cell of a comparison: a rule applied to the observations of one technology.

use super::{
    Combine, Confidence, Kind, LOW_CONFIDENCE_WIDENING, Mean, Observation, Part, RESOLUTION, Reading, Rule,
    widened,
};
use crate::verdict::Score;
use serde::Serialize;

/// What one part of a reading came to for one technology.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartScore {
    /// The metric that was read.
    pub metric: String,
    /// Name shown in the derivation.
    pub label: String,
    /// Weight as the rule states it.
    pub weight: f64,
    /// The mean of the observations, in the metric's unit; `None` when there was none.
    pub raw: Option<f64>,
    /// Score of `raw`, or the rule's `otherwise`; `None` when the part is missing.
    pub score: Option<f64>,
    /// Score at the low end of the observations' own intervals.
    pub low: Option<f64>,
    /// Score at the high end of the observations' own intervals.
    pub high: Option<f64>,
    /// Ids of the observations used.
    pub observations: Vec<String>,
    /// Why a technology without an observation has a score here.
    pub otherwise_because: Option<String>,
}

/// What one reading came to for one technology.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadingScore {
    /// Id within the rule.
    pub id: String,
    /// Name shown in the derivation.
    pub title: String,
    /// Weight as the rule states it.
    pub weight: f64,
    /// `false`: shown only.
    pub scored: bool,
    /// Why this weight, or why it is not scored.
    pub why: String,
    /// The weighted mean of its parts; `None` when a part is missing.
    pub score: Option<f64>,
    /// Low end, from the observations' own intervals.
    pub low: Option<f64>,
    /// High end, from the observations' own intervals.
    pub high: Option<f64>,
    /// The parts.
    pub parts: Vec<PartScore>,
}

/// The score of one technology on one criterion, with all that explains it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// Slug of the technology.
    pub technology: String,
    /// Slug of the criterion.
    pub criterion: String,
    /// `None`: no evidence. Never a number then.
    pub score: Option<Score>,
    /// What the score rests on: the strongest kind behind it; `None` with no score.
    pub basis: Option<Kind>,
    /// How far the evidence carries.
    pub confidence: Confidence,
    /// One per reading of the rule, in its order.
    pub readings: Vec<ReadingScore>,
    /// Ids of judgements of this criterion for this technology.
    pub judgements: Vec<String>,
    /// Readings lie further apart than their intervals allow.
    pub sources_disagree: bool,
    /// A judgement lies outside the interval of the evidence.
    pub judgement_disagrees: bool,
}

/// Applies a rule to the observations of one technology.
///
/// The point is the median or the weighted mean of the per-source readings; the interval is the hull of all
/// scored readings, widened at low confidence. A judgement stands in only where no reading exists.
pub fn score(rule: &Rule, technology: &str, observations: &[Observation]) -> Cell {
    let own: Vec<&Observation> = observations
        .iter()
        .filter(|o| o.technology == technology)
        .collect();
    let readings: Vec<ReadingScore> = rule.readings.iter().map(|reading| read(reading, &own)).collect();
    let judgement_metric = format!("judgement-{}", rule.criterion);
    let judged: Vec<&&Observation> = own
        .iter()
        .filter(|o| o.kind == Kind::Judgement && o.metric == judgement_metric)
        .collect();
    let scored: Vec<&ReadingScore> = readings
        .iter()
        .filter(|r| r.scored && r.score.is_some())
        .collect();

    let from_evidence = combined(rule, &scored);
    let from_judgement = judged.first().map(|o| {
        let [low, high] = o.interval.unwrap_or([
            o.value - LOW_CONFIDENCE_WIDENING,
            o.value + LOW_CONFIDENCE_WIDENING,
        ]);
        widened(o.value, low, high, 0.0)
    });
    let judgement_disagrees =
        from_evidence.is_some_and(|score| judged.iter().any(|o| o.value < score.low || o.value > score.high));
    Cell {
        technology: technology.to_owned(),
        criterion: rule.criterion.clone(),
        score: from_evidence.or(from_judgement),
        basis: basis(from_evidence.is_some(), from_judgement.is_some(), &scored, &own),
        confidence: rule.confidence,
        sources_disagree: disagree(&scored),
        judgement_disagrees,
        judgements: judged.iter().map(|o| o.id.clone()).collect(),
        readings,
    }
}

fn basis(evidence: bool, judgement: bool, scored: &[&ReadingScore], own: &[&Observation]) -> Option<Kind> {
    if !evidence {
        return judgement.then_some(Kind::Judgement);
    }
    let used = |id: &str| {
        scored
            .iter()
            .any(|r| r.parts.iter().any(|p| p.observations.iter().any(|o| o == id)))
    };
    own.iter()
        .filter(|o| used(&o.id))
        .map(|o| o.kind)
        .min()
        .or(Some(Kind::Published))
}

fn combined(rule: &Rule, scored: &[&ReadingScore]) -> Option<Score> {
    let low = scored.iter().filter_map(|r| r.low).fold(f64::INFINITY, f64::min);
    let high = scored
        .iter()
        .filter_map(|r| r.high)
        .fold(f64::NEG_INFINITY, f64::max);
    let point = match rule.combine {
        Combine::Median => median(scored.iter().filter_map(|r| r.score).collect()),
        Combine::Weights => {
            let total: f64 = scored.iter().map(|r| r.weight).sum();
            let sum: f64 = scored.iter().filter_map(|r| Some(r.weight * r.score?)).sum();
            (total > 0.0).then(|| sum / total)
        }
    }?;
    let by = if rule.confidence == Confidence::Low {
        LOW_CONFIDENCE_WIDENING
    } else {
        0.0
    };
    Some(widened(point, low, high, by))
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    values
        .get(values.len() / 2 - 1)
        .map(|lower| f64::midpoint(*lower, upper))
}

fn read(reading: &Reading, own: &[&Observation]) -> ReadingScore {
    let parts: Vec<PartScore> = reading.parts.iter().map(|part| read_part(part, own)).collect();
    let whole = parts.iter().all(|p| p.score.is_some())
        && parts
            .iter()
            .any(|p| !p.observations.is_empty() || p.score.is_some());
    let mean = |value: fn(&PartScore) -> Option<f64>| {
        let total: f64 = parts.iter().map(|p| p.weight).sum();
        let sum: f64 = parts.iter().filter_map(|p| Some(p.weight * value(p)?)).sum();
        (whole && total > 0.0).then(|| sum / total)
    };
    // A reading made of definitions alone is no evidence.
    let observed = parts.iter().any(|p| !p.observations.is_empty());
    ReadingScore {
        id: reading.id.clone(),
        title: reading.title.clone(),
        weight: reading.weight,
        scored: reading.scored,
        why: reading.why.clone(),
        score: mean(|p| p.score).filter(|_| observed),
        low: mean(|p| p.low).filter(|_| observed),
        high: mean(|p| p.high).filter(|_| observed),
        parts,
    }
}

fn read_part(part: &Part, own: &[&Observation]) -> PartScore {
    let used: Vec<&&Observation> = own
        .iter()
        .filter(|o| o.metric == part.metric && o.kind != Kind::Judgement)
        .collect();
    let raw = mean_of(part.mean, used.iter().map(|o| o.value));
    let first = mean_of(
        part.mean,
        used.iter().map(|o| o.interval.map_or(o.value, |[low, _]| low)),
    );
    let last = mean_of(
        part.mean,
        used.iter().map(|o| o.interval.map_or(o.value, |[_, high]| high)),
    );
    let score = raw.map(|x| part.function.score(x));
    let ends = [
        score,
        first.map(|x| part.function.score(x)),
        last.map(|x| part.function.score(x)),
    ];
    let otherwise = part.otherwise.filter(|_| raw.is_none());
    PartScore {
        metric: part.metric.clone(),
        label: part.label.clone(),
        weight: part.weight,
        raw,
        score: score.or(otherwise),
        low: ends.iter().flatten().copied().reduce(f64::min).or(otherwise),
        high: ends.iter().flatten().copied().reduce(f64::max).or(otherwise),
        observations: used.iter().map(|o| o.id.clone()).collect(),
        otherwise_because: part.otherwise_because.clone().filter(|_| otherwise.is_some()),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a handful of observations, far below 2^52"
)]
fn mean_of(mean: Mean, values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<f64> = values.collect();
    if values.is_empty() {
        return None;
    }
    let count = values.len() as f64;
    Some(match mean {
        _ if values.len() == 1 => values.iter().sum(),
        Mean::Arithmetic => values.iter().sum::<f64>() / count,
        Mean::Geometric => (values.iter().map(|v| v.ln()).sum::<f64>() / count).exp(),
    })
}

/// Whether two readings lie further apart than their intervals, each at least the scale's resolution wide, allow.
fn disagree(scored: &[&ReadingScore]) -> bool {
    let highest_low = scored
        .iter()
        .filter_map(|r| Some((r.low?).min(r.score? - RESOLUTION)))
        .fold(f64::NEG_INFINITY, f64::max);
    let lowest_high = scored
        .iter()
        .filter_map(|r| Some((r.high?).max(r.score? + RESOLUTION)))
        .fold(f64::INFINITY, f64::min);
    highest_low > lowest_high
}
