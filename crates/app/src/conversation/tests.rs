//! Who may begin to talk, and how much of it.

use std::collections::BTreeSet;

use earnest_hire::contract::Actor;

use super::*;
use crate::expert::{Act, Verdict, act, vet};
use crate::testing::{content, desk, drafted, expert, opened, operator, person};
use crate::{invitation, proposal};

fn code<T: std::fmt::Debug>(ended: Result<T, Error>) -> &'static str {
    ended.unwrap_err().code()
}

fn once(number: u8) -> OnceKey {
    OnceKey::new([number; 16])
}

#[tokio::test]
async fn only_experts_whom_others_see_answer_and_each_no_says_what_to_do() {
    let (desk, _outside, _folder) = desk().await;
    let clara = person(&desk, "Clara").await;
    let request = opened(&desk, &clara, |_| ()).await;
    let nobody = person(&desk, "Nora").await;
    assert_eq!(code(begin(&desk, request, nobody.id).await), "profile_missing");
    let emil = drafted(&desk, "Emil", "SQL").await;
    assert_eq!(code(begin(&desk, request, emil.id).await), "profile_draft");
    act(&desk, emil.id, Act::Submit).await.unwrap();
    assert_eq!(code(begin(&desk, request, emil.id).await), "profile_waiting");
    let olga = operator(&desk, "Olga").await;
    let verdict = |version, decision, failed: BTreeSet<_>| Verdict {
        version,
        decision,
        failed,
        reasons: "Show some work.".to_owned(),
    };
    let failed = [earnest_hire::expert::Check::Evidence].into();
    let no = verdict(2, earnest_hire::expert::Decision::Refused, failed);
    vet(&desk, &olga, emil.id, &no).await.unwrap();
    assert_eq!(code(begin(&desk, request, emil.id).await), "profile_refused");
    act(&desk, emil.id, Act::Submit).await.unwrap();
    let yes = verdict(4, earnest_hire::expert::Decision::Approved, BTreeSet::default());
    vet(&desk, &olga, emil.id, &yes).await.unwrap();
    act(&desk, emil.id, Act::Hide).await.unwrap();
    assert_eq!(code(begin(&desk, request, emil.id).await), "profile_hidden");
    act(&desk, emil.id, Act::Show).await.unwrap();
    let talk = begin(&desk, request, emil.id).await.unwrap();
    assert_eq!(
        begin(&desk, request, emil.id).await.unwrap(),
        talk,
        "a second click finds the first"
    );
    act(&desk, emil.id, Act::Hide).await.unwrap();
    let sent = proposal::propose(
        &desk,
        talk,
        &Actor::Person { id: emil.id },
        content("All of it"),
        0,
    )
    .await;
    assert_eq!(code(sent), "profile_hidden", "nor do they propose");
}

