//! Taking one's data along, and going.

use axum::http::StatusCode;
use earnest_app::deletion::{self, Leaving};
use earnest_app::payee::Confirmed;
use earnest_app::second_factor::{self, Has};
use earnest_hire::refusal::Refusal;
use earnest_store::DeletionRow;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::view::DONE;
use crate::leaving::archive_of;
use crate::problem::Problem;

/// The address of the account, so that it is this one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Address {
    #[schemars(length(max = 254))]
    email: String,
}

/// Whether an account is to be deleted.
#[derive(Serialize, JsonSchema)]
pub(super) struct LeavingView {
    /// When it was asked for; null where it was not.
    asked_at: Option<String>,
    /// When it is done, or tried again; null where it was not asked for.
    due_at: Option<String>,
    /// What is in the way; empty where nothing is.
    reasons: Vec<ReasonView>,
}

/// Something in the way.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReasonView {
    code: &'static str,
    /// What to do about it.
    detail: &'static str,
}

fn view(asked: Option<DeletionRow>, leaving: &[deletion::Reason]) -> LeavingView {
    let reason = |one: &deletion::Reason| ReasonView {
        code: one.code(),
        detail: one.sentence(),
    };
    LeavingView {
        asked_at: asked.map(|row| row.asked_at.to_string()),
        due_at: asked.map(|row| row.due_at.to_string()),
        reasons: leaving.iter().map(reason).collect(),
    }
}

pub(super) async fn look(call: Call) -> Result<Reply, Problem> {
    let Leaving { asked, reasons } = deletion::look(call.desk(), call.person()?).await?;
    Reply::ok(&view(asked, &reasons))
}

pub(super) async fn ask(call: Call) -> Result<Reply, Problem> {
    let sent: Address = call.body()?;
    let row = deletion::ask(call.desk(), call.person()?, &sent.email, call.confirmed()).await?;
    Reply::with(StatusCode::ACCEPTED, &view(Some(row), &[]))
}

pub(super) async fn cancel(call: Call) -> Result<Reply, Problem> {
    deletion::cancel(call.desk(), call.me()?).await?;
    Reply::ok(&DONE)
}

pub(super) async fn data(call: Call) -> Result<Reply, Problem> {
    let me = call.me()?;
    let has = second_factor::has(call.desk(), me).await?;
    if has != Has::None && call.confirmed() == Confirmed::No {
        return Err(earnest_app::Error::from(Refusal::SecondFactorMissing).into());
    }
    Ok(Reply::Other(Box::new(archive_of(&call.web, me)?)))
}
