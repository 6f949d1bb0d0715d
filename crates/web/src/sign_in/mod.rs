//! Coming in by a link that is sent by mail, and going out.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::header::{REFERRER_POLICY, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use earnest_app::account::{self, CameIn, Opened};
use earnest_app::{Error, password};
use earnest_hire::field::FieldRefusal;
use earnest_hire::person::Email;
use jiff::SignedDuration;

use crate::answer::{Cache, Fresh};
use crate::caller::Caller;
use crate::compare::query_pairs;
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::{self, Unasked, Visitor, own_path};
use crate::site::DemoPerson;
use crate::{Ctx, Web, urls};

/// It is used at once.
const DEMO_LINK_LASTS: SignedDuration = SignedDuration::from_mins(1);

#[derive(Template)]
#[template(path = "sign_in/ask.html")]
struct Ask {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    email: FieldView,
    password: FieldView,
    back: String,
    demo: Vec<Link>,
}

#[derive(Template)]
#[template(path = "sign_in/in_demo.html")]
struct InDemo {
    layout: Layout,
    link: Link,
}

#[derive(Template)]
#[template(path = "sign_in/sent.html")]
struct Sent {
    layout: Layout,
    email: String,
}

#[derive(Template)]
#[template(path = "sign_in/open.html")]
struct Open {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    token: String,
    email: String,
    name: Option<String>,
    /// Whether a password was chosen together with the link.
    sets_password: bool,
    field: FieldView,
}

/// `GET /sign-in`
pub(crate) async fn ask(
    FromApp(web): FromApp<Ctx>,
    Visitor(visitor): Visitor,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let pairs = query_pairs(query.as_deref());
    let back = pairs.iter().find(|(key, _)| key == "to");
    let back = own_path(back.map_or("", |(_, path)| path)).to_owned();
    if visitor.is_some() {
        return Ok(Fresh::see_other(if back.is_empty() { urls::me() } else { &back }));
    }
    ask_page(&web, "", &back, Vec::new())
}

fn ask_page(web: &Web, typed: &str, back: &str, faults: Vec<FieldRefusal>) -> Result<Fresh, Problem> {
    let page = Ask {
        layout: Layout::new(web, "Sign in").hidden_from_search(),
        email: FieldView::line("email", "Your e-mail address", 254)
            .of_kind("email")
            .completed_by("email")
            .hint("We send you a link that signs you in. If you have no account yet, it makes one.")
            .required()
            .filled(typed, &faults),
        password: FieldView::line("password", "Your password", 128)
            .of_kind("password")
            .completed_by("current-password")
            .filled("", &faults),
        back: back.to_owned(),
        demo: demo(web),
        faults,
    };
    render(&page, Cache::Private)
}

/// Ways in as the people of a demo; none elsewhere.
pub(crate) fn demo(web: &Web) -> Vec<Link> {
    let people = web.site.demo_people.iter();
    people
        .map(|person| Link::new(urls::demo_sign_in(person.email.as_str()), person.label.clone()))
        .collect()
}

/// `GET /demo/sign-in/{email}`: the link that the start of a demo prints. It is good for as long as the demo runs; as with
/// a link in a letter, only the button opens a session.
pub(crate) async fn demo_open(
    FromApp(web): FromApp<Ctx>,
    Path(email): Path<String>,
) -> Result<Fresh, Problem> {
    let person = demo_person(&web, &email)?;
    let page = InDemo {
        layout: Layout::new(&web, "Come in").hidden_from_search(),
        link: Link::new(urls::demo_sign_in(&email), person.label.clone()),
    };
    render(&page, Cache::Private)
}

/// One of the demo's people. Outside a demo there are none.
fn demo_person<'a>(web: &'a Web, email: &str) -> Result<&'a DemoPerson, Problem> {
    let mut people = web.site.demo_people.iter();
    let person = people.find(|person| person.email.as_str() == email);
    person.ok_or_else(Problem::not_found)
}

/// `POST /demo/sign-in/{email}`: comes in as one of the demo's people.
pub(crate) async fn demo_come_in(
    FromApp(web): FromApp<Ctx>,
    Path(email): Path<String>,
    headers: HeaderMap,
) -> Result<Fresh, Problem> {
    let desk = &web.app.desk;
    let person = demo_person(&web, &email)?;
    let token = account::make_link(desk, &person.email, DEMO_LINK_LASTS).await?;
    let place = account::Place {
        browser: "the demo's own page",
        ..place(&web, &headers)
    };
    let came = account::come_in(desk, &token.to_string(), "", place).await?;
    session::carry(&web, onward(&came), came.token)
}

