//! `earnest serve`: bind, say where, answer until told to stop.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use earnest_app::desk::Desk;
use earnest_app::go_live::Gate;
use earnest_app::limit::Limits;
use earnest_app::outside::Clock;
use earnest_app::{App, legal, worker};
use earnest_web::Web;
use earnest_web::health::Check;
use earnest_web::look::Look;
use earnest_web::metrics::Metrics;
use earnest_web::request_id::RequestIds;
use earnest_web::server::{self, Ended};
use earnest_web::site::{LegalLink, Site};
use earnest_web::urls;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

mod demo;

use self::demo::{Demo, People};
use super::Settings;
use super::{catalogue, database};
use crate::config::Config;
use crate::log;
use crate::outside::{SystemClock, key};

/// What one address of the network may try in a minute.
const TRIES: i32 = 3;
const TRIES_IN_A_DEMO: i32 = 300;

/// What is started beside the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nothing.
    Nothing,
    /// A sandbox provider of its own.
    SandboxProvider,
}

pub(crate) fn run(settings: &Settings, beside: Beside) -> anyhow::Result<()> {
    let mut config = settings.read()?;
    log::start(&config.log).context("logging cannot be started")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(&mut config, beside));
    // a connection that outlived the deadline must not hold the process
    runtime.shutdown_background();
    log::flush();
    served
}

async fn serve(config: &mut Config, beside: Beside) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| not_bound(config.listen, &error))?;
    let bound = listener
        .local_addr()
        .context("the address bound to cannot be read")?;
    let demo = match beside {
        Beside::Nothing => None,
        Beside::SandboxProvider => Some(Demo::start(config, as_reached(bound)).await?),
    };
    let clock: Arc<dyn Clock> = match &demo {
        Some(demo) => demo.clock.clone(),
        None => Arc::new(SystemClock),
    };
    let mut app = start(config, clock).await?;
    if let Some(content) = &config.content {
        tracing::info!(content = %content.display(), "your own content is laid over the one that comes along");
    }
    let origin = format!("http://{}", as_reached(bound));
    prepare(config, beside, &mut app.desk).await?;
    key::prepare(config, &mut app.desk).await?;
    let mut site = site(config, &origin);
    site.legal = LegalLink::all(&app.desk.legal);
    app.desk.origin.clone_from(&site.origin);
    app.desk.site_name.clone_from(&site.name);
    let demo = match demo {
        Some(demo) => {
            app.desk.demo_clock = Some(demo.clock.clone());
            let people = demo.people(&app.desk).await?;
            site.demo_people.clone_from(&people.shown);
            Some((demo, people))
        }
        None => None,
    };
    let metrics = Metrics::install().context("the counters cannot be set up")?;
    let web = Web::new(
        site,
        Arc::new(app.clone()),
        RequestIds::new(seed()?),
        metrics,
        ready(&app),
    );
    Running::start(&app, listener, web)?
        .until_told(&app, demo, &origin)
        .await
}

/// A site that answers.
struct Running {
    serving: JoinSet<Ended>,
    /// Ends the answering, as a signal does.
    end: Arc<Notify>,
    /// What the store died of.
    broken: Arc<OnceLock<earnest_store::Error>>,
}

impl Running {
    fn start(app: &App, listener: TcpListener, web: Web) -> anyhow::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let (broken, end) = (Arc::new(OnceLock::new()), Arc::new(Notify::new()));
        let (store, noted, told) = (app.store.clone(), Arc::clone(&broken), Arc::clone(&end));
        let stop = async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                () = told.notified() => {}
                error = store.failed() => drop(noted.set(error)), // There is only this one.
            }
            tracing::info!("stopping: requests under way are finished first");
        };
        let mut serving = JoinSet::new();
        serving.spawn(server::serve(listener, Arc::new(web), stop));
        Ok(Self { serving, end, broken })
    }

    async fn until_told(
        mut self,
        app: &App,
        demo: Option<(Demo, People)>,
        origin: &str,
    ) -> anyhow::Result<()> {
        let (stopping, stopped) = watch::channel(false);
        let mut working = JoinSet::new();
        // the provider of a demo reports to the site, so that its world is made while the site answers
        let begun = tokio::select! {
            begun = begin(app, demo.as_ref(), origin) => Some(begun),
            ended = answered(&mut self.serving) => {
                ended?;
                None
            }
        };
        if let Some(begun) = &begun {
            if begun.is_ok() {
                working.spawn(worker::run(app.desk.clone(), stopped));
            } else {
                self.end.notify_one();
            }
            answered(&mut self.serving).await?;
        }
        finish(stopping, working).await;
        app.store.finish().await;
        // Whoever watches the process is to start it again: only a restart reads the truth from the disk.
        self.broken.get().map_or(Ok(()), |error| Err(error.clone()))?;
        begun.unwrap_or(Ok(()))
    }
}

