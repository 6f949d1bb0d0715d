//! Taking away what somebody may do in the office.

use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use earnest_app::operator;
use earnest_hire::person::{Person, Role};

use super::act::{Asked, Outcome, Page};
use super::people::somebody;
use super::{Operator, layout};
use crate::answer::Fresh;
use crate::form::{FieldView, Typed};
use crate::page::Link;
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

/// `GET /office/people/{id}/dismiss`
pub(crate) async fn dismissal(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let person = somebody(&web, (&who, Role::Owner), &id).await?;
    if let Some(first) = who.led_to_proof(&web, &urls::office_dismissal(&id)) {
        return Ok(first);
    }
    page((&web, &who), &person, &Typed::default(), Outcome::default())
}

/// `POST /office/people/{id}/dismiss`
pub(crate) async fn dismiss(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let person = somebody(&web, (&who, Role::Owner), &id).await?;
    let typed = Typed::read(&body);
    let by = (who.0.id(), who.0.confirmed(&web));
    match operator::dismiss(&web.app.desk, by, person.id, typed.value("reasons")).await {
        Ok(roles) => {
            tracing::info!(person.id = %person.id, %roles, "the roles of {} were taken away", person.id);
            Ok(Fresh::see_other(&urls::office_person(&id)))
        }
        Err(error) => {
            let outcome = Outcome::of(error, &urls::office_dismissal(&id))?;
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
    let here = urls::office_dismissal(&id);
    let title = format!("Take away what {} may do in the office", person.name);
    let (roles, is_own) = (person.roles.to_string(), person.id == who.0.id());
    let lead = if is_own {
        "These are your own roles. Another owner has to take them away, so that the office is never left without one."
    } else if roles.is_empty() {
        "There is nothing to take away: this person has no role in the office."
    } else {
        "It holds from the next page that they open, wherever they are signed in. Their account stays, and so does all \
         that they did. What they have proposed is carried out no more."
    };
    let asked = Asked {
        action: here.clone(),
        hidden: Vec::new(),
        choices: Vec::new(),
        fields: vec![
            FieldView::area("reasons", "Why", operator::REASONS)
                .hint("They read it in the record of their account, with your name.")
                .required()
                .filled(typed.value("reasons"), &outcome.faults),
        ],
        undo: "Roles are given again on the server: earnest operator add.",
        button: "Take all of it away",
        back: Link::new(urls::office_person(&id), "Back to the person"),
    };
    let trail = [
        ("People", urls::office_people()),
        (&person.name, &urls::office_person(&id)),
        ("Roles", &here),
    ];
    let page = Page {
        layout: layout(web, who, &trail),
        faults: Vec::new(),
        refusal: None,
        lead: vec![lead.to_owned()],
        facts: vec![
            ("E-mail", person.email.to_string()),
            (
                "Roles",
                if roles.is_empty() {
                    "none".to_owned()
                } else {
                    roles.clone()
                },
            ),
        ],
        asked: (!is_own && !roles.is_empty()).then_some(asked),
        title,
    };
    page.show(outcome)
}
