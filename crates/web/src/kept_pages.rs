//! Pages and parts of pages kept in memory. Content does not change while the process runs, and its pages are few, so
//! the only bound that is needed is on keys that contain a date.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use earnest_app::comparison::Analysis;

use crate::answer::Kept;
use crate::compare::statics::Statics;
use crate::page::JsonIsland;
use crate::problem::Problem;

/// More keys than this are yesterday's.
const MOST: usize = 4096;

/// Answers by key.
#[derive(Debug, Default)]
pub(crate) struct KeptPages(RwLock<HashMap<String, Kept>>);

impl KeptPages {
    /// The answer kept under a key.
    pub(crate) fn get(&self, key: &str) -> Option<Kept> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }

    /// Keeps an answer and gives it back; the first one under a key stays.
    pub(crate) fn keep(&self, key: String, kept: Kept) -> Kept {
        let mut pages = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= MOST {
            pages.clear();
        }
        pages.entry(key).or_insert(kept).clone()
    }
}

/// Fixed parts by comparison, edition and day.
#[derive(Debug, Default)]
pub(crate) struct KeptStatics(RwLock<HashMap<String, Arc<Statics>>>);

impl KeptStatics {
    /// The fixed parts for an analysis.
    pub(crate) fn of(
        &self,
        analysis: &Analysis<'_>,
        today: &str,
        statements: impl FnOnce() -> Vec<JsonIsland>,
    ) -> Result<Arc<Statics>, Problem> {
        let key = format!(
            "{} {} {today}",
            analysis.comparison.text.slug, analysis.edition.edition.head.number
        );
        if let Some(found) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(found));
        }
        let statics = Arc::new(Statics::new(
            analysis.catalogue,
            analysis.comparison,
            analysis.edition,
            today,
            statements(),
        )?);
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        Ok(Arc::clone(all.entry(key).or_insert(statics)))
    }
}
