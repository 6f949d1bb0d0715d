//! Links to somebody's own money, and to where it goes.

use earnest_hire::ids::PayoutId;

/// What somebody has coming, can have paid out, and has on deposit.
pub fn balance() -> &'static str {
    "/balance"
}

/// Where an expert is paid.
pub fn payout_account() -> &'static str {
    "/me/payout-account"
}

/// Where the identity check of a provider begins.
pub fn payout_account_check() -> &'static str {
    "/me/payout-account/check"
}

/// The form that asks for money.
pub fn new_payout() -> &'static str {
    "/payouts/new"
}

/// Where it is sent.
pub fn payouts() -> &'static str {
    "/payouts"
}

/// Where one is taken back that was not sent.
pub fn cancel_payout(id: PayoutId) -> String {
    format!("/payouts/{id}/cancel")
}
