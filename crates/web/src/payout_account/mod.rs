//! Where an expert is paid: the provider's identity check, the account, and asking for money.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use earnest_app::Error;
use earnest_app::payee::Confirmed;
use earnest_app::payout_account::{self, Payer, Standing};
use earnest_app::request::once_key;
use earnest_hire::field::FieldRefusal;
use earnest_hire::iban::Iban;
use earnest_hire::ids::PayoutId;
use earnest_hire::money::Minor;
use earnest_hire::refusal::Refusal;

use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::{Moment, plain, sum};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "payout_account/show.html")]
struct Show {
    layout: Layout,
    once: String,
    checked: Option<Moment>,
    account: Option<(String, Moment)>,
    payers: Vec<Payer>,
    /// Whether nobody but the operator pays, who checks people then.
    by_hand: bool,
    iban: FieldView,
    faults: Vec<FieldRefusal>,
    /// The page of the provider, once it was asked for.
    onward: Option<Link>,
}

#[derive(Template)]
#[template(path = "payout_account/ask.html")]
struct Ask {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    once: String,
    payable: String,
    account: Option<String>,
    amount: FieldView,
}

/// `GET /me/payout-account`
pub(crate) async fn show(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    show_page(&web, &who, None, ("", Vec::new())).await
}

async fn show_page(
    web: &Web,
    who: &SignedIn,
    onward: Option<Link>,
    (typed, faults): (&str, Vec<FieldRefusal>),
) -> Result<Fresh, Problem> {
    let standing = payout_account::standing(&web.app.desk, who.id()).await?;
    let account = standing.payee.as_ref().and_then(|payee| payee.account.as_ref());
    let page = Show {
        layout: layout(web, who, "Where you are paid", urls::payout_account()),
        once: once_key(&web.app).to_string(),
        checked: standing.checked_at.map(Moment::new),
        account: account.map(|account| {
            (
                told(&standing, account.provider.as_str(), &account.reference),
                Moment::new(account.set_at),
            )
        }),
        by_hand: !standing.providers.is_empty() && standing.providers.iter().all(|one| one.by_hand),
        payers: standing.providers,
        iban: FieldView::line("iban", "IBAN of an account of your own", 42)
            .hint("Such as DE89 3704 0044 0532 0130 00.")
            .required()
            .filled(typed, &faults),
        faults,
        onward,
    };
    render(&page, Cache::Private)
}

fn layout(web: &Web, who: &SignedIn, title: &str, path: &str) -> Layout {
    Layout::new(web, title).of(who).trail(vec![
        Link::new(urls::me(), "Your work"),
        Link::new(urls::balance(), "Balance"),
        Link::new(path, title),
    ])
}

fn legal_name(standing: &Standing, provider: &str) -> String {
    let found = standing.payer(provider);
    found.map_or_else(|| provider.to_owned(), |one| one.legal_name.clone())
}

/// Where payouts go, in words.
fn told(standing: &Standing, provider: &str, reference: &str) -> String {
    let name = legal_name(standing, provider);
    let by_hand = standing.payer(provider).is_some_and(|payer| payer.by_hand);
    match reference.parse::<Iban>() {
        Ok(iban) if by_hand => format!("{iban}, by a transfer from {name}"),
        _ => format!("your account at {name}"),
    }
}

/// `POST /me/payout-account/check`: shows the way to the provider's own page. The policy of this site lets no form lead
/// to another one, not even by a redirect.
pub(crate) async fn check(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let (desk, name) = (&web.app.desk, &who.person.name);
    let provider = typed.value("provider");
    let page = payout_account::check_identity(desk, who.id(), name, provider, urls::payout_account()).await?;
    let standing = payout_account::standing(desk, who.id()).await?;
    let onward = Link::new(page, legal_name(&standing, provider));
    show_page(&web, &who, Some(onward), ("", Vec::new())).await
}

