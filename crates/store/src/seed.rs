//! What making up an installation asks of the database beside what people do.

use crate::Error;
use crate::books::corrupt;
use crate::db::{Tx, View};

statements! {
    TOUCHED = "SELECT (SELECT COUNT(*) FROM person) + (SELECT COUNT(*) FROM request) + (SELECT COUNT(*) FROM event)";
    LETTERS = "UPDATE mail SET state = 'sent' WHERE state = 'waiting'";
    JOBS = "UPDATE job SET state = 'done' WHERE state = 'waiting'";
}

impl View {
    /// Whether nobody has done anything here: there is no person, no request and nothing in any history.
    pub async fn is_untouched(&mut self) -> Result<bool, Error> {
        let count = self.one(TOUCHED, args![]).await?.next::<i64>();
        let count = count.map_err(|why| corrupt("person", "?", why))?;
        Ok(count == 0)
    }
}

impl Tx {
    /// Takes every letter for sent and every job for done: those that they are about do not exist.
    pub async fn leave_nothing_to_do(&mut self) -> Result<(), Error> {
        self.take_time().await?;
        let both = [(LETTERS, args![].to_vec()), (JOBS, args![].to_vec())];
        self.exec_each(&both).await.map(drop)
    }
}
