//! Who stands before whom, and why.

use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::expert::{Rate, Skill};
use crate::money::{Currency, Minor};
use crate::request::{Budget, Draft, Wishes};

const TODAY: Date = date(2026, 11, 24);

fn person(number: u8) -> PersonId {
    PersonId::new(Timestamp::UNIX_EPOCH, [number; 10])
}

fn skill(name: &str, years: u8, evidence: bool) -> Skill {
    Skill {
        name: name.to_owned(),
        years,
        evidence: evidence.then(|| "https://example.org/".to_owned()),
    }
}

fn profile(skills: &[Skill]) -> Profile {
    Profile {
        headline: "Services".to_owned(),
        about: "Many".to_owned(),
        skills: skills.to_vec(),
        portfolio: Vec::new(),
        rate: Some(Rate {
            hour_minor: Minor(9_500),
            currency: Currency::USD,
        }),
        available_from: None,
        hours_a_week: None,
        languages: vec!["English".to_owned()],
        time_zone: "Europe/Berlin".to_owned(),
        indexed: false,
    }
}

fn brief(skills: &[&str]) -> Brief {
    let draft = Draft {
        name: "Ada".to_owned(),
        email: "ada@example.org".to_owned(),
        summary: "A pricing API".to_owned(),
        role: "Python engineer".to_owned(),
        place: "Berlin".to_owned(),
        ..Draft::default()
    };
    let brief = draft.check(TODAY, Currency::USD).unwrap();
    Brief {
        wishes: Wishes {
            skills: skills.iter().map(|&skill| skill.to_owned()).collect(),
            ..Wishes::default()
        },
        ..brief
    }
}

fn ranked(brief: &Brief, profiles: &[Profile]) -> Vec<Place> {
    let candidates: Vec<Candidate<'_>> = (0..)
        .zip(profiles)
        .map(|(number, profile)| Candidate {
            person: person(number),
            profile,
        })
        .collect();
    ranking(&Wanted { brief, today: TODAY }, &candidates)
}

/// The reason of the one expert in one respect.
fn reason(brief: &Brief, profile: &Profile, part: Part) -> (u32, String) {
    let places = ranked(brief, std::slice::from_ref(profile));
    let reason = places[0].reasons.iter().find(|reason| reason.part == part);
    reason.map(|reason| (reason.points, reason.says.clone())).unwrap()
}

#[test]
fn the_parts_make_a_hundred() {
    let parts = [
        Part::Skills,
        Part::Availability,
        Part::Price,
        Part::Language,
        Part::TimeZone,
    ];
    assert_eq!(parts.map(Part::most).iter().sum::<u32>(), 100);
    assert_eq!(SKILL_THERE + SKILL_YEARS + SKILL_EVIDENCE, SKILL_WHOLE);
    let best = profile(&[skill("Python", 10, true)]);
    assert_eq!(ranked(&brief(&["Python"]), &[best])[0].points, 100);
}

#[test]
fn skills_count_with_their_years_and_evidence() {
    let one = profile(&[skill("python", 2, false), skill("PostgreSQL", 9, true)]);
    assert_eq!(
        reason(&brief(&["Python", "PostgreSQL 16", "Rust"]), &one, Part::Skills),
        (
            50 * 19 / 36,
            "python (2 years), PostgreSQL (9 years, with work to look at); not named: Rust".to_owned()
        )
    );
    // no skills named: those of the role and the summary
    assert_eq!(
        reason(&brief(&[]), &one, Part::Skills),
        (50 * 7 / 36, "python (2 years)".to_owned())
    );
    assert_eq!(
        ranked(&brief(&["Go"]), &[one]),
        [],
        "who knows nothing of it is not listed"
    );
}

#[test]
fn time_price_language_and_zone_count_as_published() {
    let one = profile(&[skill("Python", 5, true)]);
    let mut asked = brief(&["Python"]);
    asked.start = Some(date(2026, 12, 1));
    asked.wishes.until = Some(date(2027, 1, 31));
    let from = |day| Profile {
        available_from: Some(day),
        ..one.clone()
    };
    for (day, points) in [
        (date(2026, 11, 30), 15),
        (date(2026, 12, 8), 12),
        (date(2026, 12, 9), 9),
        (date(2027, 1, 30), 0),
        (date(2027, 3, 1), 0),
    ] {
        assert_eq!(reason(&asked, &from(day), Part::Availability).0, points, "{day}");
    }
    asked.budget = Some(Budget {
        from: Minor(100_000),
        to: Minor(380_000),
        currency: Currency::USD,
    });
    assert_eq!(
        reason(&asked, &one, Part::Price),
        (
            7,
            "$95.00 an hour; the budget pays about 40 hours of it".to_owned()
        )
    );
    asked.wishes.hour_most = Some(Minor(9_500));
    assert_eq!(reason(&asked, &one, Part::Price).0, 15);
    asked.wishes.hour_most = Some(Minor(8_000));
    assert_eq!(
        reason(&asked, &one, Part::Price),
        (
            14 * 12 / 30,
            "$95.00 an hour, 18 % above the limit of the request".to_owned()
        )
    );
    asked.wishes.languages = vec!["german".to_owned(), "English".to_owned()];
    assert_eq!(reason(&asked, &one, Part::Language).0, 10);
    asked.wishes.languages = vec!["German".to_owned()];
    assert_eq!(
        reason(&asked, &one, Part::Language),
        (0, "speaks English, not German".to_owned())
    );
    asked.place = Some("New York".to_owned());
    assert_eq!(
        reason(&asked, &one, Part::TimeZone),
        (3, "Europe/Berlin: 3 hours of the working day overlap".to_owned())
    );
}

