//! Noting that an operator has seen who an expert is, where the operator pays by transfer.

use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use earnest_app::{identity as known, operator};
use earnest_hire::person::{Person, Role};

use super::act::{Asked, Outcome, Page};
use super::people::somebody;
use super::{Operator, layout};
use crate::answer::Fresh;
use crate::form::{FieldView, Typed};
use crate::page::Link;
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

/// `GET /office/people/{id}/identity`
pub(crate) async fn identity(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let person = somebody(&web, (&who, Role::Finance), &id).await?;
    if let Some(first) = who.led_to_proof(&web, &urls::office_identity(&id)) {
        return Ok(first);
    }
    page((&web, &who), &person, &Typed::default(), Outcome::default())
}

/// `POST /office/people/{id}/identity`
pub(crate) async fn confirm_identity(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let person = somebody(&web, (&who, Role::Finance), &id).await?;
    let typed = Typed::read(&body);
    let by = (who.0.id(), who.0.confirmed(&web));
    match known::confirm(&web.app.desk, by, person.id, typed.value("reasons")).await {
        Ok(()) => Ok(Fresh::see_other(&urls::office_person(&id))),
        Err(error) => {
            let outcome = Outcome::of(error, &urls::office_identity(&id))?;
            page((&web, &who), &person, &typed, outcome)
        }
    }
}

fn page(
    (web, who): (&Web, &Operator),
    person: &Person,
    typed: &Typed,
    outcome: Outcome,
) -> Result<Fresh, Problem> {
    let id = person.id.to_string();
    let here = urls::office_identity(&id);
    let asked = Asked {
        action: here.clone(),
        hidden: Vec::new(),
        choices: Vec::new(),
        fields: vec![
            FieldView::area("reasons", "What you looked at", operator::REASONS)
                .hint("Which papers, and how; no numbers of them. They read it in the record of their account, with your name.")
                .required()
                .filled(typed.value("reasons"), &outcome.faults),
        ],
        undo: "It cannot be taken back. A hold on the account stops what would be wrong.",
        button: "It is who they say",
        back: Link::new(urls::office_person(&id), "Back to the person"),
    };
    let trail = [
        ("People", urls::office_people()),
        (&person.name, &urls::office_person(&id)),
        ("Identity", &here),
    ];
    let page = Page {
        layout: layout(web, who, &trail),
        faults: Vec::new(),
        refusal: None,
        title: format!("Confirm who {} is", person.name),
        lead: vec![
            "Work starts only when it is known who is paid. Where a payment provider checks that, it says so by itself; where \
             you pay by transfer, you do, as the law asks of you."
                .to_owned(),
        ],
        facts: vec![
            ("E-mail", person.email.to_string()),
            ("Name here", person.name.clone()),
        ],
        asked: Some(asked),
    };
    page.show(outcome)
}
