//! A desk in a fresh database whose time, randomness and letters a test holds in its hand.

use std::sync::{Arc, Mutex};

use earnest_store::{MailRow, Store};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::desk::Desk;
use crate::outside::mail::{Mailer, Sending};
use crate::outside::{Clock, Randomness};

/// A clock that tests move, randomness that counts, and a mailer that keeps what it is given.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    seconds: Mutex<i64>,
    drawn: Mutex<u64>,
    pub(crate) letters: Mutex<Vec<MailRow>>,
}

impl Outside {
    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: i64) {
        *self.seconds.lock().unwrap() += seconds;
    }
}

impl Clock for Outside {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_795_521_600 + *self.seconds.lock().unwrap()).unwrap()
    }
}

impl Randomness for Outside {
    fn fill(&self, bytes: &mut [u8]) {
        let mut drawn = self.drawn.lock().unwrap();
        *drawn += 1;
        let digest = Sha256::digest(drawn.to_le_bytes());
        for (byte, value) in bytes.iter_mut().zip(digest.iter().cycle()) {
            *byte = *value;
        }
    }
}

impl Mailer for Outside {
    fn send<'a>(&'a self, letter: &'a MailRow) -> Sending<'a> {
        self.letters.lock().unwrap().push(letter.clone());
        Box::pin(async { Ok(()) })
    }
}

/// The desk of the site `Northgate Engineers`; its file goes with the folder.
pub(crate) async fn desk() -> (Desk, Arc<Outside>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("earnest.db")).unwrap();
    let outside = Arc::new(Outside::default());
    store.migrate(outside.now()).await.unwrap();
    let mut desk = Desk::new(store, outside.clone(), outside.clone());
    desk.mailer = outside.clone();
    desk.origin = "https://hire.example".to_owned();
    desk.site_name = "Northgate Engineers".to_owned();
    (desk, outside, folder)
}
