//! All addresses of the site, in one place. Links to them are made in `urls.rs`.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use crate::answer::Fresh;
use crate::problem::Problem;
use crate::{
    Ctx, api, assets, balance, compare, contract, conversation, decide, demo, expert, file, front, health,
    holds, home, lab, leaving, legal, licences, machines, me, method, notices, office, payout_account,
    picture, process, provider, request, review, role, second_factor, sign_in, statement, theme, urls,
    webhook,
};

/// The whole site, ready to be served.
pub fn router(web: Ctx) -> Router {
    public()
        .merge(deciding())
        .merge(people())
        .merge(hiring())
        .merge(of_experts())
        .merge(of_office())
        .merge(of_office_money())
        .merge(of_office_people())
        .merge(programs())
        .fallback(elsewhere)
        .layer(front::Front::new(web.clone()))
        .with_state(web)
}

/// What everybody reads.
fn public() -> Router<Ctx> {
    Router::new()
        .route("/", get(home::show))
        .route("/compare", get(compare::index_page))
        .route("/compare/{slug}", get(compare::show_page))
        .route("/compare/{slug}/changes", get(compare::changes_page))
        .route("/compare/{slug}/side-by-side", get(compare::side_by_side_page))
        .route(
            "/compare/{slug}/scores/{criterion}",
            get(compare::derivation_page),
        )
        .route("/embed/compare/{slug}", get(compare::embed::show))
        .route(urls::embed_height(), get(compare::embed::height))
        .route("/oembed", get(compare::oembed::show))
        .route("/hire", get(role::index))
        .route("/hire/{slug}", get(role::show))
        .route("/method", get(method::show))
        .route("/lab/{run}", get(lab::show))
        .route("/lab/{run}/raw.jsonl", get(lab::raw))
        .route("/lab/{run}/run.json", get(lab::head))
        .route("/pictures/{*page}", get(picture::show))
        .route("/licences", get(licences::show))
        .route("/theme", post(theme::choose))
        .route("/assets/{file}", get(assets::show))
        .route("/terms", get(legal::show))
        .route("/privacy", get(legal::show))
        .route("/imprint", get(legal::show))
        .route("/favicon.ico", get(assets::icon))
}

/// What people decide together, over links and without accounts.
fn deciding() -> Router<Ctx> {
    Router::new()
        .route("/decisions", post(decide::make))
        .route("/decisions/new", get(decide::form))
        .route("/decisions/{token}", get(decide::show))
        .route("/decisions/{token}/{act}", get(decide::ask).post(decide::act))
}

/// Coming in, and what belongs to one person.
fn people() -> Router<Ctx> {
    Router::new()
        .route("/sign-in", get(sign_in::ask).post(sign_in::send))
        .route("/sign-in/{token}", get(sign_in::open).post(sign_in::come_in))
        .route("/sign-out", post(sign_in::go_out))
        .route(
            "/demo/sign-in/{email}",
            get(sign_in::demo_open).post(sign_in::demo_come_in),
        )
        .route("/demo/clock", get(demo::clock).post(demo::forward))
        .route("/me", get(me::show))
        .route("/sign-in/password", post(sign_in::with_password))
        .route("/me/tokens", get(me::keys::tokens).post(me::keys::make_token))
        .route("/me/sessions/{id}/end", post(me::keys::end))
        .route(
            "/me/password",
            get(me::keys::password_form).post(me::keys::set_password),
        )
        .route("/me/account", get(me::account).post(me::rename))
        .route(
            "/me/second-factor",
            get(second_factor::show).post(second_factor::begin),
        )
        .route("/me/second-factor/confirm", post(second_factor::confirm))
        .route("/me/second-factor/remove", post(second_factor::remove))
        .route(
            "/me/prove",
            get(second_factor::prove).post(second_factor::send_proof),
        )
        .route(
            "/me/payout-account",
            get(payout_account::show).post(payout_account::name),
        )
        .route("/me/payout-account/check", post(payout_account::check))
        .route("/payouts/new", get(payout_account::form))
        .route("/payouts", post(payout_account::ask))
        .route("/payouts/{id}/cancel", post(payout_account::cancel))
        .route("/me/account/sign-out-elsewhere", post(me::go_out_elsewhere))
        .route("/me/webhooks", get(webhook::show).post(webhook::add))
        .route("/me/webhooks/{id}/rotate", post(webhook::rotate))
        .route("/me/webhooks/{id}/remove", post(webhook::remove))
        .route("/me/webhooks/{id}/resend", post(webhook::resend))
        .route("/payments/{id}", get(contract::pay))
        .route("/balance", get(balance::show))
        .route("/statements", get(statement::show))
        .route("/statements.csv", get(statement::csv))
        .route("/me/legal", get(legal::ask).post(legal::accept))
        .route("/me/data", get(leaving::data).post(leaving::take))
        .route("/me/delete", get(leaving::form).post(leaving::ask))
        .route("/me/delete/cancel", post(leaving::cancel))
        .route("/me/notices", get(notices::show).post(notices::keep))
}

