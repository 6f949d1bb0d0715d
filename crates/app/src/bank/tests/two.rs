//! What takes two operators, and how long what came by transfer waits, on both engines.

use super::*;

/// R7, G45: a sum that is not exactly what is missing, or much, is assigned and sent back by two.
#[tokio::test]
async fn another_sum_than_is_missing_or_much_takes_two_operators() {
    for mut world in both().await {
        let (deal, other) = (world.funding().await, world.funding().await);
        world
            .import("2026-11-25,500.00,USD,a,Ada,b1\n2026-11-25,499.99,USD,b,Bo,b2\n2026-11-25,0.01,USD,c,Bo,b3\n")
            .await;
        let open = unmatched(&world.desk).await.unwrap();
        let named = |name: &str| open.iter().find(|one| one.external_id == name).unwrap().id;
        let (desk, operator) = (world.desk.clone(), world.operator);
        let given = |name: &str, payment| assign(&desk, operator, named(name), payment);
        let Given::Proposed(motion) = given("b2", deal.payment).await.unwrap() else {
            panic!("one cent less is missing");
        };
        assert_eq!(
            world.contract(deal.contract).await.payments[0].received_minor,
            Minor::ZERO
        );
        let alone = world.seconded_by(3, motion).await;
        assert!(
            matches!(alone, Err(Error::Refused(Refusal::SameOperator))),
            "{alone:?}"
        );
        world.seconded_by(4, motion).await.unwrap();
        assert_eq!(given("b3", deal.payment).await.unwrap(), Given::Done, "the rest");
        assert_eq!(world.state(&deal).await, "funded");

        world.desk.terms.second_operator_above_minor = Minor(49_999);
        let much = assign(&world.desk, operator, named("b1"), other.payment).await;
        let Ok(Given::Proposed(motion)) = much else {
            panic!("{much:?}");
        };
        let twice = send_back(&world.desk, operator, named("b1"), "It is nobody’s.").await;
        assert!(
            matches!(&twice, Err(Error::MotionWaits(before)) if *before == motion),
            "one transfer, whichever history it is in: {twice:?}"
        );
        let other_operator = PersonId::new(start(), [5; 10]);
        let back = send_back(&world.desk, other_operator, named("b1"), "It is nobody’s.").await;
        let Ok(Given::Proposed(back)) = back else {
            panic!("{back:?}");
        };
        assert_eq!(
            unmatched(&world.desk).await.unwrap().len(),
            1,
            "nothing has moved"
        );
        world.seconded_by(4, back).await.unwrap();
        let overtaken = world.seconded_by(4, motion).await;
        assert!(
            matches!(overtaken, Err(Error::Refused(Refusal::ReceiptNotOpen))),
            "{overtaken:?}"
        );
        assert_eq!(transfers(&world.desk).await.unwrap().len(), 1);
        world.end().await;
    }
}

/// §4.7: what came by transfer clears by its own days, whatever a client of cards waits for.
#[tokio::test]
async fn what_came_by_transfer_clears_by_its_own_days() {
    for mut world in both().await {
        world.desk.terms.bank_clearance_days = Some(0);
        let deal = world.funding().await;
        world
            .import(&format!("2026-11-25,500.00,USD,{},Ada,b1\n", deal.reference()))
            .await;
        let client = Actor::Person { id: world.client };
        let known = |id| {
            world
                .desk
                .store
                .read(move |mut view| async move { view.is_known_client(id).await })
        };
        assert!(!known(world.client).await.unwrap(), "nothing is released yet");
        let expert = Actor::Person { id: world.expert };
        let now = world.desk.now();
        world.desk.store.onboard(world.expert, now).await.unwrap();
        let milestone = deal.milestone;
        for (command, by) in [
            (Command::Start { milestone }, &expert),
            (
                Command::Submit {
                    milestone,
                    deliverables: 1,
                    ticked: vec![0],
                },
                &expert,
            ),
            (Command::Approve { milestone }, &client),
        ] {
            world.act(deal.contract, &command, by).await;
        }
        let contract = world.contract(deal.contract).await;
        let lots = &contract.milestones[0].lots;
        assert_eq!((contract.clearance(lots), contract.terms.clearance_days), (0, 5));
        assert!(known(world.client).await.unwrap());
        let id = world.expert;
        let earned = world
            .desk
            .store
            .read(move |mut view| async move { view.earnings(id, 9).await });
        let earned = earned.await.unwrap();
        assert_eq!(earned[0].clears_at, now, "payable at once");
        world.end().await;
    }
}
