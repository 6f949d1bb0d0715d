//! The books of small real histories, verified as they are and after somebody with the database's own rights has changed
//! them.

use earnest_store::{Anchor, Finding, Store, Verified};

use crate::history::Teller;
use crate::home::Home;

async fn verified(store: &Store, anchor: Option<Anchor>) -> Verified {
    store.verify(anchor).await.unwrap()
}

fn named(verified: &Verified) -> Vec<(&str, &str)> {
    verified
        .broken
        .iter()
        .map(|one: &Finding| (one.table, one.id.as_str()))
        .collect()
}

#[tokio::test]
async fn empty_books_are_sound() {
    for home in Home::both().await {
        let verified = verified(&home.store().await, None).await;
        assert_eq!(named(&verified), []);
        assert_eq!(verified.checked.chains, 0);
        assert_eq!(verified.head, None);
    }
}

#[tokio::test]
async fn what_was_kept_is_what_is_decided_again() {
    for home in Home::both().await {
        let teller = Teller::of_two_contracts(home.store().await).await;
        let verified = verified(&teller.store, None).await;
        assert_eq!(verified.broken, [], "{home:?}");
        let checked = verified.checked;
        assert_eq!((checked.chains, checked.contracts, checked.payees), (4, 2, 1));
        assert!(
            checked.events >= 20 && checked.entries >= 6 && checked.lines >= 20,
            "{checked:?}"
        );
        assert!(
            checked.timers > 5 && checked.jobs > checked.events && checked.keys > 10,
            "{checked:?}"
        );
        assert_eq!(verified.equations.len(), 1);
        let usd = &verified.equations[0];
        assert_eq!(
            (usd.escrow_difference_minor, usd.debits_minor - usd.credits_minor),
            (0, 0)
        );
        assert!(usd.held_for_others_minor > 0, "{usd:?}");
    }
}

/// Other programs read the books, too: every account says what it is and how it is bounded.
#[tokio::test]
async fn an_account_is_kept_with_its_class_and_bound() {
    for home in Home::both().await {
        Teller::of_two_contracts(home.store().await).await;
        for (code, expected) in [
            ("A:bank:", "asset free"),
            ("L:escrow:", "liability running"),
            ("L:unmatched_receipts", "liability summed"),
            ("I:fee_client", "income free"),
            ("E:psp_fees", "expense free"),
        ] {
            let length = code.len();
            let query = format!(
                "SELECT kind || ' ' || bound FROM account WHERE substr(code, 1, {length}) = '{code}' ORDER BY id LIMIT 1"
            );
            assert_eq!(home.text(&query).await, expected, "{code} in {home:?}");
        }
    }
}
