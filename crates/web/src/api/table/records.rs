//! What is kept for people.

use super::{PAGES, PERIOD, run};
use crate::api::call::Call;
use crate::api::operation::{Answering, Operation};
use crate::api::view::{DoneView, FileView, List};
use crate::api::{paying, records};

pub(super) fn of_records() -> Vec<Operation> {
    vec![
        Operation::post("/files", "uploadFile", "Send a file; the body is its bytes")
            .query(super::NAME)
            .takes_bytes()
            .gives::<FileView>(201)
            .run(run!(records::upload)),
        Operation::get("/files/{id}", "getFile", "The bytes of a file that you may see")
            .gives_other(records::ANY_BYTES)
            .run(run!(records::download)),
        Operation::get("/requests/{id}/files", "listRequestFiles", "Files of a request")
            .gives::<List<FileView>>(200)
            .run(run!(records::files_of_request)),
        Operation::post(
            "/requests/{id}/files",
            "addRequestFiles",
            "Add files to your request",
        )
        .takes::<records::Adding>(r#"{"file_ids": ["fil_00000000000000000000000000"]}"#)
        .gives::<List<FileView>>(200)
        .run(run!(records::add_to_request)),
        Operation::get(
            "/contracts/{id}/invoices",
            "listInvoices",
            "What was released in a contract, the first first",
        )
        .query(PAGES)
        .gives::<List<paying::InvoiceView>>(200)
        .run(run!(paying::invoices)),
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
        Operation::post(
            "/contracts/{id}/reviews/reply",
            "replyToReview",
            "Reply once to what is said of you",
        )
        .takes::<records::ReviewReply>(r#"{"text": "Thank you."}"#)
        .gives::<records::ReviewsView>(200)
        .run(run!(records::reply)),
    ]
}

pub(super) fn of_statements() -> Vec<Operation> {
    vec![
        Operation::get(
            "/statements",
            "getStatement",
            "What the site held for you, and what moved it",
        )
        .query(PERIOD)
        .gives::<records::StatementView>(200)
        .run(run!(records::statement)),
        Operation::get(
            "/statements.csv",
            "getStatementTable",
            "The same as a table, amounts in minor units",
        )
        .query(PERIOD)
        .gives_other(records::CSV)
        .run(run!(records::statement_table)),
    ]
}

pub(super) fn of_webhooks() -> Vec<Operation> {
    vec![
        Operation::post("/webhook-endpoints", "addWebhookEndpoint", "Be told of news")
            .takes::<records::NewEndpoint>(r#"{"url": "https://hooks.example.com/earnest"}"#)
            .gives::<records::EndpointView>(201)
            .keyless()
            .run(run!(records::add_endpoint)),
        Operation::get("/webhook-endpoints", "listWebhookEndpoints", "Your receivers")
            .gives::<List<records::ReceiverView>>(200)
            .run(run!(records::endpoints)),
        Operation::post(
            "/webhook-endpoints/{id}/rotate",
            "rotateWebhookSecret",
            "Make a new secret; the former one signs, too, for a day",
        )
        .gives::<records::EndpointView>(200)
        .keyless()
        .run(run!(records::rotate_endpoint)),
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
        .query(PAGES)
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
