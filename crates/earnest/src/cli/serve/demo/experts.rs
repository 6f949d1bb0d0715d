//! Experts of the demo: put together from short lists, so that nobody is real, and the same every time.

use earnest_app::account;
use earnest_app::desk::Desk;
use earnest_app::expert::{self as experts, Act, Verdict};
use earnest_hire::expert::{Decision, Draft, TypedItem, TypedSkill};
use earnest_hire::person::{Email, Person, Roles};
use earnest_hire::span::after;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

/// So many there are, the demo's own expert among them.
const EXPERTS: usize = 40;
/// So many are not vetted yet.
const WAITING: usize = 4;

/// What somebody does: the headline without its field of business, skills, what was built, what was hard, the lowest rate.
type Trade = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static str,
    u32,
);

const TRADES: [Trade; 10] = [
    (
        "Python services",
        &["Python", "FastAPI", "PostgreSQL", "Redis", "pytest"],
        "I build and run APIs in Python, from the first sketch to the pager.",
        "The last one answers 400 requests a second on two small machines, and I can say where each millisecond goes.",
        85,
    ),
    (
        "Node.js services in TypeScript",
        &["Node.js", "TypeScript", "Fastify", "PostgreSQL", "WebSockets"],
        "I write services that hold many connections open: chats, dashboards, auctions.",
        "I moved one of them from callbacks to typed streams while it stayed online.",
        80,
    ),
    (
        "Django back offices",
        &["Python", "Django", "PostgreSQL", "Celery", "HTML"],
        "I make the pages that people work in all day: lists, forms, approvals.",
        "Two of them replaced spreadsheets that forty people had been sharing.",
        70,
    ),
    (
        "Web applications from database to button",
        &[
            "TypeScript",
            "React",
            "Node.js",
            "PostgreSQL",
            "Accessibility",
            "CSS",
        ],
        "I take a feature from the table to the screen and test it with a keyboard and a screen reader.",
        "A checkout of mine lost a third of its steps and half of its support mails.",
        75,
    ),
    (
        "Go services and command lines",
        &["Go", "gRPC", "Kubernetes", "PostgreSQL", "Linux"],
        "I write small programs that do one thing and say clearly when they cannot.",
        "I took a nightly batch of six hours down to eleven minutes by reading the query plans first.",
        90,
    ),
    (
        "Rust where it has to be fast and right",
        &["Rust", "Tokio", "SQLite", "Linux", "Profiling"],
        "I write engines: parsers, storage, protocols, with tests that try to break them.",
        "One of them has read four thousand million messages without losing one.",
        105,
    ),
    (
        "Java and Kotlin platforms",
        &["Java", "Kotlin", "Spring", "Kafka", "PostgreSQL"],
        "I look after systems that were there before me and will be there after me.",
        "I split one of them into three without a day of standstill.",
        85,
    ),
    (
        "Data pipelines",
        &["Python", "SQL", "dbt", "Airflow", "Spark"],
        "I move data from where it is made to where it is read, and write down what each column means.",
        "My pipelines can be run twice without harm; that is the first test I write.",
        80,
    ),
    (
        "Machine learning that reaches production",
        &["Python", "PyTorch", "scikit-learn", "NumPy", "MLOps"],
        "I train models, and more often show that a simpler one is enough.",
        "A forecast of mine has run every hour for three years, with an alarm when its inputs drift.",
        100,
    ),
    (
        "Platforms and operations",
        &["Terraform", "Kubernetes", "Linux", "Observability", "Python"],
        "I make deployments boring: one command, one log, one way back.",
        "I restored a database from its backup in front of the whole team, twice a year.",
        90,
    ),
];

/// What came of a piece of work.
const STORIES: [&str; 5] = [
    "Six months with two of their own people, who have looked after it since. {hard}",
    "I took it over half done, wrote down what was there, and brought it to its first customer in nine weeks.",
    "They wanted it rewritten; we measured first, mended the two slow places and kept the rest.",
    "Built from nothing in eleven weeks, in four milestones that were each approved. {hard}",
    "The hard part was the move: both systems ran side by side for a month and were compared every night.",
];

