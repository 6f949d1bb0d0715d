//! The office: who may see what, deciding about profiles, and reading requests.

use std::sync::Arc;

use axum::http::StatusCode;
use earnest_app::account;
use earnest_app::contract::Also;
use earnest_app::motion::{self, What};
use earnest_app::outside::mail::{Mailer, NotSent, Sending};
use earnest_app::payee::{self, Who};
use earnest_hire::contract::Actor;
use earnest_hire::ids::PersonId;
use earnest_hire::payee::Command;
use earnest_hire::person::Roles;
use earnest_store::{JobEnd, JobState, MailRow};

use super::age;
use crate::expert::tests::operator;
use crate::testing::{NOW, Reply, Visitor, between};

mod books;
mod contract_holds;
mod deadlines;
mod disputes;
mod editions;
mod holds;
mod people;
mod requests;

/// Every page that has no id in its address, with who may see it: support, finance, editor, owner.
const PAGES: [(&str, [bool; 4]); 18] = [
    ("/office", [true; 4]),
    ("/office/vetting", [true, false, false, true]),
    ("/office/requests", [true, false, false, true]),
    ("/office/people", [true, true, false, true]),
    ("/office/motions", [false, true, false, true]),
    ("/office/jobs", [false, true, false, true]),
    ("/office/disputes", [false, true, false, true]),
    ("/office/holds", [false, true, false, true]),
    ("/office/payouts", [false, true, false, true]),
    ("/office/deadlines", [false, true, false, true]),
    ("/office/receipts", [false, true, false, true]),
    ("/office/events", [false, true, false, true]),
    ("/office/differences", [false, true, false, true]),
    ("/office/ledger", [false, true, false, true]),
    ("/office/letters", [true, false, false, true]),
    ("/office/editions", [false, false, true, true]),
    ("/office/go-live", [false, false, false, true]),
    ("/office/log", [false, false, false, true]),
];

