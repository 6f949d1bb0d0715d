//! Transfers that match no payment: whose each is, or that it goes back; and statements of the bank.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use earnest_app::Error;
use earnest_app::bank::{self, Imported};
use earnest_app::motion::Given;
use earnest_hire::bank::Receipt;
use earnest_hire::field::{FieldRefusal, Lines, required};
use earnest_hire::ids::EventId;
use earnest_hire::money::Minor;
use earnest_hire::person::Role;

use super::act::{Asked, Choices, Outcome, Page, once, onward};
use super::{Operator, age, layout};
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, sum};
use crate::{Ctx, Web, urls};

/// As much as a form may bring, with room for how it is written in one.
const STATEMENT: usize = 40_000;

#[derive(Template)]
#[template(path = "office/receipts.html")]
struct List {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    refusal: Option<(String, Link)>,
    lines: Vec<Line>,
    awaited: Vec<AwaitedLine>,
    transfers: Vec<(String, String, String)>,
    statement: FieldView,
    told: Vec<String>,
}

struct Line {
    link: Link,
    from: String,
    text: String,
    age: String,
}

struct AwaitedLine {
    reference: String,
    contract: Link,
    client: String,
    missing: String,
}

/// `GET /office/receipts`
pub(crate) async fn receipts(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    list(&web, &who, (&Typed::default(), Outcome::default()), Vec::new()).await
}

async fn list(
    web: &Web,
    who: &Operator,
    (typed, outcome): (&Typed, Outcome),
    told: Vec<String>,
) -> Result<Fresh, Problem> {
    let desk = &web.app.desk;
    let now = web.app.clock.now();
    let line = |one: Receipt| Line {
        link: Link::new(
            urls::office_receipt(&one.id.to_string()),
            sum(one.currency, one.amount_minor),
        ),
        from: one.counterparty,
        text: one.text,
        age: age(now, one.at),
    };
    let status = outcome.status();
    let transfers = bank::transfers(desk).await?;
    let page = List {
        layout: layout(web, who, &[("Transfers", urls::office_receipts())]),
        lines: bank::unmatched(desk).await?.into_iter().map(line).collect(),
        awaited: awaited(web).await?,
        transfers: transfers
            .into_iter()
            .map(|one| {
                let amount = sum(web.app.currency, one.amount);
                (one.reference.to_string(), amount, one.to)
            })
            .collect(),
        statement: FieldView::area("statement", "The statement, as CSV", STATEMENT)
            .hint(
                "The first line names the columns: date, amount, currency, reference, counterparty, transaction_id. It is \
                 taken whole or not at all, and what was imported before is passed over. Up to 40,000 characters; \
                 longer ones with earnest bank import.",
            )
            .required()
            .filled(typed.value("statement"), &outcome.faults),
        faults: outcome.faults,
        refusal: outcome.refusal,
        told,
    };
    Ok(render(&page, Cache::Private)?.with_status(status))
}

async fn awaited(web: &Web) -> Result<Vec<AwaitedLine>, Problem> {
    let awaited = bank::awaited(&web.app.desk).await?;
    let line = |one: bank::Awaited| AwaitedLine {
        reference: one.reference.to_string(),
        contract: Link::new(urls::contract(one.contract), one.title),
        client: one.client,
        missing: sum(one.missing.currency, Minor(one.missing.amount_minor)),
    };
    Ok(awaited.into_iter().map(line).collect())
}

/// `POST /office/receipts`: reads a statement.
pub(crate) async fn import(FromApp(web): FromApp<Ctx>, who: Operator, body: Bytes) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    if let Some(first) = who.led_to_proof(&web, urls::office_receipts()) {
        return Ok(first);
    }
    let typed = Typed::read(&body);
    let empty = "Paste the statement.";
    let statement = required(
        "statement",
        typed.value("statement"),
        STATEMENT,
        Lines::Several,
        empty,
    );
    let outcome = match statement {
        Err(fault) => invalid(vec![fault]),
        Ok(text) => match bank::import(&web.app.desk, &text).await {
            Ok(imported) => {
                let nothing = (&Typed::default(), Outcome::default());
                return list(&web, &who, nothing, told(&imported)).await;
            }
            Err(error) => match Error::from(error) {
                Error::Invalid(faults) => invalid(faults),
                other => return Err(other.into()),
            },
        },
    };
    list(&web, &who, (&typed, outcome), Vec::new()).await
}

fn invalid(faults: Vec<FieldRefusal>) -> Outcome {
    Outcome {
        faults,
        refusal: None,
    }
}

fn told(imported: &Imported) -> Vec<String> {
    let mut told = vec![format!(
        "{} lines were matched, {} wait below, {} had been imported before.",
        imported.matched, imported.unmatched, imported.seen
    )];
    if !imported.not_ours.is_empty() {
        let numbers: Vec<String> = imported.not_ours.iter().map(ToString::to_string).collect();
        told.push(format!(
            "Money left for nothing of ours in lines {}: not booked, and a difference until two operators have said what it was.",
            numbers.join(", ")
        ));
    }
    told.extend(imported.doubtful.iter().map(ToString::to_string));
    told
}

async fn find(web: &Web, id: &str) -> Result<Receipt, Problem> {
    let id: EventId = id.parse().or(Err(Problem::not_found()))?;
    let open = bank::unmatched(&web.app.desk).await?;
    open.into_iter()
        .find(|one| one.id == id)
        .ok_or_else(Problem::not_found)
}