/// `POST /sign-in`: the same answer whether the address is known or not.
pub(crate) async fn send(FromApp(web): FromApp<Ctx>, from: Caller, body: Bytes) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let back = own_path(typed.value("to"));
    let email = match Email::typed(typed.value("email")) {
        Ok(email) => email,
        Err(fault) => {
            let page = ask_page(&web, typed.value("email"), back, vec![fault])?;
            return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY));
        }
    };
    web.may_try(from, None).await?;
    account::send_link(&web.app.desk, &email, back).await?;
    let page = Sent {
        layout: Layout::new(&web, "Look into your mail").hidden_from_search(),
        email: email.to_string(),
    };
    render(&page, Cache::Private)
}

/// `POST /sign-in/password`: the same refusal whether the address or the password is wrong.
pub(crate) async fn with_password(
    FromApp(web): FromApp<Ctx>,
    from: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let back = own_path(typed.value("to"));
    let refused = |fault: FieldRefusal| {
        let page = ask_page(&web, typed.value("email"), back, vec![fault])?;
        Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
    };
    let email = match Email::typed(typed.value("email")) {
        Ok(email) => email,
        Err(fault) => return refused(fault),
    };
    web.may_try(from, Some(&email)).await?;
    let desk = &web.app.desk;
    match password::check(desk, &email, typed.value("password")).await {
        Ok(person) => {
            let mut came = account::open_session(desk, person, place(&web, &headers)).await?;
            back.clone_into(&mut came.back);
            session::carry(&web, onward(&came), came.token)
        }
        Err(Error::Conflict { code, sentence }) => refused(FieldRefusal::new("password", code, sentence)),
        Err(other) => Err(other.into()),
    }
}

/// `GET /sign-in/{token}`: programs that read mail open links, so that only the button uses it up.
pub(crate) async fn open(FromApp(web): FromApp<Ctx>, Path(token): Path<String>) -> Result<Fresh, Problem> {
    let opened = account::look_at_link(&web.app.desk, &token).await;
    open_page(&web, token, opened.map_err(spent)?, "", Vec::new())
}

fn open_page(
    web: &Web,
    token: String,
    opened: Opened,
    typed: &str,
    faults: Vec<FieldRefusal>,
) -> Result<Fresh, Problem> {
    let asked = opened.asked_name.as_deref().unwrap_or_default();
    let page = Open {
        layout: Layout::new(web, "Sign in").hidden_from_search(),
        token,
        field: FieldView::line("name", "Your name", 100)
            .completed_by("name")
            .hint("As others on this site shall see it.")
            .required()
            .filled(if typed.is_empty() { asked } else { typed }, &faults),
        email: opened.email.to_string(),
        sets_password: opened.asked_name.is_some(),
        name: opened.person.map(|person| person.name),
        faults,
    };
    let page = render(&page, Cache::Private)?;
    // The link is told to nobody, the site to ourselves: with nothing at all, browsers over plain HTTP send a form that says
    // `Origin: null`, and it would be refused.
    Ok(page.with_header(REFERRER_POLICY, HeaderValue::from_static("strict-origin")))
}

/// `POST /sign-in/{token}`
pub(crate) async fn come_in(
    FromApp(web): FromApp<Ctx>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let typed = Typed::read(&body);
    let desk = &web.app.desk;
    let came = match account::come_in(desk, &token, typed.value("name"), place(&web, &headers)).await {
        Ok(came) => came,
        Err(Error::Invalid(faults)) => {
            let opened = account::look_at_link(desk, &token).await.map_err(spent)?;
            let page = open_page(&web, token, opened, typed.value("name"), faults)?;
            return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
        }
        Err(other) => return Err(spent(other)),
    };
    Ok(session::carry(&web, onward(&came), came.token)?.into_response())
}

/// To where they wanted to go, or to why they are stopped.
fn onward(came: &CameIn) -> Fresh {
    let back = own_path(&came.back);
    Fresh::see_other(match (came.held, back) {
        (true, _) => urls::holds(),
        (false, "") => urls::me(),
        (false, back) => back,
    })
}

/// What comes in, with the session that it has had so far.
fn place<'a>(web: &Web, headers: &'a HeaderMap) -> account::Place<'a> {
    account::Place {
        browser: browser(headers),
        former: session::token(web, headers),
    }
}

/// What a browser calls itself.
fn browser(headers: &HeaderMap) -> &str {
    let name = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    name.unwrap_or_default()
}

/// A link that opens nothing leads to a new one.
fn spent(error: Error) -> Problem {
    match error {
        Error::NotFound => Problem::refused(
            "link_spent",
            "This link was used before or is older than 30 minutes. Ask for a new one.",
        )
        .near(vec![Link::new(urls::sign_in(""), "Send me a new link")]),
        other => other.into(),
    }
}

/// `POST /sign-out`
pub(crate) async fn go_out(FromApp(web): FromApp<Ctx>, Unasked(who): Unasked) -> Result<Fresh, Problem> {
    account::go_out(&web.app.desk, who.token).await?;
    session::forget(&web, Fresh::see_other(urls::home()))
}

#[cfg(test)]
mod tests;
