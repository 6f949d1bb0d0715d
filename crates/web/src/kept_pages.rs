//! Pages and parts of pages kept in memory. Content does not change while the process runs, and its pages are few, so
//! the only bound that is needed is on keys that contain a date.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::answer::Kept;
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

/// Parts of pages by key, made at first use.
#[derive(Debug)]
pub(crate) struct KeptParts<T>(RwLock<HashMap<String, Arc<T>>>);

impl<T> Default for KeptParts<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> KeptParts<T> {
    /// The part under a key; made if it is not there yet.
    pub(crate) fn of(
        &self,
        key: String,
        make: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<Arc<T>, Problem> {
        if let Some(found) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(found));
        }
        let part = Arc::new(make()?);
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        Ok(Arc::clone(all.entry(key).or_insert(part)))
    }
}
