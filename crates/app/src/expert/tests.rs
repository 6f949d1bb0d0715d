//! Who is found, and in which order.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use earnest_hire::expert::{Rate, Skill};
use earnest_hire::money::Minor;
use earnest_store::testing::Postgres;
use earnest_store::{Statements, Store};
use proptest::prelude::*;

use super::shelf::Page;
use super::words::{tokens, words_of};
use super::*;

fn today() -> Date {
    "2026-11-24".parse().unwrap()
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_521_600 + 60 * minute).unwrap()
}

fn skill(name: &str, evidence: bool) -> Skill {
    Skill {
        name: name.to_owned(),
        years: 3,
        evidence: evidence.then(|| "https://example.org/".to_owned()),
    }
}

/// A visible expert: number, headline, text, skills, rate in major units (0 for none), first day.
fn row(number: u8, texts: (&str, &str), skills: &[Skill], rate: i64, from: &str) -> ExpertRow {
    let rate = Rate {
        hour_minor: Minor(rate * 100),
        currency: Currency::USD,
    };
    let profile = Profile {
        headline: texts.0.to_owned(),
        about: texts.1.to_owned(),
        skills: skills.to_vec(),
        portfolio: Vec::new(),
        rate: Some(rate).filter(|rate| rate.hour_minor.is_positive()),
        available_from: from.parse().ok(),
        hours_a_week: None,
        languages: vec!["English".to_owned()],
        time_zone: "UTC".to_owned(),
        indexed: false,
    };
    let expert = Expert::new(id(number), profile, at(0));
    ExpertRow {
        name: format!("E{number}"),
        expert: Expert {
            standing: Standing::Visible,
            vetted_at: Some(at(i64::from(number))),
            ..expert
        },
    }
}

fn shelf_of(rows: &[ExpertRow]) -> Shelf {
    let mut shelf = Shelf::default();
    for row in rows {
        shelf.put(row);
    }
    shelf
}

/// Their names, by the numbers that their ids are made of.
fn names(page: &Page) -> Vec<String> {
    let number = |person: &PersonId| (0..=u8::MAX).find(|number| *person == id(*number)).unwrap();
    page.people
        .iter()
        .map(|person| format!("E{}", number(person)))
        .collect()
}

fn id(number: u8) -> PersonId {
    PersonId::new(at(0), [number; 10])
}

fn shelf() -> Shelf {
    shelf_of(&[
        row(1, ("Backends", "I like python."), &[skill("Go", false)], 80, ""),
        row(
            2,
            ("Python for banks", ""),
            &[skill("SQL", true)],
            120,
            "2027-01-10",
        ),
        row(3, ("Data work", ""), &[skill("Python", false)], 0, ""),
        row(
            4,
            ("Data work", ""),
            &[skill("python", true), skill("Node.js", false)],
            95,
            "",
        ),
        row(
            5,
            ("Engines in C++", ""),
            &[skill("C++", false), skill("C#", false)],
            60,
            "2020-01-01",
        ),
    ])
}

fn found(query: &Query) -> String {
    let found = shelf().find(query, today());
    assert_eq!(found.people.len(), found.total);
    names(&found).join(" ")
}

fn words(words: &str) -> Query {
    Query {
        words: words.to_owned(),
        ..Query::default()
    }
}

#[test]
fn all_words_must_be_there_and_the_last_may_be_begun() {
    for (typed, expected) in [
        ("python", "E4 E3 E2 E1"),
        ("PYT", "E4 E3 E2 E1"),
        ("pyt banks", ""),
        ("python ban", "E2"),
        ("banks python", "E2"),
        ("node.js", "E4"),
        ("nodejs", "E4"),
        ("c++", "E5"),
        ("c#", "E5"),
        ("rust", ""),
        ("?!", "E4 E2 E5 E3 E1"),
    ] {
        assert_eq!(found(&words(typed)), expected, "{typed}");
    }
}

#[test]
fn facets_narrow_what_is_found() {
    let skill = |name: &str| Query {
        skill: Some(name.to_owned()),
        ..Query::default()
    };
    assert_eq!(found(&skill("PYTHON")), "E4 E3");
    let cheap = Query {
        rate_max: Some(Minor(9_500)),
        ..Query::default()
    };
    assert_eq!(found(&cheap), "E4 E5 E1", "who names no rate does not fit");
    let soon = Query {
        available_by: Some("2026-12-01".parse().unwrap()),
        ..words("python")
    };
    assert_eq!(found(&soon), "E4 E3 E1");
    let all = shelf().find(&skill("Go"), today());
    assert_eq!(
        all.skills[0],
        ("Python".to_owned(), 2),
        "equally often: as the alphabet has it"
    );
    assert_eq!((all.total, all.visible), (1, 5));
}

