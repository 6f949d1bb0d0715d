//! Why an operator looks at a contract or person that waits in none of their queues.

use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use earnest_app::visit::{self, REASON};

use super::act::{Asked, Outcome, Page};
use super::{Operator, layout};
use crate::answer::Fresh;
use crate::form::{FieldView, Typed};
use crate::page::Link;
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

/// `GET /office/visits/{id}`
pub(crate) async fn visit(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may_look()?;
    page(&web, &who, &id, &Typed::default(), Outcome::default())
}

/// `POST /office/visits/{id}`: notes it, and goes on to the contract or person.
pub(crate) async fn say_why(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    who.may_look()?;
    let typed = Typed::read(&body);
    let (desk, by, reason) = (&web.app.desk, &who.0.person, typed.value("reason"));
    let noted = match id.parse() {
        Ok(person) => visit::to_person(desk, by, person, reason).await,
        Err(_of_a_contract) => visit::to_contract(desk, by, &id, reason).await,
    };
    match noted {
        Ok(()) => Ok(Fresh::see_other(&place(&id)?.href)),
        Err(error) => {
            let outcome = Outcome::of(error, &urls::office_visit(&id))?;
            page(&web, &who, &id, &typed, outcome)
        }
    }
}

fn place(id: &str) -> Result<Link, Problem> {
    if id.starts_with("per_") {
        return Ok(Link::new(urls::office_person(id), "this person"));
    }
    if let Ok(milestone) = id.parse() {
        return Ok(Link::new(urls::office_dispute(milestone), "this dispute"));
    }
    let contract = id.parse().or(Err(Problem::not_found()))?;
    Ok(Link::new(urls::contract(contract), "this contract"))
}

fn page(web: &Web, who: &Operator, id: &str, typed: &Typed, outcome: Outcome) -> Result<Fresh, Problem> {
    let title = format!("Why do you look at {}?", place(id)?.label);
    let reason = FieldView::line("reason", "In a few words", REASON)
        .hint("A question that they asked, a complaint, a check.")
        .required()
        .filled(typed.value("reason"), &outcome.faults);
    let page = Page {
        layout: layout(web, who, &[(&title, &urls::office_visit(id))]),
        faults: Vec::new(),
        refusal: None,
        lead: vec![
            "It waits in none of your queues. Say why, and go on: your name, role and reason stand in the record of the \
             people concerned from this moment on. The reason is good for an hour."
                .to_owned(),
        ],
        facts: Vec::new(),
        asked: Some(Asked {
            action: urls::office_visit(id),
            hidden: Vec::new(),
            choices: Vec::new(),
            fields: vec![reason],
            undo: "",
            button: "Note it and go on",
            back: Link::new(urls::office(), "Back to the office"),
        }),
        title,
    };
    page.show(outcome)
}
