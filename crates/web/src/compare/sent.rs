//! What the form of a comparison sends, read back without the rounding that its fields show.

use earnest_app::comparison::Analysis;

use super::query_pairs;
use super::rows::plain_percent;

/// The form shows weights in rounded percent. One that still reads as it was shown keeps its exact value, so that
/// ticking a must-have changes no weight; `was` brings the weights with which the page was made.
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
    let nothing_moved = weights().all(|pair| same(pair).is_some());
    let exact: Vec<Option<String>> = pairs.iter().map(same).collect();
    for ((_, given), exact) in pairs.iter_mut().zip(exact) {
        if let Some(exact) = exact {
            let percent = (weight(&exact) / total * 1e8).round() / 1e6;
            *given = if nothing_moved { exact } else { percent.to_string() };
        }
    }
    pairs
}

/// The weights as `untouched` takes them back.
pub(crate) fn was(analysis: &Analysis<'_>) -> String {
    let pairs = analysis.table.criteria.iter().zip(&analysis.state.weights);
    let pairs: Vec<String> = pairs.map(|(slug, weight)| format!("w.{slug}={weight}")).collect();
    pairs.join("&")
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

    #[test]
    fn one_changed_weight_leaves_the_others_exact() {
        let pairs = [("w.a", "42.9"), ("w.b", "50"), ("w.c", "42.9")];
        assert_eq!(sent(&pairs), ["42.857143", "50", "42.857143"]);
    }
}
