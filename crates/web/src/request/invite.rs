//! Asking an expert, from a shortlist or from their page; taking that back; declining; and turning to one who was proposed.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::request::progress::Known;
use earnest_app::{conversation, expert as experts, invitation};
use earnest_hire::expert::Standing;
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{PersonId, RequestId};

use super::going;
use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::form::Typed;
use crate::page::{Layout, Link, Section, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::upload::Sent;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "request/invite.html")]
struct Invite {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    name: String,
    headline: String,
    person: String,
    own: Vec<(String, String)>,
    chosen: String,
}

fn request_of(id: &str) -> Result<RequestId, Problem> {
    id.parse().or(Err(Problem::not_found()))
}

fn expert_of(typed: &Typed) -> Result<PersonId, Problem> {
    typed.value("expert_id").parse().or(Err(Problem::not_found()))
}

/// Back to the request, also where it was refused: what to do next stands there.
fn refused(error: earnest_app::Error, id: RequestId) -> Problem {
    let back = Link::new(urls::request(&id.to_string()), "Back to the request");
    Problem::from(error).near(vec![back])
}

fn back(id: RequestId) -> Fresh {
    Fresh::see_other(&format!("{}#asked", urls::request(&id.to_string())))
}

/// `POST /requests/{id}/invitations`
pub(crate) async fn send(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let id = request_of(&id)?;
    let expert = expert_of(&Typed::read(&body))?;
    let sent = invitation::invite(&web.app.desk, id, who.id(), expert).await;
    sent.map(|_id| back(id)).map_err(|error| refused(error, id))
}

/// `POST /requests/{id}/invitations/withdraw`
pub(crate) async fn withdraw(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let id = request_of(&id)?;
    let expert = expert_of(&Typed::read(&body))?;
    let done = invitation::withdraw(&web.app.desk, id, who.id(), expert).await;
    done.map(|()| back(id)).map_err(|error| refused(error, id))
}

/// `POST /requests/{id}/decline`: an expert says no to an invitation.
pub(crate) async fn decline(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = request_of(&id)?;
    let typed = Typed::read(&body);
    let reason = typed.value("reason");
    match invitation::decline(&web.app.desk, id, who.id(), reason).await {
        Ok(()) => Ok(Fresh::see_other(urls::requests()).into_response()),
        Err(earnest_app::Error::Invalid(faults)) => {
            let filled = going::Filled {
                acceptance: reason,
                faults,
                sent: &Sent::default(),
            };
            let page = going::show_page(&web, &who, id, filled).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
        Err(other) => {
            let back = Link::new(urls::requests(), "Requests");
            Err(Problem::from(other).near(vec![back]))
        }
    }
}

/// `POST /requests/{id}/talk`: the client turns to an expert who was proposed.
pub(crate) async fn talk(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let id = request_of(&id)?;
    let expert = expert_of(&Typed::read(&body))?;
    let begun = conversation::begin_with(&web.app.desk, id, who.id(), expert).await;
    let talk = begun.map_err(|error| refused(error, id))?;
    Ok(Fresh::see_other(&urls::conversation(&talk.to_string())))
}

/// `GET /experts/{id}/invite`: to which of one's own open requests.
pub(crate) async fn choose(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let expert: PersonId = id.parse().or(Err(Problem::not_found()))?;
    let pairs = query_pairs(query.as_deref());
    let chosen = pairs.iter().find(|(key, _)| key == "request");
    let chosen = chosen.map_or("", |(_, value)| value.as_str());
    choose_page(&web, &who, expert, (chosen, Vec::new())).await
}

async fn choose_page(
    web: &Web,
    who: &SignedIn,
    expert: PersonId,
    (chosen, faults): (&str, Vec<FieldRefusal>),
) -> Result<Fresh, Problem> {
    let desk = &web.app.desk;
    let row = experts::page(desk, expert, None).await?;
    if row.expert.standing != Standing::Visible || expert == who.id() {
        return Err(Problem::not_found());
    }
    let choice = |known: &Known| (known.request.id.to_string(), known.request.brief.summary.clone());
    let title = format!("Invite {}", row.name);
    let page = Invite {
        layout: Layout::new(web, title.clone())
            .of(who)
            .within(Section::Experts)
            .trail(vec![
                Link::new(urls::experts(), "Experts"),
                Link::new(urls::expert(&expert.to_string()), row.name.clone()),
                Link::new(urls::invite(&expert.to_string()), "Invite"),
            ]),
        faults,
        headline: row.expert.profile.headline.clone(),
        name: row.name,
        person: expert.to_string(),
        own: invitation::choices(desk, who.id())
            .await?
            .iter()
            .map(choice)
            .collect(),
        chosen: chosen.to_owned(),
    };
    render(&page, Cache::Private)
}

/// `POST /experts/{id}/invite`
pub(crate) async fn send_chosen(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let expert: PersonId = id.parse().or(Err(Problem::not_found()))?;
    let typed = Typed::read(&body);
    let Ok(request) = typed.value("request").parse::<RequestId>() else {
        let fault = FieldRefusal::new("request", "missing", "Choose one of your requests.");
        let page = choose_page(&web, &who, expert, ("", vec![fault])).await?;
        return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
    };
    let sent = invitation::invite(&web.app.desk, request, who.id(), expert).await;
    sent.map_err(|error| refused(error, request))?;
    Ok(back(request).into_response())
}

#[cfg(test)]
mod tests;
