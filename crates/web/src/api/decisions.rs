//! Deciding together, for programs: everything by links, and nothing by an account.
//!
//! What is answered holds secrets, so nothing of it is kept for a repetition: whoever wants to repeat a call sends a `once`
//! key of their own in the body, and the same key makes the same links again.

use std::collections::BTreeMap;

use earnest_app::comparison::Analysis;
use earnest_app::decision::{self, Deciding, Draft, Opened, Said};
use earnest_app::limit;
use earnest_compare::together::Standing;
use earnest_compare::verdict::Kind;
use earnest_hire::decision::{Participant, TypedPosition};
use earnest_hire::ids::OnceKey;
use earnest_store::DecisionLink;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::view::DONE;
use crate::problem::{FieldProblem, Problem};
use crate::{Web, compare, urls};

/// How a key is written that makes a call happen once: 128 random bits in Crockford's base 32.
const ONCE: &str = "^[0-7][0-9a-hjkmnp-tv-z]{25}$";

/// A state to be decided on together.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDecision {
    /// What is to be decided.
    #[schemars(length(min = 1, max = 160))]
    title: String,
    /// The slug of the comparison.
    comparison: String,
    /// The state, as in the address of its page: `w.talent=3&must=numpy`. Edition and weights are kept as they are now.
    #[serde(default)]
    #[schemars(length(max = 2000))]
    state: String,
    /// Your name; with it the weights of the state are your position.
    #[serde(default)]
    #[schemars(length(max = 60))]
    name: String,
    #[serde(default)]
    #[schemars(length(max = 600))]
    note: String,
    /// 26 characters that nobody can guess; the same again finds the same decision.
    #[serde(default)]
    #[schemars(regex(pattern = ONCE))]
    once: Option<String>,
}

/// What somebody says.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPosition {
    /// What the others are to call you.
    #[schemars(length(min = 1, max = 60))]
    name: String,
    /// A weight from 0 to 1000 by the slug of its criterion; those left out are 0, and not all may be.
    weights: BTreeMap<String, f64>,
    #[serde(default)]
    #[schemars(length(max = 600))]
    note: String,
    /// 26 characters that nobody can guess; the same again finds the same participant.
    #[serde(default)]
    #[schemars(regex(pattern = ONCE))]
    once: Option<String>,
}

