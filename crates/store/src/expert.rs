//! Experts and what the office made of their profiles.

use earnest_hire::expert::{Check, Decision, Expert, Profile, Standing, Vetting};
use earnest_hire::ids::PersonId;
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Tx, View};

macro_rules! columns {
    () => {
        "expert.person, person.name, expert.standing, expert.version, expert.since, expert.vetted_at, \
         expert.changed_at, expert.body FROM expert JOIN person ON person.id = expert.person"
    };
}

statements! {
    INSERT = "INSERT INTO expert (person, standing, version, since, vetted_at, changed_at, body) \
              VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE expert SET standing = $3, version = $4, since = $5, vetted_at = $6, changed_at = $7, body = $8 \
              WHERE person = $1 AND version = $2";
    ONE = concat!("SELECT ", columns!(), " WHERE expert.person = $1");
    STANDING = concat!("SELECT ", columns!(), " WHERE expert.standing = $1 ORDER BY expert.since, expert.person");
    DUE = concat!(
        "SELECT ", columns!(), " WHERE expert.standing = 'waiting' OR expert.standing = 'visible' \
         AND expert.changed_at IS NOT NULL \
         ORDER BY CASE WHEN expert.standing = 'waiting' THEN expert.since ELSE expert.changed_at END, expert.person LIMIT $1"
    );
    STAMP = "SELECT COUNT(*), CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM expert";
    INSERT_VETTING = "INSERT INTO vetting (person, at, by_person, decision, failed, reasons, version) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7)";
    VETTINGS = "SELECT at, by_person, decision, failed, reasons FROM vetting WHERE person = $1 ORDER BY version DESC";
}

/// An expert with the name they are shown by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpertRow {
    /// As others see it.
    pub name: String,
    /// The record.
    pub expert: Expert,
}

/// Differs whenever any expert has changed: each change makes a version one greater, and none is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpertStamp {
    /// How many there are.
    pub experts: i64,
    /// The sum of their versions.
    pub versions: i64,
}

impl Tx {
    /// Keeps a new profile; a conflict where the person has one.
    pub async fn insert_expert(&mut self, expert: &Expert) -> Result<(), Error> {
        let args = args![
            expert.person.to_string(),
            expert.standing.name(),
            expert.version,
            expert.since.as_microsecond(),
            expert.vetted_at.map(Timestamp::as_microsecond),
            expert.changed_at.map(Timestamp::as_microsecond),
            body(expert)?
        ];
        changed(self.exec(INSERT, args).await?)
    }

    /// Keeps what became of a profile whose version was seen; a conflict where it is another by now.
    pub async fn update_expert(&mut self, expert: &Expert, seen: i64) -> Result<(), Error> {
        let args = args![
            expert.person.to_string(),
            seen,
            expert.standing.name(),
            expert.version,
            expert.since.as_microsecond(),
            expert.vetted_at.map(Timestamp::as_microsecond),
            expert.changed_at.map(Timestamp::as_microsecond),
            body(expert)?
        ];
        changed(self.exec(UPDATE, args).await?)
    }

    /// Keeps a decision about the version that it made.
    pub async fn insert_vetting(&mut self, expert: &Expert, vetting: &Vetting) -> Result<(), Error> {
        let failed: Vec<&str> = vetting.failed.iter().map(|check| check.name()).collect();
        let args = args![
            expert.person.to_string(),
            vetting.at.as_microsecond(),
            vetting.by.to_string(),
            vetting.decision.name(),
            failed.join(" "),
            vetting.reasons.clone(),
            expert.version
        ];
        self.exec(INSERT_VETTING, args).await?;
        Ok(())
    }
}

impl View {
    /// Of one person.
    pub async fn expert(&mut self, person: PersonId) -> Result<Option<ExpertRow>, Error> {
        let row = self.maybe(ONE, args![person.to_string()]).await?;
        row.map(expert).transpose()
    }

    /// All of one standing, those who have stood so longest first.
    pub async fn experts(&mut self, standing: Standing) -> Result<Vec<ExpertRow>, Error> {
        let rows = self.all(STANDING, args![standing.name()]).await?;
        rows.into_iter().map(expert).collect()
    }

    /// Those the office is to look at, who have waited longest first.
    pub async fn experts_due(&mut self, limit: u16) -> Result<Vec<ExpertRow>, Error> {
        let rows = self.all(DUE, args![i64::from(limit)]).await?;
        rows.into_iter().map(expert).collect()
    }

    /// What tells whether anything has changed.
    pub async fn expert_stamp(&mut self) -> Result<ExpertStamp, Error> {
        let mut row = self.one(STAMP, args![]).await?;
        let mut read = || {
            Ok(ExpertStamp {
                experts: row.next()?,
                versions: row.next()?,
            })
        };
        read().map_err(|why| corrupt("expert", "?", why))
    }

    /// What the office made of a profile, the last first.
    pub async fn vettings(&mut self, person: PersonId) -> Result<Vec<Vetting>, Error> {
        let id = person.to_string();
        let rows = self.all(VETTINGS, args![id.as_str()]).await?;
        let read = |row| vetting(row).map_err(|why| corrupt("vetting", &id, why));
        rows.into_iter().map(read).collect()
    }
}

fn changed(rows: usize) -> Result<(), Error> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Error::Conflict {
            what: "the profile".to_owned(),
        })
    }
}

fn body(expert: &Expert) -> Result<String, Error> {
    let id = expert.person.to_string();
    serde_json::to_string(&expert.profile).map_err(|error| corrupt("expert", &id, error.to_string()))
}

fn expert(mut row: Row) -> Result<ExpertRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<ExpertRow, String> {
        let name = row.next()?;
        let standing: String = row.next()?;
        let expert = Expert {
            person: id
                .parse()
                .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            standing: word(Standing::ALL, Standing::name, &standing)?,
            version: row.next()?,
            since: moment(row.next()?)?,
            vetted_at: row.next::<Option<i64>>()?.map(moment).transpose()?,
            changed_at: row.next::<Option<i64>>()?.map(moment).transpose()?,
            profile: profile(&row.next::<String>()?)?,
        };
        Ok(ExpertRow { name, expert })
    };
    read().map_err(|why| corrupt("expert", &id, why))
}

fn profile(body: &str) -> Result<Profile, String> {
    serde_json::from_str(body).map_err(|error| error.to_string())
}

fn vetting(mut row: Row) -> Result<Vetting, String> {
    let at = moment(row.next()?)?;
    let by = row.parse()?;
    let decision: String = row.next()?;
    let failed: String = row.next()?;
    let check = |one| word(Check::ALL, Check::name, one);
    Ok(Vetting {
        at,
        by,
        decision: word(Decision::ALL, Decision::name, &decision)?,
        failed: failed.split_whitespace().map(check).collect::<Result<_, _>>()?,
        reasons: row.next()?,
    })
}

fn word<T: Copy>(all: &[T], name: fn(T) -> &'static str, text: &str) -> Result<T, String> {
    let found = all.iter().copied().find(|one| name(*one) == text);
    found.ok_or_else(|| format!("there is no word {text} here"))
}

#[cfg(test)]
mod tests;
