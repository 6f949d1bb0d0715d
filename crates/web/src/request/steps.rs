//! The form of a request in three short steps and a look at what experts will see. Nothing is kept on the way: what was
//! typed goes along in hidden fields, so that going back loses nothing and works without scripts or cookies.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State as FromApp;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::comparison::Bridge;
use earnest_hire::field::FieldRefusal;
use earnest_hire::money::{Currency, Minor};
use earnest_hire::request::{Brief, Draft, Field, Mode, WishField};

use super::{Carried, carried, draft_of, field_view, reply, wish_view};
use crate::answer::{Cache, Fresh};
use crate::compare;
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, Section};
use crate::problem::Problem;
use crate::{Ctx, Web, urls, words};

/// Where somebody is in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// What should be built, for whom.
    What,
    /// What an expert must know, when the work counts as done, by when.
    Done,
    /// What it may cost, and where the client is.
    Price,
    /// What experts will see.
    Look,
}

impl Step {
    const ALL: [Self; 4] = [Self::What, Self::Done, Self::Price, Self::Look];

    fn number(self) -> usize {
        match self {
            Self::What => 1,
            Self::Done => 2,
            Self::Price => 3,
            Self::Look => 4,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::What => "What should be built, and for whom",
            Self::Done => "What counts as done",
            Self::Price => "What it may cost",
            Self::Look => "What experts will see",
        }
    }

    fn read(number: &str) -> Self {
        let found = Self::ALL
            .into_iter()
            .find(|step| step.number().to_string() == number);
        found.unwrap_or(Self::What)
    }

    fn next(self) -> Self {
        match self {
            Self::What => Self::Done,
            Self::Done => Self::Price,
            Self::Price | Self::Look => Self::Look,
        }
    }

    fn before(self) -> Self {
        match self {
            Self::What | Self::Done => Self::What,
            Self::Price => Self::Done,
            Self::Look => Self::Price,
        }
    }

    /// On which step a field stands.
    fn of(name: &str) -> Self {
        match name {
            "skills" | "acceptance" | "start" | "until" => Self::Done,
            "budget" | "hour_most" | "languages" | "place" | "mode" | "pay" => Self::Price,
            _ => Self::What,
        }
    }

    fn shows(self, name: &str) -> bool {
        self != Self::Look && Self::of(name) == self
    }
}

