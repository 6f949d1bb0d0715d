//! Publishing editions: what content brings is kept for good, and what was kept stays reachable.

use std::sync::Arc;

use earnest_store::{Edition as Row, Error as StoreError, Kept, Store, Wording as WordingRow};

use crate::Error;
use crate::content::{Catalogue, Edition, Wording};
use crate::outside::Clock;

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
