//! A contract as one person sees it: the contract, who is in it, what happened, and what the person may do now.

use std::collections::{BTreeMap, BTreeSet};

use earnest_hire::contract::{
    Actor, Command, Contract, Facts, Hold, Input, Milestone, Tried, decide, possible, unused,
};
use earnest_hire::field::FieldRefusal;
use earnest_hire::ids::{ContractId, ConversationId, HoldId, MilestoneId, PaymentId, PersonId};
use earnest_hire::money::{Minor, Money};
use earnest_hire::payee::Scope;
use earnest_hire::person::{Person, Role};
use earnest_hire::refusal::Refusal;
use earnest_store::{CheckoutRow, DeedRow, DeliverableRow, FileRow, MessageRow, View};
use jiff::Timestamp;

use crate::Error;
use crate::desk::Desk;
use crate::hold::lifted::{self, Lifted};
use crate::visit::{self, Place};

/// How many contracts are read at once.
const TOGETHER: u16 = 100;

/// From where somebody looks at a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// Who pays.
    Client,
    /// Who works.
    Expert,
    /// The office, which is no party.
    Office,
}

/// Everything that the page of a contract shows.
#[derive(Debug, Clone)]
pub struct Sight {
    /// As it stands.
    pub contract: Contract,
    /// Who looks.
    pub seat: Seat,
    /// By what people are called, of everybody who is in the contract or its history.
    pub names: BTreeMap<PersonId, String>,
    /// Where the two talk, for them; none where nobody proposed the contract there.
    pub conversation: Option<ConversationId>,
    /// What happened, the first first.
    pub deeds: Vec<DeedRow>,
    /// Its holds that an operator ended before their day.
    pub lifted: BTreeMap<HoldId, Lifted>,
    /// What was submitted.
    pub deliverables: Vec<DeliverableRow>,
    /// The files among that.
    pub files: Vec<FileRow>,
    /// Where payments are made that are under way.
    pub checkouts: BTreeMap<PaymentId, CheckoutRow>,
    /// What the person may do, and why not the rest; nothing for the office.
    pub possible: Vec<Tried>,
    /// For how many days a provider can hold money at most; none where one can without limit.
    pub holding_days: Option<u16>,
    /// When it was looked at.
    pub now: Timestamp,
    /// What a decision of that moment looks at.
    input: Input,
}

impl Sight {
    /// What the rules would say to a command of a person now; nothing of it is kept.
    pub fn answer(&self, command: &Command, by: PersonId) -> Result<(), Refusal> {
        decide(&self.contract, command, &Actor::Person { id: by }, &self.input).map(drop)
    }

    /// What the client would do with money that arrived for a milestone and is not used: of the commands that `is` names, the first
    /// that the rules allow now, else the first, so that they say why not.
    pub fn unused(&self, milestone: MilestoneId, is: impl Fn(&Command) -> bool) -> Option<Command> {
        unused(&self.contract, milestone)
            .filter(is)
            .min_by_key(|command| self.answer(command, self.contract.client).is_err())
    }

    /// Whether the two figures that this party gives in a dispute can both be meant: in the end nobody gets less by an offer
    /// than its maker lets them have at once. The rules do not ask it, so that what was written before stays valid.
    pub fn agrees(
        &self,
        milestone: MilestoneId,
        unconditional: Money,
        offer: Money,
    ) -> Result<(), FieldRefusal> {
        let one = self.contract.milestone(milestone);
        // a dispute that is over says what was held then
        let at_stake = one.and_then(
            |one| match one.dispute.as_ref().filter(|dispute| dispute.is_open()) {
                Some(dispute) => Ok((dispute.held_minor, dispute.to_expert_minor)),
                None => Ok((one.held()?, Minor::ZERO)),
            },
        );
        let (at_once, offer) = (unconditional.amount_minor, offer.amount_minor);
        // what is more than there is the rules refuse
        let Ok((at_stake, has)) = at_stake.map(|(at_stake, has)| (at_stake.0, has.0)) else {
            return Ok(());
        };
        if at_once > at_stake || offer > at_stake {
            return Ok(());
        }
        let sentence = match self.seat {
            Seat::Client | Seat::Expert if offer < has => {
                "An offer is what the expert gets in all, and they have more of it already: they keep that in any case."
            }
            Seat::Client if offer < at_once => {
                "Offer the expert at least what you let them have at once: they get that in any case."
            }
            Seat::Expert if at_stake - offer < at_once => {
                "Leave the client at least what you let them have back at once: they get that in any case."
            }
            _ => return Ok(()),
        };
        Err(FieldRefusal::new("offer", "offer_below_figure", sentence))
    }
}

