//! What the form of a comparison sends, read back without the rounding that its fields show.

use super::query_pairs;
use super::rows::plain_percent;

/// The form shows weights in rounded percent. One that still reads as it was shown keeps its exact value, so that
/// ticking a must-have changes no weight; `was` brings the weights with which the page was made. Where one weight alone
/// was changed it becomes that percent of the whole and the others keep their proportions, as the sliders do it.
pub(crate) fn untouched(mut pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let was = pairs.iter().find(|(key, _)| key == "was");
    let was = query_pairs(was.map(|(_, was)| was.as_str()));
    let weight = |text: &str| text.parse::<f64>().unwrap_or(0.0);
    let total: f64 = was.iter().map(|(_, text)| weight(text)).sum();
    if !total.is_finite() || total <= 0.0 {
        return pairs;
    }
    let same = |(key, given): &(String, String)| {
        let (_, text) = was.iter().find(|(before, _)| before == key)?;
        (*given == plain_percent(weight(text) / total)).then(|| text.clone())
    };
    let weights = || pairs.iter().filter(|(key, _)| key.starts_with("w."));
    let moved: Vec<&(String, String)> = weights().filter(|pair| same(pair).is_none()).collect();
    let left = match moved.as_slice() {
        [(key, given)] => left(&was, key, weight(given), total),
        _ => None,
    };
    let nothing_moved = moved.is_empty();
    let exact: Vec<Option<String>> = pairs.iter().map(same).collect();
    for ((_, given), exact) in pairs.iter_mut().zip(exact) {
        if let Some(exact) = exact {
            let percent = weight(&exact) / total * 100.0 * left.unwrap_or(1.0);
            *given = if nothing_moved {
                exact
            } else {
                ((percent * 1e6).round() / 1e6).to_string()
            };
        }
    }
    pairs
}

/// The same form as if its page had been made with the weights that are kept now: a field that was not changed on an older
/// page takes what was kept since, so that a page which stayed open takes nothing back.
pub(crate) fn caught_up(mut pairs: Vec<(String, String)>, now: &str) -> Vec<(String, String)> {
    let was = pairs
        .iter()
        .find(|(key, _)| key == "was")
        .map(|(_, was)| was.clone());
    let Some(was) = was.filter(|was| was != now) else {
        return pairs;
    };
    let (before, after) = (as_shown(&was), as_shown(now));
    let of = |all: &[(String, String)], key: &str| {
        let found = all.iter().find(|(name, _)| name == key);
        found.map(|(_, text)| text.clone())
    };
    for (key, given) in &mut pairs {
        if key == "was" {
            now.clone_into(given);
        } else if of(&before, key).as_ref() == Some(given)
            && let Some(newer) = of(&after, key)
        {
            *given = newer;
        }
    }
    pairs
}

/// Weights as a page shows them: in rounded percent.
fn as_shown(weights: &str) -> Vec<(String, String)> {
    let weights: Vec<(String, f64)> = query_pairs(Some(weights))
        .into_iter()
        .map(|(key, text)| (key, text.parse().unwrap_or(0.0)))
        .collect();
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    weights
        .into_iter()
        .map(|(key, weight)| (key, plain_percent(weight / total)))
        .collect()
}

/// By how much all other weights shrink or grow when one becomes so many percent of the whole; nothing where no
/// percent is left for them or they have no weight to keep the proportions of.
fn left(was: &[(String, String)], key: &str, percent: f64, total: f64) -> Option<f64> {
    let before = was
        .iter()
        .find(|(k, _)| k == key)
        .and_then(|(_, text)| text.parse::<f64>().ok())?;
    let others = 1.0 - before / total;
    ((0.0..=100.0).contains(&percent) && others > 1e-12).then(|| (1.0 - percent / 100.0) / others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Vec<String> {
        let was = ("was", "w.a=3&w.b=1&w.c=3");
        let pairs = pairs.iter().chain([&was]);
        let pairs = pairs.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let read = untouched(pairs.collect());
        read.into_iter()
            .filter(|(key, _)| key != "was")
            .map(|(_, value)| value)
            .collect()
    }

    #[test]
    fn a_form_that_only_ticks_a_box_keeps_the_weights() {
        let pairs = [
            ("w.a", "42.9"),
            ("w.b", "14.3"),
            ("w.c", "42.9"),
            ("must", "numpy"),
        ];
        assert_eq!(sent(&pairs), ["3", "1", "3", "numpy"]);
    }

    /// The page was made with 3, 1, 3; meanwhile 1, 2, 1 was kept.
    #[test]
    fn a_page_that_stayed_open_takes_nothing_back() {
        let late = |given: [&str; 3]| {
            let pairs = ["w.a", "w.b", "w.c"].into_iter().zip(given);
            let pairs = pairs.chain([("was", "w.a=3&w.b=1&w.c=3")]);
            let pairs = pairs.map(|(key, value)| (key.to_owned(), value.to_owned()));
            let read = untouched(caught_up(pairs.collect(), "w.a=1&w.b=2&w.c=1"));
            read.into_iter()
                .filter(|(key, _)| key != "was")
                .map(|(_, value)| value)
                .collect::<Vec<_>>()
        };
        assert_eq!(late(["42.9", "14.3", "42.9"]), ["1", "2", "1"]);
        assert_eq!(
            late(["70", "14.3", "42.9"]),
            ["70", "20", "10"],
            "what was changed counts"
        );
        assert_eq!(late(["1", "2", "3"]), ["1", "2", "3"]);
    }

    #[test]
    fn one_changed_weight_becomes_its_percent_of_the_whole() {
        let pairs = [("w.a", "42.9"), ("w.b", "50"), ("w.c", "42.9")];
        assert_eq!(sent(&pairs), ["25", "50", "25"]);
    }

    #[test]
    fn several_changed_weights_stand_as_typed() {
        let pairs = [("w.a", "3"), ("w.b", "5"), ("w.c", "42.9")];
        assert_eq!(sent(&pairs), ["3", "5", "42.857143"]);
    }
}
