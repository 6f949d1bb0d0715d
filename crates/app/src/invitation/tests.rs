//! Asking experts, as the database and the mail see it.

use earnest_hire::contract::Actor;
use earnest_hire::request::RequestEvent;

use super::*;
use crate::conversation;
use crate::testing::{desk, expert, opened, person, subjects};

#[tokio::test]
async fn an_invitation_is_told_once_and_answered_by_talking() {
    let (desk, outside, _folder) = desk().await;
    let clara = person(&desk, "Clara").await;
    let emil = expert(&desk, "Emil", "SQL").await;
    let request = opened(&desk, &clara, |_| ()).await;
    let first = invite(&desk, request, clara.id, emil.id).await.unwrap();
    assert_eq!(invite(&desk, request, clara.id, emil.id).await.unwrap(), first);
    assert_eq!(
        subjects(&desk, &outside, &emil).await,
        ["You are invited to answer a request"]
    );
    let asked = of_expert(&desk, emil.id).await.unwrap();
    assert_eq!((asked.len(), asked[0].request.id), (1, request));
    conversation::begin(&desk, request, emil.id).await.unwrap();
    assert!(of_expert(&desk, emil.id).await.unwrap().is_empty());
    let again = invite(&desk, request, clara.id, emil.id).await.unwrap_err();
    assert_eq!(again.code(), "already_talking");
}

#[tokio::test]
async fn a_decline_reaches_the_client_with_its_reason() {
    let (desk, outside, _folder) = desk().await;
    let clara = person(&desk, "Clara").await;
    let emil = expert(&desk, "Emil", "SQL").await;
    let request = opened(&desk, &clara, |_| ()).await;
    invite(&desk, request, clara.id, emil.id).await.unwrap();
    for _twice in 0..2 {
        decline(&desk, request, emil.id, "No time before March")
            .await
            .unwrap();
    }
    crate::mail::run_due(&desk).await.unwrap();
    let letters = outside.letters.lock().unwrap().clone();
    let to_clara: Vec<_> = letters.iter().filter(|one| one.to == clara.email).collect();
    assert_eq!(to_clara.len(), 1);
    assert!(to_clara[0].body.contains("No time before March"));
    let known = to_request(&desk, request, clara.id).await.unwrap();
    assert_eq!(known[0].0.reason.as_deref(), Some("No time before March"));
    assert!(matches!(
        to_request(&desk, request, emil.id).await,
        Err(Error::NotFound)
    ));
    let again = invite(&desk, request, clara.id, emil.id).await.unwrap_err();
    assert_eq!(again.code(), "invitation_declined");
}

#[tokio::test]
async fn a_closed_request_withdraws_what_was_asked_and_tells_everybody_once() {
    let (desk, outside, _folder) = desk().await;
    let clara = person(&desk, "Clara").await;
    let request = opened(&desk, &clara, |_| ()).await;
    let emil = expert(&desk, "Emil", "SQL").await;
    let rosa = expert(&desk, "Rosa", "SQL").await;
    let hugo = expert(&desk, "Hugo", "SQL").await;
    invite(&desk, request, clara.id, emil.id).await.unwrap();
    invite(&desk, request, clara.id, hugo.id).await.unwrap();
    withdraw(&desk, request, clara.id, hugo.id).await.unwrap();
    conversation::begin(&desk, request, rosa.id).await.unwrap();
    assert_eq!(
        subjects(&desk, &outside, &hugo).await,
        [
            "You are invited to answer a request",
            "An invitation was taken back"
        ]
    );
    subjects(&desk, &outside, &emil).await;
    let by = Actor::Person { id: clara.id };
    progress::act(&desk, request, RequestEvent::Cancel, &by)
        .await
        .unwrap();
    for (who, told) in [(&emil, 1), (&rosa, 1), (&hugo, 0)] {
        let told_now = subjects(&desk, &outside, who).await;
        assert_eq!(told_now.len(), told, "{}: {told_now:?}", who.name);
        assert!(told_now.iter().all(|subject| subject == "A request is closed"));
    }
    let late = decline(&desk, request, emil.id, "").await.unwrap_err();
    assert_eq!(late.code(), "invitation_over");
    let stranger = invite(&desk, request, emil.id, rosa.id).await.unwrap_err();
    assert_eq!(stranger.code(), "not_found");
}

#[tokio::test]
async fn ten_invitations_wait_at_most() {
    let (desk, _outside, _folder) = desk().await;
    let clara = person(&desk, "Clara").await;
    let request = opened(&desk, &clara, |_| ()).await;
    let mut experts = Vec::new();
    for number in 0..11 {
        experts.push(expert(&desk, &format!("Expert{number}"), "SQL").await);
    }
    for one in &experts[..10] {
        invite(&desk, request, clara.id, one.id).await.unwrap();
    }
    let late = invite(&desk, request, clara.id, experts[10].id).await;
    assert_eq!(late.unwrap_err().code(), "too_many_invitations");
    let own = invite(&desk, request, clara.id, clara.id).await;
    assert_eq!(own.unwrap_err().code(), "own_invitation");
}
