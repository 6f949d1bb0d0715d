//! The acts of a contract's page: their addresses, and how their buttons are called.

use earnest_hire::contract::{Change, Command};

/// What a party can do by a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::contract) enum Act {
    Sign,
    Decline,
    Withdraw,
    End,
    Pause,
    Resume,
    Complain,
    Absence,
    AcceptAmendment,
    RejectAmendment,
    Fund,
    Place,
    RefundFunds,
    Start,
    Submit,
    RequestChanges,
    ExtendInspection,
    Approve,
    Release,
    GiveBack,
    Cancel,
    Settle,
    AcceptSettlement,
    RejectSettlement,
    Dispute,
    AnswerDispute,
    Appeal,
    Amend,
    Drop,
}

/// Of what an act is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::contract) enum Subject {
    Contract,
    Milestone,
}

/// Each act: of what, its word in addresses, and what its link says.
const ALL: [(Act, Subject, &str, &str); 29] = [
    (Act::Sign, Subject::Contract, "sign", "Sign"),
    (Act::Decline, Subject::Contract, "decline", "Decline"),
    (Act::Withdraw, Subject::Contract, "withdraw", "Withdraw the offer"),
    (Act::End, Subject::Contract, "end", "End the contract"),
    (Act::Pause, Subject::Contract, "pause", "Propose a pause"),
    (Act::Resume, Subject::Contract, "resume", "Let the clocks go on"),
    (
        Act::Complain,
        Subject::Contract,
        "complain",
        "Complain about the hold",
    ),
    (Act::Absence, Subject::Contract, "absence", "Register an absence"),
    (
        Act::AcceptAmendment,
        Subject::Contract,
        "accept-amendment",
        "Accept the change",
    ),
    (
        Act::RejectAmendment,
        Subject::Contract,
        "reject-amendment",
        "Turn the change down",
    ),
    (Act::Fund, Subject::Milestone, "fund", "Fund"),
    (
        Act::Place,
        Subject::Milestone,
        "place",
        "Use the money that arrived",
    ),
    (
        Act::RefundFunds,
        Subject::Milestone,
        "refund-funds",
        "Take back the money that arrived",
    ),
    (Act::Start, Subject::Milestone, "start", "Start the work"),
    (Act::Submit, Subject::Milestone, "submit", "Submit a version"),
    (
        Act::RequestChanges,
        Subject::Milestone,
        "request-changes",
        "Request changes",
    ),
    (
        Act::ExtendInspection,
        Subject::Milestone,
        "extend-inspection",
        "Take more time to review",
    ),
    (Act::Approve, Subject::Milestone, "approve", "Approve"),
    (Act::Release, Subject::Milestone, "release", "Pay a part"),
    (Act::GiveBack, Subject::Milestone, "give-back", "Give money back"),
    (
        Act::Cancel,
        Subject::Milestone,
        "cancel",
        "Cancel and take the money back",
    ),
    (
        Act::Settle,
        Subject::Milestone,
        "settlements",
        "Offer a settlement",
    ),
    (
        Act::AcceptSettlement,
        Subject::Milestone,
        "accept-settlement",
        "Accept the settlement",
    ),
    (
        Act::RejectSettlement,
        Subject::Milestone,
        "reject-settlement",
        "End the offer to settle",
    ),
    (Act::Dispute, Subject::Milestone, "disputes", "Open a dispute"),
    (
        Act::AnswerDispute,
        Subject::Milestone,
        "answer-dispute",
        "Answer the dispute",
    ),
    (Act::Appeal, Subject::Milestone, "appeal", "Appeal the decision"),
    (Act::Amend, Subject::Milestone, "amendments", "Propose a change"),
    (Act::Drop, Subject::Milestone, "drop", "Drop the milestone"),
];

impl Act {
    /// The act of that word.
    pub(in crate::contract) fn named(subject: Subject, word: &str) -> Option<Self> {
        let found = ALL
            .iter()
            .find(|(_, of, name, _)| *of == subject && *name == word);
        found.map(|(act, ..)| *act)
    }

    fn row(self) -> Option<&'static (Act, Subject, &'static str, &'static str)> {
        ALL.iter().find(|(act, ..)| *act == self)
    }

    /// Its word in addresses.
    pub(in crate::contract) fn word(self) -> &'static str {
        self.row().map_or("", |(_, _, word, _)| word)
    }

    /// What the link to it says.
    pub(in crate::contract) fn label(self) -> &'static str {
        self.row().map_or("", |(.., label)| label)
    }

    /// Of what it is.
    pub(in crate::contract) fn subject(self) -> Subject {
        self.row().map_or(Subject::Contract, |(_, subject, ..)| *subject)
    }

    /// By which act a command is given here.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "whatever else is not a party's to do"
    )]
    pub(in crate::contract) fn of(command: &Command) -> Option<Self> {
        Some(match command {
            Command::Sign { .. } => Self::Sign,
            Command::Decline => Self::Decline,
            Command::Withdraw => Self::Withdraw,
            Command::End => Self::End,
            Command::Resume { .. } => Self::Resume,
            Command::AppealContractHold { .. } => Self::Complain,
            Command::RegisterAbsence { .. } => Self::Absence,
            Command::AcceptAmendment => Self::AcceptAmendment,
            Command::RejectAmendment => Self::RejectAmendment,
            Command::ProposeAmendment {
                change: Change::Pause,
            } => Self::Pause,
            Command::ProposeAmendment { .. } => Self::Amend,
            Command::Fund { .. } => Self::Fund,
            Command::Place { .. } => Self::Place,
            Command::RefundFunds { .. } => Self::RefundFunds,
            Command::Start { .. } => Self::Start,
            Command::Submit { .. } => Self::Submit,
            Command::RequestChanges { .. } => Self::RequestChanges,
            Command::ExtendInspection { .. } => Self::ExtendInspection,
            Command::Approve { .. } => Self::Approve,
            Command::Release { .. } => Self::Release,
            Command::GiveBack { .. } => Self::GiveBack,
            Command::Cancel { .. } => Self::Cancel,
            Command::OfferSettlement { .. } => Self::Settle,
            Command::AcceptSettlement { .. } => Self::AcceptSettlement,
            Command::RejectSettlement { .. } => Self::RejectSettlement,
            Command::OpenDispute { .. } => Self::Dispute,
            Command::AnswerDispute { .. } => Self::AnswerDispute,
            Command::AppealDispute { .. } => Self::Appeal,
            Command::Drop { .. } => Self::Drop,
            _ => return None,
        })
    }

    /// Whether the sums that were typed are shown once more before anything is done.
    pub(in crate::contract) fn is_shown_twice(self) -> bool {
        matches!(
            self,
            Self::Release | Self::GiveBack | Self::Settle | Self::Dispute | Self::AnswerDispute
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_is_found_by_its_word() {
        for (act, subject, word, label) in ALL {
            assert_eq!(Act::named(subject, word), Some(act));
            assert_eq!((act.word(), act.label(), act.subject()), (word, label, subject));
        }
    }
}
