//! How sure a verdict is: lines and tables below the priorities.

use earnest_app::comparison::{Analysis, words};

use super::rows::plain_percent;

/// A row of a small table.
pub(crate) struct TableRow {
    pub(crate) label: String,
    pub(crate) values: Vec<String>,
    pub(crate) first: String,
}

/// Lines on how sure the verdict is, each with the hook that the script finds it by.
pub(crate) fn robust(analysis: &Analysis<'_>) -> Vec<(&'static str, String)> {
    let verdict = &analysis.verdict;
    let mut lines = vec![("nearest", words::nearest_line(verdict, analysis.names("")))];
    if verdict.runner_up.is_some() && analysis.is_comparable() {
        let said = |(name, share): (&String, &f64)| format!("{name} {}", words::about(*share));
        let shares: Vec<String> = analysis
            .option_names
            .iter()
            .zip(&analysis.shares.shares)
            .map(said)
            .collect();
        let how = if analysis.shares.exact {
            "exactly computed"
        } else {
            "simulated"
        };
        let line = format!(
            "Of all possible mixes of priorities, {how}: {}.",
            shares.join(", ")
        );
        lines.push(("mixes", line));
    }
    lines.push(("methods", other_methods(analysis)));
    let [measured, published, judged, own] = analysis.weight_by_kind();
    let own = if own > 0.0 {
        format!(", {} your own figures", words::percent(own))
    } else {
        String::new()
    };
    let line = format!(
        "What your weight rests on: {} measured, {} published, {} editors’ judgement{own}.",
        words::percent(measured),
        words::percent(published),
        words::percent(judged)
    );
    lines.push(("basis", line));
    lines
}

/// Whether the other methods agree. Where they do not, who comes first by each: on paper there is no table to look at.
fn other_methods(analysis: &Analysis<'_>) -> String {
    if analysis.methods_agree {
        return "Weighted sum decides. TOPSIS, VIKOR and PROMETHEE II put the same option first.".to_owned();
    }
    let computed = analysis.methods.iter().filter(|method| method.scores.is_some());
    let each: Vec<String> = computed
        .map(|method| format!("{}: {}", method.name, first(analysis, &method.ranking)))
        .collect();
    format!(
        "Weighted sum decides. The other methods do not all put the same option first. {}.",
        each.join("; ")
    )
}

/// Who comes first in a ranking: "Python", "Python and Node.js".
fn first(analysis: &Analysis<'_>, ranking: &[Vec<usize>]) -> String {
    let name = |at: &usize| analysis.option_names.get(*at).cloned().unwrap_or_default();
    ranking.first().map_or_else(String::new, |tier| {
        words::list(&tier.iter().map(name).collect::<Vec<_>>())
    })
}

/// The mean weights of the mixes that each option wins.
pub(crate) fn central(analysis: &Analysis<'_>) -> Vec<TableRow> {
    let each = analysis.criterion_labels.iter().enumerate();
    each.filter_map(|(at, label)| {
        let value = |central: &Option<Vec<f64>>| central.as_ref().and_then(|w| w.get(at).copied());
        let values: Vec<Option<f64>> = analysis.shares.central.iter().map(value).collect();
        let counted = values.iter().flatten().any(|v| *v > 0.0);
        counted.then(|| TableRow {
            label: label.clone(),
            values: values
                .into_iter()
                .map(|v| v.map_or_else(|| "never wins".to_owned(), |v| format!("{} %", plain_percent(v))))
                .collect(),
            first: String::new(),
        })
    })
    .collect()
}

/// Every method's scores and who comes first.
pub(crate) fn methods(analysis: &Analysis<'_>) -> Vec<TableRow> {
    let mut rows = vec![TableRow {
        label: "Weighted sum (decides)".to_owned(),
        values: analysis
            .verdict
            .totals
            .totals
            .iter()
            .map(|t| format!("{t:.3}"))
            .collect(),
        first: first(analysis, &analysis.verdict.ranking),
    }];
    rows.extend(analysis.methods.iter().map(|method| TableRow {
        label: format!(
            "{}{}",
            method.name,
            if method.higher_is_better {
                ""
            } else {
                ", less is better"
            }
        ),
        values: method.scores.as_ref().map_or_else(
            || vec!["–".to_owned(); analysis.option_names.len()],
            |scores| scores.iter().map(|s| format!("{s:.3}")).collect(),
        ),
        first: first(analysis, &method.ranking),
    }));
    rows
}
