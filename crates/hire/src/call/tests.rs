use proptest::prelude::*;

use super::*;
use crate::span::after;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2026-11-24T12:00:00Z")
}

fn person(number: u8) -> PersonId {
    PersonId::new(Timestamp::UNIX_EPOCH, [number; 10])
}

fn actor(number: u8) -> Actor {
    Actor::Person { id: person(number) }
}

fn proposed(by: u8, slots: &[Timestamp]) -> Result<Call, Refusal> {
    let draft = Draft {
        zone: "Europe/Berlin".to_owned(),
        minutes: 30,
        slots: slots.to_vec(),
    };
    let id = CallId::new(Timestamp::UNIX_EPOCH, [7; 10]);
    Call::propose(id, (person(1), person(2)), person(by), &draft, now())
}

fn hours(number: i64) -> SignedDuration {
    SignedDuration::from_hours(number)
}

#[test]
fn a_call_is_booked_by_the_other_side_and_held_or_missed_after_its_time() {
    let (now, later) = (now(), after(now(), hours(24)));
    let other = after(later, hours(1));
    assert_eq!(proposed(1, &[now]), Err(Refusal::SlotUnfit));
    assert_eq!(proposed(1, &[later; 4]), Err(Refusal::SlotUnfit));
    assert_eq!(proposed(9, &[later]), Err(Refusal::NotYourProposal));
    let call = proposed(1, &[later]).unwrap();
    for (event, by, slots, when, refusal) in [
        (E::Book, actor(1), vec![later], now, Refusal::OwnOffer),
        (E::Book, actor(2), vec![other], now, Refusal::SlotUnfit),
        (E::Book, actor(2), vec![], now, Refusal::SlotUnfit),
        (E::Book, actor(2), vec![later], later, Refusal::SlotUnfit),
        (E::Book, actor(9), vec![later], now, Refusal::NotYourProposal),
        (E::Hold, actor(2), vec![], later, Refusal::CallNotNow),
        (E::Lapse, Actor::Clock, vec![], later, Refusal::TimerNotDue),
    ] {
        assert_eq!(call.decide(event, &by, &slots, when), Err(refusal), "{event}");
    }
    let booked = call.decide(E::Book, &actor(2), &[later], now).unwrap();
    assert_eq!(
        (booked.stage, booked.at, booked.version),
        (Booked, Some(later), 1)
    );
    assert_eq!(
        booked.decide(E::Hold, &actor(2), &[], now),
        Err(Refusal::CallNotNow)
    );
    assert_eq!(
        booked.decide(E::Miss, &actor(1), &[], later),
        Err(Refusal::CallNotNow)
    );
    let stage = |event, when| booked.decide(event, &actor(1), &[], when).unwrap().stage;
    assert_eq!((stage(E::Hold, later), stage(E::Miss, other)), (Held, Missed));
    let moved = booked.decide(E::Move, &actor(2), &[other], now).unwrap();
    assert_eq!(
        (moved.stage, moved.at, moved.proposed_by),
        (Proposed, None, person(2))
    );
    let lapsed = moved.decide(E::Lapse, &Actor::Clock, &[], after(other, hours(1)));
    assert_eq!(lapsed.unwrap().stage, Missed);
}

#[test]
fn either_side_takes_a_call_back_until_it_is_over() {
    let later = after(now(), hours(24));
    let call = proposed(1, &[later]).unwrap();
    let booked = call.decide(E::Book, &actor(2), &[later], now()).unwrap();
    for (one, by) in [(&call, 1), (&call, 2), (&booked, 1), (&booked, 2)] {
        assert!(one.may(E::Withdraw, person(by), now()));
        let over = one.decide(E::Withdraw, &actor(by), &[], now()).unwrap();
        assert_eq!((over.stage, over.at), (Withdrawn, one.at));
        for event in CallEvent::ALL {
            assert!(!over.may(*event, person(by), now()), "{event}");
        }
    }
    assert!(!call.may(E::Withdraw, person(9), now()));
    assert!(call.may(E::Book, person(2), now()) && !call.may(E::Book, person(1), now()));
}

#[test]
fn times_are_read_on_the_clock_of_whoever_types_them() {
    let typed = |zone, slots| Draft::typed(zone, "45", slots, now());
    let draft = typed("europe/berlin", ["2026-12-01T14:30", "", "2026-12-01T09:00"]).unwrap();
    assert_eq!(
        (draft.zone.as_str(), draft.minutes, draft.slots),
        (
            "Europe/Berlin",
            45,
            vec![at("2026-12-01T08:00:00Z"), at("2026-12-01T13:30:00Z")]
        )
    );
    let kolkata = typed("Asia/Kolkata", ["2026-12-01T14:30", "2026-12-01T14:30", ""]).unwrap();
    assert_eq!(kolkata.slots, [at("2026-12-01T09:00:00Z")], "none twice");
    let first = typed("Europe/Berlin", ["2027-10-31T02:30", "", ""]).unwrap();
    assert_eq!(first.slots, [at("2027-10-31T00:30:00Z")], "of two the first");
}

