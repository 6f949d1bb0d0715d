//! From evidence to scores: observations, fixed-anchor scoring rules, and the cell that they make.
//!
//! A score is never stored: it is a rule applied to observations. The raw values worth 0 and 10 are literal
//! numbers of the rule, so adding a technology changes no other technology's score. Nothing here knows what
//! the site earns, who pays it, or which roles it offers: an observation has no such field.

use crate::verdict::Score;
use serde::{Deserialize, Serialize};

mod cell;
mod pay;

pub use cell::{Cell, PartScore, ReadingScore, score};
pub use pay::{PayRegion, PayScale, Period, score_pay};

/// How an observation came to be. A judgement moves a score only where nothing else exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A value that a stated procedure produced, repeatable by a reader.
    Measured,
    /// A value that a publisher states (survey share, registry count, study result).
    Published,
    /// An editor's opinion, with author, date and rationale.
    Judgement,
}

/// How far the evidence behind a rule or a value can be trusted, as an editor states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// No stated method, fewer than 50 people, or a stand-in for what was asked.
    Low,
    /// One second-hand text, a proxy, or 50 to 149 people.
    Medium,
    /// Raw data or the publisher's own figures.
    High,
}

/// One value that somebody observed, with everything needed to find it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Observation {
    /// Unique within a release of evidence.
    pub id: String,
    /// Slug of the technology that the value speaks for.
    pub technology: String,
    /// Id of the metric; a rule's part names the metric that it reads.
    pub metric: String,
    /// What exactly was observed, for example one web framework.
    pub subject: String,
    /// The raw value in `unit`; for a pay range the median.
    pub value: f64,
    /// Unit of `value`, as printed.
    pub unit: String,
    /// Measured, published or judged.
    pub kind: Kind,
    /// Id of the source.
    pub source: String,
    /// Where in the source the value stands (file and commit, table, page).
    pub locator: String,
    /// Calendar year that the value describes.
    pub year: u16,
    /// How far to trust this one value.
    pub confidence: Confidence,
    /// Number of people, posts or runs behind the value, where the source gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_size: Option<u64>,
    /// Lowest and highest plausible value, in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// 25th and 75th percentile, in `unit`, for a range such as pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quartiles: Option<[f64; 2]>,
    /// Standard deviation in `unit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sd: Option<f64>,
    /// How we computed the value ourselves; absent when the source prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<String>,
    /// Date (`YYYY-MM-DD`) after which the value counts as stale.
    pub review_by: String,
    /// Anything a reader must know to read the value rightly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who judged (judgements only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was judged, `YYYY-MM-DD` (judgements only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Why (judgements only).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
}

/// A value function with fixed anchors: raw value in, 0 to 10 out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Function {
    /// `10 - k * log10(best / x)`, clamped to 0..=10; for counts that differ by factors.
    LogRatio {
        /// The raw value worth 10: a literal frozen in the edition, never "the best of those shown".
        best: f64,
        /// `k`: points lost for each factor of ten below `best`.
        points_per_tenfold: f64,
        /// Where `best` comes from.
        best_from: String,
    },
    /// `10 * (x - zero) / (ten - zero)`, clamped to 0..=10; `ten < zero` where less is better.
    Linear {
        /// The raw value worth 0.
        zero: f64,
        /// The raw value worth 10.
        ten: f64,
        /// Why these two.
        anchor_from: String,
    },
}

impl Function {
    /// The score of a raw value, 0 to 10. A value that a logarithm cannot take (zero or less) scores 0.
    pub fn score(&self, raw: f64) -> f64 {
        let points = match self {
            Self::LogRatio {
                best,
                points_per_tenfold,
                ..
            } => {
                if raw <= 0.0 {
                    return 0.0;
                }
                10.0 - points_per_tenfold * (best / raw).log10()
            }
            Self::Linear { zero, ten, .. } => 10.0 * (raw - zero) / (ten - zero),
        };
        points.clamp(0.0, 10.0)
    }

