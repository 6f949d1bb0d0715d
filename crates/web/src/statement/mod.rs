//! Statements of a person's money, as a page to print and as a table for programs, and the invoices of a contract.

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, StatusCode};
use earnest_app::statement::{self, Invoice, Line, Statement};
use earnest_hire::contract::Contract;
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::ContractId;
use earnest_hire::money::{Currency, Minor};
use jiff::civil::Date;

use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::form::FieldView;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::words::{Moment, date, signed, sum};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "statement/show.html")]
struct Page {
    layout: Layout,
    faults: Vec<FieldRefusal>,
    name: String,
    from: FieldView,
    to: FieldView,
    /// None where the days make no sense.
    shown: Option<Shown>,
}

struct Shown {
    days: String,
    currency: Currency,
    opening: String,
    closing: String,
    rows: Vec<Row>,
    csv: String,
}

struct Row {
    at: Moment,
    why: &'static str,
    contract: Option<Link>,
    entry: String,
    /// Of its entry, on the first line of it.
    anchor: String,
    amount: String,
    balance: String,
}

#[derive(Template)]
#[template(path = "statement/invoice.html")]
struct InvoicePage {
    layout: Layout,
    contract: Link,
    client: String,
    expert: String,
    invoices: Vec<InvoiceView>,
    /// What the payer's bank took back afterwards.
    taken: Vec<String>,
}

struct InvoiceView {
    is_credit: bool,
    number: String,
    entry: String,
    at: Moment,
    what: String,
    gross: String,
    fee: String,
    tax: Option<String>,
    net: String,
    client_fee: Option<String>,
}

/// The first and the last day of a statement, or what is wrong with them.
type Days = Result<(Date, Date), Vec<FieldRefusal>>;

/// The days that a statement is asked for, and how they were typed.
fn days(web: &Web, query: Option<&str>) -> (Days, [String; 2]) {
    let pairs = query_pairs(query);
    let today = web.app.today();
    let typed = |key: &str, default: Date| {
        let found = pairs.iter().find(|(name, _)| name == key);
        found.map_or_else(|| default.to_string(), |(_, value)| value.trim().to_owned())
    };
    let typed = [typed("from", today.first_of_month()), typed("to", today)];
    let [from, to] = &typed;
    let read = |field: &'static str, text: &String| {
        text.parse::<Date>().map_err(|_unreadable| {
            FieldRefusal::new(
                field,
                "no_day",
                "Write a day as year, month and day, such as 2026-11-01.",
            )
        })
    };
    let read = match (read("from", from), read("to", to)) {
        (Ok(from), Ok(to)) if from <= to => Ok((from, to)),
        (Ok(_), Ok(_)) => Err(vec![FieldRefusal::new(
            "to",
            "before_from",
            "The last day is before the first. Choose a later one.",
        )]),
        (from, to) => Err(from.err().into_iter().chain(to.err()).collect()),
    };
    (read, typed)
}

/// `GET /statements`
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let (days, [from, to]) = days(&web, query.as_deref());
    let (shown, faults) = match days {
        Ok(days) => {
            let statement = statement::statement(&web.app.desk, who.id(), days).await?;
            (Some(shown(&statement)), Vec::new())
        }
        Err(faults) => (None, faults),
    };
    let wrong = shown.is_none();
    let page = Page {
        layout: Layout::new(&web, "Statement").of(&who).trail(vec![
            Link::new(urls::me(), "Your work"),
            Link::new(urls::balance(), "Balance"),
            Link::new(urls::statements(), "Statement"),
        ]),
        name: who.person.name.clone(),
        from: FieldView::line("from", "From", 10)
            .of_kind("date")
            .filled(from, &faults),
        to: FieldView::line("to", "To", 10)
            .of_kind("date")
            .filled(to, &faults),
        shown,
        faults,
    };
    let page = render(&page, Cache::Private)?;
    Ok(if wrong {
        page.with_status(StatusCode::UNPROCESSABLE_ENTITY)
    } else {
        page
    })
}

fn shown(statement: &Statement) -> Shown {
    let money = |minor| signed(statement.currency, minor);
    let mut last = "";
    let mut rows = Vec::new();
    for line in &statement.lines {
        let is_first = std::mem::replace(&mut last, &line.entry) != line.entry;
        let anchor = if is_first {
            urls::anchor(&line.entry)
        } else {
            String::new()
        };
        rows.push(row(line, money, anchor));
    }
    let (from, to) = (statement.from.to_string(), statement.to.to_string());
    Shown {
        days: format!("{} to {}", date(&from), date(&to)),
        currency: statement.currency,
        opening: money(statement.opening),
        closing: money(statement.closing),
        rows,
        csv: urls::statements_csv(&from, &to),
    }
}

