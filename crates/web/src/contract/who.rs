//! How people are called on the page of a contract: by their names, and whoever looks by "you".

use earnest_app::contract::{Seat, Sight};
use earnest_hire::contract::Awaited;
use earnest_hire::ids::PersonId;

/// The people of a contract, as one of them sees them.
#[derive(Clone, Copy)]
pub(super) struct People<'a> {
    pub(super) sight: &'a Sight,
    pub(super) me: PersonId,
    pub(super) site: &'a str,
}

impl<'a> People<'a> {
    pub(super) fn name(&self, id: PersonId) -> &'a str {
        let name = self.sight.names.get(&id);
        name.map_or("somebody without an account", String::as_str)
    }

    /// As the subject at the beginning of a sentence.
    pub(super) fn subject(&self, id: PersonId) -> &'a str {
        if id == self.me { "You" } else { self.name(id) }
    }

    /// After a verb or preposition.
    pub(super) fn object(&self, id: PersonId) -> &'a str {
        if id == self.me { "you" } else { self.name(id) }
    }

    pub(super) fn client(&self) -> PersonId {
        self.sight.contract.client
    }

    pub(super) fn expert(&self) -> PersonId {
        self.sight.contract.expert
    }

    /// The other party; for the office, the expert.
    pub(super) fn other(&self) -> PersonId {
        match self.sight.seat {
            Seat::Expert => self.client(),
            Seat::Client | Seat::Office => self.expert(),
        }
    }

    /// Who has to act, before a verb: "Emil is to", "You are both to".
    pub(super) fn awaited(&self, who: Awaited) -> String {
        match who {
            Awaited::Client => format!("{} is to", self.name(self.client())),
            Awaited::Expert => format!("{} is to", self.name(self.expert())),
            Awaited::Both if self.sight.seat == Seat::Office => "Both parties are to".to_owned(),
            Awaited::Both => format!("You and {} are to", self.name(self.other())),
            Awaited::Operator => format!("{} is to", self.site),
            Awaited::Outside => "The payer’s bank is to".to_owned(),
        }
    }
}
