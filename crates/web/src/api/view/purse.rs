//! What a person has coming, and where it goes.

use earnest_app::hold;
use earnest_app::payee::{Balance, Debt, Held};
use earnest_hire::ids::PersonId;
use earnest_hire::money::Currency;
use earnest_hire::payee::{DecidedBy, Payout};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{MoneyView, PartyView, money};

/// What was earned, with its day and reason.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Earning")]
pub(crate) struct EarningView {
    pub(crate) amount: MoneyView,
    pub(crate) contract_id: String,
    pub(crate) milestone_id: String,
    pub(crate) clears_at: String,
    pub(crate) cleared_at: Option<String>,
}

/// A hold on an account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Hold")]
pub(crate) struct HoldView {
    pub(crate) id: String,
    pub(crate) scope: String,
    pub(crate) reason: String,
    pub(crate) facts: String,
    pub(crate) rule: String,
    /// The operator who decided; null where a rule of the program did.
    pub(crate) by: Option<PartyView>,
    pub(crate) placed_at: String,
    /// When it ends by itself.
    pub(crate) review_by: String,
    pub(crate) stands: bool,
    pub(crate) appealed: bool,
    /// What another operator answered to that; null where nobody did yet.
    pub(crate) answer: Option<String>,
    /// When it was over; null while it stands.
    pub(crate) ended_at: Option<String>,
    /// The operator who ended it before its day; null where nobody did.
    pub(crate) lifted_by: Option<PartyView>,
    /// Why.
    pub(crate) lifted_because: Option<String>,
}

pub(crate) fn hold(told: &hold::Held, now: Timestamp) -> HoldView {
    let one = &told.hold;
    let operator = |id: PersonId, name: &Option<String>| PartyView {
        id: id.to_string(),
        name: name.clone().unwrap_or_default(),
    };
    HoldView {
        id: one.id.to_string(),
        scope: one.scope.to_string(),
        reason: one.reason.clone(),
        facts: one.facts.clone(),
        rule: one.rule.clone(),
        by: match one.decided {
            DecidedBy::Operator { id } => Some(operator(id, &told.by)),
            DecidedBy::Automated => None,
        },
        placed_at: one.placed_at.to_string(),
        review_by: one.review_by.to_string(),
        stands: one.stands(now),
        appealed: one.appeal.is_some(),
        answer: one.appeal.as_ref().and_then(|appeal| appeal.answer.clone()),
        ended_at: one.ended_at.map(|at| at.to_string()),
        lifted_by: told.lifted.as_ref().map(|one| operator(one.by, &told.lifted_by)),
        lifted_because: told.lifted.as_ref().map(|one| one.reason.clone()),
    }
}

/// Money on its way to an expert's account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Payout")]
pub(crate) struct PayoutView {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) amount: MoneyView,
    pub(crate) asked: MoneyView,
    pub(crate) provider: String,
    pub(crate) requested_at: String,
    /// Why it is held, failed or came back.
    pub(crate) reason: Option<String>,
    pub(crate) review_by: Option<String>,
}

pub(crate) fn payout(one: &Payout, currency: Currency) -> PayoutView {
    PayoutView {
        id: one.id.to_string(),
        state: one.state.to_string(),
        amount: money(one.amount_minor, currency),
        asked: money(one.asked_minor, currency),
        provider: one.provider.to_string(),
        requested_at: one.requested_at.to_string(),
        reason: one.reason.clone(),
        review_by: one.review_by.map(|at| at.to_string()),
    }
}

/// Money of a client that nobody has yet.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "HeldSum")]
pub(crate) struct HeldSumView {
    pub(crate) amount: MoneyView,
    pub(crate) contract_id: String,
    /// None where it is in no milestone: a deposit, or a refund under way.
    pub(crate) milestone_id: Option<String>,
    /// A stable word: `start`, `work`, `changes`, `overdue`, `inspection`, `dispute`, `decision`, `appeal`, `chargeback`,
    /// `pause`, `pause_ends`, `deposit`, `refund` or `refund_stopped`.
    pub(crate) reason: String,
    /// The same in words.
    pub(crate) why: String,
    /// The moment that the reason is about.
    pub(crate) at: String,
}

