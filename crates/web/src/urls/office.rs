//! Links into the office.

use earnest_hire::ids::{ContractId, HoldId, MilestoneId};

/// Where the operator brings in experts from a table.
pub fn office_import() -> &'static str {
    "/office/experts/import"
}

/// Where the operator proposes experts for a request, or notes that it was answered.
pub fn office_request_act(id: &str, act: &str) -> String {
    format!("/office/requests/{id}/{act}")
}

/// What waits for somebody in the office.
pub fn office() -> &'static str {
    "/office"
}

/// Profiles to be vetted.
pub fn office_vetting() -> &'static str {
    "/office/vetting"
}

/// One of them.
pub fn office_vet(person: &str) -> String {
    format!("/office/vetting/{person}")
}

/// All requests, as the office sees them.
pub fn office_requests() -> &'static str {
    "/office/requests"
}

/// Those that nobody has answered.
pub fn office_requests_waiting() -> &'static str {
    "/office/requests?waiting=1"
}

/// Requests older than one, of all or of those that nobody has answered.
pub fn office_requests_after(id: &str, waiting: bool) -> String {
    let list = if waiting { "waiting=1&" } else { "" };
    format!("/office/requests?{list}after={id}")
}

/// One of them.
pub fn office_request(id: &str) -> String {
    format!("/office/requests/{id}")
}

/// Motions that wait for a second operator.
pub fn office_motions() -> &'static str {
    "/office/motions"
}

/// Where a motion is carried out.
pub fn second_motion(id: &str) -> String {
    format!("/office/motions/{id}/second")
}

/// Where a motion is dropped.
pub fn drop_motion(id: &str) -> String {
    format!("/office/motions/{id}/drop")
}

/// Jobs that were given up.
pub fn office_jobs() -> &'static str {
    "/office/jobs"
}

/// Disputes that are not over.
pub fn office_disputes() -> &'static str {
    "/office/disputes"
}

/// One of them, by its milestone.
pub fn office_dispute(milestone: MilestoneId) -> String {
    format!("/office/disputes/{milestone}")
}

/// The form by which the office opens one.
pub fn office_new_dispute(milestone: MilestoneId) -> String {
    format!("/office/disputes/{milestone}/open")
}

/// Holds that stand.
pub fn office_holds() -> &'static str {
    "/office/holds"
}

/// The form that puts a hold on somebody's account.
pub fn office_new_hold(person: &str) -> String {
    format!("/office/people/{person}/hold")
}

/// Where an operator notes that they have seen who somebody is.
pub fn office_identity(person: &str) -> String {
    format!("/office/people/{person}/identity")
}

/// Where an owner takes away what somebody may do in the office.
pub fn office_dismissal(person: &str) -> String {
    format!("/office/people/{person}/dismiss")
}

/// One hold of somebody, or a payout, by its id.
pub fn office_hold(person: &str, id: &str) -> String {
    format!("/office/people/{person}/holds/{id}")
}

/// The form that puts a contract on hold.
pub fn office_new_contract_hold(contract: ContractId) -> String {
    format!("/office/contracts/{contract}/hold")
}

/// One hold on a contract.
pub fn office_contract_hold(contract: ContractId, id: HoldId) -> String {
    format!("/office/contracts/{contract}/holds/{id}")
}

/// Payouts that wait or did not arrive.
pub fn office_payouts() -> &'static str {
    "/office/payouts"
}

/// What ends at a provider.
pub fn office_deadlines() -> &'static str {
    "/office/deadlines"
}

/// Transfers that match no payment.
pub fn office_receipts() -> &'static str {
    "/office/receipts"
}

/// One of them.
pub fn office_receipt(id: &str) -> String {
    format!("/office/receipts/{id}")
}

/// Provider events that cannot be applied.
pub fn office_events() -> &'static str {
    "/office/events"
}

/// Where the books and a provider differ.
pub fn office_differences() -> &'static str {
    "/office/differences"
}

/// The books.
pub fn office_ledger() -> &'static str {
    "/office/ledger"
}

/// One kind of accounts, one by one, at a moment; that may be empty.
pub fn office_ledger_of(group: &str, at: &str) -> String {
    let pair = |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    format!("/office/ledger?group={}&at={}", pair(group), pair(at))
}

/// Where their proof is begun, and its answer read.
pub fn office_proof() -> &'static str {
    "/office/ledger/proof"
}

/// The lines of an account, and after which to begin; that may be empty.
pub fn office_account(currency: &str, code: &str, after: &str) -> String {
    let after = if after.is_empty() {
        String::new()
    } else {
        format!("?after={after}")
    };
    format!("/office/ledger/accounts/{currency}-{code}{after}")
}

/// One entry.
pub fn office_entry(id: &str) -> String {
    format!("/office/ledger/entries/{id}")
}

/// Finding people.
pub fn office_people() -> &'static str {
    "/office/people"
}

/// Finding people by a text, and from where on.
pub fn office_people_like(text: &str, before: &str) -> String {
    let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let before = if before.is_empty() {
        String::new()
    } else {
        format!("&before={before}")
    };
    format!("/office/people?q={text}{before}")
}

/// One person.
pub fn office_person(id: &str) -> String {
    format!("/office/people/{id}")
}

/// Where an operator says why they look at a contract or person.
pub fn office_visit(id: &str) -> String {
    format!("/office/visits/{id}")
}

/// What all operators did.
pub fn office_log(before: &str) -> String {
    if before.is_empty() {
        return "/office/log".to_owned();
    }
    format!("/office/log?before={before}")
}

/// Letters that were given up.
pub fn office_letters() -> &'static str {
    "/office/letters"
}

/// Every comparison with its editions.
pub fn office_editions() -> &'static str {
    "/office/editions"
}

/// What must be seen to before real money moves.
pub fn office_go_live() -> &'static str {
    "/office/go-live"
}

/// Where a point of that list is seen to.
pub fn office_go_live_act(act: &str) -> String {
    format!("/office/go-live/{act}")
}
