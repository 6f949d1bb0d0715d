//! Money in the browser of an operator: transfers, provider events, comparisons, and the books.

use axum::http::StatusCode;
use earnest_app::bank;
use earnest_app::motion;
use earnest_hire::bank::TransferReference;
use earnest_hire::money::Minor;

use super::links;
use crate::contract::tests::{Deal, done, fill, hidden};
use crate::expert::tests::operator;
use crate::testing::{Reply, Visitor, between};

const HEAD: &str = "date,amount,currency,reference,counterparty,transaction_id\n";

async fn finance(visitor: &Visitor) -> Visitor {
    let olga = operator(visitor, "olga@example.org", "finance").await;
    olga.proved("olga@example.org").await
}

async fn import(olga: &Visitor, lines: &str) -> Reply {
    let text: String = form_urlencoded::byte_serialize(format!("{HEAD}{lines}").as_bytes()).collect();
    olga.post("/office/receipts", &format!("statement={text}")).await
}

/// Another operator seconds the only motion, and reads what it is about.
async fn seconded(visitor: &Visitor, about: &str) {
    let pia = operator(visitor, "pia@example.org", "finance").await;
    let pia = pia.proved("pia@example.org").await;
    let page = pia.get("/office/motions").await;
    assert!(page.text().contains(about), "{}", page.text());
    let open = motion::open(visitor.desk()).await.unwrap();
    let [one] = open.as_slice() else {
        panic!("{open:?}");
    };
    done(&pia.post(&format!("/office/motions/{}/second", one.id), "").await);
}

/// Nobody carries out what an operator proposed who was dismissed since: two who may have to agree.
async fn gone_with_their_motion(visitor: &Visitor, email: &str) {
    let desk = visitor.desk();
    let email: earnest_hire::person::Email = email.parse().unwrap();
    let appoint = async |roles: &str| {
        let roles = roles.parse().unwrap();
        earnest_app::account::appoint(desk, &email, "Olga", &roles)
            .await
            .unwrap();
    };
    appoint("support").await;
    let pia = operator(visitor, "pia@example.org", "finance").await;
    let pia = pia.proved("pia@example.org").await;
    let open = motion::open(desk).await.unwrap();
    let second = format!("/office/motions/{}/second", open[0].id);
    let page = pia.get("/office/motions").await;
    assert!(
        page.text().contains("may decide such things no more"),
        "{}",
        page.text()
    );
    assert!(!page.text().contains(&second), "{}", page.text());
    let refused = pia.post(&second, "").await;
    assert!(
        refused.text().contains("may decide such things no more"),
        "{}",
        refused.text()
    );
    assert_eq!(motion::open(desk).await.unwrap().len(), 1, "nothing was done");
    appoint("finance").await;
}

/// The address of the only transfer that waits.
async fn only(olga: &Visitor) -> String {
    let list = olga.get("/office/receipts").await;
    let found = between(list.text(), "href=\"/office/receipts/", "\"");
    assert_eq!(found.len(), 1, "{}", list.text());
    format!("/office/receipts/{}", found[0])
}

#[tokio::test]
async fn a_transfer_without_a_reference_is_given_to_its_payment_once() {
    let deal = Deal::signed().await;
    done(&fill(&deal.client, &deal.act("fund"), "&way=bank+bank").await);
    let payment = deal.kept().await.payments[0].id;
    let reference = TransferReference::of_payment(payment).to_string();
    let olga = finance(&deal.visitor).await;
    let wrong = import(&olga, "2026-11-24,much,USD,hello,Clara,b1\n").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("line 2"), "{}", wrong.text());
    assert!(wrong.text().contains("much,USD,hello"), "{}", wrong.text());
    let taken = import(&olga, "2026-11-24,1200.00,USD,for <the> API,Clara W,b1\n").await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
    assert!(taken.text().contains("1 wait below"), "{}", taken.text());
    let doubtful = import(&olga, "2026-11-24,1200,USD,for <the> API,Clara W,\n").await;
    assert!(
        doubtful.text().contains("Line 2 was not taken: b1,"),
        "{}",
        doubtful.text()
    );
    let path = only(&olga).await;
    let page = olga.get(&path).await;
    for part in [&reference, "for &#60;the&#62; API", "Clara W"] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    let form = hidden(&page);
    for (sent, told) in [
        ("payment=nothing", "Choose what it is."),
        ("act=assign&payment=nothing", "There is no payment"),
        ("act=move&payment=nothing", "There is no payment"),
    ] {
        let reply = olga.post(&path, &format!("{form}&{sent}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{sent}");
        assert!(reply.text().contains(told), "{}", reply.text());
        assert!(reply.text().contains("value=\"nothing\""), "{}", reply.text());
    }
    for _ in 0..2 {
        let sent = format!("{form}&act=assign&payment={reference}");
        let sent = olga.post(&path, &sent).await;
        done(&sent);
        assert_eq!(sent.header("location"), "/office/motions");
    }
    assert_eq!(deal.kept().await.payments[0].received_minor, Minor::ZERO);
    // whoever seconds it knows the transfer by what the bank told of it
    let waits = olga.get("/office/motions").await;
    for part in ["$1,200.00 from Clara W on ", "for &#60;the&#62; API"] {
        assert!(waits.text().contains(part), "{part}: {}", waits.text());
    }
    gone_with_their_motion(&deal.visitor, "olga@example.org").await;
    seconded(&deal.visitor, "assign receipt").await;
    let kept = deal.kept().await;
    assert_eq!(kept.milestones[0].held(), Ok(Minor(120_000)));
    assert_eq!(kept.payments[0].received_minor, Minor(120_000));
    let record = deal.client.get("/me/audit").await;
    assert!(
        record
            .text()
            .contains("a transfer without a reference belongs to"),
        "{}",
        record.text()
    );
}