fn row(line: &Line, money: impl Fn(Minor) -> String, anchor: String) -> Row {
    Row {
        at: Moment::new(line.at),
        why: line.reason.words(),
        contract: line
            .contract
            .map(|id| Link::new(urls::contract(id), line.title.clone())),
        entry: line.entry.clone(),
        amount: money(line.amount),
        balance: money(line.balance),
        anchor,
    }
}

/// `GET /statements.csv`: amounts in minor units, as the books have them.
pub(crate) async fn csv(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let days = days(&web, query.as_deref())
        .0
        .map_err(earnest_app::Error::Invalid)?;
    table_of(&statement::statement(&web.app.desk, who.id(), days).await?)
}

/// A statement as a file for spreadsheets, on the site and over the API.
pub(crate) fn table_of(statement: &Statement) -> Result<Fresh, Problem> {
    let name = format!(
        "attachment; filename=\"statement-{}-{}.csv\"",
        statement.from, statement.to
    );
    let name = HeaderValue::from_str(&name).map_err(Problem::broken)?;
    let table = Fresh::bytes("text/csv; charset=utf-8", table(statement), Cache::Private);
    Ok(table.with_header(CONTENT_DISPOSITION, name))
}

fn table(statement: &Statement) -> String {
    let currency = statement.currency;
    let mut rows = vec!["at,reason,contract,title,entry,currency,amount_minor,balance_minor".to_owned()];
    rows.push(format!(
        "{},Opening balance,,,,{currency},,{}",
        statement.from, statement.opening.0
    ));
    for line in &statement.lines {
        let contract = line.contract.map_or_else(String::new, |id| id.to_string());
        rows.push(format!(
            "{},{},{contract},{},{},{currency},{},{}",
            line.at,
            cell(line.reason.words()),
            cell(&line.title),
            line.entry,
            line.amount.0,
            line.balance.0
        ));
    }
    rows.push(format!(
        "{},Closing balance,,,,{currency},,{}",
        statement.to, statement.closing.0
    ));
    rows.join("\r\n") + "\r\n"
}

/// A text in quotation marks. A spreadsheet must not take what somebody typed for a formula.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// `GET /contracts/{id}/invoice`
pub(crate) async fn invoice(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let id: ContractId = id.parse().or(Err(Problem::not_found()))?;
    let (contract, invoices) = statement::invoices(&web.app.desk, id, who.id()).await?;
    let name = async |person| {
        earnest_app::account::person(&web.app.desk, person)
            .await
            .map(|one| one.name)
    };
    let title = contract
        .milestones
        .first()
        .map_or("Contract", |one| one.plan.title.as_str());
    let view = |one: &Invoice| view(&contract, one);
    let page = InvoicePage {
        layout: Layout::new(&web, "Invoices").of(&who).trail(vec![
            Link::new(urls::contracts(), "Contracts"),
            Link::new(urls::contract(id), title),
            Link::new(urls::invoice(id), "Invoices"),
        ]),
        contract: Link::new(urls::contract(id), title),
        client: name(contract.client).await?,
        expert: name(contract.expert).await?,
        invoices: invoices
            .iter()
            .map(view)
            .collect::<Result<_, _>>()
            .map_err(Problem::broken)?,
        taken: crate::contract::taken_back(&contract).map_err(Problem::broken)?,
    };
    render(&page, Cache::Private)
}

fn view(contract: &Contract, one: &Invoice) -> Result<InvoiceView, earnest_hire::refusal::Refusal> {
    let money = |minor| sum(contract.currency, minor);
    Ok(InvoiceView {
        is_credit: one.is_credit,
        number: one.number.clone(),
        entry: one.entry.clone(),
        at: Moment::new(one.at),
        what: one.titles.join(", "),
        gross: money(one.gross),
        fee: money(one.fee),
        tax: one.tax.is_positive().then(|| money(one.tax)),
        net: money(one.net()?),
        client_fee: one.client_fee.is_positive().then(|| money(one.client_fee)),
    })
}

#[cfg(test)]
mod tests;
