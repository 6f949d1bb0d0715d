//! All that is kept about one person, a section a statement, for that person to take along. No hash of a password, no key,
//! no secret and no text of a letter with a link in it is in any of them.

use earnest_hire::ids::PersonId;
use serde_json::{Map, Value};

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Sql, Val, View};

/// Contracts of person `$1`.
macro_rules! own_contracts {
    () => {
        "(SELECT id FROM contract WHERE client = $1 OR expert = $1)"
    };
}

statements! {
    ACCOUNT = "SELECT id, email, name, roles, since FROM person WHERE id = $1 ORDER BY id LIMIT $2 OFFSET $3";
    SESSIONS = "SELECT begun_at, seen_at, ends_at, proved_at, browser, label FROM session WHERE person = $1 \
                ORDER BY begun_at, token_sha256 LIMIT $2 OFFSET $3";
    FACTOR = "SELECT since FROM second_factor WHERE person = $1 ORDER BY person LIMIT $2 OFFSET $3";
    PASSWORD = "SELECT at FROM password WHERE person = $1 ORDER BY person LIMIT $2 OFFSET $3";
    NOTICES = "SELECT topic FROM notice_choice WHERE person = $1 ORDER BY topic LIMIT $2 OFFSET $3";
    LEGAL = "SELECT kind, sha256, at FROM legal_acceptance WHERE person = $1 ORDER BY at, kind LIMIT $2 OFFSET $3";
    PROFILE = "SELECT standing, since, vetted_at, changed_at, body FROM expert WHERE person = $1 ORDER BY person LIMIT $2 OFFSET $3";
    VETTINGS = "SELECT at, decision, failed, reasons FROM vetting WHERE person = $1 ORDER BY version LIMIT $2 OFFSET $3";
    REQUESTS = "SELECT id, reference, submitted_at, name, email, summary, details, role, budget_from_minor, budget_to_minor, \
                budget_currency, start_on, place, origin_comparison, origin_query, wishes FROM request \
                WHERE LOWER(email) = (SELECT email FROM person WHERE id = $1) \
                OR id IN (SELECT request FROM request_progress WHERE client = $1) ORDER BY id LIMIT $2 OFFSET $3";
    PROGRESS = "SELECT request, stage, expires_at, contract, acceptance FROM request_progress WHERE client = $1 \
                ORDER BY request LIMIT $2 OFFSET $3";
    INVITATIONS = "SELECT request, client, expert, stage, at, reason FROM invitation WHERE client = $1 OR expert = $1 \
                   ORDER BY id LIMIT $2 OFFSET $3";
    CONVERSATIONS = "SELECT id, request, client, expert, at, said_at FROM conversation WHERE client = $1 OR expert = $1 \
                     ORDER BY id LIMIT $2 OFFSET $3";
    MESSAGES = "SELECT message.id, conversation, author, message.at, text FROM message \
                JOIN conversation ON conversation.id = message.conversation \
                WHERE client = $1 OR expert = $1 ORDER BY conversation, message.at, message.id LIMIT $2 OFFSET $3";
    CALLS = "SELECT call.id, conversation, body FROM call JOIN conversation ON conversation.id = call.conversation \
             WHERE client = $1 OR expert = $1 ORDER BY call.id LIMIT $2 OFFSET $3";
    PROPOSALS = "SELECT proposal.id, conversation, proposal.request, stage, contract, body FROM proposal \
                 JOIN conversation ON conversation.id = proposal.conversation \
                 WHERE conversation.expert = $1 OR (conversation.client = $1 AND stage <> 'draft') \
                 ORDER BY proposal.id LIMIT $2 OFFSET $3";
    CONTRACTS = "SELECT id, standing, client, expert, currency, body FROM contract WHERE client = $1 OR expert = $1 \
                 ORDER BY id LIMIT $2 OFFSET $3";
    MILESTONES = concat!("SELECT id, contract, state, price FROM milestone WHERE contract IN ", own_contracts!(), " \
                          ORDER BY id LIMIT $2 OFFSET $3");
    DELIVERABLES = concat!("SELECT milestone, number, author, at, note, links FROM deliverable WHERE milestone IN \
                            (SELECT id FROM milestone WHERE contract IN ", own_contracts!(), ") \
                            ORDER BY milestone, number LIMIT $2 OFFSET $3");
    HISTORY = concat!("SELECT chain, no, at, kind, actor, command FROM event WHERE chain = $1 OR chain IN ", own_contracts!(), " \
                       ORDER BY chain, no LIMIT $2 OFFSET $3");
    LEDGER = "SELECT entry.at, entry.kind, entry.chain, account.code, account.currency, line.side, line.amount FROM account \
              JOIN line ON line.account_id = account.id JOIN entry ON entry.id = line.entry_id WHERE account.code IN ( \
              SELECT 'A:receivable:' || id FROM person WHERE id = $1 \
              UNION ALL SELECT 'L:client_funds:' || id FROM person WHERE id = $1 \
              UNION ALL SELECT 'L:expert_pending:' || id FROM person WHERE id = $1 \
              UNION ALL SELECT 'L:expert_payable:' || id FROM person WHERE id = $1 \
              UNION ALL SELECT 'L:payout_transit:' || payout.id FROM payout WHERE payee = $1 \
              UNION ALL SELECT 'L:refund_transit:' || refund.id FROM refund JOIN contract ON contract.id = refund.contract \
              WHERE contract.client = $1 \
              UNION ALL SELECT 'L:fee_hold:' || milestone.id FROM milestone WHERE client = $1 \
              UNION ALL SELECT 'L:escrow:' || milestone.id FROM milestone JOIN contract ON contract.id = milestone.contract \
              WHERE contract.client = $1 OR contract.expert = $1) \
              ORDER BY entry.at, entry.id, line.no LIMIT $2 OFFSET $3";
    PAYMENTS = "SELECT payment.id, contract, milestone, provider, state, asked, received FROM payment \
                JOIN contract ON contract.id = payment.contract WHERE client = $1 ORDER BY payment.id LIMIT $2 OFFSET $3";
    EARNINGS = "SELECT id, contract, milestone, currency, amount, clears_at, cleared_at FROM earning WHERE expert = $1 \
                ORDER BY id LIMIT $2 OFFSET $3";
    PAYOUTS = "SELECT client_limit, onboarded_at, body FROM party WHERE id = $1 ORDER BY id LIMIT $2 OFFSET $3";
    REVIEWS = "SELECT contract, author, about, at, rating, text, reply, replied_at FROM review WHERE author = $1 OR about = $1 \
               ORDER BY at, contract, author LIMIT $2 OFFSET $3";
    FILES = "SELECT id, name, media_type, bytes, sha256, at, message, request, milestone, version FROM file \
             WHERE person = $1 AND sha256 IS NOT NULL ORDER BY id LIMIT $2 OFFSET $3";
    WEBHOOKS = "SELECT id, url, state, at FROM webhook WHERE person = $1 ORDER BY id LIMIT $2 OFFSET $3";
    AUDIT = "SELECT id, at, by_person, act, reasons FROM audit WHERE person = $1 ORDER BY id LIMIT $2 OFFSET $3";
    LETTERS = "SELECT at, subject, state FROM mail WHERE recipient = (SELECT email FROM person WHERE id = $1) \
               ORDER BY at, id LIMIT $2 OFFSET $3";
    DELETION = "SELECT asked_at, due_at FROM deletion WHERE person = $1 ORDER BY person LIMIT $2 OFFSET $3";
}

