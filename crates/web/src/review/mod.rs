//! Reviews: a part of the page of a contract that has ended, and of an expert's page.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use axum::http::StatusCode;
use earnest_app::Error;
use earnest_app::review::{self, About, Reviews};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::ContractId;
use earnest_hire::review::{ENOUGH, Rating, Review, TEXT, Unfit};
use earnest_store::ReviewRow;

use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::Moment;
use crate::{Ctx, Web, urls};

/// A review as it is read.
pub(crate) struct Said {
    pub(crate) by: String,
    pub(crate) rating: u8,
    pub(crate) text: String,
    pub(crate) at: Moment,
    pub(crate) reply: Option<(String, Moment)>,
}

/// A form to write with.
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) faults: Vec<FieldRefusal>,
    /// The ratings, the best first, each with whether it was chosen; none in a reply.
    pub(crate) ratings: Vec<(u8, bool)>,
    /// What is wrong with the choice.
    pub(crate) rating_fault: Option<String>,
    pub(crate) text: FieldView,
}

/// What the page of a contract shows of reviews; `review/part.html` draws it.
pub(crate) struct Part {
    pub(crate) own: Option<Said>,
    pub(crate) other: Option<Said>,
    pub(crate) write: Option<Form>,
    pub(crate) reply: Option<Form>,
    /// When what is hidden is shown, where something is.
    pub(crate) hidden_until: Option<Moment>,
}

#[derive(Template)]
#[template(path = "review/show.html")]
struct Page {
    layout: Layout,
    back: Link,
    reviews: Part,
}

/// What an expert's page, or a client's request, says of reviews; `review/about.html` draws it.
pub(crate) struct AboutView {
    pub(crate) lead: String,
    pub(crate) refunded: String,
    pub(crate) said: Vec<Said>,
}

fn said(row: &ReviewRow) -> Said {
    Said {
        by: row.author_name.clone(),
        rating: row.review.rating.into(),
        text: row.review.text.clone(),
        at: Moment::new(row.at),
        reply: row
            .reply
            .as_ref()
            .map(|(text, at)| (text.clone(), Moment::new(*at))),
    }
}

/// The reviews of a contract for one of its parties; none before it has ended with money paid.
pub(crate) async fn part(web: &Web, who: &SignedIn, contract: ContractId) -> Result<Option<Part>, Problem> {
    match review::of_contract(&web.app.desk, contract, who.id()).await {
        Ok(reviews) if reviews.may_write == Err(Unfit::NotEnded) => Ok(None),
        Ok(reviews) if reviews.may_write == Err(Unfit::NothingPaid) => Ok(None),
        Ok(reviews) => Ok(Some(part_of(contract, &reviews))),
        // somebody of the office, who is no party
        Err(Error::NotFound) => Ok(None),
        Err(other) => Err(other.into()),
    }
}

fn part_of(contract: ContractId, reviews: &Reviews) -> Part {
    let typed = Typed::default();
    let hides = reviews.own.is_some() && reviews.other.is_none() || reviews.may_write.is_ok();
    Part {
        own: reviews.own.as_ref().map(said),
        other: reviews.other.as_ref().map(said),
        write: reviews
            .may_write
            .is_ok()
            .then(|| review_form(contract, &typed, Vec::new())),
        reply: reviews
            .may_reply
            .is_ok()
            .then(|| reply_form(contract, &typed, Vec::new())),
        hidden_until: reviews.open_until.filter(|_| hides).map(Moment::new),
    }
}

fn review_form(contract: ContractId, typed: &Typed, faults: Vec<FieldRefusal>) -> Form {
    let chosen = typed.value("rating").parse::<u8>().ok();
    let number = |rating: Rating| u8::from(rating);
    let fault = faults.iter().find(|fault| fault.field == "rating");
    Form {
        action: urls::reviews(contract),
        ratings: Rating::ALL
            .map(|rating| (number(rating), chosen == Some(number(rating))))
            .to_vec(),
        rating_fault: fault.map(|fault| fault.sentence.clone()),
        text: FieldView::area("text", "How was it to work together?", TEXT)
            .hint("It is shown with your name, and stays as you write it.")
            .required()
            .filled(typed.value("text"), &faults),
        faults,
    }
}

