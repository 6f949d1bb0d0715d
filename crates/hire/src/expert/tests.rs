//! What is a profile, and who moves it.

use std::fmt::Write;

use super::*;
use crate::person::Roles;

fn today() -> Date {
    "2026-11-24".parse().unwrap()
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_521_600 + 60 * minute).unwrap()
}

fn id(number: u8) -> PersonId {
    PersonId::new(at(0), [number; 10])
}

fn skill(name: &str, years: &str, evidence: &str) -> TypedSkill {
    TypedSkill {
        name: name.to_owned(),
        years: years.to_owned(),
        evidence: evidence.to_owned(),
    }
}

fn draft() -> Draft {
    Draft {
        headline: " Python services that do not fall over ".to_owned(),
        about: "Ten years of it.\r\nAsk me.".to_owned(),
        skills: vec![
            skill("Python", "10", "https://example.org/work?a=1#b"),
            TypedSkill::default(),
            skill("PostgreSQL", "8", ""),
        ],
        portfolio: Vec::new(),
        rate: "95".to_owned(),
        available_from: "2026-12-01".to_owned(),
        hours_a_week: "32".to_owned(),
        languages: "English, German; english".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        indexed: false,
    }
}

fn profile() -> Profile {
    draft().check(today(), Currency::USD).unwrap()
}

fn faults(draft: &Draft) -> Vec<(&'static str, &'static str)> {
    let faults = draft.check(today(), Currency::USD).unwrap_err();
    faults.iter().map(|fault| (fault.field, fault.code)).collect()
}

#[test]
fn what_was_typed_becomes_a_profile() {
    let profile = profile();
    assert_eq!(profile.headline, "Python services that do not fall over");
    assert_eq!(profile.about, "Ten years of it.\nAsk me.");
    assert_eq!(profile.skills.len(), 2);
    assert_eq!(profile.rate.unwrap().hour_minor, Minor(9_500));
    assert_eq!(profile.available_from, Some("2026-12-01".parse().unwrap()));
    assert_eq!(profile.languages, ["English", "German"]);
    let over = Draft {
        available_from: "2020-01-01".to_owned(),
        ..draft()
    };
    let over = over.check(today(), Currency::USD).unwrap();
    assert_eq!(over.available_from, None, "who could work then can work now");
}

#[test]
fn everything_wrong_is_said_at_once_in_the_order_of_the_form() {
    let wrong = Draft {
        headline: "x".repeat(121),
        skills: vec![
            skill("", "3", ""),
            skill("Go", "51", "javascript:alert(1)"),
            skill("go", "2", ""),
        ],
        rate: "0".to_owned(),
        available_from: "soon".to_owned(),
        hours_a_week: "81".to_owned(),
        ..Draft::default()
    };
    let expected = [
        ("headline", "too_long"),
        ("about", "missing"),
        ("skill_1", "missing"),
        ("years_2", "malformed"),
        ("evidence_2", "malformed"),
        ("skill_3", "twice"),
        ("rate", "zero"),
        ("available_from", "malformed"),
        ("hours_a_week", "malformed"),
        ("languages", "missing"),
        ("time_zone", "missing"),
    ];
    assert_eq!(faults(&wrong), expected);
    let none = Draft {
        skills: Vec::new(),
        ..draft()
    };
    assert_eq!(faults(&none), [("skill_1", "missing")]);
}

#[test]
fn an_address_of_evidence_opens_a_page_and_nothing_else() {
    for (address, good) in [
        ("https://example.org", true),
        ("http://example.org:8080/a/b?c=d", true),
        ("https://bücher.example/", true),
        ("//example.org", false),
        ("javascript:alert(1)", false),
        ("https://", false),
        ("https://localhost/", false),
        ("https://name:word@example.org/", false),
        ("https://example.org/a b", false),
        ("https://example.org/\"><script>", false),
        ("HTTPS://example.org", false),
    ] {
        let draft = Draft {
            skills: vec![skill("Go", "1", address)],
            ..draft()
        };
        assert_eq!(draft.check(today(), Currency::USD).is_ok(), good, "{address}");
    }
}

