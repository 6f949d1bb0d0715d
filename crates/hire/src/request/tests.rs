//! Scenarios for drafts, origins and the record they become.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::money::{Currency, Minor};

fn good() -> Draft {
    Draft {
        name: " Ada Lovelace ".into(),
        email: "ada@example.com".into(),
        summary: "A reporting service".into(),
        details: "First line\r\n\r\n\tSecond line\n".into(),
        role: "Python engineer".into(),
        budget: "10,000-25,000".into(),
        start: "2026-11-23".into(),
        place: "Europe/Vienna".into(),
        wishes: TypedWishes::default(),
    }
}

fn check(draft: &Draft) -> Result<Brief, Vec<FieldRefusal>> {
    draft.check(date(2026, 11, 23), Currency::USD)
}

fn codes(draft: &Draft) -> Vec<(&'static str, &'static str)> {
    check(draft)
        .unwrap_err()
        .into_iter()
        .map(|fault| (fault.field, fault.code))
        .collect()
}

#[test]
fn a_good_draft_becomes_a_trimmed_brief() {
    let brief = check(&good()).unwrap();
    assert_eq!(brief.name, "Ada Lovelace");
    assert_eq!(brief.details.as_deref(), Some("First line\n\n\tSecond line"));
    assert_eq!(brief.start, Some(date(2026, 11, 23)));
    let budget = brief.budget.unwrap();
    assert_eq!((budget.from, budget.to), (Minor(1_000_000), Minor(2_500_000)));
}

#[test]
fn only_four_fields_are_needed() {
    let draft = Draft {
        details: " ".into(),
        budget: String::new(),
        start: String::new(),
        place: "\n".into(),
        ..good()
    };
    let brief = check(&draft).unwrap();
    assert_eq!(
        (brief.details, brief.budget, brief.start, brief.place),
        (None, None, None, None)
    );
}