/// Says where the site is, once a demo has its world.
async fn begin(app: &App, demo: Option<&(Demo, People)>, origin: &str) -> anyhow::Result<()> {
    if let Some((demo, people)) = demo {
        demo.plant(app, people).await?;
    }
    println!("Earnest is at {origin} — press Ctrl-C to stop");
    if let Some((demo, people)) = demo {
        println!(
            "Play the payment provider at {}/control — no real money moves",
            demo.provider.url
        );
        for person in &people.shown {
            let way_in = urls::demo_sign_in(person.email.as_str());
            println!("Come in as {}: {origin}{way_in}", person.label);
        }
    }
    std::io::stdout().flush().unwrap_or_default();
    Ok(())
}

/// Waits for the end of the answering.
async fn answered(serving: &mut JoinSet<Ended>) -> anyhow::Result<()> {
    match serving.join_next().await.transpose()? {
        Some(Ended::Cut(connections)) => {
            tracing::warn!(connections, "stopped: connections were cut at the deadline");
        }
        Some(Ended::Cleanly) | None => tracing::info!("stopped"),
    }
    Ok(())
}

/// Lets the worker finish what it has begun. What takes longer is done again when its lease has run out, under the same key.
async fn finish(stopping: watch::Sender<bool>, mut working: JoinSet<()>) {
    stopping.send_replace(true);
    match tokio::time::timeout(server::GRACE, working.join_next()).await {
        Ok(None | Some(Ok(()))) => {}
        Ok(Some(Err(error))) => tracing::error!(cause = %error, "the worker broke off"),
        Err(_) => tracing::warn!("stopped: a job under way was left to its lease"),
    }
}

/// Content, database and editions, in the order in which they can refuse: nothing is written before the content is
/// known to be right.
async fn start(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<App> {
    let mut catalogue = catalogue::read(config.content.as_deref())?;
    let (store, applied) = database::open(config).await?;
    for step in &applied {
        tracing::info!("the database was brought up to date: {}", step.name);
    }
    let published_at: Arc<dyn Clock> = Arc::new(SystemClock);
    let new = earnest_app::edition::publish(&store, &published_at, &mut catalogue)
        .await
        .map_err(root)?;
    if new > 0 {
        tracing::info!(editions = new, "new editions were published");
    }
    database::app_at(config, store, catalogue, clock)
}

/// Outside a demo real money waits for what must be seen to. The legal texts are kept in the versions in which they are
/// in force from now on.
async fn prepare(config: &Config, beside: Beside, desk: &mut Desk) -> anyhow::Result<()> {
    desk.gate = match beside {
        Beside::Nothing => Gate::Watched,
        Beside::SandboxProvider => Gate::Open,
    };
    let texts = legal::publish(desk, config.legal.clone()).await.map_err(root)?;
    desk.legal = Arc::new(texts);
    desk.limits = Arc::new(Limits::a_minute(tries(config, beside)));
    if config.trusted_proxies.is_empty()
        && config
            .base_url
            .as_ref()
            .is_some_and(|url| url.starts_with("https:"))
    {
        tracing::warn!(
            "base_url has https, so a proxy stands in front, and trusted_proxies does not name it: from this machine nobody's guesses are limited by their address, only by the account they guess at"
        );
    }
    Ok(())
}

/// How much one address of the network may try in a minute. In a demo that only this machine reaches everybody is one
/// address, and several people who come in and out are not yet somebody who guesses.
fn tries(config: &Config, beside: Beside) -> i32 {
    let is_alone = beside == Beside::SandboxProvider && config.listen.ip().is_loopback();
    let usual = if is_alone { TRIES_IN_A_DEMO } else { TRIES };
    config.address_tries.unwrap_or(usual)
}

/// The sentence of the store says what to do; the use case's own adds nothing at the start.
fn root(error: earnest_app::Error) -> anyhow::Error {
    match error {
        earnest_app::Error::Unavailable(cause)
        | earnest_app::Error::Unconfirmed(cause)
        | earnest_app::Error::Broken(cause) => cause.into(),
        other => other.into(),
    }
}

/// What `/ready` asks: would a write get through?
fn ready(app: &App) -> Check {
    let store = app.store.clone();
    Check::new(move || {
        let store = store.clone();
        async move { store.ready().await.map_err(|error| error.to_string()) }
    })
}

fn site(config: &Config, origin: &str) -> Site {
    Site {
        name: config.brand.name.clone(),
        footer: config.brand.footer.clone(),
        disclosure: config.brand.disclosure.clone(),
        email: config.operator_email.clone(),
        origin: config.base_url.clone().unwrap_or_else(|| origin.to_owned()),
        first_reply_hours: config.first_reply_hours,
        legal: Vec::new(),
        look: Look::new(config.brand.accent, config.brand.logo.clone()),
        proxies: config.trusted_proxies.clone(),
        demo_people: Vec::new(),
    }
}

/// An address one can open: "every interface" is not one, this machine is.
pub(super) fn as_reached(bound: SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

fn not_bound(address: SocketAddr, error: &std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow::anyhow!(
            "{address} is taken by another program; stop that one or choose another port with --listen {}:0",
            address.ip()
        ),
        std::io::ErrorKind::PermissionDenied => {
            anyhow::anyhow!("{address} may not be listened on by this user; ports from 1024 may")
        }
        _ => anyhow::anyhow!("{address} cannot be listened on: {error}"),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the binary is where randomness is drawn"
)]
fn seed() -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness from the system: {error}"))?;
    Ok(u64::from_le_bytes(bytes))
}
