//! Where the books and a provider differ, and what is done about it.

use askama::Template;
use axum::body::Bytes;
use axum::extract::State as FromApp;
use axum::http::StatusCode;
use earnest_app::bank;
use earnest_app::motion::Given;
use earnest_app::reconcile::{self, Difference, DifferenceKind, Differing, NotCompared};
use earnest_hire::money::Minor;
use earnest_hire::person::Role;

use super::act::onward;
use super::{Operator, layout, refused};
use crate::answer::{Cache, Fresh};
use crate::form::{FieldView, Typed};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::words::{Moment, sum};
use crate::{Ctx, Web, urls};

#[derive(Template)]
#[template(path = "office/differences.html")]
struct Show {
    layout: Layout,
    providers: Vec<ProviderLine>,
    periods: Vec<Period>,
    /// What a form that could not be carried out had in it.
    line: FieldView,
    why: FieldView,
    wrong: Option<String>,
}

struct ProviderLine {
    name: String,
    until: Option<Moment>,
    differs: bool,
}

struct Period {
    provider: String,
    from: Moment,
    until: Moment,
    at: Moment,
    differences: Vec<Line>,
}

struct Line {
    kind: &'static str,
    name: String,
    about: String,
    provider: String,
    books: String,
    explanation: String,
}

/// `GET /office/differences`
pub(crate) async fn differences(FromApp(web): FromApp<Ctx>, who: Operator) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    page(&web, &who, &Typed::default(), None).await
}

async fn page(web: &Web, who: &Operator, typed: &Typed, wrong: Option<String>) -> Result<Fresh, Problem> {
    let standing = reconcile::standing(&web.app.desk).await?;
    let differs = |name: &str| standing.differing.iter().any(|one| one.provider == name);
    let mut line = FieldView::line("line", "The bank’s id of the line", 200).filled(typed.value("line"), &[]);
    line.error.clone_from(&wrong);
    let page = Show {
        layout: layout(
            web,
            who,
            &[("Comparisons with providers", urls::office_differences())],
        ),
        providers: standing
            .providers
            .iter()
            .map(|(name, until)| ProviderLine {
                differs: differs(name),
                name: name.clone(),
                until: until.map(Moment::new),
            })
            .collect(),
        periods: standing.differing.iter().map(|one| period(web, one)).collect(),
        line,
        why: FieldView::line("why", "What the money was", 1_000).filled(typed.value("why"), &[]),
        wrong,
    };
    render(&page, Cache::Private)
}

fn period(web: &Web, one: &Differing) -> Period {
    Period {
        provider: one.provider.clone(),
        from: Moment::new(one.from),
        until: Moment::new(one.until),
        at: Moment::new(one.at),
        differences: one.differences.iter().map(|one| difference(web, one)).collect(),
    }
}

fn difference(web: &Web, one: &Difference) -> Line {
    let money = |minor: Option<Minor>| {
        minor.map_or_else(|| "nothing".to_owned(), |minor| sum(web.app.currency, minor))
    };
    Line {
        kind: match one.kind {
            DifferenceKind::MissingInBooks => "Missing in the books",
            DifferenceKind::MissingAtProvider => "Missing at the provider",
            DifferenceKind::AmountDiffers => "Another amount",
            DifferenceKind::SubjectDiffers => "For another payment, refund or payout",
            DifferenceKind::BalanceDiffers => "Another balance",
        },
        name: one.external_id.clone().unwrap_or_else(|| "–".to_owned()),
        about: one.about.clone(),
        provider: money(one.provider_minor),
        books: money(one.books_minor),
        explanation: one.explanation.clone(),
    }
}

/// `POST /office/differences`: compares again, asks the provider about what differs, or proposes what money was that left.
pub(crate) async fn act_on_differences(
    FromApp(web): FromApp<Ctx>,
    who: Operator,
    body: Bytes,
) -> Result<Fresh, Problem> {
    who.may(Role::Finance)?;
    let typed = Typed::read(&body);
    let (desk, provider) = (&web.app.desk, typed.value("provider"));
    let done = match typed.value("act") {
        "repair" => reconcile::repair_all(desk, provider).await.map(drop),
        "explain" => {
            if let Some(first) = who.led_to_proof(&web, urls::office_differences()) {
                return Ok(first);
            }
            return explain(&web, &who, &typed).await;
        }
        _ => reconcile::compare_now(desk, provider).await.map(drop),
    };
    match done {
        Ok(()) => Ok(Fresh::see_other(urls::office_differences())),
        Err(error) => Err(not_compared(error)),
    }
}

async fn explain(web: &Web, who: &Operator, typed: &Typed) -> Result<Fresh, Problem> {
    let (desk, line) = (&web.app.desk, typed.value("line").trim());
    let wrong = match bank::explain(desk, who.0.id(), line, typed.value("why")).await {
        Ok(motion) => return Ok(onward(Given::Proposed(motion), urls::office_differences())),
        Err(earnest_app::Error::NotFound) => {
            "No money that left waits under this id; the list above has the ids.".to_owned()
        }
        Err(earnest_app::Error::Conflict { sentence, .. }) => sentence.to_owned(),
        Err(said @ (earnest_app::Error::Invalid(_) | earnest_app::Error::MotionWaits(_))) => said.in_words(),
        Err(other) => return Err(other.into()),
    };
    let page = page(web, who, typed, Some(wrong)).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

fn not_compared(error: NotCompared) -> Problem {
    let back = Link::new(urls::office_differences(), "Comparisons with providers");
    match error {
        NotCompared::Failed(error) => refused(error, back),
        NotCompared::NoProvider => Problem::not_found(),
        other @ (NotCompared::NotYet | NotCompared::NoAnswer(_)) => {
            Problem::refused("not_compared", other.to_string()).near(vec![back])
        }
    }
}
