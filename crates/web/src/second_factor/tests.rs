//! Setting up a second factor and being asked for it, as a browser does it.

use axum::http::StatusCode;

use crate::testing::Visitor;

#[tokio::test]
async fn money_leaves_only_after_a_proof() {
    let ada = Visitor::new().come_in("ada@example.org", "Ada").await;
    let asked = ada.post("/payouts", "amount=10").await;
    assert_eq!(asked.header("location"), "/me/prove?to=%2Fpayouts%2Fnew");
    let named = ada.post("/me/payout-account", "provider=sandbox").await;
    assert_eq!(named.header("location"), "/me/prove?to=%2Fme%2Fpayout-account");
    let none = ada.get("/me/prove?to=%2Fpayouts%2Fnew").await;
    assert_eq!(none.header("location"), "/me/second-factor", "none is set up yet");
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
