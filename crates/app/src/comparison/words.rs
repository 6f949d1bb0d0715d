//! Sentences that say numbers. The small script in the page says the same ones; `tests/browser` compares them.

use super::state::{EQUAL, State};
use crate::content::Comparison;
use earnest_compare::tradeoff;
use earnest_compare::verdict::{Direction, Flip, Kind, Verdict};

/// The verdict in one sentence, in two pieces so that the page can mark what would flip it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Headline {
    /// Who leads, or why nobody does.
    pub lead: String,
    /// What would change it; may be empty.
    pub flip: String,
}

impl Headline {
    /// The whole sentence with its full stop.
    pub fn sentence(&self) -> String {
        if self.flip.is_empty() {
            format!("{}.", self.lead)
        } else {
            format!("{} {}.", self.lead, self.flip)
        }
    }
}

/// Names for a verdict's positions.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Names of the options, as in the verdict's table.
    pub options: &'a [String],
    /// Labels of the criteria.
    pub criteria: &'a [String],
    /// "at equal priorities", "at these priorities", "for data and ML".
    pub at: &'a str,
}

impl Names<'_> {
    fn option(&self, at: usize) -> &str {
        self.options.get(at).map_or("?", String::as_str)
    }

    fn criterion(&self, at: usize) -> String {
        self.criteria
            .get(at)
            .map_or_else(|| "?".to_owned(), |label| lower_first(label))
    }

    /// "data science counts for more than 25.8 %"
    fn condition(&self, flip: &Flip) -> String {
        let word = match flip.direction {
            Direction::Up => "more",
            Direction::Down => "less",
        };
        format!(
            "{} counts for {word} than {}",
            self.criterion(flip.criterion),
            place(flip)
        )
    }
}

/// A label inside a sentence: first letter small unless the word is a name ("JavaScript") or an abbreviation ("ML").
pub fn lower_first(label: &str) -> String {
    let second_is_capital = label.chars().nth(1).is_some_and(char::is_uppercase);
    let mut letters = label.chars();
    match letters.next() {
        Some(first) if !second_is_capital => first.to_lowercase().chain(letters).collect(),
        _ => label.to_owned(),
    }
}

/// A share of 0..=1 in percent with one decimal, none when it is 0: "25.8 %", "50 %".
pub fn percent(share: f64) -> String {
    let mut text = format!("{:.1}", share * 100.0);
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    text.push_str("\u{a0}%");
    text
}

/// Where a flip lies. Only one that is at the very end, for two lead together now, is said to be there.
fn place(flip: &Flip) -> String {
    const TIE: f64 = 1e-9;
    percent(match flip.direction {
        Direction::Up if flip.at < TIE => 0.0,
        Direction::Down if flip.at > 1.0 - TIE => 1.0,
        Direction::Up | Direction::Down => flip.at.clamp(0.001, 0.999),
    })
}

/// "less than 0.1 %" where a flip lies between the end and the last percent that is said.
fn beyond(flip: &Flip) -> Option<&'static str> {
    match flip.direction {
        Direction::Down if flip.at < 0.0005 => Some("less than 0.1\u{a0}%"),
        Direction::Up if flip.at > 0.9995 => Some("more than 99.9\u{a0}%"),
        Direction::Down | Direction::Up => None,
    }
}

/// A probability as cases in a hundred, never claiming certainty: "98 in 100", "more than 99 in 100".
pub fn chances(probability: f64) -> String {
    let hundredths = (probability * 100.0).round();
    if probability >= 0.995 {
        "more than 99 in 100".to_owned()
    } else if probability < 0.005 {
        "fewer than 1 in 100".to_owned()
    } else {
        format!("{hundredths:.0} in 100")
    }
}

/// How sure the leader is to be ahead, or why that cannot be said.
pub fn sureness(verdict: &Verdict) -> String {
    match verdict.kind {
        Kind::CannotTell => "cannot tell".to_owned(),
        _ if verdict.runner_up.is_none() => "one option left".to_owned(),
        _ => chances(verdict.probability),
    }
}

