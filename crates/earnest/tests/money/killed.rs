//! The site is killed between its call to a provider and the answer.

use std::io::{BufRead, BufReader};
use std::process::{Command as Program, Stdio};
use std::sync::Arc;
use std::time::Duration;

use earnest_app::contract::{self, Also};
use earnest_app::outside::Clock;
use earnest_hire::contract::Actor;
use earnest_hire::ids::Ids;
use earnest_store::JobState;
use jiff::SignedDuration;
use serde_json::json;
use tempfile::TempDir;

use crate::playing::{self, Process, SECRET, reach, state, state_where};
use crate::world::{MovedClock, desk, file, fund, person, signed};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_killed_between_call_and_answer_finds_out_what_became_of_it() {
    let folder = TempDir::new().unwrap();
    let provider = Process::start(folder.path(), &["--fault", "act_then_hang,on=fund"]);
    let clock = Arc::new(MovedClock::default());
    let patient = || reach(&provider.url, Duration::from_secs(20));
    let deal = {
        let desk = desk(&file(&folder), &clock, patient()).await;
        let mut ids = Ids::new(clock.now(), [7; 16]);
        let (client, expert) = (person(&mut ids), person(&mut ids));
        let deal = signed(&desk, (client, expert), 50_000).await;
        let client = Actor::Person { id: client };
        contract::act(
            &desk,
            deal.contract,
            &fund(deal.milestone),
            &client,
            Also::Nothing,
        )
        .await
        .unwrap();
        deal
    };

    let mut site = Program::new(env!("CARGO_BIN_EXE_earnest"))
        .args(["serve", "--listen", "127.0.0.1:0", "--sandbox-url", &provider.url])
        .args(["--sandbox-api-key", "pretend", "--sandbox-secret", SECRET])
        .env_clear()
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(site.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    // it has acted as soon as its books show it, and it will never answer
    state_where(&provider.url, |state| state["payments"] != json!([])).await;
    site.kill().unwrap();
    site.wait().unwrap();

    let desk = desk(&file(&folder), &clock, patient()).await;
    let waiting = desk
        .store
        .read(|mut view| async move { view.jobs(JobState::Waiting, 9).await });
    let waiting = waiting.await.unwrap();
    let [job] = waiting.as_slice() else {
        panic!("{waiting:?}");
    };
    assert_eq!((job.kind.as_str(), job.attempts), ("open_payment", 1));
    // nobody else takes it before the lease is over
    assert_eq!(earnest_app::job::run_due(&desk).await.unwrap(), 0);
    clock.forward(SignedDuration::from_mins(3));
    assert_eq!(earnest_app::job::run_due(&desk).await.unwrap(), 1);
    let read = desk.store.read(move |mut view| async move {
        let contract = view.contract(deal.contract).await?.unwrap();
        view.checkout(contract.payments[0].id).await
    });
    let checkout = read.await.unwrap().unwrap();
    let payments = state(&provider.url).await["payments"].clone();
    assert_eq!(payments.as_array().unwrap().len(), 1);
    assert_eq!(payments[0]["id"], checkout.provider_ref.as_str());
    assert!(clock.now() > playing::now());
}
