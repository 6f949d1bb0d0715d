use jiff::Timestamp;

use super::*;
use crate::contract::{Actor, PROCESS_VERSION, Terms};
use crate::money::Minor;
use crate::refusal::Refusal;
use crate::request;
use crate::span::{after, days};

struct Table {
    proposal: Proposal,
    facts: Facts,
    now: Timestamp,
    last: Option<Decision>,
}

impl Table {
    fn new() -> Self {
        let now: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
        let facts = Facts {
            request: request::Stage::Open,
            acceptance_items: 2,
            open_proposals: 0,
            most_open_proposals: 3,
            terms: Terms::default(),
        };
        let proposal = Proposal::new(
            ProposalId::new(now, [1; 10]),
            RequestId::new(now, [2; 10]),
            person(1),
            person(2),
        );
        Self {
            proposal,
            facts,
            now,
            last: None,
        }
    }

    fn give(&mut self, who: &str, command: &Command) -> Result<&'static str, Refusal> {
        let input = Input::new(self.now, [5; 16], self.facts.clone());
        let decision = decide(&self.proposal, command, &actor(who), &input)?;
        assert!(
            decision.proposal.versions.starts_with(&self.proposal.versions),
            "a version never changes"
        );
        assert_eq!(
            decision.timers.len(),
            usize::from(!decision.proposal.stage.is_over())
        );
        let json = serde_json::to_string(&decision.proposal).unwrap();
        assert_eq!(
            serde_json::from_str::<Proposal>(&json).unwrap(),
            decision.proposal
        );
        self.proposal = decision.proposal.clone();
        self.last = Some(decision);
        Ok(self.proposal.stage.name())
    }

    /// `who command -> stage` or `-> refused: code`; `propose 500 2` has that price in cents and so many answers.
    fn run(&mut self, script: &str) {
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (asked, expected) = line.split_once("->").unwrap();
            let words: Vec<&str> = asked.split_whitespace().collect();
            if words[0] == "wait" {
                self.now = after(self.now, days(words[1].parse().unwrap()));
                continue;
            }
            let number = |place: usize| words.get(place).map_or(0, |word| word.parse().unwrap());
            let command = match words[1] {
                "propose" => Command::Propose {
                    content: content(number(2), usize::from(number(3))),
                },
                "see" => Command::See,
                "shortlist" => Command::Shortlist,
                "accept" => Command::Accept { number: number(2) },
                "decline" => Command::Decline,
                "withdraw" => Command::Withdraw,
                "expire" => Command::Expire {
                    entry_no: self.proposal.entry_no,
                },
                "expire_stale" => Command::Expire { entry_no: 1 },
                "close" => Command::Close,
                other => panic!("no such word: {other}"),
            };
            let found = self
                .give(words[0], &command)
                .map_or_else(|refusal| format!("refused: {}", refusal.code()), str::to_owned);
            assert_eq!(found, expected.trim(), "{line}");
        }
    }
}

fn content(price: u16, answers: usize) -> Content {
    let plan = Plan {
        title: "Part".to_owned(),
        deliverable: "What was asked for.".to_owned(),
        acceptance: vec!["It runs.".to_owned()],
        price_minor: Minor(i64::from(price)),
        due_on: "2026-02-01".parse().unwrap(),
        inspection_days: 7,
        rounds: 2,
        revision_days: 14,
    };
    Content {
        answers: vec!["By tests.".to_owned(); answers],
        currency: "EUR".parse().unwrap(),
        milestones: if price == 0 { Vec::new() } else { vec![plan] },
    }
}

fn person(number: u8) -> PersonId {
    PersonId::new(Timestamp::UNIX_EPOCH, [number; 10])
}

fn actor(name: &str) -> Actor {
    match name {
        "client" => Actor::Person { id: person(1) },
        "expert" => Actor::Person { id: person(2) },
        "stranger" => Actor::Person { id: person(3) },
        "operator" => Actor::Operator { id: person(4) },
        _ => Actor::Clock,
    }
}

#[test]
fn a_chain_of_offers_ends_in_a_contract_of_exactly_the_accepted_version() {
    let mut table = Table::new();
    table.run(
        "client see                -> refused: proposal_not_now
         stranger propose 500 2    -> refused: not_your_proposal
         operator propose 500 2    -> refused: operator_cannot_act
         expert propose 500 1      -> refused: answers_missing
         expert propose 50 2       -> refused: terms_unfit
         expert propose 0 2        -> refused: terms_unfit
         expert propose 50000 2    -> sent
         expert accept 1           -> refused: own_version
         expert shortlist          -> refused: not_your_proposal
         client see                -> seen
         expert propose 45000 2    -> sent
         client see                -> seen
         client shortlist          -> shortlisted
         client propose 40000 0    -> offer
         client accept 3           -> refused: own_version
         expert accept 1           -> refused: version_overtaken
         expert propose 42000 2    -> shortlisted
         client accept 3           -> refused: version_overtaken
         client accept 4           -> accepted
         expert withdraw           -> refused: proposal_over",
    );
    let last = table.last.unwrap();
    let offer = last.offer.unwrap();
    assert_eq!(last.request, Some(request::RequestEvent::Match));
    assert_eq!(
        (offer.process, offer.client, offer.expert),
        (PROCESS_VERSION, person(1), person(2))
    );
    let plans: Vec<Plan> = offer.milestones.iter().map(|(_, plan)| plan.clone()).collect();
    assert_eq!(plans, table.proposal.versions[3].content.milestones);
    assert_eq!(plans[0].price_minor, Minor(42_000));
    assert_eq!(offer.check(), Ok(()));
}

#[test]
fn the_expert_accepts_what_the_client_offers() {
    Table::new().run(
        "expert propose 50000 2    -> sent
         client shortlist          -> shortlisted
         client propose 40000 0    -> offer
         expert accept 2           -> accepted",
    );
}

#[test]
fn a_proposal_ends_in_its_own_ways() {
    for (end, stage) in [
        ("client decline", "declined"),
        ("expert withdraw", "withdrawn"),
        ("clock close", "declined"),
    ] {
        Table::new().run(&format!("expert propose 50000 2 -> sent\n{end} -> {stage}"));
    }
    Table::new().run(
        "expert propose 50000 2    -> sent
         wait 10                   ->
         client see                -> seen
         wait 14                   ->
         clock expire              -> refused: timer_not_due
         wait 1                    ->
         clock expire_stale        -> refused: stale_timer
         client expire             -> refused: not_your_proposal
         clock expire              -> expired",
    );
}

#[test]
fn proposals_are_few_and_for_open_requests() {
    let mut table = Table::new();
    table.facts.open_proposals = 3;
    table.run("expert propose 50000 2 -> refused: too_many_proposals");
    table.facts.open_proposals = 2;
    table.facts.request = request::Stage::Paused;
    table.run("expert propose 50000 2 -> refused: request_not_open");
    table.facts.request = request::Stage::Open;
    table.run("expert propose 50000 2 -> sent");
    table.facts.request = request::Stage::Paused; // What was sent before goes on.
    table.run("expert propose 40000 2 -> sent\nclient accept 2 -> accepted");
}
