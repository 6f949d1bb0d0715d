//! The hash chain of a contract's or person's history: events and entries, each naming the one before.
//!
//! A hash is SHA-256 over lines of text, joined by line feeds, so that anybody can compute it from an export:
//! `docs/JOURNAL.md` gives the lines in their order.

use std::fmt::{self, Write};

use earnest_hire::hex;
use earnest_hire::ledger::{Entry, Line, Side};
use ring::digest::{Context, Digest, SHA256};

/// How far a chain has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many events and entries it has.
    pub length: i64,
    /// Hash of the last, zeros where there is none.
    pub hash: [u8; 32],
}

impl Head {
    /// Before the first event.
    pub const EMPTY: Self = Self {
        length: 0,
        hash: [0; 32],
    };

    /// The head after one more item.
    pub(crate) fn next(self, hash: [u8; 32]) -> Self {
        Self {
            length: self.length + 1,
            hash,
        }
    }
}

/// An event as it is kept; every text as it stands in the database, or borrowed from where it was read to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow<Text = String> {
    /// Names the command in the history.
    pub id: Text,
    /// A contract's or person's id.
    pub chain: Text,
    /// Its place in the chain, from 1.
    pub no: i64,
    /// Microseconds since 1970.
    pub at: i64,
    /// Name of the command.
    pub kind: Text,
    /// Who gave it, as JSON.
    pub actor: Text,
    /// The command, as JSON.
    pub command: Text,
    /// What it was decided from, as JSON.
    pub input: Text,
    /// Version of the contract or person after it.
    pub version: i64,
    /// Milestones moved, as JSON.
    pub moved: Text,
    /// SHA-256 of the body after it.
    pub body_sha256: [u8; 32],
    /// Hash of the item before.
    pub prev: [u8; 32],
    /// Hash of this one.
    pub hash: [u8; 32],
}

impl<Text: AsRef<str>> EventRow<Text> {
    /// The hash that its content has.
    pub fn digest(&self) -> [u8; 32] {
        let mut lines = Lines::of("earnest.event/1");
        lines.text(self.chain.as_ref());
        lines.number(self.no);
        lines.text(self.id.as_ref());
        lines.number(self.at);
        lines.text(self.kind.as_ref());
        lines.text(self.actor.as_ref());
        lines.text(self.command.as_ref());
        lines.text(self.input.as_ref());
        lines.number(self.version);
        lines.text(self.moved.as_ref());
        lines.text(&hex(&self.body_sha256));
        lines.text(&hex(&self.prev));
        lines.end()
    }
}

/// An entry as it is kept, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow<Text = String> {
    /// Its name for ever.
    pub id: Text,
    /// The event that made it.
    pub transition_id: Text,
    /// Name of the command that made it.
    pub kind: Text,
    /// What makes it the only one of its kind.
    pub idem: Text,
    /// Microseconds since 1970.
    pub at: i64,
    /// A contract's or person's id.
    pub chain: Text,
    /// Its place in the chain, from 1.
    pub no: i64,
    /// Hash of the item before.
    pub prev: [u8; 32],
    /// Hash of this one.
    pub hash: [u8; 32],
}

impl<Text: AsRef<str>> EntryRow<Text> {
    /// The hash that its content and its lines have.
    pub fn digest(&self, legs: &[Line]) -> [u8; 32] {
        self.digest_with(|lines| {
            for leg in legs {
                let (account, currency) = (leg.account.to_string(), leg.currency.code());
                lines.leg(
                    leg.side,
                    (&account, currency),
                    leg.amount.0,
                    leg.external_id.as_deref(),
                );
            }
        })
    }

    /// As [`EntryRow::digest`], of whatever legs are written.
    pub(crate) fn digest_with(&self, legs: impl FnOnce(&mut Lines)) -> [u8; 32] {
        let mut lines = Lines::of("earnest.entry/1");
        lines.text(self.chain.as_ref());
        lines.number(self.no);
        lines.text(self.id.as_ref());
        lines.text(self.transition_id.as_ref());
        lines.text(self.kind.as_ref());
        lines.text(self.idem.as_ref());
        lines.number(self.at);
        legs(&mut lines);
        lines.text(&hex(&self.prev));
        lines.end()
    }
}

