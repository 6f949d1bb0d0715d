//! Everything that a page, an export or the command line says about a comparison at a reader's settings.

use super::kept::{KEPT, Kept, SWITCHING, SWITCHING_LABEL, SWITCHING_QUESTION, Stack};
use super::state::{State, beside};
use super::words::{self, Headline, Names, headline};
use crate::content::{Catalogue, Comparison, ScoredEdition, ScoredPay, Scores};
use earnest_compare::evidence::Kind;
use earnest_compare::method::beside;
use earnest_compare::share::{Shares, first_shares};
use earnest_compare::verdict::{Invalid, Table, Verdict, judge};
use std::borrow::Cow;

/// A comparison at a reader's settings, with every number computed.
#[derive(Debug)]
pub struct Analysis<'a> {
    /// Where names and sources come from.
    pub catalogue: &'a Catalogue,
    /// The comparison.
    pub comparison: &'a Comparison,
    /// The edition that was asked for, with what the reader has beside it.
    pub edition: Cow<'a, ScoredEdition>,
    /// The reader's settings.
    pub state: State,
    /// Positions (in the comparison) of the options that the must-haves leave, in page order.
    pub kept: Vec<usize>,
    /// Options that a must-have excludes.
    pub excluded: Vec<Excluded>,
    /// Scores of the options kept.
    pub table: Table,
    /// The verdict on them; its positions count the options kept.
    pub verdict: Verdict,
    /// Share of all mixes of priorities that each kept option wins.
    pub shares: Shares,
    /// The other methods at the same weights.
    pub methods: Vec<MethodView>,
    /// Whether all methods that could be computed put the same option first.
    pub methods_agree: bool,
    /// Names of the kept options.
    pub option_names: Vec<String>,
    /// Labels of the criteria.
    pub criterion_labels: Vec<String>,
    /// The verdict in one sentence.
    pub headline: Headline,
}

/// An option that the reader's must-haves exclude.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// Position in the comparison.
    pub option: usize,
    /// Label of the must-have.
    pub must_have: String,
    /// Why, in a sentence.
    pub reason: String,
}

/// One method's result on the kept options.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodView {
    /// Name of the method with its settings.
    pub name: &'static str,
    /// Stable key in exports.
    pub key: &'static str,
    /// One score per kept option; `None` where the method cannot be computed.
    pub scores: Option<Vec<f64>>,
    /// Whether more is better.
    pub higher_is_better: bool,
    /// Tiers of kept options, best first.
    pub ranking: Vec<Vec<usize>>,
}

/// Computes a comparison at a reader's settings.
///
/// # Errors
/// When the settings leave nothing to judge.
pub fn analyse<'a>(
    catalogue: &'a Catalogue,
    comparison: &'a Comparison,
    state: State,
) -> Result<Analysis<'a>, Invalid> {
    let published = comparison.edition(&state.edition).ok_or(Invalid::NoOption)?;
    let edition = beside(state.kept.as_ref(), published);
    let whole = edition.table(state.region.as_deref(), state.scores);
    let excluded = excluded(comparison, &whole.options, &state);
    let kept: Vec<usize> = (0..whole.options.len())
        .filter(|at| !excluded.iter().any(|e| e.option == *at))
        .collect();
    let table = only(whole, &kept);
    let verdict = judge(&table, &state.weights)?;
    let shares = first_shares(&table, &considered(&edition, &state));
    let methods = methods(&table, &verdict);
    let first = |ranking: &[Vec<usize>]| ranking.first().cloned();
    let methods_agree = methods
        .iter()
        .filter(|m| m.scores.is_some())
        .all(|m| first(&m.ranking) == first(&verdict.ranking));
    let option_names: Vec<String> = table
        .options
        .iter()
        .map(|slug| name(catalogue, state.kept.as_ref(), slug))
        .collect();
    let criterion_labels: Vec<String> = table.criteria.iter().map(|slug| label(catalogue, slug)).collect();
    let at = words::at(comparison, &state);
    let headline = headline(
        &verdict,
        Names {
            options: &option_names,
            criteria: &criterion_labels,
            at: &at,
        },
    );
    Ok(Analysis {
        catalogue,
        comparison,
        edition,
        state,
        kept,
        excluded,
        table,
        verdict,
        shares,
        methods,
        methods_agree,
        option_names,
        criterion_labels,
        headline,
    })
}

