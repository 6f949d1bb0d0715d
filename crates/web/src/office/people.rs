//! People: finding them, and what the office knows about one.

use askama::Template;
use axum::extract::{Path, RawQuery, State as FromApp};
use earnest_app::account;
use earnest_app::hold::Held;
use earnest_app::people::{self, File};
use earnest_app::visit::REASON_NEEDED;
use earnest_hire::contract::{Contract, Standing};
use earnest_hire::ids::PersonId;
use earnest_hire::payee::Payout;
use earnest_hire::person::{Person, Role};
use jiff::Timestamp;

use super::holds::{hold_facts, scope_words};
use super::{Operator, layout};
use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::form::FieldView;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, sum};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "office/people.html")]
struct List {
    layout: Layout,
    field: FieldView,
    lines: Vec<Line>,
    next: Option<String>,
}

struct Line {
    link: Link,
    email: String,
    roles: String,
    since: Moment,
}

#[derive(Template)]
#[template(path = "office/person.html")]
struct One {
    layout: Layout,
    name: String,
    facts: Vec<(&'static str, String)>,
    holds: Vec<HoldLine>,
    /// For those who may put one on.
    new_hold: Option<String>,
    /// For those who decide about money, while it is not known who the person is and the operator checks that.
    identity: Option<String>,
    /// For owners, where the person works in the office.
    dismissal: Option<String>,
    contracts: Vec<(Link, String)>,
    payouts: Vec<PayoutLine>,
    record: Vec<Noted>,
    older: bool,
}

struct HoldLine {
    label: &'static str,
    /// Where something is done about it, for those who may.
    href: Option<String>,
    facts: Vec<(&'static str, String)>,
    stands: bool,
}

struct PayoutLine {
    amount: String,
    href: Option<String>,
    state: String,
}

struct Noted {
    at: Moment,
    by: String,
    act: String,
    reasons: String,
}

/// Whether whoever reads about a person may do something about their money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum May {
    Read,
    Act,
}

impl May {
    fn of(person: &Person) -> Self {
        if person.roles.may(Role::Finance) {
            Self::Act
        } else {
            Self::Read
        }
    }

    fn act(self, href: impl FnOnce() -> String) -> Option<String> {
        match self {
            Self::Act => Some(href()),
            Self::Read => None,
        }
    }
}

/// `GET /office/people`
pub(crate) async fn people(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    who.may_look()?;
    let pairs = query_pairs(query.as_deref());
    let value = |name: &str| {
        let found = pairs.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_ref())
    };
    let (text, before) = (value("q"), value("before"));
    let before: Option<PersonId> = match before {
        "" => None,
        id => Some(id.parse().or(Err(Problem::not_found()))?),
    };
    let (found, next) = people::find(&web.app.desk, text, before, people::SHOWN).await?;
    let page = List {
        layout: layout(&web, &who, &[("People", urls::office_people())]),
        field: FieldView::line("q", "A part of the name or of the address", 254).filled(text, &[]),
        lines: found.into_iter().map(line).collect(),
        next: next.map(|id| urls::office_people_like(text, &id.to_string())),
    };
    render(&page, Cache::Private)
}

fn line(person: Person) -> Line {
    Line {
        link: Link::new(urls::office_person(&person.id.to_string()), person.name),
        email: person.email.to_string(),
        roles: person.roles.to_string(),
        since: Moment::new(person.since),
    }
}

/// `GET /office/people/{id}`
pub(crate) async fn person(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    who.may_look()?;
    let person: PersonId = id.parse().or(Err(Problem::not_found()))?;
    match people::file(&web.app.desk, &who.0.person, person).await {
        Ok(file) => render(&one(&web, &who, file), Cache::Private),
        Err(error) if error.code() == REASON_NEEDED => Ok(Fresh::see_other(&urls::office_visit(&id))),
        Err(other) => Err(other.into()),
    }
}

/// Whom an act is about, for operators with a role.
pub(super) async fn somebody(web: &Web, (who, role): (&Operator, Role), id: &str) -> Result<Person, Problem> {
    who.may(role)?;
    let id: PersonId = id.parse().or(Err(Problem::not_found()))?;
    Ok(account::person(&web.app.desk, id).await?)
}