/// A link that opens something: keep it to yourself.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DecisionLink")]
pub(super) struct LinkView {
    /// Goes into `/decisions/{id}`.
    token: String,
    /// The page that it opens.
    url: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DecisionMade")]
pub(super) struct MadeView {
    id: String,
    /// For its maker: changes and deletes it.
    maker: LinkView,
    /// For those who are invited.
    invitation: LinkView,
    expires_at: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Participation")]
pub(super) struct SaidView {
    /// Names the participant to the others.
    participant_id: String,
    /// Theirs alone: changes and takes back what they said.
    link: LinkView,
    /// Whether they are new.
    joined: bool,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Decision")]
pub(super) struct DecisionView {
    id: String,
    title: String,
    comparison: String,
    /// It stays on this one.
    edition: String,
    /// Edition, weights and other settings as they were kept.
    state: String,
    /// `maker`, `invitation` or `participant`: what the link is.
    link: &'static str,
    /// Who you are among them, where you have said something.
    participant_id: Option<String>,
    /// For its maker alone.
    invitation: Option<LinkView>,
    made_at: String,
    /// When it is deleted, unless somebody changes something.
    expires_at: String,
    /// The mean of what everybody gives, as shares of 1; the kept weights while nobody has said anything.
    common_weights: BTreeMap<String, f64>,
    /// The same as a state of the comparison.
    common_state: String,
    verdict: VerdictView,
    participants: Vec<ParticipantView>,
    /// By criterion; empty while nobody has said anything.
    spread: Vec<SpreadView>,
    /// How many see each option alone in the lead.
    votes: BTreeMap<String, usize>,
    newer_edition: Option<NewerView>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "CommonVerdict")]
pub(super) struct VerdictView {
    /// `cannot_tell`, `too_close`, `depends`, `narrowly_ahead` or `ahead`.
    kind: &'static str,
    leader: Option<String>,
    sentence: String,
    /// From 0 to 10, by option.
    /// Null where nothing of what counts could be compared.
    totals: BTreeMap<String, Option<f64>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Participant")]
pub(super) struct ParticipantView {
    id: String,
    name: String,
    note: Option<String>,
    /// Shares of 1.
    weights: BTreeMap<String, f64>,
    /// Who leads for them: more than one on a tie.
    leaders: Vec<String>,
    /// Their lead of the first over the second, in points of the total.
    margin: f64,
    /// Whether the same options lead for all together.
    agrees: bool,
    /// Whether nobody else sees these options ahead, and all together do not.
    alone: bool,
    /// Whether another option would lead without them.
    decides: bool,
    leaders_without: Option<Vec<String>>,
    changed_at: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Spread")]
pub(super) struct SpreadView {
    criterion: String,
    low: f64,
    median: f64,
    high: f64,
    /// Ids of participants; empty where all give the same.
    lowest: Vec<String>,
    highest: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NewerEdition")]
pub(super) struct NewerView {
    edition: String,
    date: String,
    same_leader: bool,
    sentence: Option<String>,
}

fn link(web: &Web, token: &str) -> LinkView {
    LinkView {
        token: token.to_owned(),
        url: web.site.absolute(&urls::decision(token)),
    }
}

fn once(call: &Call, sent: Option<&str>) -> Result<OnceKey, Problem> {
    let read = sent.map(str::parse).transpose();
    let read = read.map_err(|_unreadable| {
        Problem::field(
            "once",
            "malformed",
            "26 characters of Crockford's base 32, such as a fresh 128-bit number.",
        )
    })?;
    Ok(read.unwrap_or(call.once))
}

pub(super) async fn make(call: Call) -> Result<Reply, Problem> {
    let asked: NewDecision = call.body()?;
    let once = once(&call, asked.once.as_deref())?;
    limit::keep_once(call.desk(), call.from.0).await?;
    let draft = Draft {
        title: asked.title,
        comparison: asked.comparison,
        state: asked.state,
        own: TypedPosition {
            name: asked.name,
            note: asked.note,
        },
    };
    let made = decision::make(&call.web.app, &draft, once).await?;
    let maker = made.maker.to_string();
    let opened = decision::open(&call.web.app, &maker).await?;
    let invite = opened.invite.map_or_else(String::new, |token| token.to_string());
    Reply::created(&MadeView {
        id: made.decision.id.to_string(),
        maker: link(&call.web, &maker),
        invitation: link(&call.web, &invite),
        expires_at: made.decision.expires_at.to_string(),
    })
}

pub(super) async fn show(call: Call) -> Result<Reply, Problem> {
    let opened = decision::open(&call.web.app, call.text("id")).await?;
    let deciding = decision::look(&call.web.app.catalogue, &opened.decision, &opened.people)?;
    Reply::ok(&view(&call.web, &opened, &deciding))
}

/// Whoever was invited comes in.
pub(super) async fn join(call: Call) -> Result<Reply, Problem> {
    let said = say(&call).await?;
    Reply::created(&said_view(&call, &said))
}

/// Whoever has come in changes what they said.
pub(super) async fn change(call: Call) -> Result<Reply, Problem> {
    let opened = decision::open(&call.web.app, call.text("id")).await?;
    if opened.link == DecisionLink::Invite {
        return Err(Problem::not_found());
    }
    let said = say(&call).await?;
    Reply::ok(&said_view(&call, &said))
}

fn said_view(call: &Call, said: &Said) -> SaidView {
    SaidView {
        participant_id: said.person.id.to_string(),
        link: link(&call.web, &said.token.to_string()),
        joined: said.first,
    }
}

async fn say(call: &Call) -> Result<Said, Problem> {
    let token = call.text("id");
    let opened = decision::open(&call.web.app, token).await?;
    let asked: NewPosition = call.body()?;
    let once = once(call, asked.once.as_deref())?;
    limit::keep_once(call.desk(), call.from.0).await?;
    let catalogue = &call.web.app.catalogue;
    let found = compare::find(catalogue, &opened.decision.comparison)?;
    let (_, found) = found.named(catalogue, &compare::query_pairs(Some(&opened.decision.query)));
    let given = asked.weights.iter();
    let given: Vec<(String, String)> = given
        .map(|(slug, weight)| (format!("w.{slug}"), weight.to_string()))
        .collect();
    let weights = decision::read_weights(found, &opened.decision.query, &given).map_err(|faults| {
        let field = |fault: earnest_app::comparison::SettingFault| FieldProblem {
            field: fault.key.replacen("w.", "weights.", 1),
            code: fault.code.to_owned(),
            detail: fault.sentence,
        };
        Problem::invalid(faults.into_iter().map(field).collect())
    })?;
    let typed = TypedPosition {
        name: asked.name,
        note: asked.note,
    };
    Ok(decision::say(call.desk(), token, &typed, &weights, once).await?)
}

pub(super) async fn withdraw(call: Call) -> Result<Reply, Problem> {
    decision::withdraw(call.desk(), call.text("id")).await?;
    done()
}

pub(super) async fn delete(call: Call) -> Result<Reply, Problem> {
    decision::delete(call.desk(), call.text("id")).await?;
    done()
}

fn done() -> Result<Reply, Problem> {
    Reply::ok(&DONE)
}

fn view(web: &Web, opened: &Opened, deciding: &Deciding<'_>) -> DecisionView {
    let (one, common) = (&opened.decision, &deciding.common);
    let options = |places: &[usize]| -> Vec<String> {
        let slug = |at: &usize| common.table.options.get(*at).cloned();
        places.iter().filter_map(slug).collect()
    };
    let named = |values: &[f64]| by_name(&common.table.criteria, values);
    let standings = deciding
        .together
        .as_ref()
        .map_or(&[][..], |all| all.people.as_slice());
    let participant = |(person, standing): (&Participant, &Standing)| ParticipantView {
        id: person.id.to_string(),
        name: person.name.clone(),
        note: person.note.clone(),
        weights: named(&standing.shares),
        leaders: options(&standing.leaders),
        margin: standing.margin,
        agrees: standing.agrees,
        alone: standing.alone,
        decides: standing.decides,
        leaders_without: standing.leaders_without.as_deref().map(options),
        changed_at: person.changed_at.to_string(),
    };
    DecisionView {
        id: one.id.to_string(),
        title: one.title.clone(),
        comparison: one.comparison.clone(),
        edition: one.edition.clone(),
        state: one.query.clone(),
        link: match opened.link {
            DecisionLink::Maker => "maker",
            DecisionLink::Invite => "invitation",
            DecisionLink::Participant(_) => "participant",
        },
        participant_id: opened.own.map(|id| id.to_string()),
        invitation: opened.invite.map(|token| link(web, &token.to_string())),
        made_at: one.made_at.to_string(),
        expires_at: one.expires_at.to_string(),
        common_weights: named(&common.shares_of_weight()),
        common_state: deciding.common_query(),
        verdict: VerdictView {
            kind: kind(common.verdict.kind),
            leader: common
                .verdict
                .leader
                .and_then(|at| common.table.options.get(at).cloned()),
            sentence: common.headline.sentence(),
            totals: totals(common),
        },
        participants: opened.people.iter().zip(standings).map(participant).collect(),
        spread: spread(deciding),
        votes: deciding.together.as_ref().map_or_else(BTreeMap::new, |all| {
            common
                .table
                .options
                .iter()
                .cloned()
                .zip(all.votes.iter().copied())
                .collect()
        }),
        newer_edition: deciding.newer.as_ref().map(|newer| NewerView {
            edition: newer.number.clone(),
            date: newer.date.clone(),
            same_leader: newer.same_leader,
            sentence: newer.sentence.clone(),
        }),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::CannotTell => "cannot_tell",
        Kind::TooClose => "too_close",
        Kind::Depends => "depends",
        Kind::NarrowlyAhead => "narrowly_ahead",
        Kind::Ahead => "ahead",
    }
}

fn totals(common: &Analysis<'_>) -> BTreeMap<String, Option<f64>> {
    let each = common.table.options.iter().cloned().enumerate();
    each.map(|(at, name)| (name, common.verdict.totals.known(at)))
        .collect()
}

fn by_name(names: &[String], values: &[f64]) -> BTreeMap<String, f64> {
    names.iter().cloned().zip(values.iter().copied()).collect()
}

fn spread(deciding: &Deciding<'_>) -> Vec<SpreadView> {
    let all = deciding
        .together
        .as_ref()
        .map_or(&[][..], |all| all.spread.as_slice());
    let ids = |people: &[usize]| -> Vec<String> {
        let id = |at: &usize| deciding.people.get(*at).map(|one| one.id.to_string());
        people.iter().filter_map(id).collect()
    };
    let criteria = deciding.common.table.criteria.iter().zip(all);
    criteria
        .map(|(criterion, one)| SpreadView {
            criterion: criterion.clone(),
            low: one.low,
            median: one.median,
            high: one.high,
            lowest: ids(&one.lowest),
            highest: ids(&one.highest),
        })
        .collect()
}
