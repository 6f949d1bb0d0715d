//! Comparisons: the list, one comparison at a reader's settings, how its scores came about, what changed, and exports.

mod apart;
mod changes;
pub(crate) mod cost;
pub(crate) mod derivation;
mod drawing;
pub(crate) mod embed;
mod exports;
mod index;
mod island;
mod kept;
pub(crate) mod marks;
pub(crate) mod oembed;
mod package;
mod presets;
mod robust;
mod rows;
mod sent;
mod sharing;
mod show;
pub(crate) mod statics;

pub(crate) use cost::{chart as pay_chart, hire_links_at};
pub(crate) use exports::json;
pub(crate) use index::{Teaser, teasers};
pub(crate) use rows::{FixedRow, fixed_rows, plain_percent};
pub(crate) use sent::{caught_up, untouched};
pub(crate) use show::{cautions, compared_by};
pub(crate) use {
    apart::show as side_by_side_page, changes::show as changes_page, derivation::show as derivation_page,
    index::show as index_page, show::fixed_layout, show::show as show_page,
};

use earnest_app::comparison::{Analysis, SettingFault, State, analyse};
use earnest_app::content::{Catalogue, Comparison};

use crate::page::Link;
use crate::problem::{FieldProblem, Problem};
use crate::{Web, urls};

/// The pairs of a query string, decoded.
pub(crate) fn query_pairs(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or("").as_bytes())
        .into_owned()
        .collect()
}

/// The comparison with this slug, or a 404 with those that were likely meant.
pub(crate) fn find<'a>(catalogue: &'a Catalogue, slug: &str) -> Result<&'a Comparison, Problem> {
    catalogue
        .comparison(slug)
        .ok_or_else(|| Problem::not_found().near(near(catalogue, slug)))
}

/// The reader's settings, or a 422 that names every wrong one.
pub(crate) fn state(comparison: &Comparison, pairs: &[(String, String)]) -> Result<State, Problem> {
    State::parse(comparison, pairs).map_err(|faults| wrong_settings(comparison, faults))
}

/// The analysis at the settings of a query string. One that names an edition is of that edition alone, with its names,
/// must-haves and texts.
pub(crate) fn analysis<'a>(
    catalogue: &'a Catalogue,
    comparison: &'a Comparison,
    pairs: &[(String, String)],
) -> Result<Analysis<'a>, Problem> {
    let (catalogue, comparison) = comparison.named(catalogue, pairs);
    analysis_of(catalogue, comparison, state(comparison, pairs)?)
}

/// The comparison as it stands today, for what keeps up with new editions.
pub(crate) fn today<'a>(web: &'a Web, analysis: &Analysis<'a>) -> &'a Comparison {
    let today = web.app.catalogue.comparison(&analysis.comparison.text.slug);
    today.unwrap_or(analysis.comparison)
}

/// The address at the usual settings; of one edition, where the comparison is of that alone.
fn usual(comparison: &Comparison) -> String {
    let slug = &comparison.text.slug;
    let shown = comparison
        .default_edition()
        .map(|one| one.edition.head.number.as_str());
    let named = shown.and_then(|number| comparison.in_address(number));
    format!("{}{}", urls::comparison(slug), urls::of_edition(named))
}

/// The analysis at a reader's settings.
pub(crate) fn analysis_of<'a>(
    catalogue: &'a Catalogue,
    comparison: &'a Comparison,
    state: State,
) -> Result<Analysis<'a>, Problem> {
    analyse(catalogue, comparison, state).map_err(|invalid| match invalid {
        earnest_compare::verdict::Invalid::NoOption => Problem::field(
            "must",
            "E_NOTHING_LEFT",
            "These must-haves together exclude every option. Take one of them away.",
        )
        .near(vec![Link::new(
            usual(comparison),
            "Start again from the plain page",
        )]),
        other => Problem::broken(other),
    })
}

/// The same edition at the settings of its bare page.
pub(crate) fn plain<'a>(analysis: &Analysis<'a>) -> Result<Analysis<'a>, Problem> {
    let comparison = analysis.comparison;
    let edition = comparison
        .edition(&analysis.state.edition)
        .ok_or_else(Problem::not_found)?;
    analyse(analysis.catalogue, comparison, State::bare(comparison, edition)).map_err(Problem::broken)
}

fn wrong_settings(comparison: &Comparison, faults: Vec<SettingFault>) -> Problem {
    let field = |fault: SettingFault| FieldProblem {
        field: fault.key,
        code: fault.code.to_owned(),
        detail: fault.sentence,
    };
    let back = Link::new(
        usual(comparison),
        format!("{} at the usual settings", comparison.text.title),
    );
    Problem::invalid(faults.into_iter().map(field).collect()).near(vec![back])
}

/// Comparisons that a mistyped slug may have meant: those that share most of its words.
fn near(catalogue: &Catalogue, slug: &str) -> Vec<Link> {
    let words: Vec<&str> = slug
        .split('-')
        .filter(|w| !matches!(*w, "vs" | "for" | ""))
        .collect();
    let shared = |c: &Comparison| {
        let of = |word: &&&str| {
            c.text
                .slug
                .split('-')
                .any(|other| other == **word || alike(other, word))
        };
        words.iter().filter(of).count()
    };
    let mut found: Vec<(usize, &Comparison)> = catalogue
        .comparisons
        .iter()
        .map(|c| (shared(c), c))
        .filter(|(n, _)| *n > 0)
        .collect();
    found.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    let mut links: Vec<Link> = found
        .into_iter()
        .take(3)
        .map(|(_, c)| Link::new(urls::comparison(&c.text.slug), c.text.title.clone()))
        .collect();
    links.push(Link::new(urls::comparisons(), "All comparisons"));
    links
}

/// Whether two words differ by one letter at most.
pub(crate) fn alike(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 || long.len() < 4 {
        return false;
    }
    let same = short
        .bytes()
        .zip(long.bytes())
        .take_while(|(x, y)| x == y)
        .count();
    let (short, long) = (short.as_bytes(), long.as_bytes());
    let rest = |bytes: &[u8], from: usize| bytes.get(from..).unwrap_or_default().to_vec();
    rest(short, same + 1) == rest(long, same + 1) || rest(short, same) == rest(long, same + 1)
}

/// The page that owns an address in another order of the options, or without the context (301).
pub(crate) fn owner(catalogue: &Catalogue, slug: &str) -> Option<String> {
    let (options, context) = slug
        .split_once("-for-")
        .map_or((slug, None), |(o, c)| (o, Some(c)));
    let mut asked: Vec<&str> = options.split("-vs-").collect();
    asked.sort_unstable();
    let same = |comparison: &&Comparison| {
        let mut own: Vec<&str> = comparison.text.options.iter().map(String::as_str).collect();
        own.sort_unstable();
        let own_context = comparison.text.slug.split_once("-for-").map(|(_, c)| c);
        own == asked && (context.is_none() || context == own_context)
    };
    let found = catalogue.comparisons.iter().find(same)?;
    (found.text.slug != slug).then(|| found.text.slug.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_letter_is_near() {
        assert!(alike("pyhton", "pyhtox") && alike("nodejs", "nodej") && alike("python", "pythn"));
        assert!(!alike("go", "gp") && !alike("python", "ruby"));
    }
}
