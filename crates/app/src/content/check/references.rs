//! References inside texts: options, criteria, must-haves, claims, observations and roles must exist.

use super::super::Written;
use super::super::model::{ComparisonText, SituationKind};
use super::Checker;
use std::collections::HashSet;

impl Checker<'_> {
    pub(super) fn comparisons(&mut self) {
        let content = self.content;
        for (folder, comparison) in &content.comparisons {
            let (place, text) = ((comparison.file.as_str(), comparison.line), &comparison.value);
            self.unless(&text.slug == folder, place, || {
                format!("slug `{}` is not the folder's name `{folder}`", text.slug)
            });
            self.date(&text.published, place, "published");
            self.date(&text.modified, place, "modified");
            let length = text.description.chars().count();
            self.unless(length <= 155, place, || {
                format!("`description` has {length} characters; 155 fit a search result")
            });
            self.unless(text.options.len() >= 2, place, || {
                "a comparison needs two options or more".to_owned()
            });
            for option in &text.options {
                let known = content.technologies.iter().any(|t| &t.value.slug == option);
                self.unless(known, place, || {
                    format!("no technology `{option}` in technologies.toml")
                });
            }
            for slug in &text.criteria {
                let known = content.criteria.iter().any(|c| &c.value.slug == slug);
                self.unless(known, place, || format!("no criterion `{slug}` in criteria.toml"));
            }
            self.must_haves_and_situations(folder, comparison);
            self.texts(folder, comparison);
        }
        for slug in content.claims.keys() {
            let known = content.comparisons.iter().any(|(of, _)| of == slug);
            let file = format!("comparisons/{slug}/claims.toml");
            self.unless(known, (&file, 1), || {
                format!("no comparison `{slug}` for these claims")
            });
        }
    }

    fn must_haves_and_situations(&mut self, folder: &str, comparison: &Written<ComparisonText>) {
        let (place, text) = ((comparison.file.as_str(), comparison.line), &comparison.value);
        for must in &text.must_haves {
            let unknown: Vec<&String> = must
                .excludes
                .keys()
                .filter(|k| !text.options.contains(k))
                .collect();
            self.unless(unknown.is_empty(), place, || {
                format!("must-have `{}` excludes unknown options {unknown:?}", must.id)
            });
            let some_left = must.excludes.len() < text.options.len();
            self.unless(some_left, place, || {
                format!("must-have `{}` excludes every option", must.id)
            });
        }
        for situation in &text.situations {
            let id = &situation.id;
            let unknown: Vec<&String> = situation
                .weights
                .keys()
                .filter(|k| !text.criteria.contains(k))
                .collect();
            self.unless(unknown.is_empty(), place, || {
                format!("situation `{id}` weighs unknown criteria {unknown:?}")
            });
            let whole = match situation.kind {
                SituationKind::Weights => {
                    situation.rationale.is_some() && situation.weights.values().any(|w| *w > 0.0)
                }
                SituationKind::MustHave => text
                    .must_haves
                    .iter()
                    .any(|m| Some(&m.id) == situation.must.as_ref()),
                SituationKind::Claim => self.content.claims.get(folder).is_some_and(|claims| {
                    claims
                        .iter()
                        .any(|c| Some(&c.value.id) == situation.claim.as_ref())
                }),
                SituationKind::Incumbent => true,
            };
            self.unless(whole, place, || {
                format!("situation `{id}` lacks what its kind needs: weights and rationale, a known must-have, or a known claim")
            });
        }
    }

    /// Every observation that a text cites must be in a release that the comparison uses.
    fn texts(&mut self, folder: &str, comparison: &Written<ComparisonText>) {
        let content = self.content;
        let releases = content
            .editions
            .iter()
            .filter(|(of, _)| of == folder)
            .flat_map(|(_, e)| [&e.value.release, &e.value.measured])
            .filter_map(Option::as_ref);
        let known: HashSet<&str> = releases
            .filter_map(|name| content.releases.get(name))
            .flat_map(|r| r.value.observations.iter().map(|o| o.id.as_str()))
            .collect();
        let text = &comparison.value;
        let prose = text
            .analysis
            .iter()
            .map(|s| &s.text)
            .chain(text.questions.iter().map(|q| &q.answer));
        let prose = prose.chain(text.situations.iter().map(|s| &s.text));
        for cited in prose.flat_map(|t| crate::prose::cited(t)) {
            let place = (comparison.file.as_str(), comparison.line);
            self.unless(known.contains(cited), place, || {
                format!("the text cites observation `{cited}`, which no release has")
            });
        }
        for claim in content.claims.get(folder).into_iter().flatten() {
            let place = (claim.file.as_str(), claim.line);
            let listed = claim.value.observations.iter().map(String::as_str);
            for cited in listed.chain(crate::prose::cited(&claim.value.text)) {
                self.unless(known.contains(cited), place, || {
                    format!(
                        "claim `{}` cites observation `{cited}`, which no release has",
                        claim.value.id
                    )
                });
            }
        }
    }

    pub(super) fn roles(&mut self) {
        let content = self.content;
        for role in &content.roles {
            let place = (role.file.as_str(), role.line);
            let known = content
                .technologies
                .iter()
                .any(|t| t.value.slug == role.value.technology);
            self.unless(known, place, || {
                format!("no technology `{}`", role.value.technology)
            });
            for slug in &role.value.comparisons {
                let known = content.comparisons.iter().any(|(of, _)| of == slug);
                self.unless(known, place, || format!("no comparison `{slug}`"));
            }
        }
        for technology in &content.technologies {
            let role = technology.value.role.as_ref();
            let known = role.is_none_or(|slug| content.roles.iter().any(|r| &r.value.slug == slug));
            self.unless(known, (&technology.file, technology.line), || {
                format!("no role `{}`", role.cloned().unwrap_or_default())
            });
        }
    }
}