fn item(title: &str, year: &str, story: &str, link: &str) -> TypedItem {
    TypedItem {
        title: title.to_owned(),
        year: year.to_owned(),
        story: story.to_owned(),
        link: link.to_owned(),
    }
}

fn showing(portfolio: Vec<TypedItem>) -> Draft {
    Draft { portfolio, ..draft() }
}

#[test]
fn work_is_kept_in_its_order_and_what_is_wrong_with_it_is_said_by_its_field() {
    let claims = item(
        " Claims ",
        "2026",
        "Wrote it.\r\nIt runs.",
        "https://example.org/",
    );
    let draft = showing(vec![
        TypedItem::default(),
        claims,
        item("A shop", "1970", "Alone", ""),
    ]);
    let profile = draft.check(today(), Currency::USD).unwrap();
    let [claims, shop] = profile.portfolio.as_slice() else {
        panic!("{:?}", profile.portfolio);
    };
    assert_eq!(
        (claims.title.as_str(), claims.year, claims.story.as_str()),
        ("Claims", 2026, "Wrote it.\nIt runs.")
    );
    assert_eq!(
        (shop.title.as_str(), shop.year, &shop.link),
        ("A shop", 1970, &None)
    );

    let wrong = showing(vec![
        item("", "2027", "", "ftp://example.org/"),
        item(&"x".repeat(101), "1969", &"x".repeat(801), ""),
        item("A shop", "last", "Alone", ""),
    ]);
    let expected = [
        ("work_1", "missing"),
        ("work_year_1", "malformed"),
        ("work_story_1", "missing"),
        ("work_link_1", "malformed"),
        ("work_2", "too_long"),
        ("work_year_2", "malformed"),
        ("work_story_2", "too_long"),
        ("work_year_3", "malformed"),
    ];
    assert_eq!(faults(&wrong), expected);
    let many = showing(vec![item("A shop", "2020", "Alone", ""); PORTFOLIO + 1]);
    assert_eq!(faults(&many), [("work_1", "too_many")]);
}

/// Other work is a claim like another skill: the office looks at it, also where the profile is visible.
#[test]
fn the_office_sees_other_work_of_a_visible_profile() {
    let visible = Expert {
        standing: Standing::Visible,
        ..Expert::new(id(1), profile(), at(0))
    };
    let shown = showing(vec![item("A shop", "2020", "Alone", "")]);
    let shown = shown.check(today(), Currency::USD).unwrap();
    let same = visible.clone().edit(visible.profile.clone(), at(1));
    assert_eq!(same.changed_at, None);
    let other = visible.edit(shown, at(1));
    assert_eq!(
        (other.standing, other.changed_at),
        (Standing::Visible, Some(at(1)))
    );
    assert_eq!(other.due(), Due::Changed);
}

/// Profiles were kept before there were portfolios.
#[test]
fn a_profile_without_a_portfolio_is_read() {
    let mut kept = serde_json::to_value(profile()).unwrap();
    assert!(kept.as_object_mut().unwrap().remove("portfolio").is_some());
    let read: Profile = serde_json::from_value(kept).unwrap();
    assert_eq!(read, profile());
}

fn operator(roles: &str) -> Person {
    Person {
        id: id(9),
        email: "olga@example.org".parse().unwrap(),
        name: "Olga".to_owned(),
        roles: roles.parse::<Roles>().unwrap(),
        since: at(0),
    }
}

fn vetting(decision: Decision, minute: i64) -> Vetting {
    let (failed, reasons) = match decision {
        Decision::Approved => (BTreeSet::new(), ""),
        Decision::Refused => ([Check::Evidence].into(), "Show us one piece of work."),
    };
    Vetting::check((id(9), at(minute)), decision, failed, reasons).unwrap()
}

