use super::*;
use crate::testing::desk;

fn first(entered: Entered) -> Ticket {
    match entered {
        Entered::First(ticket) => ticket,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer() {
    let (desk, _outside, _folder) = desk().await;
    let ticket = first(enter(&desk, "per_1 POST /a", "k", &[b"{}"]).await.unwrap());
    leave(&desk, &ticket, 201, "done").await.unwrap();
    let again = enter(&desk, "per_1 POST /a", "k", &[b"{}"]).await.unwrap();
    assert_eq!(again, Entered::Answered(201, "done".into()));
    assert_eq!(
        enter(&desk, "per_1 POST /a", "k", &[b"[]"]).await.unwrap(),
        Entered::Other
    );
    first(enter(&desk, "per_2 POST /a", "k", &[b"{}"]).await.unwrap());
    first(enter(&desk, "per_1 POST /b", "k", &[b"{}"]).await.unwrap());
}

#[tokio::test]
async fn a_second_waits_for_the_first() {
    let (desk, _outside, _folder) = desk().await;
    let ticket = first(enter(&desk, "s", "k", &[b""]).await.unwrap());
    let (waiting, left) = tokio::join!(enter(&desk, "s", "k", &[b""]), leave(&desk, &ticket, 200, "it"));
    left.unwrap();
    assert_eq!(waiting.unwrap(), Entered::Answered(200, "it".into()));
}

#[tokio::test]
async fn what_broke_off_is_taken_over_after_a_while_and_once() {
    let (desk, outside, _folder) = desk().await;
    let dead = first(enter(&desk, "s", "k", &[b""]).await.unwrap());
    outside.wait(61);
    let ticket = first(enter(&desk, "s", "k", &[b""]).await.unwrap());
    leave(&desk, &dead, 500, "too late").await.unwrap();
    give_up(&desk, &dead).await.unwrap();
    leave(&desk, &ticket, 200, "it").await.unwrap();
    assert_eq!(
        enter(&desk, "s", "k", &[b""]).await.unwrap(),
        Entered::Answered(200, "it".into())
    );
}

#[tokio::test]
async fn a_key_that_was_given_up_is_free_and_old_answers_are_forgotten() {
    let (desk, outside, _folder) = desk().await;
    let ticket = first(enter(&desk, "s", "k", &[b""]).await.unwrap());
    let once = ticket.once();
    give_up(&desk, &ticket).await.unwrap();
    let other = enter(&desk, "s", "k", &[b"other"]).await.unwrap();
    assert_eq!(other, Entered::Other);
    let ticket = first(enter(&desk, "s", "k", &[b""]).await.unwrap());
    assert_eq!(ticket.once(), once, "it goes on");
    leave(&desk, &ticket, 200, "it").await.unwrap();
    outside.wait(24 * 3600);
    tidy(&desk).await.unwrap();
    let kept = enter(&desk, "s", "k", &[b""]).await.unwrap();
    assert_eq!(kept, Entered::Answered(200, "it".into()), "a day is promised");
    outside.wait(7 * 24 * 3600);
    tidy(&desk).await.unwrap();
    first(enter(&desk, "s", "k", &[b""]).await.unwrap());
}
