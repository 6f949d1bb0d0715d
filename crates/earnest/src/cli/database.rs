//! Opening the database for a command, and running what a command does with it.

use std::future::Future;
use std::sync::Arc;

use earnest_app::App;
use earnest_app::content::Catalogue;
use earnest_store::{Applied, Store};

use crate::config::Config;
use crate::outside::{SystemClock, SystemRandomness};
use earnest_app::outside::Clock;

/// Runs something asynchronous to its end, on this thread.
pub(crate) fn wait<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Opens the database alone for this process and brings it up to date.
pub(crate) async fn open(config: &Config) -> anyhow::Result<(Store, Vec<Applied>)> {
    let store = Store::open(&config.database_file())?;
    let applied = store.migrate(SystemClock.now()).await?;
    Ok((store, applied))
}

/// What use cases need, over a store that is open.
pub(crate) fn app(config: &Config, store: Store, catalogue: Catalogue) -> anyhow::Result<App> {
    Ok(App {
        store,
        catalogue: Arc::new(catalogue),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness::new()?),
        currency: config.currency,
    })
}
