//! Setting up a second factor and being asked for it, as a browser does it.

use axum::http::{Request, StatusCode};

use crate::testing::{Visitor, between};

#[tokio::test]
async fn money_leaves_only_after_a_proof() {
    let ada = Visitor::new().come_in("ada@example.org", "Ada").await;
    let asked = ada.post("/payouts", "amount=10").await;
    assert_eq!(asked.header("location"), "/me/prove?to=%2Fpayouts%2Fnew");
    let named = ada.post("/me/payout-account", "provider=sandbox").await;
    assert_eq!(named.header("location"), "/me/prove?to=%2Fme%2Fpayout-account");
    let none = ada.get("/me/prove?to=%2Fpayouts%2Fnew").await;
    let set_up = "/me/second-factor?to=%2Fpayouts%2Fnew";
    assert_eq!(none.header("location"), set_up, "none is set up yet");
    let page = ada.get(set_up).await;
    assert!(
        page.text().contains("You need one to have money paid out"),
        "{}",
        page.text()
    );
    let kept = "<input type=\"hidden\" name=\"to\" value=\"/payouts/new\">";
    assert!(page.text().contains(kept), "{}", page.text());
    let begun = ada.post("/me/second-factor", "to=%2Fpayouts%2Fnew").await;
    assert_eq!(begun.header("location"), set_up);
    assert!(ada.get(set_up).await.text().contains(kept));
    let wrong = ada
        .post("/me/second-factor/confirm", "code=12345&to=%2Fpayouts%2Fnew")
        .await;
    assert!(wrong.text().contains(kept), "{}", wrong.text());
    let away = ada.get("/me/prove?to=%2F%2Fevil.example").await;
    assert_eq!(
        away.header("location"),
        "/me/second-factor",
        "only to our own pages"
    );
}

#[tokio::test]
async fn a_second_factor_is_set_up_with_its_first_code() {
    let ada = Visitor::new().come_in("ada@example.org", "Ada").await;
    let begun = ada.post("/me/second-factor", "").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER);
    let page = ada.get("/me/second-factor").await;
    assert!(page.text().contains("otpauth://totp/"), "{}", page.text());
    let wrong = ada.post("/me/second-factor/confirm", "code=12345").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("does not fit"), "{}", wrong.text());
    let stranger = ada.come_in("bob@example.org", "Bob").await;
    assert!(!stranger.get("/me/second-factor").await.text().contains("otpauth"));
}

#[tokio::test]
async fn a_provider_that_checks_nobody_sends_to_the_operator() {
    let ada = Visitor::new().come_in("ada@example.org", "Ada").await;
    for provider in ["nobody", "bank"] {
        let form = format!("provider={provider}");
        let refused = ada.post("/me/payout-account/check", &form).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{provider}");
    }
    assert!(
        ada.get("/payouts/new")
            .await
            .text()
            .contains("Say first where you are paid")
    );
}

/// A second factor that counts, with one recovery code: `abcde-fghij`.
async fn with_a_factor(visitor: &Visitor, email: &str) {
    let person = crate::contract::tests::person(visitor, email).await;
    let code = "72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0";
    let bytes = (0..32).map(|at| u8::from_str_radix(&code[2 * at..2 * at + 2], 16).unwrap());
    let hash: [u8; 32] = bytes.collect::<Vec<u8>>().try_into().unwrap();
    let kept = visitor.desk().store.write(move |mut tx| async move {
        tx.begin_second_factor(person, vec![7; 20]).await?;
        let mut factor = tx.lock_second_factor(person).await?.unwrap();
        factor.since = Some(crate::testing::NOW);
        tx.update_second_factor(person, &factor).await?;
        tx.replace_recovery_codes(person, &[hash]).await?;
        tx.commit::<(), earnest_store::Error>(()).await
    });
    kept.await.unwrap();
}

#[tokio::test]
async fn a_proof_gives_the_browser_another_session_and_ends_the_one_it_had() {
    let site = Visitor::new();
    let ada = site.come_in("ada@example.org", "Ada").await;
    with_a_factor(&site, "ada@example.org").await;
    let proved = ada
        .post("/me/prove", "code=ABCDE-fghij&to=%2Fpayouts%2Fnew")
        .await;
    assert_eq!(proved.header("location"), "/payouts/new", "{}", proved.text());
    let after = ada.after(&proved);
    assert_eq!(
        ada.get("/me").await.status,
        StatusCode::SEE_OTHER,
        "the former one opens nothing"
    );
    assert_eq!(after.get("/me").await.status, StatusCode::OK);
    let removed = after.post("/me/second-factor/remove", "").await;
    assert_eq!(
        removed.header("location"),
        "/me/second-factor",
        "it is proved in this one"
    );
    let again = after.post("/me/prove", "code=abcde-fghij").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "once");
    let record = after.get("/me/audit").await;
    for act in ["Used a recovery code", "Took the second factor away"] {
        assert!(record.text().contains(act), "{act}: {}", record.text());
    }
    let letters = site.letters_to("ada@example.org").await;
    assert_eq!(
        letters
            .iter()
            .filter(|one| one.subject == "Your second factor")
            .count(),
        2
    );
}

#[tokio::test]
async fn a_token_alone_sets_up_no_second_factor() {
    let site = Visitor::new();
    let ada = site.come_in("ada@example.org", "Ada").await;
    let made = ada.post("/me/tokens", "label=x").await;
    let token = between(made.text(), "<code class=\"wrap\">", "</code>")[0].to_owned();
    let begin = async |body: &str| {
        let request = Request::post("/api/v1/me/second-factor")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"));
        site.ask(request, body).await
    };
    assert_eq!(begin("{}").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let password = r#"{"password": "three plain words"}"#;
    let without = begin(password).await;
    assert_eq!(
        without.status,
        StatusCode::CONFLICT,
        "no password was ever set: {}",
        without.text()
    );
    assert!(without.text().contains("sign_in_refused"), "{}", without.text());
    ada.post("/me/password", "password=three+plain+words").await;
    let made = ada.post("/me/tokens", "label=x").await;
    let token = between(made.text(), "<code class=\"wrap\">", "</code>")[0].to_owned();
    let request = || {
        Request::post("/api/v1/me/second-factor")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {token}"))
    };
    let wrong = site.ask(request(), r#"{"password": "other plain words"}"#).await;
    assert_eq!(wrong.status, StatusCode::CONFLICT, "{}", wrong.text());
    let right = site.ask(request(), password).await;
    assert_eq!(right.status, StatusCode::CREATED, "{}", right.text());
}
