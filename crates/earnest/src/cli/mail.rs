//! `earnest mail`: does the way to the mail server work, and what could not be sent.

use anyhow::{anyhow, bail};
use clap::Subcommand;
use earnest_app::App;
use earnest_app::content::Catalogue;
use earnest_app::mail;
use earnest_hire::person::Email;
use earnest_store::Store;

use super::operator::email;
use super::{Settings, database};
use crate::config::Config;

/// What to do about mail.
#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// Send one letter now, and say what went wrong. Nothing is kept; the site may run.
    #[command(after_help = "Example:\n  earnest mail test olga@example.org")]
    Test {
        /// Who gets it.
        #[arg(value_parser = email)]
        to: Email,
    },
    /// Letters that were given up, the latest first.
    #[command(after_help = "Example:\n  earnest mail list")]
    List,
    /// Let a letter that was given up be tried again.
    #[command(after_help = "Example:\n  earnest mail resend mai_01k…")]
    Resend {
        /// As `list` prints it.
        id: String,
    },
}

pub(crate) fn run(settings: &Settings, asked: &Mail) -> anyhow::Result<()> {
    let config = settings.read()?;
    database::wait(async {
        match asked {
            Mail::Test { to } => test(&config, to).await,
            Mail::List => list(&config).await,
            Mail::Resend { id } => resend(&config, id).await,
        }
    })
}

async fn test(config: &Config, to: &Email) -> anyhow::Result<()> {
    if config.mail.is_none() {
        bail!(
            "mail.host is not set: letters are files in {}, which nobody gets",
            config.data.join("mail").display()
        );
    }
    let app = app(config, database::open_to_read(config).await?)?;
    let letter = mail::test_letter(&app.desk, to);
    let server = app.desk.mailer.server().unwrap_or_default();
    app.desk.mailer.send(&letter).await?;
    println!("{server} has taken a letter to {to}. Look whether it arrives, and whether as spam.");
    Ok(())
}

async fn list(config: &Config) -> anyhow::Result<()> {
    let app = app(config, database::open_to_read(config).await?)?;
    let lost = mail::given_up(&app.desk)
        .await
        .map_err(|error| anyhow!(error.chain()))?;
    if lost.is_empty() {
        println!("No letter was given up.");
        return Ok(());
    }
    for one in &lost {
        println!(
            "{}  of {}  tried {} times  {}",
            one.id, one.at, one.attempts, one.subject
        );
        println!("    {}", one.why);
    }
    println!("When the cause is mended: earnest mail resend ID");
    Ok(())
}

async fn resend(config: &Config, id: &str) -> anyhow::Result<()> {
    let app = app(config, database::open_beside(config, "mail resend").await?)?;
    if let Err(error) = mail::send_again(&app.desk, id).await {
        match error {
            earnest_app::Error::NotFound | earnest_app::Error::Conflict { .. } => {
                bail!("there is no letter `{id}` that was given up; `earnest mail list` names all")
            }
            other => bail!(other.chain()),
        }
    }
    println!("{id} is tried again by the site.");
    app.store.finish().await;
    Ok(())
}

fn app(config: &Config, store: Store) -> anyhow::Result<App> {
    database::app(config, store, Catalogue::empty())
}
