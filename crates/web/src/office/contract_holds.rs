//! Holds on contracts: putting one on, and what is done about one and about what the parties say to it.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use earnest_app::contract::{self as contracts, Seat, Sight};
use earnest_app::hold::contract::{self as holds, Act, REASONS};
use earnest_app::hold::{Lifted, TEXT};
use earnest_app::visit::REASON_NEEDED;
use earnest_hire::contract::{Contract, Hold};
use earnest_hire::ids::{ContractId, HoldId, PersonId};
use earnest_hire::person::Role;

use super::act::{Asked, Choices, Outcome, Page, once, onward};
use super::holds::{Grounds, days_field, finding_fields};
use super::{Operator, layout};
use crate::answer::Fresh;
use crate::form::{FieldView, Typed};
use crate::page::Link;
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

const ANSWER_CLIENT: &str = "answer_client";
const ANSWER_EXPERT: &str = "answer_expert";

/// Everything that a hold on a contract is made of, for whoever reads it.
pub(crate) fn contract_hold_facts(
    contract: &Contract,
    (hold, lifted): (&Hold, Option<&Lifted>),
    names: &BTreeMap<PersonId, String>,
) -> Vec<(&'static str, String)> {
    let name = |by: &PersonId| {
        let name = names.get(by).cloned();
        name.unwrap_or_else(|| "somebody without an account".to_owned())
    };
    let mut facts = Grounds {
        reasons: &REASONS,
        reason: &hold.reason,
        facts: &hold.facts,
        rule: &hold.rule,
        by: name(&hold.by),
        placed_at: hold.placed_at,
        review_by: hold.review_by,
        ended_at: hold.ended_at,
        lifted: lifted.map(|one| (name(&one.by), one.reason.clone())),
    }
    .told();
    let sides = [
        (contract.client, "The client complains", "Answer to the client"),
        (contract.expert, "The expert complains", "Answer to the expert"),
    ];
    for (party, complains, answered) in sides {
        if let Some(complaint) = hold.complaint(party) {
            let answer = complaint.answer.clone();
            facts.push((complains, complaint.reason.clone()));
            facts.push((answered, answer.unwrap_or_else(|| "none yet".to_owned())));
        }
    }
    facts
}

/// What a contract is called in the office.
pub(super) fn contract_name(contract: &Contract, names: &BTreeMap<PersonId, String>) -> String {
    let name = |id| names.get(&id).cloned().unwrap_or_else(|| "somebody".to_owned());
    contract_between(contract, name)
}

/// The same, of people whom somebody else names.
pub(super) fn contract_between(contract: &Contract, name: impl Fn(PersonId) -> String) -> String {
    let title = contract.title().unwrap_or("a contract");
    let (client, expert) = (name(contract.client), name(contract.expert));
    format!("“{title}”, between {client} and {expert}")
}

/// The contract of an id, which may be that of one of its milestones, as an operator sees it who is no party; or the way to
/// say why they look.
pub(super) async fn look(web: &Web, who: &Operator, id: &str) -> Result<Result<Sight, Fresh>, Problem> {
    who.may(Role::Finance)?;
    match contracts::look(&web.app.desk, id, &who.0.person).await {
        Err(error) if error.code() == REASON_NEEDED => {
            // From there on to the contract, which has the way back to here.
            let contract = contracts::of(&web.app.desk, id).await?;
            Ok(Err(Fresh::see_other(&urls::office_visit(&contract.to_string()))))
        }
        Ok(sight) if sight.seat == Seat::Office => Ok(Ok(sight)),
        Ok(_of_a_party) => Err(Problem::not_found()),
        Err(other) => Err(other.into()),
    }
}

/// As [`look`], by the id of the contract alone.
async fn look_at(web: &Web, who: &Operator, id: &str) -> Result<Result<Sight, Fresh>, Problem> {
    let id: ContractId = id.parse().or(Err(Problem::not_found()))?;
    look(web, who, &id.to_string()).await
}

/// `GET /office/contracts/{id}/hold`
pub(crate) async fn new_contract_hold(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let sight = match look_at(&web, &who, &id).await? {
        Ok(sight) => sight,
        Err(first) => return Ok(first),
    };
    let here = urls::office_new_contract_hold(sight.contract.id);
    if let Some(first) = who.led_to_proof(&web, &here) {
        return Ok(first);
    }
    place_page(&web, &who, &sight, &Typed::default(), Outcome::default())
}

/// `POST /office/contracts/{id}/hold`
pub(crate) async fn place_contract_hold(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let sight = match look_at(&web, &who, &id).await? {
        Ok(sight) => sight,
        Err(first) => return Ok(first),
    };
    let typed = Typed::read(&body);
    let value = |name: &str| typed.value(name).to_owned();
    let asked = holds::Typed {
        reason: value("reason"),
        facts: value("facts"),
        rule: value("rule"),
        days: value("days"),
    };
    let (actor, key, contract) = (who.actor(), once(&web, &typed), sight.contract.id);
    match holds::place(&web.app.desk, contract, &asked, who.who(&web, &actor), &key).await {
        Ok(given) => Ok(onward(given, urls::office_holds())),
        Err(error) => {
            let outcome = Outcome::of(error, &urls::contract(contract))?;
            place_page(&web, &who, &sight, &typed, outcome)
        }
    }
}

