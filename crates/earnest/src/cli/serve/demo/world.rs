//! The demo's past: thirteen requests and eleven contracts of the last weeks, in every standing, with a milestone in every
//! state that people meet. It is made in the order of its days, by the use cases that stand behind the pages, while the clock is behind.

use std::sync::Arc;

use anyhow::Context;
use earnest_app::App;
use earnest_app::demo;
use earnest_app::request::progress;
use earnest_hire::contract::{Actor, Change, Command, Method};
use earnest_hire::person::Person;
use earnest_hire::request::RequestEvent;
use jiff::Timestamp;

use super::clock::{DemoClock, Past};
use super::stage::{Deal, Side, Stage};
use super::stories::{
    ARCHIVE, BOOKING, FORECAST, FREIGHT, INVOICES, LABELS, LETTERS, MIGRATION, MOBILE, QUOTES, REPORTS,
    SEARCH, STATUS, Story,
};

const BOTH: &[Side] = &[Side::Client, Side::Expert];

/// Who is in it.
struct Cast {
    clara: Person,
    emil: Person,
    tobias: Person,
    mira: Person,
    jonas: Person,
    /// Of the office.
    olga: Person,
    /// Who works for Clara and Tobias beside Emil.
    others: [Person; 3],
}

/// Makes what is missing, and leads the clock to the present.
pub(super) async fn plant(
    app: &App,
    clock: &Arc<DemoClock>,
    provider: &str,
    (clara, emil, olga): (&Person, &Person, &Person),
) -> anyhow::Result<()> {
    let Past::Begun(from) = clock.past().await else {
        return Ok(());
    };
    tracing::info!(
        "the demo's past is being made: {} days of requests, contracts and payments",
        super::PAST_DAYS
    );
    let stage = Stage {
        app,
        clock,
        provider,
        from,
    };
    let cast = Cast {
        clara: clara.clone(),
        emil: emil.clone(),
        tobias: stage.person("tobias@demo.example", "Tobias Keller").await?,
        mira: stage.person("mira@demo.example", "Mira Novak").await?,
        jonas: stage.person("jonas@demo.example", "Jonas Lind").await?,
        olga: olga.clone(),
        others: [
            super::experts::somebody(&app.desk, 4).await?,
            super::experts::somebody(&app.desk, 5).await?,
            super::experts::somebody(&app.desk, 17).await?,
        ],
    };
    stage.play(&cast).await?;
    let present: Timestamp = app.desk.clock.now() + clock.behind();
    demo::forward_to(&app.desk, clock.as_ref(), present).await?;
    clock.made().await?;
    tracing::info!("the demo's past is made");
    Ok(())
}

/// The contracts of the first weeks.
struct First {
    quotes: Deal,
    freight: Deal,
    migration: Deal,
    forecast: Deal,
}

/// The later ones.
struct Later {
    reports: Deal,
    search: Deal,
    labels: Deal,
}

