//! A page on which an operator does one thing: what it is about, the form, and what was wrong with it.

use askama::Template;
use axum::http::StatusCode;
use earnest_app::motion::Given;
use earnest_app::payee::{Confirmed, Who};
use earnest_app::request::once_key;
use earnest_app::{Error, visit};
use earnest_hire::contract::Actor;
use earnest_hire::field::FieldRefusal;
use earnest_hire::refusal::Refusal;

use super::Operator;
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::{Web, urls};

/// A form of the office.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) action: String,
    pub(super) hidden: Vec<(&'static str, String)>,
    pub(super) choices: Vec<Choices>,
    pub(super) fields: Vec<FieldView>,
    /// Whether it can be undone.
    pub(super) undo: &'static str,
    pub(super) button: &'static str,
    pub(super) back: Link,
}

/// One of several to choose: value, label, whether it is chosen.
#[derive(Debug, Clone)]
pub(super) struct Choices {
    pub(super) name: &'static str,
    pub(super) legend: &'static str,
    pub(super) items: Vec<(String, String, bool)>,
    pub(super) error: Option<String>,
}

impl Choices {
    pub(super) fn of<'a>(
        (name, legend): (&'static str, &'static str),
        items: impl IntoIterator<Item = (&'a str, &'a str)>,
        (typed, faults): (&Typed, &[FieldRefusal]),
    ) -> Self {
        let item = |(value, label): (&str, &str)| {
            let checked = typed.value(name) == value;
            (value.to_owned(), label.to_owned(), checked)
        };
        let fault = faults.iter().find(|fault| fault.field == name);
        Self {
            name,
            legend,
            items: items.into_iter().map(item).collect(),
            error: fault.map(|fault| fault.sentence.clone()),
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "office/act.html")]
pub(super) struct Page {
    pub(super) layout: Layout,
    pub(super) faults: Vec<FieldRefusal>,
    /// Why nothing was done, and where to go.
    pub(super) refusal: Option<(String, Link)>,
    pub(super) title: String,
    pub(super) lead: Vec<String>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) asked: Option<Asked>,
}

/// What came of a form that was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    pub(super) faults: Vec<FieldRefusal>,
    pub(super) refusal: Option<(String, Link)>,
}

impl Outcome {
    pub(super) fn status(&self) -> StatusCode {
        match (&self.refusal, self.faults.is_empty()) {
            (Some(_), _) => StatusCode::CONFLICT,
            (None, true) => StatusCode::OK,
            (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    /// Of several acts none was chosen.
    pub(super) fn nothing_chosen() -> Self {
        Self {
            faults: vec![FieldRefusal::new("act", "missing", "Choose what is to be done.")],
            refusal: None,
        }
    }

    /// What can be mended or was refused is told on the page itself, with what was typed; everything else is a problem.
    pub(super) fn of(error: Error, here: &str) -> Result<Self, Problem> {
        let link = |href: &str, label: &str| Link::new(href, label);
        let refused = |sentence: String, link: Link| Self {
            faults: Vec::new(),
            refusal: Some((sentence, link)),
        };
        match error {
            Error::Invalid(faults) => Ok(Self {
                faults,
                refusal: None,
            }),
            Error::Refused(Refusal::SecondFactorMissing) => Ok(refused(
                format!(
                    "{} What you typed is still here: prove it in another tab, then send this once more.",
                    Refusal::SecondFactorMissing.sentence()
                ),
                link(&urls::prove(here), "Confirm that it is you"),
            )),
            Error::Refused(Refusal::NotFound) | Error::NotFound => Err(Problem::not_found()),
            Error::Refused(refusal) => Ok(refused(
                refusal.sentence(),
                link(here, "Look at it as it stands now"),
            )),
            Error::Conflict { sentence, .. } => Ok(refused(
                sentence.to_owned(),
                link(here, "Look at it as it stands now"),
            )),
            waits @ Error::MotionWaits(_) => Ok(refused(
                waits.to_string(),
                link(urls::office_motions(), "Motions that wait"),
            )),
            Error::KeyReused => Ok(refused(
                "This form was sent before with other content, and that was carried out.".to_owned(),
                link(here, "Look at it as it stands now"),
            )),
            other => Err(other.into()),
        }
    }
}

impl Page {
    pub(super) fn show(mut self, outcome: Outcome) -> Result<Fresh, Problem> {
        let status = outcome.status();
        if !outcome.faults.is_empty() {
            self.layout.title = format!("Error: {}", self.layout.title);
        }
        self.faults = outcome.faults;
        self.refusal = outcome.refusal;
        Ok(render(&self, Cache::Private)?.with_status(status))
    }
}

impl Operator {
    pub(super) fn actor(&self) -> Actor {
        Actor::Operator { id: self.0.id() }
    }

    /// Who acts, and how surely it is them.
    pub(super) fn who<'a>(&self, web: &Web, actor: &'a Actor) -> Who<'a> {
        Who {
            actor,
            confirmed: self.0.confirmed(web),
        }
    }

    /// The way to the second factor and back, where the operator has not just proved with it that it is them.
    pub(super) fn led_to_proof(&self, web: &Web, back: &str) -> Option<Fresh> {
        (self.0.confirmed(web) == Confirmed::No).then(|| Fresh::see_other(&urls::prove(back)))
    }

    /// A page for those who look after people or their money.
    pub(super) fn may_look(&self) -> Result<(), Problem> {
        if visit::may_look(&self.0.person) {
            Ok(())
        } else {
            Err(Problem::not_found())
        }
    }
}

/// On to what there is next: the motion that waits now, or back to the queue.
pub(super) fn onward(given: Given, queue: &str) -> Fresh {
    match given {
        Given::Done => Fresh::see_other(queue),
        Given::Proposed(_) => Fresh::see_other(urls::office_motions()),
    }
}

/// The key under which a form acts once, the same when it is shown again.
pub(super) fn once(web: &Web, typed: &Typed) -> String {
    let sent = typed.value("once");
    if sent.is_empty() {
        once_key(&web.app).to_string()
    } else {
        sent.to_owned()
    }
}
