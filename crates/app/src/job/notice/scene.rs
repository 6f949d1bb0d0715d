//! What a notice is about, as it stands when the letter is written: the sums and the deadlines that it names.

use earnest_hire::contract::{Contract, Milestone, Payment, State};
use earnest_hire::ids::{HoldId, PayoutId};
use earnest_hire::money::{Currency, Minor};
use earnest_hire::payee::{Hold, Payee, Payout};
use jiff::Timestamp;

use super::words::Named;
use crate::hold::{self, REASONS, SCOPES};

/// What can be said of one notice.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    currency: Currency,
    pub(super) named: Named,
}

impl Scene {
    pub(super) fn new(currency: Currency) -> Self {
        Self {
            currency,
            named: Named::new(),
        }
    }

    /// A sum; nothing is not worth a word.
    pub(super) fn sum(&mut self, name: &'static str, amount: Minor) {
        if amount.is_positive() {
            self.named.insert(name, self.currency.sum(amount));
        }
    }

    fn at(&mut self, name: &'static str, time: Timestamp) {
        let time = time.strftime("%A %-d %B %Y, %H:%M UTC").to_string();
        self.named.insert(name, time);
    }

    /// What somebody wrote, in one line.
    fn text(&mut self, name: &'static str, text: &str) {
        let words: Vec<&str> = text.split_whitespace().collect();
        let line = words.join(" ");
        if !line.is_empty() {
            self.named.insert(name, line);
        }
    }

    /// A contract, and what in it the notice is about.
    pub(super) fn of_contract(&mut self, contract: &Contract, subject: &str) {
        if let Some(change) = &contract.amendment {
            self.at("change_ends", change.until);
        }
        if let Some(ends_at) = contract.pause.as_ref().and_then(|pause| pause.ends_at) {
            self.at("pause_ends", ends_at);
        }
        if let Some(absence) = contract.absences.last() {
            self.at("away_from", absence.from);
            self.at("away_until", absence.until);
        }
        if let Some(milestone) = milestone(contract, subject) {
            self.of_milestone(milestone);
            self.clearance(contract, milestone);
        }
        if let Ok(Ok(hold)) = subject.parse().map(|id| contract.hold(id)) {
            self.at("review", hold.review_by);
            self.reason(&hold.reason, &crate::hold::contract::REASONS);
        }
        if let Ok(Ok(refund)) = subject.parse().map(|id| contract.refund(id)) {
            self.sum("sum", refund.amount_minor);
        }
        if let Ok(Ok(chargeback)) = subject.parse().map(|id| contract.chargeback(id)) {
            self.sum("sum", chargeback.amount_minor);
            self.at("evidence", chargeback.evidence_by);
        }
    }

    /// A payment, and the milestone that it is for.
    pub(super) fn of_payment(&mut self, contract: &Contract, payment: &Payment) {
        self.of_contract(contract, &payment.milestone.to_string());
        self.sum("sum", payment.asked_minor);
        self.sum("received", payment.in_funds_minor);
        self.sum("missing", payment.missing());
        if contract.awaits(payment) {
            self.at("pay_until", payment.until);
        }
    }

    /// How long after a release its money can be paid out: where it came in several ways, the longest counts.
    fn clearance(&mut self, contract: &Contract, milestone: &Milestone) {
        let lots = milestone.lots.iter();
        let paid = lots.filter_map(|lot| contract.payment(lot.payment).ok());
        let Some(days) = paid.map(|one| contract.terms.clearance(one.method)).max() else {
            return;
        };
        let clearance = match days {
            0 => "at once".to_owned(),
            1 => "a day later".to_owned(),
            days => format!("{days} days later"),
        };
        self.named.insert("clearance", clearance);
    }

    fn of_milestone(&mut self, milestone: &Milestone) {
        let sums = [
            ("held", milestone.held()),
            ("released", milestone.released()),
            ("refunded", milestone.refunded()),
            ("to_raise", Ok(milestone.to_raise_minor)),
        ];
        for (name, amount) in sums {
            self.sum(name, amount.unwrap_or_default());
        }
        match milestone.state {
            State::Funded { lapses_at, .. } => self.at("lapses", lapses_at),
            State::Working {
                returns_at: Some(at), ..
            }
            | State::ChangesRequested {
                returns_at: Some(at), ..
            } => self.at("returns", at),
            State::Working { due_at, .. } | State::ChangesRequested { due_at, .. } => self.at("due", due_at),
            State::Submitted { inspect_until, .. } => self.at("inspect", inspect_until),
            _ => {}
        }
        if let Some(offer) = &milestone.settlement {
            self.at("offer_ends", offer.until);
            self.share("offer_expert", offer.to_expert_minor);
            self.share("offer_client", offer.to_client_minor);
        }
        if let Some(dispute) = &milestone.dispute {
            if milestone.state == State::Disputed {
                self.at("phase", dispute.due_at);
                if let Some(missed) = dispute.missed_at {
                    self.at("missed", missed);
                }
            }
            if let Some(ruling) = dispute.rulings.last() {
                self.share("ruled_expert", ruling.to_expert_minor);
                self.share("ruled_client", ruling.to_client_minor);
            }
        }
    }

    /// One side of a split: also nothing is said.
    fn share(&mut self, name: &'static str, amount: Minor) {
        self.named.insert(name, self.currency.sum(amount));
    }

    /// A payout or a hold of a person.
    pub(super) fn of_payee(&mut self, payee: &Payee, subject: &str) {
        if let Ok(Ok(payout)) = subject.parse::<PayoutId>().map(|id| payee.payout(id)) {
            self.of_payout(payout);
        }
        if let Ok(id) = subject.parse::<HoldId>()
            && let Some(hold) = payee.holds.iter().find(|one| one.id == id)
        {
            self.of_hold(hold);
        }
    }

    fn of_payout(&mut self, payout: &Payout) {
        self.sum("sum", payout.amount_minor);
        if let Some(review_by) = payout.review_by {
            self.at("review", review_by);
        }
        let reason = payout.reason.as_deref().unwrap_or_default();
        self.text("reason", reason.trim_end_matches('.'));
    }

    /// Why something is held, in the words of its stable word.
    fn reason(&mut self, word: &str, all: &[(&str, &'static str)]) {
        let reason = hold::meaning(all, word).unwrap_or(word);
        self.text("reason", reason.trim_end_matches('.'));
    }

    fn of_hold(&mut self, hold: &Hold) {
        self.at("review", hold.review_by);
        self.reason(&hold.reason, &REASONS);
        if let Some((_, scope)) = SCOPES.iter().find(|(scope, _)| *scope == hold.scope) {
            self.text("scope", &scope.to_lowercase());
        }
        let appeal = hold.appeal.as_ref();
        self.text(
            "answer",
            appeal.and_then(|one| one.answer.as_deref()).unwrap_or_default(),
        );
    }
}

pub(super) fn milestone<'a>(contract: &'a Contract, subject: &str) -> Option<&'a Milestone> {
    let id = subject.parse().ok()?;
    contract.milestone(id).ok()
}
