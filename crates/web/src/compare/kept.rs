//! "Keep what we have": the form in which a reader says what they have and what a switch would cost, and what is said of it.

use earnest_app::comparison::Analysis;
use earnest_app::comparison::kept::{MONTHS_MAX, MONTHS_ZERO, NAME_MAX, Stack, UNNAMED, switching_points};
use earnest_app::comparison::words::{self, list};

use super::statics::escape;

/// The form's fields.
pub(crate) struct KeptForm<'a> {
    pub(crate) open: bool,
    /// What may be chosen: value, label, whether it is.
    pub(crate) choices: Vec<(&'a str, String, bool)>,
    pub(crate) name: &'a str,
    pub(crate) name_max: usize,
    pub(crate) months_max: f64,
    pub(crate) months: Vec<Field<'a>>,
    pub(crate) now: Vec<Field<'a>>,
}

/// A number for one option or criterion; empty where the reader gave none.
pub(crate) struct Field<'a> {
    pub(crate) slug: &'a str,
    pub(crate) label: String,
    pub(crate) value: String,
}

/// The form as the reader filled it in.
pub(crate) fn form<'a>(analysis: &'a Analysis<'_>) -> KeptForm<'a> {
    let kept = analysis.state.kept.as_ref();
    let slug = kept.map(|kept| match &kept.stack {
        Stack::Option(slug) => slug.as_str(),
        Stack::Other(_) => "other",
    });
    let name = kept.and_then(|kept| match &kept.stack {
        Stack::Other(name) if name != UNNAMED => Some(name.as_str()),
        Stack::Other(_) | Stack::Option(_) => None,
    });
    let text = |value: Option<&f64>| value.map_or_else(String::new, ToString::to_string);
    let options = || analysis.comparison.text.options.iter();
    let plain = |slug: &String| {
        let technology = analysis.catalogue.technology(slug);
        technology.map_or_else(|| slug.clone(), |t| t.name.clone())
    };
    let mut choices = vec![("", "No, we start fresh".to_owned(), slug.is_none())];
    choices.extend(options().map(|o| (o.as_str(), plain(o), slug == Some(o.as_str()))));
    choices.push(("other", "Something else".to_owned(), slug == Some("other")));
    let month = |option: &'a String| Field {
        slug: option,
        label: plain(option),
        value: text(kept.and_then(|kept| kept.months.get(option))),
    };
    let now = |(criterion, label): (&'a String, &String)| Field {
        slug: criterion,
        label: label.clone(),
        value: text(kept.and_then(|kept| kept.now.get(criterion))),
    };
    let criteria = analysis.comparison.text.criteria.iter();
    KeptForm {
        open: kept.is_some(),
        choices,
        name: name.unwrap_or_default(),
        name_max: NAME_MAX,
        months_max: MONTHS_MAX,
        months: options().map(month).collect(),
        now: criteria.zip(&analysis.criterion_labels).map(now).collect(),
    }
}

/// What to know of a comparison with what one has.
pub(crate) fn cautions(analysis: &Analysis<'_>) -> Vec<String> {
    let Some(kept) = &analysis.state.kept else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let options = analysis.edition.edition.options.iter().enumerate();
    let without: Vec<String> = options
        .filter(|(_, option)| option.as_str() != kept.slug() && !kept.months.contains_key(*option))
        .filter(|(at, _)| analysis.kept.contains(at))
        .map(|(at, _)| analysis.option_name(at))
        .collect();
    if !without.is_empty() {
        lines.push(format!(
            "Say how many months a switch to {} would take: until then the cost of switching is not compared.",
            list(&without)
        ));
    }
    if let Stack::Other(name) = &kept.stack {
        if !analysis.state.must.is_empty() {
            lines.push(format!(
                "Whether {name} meets your must-haves you have to know yourself."
            ));
        }
        lines.push(format!("What {name} scores are your own figures, not evidence."));
    }
    lines
}

/// How the reader's figures became scores, as HTML.
pub(crate) fn derivation(analysis: &Analysis<'_>) -> String {
    let Some(kept) = &analysis.state.kept else {
        return String::new();
    };
    let line = |(slug, months): (&String, &f64)| {
        let technology = analysis.catalogue.technology(slug);
        let name = technology.map_or(slug.as_str(), |t| t.name.as_str());
        format!(
            "<li>{}: 10 × (1 − {months} ÷ {MONTHS_ZERO}) = {}</li>",
            escape(name),
            words::score(switching_points(*months))
        )
    };
    let lines: String = kept.months.iter().map(line).collect();
    format!(
        "<p class=\"meta\">No months are worth 10 points, {MONTHS_ZERO} or more are worth 0. Your figures are taken as estimates: 1 point either way.</p><ul class=\"readings\">{lines}</ul>"
    )
}
