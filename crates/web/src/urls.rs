//! Every link on the site is made here, so that a path is spelt in two places only: here and in `routes.rs`.

mod office;
mod part;
mod purse;
mod webhook;

use earnest_hire::ids::{CallId, ContractId, FileId, MilestoneId, PaymentId};

pub use self::office::*;
pub use self::part::*;
pub use self::purse::*;
pub use self::webhook::*;

/// The front page.
pub fn home() -> &'static str {
    "/"
}

/// The list of all comparisons.
pub fn comparisons() -> &'static str {
    "/compare"
}

/// One comparison at its default priorities.
pub fn comparison(slug: &str) -> String {
    format!("/compare/{slug}")
}

/// One comparison at a reader's settings, and a place on the page.
pub fn comparison_at(slug: &str, query: &str, fragment: &str) -> String {
    let mark = if query.is_empty() { "" } else { "?" };
    ["/compare/", slug, mark, query, "#", fragment].concat()
}

/// How the scores of a criterion came about, at one option.
pub fn derivation(slug: &str, criterion: &str, technology: &str, edition: Option<&str>) -> String {
    format!("{}#{technology}", derivations(slug, criterion, edition))
}

/// How the scores of a criterion came about.
pub fn derivations(slug: &str, criterion: &str, edition: Option<&str>) -> String {
    format!("/compare/{slug}/scores/{criterion}{}", of_edition(edition))
}

/// The query that names an edition, where one is named.
pub(crate) fn of_edition(number: Option<&str>) -> String {
    number.map_or_else(String::new, |number| format!("?edition={number}"))
}

/// How disputes have ended.
pub fn disputes() -> &'static str {
    "/disputes"
}

/// The process of contracts in a version, and the state that a reader stands in.
pub fn process(version: u16, at: Option<&str>) -> String {
    let at = at.map_or_else(String::new, |state| format!("?at={state}#{state}"));
    format!("/process/{version}{at}")
}

/// The same for programs.
pub fn process_data(version: u16) -> String {
    format!("/process/{version}.json")
}

/// A run of our own lab.
pub fn lab(run: &str) -> String {
    format!("/lab/{run}")
}

/// All that happened in a run of our own lab, a line each.
pub fn lab_raw(run: &str) -> String {
    format!("/lab/{run}/raw.jsonl")
}

/// Settings, machine and versions of a run of our own lab.
pub fn lab_head(run: &str) -> String {
    format!("/lab/{run}/run.json")
}

/// The editions of a comparison and what moved between them.
pub fn changes(slug: &str) -> String {
    format!("/compare/{slug}/changes")
}

/// What moved between two of them.
pub fn changes_between(slug: &str, from: &str, to: &str) -> String {
    format!("{}?from={from}&to={to}", changes(slug))
}

/// One edition.
pub fn edition(slug: &str, number: &str) -> String {
    format!("{}{}", comparison(slug), of_edition(Some(number)))
}

/// The preview picture of a page.
pub fn picture(path: &str) -> String {
    let page = path.trim_matches('/');
    format!("/pictures/{}.png", if page.is_empty() { "home" } else { page })
}

/// The preview picture of a comparison at a reader's settings.
pub fn picture_at(slug: &str, query: &str) -> String {
    format!("/pictures/compare/{slug}.png?{query}")
}

/// A comparison for a frame in a page of others.
pub fn embed(slug: &str, query: &str) -> String {
    let mark = if query.is_empty() { "" } else { "?" };
    ["/embed/compare/", slug, mark, query].concat()
}

/// A script for pages with such a frame: it gives the frame the height that it asks for.
pub fn embed_height() -> &'static str {
    "/embed/height.js"
}

/// What programs ask for the embed of a page, given the page's full address.
pub fn oembed(page: &str) -> String {
    let page: String = form_urlencoded::byte_serialize(page.as_bytes()).collect();
    format!("/oembed?format=json&url={page}")
}