impl Analysis<'_> {
    /// Name of an option by its position in the comparison.
    pub fn option_name(&self, at: usize) -> String {
        self.edition
            .edition
            .options
            .get(at)
            .map_or_else(String::new, |slug| {
                name(self.catalogue, self.state.kept.as_ref(), slug)
            })
    }

    /// The totals, the best first: each with the option's position in the comparison, as a number and as it is said.
    pub fn ranked_totals(&self) -> impl Iterator<Item = (usize, f64, String)> + '_ {
        let order = self.verdict.ranking.iter().flatten();
        order.filter_map(|&at| {
            let total = self.verdict.totals.totals.get(at)?;
            Some((*self.kept.get(at)?, *total, words::total(&self.verdict, at)?))
        })
    }

    /// Whether there is a criterion on which every option has a score. Where there is none, no mix of priorities is anybody's.
    pub fn is_comparable(&self) -> bool {
        !self.verdict.totals.compared.is_empty()
    }

    /// What a criterion asks, by its slug; empty for one that nobody knows.
    pub fn question(&self, slug: &str) -> &str {
        match slug {
            SWITCHING => SWITCHING_QUESTION,
            slug => self.catalogue.criterion(slug).map_or("", |c| c.question.as_str()),
        }
    }

    /// Whether a score is the reader's own figure: it has no evidence behind it.
    pub fn is_own_figure(&self, option: usize, criterion: usize) -> bool {
        let is = |slugs: &[String], at: usize, slug: &str| slugs.get(at).is_some_and(|s| s == slug);
        self.state.kept.is_some()
            && (is(&self.edition.edition.options, option, KEPT)
                || is(&self.edition.edition.criteria, criterion, SWITCHING))
    }

    /// The verdict's sentence at other weights, on the same scores.
    ///
    /// # Errors
    /// When the weights leave nothing to judge.
    pub fn headline_at(&self, state: &State) -> Result<Headline, Invalid> {
        let at = words::at(self.comparison, state);
        Ok(headline(&judge(&self.table, &state.weights)?, self.names(&at)))
    }

    /// Names of all options, excluded ones too, in page order.
    pub fn all_names(&self) -> Vec<String> {
        (0..self.edition.edition.options.len())
            .map(|at| self.option_name(at))
            .collect()
    }

    /// Pay in the region that the reader chose.
    pub fn pay(&self) -> Option<&ScoredPay> {
        self.edition.region(self.state.region.as_deref())
    }

    /// Names for sentences about this verdict.
    pub fn names<'n>(&'n self, at: &'n str) -> Names<'n> {
        Names {
            options: &self.option_names,
            criteria: &self.criterion_labels,
            at,
        }
    }

    /// The reader's weights divided by their sum, in page order.
    pub fn shares_of_weight(&self) -> Vec<f64> {
        let total: f64 = self.state.weights.iter().sum();
        self.state.weights.iter().map(|w| w / total).collect()
    }

    /// The share of the compared weight that rests on measured, published and judged values (C5) and on the reader's own
    /// figures, in that order.
    ///
    /// A criterion's weight is split evenly over the kept options; each part goes to the kind that its score rests on.
    pub fn weight_by_kind(&self) -> [f64; 4] {
        let mut shares = [0.0; 4];
        let part = 1.0 / f64::from(u32::try_from(self.kept.len().max(1)).unwrap_or(u32::MAX));
        for option in &self.kept {
            let cells = self.edition.cells.get(*option).map_or(&[][..], Vec::as_slice);
            for (at, (cell, weight)) in cells.iter().zip(&self.verdict.totals.weights).enumerate() {
                let own = self.is_own_figure(*option, at);
                let kind = if own {
                    None
                } else if self.state.scores == Scores::Editor {
                    Some(Kind::Judgement)
                } else {
                    cell.basis
                };
                let place = match kind {
                    Some(Kind::Measured) => shares.get_mut(0),
                    Some(Kind::Published) => shares.get_mut(1),
                    Some(Kind::Judgement) => shares.get_mut(2),
                    None if own => shares.get_mut(3),
                    None => None,
                };
                if let Some(place) = place {
                    *place += weight * part;
                }
            }
        }
        shares
    }

    /// Labels of criteria with weight on which some option has no score.
    pub fn not_compared(&self) -> Vec<&str> {
        let missing = |at: &usize| !self.verdict.totals.compared.contains(at);
        let weighed = |at: &usize| self.state.weights.get(*at).is_some_and(|w| *w > 0.0);
        let all = 0..self.criterion_labels.len();
        all.filter(|at| missing(at) && weighed(at))
            .filter_map(|at| self.criterion_labels.get(at).map(String::as_str))
            .collect()
    }
}