/// From a request to a contract, and what is done to it.
fn hiring() -> Router<Ctx> {
    Router::new()
        .route("/requests/new", get(request::form).post(request::steps::go))
        .route("/requests", get(request::going::list).post(request::send))
        .route("/requests/{id}", get(request::going::show))
        .route("/requests/{id}/open", post(request::going::open))
        .route("/requests/{id}/conversations", post(request::going::talk))
        .route("/requests/{id}/invitations", post(request::invite::send))
        .route(
            "/requests/{id}/invitations/withdraw",
            post(request::invite::withdraw),
        )
        .route("/requests/{id}/decline", post(request::invite::decline))
        .route("/requests/{id}/talk", post(request::invite::talk))
        .route("/requests/{id}/{act}", post(request::going::act))
        .route("/conversations/{id}", get(conversation::show))
        .route(
            "/conversations/{id}/messages",
            post(conversation::say).layer(DefaultBodyLimit::disable()),
        )
        .route(
            "/requests/{id}/files",
            post(request::files::send).layer(DefaultBodyLimit::disable()),
        )
        .route("/files/{id}", get(file::show))
        .route("/conversations/{id}/events", get(conversation::events))
        .route("/conversations/{id}/calls/new", get(conversation::call::form))
        .route("/conversations/{id}/calls", post(conversation::call::propose))
        .route("/calls/{id}", get(conversation::call::file))
        .route("/calls/{id}/{act}", post(conversation::call::act))
        .route("/conversations/{id}/proposals/new", get(conversation::form))
        .route("/conversations/{id}/proposals", post(conversation::send))
        .route("/proposals/{id}/{act}", post(conversation::act))
        .route("/requests/sent/{token}", get(request::sent))
        .route("/contracts", get(contract::list))
        .route("/contracts/{id}", get(contract::show))
        .route("/contracts/{id}/invoice", get(statement::invoice))
        .route("/contracts/{id}/reviews", post(review::write))
        .route("/contracts/{id}/reviews/reply", post(review::reply))
        .route(
            "/contracts/{id}/{act}",
            get(contract::ask_of_contract).post(contract::act_on_contract),
        )
        .route(
            "/milestones/{id}/{act}",
            get(contract::ask_of_milestone)
                .post(contract::act_on_milestone)
                .layer(DefaultBodyLimit::disable()),
        )
}

/// What programs ask.
fn programs() -> Router<Ctx> {
    Router::new()
        .merge(api::routes())
        .route("/api", get(api::documentation))
        .route("/api/openapi.json", get(api::document))
        .route("/api/v1/comparisons", get(api::comparisons))
        .route("/api/v1/comparisons/{slug}", get(api::comparison))
        .route(urls::rank(), post(api::rank))
        .route("/api/v1/technologies", get(api::technologies))
        .route("/api/v1/roles", get(api::roles))
        .route("/api/v1/roles/{slug}", get(api::role))
        .route("/providers/{name}/events", post(provider::events))
        .route("/robots.txt", get(machines::robots))
        .route("/sitemap.xml", get(machines::sitemap))
        .route("/content.schema.json", get(machines::schema))
        .route("/process/{file}", get(process::show))
        .route("/disputes", get(process::disputes))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
}