/// All roles one can hire for.
pub fn hire() -> &'static str {
    "/hire"
}

/// What one role does, costs and is asked in interviews.
pub fn role(slug: &str) -> String {
    format!("/hire/{slug}")
}

/// The form that keeps a state to be decided on together.
pub fn new_decision(slug: &str, query: &str) -> String {
    let state: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let state = if state.is_empty() {
        state
    } else {
        format!("&state={state}")
    };
    format!("/decisions/new?comparison={slug}{state}")
}

/// Where it is sent.
pub fn decisions() -> &'static str {
    "/decisions"
}

/// What several people decide together, as a link of one of them opens it.
pub fn decision(token: &str) -> String {
    format!("/decisions/{token}")
}

/// Where one of them does something about it, or is asked first.
pub fn decision_act(token: &str, act: &str) -> String {
    format!("/decisions/{token}/{act}")
}

/// The reader's state beside the usual one, where another can be pasted.
pub fn side_by_side_with(slug: &str, query: &str) -> String {
    let state: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let state = if state.is_empty() {
        state
    } else {
        format!("?state={state}")
    };
    format!("/compare/{slug}/side-by-side{state}")
}

/// Two states of a comparison side by side, each as a query string; an empty one is the usual state.
pub fn side_by_side(slug: &str, first: &str, second: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (key, state) in [("a", first), ("b", second)] {
        if !state.is_empty() {
            query.append_pair(key, state);
        }
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/compare/{slug}/side-by-side{mark}{query}")
}

/// The form that raises a request.
pub fn new_request() -> &'static str {
    "/requests/new"
}

/// The form, with a role chosen.
pub fn request_for_role(role: &str) -> String {
    format!("/requests/new?role={role}")
}

/// The form, with the state of a comparison carried along; an empty role is left out.
pub fn request_from_comparison(slug: &str, role: &str, query: &str) -> String {
    let state: String = form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let state = if state.is_empty() {
        state
    } else {
        format!("&state={state}")
    };
    let role = if role.is_empty() {
        String::new()
    } else {
        format!("role={role}&")
    };
    format!("/requests/new?{role}comparison={slug}{state}")
}

/// The page that confirms a request; the token alone opens it.
pub fn request_sent(token: &str) -> String {
    format!("/requests/sent/{token}")
}

/// How scores, weights and verdicts are made.
pub fn method() -> &'static str {
    "/method"
}

/// Where the JSON API ranks a problem.
pub fn rank() -> &'static str {
    "/api/v1/rank"
}

/// Licences of the program and of the fonts it ships.
pub fn licences() -> &'static str {
    "/licences"
}

/// Where the theme switch posts to.
pub fn theme() -> &'static str {
    "/theme"
}

/// Where a link that signs in is asked for, and where to go on afterwards; that may be empty.
pub fn sign_in(back: &str) -> String {
    if back.is_empty() {
        return "/sign-in".to_owned();
    }
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("/sign-in?to={back}")
}

/// What a link in a letter opens.
pub fn open_link(token: &str) -> String {
    format!("/sign-in/{token}")
}

/// Where a session is ended.
pub fn sign_out() -> &'static str {
    "/sign-out"
}

/// What waits for whoever is signed in.
pub fn me() -> &'static str {
    "/me"
}

/// Name, address and browsers of whoever is signed in.
pub fn account() -> &'static str {
    "/me/account"
}

/// Where somebody takes their data along.
pub fn data() -> &'static str {
    "/me/data"
}

/// Where somebody has their account deleted.
pub fn delete() -> &'static str {
    "/me/delete"
}

/// Where they keep it after all.
pub fn delete_cancel() -> &'static str {
    "/me/delete/cancel"
}

/// Where it says that they do.
pub fn delete_kept() -> &'static str {
    "/me/delete?kept"
}

