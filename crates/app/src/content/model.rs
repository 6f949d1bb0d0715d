//! What a content file may say: one type per table, unknown keys refused.

use earnest_compare::evidence::{Metric, Observation, Rule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that can be chosen and hired for.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Technology {
    /// Stable name in URLs.
    pub slug: String,
    /// Name shown to readers.
    pub name: String,
    /// Language or runtime.
    pub kind: TechnologyKind,
    /// One line on what it is.
    pub summary: String,
    /// Official site.
    pub website: String,
    /// Wikidata item, for machines that read the page.
    pub wikidata: String,
    /// Slug of the role that works in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// What sort of thing a technology is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TechnologyKind {
    /// A programming language.
    Language,
    /// A platform that runs a language.
    Runtime,
}

/// A question that every option of a comparison is asked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Stable name in URLs (`w.{slug}`).
    pub slug: String,
    /// Name shown to readers.
    pub label: String,
    /// What it asks, in a few words.
    pub question: String,
    /// What it is, and what it is not.
    pub explanation: String,
}

/// A publication that observations come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Unique id.
    pub id: String,
    /// Title as published.
    pub title: String,
    /// Who published it first.
    pub publisher: String,
    /// Where it can be read.
    pub url: String,
    /// Date, month or year of publication.
    pub published: String,
    /// Day on which it was read.
    pub accessed: String,
    /// SPDX id, or `facts-only` where no licence is stated and single facts are cited.
    pub licence: String,
    /// Whether single values may be given on in exports.
    pub redistributable: bool,
    /// Notice to print with the values.
    pub attribution: String,
    /// Where it was read, if not at the publisher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// What sort of publication it is.
    pub kind: SourceKind,
    /// Whether it states how many people, posts or runs stand behind its values.
    pub gives_sample_size: bool,
}

/// What sort of publication a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Repeatable measurements.
    Benchmark,
    /// Answers of people.
    Survey,
    /// Counts of a package registry.
    Registry,
    /// A study with a method section.
    Study,
    /// A text that reports figures.
    Article,
    /// Documentation of a project.
    Documentation,
    /// Our own judgement.
    Editorial,
    /// A run of our own lab; its address is the page of the run on this site.
    Lab,
}

/// One file of a release of evidence: metrics, at most one rule, observations.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// What is counted.
    pub metrics: Vec<Metric>,
    /// How counts become scores, one per criterion.
    pub rules: Vec<Rule>,
    /// What was observed.
    pub observations: Vec<Observation>,
}

/// A comparison: options, criteria, and everything that is said about them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComparisonText {
    /// Stable name in URLs.
    pub slug: String,
    /// Title, "A vs B for context".
    pub title: String,
    /// The question it answers.
    pub question: String,
    /// Whom it is for.
    pub for_whom: String,
    /// Description for search engines, at most 155 characters.
    pub description: String,
    /// Slugs of the technologies, in page order.
    pub options: Vec<String>,
    /// What the choice is for.
    pub context: String,
    /// Slugs of the criteria, in page order.
    pub criteria: Vec<String>,
    /// Number of the edition shown unless another is asked for.
    pub default_edition: String,
    /// First day of publication.
    pub published: String,
    /// Last day on which the text changed.
    pub modified: String,
    /// Who answers for the text.
    pub author: String,
    /// Conditions that exclude an option before any weighting.
    #[serde(default, rename = "must_have")]
    pub must_haves: Vec<MustHave>,
    /// Situations that a reader may recognise.
    #[serde(default, rename = "situation")]
    pub situations: Vec<Situation>,
    /// Sections of prose.
    #[serde(default)]
    pub analysis: Vec<Section>,
    /// Questions and answers.
    #[serde(default, rename = "faq")]
    pub questions: Vec<Question>,
}

/// A condition that excludes options.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MustHave {
    /// Short name in URLs (`must=`).
    pub id: String,
    /// Name shown to readers.
    pub label: String,
    /// What it demands.
    pub explanation: String,
    /// Slug of each excluded option and the reason shown.
    pub excludes: BTreeMap<String, String>,
}

/// A situation that a reader may be in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Situation {
    /// Short name in URLs (`preset=`).
    pub id: String,
    /// Text of the button.
    pub label: String,
    /// The situation in words.
    pub title: String,
    /// What makes it a situation.
    pub kind: SituationKind,
    /// What the editorial table said: the slug of an option, or `either`.
    pub editor_says: String,
    /// What the text says: the slug of an option, `either` or `too_close`. Checked against the computed verdict.
    pub says: String,
    /// The advice.
    pub text: String,
    /// Why these weights, written before the result was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rationale: Option<String>,
    /// The must-have that it stands for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub must: Option<String>,
    /// The claim that it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<String>,
    /// Weight per criterion; unlisted criteria weigh 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, f64>,
}

/// What makes a situation (C13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SituationKind {
    /// A preset of weights.
    Weights,
    /// A condition that excludes an option.
    MustHave,
    /// The team already has one of the options.
    Incumbent,
    /// A claim whose status is shown; no computation.
    Claim,
}

/// A heading and its paragraphs.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// Paragraphs separated by blank lines; `[text](url)` and `[obs:ID]` are links.
    pub text: String,
}

/// A question and its answer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question.
    pub question: String,
    /// The answer; same inline syntax as a section.
    pub answer: String,
}

