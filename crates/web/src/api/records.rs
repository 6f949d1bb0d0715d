//! What is kept for people: files, reviews, statements, webhooks, and the legal texts that they accept.

use axum::http::StatusCode;
use earnest_app::file::Arriving;
use earnest_app::statement::{self, Statement};
use earnest_app::{legal, review, webhook};
use earnest_hire::ids::{ContractId, DeliveryId, FileId, PersonId, WebhookId};
use earnest_hire::review::Review;
use earnest_store::{DeliveryRow, ReviewRow};
use jiff::ToSpan;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::view::{DONE, List, MoneyView, file, money};
use crate::problem::Problem;

pub(super) async fn upload(call: Call) -> Result<Reply, Problem> {
    let name = call.query("name").unwrap_or("file");
    let mut arriving = Arriving::begin(call.desk(), call.me()?, name).await?;
    if let Err(refused) = arriving.push(&call.body).await {
        arriving.give_up().await?;
        return Err(refused.into());
    }
    let row = arriving.finish().await?;
    Reply::created(&file(&row))
}

/// What the bytes of a file are called in the document: each has its own.
pub(super) const ANY_BYTES: &str = "*/*";

pub(super) async fn download(call: Call) -> Result<Reply, Problem> {
    let sent = crate::file::sent(&call.web, call.id("id")?, call.person()?).await?;
    Ok(Reply::other(sent))
}

async fn request_files(call: &Call) -> Result<Reply, Problem> {
    let (known, _reader) = super::requests::known(call).await?;
    let rows = earnest_app::file::of_request(call.desk(), known.request.id).await?;
    Reply::ok(&List::whole(rows.iter().map(file).collect()))
}

pub(super) async fn files_of_request(call: Call) -> Result<Reply, Problem> {
    request_files(&call).await
}

/// Files of yours that are part of nothing yet.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Adding {
    #[schemars(with = "Vec<String>", length(min = 1))]
    file_ids: Vec<FileId>,
}

pub(super) async fn add_to_request(call: Call) -> Result<Reply, Problem> {
    let asked: Adding = call.body()?;
    let (id, me) = (call.id("id")?, call.me()?);
    earnest_app::file::add_to_request(call.desk(), id, me, &asked.file_ids).await?;
    request_files(&call).await
}

/// What is said of the other side of an ended contract.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewReview {
    #[schemars(range(min = 1, max = 5))]
    rating: u8,
    #[schemars(length(min = 1, max = 2000))]
    text: String,
}

/// A review.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReviewView {
    author_id: String,
    about_id: String,
    rating: u8,
    text: String,
    at: String,
    reply: Option<String>,
}

fn review_view(row: &ReviewRow) -> ReviewView {
    ReviewView {
        author_id: row.author.to_string(),
        about_id: row.about.to_string(),
        rating: row.review.rating.into(),
        text: row.review.text.clone(),
        at: row.at.to_string(),
        reply: row.reply.as_ref().map(|(text, _)| text.clone()),
    }
}

/// The reviews of a contract that you may read.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReviewsView {
    yours: Option<ReviewView>,
    /// Hidden until both are in, or 14 days are over.
    theirs: Option<ReviewView>,
}

/// What you say to what is said of you.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewReply {
    #[schemars(length(min = 1, max = 2000))]
    text: String,
}

pub(super) async fn reply(call: Call) -> Result<Reply, Problem> {
    let asked: ReviewReply = call.body()?;
    review::reply(call.desk(), call.id("id")?, call.me()?, &asked.text).await?;
    reviews_of(&call).await
}

pub(super) async fn reviews(call: Call) -> Result<Reply, Problem> {
    reviews_of(&call).await
}

async fn reviews_of(call: &Call) -> Result<Reply, Problem> {
    let found = review::of_contract(call.desk(), call.id("id")?, call.me()?).await?;
    Reply::ok(&ReviewsView {
        yours: found.own.as_ref().map(review_view),
        theirs: found.other.as_ref().map(review_view),
    })
}

pub(super) async fn write_review(call: Call) -> Result<Reply, Problem> {
    let asked: NewReview = call.body()?;
    let (id, me): (ContractId, PersonId) = (call.id("id")?, call.me()?);
    let review =
        Review::typed(&asked.rating.to_string(), &asked.text).map_err(earnest_app::Error::Invalid)?;
    review::write(call.desk(), id, me, &review).await?;
    let found = review::of_contract(call.desk(), id, me).await?;
    let own = found.own.as_ref().map(review_view);
    Reply::created(&own.ok_or_else(Problem::not_found)?)
}

/// A movement of somebody's money.
#[derive(Serialize, JsonSchema)]
struct LineView {
    at: String,
    reason: &'static str,
    contract_id: Option<String>,
    /// The entry in the books.
    entry: String,
    amount: MoneyView,
    balance: MoneyView,
}

/// What the site held for you, and what moved it.
#[derive(Serialize, JsonSchema)]
pub(super) struct StatementView {
    from: String,
    to: String,
    opening: MoneyView,
    lines: Vec<LineView>,
    closing: MoneyView,
}

/// The statement of the days that are asked for.
async fn stated(call: &Call) -> Result<Statement, Problem> {
    let day = "A day like 2026-12-24.";
    let (from, to): (Option<Date>, Option<Date>) = (call.asked("from", day)?, call.asked("to", day)?);
    let to = to.unwrap_or_else(|| call.web.app.today());
    let from = from.unwrap_or_else(|| to.saturating_sub(1.month()));
    if from > to {
        return Err(Problem::field(
            "from",
            "reversed",
            "The first day is after the last.",
        ));
    }
    Ok(statement::statement(call.desk(), call.me()?, (from, to)).await?)
}

