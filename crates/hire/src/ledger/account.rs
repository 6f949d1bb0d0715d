//! The chart of accounts. An account is written as its class and what it belongs to, such as `L:escrow:mst_…`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ids::{ChargebackId, MilestoneId, PayoutId, PersonId, RefundId, Unreadable};
use crate::money::Currency;

/// What an account says about the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// What the operator has, or others hold for them.
    Asset,
    /// What the operator owes to clients, experts and the state.
    Liability,
    /// What the operator has earned.
    Income,
    /// What the operator has spent or lost.
    Expense,
    /// The two sides of a change of currency.
    Exchange,
}

/// How a balance is kept within its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Never below nothing on its own side; a running balance is kept and checked inside every write.
    Running,
    /// Never below nothing on its own side; shared by all contracts, so it is summed, and only when it shrinks.
    Summed,
    /// Summed on demand; may be on either side.
    Free,
}

macro_rules! accounts {
    ($($(#[$doc:meta])* $name:ident($of:ty) = $class:ident, $code:literal, $bound:ident;)*
     @ $($(#[$single_doc:meta])* $single:ident = $single_class:ident, $single_code:literal, $single_bound:ident;)*) => {
        /// An account of the books, the same for every currency.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Account {
            $($(#[$doc])* $name($of),)*
            $($(#[$single_doc])* $single,)*
        }

        impl Account {
            /// Asset, liability, income, expense or exchange.
            pub fn class(&self) -> Class {
                match self {
                    $(Self::$name(_) => Class::$class,)*
                    $(Self::$single => Class::$single_class,)*
                }
            }

            /// How its balance is bounded.
            pub fn bound(&self) -> Bound {
                match self {
                    $(Self::$name(_) => Bound::$bound,)*
                    $(Self::$single => Bound::$single_bound,)*
                }
            }
        }

        impl fmt::Display for Account {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name(of) => write!(f, concat!($code, ":{}"), of),)*
                    $(Self::$single => f.write_str($single_code),)*
                }
            }
        }

        impl FromStr for Account {
            type Err = Unreadable;

            fn from_str(text: &str) -> Result<Self, Unreadable> {
                $(if text == $single_code { return Ok(Self::$single); })*
                $(if let Some(of) = text.strip_prefix(concat!($code, ":")) {
                    return of.parse().map(Self::$name).or(Err(Unreadable { kind: "account" }));
                })*
                Err(Unreadable { kind: "account" })
            }
        }
    };
}

accounts! {
    /// Money at a payment provider.
    Psp(Name) = Asset, "A:psp", Free;
    /// Money in a bank account of the operator.
    Bank(Name) = Asset, "A:bank", Free;
    /// Money that the payer's bank has withdrawn and nobody has decided about.
    Chargeback(ChargebackId) = Asset, "A:chargeback", Running;
    /// Money that a person owes.
    Receivable(PersonId) = Asset, "A:receivable", Running;
    /// A client's money that belongs to no milestone.
    ClientFunds(PersonId) = Liability, "L:client_funds", Running;
    /// The price of a milestone, held until the work is approved.
    Escrow(MilestoneId) = Liability, "L:escrow", Running;
    /// The client's fee and its tax, not yet earned.
    FeeHold(MilestoneId) = Liability, "L:fee_hold", Running;
    /// What is disputed of a milestone.
    DisputeHold(MilestoneId) = Liability, "L:dispute_hold", Running;
    /// Earned by an expert, not yet cleared.
    ExpertPending(PersonId) = Liability, "L:expert_pending", Running;
    /// An expert's, to be paid out on demand.
    ExpertPayable(PersonId) = Liability, "L:expert_payable", Running;
    /// On its way to an expert.
    PayoutTransit(PayoutId) = Liability, "L:payout_transit", Running;
    /// On its way back to a client.
    RefundTransit(RefundId) = Liability, "L:refund_transit", Running;
    /// Owed to the state of a jurisdiction.
    TaxPayable(Name) = Liability, "L:tax_payable", Summed;
    /// The two sides of a change of currency.
    Fx(Currency) = Exchange, "X", Free;
    @
    /// Arrived, and nobody knows for whom.
    UnmatchedReceipts = Liability, "L:unmatched_receipts", Summed;
    /// Fees of clients.
    FeeClient = Income, "I:fee_client", Free;
    /// Fees of experts.
    FeeExpert = Income, "I:fee_expert", Free;
    /// Fees for deciding disputes.
    DisputeFee = Income, "I:dispute_fee", Free;
    /// What providers take.
    PspFees = Expense, "E:psp_fees", Free;
    /// Chargebacks that the operator bears.
    ChargebackLoss = Expense, "E:chargeback_loss", Free;
    /// What providers take for chargebacks.
    ChargebackFees = Expense, "E:chargeback_fees", Free;
    /// What the operator gave away.
    Goodwill = Expense, "E:goodwill", Free;
}

impl Account {
    /// Where the money of a provider is that is paid out: transfers by hand leave the operator's bank account.
    pub fn of_provider(name: &Name) -> Self {
        if name.as_str() == Name::BANK {
            Self::Bank(name.clone())
        } else {
            Self::Psp(name.clone())
        }
    }
}

/// The name of a provider, bank or jurisdiction: 1 to 40 small letters, digits and dashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// The name of the provider that is no company: the operator makes transfers by hand.
    pub const BANK: &'static str = "bank";

    /// As [`Name::BANK`].
    pub fn bank() -> Self {
        Self(Self::BANK.to_owned())
    }

    /// The name of what has none, such as the jurisdiction of a fee without tax.
    pub fn none() -> Self {
        Self("none".to_owned())
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Name {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=40).contains(&text.len()) && text.bytes().all(letters) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Unreadable { kind: "name" })
        }
    }
}

macro_rules! text_in_serde {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::parsed(deserializer)
            }
        }
    )*};
}
text_in_serde!(Account, Name);