/// T3: where less arrives than was asked for, the page shows the gap, until when it can be closed, and how.
#[tokio::test]
async fn a_payment_that_arrives_in_part_shows_what_is_missing() {
    let deal = Deal::signed().await;
    done(&fill(&deal.client, &deal.act("fund"), "&way=bank+bank").await);
    earnest_app::job::run_due(deal.visitor.desk()).await.unwrap();
    let payment = deal.kept().await.payments[0].id;
    let reference = TransferReference::of_payment(payment).to_string();
    let olga = finance(&deal.visitor).await;
    let row = format!("2026-11-24,1199.00,USD,{reference},Clara W,b1\n");
    assert_eq!(import(&olga, &row).await.status, StatusCode::OK);
    let page = deal.client.get(&deal.page()).await;
    for part in [
        "pay the rest for “Invoice API”: $1,199.00 of $1,200.00 has arrived, $1.00 is missing",
        "what has arrived stays with the funds of you here",
        "$1.00 is missing: until it is here, the milestone is not funded",
    ] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(!page.text().contains("without money moving"), "{}", page.text());
    let way = format!("href=\"/payments/{payment}\"");
    assert!(page.text().contains(&way), "{}", page.text());
    assert!(!deal.expert.get(&deal.page()).await.text().contains(&way));
    let pay = deal.client.get(&format!("/payments/{payment}")).await;
    for part in ["Pay $1.00", "$1,199.00 of $1,200.00 has arrived", &reference] {
        assert!(pay.text().contains(part), "{part}: {}", pay.text());
    }
    let row = format!("2026-11-24,1.00,USD,{reference},Clara W,b2\n");
    assert_eq!(import(&olga, &row).await.status, StatusCode::OK);
    assert_eq!(deal.kept().await.milestones[0].held(), Ok(Minor(120_000)));
    let over = deal.client.get(&format!("/payments/{payment}")).await;
    assert!(
        over.text().contains("Nothing is to be paid here any more"),
        "{}",
        over.text()
    );
}

#[tokio::test]
async fn a_transfer_of_nobody_goes_back_after_a_proof() {
    let visitor = Visitor::new();
    let olga = finance(&visitor).await;
    import(&olga, "2026-11-24,5.00,USD,oops,Ada,b1\n").await;
    let path = only(&olga).await;
    let pia = operator(&visitor, "pia@example.org", "finance").await;
    for reply in [pia.get(&path).await, pia.post(&path, "act=return").await] {
        let way = reply.header("location").to_owned();
        assert!(way.starts_with("/me/prove?to=%2Foffice%2Freceipts%2F"), "{way}");
    }
    let form = hidden(&olga.get(&path).await);
    let silent = olga.post(&path, &format!("{form}&act=return")).await;
    assert_eq!(
        silent.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        silent.text()
    );
    assert!(
        silent.text().contains("Say why it goes back"),
        "{}",
        silent.text()
    );
    for _ in 0..2 {
        done(
            &olga
                .post(&path, &format!("{form}&act=return&why=Ada+asked+for+it."))
                .await,
        );
    }
    assert!(olga.get("/me/audit").await.text().contains("Ada asked for it."));
    assert!(bank::unmatched(visitor.desk()).await.unwrap().is_empty());
    let list = olga.get("/office/receipts").await;
    assert!(
        list.text().contains(">B-"),
        "the transfer to make: {}",
        list.text()
    );
}