fn held_sum(one: &Held) -> HeldSumView {
    HeldSumView {
        amount: money(one.amount, one.currency),
        contract_id: one.contract.to_string(),
        milestone_id: one.milestone.map(|id| id.to_string()),
        reason: one.reason.name().to_owned(),
        why: one.reason.words().to_owned(),
        at: one.at.to_string(),
    }
}

/// What is owed to the operator, with its day and reason.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Debt")]
pub(crate) struct DebtView {
    /// What is left of it.
    pub(crate) amount: MoneyView,
    /// Null where it came of a payout.
    pub(crate) contract_id: Option<String>,
    /// `chargeback`, `refunded_twice`, `paid_out_twice` or `other`.
    pub(crate) reason: String,
    /// The reason in words.
    pub(crate) why: String,
    /// Since when.
    pub(crate) at: String,
}

fn debt(one: &Debt, currency: Currency) -> DebtView {
    DebtView {
        amount: money(one.amount, currency),
        contract_id: one.contract.map(|id| id.to_string()),
        reason: one.reason.name().to_owned(),
        why: one.reason.words().to_owned(),
        at: one.at.to_string(),
    }
}

/// Your money here, with a day and a reason on every sum.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "Balance")]
pub(crate) struct BalanceView {
    /// Earned, and not cleared yet.
    pub(crate) pending: MoneyView,
    /// Can be paid out.
    pub(crate) payable: MoneyView,
    /// Owed, and taken off the next payout first: all of `debts`.
    pub(crate) owed: MoneyView,
    /// Each sum of it, the last first.
    pub(crate) debts: Vec<DebtView>,
    /// What you paid in as a client and nobody has yet: all of `held`.
    pub(crate) held_total: MoneyView,
    /// Each sum of it: held for milestones, on deposit, on its way back.
    pub(crate) held: Vec<HeldSumView>,
    /// The last 200, by the day they clear; the sums are of all.
    pub(crate) earnings: Vec<EarningView>,
    pub(crate) payouts: Vec<PayoutView>,
    pub(crate) holds: Vec<HoldView>,
    /// Whether the provider's identity check has begun.
    pub(crate) identity_check_begun: bool,
    /// Where payouts go.
    pub(crate) payout_account: Option<String>,
}

pub(crate) fn balance(one: &Balance, now: Timestamp) -> BalanceView {
    let sum = |amount| money(amount, one.currency);
    let payee = one.payee.as_ref();
    BalanceView {
        pending: sum(one.pending),
        payable: sum(one.payable),
        owed: sum(one.owed),
        debts: one.debts.iter().map(|owes| debt(owes, one.currency)).collect(),
        held_total: sum(one.held_total),
        held: one.held.iter().map(held_sum).collect(),
        earnings: one
            .earnings
            .iter()
            .map(|row| EarningView {
                amount: money(row.amount, row.currency),
                contract_id: row.contract.to_string(),
                milestone_id: row.milestone.to_string(),
                clears_at: row.clears_at.to_string(),
                cleared_at: row.cleared_at.map(|at| at.to_string()),
            })
            .collect(),
        payouts: payee.map_or_else(Vec::new, |payee| {
            payee
                .payouts
                .iter()
                .rev()
                .map(|paid| payout(paid, one.currency))
                .collect()
        }),
        holds: one.holds.iter().map(|held| hold(held, now)).collect(),
        identity_check_begun: one.onboarded_at.is_some(),
        payout_account: payee
            .and_then(|payee| payee.account.as_ref())
            .map(|account| format!("{} {}", account.provider, account.reference)),
    }
}
