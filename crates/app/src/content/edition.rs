//! Editions: everything that fixes the numbers of a comparison at one date, and the scores it gives.

use super::Content;
use super::model::{ComparisonText, EditionHead, EditionKind, Source, TablePay};
use earnest_compare::evidence::{
    Cell, Confidence, Kind, Metric, Observation, PayRegion, PayScale, Period, Rule, score, score_pay,
};
use earnest_compare::verdict::{Score, Table};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An edition with all its rules and observations: it can be kept as one text and scored again at any time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edition {
    /// Slug of the comparison.
    pub comparison: String,
    /// Number, date, default weights.
    pub head: EditionHead,
    /// Slugs of the options, in page order.
    pub options: Vec<String>,
    /// Slugs of the criteria, in page order.
    pub criteria: Vec<String>,
    /// What the observations count.
    pub metrics: Vec<Metric>,
    /// How observations become scores.
    pub rules: Vec<Rule>,
    /// What was observed of the options, and what claims cite beyond that.
    pub observations: Vec<Observation>,
    /// Where it was observed.
    pub sources: Vec<Source>,
}

/// An edition and its scores.
#[derive(Clone, Debug)]
pub struct ScoredEdition {
    /// What it was scored from.
    pub edition: Edition,
    /// [`Edition::default_weights`], looked up once.
    pub default_weights: Vec<f64>,
    /// Score of each option (outer) on each criterion (inner); the cost criterion at the default region.
    pub cells: Vec<Vec<Cell>>,
    /// The editor's scores, `[option][criterion]`, where an editorial table exists.
    pub editor: Option<Vec<Vec<Option<Score>>>>,
    /// Pay by region and option.
    pub pay: Vec<ScoredPay>,
    /// Position of the cost criterion, if the comparison has one.
    pub cost: Option<usize>,
}

/// Pay of all options in one region.
#[derive(Clone, Debug)]
pub struct ScoredPay {
    /// Region, role, year, currency.
    pub region: PayRegion,
    /// Per option: the observation and its score; `None` where nothing was observed.
    pub options: Vec<Option<(Observation, Score)>>,
}

impl Edition {
    pub(super) fn resolve(content: &Content, text: &ComparisonText, head: &EditionHead) -> Self {
        let release = head
            .release
            .as_ref()
            .and_then(|id| content.releases.get(id))
            .map(|r| &r.value);
        let rules: Vec<Rule> = release.map_or_else(Vec::new, |r| {
            let rule_of = |slug: &String| r.rules.iter().find(|rule| &rule.criterion == slug).cloned();
            text.criteria.iter().filter_map(rule_of).collect()
        });
        let claims = content.claims.get(&text.slug).map_or(&[][..], Vec::as_slice);
        let claimed = |id: &String| claims.iter().any(|claim| claim.value.observations.contains(id));
        let measured = head
            .measured
            .as_ref()
            .and_then(|id| content.releases.get(id))
            .map(|r| &r.value);
        let releases = || release.into_iter().chain(measured);
        let speaks = |o: &&Observation| text.options.contains(&o.technology) || claimed(&o.id);
        let mut observations: Vec<Observation> = releases()
            .flat_map(|r| &r.observations)
            .filter(speaks)
            .cloned()
            .collect();
        observations.sort_by(|a, b| a.id.cmp(&b.id));
        let observed = |m: &&Metric| observations.iter().any(|o| o.metric == m.id);
        let mut metrics: Vec<Metric> = releases()
            .flat_map(|r| &r.metrics)
            .filter(observed)
            .cloned()
            .collect();
        metrics.sort_by(|a, b| a.id.cmp(&b.id));
        let cited = |source: &&Source| observations.iter().any(|o| o.source == source.id);
        let mut sources: Vec<Source> = content
            .sources
            .iter()
            .map(|s| &s.value)
            .filter(cited)
            .cloned()
            .collect();
        sources.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            comparison: text.slug.clone(),
            head: head.clone(),
            options: text.options.clone(),
            criteria: text.criteria.clone(),
            metrics,
            rules,
            observations,
            sources,
        }
    }

    /// The edition as one text; the same edition gives the same bytes.
    ///
    /// # Errors
    /// When a number cannot be written as JSON.
    pub fn body(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// SHA-256 of [`Edition::body`], in hexadecimal.
    ///
    /// # Errors
    /// As [`Edition::body`].
    pub fn sha256(&self) -> Result<String, serde_json::Error> {
        use std::fmt::Write as _;
        let digest = Sha256::digest(self.body()?.as_bytes());
        Ok(digest.iter().fold(String::with_capacity(64), |mut hex, byte| {
            let written = write!(hex, "{byte:02x}");
            debug_assert!(written.is_ok(), "writing to a String cannot fail");
            hex
        }))
    }

    /// The observation with this id.
    pub fn observation(&self, id: &str) -> Option<&Observation> {
        self.observations.iter().find(|o| o.id == id)
    }

    /// The observations behind a cell, each once: those that its readings used, its judgements, and for the cost
    /// criterion the pay in every region.
    pub fn behind(&self, cell: &Cell) -> Vec<&Observation> {
        let parts = cell.readings.iter().flat_map(|reading| &reading.parts);
        let used = parts.flat_map(|part| &part.observations).chain(&cell.judgements);
        let mut found: Vec<&Observation> = Vec::new();
        for observation in used.filter_map(|id| self.observation(id)) {
            if !found.iter().any(|other| other.id == observation.id) {
                found.push(observation);
            }
        }
        let regions = self
            .rule(&cell.criterion)
            .and_then(|rule| rule.pay.as_ref())
            .map_or(&[][..], |pay| &pay.regions);
        let paid = |region: &PayRegion| {
            self.observations
                .iter()
                .find(|o| o.technology == cell.technology && o.metric == region.metric)
        };
        found.extend(regions.iter().filter_map(paid));
        found
    }

    /// The source with this id.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|s| s.id == id)
    }

    /// Why the value of an observation may not be given on; nothing where it may.
    pub fn withheld(&self, observation: &Observation) -> Option<&'static str> {
        let closed = self
            .source(&observation.source)
            .is_some_and(|s| !s.redistributable);
        closed.then_some("the source's licence does not allow giving its values on")
    }

    /// The rule of a criterion.
    pub fn rule(&self, criterion: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.criterion == criterion)
    }

    /// Default weight of every criterion, in page order, not normalised.
    pub fn default_weights(&self) -> Vec<f64> {
        self.criteria
            .iter()
            .map(|slug| self.head.weights.get(slug).copied().unwrap_or(0.0))
            .collect()
    }

    fn cost(&self) -> Option<usize> {
        match self.head.kind {
            EditionKind::Evidence => {
                let is_cost = |slug: &String| self.rule(slug).is_some_and(|rule| rule.pay.is_some());
                self.criteria.iter().position(is_cost)
            }
            EditionKind::Table if self.head.pay.is_empty() => None,
            EditionKind::Table => {
                let unscored = |slug: &String| self.head.scores.values().all(|row| !row.contains_key(slug));
                self.criteria.iter().position(unscored)
            }
        }
    }
}

