//! The balance of whoever is signed in: what is coming, what can be paid out, what is held, each sum with its reason.

use askama::Template;
use axum::extract::State as FromApp;
use earnest_app::payee::{Balance, Debt, EARNINGS_TOLD, Held, balance};
use earnest_app::request::once_key;
use earnest_hire::payee::{Payout, PayoutState};
use earnest_hire::refusal::Refusal;
use earnest_store::EarningRow;

use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::{Moment, sum};
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "balance/show.html")]
struct Page {
    layout: Layout,
    pending: String,
    payable: String,
    owed: Option<String>,
    debts: Vec<DebtLine>,
    earnings: Vec<EarningLine>,
    /// Whether there were more earnings than are told.
    is_cut: bool,
    payouts: Vec<PayoutLine>,
    /// Why nothing can be paid out now, if so.
    why_not: Option<String>,
    /// Whether something of the account is stopped.
    is_stopped: bool,
    held: Vec<HeldLine>,
    held_total: String,
    /// The key of the form with which a payout is taken back.
    once: String,
}

struct DebtLine {
    link: Link,
    amount: String,
    when: Moment,
    why: &'static str,
}

struct EarningLine {
    link: Link,
    amount: String,
    when: Moment,
    why: String,
}

struct PayoutLine {
    amount: String,
    at: Moment,
    state: String,
    /// Where it is taken back, while it can be.
    cancel: Option<String>,
}

struct HeldLine {
    link: Link,
    amount: String,
    when: Moment,
    why: &'static str,
}

/// `GET /balance`
pub(crate) async fn show(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    let balance = balance(&web.app.desk, who.id()).await?;
    let money = |minor| sum(balance.currency, minor);
    let payouts = balance.payee.iter().flat_map(|payee| payee.payouts.iter().rev());
    let page = Page {
        layout: Layout::new(&web, "Balance").of(&who).trail(vec![
            Link::new(urls::me(), "Your work"),
            Link::new(urls::balance(), "Balance"),
        ]),
        pending: money(balance.pending),
        payable: money(balance.payable),
        owed: balance.owed.is_positive().then(|| money(balance.owed)),
        debts: balance.debts.iter().map(|one| debt(&balance, one)).collect(),
        earnings: balance
            .earnings
            .iter()
            .rev()
            .map(|row| earning(&balance, row))
            .collect(),
        is_cut: balance.earnings.len() >= usize::from(EARNINGS_TOLD),
        payouts: payouts.map(|one| payout(&balance, one)).collect(),
        why_not: why_not(&balance, web.app.clock.now()),
        is_stopped: is_stopped(&balance, web.app.clock.now()),
        held_total: money(balance.held_total),
        once: once_key(&web.app).to_string(),
        held: balance.held.iter().map(held).collect(),
    };
    render(&page, Cache::Private)
}

fn debt(balance: &Balance, one: &Debt) -> DebtLine {
    let contract = one
        .contract
        .and_then(|id| balance.contracts.iter().find(|own| own.id == id));
    let link = match contract {
        Some(contract) => Link::new(
            urls::contract(contract.id),
            contract.title().unwrap_or("A contract"),
        ),
        None => Link::new(urls::statements(), "Your statement"),
    };
    DebtLine {
        link,
        amount: sum(balance.currency, one.amount),
        when: Moment::new(one.at),
        why: one.reason.words(),
    }
}

fn earning(balance: &Balance, row: &EarningRow) -> EarningLine {
    let contract = balance.contracts.iter().find(|one| one.id == row.contract);
    let milestone = contract.and_then(|one| one.milestone(row.milestone).ok());
    let title = milestone.map_or("A milestone", |one| one.plan.title.as_str());
    let (when, why) = if let Some(at) = row.cleared_at {
        (at, "became payable then".to_owned())
    } else {
        let lots = milestone.map_or(&[][..], |one| &one.lots);
        let days = contract.map_or(0, |one| one.clearance(lots));
        (
            row.clears_at,
            format!("payable from then on: the contract says {days} days from release"),
        )
    };
    EarningLine {
        link: Link::new(urls::milestone(row.contract, row.milestone), title),
        amount: sum(balance.currency, row.amount),
        when: Moment::new(when),
        why,
    }
}

fn payout(balance: &Balance, one: &Payout) -> PayoutLine {
    let state = match one.state {
        PayoutState::Requested => "asked for, on its way to the provider",
        PayoutState::Held => "held",
        PayoutState::Sent => "with the provider",
        PayoutState::Paid => "paid",
        PayoutState::Failed => "did not arrive; payable again",
        PayoutState::Returned => "sent back by the bank; payable again",
        PayoutState::Canceled => "taken back; payable again",
    };
    let until = one.review_by.filter(|_until| one.state == PayoutState::Held);
    let until = until.map(|at| format!(" until {} at the latest, then it goes on", Moment::new(at).text()));
    let reason = one.reason.as_ref().map(|reason| format!(": {reason}"));
    PayoutLine {
        amount: sum(balance.currency, one.amount_minor),
        at: Moment::new(one.requested_at),
        state: format!(
            "{state}{}{}",
            until.unwrap_or_default(),
            reason.unwrap_or_default()
        ),
        cancel: one.is_cancelable().then(|| urls::cancel_payout(one.id)),
    }
}

fn why_not(balance: &Balance, now: jiff::Timestamp) -> Option<String> {
    let payee = balance.payee.as_ref();
    if payee.is_some_and(|payee| payee.payouts_stopped(now)) {
        Some(Refusal::PayoutsHeld.sentence())
    } else if balance.onboarded_at.is_none() {
        Some(Refusal::ExpertNotOnboarded.sentence())
    } else if payee.is_none_or(|payee| payee.account.is_none()) {
        Some(Refusal::NoPayoutAccount.sentence())
    } else if balance.payable.is_positive() {
        None
    } else {
        Some("Nothing is payable yet.".to_owned())
    }
}

fn is_stopped(balance: &Balance, now: jiff::Timestamp) -> bool {
    let mut holds = balance.payee.iter().flat_map(|payee| &payee.holds);
    holds.any(|one| one.stands(now))
}

fn held(one: &Held) -> HeldLine {
    let href = match one.milestone {
        Some(milestone) => urls::milestone(one.contract, milestone),
        None => urls::contract(one.contract),
    };
    HeldLine {
        link: Link::new(href, one.title.clone()),
        amount: sum(one.currency, one.amount),
        when: Moment::new(one.at),
        why: one.reason.words(),
    }
}

#[cfg(test)]
mod tests;
