//! `earnest events`: what providers told and could not be applied.

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use earnest_app::outside::Clock;
use earnest_store::{EventState, ProviderEventRow};
use serde_json::{Value, json};

use super::jobs::read;
use super::{Settings, database};
use crate::config::Config;
use crate::outside::SystemClock;

/// So many are shown.
const SHOWN: u16 = 200;

/// What to do about events of providers.
#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Events that wait for something else, or that could not be applied.
    #[command(after_help = "Example:\n  earnest events list --state broken")]
    List {
        /// Which: refused ones contradict the books or name nothing of ours, broken ones meet a fault and are tried again
        /// by themselves, waiting ones need another event first [default: broken and refused].
        #[arg(long, value_enum)]
        state: Option<State>,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Have an event tried again at once, when what kept it from being applied is mended.
    #[command(after_help = "Example:\n  earnest events retry sandbox evt_000007c0ffee")]
    Retry {
        /// The provider, as `list` prints it.
        provider: String,
        /// The provider's name of the event, as `list` prints it.
        event: String,
    },
}

/// Where an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    Waiting,
    Refused,
    Broken,
}

/// An event with where it is and why.
struct Shown {
    state: EventState,
    event: ProviderEventRow,
    why: Option<String>,
}

pub(crate) fn run(settings: &Settings, asked: &Events) -> anyhow::Result<()> {
    let config = settings.read()?;
    match asked {
        Events::List { state, json } => {
            let states = match state {
                Some(State::Waiting) => vec![EventState::Waiting],
                Some(State::Refused) => vec![EventState::Refused],
                Some(State::Broken) => vec![EventState::Broken],
                None => vec![EventState::Broken, EventState::Refused],
            };
            let events = found(&config, states)?;
            if *json {
                let items: Vec<Value> = events.iter().map(item).collect();
                println!("{}", serde_json::to_string_pretty(&json!({ "items": items }))?);
            } else {
                list(&events);
            }
            Ok(())
        }
        Events::Retry { provider, event } => database::wait(retry(&config, provider, event)),
    }
}

fn found(config: &Config, states: Vec<EventState>) -> anyhow::Result<Vec<Shown>> {
    read(config, move |app| async move {
        let mut all = Vec::new();
        for state in states {
            let events = app
                .desk
                .store
                .read(move |mut view| async move { view.events(state, SHOWN).await });
            let events = events.await?.into_iter();
            all.extend(events.map(|(event, why)| Shown { state, event, why }));
        }
        Ok(all)
    })
}

fn item(one: &Shown) -> Value {
    let event = &one.event;
    json!({
        "provider": event.provider, "event_id": event.event_id, "kind": event.kind, "at": event.at,
        "received_at": event.received_at, "state": one.state.name(), "refusal": one.why,
        "body": serde_json::from_str::<Value>(&event.body).unwrap_or_default(),
    })
}

fn list(events: &[Shown]) {
    if events.is_empty() {
        println!("No event is in that state.");
    }
    for one in events {
        let (event, state) = (&one.event, one.state.name());
        println!(
            "{} {}  {}  {}  {state}: {}",
            event.provider,
            event.event_id,
            event.kind,
            event.at,
            one.why.as_deref().unwrap_or("it waits for something else")
        );
        println!("    {}", event.body);
    }
    if !events.is_empty() {
        println!("When the cause is mended: earnest events retry PROVIDER EVENT");
    }
}

async fn retry(config: &Config, provider: &str, event: &str) -> anyhow::Result<()> {
    let store = database::open_beside(config, "events retry").await?;
    let now = SystemClock.now();
    if store
        .retry_event(provider.to_owned(), event.to_owned(), now)
        .await?
    {
        println!("{event} of {provider} is tried again by the next worker that looks.");
        store.finish().await;
        return Ok(());
    }
    bail!(
        "there is no event `{event}` of `{provider}` that is still to be applied; `earnest events list` names all"
    )
}
