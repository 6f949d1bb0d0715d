//! What a proposal takes along into the contract.

use earnest_hire::contract::Command;

use super::*;
use crate::bank::tests::both;
use crate::request::progress;
use crate::testing::{content, talking};

/// §4.7: the expert of a client who has released work here before waits less, in what is agreed from then on.
#[tokio::test]
async fn the_expert_of_a_known_client_waits_less() {
    for mut world in both().await {
        world.desk.known_clearance_days = 2;
        let (client, expert, talk) = talking(&world.desk).await;
        (world.client, world.expert) = (client.id, expert.id);
        let [by_client, by_expert] = [client.id, expert.id].map(|id| Actor::Person { id });
        let agree = async || {
            let made = propose(&world.desk, talk, &by_expert, content("Part"), 0);
            let contract = accept(&world.desk, made.await.unwrap(), 1, &by_client);
            let contract = contract.await.unwrap();
            // The request takes the next proposal once nothing has come of this one.
            world.act(contract, &Command::Decline, &by_expert).await;
            progress::run_due(&world.desk).await.unwrap();
            world.contract(contract).await.terms.clearance_days
        };
        assert_eq!(agree().await, 5, "nothing is released yet");
        world.pay().await;
        assert_eq!(agree().await, 2);
        world.end().await;
    }
}