/// A contract by its id, or by that of a milestone or payment in it, as this person may see it: a party, or somebody in the
/// office who has said why (see [`crate::visit`]). For everybody else it is not there.
pub async fn look(desk: &Desk, id: &str, person: &Person) -> Result<Sight, Error> {
    let asked = Asked::new(desk, id, person);
    let read = desk.store.read(move |mut view| {
        let asked = asked.clone();
        async move { asked.sight(&mut view).await }
    });
    let sight: Sight = read.await?.ok_or(Error::NotFound)?;
    if sight.seat == Seat::Office {
        let place = Place::Contract(Box::new(sight.contract.clone()));
        visit::check(desk, person, &place, waits(&sight, person)).await?;
    }
    Ok(sight)
}

/// In which queue of an operator a contract waits.
fn waits(sight: &Sight, person: &Person) -> Option<&'static str> {
    let disputed = |one: &Milestone| one.in_dispute();
    if sight.contract.milestones.iter().any(disputed) {
        return Some("It is in dispute, which the office may have to decide.");
    }
    if sight.contract.holds.iter().any(Hold::waits) {
        return Some("It is on hold, or a complaint about that waits for an answer.");
    }
    let ends = person.roles.may(Role::Finance) && !sight.contract.deadlines(sight.now).is_empty();
    ends.then_some("Something about its money ends at the provider, which the office sees to.")
}

/// What the two said to each other before a moment, the newest first, and what they sent with it, without a trace.
pub async fn said(
    desk: &Desk,
    sight: &Sight,
    (before, limit): (Timestamp, u16),
) -> Result<(Vec<MessageRow>, Vec<FileRow>), Error> {
    let Some(talk) = sight.conversation else {
        return Ok((Vec::new(), Vec::new()));
    };
    let read = desk.store.read(move |mut view| async move {
        let messages = view.messages_before(talk, before, limit).await?;
        Ok::<_, earnest_store::Error>((messages, view.files_in(talk).await?))
    });
    Ok(read.await?)
}

/// The contracts of a person as client or expert, the newest first, with the names of everybody in them.
pub async fn list(
    desk: &Desk,
    person: PersonId,
    before: Option<ContractId>,
    limit: u16,
) -> Result<(Vec<Contract>, BTreeMap<PersonId, String>), Error> {
    let read = desk.store.read(move |mut view| async move {
        let contracts = view.contracts_of(person, before, limit).await?;
        let names = names(&mut view, &contracts).await?;
        Ok::<_, earnest_store::Error>((contracts, names))
    });
    Ok(read.await?)
}

/// Those that are not over, the newest first: only they can wait for somebody, and what waits is cut nowhere.
pub async fn not_over(
    desk: &Desk,
    person: PersonId,
) -> Result<(Vec<Contract>, BTreeMap<PersonId, String>), Error> {
    let read = desk.store.read(move |mut view| async move {
        let contracts = view.contracts_not_over(person).await?;
        let names = names(&mut view, &contracts).await?;
        Ok::<_, earnest_store::Error>((contracts, names))
    });
    Ok(read.await?)
}

/// All of them, the newest first, within a picture of the database that is being read: what is added up is cut nowhere.
pub(crate) async fn every(view: &mut View, person: PersonId) -> Result<Vec<Contract>, earnest_store::Error> {
    let mut contracts: Vec<Contract> = Vec::new();
    loop {
        let before = contracts.last().map(|one| one.id);
        let page = view.contracts_of(person, before, TOGETHER).await?;
        let is_last = page.len() < usize::from(TOGETHER);
        contracts.extend(page);
        if is_last {
            return Ok(contracts);
        }
    }
}

