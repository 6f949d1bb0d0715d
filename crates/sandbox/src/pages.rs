//! The pages for clients and experts: a checkout, and an onboarding. They work without scripts, say that nothing real
//! moves, and have no field for a card number.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use earnest_hire::money::Minor;

use crate::api::broken;
use crate::books::{AccountState, Method, Payment, PaymentState, Refusal};
use crate::desk::Desk;
use crate::draft::Draft;
use crate::{account, chargeback, payment};

type Shared = State<Arc<Desk>>;

/// Nothing but our own style, and forms that go to us or, by redirect, back to where the client came from.
const POLICY: &str = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/", get(async || Redirect::to("/control")))
        .route("/pay/{id}", get(checkout).post(pay))
        .route("/onboard/{id}", get(onboarding).post(confirm))
        .route("/sandbox.css", get(style))
        .fallback(async || nothing_here())
}

/// What a pretend card or transfer does.
struct Choice {
    value: &'static str,
    title: &'static str,
    hint: &'static str,
}

const CHOICES: [Choice; 6] = [
    Choice {
        value: "works",
        title: "One that works",
        hint: "All of it comes in.",
    },
    Choice {
        value: "declined",
        title: "One that the bank declines",
        hint: "Nothing comes in.",
    },
    Choice {
        value: "less",
        title: "One that pays too little",
        hint: "One unit of the currency is missing.",
    },
    Choice {
        value: "more",
        title: "One that pays too much",
        hint: "One unit of the currency more comes in.",
    },
    Choice {
        value: "late",
        title: "One that expires first and pays then",
        hint: "The checkout closes, and the money comes all the same.",
    },
    Choice {
        value: "charged_back",
        title: "One whose owner complains",
        hint: "All of it comes in, and the bank takes it back at once.",
    },
];

#[derive(Template)]
#[template(path = "pages/checkout.html")]
struct Checkout {
    id: String,
    amount: String,
    description: String,
    return_url: String,
    open: bool,
    state: &'static str,
    until: String,
    by_card: bool,
    choices: &'static [Choice],
    refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/onboarding.html")]
struct Onboarding {
    id: String,
    name: String,
    return_url: String,
    done: bool,
}

#[derive(Template)]
#[template(path = "pages/nothing.html")]
struct Nothing;

async fn checkout(State(desk): Shared, Path(id): Path<String>) -> Response {
    shown_checkout(&desk, &id, None)
}

fn shown_checkout(desk: &Desk, id: &str, refusal: Option<&Refusal>) -> Response {
    let now = desk.now();
    let Some(payment) = desk.read(|books| books.payments.get(id).cloned()) else {
        return nothing_here();
    };
    let over = payment.state == PaymentState::Open && payment.expires_at <= now;
    html(&Checkout {
        id: payment.id,
        amount: payment.currency.write(payment.asked),
        description: payment.description,
        return_url: payment.return_url,
        open: payment.state == PaymentState::Open && !over,
        state: if over { "expired" } else { payment.state.name() },
        until: crate::control::shown(payment.expires_at),
        by_card: payment.method == Method::Card,
        choices: &CHOICES,
        refusal: refusal.map(|refusal| refusal.sentence.clone()),
    })
}

/// `then=pay` does what the chosen card does, `then=decline` declines, `then=leave` goes back and leaves the checkout
/// open.
async fn pay(State(desk): Shared, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    if let Err(refused) = own_page(&headers) {
        return refused;
    }
    let fields: BTreeMap<String, String> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let (then, with) = (field("then"), field("with"));
    let done = desk.write(|draft| {
        let payment = payment::find(draft, &id)?;
        match then {
            "leave" => {}
            "decline" => payment::fail(draft, &id, "declined_by_client")?,
            _ => pay_with(draft, &payment, with)?,
        }
        Ok::<_, Refusal>(payment.return_url)
    });
    match done {
        Ok(Ok(return_url)) => Redirect::to(&return_url).into_response(),
        Ok(Err(refusal)) => shown_checkout(&desk, &id, Some(&refusal)),
        Err(_) => broken(),
    }
}

fn pay_with(draft: &mut Draft<'_>, payment: &Payment, with: &str) -> Result<(), Refusal> {
    let id = &payment.id;
    let one = 10_i64.saturating_pow(payment.currency.exponent());
    let other = |by: i64| Some(Minor(payment.asked.0.saturating_add(by).max(1)));
    if payment.state != PaymentState::Open {
        return Err(Refusal::new("payment_not_open", "this checkout is closed"));
    }
    match with {
        "works" => payment::capture(draft, id, None),
        "declined" => payment::fail(draft, id, "declined_by_bank"),
        "less" => payment::capture(draft, id, other(one.saturating_neg())),
        "more" => payment::capture(draft, id, other(one)),
        "late" => {
            payment::expire(draft, id)?;
            payment::capture(draft, id, None)
        }
        "charged_back" => {
            payment::capture(draft, id, None)?;
            chargeback::open(draft, id, None)
        }
        _ => Err(Refusal::new("no_choice", "choose what to pay with")),
    }
}

async fn onboarding(State(desk): Shared, Path(id): Path<String>) -> Response {
    let Some(account) = desk.read(|books| books.accounts.get(&id).cloned()) else {
        return nothing_here();
    };
    html(&Onboarding {
        id: account.id,
        name: account.name,
        return_url: account.return_url,
        done: account.state == AccountState::Onboarded,
    })
}

async fn confirm(State(desk): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refused) = own_page(&headers) {
        return refused;
    }
    match desk.write(|draft| account::confirm(draft, &id)) {
        Ok(Ok(())) => {
            let return_url = desk.read(|books| books.accounts.get(&id).map(|one| one.return_url.clone()));
            return_url.map_or_else(nothing_here, |url| Redirect::to(&url).into_response())
        }
        Ok(Err(_no_such_account)) => nothing_here(),
        Err(_) => broken(),
    }
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("pages/sandbox.css")).into_response()
}

/// Forms of other sites are refused: browsers say where a form comes from, programs say nothing.
#[expect(clippy::result_large_err, reason = "the answer is given at once")]
pub(crate) fn own_page(headers: &HeaderMap) -> Result<(), Response> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        return Ok(());
    };
    let host = text(header::HOST).unwrap_or_default();
    if origin.split_once("://").is_some_and(|(_, from)| from == host) {
        Ok(())
    } else {
        Err((
            StatusCode::FORBIDDEN,
            "this form does not come from a page of the sandbox\n",
        )
            .into_response())
    }
}

fn nothing_here() -> Response {
    let mut page = html(&Nothing);
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}

/// Renders a page; one that cannot be rendered is a fault of the program and says so.
pub(crate) fn html(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_SECURITY_POLICY, POLICY),
                (header::CACHE_CONTROL, "no-store"),
                (header::REFERRER_POLICY, "same-origin"),
            ];
            (headers, text).into_response()
        }
        Err(cause) => {
            tracing::error!(%cause, "a page cannot be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be shown\n").into_response()
        }
    }
}