/// A claim that people make, checked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Unique within the comparison.
    pub id: String,
    /// What is claimed.
    pub statement: String,
    /// What the evidence says.
    pub status: ClaimStatus,
    /// The status in a few words.
    pub short: String,
    /// Two to five sentences that say no more than the data.
    pub text: String,
    /// Ids of the observations that it rests on.
    pub observations: Vec<String>,
    /// What of our own measurements speaks for or against it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lab: Vec<LabTest>,
}

/// What one workload of the lab would show if a claim held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabTest {
    /// The metric of the workload.
    pub metric: String,
    /// Subjects of which the best would be ahead.
    pub ahead: Vec<String>,
    /// Subjects of which the best would be behind.
    pub behind: Vec<String>,
}

/// How far the measurements of a source can be looked into (C25).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Id of the source.
    pub source: String,
    /// What was done or published.
    pub mark: ProvenanceMark,
    /// Where the programs are that measured.
    pub harness: String,
    /// Where the raw output is; none for a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The machine, as far as it is told.
    pub host: String,
    /// Versions, as far as they are told.
    pub versions: String,
    /// How often each value was measured, as far as it is told.
    pub repeats: String,
}

/// How far measurements can be looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProvenanceMark {
    /// We measured it ourselves and keep the raw output.
    ReproducedByUs,
    /// Whoever measured it published the raw output.
    RawDataPublished,
    /// Nothing but the value is published; alone it moves no score.
    ClaimOnly,
}

impl ProvenanceMark {
    /// As it is shown.
    pub fn words(self) -> &'static str {
        match self {
            Self::ReproducedByUs => "reproduced by us",
            Self::RawDataPublished => "raw data published",
            Self::ClaimOnly => "claim only",
        }
    }
}

/// The head of a run of the lab, as far as it is shown; the file has more.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabRun {
    /// Version of the program.
    pub earnest: String,
    /// When it began, in UTC.
    pub started: String,
    /// What somebody said of the machine.
    #[serde(default)]
    pub note: Option<String>,
    /// How it was measured.
    pub method: LabMethod,
    /// The machine.
    pub host: LabHost,
    /// Name and version of what ran.
    pub versions: BTreeMap<String, String>,
}

/// How a run of the lab was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabMethod {
    /// Measurements of each row.
    pub repeats: u32,
    /// How long one lasts, in milliseconds.
    pub millis: u64,
    /// How long each server is asked before, in milliseconds.
    pub warm_up_millis: u64,
    /// What asked the servers.
    pub load_generator: String,
}

/// The machine of a run of the lab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LabHost {
    /// Model of the processor.
    pub processor: String,
    /// Cores that could be used.
    pub cores: Vec<usize>,
    /// Memory in mebibytes.
    pub memory_mib: u64,
    /// The system.
    pub system: String,
}

/// What the evidence says of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClaimStatus {
    /// The evidence supports it.
    Holds,
    /// True under conditions that the text names.
    HoldsInPart,
    /// The evidence speaks against it.
    DoesNotHold,
    /// The evidence does not decide it.
    CannotTell,
}

/// The head of an edition: what fixes the numbers of a comparison at one date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EditionHead {
    /// Number, unique within the comparison, never used again.
    pub number: String,
    /// Day of publication.
    pub date: String,
    /// Table or evidence.
    pub kind: EditionKind,
    /// Name shown to readers.
    pub title: String,
    /// What changed, in one line.
    pub changelog: String,
    /// The release of evidence (`evidence` editions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// A second release with what our own lab measured: shown beside the scores, read by no rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// Number of the edition whose table gives the editor's scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub editor_table: Option<String>,
    /// Half-width of every score's interval (`table` editions).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<f64>,
    /// Default weight per criterion; unlisted criteria weigh 0.
    pub weights: BTreeMap<String, f64>,
    /// Score per option and criterion (`table` editions).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scores: BTreeMap<String, BTreeMap<String, f64>>,
    /// Pay range per option (`table` editions).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pay: BTreeMap<String, TablePay>,
}

/// How an edition's scores come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EditionKind {
    /// Scores set by editors.
    Table,
    /// Scores computed from observations by rules.
    Evidence,
}

/// A pay range of an editorial table, in whole units of a currency, per year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TablePay {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// ISO 4217 code.
    pub currency: String,
    /// Id of the region.
    pub region: String,
    /// What the range is.
    pub note: String,
}

/// A role that can be hired.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Stable name in URLs.
    pub slug: String,
    /// Name shown to readers.
    pub title: String,
    /// Slug of the technology that it works in.
    pub technology: String,
    /// Description for search engines.
    pub description: String,
    /// What the role is for, in two or three sentences.
    pub summary: String,
    /// What the person does.
    pub does: Vec<Does>,
    /// What to look for.
    pub look_for: Vec<LookFor>,
    /// An interview kit.
    pub interview: Vec<Interview>,
    /// What moves the budget.
    #[serde(default)]
    pub budget_note: Vec<Does>,
    /// Slugs of comparisons of its technology.
    pub comparisons: Vec<String>,
    /// Skills, as an expert would list them.
    pub skills: Vec<String>,
}

/// One line of a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Does {
    /// The line.
    pub text: String,
}

/// One thing to look for in a person.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookFor {
    /// The thing.
    pub title: String,
    /// How it shows.
    pub text: String,
}

/// One question of an interview kit.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Interview {
    /// What to ask.
    pub question: String,
    /// What a good answer contains.
    pub listen_for: String,
    /// When to ask it.
    pub level: InterviewLevel,
}

/// When in an interview a question belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InterviewLevel {
    /// A first call.
    Screen,
    /// A technical talk.
    Technical,
    /// An exercise.
    Practical,
}