/// A share in everyday words: "about two in three".
pub fn about(share: f64) -> &'static str {
    const WORDS: [(f64, &str); 14] = [
        (0.01, "almost none"),
        (0.075, "about one in twenty"),
        (0.125, "about one in ten"),
        (0.18, "about one in six"),
        (0.225, "about one in five"),
        (0.29, "about one in four"),
        (0.36, "about one in three"),
        (0.45, "about two in five"),
        (0.55, "about half"),
        (0.63, "about three in five"),
        (0.71, "about two in three"),
        (0.775, "about three in four"),
        (0.85, "about four in five"),
        (0.95, "about nine in ten"),
    ];
    let found = WORDS.iter().find(|(up_to, _)| share < *up_to);
    found.map_or(
        if share < 0.99 {
            "about nineteen in twenty"
        } else {
            "almost all"
        },
        |(_, words)| words,
    )
}

/// The verdict of the rule in one sentence.
pub fn headline(verdict: &Verdict, names: Names<'_>) -> Headline {
    let lead = verdict
        .leader
        .map_or_else(String::new, |l| names.option(l).to_owned());
    let rival = verdict
        .runner_up
        .map_or_else(String::new, |r| names.option(r).to_owned());
    let nearest = verdict.nearest.first();
    match verdict.kind {
        Kind::CannotTell => Headline {
            lead: format!(
                "Cannot tell: only {} of your weight rests on evidence for every option",
                percent(verdict.totals.coverage)
            ),
            flip: String::new(),
        },
        Kind::TooClose => Headline {
            lead: format!("Too close to call between {lead} and {rival} {}", names.at),
            flip: two_nearest(verdict, names),
        },
        Kind::Depends => Headline {
            lead: format!("{lead} leads {};", names.at),
            flip: nearest.map_or_else(String::new, |f| {
                format!("{} once {}", names.option(f.challenger), names.condition(f))
            }),
        },
        Kind::NarrowlyAhead => Headline {
            lead: format!(
                "{lead} is narrowly ahead {}, in {} of what the evidence allows",
                names.at,
                chances(verdict.probability)
            ),
            flip: String::new(),
        },
        Kind::Ahead if verdict.runner_up.is_none() => Headline {
            lead: format!("{lead} is what remains after your must-haves"),
            flip: String::new(),
        },
        Kind::Ahead => Headline {
            lead: format!("{lead} is ahead {};", names.at),
            flip: nearest.map_or_else(
                || "no single priority changes it".to_owned(),
                |f| format!("{} only once {}", names.option(f.challenger), names.condition(f)),
            ),
        },
    }
}

fn two_nearest(verdict: &Verdict, names: Names<'_>) -> String {
    let tips: Vec<String> = verdict
        .nearest
        .iter()
        .take(2)
        .map(|flip| format!("{} if {}", names.option(flip.challenger), names.condition(flip)))
        .collect();
    if tips.is_empty() {
        String::new()
    } else {
        format!("(it tips to {})", tips.join(", to "))
    }
}

/// What a change of one criterion's weight alone can do, for the line below its slider.
pub fn flip_line(verdict: &Verdict, criterion: usize, names: Names<'_>) -> String {
    let Some(flips) = verdict.flips.get(criterion) else {
        return String::new();
    };
    if !verdict.totals.compared.contains(&criterion) {
        return "Not compared: no evidence for every option".to_owned();
    }
    let said = |flip: &Flip| leads_at(flip, names);
    match (&flips.low, &flips.high) {
        (None, None) => "No weight on this alone changes the leader".to_owned(),
        (Some(low), Some(high)) => format!("{}, {}", said(low), said(high)),
        (Some(one), None) | (None, Some(one)) => said(one),
    }
}