#[tokio::test]
async fn an_expert_has_twenty_open_proposals_and_thirty_conversations_at_most() {
    let (desk, _outside, _folder) = desk().await;
    let clara = person(&desk, "Clara").await;
    let emil = expert(&desk, "Emil", "SQL").await;
    let by = Actor::Person { id: emil.id };
    let mut talks = Vec::new();
    for number in 0..30 {
        let request = opened(&desk, &clara, |_| ()).await;
        let talk = begin(&desk, request, emil.id).await.unwrap();
        if number < 20 {
            proposal::propose(&desk, talk, &by, content("All of it"), 0)
                .await
                .unwrap();
        }
        talks.push((request, talk));
    }
    let late = proposal::propose(&desk, talks[20].1, &by, content("All of it"), 0).await;
    assert_eq!(code(late), "too_many_proposals");
    let one_more = opened(&desk, &clara, |_| ()).await;
    assert_eq!(
        code(begin(&desk, one_more, emil.id).await),
        "too_many_conversations"
    );
    let client = Actor::Person { id: clara.id };
    let event = earnest_hire::request::RequestEvent::Cancel;
    crate::request::progress::act(&desk, talks[0].0, event, &client)
        .await
        .unwrap();
    begin(&desk, one_more, emil.id).await.unwrap();
    proposal::propose(&desk, talks[20].1, &by, content("All of it"), 0)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_person_writes_sixty_messages_an_hour_and_none_too_long() {
    let (desk, outside, _folder) = desk().await;
    let clara = person(&desk, "Clara").await;
    let request = opened(&desk, &clara, |_| ()).await;
    let emil = expert(&desk, "Emil", "SQL").await;
    let talk = begin(&desk, request, emil.id).await.unwrap();
    for number in 0..60 {
        say(&desk, talk, emil.id, "Hello", once(number)).await.unwrap();
    }
    assert_eq!(
        code(say(&desk, talk, emil.id, "Hello", once(60)).await),
        "too_many_messages"
    );
    say(&desk, talk, emil.id, "Hello", once(59))
        .await
        .expect("a form that was sent before is not one more");
    say(&desk, talk, clara.id, "Slowly", once(61))
        .await
        .expect("the other one may answer");
    outside.wait(3_601);
    say(&desk, talk, emil.id, "Hello", once(60)).await.unwrap();
    let long = say(&desk, talk, emil.id, &"x".repeat(5_001), once(62)).await;
    let Err(Error::Invalid(faults)) = long else {
        panic!("{long:?}")
    };
    assert_eq!(faults[0].code, "too_long");
    assert_eq!(look(&desk, talk, emil.id).await.unwrap().messages.len(), 62);
}

#[tokio::test]
async fn whoever_may_not_see_a_request_does_not_learn_that_it_is_there() {
    let (mut desk, _outside, _folder) = desk().await;
    let clara = person(&desk, "Clara").await;
    let emil = expert(&desk, "Emil", "SQL").await;
    let managed = opened(&desk, &clara, |draft| draft.wishes.mode = "managed".to_owned()).await;
    let plain = opened(&desk, &clara, |_| ()).await;
    let listed = crate::request::progress::open(&desk, "", None, 50)
        .await
        .unwrap()
        .0;
    let ids: Vec<RequestId> = listed.iter().map(|known| known.request.id).collect();
    assert_eq!(ids, [plain], "one that the operator looks after is in no list");
    assert_eq!(code(begin(&desk, managed, emil.id).await), "not_found");
    invitation::invite(&desk, managed, clara.id, emil.id)
        .await
        .unwrap();
    begin(&desk, managed, emil.id).await.unwrap();
    desk.mode = earnest_hire::request::Mode::Managed;
    assert_eq!(code(begin(&desk, plain, emil.id).await), "not_found");
    assert!(
        crate::request::progress::open(&desk, "", None, 50)
            .await
            .unwrap()
            .0
            .is_empty()
    );
    let own = begin_with(&desk, plain, clara.id, emil.id).await;
    assert_eq!(code(own), "not_proposed");
    assert_eq!(
        code(begin_with(&desk, plain, emil.id, emil.id).await),
        "not_found"
    );
}

#[tokio::test]
async fn lists_take_as_many_statements_for_many_rows_as_for_few() {
    let (desk, _outside, _folder) = desk().await;
    let (client, emil, first) = crate::testing::talking(&desk).await;
    say(&desk, first, emil.id, "When?", once(1)).await.unwrap();
    let statements = async || {
        let before = earnest_store::statements_run();
        let (talks, _next) = list(&desk, client.id, None, 100).await.unwrap();
        let mine = crate::request::progress::mine(&desk, client.id).await.unwrap();
        let open = crate::request::progress::open(&desk, "", None, 50)
            .await
            .unwrap()
            .0;
        let unread: i64 = talks.iter().map(|line| line.unread).sum();
        let named = talks
            .iter()
            .all(|line| !line.other.is_empty() && !line.summary.is_empty());
        assert!(named && mine.len() == open.len());
        let run = earnest_store::statements_run() - before;
        (run, talks.len(), mine.len(), unread)
    };
    let (few, ..) = statements().await;
    for number in 0..3 {
        let rosa = crate::testing::expert(&desk, &format!("rosa{number}"), "Go").await;
        let request = crate::testing::open_request(&desk, &client).await;
        let talk = begin(&desk, request, rosa.id).await.unwrap();
        say(&desk, talk, rosa.id, "Which database?", once(10 + number))
            .await
            .unwrap();
    }
    assert_eq!(statements().await, (few, 4, 4, 4));
}

#[tokio::test]
async fn a_form_says_one_thing_once_and_nothing_that_was_written_later_is_lost_in_silence() {
    let (desk, _outside, _folder) = desk().await;
    let (clara, _emil, talk) = crate::testing::talking(&desk).await;
    let file = async |name: &str| {
        let mut arriving = file::Arriving::begin(&desk, clara.id, name).await.unwrap();
        arriving.push(b"the plan").await.unwrap();
        arriving.finish().await.unwrap().id
    };
    let (first, twice, other) = (
        file("plan.txt").await,
        file("plan.txt").await,
        file("more.txt").await,
    );
    let say = async |text: &str, files: &[FileId], number| {
        let once = once(number);
        say_with(&desk, talk, clara.id, Words { text, files, once }).await
    };
    let said = say("Hello", &[first], 1).await.unwrap();
    say("And more", &[], 2).await.unwrap();
    assert_eq!(say("Hello", &[twice], 1).await.unwrap(), said, "a second click");
    for (text, files) in [("Hello again", &[twice][..]), ("Hello", &[]), ("Hello", &[other])] {
        let again = say(text, files, 1).await;
        assert!(matches!(again, Err(Error::KeyReused)), "{text}: {again:?}");
    }
    let thread = look(&desk, talk, clara.id).await.unwrap();
    let texts: Vec<_> = thread.messages.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(texts, ["Hello", "And more"]);
    assert_eq!(thread.files.len(), 1);
}

#[tokio::test]
async fn open_requests_are_looked_through_by_skill_and_in_parts() {
    use crate::request::progress::open;
    let (desk, outside, _folder) = crate::testing::desk().await;
    let clara = crate::testing::person(&desk, "Clara").await;
    let mut all = Vec::new();
    let changes: [fn(&mut earnest_hire::request::Draft); 4] = [
        |draft| draft.wishes.skills = "PostgreSQL, Rust".to_owned(),
        |draft| draft.wishes.skills = "Go".to_owned(),
        |draft| draft.wishes.skills = "postgresql".to_owned(),
        |draft| draft.role = "PostgreSQL administrator".to_owned(),
    ];
    for change in changes {
        all.push(crate::testing::opened(&desk, &clara, change).await);
        outside.wait(1);
    }
    let ids = |known: &[crate::request::progress::Known]| {
        known.iter().map(|one| one.request.id).collect::<Vec<_>>()
    };
    let (first, next) = open(&desk, " PostgreSQL ", None, 2).await.unwrap();
    assert_eq!(ids(&first), [all[3], all[2]]);
    let (second, next) = open(&desk, "postgresql", next, 2).await.unwrap();
    assert_eq!((ids(&second), next), (vec![all[0]], None));
    let (first, next) = open(&desk, "", None, 3).await.unwrap();
    assert_eq!(ids(&first), [all[3], all[2], all[1]]);
    let (second, next) = open(&desk, "", next, 3).await.unwrap();
    assert_eq!((ids(&second), next), (vec![all[0]], None));
}
