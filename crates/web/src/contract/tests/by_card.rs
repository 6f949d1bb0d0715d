//! A contract whose money a provider holds for a while.

use earnest_hire::contract::{Liability, Method};

use super::*;
use crate::provider::tests::quiet_for;

/// For how many days the provider can hold it.
const HOLDING_DAYS: u32 = 90;

impl Deal {
    /// At work on money that came by card.
    pub(crate) async fn by_card() -> Self {
        Self::by_card_borne_by(Liability::Operator).await
    }

    /// The same, with who bears it when the payer's bank takes back what was approved.
    pub(crate) async fn by_card_borne_by(liability: Liability) -> Self {
        let visitor = Visitor::new().with_desk(|desk| {
            desk.terms.liability = liability;
            let mut providers = (*desk.providers).clone();
            providers.insert("quiet".to_owned(), quiet_for(HOLDING_DAYS));
            desk.providers = providers.into();
        });
        let deal = Self::on(visitor).await;
        let sha256 = deal.sha256.clone();
        let (client, expert) = deal.people;
        for id in [client, expert] {
            let sign = Command::Sign {
                sha256: sha256.clone(),
            };
            deal.does(&Actor::Person { id }, &sign).await;
        }
        let (client, expert) = (Actor::Person { id: client }, Actor::Person { id: expert });
        let fund = Command::Fund {
            milestone: deal.milestone,
            provider: "quiet".parse().unwrap(),
            method: Method::Card,
        };
        deal.does(&client, &fund).await;
        let payment = deal.kept().await.payments[0].clone();
        let captured = Command::Captured {
            payment: payment.id,
            amount: usd(payment.asked_minor),
            fee: usd(Minor::ZERO),
            receipt: "r1".to_owned(),
        };
        deal.does(&provider(), &captured).await;
        let store = &deal.visitor.desk().store;
        store.onboard(deal.people.1, NOW).await.unwrap();
        let milestone = deal.milestone;
        deal.does(&expert, &Command::Start { milestone }).await;
        deal
    }

    /// In dispute, so that the money stays where it is.
    pub(crate) async fn disputed_by_card() -> Self {
        let deal = Self::by_card().await;
        let client = Actor::Person { id: deal.people.0 };
        let disputed = Command::OpenDispute {
            milestone: deal.milestone,
            unconditional: usd(Minor::ZERO),
            offer_to_expert: usd(Minor(10_000)),
            reason: "It is slow.".to_owned(),
        };
        deal.does(&client, &disputed).await;
        deal
    }

    /// The payer's bank takes all of it back; its provider takes evidence for ten days.
    pub(crate) async fn charged_back(&self) {
        let payment = self.kept().await.payments[0].clone();
        let opened = Command::ChargebackOpened {
            payment: payment.id,
            reference: "cb_7".to_owned(),
            receipt: "r2".to_owned(),
            amount: usd(payment.asked_minor),
            fee: usd(Minor(1_500)),
            evidence_by: NOW + jiff::SignedDuration::from_hours(240),
        };
        self.does(&provider(), &opened).await;
    }

    /// The bank has decided for the payer.
    pub(crate) async fn lost(&self) {
        let lost = Command::ChargebackLost {
            reference: "cb_7".to_owned(),
        };
        self.does(&provider(), &lost).await;
    }

    /// The client approves so much of the milestone.
    pub(crate) async fn released(&self, amount: Minor) {
        let client = Actor::Person { id: self.people.0 };
        let part = Command::Release {
            milestone: self.milestone,
            amount: usd(amount),
        };
        self.does(&client, &part).await;
    }

    async fn does(&self, actor: &Actor, command: &Command) {
        let done = contract::act(self.visitor.desk(), self.contract, command, actor, Also::Nothing).await;
        done.unwrap_or_else(|why| panic!("{}: {why}", command.name()));
    }
}

fn provider() -> Actor {
    Actor::Provider {
        name: "quiet".parse().unwrap(),
    }
}

fn usd(minor: Minor) -> earnest_hire::money::Money {
    earnest_hire::contract::money(minor, Currency::USD)
}

/// H11: after a lost chargeback both parties read on the contract and its invoices what was taken, and who bears it.
#[tokio::test]
async fn what_the_bank_took_back_is_told_with_who_bears_it() {
    let deal = Deal::by_card().await;
    deal.released(Minor(50_000)).await;
    let invoices = format!("{}/invoice", deal.page());
    for told in [deal.page(), invoices.clone()] {
        let page = deal.expert.get(&told).await;
        assert!(!page.text().contains("payer’s bank has"), "{}", page.text());
    }
    deal.charged_back().await;
    let open = deal.expert.get(&deal.page()).await;
    assert!(
        open.text().contains("stands still until the bank decides"),
        "{}",
        open.text()
    );
    deal.lost().await;
    for party in [&deal.client, &deal.expert] {
        for told in [deal.page(), invoices.clone()] {
            let page = party.get(&told).await;
            for said in [
                "for good: $",
                "of what was held here",
                "$500.00 of what had been approved: ",
                "as the terms say",
            ] {
                assert!(page.text().contains(said), "{told}: {said}: {}", page.text());
            }
        }
    }
}

/// H34: the fee of a release that was lost is given back by a credit note, which both parties and their programs read; where
/// the operator bears the loss there is none.
#[tokio::test]
async fn a_fee_is_given_back_by_a_credit_note_where_the_expert_bears_the_loss() {
    for (liability, credited) in [(Liability::Expert, true), (Liability::Operator, false)] {
        let deal = Deal::by_card_borne_by(liability).await;
        deal.released(Minor(50_000)).await;
        deal.charged_back().await;
        deal.lost().await;
        let number = format!("{}-0002", deal.contract);
        for party in [&deal.client, &deal.expert] {
            let page = party.get(&format!("{}/invoice", deal.page())).await;
            for said in [
                "Credit note: Invoice API",
                "Taken back by the bank of Clara Weiss</dt><dd>$500.00",
                "Fee given back, from Northgate Engineers to Emil Berg</dt><dd>$50.00",
                "Taken from Emil Berg</dt><dd>$450.00",
                &number,
            ] {
                assert_eq!(page.text().contains(said), credited, "{said}: {}", page.text());
            }
        }
    }
}