/// "B leads at 25.8 % or more"
fn leads_at(flip: &Flip, names: Names<'_>) -> String {
    let word = match flip.direction {
        Direction::Up => "or more",
        Direction::Down => "or less",
    };
    let at = beyond(flip).map_or_else(|| format!("{} {word}", place(flip)), str::to_owned);
    format!("{} leads at {at}", names.option(flip.challenger))
}

/// What a point on a criterion is worth at the reader's weights, in points of another (C28); empty where it counts for
/// nothing or nothing else counts. `weights` are those that decide: 0 for what is not compared.
pub fn worth_line(weights: &[f64], criterion: usize, names: Names<'_>) -> String {
    let Some(worth) = tradeoff::worth(weights).get(criterion).copied().flatten() else {
        return String::new();
    };
    let points = match worth.points {
        small if small < 0.05 => "less than 0.1 points".to_owned(),
        points if points < 9.95 => match score(points).trim_end_matches(".0") {
            "1" => "1 point".to_owned(),
            points => format!("{points} points"),
        },
        points => format!("{points:.0} points"),
    };
    format!(
        "1 point here is worth {points} of {}",
        names.criterion(worth.in_points_of)
    )
}

/// The smallest single change of a priority that changes the leader.
pub fn nearest_line(verdict: &Verdict, names: Names<'_>) -> String {
    if verdict.runner_up.is_none() {
        return "Only one option is left, so no priority can change it.".to_owned();
    }
    if verdict.kind == Kind::CannotTell {
        return "What would change the leader cannot be said: too much of your weight lies on criteria without evidence."
            .to_owned();
    }
    let Some(flip) = verdict.nearest.first() else {
        return "No single priority, however high or low, changes the leader.".to_owned();
    };
    format!(
        "The smallest single change that flips it: {} from {} to {}; then {} leads.",
        names.criterion(flip.criterion),
        percent(flip.from),
        beyond(flip).map_or_else(|| place(flip), str::to_owned),
        names.option(flip.challenger)
    )
}

/// Where the verdict's sentence says it holds: "at equal priorities", "for “data and ML”", "at your priorities".
pub fn at(comparison: &Comparison, state: &State) -> String {
    state.preset.as_deref().map_or_else(
        || "at your priorities".to_owned(),
        |id| at_preset(comparison, id, &state.weights),
    )
}

/// The same for the weights of a preset.
pub fn at_preset(comparison: &Comparison, id: &str, weights: &[f64]) -> String {
    if id == EQUAL {
        let mut given = weights.iter().filter(|w| **w > 0.0);
        let equal = given
            .next()
            .is_none_or(|first| given.all(|w| (w - first).abs() < 1e-9));
        return if equal {
            "at equal priorities"
        } else {
            "at the usual priorities"
        }
        .to_owned();
    }
    let situation = comparison.text.situations.iter().find(|s| s.id == id);
    situation.map_or_else(
        || "at these priorities".to_owned(),
        |s| format!("for “{}”", s.label),
    )
}

/// A score with the digits that its interval supports: one decimal.
pub fn score(value: f64) -> String {
    format!("{value:.1}")
}

/// The total of a compared option, by its place among them; a dash where nothing of what counts could be compared (C6).
pub fn total(verdict: &Verdict, at: usize) -> Option<String> {
    verdict.totals.totals.get(at)?;
    Some(verdict.totals.known(at).map_or_else(|| "–".to_owned(), score))
}

/// Names in a sentence: "A", "A and B", "A, B and C".
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A whole amount with thousands separated: "162,000".
pub fn thousands(amount: f64) -> String {
    let sign = if amount <= -0.5 { "−" } else { "" };
    format!("{sign}{}", grouped(&format!("{:.0}", amount.abs())))
}