/// Where all other sessions are ended.
pub fn sign_out_elsewhere() -> &'static str {
    "/me/account/sign-out-elsewhere"
}

/// The documentation of the API.
pub fn api() -> &'static str {
    "/api"
}

/// The tokens of somebody's programs.
pub fn tokens() -> &'static str {
    "/me/tokens"
}

/// Where somebody sets their password.
pub fn password() -> &'static str {
    "/me/password"
}

/// Where somebody comes in with a password.
pub fn sign_in_with_password() -> &'static str {
    "/sign-in/password"
}

/// Ends a browser's or program's session.
pub fn end_session(id: &str) -> String {
    format!("/me/sessions/{id}/end")
}

/// Where anybody comes in as one of the demo's people.
pub fn demo_sign_in(email: &str) -> String {
    format!("/demo/sign-in/{email}")
}

/// The requests of whoever is signed in, and those that are open.
pub fn requests() -> &'static str {
    "/requests"
}

/// One request.
pub fn request(id: &str) -> String {
    format!("/requests/{id}")
}

/// Where its client, or an expert, does something about a request.
pub fn request_act(id: &str, act: &str) -> String {
    format!("/requests/{id}/{act}")
}

/// Where an expert's page leads a client who wants to ask them.
pub fn invite(expert: &str) -> String {
    format!("/experts/{expert}/invite")
}

/// What a client and an expert say to each other.
pub fn conversation(id: &str) -> String {
    format!("/conversations/{id}")
}

/// Where a message is sent.
pub fn messages(id: &str) -> String {
    format!("/conversations/{id}/messages")
}

/// Where messages arrive as they are sent.
pub fn conversation_events(id: &str) -> String {
    format!("/conversations/{id}/events")
}

/// The form that proposes a call.
pub fn new_call(id: &str) -> String {
    format!("/conversations/{id}/calls/new")
}

/// Where it is sent.
pub fn calls(id: &str) -> String {
    format!("/conversations/{id}/calls")
}

/// Where a call is answered.
pub fn call_act(id: CallId, act: &str) -> String {
    format!("/calls/{id}/{act}")
}

/// A call for a calendar.
pub fn call_file(id: CallId) -> String {
    format!("/calls/{id}.ics")
}

/// A file.
pub fn file(id: FileId) -> String {
    format!("/files/{id}")
}

/// Where files are added to a request.
pub fn request_files(id: &str) -> String {
    format!("/requests/{id}/files")
}

/// Where a program sends a file.
pub const FILES_OF_PROGRAMS: &str = "/api/v1/files";

/// Whether files may be sent to an address.
pub fn takes_files(path: &str) -> bool {
    let within = |begin: &str, end: &str| {
        let id = path.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
        id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
    };
    path == FILES_OF_PROGRAMS
        || within("/conversations/", "/messages")
        || within("/requests/", "/files")
        || within("/milestones/", "/submit")
}

/// The form of a proposal.
pub fn propose(id: &str) -> String {
    format!("/conversations/{id}/proposals/new")
}

/// Where it is sent.
pub fn proposals(id: &str) -> String {
    format!("/conversations/{id}/proposals")
}

/// Where a proposal is answered.
pub fn proposal_act(id: &str, act: &str) -> String {
    format!("/proposals/{id}/{act}")
}

/// The second factor of whoever is signed in.
pub fn second_factor() -> &'static str {
    "/me/second-factor"
}

/// The same for somebody who goes on somewhere once it is set up; that may be empty.
pub fn second_factor_for(back: &str) -> String {
    with_back(second_factor(), back)
}

/// Where something is done about it.
pub fn second_factor_act(act: &str) -> String {
    format!("/me/second-factor/{act}")
}

/// Where somebody proves with it that it is them, and where to go on afterwards; that may be empty.
pub fn prove(back: &str) -> String {
    with_back("/me/prove", back)
}

fn with_back(path: &str, back: &str) -> String {
    if back.is_empty() {
        return path.to_owned();
    }
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("{path}?to={back}")
}