    /// Whether the anchors make sense; the sentence says what is wrong.
    pub fn fault(&self) -> Option<&'static str> {
        match self {
            Self::LogRatio {
                best,
                points_per_tenfold,
                ..
            } => {
                let sound = best.is_finite()
                    && *best > 0.0
                    && points_per_tenfold.is_finite()
                    && *points_per_tenfold > 0.0;
                (!sound).then_some("`best` and `points_per_tenfold` must be positive numbers")
            }
            Self::Linear { zero, ten, .. } => {
                let sound = zero.is_finite() && ten.is_finite() && (zero - ten).abs() > f64::EPSILON;
                (!sound).then_some("`zero` and `ten` must be two different numbers")
            }
        }
    }
}

/// How several observations of one metric become one raw value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Mean {
    /// For values that differ by factors (throughput, counts).
    #[default]
    Geometric,
    /// For shares and other values on one linear scale.
    Arithmetic,
}

/// How the readings of a rule become the point score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Combine {
    /// The middle reading; the mean of the two middle ones for an even number.
    Median,
    /// The mean by the weights of the readings, renormalised over those present.
    Weights,
}

/// One quantity inside a reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The metric that this part reads.
    pub metric: String,
    /// Name shown in the derivation.
    pub label: String,
    /// Share of the part in its reading; renormalised over the parts present.
    #[serde(default = "one")]
    pub weight: f64,
    /// Raw value to score.
    pub function: Function,
    /// How several observations become one raw value.
    #[serde(default)]
    pub mean: Mean,
    /// Score of a technology without an observation, true by definition, never a guess.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<f64>,
    /// Why `otherwise` is true by definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise_because: Option<String>,
}

/// How one source answers the criterion's question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// Unique within the rule.
    pub id: String,
    /// Name shown in the derivation.
    pub title: String,
    /// Share in the point score when readings combine by weights; 0 is a cross-check, which only widens the interval.
    #[serde(default = "one")]
    pub weight: f64,
    /// `false`: shown, but neither scored nor part of the interval (too old, not comparable).
    #[serde(default = "yes")]
    pub scored: bool,
    /// Why this weight, or why it is not scored.
    #[serde(default)]
    pub why: String,
    /// The quantities that it is made of.
    #[serde(rename = "part")]
    pub parts: Vec<Part>,
}

/// The rule that turns the observations of one criterion into scores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique within a release of evidence.
    pub id: String,
    /// Slug of the criterion.
    pub criterion: String,
    /// Name shown over the derivation.
    pub title: String,
    /// The rule in plain words.
    pub summary: String,
    /// How far the evidence carries; `Low` widens every interval by two points each way.
    pub confidence: Confidence,
    /// How readings combine.
    #[serde(default = "by_weights")]
    pub combine: Combine,
    /// One per source (or per way to read a source).
    #[serde(default, rename = "reading", skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
    /// For the cost criterion, instead of readings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay: Option<PayScale>,
}

/// What a metric counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Unique within a release of evidence.
    pub id: String,
    /// Name shown to readers.
    pub label: String,
    /// Unit as printed.
    pub unit: String,
    /// Which end of it is good.
    pub better: Better,
    /// Slug of the criterion beside whose scores its observations are shown, without weight in any; no rule may read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicative_for: Option<String>,
}

/// Which end of a metric is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

fn one() -> f64 {
    1.0
}

fn yes() -> bool {
    true
}

fn by_weights() -> Combine {
    Combine::Weights
}

/// Half a point: the resolution of the scale. Readings closer than their resolutions allow do not disagree.
pub const RESOLUTION: f64 = 0.5;

/// Points by which low confidence widens an interval, each way.
pub const LOW_CONFIDENCE_WIDENING: f64 = 2.0;

/// A score whose interval is widened by `by` points each way and kept inside 0..=10.
pub(crate) fn widened(point: f64, low: f64, high: f64, by: f64) -> Score {
    Score {
        point,
        low: (low - by).clamp(0.0, 10.0),
        high: (high + by).clamp(0.0, 10.0),
    }
}

#[cfg(test)]
mod tests;
