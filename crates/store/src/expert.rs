//! Experts and what the office made of their profiles.

use earnest_hire::expert::{Check, Decision, Expert, Profile, Standing, Vetting};
use earnest_hire::ids::PersonId;
use earnest_hire::person::Person;
use jiff::Timestamp;

use crate::Error;
use crate::account;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Statement, Tx, Val, View};

macro_rules! columns {
    () => {
        "expert.person, person.name, expert.standing, expert.version, expert.since, expert.vetted_at, \
         expert.changed_at, expert.body FROM expert JOIN person ON person.id = expert.person"
    };
}

statements! {
    TICK = "INSERT INTO expert_clock (id, ticks) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET ticks = expert_clock.ticks + 1";
    TICKS = "SELECT CAST(COALESCE(MAX(ticks), 0) AS BIGINT) FROM expert_clock";
    INSERT = "INSERT INTO expert (person, standing, version, since, vetted_at, changed_at, body, tick) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, (SELECT MAX(ticks) FROM expert_clock)) ON CONFLICT DO NOTHING";
    UPDATE = "UPDATE expert SET standing = $3, version = $4, since = $5, vetted_at = $6, changed_at = $7, body = $8, \
              tick = (SELECT MAX(ticks) FROM expert_clock) WHERE person = $1 AND version = $2";
    RENAME = "UPDATE expert SET version = version + 1, tick = (SELECT MAX(ticks) FROM expert_clock) WHERE person = $1";
    ONE = concat!("SELECT ", columns!(), " WHERE expert.person = $1");
    AFTER = concat!("SELECT ", columns!(), " WHERE expert.person > $1 ORDER BY expert.person LIMIT $2");
    CHANGED = concat!("SELECT ", columns!(), " WHERE expert.tick > $1 ORDER BY expert.tick, expert.person");
    // The standing is asked in a way that no index answers: that of all who are visible would be read instead of twenty rows.
    THESE = concat!(
        "SELECT ", columns!(), " WHERE COALESCE(expert.standing, '') = 'visible' AND expert.person IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, \
         $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
    );
    DUE = concat!(
        "SELECT ", columns!(), " WHERE expert.standing = 'waiting' OR expert.standing = 'visible' \
         AND expert.changed_at IS NOT NULL \
         ORDER BY CASE WHEN expert.standing = 'waiting' THEN expert.since ELSE expert.changed_at END, expert.person LIMIT $1"
    );
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

/// How many experts [`View::visible_of`] finds with one statement.
pub const EXPERTS_AT_ONCE: usize = 20;
/// Profiles of a chunk when all are read.
const CHUNK: i64 = 1_000;

impl Tx {
    /// Keeps a new profile; a conflict where the person has one.
    pub async fn insert_expert(&mut self, expert: &Expert) -> Result<(), Error> {
        let insert = new_expert(expert)?;
        self.counted(insert).await
    }

    /// Keeps people with a profile that the office has let through, all in one way to the server and back.
    pub async fn insert_vetted(&mut self, all: &[(Person, Expert, Vetting)]) -> Result<(), Error> {
        let mut statements = vec![(TICK, args![].to_vec())];
        for (person, expert, vetting) in all {
            statements.push(account::new_person(person));
            statements.push(new_expert(expert)?);
            statements.push(new_vetting(expert, vetting));
        }
        let changed = self.exec_each(&statements).await?;
        if changed.iter().all(|rows| *rows == 1) {
            Ok(())
        } else {
            Err(Error::Conflict {
                what: "a profile".to_owned(),
            })
        }
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
        self.counted((UPDATE, args.to_vec())).await
    }

    /// What is shown of an expert has changed although the profile has not.
    pub(crate) async fn rename_expert(&mut self, person: PersonId) -> Result<(), Error> {
        let statements = [
            (TICK, args![].to_vec()),
            (RENAME, args![person.to_string()].to_vec()),
        ];
        self.exec_each(&statements).await.map(drop)
    }

    /// A change of one row, after it was counted.
    async fn counted(&mut self, change: Statement) -> Result<(), Error> {
        let changed = self.exec_each(&[(TICK, args![].to_vec()), change]).await?;
        if changed.last() == Some(&1) {
            Ok(())
        } else {
            Err(Error::Conflict {
                what: "the profile".to_owned(),
            })
        }
    }

    /// Keeps a decision about the version that it made.
    pub async fn insert_vetting(&mut self, expert: &Expert, vetting: &Vetting) -> Result<(), Error> {
        let (insert, args) = new_vetting(expert, vetting);
        self.exec(insert, &args).await?;
        Ok(())
    }
}

fn new_expert(expert: &Expert) -> Result<Statement, Error> {
    let args = args![
        expert.person.to_string(),
        expert.standing.name(),
        expert.version,
        expert.since.as_microsecond(),
        expert.vetted_at.map(Timestamp::as_microsecond),
        expert.changed_at.map(Timestamp::as_microsecond),
        body(expert)?
    ];
    Ok((INSERT, args.to_vec()))
}

fn new_vetting(expert: &Expert, vetting: &Vetting) -> Statement {
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
    (INSERT_VETTING, args.to_vec())
}

impl View {
    /// Of one person.
    pub async fn expert(&mut self, person: PersonId) -> Result<Option<ExpertRow>, Error> {
        let row = self.maybe(ONE, args![person.to_string()]).await?;
        row.map(expert).transpose()
    }

    /// Hands over everybody whom others see, one after the other.
    pub async fn each_visible(&mut self, each: &mut (dyn FnMut(ExpertRow) + Send)) -> Result<(), Error> {
        self.take_time().await?;
        let mut last = String::new();
        loop {
            let rows = self.all(AFTER, args![last.as_str(), CHUNK]).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in rows {
                let row = expert(row)?;
                last = row.expert.person.to_string();
                if row.expert.standing == Standing::Visible {
                    each(row);
                }
            }
        }
    }

    /// Those of some whom others see, in no order, and how many changes of experts there were until now.
    pub async fn visible_of(&mut self, people: &[PersonId]) -> Result<(i64, Vec<ExpertRow>), Error> {
        let mut reads = vec![(TICKS, args![].to_vec())];
        for people in people.chunks(EXPERTS_AT_ONCE) {
            let mut asked: Vec<Val> = people.iter().map(|person| person.to_string().into()).collect();
            asked.resize(EXPERTS_AT_ONCE, String::new().into());
            reads.push((THESE, asked));
        }
        let mut found = self.all_each(&reads).await?.into_iter();
        let ticks = found.next().unwrap_or_default().pop();
        let rows = found.flatten().map(expert);
        Ok((count(ticks)?, rows.collect::<Result<_, _>>()?))
    }

    /// How many changes of experts there were.
    pub async fn expert_ticks(&mut self) -> Result<i64, Error> {
        count(Some(self.one(TICKS, args![]).await?))
    }

    /// Whoever was changed after so many changes, in any standing.
    pub async fn experts_changed(&mut self, after: i64) -> Result<Vec<ExpertRow>, Error> {
        let rows = self.all(CHANGED, args![after]).await?;
        rows.into_iter().map(expert).collect()
    }

    /// Those the office is to look at, who have waited longest first.
    pub async fn experts_due(&mut self, limit: u16) -> Result<Vec<ExpertRow>, Error> {
        let rows = self.all(DUE, args![i64::from(limit)]).await?;
        rows.into_iter().map(expert).collect()
    }

    /// What the office made of a profile, the last first.
    pub async fn vettings(&mut self, person: PersonId) -> Result<Vec<Vetting>, Error> {
        let id = person.to_string();
        let rows = self.all(VETTINGS, args![id.as_str()]).await?;
        let read = |row| vetting(row).map_err(|why| corrupt("vetting", &id, why));
        rows.into_iter().map(read).collect()
    }
}

fn count(row: Option<Row>) -> Result<i64, Error> {
    let count = row.map_or(Ok(0), |mut row| row.next());
    count.map_err(|why| corrupt("expert_clock", "1", why))
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