#[test]
fn each_order_is_the_published_one() {
    let by = |sort| Query {
        sort,
        ..Query::default()
    };
    assert_eq!(found(&by(Sort::Rate)), "E5 E1 E4 E2 E3", "without a rate last");
    assert_eq!(found(&by(Sort::Newest)), "E5 E4 E3 E2 E1");
    assert_eq!(
        found(&by(Sort::Best)),
        "E4 E2 E5 E3 E1",
        "evidence, then sooner, then newer"
    );
}

#[test]
fn pages_hold_twenty_and_end() {
    let rows = (0..45).map(|number| row(number, ("Same", ""), &[skill("Go", false)], 10, ""));
    let shelf = shelf_of(&rows.collect::<Vec<_>>());
    let page = |page| {
        let found = shelf.find(&Query { page, ..words("go") }, today());
        (found.number, found.pages, found.people.len())
    };
    assert_eq!(page(1), (1, 3, 20));
    assert_eq!(page(3), (3, 3, 5));
    assert_eq!(page(99), (3, 3, 5));
    assert_eq!(page(0), (1, 3, 20));
    assert_eq!(Shelf::default().find(&words("go"), today()).pages, 1);
}

/// What one word looked for counts in a profile: the most where it stands, nothing where it does not.
fn counts(profile: &Profile, word: &str, is_last: bool) -> Option<u8> {
    let is_it = |known: &str| known == word || is_last && known.starts_with(word);
    let words = words_of(profile);
    words
        .iter()
        .filter(|(known, _)| is_it(known))
        .map(|(_, points)| *points)
        .max()
}

/// How often a name is there, and how most spell it.
fn counted<'a>(
    all: &[&'a ExpertRow],
    fitting: &[&'a ExpertRow],
    of: fn(&Profile) -> Vec<&str>,
) -> Vec<(String, usize)> {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for name in fitting.iter().flat_map(|row| of(&row.expert.profile)) {
        *found.entry(name.to_lowercase()).or_default() += 1;
    }
    let mut found: Vec<(String, usize)> = found.into_iter().collect();
    found.sort_by_key(|(_, count)| Reverse(*count));
    found.truncate(FACETS);
    let spelt = |lower: &str| {
        let names = all.iter().flat_map(|row| of(&row.expert.profile));
        let mut spellings: BTreeMap<&str, usize> = BTreeMap::new();
        for name in names.filter(|name| name.to_lowercase() == lower) {
            *spellings.entry(name).or_default() += 1;
        }
        let most = spellings.values().max().copied();
        spellings
            .into_iter()
            .find(|(_, count)| Some(*count) == most)
            .unwrap()
            .0
            .to_owned()
    };
    found
        .into_iter()
        .map(|(lower, count)| (spelt(&lower), count))
        .collect()
}

/// The published rules, read off every row there is.
#[expect(
    clippy::too_many_lines,
    reason = "a second telling of the whole of them, in one place"
)]
fn scan(rows: &[ExpertRow], query: &Query) -> Page {
    let all: Vec<&ExpertRow> = rows
        .iter()
        .filter(|row| row.expert.standing == Standing::Visible)
        .collect();
    let mut words = tokens(&query.words);
    words.truncate(12);
    let points = |row: &ExpertRow| {
        let last = words.len().wrapping_sub(1);
        let each = words
            .iter()
            .enumerate()
            .map(|(place, word)| counts(&row.expert.profile, word, place == last).map(u32::from));
        each.sum::<Option<u32>>()
    };
    let by_names = |row: &ExpertRow, wanted: &Option<String>, of: fn(&Profile) -> Vec<&str>| {
        wanted.as_ref().is_none_or(|wanted| {
            of(&row.expert.profile)
                .iter()
                .any(|name| name.to_lowercase() == wanted.to_lowercase())
        })
    };
    let skills: fn(&Profile) -> Vec<&str> =
        |profile| profile.skills.iter().map(|skill| &*skill.name).collect();
    let languages: fn(&Profile) -> Vec<&str> =
        |profile| profile.languages.iter().map(|name| &**name).collect();
    let fits = |row: &&ExpertRow| {
        let profile = &row.expert.profile;
        let rate = query
            .rate_max
            .is_none_or(|most| profile.rate.is_some_and(|rate| rate.hour_minor <= most));
        let by = query
            .available_by
            .is_none_or(|day| profile.available_from.is_none_or(|from| from <= day));
        rate && by && points(row).is_some()
    };
    let fitting: Vec<&ExpertRow> = all.iter().copied().filter(fits).collect();
    let speak: Vec<&ExpertRow> = fitting
        .iter()
        .copied()
        .filter(|row| by_names(row, &query.language, languages))
        .collect();
    let know: Vec<&ExpertRow> = fitting
        .iter()
        .copied()
        .filter(|row| by_names(row, &query.skill, skills))
        .collect();
    let mut both: Vec<&ExpertRow> = know
        .iter()
        .copied()
        .filter(|row| by_names(row, &query.language, languages))
        .collect();
    both.sort_by_key(|row| {
        let profile = &row.expert.profile;
        let evidence = profile
            .skills
            .iter()
            .filter(|skill| skill.evidence.is_some())
            .count();
        let first = match query.sort {
            Sort::Best => 0,
            Sort::Rate => profile.rate.map_or(i64::MAX, |rate| rate.hour_minor.0),
            Sort::Newest => -row.expert.vetted_at.map_or(0, Timestamp::as_microsecond),
        };
        let from = profile.available_from.filter(|from| *from > today());
        let ties = (Reverse(row.expert.vetted_at), row.expert.person.to_string());
        (
            first,
            Reverse(points(row)),
            Reverse(evidence.min(EVIDENCE_AT_MOST)),
            from,
            ties,
        )
    });
    let pages = both.len().div_ceil(query.limit).max(1);
    let number = query.page.clamp(1, pages);
    Page {
        total: both.len(),
        number,
        pages,
        people: both
            .iter()
            .skip((number - 1) * query.limit)
            .take(query.limit)
            .map(|row| row.expert.person)
            .collect(),
        skills: counted(&all, &speak, skills),
        languages: counted(&all, &know, languages),
        visible: all.len(),
    }
}

