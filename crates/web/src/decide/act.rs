//! What people do about a decision, and the pages that ask first where something is gone afterwards.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::decision::{self, Opened};
use earnest_app::limit;
use earnest_hire::decision::TypedPosition;

use super::page::{self, Filled};
use super::{record, stayed};
use crate::answer::{Cache, Fresh};
use crate::caller::Caller;
use crate::form::Typed;
use crate::page::{Layout, Link, Section};
use crate::problem::Problem;
use crate::{Ctx, Web, compare, urls};

#[derive(Template)]
#[template(path = "decide/confirm.html")]
struct Confirm {
    layout: Layout,
    title: &'static str,
    says: Vec<String>,
    action: String,
    button: &'static str,
    back: Link,
}

#[derive(Template)]
#[template(path = "decide/gone.html")]
struct Gone {
    layout: Layout,
    title: &'static str,
    says: &'static str,
}

/// `GET /decisions/{token}/{act}`: the record, and what is asked before something is deleted.
pub(crate) async fn ask(
    FromApp(web): FromApp<Ctx>,
    Path((token, act)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let opened = decision::open(&web.app, &token).await?;
    match act.as_str() {
        "record" => Ok(record::show(&web, &token, &opened)?.into_response()),
        "record.md" => Ok(record::markdown(&web, &opened)?.into_response()),
        "delete" if opened.is_maker() => Ok(delete_page(&web, &token, &opened)?.into_response()),
        "withdraw" if opened.me().is_some() => Ok(withdraw_page(&web, &token, &opened)?.into_response()),
        // a refused form stays at the address it was sent to; whoever opens that again is led back
        "position" | "rename" | "invite" | "keep" | "remove" => {
            Ok(Fresh::see_other(&urls::decision(&token)).secret().into_response())
        }
        _ => Err(Problem::not_found()),
    }
}

fn delete_page(web: &Web, token: &str, opened: &Opened) -> Result<Fresh, Problem> {
    let people = decision::people(opened.people.len());
    confirm(
        web,
        token,
        ("Delete this decision", "delete", "Delete it for everybody"),
        vec![
            format!(
                "“{}”: what {people} said is deleted, names and notes too.",
                opened.decision.title
            ),
            "Every link to it opens nothing from then on. It cannot be undone; take the record along first."
                .to_owned(),
        ],
    )
}

fn withdraw_page(web: &Web, token: &str, opened: &Opened) -> Result<Fresh, Problem> {
    let link = if opened.is_maker() {
        "Your link to the decision stays."
    } else {
        "Your own link opens nothing from then on; with the invitation you can come in again."
    };
    confirm(
        web,
        token,
        ("Take back what you said", "withdraw", "Take it back"),
        vec![
            "Your name, your weights and your note are deleted, and the common weights are computed without you.".to_owned(),
            link.to_owned(),
        ],
    )
}

fn confirm(
    web: &Web,
    token: &str,
    (title, act, button): (&'static str, &str, &'static str),
    says: Vec<String>,
) -> Result<Fresh, Problem> {
    let page = Confirm {
        layout: layout(web, title).untold(urls::decision_act(token, act)),
        title,
        says,
        action: urls::decision_act(token, act),
        button,
        back: Link::new(urls::decision(token), "Back to the decision"),
    };
    Ok(Fresh::html(page.render()?, Cache::Private).secret())
}

fn layout(web: &Web, title: &str) -> Layout {
    Layout::new(web, title)
        .hidden_from_search()
        .within(Section::Compare)
}

/// `POST /decisions/{token}/{act}`
pub(crate) async fn act(
    FromApp(web): FromApp<Ctx>,
    caller: Caller,
    Path((token, act)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Problem> {
    // The secret in the address comes first: who does not have it uses up nothing of anybody's, by a forged form either.
    let opened = decision::open(&web.app, &token)
        .await
        .map_err(|error| over(error, &act))?;
    // What takes away is never kept from anybody by what others behind the same address have done.
    if !matches!(act.as_str(), "delete" | "withdraw" | "remove") {
        limit::keep_once(&web.app.desk, caller.0).await?;
    }
    let typed = Typed::read(&body);
    let desk = &web.app.desk;
    match act.as_str() {
        "position" => return say(&web, (&token, &opened), &typed).await,
        "rename" => match decision::rename(desk, &token, typed.value("title")).await {
            Err(earnest_app::Error::Invalid(faults)) => {
                let filled = Filled {
                    faults,
                    typed: &typed,
                    ..Filled::default()
                };
                return again(&web, &token, &filled).await;
            }
            done => done?,
        },
        "invite" => decision::new_invitation(desk, &token).await?,
        "keep" => decision::keep(desk, &token).await?,
        "remove" => {
            let person = typed.value("participant").parse().or(Err(Problem::not_found()))?;
            decision::remove(desk, &token, person).await?;
        }
        "withdraw" => {
            decision::withdraw(desk, &token).await?;
            if decision::open(&web.app, &token).await.is_err() {
                let says = "Your name, your weights and your note are deleted.";
                return Ok(gone(&web, "You have taken it back", says)?.into_response());
            }
        }
        "delete" => {
            decision::delete(desk, &token).await?;
            let says = "What everybody said is deleted, and its links open nothing any more.";
            return Ok(gone(&web, "The decision is deleted", says)?.into_response());
        }
        _ => return Err(Problem::not_found()),
    }
    Ok(Fresh::see_other(&urls::decision(&token)).secret().into_response())
}

/// Behind a link that opens nothing: one that never did and one whose decision was deleted a moment ago are the same.
fn over(error: earnest_app::Error, act: &str) -> Problem {
    let takes_away = matches!(act, "delete" | "withdraw");
    match error {
        earnest_app::Error::NotFound if takes_away => Problem::not_found().saying(
            "There is nothing behind this link",
            "If you have just deleted the decision, or taken back what you said, it is done: the form came a second time, \
             and there was nothing left to delete.",
        ),
        other => other.into(),
    }
}

fn gone(web: &Web, title: &'static str, says: &'static str) -> Result<Fresh, Problem> {
    let page = Gone {
        layout: layout(web, title),
        title,
        says,
    };
    Ok(Fresh::html(page.render()?, Cache::Private).secret())
}

async fn say(web: &Web, (token, opened): (&str, &Opened), typed: &Typed) -> Result<Response, Problem> {
    let catalogue = &web.app.catalogue;
    let found = compare::find(catalogue, &opened.decision.comparison)?;
    let (_, found) = found.named(catalogue, &compare::query_pairs(Some(&opened.decision.query)));
    let (caught_up, meanwhile) = opened
        .me()
        .map_or_else(|| (typed.clone(), Vec::new()), |me| stayed::caught_up(typed, me));
    let typed = &caught_up;
    let pairs = compare::untouched(typed.pairs().to_vec());
    let position = TypedPosition {
        name: typed.value("name").to_owned(),
        note: typed.value("note").to_owned(),
    };
    let weights = decision::read_weights(found, &opened.decision.query, &pairs);
    let mut filled = Filled {
        typed,
        ..Filled::default()
    };
    let said = match weights {
        Ok(_) if !meanwhile.is_empty() => {
            filled.faults = meanwhile;
            return again(web, token, &filled).await;
        }
        Ok(weights) => decision::say(&web.app.desk, token, &position, &weights, typed.once(&web.app)).await,
        Err(faults) => {
            filled.weights = faults;
            filled.faults = position.check().err().unwrap_or_default();
            filled.faults.extend(meanwhile);
            return again(web, token, &filled).await;
        }
    };
    match said {
        Ok(said) => Ok(Fresh::see_other(&urls::decision(&said.token.to_string()))
            .secret()
            .into_response()),
        Err(earnest_app::Error::Invalid(faults)) => {
            filled.faults = faults;
            again(web, token, &filled).await
        }
        Err(other) => {
            Err(Problem::from(other).near(vec![Link::new(urls::decision(token), "Back to the decision")]))
        }
    }
}

/// The page once more, with what was typed and what is wrong with it.
async fn again(web: &Web, token: &str, filled: &Filled<'_>) -> Result<Response, Problem> {
    let page = page::show(web, token, filled).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}
