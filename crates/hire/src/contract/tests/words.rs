//! The words of a line as a command.

use super::world::{World, office, psp};
use crate::contract::*;
use crate::ids::{HoldId, PaymentId, RefundId};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::span::{after, days, hours};

/// The reasons a decision gives in scenarios: long enough where it picks no offer.
const REASONS: &str = "Acceptance item 1 is met by version 2, as message 14 shows; item 2 is not, as the client's \
    screenshots in message 15 show. The parties had agreed in message 3 that the two items are worth about the same, \
    so the price is split accordingly.";

/// One line, word by word.
pub(super) struct Line<'a> {
    world: &'a World,
    words: Vec<&'a str>,
}

impl World {
    /// The command that a line stands for.
    pub(super) fn command(&self, words: Vec<&str>) -> Result<Command, Refusal> {
        let line = Line { world: self, words };
        let known = line
            .of_contract()
            .or_else(|| line.of_work())
            .or_else(|| line.of_money())
            .or_else(|| line.of_dispute());
        known.map_or_else(|| line.of_provider(), Ok)
    }
}

impl Line<'_> {
    fn word(&self, place: usize) -> &str {
        self.words.get(place).copied().unwrap_or_default()
    }

    fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    fn amount(&self, place: usize) -> Money {
        self.world.money(self.word(place))
    }

    fn count(&self, place: usize) -> u16 {
        self.word(place).parse().unwrap()
    }

    fn payment(&self) -> PaymentId {
        self.world.payment(self.word(2))
    }

    fn refund(&self) -> Result<RefundId, Refusal> {
        let number: usize = self.word(2).trim_start_matches('R').parse().unwrap();
        let refund = self.world.contract.refunds.get(number - 1);
        refund.map(|refund| refund.id).ok_or(Refusal::NotFound)
    }

    fn receipt(&self) -> String {
        if self.has("again") {
            return "again".to_owned();
        }
        format!("receipt_{}", self.world.steps)
    }

    fn finding(&self) -> Finding {
        Finding {
            facts: if self.has("unfound") { " " } else { "Two names." }.to_owned(),
            rule: "terms, 7.3".to_owned(),
            review_by: after(self.world.now, days(self.count(3))),
            second: office(self.word(4)),
        }
    }

    /// The last that was put on.
    fn hold(&self) -> HoldId {
        let last = self.world.contract.holds.last();
        last.map_or(HoldId::new(self.world.now, [0; 10]), |hold| hold.id)
    }

    fn of_contract(&self) -> Option<Command> {
        let milestone = self.world.subject;
        let change = |change: Change| Some(Command::ProposeAmendment { change });
        let amount = || self.amount(self.words.len() - 1);
        match self.word(1) {
            "sign" if self.word(2) == "another" => Some(Command::Sign {
                sha256: "0".repeat(64),
            }),
            "sign" => Some(Command::Sign {
                sha256: self.world.contract.sha256.clone(),
            }),
            "decline" => Some(Command::Decline),
            "withdraw" => Some(Command::Withdraw),
            "resume" => Some(Command::Resume {
                reason: self.words.get(2).map(|word| (*word).to_owned()),
            }),
            "hold" => Some(Command::HoldContract {
                reason: self.word(2).to_owned(),
                finding: self.words.get(3).map(|_days| self.finding()),
            }),
            "keep" => Some(Command::ExtendContractHold {
                hold: self.hold(),
                reason: self.word(2).to_owned(),
                review_by: after(self.world.now, days(self.word(3).parse().unwrap_or(1))),
                second: office(self.word(4)),
            }),
            "complain" => Some(Command::AppealContractHold {
                hold: self.hold(),
                reason: self.word(2).to_owned(),
            }),
            "reply" => Some(Command::AnswerContractHold {
                hold: self.hold(),
                party: if self.word(2) == "client" {
                    self.world.contract.client
                } else {
                    self.world.contract.expert
                },
                reason: self.word(3).to_owned(),
            }),
            "end" => Some(Command::End),
            "away" => Some(Command::RegisterAbsence {
                from: after(self.world.now, days(self.count(2))),
                until: after(self.world.now, days(self.count(3))),
            }),
            "raise" => change(Change::RaisePrice {
                milestone,
                amount: amount(),
            }),
            "lower" => change(Change::LowerPrice {
                milestone,
                amount: amount(),
            }),
            "move" => change(Change::MoveMoney {
                milestone,
                to: self.world.milestone(self.word(3)),
                amount: amount(),
            }),
            "give_up" => change(Change::Drop { milestone }),
            "pause" => change(Change::Pause),
            "agree" => Some(Command::AcceptAmendment),
            "disagree" => Some(Command::RejectAmendment),
            _ => None,
        }
    }

    fn of_work(&self) -> Option<Command> {
        let milestone = self.world.subject;
        match self.word(1) {
            "start" => Some(Command::Start { milestone }),
            "cancel" => Some(Command::Cancel { milestone }),
            "submit" => Some(Command::Submit {
                milestone,
                deliverables: u16::from(!self.has("nothing")),
                ticked: if self.has("unticked") { vec![0] } else { vec![0, 1] },
            }),
            "changes" => Some(Command::RequestChanges {
                milestone,
                unmet: self.word(3).parse().into_iter().collect(),
                note: self.word(4).to_owned(),
            }),
            "extend" => Some(Command::ExtendInspection {
                milestone,
                days: self.count(3),
                reason: self.word(4).to_owned(),
            }),
            "approve" => Some(Command::Approve { milestone }),
            "drop" => Some(Command::Drop { milestone }),
            "bounced" => Some(Command::MailBounced { milestone }),
            "early" => Some(Command::Timer {
                kind: TimerKind::InspectionEnds,
                subject: milestone.to_string(),
                entry_no: self.world.contract.milestone(milestone).unwrap().entry_no,
                due_at: after(self.world.now, hours(1)),
            }),
            _ => None,
        }
    }

    fn of_money(&self) -> Option<Command> {
        let milestone = self.world.subject;
        match self.word(1) {
            "fund" => Some(Command::Fund {
                milestone,
                provider: psp("psp"),
                method: if self.has("bank") {
                    Method::Bank
                } else {
                    Method::Card
                },
            }),
            "place" => Some(Command::Place {
                milestone,
                payment: self.payment(),
            }),
            "release" => Some(Command::Release {
                milestone,
                amount: self.amount(3),
            }),
            "back" => Some(Command::GiveBack {
                milestone,
                amount: self.amount(3),
            }),
            "offer" => Some(Command::OfferSettlement {
                milestone,
                to_expert: self.amount(3),
                to_client: self.amount(4),
            }),
            "accept" => Some(Command::AcceptSettlement { milestone }),
            "reject" => Some(Command::RejectSettlement { milestone }),
            "refund" => Some(Command::RefundFunds {
                payment: self.payment(),
                amount: self.amount(3),
            }),
            "assign" => Some(Command::AssignReceipt {
                payment: self.payment(),
                bank: psp("psp"),
                amount: self.amount(3),
                receipt: self.receipt(),
                second: office(self.word(4)),
            }),
            "bank" => Some(Command::MoveToBank {
                payment: self.payment(),
                bank: psp("house"),
                receipt: self.world.receipt(),
                transfer: self.receipt(),
                second: office(self.word(3)).unwrap(),
            }),
            _ => None,
        }
    }

    fn of_dispute(&self) -> Option<Command> {
        let milestone = self.world.subject;
        match self.word(1) {
            "dispute" => Some(Command::OpenDispute {
                milestone,
                unconditional: self.amount(3),
                offer_to_expert: self.amount(4),
                reason: self.word(5).to_owned(),
            }),
            "answer" => Some(Command::AnswerDispute {
                milestone,
                unconditional: self.amount(3),
                offer_to_expert: self.amount(4),
            }),
            "decide" => Some(Command::DecideDispute {
                milestone,
                to_expert: self.amount(3),
                to_client: self.amount(4),
                reasons: if self.has("short") { "Because." } else { REASONS }.to_owned(),
                second: self.words.iter().skip(5).find_map(|word| office(word)),
            }),
            "appeal" => Some(Command::AppealDispute {
                milestone,
                reason: self.word(3).to_owned(),
            }),
            _ => None,
        }
    }

    fn of_provider(&self) -> Result<Command, Refusal> {
        let mut after_fee = self.words.iter().skip_while(|word| **word != "fee");
        let fee = self.world.money(after_fee.nth(1).copied().unwrap_or("0"));
        let receipt = self.receipt();
        Ok(match self.word(1) {
            "captured" => Command::Captured {
                payment: self.payment(),
                amount: self.amount(3),
                fee,
                receipt,
            },
            "failed" => Command::PaymentFailed {
                payment: self.payment(),
            },
            "expired" => Command::PaymentExpired {
                payment: self.payment(),
            },
            "sent" => Command::RefundSent {
                refund: self.refund()?,
            },
            "refunded" => Command::RefundSucceeded {
                refund: self.refund()?,
                receipt,
            },
            "returned" => Command::RefundFailed {
                refund: self.refund()?,
                receipt: (!self.has("unsent")).then_some(receipt),
            },
            "takes" => Command::ChargebackOpened {
                payment: self.payment(),
                amount: self.amount(3),
                fee,
                reference: self.word(4).to_owned(),
                evidence_by: after(self.world.now, days(10)),
                receipt,
            },
            "won" => Command::ChargebackWon {
                reference: self.word(2).to_owned(),
                receipt,
            },
            "lost" => Command::ChargebackLost {
                reference: self.word(2).to_owned(),
            },
            other => panic!("no such word: {other}"),
        })
    }
}
