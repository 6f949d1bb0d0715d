//! What our own lab measured, in words: who is ahead, where no difference was measured, and what that says of a claim.
//!
//! Everything is made from the observations of an edition, so that a text cannot say more than they do.

use super::Edition;
use super::model::{Claim, LabTest};
use crate::comparison::export::plain_number;
use earnest_compare::evidence::{Metric, Observation};
use earnest_compare::repeats::{Difference, Repeats};

/// One workload with all who met it.
#[derive(Debug)]
pub struct Group<'a> {
    /// What was counted.
    pub metric: &'a Metric,
    /// Highest first.
    pub rows: Vec<&'a Observation>,
    /// What can be said of every two neighbours.
    pub differences: Vec<String>,
}

/// What our measurements say of a claim.
#[derive(Debug, PartialEq, Eq)]
pub struct ClaimReading {
    /// All in one sentence.
    pub verdict: String,
    /// One sentence a workload.
    pub sentences: Vec<String>,
    /// In how many of how many comparisons it is as claimed.
    pub as_claimed: (usize, usize),
}

/// What was measured by us beside the scores of a criterion, in order of the metrics' names.
pub fn groups<'a>(edition: &'a Edition, criterion: &str) -> Vec<Group<'a>> {
    let shown = edition
        .metrics
        .iter()
        .filter(|m| m.indicative_for.as_deref() == Some(criterion));
    shown
        .map(|metric| {
            let mut rows: Vec<&Observation> = edition
                .observations
                .iter()
                .filter(|o| o.metric == metric.id)
                .collect();
            rows.sort_by(|a, b| b.value.total_cmp(&a.value).then_with(|| a.id.cmp(&b.id)));
            let differences = rows
                .windows(2)
                .filter_map(|two| Some(sentence(two.first()?, two.last()?)))
                .collect();
            Group {
                metric,
                rows,
                differences,
            }
        })
        .collect()
}

/// What our measurements say of a claim, and how many of those that it names are missing; nothing where the edition has
/// none of them.
pub fn of_claim(edition: &Edition, claim: &Claim) -> Option<ClaimReading> {
    let read: Vec<(Difference, String)> = claim.lab.iter().filter_map(|test| read(edition, test)).collect();
    let count = |wanted: fn(&Difference) -> bool| read.iter().filter(|(d, _)| wanted(d)).count();
    let with = count(|d| matches!(d, Difference::Higher(_)));
    let against = count(|d| matches!(d, Difference::Lower(_)));
    let all = read.len();
    let verdict = match (with, against) {
        _ if all == 0 => return None,
        (0, 0) => "no difference measured".to_owned(),
        _ if with == all => format!("as claimed in {}", every(all)),
        _ if against == all => {
            format!(
                "the other way round in {}; it contradicts the claim, and both stand",
                every(all)
            )
        }
        _ => format!(
            "as claimed in {with} of {all} comparisons, the other way round in {against}, no difference measured in {}",
            all - with - against
        ),
    };
    let unmeasured = match claim.lab.len() - all {
        0 => String::new(),
        1 => "; one more was not measured".to_owned(),
        more => format!("; {more} more were not measured"),
    };
    Some(ClaimReading {
        verdict: verdict + &unmeasured,
        sentences: read.into_iter().map(|(_, sentence)| sentence).collect(),
        as_claimed: (with, all),
    })
}

fn every(comparisons: usize) -> String {
    match comparisons {
        1 => "the one comparison".to_owned(),
        all => format!("all {all} comparisons"),
    }
}

fn read(edition: &Edition, test: &LabTest) -> Option<(Difference, String)> {
    let best = |subjects: &[String]| {
        let named = edition
            .observations
            .iter()
            .filter(|o| o.metric == test.metric && subjects.contains(&o.subject));
        // without the one that its side is named after, the best of the others would speak for it
        let first = edition
            .observations
            .iter()
            .find(|o| o.metric == test.metric && subjects.first() == Some(&o.subject));
        first.and_then(|_| named.max_by(|a, b| a.value.total_cmp(&b.value)))
    };
    let (ahead, behind) = (best(&test.ahead)?, best(&test.behind)?);
    let metric = edition.metrics.iter().find(|m| m.id == test.metric)?;
    let said = format!(
        "{}: {}, {} against {}.",
        metric.label,
        sentence(ahead, behind),
        value(ahead),
        value(behind)
    );
    Some((repeats(ahead).against(&repeats(behind)), said))
}

/// The value with its interval and its unit: "6,850 (6,700 to 7,000) requests per second".
pub fn value(observation: &Observation) -> String {
    format!("{} {}", bare_value(observation), observation.unit)
}

/// The value with its interval: "6,850 (6,700 to 7,000)".
pub fn bare_value(observation: &Observation) -> String {
    let number = plain_number;
    let interval = observation.interval.map_or_else(String::new, |[low, high]| {
        format!(" ({} to {})", number(low), number(high))
    });
    format!("{}{interval}", number(observation.value))
}

fn sentence(first: &Observation, second: &Observation) -> String {
    let (one, other) = (&first.subject, &second.subject);
    match repeats(first).against(&repeats(second)) {
        Difference::None => format!("{one} and {other}: no difference measured"),
        Difference::Higher(times) => format!("{one} is ahead of {other}, about {} times", factor(times)),
        Difference::Lower(times) => format!("{one} is behind {other}, about {} times", factor(times)),
    }
}

fn factor(times: f64) -> String {
    if times < 10.0 {
        format!("{times:.1}")
    } else {
        format!("{times:.0}")
    }
}

/// The median and interval that an observation states.
fn repeats(observation: &Observation) -> Repeats {
    let [low, high] = observation.interval.unwrap_or([observation.value; 2]);
    Repeats {
        median: observation.value,
        low,
        high,
        count: observation
            .sample_size
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0),
        coverage: 0.0,
    }
}