fn place_page(
    web: &Web,
    who: &Operator,
    sight: &Sight,
    typed: &Typed,
    outcome: Outcome,
) -> Result<Fresh, Problem> {
    let contract = &sight.contract;
    let title = "Put a contract on hold".to_owned();
    let here = urls::office_new_contract_hold(contract.id);
    let filled = (typed, outcome.faults.as_slice());
    let page = Page {
        layout: layout(web, who, &[("Holds", urls::office_holds()), (&title, &here)]),
        faults: Vec::new(),
        refusal: None,
        lead: vec![
            "All clocks of the contract stop, nobody can approve or submit, and what is held stays held; what can go \
             back to the client still can. Both parties read all of it at once, with your name, and can complain; \
             another operator then answers. A provider’s own limit for holding money goes on."
                .to_owned(),
        ],
        facts: vec![("Contract", contract_name(contract, &sight.names))],
        asked: Some(Asked {
            action: here.clone(),
            hidden: vec![("once", once(web, typed))],
            choices: vec![Choices::of(("reason", "Why"), REASONS, filled)],
            fields: finding_fields(typed, &outcome.faults),
            undo: "It can be lifted at any time. The clocks then go on with the time that was left.",
            button: "Put it on hold",
            back: Link::new(urls::contract(contract.id), "Back to the contract"),
        }),
        title,
    };
    page.show(outcome)
}

/// A hold in its contract, as the office sees it.
struct Case {
    who: Operator,
    sight: Sight,
    hold: Hold,
}

impl Case {
    async fn find(
        web: &Web,
        who: Operator,
        (id, hold): (&str, &str),
    ) -> Result<Result<Self, Fresh>, Problem> {
        let sight = match look_at(web, &who, id).await? {
            Ok(sight) => sight,
            Err(first) => return Ok(Err(first)),
        };
        let hold: HoldId = hold.parse().or(Err(Problem::not_found()))?;
        let hold = sight.contract.hold(hold).cloned();
        let hold = hold.map_err(|_unknown| Problem::not_found())?;
        Ok(Ok(Self { who, sight, hold }))
    }

    fn here(&self) -> String {
        urls::office_contract_hold(self.sight.contract.id, self.hold.id)
    }

    fn acts(&self) -> Vec<(&'static str, &'static str)> {
        let mut acts = Vec::new();
        if self.hold.stands() {
            acts.push(("lift", "Lift it"));
            acts.push(("extend", "Keep it for so many days from now"));
        }
        for complaint in self.hold.unanswered() {
            acts.push(if complaint.by == self.sight.contract.client {
                (ANSWER_CLIENT, "Answer the client’s complaint")
            } else {
                (ANSWER_EXPERT, "Answer the expert’s complaint")
            });
        }
        acts
    }

    fn act(&self, typed: &Typed) -> Option<Act> {
        match typed.value("act") {
            "lift" => Some(Act::Lift),
            "extend" => Some(Act::Extend(typed.value("days").to_owned())),
            ANSWER_CLIENT => Some(Act::Answer(self.sight.contract.client)),
            ANSWER_EXPERT => Some(Act::Answer(self.sight.contract.expert)),
            _ => None,
        }
    }

    fn page(&self, web: &Web, typed: &Typed, outcome: Outcome) -> Result<Fresh, Problem> {
        let contract = &self.sight.contract;
        let title = format!("On hold: {}", contract_name(contract, &self.sight.names));
        let here = self.here();
        let filled = (typed, outcome.faults.as_slice());
        let acts = self.acts();
        let asked = (!acts.is_empty()).then(|| Asked {
            action: here.clone(),
            hidden: vec![("once", once(web, typed))],
            choices: vec![Choices::of(("act", "What is to be done"), acts, filled)],
            fields: vec![
                FieldView::area("reason", "Why", TEXT)
                    .hint("Both parties read it. A complaint is answered by another operator than the one who decided.")
                    .required()
                    .filled(typed.value("reason"), &outcome.faults),
                days_field(typed, &outcome.faults),
            ],
            undo: "",
            button: "Do it",
            back: Link::new(urls::contract(contract.id), "Back to the contract"),
        });
        let page = Page {
            layout: layout(
                web,
                &self.who,
                &[("Holds", urls::office_holds()), (&title, &here)],
            ),
            faults: Vec::new(),
            refusal: None,
            lead: if asked.is_none() {
                vec!["It is over, and there is nothing to decide about it now.".to_owned()]
            } else {
                Vec::new()
            },
            facts: contract_hold_facts(
                contract,
                (&self.hold, self.sight.lifted.get(&self.hold.id)),
                &self.sight.names,
            ),
            asked,
            title,
        };
        page.show(outcome)
    }
}

/// `GET /office/contracts/{id}/holds/{hold}`
pub(crate) async fn contract_hold(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path((contract, id)): Path<(String, String)>,
) -> Result<Fresh, Problem> {
    let case = match Case::find(&web, who, (&contract, &id)).await? {
        Ok(case) => case,
        Err(first) => return Ok(first),
    };
    if let Some(first) = case.who.led_to_proof(&web, &case.here()) {
        return Ok(first);
    }
    case.page(&web, &Typed::default(), Outcome::default())
}

/// `POST /office/contracts/{id}/holds/{hold}`
pub(crate) async fn act_on_contract_hold(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path((contract, id)): Path<(String, String)>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let case = match Case::find(&web, who, (&contract, &id)).await? {
        Ok(case) => case,
        Err(first) => return Ok(first),
    };
    let typed = Typed::read(&body);
    let Some(act) = case.act(&typed) else {
        return case.page(&web, &typed, Outcome::nothing_chosen());
    };
    let (actor, key) = (case.who.actor(), once(&web, &typed));
    let of = (&case.sight.contract, case.hold.id);
    let asked = (&act, typed.value("reason"));
    match holds::act(&web.app.desk, of, asked, case.who.who(&web, &actor), &key).await {
        Ok(given) => Ok(onward(given, urls::office_holds())),
        Err(error) => {
            let outcome = Outcome::of(error, &case.here())?;
            case.page(&web, &typed, outcome)
        }
    }
}
