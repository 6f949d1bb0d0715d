//! What waits in the office, and what watches over it. A job, an event and a line of a statement have names of their own and
//! are done once by them, so that no key is asked for.

use earnest_hire::person::Role;

use super::{CURSOR, LIMIT, PAGES, Parameter, run, text};
use crate::api::call::Call;
use crate::api::operation::{Access, Answering, Operation};
use crate::api::view::{DoneView, List};
use crate::api::{deadlines, office, waiting, watching};

const FIND: &[Parameter] = &[text("q", "A part of the name or of the address."), CURSOR, LIMIT];
const EVENT: &str =
    r#"{"provider": "sandbox", "event": "evt_7", "why": "A test payment that was never ours."}"#;
const KEEP: &str = r#"{"person_id": "per_00000000000000000000000000", "reason": "The bank has not answered yet.", "days": 3}"#;
const PROVIDER: &str = r#"{"provider": "sandbox"}"#;

pub(super) fn given_up() -> Vec<Operation> {
    let (finance, support) = (Access::Office(Role::Finance), Access::Office(Role::Support));
    vec![
        Operation::get("/office/jobs", "listDeadJobs", "Jobs that were given up")
            .by(finance)
            .gives::<List<waiting::JobView>>(200)
            .run(run!(waiting::jobs)),
        Operation::post(
            "/office/jobs/resend",
            "resendJob",
            "Try a job again that was given up",
        )
        .by(finance)
        .takes::<waiting::JobIn>(r#"{"job_id": "refund con_00000000000000000000000000 1"}"#)
        .gives::<DoneView>(200)
        .run(run!(waiting::resend_job)),
        Operation::get("/office/letters", "listLostLetters", "Letters that were given up")
            .by(support)
            .gives::<List<waiting::LetterView>>(200)
            .run(run!(waiting::letters)),
        Operation::post(
            "/office/letters/{id}/send",
            "sendLetter",
            "Send a letter again that was given up",
        )
        .by(support)
        .gives::<DoneView>(200)
        .run(run!(waiting::send_letter)),
        Operation::get(
            "/office/events",
            "listStuckEvents",
            "Events of providers that somebody has to look at",
        )
        .by(finance)
        .gives::<List<waiting::StuckView>>(200)
        .run(run!(waiting::events)),
        Operation::post("/office/events/retry", "retryEvent", "Apply an event again")
            .by(finance)
            .takes::<waiting::EventIn>(r#"{"provider": "sandbox", "event": "evt_7"}"#)
            .gives::<DoneView>(200)
            .run(run!(waiting::retry_event)),
        Operation::post(
            "/office/events/set-aside",
            "setEventAside",
            "Leave an event that can never be applied",
        )
        .by(finance)
        .takes::<waiting::EventIn>(EVENT)
        .gives::<DoneView>(200)
        .run(run!(waiting::set_event_aside)),
    ]
}

pub(super) fn of_transfers() -> Vec<Operation> {
    let finance = Access::Office(Role::Finance);
    let mut all = vec![
        Operation::get("/office/receipts", "listReceipts", "Transfers that match no payment")
            .by(finance)
            .gives::<List<waiting::ReceiptView>>(200)
            .run(run!(waiting::receipts)),
        Operation::get("/office/awaited", "listAwaited", "Payments that a transfer is waited for")
            .by(finance)
            .gives::<List<waiting::AwaitedView>>(200)
            .run(run!(waiting::awaited)),
        Operation::get("/office/transfers", "listTransfers", "Transfers that you have to make")
            .by(finance)
            .gives::<List<waiting::TransferView>>(200)
            .run(run!(waiting::transfers)),
        Operation::post("/office/statements", "importStatement", "Read a statement of the bank, whole or not at all")
            .by(finance)
            .takes::<waiting::StatementIn>(
                r#"{"statement": "date,amount,currency,reference,counterparty,transaction_id\n2026-12-01,500.00,USD,P-7K3M-Q2XD-9P,Clara Weiss,T1\n"}"#,
            )
            .gives::<waiting::ImportedView>(200)
            .run(run!(waiting::import_statement)),
        Operation::post(
            "/office/receipts/{id}/assign",
            "assignReceipt",
            "It belongs to a payment; much, or another sum than is missing, another operator seconds",
        )
        .by(finance)
        .moves_money()
        .takes::<waiting::AssignIn>(r#"{"payment": "P-7K3M-Q2XD-9P"}"#)
        .gives::<office::Carried>(200)
        .run(run!(waiting::assign)),
        Operation::post(
            "/office/receipts/{id}/move",
            "moveReceipt",
            "It is money of a payment that was moved here; another operator seconds it",
        )
        .by(finance)
        .moves_money()
        .takes::<waiting::MoveIn>(r#"{"payment": "P-7K3M-Q2XD-9P", "transfer": "tr_12"}"#)
        .gives::<office::Carried>(200)
        .run(run!(waiting::move_here)),
        Operation::post(
            "/office/receipts/{id}/return",
            "returnReceipt",
            "It is nobody’s and goes back; much another operator seconds",
        )
        .by(finance)
        .moves_money()
        .takes::<waiting::SendBackIn>(r#"{"why": "The sender has asked for it."}"#)
        .gives::<office::Carried>(200)
        .run(run!(waiting::send_back)),
    ];
    all.extend(of_differences());
    all
}

fn of_differences() -> Vec<Operation> {
    let finance = Access::Office(Role::Finance);
    vec![
        Operation::get("/office/differences", "listDifferences", "Where the comparisons with providers stand")
            .by(finance)
            .gives::<List<waiting::ComparedView>>(200)
            .run(run!(waiting::differences)),
        Operation::post("/office/differences/compare", "compareProvider", "Compare with a provider now")
            .by(finance)
            .takes::<waiting::ProviderIn>(PROVIDER)
            .gives::<DoneView>(200)
            .run(run!(waiting::compare)),
        Operation::post("/office/differences/repair", "repairDifferences", "Ask a provider again for what differs")
            .by(finance)
            .takes::<waiting::ProviderIn>(PROVIDER)
            .gives::<DoneView>(200)
            .run(run!(waiting::repair)),
        Operation::post(
            "/office/differences/explain",
            "explainDifference",
            "Say what money was that left for nothing of ours; another operator seconds it, and it is booked as a cost",
        )
        .by(finance)
        .takes::<waiting::ExplainIn>(r#"{"line": "T9", "why": "The bank’s own fee."}"#)
        .gives::<office::Carried>(200)
        .run(run!(waiting::explain)),
    ]
}

pub(super) fn stopped() -> Vec<Operation> {
    let finance = Access::Office(Role::Finance);
    let keep = |operation: Operation| {
        operation
            .by(finance)
            .takes::<waiting::KeepIn>(KEEP)
            .gives::<office::Carried>(200)
    };
    vec![
        Operation::get(
            "/office/holds",
            "listOpenHolds",
            "Holds that stand, the one that ends first first",
        )
        .by(finance)
        .gives::<List<waiting::OpenHoldView>>(200)
        .run(run!(waiting::holds)),
        keep(Operation::post(
            "/office/holds/{id}/extend",
            "extendHold",
            "Keep a hold for some days more",
        ))
        .run(run!(waiting::extend_hold)),
        keep(Operation::post(
            "/office/holds/{id}/answer",
            "answerHold",
            "Keep a hold and answer the complaint",
        ))
        .run(run!(waiting::answer_hold)),
        Operation::get(
            "/office/payouts",
            "listWaitingPayouts",
            "Payouts that wait, those that wait longest first",
        )
        .by(finance)
        .gives::<List<waiting::WaitingView>>(200)
        .run(run!(waiting::payouts)),
        Operation::get(
            "/office/deadlines",
            "listDeadlines",
            "What ends at providers, the soonest first",
        )
        .by(finance)
        .gives::<List<deadlines::DeadlineView>>(200)
        .run(run!(deadlines::list)),
        keep(Operation::post(
            "/office/payouts/{id}/stop",
            "stopPayout",
            "Stop a payout for some days",
        ))
        .moves_money()
        .run(run!(waiting::stop_payout)),
        keep(Operation::post(
            "/office/payouts/{id}/release",
            "releasePayout",
            "Let a stopped payout go on",
        ))
        .moves_money()
        .run(run!(waiting::release_payout)),
    ]
}

pub(super) fn dismissed() -> Vec<Operation> {
    vec![
        Operation::post(
            "/office/people/{id}/identity",
            "confirmIdentity",
            "Note that you have seen who somebody is, where the operator pays by transfer",
        )
        .by(Access::Office(Role::Finance))
        .takes::<watching::ReasonsIn>(r#"{"reasons": "Passport, in a video call."}"#)
        .gives::<DoneView>(200)
        .run(run!(watching::confirm_identity)),
        Operation::post(
            "/office/people/{id}/dismiss",
            "dismissOperator",
            "Take away all that somebody may do in the office",
        )
        .by(Access::Office(Role::Owner))
        .takes::<watching::ReasonsIn>(r#"{"reasons": "Has left the firm."}"#)
        .gives::<watching::SomebodyView>(200)
        .run(run!(watching::dismiss)),
    ]
}

pub(super) fn watched() -> Vec<Operation> {
    let (owner, support) = (Access::Office(Role::Owner), Access::Office(Role::Support));
    vec![
        Operation::get("/office/people", "findPeople", "Find somebody by a part of the name or address")
            .by(Access::Looking)
            .query(FIND)
            .gives::<List<watching::SomebodyView>>(200)
            .run(run!(watching::find)),
        Operation::get(
            "/office/people/{id}",
            "getPerson",
            "What the office knows of somebody; say why first, unless they wait in a queue of yours",
        )
        .by(Access::Looking)
        .gives::<watching::FileView>(200)
        .run(run!(watching::file)),
        Operation::get("/office/log", "listLog", "What operators did, the newest first")
            .by(owner)
            .query(PAGES)
            .gives::<List<watching::LoggedView>>(200)
            .run(run!(watching::log)),
        Operation::get("/office/go-live", "listGoLive", "What must be seen to before real money moves")
            .by(owner)
            .gives::<List<watching::PointView>>(200)
            .run(run!(watching::go_live)),
        Operation::post("/office/go-live/mail", "tryMail", "Write yourself a test letter")
            .by(owner)
            .gives::<DoneView>(200)
            .run(run!(watching::try_mail)),
        Operation::post("/office/go-live/restore", "noteRestore", "Note that a backup was brought back")
            .by(owner)
            .takes::<watching::RestoredIn>(r#"{"words": "Tuesday’s, on the spare machine; the books were proven."}"#)
            .gives::<DoneView>(200)
            .run(run!(watching::note_restore)),
        Operation::post("/office/experts/import", "importExperts", "Bring in experts from a table")
            .by(support)
            .takes::<watching::TableIn>(
                r#"{"table": "email,name,headline,about,skills,languages,time_zone\nada@example.org,Ada,Backends,Ten years of it.,Python:10,en,Europe/Berlin\n", "dry_run": true}"#,
            )
            .gives::<watching::ImportView>(200)
            .run(run!(watching::import_experts)),
    ]
}
