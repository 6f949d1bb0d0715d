//! The way to the provider's page on which a payment is made. The site's policy lets no form lead elsewhere, so that the way
//! goes over a page of ours.

use askama::Template;
use axum::extract::{Path, State as FromApp};
use axum::http::{HeaderName, HeaderValue};
use earnest_app::contract::{self, Seat};
use earnest_hire::contract::{Method, PaymentState};
use earnest_hire::ids::PaymentId;

use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::{Moment, sum};
use crate::{Ctx, urls};

/// After how many seconds a page that waits looks again.
const AGAIN_SECONDS: &str = "2";

#[derive(Template)]
#[template(path = "contract/pay.html")]
struct Page {
    layout: Layout,
    amount: String,
    /// What has arrived of how much, where it was not all.
    part: Option<(String, String)>,
    holder: String,
    /// Of the operator's account, where it is transferred to.
    iban: Option<String>,
    until: Moment,
    way: Way,
    again: String,
    back: Link,
}

enum Way {
    /// The provider has not answered yet.
    Waits,
    /// By its page.
    Checkout(String),
    /// By a transfer with this reference.
    Transfer(String),
    /// A part came by card: the rest cannot be added to it.
    InPart,
    /// Nothing is to be paid any more.
    Over,
}

/// `GET /payments/{id}`: for the client alone.
pub(crate) async fn pay(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let payment: PaymentId = id.parse().map_err(|_unreadable| Problem::not_found())?;
    let sight = contract::look(&web.app.desk, &id, &who.person).await?;
    let paid = sight
        .contract
        .payment(payment)
        .map_err(|_none| Problem::not_found())?;
    if sight.seat != Seat::Client {
        return Err(Problem::not_found());
    }
    let checkout = sight.checkouts.get(&payment);
    let goes_on = paid.state == PaymentState::Conflicted && sight.contract.awaits(paid);
    // A part may have come and have been taken back: then all is missing again.
    let in_part = goes_on && paid.in_funds_minor.is_positive();
    let way = match (checkout, paid.method) {
        (Some(row), Method::Bank) if goes_on => Way::Transfer(row.provider_ref.clone()),
        _ if goes_on => Way::InPart,
        _ if paid.state != PaymentState::Pending => Way::Over,
        (Some(row), Method::Bank) => Way::Transfer(row.provider_ref.clone()),
        (Some(row), Method::Card) if !row.checkout_url.is_empty() => Way::Checkout(row.checkout_url.clone()),
        _ => Way::Waits,
    };
    let provider = web.app.desk.providers.get(paid.provider.as_str());
    let waits = matches!(way, Way::Waits);
    let money = |minor| sum(sight.contract.currency, minor);
    let back = urls::milestone(sight.contract.id, paid.milestone);
    let page = Page {
        layout: Layout::new(&web, "Pay").of(&who).trail(vec![
            Link::new(urls::contracts(), "Contracts"),
            Link::new(urls::contract(sight.contract.id), "Contract"),
            Link::new(urls::payment(payment), "Pay"),
        ]),
        amount: money(if goes_on { paid.missing() } else { paid.asked_minor }),
        part: in_part.then(|| (money(paid.in_funds_minor), money(paid.asked_minor))),
        holder: provider.map_or_else(
            || paid.provider.to_string(),
            |provider| provider.abilities().legal_name.clone(),
        ),
        iban: provider.and_then(|provider| Some(provider.own_account()?.to_string())),
        until: Moment::new(paid.until),
        way,
        again: urls::payment(payment),
        back: Link::new(back, "Back to the contract"),
    };
    let page = render(&page, Cache::Private)?;
    let refresh = HeaderName::from_static("refresh");
    Ok(if waits {
        page.with_header(refresh, HeaderValue::from_static(AGAIN_SECONDS))
    } else {
        page
    })
}
