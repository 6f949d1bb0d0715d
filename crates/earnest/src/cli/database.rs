//! Opening the database for a command, and running what a command does with it.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use earnest_app::App;
use earnest_app::content::Catalogue;
use earnest_app::desk::{Desk, Providers};
use earnest_app::outside::mail::Mailer;
use earnest_app::outside::payments::PaymentProvider;
use earnest_app::outside::payments::bank::BankProvider;
use earnest_app::outside::{Clock, Randomness, signature};
use earnest_store::{Applied, Error as StoreError, Store};
use earnest_web::urls;

use crate::config::{Config, Place, SandboxAccess, Secret};
use crate::outside::mail::FolderMailer;
use crate::outside::mail::smtp::SmtpMailer;
use crate::outside::payments::sandbox::{Connection, SandboxProvider};
use crate::outside::webhook::Dialler;
use crate::outside::{SystemClock, SystemRandomness};

/// How long a provider may take to answer a call; much less than the lease of a job.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Runs something asynchronous to its end, on this thread.
pub(crate) fn wait<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Opens the database to write and brings it up to date: a file for this process alone, a server beside others.
pub(crate) async fn open(config: &Config) -> anyhow::Result<(Store, Vec<Applied>)> {
    let store = match config.database() {
        Place::File(path) => Store::open(&path)?,
        Place::Server(address) => {
            let connected = Store::connect(address.expose(), config.database_statements).await;
            connected.with_context(|| at(&address))?
        }
    };
    let applied = store.migrate(SystemClock.now()).await?;
    Ok((store, applied))
}

/// As [`open`], for a command that is given while a site may run from the same database. A file has one writer: whoever
/// has it, the site, does most of this on a page, which needs no stop.
pub(crate) async fn open_beside(config: &Config, command: &str) -> anyhow::Result<Store> {
    let opened = open(config).await;
    let opened = opened.map_err(|error| match error.downcast_ref() {
        Some(StoreError::InUse { .. }) => error.context(beside(config, command)),
        _ => error,
    });
    Ok(opened?.0)
}

fn beside(config: &Config, command: &str) -> String {
    let says = format!("`earnest {command}` writes to the database, and a file has one writer");
    let stop = "stop the site, give the command again, and start the site (beside a site on PostgreSQL it works at once)";
    match page_of(command) {
        Some(page) => {
            format!(
                "{says}: the running site does the same at {}{page}; or {stop}",
                origin(config)
            )
        }
        None => format!("{says}: {stop}"),
    }
}

/// Where the site does what a command does.
fn page_of(command: &str) -> Option<&'static str> {
    Some(match command {
        "jobs resend" => urls::office_jobs(),
        "events retry" => urls::office_events(),
        "motions second" | "motions drop" => urls::office_motions(),
        "bank import" | "bank assign" | "bank return" | "bank move" => urls::office_receipts(),
        "bank explain" | "reconcile --repair" => urls::office_differences(),
        "mail resend" => urls::office_letters(),
        "experts import" => urls::office_import(),
        _ => return None,
    })
}

/// The address that people use.
fn origin(config: &Config) -> String {
    let listens = || format!("http://{}", config.listen);
    config.base_url.clone().unwrap_or_else(listens)
}

/// Opens a database that is up to date, to look at it.
pub(crate) async fn open_to_read(config: &Config) -> anyhow::Result<Store> {
    open_by(config, Store::open_to_read).await
}

/// The same, to name what is damaged in it.
pub(crate) async fn open_to_verify(config: &Config) -> anyhow::Result<Store> {
    open_by(config, Store::open_to_verify).await
}

async fn open_by(
    config: &Config,
    open: fn(&Path) -> Result<Store, earnest_store::Error>,
) -> anyhow::Result<Store> {
    match config.database() {
        Place::File(path) => Ok(open(&path)?),
        Place::Server(address) => {
            let connected = Store::connect_to_read(address.expose(), config.database_statements).await;
            connected.with_context(|| at(&address))
        }
    }
}

