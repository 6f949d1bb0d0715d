//! The control page: what there is, newest first, with a button for all that can happen to it.

use askama::Template;
use axum::response::Response;
use earnest_hire::money::{Currency, Minor};
use jiff::Timestamp;

use crate::books::{
    AccountState, Books, ChargebackState, PaymentState, PayoutState, RefundState, Refusal, SignatureTime,
};
use crate::desk::Desk;
use crate::event::{Delivery, KINDS};
use crate::fault::{CALLS, Fault, FaultKind};
use crate::pages::html;

/// Rows shown of each kind.
const SHOWN: usize = 40;

#[derive(Template)]
#[template(path = "control/page.html")]
struct Page {
    refusal: Option<String>,
    now: String,
    ahead: String,
    signatures_moved: bool,
    faults: Vec<String>,
    kinds: [(&'static str, &'static str); 17],
    occasions: Vec<&'static str>,
    lists: Vec<List>,
}

/// One kind of object.
struct List {
    title: &'static str,
    columns: &'static [&'static str],
    rows: Vec<Row>,
}

impl List {
    /// The cells of a row with the names of their columns, for narrow screens.
    fn labelled<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = (&'static str, &'a str)> {
        let cells = row.cells.iter().map(String::as_str);
        self.columns.iter().copied().zip(cells)
    }
}

struct Row {
    id: String,
    state: &'static str,
    cells: Vec<String>,
    buttons: Vec<Button>,
}

struct Button {
    label: &'static str,
    address: String,
    /// A field that goes with it, as name and value.
    with: Option<(&'static str, &'static str)>,
}

pub(crate) fn page(desk: &Desk, refusal: Option<&Refusal>) -> Response {
    let now = desk.now();
    let page = desk.read(|books| Page {
        refusal: refusal.map(|refusal| refusal.sentence.clone()),
        now: shown(now),
        ahead: ahead(books.clock.ahead_seconds),
        signatures_moved: books.clock.signatures == SignatureTime::Moved,
        faults: books.faults.iter().map(waiting).collect(),
        kinds: FaultKind::ALL.map(|kind| (kind.name(), kind.words())),
        occasions: ["any"].into_iter().chain(CALLS).chain(KINDS).collect(),
        lists: vec![
            balances(books, now),
            payments(books),
            refunds(books),
            payouts(books),
            chargebacks(books),
            accounts(books),
            transactions(books),
            events(books),
        ],
    });
    html(&page)
}

fn button(label: &'static str, noun: &str, id: &str, verb: &str) -> Button {
    Button {
        label,
        address: format!("/control/{noun}/{id}/{verb}"),
        with: None,
    }
}

fn payments(books: &Books) -> List {
    let rows = books.payments.values().rev().take(SHOWN).map(|one| {
        let press = |label, verb| button(label, "payments", &one.id, verb);
        let late = || press("Pay late", "capture");
        let buttons = match one.state {
            PaymentState::Open => vec![
                press("Pay", "capture"),
                press("Decline", "fail"),
                press("Expire", "expire"),
            ],
            PaymentState::Failed | PaymentState::Expired => vec![late()],
            PaymentState::Captured => vec![press("Charge back", "chargeback")],
            PaymentState::Canceled => Vec::new(),
        };
        let came = if one.captured == Minor(0) {
            "—".to_owned()
        } else {
            one.currency.write(one.captured)
        };
        Row {
            id: one.id.clone(),
            state: one.state.name(),
            cells: vec![
                one.reference.clone(),
                one.currency.write(one.asked),
                came,
                shown(one.expires_at),
            ],
            buttons,
        }
    });
    List {
        title: "Payments",
        columns: &["Caller's id", "Asked", "Came in", "Open until"],
        rows: rows.collect(),
    }
}

fn refunds(books: &Books) -> List {
    let rows = books.refunds.values().rev().take(SHOWN).map(|one| {
        let press = |label, verb| button(label, "refunds", &one.id, verb);
        let buttons = match one.state {
            RefundState::Sent => vec![press("Succeed", "succeed"), press("Fail", "fail")],
            RefundState::Succeeded => vec![press("Fail afterwards", "fail")],
            RefundState::Failed => Vec::new(),
        };
        Row {
            id: one.id.clone(),
            state: one.state.name(),
            cells: vec![
                one.reference.clone(),
                one.payment.clone(),
                one.currency.write(one.amount),
            ],
            buttons,
        }
    });
    List {
        title: "Refunds",
        columns: &["Caller's id", "Payment", "Amount"],
        rows: rows.collect(),
    }
}

