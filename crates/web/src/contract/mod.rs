//! Contracts: the page of one with everything that its parties may do, the list of a person's, and the way to a payment.

mod act;
mod history;
mod list;
mod money;
mod now;
mod pay;
mod show;
mod stream;
mod taken;
mod track;
mod who;

pub(crate) use self::act::{act_on_contract, act_on_milestone, ask_of_contract, ask_of_milestone};
pub(crate) use self::history::by_itself;
pub(crate) use self::list::{Line, list, waiting};
pub(crate) use self::pay::pay;
pub(crate) use self::show::show;
pub(crate) use self::taken::taken_back;
pub(crate) use self::track::{Stop, case};

#[cfg(test)]
pub(crate) mod tests;