/// All contracts of whoever is signed in.
pub fn contracts() -> &'static str {
    "/contracts"
}

/// Those before one of them.
pub fn contracts_before(id: ContractId) -> String {
    format!("/contracts?before={id}")
}

/// One contract.
pub fn contract(id: ContractId) -> String {
    format!("/contracts/{id}")
}

/// Where something is done to a contract.
pub fn contract_act(id: ContractId, act: &str) -> String {
    format!("/contracts/{id}/{act}")
}

/// One milestone on the page of its contract.
pub fn milestone(contract: ContractId, milestone: MilestoneId) -> String {
    format!("/contracts/{contract}#{milestone}")
}

/// Where something is done to a milestone.
pub fn milestone_act(id: MilestoneId, act: &str) -> String {
    format!("/milestones/{id}/{act}")
}

/// The way to the provider's page on which a payment is made.
pub fn payment(id: PaymentId) -> String {
    format!("/payments/{id}")
}

/// Finding experts.
pub fn experts() -> &'static str {
    "/experts"
}

/// By what experts are ordered.
pub fn experts_order() -> &'static str {
    "/experts/how-they-are-ordered"
}

/// One expert.
pub fn expert(id: &str) -> String {
    format!("/experts/{id}")
}

/// Where an expert says who they are.
pub fn expert_profile() -> &'static str {
    "/me/expert-profile"
}

/// Where a profile is sent to the office.
pub fn submit_expert_profile() -> &'static str {
    "/me/expert-profile/submit"
}

/// Where a profile is put away.
pub fn hide_expert_profile() -> &'static str {
    "/me/expert-profile/hide"
}

/// Where it is shown again.
pub fn show_expert_profile() -> &'static str {
    "/me/expert-profile/show"
}

/// What operators did about whoever is signed in; what came before an act where one is named.
pub fn audit(before: &str) -> String {
    if before.is_empty() {
        return "/me/audit".to_owned();
    }
    format!("/me/audit?before={before}")
}

/// The time of a demo.
pub fn demo_clock() -> &'static str {
    "/demo/clock"
}

/// The same, with what has happened since a moment.
pub fn demo_clock_from(at: jiff::Timestamp) -> String {
    format!("/demo/clock?from={at}")
}

/// Where a contract is reviewed.
pub fn reviews(id: ContractId) -> String {
    format!("/contracts/{id}/reviews")
}

/// Where a review is replied to.
pub fn review_reply(id: ContractId) -> String {
    format!("/contracts/{id}/reviews/reply")
}

/// A statement of the money of whoever is signed in.
pub fn statements() -> &'static str {
    "/statements"
}

/// The same of some days, as a table for programs.
pub fn statements_csv(from: &str, to: &str) -> String {
    format!("/statements.csv?from={from}&to={to}")
}

/// The invoices of a contract.
pub fn invoice(id: ContractId) -> String {
    format!("/contracts/{id}/invoice")
}

/// What is stopped of whoever is signed in, and why.
pub fn holds() -> &'static str {
    "/me/holds"
}

/// What somebody is mailed about.
pub fn notices() -> &'static str {
    "/me/notices"
}

/// The same, after it was changed.
pub fn notices_kept() -> &'static str {
    "/me/notices?kept"
}

/// A legal text.
pub fn legal(kind: earnest_app::legal::Kind) -> String {
    format!("/{}", kind.name())
}

/// A legal text in a version that may not be in force any more.
pub fn legal_version(kind: earnest_app::legal::Kind, sha256: &str) -> String {
    format!("/{}?version={sha256}", kind.name())
}

/// Where legal texts are accepted.
pub fn legal_accept() -> &'static str {
    "/me/legal"
}

/// The same, with the path to go on at afterwards.
pub fn legal_before(back: &str) -> String {
    let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
    format!("/me/legal?to={back}")
}
