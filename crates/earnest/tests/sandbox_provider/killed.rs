//! The provider dies between acting and answering.

use earnest_app::outside::payments::{CallError, FoundAnswer, PaymentProvider, ProviderEventKind};
use serde_json::json;

use crate::playing::{Process, funding, payout_to, play, reach, refund_of, state, state_where};

#[tokio::test]
async fn killed_between_acting_and_answering_the_truth_is_looked_up() {
    let play = play(&[]).await;
    let payment = play.paid(5000).await;
    let account = play.known_account().await;
    play.arm("act_then_hang", "refund").await;
    play.arm("silence", "refund.succeeded").await;

    let order = refund_of(&payment, 1000);
    let call = play.provider.refund("refund:1", &order);
    let folder = play.folder.path().to_owned();
    let url = play.process.url.clone();
    let process = play.process;
    let kill = async {
        // it has acted as soon as its books show it, and it will never answer
        state_where(&url, |state| state["refunds"][0]["state"] == "succeeded").await;
        process.kill();
    };
    let (answer, ()) = tokio::join!(call, kill);
    assert!(matches!(answer, Err(CallError::Unknown { .. })), "{answer:?}");

    let process = Process::start(&folder, &[]);
    let provider = reach(&process.url, std::time::Duration::from_secs(20));
    let found = provider.look_up("refund:1").await.unwrap().unwrap();
    let FoundAnswer::Refund(taken) = found.answer else {
        panic!("{found:?}");
    };
    assert!(matches!(
        found.events[0].kind,
        ProviderEventKind::RefundSucceeded { .. }
    ));
    assert_eq!(provider.refund("refund:1", &order).await, Ok(taken));
    assert_eq!(state(&process.url).await["refunds"].as_array().unwrap().len(), 1);
    assert_eq!(provider.look_up("payout:1").await, Ok(None));
    provider
        .pay_out("payout:1", &payout_to(&account, 100))
        .await
        .unwrap();
}

#[tokio::test]
async fn killed_before_acting_there_is_nothing_and_the_same_call_can_be_sent_again() {
    let play = play(&["--fault", "delay,on=fund,by=600"]).await;
    let order = funding(5000);
    let call = play.provider.fund("fund:1", &order);
    let folder = play.folder.path().to_owned();
    let url = play.process.url.clone();
    let process = play.process;
    let kill = async {
        // the fault is used up when the call has arrived
        state_where(&url, |state| state["faults"] == json!([])).await;
        process.kill();
    };
    let (answer, ()) = tokio::join!(call, kill);
    assert!(matches!(answer, Err(CallError::Unknown { .. })), "{answer:?}");

    let process = Process::start(&folder, &[]);
    let provider = reach(&process.url, std::time::Duration::from_secs(20));
    assert_eq!(provider.look_up("fund:1").await, Ok(None));
    let checkout = provider.fund("fund:1", &order).await.unwrap();
    let found = provider.look_up("fund:1").await.unwrap().unwrap();
    assert_eq!(found.answer, FoundAnswer::Funding(checkout));
}

/// Killed again and again while money moves: nothing that was answered is lost, nothing is done twice.
#[tokio::test]
async fn killed_at_any_time_every_answer_holds() {
    let play = play(&[]).await;
    let payment = play.paid(50_000).await;
    let folder = play.folder.path().to_owned();
    let mut process = play.process;
    let mut answered = Vec::new();
    for round in 0..6 {
        let provider = reach(&process.url, std::time::Duration::from_secs(20));
        for call in 0..round {
            let key = format!("refund:{round}:{call}");
            let taken = provider.refund(&key, &refund_of(&payment, 10)).await.unwrap();
            answered.push((key, taken));
        }
        process.kill();
        process = Process::start(&folder, &[]);
    }
    let provider = reach(&process.url, std::time::Duration::from_secs(20));
    for (key, taken) in &answered {
        let found = provider.look_up(key).await.unwrap().unwrap();
        assert_eq!(found.answer, FoundAnswer::Refund(taken.clone()));
    }
    let refunds = state(&process.url).await["refunds"].as_array().unwrap().len();
    assert_eq!(refunds, answered.len());
}
