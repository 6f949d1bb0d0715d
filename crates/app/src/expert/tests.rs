//! Who is found, and in which order.

use earnest_hire::expert::{Rate, Skill};
use earnest_hire::money::Minor;
use proptest::prelude::*;

use super::index::Shelf;
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
        rate: Some(rate).filter(|rate| rate.hour_minor.is_positive()),
        available_from: from.parse().ok(),
        hours_a_week: None,
        languages: vec!["English".to_owned()],
        time_zone: "UTC".to_owned(),
        indexed: false,
    };
    let expert = Expert::new(PersonId::new(at(0), [number; 10]), profile, at(0));
    ExpertRow {
        name: format!("E{number}"),
        expert: Expert {
            standing: Standing::Visible,
            vetted_at: Some(at(i64::from(number))),
            ..expert
        },
    }
}

fn shelf() -> Shelf {
    Shelf::new(vec![
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
    let names: Vec<String> = found.experts.into_iter().map(|row| row.name).collect();
    assert_eq!(names.len(), found.total);
    names.join(" ")
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
    assert_eq!(all.skills[0], ("Python".to_owned(), 2), "as the first spells it");
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
    let shelf = Shelf::new(rows.collect());
    let page = |page| {
        let found = shelf.find(&Query { page, ..words("go") }, today());
        (found.page, found.pages, found.experts.len())
    };
    assert_eq!(page(1), (1, 3, 20));
    assert_eq!(page(3), (3, 3, 5));
    assert_eq!(page(99), (3, 3, 5));
    assert_eq!(page(0), (1, 3, 20));
    assert_eq!(Shelf::new(Vec::new()).find(&words("go"), today()).pages, 1);
}

proptest! {
    /// Whatever is typed, everybody found is found once, and the order in which the rows came does not matter.
    #[test]
    fn an_order_does_not_depend_on_how_the_rows_came(typed in "[a-z+.# ]{0,12}", turn in 0_usize..5) {
        let rows = || (1..=5).map(|n| row(n, ("Python and go", "c"), &[skill("C++", n % 2 == 0)], 50, "")).collect::<Vec<_>>();
        let mut turned = rows();
        turned.rotate_left(turn);
        let names = |rows| Shelf::new(rows).find(&words(&typed), today()).experts;
        prop_assert_eq!(names(rows()), names(turned));
    }
}
