//! `earnest requests`: what people asked for, for the operator.

use clap::{Args, Subcommand, ValueEnum};
use earnest_app::App;
use earnest_app::content::Catalogue;
use earnest_app::request::{Filed, list, show};
use earnest_hire::ids::{Reference, RequestId};
use earnest_hire::request::{Brief, Origin, Request};
use earnest_store::Filter;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Settings, database};

/// What to read.
#[derive(Debug, Subcommand)]
pub(crate) enum Requests {
    /// All requests, the newest first.
    #[command(after_help = "Example:\n  earnest requests list --data /srv/earnest")]
    List(List),
    /// One request in full.
    #[command(
        after_help = "Examples:\n  earnest requests show R-7K3M-Q2XD\n  earnest requests show req_01k0…"
    )]
    Show {
        /// The reference that a person quotes, or the id that `list` prints.
        id: String,
        /// For people or for programs.
        #[arg(long, value_enum, default_value_t = Form::Text)]
        format: Form,
    },
}

/// How much of the list.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: u16,
    /// Those after this id, which the page before ended with.
    #[arg(long, value_name = "ID")]
    after: Option<RequestId>,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
}

/// How it is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    Text,
    /// For programs.
    Json,
}

pub(crate) fn run(settings: &Settings, asked: &Requests) -> anyhow::Result<()> {
    let config = settings.read()?;
    database::wait(async {
        let store = database::open_to_read(&config).await?;
        let app = database::app(&config, store, Catalogue::empty())?;
        match asked {
            Requests::List(asked) => print_list(&app, asked).await,
            Requests::Show { id, format } => {
                let filed = show(&app, id).await.map_err(|error| match error {
                    earnest_app::Error::NotFound => {
                        anyhow::anyhow!("there is no request `{id}`; `earnest requests list` names all")
                    }
                    other => other.into(),
                })?;
                if *format == Form::Json {
                    println!("{}", serde_json::to_string_pretty(&Quoted::new(&filed))?);
                } else {
                    print_whole(&filed);
                }
                Ok(())
            }
        }
    })
}

/// A request with the reference that the person quotes.
#[derive(Serialize)]
struct Quoted<'a> {
    reference: Reference,
    id: RequestId,
    state: Where,
    version: i64,
    brief: &'a Brief,
    origin: &'a Origin,
}

/// How far a request has got.
#[derive(Serialize)]
struct Where {
    /// `submitted`, `open`, `paused`, `matched`, `filled`, `expired` or `canceled`.
    name: &'static str,
    /// When it was sent, however far it has got since.
    at: Timestamp,
}

impl<'a> Quoted<'a> {
    fn new(filed: &'a Filed) -> Self {
        let request = &filed.request;
        Self {
            reference: request.reference(),
            id: request.id,
            state: Where {
                name: filed.stage().name(),
                at: request.submitted_at(),
            },
            version: request.version,
            brief: &request.brief,
            origin: &request.origin,
        }
    }
}

fn quoted(filed: &[Filed]) -> Vec<Quoted<'_>> {
    filed.iter().map(Quoted::new).collect()
}

async fn print_list(app: &App, asked: &List) -> anyhow::Result<()> {
    let page = list(app, Filter::default(), asked.after, asked.limit).await?;
    if asked.format == Form::Json {
        println!(
            "{}",
            serde_json::to_string_pretty(
                &serde_json::json!({"items": quoted(&page.items), "next_cursor": page.next})
            )?
        );
        return Ok(());
    }
    if page.items.is_empty() {
        println!("No request yet. People raise them at /requests/new.");
    }
    for filed in &page.items {
        let request = &filed.request;
        println!(
            "{}  {}  {:<9}  {}  {} ({})",
            request.reference(),
            sent(request),
            filed.stage().name(),
            request.brief.role,
            request.brief.summary,
            request.id
        );
    }
    if let Some(next) = page.next {
        println!("More: earnest requests list --after {next}");
    }
    Ok(())
}

fn sent(request: &Request) -> String {
    request
        .submitted_at()
        .to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%d %H:%M UTC")
        .to_string()
}

fn print_whole(filed: &Filed) {
    let request = &filed.request;
    let brief = &request.brief;
    let line = |name: &str, value: &str| println!("{name:<11}{value}");
    line("Reference", &request.reference().to_string());
    line("Id", &request.id.to_string());
    line("State", filed.stage().name());
    line("Sent", &sent(request));
    line("From", &format!("{} <{}>", brief.name, brief.email));
    line("Needed", &brief.role);
    line("Project", &brief.summary);
    let optional = [
        (
            "Budget",
            brief.budget.as_ref().map(earnest_hire::request::Budget::write),
        ),
        ("Start", brief.start.map(|date| date.to_string())),
        ("Place", brief.place.clone()),
        ("Role page", request.origin.role.clone()),
        ("Comparison", request.origin.comparison.clone()),
        ("Edition", request.origin.edition.clone()),
        ("Settings", request.origin.query.clone()),
        ("Verdict", request.origin.verdict.clone()),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            line(name, &value);
        }
    }
    if let Some(details) = &brief.details {
        println!("\n{details}");
    }
}