/// What everybody in these contracts is called.
pub(crate) async fn names(
    view: &mut View,
    contracts: &[Contract],
) -> Result<BTreeMap<PersonId, String>, earnest_store::Error> {
    let people = contracts.iter().flat_map(|one| [one.client, one.expert]);
    let people: BTreeSet<PersonId> = people.collect();
    view.names_of(people).await
}

/// What is known before anything is read.
#[derive(Clone)]
struct Asked {
    id: String,
    person: Person,
    now: Timestamp,
    seed: [u8; 16],
    facts: Facts,
}

impl Asked {
    fn new(desk: &Desk, id: &str, person: &Person) -> Self {
        let limits = desk.providers.keys().map(|name| desk.holding_days(name));
        let widest = limits.max_by_key(|days| days.unwrap_or(u16::MAX)).flatten();
        Self {
            id: id.to_owned(),
            person: person.clone(),
            now: desk.now(),
            seed: desk.seed(),
            facts: Facts {
                client_limit_minor: desk.client_limit,
                holding_days: widest,
                ..Facts::default()
            },
        }
    }

    async fn sight(self, view: &mut View) -> Result<Option<Sight>, earnest_store::Error> {
        let Some(id) = view.contract_of(&self.id).await? else {
            return Ok(None);
        };
        let Some(contract) = view.contract(id).await? else {
            return Ok(None);
        };
        let person = &self.person;
        let seat = if person.id == contract.client {
            Seat::Client
        } else if person.id == contract.expert {
            Seat::Expert
        } else if visit::may_look(person) {
            Seat::Office
        } else {
            return Ok(None);
        };
        let conversation = match seat {
            Seat::Client | Seat::Expert => {
                let found = view.conversation_of_contract(id, contract.expert).await?;
                found.map(|row| row.id)
            }
            Seat::Office => None,
        };
        let deeds = view.deeds(&id.to_string()).await?;
        let names = view.names_of(people(&contract, &deeds)).await?;
        let checkouts = view.checkouts(contract.payments.iter().map(|one| one.id)).await?;
        let input = self.input(view, &contract).await?;
        Ok(Some(Sight {
            possible: possible(&contract, person.id, &input),
            deliverables: view.deliverables(id).await?,
            files: view.files_of_contract(id).await?,
            holding_days: self.facts.holding_days,
            now: input.now,
            input,
            lifted: lifted::of_contract(&contract, &deeds),
            contract,
            seat,
            names,
            conversation,
            deeds,
            checkouts,
        }))
    }

    /// What decisions look at outside the contract, as it is at this moment; a decision reads it again under locks.
    async fn input(&self, view: &mut View, contract: &Contract) -> Result<Input, earnest_store::Error> {
        let client = view.party(contract.client).await?;
        let expert = view.party(contract.expert).await?;
        let facts = Facts {
            expert_onboarded: expert.onboarded_at.is_some(),
            client_open_minor: view.client_open(contract.client, contract.id).await?,
            client_limit_minor: client.client_limit.unwrap_or(self.facts.client_limit_minor),
            client_on_hold: is_held(view, contract.client, self.now).await?,
            expert_on_hold: is_held(view, contract.expert, self.now).await?,
            ..self.facts.clone()
        };
        Ok(Input::new(self.now, self.seed, facts))
    }
}

async fn is_held(view: &mut View, person: PersonId, now: Timestamp) -> Result<bool, earnest_store::Error> {
    let payee = view.payee(person).await?;
    Ok(payee.is_some_and(|payee| payee.held(Scope::NewContracts, now).is_some()))
}

fn people(contract: &Contract, deeds: &[DeedRow]) -> BTreeSet<PersonId> {
    let acted = deeds
        .iter()
        .flat_map(|deed| match serde_json::from_str(&deed.actor) {
            Ok(Actor::Operator { id }) => [Some(id), seconded_by(deed)],
            Ok(Actor::Person { id }) => [Some(id), None],
            Ok(Actor::Clock | Actor::Provider { .. }) | Err(_) => [None, None],
        });
    [contract.client, contract.expert]
        .into_iter()
        .chain(acted.flatten())
        .collect()
}

fn seconded_by(deed: &DeedRow) -> Option<PersonId> {
    let command: Command = serde_json::from_str(&deed.command).ok()?;
    command.seconded_by()
}
