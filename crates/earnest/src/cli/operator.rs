//! `earnest operator`: who works in the office.

use anyhow::anyhow;
use clap::{Subcommand, ValueEnum};
use earnest_app::content::Catalogue;
use earnest_app::payee::Confirmed;
use earnest_app::{account, operator, seal, second_factor};
use earnest_hire::ids::PersonId;
use earnest_hire::person::{Email, Role, Roles};
use jiff::SignedDuration;

use super::{Settings, database};
use crate::config::Config;
use crate::outside::key;

/// How long the link that is printed opens the office.
const LINK_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// What to do about operators.
#[derive(Debug, Subcommand)]
pub(crate) enum Operator {
    /// Let somebody into the office, or change what they may do there; prints a link that signs them in once.
    #[command(after_help = "Example:\n  earnest operator add olga@example.org --name Olga --role owner")]
    Add {
        /// Their address; it need not have an account.
        #[arg(value_parser = email)]
        email: Email,
        /// What they are called, if the address has no account yet.
        #[arg(long)]
        name: Option<String>,
        /// What they may do; may be given several times.
        #[arg(long = "role", value_enum, default_values_t = [Duty::Owner])]
        roles: Vec<Duty>,
    },
    /// Take away all that somebody may do in the office; it stands in their record. While the site runs on SQLite, an owner
    /// does it on the site, under People.
    #[command(
        after_help = "Example:\n  earnest operator remove olga@example.org --operator per_01k… --why \"Has left the firm.\""
    )]
    Remove {
        /// Whose.
        #[arg(value_parser = email)]
        email: Email,
        /// Who decides this; an owner, and not the same person.
        #[arg(long, value_name = "PERSON")]
        operator: PersonId,
        /// Why; the person reads it.
        #[arg(long)]
        why: String,
    },
    /// Take away the second factor of somebody who has lost it and their recovery codes; it stands in their record.
    #[command(
        after_help = "Be sure who it is by another way than mail.\n\nExample:\n  earnest operator forget-second-factor emil@example.org --operator per_01k…"
    )]
    ForgetSecondFactor {
        /// Whose.
        #[arg(value_parser = email)]
        email: Email,
        /// Who decides this; somebody with a role.
        #[arg(long, value_name = "PERSON")]
        operator: PersonId,
    },
    /// The key for second factors is lost: take away all that it sealed, so that the next start makes another key.
    #[command(
        after_help = "Stop the site first. Whoever had a second factor sets up another one; it stands in their record. Recovery codes of theirs are gone, too.\n\nExample:\n  earnest operator give-up-second-factor-key --operator per_01k…"
    )]
    GiveUpSecondFactorKey {
        /// Who decides this; somebody with a role.
        #[arg(long, value_name = "PERSON")]
        operator: PersonId,
    },
}

/// A role in the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Duty {
    /// Requests, experts, messages.
    Support,
    /// Disputes, holds, payouts, reconciliation.
    Finance,
    /// Content.
    Editor,
    /// Everything.
    Owner,
}

impl Duty {
    fn role(self) -> Role {
        match self {
            Self::Support => Role::Support,
            Self::Finance => Role::Finance,
            Self::Editor => Role::Editor,
            Self::Owner => Role::Owner,
        }
    }
}

pub(super) fn email(text: &str) -> Result<Email, String> {
    text.parse()
        .map_err(|fault: earnest_hire::field::FieldRefusal| fault.sentence)
}

pub(crate) fn run(settings: &Settings, asked: &Operator) -> anyhow::Result<()> {
    let config = settings.read()?;
    let (email, name, roles) = match asked {
        Operator::Add { email, name, roles } => (email, name, roles),
        Operator::Remove { email, operator, why } => return remove(&config, email, *operator, why),
        Operator::ForgetSecondFactor { email, operator } => return forget(&config, email, *operator),
        Operator::GiveUpSecondFactorKey { operator } => return give_up(&config, *operator),
    };
    database::wait(async {
        let store = database::open_beside(&config, "operator add").await?;
        let app = database::app(&config, store, Catalogue::empty())?;
        let roles: Roles = roles.iter().map(|duty| duty.role()).collect();
        let name = name.as_deref().unwrap_or(email.local_part());
        let person = account::appoint(&app.desk, email, name, &roles).await?;
        let token = account::make_link(&app.desk, email, LINK_LASTS)
            .await
            .map_err(|error| anyhow!(error.chain()))?;
        println!(
            "{} ({}, {}) may now act as {}.",
            person.name, person.email, person.id, person.roles
        );
        println!("This link signs them in once, within a day of now:");
        println!("  {}/sign-in/{token}", app.desk.origin);
        app.store.finish().await;
        Ok(())
    })
}

fn remove(config: &Config, email: &Email, by: PersonId, why: &str) -> anyhow::Result<()> {
    database::wait(async {
        let store = database::open_beside(config, "operator remove").await?;
        let app = database::app(config, store, Catalogue::empty())?;
        let person = account::of_email(&app.desk, email)
            .await?
            .ok_or_else(|| anyhow!("{email} has no account"))?;
        match operator::dismiss(&app.desk, (by, Confirmed::Yes), person.id, why).await {
            Ok(roles) => println!("{} ({email}) may no longer act as {roles}.", person.name),
            Err(earnest_app::Error::NotFound) => return Err(anyhow!("{by} is no owner")),
            Err(other) => return Err(anyhow!(other.in_words())),
        }
        app.store.finish().await;
        Ok(())
    })
}

fn give_up(config: &Config, operator: PersonId) -> anyhow::Result<()> {
    database::wait(async {
        let store = database::open_beside(config, "operator give-up-second-factor-key").await?;
        let mut app = database::app(config, store, Catalogue::empty())?;
        app.desk.sealing = key::read(&key::path(config))?.unwrap_or_default();
        match seal::give_up(&app.desk, operator).await {
            Ok(lost) => println!(
                "{lost} second factors were taken away. The next start makes a key, or takes the one that is there."
            ),
            Err(earnest_app::Error::NotFound) => {
                return Err(anyhow!("{operator} has no role in the office"));
            }
            Err(other) => return Err(anyhow!(other.chain())),
        }
        app.store.finish().await;
        Ok(())
    })
}

fn forget(config: &Config, email: &Email, operator: PersonId) -> anyhow::Result<()> {
    database::wait(async {
        let store = database::open_beside(config, "operator forget-second-factor").await?;
        let app = database::app(config, store, Catalogue::empty())?;
        match second_factor::forget(&app.desk, email, operator).await {
            Ok(()) => println!("{email} can set up another second factor now."),
            Err(earnest_app::Error::NotFound) => {
                return Err(anyhow!(
                    "{email} has no account, or {operator} no role in the office"
                ));
            }
            Err(other) => return Err(anyhow!(other.chain())),
        }
        app.store.finish().await;
        Ok(())
    })
}
