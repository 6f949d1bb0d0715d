//! What people would do as the contract stands.

use super::{Draft, Script};
use crate::contract::{
    Actor, Change, Command, Contract, Finding, Kind, Method, Milestone, Phase, Standing, State,
};
use crate::ids::PersonId;
use crate::money::Minor;
use crate::simulate::core::Core;
use crate::span::{after, days};

type Choices = Vec<(u64, (Actor, Command))>;

impl Script {
    /// Something that makes sense now, if there is anything.
    pub(super) fn sensible(&mut self, core: &Core) -> Option<Draft> {
        let contract = core.contract();
        let open: Vec<&Milestone> = contract
            .milestones
            .iter()
            .filter(|one| !one.state.kind().is_terminal())
            .collect();
        let whole = contract.standing != Standing::Active || open.is_empty() || self.random.percent(6);
        let choices = if whole {
            self.of_contract(contract)
        } else {
            let milestone = *self.random.among(&open)?;
            self.of_milestone(contract, milestone)
        };
        if let Some((by, command)) = self.random.weighted(choices) {
            return Some((None, by, command));
        }
        self.news(core)
    }

    fn party(&mut self) -> Actor {
        if self.random.percent(50) {
            self.cast.client()
        } else {
            self.cast.expert()
        }
    }

    fn of_contract(&mut self, contract: &Contract) -> Choices {
        let (client, expert) = (self.cast.client(), self.cast.expert());
        let (party, operator) = (self.party(), self.operator());
        let sha256 = contract.sha256.clone();
        match contract.standing {
            Standing::Offered => {
                let sign = || Command::Sign {
                    sha256: sha256.clone(),
                };
                vec![
                    (40, (client, sign())),
                    (40, (expert, sign())),
                    (1, (party.clone(), Command::Decline)),
                    (1, (party, Command::Withdraw)),
                ]
            }
            Standing::Active => {
                let from = after(self.now, days(self.random.small(0, 10)));
                let until = after(from, days(self.random.small(1, 8)));
                vec![
                    (2, (client.clone(), Command::RegisterAbsence { from, until })),
                    (1, (party.clone(), Command::End)),
                    (2, (party.clone(), propose(Change::Pause))),
                    (2, (operator, self.hold())),
                    (3, (party.clone(), Command::AcceptAmendment)),
                    (1, (party, Command::RejectAmendment)),
                ]
            }
            Standing::Paused => {
                let reason = Some("It was looked at.".to_owned());
                let mut choices = vec![
                    (3, (party, Command::RESUME)),
                    (2, (operator, Command::Resume { reason })),
                ];
                choices.extend(self.on_hold(contract));
                choices.extend(self.any_milestone(contract));
                choices
            }
            Standing::Ending => {
                let mut choices = self.any_milestone(contract);
                for milestone in &contract.milestones {
                    let drop = Command::Drop {
                        milestone: milestone.id,
                    };
                    if milestone.state == State::Planned {
                        choices.push((10, (party.clone(), drop)));
                    }
                }
                choices
            }
            Standing::Ended | Standing::Declined | Standing::Withdrawn | Standing::Expired => Vec::new(),
        }
    }

    /// A pause by the operator: until a day, or until it is long.
    fn hold(&mut self) -> Command {
        let finding = self.random.percent(70).then(|| Finding {
            facts: "Two names.".to_owned(),
            rule: "terms, 7.3".to_owned(),
            review_by: after(self.now, days(self.random.small(1, 7))),
            second: None,
        });
        let reason = "A report.".to_owned();
        Command::HoldContract { reason, finding }
    }

