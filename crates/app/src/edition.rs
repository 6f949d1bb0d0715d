//! Publishing editions: what content brings is kept for good, and what was kept stays reachable.

use std::sync::Arc;

use earnest_store::{Edition as Row, EditionHead, Error as StoreError, Kept, Store, Wording as WordingRow};
use jiff::Timestamp;

use crate::content::{Bringer, Catalogue, Comparison, Edition, Wording};
use crate::outside::Clock;
use crate::{App, Error};

/// Keeps every edition of the content and adopts those that only the database still has.
///
/// Answers how many were new. The words in which an edition was first published are kept beside it. The same number with
/// other content is refused as [`StoreError::Changed`], and then nothing is kept.
pub async fn publish(
    store: &Store,
    clock: &Arc<dyn Clock>,
    catalogue: &mut Catalogue,
) -> Result<usize, Error> {
    let kept = store.keep_editions(rows(catalogue)?, clock.now()).await?;
    let new = kept.iter().filter(|kept| **kept == Kept::New).count();
    for row in store.editions().await? {
        let known = catalogue
            .comparison(row.comparison())
            .is_none_or(|c| c.edition(row.number()).is_some());
        if !known {
            let edition: Edition = serde_json::from_str(row.body())
                .map_err(|why| damaged(row.comparison(), row.number(), &why))?;
            catalogue.adopt(edition);
        }
    }
    word(store, clock, catalogue).await?;
    Ok(new)
}

/// Keeps the words of editions that have none, and lets every edition be read in its first ones.
async fn word(store: &Store, clock: &Arc<dyn Clock>, catalogue: &mut Catalogue) -> Result<(), Error> {
    let mut today = Vec::new();
    for comparison in &catalogue.comparisons {
        for scored in &comparison.editions {
            let words = Wording::of(catalogue, comparison, scored);
            today.push(WordingRow {
                comparison: comparison.text.slug.clone(),
                number: scored.edition.head.number.clone(),
                body: serde_json::to_string(&words).map_err(|why| corrupt(&scored.edition, &why))?,
            });
        }
    }
    for row in store.keep_wordings(today, clock.now()).await? {
        let words = serde_json::from_str(&row.body).map_err(|why| {
            Error::from(StoreError::Corrupt {
                table: "edition_wording",
                id: format!("{} {}", row.comparison, row.number),
                why: why.to_string(),
            })
        })?;
        catalogue.word(&row.comparison, &row.number, words);
    }
    Ok(())
}

/// A comparison with every edition of it that there ever was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Slug of the comparison.
    pub comparison: String,
    /// Its title; none where the content has it no longer, and its pages are gone.
    pub title: Option<String>,
    /// The newest first.
    pub editions: Vec<Published>,
}

/// An edition in the list of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Its number.
    pub number: String,
    /// The day it is of.
    pub date: String,
    /// What is different from the edition before.
    pub changelog: String,
    /// When it was published here.
    pub published_at: Option<Timestamp>,
    /// Who brings it.
    pub bringer: Bringer,
    /// How it can be read.
    pub shown: Shown,
}

/// How an edition can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It is the one that is shown unless another is asked for.
    First,
    /// By its number.
    Asked,
    /// Not here: the content has no such comparison any more, or another node has published it since this one started.
    Not,
}

/// Every comparison with all its editions; those that the content has no longer come last.
pub async fn list(app: &App) -> Result<Vec<Listed>, Error> {
    let read = app
        .store
        .read(|mut view| async move { view.edition_heads().await });
    let mut kept: Vec<EditionHead> = read.await?;
    let mut all: Vec<Listed> = Vec::new();
    for comparison in &app.catalogue.comparisons {
        let slug = &comparison.text.slug;
        let (own, others) = kept.into_iter().partition(|head| head.comparison == *slug);
        kept = others;
        all.push(Listed {
            comparison: slug.clone(),
            title: Some(comparison.text.title.clone()),
            editions: of_comparison(comparison, own),
        });
    }
    for head in kept {
        let gone = all.iter_mut().find(|one| one.comparison == head.comparison);
        if let Some(gone) = gone {
            gone.editions.insert(0, unread(head));
        } else {
            all.push(Listed {
                comparison: head.comparison.clone(),
                title: None,
                editions: vec![unread(head)],
            });
        }
    }
    Ok(all)
}

fn of_comparison(comparison: &Comparison, mut kept: Vec<EditionHead>) -> Vec<Published> {
    let first = comparison.default_edition();
    let first = first.map(|one| one.edition.head.number.as_str());
    let mut all = Vec::new();
    for scored in comparison.editions.iter().rev() {
        let head = &scored.edition.head;
        let place = kept.iter().position(|one| one.number == head.number);
        all.push(Published {
            number: head.number.clone(),
            date: head.date.clone(),
            changelog: head.changelog.clone(),
            published_at: place.map(|place| kept.swap_remove(place).kept_at),
            bringer: comparison.bringer(&head.number),
            shown: if first == Some(head.number.as_str()) {
                Shown::First
            } else {
                Shown::Asked
            },
        });
    }
    all.extend(kept.into_iter().map(unread));
    all
}

/// An edition that only the database has, and this process does not show.
fn unread(head: EditionHead) -> Published {
    Published {
        number: head.number,
        date: head.date.to_string(),
        changelog: head.changelog,
        published_at: Some(head.kept_at),
        bringer: Bringer::Database,
        shown: Shown::Not,
    }
}

fn rows(catalogue: &Catalogue) -> Result<Vec<Row>, Error> {
    let editions = catalogue
        .comparisons
        .iter()
        .flat_map(|c| &c.editions)
        .map(|scored| &scored.edition);
    let row = |edition: &Edition| {
        let head = &edition.head;
        let date = head.date.parse().map_err(|why| corrupt(edition, &why))?;
        let body = edition.body().map_err(|why| corrupt(edition, &why))?;
        Ok(Row::new(
            &edition.comparison,
            &head.number,
            date,
            &head.changelog,
            body,
        ))
    };
    editions.map(row).collect()
}

fn corrupt(edition: &Edition, why: &dyn std::fmt::Display) -> Error {
    damaged(&edition.comparison, &edition.head.number, why)
}

fn damaged(comparison: &str, number: &str, why: &dyn std::fmt::Display) -> Error {
    StoreError::Corrupt {
        table: "edition",
        id: format!("{comparison} {number}"),
        why: why.to_string(),
    }
    .into()
}

#[cfg(test)]
mod tests;
