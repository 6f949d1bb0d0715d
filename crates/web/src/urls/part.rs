//! Links to a part of a page: further down a list, or to one place in it.

use earnest_hire::ids::{ContractId, ConversationId};

/// Open requests that ask for a skill, from before one of them.
pub fn open_requests(skill: &str, before: &str) -> String {
    let skill: String = form_urlencoded::byte_serialize(skill.as_bytes()).collect();
    format!("/requests?skill={skill}&before={before}#open-title")
}

/// The work of whoever is signed in, with the conversations after one.
pub fn me_talks(cursor: &str) -> String {
    format!("/me?talks={cursor}#talks-title")
}

/// What happened to a contract, perhaps of one kind only, perhaps only before a moment in microseconds.
pub fn contract_history(id: ContractId, kind: &str, before: Option<i64>) -> String {
    let kind = (!kind.is_empty()).then(|| format!("kind={kind}"));
    let pairs: Vec<String> = kind
        .into_iter()
        .chain(before.map(|at| format!("before={at}")))
        .collect();
    let mark = if pairs.is_empty() { "" } else { "?" };
    format!("/contracts/{id}{mark}{}#history-title", pairs.join("&"))
}

/// The lines of an entry in the statement of its day.
pub fn statement_line(day: &str, entry: &str) -> String {
    format!("/statements?from={day}&to={day}#{}", anchor(entry))
}

/// What an entry is called in a page.
pub fn anchor(entry: &str) -> String {
    entry.replace('/', "-")
}

/// A conversation where the next message is written.
pub fn conversation_end(id: ConversationId) -> String {
    format!("/conversations/{id}#end")
}