    /// What the office does about a hold, and what the parties say to it.
    fn on_hold(&mut self, contract: &Contract) -> Choices {
        let Some(hold) = contract.holds.last() else {
            return Vec::new();
        };
        let (id, reason) = (hold.id, "It is not so.".to_owned());
        let complaint = Command::AppealContractHold {
            hold: id,
            reason: reason.clone(),
        };
        let mut choices = vec![(4, (self.party(), complaint))];
        if hold.stands() {
            let [first, second, ..] = self.cast.operators;
            let keep = Command::ExtendContractHold {
                hold: id,
                reason: reason.clone(),
                review_by: after(self.now, days(self.random.small(1, 7))),
                second: Some(second),
            };
            choices.push((2, (Actor::Operator { id: first }, keep)));
        }
        let waiting: Vec<PersonId> = hold.unanswered().map(|one| one.by).collect();
        let answers = waiting.into_iter().map(|party| {
            let reason = reason.clone();
            let answer = Command::AnswerContractHold {
                hold: id,
                party,
                reason,
            };
            (6, (self.operator(), answer))
        });
        choices.extend(answers.collect::<Choices>());
        choices
    }

    fn any_milestone(&mut self, contract: &Contract) -> Choices {
        match self.random.among(&contract.milestones) {
            Some(milestone) => self.of_milestone(contract, milestone),
            None => Vec::new(),
        }
    }

    fn of_milestone(&mut self, contract: &Contract, milestone: &Milestone) -> Choices {
        let id = milestone.id;
        let (client, expert) = (self.cast.client(), self.cast.expert());
        let held = milestone.held().unwrap_or_default();
        let mut choices = self.talks(contract, milestone);
        let milestone_kind = milestone.state.kind();
        match milestone_kind {
            Kind::Planned => {
                choices.push((20, (client.clone(), self.fund(id))));
                self.places(contract, milestone, &mut choices);
            }
            Kind::Funded => {
                choices.push((24, (expert.clone(), Command::Start { milestone: id })));
                choices.push((2, (client.clone(), Command::Cancel { milestone: id })));
                choices.push((2, (expert, self.give_back(id, held))));
            }
            Kind::Working | Kind::ChangesRequested | Kind::Submitted => {
                self.at_work(milestone, held, &mut choices);
            }
            Kind::Disputed => self.dispute(contract, milestone, &mut choices),
            Kind::Funding
            | Kind::ChargebackHold
            | Kind::Released
            | Kind::Refunded
            | Kind::Split
            | Kind::Canceled
            | Kind::ChargedBack => {}
        }
        if milestone.to_raise_minor.is_positive() {
            choices.push((20, (client, self.fund(id))));
            self.places(contract, milestone, &mut choices);
        }
        choices
    }

    pub(super) fn fund(&mut self, milestone: crate::ids::MilestoneId) -> Command {
        let method = self.random.pick(Method::Card, &[Method::Card, Method::Bank]);
        Command::Fund {
            milestone,
            provider: self.cast.provider(method),
            method,
        }
    }

    fn give_back(&mut self, milestone: crate::ids::MilestoneId, held: Minor) -> Command {
        let amount = self.amount(held);
        Command::GiveBack {
            milestone,
            amount: self.cast.money(amount),
        }
    }

    fn places(&mut self, contract: &Contract, milestone: &Milestone, choices: &mut Choices) {
        for payment in &contract.payments {
            if payment.milestone == milestone.id && payment.in_funds_minor.is_positive() {
                let place = Command::Place {
                    milestone: milestone.id,
                    payment: payment.id,
                };
                choices.push((20, (self.cast.client(), place)));
            }
        }
    }