#[test]
fn a_decision_and_its_checklist_agree() {
    let check = |decision, failed: &[Check], reasons: &str| {
        let failed = failed.iter().copied().collect();
        Vetting::check((id(9), at(1)), decision, failed, reasons).map_err(|fault| (fault.field, fault.code))
    };
    assert!(check(Decision::Approved, &[], "").is_ok());
    let contradiction = check(Decision::Approved, &[Check::Conduct], "");
    assert_eq!(contradiction.unwrap_err(), ("failed", "contradiction"));
    assert_eq!(
        check(Decision::Refused, &[], "Because.").unwrap_err(),
        ("failed", "missing")
    );
    let unexplained = check(Decision::Refused, &[Check::Conduct], "  ");
    assert_eq!(unexplained.unwrap_err(), ("reasons", "missing"));
    let short = check(Decision::Refused, &[Check::Conduct], "No proof.");
    assert_eq!(short.unwrap_err(), ("reasons", "unclear"));
}

/// The whole table: from each standing, what each act leads to.
#[test]
fn each_act_leads_from_each_standing_where_it_should() {
    let olga = operator("support");
    let in_standing = |standing| Expert {
        standing,
        ..Expert::new(id(1), profile(), at(0))
    };
    let mut told = String::new();
    for from in Standing::ALL {
        let expert = in_standing(*from);
        let ends = [
            ("submit", expert.clone().submit(at(1))),
            ("hide", expert.clone().hide(at(1))),
            ("show", expert.clone().show(at(1))),
            (
                "approve",
                expert.clone().vet(&olga, &vetting(Decision::Approved, 1)),
            ),
            (
                "refuse",
                expert.clone().vet(&olga, &vetting(Decision::Refused, 1)),
            ),
        ];
        for (act, end) in ends {
            if let Ok(after) = end {
                assert_eq!(after.version, 2);
                writeln!(told, "{from} {act} {}", after.standing).unwrap();
            }
        }
    }
    assert_eq!(
        told,
        "draft submit waiting\n\
         waiting approve visible\n\
         waiting refuse refused\n\
         visible hide hidden\n\
         visible approve visible\n\
         visible refuse refused\n\
         refused submit waiting\n\
         hidden show visible\n\
         hidden approve hidden\n\
         hidden refuse refused\n"
    );
}

#[test]
fn only_support_vets_and_nobody_their_own_profile() {
    let waiting = Expert::new(id(1), profile(), at(0)).submit(at(1)).unwrap();
    let approved = vetting(Decision::Approved, 2);
    for (roles, good) in [
        ("support", true),
        ("owner", true),
        ("finance", false),
        ("editor", false),
    ] {
        assert_eq!(
            waiting.clone().vet(&operator(roles), &approved).is_ok(),
            good,
            "{roles}"
        );
    }
    let own = Expert {
        person: id(9),
        ..waiting
    };
    assert_eq!(
        own.vet(&operator("support"), &approved).unwrap_err().code,
        "own_profile"
    );
}

#[test]
fn a_visible_profile_stays_so_and_is_marked_where_its_claims_change() {
    let olga = operator("support");
    let waiting = Expert::new(id(1), profile(), at(0)).submit(at(1)).unwrap();
    assert_eq!(waiting.due_since(), Some(at(1)));
    let edited = waiting.clone().edit(
        Profile {
            headline: "Other".to_owned(),
            ..profile()
        },
        at(2),
    );
    assert_eq!((edited.standing, edited.changed_at), (Standing::Waiting, None));

    let visible = waiting.vet(&olga, &vetting(Decision::Approved, 3)).unwrap();
    assert_eq!((visible.vetted_at, visible.due_since()), (Some(at(3)), None));
    let unclaimed = Profile {
        about: "Other".to_owned(),
        rate: None,
        ..profile()
    };
    let same = visible.clone().edit(unclaimed, at(4));
    assert_eq!(same.due_since(), None);
    let more = Profile {
        skills: vec![Skill {
            name: "Rust".to_owned(),
            years: 2,
            evidence: None,
        }],
        ..profile()
    };
    let changed = same.edit(more, at(5)).edit(profile(), at(6));
    assert_eq!(changed.standing, Standing::Visible);
    assert_eq!(changed.due_since(), Some(at(5)), "the first change counts");
    let again = changed.vet(&olga, &vetting(Decision::Approved, 7)).unwrap();
    assert_eq!((again.vetted_at, again.due_since()), (Some(at(3)), None));
    assert_eq!(again.since, at(3));
}