/// Nobody is said to come too late for a day that nobody asked for, and days are written as people write them.
#[test]
fn availability_is_told_beside_what_was_wished() {
    let one = profile(&[skill("Python", 5, true)]);
    let mut asked = brief(&["Python"]);
    let later = Profile {
        available_from: TODAY.checked_add(jiff::Span::new().days(14)).ok(),
        ..one.clone()
    };
    let says = |asked: &Brief, one: &Profile| reason(asked, one, Part::Availability).1;
    let day = TODAY.checked_add(jiff::Span::new().days(14)).unwrap();
    let day = day.strftime("%-d %B %Y");
    assert_eq!(says(&asked, &one), "can begin at once");
    assert_eq!(
        says(&asked, &later),
        format!("can begin on {day}, 2 weeks from now")
    );
    asked.start = Some(date(2026, 12, 1));
    assert_eq!(says(&asked, &one), "can begin on 1 December 2026");
    let late = Profile {
        available_from: Some(date(2026, 12, 8)),
        ..one
    };
    assert_eq!(
        says(&asked, &late),
        "can begin on 8 December 2026, 1 week later than wished for"
    );
}

#[test]
fn ties_go_to_who_begins_sooner_and_then_by_the_number() {
    let python = [skill("Python", 5, true)];
    let later = Profile {
        available_from: Some(date(2027, 3, 1)),
        ..profile(&python)
    };
    let mut asked = brief(&["Python"]);
    asked.start = Some(date(2027, 4, 1));
    let places = ranked(&asked, &[later, profile(&python), profile(&python)]);
    let order: Vec<PersonId> = places.iter().map(|place| place.person).collect();
    assert_eq!(order, [person(1), person(2), person(0)]);
    assert_eq!(
        places.iter().map(|place| place.rank).collect::<Vec<_>>(),
        [1, 2, 3]
    );
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let names = ["Python", "Go", "PostgreSQL", "Rust", "Node.js"];
    let skills = prop::collection::vec((0_usize..names.len(), 0_u8..12, any::<bool>()), 1..4);
    (skills, 4_000_i64..20_000, 0_i8..60, 0_usize..3).prop_map(move |(skills, rate, days, zone)| {
        let skills: Vec<Skill> = skills
            .into_iter()
            .map(|(name, years, evidence)| skill(names[name], years, evidence))
            .collect();
        Profile {
            rate: Some(Rate {
                hour_minor: Minor(rate),
                currency: Currency::USD,
            }),
            available_from: TODAY.checked_add(jiff::Span::new().days(i64::from(days))).ok(),
            time_zone: ["Europe/Berlin", "America/New_York", "Mars"][zone].to_owned(),
            ..profile(&skills)
        }
    })
}

proptest! {
    #[test]
    fn others_do_not_reorder_and_the_order_of_candidates_does_not_matter(
        profiles in prop::collection::vec(any_profile(), 1..8), leave in 0_usize..8, explicit in any::<bool>(),
    ) {
        let asked = brief(if explicit { &["Python", "Rust"] } else { &[] });
        let all: Vec<Candidate<'_>> = (0..).zip(&profiles)
            .map(|(number, profile)| Candidate { person: person(number), profile }).collect();
        let wanted = Wanted { brief: &asked, today: TODAY };
        let whole = ranking(&wanted, &all);
        let mut turned = all.clone();
        turned.reverse();
        prop_assert_eq!(&ranking(&wanted, &turned), &whole);
        let gone = person(u8::try_from(leave).unwrap());
        let fewer: Vec<Candidate<'_>> = all.iter().copied().filter(|one| one.person != gone).collect();
        let order = |places: &[Place]| -> Vec<(PersonId, u32)> {
            places.iter().filter(|place| place.person != gone).map(|place| (place.person, place.points)).collect()
        };
        prop_assert_eq!(order(&ranking(&wanted, &fewer)), order(&whole));
        prop_assert!(whole.iter().all(|place| place.points <= 100));
        prop_assert!(whole.windows(2).all(|pair| pair[0].points >= pair[1].points));
        let short = shortlist(&wanted, &all);
        prop_assert_eq!(&short, &whole[..whole.len().min(LISTED)]);
    }

    #[test]
    fn a_better_skill_never_lowers_a_rank(
        profiles in prop::collection::vec(any_profile(), 2..7), who in 0_usize..7, kind in 0_u8..3, explicit in any::<bool>(),
    ) {
        let asked = brief(if explicit { &["Python", "Rust"] } else { &[] });
        let who = who % profiles.len();
        let id = person(u8::try_from(who).unwrap());
        let rank = |places: &[Place]| places.iter().find(|place| place.person == id).map_or(usize::MAX, |place| place.rank);
        let before = rank(&ranked(&asked, &profiles));
        let mut better = profiles.clone();
        let first = &mut better[who].skills[0];
        match kind {
            0 => first.years += 1,
            1 => first.evidence = Some("https://example.org/".to_owned()),
            _ => better[who].skills.push(skill("Python", 3, false)),
        }
        prop_assert!(rank(&ranked(&asked, &better)) <= before);
    }
}