    fn at_work(&mut self, milestone: &Milestone, held: Minor, choices: &mut Choices) {
        let id = milestone.id;
        let (client, expert) = (self.cast.client(), self.cast.expert());
        let amount = self.amount(held);
        let amount = self.cast.money(amount);
        choices.push((
            4,
            (
                client.clone(),
                Command::Release {
                    milestone: id,
                    amount,
                },
            ),
        ));
        choices.push((2, (expert.clone(), self.give_back(id, held))));
        choices.push((4, self.quarrel(milestone, held)));
        if milestone.state.kind() == Kind::Submitted {
            choices.push((7, (client.clone(), Command::Approve { milestone: id })));
            let request = Command::RequestChanges {
                milestone: id,
                unmet: vec![0],
                note: "It does not start.".to_owned(),
            };
            choices.push((7, (client.clone(), request)));
            let extend = Command::ExtendInspection {
                milestone: id,
                days: self.random.small(1, 7),
                reason: "I travel.".to_owned(),
            };
            choices.push((4, (client, extend)));
            choices.push((1, (Actor::Clock, Command::MailBounced { milestone: id })));
            return;
        }
        let submit = Command::Submit {
            milestone: id,
            deliverables: 1,
            ticked: vec![0, 1, 2],
        };
        choices.push((16, (expert, submit)));
        let overdue = matches!(
            milestone.state,
            State::Working {
                returns_at: Some(_),
                ..
            } | State::ChangesRequested {
                returns_at: Some(_),
                ..
            }
        );
        if overdue {
            choices.push((6, (client, Command::Cancel { milestone: id })));
        }
    }

    fn quarrel(&mut self, milestone: &Milestone, held: Minor) -> (Actor, Command) {
        let operator = self.operator();
        let by = match self.random.below(5) {
            0 => operator,
            1 | 2 => self.cast.expert(),
            _ => self.cast.client(),
        };
        let unconditional = if matches!(by, Actor::Operator { .. }) || self.random.percent(30) {
            Minor::ZERO
        } else {
            self.amount(held)
        };
        let offer = self.amount(held);
        let command = Command::OpenDispute {
            milestone: milestone.id,
            unconditional: self.cast.money(unconditional),
            offer_to_expert: self.cast.money(offer),
            reason: "It is not what was agreed.".to_owned(),
        };
        (by, command)
    }

    fn dispute(&mut self, contract: &Contract, milestone: &Milestone, choices: &mut Choices) {
        let Some(dispute) = milestone.dispute.as_ref() else {
            return;
        };
        let held = milestone.held().unwrap_or_default();
        match dispute.phase {
            Phase::AnswerDue => {
                let (unconditional, offer) = (self.amount(held), self.amount(dispute.held_minor));
                let answer = Command::AnswerDispute {
                    milestone: milestone.id,
                    unconditional: self.cast.money(unconditional),
                    offer_to_expert: self.cast.money(offer),
                };
                let by = match (dispute.client.is_some(), dispute.expert.is_some()) {
                    (true, _) => self.cast.expert(),
                    (_, true) => self.cast.client(),
                    _ => self.party(),
                };
                choices.push((12, (by, answer)));
            }
            Phase::Deciding | Phase::Appealed => choices.push((16, self.ruling(contract, milestone))),
            Phase::Decided => {
                let appeal = Command::AppealDispute {
                    milestone: milestone.id,
                    reason: "The log was not read.".to_owned(),
                };
                choices.push((8, (self.party(), appeal)));
            }
            Phase::Negotiating | Phase::Evidence | Phase::Closed => {}
        }
    }

    /// A decision that picks an offer or splits with reasons.
    pub(super) fn ruling(&mut self, contract: &Contract, milestone: &Milestone) -> (Actor, Command) {
        let held = milestone.held().unwrap_or_default();
        let left = held.less(contract.terms.dispute_fee_minor.min(held));
        let mut to_expert = self.amount(left);
        let mut reasons = "Both are right in part. ".repeat(10);
        let dispute = milestone.dispute.as_ref();
        let offers = dispute.map(|one| (one, [one.client, one.expert]));
        if let Some((dispute, [Some(figures), _] | [_, Some(figures)])) = offers
            && self.random.percent(40)
        {
            to_expert = dispute.offered(figures, held).min(left);
            if dispute.offered(figures, held) <= left {
                "As the client offers.".clone_into(&mut reasons);
            }
        }
        // An appeal is for operators who neither decided nor confirmed before.
        let ruled = |id: &crate::ids::PersonId| {
            let by = |one: &crate::contract::Ruling| one.by == *id || one.second == Some(*id);
            dispute.is_some_and(|one| one.rulings.iter().any(by))
        };
        let fresh: Vec<PersonId> = self.cast.operators.into_iter().filter(|id| !ruled(id)).collect();
        // Where all have ruled the office lets in another.
        let mut fresh = fresh.into_iter();
        let mut another = |office: &mut Self| {
            let known = fresh.next();
            known.unwrap_or_else(|| PersonId::new(office.now, office.random.ten()))
        };
        let id = another(self);
        let second = Some(another(self));
        let command = Command::DecideDispute {
            milestone: milestone.id,
            to_expert: self.cast.money(to_expert),
            to_client: self.cast.money(left.less(to_expert)),
            reasons,
            second,
        };
        (Actor::Operator { id }, command)
    }