#[derive(Template)]
#[template(path = "request/step.html")]
struct StepPage {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    step: usize,
    title: &'static str,
    steps: Vec<(usize, &'static str)>,
    hidden: Vec<(&'static str, String)>,
    fields: Vec<FieldView>,
    /// Whether the operator is asked for advice: on the step where that is asked, and where it is a question at all.
    mode: Option<bool>,
    bridge: Option<BridgeView>,
    preview: Option<Preview>,
    once: String,
    carried: Carried,
    reply: String,
}

/// From yearly pay to an hour and a budget.
struct BridgeView {
    fields: Vec<FieldView>,
    says: Option<String>,
}

/// The brief as experts will see it.
struct Preview {
    summary: String,
    facts: Vec<(&'static str, String)>,
    details: Option<String>,
    acceptance: Vec<String>,
    managed: bool,
}

/// The first step, as the address opens it.
pub(super) fn first(web: &Web, draft: &Draft, kept: (String, Carried)) -> Result<Fresh, Problem> {
    let at = At {
        step: Step::What,
        faults: Vec::new(),
        bridge: BridgeView::new(web, &kept.1, &Typed::default()),
    };
    page(web, draft, at, kept)
}

/// `POST /requests/new`: another step of the same form.
pub(crate) async fn go(FromApp(web): FromApp<Ctx>, body: Bytes) -> Result<Response, Problem> {
    let mut typed = Typed::read(&body);
    let step = Step::read(typed.value("step"));
    let value = |key: &str| typed.value(key).to_owned();
    let carried = carried(&web, &value("for-role"), &value("comparison"), &value("state"))
        .of_decision(&value("decision"));
    let once = typed.once(&web.app).to_string();
    let mut bridge = BridgeView::new(&web, &carried, &typed);
    let mut faults = faults(&web, &draft_of(&typed));
    let next = match typed.value("go") {
        "back" => step.before(),
        "bridge" => {
            match worked_out(&web, &carried, &typed) {
                Ok((hour, budget, says)) => {
                    typed.put("hour_most", hour);
                    typed.put("budget", budget);
                    bridge.says = Some(says);
                }
                Err(fault) => {
                    return refused(&web, &typed, (Step::Price, vec![fault]), (once, carried));
                }
            }
            Step::Price
        }
        _ => {
            // What is wrong further on is said there; what is wrong here or before keeps the person here.
            let reached = step.next();
            let wrong = faults.iter().map(|fault| Step::of(fault.field)).min();
            match wrong.filter(|wrong| *wrong < reached) {
                Some(wrong) => {
                    faults.retain(|fault| Step::of(fault.field) == wrong);
                    return refused(&web, &typed, (wrong, faults), (once, carried));
                }
                None => reached,
            }
        }
    };
    let at = At {
        step: next,
        faults: Vec::new(),
        bridge,
    };
    Ok(page(&web, &draft_of(&typed), at, (once, carried))?.into_response())
}

fn refused(
    web: &Web,
    typed: &Typed,
    (step, faults): (Step, Vec<FieldRefusal>),
    kept: (String, Carried),
) -> Result<Response, Problem> {
    let at = At {
        step,
        bridge: BridgeView::new(web, &kept.1, typed).marked(&faults),
        faults,
    };
    let page = page(web, &draft_of(typed), at, kept)?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

fn faults(web: &Web, draft: &Draft) -> Vec<FieldRefusal> {
    brief(web, draft).err().unwrap_or_default()
}

fn brief(web: &Web, draft: &Draft) -> Result<Brief, Vec<FieldRefusal>> {
    draft.check(earnest_app::request::earliest_start(&web.app), web.app.currency)
}

/// Where somebody is, with what is wrong there.
struct At {
    step: Step,
    faults: Vec<FieldRefusal>,
    bridge: BridgeView,
}

fn page(web: &Web, draft: &Draft, at: At, (once, carried): (String, Carried)) -> Result<Fresh, Problem> {
    let At { step, faults, bridge } = at;
    let title = if faults.is_empty() {
        format!("Raise a request: step {} of 4", step.number())
    } else {
        "Error: raise a request".to_owned()
    };
    let layout = Layout::new(web, title)
        .describe(
            "Say what should be built and whom you need, in three short steps; your comparison comes along.",
        )
        .canonical(urls::new_request())
        .within(Section::Hire)
        .picture(crate::picture::of(urls::hire(), "Raise a request"))
        .trail(vec![
            Link::new(urls::hire(), "Hire"),
            Link::new(urls::new_request(), "Raise a request"),
        ]);
    let first = Field::FILLED.into_iter();
    let (mut fields, mut hidden) = (Vec::new(), Vec::new());
    for field in first {
        if step.shows(field.name()) {
            fields.push(field_view(web, field, draft, &faults));
        } else {
            hidden.push((field.name(), draft.text(field).to_owned()));
        }
    }
    for field in WishField::ALL {
        if !step.shows(field.name()) {
            hidden.push((field.name(), draft.wishes.text(field).to_owned()));
        } else if field != WishField::Mode {
            fields.push(wish_view(web, field, draft, &faults));
        }
    }
    sort(&mut fields);
    let asks = step == Step::Price && web.app.desk.mode == Mode::Open;
    let preview = if step == Step::Look {
        brief(web, draft).ok().map(|brief| preview(web, brief))
    } else {
        None
    };
    let page = StepPage {
        layout,
        step: step.number(),
        title: step.title(),
        steps: Step::ALL.map(|step| (step.number(), step.title())).to_vec(),
        hidden,
        fields,
        mode: asks.then(|| draft.wishes.mode == "managed"),
        bridge: Some(bridge).filter(|_| step == Step::Price),
        preview,
        once,
        carried,
        reply: reply(web),
        faults,
    };
    Ok(Fresh::html(page.render()?, Cache::Private))
}

/// The order in which fields are read, which is not the one in which they came to be.
fn sort(fields: &mut [FieldView]) {
    const ORDER: [&str; 13] = [
        "summary",
        "role",
        "details",
        "name",
        "email",
        "skills",
        "acceptance",
        "start",
        "until",
        "budget",
        "hour_most",
        "place",
        "languages",
    ];
    fields.sort_by_key(|field| ORDER.iter().position(|name| *name == field.name));
}

fn preview(web: &Web, brief: Brief) -> Preview {
    let wishes = brief.wishes;
    let mut facts = vec![("Who is needed", brief.role)];
    facts.extend(brief.budget.map(|budget| ("Budget", budget.words())));
    facts.extend(brief.start.map(|day| ("Start", words::date(&day.to_string()))));
    facts.extend(brief.place.map(|place| ("Place or time zone", place)));
    facts.extend(super::wish_facts(web, &wishes));
    Preview {
        summary: brief.summary,
        facts,
        details: brief.details,
        acceptance: wishes.acceptance,
        managed: wishes.mode == Mode::Managed || web.app.desk.mode == Mode::Managed,
    }
}

const SETTINGS: [(&str, &str); 4] = [
    ("weeks", "Weeks"),
    ("hours", "Hours a week"),
    ("employer", "What an employer pays on top, in %"),
    ("fee", "Fee of a marketplace, in %"),
];

impl BridgeView {
    /// With the reader's settings of the comparison, where they came along and nothing else was typed.
    fn new(web: &Web, carried: &Carried, typed: &Typed) -> Self {
        let bridge = settings(carried, typed).unwrap_or_default();
        let values = [
            bridge.weeks,
            bridge.hours,
            bridge.employer_percent,
            bridge.fee_percent,
        ];
        let pay = FieldView::line("pay", format!("Yearly pay, in {}", web.app.currency.code()), 20)
            .filled(typed.value("pay"), &[]);
        let mut fields = vec![pay];
        fields.extend(SETTINGS.iter().zip(values).map(|((name, label), value)| {
            let typed = typed.value(name);
            let value = if typed.is_empty() {
                value.to_string()
            } else {
                typed.to_owned()
            };
            FieldView::line(*name, *label, 8).filled(value, &[])
        }));
        Self { fields, says: None }
    }

    fn marked(mut self, faults: &[FieldRefusal]) -> Self {
        for field in &mut self.fields {
            let value = std::mem::take(&mut field.value);
            *field = std::mem::take(field).filled(value, faults);
        }
        self
    }
}

fn settings(carried: &Carried, typed: &Typed) -> Option<Bridge> {
    let mut pairs = compare::query_pairs(Some(&carried.state));
    for (name, _) in SETTINGS {
        let value = typed.value(name).trim();
        if !value.is_empty() {
            pairs.push((name.to_owned(), value.to_owned()));
        }
    }
    Bridge::parse(&pairs).ok()
}

/// An hour and a budget for a yearly pay, as they are typed, and what was done in words.
fn worked_out(web: &Web, carried: &Carried, typed: &Typed) -> Result<(String, String, String), FieldRefusal> {
    let currency = web.app.currency;
    let unclear = |sentence: String| FieldRefusal::new("pay", "unclear", sentence);
    let Some(bridge) = settings(carried, typed) else {
        return Err(unclear(
            "The settings below cannot be used: 1 to 260 weeks, 1 to 80 hours, 0 to 100 %, 0 to 50 %."
                .to_owned(),
        ));
    };
    let read = currency.read(typed.value("pay").trim());
    let pay = read
        .ok()
        .filter(|pay| pay.is_positive() && pay.0 <= 10_000_000_000)
        .ok_or_else(|| {
            unclear(format!(
                "Write the yearly pay as an amount in {currency}, like 80,000."
            ))
        })?;
    let whole = whole_units(currency);
    #[expect(
        clippy::cast_precision_loss,
        reason = "below 10^10, where every whole number is a float"
    )]
    let (pay, units) = (pay.0 as f64, whole as f64);
    let hour = rounded(bridge.budget(pay) / bridge.weeks / bridge.hours / units);
    let budget = rounded(bridge.budget(pay) / units / 100.0)
        .saturating_mul(100)
        .max(1);
    let minor = |units: i64| Minor(units.saturating_mul(whole));
    let says = format!(
        "That is {} an hour, and {} for {} weeks of {} hours. Both fields above are filled in; change them as you like.",
        currency.sum(minor(hour)),
        currency.sum(minor(budget)),
        bridge.weeks,
        bridge.hours
    );
    Ok((currency.write(minor(hour)), currency.write(minor(budget)), says))
}

/// Minor units of one unit of the currency.
fn whole_units(currency: Currency) -> i64 {
    10_i64.saturating_pow(currency.exponent())
}

fn rounded(value: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a yearly pay times at most ten years of it lies far below the limit"
    )]
    let whole = value.round().clamp(1.0, 1e15) as i64;
    whole
}

#[cfg(test)]
mod tests;
