//! Messages that arrive on this node and on another, without a browser.

use earnest_hire::ids::OnceKey;
use earnest_hire::person::Person;
use earnest_store::testing::Postgres;
use earnest_store::{Statements, Store};

use super::*;
use crate::conversation;
use crate::testing::{desk, talking};

/// Longer than anything here takes; nothing waits for its end.
const LONG: Duration = Duration::from_secs(30);

async fn say(desk: &Desk, id: ConversationId, by: &Person, text: &str) {
    let once = OnceKey::new(desk.seed());
    conversation::say(desk, id, by.id, text, once).await.unwrap();
}

fn texts(new: &[MessageRow]) -> Vec<&str> {
    new.iter().map(|one| one.text.as_str()).collect()
}

#[tokio::test]
async fn what_is_said_wakes_all_who_wait_and_nothing_is_told_twice() {
    let (desk, _outside, _folder) = desk().await;
    let (client, expert, id) = talking(&desk).await;
    say(&desk, id, &expert, "before").await;
    let mut all = watch(&desk, id, client.id, Timestamp::UNIX_EPOCH)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(texts(&all.next(LONG).await.unwrap()), ["before"]);
    let mut other = watch(&desk, id, expert.id, all.after).await.unwrap().unwrap();
    let waiting = async {
        (
            all.next(LONG).await.unwrap(),
            all.next(Duration::ZERO).await.unwrap(),
        )
    };
    let ((first, none), second, ()) = tokio::join!(waiting, other.next(LONG), say(&desk, id, &client, "now"));
    assert_eq!(
        (texts(&first), texts(&second.unwrap())),
        (vec!["now"], vec!["now"])
    );
    assert!(none.is_empty());
    let resumed = watch(&desk, id, client.id, first[0].at).await.unwrap().unwrap();
    assert_eq!(resumed.after, first[0].at);
}

#[tokio::test]
async fn what_is_said_on_another_node_arrives() {
    let server = Postgres::fresh().await.unwrap();
    let (on_file, outside, _folder) = desk().await;
    let node = async || {
        let store = Store::connect(server.url(), Statements::Prepared).await.unwrap();
        Desk::new(store, outside.clone(), outside.clone())
    };
    let (here, there) = (node().await, node().await);
    here.store.migrate(on_file.now()).await.unwrap();
    let (client, expert, id) = talking(&here).await;
    let row = here
        .store
        .read(move |mut view| async move { view.conversation(id).await });
    let after = row.await.unwrap().unwrap().said_at;
    let mut watcher = watch(&here, id, client.id, after).await.unwrap().unwrap();
    let (new, ()) = tokio::join!(watcher.next(LONG), say(&there, id, &expert, "from there"));
    assert_eq!(texts(&new.unwrap()), ["from there"]);
}

#[tokio::test]
async fn strangers_do_not_watch_and_nobody_watches_without_end() {
    let (desk, _outside, _folder) = desk().await;
    let (client, _expert, id) = talking(&desk).await;
    let stranger = crate::testing::person(&desk, "mallory").await;
    let refused = watch(&desk, id, stranger.id, Timestamp::UNIX_EPOCH).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    let mut held = Vec::new();
    for _each in 0..MOST_WATCHED {
        held.push(
            watch(&desk, id, client.id, Timestamp::UNIX_EPOCH)
                .await
                .unwrap()
                .unwrap(),
        );
    }
    assert!(
        watch(&desk, id, client.id, Timestamp::UNIX_EPOCH)
            .await
            .unwrap()
            .is_none()
    );
    held.pop();
    held.push(
        watch(&desk, id, client.id, Timestamp::UNIX_EPOCH)
            .await
            .unwrap()
            .unwrap(),
    );
    drop(held);
    let waiting = desk.arrivals.lock();
    assert!(
        waiting.talks.is_empty() && waiting.people.is_empty(),
        "who has gone leaves nothing"
    );
}
