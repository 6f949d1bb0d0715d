//! Who takes roles away, and that they are gone wherever somebody is signed in.

use earnest_hire::contract::Actor;

use super::*;
use crate::payee::Who;
use crate::testing::{desks, person};
use crate::{account, token};

async fn with_roles(desk: &Desk, name: &str, roles: &str) -> Person {
    let person = person(desk, name).await;
    let roles = roles.parse().unwrap();
    account::appoint(desk, &person.email, name, &roles).await.unwrap()
}

async fn roles(desk: &Desk, id: PersonId) -> String {
    account::person(desk, id).await.unwrap().roles.to_string()
}

#[tokio::test]
async fn an_owner_takes_roles_away_and_nobody_else() {
    for (desk, _outside, _home) in desks().await {
        let olga = with_roles(&desk, "Olga", "owner").await;
        let omar = with_roles(&desk, "Omar", "finance support").await;
        let sure = |id| (id, Confirmed::Yes);
        let refused = dismiss(&desk, sure(omar.id), olga.id, "I want to.").await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        let refused = dismiss(&desk, (olga.id, Confirmed::No), omar.id, "Has left us.").await;
        assert_eq!(refused.unwrap_err().code(), "second_factor_missing");
        for (whom, why, code) in [
            (olga.id, "I go away.", "own_roles"),
            (omar.id, "Why not.", "invalid"),
        ] {
            let refused = dismiss(&desk, sure(olga.id), whom, why).await.unwrap_err();
            assert_eq!(refused.code(), code, "{refused:?}");
        }
        assert!(!roles(&desk, omar.id).await.is_empty(), "nothing was done so far");

        let gone = dismiss(&desk, sure(olga.id), omar.id, "Has left the firm.").await;
        assert_eq!(gone.unwrap(), omar.roles);
        assert_eq!(roles(&desk, omar.id).await, "");
        let (record, _) = audit::about(&desk, omar.id, None, crate::audit::SHOWN)
            .await
            .unwrap();
        assert_eq!(record[0].0.reasons, "Has left the firm.");
        assert!(record[0].0.act.contains("finance"), "{}", record[0].0.act);
        let again = dismiss(&desk, sure(olga.id), omar.id, "Has left us.").await;
        assert_eq!(again.unwrap_err().code(), "no_roles");
    }
}

/// Whoever comes second is no owner any more: one is left.
#[tokio::test]
async fn two_owners_who_dismiss_each_other_leave_one() {
    for (desk, _outside, _home) in desks().await {
        let olga = with_roles(&desk, "Olga", "owner").await.id;
        let omar = with_roles(&desk, "Omar", "owner").await.id;
        for _round in 0..10 {
            let (one, other) = tokio::join!(
                dismiss(&desk, (olga, Confirmed::Yes), omar, "Because I can."),
                dismiss(&desk, (omar, Confirmed::Yes), olga, "Because I can."),
            );
            assert_ne!(one.is_ok(), other.is_ok(), "{one:?} {other:?}");
            for name in ["Olga", "Omar"] {
                with_roles(&desk, name, "owner").await;
            }
        }
    }
}

#[tokio::test]
async fn a_hold_on_signing_in_closes_the_office_to_what_is_open() {
    for (desk, _outside, _home) in desks().await {
        let omar = with_roles(&desk, "Omar", "owner").await;
        let by = with_roles(&desk, "Olga", "owner").await;
        let came = account::open_session(&desk, omar.clone(), "A browser".into())
            .await
            .unwrap();
        let carried = token::make(&desk, &omar, "A program").await.unwrap();
        let seen = async || {
            let browser = account::signed_in(&desk, came.token).await.unwrap().unwrap();
            let (program, _) = token::bearer(&desk, carried).await.unwrap().unwrap();
            (browser.person.roles.any(), program.roles.any())
        };
        assert_eq!(seen().await, (true, true));
        let typed = hold::Typed {
            scope: Scope::SignIn.name().to_owned(),
            reason: hold::REASONS[0].0.to_owned(),
            facts: "He copied addresses.".to_owned(),
            rule: "Rule 4".to_owned(),
            days: "3".to_owned(),
        };
        let actor = Actor::Operator { id: by.id };
        hold::place(&desk, omar.id, &typed, Who::sure(&actor), "once")
            .await
            .unwrap();
        assert_eq!(seen().await, (false, false));
        assert_eq!(roles(&desk, omar.id).await, "owner", "they are kept");
    }
}
