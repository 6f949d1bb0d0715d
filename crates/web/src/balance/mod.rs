//! The balance of whoever is signed in: what is coming, what can be paid out, what is held, each sum with its reason.

use askama::Template;
use axum::extract::State as FromApp;
use earnest_app::payee::{Balance, balance};
use earnest_app::request::once_key;
use earnest_hire::contract::{Contract, Milestone, RefundState};
use earnest_hire::ids::PersonId;
use earnest_hire::money::{Minor, total};
use earnest_hire::payee::{Payout, PayoutState, Scope};
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
    earnings: Vec<EarningLine>,
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
    why: String,
}

/// `GET /balance`
pub(crate) async fn show(FromApp(web): FromApp<Ctx>, who: SignedIn) -> Result<Fresh, Problem> {
    let balance = balance(&web.app.desk, who.id()).await?;
    let money = |minor| sum(balance.currency, minor);
    let (held, held_total) = held(&balance, who.id()).map_err(Problem::broken)?;
    let payouts = balance.payee.iter().flat_map(|payee| payee.payouts.iter().rev());
    let page = Page {
        layout: Layout::new(&web, "Balance").of(&who).trail(vec![
            Link::new(urls::me(), "Your work"),
            Link::new(urls::balance(), "Balance"),
        ]),
        pending: money(balance.pending),
        payable: money(balance.payable),
        owed: balance.owed.is_positive().then(|| money(balance.owed)),
        earnings: balance
            .earnings
            .iter()
            .rev()
            .map(|row| earning(&balance, row))
            .collect(),
        payouts: payouts.map(|one| payout(&balance, one)).collect(),
        why_not: why_not(&balance, web.app.clock.now()),
        is_stopped: is_stopped(&balance, web.app.clock.now()),
        held_total: money(held_total),
        once: once_key(&web.app).to_string(),
        held,
    };
    render(&page, Cache::Private)
}

fn earning(balance: &Balance, row: &EarningRow) -> EarningLine {
    let contract = balance.contracts.iter().find(|one| one.id == row.contract);
    let milestone = contract.and_then(|one| one.milestone(row.milestone).ok());
    let title = milestone.map_or("A milestone", |one| one.plan.title.as_str());
    let (when, why) = if let Some(at) = row.cleared_at {
        (at, "payable since then".to_owned())
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
    if payee.is_some_and(|payee| payee.held(Scope::Payouts, now).is_some()) {
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

/// What is held for a client, contract by contract.
fn held(balance: &Balance, person: PersonId) -> Result<(Vec<HeldLine>, Minor), Refusal> {
    let (mut lines, mut all) = (Vec::new(), Minor::ZERO);
    for contract in balance.contracts.iter().filter(|one| one.client == person) {
        let mut add = |milestone: Option<&Milestone>, minor: Minor, why: &str| -> Result<(), Refusal> {
            if minor.is_positive() {
                lines.push(line(contract, milestone, minor, why));
                all = all.plus(minor)?;
            }
            Ok(())
        };
        for one in &contract.milestones {
            let why = if one.in_dispute() {
                "held until the dispute is over"
            } else {
                "held until you approve, or it goes back to you"
            };
            add(Some(one), one.held()?.plus(one.fee_held()?)?, why)?;
        }
        let funds = total(contract.payments.iter().map(|paid| paid.in_funds_minor))?;
        add(None, funds, "on deposit: it has arrived and is in no milestone")?;
        let on_its_way = contract.refunds.iter().filter(|one| {
            matches!(
                one.state,
                RefundState::Requested | RefundState::Stopped | RefundState::Sent
            )
        });
        let back = total(on_its_way.map(|one| one.amount_minor))?;
        add(None, back, "on its way back to where it came from")?;
    }
    Ok((lines, all))
}

fn line(contract: &Contract, milestone: Option<&Milestone>, minor: Minor, why: &str) -> HeldLine {
    let link = if let Some(one) = milestone {
        Link::new(urls::milestone(contract.id, one.id), one.plan.title.clone())
    } else {
        Link::new(urls::contract(contract.id), contract.title().unwrap_or_default())
    };
    HeldLine {
        link,
        amount: sum(contract.currency, minor),
        why: why.to_owned(),
    }
}
