//! What is kept for people.

use super::{PERIOD, run};
use crate::api::call::Call;
use crate::api::operation::{Answering, Operation};
use crate::api::records;
use crate::api::view::{DoneView, List};

pub(super) fn of_records() -> Vec<Operation> {
    vec![
        Operation::post("/files", "uploadFile", "Send a file; the body is its bytes")
            .query(super::NAME)
            .takes_bytes()
            .gives::<records::FileView>(201)
            .run(run!(records::upload)),
        Operation::get(
            "/contracts/{id}/reviews",
            "getReviews",
            "The reviews of a contract",
        )
        .gives::<records::ReviewsView>(200)
        .run(run!(records::reviews)),
        Operation::post(
            "/contracts/{id}/reviews",
            "writeReview",
            "Review the other side of an ended contract",
        )
        .takes::<records::NewReview>(r#"{"rating": 5, "text": "All of it, on time."}"#)
        .gives::<records::ReviewView>(201)
        .run(run!(records::write_review)),
        Operation::get(
            "/statements",
            "getStatement",
            "What the site held for you, and what moved it",
        )
        .query(PERIOD)
        .gives::<records::StatementView>(200)
        .run(run!(records::statement)),
        Operation::post("/webhook-endpoints", "addWebhookEndpoint", "Be told of news")
            .takes::<records::NewEndpoint>(r#"{"url": "https://hooks.example.com/earnest"}"#)
            .gives::<records::EndpointView>(201)
            .keyless()
            .run(run!(records::add_endpoint)),
        Operation::post(
            "/webhook-endpoints/{id}/remove",
            "removeWebhookEndpoint",
            "Be told no more",
        )
        .gives::<DoneView>(200)
        .run(run!(records::remove_endpoint)),
        Operation::get(
            "/webhook-deliveries",
            "listWebhookDeliveries",
            "What your receivers were told lately",
        )
        .gives::<List<records::DeliveryView>>(200)
        .run(run!(records::deliveries)),
        Operation::post(
            "/webhook-deliveries/{id}/resend",
            "resendWebhookDelivery",
            "Tell it again",
        )
        .gives::<DoneView>(202)
        .run(run!(records::resend)),
        Operation::get(
            "/me/legal",
            "listLegalTexts",
            "Legal texts that you have not accepted",
        )
        .gives::<List<records::LegalView>>(200)
        .run(run!(records::legal_texts)),
        Operation::post("/me/legal", "acceptLegalTexts", "Accept them")
            .takes::<records::Accepting>(r#"{"versions": []}"#)
            .gives::<DoneView>(200)
            .run(run!(records::accept_legal)),
    ]
}
