//! Checkpoints: the heads of all chains at one moment, each naming the checkpoint before it. Whoever keeps the last one's
//! number and hash outside the database can prove later that nothing before it was cut off or written anew.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use earnest_hire::hex;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::chain::digest;
use crate::contract::moment;
use crate::db::{Row, Store, View};

statements! {
    LAST_AT = "SELECT MAX(at) FROM checkpoint";
    ALL = "SELECT no, at, chains, items, heads, prev, hash FROM checkpoint ORDER BY no";
    CHAINS = "SELECT id, length, head FROM chain ORDER BY id";
    INSERT = "INSERT INTO checkpoint (no, at, chains, items, heads, prev, hash) VALUES ($1, $2, $3, $4, $5, $6, $7) \
              ON CONFLICT DO NOTHING";
}

/// Length and hash of chains, by their ids, as a checkpoint's JSON has them.
pub(crate) type Heads = BTreeMap<String, (i64, String)>;

/// A checkpoint as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// From 1.
    pub no: i64,
    /// Microseconds since 1970.
    pub at: i64,
    /// How many chains there were.
    pub chains: i64,
    /// How many events and entries they had together.
    pub items: i64,
    /// The heads that had moved since the checkpoint before, as JSON.
    pub heads: String,
    /// Hash of the checkpoint before, zeros where there is none.
    pub prev: [u8; 32],
    /// Hash of this one.
    pub hash: [u8; 32],
}

impl Checkpoint {
    /// The hash that its content has.
    pub fn digest(&self) -> [u8; 32] {
        digest(&[
            "earnest.checkpoint/1",
            &self.no.to_string(),
            &self.at.to_string(),
            &self.chains.to_string(),
            &self.items.to_string(),
            &self.heads,
            &hex(&self.prev),
        ])
    }

    /// What is kept outside of it.
    pub fn anchor(&self) -> Anchor {
        Anchor {
            no: self.no,
            hash: self.hash,
        }
    }
}

/// Number and hash of a checkpoint, written `12-` and 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Of the checkpoint.
    pub no: i64,
    /// Of the checkpoint.
    pub hash: [u8; 32],
}

/// A text that was to be an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "an anchor is the number of a checkpoint, a dash and 64 hexadecimal digits, as `earnest ledger checkpoint` prints it"
)]
pub struct NoAnchor;

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.no, hex(&self.hash))
    }
}

impl FromStr for Anchor {
    type Err = NoAnchor;

    fn from_str(text: &str) -> Result<Self, NoAnchor> {
        let (no, digits) = text.trim().split_once('-').ok_or(NoAnchor)?;
        let no = no.parse().or(Err(NoAnchor))?;
        let hash = unhex(digits).ok_or(NoAnchor)?;
        Ok(Self { no, hash })
    }
}

/// The bytes that 64 hexadecimal digits stand for.
pub(crate) fn unhex(digits: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        let pair = digits.get(index * 2..index * 2 + 2)?;
        if pair.starts_with('+') {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    Some(bytes)
}

impl Store {
    /// Notes the heads of all chains. What two processes note at the same moment is noted once, and the other is told.
    pub async fn checkpoint(&self, now: Timestamp) -> Result<Checkpoint, Error> {
        let next = self.read(move |mut view| async move { view.next_checkpoint(now).await });
        let next = next.await?;
        self.write(move |mut tx| {
            let next = next.clone();
            async move {
                let Checkpoint {
                    no,
                    at,
                    chains,
                    items,
                    ..
                } = next;
                let args = args![no, at, chains, items, next.heads.as_str(), next.prev, next.hash];
                if tx.exec(INSERT, args).await? == 0 {
                    let what = format!("checkpoint {}", next.no);
                    return Err(Error::Conflict { what });
                }
                tx.commit(next).await
            }
        })
        .await
    }
}

impl View {
    /// When the heads were noted last; none where they never were.
    pub async fn noted_at(&mut self) -> Result<Option<Timestamp>, Error> {
        let mut row = self.one(LAST_AT, args![]).await?;
        let mut read = || row.next::<Option<i64>>()?.map(moment).transpose();
        read().map_err(|why| corrupt("checkpoint", "?", why))
    }

    /// Every checkpoint in order; what makes no sense with the number it has, where that can be read.
    pub(crate) async fn checkpoints(&mut self) -> Result<Vec<Result<Checkpoint, Error>>, Error> {
        let rows = self.all(ALL, args![]).await?;
        Ok(rows.into_iter().map(checkpoint).collect())
    }

    async fn next_checkpoint(&mut self, now: Timestamp) -> Result<Checkpoint, Error> {
        let (mut noted, mut last) = (Heads::new(), None);
        for found in self.checkpoints().await? {
            let found = found?;
            noted.extend(heads(&found).map_err(|why| corrupt("checkpoint", &found.no.to_string(), why))?);
            last = Some(found);
        }
        let (mut chains, mut items, mut moved) = (0, 0_i64, Heads::new());
        for mut row in self.all(CHAINS, args![]).await? {
            let id: String = row.next().map_err(|why| corrupt("chain", "?", why))?;
            let mut read = || Ok((row.next()?, row.next()?));
            let (length, head): (i64, [u8; 32]) = read().map_err(|why: String| corrupt("chain", &id, why))?;
            (chains, items) = (chains + 1, items.saturating_add(length));
            let head = (length, hex(&head));
            if noted.get(&id) != Some(&head) {
                moved.insert(id, head);
            }
        }
        let mut next = Checkpoint {
            no: last.as_ref().map_or(1, |last| last.no + 1),
            at: now.as_microsecond(),
            chains,
            items,
            heads: crate::history::json(&moved)?,
            prev: last.map_or([0; 32], |last| last.hash),
            hash: [0; 32],
        };
        next.hash = next.digest();
        Ok(next)
    }
}

/// The heads that a checkpoint lists.
pub(crate) fn heads(checkpoint: &Checkpoint) -> Result<Heads, String> {
    serde_json::from_str(&checkpoint.heads).map_err(|error| error.to_string())
}

fn checkpoint(mut row: Row) -> Result<Checkpoint, Error> {
    let no: i64 = row.next().map_err(|why| corrupt("checkpoint", "?", why))?;
    let mut read = || -> Result<Checkpoint, String> {
        Ok(Checkpoint {
            no,
            at: row.next()?,
            chains: row.next()?,
            items: row.next()?,
            heads: row.next()?,
            prev: row.next()?,
            hash: row.next()?,
        })
    };
    read().map_err(|why| corrupt("checkpoint", &no.to_string(), why))
}
