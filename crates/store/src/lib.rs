//! The only place with SQL: an embedded SQLite file or a PostgreSQL server behind one small layer.
//!
//! `db` and `backup` alone know which engine runs below; every other file is one noun with its statements, in
//! the SQL that SQLite and PostgreSQL share. No rule of the business is here: what is kept was decided before.

#[macro_use]
mod db;
mod account;
mod advice;
mod api_answer;
mod audit;
mod backup;
mod balance;
mod books;
mod call;
mod chain;
mod checkpoint;
mod contract;
mod conversation;
mod deadline;
mod decision;
mod deed;
mod deletion;
mod deliverable;
mod edition;
mod error;
mod expert;
mod explorer;
mod extract;
mod file;
mod history;
mod idempotency;
mod invitation;
mod job;
mod legal;
mod mail;
mod mark;
mod migration;
mod motion;
mod notice_choice;
mod office;
mod party;
mod password;
mod payee;
mod progress;
mod proposal;
mod provider_event;
mod queue;
mod receipt;
mod reconciliation;
mod request;
mod review;
mod second_factor;
mod seed;
mod statement;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod timer;
#[cfg(any(test, feature = "testing"))]
mod trace;
mod transfer;
mod tried;
mod verify;
mod webhook;

pub use self::account::{Session, SessionOf, SessionRow, SignInLink};
pub use self::advice::AdviceRow;
pub use self::api_answer::{ApiAnswer, ApiKey};
pub use self::audit::AuditRow;
pub use self::backup::{Existing, Progress, backup, restore};
pub use self::call::CallRow;
pub use self::chain::{EntryRow, EventRow, Head};
pub use self::checkpoint::{Anchor, Checkpoint, NoAnchor};
pub use self::contract::{CheckoutRow, Deed, Last, Locked, Record};
pub use self::conversation::{ConversationRow, MessageRow};
#[cfg(any(test, feature = "testing"))]
pub use self::db::statements_run;
pub use self::db::{Done, Statements, Store, Tx, View};
pub use self::deadline::DeadlineRow;
pub use self::decision::{DecisionKeys, DecisionLink};
pub use self::deed::DeedRow;
pub use self::deletion::{DeletionRow, GONE, GONE_REQUEST, GONE_TEXT, Unfinished};
pub use self::deliverable::DeliverableRow;
pub use self::edition::{Edition, EditionHead, Kept, Wording};
pub use self::error::{Cause, Error};
pub use self::expert::{EXPERTS_AT_ONCE, ExpertRow};
pub use self::explorer::{AccountLine, EntriesAsked, EntryLine, PostedEntry};
pub use self::extract::sections;
pub use self::file::{FileOf, FileRow};
pub use self::idempotency::{Key, Seen};
pub use self::job::{ATTEMPTS, Job, JobEnd, JobState};
pub use self::legal::{Acceptance, LegalText};
pub use self::mail::{LostMail, MailEnd, MailFate, MailRow};
pub use self::mark::Mark;
pub use self::migration::Applied;
pub use self::motion::{MotionRow, MotionState};
pub use self::office::LoggedRow;
pub use self::party::Party;
pub use self::password::SignUp;
pub use self::payee::{EarningRow, LockedPayee, PayeeRecord};
pub use self::progress::ProgressRow;
pub use self::proposal::ProposalRow;
pub use self::provider_event::{Arrival, EventState, ProviderEventRow};
pub use self::queue::Queue;
pub use self::receipt::{ReceiptRecord, TransferRow};
pub use self::reconciliation::{OutsideLine, ReconciliationRow};
pub use self::request::{Filter, Inserted, RequestKeys};
pub use self::review::ReviewRow;
pub use self::second_factor::{KEY_NAME, SecondFactor};
pub use self::statement::StatementEntry;
pub use self::timer::DueTimer;
#[cfg(any(test, feature = "testing"))]
pub use self::trace::{KeptContract, Sides, Trace, line_text};
pub use self::transfer::Moved;
pub use self::tried::Pace;
pub use self::verify::{AccountSums, Checked, Equations, Finding, JournalItem, JournalLine, Verified};
pub use self::webhook::{DeliveryEnd, DeliveryRow, DeliveryState, DueDelivery, WebhookRow, WebhookState};

/// Every statement of the crate, so that one test prepares them all.
#[cfg(test)]
pub(crate) const STATEMENTS: &[&[db::Sql]] = &[
    db::STATEMENTS,
    migration::STATEMENTS,
    motion::STATEMENTS,
    account::STATEMENTS,
    api_answer::STATEMENTS,
    advice::STATEMENTS,
    audit::STATEMENTS,
    mail::STATEMENTS,
    legal::STATEMENTS,
    mark::STATEMENTS,
    notice_choice::STATEMENTS,
    edition::STATEMENTS,
    expert::STATEMENTS,
    file::STATEMENTS,
    explorer::STATEMENTS,
    extract::STATEMENTS,
    request::STATEMENTS,
    balance::STATEMENTS,
    books::STATEMENTS,
    call::STATEMENTS,
    checkpoint::STATEMENTS,
    contract::STATEMENTS,
    conversation::STATEMENTS,
    deadline::STATEMENTS,
    decision::STATEMENTS,
    deed::STATEMENTS,
    deletion::STATEMENTS,
    deliverable::STATEMENTS,
    history::STATEMENTS,
    idempotency::STATEMENTS,
    invitation::STATEMENTS,
    job::STATEMENTS,
    office::STATEMENTS,
    party::STATEMENTS,
    password::STATEMENTS,
    payee::STATEMENTS,
    progress::STATEMENTS,
    proposal::STATEMENTS,
    provider_event::STATEMENTS,
    queue::STATEMENTS,
    receipt::STATEMENTS,
    reconciliation::STATEMENTS,
    review::STATEMENTS,
    second_factor::STATEMENTS,
    seed::STATEMENTS,
    statement::STATEMENTS,
    timer::STATEMENTS,
    trace::STATEMENTS,
    tried::STATEMENTS,
    verify::rows::STATEMENTS,
    verify::whole::STATEMENTS,
    webhook::STATEMENTS,
];