/// `GET /office/receipts/{id}`
pub(crate) async fn receipt(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let receipt = find(&web, &id).await?;
    if let Some(first) = who.led_to_proof(&web, &urls::office_receipt(&id)) {
        return Ok(first);
    }
    page(&web, &who, &receipt, (&Typed::default(), Outcome::default())).await
}

/// `POST /office/receipts/{id}`: assigns it, sends it back, or proposes that it is money that was moved here.
pub(crate) async fn act_on_receipt(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let typed = Typed::read(&body);
    let Ok(receipt) = find(&web, &id).await else {
        // a second click, or another operator was faster: what waits stands in the list
        id.parse::<EventId>().or(Err(Problem::not_found()))?;
        return Ok(Fresh::see_other(urls::office_receipts()));
    };
    let here = urls::office_receipt(&id);
    if let Some(first) = who.led_to_proof(&web, &here) {
        return Ok(first);
    }
    match decide(&web, &who, &receipt, &typed).await {
        Ok(given) => Ok(onward(given, urls::office_receipts())),
        Err(error) => {
            let outcome = Outcome::of(error, &here)?;
            page(&web, &who, &receipt, (&typed, outcome)).await
        }
    }
}

async fn decide(web: &Web, who: &Operator, receipt: &Receipt, typed: &Typed) -> Result<Given, Error> {
    let (desk, by) = (&web.app.desk, who.0.id());
    match typed.value("act") {
        "assign" => {
            let payment = bank::payment_named(desk, typed.value("payment")).await?;
            let assigned = bank::assign(desk, by, receipt.id, payment).await;
            assigned.map_err(in_field)
        }
        "move" => {
            let payment = bank::payment_named(desk, typed.value("payment")).await?;
            let name = "Give the provider’s name of the movement; the comparison with it shows it.";
            let transfer = required("transfer", typed.value("transfer"), 200, Lines::One, name);
            let transfer = transfer.map_err(|fault| Error::Invalid(vec![fault]))?;
            let moved = bank::propose_move(desk, by, receipt.id, (payment, &transfer)).await;
            moved.map_err(in_field).map(Given::Proposed)
        }
        "return" => bank::send_back(desk, by, receipt.id, typed.value("why")).await,
        _ => Err(Error::Invalid(vec![FieldRefusal::new(
            "act",
            "missing",
            "Choose what it is.",
        )])),
    }
}

/// What a rule says about the payment is told at its field.
fn in_field(error: Error) -> Error {
    match error {
        Error::Refused(refusal) => Error::Invalid(vec![FieldRefusal::new(
            "payment",
            refusal.code(),
            refusal.sentence(),
        )]),
        Error::NotFound => bank::payment_unknown(),
        other => other,
    }
}

fn or_none(lines: &[String]) -> String {
    if lines.is_empty() {
        "none".to_owned()
    } else {
        lines.join("\n")
    }
}

async fn page(
    web: &Web,
    who: &Operator,
    receipt: &Receipt,
    (typed, outcome): (&Typed, Outcome),
) -> Result<Fresh, Problem> {
    let here = urls::office_receipt(&receipt.id.to_string());
    let amount = sum(receipt.currency, receipt.amount_minor);
    let title = format!("{amount} from {}", receipt.counterparty);
    let awaited = awaited(web).await?;
    let alike = awaited.iter().filter(|one| one.missing == amount);
    let alike: Vec<String> = alike
        .map(|one| format!("{}: {}, {}", one.reference, one.client, one.contract.label))
        .collect();
    let filled = (typed, outcome.faults.as_slice());
    let acts = [
        ("assign", "It belongs to a payment"),
        ("return", "Nobody’s: it goes back to the sender"),
        (
            "move",
            "It is money of a payment that was moved here from a provider",
        ),
    ];
    let line = |name: &'static str, label: &str, hint: &str| {
        FieldView::line(name, label, 200)
            .hint(hint)
            .filled(typed.value(name), &outcome.faults)
    };
    let page = Page {
        layout: layout(
            web,
            who,
            &[("Transfers", urls::office_receipts()), (&title, &here)],
        ),
        faults: Vec::new(),
        refusal: None,
        lead: Vec::new(),
        facts: vec![
            ("From", receipt.counterparty.clone()),
            ("Text", receipt.text.clone()),
            ("Came", Moment::new(receipt.at).text()),
            ("The bank’s id", receipt.external_id.clone()),
            ("Payments that wait for just as much", or_none(&alike)),
        ],
        asked: Some(Asked {
            action: here.clone(),
            hidden: vec![("once", once(web, typed))],
            choices: vec![Choices::of(("act", "What it is"), acts, filled)],
            fields: vec![
                line(
                    "payment",
                    "Reference or id of the payment",
                    "Like P-7K3M-Q2XD-9P. Not needed to send it back.",
                ),
                line(
                    "transfer",
                    "The provider’s name of the movement",
                    "Only for money that was moved here; another operator seconds it.",
                ),
                FieldView::line("why", "Why it goes back", 1_000)
                    .hint("Only to send it back. It is kept with the transfer, and stands in your record.")
                    .filled(typed.value("why"), &outcome.faults),
            ],
            undo: "Money that is assigned or sent back stays so. Much, or another sum than the payment is missing, waits for \
                   another operator.",
            button: "Do it",
            back: Link::new(urls::office_receipts(), "Back to the transfers"),
        }),
        title,
    };
    page.show(outcome)
}
