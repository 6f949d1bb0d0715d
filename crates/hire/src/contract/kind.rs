//! The words of the process: states of a milestone, events, and who may cause them.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[doc = $meaning:literal])+ $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[doc = $meaning])+ $variant,)*
        }

        impl $name {
            /// All there are, in the order of the process.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word for it in addresses, journals and tables.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// What it means, in a sentence for people.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($meaning),+).trim(),)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use words;

words! {
    /// The state of a milestone, without what is true in it.
    Kind {
        /// Agreed, not funded.
        Planned = "planned",
        /// A payment is under way.
        Funding = "funding",
        /// The money is held; the expert has not begun.
        Funded = "funded",
        /// The expert works.
        Working = "working",
        /// A version waits for the client.
        Submitted = "submitted",
        /// The client wants changes.
        ChangesRequested = "changes_requested",
        /// The parties disagree about a sum.
        Disputed = "disputed",
        /// The payer's bank has taken a payment back.
        ChargebackHold = "chargeback_hold",
        /// The money went to the expert.
        Released = "released",
        /// The money went back to the client.
        Refunded = "refunded",
        /// The money went to both.
        Split = "split",
        /// Never funded, or its money was moved to another milestone.
        Canceled = "canceled",
        /// The payer's bank kept the money.
        ChargedBack = "charged_back",
    }
}

impl Kind {
    /// Whether nothing moves in it any more.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Released | Self::Refunded | Self::Split | Self::Canceled | Self::ChargedBack => true,
            Self::Planned
            | Self::Funding
            | Self::Funded
            | Self::Working
            | Self::Submitted
            | Self::ChangesRequested
            | Self::Disputed
            | Self::ChargebackHold => false,
        }
    }
}

words! {
    /// What can happen to a milestone.
    Event {
        /// The client begins a payment.
        Fund = "fund",
        /// The payment's time is over.
        Expired = "expired",
        /// The provider could not take the payment.
        Failed = "failed",
        /// Money has arrived.
        Captured = "captured",
        /// The client uses money that arrived late.
        Place = "place",
        /// The expert begins.
        Start = "start",
        /// The client takes the money back: before work began, or when nothing was delivered.
        Cancel = "cancel",
        /// The expert never began.
        Lapsed = "lapsed",
        /// The expert delivers a version.
        Submit = "submit",
        /// The client names acceptance items that are not met.
        RequestChanges = "request_changes",
        /// The client takes more time to look.
        ExtendInspection = "extend_inspection",
        /// The client approves.
        Approve = "approve",
        /// The client was silent.
        AutoApproved = "auto_approved",
        /// The client pays a part before the end.
        Release = "release",
        /// Both agree on a split.
        Settle = "settle",
        /// The expert gives money back.
        GiveBack = "give_back",
        /// The due date has passed.
        Overdue = "overdue",
        /// Nothing came for a week after the due date.
        Undelivered = "undelivered",
        /// A party or the operator opens a dispute.
        OpenDispute = "open_dispute",
        /// The other party gives its figures.
        AnswerDispute = "answer_dispute",
        /// The decision has become final.
        Decided = "decided",
        /// Both agree on a higher price.
        RaisePrice = "raise_price",
        /// Both agree on a lower price.
        LowerPrice = "lower_price",
        /// Both move money to another milestone.
        MoveMoney = "move_money",
        /// Both give the milestone up before it was funded.
        Drop = "drop",
        /// The payer's bank takes a payment back.
        ChargebackOpened = "chargeback_opened",
        /// The payer's bank gives it back.
        ChargebackWon = "chargeback_won",
        /// The payer's bank keeps it.
        ChargebackLost = "chargeback_lost",
        /// The provider cannot hold the money much longer.
        HoldingDeadline = "holding_deadline",
        /// The contract has been paused for long.
        Dormant = "dormant",
    }
}

words! {
    /// Who causes an event.
    By {
        /// The client or whoever approves for them.
        Client = "client",
        /// The expert.
        Expert = "expert",
        /// The operator.
        Operator = "operator",
        /// A timer.
        Clock = "clock",
        /// The payment provider.
        Provider = "provider",
        /// Client and expert together: one offers, the other accepts.
        Parties = "parties",
    }
}
