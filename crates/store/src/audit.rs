//! The record of what operators did about a person, which that person reads. It is written in the transaction of the act.

use earnest_hire::ids::{AuditId, PersonId};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Tx, View};

statements! {
    INSERT = "INSERT INTO audit (id, at, by_person, person, act, reasons) VALUES ($1, $2, $3, $4, $5, $6)";
    ABOUT = "SELECT audit.id, audit.at, audit.by_person, person.name, audit.person, audit.act, audit.reasons FROM audit \
             LEFT JOIN person ON person.id = audit.by_person WHERE audit.person = $1 \
             AND ($2 = '' OR audit.id < $2) ORDER BY audit.id DESC LIMIT $3";
}

/// One act of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Sorts by time.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// The operator.
    pub by: PersonId,
    /// Whom it is about.
    pub person: PersonId,
    /// What was done, in a sentence for that person.
    pub act: String,
    /// Why; may be empty.
    pub reasons: String,
}

impl Tx {
    /// Notes what an operator did.
    pub async fn insert_audit(&mut self, row: &AuditRow) -> Result<(), Error> {
        let args = args![
            row.id.to_string(),
            row.at.as_microsecond(),
            row.by.to_string(),
            row.person.to_string(),
            row.act.as_str(),
            row.reasons.as_str()
        ];
        self.exec(INSERT, args).await?;
        Ok(())
    }
}

impl View {
    /// What was done about a person, the last first, with the name of the operator where they have one; what came before
    /// `before` where it is given.
    pub async fn audit_of(
        &mut self,
        person: PersonId,
        before: Option<AuditId>,
        limit: u16,
    ) -> Result<Vec<(AuditRow, Option<String>)>, Error> {
        let before = before.map_or_else(String::new, |id| id.to_string());
        let args = args![person.to_string(), before, i64::from(limit)];
        self.all(ABOUT, args).await?.into_iter().map(audit).collect()
    }
}

fn audit(mut row: Row) -> Result<(AuditRow, Option<String>), Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<_, String> {
        let at = moment(row.next()?)?;
        let by = row.parse()?;
        let name = row.next()?;
        let read = AuditRow {
            id: id
                .parse()
                .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            at,
            by,
            person: row.parse()?,
            act: row.next()?,
            reasons: row.next()?,
        };
        Ok((read, name))
    };
    read().map_err(|why| corrupt("audit", &id, why))
}