/// A count with thousands separated.
pub fn thousands_of(count: u64) -> String {
    grouped(&count.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount of money with its currency: "$162,000", "EUR 4,000".
pub fn money(amount: f64, currency: &str) -> String {
    match currency {
        "USD" => format!("${}", thousands(amount)),
        other => format!("{other} {}", thousands(amount)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_a_list() {
        let said = |names: &[&str]| list(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(said(&[]), "");
        assert_eq!(said(&["A", "B"]), "A and B");
        assert_eq!(said(&["A", "B", "C"]), "A, B and C");
    }

    #[test]
    fn numbers_are_said_with_the_digits_they_support() {
        assert_eq!(percent(3.0 / 13.0), "23.1\u{a0}%");
        assert_eq!(percent(0.5), "50\u{a0}%");
        assert_eq!(chances(0.9787), "98 in 100");
        assert_eq!(chances(1.0), "more than 99 in 100");
        assert_eq!(about(0.654_347), "about two in three");
        assert_eq!(about(0.345_653), "about one in three");
        assert_eq!(money(161_500.0, "USD"), "$161,500");
        assert_eq!(thousands(-1234.0), "−1,234");
        assert_eq!(thousands(999.0), "999");
        assert_eq!(lower_first("Data science"), "data science");
        assert_eq!(lower_first("ML tools"), "ML tools");
    }

    /// A flip that is hardly above 0 or below the whole is not said to be there: nothing counts for less than 0 %.
    #[test]
    fn a_flip_near_an_end_is_said_with_a_bound() {
        let options = ["A".to_owned(), "B".to_owned()];
        let criteria = ["Talent".to_owned()];
        let names = Names {
            options: &options,
            criteria: &criteria,
            at: "",
        };
        let said = |direction, at| {
            let flip = Flip {
                criterion: 0,
                from: 0.5,
                at,
                challenger: 1,
                direction,
            };
            (names.condition(&flip), leads_at(&flip, names))
        };
        let pair =
            |one: &str, other: &str| (format!("talent counts for {one}"), format!("B leads at {other}"));
        for (direction, at, told) in [
            (
                Direction::Down,
                0.000_2,
                pair("less than 0.1\u{a0}%", "less than 0.1\u{a0}%"),
            ),
            (
                Direction::Down,
                0.000_7,
                pair("less than 0.1\u{a0}%", "0.1\u{a0}% or less"),
            ),
            (
                Direction::Up,
                0.000_2,
                pair("more than 0.1\u{a0}%", "0.1\u{a0}% or more"),
            ),
            (Direction::Up, 0.0, pair("more than 0\u{a0}%", "0\u{a0}% or more")),
            (
                Direction::Up,
                0.999_8,
                pair("more than 99.9\u{a0}%", "more than 99.9\u{a0}%"),
            ),
            (
                Direction::Up,
                0.258,
                pair("more than 25.8\u{a0}%", "25.8\u{a0}% or more"),
            ),
            (
                Direction::Down,
                0.999_8,
                pair("less than 99.9\u{a0}%", "99.9\u{a0}% or less"),
            ),
        ] {
            assert_eq!(said(direction, at), told);
        }
    }

    #[test]
    fn a_point_is_said_in_points_of_the_heaviest_other() {
        let criteria = [
            "Talent pool".to_owned(),
            "Ecosystem size".to_owned(),
            "ML".to_owned(),
        ];
        let names = Names {
            options: &[],
            criteria: &criteria,
            at: "",
        };
        let said = |weights: [f64; 3]| [0, 1, 2].map(|at| worth_line(&weights, at, names));
        assert_eq!(
            said([0.3, 0.5, 0.0]),
            [
                "1 point here is worth 0.6 points of ecosystem size",
                "1 point here is worth 1.7 points of talent pool",
                ""
            ]
        );
        assert_eq!(
            said([0.5, 0.5, 0.0])[0],
            "1 point here is worth 1 point of ecosystem size"
        );
        assert_eq!(
            said([0.0, 0.001, 0.999])[1..],
            [
                "1 point here is worth less than 0.1 points of ML",
                "1 point here is worth 999 points of ecosystem size"
            ]
        );
        assert_eq!(said([1.0, 0.0, 0.0]), ["", "", ""]);
    }
}