/// Oldest first.
pub(super) fn in_order(mut editions: Vec<Edition>) -> Vec<Edition> {
    editions.sort_by(|a, b| (&a.head.date, &a.head.number).cmp(&(&b.head.date, &b.head.number)));
    editions
}

/// Scores editions of one comparison, oldest first, giving each the editor's table that it names.
pub(super) fn score_all(editions: Vec<Edition>) -> Vec<ScoredEdition> {
    let tables: Vec<(String, Vec<Vec<Option<Score>>>)> = editions
        .iter()
        .filter(|edition| edition.head.kind == EditionKind::Table)
        .map(|edition| {
            (
                edition.head.number.clone(),
                ScoredEdition::new(edition.clone(), None).scores(),
            )
        })
        .collect();
    let table = |number: &Option<String>| {
        tables
            .iter()
            .find(|(n, _)| Some(n) == number.as_ref())
            .map(|(_, t)| t.clone())
    };
    editions
        .into_iter()
        .map(|edition| {
            let editor = table(&edition.head.editor_table);
            ScoredEdition::new(edition, editor)
        })
        .collect()
}

impl ScoredEdition {
    pub(super) fn new(edition: Edition, editor: Option<Vec<Vec<Option<Score>>>>) -> Self {
        let cost = edition.cost();
        let pay = pay(&edition, cost);
        let cells = edition
            .options
            .iter()
            .map(|option| cells(&edition, option))
            .collect();
        let mut scored = Self {
            default_weights: edition.default_weights(),
            edition,
            cells,
            editor,
            pay,
            cost,
        };
        scored.put_pay_into_cells();
        scored
    }

    fn put_pay_into_cells(&mut self) {
        let Some(cost) = self.cost else { return };
        let Some(default) = self.region(None) else { return };
        let scores: Vec<Option<(Score, Kind)>> = default
            .options
            .iter()
            .map(|o| o.as_ref().map(|(seen, score)| (*score, seen.kind)))
            .collect();
        for (row, found) in self.cells.iter_mut().zip(scores) {
            if let (Some(cell), Some((score, kind))) = (row.get_mut(cost), found) {
                cell.score = Some(score);
                cell.basis = Some(kind);
            }
        }
    }

    /// Pay in the region with this id; the rule's default region for `None`.
    pub fn region(&self, id: Option<&str>) -> Option<&ScoredPay> {
        let default = self
            .edition
            .rules
            .iter()
            .find_map(|r| r.pay.as_ref())
            .map(|p| p.default_region.as_str());
        match id.or(default) {
            Some(id) => self.pay.iter().find(|p| p.region.id == id),
            None => self.pay.first(),
        }
    }

    fn scores(&self) -> Vec<Vec<Option<Score>>> {
        self.cells
            .iter()
            .map(|row| row.iter().map(|cell| cell.score).collect())
            .collect()
    }