impl Stage<'_> {
    async fn play(&self, cast: &Cast) -> anyhow::Result<()> {
        let first = self.first_week(cast).await?;
        self.until_the_first_payout(cast, &first).await?;
        let later = self.fourth_week(cast, &first).await?;
        self.fifth_week(cast, &first, &later).await?;
        self.last_days(cast, &first, &later).await
    }

    /// Several clients agree with their experts: so many requests, so many contracts.
    async fn agreed(&self, day: i64, of: &[(&Story, &Person, &Person)]) -> anyhow::Result<Vec<Deal>> {
        self.on(day, 0).await?;
        for (story, client, _) in of {
            self.publish(story, client).await?;
        }
        self.on(day, 20).await?;
        for (story, client, expert) in of {
            self.talk(story, client, expert).await?;
        }
        self.on(day + 2, 3).await?;
        for (story, client, expert) in of {
            self.propose(story, client, expert).await?;
        }
        self.on(day + 3, 1).await?;
        let mut deals = Vec::new();
        for (story, client, expert) in of {
            deals.push(self.accept(story, (client, expert), BOTH).await?);
        }
        Ok(deals)
    }

    /// A contract that nobody has signed yet.
    async fn nearly_agreed(&self, story: &Story, client: &Person, expert: &Person) -> anyhow::Result<Deal> {
        self.publish(story, client).await?;
        self.talk(story, client, expert).await?;
        self.propose(story, client, expert).await?;
        self.accept(story, (client, expert), &[]).await
    }

    async fn first_week(&self, cast: &Cast) -> anyhow::Result<First> {
        let [reader, _, mover] = &cast.others;
        self.on(0, 0).await?;
        // The client never signs what was agreed, nor looks after the request again: both end by themselves.
        self.nearly_agreed(&ARCHIVE, &cast.tobias, reader).await?;
        let deals = self
            .agreed(
                0,
                &[
                    (&QUOTES, &cast.clara, &cast.emil),
                    (&FREIGHT, &cast.tobias, &cast.emil),
                    (&MIGRATION, &cast.tobias, mover),
                    (&FORECAST, &cast.mira, &cast.emil),
                ],
            )
            .await?;
        let [quotes, freight, migration, forecast]: [Deal; 4] =
            deals.try_into().ok().context("four contracts were to be made")?;
        for expert in [&cast.emil, mover] {
            self.onboard(expert).await?;
        }
        for (deal, number) in [
            (&quotes, 1),
            (&freight, 1),
            (&migration, 1),
            (&migration, 2),
            (&forecast, 1),
        ] {
            self.fund(deal, number).await?;
        }
        self.on(4, 0).await?;
        for deal in [&quotes, &freight, &migration, &forecast] {
            self.start(deal, 1).await?;
        }
        Ok(First {
            quotes,
            freight,
            migration,
            forecast,
        })
    }

    async fn until_the_first_payout(&self, cast: &Cast, first: &First) -> anyhow::Result<()> {
        self.on(7, 0).await?;
        self.of_part(&first.migration, Side::Client, 2, |milestone| Command::Cancel {
            milestone,
        })
        .await?;
        self.refunded(&first.migration).await?;
        self.on(12, 0).await?;
        self.deliver(
            &first.quotes,
            1,
            "All 148 rows have a test. Row 93 contradicts row 41; I kept the newer one.",
        )
        .await?;
        self.deliver(
            &first.forecast,
            1,
            "Mean error over last year: 4.1 percent. The report names the ten worst days.",
        )
        .await?;
        self.on(14, 0).await?;
        self.approve(&first.quotes, 1).await?;
        self.approve(&first.forecast, 1).await?;
        self.on(15, 0).await?;
        self.review(
            &first.forecast,
            Side::Client,
            5,
            "Measured first, promised after. We buy by it every day.",
        )
        .await?;
        self.review(
            &first.forecast,
            Side::Expert,
            5,
            "Had the data ready on the first day and answered within hours.",
        )
        .await?;
        self.on(16, 0).await?;
        let (to_expert, to_client) = (self.money(1_200), self.money(800));
        self.of_part(&first.migration, Side::Client, 1, |milestone| {
            Command::OfferSettlement {
                milestone,
                to_expert,
                to_client,
            }
        })
        .await?;
        self.on(17, 0).await?;
        self.of_part(&first.migration, Side::Expert, 1, |milestone| {
            Command::AcceptSettlement { milestone }
        })
        .await?;
        self.refunded(&first.migration).await?;
        self.on(18, 0).await?;
        let text = "The newer orders are good. We should have seen earlier how much work the old ones are.";
        self.review(&first.migration, Side::Client, 3, text).await?;
        self.on(20, 0).await?;
        self.pay_out(&cast.emil, "first payout").await
    }

    async fn fourth_week(&self, cast: &Cast, first: &First) -> anyhow::Result<Later> {
        let [reporter, searcher, mover] = &cast.others;
        let deals = self
            .agreed(
                24,
                &[
                    (&REPORTS, &cast.clara, reporter),
                    (&SEARCH, &cast.clara, searcher),
                ],
            )
            .await?;
        let [reports, search]: [Deal; 2] = deals.try_into().ok().context("two contracts were to be made")?;
        for expert in [reporter, searcher] {
            self.onboard(expert).await?;
        }
        let labels = self.agreed_otherwise(&LABELS, (&cast.jonas, mover)).await?;
        for (deal, number) in [(&reports, 1), (&search, 1), (&labels, 1), (&labels, 2)] {
            self.fund(deal, number).await?;
        }
        self.on(28, 0).await?;
        for (deal, number) in [(&reports, 1), (&search, 1), (&labels, 1), (&labels, 2)] {
            self.start(deal, number).await?;
        }
        self.on(30, 0).await?;
        self.deliver(
            &first.freight,
            1,
            "An hour with 300 vehicles, and no position lost. The log is in the folder.",
        )
        .await?;
        self.fund(&first.freight, 2).await?;
        self.fund(&first.freight, 3).await?;
        self.of_part(&reports, Side::Client, 3, |milestone| Command::ProposeAmendment {
            change: Change::Drop { milestone },
        })
        .await?;
        self.on(31, 0).await?;
        for number in [2, 3] {
            self.start(&first.freight, number).await?;
        }
        self.act(
            &reports,
            Side::Expert,
            "agree to drop 3",
            Command::AcceptAmendment,
        )
        .await?;
        for (number, note) in [
            (1, "All 41,000 addresses of last month fit; 12 are in the list."),
            (2, "998 of 1,000 at the first try, on your own scanner."),
        ] {
            self.deliver(&labels, number, note).await?;
        }
        Ok(Later {
            reports,
            search,
            labels,
        })
    }

    async fn fifth_week(&self, cast: &Cast, first: &First, later: &Later) -> anyhow::Result<()> {
        self.on(34, 0).await?;
        self.approve(&first.freight, 1).await?;
        for number in [1, 2] {
            self.approve(&later.labels, number).await?;
        }
        self.on(36, 0).await?;
        self.fund(&first.quotes, 2).await?;
        self.deliver(
            &later.search,
            1,
            "176 of the 200 searches find it. The other 24 are listed.",
        )
        .await?;
        self.on(37, 0).await?;
        self.start(&first.quotes, 2).await?;
        self.on(38, 0).await?;
        self.deliver(
            &first.freight,
            2,
            "Open it on a phone: your own freight only, and it moves.",
        )
        .await?;
        self.on(39, 0).await?;
        self.of_part(&later.search, Side::Client, 1, |milestone| {
            Command::RequestChanges {
                milestone,
                unmet: vec![0],
                note: "176 are four too few. Most of the missing ones are Turkish plurals.".to_owned(),
            }
        })
        .await?;
        self.on(40, 0).await?;
        let [_, reader, mover] = &cast.others;
        let declined = self.nearly_agreed(&MOBILE, &cast.mira, reader).await?;
        self.act(&declined, Side::Expert, "decline", Command::Decline)
            .await?;
        let mobile = self.raise(&MOBILE, &cast.mira).await?;
        self.pay_out(mover, "payout of the labels").await?;
        self.on(40, 12).await?;
        self.pause(mobile, &cast.mira).await
    }

    async fn pause(&self, request: earnest_hire::ids::RequestId, client: &Person) -> anyhow::Result<()> {
        let desk = &self.app.desk;
        let (known, _) = progress::seen_by(desk, request, client.id).await?;
        if known.row.progress.stage == earnest_hire::request::Stage::Open {
            let by = Actor::Person { id: client.id };
            progress::act(desk, request, RequestEvent::Pause, &by).await?;
        }
        Ok(())
    }

    async fn last_days(&self, cast: &Cast, first: &First, later: &Later) -> anyhow::Result<()> {
        self.on(40, 18).await?;
        self.publish(&BOOKING, &cast.clara).await?;
        self.on(41, 0).await?;
        self.talk(&BOOKING, &cast.clara, &cast.emil).await?;
        self.publish(&INVOICES, &cast.clara).await?;
        self.lost(&later.labels, 2).await?;
        self.on(42, 0).await?;
        self.propose(&BOOKING, &cast.clara, &cast.emil).await?;
        self.deliver(
            &first.quotes,
            2,
            "180 ms for the slowest quote of last month. The README has one command.",
        )
        .await?;
        self.on(43, 0).await?;
        self.accept(&BOOKING, (&cast.clara, &cast.emil), &[Side::Client])
            .await?;
        self.approve(&first.freight, 2).await?;
        self.begin_to_pay(&later.reports, 2, Method::Bank).await?;
        self.take_back(&first.forecast, 1).await?;
        let (unconditional, offer_to_expert) = (self.money(600), self.money(1_400));
        self.of_part(&first.freight, Side::Client, 3, |milestone| Command::OpenDispute {
            milestone,
            unconditional,
            offer_to_expert,
            reason: "The estimates of the last two weeks were right to 15 minutes in six of ten cases, not in nine."
                .to_owned(),
        })
        .await?;
        self.hold(&later.labels, cast.olga.id).await?;
        self.unknown_transfer(42).await?;
        self.on(44, 0).await?;
        self.fund(&later.search, 2).await?;
        let withdrawn = self.nearly_agreed(&STATUS, &cast.tobias, &cast.others[1]).await?;
        self.act(&withdrawn, Side::Client, "withdraw", Command::Withdraw)
            .await?;
        self.act(&later.search, Side::Client, "end", Command::End).await?;
        self.talk(&INVOICES, &cast.clara, &cast.emil).await?;
        self.on(44, 12).await?;
        self.raise(&LETTERS, &cast.clara).await?;
        Ok(())
    }
}