fn of_experts() -> Router<Ctx> {
    Router::new()
        .route("/experts", get(expert::index))
        .route("/experts/how-they-are-ordered", get(expert::order))
        .route("/experts/{id}", get(expert::show))
        .route(
            "/experts/{id}/invite",
            get(request::invite::choose).post(request::invite::send_chosen),
        )
        .route("/me/expert-profile", get(expert::form).post(expert::save))
        .route("/me/expert-profile/submit", post(expert::submit))
        .route("/me/expert-profile/hide", post(expert::hide))
        .route("/me/expert-profile/show", post(expert::show_again))
        .route("/me/audit", get(office::audit))
        .route("/me/holds", get(holds::show).post(holds::appeal))
}

fn of_office() -> Router<Ctx> {
    Router::new()
        .route("/office", get(office::queues))
        .route("/office/vetting", get(office::vetting))
        .route(
            "/office/vetting/{person}",
            get(office::vetting_one).post(office::vet),
        )
        .route(
            "/office/experts/import",
            get(office::import_form).post(office::import_experts),
        )
        .route("/office/requests", get(office::requests))
        .route("/office/requests/{id}", get(office::request))
        .route("/office/requests/{id}/experts", post(office::propose_experts))
        .route("/office/requests/{id}/replied", post(office::replied))
        .route("/office/motions", get(office::motions))
        .route("/office/motions/{id}/second", post(office::second))
        .route("/office/motions/{id}/drop", post(office::withdraw))
        .route("/office/jobs", get(office::jobs).post(office::resend))
        .route("/office/editions", get(office::editions))
        .route("/office/go-live", get(office::go_live))
        .route("/office/go-live/mail", post(office::try_mail))
        .route("/office/go-live/restore", post(office::note_restore))
        .route("/office/letters", get(office::letters).post(office::send_again))
}

fn of_office_money() -> Router<Ctx> {
    Router::new()
        .route("/office/disputes", get(office::disputes))
        .route(
            "/office/disputes/{milestone}",
            get(office::dispute).post(office::decide),
        )
        .route(
            "/office/disputes/{milestone}/open",
            get(office::new_dispute).post(office::begin_dispute),
        )
        .route("/office/holds", get(office::holds))
        .route(
            "/office/contracts/{id}/hold",
            get(office::new_contract_hold).post(office::place_contract_hold),
        )
        .route(
            "/office/contracts/{id}/holds/{hold}",
            get(office::contract_hold).post(office::act_on_contract_hold),
        )
        .route("/office/payouts", get(office::payouts))
        .route("/office/deadlines", get(office::deadlines))
        .route("/office/receipts", get(office::receipts).post(office::import))
        .route(
            "/office/receipts/{id}",
            get(office::receipt).post(office::act_on_receipt),
        )
        .route("/office/events", get(office::events).post(office::act_on_event))
        .route(
            "/office/differences",
            get(office::differences).post(office::act_on_differences),
        )
        .route("/office/ledger", get(office::ledger))
        .route("/office/ledger/proof", get(office::proof).post(office::prove))
        .route("/office/ledger/accounts/{id}", get(office::account))
        .route("/office/ledger/entries/{id}", get(office::entry))
}

fn of_office_people() -> Router<Ctx> {
    Router::new()
        .route("/office/people", get(office::people))
        .route("/office/people/{id}", get(office::person))
        .route(
            "/office/people/{id}/hold",
            get(office::new_hold).post(office::place_hold),
        )
        .route(
            "/office/people/{id}/holds/{hold}",
            get(office::hold).post(office::act_on_hold),
        )
        .route(
            "/office/people/{id}/identity",
            get(office::identity).post(office::confirm_identity),
        )
        .route(
            "/office/people/{id}/dismiss",
            get(office::dismissal).post(office::dismiss),
        )
        .route("/office/visits/{id}", get(office::visit).post(office::say_why))
        .route("/office/log", get(office::log))
}

/// An address nobody answers. With a slash too many at the end, the way to the one without is shown.
async fn elsewhere(uri: Uri) -> Response {
    let path = uri.path();
    let plain = path.trim_end_matches('/');
    if plain.len() < path.len() && plain.starts_with('/') && !plain.starts_with("//") && !plain.contains('\\')
    {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        return Fresh::moved_for_good(&format!("{plain}{query}")).into_response();
    }
    Problem::not_found().into_response()
}

#[cfg(test)]
mod tests;
