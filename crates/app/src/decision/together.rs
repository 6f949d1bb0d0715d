//! A decision computed: everybody's weights on the scores of its edition, and what a newer edition would say.

use earnest_compare::together::{Together, together};
use earnest_compare::verdict::Kind;
use earnest_hire::decision::{Decision, Participant};

use super::position::numbers;
use super::{pairs, state_of};
use crate::Error;
use crate::comparison::kept::SWITCHING;
use crate::comparison::words::{headline, list};
use crate::comparison::{Analysis, State, analyse};
use crate::content::{Catalogue, Comparison};

/// A decision with every number computed.
#[derive(Debug)]
pub struct Deciding<'a> {
    /// What is decided.
    pub decision: &'a Decision,
    /// Who takes part.
    pub people: &'a [Participant],
    /// The comparison at the state that was kept.
    pub kept: Analysis<'a>,
    /// The comparison at the common weights; at the kept state while nobody has said anything.
    pub common: Analysis<'a>,
    /// What everybody's weights come to; its people are those of `people`, in their order. None while there is nobody.
    pub together: Option<Together>,
    /// What a newer edition says at the same weights.
    pub newer: Option<Newer>,
}

/// An edition that came after that of the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// Its number.
    pub number: String,
    /// Its date.
    pub date: String,
    /// Its verdict at the common weights, in a sentence; none where must-haves or region of the state are not in it any more.
    pub sentence: Option<String>,
    /// Whether the same option leads there.
    pub same_leader: bool,
    /// Whether some option leads there: not where too little is known, nor where only one is left.
    pub has_leader: bool,
    /// The state there, as in an address.
    pub query: String,
}

impl Newer {
    /// Whether its verdict is another one, in a sentence or two.
    pub fn says(&self) -> String {
        let edition = format!("There is a newer edition, {} of {}", self.number, self.date);
        match &self.sentence {
            None => {
                format!("{edition}; the must-haves or the region of this decision are not in it any more.")
            }
            Some(sentence) if self.same_leader => {
                format!("{edition}. There the same option leads: {sentence}")
            }
            Some(sentence) if !self.has_leader => format!("{edition}. It says: {sentence}"),
            Some(sentence) => format!("{edition}. There the verdict would be another: {sentence}"),
        }
    }
}

/// Computes a decision.
///
/// # Errors
/// When content knows the comparison no more, or the kept state does not fit it.
pub fn look<'a>(
    catalogue: &'a Catalogue,
    decision: &'a Decision,
    people: &'a [Participant],
) -> Result<Deciding<'a>, Error> {
    let today = catalogue.comparison(&decision.comparison).ok_or_else(gone)?;
    // It stays on its edition, and so do the names and must-haves that people have decided by.
    let published = today.as_published(&decision.edition);
    let (words, comparison) = published.unwrap_or((catalogue, today));
    let state = state_of(comparison, &decision.query).ok_or_else(gone)?;
    let kept = analyse(words, comparison, state.clone()).map_err(|_invalid| gone())?;
    let weights: Vec<Vec<f64>> = people
        .iter()
        .map(|person| numbers(comparison, &decision.query, person))
        .collect::<Option<_>>()
        .ok_or_else(gone)?;
    let together = if weights.is_empty() {
        None
    } else {
        Some(together(&kept.table, &weights).map_err(|_invalid| gone())?)
    };
    let state = together
        .as_ref()
        .map_or_else(|| state.clone(), |all| at(&state, &all.weights));
    let mut common = analyse(words, comparison, state).map_err(|_invalid| gone())?;
    if together.is_some() {
        let headline = headline(&common.verdict, common.names("at your common priorities"));
        common.headline = headline;
    }
    Ok(Deciding {
        newer: newer(catalogue, today, &common),
        decision,
        people,
        kept,
        common,
        together,
    })
}

fn gone() -> Error {
    Error::Conflict {
        code: "comparison_gone",
        sentence: "The comparison of this decision is no longer on this site, so nothing can be computed. Its maker can still \
                   delete it.",
    }
}

/// The state at other weights, given as shares of 1.
fn at(state: &State, shares: &[f64]) -> State {
    State {
        weights: shares.iter().map(|share| share * 100.0).collect(),
        preset: None,
        ..state.clone()
    }
}

impl Deciding<'_> {
    /// A state as it goes into an address: the settings of the decision at these shares, in percent with six decimals.
    pub fn query_at(&self, shares: &[f64]) -> String {
        let rounded: Vec<f64> = shares.iter().map(|share| (share * 1e8).round() / 1e8).collect();
        let mut state = at(&self.kept.state, &rounded);
        for weight in &mut state.weights {
            *weight = (*weight * 1e6).round() / 1e6;
        }
        state.full_query(self.kept.comparison)
    }

    /// The common state, as it goes into an address.
    pub fn common_query(&self) -> String {
        match &self.together {
            Some(all) => self.query_at(&all.weights),
            None => self.kept.state.full_query(self.kept.comparison),
        }
    }

    /// The name of somebody by their place.
    pub fn name(&self, person: usize) -> &str {
        self.people.get(person).map_or("?", |one| one.name.as_str())
    }

    /// Names of options, joined: "Python", "Python and Node.js"; "nobody" for none.
    pub fn options(&self, places: &[usize]) -> String {
        let name = |at: &usize| self.common.option_names.get(*at).cloned();
        let names: Vec<String> = places.iter().filter_map(name).collect();
        if names.is_empty() {
            "nobody".to_owned()
        } else {
            list(&names)
        }
    }
}

fn newer(catalogue: &Catalogue, comparison: &Comparison, common: &Analysis<'_>) -> Option<Newer> {
    let (now, mine) = (comparison.default_edition()?, &common.edition.edition.head);
    let head = &now.edition.head;
    if head.number == mine.number || head.date < mine.date {
        return None;
    }
    let mut all = vec![("edition".to_owned(), head.number.clone())];
    // A criterion that came later was nobody's question: it weighs nothing.
    let kept = common.state.kept.as_ref().map(|_| SWITCHING);
    for slug in now.edition.criteria.iter().map(String::as_str).chain(kept) {
        let place = common.edition.edition.criteria.iter().position(|one| one == slug);
        let weight = place
            .and_then(|at| common.state.weights.get(at))
            .copied()
            .unwrap_or(0.0);
        all.push((format!("w.{slug}"), ((weight * 1e6).round() / 1e6).to_string()));
    }
    let rest = pairs(&common.state.full_query(comparison)).into_iter();
    all.extend(rest.filter(|(key, _)| key != "edition" && !key.starts_with("w.")));
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&all)
        .finish();
    let there = State::parse(comparison, &all)
        .ok()
        .and_then(|state| analyse(catalogue, comparison, state).ok());
    let leader = |analysis: &Analysis<'_>| {
        let (verdict, options) = (&analysis.verdict, &analysis.table.options);
        let at = verdict.leader?;
        let is_led = options.len() > 1 && verdict.kind != Kind::CannotTell;
        options.get(at).filter(|_| is_led).cloned()
    };
    let leads = there.as_ref().and_then(leader);
    Some(Newer {
        number: head.number.clone(),
        date: head.date.clone(),
        same_leader: leads.is_some() && leads == leader(common),
        has_leader: leads.is_some(),
        sentence: there.map(|there| there.headline.sentence()),
        query,
    })
}
