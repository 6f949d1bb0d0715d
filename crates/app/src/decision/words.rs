//! What the numbers of a decision say, in sentences; names as whoever writes them wants them written.

use earnest_compare::together::Spread;

use super::Deciding;
use crate::comparison::words::{list, percent};

/// How names are written: as they are, or made harmless for Markdown.
pub type Naming = fn(&str) -> String;

impl Deciding<'_> {
    /// Names of people, joined with commas and a last "and".
    pub fn names(&self, people: &[usize], naming: Naming) -> String {
        let names: Vec<String> = people.iter().map(|at| naming(self.name(*at))).collect();
        if names.is_empty() {
            return "nobody".to_owned();
        }
        list(&names)
    }

    /// "Python leads", "Python and Node.js lead together", "nobody leads".
    pub fn leads(&self, options: &[usize]) -> String {
        match options {
            [] | [_] => format!("{} leads", self.options(options)),
            _ => format!("{} lead together", self.options(options)),
        }
    }

    /// The same where it is only supposed: "Python would lead".
    fn would_lead(&self, options: &[usize]) -> String {
        match options {
            [] | [_] => format!("{} would lead", self.options(options)),
            _ => format!("{} would lead together", self.options(options)),
        }
    }

    /// How many see which option ahead: "3 of 5 see Python ahead, 2 Node.js".
    pub fn agreement(&self) -> String {
        let Some(all) = &self.together else {
            return "Nobody has said anything yet.".to_owned();
        };
        if self.kept.table.options.len() == 1 {
            return "Only one option is left, whatever anybody’s weights.".to_owned();
        }
        let mut votes: Vec<(usize, usize)> = all.votes.iter().copied().enumerate().collect();
        votes.sort_by_key(|(option, count)| (std::cmp::Reverse(*count), *option));
        let mut parts = Vec::new();
        for (option, count) in votes.into_iter().filter(|(_, count)| *count > 0) {
            let name = self.options(&[option]);
            let (see, people) = (if count == 1 { "sees" } else { "see" }, all.people.len());
            parts.push(if parts.is_empty() {
                format!("{count} of {people} {see} {name} ahead")
            } else {
                format!("{count} {see} {name} ahead")
            });
        }
        if all.undecided > 0 {
            parts.push(format!("for {} no option is alone in the lead", all.undecided));
        }
        format!("{}.", first_upper(&parts.join(", ")))
    }

    /// Whose own weights lead elsewhere than the common ones, and who is alone with that.
    pub fn dissent(&self, naming: Naming) -> Vec<String> {
        let Some(all) = &self.together else {
            return Vec::new();
        };
        let mut said: Vec<&[usize]> = Vec::new();
        let mut lines = Vec::new();
        for standing in all.people.iter().filter(|one| !one.agrees) {
            if said.contains(&standing.leaders.as_slice()) {
                continue;
            }
            said.push(&standing.leaders);
            let same = all.people.iter().enumerate();
            let same: Vec<usize> = same
                .filter(|(_, one)| one.leaders == standing.leaders)
                .map(|(at, _)| at)
                .collect();
            let whose = if same.len() == 1 {
                "weights alone"
            } else {
                "weights"
            };
            lines.push(format!(
                "By the {whose} of {} {}.",
                self.names(&same, naming),
                self.leads(&standing.leaders)
            ));
        }
        lines
    }

    /// Without whom another option would lead: one sentence each, or one that says that there is nobody.
    pub fn deciders(&self, naming: Naming) -> Vec<String> {
        let Some(all) = &self.together else {
            return Vec::new();
        };
        let each = all.people.iter().enumerate().filter(|(_, one)| one.decides);
        let lines: Vec<String> = each
            .filter_map(|(at, one)| {
                let without = one.leaders_without.as_ref()?;
                Some(format!(
                    "Without {}, {}.",
                    naming(self.name(at)),
                    self.would_lead(without)
                ))
            })
            .collect();
        match (lines.is_empty(), all.people.len()) {
            (true, 1) => vec!["So far one person has said what matters.".to_owned()],
            (true, _) => vec!["Whoever is left out, the same option leads.".to_owned()],
            (false, _) => lines,
        }
    }

    /// Who gives a criterion least and most.
    pub fn extremes(&self, spread: &Spread, naming: Naming) -> String {
        if spread.lowest.is_empty() {
            return "All give it the same.".to_owned();
        }
        let side = |people: &[usize]| match people.len() {
            0..=3 => self.names(people, naming),
            many => format!("{many} people"),
        };
        format!(
            "Least: {} ({}). Most: {} ({}).",
            side(&spread.lowest),
            percent(spread.low),
            side(&spread.highest),
            percent(spread.high)
        )
    }
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A name as it is; the page escapes it.
pub fn as_it_is(name: &str) -> String {
    name.to_owned()
}