/// Criteria whose weights make up "all possible priorities": those with a default weight, and those that the reader weighs.
fn considered(edition: &ScoredEdition, state: &State) -> Vec<usize> {
    let defaults = &edition.default_weights;
    let weighed = |weights: &[f64], at: usize| weights.get(at).is_some_and(|w| *w > 0.0);
    (0..defaults.len())
        .filter(|&at| weighed(defaults, at) || weighed(&state.weights, at))
        .collect()
}

/// Positions count the options of the edition, which need not be those of the text today.
fn excluded(comparison: &Comparison, options: &[String], state: &State) -> Vec<Excluded> {
    let demanded = comparison
        .text
        .must_haves
        .iter()
        .filter(|must| state.must.contains(&must.id));
    let mut found: Vec<Excluded> = Vec::new();
    for must in demanded {
        for (slug, reason) in &must.excludes {
            let Some(option) = options.iter().position(|o| o == slug) else {
                continue;
            };
            if !found.iter().any(|e| e.option == option) {
                found.push(Excluded {
                    option,
                    must_have: must.label.clone(),
                    reason: reason.clone(),
                });
            }
        }
    }
    found
}

/// The rows of some options, given in order.
fn only(whole: Table, kept: &[usize]) -> Table {
    if kept.len() == whole.options.len() {
        return whole;
    }
    let pick = |at: &usize| whole.scores.get(*at).cloned();
    Table {
        options: kept
            .iter()
            .filter_map(|at| whole.options.get(*at).cloned())
            .collect(),
        scores: kept.iter().filter_map(pick).collect(),
        criteria: whole.criteria,
    }
}

fn methods(table: &Table, verdict: &Verdict) -> Vec<MethodView> {
    let view = |result: beside::Beside| MethodView {
        name: result.name,
        key: result.key,
        scores: result.scores,
        higher_is_better: result.higher_is_better,
        ranking: result.ranking,
    };
    beside::methods(table, &verdict.totals)
        .into_iter()
        .map(view)
        .collect()
}

fn name(catalogue: &Catalogue, kept: Option<&Kept>, slug: &str) -> String {
    let known = || {
        catalogue
            .technology(slug)
            .map_or_else(|| slug.to_owned(), |t| t.name.clone())
    };
    match kept.filter(|kept| kept.slug() == slug).map(|kept| &kept.stack) {
        Some(Stack::Option(_)) => format!("{} (kept)", known()),
        // Two columns of one name could not be told apart, nor what is evidence.
        Some(Stack::Other(own)) if is_technology(catalogue, own) => format!("{own} (own figures)"),
        Some(Stack::Other(own)) => own.clone(),
        None => known(),
    }
}

fn is_technology(catalogue: &Catalogue, name: &str) -> bool {
    let name = folded(name);
    let mut known = catalogue.technologies.iter();
    known.any(|one| folded(&one.name) == name || one.slug == name)
}

/// A name in small Latin letters, also where it was written in letters of other scripts that look the same.
fn folded(name: &str) -> String {
    let latin = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        'а' | 'Α' | 'А' | 'α' => 'a',
        'В' | 'Β' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'Е' | 'Ε' => 'e',
        'һ' | 'Н' | 'Η' => 'h',
        'і' | 'І' | 'Ι' | 'ı' => 'i',
        'ј' | 'Ј' => 'j',
        'К' | 'Κ' | 'к' => 'k',
        'М' | 'Μ' => 'm',
        'Ν' | 'ո' => 'n',
        'о' | 'О' | 'ο' | 'Ο' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ѕ' | 'Ѕ' => 's',
        'Т' | 'Τ' | 'т' => 't',
        'υ' | 'ս' => 'u',
        'ѵ' | 'ν' => 'v',
        'х' | 'Х' | 'Χ' => 'x',
        'у' | 'У' | 'Υ' => 'y',
        'Ζ' => 'z',
        other => other,
    };
    name.chars().map(latin).collect::<String>().to_lowercase()
}

fn label(catalogue: &Catalogue, slug: &str) -> String {
    if slug == SWITCHING {
        return SWITCHING_LABEL.to_owned();
    }
    catalogue
        .criterion(slug)
        .map_or_else(|| slug.to_owned(), |c| c.label.clone())
}