    fn scores_in(&self, region: Option<&str>) -> Vec<Vec<Option<Score>>> {
        let mut rows = self.scores();
        if let (Some(cost), Some(pay)) = (self.cost, self.region(region)) {
            for (row, seen) in rows.iter_mut().zip(&pay.options) {
                if let Some(slot) = row.get_mut(cost) {
                    *slot = seen.as_ref().map(|(_, score)| *score);
                }
            }
        }
        rows
    }

    /// The table to decide on: scores from evidence, or the editor's, with pay of a region.
    pub fn table(&self, region: Option<&str>, scores: Scores) -> Table {
        let editor = self.editor.as_ref().filter(|_| scores == Scores::Editor);
        let mut rows = editor.cloned().unwrap_or_else(|| self.scores_in(region));
        for row in &mut rows {
            row.resize(self.edition.criteria.len(), None);
        }
        Table {
            options: self.edition.options.clone(),
            criteria: self.edition.criteria.clone(),
            scores: rows,
        }
    }
}

/// Whose scores decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scores {
    /// Rules applied to observations.
    #[default]
    Evidence,
    /// The editorial table.
    Editor,
}

fn cells(edition: &Edition, option: &str) -> Vec<Cell> {
    let cell = |criterion: &String| match (edition.head.kind, edition.rule(criterion)) {
        (EditionKind::Evidence, Some(rule)) => score(rule, option, &edition.observations),
        _ => table_cell(edition, option, criterion),
    };
    edition.criteria.iter().map(cell).collect()
}

fn table_cell(edition: &Edition, option: &str, criterion: &str) -> Cell {
    let half = edition.head.resolution.unwrap_or(0.0);
    let point = edition
        .head
        .scores
        .get(option)
        .and_then(|row| row.get(criterion))
        .copied();
    let score = point.map(|point| Score {
        point,
        low: (point - half).clamp(0.0, 10.0),
        high: (point + half).clamp(0.0, 10.0),
    });
    Cell {
        technology: option.to_owned(),
        criterion: criterion.to_owned(),
        score,
        basis: score.map(|_| Kind::Judgement),
        confidence: Confidence::Low,
        readings: Vec::new(),
        judgements: Vec::new(),
        sources_disagree: false,
        judgement_disagrees: false,
    }
}

fn pay(edition: &Edition, cost: Option<usize>) -> Vec<ScoredPay> {
    if cost.is_none() {
        return Vec::new();
    }
    match edition.rules.iter().find_map(|rule| rule.pay.as_ref()) {
        Some(scale) => scale
            .regions
            .iter()
            .map(|region| observed_pay(edition, scale, region))
            .collect(),
        None => table_pay(edition).into_iter().collect(),
    }
}

fn observed_pay(edition: &Edition, scale: &PayScale, region: &PayRegion) -> ScoredPay {
    let seen = |option: &String| {
        let found = edition
            .observations
            .iter()
            .find(|o| o.technology == *option && o.metric == region.metric)?;
        Some((found.clone(), score_pay(scale, region, found)))
    };
    ScoredPay {
        region: region.clone(),
        options: edition.options.iter().map(seen).collect(),
    }
}

/// The fixed money scale of editorial tables (C15): 250,000 a year is worth 0, 100,000 is worth 10.
fn table_scale() -> PayScale {
    PayScale {
        zero: 250_000.0,
        ten: 100_000.0,
        currency: "USD".into(),
        default_region: String::new(),
        regions: Vec::new(),
    }
}

fn table_pay(edition: &Edition) -> Option<ScoredPay> {
    let first = edition.head.pay.values().next()?;
    let region = PayRegion {
        id: first.region.clone(),
        label: "United States".into(),
        role: "back-end engineers".into(),
        year: edition
            .head
            .date
            .get(..4)
            .and_then(|y| y.parse().ok())
            .unwrap_or(0),
        currency: first.currency.clone(),
        period: Period::Year,
        basis: "typical annual compensation, editorial".into(),
        take_home: false,
        metric: "editorial-pay".into(),
        note: Some(first.note.clone()),
    };
    let seen = |option: &String| {
        let pay = edition.head.pay.get(option)?;
        let observation = editorial_pay(edition, option, pay);
        let score = score_pay(&table_scale(), &region, &observation);
        Some((observation, score))
    };
    let options = edition.options.iter().map(seen).collect();
    Some(ScoredPay { region, options })
}

fn editorial_pay(edition: &Edition, option: &str, pay: &TablePay) -> Observation {
    Observation {
        id: format!("editorial-pay-{option}"),
        technology: option.to_owned(),
        metric: "editorial-pay".into(),
        subject: "back-end engineers".into(),
        value: f64::midpoint(pay.low, pay.high),
        unit: format!("{}/year", pay.currency),
        kind: Kind::Judgement,
        source: "editorial-table".into(),
        locator: format!("edition {}", edition.head.number),
        year: edition
            .head
            .date
            .get(..4)
            .and_then(|y| y.parse().ok())
            .unwrap_or(0),
        confidence: Confidence::Low,
        sample_size: None,
        interval: None,
        quartiles: Some([pay.low, pay.high]),
        sd: None,
        computed: None,
        review_by: edition.head.date.clone(),
        note: Some(pay.note.clone()),
        author: None,
        date: None,
        rationale: None,
    }
}