const WORDS: [&str; 12] = [
    "Python", "python", "PYTHON", "Node.js", "C++", "C#", ".NET", "Go", "data", "base", "database", "a",
];

fn some_words(most: usize) -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(&WORDS[..]), 0..=most)
        .prop_map(|words| words.join(" "))
}

prop_compose! {
    /// What somebody says of themself, in any standing.
    fn some_row()(
        number in 0_u8..60,
        headline in some_words(3),
        about in some_words(4),
        skills in proptest::collection::vec((some_words(2), any::<bool>()), 0..4),
        rate in 0_i64..4,
        from in proptest::sample::select(&["", "2020-01-01", "2026-11-24", "2026-11-25", "2027-03-01"][..]),
        languages in proptest::collection::vec(proptest::sample::select(&["English", "english", "German", "Polish"][..]), 0..3),
        standing in proptest::sample::select(&[Standing::Visible, Standing::Visible, Standing::Visible, Standing::Hidden, Standing::Waiting][..]),
        vetted in 0_i64..3,
    ) -> ExpertRow {
        let mut seen = BTreeSet::new();
        let skills: Vec<Skill> = skills
            .into_iter()
            .filter(|(name, _)| seen.insert(name.to_lowercase()))
            .map(|(name, evidence)| skill(&name, evidence))
            .collect();
        let mut row = row(number, (&headline, &about), &skills, rate, from);
        let mut seen = BTreeSet::new();
        let languages = languages.into_iter().filter(|name| seen.insert(name.to_lowercase()));
        row.expert.profile.languages = languages.map(str::to_owned).collect();
        row.expert.standing = standing;
        row.expert.vetted_at = (vetted > 0).then(|| at(vetted));
        row
    }
}

prop_compose! {
    fn some_query()(
        words in some_words(3),
        cut in 0_usize..3,
        skill in proptest::option::of(some_words(1)),
        language in proptest::option::of(proptest::sample::select(&["ENGLISH", "German", "Klingon"][..])),
        rate in proptest::option::of(0_i64..4),
        by in proptest::sample::select(&["", "2026-11-24", "2026-11-25"][..]),
        sort in proptest::sample::select(&Sort::ALL[..]),
        page in 0_usize..5,
        limit in 1_usize..=2 * SHOWN,
    ) -> Query {
        let kept = words.chars().count().saturating_sub(cut);
        Query {
            words: words.chars().take(kept).collect(),
            skill,
            language: language.map(str::to_owned),
            rate_max: rate.map(|rate| Minor(rate * 100)),
            available_by: by.parse().ok(),
            sort,
            page,
            limit,
        }
    }
}