impl EventRow {
    /// The same with borrowed texts.
    pub(crate) fn borrowed(&self) -> EventRow<&str> {
        EventRow {
            id: &self.id,
            chain: &self.chain,
            no: self.no,
            at: self.at,
            kind: &self.kind,
            actor: &self.actor,
            command: &self.command,
            input: &self.input,
            version: self.version,
            moved: &self.moved,
            body_sha256: self.body_sha256,
            prev: self.prev,
            hash: self.hash,
        }
    }
}

impl EventRow<&str> {
    /// The same with texts of its own.
    pub(crate) fn into_owned(self) -> EventRow {
        EventRow {
            id: self.id.to_owned(),
            chain: self.chain.to_owned(),
            no: self.no,
            at: self.at,
            kind: self.kind.to_owned(),
            actor: self.actor.to_owned(),
            command: self.command.to_owned(),
            input: self.input.to_owned(),
            version: self.version,
            moved: self.moved.to_owned(),
            body_sha256: self.body_sha256,
            prev: self.prev,
            hash: self.hash,
        }
    }
}

impl EntryRow<&str> {
    /// The same with texts of its own.
    pub(crate) fn into_owned(self) -> EntryRow {
        EntryRow {
            id: self.id.to_owned(),
            transition_id: self.transition_id.to_owned(),
            kind: self.kind.to_owned(),
            idem: self.idem.to_owned(),
            at: self.at,
            chain: self.chain.to_owned(),
            no: self.no,
            prev: self.prev,
            hash: self.hash,
        }
    }
}

/// The row of an entry that is about to be kept.
pub(crate) fn entry_row(entry: &Entry, event: &EventRow, idem: String) -> EntryRow {
    let mut row = EntryRow {
        id: entry.id().to_string(),
        transition_id: event.id.clone(),
        kind: entry.kind().to_owned(),
        idem,
        at: event.at,
        chain: event.chain.clone(),
        no: event.no + 1,
        prev: event.hash,
        hash: [0; 32],
    };
    row.hash = row.digest(entry.lines());
    row
}

/// Lines of text that are hashed as they come.
pub(crate) struct Lines {
    hash: Context,
}

impl Lines {
    /// The first says what kind of text it is.
    fn of(schema: &str) -> Self {
        let mut hash = Context::new(&SHA256);
        hash.update(schema.as_bytes());
        Self { hash }
    }

    fn text(&mut self, text: &str) {
        self.hash.update(b"\n");
        self.hash.update(text.as_bytes());
    }

    fn number(&mut self, number: i64) {
        self.text("");
        self.digits(number);
    }

    /// One leg of an entry, the account by its code and currency.
    pub(crate) fn leg(
        &mut self,
        side: Side,
        (code, currency): (&str, &str),
        amount: i64,
        external: Option<&str>,
    ) {
        self.text(side.name());
        for word in [code, currency] {
            self.hash.update(b" ");
            self.hash.update(word.as_bytes());
        }
        self.hash.update(b" ");
        self.digits(amount);
        self.hash.update(b" ");
        self.hash.update(external.unwrap_or("-").as_bytes());
    }

    fn digits(&mut self, number: i64) {
        // Nothing that is written to refuses anything.
        write!(Pieces(&mut self.hash), "{number}").unwrap_or_default();
    }

    fn end(self) -> [u8; 32] {
        bytes(&self.hash.finish())
    }
}

/// Hashes what a value writes of itself.
struct Pieces<'a>(&'a mut Context);

impl Write for Pieces<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

pub(crate) fn digest(lines: &[&str]) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    for (index, line) in lines.iter().enumerate() {
        if index > 0 {
            hash.update(b"\n");
        }
        hash.update(line.as_bytes());
    }
    bytes(&hash.finish())
}

/// SHA-256 of a text.
pub(crate) fn sha256(text: impl AsRef<[u8]>) -> [u8; 32] {
    bytes(&ring::digest::digest(&SHA256, text.as_ref()))
}

