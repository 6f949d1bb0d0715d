//! `earnest config`: is it right, and where does each value come from.

use anyhow::{anyhow, bail};
use clap::Subcommand;
use earnest_app::content::Catalogue;
use earnest_app::go_live::{self, Finding};
use earnest_store::Error as StoreError;

use super::{Settings, database};
use crate::config::{Config, Password};
use crate::outside::key;
use crate::outside::mail::smtp::password_in;

/// Two ways to look at the configuration.
#[derive(Debug, Subcommand)]
pub(crate) enum Configuration {
    /// Report all mistakes at once, each with its place, and what is missing before real money moves.
    #[command(after_help = "Example:\n  earnest config check --config /etc/earnest.toml")]
    Check,
    /// Print every key with its value and where it came from; secrets as ***.
    #[command(after_help = "Example:\n  EARNEST_LISTEN=[::]:80 earnest config show")]
    Show,
}

pub(crate) fn run(settings: &Settings, asked: &Configuration) -> anyhow::Result<()> {
    if matches!(asked, Configuration::Show) {
        for (key, text, origin) in settings.sources()?.shown() {
            let text = if text.is_empty() {
                "(not set)".to_owned()
            } else {
                text
            };
            println!("{:<18} {text:<34} {origin}", key.name);
        }
    }
    let config = settings.read()?;
    if matches!(asked, Configuration::Check) {
        files(&config)?;
        println!("The configuration is right.");
        database::wait(go_live(config))?;
    }
    Ok(())
}

/// Files that are named and read only when they are needed; all that is wrong with them. A key file that is not there yet
/// is made by `serve`.
fn files(config: &Config) -> anyhow::Result<()> {
    let mut wrong = Vec::new();
    let account = config.mail.as_ref().and_then(|mail| mail.account.as_ref());
    if let Some(Password::File(path)) = account.map(|account| &account.password) {
        wrong.extend(password_in(path).err());
    }
    if let Err(error) = key::read(&key::path(config)) {
        wrong.push(format!("{error:#}"));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!(
        "the configuration names what cannot be used:\n  {}",
        wrong.join("\n  ")
    )
}

/// The list of the office, as far as a database is there that knows of it.
async fn go_live(config: Config) -> anyhow::Result<()> {
    let store = match database::open_to_read(&config).await {
        Ok(store) => store,
        Err(error) => {
            return match error.downcast_ref() {
                Some(StoreError::Missing { .. }) => {
                    println!(
                        "There is no database yet; `earnest serve` makes it. Then this command says what is missing before real money moves."
                    );
                    Ok(())
                }
                _ => Err(error),
            };
        }
    };
    let app = database::app(&config, store, Catalogue::empty())?;
    let mut desk = app.desk;
    desk.legal = config.legal.clone().into();
    let checks = go_live::checks(&desk)
        .await
        .map_err(|error| anyhow!(error.chain()))?;
    println!("Before real money moves:");
    for check in checks {
        match check.finding {
            Finding::Done(says) => println!("  done     {}: {says}", check.item.label()),
            Finding::Missing(says) => println!("  missing  {}: {says}", check.item.label()),
        }
    }
    Ok(())
}
