//! What an operator has seen to before real money moves. Rows are only added; the last one of a kind counts.

use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Tx, View};

statements! {
    INSERT = "INSERT INTO mark (what, at, by_person, subject, reasons) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    LAST = "SELECT at, by_person, subject, reasons FROM mark WHERE what = $1 ORDER BY at DESC LIMIT 1";
}

/// That something was seen to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// A word for what.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// Who: a person, or a command of this program.
    pub by: String,
    /// What it is about, such as the letter that was sent.
    pub subject: String,
    /// In the operator's words; may be empty.
    pub reasons: String,
}

impl View {
    /// The last mark of a kind.
    pub async fn last_mark(&mut self, what: &str) -> Result<Option<Mark>, Error> {
        let Some(mut row) = self.maybe(LAST, args![what]).await? else {
            return Ok(None);
        };
        let mut read = || -> Result<Mark, String> {
            Ok(Mark {
                what: what.to_owned(),
                at: moment(row.next()?)?,
                by: row.next()?,
                subject: row.next()?,
                reasons: row.next()?,
            })
        };
        read().map(Some).map_err(|why| corrupt("mark", what, why))
    }
}

impl Tx {
    /// Notes that something was seen to.
    pub async fn insert_mark(&mut self, mark: &Mark) -> Result<(), Error> {
        let args = args![
            mark.what.as_str(),
            mark.at.as_microsecond(),
            mark.by.as_str(),
            mark.subject.as_str(),
            mark.reasons.as_str()
        ];
        self.exec(INSERT, args).await?;
        Ok(())
    }
}