/// Rows that are read together.
const TOGETHER: i64 = 200;

/// One kind of thing: its name, and its columns in the order of the statement.
struct Section(&'static str, Sql, &'static [&'static str]);

#[rustfmt::skip]
const SECTIONS: &[Section] = &[
    Section("account", ACCOUNT, &["id", "email", "name", "roles", "since"]),
    Section("sessions", SESSIONS, &["begun_at", "seen_at", "ends_at", "proved_at", "browser", "label"]),
    Section("second_factor", FACTOR, &["since"]),
    Section("password", PASSWORD, &["at"]),
    Section("notices_switched_off", NOTICES, &["topic"]),
    Section("legal_acceptances", LEGAL, &["kind", "sha256", "at"]),
    Section("expert_profile", PROFILE, &["standing", "since", "vetted_at", "changed_at", "body"]),
    Section("vettings", VETTINGS, &["at", "decision", "failed", "reasons"]),
    Section("requests", REQUESTS, &["id", "reference", "submitted_at", "name", "email", "summary", "details", "role",
        "budget_from_minor", "budget_to_minor", "budget_currency", "start_on", "place", "origin_comparison", "origin_query", "wishes"]),
    Section("request_progress", PROGRESS, &["request", "stage", "expires_at", "contract", "acceptance"]),
    Section("invitations", INVITATIONS, &["request", "client", "expert", "stage", "at", "reason"]),
    Section("conversations", CONVERSATIONS, &["id", "request", "client", "expert", "at", "said_at"]),
    Section("messages", MESSAGES, &["id", "conversation", "author", "at", "text"]),
    Section("calls", CALLS, &["id", "conversation", "body"]),
    Section("proposals", PROPOSALS, &["id", "conversation", "request", "stage", "contract", "body"]),
    Section("contracts", CONTRACTS, &["id", "standing", "client", "expert", "currency", "body"]),
    Section("milestones", MILESTONES, &["id", "contract", "state", "price_minor"]),
    Section("deliverables", DELIVERABLES, &["milestone", "number", "author", "at", "note", "links"]),
    Section("history", HISTORY, &["chain", "no", "at", "kind", "actor", "command"]),
    Section("ledger_lines", LEDGER, &["at", "kind", "chain", "account", "currency", "side", "amount_minor"]),
    Section("payments", PAYMENTS, &["id", "contract", "milestone", "provider", "state", "asked_minor", "received_minor"]),
    Section("earnings", EARNINGS, &["id", "contract", "milestone", "currency", "amount_minor", "clears_at", "cleared_at"]),
    Section("payouts", PAYOUTS, &["client_limit_minor", "onboarded_at", "body"]),
    Section("reviews", REVIEWS, &["contract", "author", "about", "at", "rating", "text", "reply", "replied_at"]),
    Section("files", FILES, &["id", "name", "media_type", "bytes", "sha256", "at", "message", "request", "milestone", "version"]),
    Section("webhooks", WEBHOOKS, &["id", "url", "state", "at"]),
    Section("audit", AUDIT, &["id", "at", "by", "act", "reasons"]),
    Section("letters", LETTERS, &["at", "subject", "state"]),
    Section("deletion", DELETION, &["asked_at", "due_at"]),
];

/// The names of all sections, in their order.
pub fn sections() -> impl Iterator<Item = &'static str> {
    SECTIONS.iter().map(|Section(name, ..)| *name)
}

impl View {
    /// A page of one section of what is kept about a person; empty after the last row.
    pub async fn extract(
        &mut self,
        section: usize,
        person: PersonId,
        offset: i64,
    ) -> Result<Vec<Map<String, Value>>, Error> {
        let Some(Section(name, sql, columns)) = SECTIONS.get(section) else {
            return Ok(Vec::new());
        };
        let rows = self
            .all(*sql, args![person.to_string(), TOGETHER, offset])
            .await?;
        let read = |values: Vec<Val>| -> Result<Map<String, Value>, String> {
            let named = columns.iter().zip(values);
            named
                .map(|(column, value)| Ok(((*column).to_owned(), json(column, value)?)))
                .collect()
        };
        rows.into_iter()
            .map(|row| read(row.into_columns()).map_err(|why| corrupt(name, &person.to_string(), why)))
            .collect()
    }
}

/// As it is written for people and programs: moments in UTC, documents as such, hashes in sixteens.
fn json(column: &str, value: Val) -> Result<Value, String> {
    let is_moment = column == "at" || column == "since" || column.ends_with("_at");
    let is_document = matches!(
        column,
        "body" | "command" | "actor" | "acceptance" | "wishes" | "links" | "failed"
    );
    Ok(match value {
        Val::Null => Value::Null,
        Val::Int(micros) if is_moment => Value::String(moment(micros)?.to_string()),
        Val::Int(number) => Value::from(number),
        Val::Real(number) => Value::from(number),
        Val::Text(text) if is_document => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Val::Text(text) => Value::String(text),
        Val::Bytes(bytes) => Value::String(earnest_hire::hex(&bytes)),
    })
}