fn one(web: &Web, who: &Operator, file: File) -> One {
    let (id, now) = (file.person.id.to_string(), web.app.clock.now());
    let path = urls::office_person(&id);
    let may = May::of(&who.0.person);
    let name = file.person.name.clone();
    One {
        layout: layout(web, who, &[("People", urls::office_people()), (&name, &path)]),
        facts: facts(&file),
        holds: file
            .holds()
            .iter()
            .map(|held| hold_line(held, (may, now)))
            .collect(),
        new_hold: may.act(|| urls::office_new_hold(&id)),
        identity: may
            .act(|| urls::office_identity(&id))
            .filter(|_href| file.balance.onboarded_at.is_none() && file.person.id != who.0.id())
            .filter(|_href| checks_by_hand(web)),
        dismissal: may_dismiss(who, &file.person).then(|| urls::office_dismissal(&id)),
        contracts: file
            .contracts()
            .iter()
            .map(|one| contract_line(&file, one))
            .collect(),
        payouts: payouts(&file, may),
        record: file
            .record
            .into_iter()
            .map(|(row, by)| Noted {
                at: Moment::new(row.at),
                by: by.unwrap_or_else(|| row.by.to_string()),
                act: row.act,
                reasons: row.reasons,
            })
            .collect(),
        older: file.older,
        name,
    }
}

/// Whether the operator pays by transfer, and so has to know whom.
fn checks_by_hand(web: &Web) -> bool {
    let mut providers = web.app.desk.providers.values();
    providers.any(|one| one.own_account().is_some())
}

/// Only an owner takes roles away, and not their own.
fn may_dismiss(who: &Operator, person: &Person) -> bool {
    let is_owner = who.0.person.roles.may(Role::Owner);
    is_owner && person.roles.any() && person.id != who.0.id()
}

fn facts(file: &File) -> Vec<(&'static str, String)> {
    let (person, balance) = (&file.person, &file.balance);
    let money = |minor| sum(balance.currency, minor);
    let roles = person.roles.to_string();
    let mut facts = vec![
        ("E-mail", person.email.to_string()),
        ("Here since", Moment::new(person.since).text()),
        (
            "In the office",
            if roles.is_empty() { "no".to_owned() } else { roles },
        ),
        ("Payable", money(balance.payable)),
        ("Earned and not cleared", money(balance.pending)),
    ];
    if balance.owed.is_positive() {
        facts.push(("Owed to the operator", money(balance.owed)));
    }
    let account = balance.payee.as_ref().and_then(|payee| payee.account.as_ref());
    let account = account.map_or_else(
        || "none was named".to_owned(),
        |account| {
            let since = Moment::new(account.set_at).text();
            format!("{} at {}, since {since}", account.reference, account.provider)
        },
    );
    facts.push(("Paid to", account));
    facts.push((
        "Identity known since",
        balance
            .onboarded_at
            .map_or_else(|| "no".to_owned(), |at| Moment::new(at).text()),
    ));
    facts
}

fn hold_line(one: &Held, (may, now): (May, Timestamp)) -> HoldLine {
    let (person, hold) = (one.person.to_string(), &one.hold);
    HoldLine {
        label: scope_words(hold.scope),
        href: may.act(|| urls::office_hold(&person, &hold.id.to_string())),
        facts: hold_facts(one),
        stands: hold.stands(now),
    }
}

fn contract_line(file: &File, one: &Contract) -> (Link, String) {
    let me = file.person.id;
    let (other, part) = if one.client == me {
        (one.expert, "client")
    } else {
        (one.client, "expert")
    };
    let other = file
        .names()
        .get(&other)
        .map_or("somebody without an account", String::as_str);
    let title = one.title().unwrap_or("Contract");
    let standing = match one.standing {
        Standing::Offered => "to be signed",
        other => other.name(),
    };
    (
        Link::new(urls::contract(one.id), title),
        format!("as the {part}, with {other}: {standing}"),
    )
}

fn payouts(file: &File, may: May) -> Vec<PayoutLine> {
    let person = file.person.id.to_string();
    let payouts = file.balance.payee.iter().flat_map(|payee| &payee.payouts);
    let line = |one: &Payout| PayoutLine {
        amount: sum(file.balance.currency, one.amount_minor),
        href: may.act(|| urls::office_hold(&person, &one.id.to_string())),
        state: format!(
            "{}, asked for {}",
            one.state,
            Moment::new(one.requested_at).text()
        ),
    };
    payouts.rev().map(line).collect()
}