#[tokio::test]
async fn money_that_left_is_a_red_difference_until_somebody_says_what_it_was() {
    let visitor = Visitor::new();
    let olga = finance(&visitor).await;
    assert!(
        olga.get("/office/differences")
            .await
            .text()
            .contains("Nothing differs")
    );
    import(&olga, "2026-11-24,-7.00,USD,rent,Landlord,b9\n").await;
    let events = olga.get("/office/events").await;
    assert!(events.text().contains("transfer unmatched"), "{}", events.text());
    done(
        &olga
            .post("/office/differences", "act=compare&provider=bank")
            .await,
    );
    let red = olga.get("/office/differences").await;
    for part in ["class=\"differs\"", "b9", "Ask for what never came"] {
        assert!(red.text().contains(part), "{part}: {}", red.text());
    }
    let office = olga.get("/office").await;
    assert!(!office.text().contains("earnest reconcile"), "{}", office.text());
    for (form, told) in [
        ("line=b9&why=", "Say what the money was"),
        ("line=b9&why=x", "It takes 10 to 1000 letters"),
        ("line=none&why=It+was+the+rent.", "No money that left"),
    ] {
        let reply = olga
            .post("/office/differences", &format!("act=explain&{form}"))
            .await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(reply.text().contains(told), "{}", reply.text());
    }
    let sent = olga
        .post("/office/differences", "act=explain&line=b9&why=It+was+the+rent.")
        .await;
    assert_eq!(sent.header("location"), "/office/motions");
    let red = olga.get("/office/differences").await;
    assert!(red.text().contains("b9"), "nothing is booked yet: {}", red.text());
    seconded(&visitor, "money that left the bank account</a>").await;
    let calm = olga.get("/office/differences").await;
    assert!(calm.text().contains("Nothing differs"), "{}", calm.text());
    let unknown = olga
        .post("/office/differences", "act=compare&provider=moon")
        .await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_is_tried_again_or_set_aside_with_a_reason() {
    let visitor = Visitor::new();
    let olga = finance(&visitor).await;
    import(&olga, "2026-11-24,-7.00,USD,rent,Landlord,b9\n").await;
    let page = olga.get("/office/events").await;
    assert!(page.text().contains("There is no such thing"), "{}", page.text());
    let form = "provider=bank&event=b9&field=why-1";
    done(&olga.post("/office/events", &format!("{form}&act=retry")).await);
    let still = olga.get("/office/events").await;
    assert!(still.text().contains("transfer unmatched"), "{}", still.text());
    let silent = olga
        .post("/office/events", &format!("{form}&act=aside&why-1="))
        .await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text().contains("Say what it was"), "{}", silent.text());
    let aside = format!("{form}&act=aside&why-1=It+was+the+rent.");
    done(&olga.post("/office/events", &aside).await);
    let again = olga.post("/office/events", &aside).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "done once");
    assert!(olga.get("/office/events").await.text().contains("None."));
    let record = olga.get("/me/audit").await;
    assert!(
        record.text().contains("Set the event b9 of bank aside."),
        "{}",
        record.text()
    );
}

#[tokio::test]
async fn the_books_lead_from_the_balance_to_an_account_to_an_entry() {
    let deal = Deal::submitted().await;
    let olga = finance(&deal.visitor).await;
    let books = olga.get("/office/ledger").await;
    for part in ["A:psp:bank", "L:held:mst_", "$1,200.00"] {
        let alike = part.replace("A:psp:bank", "A:bank:bank");
        let found = books.text().contains(part) || books.text().contains(&alike);
        assert!(found, "{part}: {}", books.text());
    }
    let account = links(&books)
        .into_iter()
        .find(|href| href.contains("/accounts/USD-L:held:mst_"))
        .unwrap();
    let page = olga.get(&account).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(links(&page).contains(&deal.page()), "{}", page.text());
    let entry = links(&page)
        .into_iter()
        .find(|href| href.contains("/entries/ent_"))
        .unwrap();
    let page = olga.get(&entry).await;
    assert!(page.text().contains("L:held:mst_"), "{}", page.text());
    assert!(!books.text().contains("escrow"), "no page says it");
    let before = olga.get("/office/ledger?at=2020-01-01").await;
    assert!(before.text().contains("Nothing had been booked by then"));
    let odd = olga.get("/office/ledger?at=soon").await;
    assert!(odd.text().contains("Write a day like"), "{}", odd.text());
    let support = operator(&deal.visitor, "sam@example.org", "support").await;
    for path in [account.as_str(), entry.as_str(), "/office/ledger/proof"] {
        assert_eq!(support.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [
        "/office/ledger/accounts/USD-L:held",
        "/office/ledger/accounts/nonsense",
        "/office/ledger/accounts/USD-L:held:mst_00000000000000000000000000",
        "/office/ledger/entries/ent_00000000000000000000000000",
        "/office/ledger/entries/nonsense",
    ] {
        assert_eq!(olga.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_books_are_proved_by_a_button() {
    let deal = Deal::submitted().await;
    let olga = finance(&deal.visitor).await;
    let none = olga.get("/office/ledger/proof").await;
    assert!(none.text().contains("None was begun"), "{}", none.text());
    done(&olga.post("/office/ledger/proof", "").await);
    deal.visitor.desk().proof.ended().await;
    let proof = olga.get("/office/ledger/proof").await;
    assert!(proof.text().contains("The books are sound."), "{}", proof.text());
}
