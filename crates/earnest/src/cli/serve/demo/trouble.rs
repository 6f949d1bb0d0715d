//! What went wrong in the demo's past: a client's bank took money back that was paid out already, the contract is on hold
//! since, and money came that nobody knows.

use anyhow::Context;
use earnest_app::hold::contract::{self as holds, Typed};
use earnest_app::motion::Given;
use earnest_app::payee::Who;
use earnest_app::{App, bank};
use earnest_hire::contract::{Actor, ChargebackState, Liability};
use earnest_hire::ids::PersonId;
use earnest_hire::person::Person;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::json;

use super::control;
use super::stage::{Deal, Side, Stage, WITHIN};
use super::stories::Story;

/// What is added to fees in the demo's one contract with tax, in hundredths of a percent.
const TAX: u16 = 1_900;

impl Stage<'_> {
    /// Agreed and signed while the operator's settings were others: fees are taxed, and what a bank takes back of approved
    /// work is the expert's to bear. A contract keeps the terms that it was made under.
    pub(super) async fn agreed_otherwise(
        &self,
        story: &Story,
        (client, expert): (&Person, &Person),
    ) -> anyhow::Result<Deal> {
        let mut app: App = self.app.clone();
        app.desk.terms.client_fee.tax_basis_points = TAX;
        app.desk.terms.expert_fee.tax_basis_points = TAX;
        app.desk.terms.tax_jurisdiction = "de".parse().map_err(|_no| anyhow::anyhow!("that is no name"))?;
        app.desk.terms.liability = Liability::Expert;
        let then = Stage { app: &app, ..*self };
        self.publish(story, client).await?;
        self.talk(story, client, expert).await?;
        self.propose(story, client, expert).await?;
        then.accept(story, (client, expert), &[Side::Client, Side::Expert])
            .await
    }

    /// The bank of the client has decided for the client.
    pub(super) async fn lost(&self, deal: &Deal, number: usize) -> anyhow::Result<()> {
        self.take_back(deal, number).await?;
        let contract = self.contract(deal).await?;
        let taken = contract.chargebacks.first().context("nothing was taken back")?;
        if taken.state == ChargebackState::Open {
            let path = format!("chargebacks/{}/lose", taken.reference);
            control::post(self.provider, &path, &json!({}), WITHIN).await?;
        }
        self.comes("the end of the chargeback", async || {
            let contract = self.contract(deal).await?;
            let lost = contract
                .chargebacks
                .iter()
                .all(|one| one.state == ChargebackState::Lost);
            Ok(lost.then_some(()))
        })
        .await
    }

    /// The office stops a contract until it has looked at it.
    pub(super) async fn hold(&self, deal: &Deal, operator: PersonId) -> anyhow::Result<()> {
        let typed = Typed {
            reason: "payment".to_owned(),
            facts: "The client’s bank has taken back what was paid for approved work. We ask both of you what happened."
                .to_owned(),
            rule: "terms, payments that are taken back".to_owned(),
            days: "7".to_owned(),
        };
        let actor = Actor::Operator { id: operator };
        let desk = &self.app.desk;
        match holds::place(desk, deal.id, &typed, Who::sure(&actor), "the demo's hold").await? {
            Given::Done => Ok(()),
            Given::Proposed(_) => anyhow::bail!("the demo's hold took two operators"),
        }
    }

    /// A statement of the operator's bank with a transfer that names nothing of the site, of so many days after the
    /// beginning.
    pub(super) async fn unknown_transfer(&self, day: i64) -> anyhow::Result<()> {
        let at = self.from + SignedDuration::from_hours(day * 24);
        let (on, currency) = (at.to_zoned(TimeZone::UTC).date(), self.app.currency);
        let statement = format!(
            "date,amount,currency,reference,counterparty,transaction_id\n\
             {on},480,{currency},invoice 2026-118,Hartmann Logistics,demo-1\n"
        );
        bank::import(&self.app.desk, &statement).await?;
        Ok(())
    }
}
