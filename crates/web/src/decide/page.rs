//! The page of a decision: the common verdict, everybody's weights, where they lie apart, and one's own.

use askama::Template;
use earnest_app::comparison::{SettingFault, remarks, words};
use earnest_app::decision::words::as_it_is;
use earnest_app::decision::{self, Deciding, Opened};
use earnest_app::request::once_key;
use earnest_hire::decision::{MOST_PARTICIPANTS, Participant, TITLE_LIMIT};
use earnest_hire::field::FieldRefusal;
use earnest_store::DecisionLink;

use super::{name_field, note_field};
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, Section};
use crate::problem::Problem;
use crate::words::Moment;
use crate::{Web, compare, urls};

/// What somebody typed who is shown the page again.
pub(super) struct Filled<'a> {
    pub(super) typed: &'a Typed,
    pub(super) faults: Vec<FieldRefusal>,
    pub(super) weights: Vec<SettingFault>,
}

impl Default for Filled<'_> {
    fn default() -> Self {
        static NOTHING: std::sync::LazyLock<Typed> = std::sync::LazyLock::new(Typed::default);
        Self {
            typed: &NOTHING,
            faults: Vec::new(),
            weights: Vec::new(),
        }
    }
}

#[derive(Template)]
#[template(path = "decide/show.html")]
struct Page {
    layout: Layout,
    faults: Vec<Fault>,
    title: String,
    comparison: Link,
    made: Moment,
    expires: Moment,
    may_keep: bool,
    keep_action: String,
    verdict: Verdict,
    newer: Option<(String, String)>,
    own: Own,
    people: Vec<PersonView>,
    spread: Vec<SpreadView>,
    differ: Vec<String>,
    robust: Vec<String>,
    hire: Vec<Link>,
    record: String,
    markdown: String,
    against_kept: String,
    maker: Option<Maker>,
}

/// One thing to mend; the summary on top links to its field.
struct Fault {
    field: String,
    sentence: String,
}

/// What all together say.
pub(super) struct Verdict {
    pub(super) sentence: String,
    pub(super) totals: Vec<(&'static str, &'static str, String, String)>,
    pub(super) agreement: String,
    /// How much of what was asked for is known.
    pub(super) compared: String,
    /// What to know of it: what is out and why, what its maker has, and what is missing.
    pub(super) remarks: Vec<String>,
    pub(super) link: String,
    pub(super) count: usize,
}

/// The form with one's own weights.
struct Own {
    action: String,
    heading: &'static str,
    lead: &'static str,
    button: &'static str,
    /// Whether there is something to take back.
    withdraw: Option<String>,
    full: bool,
    name: FieldView,
    note: FieldView,
    weights: Vec<WeightField>,
    was: String,
    /// Name and note as they are kept, for whoever has said something.
    was_said: Option<(String, String)>,
    once: String,
}

struct WeightField {
    slug: String,
    label: String,
    question: String,
    percent: String,
    error: Option<String>,
}

pub(super) struct PersonView {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_me: bool,
    pub(super) shares: Vec<(String, String)>,
    pub(super) leads: String,
    pub(super) margin: String,
    pub(super) agrees: bool,
    pub(super) note: Option<String>,
    pub(super) compare: String,
}

pub(super) struct SpreadView {
    pub(super) label: String,
    pub(super) low: String,
    pub(super) median: String,
    pub(super) high: String,
    pub(super) common: String,
    pub(super) who: String,
    /// Places on a line from 0 to 100.
    pub(super) from: String,
    pub(super) width: String,
    pub(super) middle: String,
    pub(super) at: String,
}

/// What the maker alone sees.
struct Maker {
    invite: String,
    title: FieldView,
    rename: String,
    new_link: String,
    remove: String,
    delete: String,
}

/// The page for whoever has the link.
pub(super) async fn show(web: &Web, token: &str, filled: &Filled<'_>) -> Result<Fresh, Problem> {
    let opened = decision::open(&web.app, token).await?;
    let catalogue = &web.app.catalogue;
    let deciding = decision::look(catalogue, &opened.decision, &opened.people).map_err(|error| {
        let delete = Link::new(urls::decision_act(token, "delete"), "Delete the decision");
        Problem::from(error).near(if opened.is_maker() {
            vec![delete]
        } else {
            Vec::new()
        })
    })?;
    let query = deciding.common_query();
    let slug = &opened.decision.comparison;
    let page = Page {
        layout: layout(
            web,
            token,
            &opened,
            !filled.faults.is_empty() || !filled.weights.is_empty(),
        ),
        faults: faults(filled, &deciding),
        title: opened.decision.title.clone(),
        comparison: Link::new(
            format!("{}?{}", urls::comparison(slug), opened.decision.query),
            format!(
                "{}, edition {}",
                deciding.kept.comparison.text.title, opened.decision.edition
            ),
        ),
        made: Moment::new(opened.decision.made_at),
        expires: Moment::new(opened.decision.expires_at),
        may_keep: opened.link != DecisionLink::Invite,
        keep_action: urls::decision_act(token, "keep"),
        verdict: verdict(&deciding),
        newer: deciding.newer.as_ref().map(|newer| {
            (
                newer.says(),
                format!("{}?{}", urls::comparison(slug), newer.query),
            )
        }),
        own: own(web, token, &opened, (&deciding, filled)),
        people: people(&deciding, opened.me()),
        spread: spread(&deciding),
        differ: differ(&deciding),
        robust: robust(&deciding),
        hire: hire(&deciding, &query),
        record: urls::decision_act(token, "record"),
        markdown: urls::decision_act(token, "record.md"),
        against_kept: urls::side_by_side(slug, &opened.decision.query, &query),
        maker: maker(web, token, &opened, filled),
    };
    Ok(Fresh::html(page.render()?, Cache::Private).secret())
}