#[test]
fn each_time_that_cannot_be_is_named() {
    for (zone, minutes, slots, codes) in [
        ("", "30", ["2026-12-01T14:30", "", ""], &["zone missing"][..]),
        ("Mars/Olympus", "30", ["", "", ""], &["zone unknown"]),
        (
            "UTC",
            "9",
            ["2026-12-01T14:30", "", ""],
            &["minutes out_of_range"],
        ),
        (
            "UTC",
            "x",
            ["", "", ""],
            &["minutes out_of_range", "slot-1 missing"],
        ),
        (
            "UTC",
            "30",
            ["tomorrow", "2026-11-24T11:59", ""],
            &["slot-1 malformed", "slot-2 past"],
        ),
        (
            "Europe/Berlin",
            "30",
            ["", "", "2027-03-28T02:30"],
            &["slot-3 no_such_time"],
        ),
        (
            "UTC",
            "30",
            ["9999-12-31T23:59:59", "1066-10-14T09:00", ""],
            &["slot-1 malformed", "slot-2 past"],
        ),
    ] {
        let made = Draft::typed(zone, minutes, slots, now());
        let found: Vec<String> = made
            .unwrap_err()
            .iter()
            .map(|fault| format!("{} {}", fault.field, fault.code))
            .collect();
        assert_eq!(found, codes, "{zone} {minutes} {slots:?}");
    }
}

const EVENT: Event<'_> = Event {
    summary: "Call with Zoë; about prices, quotes",
    description: "First line\nC:\\second\r\nEND:VEVENT",
    url: "https://northgate.example/conversations/cnv_1",
    host: "northgate.example",
};

#[test]
fn a_calendar_reads_the_call_in_utc_and_under_one_name() {
    let later = at("2026-12-01T13:30:00Z");
    let call = proposed(1, &[later]).unwrap();
    assert_eq!(calendar(&call, &EVENT), None);
    let booked = call.decide(E::Book, &actor(2), &[later], now()).unwrap();
    let file = calendar(&booked, &EVENT).unwrap();
    assert_eq!(
        file,
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Earnest//Calls//EN\r\nMETHOD:PUBLISH\r\nBEGIN:VEVENT\r\n\
         UID:cal_0000000000ew3re1r70w3ge1r7@northgate.example\r\nDTSTAMP:20261124T120000Z\r\nSEQUENCE:1\r\n\
         DTSTART:20261201T133000Z\r\nDTEND:20261201T140000Z\r\nSTATUS:CONFIRMED\r\n\
         SUMMARY:Call with Zoë\\; about prices\\, quotes\r\n\
         DESCRIPTION:First line\\nC:\\\\second\\nEND:VEVENT\r\n\
         URL:https://northgate.example/conversations/cnv_1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let over = booked.decide(E::Withdraw, &actor(1), &[], now()).unwrap();
    let file = calendar(&over, &EVENT).unwrap();
    assert!(
        file.contains("STATUS:CANCELLED\r\n") && file.contains("SEQUENCE:2\r\n"),
        "{file}"
    );
}

proptest! {
    #[test]
    fn whatever_is_written_into_a_calendar_stays_in_its_line(text in "\\PC{0,300}|(.|\n|\r){0,80}") {
        let later = at("2026-12-01T13:30:00Z");
        let call = proposed(1, &[later]).unwrap();
        let booked = call.decide(E::Book, &actor(2), &[later], now()).unwrap();
        let event = Event { summary: &text, description: &text, url: &text, ..EVENT };
        let file = calendar(&booked, &event).unwrap();
        prop_assert!(file.ends_with("\r\n"));
        let lines: Vec<&str> = file.trim_end_matches("\r\n").split("\r\n").collect();
        prop_assert!(lines.iter().all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])));
        let unfolded = file.replace("\r\n ", "");
        prop_assert_eq!(unfolded.lines().count(), 16);
        let summary = unfolded.lines().find_map(|line| line.strip_prefix("SUMMARY:")).unwrap();
        prop_assert!(!summary.replace("\\\\", "").replace("\\,", "").replace("\\;", "").contains([',', ';']));
    }
}