/// The media type of a table.
pub(super) const CSV: &str = "text/csv";

pub(super) async fn statement_table(call: Call) -> Result<Reply, Problem> {
    Ok(Reply::other(crate::statement::table_of(&stated(&call).await?)?))
}

pub(super) async fn statement(call: Call) -> Result<Reply, Problem> {
    let found = stated(&call).await?;
    let sum = |amount| money(amount, found.currency);
    Reply::ok(&StatementView {
        from: found.from.to_string(),
        to: found.to.to_string(),
        opening: sum(found.opening),
        lines: found
            .lines
            .iter()
            .map(|line| LineView {
                at: line.at.to_string(),
                reason: line.reason.words(),
                contract_id: line.contract.map(|id| id.to_string()),
                entry: line.entry.clone(),
                amount: sum(line.amount),
                balance: sum(line.balance),
            })
            .collect(),
        closing: sum(found.closing),
    })
}

/// Where news are told.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEndpoint {
    /// An https address that the public network reaches.
    #[schemars(length(max = 500))]
    url: String,
}

/// A receiver, with the secret that signs what it is told. It is shown this once.
#[derive(Serialize, JsonSchema)]
pub(super) struct EndpointView {
    id: String,
    url: String,
    secret: String,
}

pub(super) async fn add_endpoint(call: Call) -> Result<Reply, Problem> {
    let asked: NewEndpoint = call.body()?;
    let (id, secret) = webhook::add(call.desk(), call.me()?, &asked.url, call.once).await?;
    Reply::created(&EndpointView {
        id: id.to_string(),
        url: asked.url.trim().to_owned(),
        secret,
    })
}

/// A receiver of yours.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReceiverView {
    id: String,
    url: String,
    /// `active`, or `failing`: something could not be told it in three days.
    state: String,
    since: String,
}

pub(super) async fn endpoints(call: Call) -> Result<Reply, Problem> {
    let all = webhook::list(call.desk(), call.me()?, None).await?;
    let items = all.iter().map(|one| ReceiverView {
        id: one.row.id.to_string(),
        url: one.row.url.clone(),
        state: one.row.state.name().to_owned(),
        since: one.row.at.to_string(),
    });
    Reply::ok(&List::whole(items.collect()))
}

pub(super) async fn rotate_endpoint(call: Call) -> Result<Reply, Problem> {
    let (id, me): (WebhookId, _) = (call.id("id")?, call.me()?);
    let secret = webhook::rotate(call.desk(), me, id).await?;
    let all = webhook::list(call.desk(), me, None).await?;
    let found = all.into_iter().find(|one| one.row.id == id);
    let row = found.ok_or_else(Problem::not_found)?.row;
    Reply::ok(&EndpointView {
        id: id.to_string(),
        url: row.url,
        secret,
    })
}

pub(super) async fn remove_endpoint(call: Call) -> Result<Reply, Problem> {
    webhook::remove(call.desk(), call.me()?, call.id::<WebhookId>("id")?).await?;
    Reply::ok(&DONE)
}

/// One message to a receiver.
#[derive(Serialize, JsonSchema)]
pub(super) struct DeliveryView {
    /// Receivers know it by this name however often it comes.
    id: String,
    endpoint_id: String,
    kind: String,
    at: String,
    state: String,
    attempts: i64,
    /// What the receiver answered last.
    status: Option<i64>,
    error: Option<String>,
}

fn delivery(row: &DeliveryRow) -> DeliveryView {
    DeliveryView {
        id: row.id.to_string(),
        endpoint_id: row.webhook.to_string(),
        kind: row.kind.clone(),
        at: row.at.to_string(),
        state: row.state.name().to_owned(),
        attempts: row.attempts,
        status: row.status,
        error: row.last_error.clone(),
    }
}

pub(super) async fn deliveries(call: Call) -> Result<Reply, Problem> {
    let (rows, next) = webhook::deliveries(call.desk(), call.me()?, call.cursor()?, call.limit()?).await?;
    Reply::ok(&List {
        items: rows.iter().map(delivery).collect(),
        next_cursor: next.map(|id| id.to_string()),
    })
}

pub(super) async fn resend(call: Call) -> Result<Reply, Problem> {
    webhook::resend(call.desk(), call.me()?, call.id::<DeliveryId>("id")?).await?;
    Reply::with(StatusCode::ACCEPTED, &DONE)
}

/// A legal text that waits to be accepted.
#[derive(Serialize, JsonSchema)]
pub(super) struct LegalView {
    kind: String,
    /// Accept it by this.
    version: String,
    text: String,
}

pub(super) async fn legal_texts(call: Call) -> Result<Reply, Problem> {
    let waits = legal::pending(call.desk(), call.me()?).await?;
    let items = waits.into_iter().map(|kind| {
        let text = call.desk().legal.of(kind);
        LegalView {
            kind: kind.name().to_owned(),
            version: format!("{}:{}", kind.name(), text.sha256),
            text: text.body.clone(),
        }
    });
    Reply::ok(&List::whole(items.collect()))
}

/// The versions that you have read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Accepting {
    versions: Vec<String>,
}

pub(super) async fn accept_legal(call: Call) -> Result<Reply, Problem> {
    let asked: Accepting = call.body()?;
    let versions: Vec<&str> = asked.versions.iter().map(String::as_str).collect();
    legal::accept(call.desk(), call.me()?, &versions).await?;
    Reply::ok(&DONE)
}
