//! What a person, a clock or a partner can do, once for pages, JSON and the command line.

pub mod comparison;
pub mod content;
pub mod outside;
pub mod prose;

use content::Catalogue;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use outside::Clock;
use std::sync::Arc;

/// Everything that a use case needs.
#[derive(Debug)]
pub struct App {
    /// Content, checked.
    pub catalogue: Arc<Catalogue>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

impl App {
    /// Today's date in UTC.
    pub fn today(&self) -> Date {
        self.clock.now().to_zoned(TimeZone::UTC).date()
    }
}
