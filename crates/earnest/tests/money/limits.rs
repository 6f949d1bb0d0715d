//! What the provider cannot move, what is taken back, and what is brought to it for a chargeback.

use std::time::Duration;

use earnest_app::request;
use earnest_hire::deliverable::Deliverable;
use earnest_hire::ids::{Ids, RequestId};
use earnest_hire::ledger::Account;
use earnest_hire::money::Minor;
use earnest_hire::payee::{Command as OfPayee, PayoutState};
use earnest_hire::person::{Email, Person, Roles};
use earnest_hire::proposal::Proposal;
use earnest_hire::request::{Draft, Origin};
use earnest_store::{ConversationRow, DeliverableRow, Error, MessageRow, ProposalRow};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::playing::{state, state_where};
use crate::world::{Deal, World, app, patient, usd, world};

const IMPATIENT: Duration = Duration::from_millis(500);

/// A second client's bank takes back what another client has paid: so much less can be moved for a while.
async fn charged_back(world: &World) {
    let (_, at_provider) = world.funded(20_000).await;
    world
        .control(&format!("payments/{at_provider}/chargeback"), json!({}))
        .await;
    world
        .holds(
            Account::Psp("sandbox".parse().unwrap()),
            50_000 - 1_480 - 610 - 1_500,
        )
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_be_moved_in_whole_units_is_sent_and_the_rest_stays_payable() {
    // the money of a payment can be moved after five days
    let world = world(&["--pending-seconds", "432000", "--payout-unit-minor", "100"]).await;
    world.earned(50_000).await;
    charged_back(&world).await;
    world
        .pay(OfPayee::RequestPayout { amount: usd(45_000) }, &world.expert())
        .await
        .unwrap();
    // 485.20 less 200.00 and the 15.00 that the chargeback costs, in whole dollars
    world
        .holds(Account::ExpertPayable(world.expert), 45_000 - 27_000)
        .await;
    let paid = state_where(&world.process.url, |state| state["payouts"][0]["state"] == "paid").await;
    assert_eq!(paid["payouts"][0]["amount"], 27_000);
    let payout = world.payee().await.payouts[0].clone();
    assert_eq!(
        (payout.asked_minor, payout.amount_minor),
        (Minor(45_000), Minor(27_000))
    );
    world.end().await;
}

/// What the two have an account for, and what one of them asked for.
async fn asked(world: &World) -> RequestId {
    let app = app(&world.desk);
    let draft = Draft {
        name: "Clara".to_owned(),
        email: "clara@example.org".to_owned(),
        summary: "An API for invoices".to_owned(),
        role: "Rust".to_owned(),
        ..Draft::default()
    };
    let once = request::once_key(&app);
    let raised = request::raise(&app, &draft, Origin::default(), once).await;
    raised.unwrap().request.id
}

/// They talked before they agreed, and with the version came a note and a link.
async fn talked_and_handed_in(world: &World, deal: Deal) {
    let (request, at) = (asked(world).await, world.desk.clock.now());
    let mut ids = Ids::new(at, [9; 16]);
    let (talk, said, proposal) = (ids.conversation(), ids.message(), ids.proposal());
    let (client, expert) = (world.client, world.expert);
    let person = move |id, name: &str| Person {
        id,
        email: Email::typed(&format!("{name}@example.org")).unwrap(),
        name: name.to_owned(),
        roles: Roles::default(),
        since: Timestamp::UNIX_EPOCH,
    };
    let kept = world.desk.store.write(move |mut tx| async move {
        tx.insert_person(&person(client, "clara")).await?;
        tx.insert_person(&person(expert, "emil")).await?;
        let conversation = ConversationRow {
            id: talk,
            request,
            client,
            expert,
            at,
            client_seen_at: at,
            expert_seen_at: at,
            said_at: at,
        };
        tx.insert_conversation(&conversation).await?;
        let message = MessageRow {
            id: said,
            author: client,
            at,
            text: "It must also run on Sundays.".to_owned(),
        };
        tx.insert_message(talk, &message, [1; 32]).await?;
        let row = ProposalRow {
            proposal: Proposal::new(proposal, request, client, expert),
            conversation: talk,
            contract: Some(deal.contract),
        };
        tx.insert_proposal(&row).await?;
        let version = DeliverableRow {
            milestone: deal.milestone,
            number: 1,
            author: expert,
            at,
            deliverable: Deliverable {
                note: "All of it.".to_owned(),
                links: vec!["https://example.org/work".to_owned()],
                files: Vec::new(),
            },
        };
        tx.insert_deliverable(&version).await?;
        tx.commit::<(), Error>(()).await
    });
    kept.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_evidence_is_at_the_provider_as_soon_as_the_chargeback_is_known() {
    let world = world(&[]).await;
    let deal = world.earned(50_000).await;
    talked_and_handed_in(&world, deal).await;
    let payment = state(&world.process.url).await["payments"][0]["id"].clone();
    world
        .control(
            &format!("payments/{}/chargeback", payment.as_str().unwrap()),
            json!({}),
        )
        .await;
    let brought = state_where(&world.process.url, |state| {
        state["chargebacks"][0]["evidence"].is_string()
    })
    .await;
    let pack: Value = serde_json::from_str(brought["chargebacks"][0]["evidence"].as_str().unwrap()).unwrap();
    let contract = world.contract(deal).await;
    assert_eq!(pack["schema"], "earnest.evidence/1");
    assert_eq!(pack["contract"], contract.id.to_string());
    assert_eq!(pack["contract_sha256"], contract.sha256);
    assert_eq!(pack["offer"]["milestones"][0][0], deal.milestone.to_string());
    assert_eq!(pack["signatures"].as_array().unwrap().len(), 2);
    assert_eq!(pack["versions"][0]["kind"], "submit");
    assert_eq!(pack["deliverables"][0]["version"], 1);
    assert_eq!(pack["deliverables"][0]["note"], "All of it.");
    assert_eq!(pack["deliverables"][0]["links"][0], "https://example.org/work");
    assert_eq!(pack["conversation"][0]["text"], "It must also run on Sundays.");
    assert_eq!(pack["conversation"][0]["by"], world.client.to_string());
    assert_eq!(pack["approvals"][0]["kind"], "approve");
    assert_eq!(pack["approvals"][0]["by"]["id"], world.client.to_string());
    assert!(pack["approvals"][0]["at"].is_string());
    let history = pack["history"].as_array().unwrap();
    assert_eq!(history[0]["no"], 1);
    assert_eq!(history.last().unwrap()["kind"], "chargeback_opened");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payout_that_is_canceled_while_nobody_knows_of_its_call_is_canceled_there_too() {
    for fault in ["hang", "act_then_hang"] {
        let world = patient(&["--settle", "by-hand"], IMPATIENT).await;
        world.earned(50_000).await;
        world.arm(fault, "payout").await;
        world.arm("hang", "look_up").await;
        world
            .pay(OfPayee::RequestPayout { amount: usd(45_000) }, &world.expert())
            .await
            .unwrap();
        world
            .until(|desk| async move {
                let read = desk
                    .store
                    .read(|mut view| async move { view.jobs(earnest_store::JobState::Waiting, 9).await });
                let jobs = read.await.unwrap();
                jobs.iter().any(|job| job.last_error.is_some()).then_some(())
            })
            .await;
        let payout = world.payee().await.payouts[0].id;
        world
            .pay(OfPayee::CancelPayout { payout }, &world.expert())
            .await
            .unwrap();
        state_where(&world.process.url, |state| {
            state["payouts"][0]["state"] == "canceled"
        })
        .await;
        world.holds(Account::ExpertPayable(world.expert), 45_000).await;
        // what comes late of the first call finds it canceled
        world.forward(jiff::SignedDuration::from_hours(1)).await;
        world
            .until(|desk| async move {
                let read = desk
                    .store
                    .read(|mut view| async move { view.count_jobs(earnest_store::JobState::Waiting).await });
                (read.await.unwrap() == 0).then_some(())
            })
            .await;
        assert_eq!(world.payee().await.payouts[0].state, PayoutState::Canceled);
        assert_eq!(
            state(&world.process.url).await["payouts"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        world.end().await;
    }
}
