//! A dispute: two figures a side, deadlines, decisions with reasons, one appeal.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::kind::words;
use crate::ids::{DisputeId, PersonId};
use crate::money::Minor;
use crate::span::after;

words! {
    /// How far a dispute has got.
    Phase {
        /// The other party has not given its figures.
        AnswerDue = "answer_due",
        /// Both look for a settlement.
        Negotiating = "negotiating",
        /// Both bring what they have.
        Evidence = "evidence",
        /// The operator must decide.
        Deciding = "deciding",
        /// Decided; an appeal is possible.
        Decided = "decided",
        /// Another operator must decide for good.
        Appealed = "appealed",
        /// Over.
        Closed = "closed",
    }
}

/// The two figures of a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// What the other party may have at once: from the client to the expert, from the expert to the client.
    pub unconditional_minor: Minor,
    /// Without prejudice: what the expert should get of all that was held at the opening.
    pub offer_to_expert_minor: Minor,
}

/// A decision by an operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruling {
    /// Who decided.
    pub by: PersonId,
    /// Who confirmed, where the sum asks for it.
    pub second: Option<PersonId>,
    /// Of what is in dispute, to the expert.
    pub to_expert_minor: Minor,
    /// Of what is in dispute, back to the client.
    pub to_client_minor: Minor,
    /// Published to both.
    pub reasons: String,
}

/// One dispute of a milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispute {
    /// Its name for ever.
    pub id: DisputeId,
    /// Who opened it; none where a chargeback lost in part did.
    pub opened_by: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// What was held when it was opened.
    pub held_minor: Minor,
    /// Of it, what has gone to the expert since.
    pub to_expert_minor: Minor,
    /// The client's figures.
    pub client: Option<Figures>,
    /// The expert's figures.
    pub expert: Option<Figures>,
    /// How far it has got.
    pub phase: Phase,
    /// Grows with each phase. A timer of an earlier phase is stale.
    pub entry_no: i64,
    /// When the phase ends; where a decision is late, when that is told again.
    pub due_at: Timestamp,
    /// When the decision was due that has not come; none where none is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_at: Option<Timestamp>,
    /// The decisions, the appeal's after the first.
    pub rulings: Vec<Ruling>,
    /// Why a party appealed.
    pub appeal: Option<String>,
}

impl Dispute {
    /// Whether money is held because of it.
    pub fn is_open(&self) -> bool {
        self.phase != Phase::Closed
    }

    /// Enters a phase.
    pub fn enter(&mut self, phase: Phase, due_at: Timestamp) {
        if self.phase != phase {
            self.missed_at = None;
        }
        self.phase = phase;
        self.due_at = due_at;
        self.entry_no = self.entry_no.saturating_add(1);
    }

    /// Moves the deadline, never nearer to `now` than `least`.
    pub fn shift(&mut self, by: SignedDuration, now: Timestamp, least: SignedDuration) {
        self.due_at = after(self.due_at, by).max(after(now, least));
        self.entry_no = self.entry_no.saturating_add(1);
    }

    /// How many operators there are too few of to decide now, among those who may; 0 where the office is not to decide.
    /// Nobody decides who decided before, and above a limit another must second it who did not decide before.
    pub fn missing_operators(&self, takes_two: bool, operators: &[PersonId]) -> usize {
        let awaits = matches!(self.phase, Phase::Deciding | Phase::Appealed);
        let decided = |id: &PersonId| self.rulings.iter().any(|one| one.by == *id);
        let seconded = |id: &PersonId| self.rulings.iter().any(|one| one.second == Some(*id));
        let mut deciders = operators.iter().filter(|id| !decided(id) && !seconded(id));
        let seconders: Vec<&PersonId> = operators.iter().filter(|id| !decided(id)).collect();
        let found = deciders.next();
        let another = |one: &PersonId| seconders.iter().any(|other| *other != one);
        match found {
            _ if !awaits => 0,
            // whoever else is left to decide is no better: who may decide may second, too
            Some(one) => usize::from(takes_two && !another(one)),
            None if takes_two && seconders.is_empty() => 2,
            None => 1,
        }
    }

    /// What a party's offer gives the expert of the `disputed` rest.
    pub fn offered(&self, figures: Figures, disputed: Minor) -> Minor {
        figures
            .offer_to_expert_minor
            .less(self.to_expert_minor)
            .min(disputed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(no: u8) -> PersonId {
        PersonId::new(Timestamp::UNIX_EPOCH, [no; 10])
    }

    fn dispute(phase: Phase, rulings: &[(u8, Option<u8>)]) -> Dispute {
        let ruling = |(by, second): &(u8, Option<u8>)| Ruling {
            by: person(*by),
            second: second.map(person),
            to_expert_minor: Minor::ZERO,
            to_client_minor: Minor::ZERO,
            reasons: String::new(),
        };
        Dispute {
            id: DisputeId::new(Timestamp::UNIX_EPOCH, [0; 10]),
            opened_by: None,
            reason: String::new(),
            held_minor: Minor::ZERO,
            to_expert_minor: Minor::ZERO,
            client: None,
            expert: None,
            phase,
            entry_no: 0,
            due_at: Timestamp::UNIX_EPOCH,
            missed_at: None,
            rulings: rulings.iter().map(ruling).collect(),
            appeal: None,
        }
    }

    #[test]
    fn who_is_missing_for_a_decision_is_counted() {
        let first: &[(u8, Option<u8>)] = &[];
        let table = [
            // (phase, rulings, takes two, operators, missing)
            (Phase::Deciding, first, false, &[][..], 1),
            (Phase::Deciding, first, false, &[1], 0),
            (Phase::Deciding, first, true, &[], 2),
            (Phase::Deciding, first, true, &[1], 1),
            (Phase::Deciding, first, true, &[1, 2], 0),
            (Phase::Appealed, &[(1, None)], false, &[1], 1),
            (Phase::Appealed, &[(1, None)], false, &[1, 2], 0),
            (Phase::Appealed, &[(1, None)], true, &[1, 2], 1),
            (Phase::Appealed, &[(1, Some(2))], true, &[1], 2),
            // who seconded may second again, and not decide
            (Phase::Appealed, &[(1, Some(2))], false, &[1, 2], 1),
            (Phase::Appealed, &[(1, Some(2))], true, &[1, 2], 1),
            (Phase::Appealed, &[(1, Some(2))], true, &[1, 2, 3], 0),
            (Phase::Evidence, first, true, &[], 0),
        ];
        for (phase, rulings, takes_two, operators, missing) in table {
            let operators: Vec<PersonId> = operators.iter().copied().map(person).collect();
            let found = dispute(phase, rulings).missing_operators(takes_two, &operators);
            assert_eq!(found, missing, "{phase} {rulings:?} {takes_two} {operators:?}");
        }
    }
}
