//! Pay as a criterion: a sourced range on a fixed money scale, scored over the whole range.

use super::{Confidence, Observation, RESOLUTION, widened};
use crate::verdict::Score;
use serde::{Deserialize, Serialize};

/// The money scale of the cost criterion and the regions in which pay was observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PayScale {
    /// Yearly pay worth 0, in whole units of `currency`.
    pub zero: f64,
    /// Yearly pay worth 10.
    pub ten: f64,
    /// ISO 4217 code of the scale.
    pub currency: String,
    /// Id of the region shown unless the reader chooses another.
    pub default_region: String,
    /// Where pay was observed.
    #[serde(rename = "region")]
    pub regions: Vec<PayRegion>,
}

/// One region and role for which pay was observed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PayRegion {
    /// Short id, used in the URL.
    pub id: String,
    /// Name of the region.
    pub label: String,
    /// Whose pay it is.
    pub role: String,
    /// Calendar year of the survey.
    pub year: u16,
    /// ISO 4217 code of the observations.
    pub currency: String,
    /// Whether the observations are yearly or monthly amounts.
    pub period: Period,
    /// What the amount contains (before or after tax, bonus).
    pub basis: String,
    /// Whether the amounts are take-home pay, from which no employer's cost follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub take_home: bool,
    /// Metric id of the observations.
    pub metric: String,
    /// What to keep in mind when reading it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Whether an amount of pay is for a year or a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A yearly amount.
    Year,
    /// A monthly amount, multiplied by twelve before it is scored.
    Month,
}

impl Period {
    /// How many such periods a year has.
    pub fn per_year(self) -> f64 {
        match self {
            Self::Year => 1.0,
            Self::Month => 12.0,
        }
    }
}

impl PayScale {
    /// The score of one yearly amount, 0 to 10, before clamping.
    fn unclamped(&self, yearly: f64) -> f64 {
        10.0 * (yearly - self.zero) / (self.ten - self.zero)
    }

    /// The score of one yearly amount, 0 to 10.
    pub fn score(&self, yearly: f64) -> f64 {
        self.unclamped(yearly).clamp(0.0, 10.0)
    }

    /// The mean score over a range of yearly pay, every amount in it equally likely.
    pub fn mean_score(&self, low: f64, high: f64) -> f64 {
        let (mut from, mut to) = (self.unclamped(low), self.unclamped(high));
        if from > to {
            std::mem::swap(&mut from, &mut to);
        }
        if to - from < 1e-12 {
            return from.clamp(0.0, 10.0);
        }
        // integral of clamp(t, 0, 10) from `from` to `to`
        let area = |t: f64| {
            if t <= 0.0 {
                0.0
            } else if t <= 10.0 {
                t * t / 2.0
            } else {
                50.0 + 10.0 * (t - 10.0)
            }
        };
        ((area(to) - area(from)) / (to - from)).clamp(0.0, 10.0)
    }
}

/// Scores an observed pay range in a region: the mean over the range, its ends as the interval.
pub fn score_pay(scale: &PayScale, region: &PayRegion, observation: &Observation) -> Score {
    let yearly = region.period.per_year();
    if let Some([low, high]) = observation.quartiles {
        let point = scale.mean_score(low * yearly, high * yearly);
        let (worst, best) = (scale.score(high * yearly), scale.score(low * yearly));
        return widened(point, worst.min(point), best.max(point), 0.0);
    }
    let point = scale.score(observation.value * yearly);
    let by = if observation.confidence == Confidence::Low {
        super::LOW_CONFIDENCE_WIDENING
    } else {
        RESOLUTION
    };
    widened(point, point, point, by)
}