#[test]
fn an_empty_draft_names_all_that_is_missing() {
    let missing = [
        ("name", "missing"),
        ("email", "missing"),
        ("summary", "missing"),
        ("role", "missing"),
    ];
    assert_eq!(codes(&Draft::default()), missing);
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_form() {
    let draft = Draft {
        name: "A\u{0}da".into(),
        email: "ada".into(),
        summary: "x".repeat(121),
        details: "\u{202e}txet".into(),
        role: "...".into(),
        budget: "lots".into(),
        start: "2026-11-22".into(),
        place: "é".repeat(81),
        wishes: TypedWishes::default(),
    };
    let expected = [
        ("name", "control_character"),
        ("email", "malformed"),
        ("summary", "too_long"),
        ("details", "control_character"),
        ("role", "missing"),
        ("budget", "unclear"),
        ("start", "past"),
        ("place", "too_long"),
    ];
    assert_eq!(codes(&draft), expected);
}

#[test]
fn every_sentence_ends_and_says_what_to_do() {
    let drafts = [
        Draft::default(),
        Draft {
            budget: "€5".into(),
            start: "soon".into(),
            ..good()
        },
        Draft {
            budget: "0".into(),
            start: "2040-01-01".into(),
            ..good()
        },
        Draft {
            budget: "2-1".into(),
            start: "2026-02-30".into(),
            ..good()
        },
        Draft {
            budget: "9".repeat(30),
            start: "2026-1-1".into(),
            ..good()
        },
    ];
    for fault in drafts.iter().flat_map(|draft| check(draft).unwrap_err()) {
        assert!(
            fault.sentence.ends_with('.') && fault.sentence.len() > 15,
            "{fault:?}"
        );
    }
}

#[test]
fn lengths_are_counted_in_characters() {
    assert!(
        check(&Draft {
            summary: "é".repeat(120),
            ..good()
        })
        .is_ok()
    );
    assert_eq!(
        codes(&Draft {
            summary: "é".repeat(121),
            ..good()
        }),
        [("summary", "too_long")]
    );
}

#[test]
fn addresses_need_the_shape_of_one() {
    for email in [
        "a@b.co",
        "first.last+tag@mail.example.org",
        "zoë@exämple.at",
        "o'hara@example.ie",
    ] {
        assert!(
            check(&Draft {
                email: email.into(),
                ..good()
            })
            .is_ok(),
            "{email}"
        );
    }
    let bad = [
        "ada",
        "@example.com",
        "ada@",
        "ada@example",
        "ada@.com",
        "ada@example.",
        "a da@example.com",
        "ada@exa mple.com",
        "ada@@example.com",
        "a@b@example.com",
        ".ada@example.com",
        "ada.@example.com",
        "a..b@example.com",
        "ada@-a.com",
        "ada@a-.com",
        "ada@10.0.0.1",
        "ada@example.c",
        "<ada@example.com>",
        "ada@example.com,b@example.com",
        "ada\n@example.com",
    ];
    for email in bad {
        assert!(
            check(&Draft {
                email: email.into(),
                ..good()
            })
            .is_err(),
            "{email}"
        );
    }
}

#[test]
fn a_start_is_a_real_day_that_is_not_over_and_not_far() {
    for (start, code) in [
        ("2026-11-22", "past"),
        ("2031-11-24", "too_far"),
        ("2026-02-29", "malformed"),
        ("23.11.2026", "malformed"),
        ("2026-11-2", "malformed"),
        ("-026-11-23", "malformed"),
    ] {
        assert_eq!(
            codes(&Draft {
                start: start.into(),
                ..good()
            }),
            [("start", code)],
            "{start}"
        );
    }
    assert!(
        check(&Draft {
            start: "2031-11-23".into(),
            ..good()
        })
        .is_ok()
    );
    let last_day = Draft {
        start: "9999-12-31".into(),
        ..good()
    };
    assert!(last_day.check(Date::MAX, Currency::USD).is_ok());
}

#[test]
fn an_origin_is_trimmed_or_refused_as_a_whole() {
    let origin = Origin {
        comparison: Some("python-vs-nodejs".into()),
        edition: Some("2026-09-1".into()),
        query: Some(" w.performance=3&must=talent ".into()),
        verdict: Some(String::new()),
        role: None,
        decision: None,
        people: None,
    };
    let checked = origin.clone().check().unwrap();
    assert_eq!(checked.query.as_deref(), Some("w.performance=3&must=talent"));
    assert_eq!(checked.verdict, None);
    assert_eq!(checked.clone().check(), Ok(checked));
    for bad in [
        Origin {
            comparison: Some("../etc".into()),
            ..origin.clone()
        },
        Origin {
            edition: Some("1 or 2".into()),
            ..origin.clone()
        },
        Origin {
            query: Some("w=\u{7}".into()),
            ..origin.clone()
        },
        Origin {
            query: Some("w".repeat(2_001)),
            ..origin.clone()
        },
        Origin {
            role: Some("Python".into()),
            ..origin
        },
    ] {
        assert_eq!(bad.check().unwrap_err().field, "origin");
    }
}

#[test]
fn a_request_starts_submitted_at_version_one() {
    let at = "2026-11-23T10:00:00.123456789Z".parse().unwrap();
    let id = RequestId::new(at, [9; 10]);
    let request = Request::submit(id, check(&good()).unwrap(), Origin::default(), at);
    assert_eq!((request.state.name(), request.version), ("submitted", 1));
    assert_eq!(request.submitted_at().to_string(), "2026-11-23T10:00:00.123456Z");
    assert_eq!(request.reference(), id.reference());
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        "(?s).{0,40}",
        "[ -~]{0,300}",
        Just("x".repeat(6_000))
    ]
}

proptest! {
    #[test]
    fn any_draft_is_either_told_its_faults_or_is_clean(texts in prop::array::uniform8(any_text()), keep in 0_u8..=255) {
        let [name, email, summary, details, role, budget, start, place] = texts;
        let pick = |bit: u8, wild: String, tame: String| if keep & (1 << bit) == 0 { tame } else { wild };
        let tame = good();
        let draft = Draft {
            name: pick(0, name, tame.name), email: pick(1, email, tame.email), summary: pick(2, summary, tame.summary),
            details: pick(3, details, tame.details), role: pick(4, role, tame.role), budget: pick(5, budget, tame.budget),
            start: pick(6, start, tame.start), place: pick(7, place, tame.place), wishes: tame.wishes,
        };
        match check(&draft) {
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                let place = |fault: &FieldRefusal| Field::FILLED.iter().position(|field| field.name() == fault.field);
                prop_assert!(faults.windows(2).all(|pair| place(&pair[0]) < place(&pair[1])), "in the order of the form");
            }
            Ok(brief) => {
                for line in [&brief.name, &brief.email, &brief.summary, &brief.role] {
                    prop_assert!(line.trim() == line && !line.is_empty() && !line.chars().any(unprintable));
                }
                prop_assert!(brief.budget.is_none_or(|budget| budget.from.0 > 0 && budget.from <= budget.to));
                prop_assert!(brief.start.is_none_or(|start| start >= date(2026, 11, 23)));
                let details = brief.details.clone().unwrap_or_default();
                let again = Draft { name: brief.name.clone(), summary: brief.summary.clone(), details, ..draft };
                prop_assert_eq!(check(&again), Ok(brief), "checking twice changes nothing");
            }
        }
    }
}
