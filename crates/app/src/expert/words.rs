//! The words of profiles and queries.

use std::collections::BTreeMap;

use earnest_hire::expert::Profile;

use super::index::{ABOUT_POINTS, HEADLINE_POINTS, SKILL_POINTS};

/// Each word of a profile once, with the most points it has anywhere.
pub(super) fn words_of(profile: &Profile) -> BTreeMap<String, u8> {
    let skills = profile
        .skills
        .iter()
        .map(|skill| (skill.name.as_str(), SKILL_POINTS));
    let texts = [
        (profile.headline.as_str(), HEADLINE_POINTS),
        (profile.about.as_str(), ABOUT_POINTS),
    ];
    let shown = profile
        .portfolio
        .iter()
        .flat_map(|item| [&item.title, &item.story].map(|text| (text.as_str(), ABOUT_POINTS)));
    let mut words = BTreeMap::new();
    for (text, points) in texts.into_iter().chain(skills).chain(shown) {
        for word in tokens(text).into_iter().flat_map(spellings) {
            let known = words.entry(word).or_insert(0);
            *known = points.max(*known);
        }
    }
    words
}

/// The words of a text in small letters: letters and digits, and the signs of `C++`, `C#`, `.NET` and `Node.js`.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let of_word = |c: char| c.is_alphanumeric() || matches!(c, '+' | '#' | '.');
    let lower = text.to_lowercase();
    let words = lower
        .split(|c: char| !of_word(c))
        .map(|word| word.trim_end_matches('.'));
    words
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(str::to_owned)
        .collect()
}

/// A word as people may type it: `node.js` also as `nodejs`, `node` and `js`.
fn spellings(word: String) -> Vec<String> {
    let mut spellings = vec![];
    if word.contains('.') {
        spellings.push(word.replace('.', ""));
        spellings.extend(word.split('.').filter(|part| !part.is_empty()).map(str::to_owned));
    }
    spellings.push(word);
    spellings
}
