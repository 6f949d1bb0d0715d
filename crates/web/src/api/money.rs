//! What a person has coming, and where it goes.

use earnest_app::payee;
use earnest_app::payout_account;
use earnest_hire::payee::Payout;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::call::{Call, Reply};
use super::contracts::Amount;
use super::view::{self, DONE};
use crate::problem::Problem;
use crate::urls;

pub(super) async fn balance(call: Call) -> Result<Reply, Problem> {
    let balance = payee::balance(call.desk(), call.me()?).await?;
    Reply::ok(&view::balance(&balance, call.web.app.clock.now()))
}

pub(super) async fn payouts(call: Call) -> Result<Reply, Problem> {
    let standing = payout_account::standing(call.desk(), call.me()?).await?;
    let currency = call.desk().currency;
    let all = standing.payee.map(|payee| payee.payouts).unwrap_or_default();
    let items = all.iter().rev().map(|one: &Payout| view::payout(one, currency));
    Reply::ok(&call.page(items.collect(), |one| &one.id)?)
}

pub(super) async fn ask(call: Call) -> Result<Reply, Problem> {
    let Amount { amount } = call.body()?;
    let (desk, me) = (call.desk(), call.me()?);
    let sum = amount.positive(desk.currency).map_err(earnest_app::Error::from)?;
    payout_account::ask(desk, me, sum, call.confirmed(), call.once).await?;
    let standing = payout_account::standing(desk, me).await?;
    let payee = standing.payee.ok_or_else(Problem::not_found)?;
    let last = payee.payouts.last().ok_or_else(Problem::not_found)?;
    Reply::created(&view::payout(last, desk.currency))
}

pub(super) async fn cancel(call: Call) -> Result<Reply, Problem> {
    let (desk, me, id) = (call.desk(), call.me()?, call.id("id")?);
    payout_account::cancel(desk, me, id, call.once).await?;
    let payee = payout_account::standing(desk, me).await?.payee;
    let payee = payee.ok_or_else(Problem::not_found)?;
    let payout = payee.payout(id).map_err(earnest_app::Error::from)?;
    Reply::ok(&view::payout(payout, desk.currency))
}

/// With which provider.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct At {
    /// Left out, the first one that pays experts.
    #[serde(default)]
    provider: Option<String>,
}

/// Where payouts are to go.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountIn {
    /// Left out, the first one that pays experts.
    #[serde(default)]
    provider: Option<String>,
    /// Of an account of your own, where the operator pays by transfer; others have your account already.
    #[serde(default)]
    #[schemars(length(max = 42))]
    iban: Option<String>,
}

async fn provider(call: &Call, asked: Option<String>) -> Result<String, Problem> {
    if let Some(name) = asked {
        return Ok(name);
    }
    let standing = payout_account::standing(call.desk(), call.me()?).await?;
    let first = standing.providers.into_iter().next();
    let unknown = || earnest_app::Error::from(earnest_hire::refusal::Refusal::ProviderUnknown);
    Ok(first.ok_or_else(unknown)?.name)
}

/// Where the identity check goes on.
#[derive(Serialize, JsonSchema)]
pub(super) struct CheckView {
    /// A page of the provider.
    url: String,
}

pub(super) async fn check(call: Call) -> Result<Reply, Problem> {
    let At { provider: asked } = call.body()?;
    let provider = provider(&call, asked).await?;
    let person = call.person()?;
    let back = urls::balance();
    let url = payout_account::check_identity(call.desk(), person.id, &person.name, &provider, back).await?;
    Reply::ok(&CheckView { url })
}

pub(super) async fn account(call: Call) -> Result<Reply, Problem> {
    let asked: AccountIn = call.body()?;
    let provider = provider(&call, asked.provider).await?;
    let person = call.person()?;
    let who = (person.id, person.name.as_str());
    let at = (provider.as_str(), asked.iban.as_deref());
    payout_account::name_account(call.desk(), who, at, call.confirmed(), call.once).await?;
    Reply::ok(&DONE)
}