fn reply_form(contract: ContractId, typed: &Typed, faults: Vec<FieldRefusal>) -> Form {
    Form {
        action: urls::review_reply(contract),
        ratings: Vec::new(),
        rating_fault: None,
        text: FieldView::area("text", "Your reply", TEXT)
            .hint("You can reply once. It stands below the review.")
            .required()
            .filled(typed.value("text"), &faults),
        faults,
    }
}

/// Which form was sent.
#[derive(Clone, Copy)]
enum Sent {
    Review,
    Reply,
}

/// `POST /contracts/{id}/reviews`
pub(crate) async fn write(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let id: ContractId = id.parse().or(Err(Problem::not_found()))?;
    let typed = Typed::read(&body);
    let kept = match Review::typed(typed.value("rating"), typed.value("text")) {
        Ok(review) => review::write(&web.app.desk, id, who.id(), &review).await,
        Err(faults) => Err(Error::Invalid(faults)),
    };
    answer(&web, &who, id, (Sent::Review, typed), kept).await
}

/// `POST /contracts/{id}/reviews/reply`
pub(crate) async fn reply(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let id: ContractId = id.parse().or(Err(Problem::not_found()))?;
    let typed = Typed::read(&body);
    let kept = review::reply(&web.app.desk, id, who.id(), typed.value("text")).await;
    answer(&web, &who, id, (Sent::Reply, typed), kept).await
}

async fn answer(
    web: &Web,
    who: &SignedIn,
    id: ContractId,
    (sent, typed): (Sent, Typed),
    kept: Result<(), Error>,
) -> Result<Fresh, Problem> {
    let back = Link::new(format!("{}#reviews", urls::contract(id)), "Back to the contract");
    match kept {
        Ok(()) => Ok(Fresh::see_other(&back.href)),
        Err(Error::Invalid(faults)) => {
            // what a stranger typed is not looked at any further
            let reviews = review::of_contract(&web.app.desk, id, who.id()).await?;
            let mut part = part_of(id, &reviews);
            match sent {
                Sent::Review => part.write = Some(review_form(id, &typed, faults)),
                Sent::Reply => part.reply = Some(reply_form(id, &typed, faults)),
            }
            let page = Page {
                layout: Layout::new(web, "Reviews").of(who),
                back,
                reviews: part,
            };
            Ok(render(&page, Cache::Private)?.with_status(StatusCode::UNPROCESSABLE_ENTITY))
        }
        Err(Error::Conflict { code, sentence }) => Err(Problem::refused(code, sentence).near(vec![back])),
        Err(other) => Err(other.into()),
    }
}

/// What an expert's page says of reviews.
pub(crate) fn about(about: &About) -> AboutView {
    let count = about.shown.len();
    let lead = match (count, about.average_tenths) {
        (0, _) => "No client has reviewed a contract yet.".to_owned(),
        (_, Some(tenths)) => format!(
            "{}.{} of 5 on average, from {count} clients.",
            tenths / 10,
            tenths % 10
        ),
        (1, None) => format!("1 review so far; an average is shown from {ENOUGH} on."),
        (_, None) => format!("{count} reviews so far; an average is shown from {ENOUGH} on."),
    };
    let refunded = match about.refunded_contracts {
        0 => "In no contract did money go back to the client.".to_owned(),
        1 => "In 1 contract money went back to the client, in whole or in part.".to_owned(),
        count => format!("In {count} contracts money went back to the client, in whole or in part."),
    };
    AboutView {
        lead,
        refunded,
        said: about.shown.iter().map(said).collect(),
    }
}

/// What experts said of a client; none where nobody has.
pub(crate) fn about_client(about: &About) -> Option<AboutView> {
    let count = about.shown.len();
    let lead = match (count, about.average_tenths) {
        (0, _) => return None,
        (_, Some(tenths)) => format!(
            "{}.{} of 5 on average, from {count} experts.",
            tenths / 10,
            tenths % 10
        ),
        (_, None) => format!("An average is shown from {ENOUGH} reviews on."),
    };
    Some(AboutView {
        lead,
        refunded: String::new(),
        said: about.shown.iter().map(said).collect(),
    })
}

#[cfg(test)]
mod tests;