fn layout(web: &Web, token: &str, opened: &Opened, is_wrong: bool) -> Layout {
    let title = &opened.decision.title;
    let title = if is_wrong {
        format!("Error: {title}")
    } else {
        title.clone()
    };
    Layout::new(web, title)
        .untold(urls::decision(token))
        .hidden_from_search()
        .within(Section::Compare)
        .trail(vec![
            Link::new(urls::comparisons(), "Compare"),
            Link::new(urls::decision(token), opened.decision.title.clone()),
        ])
        .script("decide.js")
}

/// What is wrong, each with the field to mend; all of the weights together where it is about none that is here.
fn faults(filled: &Filled<'_>, deciding: &Deciding<'_>) -> Vec<Fault> {
    let criteria = &deciding.kept.edition.edition.criteria;
    let field = |key: &str| {
        let slug = key.strip_prefix("w.");
        let is_here = slug.is_some_and(|slug| criteria.iter().any(|one| one == slug));
        let field = if is_here { key } else { "weights" };
        field.to_owned()
    };
    let own = filled.faults.iter().map(|fault| Fault {
        field: fault.field.to_owned(),
        sentence: fault.sentence.clone(),
    });
    let weights = filled.weights.iter().map(|fault| Fault {
        field: field(&fault.key),
        sentence: fault.sentence.clone(),
    });
    own.chain(weights).collect()
}

pub(super) fn verdict(deciding: &Deciding<'_>) -> Verdict {
    let common = &deciding.common;
    let totals = common.kept.iter().enumerate();
    let totals = totals.filter_map(|(at, place)| Some((*place, words::total(&common.verdict, at)?)));
    let out = common
        .excluded
        .iter()
        .map(|one| (one.option, "excluded".to_owned()));
    let told = |(place, total)| {
        let (class, mark) = (compare::marks::class(place), compare::marks::mark(place));
        (class, mark, common.option_name(place), total)
    };
    Verdict {
        sentence: common.headline.sentence(),
        totals: totals.chain(out).map(told).collect(),
        agreement: deciding.agreement(),
        compared: compare::compared_by(common, "the"),
        remarks: remarks::for_others(common)
            .into_iter()
            .chain(compare::cautions(common))
            .collect(),
        link: format!(
            "{}?{}",
            urls::comparison(&deciding.decision.comparison),
            deciding.common_query()
        ),
        count: deciding.people.len(),
    }
}

fn own(web: &Web, token: &str, opened: &Opened, (deciding, filled): (&Deciding<'_>, &Filled<'_>)) -> Own {
    let me = opened.me();
    let sent = filled.typed.pairs().iter().any(|(key, _)| key == "name");
    let place = me.and_then(|me| opened.people.iter().position(|one| one.id == me.id));
    let standing = place.zip(deciding.together.as_ref());
    let shares = standing
        .and_then(|(at, all)| all.people.get(at))
        .map_or_else(|| deciding.kept.shares_of_weight(), |one| one.shares.clone());
    let was = me.map_or_else(
        || {
            decision::Weights::of(deciding.kept.comparison, &deciding.kept.state)
                .text()
                .to_owned()
        },
        |me| me.weights.clone(),
    );
    let typed = |field: &str, kept: Option<String>| {
        if sent {
            filled.typed.value(field).to_owned()
        } else {
            kept.unwrap_or_default()
        }
    };
    let (heading, lead, button) = match (me, opened.link) {
        (Some(_), _) => (
            "What you said",
            "Change it as often as you like; this page’s address is your own link.",
            "Save",
        ),
        (None, DecisionLink::Maker) => (
            "Say what matters to you",
            "Your weights count as much as anybody’s.",
            "Add my weights",
        ),
        (None, _) => (
            "Say what matters to you",
            "You get a link of your own, by which you can change it or take it back. No account, no address.",
            "Add my weights",
        ),
    };
    Own {
        action: urls::decision_act(token, "position"),
        heading,
        lead,
        button,
        withdraw: me.map(|_| urls::decision_act(token, "withdraw")),
        full: me.is_none() && opened.people.len() >= MOST_PARTICIPANTS,
        name: name_field("Your name")
            .required()
            .filled(typed("name", me.map(|me| me.name.clone())), &filled.faults),
        note: note_field().filled(typed("note", me.and_then(|me| me.note.clone())), &filled.faults),
        weights: weight_fields(deciding, &shares, filled),
        was,
        was_said: me.map(|me| (me.name.clone(), me.note.clone().unwrap_or_default())),
        once: match filled.typed.value("once") {
            "" => once_key(&web.app).to_string(),
            once => once.to_owned(),
        },
    }
}

