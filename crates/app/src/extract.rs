//! All that is kept about one person, for that person to take along: a JSON file for each kind of thing, then their files.
//! It is made piece by piece, so that no more than a page of rows or a piece of a file is in memory.

use earnest_hire::ids::{FileId, PersonId};
use earnest_store::sections;
use serde_json::{Map, Value};

use crate::Error;
use crate::desk::Desk;
use crate::file;

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A file of this name begins.
    Begin(String),
    /// It goes on with this.
    Bytes(Vec<u8>),
    /// That was all.
    End,
}

/// How far it has got.
#[derive(Debug, Clone)]
enum Place {
    /// The text that says what this is.
    About,
    /// A section is to begin.
    Section(usize),
    /// Inside one: which, and how many of its rows were told.
    Rows(usize, i64),
    /// Inside one: how many were told before it, which, its next piece.
    Piece(i64, FileId, i64),
    /// All was told.
    Over,
}

/// The making of it.
#[derive(Clone)]
pub struct Extract {
    desk: Desk,
    person: PersonId,
    place: Place,
    /// What is told before anything else is read.
    next: Option<Vec<u8>>,
}

impl Extract {
    /// Nothing of it is read yet.
    pub fn new(desk: &Desk, person: PersonId) -> Self {
        Self {
            desk: desk.clone(),
            person,
            place: Place::About,
            next: None,
        }
    }

    /// The next part.
    pub async fn next(&mut self) -> Result<Part, Error> {
        if let Some(bytes) = self.next.take() {
            return Ok(Part::Bytes(bytes));
        }
        match self.place.clone() {
            Place::About => {
                self.place = Place::Section(0);
                self.next = Some(self.about().into_bytes());
                Ok(Part::Begin("README.txt".to_owned()))
            }
            Place::Section(number) => match sections().nth(number) {
                Some(name) => {
                    self.place = Place::Rows(number, 0);
                    self.next = Some(b"[".to_vec());
                    Ok(Part::Begin(format!("{name}.json")))
                }
                None => self.next_file(0).await,
            },
            Place::Rows(section, told) => self.rows(section, told).await,
            Place::Piece(told, id, number) => match file::piece(&self.desk, id, number).await? {
                Some(bytes) => {
                    self.place = Place::Piece(told, id, number.saturating_add(1));
                    Ok(Part::Bytes(bytes))
                }
                None => self.next_file(told.saturating_add(1)).await,
            },
            Place::Over => Ok(Part::End),
        }
    }

    fn about(&self) -> String {
        format!(
            "All that {} keeps about you, made on {}.\n\n\
             Each .json file is a list of one kind of thing; moments are in UTC, money is in minor units (cents).\n\
             The folder files has the files that you sent, by their ids; files.json has their names and SHA-256.\n\
             Your password, the key of your second factor, tokens and secrets of webhooks are not in it: the site keeps them\n\
             as hashes, or for itself alone.\n",
            self.desk.site_name,
            self.desk.now().strftime("%-d %B %Y, %H:%M UTC")
        )
    }

    async fn page(&self, section: usize, told: i64) -> Result<Vec<Map<String, Value>>, Error> {
        let person = self.person;
        let read = self
            .desk
            .store
            .read(move |mut view| async move { view.extract(section, person, told).await });
        Ok(read.await?)
    }

    async fn rows(&mut self, section: usize, told: i64) -> Result<Part, Error> {
        let rows = self.page(section, told).await?;
        if rows.is_empty() {
            self.place = Place::Section(section.saturating_add(1));
            return Ok(Part::Bytes(b"\n]\n".to_vec()));
        }
        let mut text = String::new();
        for (row, place) in rows.iter().zip(told..) {
            text.push_str(if place == 0 { "\n" } else { ",\n" });
            text.push_str(&Value::Object(row.clone()).to_string());
        }
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        self.place = Place::Rows(section, told.saturating_add(count));
        Ok(Part::Bytes(text.into_bytes()))
    }

    async fn next_file(&mut self, told: i64) -> Result<Part, Error> {
        let section = sections().position(|name| name == "files").unwrap_or(usize::MAX);
        let rows = self.page(section, told).await?;
        let field = |name: &str| rows.first().and_then(|row| row.get(name)).and_then(Value::as_str);
        let Some((id, name)) = field("id").zip(field("name")) else {
            self.place = Place::Over;
            return Ok(Part::End);
        };
        let file: FileId = id.parse().or(Err(Error::NotFound))?;
        self.place = Place::Piece(told, file, 0);
        Ok(Part::Begin(format!("files/{id}/{name}")))
    }
}

#[cfg(test)]
mod tests;