const FIELDS: [&str; 8] = [
    "insurers",
    "online shops",
    "hospitals",
    "freight companies",
    "energy suppliers",
    "banks",
    "schools",
    "newsrooms",
];

/// The demo's own expert.
const OWN: (&str, &str, &str) = ("Emil", "Europe/Copenhagen", "Danish");

/// Given names with where they live and what they speak beside English.
const FIRST: [(&str, &str, &str); 20] = [
    ("Amara", "Africa/Lagos", "Igbo"),
    ("Bruno", "America/Sao_Paulo", "Portuguese"),
    ("Chiara", "Europe/Rome", "Italian"),
    ("Dawid", "Europe/Warsaw", "Polish"),
    ("Elif", "Europe/Istanbul", "Turkish"),
    ("Farid", "Europe/Paris", "French"),
    ("Greta", "Europe/Stockholm", "Swedish"),
    ("Hiro", "Asia/Tokyo", "Japanese"),
    ("Ines", "Europe/Lisbon", "Portuguese"),
    ("Jonas", "Europe/Berlin", "German"),
    ("Kavya", "Asia/Kolkata", "Hindi"),
    ("Leon", "Europe/Vienna", "German"),
    ("Marta", "Europe/Madrid", "Spanish"),
    ("Nadia", "Africa/Casablanca", "Arabic"),
    ("Oleh", "Europe/Kyiv", "Ukrainian"),
    ("Petra", "Europe/Prague", "Czech"),
    ("Rafael", "America/Mexico_City", "Spanish"),
    ("Sanne", "Europe/Amsterdam", "Dutch"),
    ("Tomas", "America/Toronto", "French"),
    ("Yuki", "Asia/Tokyo", "Japanese"),
];

const LAST: [&str; 20] = [
    "Adeyemi",
    "Barbosa",
    "Conti",
    "Dudek",
    "Erdem",
    "Fontaine",
    "Granlund",
    "Hayashi",
    "Iglesias",
    "Jansen",
    "Kapoor",
    "Lindqvist",
    "Moravec",
    "Nowicki",
    "Okafor",
    "Pereira",
    "Richter",
    "Sandoval",
    "Tkachenko",
    "Vermeer",
];

/// Makes those who are missing. The demo's own expert comes last, so that a start that was cut short is finished by the next.
/// Their first days are counted from the present, which is so far `ahead` of the demo's clock.
pub(super) async fn plant(
    desk: &Desk,
    own: &Person,
    operator: &Person,
    ahead: SignedDuration,
) -> anyhow::Result<()> {
    if experts::file(desk, own.id).await?.is_some() {
        return Ok(());
    }
    let present = after(desk.clock.now(), ahead).to_zoned(TimeZone::UTC).date();
    for number in (1..EXPERTS).chain([0]) {
        let person = if number == 0 {
            own.id
        } else {
            somebody(desk, number).await?.id
        };
        if experts::file(desk, person).await?.is_none() {
            experts::save(desk, person, &draft(present, number), 0).await?;
            let expert = experts::act(desk, person, Act::Submit).await?;
            if number < EXPERTS - WAITING {
                let verdict = Verdict {
                    version: expert.version,
                    decision: Decision::Approved,
                    failed: [].into(),
                    reasons: String::new(),
                };
                experts::vet(desk, operator, person, &verdict).await?;
            }
        }
    }
    Ok(())
}

pub(super) async fn somebody(desk: &Desk, number: usize) -> anyhow::Result<Person> {
    let address = format!("expert-{number:02}@demo.example");
    let email = Email::typed(&address).map_err(|fault| anyhow::anyhow!(fault.sentence))?;
    let (first, ..) = of(&FIRST, number);
    // The second round through the given names meets other family names.
    let last = of(&LAST, number * 7 + number / FIRST.len() * 5);
    let name = format!("{first} {last}");
    Ok(account::appoint(desk, &email, &name, &Roles::default()).await?)
}