proptest! {
    /// However the index came to hold what it holds, it answers as a look at every row would.
    #[test]
    fn the_index_answers_as_a_scan_of_all_rows(
        changes in proptest::collection::vec(some_row(), 0..150),
        together in 0_usize..150,
        queries in proptest::collection::vec(some_query(), 1..8),
    ) {
        let mut shelf = Shelf::default();
        let mut rows: BTreeMap<PersonId, ExpertRow> = BTreeMap::new();
        for (place, row) in changes.into_iter().enumerate() {
            shelf.put(&row);
            rows.insert(row.expert.person, row);
            if place == together {
                shelf.move_together();
            }
        }
        let rows: Vec<ExpertRow> = rows.into_values().collect();
        for query in queries {
            prop_assert_eq!(shelf.find(&query, today()), scan(&rows, &query), "{:?}", query);
        }
    }
}

#[test]
fn more_than_are_wanted_are_let_go_and_the_best_stay() {
    let rows = |from: u16| {
        (from..5_000).map(|n| {
            let mut row = row(1, ("Same", ""), &[skill("Go", n % 3 == 0)], i64::from(n % 97), "");
            let [high, low] = n.to_be_bytes();
            row.expert.person = PersonId::new(at(0), [high, low, 0, 0, 0, 0, 0, 0, high, low]);
            row
        })
    };
    let mut shelf = shelf_of(&rows(0).collect::<Vec<_>>());
    // Twice each, so that what is empty is given up on the way.
    rows(1).for_each(|row| shelf.put(&row));
    let rows: Vec<ExpertRow> = rows(0).collect();
    for (sort, page) in [
        (Sort::Best, 1),
        (Sort::Rate, 3),
        (Sort::Newest, 250),
        (Sort::Rate, usize::MAX),
    ] {
        let query = Query {
            sort,
            page,
            ..words("go")
        };
        assert_eq!(shelf.find(&query, today()), scan(&rows, &query), "{query:?}");
    }
}

/// What one node does, another shows at once; nobody hidden is shown, and what is shown is what is kept.
#[tokio::test]
async fn every_search_shows_what_is_kept_now() {
    let (desk, _outside, _folder) = crate::testing::desk().await;
    let server = Postgres::fresh().await.unwrap();
    let on_server = async || Store::connect(server.url(), Statements::Prepared).await.unwrap();
    let (first, second) = (on_server().await, on_server().await);
    first.migrate(at(0)).await.unwrap();
    // Each has an index of its own.
    let node = |store: &Store| Desk {
        store: store.clone(),
        experts: std::sync::Arc::default(),
        ..desk.clone()
    };
    let on_file = (desk.clone(), node(&desk.store));
    for (desk, other) in [on_file, (node(&first), node(&second))] {
        let ada = crate::testing::expert(&desk, "Ada", "Rust").await;
        let names = async |desk: &Desk, typed: &str| {
            let found = search(desk, &words(typed)).await.unwrap();
            assert_eq!(found.experts.len(), found.total);
            found.experts.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&other, "rust").await, ["Ada"]);
        assert_eq!(names(&desk, "rust").await, ["Ada"]);
        crate::account::rename(&desk, ada.id, "Ada Byron").await.unwrap();
        assert_eq!(names(&other, "rust").await, ["Ada Byron"]);
        act(&desk, ada.id, Act::Hide).await.unwrap();
        assert_eq!(names(&other, "rust").await, [""; 0]);
        act(&other, ada.id, Act::Show).await.unwrap();
        assert_eq!(names(&desk, "rust").await, ["Ada Byron"]);
        let emil = crate::testing::expert(&other, "Emil", "Go").await;
        assert_eq!(names(&desk, "go").await, ["Emil"]);
        assert_eq!(agreed_to_be_found(&desk, 9).await.unwrap(), []);
        act(&desk, emil.id, Act::Hide).await.unwrap();
        assert_eq!(search(&other, &Query::default()).await.unwrap().visible, 1);
    }
}
