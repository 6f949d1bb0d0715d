//! Editions of a comparison: kept once, whole, and never changed.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Store, Tx, View};

macro_rules! columns {
    () => {
        "comparison, number, dated, changelog, sha256, body"
    };
}

statements! {
    INSERT = "INSERT INTO edition (comparison, number, dated, changelog, sha256, body, kept_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (comparison, number) DO NOTHING";
    ONE = concat!("SELECT ", columns!(), " FROM edition WHERE comparison = $1 AND number = $2");
    ALL = concat!("SELECT ", columns!(), " FROM edition ORDER BY comparison, dated, kept_at, number");
    HEADS = "SELECT comparison, number, dated, changelog, kept_at FROM edition ORDER BY comparison, dated, kept_at, number";
    WORD = "INSERT INTO edition_wording (comparison, number, body, kept_at) VALUES ($1, $2, $3, $4) \
            ON CONFLICT (comparison, number) DO NOTHING";
    WORDINGS = "SELECT comparison, number, body FROM edition_wording ORDER BY comparison, number";
}

/// The words of an edition, as text: what its options, criteria and must-haves were called when it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Slug of the comparison.
    pub comparison: String,
    /// Label of the edition.
    pub number: String,
    /// The words.
    pub body: String,
}

/// The content of one comparison as it was published. Made with [`Edition::new`], so that the checksum is the
/// body's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    comparison: String,
    number: String,
    date: Date,
    changelog: String,
    sha256: String,
    body: String,
}

/// An edition without its content, as it stands in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionHead {
    /// Slug of the comparison.
    pub comparison: String,
    /// Label of the edition.
    pub number: String,
    /// The day it is of.
    pub date: Date,
    /// What is different from the edition before.
    pub changelog: String,
    /// When it was published here.
    pub kept_at: Timestamp,
}

/// Whether an edition was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It has just been published.
    New,
    /// The very same one was there.
    Same,
}

impl Edition {
    /// `number` is a label such as `1` or `2026-09-1`; `body` is the canonical text of the whole content.
    pub fn new(comparison: &str, number: &str, date: Date, changelog: &str, body: String) -> Self {
        let sha256 = hex(&crate::chain::sha256(&body));
        let [comparison, number, changelog] = [comparison, number, changelog].map(str::to_owned);
        Self {
            comparison,
            number,
            date,
            changelog,
            sha256,
            body,
        }
    }

    /// Slug of the comparison.
    pub fn comparison(&self) -> &str {
        &self.comparison
    }

    /// Label of the edition, unique within its comparison.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The day it is of.
    pub fn date(&self) -> Date {
        self.date
    }

    /// What is different from the edition before.
    pub fn changelog(&self) -> &str {
        &self.changelog
    }

    /// Checksum of the body, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The whole content.
    pub fn body(&self) -> &str {
        &self.body
    }
}

impl Tx {
    /// Keeps an edition, or refuses it where its number stands for other content, date or changelog.
    pub async fn keep_edition(&mut self, edition: &Edition, now: Timestamp) -> Result<Kept, Error> {
        let Edition {
            comparison,
            number,
            date,
            changelog,
            sha256,
            body,
        } = edition;
        let (comparison, number) = (comparison.as_str(), number.as_str());
        let (changelog, sha256, body) = (changelog.as_str(), sha256.as_str(), body.as_str());
        let args = args![
            comparison,
            number,
            date.to_string(),
            changelog,
            sha256,
            body,
            now.as_microsecond()
        ];
        if self.exec(INSERT, args).await? == 1 {
            return Ok(Kept::New);
        }
        if self.edition(comparison, number).await?.as_ref() == Some(edition) {
            return Ok(Kept::Same);
        }
        Err(Error::Changed {
            comparison: comparison.to_owned(),
            number: number.to_owned(),
        })
    }
}

impl View {
    /// One edition by its label.
    pub async fn edition(&mut self, comparison: &str, number: &str) -> Result<Option<Edition>, Error> {
        self.maybe(ONE, args![comparison, number])
            .await?
            .map(edition)
            .transpose()
    }

    /// Every edition there ever was, by comparison and then from old to new.
    pub async fn editions(&mut self) -> Result<Vec<Edition>, Error> {
        self.all(ALL, args![]).await?.into_iter().map(edition).collect()
    }

    /// The same without their content.
    pub async fn edition_heads(&mut self) -> Result<Vec<EditionHead>, Error> {
        self.all(HEADS, args![]).await?.into_iter().map(head).collect()
    }
}

impl Store {
    /// Keeps the words of editions that have none yet; the first words of an edition stay. Says whose there are.
    pub async fn keep_wordings(&self, wordings: Vec<Wording>, now: Timestamp) -> Result<Vec<Wording>, Error> {
        self.write(move |mut tx| {
            let wordings = wordings.clone();
            async move {
                for one in &wordings {
                    let (comparison, number) = (one.comparison.as_str(), one.number.as_str());
                    let args = args![comparison, number, one.body.as_str(), now.as_microsecond()];
                    tx.exec(WORD, args).await?;
                }
                let rows = tx.all(WORDINGS, args![]).await?;
                let kept = rows.into_iter().map(wording).collect::<Result<Vec<_>, Error>>()?;
                tx.commit(kept).await
            }
        })
        .await
    }

    /// Keeps editions, all of them or none; says of each, in their order, whether it was new.
    pub async fn keep_editions(&self, editions: Vec<Edition>, now: Timestamp) -> Result<Vec<Kept>, Error> {
        self.write(move |mut tx| {
            let editions = editions.clone();
            async move {
                let mut kept = Vec::with_capacity(editions.len());
                for edition in &editions {
                    kept.push(tx.keep_edition(edition, now).await?);
                }
                tx.commit(kept).await
            }
        })
        .await
    }

    /// See [`View::editions`].
    pub async fn editions(&self) -> Result<Vec<Edition>, Error> {
        self.read(|mut view| async move { view.editions().await }).await
    }
}

fn wording(mut row: Row) -> Result<Wording, Error> {
    let mut id = String::new();
    let mut read = || -> Result<Wording, String> {
        let (comparison, number): (String, String) = (row.next()?, row.next()?);
        id = format!("{comparison} {number}");
        let body = row.next()?;
        Ok(Wording {
            comparison,
            number,
            body,
        })
    };
    let read = read();
    read.map_err(|why| corrupt("edition_wording", &id, why))
}

fn head(mut row: Row) -> Result<EditionHead, Error> {
    let mut read = || -> Result<EditionHead, String> {
        Ok(EditionHead {
            comparison: row.next()?,
            number: row.next()?,
            date: row.parse()?,
            changelog: row.next()?,
            kept_at: moment(row.next()?)?,
        })
    };
    read().map_err(|why| corrupt("edition", "?", why))
}

fn edition(mut row: Row) -> Result<Edition, Error> {
    let mut id = String::new();
    let mut read = || -> Result<Edition, String> {
        let (comparison, number): (String, String) = (row.next()?, row.next()?);
        id = format!("{comparison} {number}");
        let (date, changelog): (Date, String) = (row.parse()?, row.next()?);
        let (sha256, body): (String, String) = (row.next()?, row.next()?);
        let edition = Edition::new(&comparison, &number, date, &changelog, body);
        if edition.sha256 == sha256 {
            Ok(edition)
        } else {
            Err("its checksum is not that of its content".to_owned())
        }
    };
    let read = read();
    read.map_err(|why| corrupt("edition", &id, why))
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
