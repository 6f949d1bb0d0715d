//! People: who has an account, how they are reached, and what they may do in the office.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::contract::words;
use crate::field::{FieldRefusal, Lines, has_shape_of_address, required};
use crate::ids::PersonId;

/// Characters of an address at most.
const ADDRESS: usize = 254;
/// Characters of a name at most.
const NAME: usize = 100;
/// What the address of a deleted account ends with: no mail server answers for such a name (RFC 2606).
const NOBODY: &str = "@deleted.invalid";

/// An e-mail address. It has the shape of one, and two spellings of it that differ in capitals alone are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

impl Email {
    /// What was typed into the field `email`.
    pub fn typed(text: &str) -> Result<Self, FieldRefusal> {
        let missing = "Give your e-mail address; we send you a link.";
        let email: Self = required("email", text, ADDRESS, Lines::One, missing)?.parse()?;
        if email.is_of_nobody() {
            return Err(malformed());
        }
        Ok(email)
    }

    /// The address of somebody whose account was deleted. Nothing is ever sent to it, and nobody can type it.
    pub fn of_nobody(person: PersonId) -> Self {
        Self(format!("{person}{NOBODY}"))
    }

    /// Whether it is one of those.
    pub fn is_of_nobody(&self) -> bool {
        self.0.ends_with(NOBODY)
    }

    /// The address as mail is sent to it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a person is called until they say: the part before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

fn malformed() -> FieldRefusal {
    let sentence = "This does not look like an e-mail address. Write it like name@example.com.";
    FieldRefusal::new("email", "malformed", sentence)
}

impl FromStr for Email {
    type Err = FieldRefusal;

    fn from_str(text: &str) -> Result<Self, FieldRefusal> {
        if text.chars().count() <= ADDRESS && has_shape_of_address(text) {
            Ok(Self(text.to_lowercase()))
        } else {
            Err(malformed())
        }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// What a person is called, as typed into the field `name`.
pub fn name(text: &str) -> Result<String, FieldRefusal> {
    required("name", text, NAME, Lines::One, "Tell us your name.")
}

words! {
    /// What somebody may do in the office. An owner may do everything.
    Role {
        /// Looks after requests, experts and messages.
        Support = "support",
        /// Looks after money: disputes, holds, payouts, reconciliation.
        Finance = "finance",
        /// Looks after content.
        Editor = "editor",
        /// Does everything, and says who may do what.
        Owner = "owner",
    }
}

/// The roles of one person; most people have none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Whether the person may do what a role may do.
    pub fn may(&self, role: Role) -> bool {
        self.0.contains(&role) || self.0.contains(&Role::Owner)
    }

    /// Whether the person works in the office at all.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|role| role.name()).collect();
        f.write_str(&words.join(" "))
    }
}

impl FromStr for Roles {
    type Err = String;

    /// Words with spaces between them.
    fn from_str(text: &str) -> Result<Self, String> {
        let read = |word: &str| {
            let found = Role::ALL.iter().find(|role| role.name() == word);
            found.copied().ok_or_else(|| format!("there is no role {word}"))
        };
        text.split_whitespace().map(read).collect()
    }
}

/// Somebody with an account. One person may be client and expert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// For ever.
    pub id: PersonId,
    /// Confirmed by a link that was opened.
    pub email: Email,
    /// As others see it.
    pub name: String,
    /// In the office.
    pub roles: Roles,
    /// Since when.
    pub since: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_in_any_capitals() {
        assert_eq!(
            Email::typed(" Ada@Example.ORG ").unwrap().as_str(),
            "ada@example.org"
        );
        for (text, code) in [
            ("", "missing"),
            ("ada", "malformed"),
            ("a b@example.org", "malformed"),
            ("per_1@Deleted.Invalid", "malformed"),
        ] {
            assert_eq!(Email::typed(text).unwrap_err().code, code, "{text}");
        }
        let long = format!("{}@example.org", "a".repeat(300));
        assert_eq!(Email::typed(&long).unwrap_err().code, "too_long");
    }

    #[test]
    fn an_owner_may_do_everything_and_nobody_else_more_than_their_role() {
        let of = |text: &str| text.parse::<Roles>().unwrap();
        assert!(of("owner").may(Role::Finance));
        assert!(of("finance support").may(Role::Support));
        assert!(!of("support").may(Role::Finance));
        assert!(!of("").any());
        assert_eq!(of("support finance").to_string(), "support finance");
        assert!("boss".parse::<Roles>().is_err());
    }
}