/// The addresses that a page links to.
fn links(page: &Reply) -> Vec<String> {
    let hrefs = between(page.text(), "href=\"", "\"").into_iter();
    hrefs
        .map(|href| href.split('#').next().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn each_role_sees_its_own_pages_and_strangers_none() {
    let visitor = Visitor::new();
    assert_eq!(visitor.get("/office").await.status, StatusCode::SEE_OTHER);
    let stranger = visitor.come_in("ada@example.org", "Ada").await;
    let support = operator(&visitor, "support@example.org", "support").await;
    let finance = operator(&visitor, "finance@example.org", "finance").await;
    let editor = operator(&visitor, "editor@example.org", "editor").await;
    let owner = operator(&visitor, "owner@example.org", "owner").await;
    let people = [&support, &finance, &editor, &owner];
    for (path, seen) in PAGES {
        let nobody = stranger.get(path).await.status;
        assert_eq!(nobody, StatusCode::NOT_FOUND, "{path} for a stranger");
        for (who, seen) in people.into_iter().zip(seen) {
            let status = who.get(path).await.status;
            let expected = if seen {
                StatusCode::OK
            } else {
                StatusCode::NOT_FOUND
            };
            assert_eq!(status, expected, "{path}");
        }
    }
    let front = owner.get("/office").await;
    for (path, _) in PAGES.into_iter().skip(1) {
        assert!(
            links(&front)
                .iter()
                .any(|link| link.split('?').next() == Some(path)),
            "{path} is no click away"
        );
    }
    for path in [
        "/office/vetting/per_1",
        "/office/motions/mot_1/second",
        "/office/jobs",
        "/office/receipts",
        "/office/events",
        "/office/differences",
        "/office/ledger/proof",
        "/office/disputes/mst_1",
        "/office/people/per_1/hold",
        "/office/people/per_1/holds/hld_1",
        "/office/visits/per_1",
        "/office/letters",
        "/office/go-live/mail",
        "/office/go-live/restore",
    ] {
        assert_eq!(
            stranger.post(path, "").await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert!(
        editor
            .get("/office")
            .await
            .text()
            .contains("Nothing waits for your role")
    );
}

#[tokio::test]
async fn a_refusal_needs_what_fails_and_why_and_the_expert_reads_it() {
    let visitor = Visitor::new();
    let emil = visitor.come_in("emil@example.org", "Emil").await;
    let form =
        "headline=Python&about=Much&skill_1=Python&years_1=1&languages=English&time_zone=UTC&then=submit";
    emil.post("/me/expert-profile", form).await;
    let olga = operator(&visitor, "olga@example.org", "support").await;
    let office = olga.get("/office").await;
    assert!(
        office.text().contains("Expert profiles to vet"),
        "{}",
        office.text()
    );
    let list = olga.get("/office/vetting").await;
    let (_, rest) = list.text().split_once("/office/vetting/per_").unwrap();
    let path = format!("/office/vetting/per_{}", rest.split('"').next().unwrap());

    for (answer, place) in [
        ("decision=refused&reasons=Because+it+is.", "#failed"),
        ("decision=refused&evidence=fails", "#reasons"),
        ("decision=refused&evidence=fails&reasons=x", "#reasons"),
        ("decision=approved&evidence=fails", "#failed"),
    ] {
        let reply = olga.post(&path, &format!("version=2&{answer}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert!(reply.text().contains(&format!("href=\"{place}\"")), "{answer}");
    }
    let late = olga.post(&path, "version=1&decision=approved").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains(&path), "{}", late.text());
    let reasons = "version=2&decision=refused&evidence=fails&reasons=Show+one+piece+of+work.+%3Cb%3E";
    assert_eq!(olga.post(&path, reasons).await.status, StatusCode::SEE_OTHER);

    let page = emil.get("/me/expert-profile").await;
    for part in [
        "Show one piece of work. &#60;b&#62;",
        "Does not hold: At least one skill",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(
        emil.get("/me/audit")
            .await
            .text()
            .contains("did not let it through")
    );
    assert!(olga.get("/office/vetting").await.text().contains("Nobody waits"));
    assert_eq!(olga.get(&path).await.status, StatusCode::OK);
    let again = emil.post("/me/expert-profile/submit", "").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(olga.get("/office/vetting").await.text().contains("Emil"));
}

#[tokio::test]
async fn nobody_vets_themself() {
    let visitor = Visitor::new();
    let olga = operator(&visitor, "olga@example.org", "owner").await;
    let form =
        "headline=Python&about=Much&skill_1=Python&years_1=1&languages=English&time_zone=UTC&then=submit";
    olga.post("/me/expert-profile", form).await;
    let list = olga.get("/office/vetting").await;
    let (_, rest) = list.text().split_once("/office/vetting/per_").unwrap();
    let path = format!("/office/vetting/per_{}", rest.split('"').next().unwrap());
    assert!(olga.get(&path).await.text().contains("it is your own"));
    let reply = olga.post(&path, "version=2&decision=approved").await;
    assert_eq!(reply.status, StatusCode::CONFLICT);
    assert!(reply.text().contains("Nobody vets their own profile"));
}

#[tokio::test]
async fn the_office_reads_a_whole_request() {
    let visitor = Visitor::new();
    let raised = "name=Clara&email=clara%40example.org&summary=An+API+%3Cscript%3E&role=Python+engineer&details=Two\
                  %0D%0Alines&budget=25%2C000&place=Berlin";
    assert_eq!(
        visitor.post("/requests", raised).await.status,
        StatusCode::SEE_OTHER
    );
    let olga = operator(&visitor, "olga@example.org", "support").await;
    let list = olga.get("/office/requests").await;
    let (_, rest) = list.text().split_once("/office/requests/req_").unwrap();
    let page = olga
        .get(&format!(
            "/office/requests/req_{}",
            rest.split('"').next().unwrap()
        ))
        .await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "clara@example.org",
        "Python engineer",
        "$25,000.00",
        "Berlin",
        "Two\nlines",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(!page.text().contains("API <script>"));
    // what the queue counts is what its link lists
    let office = olga.get("/office").await;
    assert!(
        office.text().contains("href=\"/office/requests?waiting=1\""),
        "{}",
        office.text()
    );
    let waiting = olga.get("/office/requests?waiting=1").await;
    assert!(
        waiting.text().contains("/office/requests/req_"),
        "{}",
        waiting.text()
    );
    let id = rest.split('"').next().unwrap();
    let answered = olga.post(&format!("/office/requests/req_{id}/replied"), "").await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.text());
    let waiting = olga.get("/office/requests?waiting=1").await;
    assert!(
        waiting.text().contains("Every request has an answer or is over."),
        "{}",
        waiting.text()
    );
    let all = olga.get("/office/requests").await;
    assert!(
        all.text().contains(&format!("/office/requests/req_{id}\"")),
        "{}",
        all.text()
    );
    for path in ["/office/requests/nonsense", "/office/requests?after=nonsense"] {
        assert_eq!(olga.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Somebody whose payout account was changed, and what operators may do about it.
async fn paid_elsewhere(visitor: &Visitor) -> (Visitor, PersonId) {
    let emil = visitor.come_in("emil@example.org", "Emil").await;
    let address = "emil@example.org".parse().unwrap();
    let person = account::appoint(visitor.desk(), &address, "Emil", &Roles::default())
        .await
        .unwrap();
    let actor = Actor::Person { id: person.id };
    for reference in ["acct_1", "acct_2"] {
        let command = Command::SetPayoutAccount {
            reference: reference.to_owned(),
            provider: "bank".parse().unwrap(),
        };
        payee::act(
            visitor.desk(),
            person.id,
            &command,
            Who::sure(&actor),
            Also::Nothing,
        )
        .await
        .unwrap();
    }
    (emil, person.id)
}

#[tokio::test]
async fn a_motion_is_for_another_operator_and_the_person_reads_of_it() {
    let visitor = Visitor::new();
    let (emil, person) = paid_elsewhere(&visitor).await;
    let roles = "finance".parse().unwrap();
    let address = "first@example.org".parse().unwrap();
    let first = account::appoint(visitor.desk(), &address, "First", &roles)
        .await
        .unwrap();
    let what = What::Payee(
        person,
        Command::ApproveAccount {
            reference: "acct_2".to_owned(),
            second: None,
        },
    );
    let actor = Actor::Operator { id: first.id };
    let motion = motion::propose(visitor.desk(), &what, Who::sure(&actor))
        .await
        .unwrap();
    let first = visitor.come_in("first@example.org", "First").await;
    let second = operator(&visitor, "second@example.org", "owner").await;

    let own = first.get("/office/motions").await;
    assert!(own.text().contains("You proposed this."), "{}", own.text());
    assert!(own.text().contains("acct_2"));
    assert!(own.text().contains(">Emil</a>"), "{}", own.text());
    let path = format!("/office/motions/{motion}/second");
    let first = first.proved("first@example.org").await;
    let refused = first.post(&path, "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("/office/motions\""), "{}", refused.text());
    // a link by mail is no second factor, which this takes
    let led = second.post(&path, "").await;
    assert_eq!(led.header("location"), "/me/prove?to=%2Foffice%2Fmotions");
    let dropped = second.post(&format!("/office/motions/{motion}/drop"), "").await;
    assert_eq!(dropped.status, StatusCode::SEE_OTHER, "{}", dropped.text());
    assert!(
        second
            .get("/office/motions")
            .await
            .text()
            .contains("No motion waits")
    );
    assert!(
        emil.get("/me/audit")
            .await
            .text()
            .contains("Dropped what another operator")
    );
}

#[tokio::test]
async fn whoever_has_proved_it_is_them_seconds_a_motion_in_the_browser() {
    let visitor = Visitor::new();
    let (emil, person) = paid_elsewhere(&visitor).await;
    let roles = "finance".parse().unwrap();
    let address = "first@example.org".parse().unwrap();
    let first = account::appoint(visitor.desk(), &address, "First", &roles)
        .await
        .unwrap();
    let command = Command::ApproveAccount {
        reference: "acct_2".to_owned(),
        second: None,
    };
    let actor = Actor::Operator { id: first.id };
    let what = What::Payee(person, command);
    let motion = motion::propose(visitor.desk(), &what, Who::sure(&actor))
        .await
        .unwrap();
    let again = motion::propose(visitor.desk(), &what, Who::sure(&actor)).await;
    assert_eq!(again.unwrap(), motion, "a second click proposes nothing new");
    let second = operator(&visitor, "second@example.org", "owner").await;
    let second = second.proved("second@example.org").await;
    let path = format!("/office/motions/{motion}/second");
    for status in [StatusCode::SEE_OTHER, StatusCode::CONFLICT] {
        let reply = second.post(&path, "").await;
        assert_eq!(reply.status, status, "{}", reply.text());
    }
    let record = emil.get("/me/audit").await;
    for part in [
        "Approved the account that you are paid to.",
        "As the second operator",
    ] {
        assert!(record.text().contains(part), "{part}: {}", record.text());
    }
}

#[tokio::test]
async fn a_job_that_was_given_up_is_tried_again_once() {
    let visitor = Visitor::new();
    let (emil, _) = paid_elsewhere(&visitor).await;
    let store = &visitor.desk().store;
    let read = |state| store.read(move |mut view| async move { view.jobs(state, 9).await });
    let job = read(JobState::Waiting).await.unwrap().remove(0);
    let why = "<b>no answer</b>".to_owned();
    store.end_job(job.id.clone(), JobEnd::Dead { why }).await.unwrap();
    let finance = operator(&visitor, "finance@example.org", "finance").await;
    let page = finance.get("/office/jobs").await;
    assert!(page.text().contains("&#60;b&#62;no answer"), "{}", page.text());
    let id: String = form_urlencoded::byte_serialize(job.id.as_bytes()).collect();
    let led = finance.post("/office/jobs", &format!("job={id}")).await;
    assert_eq!(led.header("location"), "/me/prove?to=%2Foffice%2Fjobs");
    assert_eq!(read(JobState::Dead).await.unwrap().len(), 1, "nothing was done");
    let finance = finance.proved("finance@example.org").await;
    for status in [StatusCode::SEE_OTHER, StatusCode::CONFLICT] {
        let reply = finance.post("/office/jobs", &format!("job={id}")).await;
        assert_eq!(reply.status, status);
    }
    assert!(read(JobState::Dead).await.unwrap().is_empty());
    assert!(emil.get("/me/audit").await.text().contains("tried again"));
}

#[test]
fn an_age_says_as_much_as_matters() {
    for (minutes, expected) in [
        (-5, "under a minute"),
        (1, "1 minute"),
        (59, "59 minutes"),
        (60, "1 hour"),
        (2_879, "47 hours"),
        (2_880, "2 days"),
    ] {
        let since = NOW - jiff::SignedDuration::from_mins(minutes);
        assert_eq!(age(NOW, since), expected);
    }
}

/// A mail server that knows nobody.
struct Bouncing;

impl Mailer for Bouncing {
    fn send<'a>(&'a self, _letter: &'a MailRow) -> Sending<'a> {
        let why = "550 nobody of <that> name".to_owned();
        Box::pin(async { Err(NotSent::Never { why }) })
    }
}

#[tokio::test]
async fn a_letter_that_bounced_is_seen_and_can_be_sent_again() {
    let visitor = Visitor::new();
    let olga = operator(&visitor, "olga@example.org", "support").await;
    assert!(
        olga.get("/office/letters")
            .await
            .text()
            .contains("None. A letter")
    );
    visitor.post("/sign-in", "email=nobody%40example.org").await;
    let mut desk = visitor.desk().clone();
    desk.mailer = Arc::new(Bouncing);
    assert_eq!(earnest_app::mail::run_due(&desk).await.unwrap(), 1);
    // it is final: no other attempt follows
    assert_eq!(earnest_app::mail::run_due(&desk).await.unwrap(), 0);

    assert!(
        olga.get("/office")
            .await
            .text()
            .contains("href=\"/office/letters\"")
    );
    let page = olga.get("/office/letters").await;
    assert!(
        page.text().contains("550 nobody of &#60;that&#62; name"),
        "{}",
        page.text()
    );
    assert!(
        !page.text().contains("/sign-in/"),
        "a link that opens an account is not shown"
    );
    let (_, rest) = page.text().split_once("value=\"mai_").unwrap();
    let form = format!("letter=mai_{}", rest.split('"').next().unwrap());
    assert_eq!(
        olga.post("/office/letters", &form).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(visitor.letters_to("nobody@example.org").await.len(), 1);
    let late = olga.post("/office/letters", &form).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    let none = olga.post("/office/letters", "letter=mai_1").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}