    /// Offers, answers and amendments.
    fn talks(&mut self, contract: &Contract, milestone: &Milestone) -> Choices {
        let id = milestone.id;
        let mut choices = Vec::new();
        let held = milestone.held().unwrap_or_default();
        let other = |by: crate::ids::PersonId| {
            if by == contract.client {
                self.cast.expert()
            } else {
                self.cast.client()
            }
        };
        if let Some(offer) = &milestone.settlement {
            let answerer = other(offer.by);
            choices.push((
                10,
                (answerer.clone(), Command::AcceptSettlement { milestone: id }),
            ));
            choices.push((3, (answerer, Command::RejectSettlement { milestone: id })));
        }
        if let Some(amendment) = &contract.amendment {
            let answerer = other(amendment.by);
            choices.push((16, (answerer.clone(), Command::AcceptAmendment)));
            choices.push((2, (answerer, Command::RejectAmendment)));
        } else if self.random.percent(45) {
            let change = self.change(contract, milestone, held);
            choices.push((8, (self.party(), propose(change))));
        }
        if milestone.settlement.is_none() && held.is_positive() {
            let offer = self.offer(milestone);
            choices.push((2, (self.party(), offer)));
        }
        choices
    }

    /// A settlement of all that is held.
    pub(super) fn offer(&mut self, milestone: &Milestone) -> Command {
        let held = milestone.held().unwrap_or_default();
        let x = self.amount(held);
        Command::OfferSettlement {
            milestone: milestone.id,
            to_expert: self.cast.money(x),
            to_client: self.cast.money(held.less(x)),
        }
    }

    fn change(&mut self, contract: &Contract, milestone: &Milestone, held: Minor) -> Change {
        let id = milestone.id;
        let amount = self.amount(held);
        let amount = self.cast.money(amount);
        if milestone.state == State::Planned {
            return Change::Drop { milestone: id };
        }
        let others = contract.milestones.iter();
        let holding = others.filter(|one| one.id != id && crate::contract::HELD.contains(&one.state.kind()));
        let holding: Vec<crate::ids::MilestoneId> = holding.map(|one| one.id).collect();
        match (self.random.below(5), self.random.among(&holding)) {
            (0 | 4, _) => Change::RaisePrice {
                milestone: id,
                amount: self.cast.money(Minor(self.random.between(1, 100_000))),
            },
            (1 | 2, Some(to)) => Change::MoveMoney {
                milestone: id,
                to: *to,
                amount,
            },
            (1, None) => Change::MoveMoney {
                milestone: id,
                to: id,
                amount,
            },
            _ => Change::LowerPrice {
                milestone: id,
                amount,
            },
        }
    }

    /// What the client does when nothing else is left: takes back what is in the funds, or signs again.
    pub(super) fn anything(&mut self, core: &Core) -> Draft {
        let contract = core.contract();
        let command = contract
            .payments
            .iter()
            .find(|one| one.in_funds_minor.is_positive())
            .map_or(
                Command::Sign {
                    sha256: contract.sha256.clone(),
                },
                |payment| Command::RefundFunds {
                    payment: payment.id,
                    amount: self.cast.money(payment.in_funds_minor),
                },
            );
        (None, self.cast.client(), command)
    }
}

fn propose(change: Change) -> Command {
    Command::ProposeAmendment { change }
}
