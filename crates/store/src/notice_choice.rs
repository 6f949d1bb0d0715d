//! What people do not want to be mailed about.

use earnest_hire::ids::PersonId;

use crate::Error;
use crate::books::corrupt;
use crate::db::{Tx, View};

statements! {
    OFF = "SELECT topic FROM notice_choice WHERE person = $1 ORDER BY topic";
    CLEAR = "DELETE FROM notice_choice WHERE person = $1";
    INSERT = "INSERT INTO notice_choice (person, topic) VALUES ($1, $2) ON CONFLICT DO NOTHING";
}

impl View {
    /// The topics that a person has switched off.
    pub async fn topics_off(&mut self, person: PersonId) -> Result<Vec<String>, Error> {
        let id = person.to_string();
        let rows = self.all(OFF, args![id.as_str()]).await?;
        rows.into_iter()
            .map(|mut row| row.next().map_err(|why| corrupt("notice_choice", &id, why)))
            .collect()
    }
}

impl Tx {
    /// Keeps which topics a person has switched off, in the place of what they chose before.
    pub async fn set_topics_off(&mut self, person: PersonId, topics: &[&str]) -> Result<(), Error> {
        self.exec(CLEAR, args![person.to_string()]).await?;
        for topic in topics {
            self.exec(INSERT, args![person.to_string(), *topic]).await?;
        }
        Ok(())
    }
}
