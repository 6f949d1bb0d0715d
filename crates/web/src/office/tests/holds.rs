//! Holds in the browser: put on with all that the person must read, answered by another operator, lifted, over by itself.

use axum::http::StatusCode;

use crate::contract::tests::{done, hidden, person};
use crate::expert::tests::operator;
use crate::testing::{Visitor, between};

const HOLD: &str = "scope=payouts&reason=identity&facts=Two+%3Cnames%3E.&rule=terms%2C+7.3&days=7";

/// Emil, his id, and an operator who has proved that it is them.
async fn cast() -> (Visitor, Visitor, String, Visitor) {
    let visitor = Visitor::new();
    let emil = visitor.come_in("emil@example.org", "Emil Berg").await;
    let id = person(&visitor, "emil@example.org").await.to_string();
    let olga = operator(&visitor, "olga@example.org", "finance").await;
    let olga = olga.proved("olga@example.org").await;
    (visitor, emil, id, olga)
}

/// The address of the only hold.
async fn only(olga: &Visitor, id: &str) -> String {
    let list = olga.get("/office/holds").await;
    let start = format!("href=\"/office/people/{id}/holds/");
    let found = between(list.text(), &start, "\"");
    assert_eq!(found.len(), 1, "{}", list.text());
    format!("/office/people/{id}/holds/{}", found[0])
}

#[tokio::test]
async fn the_person_reads_all_of_a_hold_complains_and_another_operator_answers() {
    let (visitor, emil, id, olga) = cast().await;
    let path = format!("/office/people/{id}/hold");
    let page = olga.get(&path).await;
    let form = hidden(&page);
    let empty = olga.post(&path, &format!("{form}&facts=Two+names&days=8")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "Say what is stopped.",
        "Choose a reason.",
        "Name the rule",
        "from 1 to 7",
        ">Two names</textarea>",
    ] {
        assert!(empty.text().contains(part), "{part}: {}", empty.text());
    }
    for _ in 0..2 {
        done(&olga.post(&path, &format!("{form}&{HOLD}")).await);
    }
    let hold = only(&olga, &id).await;
    let (emil, olga, pia) = (&emil, &olga, &second(&visitor).await);
    complains(emil).await;
    let list = olga.get("/office/holds").await;
    assert!(list.text().contains("There is a complaint"), "{}", list.text());
    let own = format!(
        "{}&act=answer&reason=That+is+no+reason.&days=7",
        hidden(&olga.get(&hold).await)
    );
    let refused = olga.post(&hold, &own).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert!(
        refused.text().contains("another operator than the first"),
        "{}",
        refused.text()
    );
    let answer = format!(
        "{}&act=answer&reason=Show+it+to+us.&days=7",
        hidden(&pia.get(&hold).await)
    );
    done(&pia.post(&hold, &answer).await);
    let read = emil.get("/me/holds").await;
    assert!(read.text().contains("Show it to us."), "{}", read.text());
    let lifting = format!("{}&act=lift&reason=It+was+shown.", hidden(&pia.get(&hold).await));
    for _ in 0..2 {
        done(&pia.post(&hold, &lifting).await);
    }
    assert!(olga.get("/office/holds").await.text().contains("None stands"));
    assert!(emil.get("/me/audit").await.text().contains("Lifted a hold"));
    for page in [emil.get("/me/holds").await, pia.get(&hold).await] {
        for part in ["Why it was lifted", "It was shown.", "Lifted by"] {
            assert!(page.text().contains(part), "{part}: {}", page.text());
        }
    }
}

async fn second(visitor: &Visitor) -> Visitor {
    let pia = operator(visitor, "pia@example.org", "finance").await;
    pia.proved("pia@example.org").await
}

/// Reads all of the hold, and complains about it once.
async fn complains(emil: &Visitor) {
    let read = emil.get("/me/holds").await;
    for part in [
        "Payouts",
        "It is not clear who you are.",
        "Two &#60;names&#62;.",
        "terms, 7.3",
        "Olga Brandt",
        "1 December 2026, 12:00 UTC",
    ] {
        assert!(read.text().contains(part), "{part}: {}", read.text());
    }
    for (page, part) in [
        ("/balance", "Something of your account is stopped"),
        ("/me/audit", "Placed a hold on your account."),
    ] {
        let reply = emil.get(page).await;
        assert!(reply.text().contains(part), "{}", reply.text());
    }
    let field = between(read.text(), "name=\"reason-", "\"")[0].to_owned();
    let complaint = hidden(&read);
    let nothing = emil
        .post("/me/holds", &format!("{complaint}&reason-{field}=+"))
        .await;
    assert_eq!(
        nothing.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        nothing.text()
    );
    assert!(nothing.text().contains("Say what is wrong"), "{}", nothing.text());
    for _ in 0..2 {
        let said = format!("{complaint}&reason-{field}=One+is+my+maiden+name.");
        done(&emil.post("/me/holds", &said).await);
    }
}

#[tokio::test]
async fn a_hold_is_over_by_itself_and_thirty_days_take_two() {
    let (_, emil, id, olga) = cast().await;
    let path = format!("/office/people/{id}/hold");
    done(
        &olga
            .post(&path, &format!("{}&{HOLD}", hidden(&olga.get(&path).await)))
            .await,
    );
    let hold = only(&olga, &id).await;
    let page = olga.get(&hold).await;
    let sooner = format!("{}&act=extend&reason=Not+clear+yet&days=1", hidden(&page));
    let reply = olga.post(&hold, &sooner).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        reply.text().contains("stands longer than that"),
        "{}",
        reply.text()
    );
    let mut olga = olga;
    for week in 1..=4 {
        // a day before its end, every week
        olga = olga.later(week * 6).await.proved("olga@example.org").await;
        let page = olga.get(&hold).await;
        let keep = format!("{}&act=extend&reason=Not+clear+yet&days=7", hidden(&page));
        let reply = olga.post(&hold, &keep).await;
        let next = if week < 4 {
            "/office/holds"
        } else {
            "/office/motions"
        };
        assert_eq!(reply.header("location"), next, "week {week}: {}", reply.text());
    }
    let after = olga.later(26).await;
    let list = after.get("/office/holds").await;
    assert!(list.text().contains("None stands"), "{}", list.text());
    let read = emil.beside(&after).get("/me/holds").await;
    assert!(read.text().contains("(over)"), "{}", read.text());
}

#[tokio::test]
async fn nobody_else_holds_anybody() {
    let (visitor, emil, id, olga) = cast().await;
    let path = format!("/office/people/{id}/hold");
    done(
        &olga
            .post(&path, &format!("{}&{HOLD}", hidden(&olga.get(&path).await)))
            .await,
    );
    let hold = only(&olga, &id).await;
    let support = operator(&visitor, "sam@example.org", "support").await;
    for who in [&emil, &support] {
        for path in [&path, &hold] {
            assert_eq!(who.get(path).await.status, StatusCode::NOT_FOUND);
            assert_eq!(who.post(path, HOLD).await.status, StatusCode::NOT_FOUND);
        }
    }
    let other = visitor.come_in("ada@example.org", "Ada").await;
    let hers = other.get("/me/holds").await;
    assert!(hers.text().contains("Nothing of your account is stopped"));
    let id = hold.rsplit('/').next().unwrap();
    let form = format!("hold={id}&reason-{id}=Mine");
    assert_eq!(other.post("/me/holds", &form).await.status, StatusCode::CONFLICT);
}