fn payouts(books: &Books) -> List {
    let rows = books.payouts.values().rev().take(SHOWN).map(|one| {
        let press = |label, verb| button(label, "payouts", &one.id, verb);
        let buttons = match one.state {
            PayoutState::Sent => vec![press("Pay", "pay"), press("Fail", "fail")],
            PayoutState::Paid => vec![press("Return", "return"), press("Fail afterwards", "fail")],
            PayoutState::Failed | PayoutState::Returned | PayoutState::Canceled => Vec::new(),
        };
        Row {
            id: one.id.clone(),
            state: one.state.name(),
            cells: vec![
                one.reference.clone(),
                one.account.clone(),
                one.currency.write(one.amount),
            ],
            buttons,
        }
    });
    List {
        title: "Payouts",
        columns: &["Caller's id", "Account", "Amount"],
        rows: rows.collect(),
    }
}

fn chargebacks(books: &Books) -> List {
    let rows = books.chargebacks.values().rev().take(SHOWN).map(|one| {
        let press = |label, verb| button(label, "chargebacks", &one.id, verb);
        let buttons = match one.state {
            ChargebackState::Opened => {
                vec![press("Platform wins", "win"), press("Platform loses", "lose")]
            }
            ChargebackState::Won => vec![press("Lost after all", "lose")],
            ChargebackState::Lost => Vec::new(),
        };
        Row {
            id: one.id.clone(),
            state: one.state.name(),
            cells: vec![
                one.payment.clone(),
                one.currency.write(one.amount),
                shown(one.evidence_due),
            ],
            buttons,
        }
    });
    List {
        title: "Chargebacks",
        columns: &["Payment", "Amount", "Evidence until"],
        rows: rows.collect(),
    }
}

fn accounts(books: &Books) -> List {
    let rows = books.accounts.values().rev().take(SHOWN).map(|one| {
        let buttons = match one.state {
            AccountState::Begun => vec![button("Confirm", "accounts", &one.id, "confirm")],
            AccountState::Onboarded => Vec::new(),
        };
        Row {
            id: one.id.clone(),
            state: one.state.name(),
            cells: vec![one.reference.clone(), one.name.clone()],
            buttons,
        }
    });
    List {
        title: "Accounts",
        columns: &["Caller's id", "Name"],
        rows: rows.collect(),
    }
}

fn transactions(books: &Books) -> List {
    let rows = books.transactions.values().rev().take(SHOWN).map(|one| Row {
        id: one.id.clone(),
        state: one.kind.name(),
        cells: vec![
            one.currency.write(one.amount),
            one.currency.write(one.fee),
            one.reference.clone(),
            shown(one.at),
        ],
        buttons: vec![button("Change by one cent", "transactions", &one.id, "alter")],
    });
    List {
        title: "Transactions",
        columns: &["Amount", "Fee", "Caller's id", "At"],
        rows: rows.collect(),
    }
}

fn events(books: &Books) -> List {
    let rows = books.events.values().rev().take(SHOWN).map(|one| {
        let mut buttons = vec![button("Send now", "events", &one.id, "send")];
        if one.delivery == Delivery::Delivered {
            let forged = [
                ("Send, signed by a stranger", "wrong_secret"),
                ("Send, signed an hour ago", "old_timestamp"),
            ];
            buttons.extend(forged.map(|(label, kind)| Button {
                with: Some(("as", kind)),
                ..button(label, "events", &one.id, "send")
            }));
        }
        Row {
            id: one.id.clone(),
            state: one.delivery.name(),
            cells: vec![
                one.kind.clone(),
                one.attempts.to_string(),
                one.answered.clone().unwrap_or_else(|| "—".to_owned()),
                shown(one.at),
            ],
            buttons,
        }
    });
    List {
        title: "Events",
        columns: &["Kind", "Attempts", "Last answer", "At"],
        rows: rows.collect(),
    }
}

/// A fault in words, with its number where it has one.
fn waiting(fault: &Fault) -> String {
    let (words, on, times) = (fault.kind.words(), &fault.on, fault.times);
    let by = if fault.by == 0 {
        String::new()
    } else {
        format!(", by {}", fault.by)
    };
    format!("{words} (on {on}{by}), {times} ×")
}

fn balances(books: &Books, now: Timestamp) -> List {
    let mut currencies: Vec<Currency> = Vec::new();
    for one in books.transactions.values() {
        if !currencies.contains(&one.currency) {
            currencies.push(one.currency);
        }
    }
    let rows = currencies.into_iter().map(|currency| {
        let balance = books.balance(currency, now);
        let id = currency.to_string();
        Row {
            buttons: vec![button("Transfer all to the bank", "balances", &id, "transfer")],
            id,
            state: "ours",
            cells: vec![
                currency.write(balance.available_minor),
                currency.write(balance.pending_minor),
            ],
        }
    });
    List {
        title: "Balance",
        columns: &["Can be moved", "Pending"],
        rows: rows.collect(),
    }
}

fn ahead(seconds: i64) -> String {
    match seconds {
        0 => "the machine's own time".to_owned(),
        seconds => format!("{seconds} seconds ahead of the machine"),
    }
}

/// To the second, in UTC.
pub(crate) fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