fn bytes(digest: &Digest) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> EventRow {
        let text = |name: &str| name.to_owned();
        EventRow {
            id: text("id"),
            chain: text("chain"),
            no: 1,
            at: 2,
            kind: text("kind"),
            actor: text("actor"),
            command: text("command"),
            input: text("input"),
            version: 3,
            moved: text("moved"),
            body_sha256: [4; 32],
            prev: [5; 32],
            hash: [0; 32],
        }
    }

    #[test]
    fn a_hash_covers_everything_that_an_event_says() {
        let whole = event().digest();
        let changed: [fn(&mut EventRow); 12] = [
            |event| event.id.push('x'),
            |event| event.chain.push('x'),
            |event| event.no += 1,
            |event| event.at += 1,
            |event| event.kind.push('x'),
            |event| event.actor.push('x'),
            |event| event.command.push('x'),
            |event| event.input.push('x'),
            |event| event.version += 1,
            |event| event.moved.push('x'),
            |event| event.body_sha256[31] ^= 1,
            |event| event.prev[0] ^= 1,
        ];
        for (place, change) in changed.iter().enumerate() {
            let mut other = event();
            change(&mut other);
            assert_ne!(other.digest(), whole, "the {place}th field");
        }
    }

    #[test]
    fn a_hash_covers_everything_that_an_entry_says() {
        let line = || Line {
            account: "A:psp:sandbox".parse().unwrap(),
            currency: earnest_hire::money::Currency::USD,
            side: earnest_hire::ledger::Side::Debit,
            amount: earnest_hire::money::Minor(5),
            external_id: Some("txn".to_owned()),
        };
        let entry = || {
            let text = |name: &str| name.to_owned();
            EntryRow {
                id: text("id"),
                transition_id: text("event"),
                kind: text("kind"),
                idem: text("idem"),
                at: 1,
                chain: text("chain"),
                no: 2,
                prev: [3; 32],
                hash: [0; 32],
            }
        };
        let whole = entry().digest(&[line()]);
        let changed: [fn(&mut EntryRow, &mut Line); 13] = [
            |entry, _| entry.id.push('x'),
            |entry, _| entry.transition_id.push('x'),
            |entry, _| entry.kind.push('x'),
            |entry, _| entry.idem.push('x'),
            |entry, _| entry.at += 1,
            |entry, _| entry.chain.push('x'),
            |entry, _| entry.no += 1,
            |entry, _| entry.prev[0] ^= 1,
            |_, line| line.account = "A:psp:other".parse().unwrap(),
            |_, line| line.currency = "EUR".parse().unwrap(),
            |_, line| line.side = earnest_hire::ledger::Side::Credit,
            |_, line| line.amount.0 += 1,
            |_, line| line.external_id = None,
        ];
        for (place, change) in changed.iter().enumerate() {
            let (mut other, mut leg) = (entry(), line());
            change(&mut other, &mut leg);
            assert_ne!(other.digest(&[leg]), whole, "the {place}th field");
        }
        assert_ne!(entry().digest(&[line(), line()]), whole);
    }

    /// As `docs/JOURNAL.md` has it, so that other programs come to the same.
    #[test]
    fn a_hash_is_of_the_lines_that_the_documents_name() {
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex(&sha256("")), nothing);
        assert_eq!(digest(&["one", "two", ""]), sha256("one\ntwo\n"));
        let (body, prev) = ("04".repeat(32), "05".repeat(32));
        let lines = format!(
            "earnest.event/1\nchain\n1\nid\n2\nkind\nactor\ncommand\ninput\n3\nmoved\n{body}\n{prev}"
        );
        assert_eq!(event().digest(), sha256(lines));

        let leg = |account: &str, side, external: Option<&str>| Line {
            account: account.parse().unwrap(),
            currency: earnest_hire::money::Currency::USD,
            side,
            amount: earnest_hire::money::Minor(5),
            external_id: external.map(ToOwned::to_owned),
        };
        let legs = [
            leg("A:psp:sandbox", Side::Debit, Some("txn")),
            leg("I:fee_client", Side::Credit, None),
        ];
        let mut ids = earnest_hire::ids::Ids::new(jiff::Timestamp::UNIX_EPOCH, [1; 16]);
        let mut draft = earnest_hire::ledger::Draft::new(earnest_hire::money::Currency::USD);
        for leg in legs {
            draft
                .line(leg.account, leg.side, leg.amount, leg.external_id)
                .unwrap();
        }
        let entry = draft.balance(ids.entry(), "captured").unwrap();
        let mut after = event();
        after.hash = after.digest();
        let row = entry_row(&entry, &after, "once".to_owned());
        let (name, hash) = (entry.id(), hex(&after.hash));
        let lines = format!(
            "earnest.entry/1\nchain\n2\n{name}\nid\ncaptured\nonce\n2\ndebit A:psp:sandbox USD 5 txn\n\
             credit I:fee_client USD 5 -\n{hash}"
        );
        assert_eq!((row.prev, row.hash), (after.hash, sha256(lines)));
        let head = Head::EMPTY.next(after.hash).next(row.hash);
        assert_eq!((head.length, head.hash), (2, row.hash));
    }
}