fn weight_fields(deciding: &Deciding<'_>, shares: &[f64], filled: &Filled<'_>) -> Vec<WeightField> {
    let criteria = &deciding.kept.edition.edition.criteria;
    let each = criteria.iter().zip(&deciding.kept.criterion_labels).zip(shares);
    each.map(|((slug, label), share)| {
        let key = format!("w.{slug}");
        let typed = filled.typed.pairs().iter().find(|(name, _)| *name == key);
        WeightField {
            slug: slug.clone(),
            label: label.clone(),
            question: deciding.kept.question(slug).to_owned(),
            percent: typed.map_or_else(|| compare::plain_percent(*share), |(_, text)| text.clone()),
            error: filled
                .weights
                .iter()
                .find(|fault| fault.key == key)
                .map(|fault| fault.sentence.clone()),
        }
    })
    .collect()
}

pub(super) fn people(deciding: &Deciding<'_>, me: Option<&Participant>) -> Vec<PersonView> {
    let Some(all) = &deciding.together else {
        return Vec::new();
    };
    let labels = &deciding.common.criterion_labels;
    let common = deciding.common_query();
    let each = deciding.people.iter().zip(&all.people);
    each.map(|(person, standing)| {
        let shares = labels.iter().zip(&standing.shares);
        PersonView {
            id: person.id.to_string(),
            name: person.name.clone(),
            is_me: me.is_some_and(|me| me.id == person.id),
            shares: shares
                .map(|(label, share)| (label.clone(), words::percent(*share)))
                .collect(),
            leads: deciding.options(&standing.leaders),
            margin: words::score(standing.margin),
            agrees: standing.agrees,
            note: person.note.clone(),
            compare: urls::side_by_side(
                &deciding.decision.comparison,
                &deciding.query_at(&standing.shares),
                &common,
            ),
        }
    })
    .collect()
}

pub(super) fn spread(deciding: &Deciding<'_>) -> Vec<SpreadView> {
    let Some(all) = &deciding.together else {
        return Vec::new();
    };
    let labels = deciding.common.criterion_labels.iter();
    let place = |share: f64| format!("{:.1}", share * 100.0);
    labels
        .zip(&all.spread)
        .zip(&all.weights)
        .map(|((label, spread), weight)| SpreadView {
            label: label.clone(),
            low: words::percent(spread.low),
            median: words::percent(spread.median),
            high: words::percent(spread.high),
            common: words::percent(*weight),
            who: deciding.extremes(spread, as_it_is),
            from: place(spread.low),
            width: place((spread.high - spread.low).max(0.005)),
            middle: place(spread.median),
            at: place(*weight),
        })
        .collect()
}

pub(super) fn differ(deciding: &Deciding<'_>) -> Vec<String> {
    let dissent = deciding.dissent(as_it_is).into_iter();
    dissent.chain(deciding.deciders(as_it_is)).collect()
}

pub(super) fn robust(deciding: &Deciding<'_>) -> Vec<String> {
    let common = &deciding.common;
    let mut lines = vec![format!(
        "How sure the leader is to be ahead, given the intervals of the evidence: {}.",
        words::sureness(&common.verdict)
    )];
    lines.push(words::nearest_line(&common.verdict, common.names("")));
    let shares = common.option_names.iter().zip(&common.shares.shares);
    let shares: Vec<String> = shares
        .map(|(name, share)| format!("{name} wins {:.0}\u{a0}%", share * 100.0))
        .collect();
    if common.is_comparable() {
        lines.push(format!(
            "Of all possible mixes of priorities {}.",
            shares.join(", ")
        ));
    }
    lines.push(format!(
        "Weighted sum decides; {}.",
        if common.methods_agree {
            "TOPSIS, VIKOR and PROMETHEE II put the same option first"
        } else {
            "the other methods do not all put the same option first"
        }
    ));
    lines
}

/// Whom to hire by the common state; the request carries the decision's id, and no link to it.
fn hire(deciding: &Deciding<'_>, query: &str) -> Vec<Link> {
    let mut links = compare::hire_links_at(&deciding.common, query);
    for link in &mut links {
        link.href = format!("{}&decision={}", link.href, deciding.decision.id);
    }
    links
}

fn maker(web: &Web, token: &str, opened: &Opened, filled: &Filled<'_>) -> Option<Maker> {
    let invite = opened.invite?;
    let renaming = filled.faults.iter().any(|fault| fault.field == "title");
    let title = if renaming {
        filled.typed.value("title")
    } else {
        &opened.decision.title
    };
    Some(Maker {
        invite: web.site.absolute(&urls::decision(&invite.to_string())),
        title: FieldView::line("title", "What is to be decided", TITLE_LIMIT)
            .required()
            .filled(title, &filled.faults),
        rename: urls::decision_act(token, "rename"),
        new_link: urls::decision_act(token, "invite"),
        remove: urls::decision_act(token, "remove"),
        delete: urls::decision_act(token, "delete"),
    })
}
