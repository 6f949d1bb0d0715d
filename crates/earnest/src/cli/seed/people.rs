//! The people who are made up.

use std::collections::BTreeSet;

use anyhow::Context;
use earnest_hire::expert::{Decision, Draft, Expert, TypedSkill, Vetting};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::PersonId;
use earnest_hire::money::Currency;
use earnest_hire::person::{Email, Person, Role, Roles};
use earnest_store::Store;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::chance::Chance;
use super::words;

/// Clients that are kept by one transaction.
const AT_ONCE: usize = 500;

/// Whatever everybody is made from.
#[derive(Debug, Clone)]
pub(super) struct Cast {
    pub(super) seed: u64,
    /// Before everything that they do.
    pub(super) at: Timestamp,
    pub(super) currency: Currency,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Office,
    Client,
    Expert,
    Story,
}

impl Cast {
    pub(super) fn chance(&self, part: Part, number: usize) -> Chance {
        let kind = match part {
            Part::Office => 1,
            Part::Client => 2,
            Part::Expert => 3,
            Part::Story => 4,
        };
        Chance::new(self.seed, kind, number)
    }

    pub(super) fn id(&self, part: Part, number: usize) -> PersonId {
        PersonId::new(self.at, self.chance(part, number).ten())
    }

    pub(super) fn person(&self, part: Part, number: usize) -> anyhow::Result<Person> {
        let chance = self.chance(part, number);
        let id = PersonId::new(self.at, chance.ten());
        let (word, roles): (_, Roles) = match part {
            Part::Office => ("operator", [Role::Support].into_iter().collect()),
            Part::Client => ("client", Roles::default()),
            Part::Expert | Part::Story => ("expert", Roles::default()),
        };
        let first = chance.one_of(words::FIRST_NAMES).context("there are names")?;
        let last = chance.one_of(words::LAST_NAMES).context("there are names")?;
        let email: Result<Email, FieldRefusal> = format!("{word}-{number}@example.org").parse();
        Ok(Person {
            id,
            email: email.map_err(|fault| anyhow::anyhow!(fault.sentence))?,
            name: format!("{first} {last}"),
            roles,
            since: self.at,
        })
    }

    /// Somebody whom the office has let through.
    pub(super) fn expert(&self, number: usize, office: &Person) -> anyhow::Result<(Person, Expert, Vetting)> {
        let person = self.person(Part::Expert, number)?;
        // Another chance than that of the name, so that a change of one leaves the other.
        let chance = Chance::new(self.seed ^ 0x5EED, 3, number);
        let today = self.at.to_zoned(TimeZone::UTC).date();
        let profile = draft(&chance, today).check(today, self.currency);
        let profile =
            profile.map_err(|faults| anyhow::anyhow!("a made-up profile has faults: {faults:?}"))?;
        let seconds = i64::try_from(chance.below(24 * 3_600)).unwrap_or(0);
        // No two at the same moment, so that the newest have one order.
        let apart = SignedDuration::from_micros(i64::try_from(number).unwrap_or(0) % 1_000_000);
        let at = self.at + SignedDuration::from_secs(seconds) + apart;
        let vetting = Vetting::check((office.id, at), Decision::Approved, BTreeSet::new(), "");
        let vetting = vetting.map_err(|fault| anyhow::anyhow!(fault.sentence))?;
        let expert = Expert::new(person.id, profile, self.at)
            .submit(at)?
            .vet(office, &vetting)?;
        Ok((person, expert, vetting))
    }
}

fn draft(chance: &Chance, today: jiff::civil::Date) -> Draft {
    let mut names = BTreeSet::new();
    let mut skills = Vec::new();
    for _ in 0..3 + chance.below(6) {
        let name = chance.skewed(words::SKILLS).copied().unwrap_or("Python");
        if names.insert(name) {
            skills.push(TypedSkill {
                name: name.to_owned(),
                years: chance.below(20).to_string(),
                evidence: if chance.below(5) < 3 {
                    format!("https://work.example/{}", chance.below(1_000_000))
                } else {
                    String::new()
                },
            });
        }
    }
    let first = skills.first().map_or("", |skill| skill.name.as_str());
    let field = chance.one_of(words::FIELDS).copied().unwrap_or_default();
    let mut about = String::new();
    for _ in 0..4 + chance.below(6) {
        about.push_str(&sentence(chance));
    }
    let from = if chance.below(3) == 0 {
        String::new()
    } else {
        let days = i64::try_from(chance.below(150)).unwrap_or(0) - 30;
        today.saturating_add(days.days()).to_string()
    };
    let spoken = 1 + chance.below(3);
    let languages: BTreeSet<&str> = (0..spoken)
        .filter_map(|_one| chance.skewed(words::LANGUAGES).copied())
        .collect();
    Draft {
        headline: format!("{first} for {field}"),
        about,
        skills,
        portfolio: Vec::new(),
        rate: if chance.below(10) == 0 {
            String::new()
        } else {
            (30 + chance.below(170)).to_string()
        },
        available_from: from,
        hours_a_week: (10 + chance.below(31)).to_string(),
        languages: languages.into_iter().collect::<Vec<_>>().join(", "),
        time_zone: chance.one_of(words::ZONES).copied().unwrap_or("UTC").to_owned(),
        indexed: chance.below(2) == 0,
    }
}

/// A sentence that nobody would write and that holds words which people look for.
fn sentence(chance: &Chance) -> String {
    let pick = |list: &[&'static str]| chance.skewed(list).copied().unwrap_or_default();
    format!(
        "{} {} for {} with {}, {} {}. ",
        pick(words::VERBS),
        pick(words::THINGS),
        pick(words::FIELDS),
        pick(words::SKILLS),
        pick(words::MANNERS),
        pick(words::THINGS),
    )
}

/// Who lets experts through.
pub(super) async fn office(store: &Store, cast: &Cast) -> anyhow::Result<Person> {
    let olga = cast.person(Part::Office, 0)?;
    keep(store, vec![olga.clone()]).await?;
    Ok(olga)
}

pub(super) async fn clients(store: &Store, cast: &Cast, count: usize) -> anyhow::Result<()> {
    for from in (0..count).step_by(AT_ONCE) {
        let some = from..(from + AT_ONCE).min(count);
        let some = some.map(|number| cast.person(Part::Client, number));
        keep(store, some.collect::<anyhow::Result<_>>()?).await?;
    }
    Ok(())
}

async fn keep(store: &Store, people: Vec<Person>) -> anyhow::Result<()> {
    let kept = store.write::<_, earnest_store::Error, _, _>(move |mut tx| {
        let people = people.clone();
        async move {
            for person in &people {
                tx.insert_person(person).await?;
            }
            tx.commit(()).await
        }
    });
    Ok(kept.await?)
}