/// `POST /me/payout-account`: payouts go to the account that the provider has for this person, or to the one they name.
pub(crate) async fn name(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Fresh, Problem> {
    let confirmed = who.confirmed(&web);
    if confirmed == Confirmed::No {
        return Ok(Fresh::see_other(&urls::prove(urls::payout_account())));
    }
    let typed = Typed::read(&body);
    let person = (who.id(), who.person.name.as_str());
    let at = (typed.value("provider"), Some(typed.value("iban")));
    match payout_account::name_account(&web.app.desk, person, at, confirmed, typed.once(&web.app)).await {
        Ok(()) => Ok(Fresh::see_other(urls::payout_account())),
        Err(Error::Invalid(faults)) => {
            let page = show_page(&web, &who, None, (typed.value("iban"), faults)).await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /payouts/new`
pub(crate) async fn form(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    let standing = payout_account::standing(&web.app.desk, who.id()).await?;
    let typed = plain(web.app.currency, standing.most);
    ask_page(&web, &who, &standing, &typed, Vec::new())
}

fn ask_page(
    web: &Web,
    who: &SignedIn,
    standing: &Standing,
    typed: &str,
    faults: Vec<FieldRefusal>,
) -> Result<Fresh, Problem> {
    let currency = web.app.currency;
    let account = standing.payee.as_ref().and_then(|payee| payee.account.as_ref());
    let page = Ask {
        layout: layout(web, who, "Pay out", urls::new_payout()),
        once: once_key(&web.app).to_string(),
        payable: sum(currency, standing.most),
        account: account.map(|account| told(standing, account.provider.as_str(), &account.reference)),
        amount: FieldView::line("amount", format!("How much, in {currency}"), 30)
            .required()
            .filled(typed, &faults),
        faults,
    };
    render(&page, Cache::Private)
}

/// `POST /payouts`
pub(crate) async fn ask(FromApp(web): FromApp<Ctx>, who: SignedIn, body: Bytes) -> Result<Response, Problem> {
    let confirmed = who.confirmed(&web);
    if confirmed == Confirmed::No {
        return Ok(Fresh::see_other(&urls::prove(urls::new_payout())).into_response());
    }
    let typed = Typed::read(&body);
    let (desk, written) = (&web.app.desk, typed.value("amount"));
    let amount = web.app.currency.typed(written);
    let Some(amount) = amount.ok().filter(|amount: &Minor| amount.is_positive()) else {
        let fault = FieldRefusal::new("amount", "unclear", "Write a sum above zero, like 1,250.50.");
        let standing = payout_account::standing(desk, who.id()).await?;
        return ask_again(&web, &who, (&standing, written), fault);
    };
    match payout_account::ask(desk, who.id(), amount, confirmed, typed.once(&web.app)).await {
        Ok(()) => Ok(Fresh::see_other(urls::balance()).into_response()),
        Err(Error::Refused(
            refusal @ (Refusal::PayoutTooLarge | Refusal::PayoutNotMovable | Refusal::AmountNotPositive),
        )) => {
            let standing = payout_account::standing(desk, who.id()).await?;
            let fault = of_amount(refusal, &sum(web.app.currency, standing.most));
            ask_again(&web, &who, (&standing, written), fault)
        }
        Err(other) => Err(other.into()),
    }
}

/// Why a sum is not taken, where another one may be; for one that is too large, with the largest.
fn of_amount(refusal: Refusal, most: &str) -> FieldRefusal {
    let sentence = if refusal == Refusal::PayoutTooLarge {
        format!("{} It is {most} at most.", refusal.sentence())
    } else {
        refusal.sentence()
    };
    FieldRefusal::new("amount", refusal.code(), sentence)
}

/// The form as it was sent, with what is wrong with its sum.
fn ask_again(
    web: &Web,
    who: &SignedIn,
    (standing, typed): (&Standing, &str),
    fault: FieldRefusal,
) -> Result<Response, Problem> {
    let page = ask_page(web, who, standing, typed, vec![fault])?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// `POST /payouts/{id}/cancel`
pub(crate) async fn cancel(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let payout: PayoutId = id.parse().or(Err(Problem::not_found()))?;
    let once = Typed::read(&body).once(&web.app);
    payout_account::cancel(&web.app.desk, who.id(), payout, once).await?;
    Ok(Fresh::see_other(urls::balance()))
}

#[cfg(test)]
mod tests;
