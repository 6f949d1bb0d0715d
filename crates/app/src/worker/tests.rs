//! What the worker does while something outside does not answer.

use std::sync::Arc;

use earnest_store::MailRow;

use super::*;
use crate::account;
use crate::outside::mail::{Mailer, Sending};
use crate::testing;

/// A mail server that never answers.
#[derive(Default)]
struct Silent(tokio::sync::Notify);

impl Mailer for Silent {
    fn send<'a>(&'a self, _letter: &'a MailRow) -> Sending<'a> {
        self.0.notify_one();
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_silent_mail_server_holds_up_nothing_else() {
    let (mut desk, _outside, _folder) = testing::desk().await;
    let silent = Arc::new(Silent::default());
    desk.mailer = silent.clone();
    account::send_link(&desk, &"ada@example.org".parse().unwrap(), "")
        .await
        .unwrap();
    let (_go_on, stop) = watch::channel(false);
    let mut working = JoinSet::new();
    working.spawn(run(desk.clone(), stop));
    silent.0.notified().await;
    let noted = async {
        loop {
            let noted = desk.store.read(|mut view| async move { view.noted_at().await });
            let noted: Result<_, earnest_store::Error> = noted.await;
            if noted.unwrap().is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    let noted = tokio::time::timeout(Duration::from_mins(1), noted).await;
    assert!(noted.is_ok(), "the rest of the round waits for a letter");
}
