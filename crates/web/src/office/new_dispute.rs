//! A dispute that the office opens itself: nothing moves, and both parties are to give their figures.

use axum::body::Bytes;
use axum::extract::{Path, State as FromApp};
use earnest_app::contract::Sight;
use earnest_app::dispute;
use earnest_hire::contract::Milestone;
use earnest_hire::ids::MilestoneId;

use super::act::{Asked, Outcome, Page, once, onward};
use super::contract_holds::{contract_name, look};
use super::{Operator, layout};
use crate::answer::Fresh;
use crate::form::{FieldView, Typed};
use crate::page::Link;
use crate::problem::Problem;
use crate::words::sum;
use crate::{Ctx, Web, urls};

/// A milestone in its contract, as an operator sees it who is no party.
struct Case {
    who: Operator,
    sight: Sight,
    milestone: Milestone,
}

impl Case {
    async fn find(web: &Web, who: Operator, id: &str) -> Result<Result<Self, Fresh>, Problem> {
        let milestone: MilestoneId = id.parse().or(Err(Problem::not_found()))?;
        let sight = match look(web, &who, id).await? {
            Ok(sight) => sight,
            Err(first) => return Ok(Err(first)),
        };
        let found = sight.contract.milestone(milestone).cloned();
        let milestone = found.map_err(|_unknown| Problem::not_found())?;
        Ok(Ok(Self {
            who,
            sight,
            milestone,
        }))
    }

    fn page(&self, web: &Web, typed: &Typed, outcome: Outcome) -> Result<Fresh, Problem> {
        let (contract, one) = (&self.sight.contract, &self.milestone);
        let held = one.held().map_err(Problem::broken)?;
        let title = format!("Open a dispute about “{}”", one.plan.title);
        let here = urls::office_new_dispute(one.id);
        let seen = typed.value("seen");
        let seen = if seen.is_empty() {
            contract.stamp(Some(one.id))
        } else {
            seen.to_owned()
        };
        let page = Page {
            layout: layout(
                web,
                &self.who,
                &[("Disputes", urls::office_disputes()), (&title, &here)],
            ),
            faults: Vec::new(),
            refusal: None,
            lead: vec![
                "Nothing moves when the office opens a dispute: the figures are the parties’ to give. All that is held \
                 is set apart, nobody can approve or submit, and the deadlines of the milestone end."
                    .to_owned(),
                "Both have 5 business days to say what the other may have at once and what they offer. With the second \
                 answer a week to settle it begins; whoever stays silent moves nothing, and what is left is decided here. \
                 It waits among the disputes until then."
                    .to_owned(),
            ],
            facts: vec![
                ("Contract", contract_name(contract, &self.sight.names)),
                ("Held", sum(contract.currency, held)),
            ],
            asked: Some(Asked {
                action: here.clone(),
                hidden: vec![("once", once(web, typed)), ("seen", seen)],
                choices: Vec::new(),
                fields: vec![
                    FieldView::area("reason", "What it is about", dispute::REASONS)
                        .hint("Both parties read it, with your name.")
                        .required()
                        .filled(typed.value("reason"), &outcome.faults),
                ],
                undo: "It cannot be taken back. It ends by a settlement of the two, or by a decision.",
                button: "Open the dispute",
                back: Link::new(urls::milestone(contract.id, one.id), "Back to the contract"),
            }),
            title,
        };
        page.show(outcome)
    }
}

/// `GET /office/disputes/{milestone}/open`
pub(crate) async fn new_dispute(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
) -> Result<Fresh, Problem> {
    let case = match Case::find(&web, who, &id).await? {
        Ok(case) => case,
        Err(first) => return Ok(first),
    };
    let here = urls::office_new_dispute(case.milestone.id);
    if let Some(first) = case.who.led_to_proof(&web, &here) {
        return Ok(first);
    }
    case.page(&web, &Typed::default(), Outcome::default())
}

/// `POST /office/disputes/{milestone}/open`
pub(crate) async fn begin_dispute(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let case = match Case::find(&web, who, &id).await? {
        Ok(case) => case,
        Err(first) => return Ok(first),
    };
    let typed = Typed::read(&body);
    let actor = case.who.actor();
    let of = (&case.sight.contract, case.milestone.id);
    let sent = (once(&web, &typed), typed.value("seen"));
    let who = case.who.who(&web, &actor);
    let given = dispute::begin(&web.app.desk, of, typed.value("reason"), who, (&sent.0, sent.1)).await;
    match given {
        Ok(given) => Ok(onward(given, &urls::office_dispute(case.milestone.id))),
        Err(error) => {
            let outcome = Outcome::of(error, &urls::milestone(of.0.id, of.1))?;
            case.page(&web, &typed, outcome)
        }
    }
}
