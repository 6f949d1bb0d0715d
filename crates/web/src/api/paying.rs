//! Payments as a client sees them: how one is made, what became of money that arrived unused, and invoices.

use earnest_app::contract::{Seat, look};
use earnest_app::statement;
use earnest_hire::contract::{Command, Method, PaymentState};
use earnest_hire::ids::PaymentId;
use earnest_hire::refusal::Refusal;
use schemars::JsonSchema;
use serde::Serialize;

use super::call::{Call, Reply};
use super::contracts::{done, milestone};
use super::view::{MoneyView, money};
use crate::problem::Problem;

/// A payment, and how it is made while it is open.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WayToPay")]
pub(super) struct PaymentView {
    id: String,
    contract_id: String,
    milestone_id: String,
    state: String,
    provider: String,
    /// Who holds the money.
    holder: String,
    /// `card` or `bank`.
    method: String,
    amount: MoneyView,
    /// What has arrived of it.
    received: MoneyView,
    /// Until when it can be made.
    until: String,
    /// The provider's page, for a card. Null while the provider has not answered, and when there is nothing to pay any more.
    checkout_url: Option<String>,
    /// What to write on a bank transfer, also on that of the rest where a part has arrived.
    transfer_reference: Option<String>,
    /// The account to transfer to.
    transfer_iban: Option<String>,
}

pub(super) async fn payment(call: Call) -> Result<Reply, Problem> {
    let id: PaymentId = call.id("id")?;
    let sight = look(call.desk(), call.text("id"), call.person()?).await?;
    let paid = sight.contract.payment(id);
    let paid = paid.map_err(|_unknown| Problem::not_found())?;
    if sight.seat != Seat::Client {
        return Err(Problem::not_found());
    }
    let goes_on = sight.contract.awaits(paid) && paid.method == Method::Bank;
    let is_awaited = paid.state == PaymentState::Pending || goes_on;
    let checkout = sight.checkouts.get(&id).filter(|_| is_awaited);
    let provider = call.desk().providers.get(paid.provider.as_str());
    let (page, reference) = match (checkout, paid.method) {
        (Some(row), Method::Bank) => (None, Some(row.provider_ref.clone())),
        (Some(row), Method::Card) => (Some(row.checkout_url.clone()), None),
        (None, _) => (None, None),
    };
    Reply::ok(&PaymentView {
        id: id.to_string(),
        contract_id: sight.contract.id.to_string(),
        milestone_id: paid.milestone.to_string(),
        state: paid.state.to_string(),
        provider: paid.provider.to_string(),
        holder: provider.map_or_else(
            || paid.provider.to_string(),
            |provider| provider.abilities().legal_name.clone(),
        ),
        method: paid.method.name().to_owned(),
        amount: money(paid.asked_minor, sight.contract.currency),
        received: money(paid.received_minor, sight.contract.currency),
        until: paid.until.to_string(),
        checkout_url: page.filter(|url| !url.is_empty()),
        transfer_iban: provider
            .filter(|_provider| reference.is_some())
            .and_then(|provider| Some(provider.own_account()?.as_str().to_owned())),
        transfer_reference: reference,
    })
}

pub(super) async fn place(call: Call) -> Result<Reply, Problem> {
    unused(call, |command| matches!(command, Command::Place { .. })).await
}

pub(super) async fn refund(call: Call) -> Result<Reply, Problem> {
    unused(call, |command| matches!(command, Command::RefundFunds { .. })).await
}

/// Uses the money that has arrived for a milestone and is not used.
async fn unused(call: Call, is: fn(&Command) -> bool) -> Result<Reply, Problem> {
    let (sight, one) = milestone(&call).await?;
    let command = sight.unused(one.id, is);
    let command = command.ok_or_else(|| earnest_app::Error::from(Refusal::NotFound))?;
    done(&call, &sight, command).await
}

/// What one release of a contract came to, or what the payer's bank took back of it for good.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Invoice")]
pub(super) struct InvoiceView {
    /// Of the contract, from 1 without a gap.
    number: String,
    /// Whether it is a credit note: then all of its sums go back.
    is_credit: bool,
    /// In the books: the id of its history and its place there.
    entry: String,
    at: String,
    /// Titles of the milestones it is for.
    titles: Vec<String>,
    /// What the client paid for it.
    gross: MoneyView,
    /// What the operator took of that.
    fee: MoneyView,
    /// Tax on the fee.
    tax: MoneyView,
    /// What the expert gets.
    net: MoneyView,
    /// What the client paid on top, to the operator, with tax.
    client_fee: MoneyView,
}

pub(super) async fn invoices(call: Call) -> Result<Reply, Problem> {
    let (contract, all) = statement::invoices(call.desk(), call.id("id")?, call.me()?).await?;
    let sum = |amount| money(amount, contract.currency);
    let view = |one: &statement::Invoice| {
        Ok(InvoiceView {
            number: one.number.clone(),
            is_credit: one.is_credit,
            entry: one.entry.clone(),
            at: one.at.to_string(),
            titles: one.titles.clone(),
            gross: sum(one.gross),
            fee: sum(one.fee),
            tax: sum(one.tax),
            net: sum(one.net()?),
            client_fee: sum(one.client_fee),
        })
    };
    let invoices = all.iter().map(view).collect::<Result<Vec<_>, Refusal>>();
    Reply::ok(&call.page(invoices.map_err(Problem::broken)?, |one| &one.entry)?)
}