/// The file of the database, for what can be done to files only.
pub(crate) fn file(config: &Config, instead: &str) -> anyhow::Result<PathBuf> {
    match config.database() {
        Place::File(path) => Ok(path),
        Place::Server(_) => {
            anyhow::bail!("the database is on a PostgreSQL server, which has its own tools: {instead}")
        }
    }
}

/// Which server, without user and password.
fn at(address: &Secret) -> String {
    let whole = address.expose();
    let (_, rest) = whole
        .rsplit_once('@')
        .unwrap_or(whole.split_once("://").unwrap_or(("", whole)));
    let place = rest.split('?').next().unwrap_or_default();
    format!("the database at {place}")
}

/// What use cases need, over a store that is open.
pub(crate) fn app(config: &Config, store: Store, catalogue: Catalogue) -> anyhow::Result<App> {
    app_at(config, store, catalogue, Arc::new(SystemClock))
}

/// As [`app`], by another clock than the machine's.
pub(crate) fn app_at(
    config: &Config,
    store: Store,
    catalogue: Catalogue,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<App> {
    let randomness = Arc::new(SystemRandomness::new()?);
    let desk = desk(config, store.clone(), clock.clone(), randomness.clone())?;
    Ok(App {
        store,
        catalogue: Arc::new(catalogue),
        clock,
        randomness,
        currency: config.currency,
        desk,
    })
}

/// What contracts and money are worked with, as the configuration says: limits, providers, the currency.
pub(crate) fn desk(
    config: &Config,
    store: Store,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
) -> anyhow::Result<Desk> {
    let mut desk = Desk::new(store, clock, randomness);
    desk.providers = Arc::new(providers(config, &desk)?);
    desk.currency = config.currency;
    desk.mode = config.hire_mode;
    desk.client_limit = config.client_limit.unwrap_or(desk.client_limit);
    desk.terms.clone_from(&config.terms.usual);
    desk.known_clearance_days = config.terms.known_clearance_days;
    desk.site_name.clone_from(&config.brand.name);
    desk.mailer = mailer(config)?;
    desk.receiver_allowed = config.webhook_receiver;
    desk.postman = Arc::new(Dialler::new(config.webhook_receiver)?);
    desk.origin = origin(config);
    Ok(desk)
}

fn mailer(config: &Config) -> anyhow::Result<Arc<dyn Mailer>> {
    let operator = config.operator_email.clone();
    if let Some(access) = &config.mail {
        return Ok(Arc::new(SmtpMailer::new(access.clone(), operator.as_deref())?));
    }
    let from = operator.as_deref().unwrap_or("earnest@localhost");
    let sender = (config.brand.name.as_str(), from);
    let folder = FolderMailer::new(config.data.join("mail"), sender, &origin(config))?;
    Ok(Arc::new(folder))
}

/// Those that the configuration names.
fn providers(config: &Config, desk: &Desk) -> anyhow::Result<Providers> {
    let mut providers = Providers::new();
    if let Some(account) = &config.bank {
        let bank = BankProvider::new(
            desk.store.clone(),
            desk.clock.clone(),
            account.holder.clone(),
            config.currency,
        );
        let bank = bank.at(account.iban.clone());
        providers.insert(bank.name().to_owned(), Arc::new(bank));
    }
    if let Some(access) = &config.sandbox {
        let provider: Arc<dyn PaymentProvider> = Arc::new(sandbox(access)?);
        providers.insert(provider.name().to_owned(), provider);
    }
    Ok(providers)
}

fn sandbox(access: &SandboxAccess) -> anyhow::Result<SandboxProvider> {
    let secret = signature::Secret::read(access.secret.expose()).context("sandbox.secret")?;
    SandboxProvider::new(Connection {
        base_url: access.url.clone(),
        api_key: access.api_key.expose().to_owned(),
        secrets: vec![secret],
        account: access.account.clone(),
        answer_within: ANSWER_WITHIN,
    })
    .map_err(anyhow::Error::msg)
    .context("sandbox.url")
}
