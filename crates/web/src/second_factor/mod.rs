//! The second factor: setting it up, and proving with it that it is the person who sits there.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as FromApp};
use axum::http::StatusCode;
use earnest_app::Error;
use earnest_app::second_factor::{self, Has, Session, Setup};
use earnest_hire::field::FieldRefusal;

use crate::answer::{Cache, Fresh};
use crate::caller::Caller;
use crate::compare::query_pairs;
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::{self, SignedIn, own_path};
use crate::words::Moment;
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "second_factor/show.html")]
struct Show {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    since: Option<(Moment, i64)>,
    setup: Option<Setup>,
    grouped: String,
    code: FieldView,
    /// Where it goes on once it is set up; empty where nobody came from anywhere.
    back: String,
    /// What is done there.
    purpose: &'static str,
}

#[derive(Template)]
#[template(path = "second_factor/codes.html")]
struct Codes {
    layout: Layout,
    back: String,
    recovery: Vec<String>,
}

#[derive(Template)]
#[template(path = "second_factor/prove.html")]
struct Prove {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    back: String,
    code: FieldView,
}

/// `GET /me/second-factor`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    page(&web, &who, asked_back(query.as_deref()), Vec::new()).await
}

/// Where somebody came from and goes on, by the address.
fn asked_back(query: Option<&str>) -> String {
    let pairs = query_pairs(query);
    let back = pairs.iter().find(|(key, _)| key == "to");
    own_path(back.map_or("", |(_, path)| path)).to_owned()
}

/// What is done at an address that asks for a second factor.
fn purpose(back: &str) -> &'static str {
    if back == urls::new_payout() {
        "have money paid out"
    } else if back == urls::payout_account() {
        "say where you are paid"
    } else if back.starts_with(urls::office()) {
        "go on in the office"
    } else {
        "go on"
    }
}

async fn page(web: &Web, who: &SignedIn, back: String, faults: Vec<FieldRefusal>) -> Result<Fresh, Problem> {
    let desk = &web.app.desk;
    let since = match second_factor::has(desk, who.id()).await? {
        Has::None => None,
        Has::Since { at, codes_left } => Some((Moment::new(at), codes_left)),
    };
    let setup = second_factor::setup(desk, who.id(), who.person.email.as_str()).await?;
    let key = setup.as_ref().map_or("", |setup| setup.key.as_str());
    let groups: Vec<String> = key
        .as_bytes()
        .chunks(4)
        .map(|four| String::from_utf8_lossy(four).into_owned())
        .collect();
    let page = Show {
        layout: layout(web, who, "Your second factor"),
        grouped: groups.join(" "),
        code: code_field(&faults),
        purpose: purpose(&back),
        back,
        since,
        setup,
        faults,
    };
    render(&page, Cache::Private)
}

fn layout(web: &Web, who: &SignedIn, title: &str) -> Layout {
    Layout::new(web, title).of(who).trail(vec![
        Link::new(urls::me(), "Your work"),
        Link::new(urls::account(), "Your account"),
        Link::new(urls::second_factor(), "Your second factor"),
    ])
}

fn code_field(faults: &[FieldRefusal]) -> FieldView {
    FieldView::line("code", "The code that your app shows", 20)
        .completed_by("one-time-code")
        .required()
        .filled("", faults)
}

/// `POST /me/second-factor`: makes a key.
pub(crate) async fn begin(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    second_factor::begin(&web.app.desk, who.id()).await?;
    let typed = Typed::read(&body);
    let back = own_path(typed.value("to"));
    Ok(Fresh::see_other(&urls::second_factor_for(back)))
}

/// `POST /me/second-factor/confirm`: takes the first code, and shows the recovery codes once.
pub(crate) async fn confirm(
    FromApp(web): FromApp<Ctx>,
    from: Caller,
    who: SignedIn,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let back = own_path(typed.value("to")).to_owned();
    web.may_try(from, None).await?;
    let session = Session::Browser(who.token);
    match second_factor::confirm(&web.app.desk, who.id(), session, typed.value("code")).await {
        Ok((codes, token)) => {
            let page = Codes {
                layout: layout(&web, &who, "Your recovery codes"),
                back: if back.is_empty() {
                    urls::me().to_owned()
                } else {
                    back
                },
                recovery: codes,
            };
            session::carry(&web, render(&page, Cache::Private)?, token)
        }
        Err(error) => {
            let page = page(&web, &who, back, vec![fault(error)?]).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// What is wrong with a code, to be shown at its field; anything else is a problem.
fn fault(error: Error) -> Result<FieldRefusal, Problem> {
    match error {
        Error::Conflict { code, sentence } if code != "second_factor_exists" => {
            Ok(FieldRefusal::new("code", code, sentence))
        }
        other => Err(other.into()),
    }
}

/// `GET /me/prove`
pub(crate) async fn prove(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let back = asked_back(query.as_deref());
    if second_factor::has(&web.app.desk, who.id()).await? == Has::None {
        return Ok(Fresh::see_other(&urls::second_factor_for(&back)));
    }
    prove_page(&web, &who, back, Vec::new())
}

fn prove_page(web: &Web, who: &SignedIn, back: String, faults: Vec<FieldRefusal>) -> Result<Fresh, Problem> {
    let page = Prove {
        layout: layout(web, who, "Confirm that it is you"),
        code: code_field(&faults).hint("Or one of your recovery codes."),
        back,
        faults,
    };
    render(&page, Cache::Private)
}

/// `POST /me/prove`
pub(crate) async fn send_proof(
    FromApp(web): FromApp<Ctx>,
    from: Caller,
    who: SignedIn,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let back = own_path(typed.value("to")).to_owned();
    web.may_try(from, None).await?;
    let session = Session::Browser(who.token);
    match second_factor::prove(&web.app.desk, who.id(), session, typed.value("code")).await {
        Ok(token) => {
            let onward = Fresh::see_other(if back.is_empty() { urls::me() } else { &back });
            session::carry(&web, onward, token)
        }
        Err(error) => {
            let page = prove_page(&web, &who, back, vec![fault(error)?])?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

/// `POST /me/second-factor/remove`: only right after it was proved.
pub(crate) async fn remove(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    if who.confirmed(&web) == earnest_app::payee::Confirmed::No {
        return Ok(Fresh::see_other(&urls::prove(urls::second_factor())));
    }
    second_factor::take_away(&web.app.desk, who.id()).await?;
    Ok(Fresh::see_other(urls::second_factor()))
}

#[cfg(test)]
mod tests;