/// The same for the same number, but for the first day.
fn draft(today: Date, number: usize) -> Draft {
    // The second round through the given names meets other trades.
    let (does, skills, built, hard, hour) = of(&TRADES, number + number / FIRST.len() * 3);
    let (_, place, speaks) = if number == 0 { OWN } else { of(&FIRST, number) };
    let field = of(&FIELDS, number * 3 + number / TRADES.len());
    let first_day = match number % 5 {
        2 => today.saturating_add(2.weeks()).to_string(),
        4 => today.saturating_add(45.days()).to_string(),
        _ => String::new(),
    };
    let hours = of(&["", "20", "32", "40"], number);
    Draft {
        headline: format!("{does} for {field}"),
        about: format!(
            "{built} Mostly for {field}. {hard}\n\nI work in short steps that can be looked at, write down what was decided, and \
             say early when something will take longer."
        ),
        skills: (0..)
            .zip(skills)
            .map(|(at, name)| skill(number, at, name))
            .collect(),
        portfolio: works(today, number, (does, hard)),
        rate: if number % 9 == 8 {
            String::new()
        } else {
            (hour + 5 * small(number * 5 % 9)).to_string()
        },
        available_from: first_day,
        hours_a_week: hours.to_owned(),
        languages: format!("English, {speaks}"),
        time_zone: place.to_owned(),
        indexed: number.is_multiple_of(3),
    }
}

/// Two of three experts show work, and one of them more than one piece.
fn works(today: Date, number: usize, (does, hard): (&str, &str)) -> Vec<TypedItem> {
    let work = |at: usize| {
        let field = of(&FIELDS, number * 5 + at * 3);
        let years = i16::try_from(1 + at * 2 + number % 3).unwrap_or(1);
        TypedItem {
            title: format!("{does} for {field}"),
            year: (today.year() - years).to_string(),
            story: of(&STORIES, number + at).replace("{hard}", hard),
            link: if at == 0 {
                format!("https://work.example/{number}/made")
            } else {
                String::new()
            },
        }
    };
    (0..(number + 2) % 3).map(work).collect()
}

/// The first skills were learnt first; some can be looked at.
fn skill(number: usize, at: usize, name: &str) -> TypedSkill {
    let years = (5 + number * 3 % 9).saturating_sub(at).max(1);
    let shown = (number + at).is_multiple_of(4);
    let work = name
        .to_lowercase()
        .replace(|c: char| !c.is_ascii_alphanumeric(), "");
    TypedSkill {
        name: name.to_owned(),
        years: years.to_string(),
        evidence: if shown {
            format!("https://work.example/{number}/{work}")
        } else {
            String::new()
        },
    }
}

/// The lists go round and round.
fn of<T: Copy, const N: usize>(list: &[T; N], number: usize) -> T {
    #[expect(clippy::indexing_slicing, reason = "a remainder is below its divisor")]
    list[number % N]
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use super::*;
    use crate::outside::{SystemClock, SystemRandomness};

    #[tokio::test]
    async fn there_are_forty_once_and_most_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let store = earnest_store::Store::open(&folder.path().join("earnest.db")).unwrap();
        let clock = Arc::new(SystemClock);
        store
            .migrate(earnest_app::outside::Clock::now(&*clock))
            .await
            .unwrap();
        let desk = Desk::new(store, clock, Arc::new(SystemRandomness::new().unwrap()));
        for _ in 0..2 {
            let people = super::super::people(&desk).await.unwrap();
            plant(&desk, &people.expert, &people.operator, SignedDuration::ZERO)
                .await
                .unwrap();
        }
        let found = experts::search(&desk, &experts::Query::default()).await.unwrap();
        assert_eq!(found.total, EXPERTS - WAITING);
        let due = experts::due(&desk).await.unwrap();
        assert_eq!(due.len(), WAITING);
        let mut names = BTreeSet::new();
        for page in 1..=found.pages {
            let query = experts::Query {
                page,
                ..experts::Query::default()
            };
            let found = experts::search(&desk, &query).await.unwrap();
            names.extend(found.experts.into_iter().map(|row| row.name));
        }
        assert_eq!(names.len(), EXPERTS - WAITING, "nobody is there twice");
        assert!(names.contains("Emil Sørensen"));
    }
}
