//! What ends at a provider: money that it cannot hold much longer, and evidence that is due, with what can be done.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State as FromApp;
use earnest_app::deadline::{self, Ending};
use earnest_hire::bank::TransferReference;
use earnest_hire::contract::{Contract, Ends};
use earnest_hire::ids::{ChargebackId, PersonId};
use earnest_hire::person::Role;
use earnest_store::JobState;
use jiff::Timestamp;

use super::{Operator, layout};
use crate::answer::{Cache, Fresh};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, away, sum};
use crate::{Ctx, urls};

const TITLE: &str = "Deadlines at providers";

#[derive(Template)]
#[template(path = "office/deadlines.html")]
struct List {
    layout: Layout,
    cards: Vec<Card>,
}

struct Card {
    link: Link,
    people: Vec<Link>,
    /// What ends.
    what: &'static str,
    amount: String,
    provider: String,
    until: Moment,
    left: String,
    is_over: bool,
    steps: Vec<Step>,
}

/// Something that can be done, and where.
struct Step {
    text: String,
    link: Option<Link>,
}

impl Step {
    fn new(text: impl Into<String>, link: Option<Link>) -> Self {
        Self {
            text: text.into(),
            link,
        }
    }
}

/// `GET /office/deadlines`
pub(crate) async fn deadlines(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let (open, names) = deadline::open(&web.app.desk).await?;
    let now = web.app.clock.now();
    let page = List {
        layout: layout(&web, &who, &[(TITLE, urls::office_deadlines())]),
        cards: open.iter().filter_map(|one| card(one, &names, now)).collect(),
    };
    render(&page, Cache::Private)
}

fn card(one: &Ending, names: &BTreeMap<PersonId, String>, now: Timestamp) -> Option<Card> {
    let (milestone, payment) = one.parts().ok()?;
    let (contract, deadline) = (&one.contract, &one.row.deadline);
    let person = |id: PersonId| {
        let name = names.get(&id).map_or("somebody", String::as_str);
        Link::new(urls::office_person(&id.to_string()), name)
    };
    let provider = payment.provider.to_string();
    let (what, steps) = match deadline.ends {
        Ends::Holding(_) => {
            let disputed = milestone.in_dispute().then(|| urls::office_dispute(milestone.id));
            let reference = TransferReference::of_payment(payment.id).to_string();
            (
                "It can be held there until",
                to_end(&provider, &reference, disputed),
            )
        }
        Ends::Evidence(id) => (
            "Evidence against a chargeback is taken until",
            to_defend(&provider, &reference(contract, id), one.row.evidence),
        ),
    };
    Some(Card {
        link: Link::new(
            urls::milestone(contract.id, milestone.id),
            milestone.plan.title.clone(),
        ),
        people: vec![person(contract.client), person(contract.expert)],
        what,
        amount: sum(contract.currency, deadline.amount_minor),
        provider,
        until: Moment::new(deadline.until),
        left: away(now, deadline.until),
        is_over: deadline.until < now,
        steps,
    })
}

/// What the provider calls a chargeback.
fn reference(contract: &Contract, id: ChargebackId) -> String {
    let found = contract.chargeback(id);
    found.map_or_else(|_refusal| String::new(), |one| one.reference.clone())
}

/// What ends the holding of money at a provider. None of it happens by itself.
fn to_end(provider: &str, reference: &str, disputed: Option<String>) -> Vec<Step> {
    let moved = format!(
        "Move it to your bank: have {provider} transfer it there and read the statement. Then say of the transfer that it is money \
         of {reference} that was moved here; another operator seconds it. The command for that is `earnest bank move`."
    );
    let settled = "Have both settle it, or the expert give it back: they do so on the page of the milestone. Write to them.";
    let mut steps = vec![
        Step::new(
            moved,
            Some(Link::new(urls::office_receipts(), "Statements and transfers")),
        ),
        Step::new(settled, None),
    ];
    steps.extend(disputed.map(|href| {
        let text = "It is in dispute: the decision ends it, too.";
        Step::new(text, Some(Link::new(href, "The dispute")))
    }));
    steps
}

/// Where the evidence is, and what is left to do.
fn to_defend(provider: &str, reference: &str, evidence: Option<JobState>) -> Vec<Step> {
    let dead = || Some(Link::new(urls::office_jobs(), "Jobs that were given up"));
    let (sent, link) = match evidence {
        Some(JobState::Dead) => (
            format!(
                "The evidence pack has not reached {provider}: its job was given up. Mend the cause and have it tried again."
            ),
            dead(),
        ),
        Some(JobState::Waiting) => (
            format!(
                "The evidence pack is on its way to {provider}. If it does not get there, its job is given up."
            ),
            dead(),
        ),
        Some(JobState::Done) | None => (
            format!(
                "{provider} has the evidence pack: signed terms, versions, approvals, messages and the history."
            ),
            None,
        ),
    };
    let more = format!(
        "Add what you know beyond it at {provider}, where the chargeback is called {reference}. The moment above is two days \
         before its own deadline."
    );
    vec![Step::new(sent, link), Step::new(more, None)]
}
