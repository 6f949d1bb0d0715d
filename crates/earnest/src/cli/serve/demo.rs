//! `earnest serve --demo`: a sandbox provider as a child, with secrets that nobody else knows, and people who are not real.

mod clock;
mod control;
mod experts;
mod stage;
mod stories;
mod trouble;
mod world;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, bail};
use earnest_app::desk::Desk;
use earnest_app::outside::Randomness;
use earnest_app::{App, account};
use earnest_hire::field::FieldRefusal;
use earnest_hire::hex;
use earnest_hire::person::{Email, Person, Role};
use earnest_web::site::DemoPerson;

use self::clock::{DemoClock, Past};
use crate::config::{Config, SandboxAccess, Secret};
use crate::outside::SystemRandomness;

/// The child. It ends when its standard input does: when this is dropped, and also when this process is killed.
pub(super) struct Provider {
    child: Child,
    pub(super) url: String,
}

/// Who is there from the start: address, name, roles, and how the sign-in page calls them.
const PEOPLE: [(&str, &str, &[Role], &str); 6] = [
    ("clara@demo.example", "Clara Weiss", &[], "Clara Weiss, a client"),
    (
        "emil@demo.example",
        "Emil Sørensen",
        &[],
        "Emil Sørensen, an expert",
    ),
    (
        "olga@demo.example",
        "Olga Brandt",
        &[Role::Owner],
        "Olga Brandt, the operator",
    ),
    // large decisions take two
    (
        "omar@demo.example",
        "Omar Haddad",
        &[Role::Finance],
        "Omar Haddad, a second operator",
    ),
    // an appeal against the two is decided by somebody else
    (
        "mina@demo.example",
        "Mina Okafor",
        &[Role::Finance],
        "Mina Okafor, a third operator",
    ),
    (
        "jonas@demo.example",
        "Jonas Lind",
        &[],
        "Jonas Lind, a client whose contract is on hold",
    ),
];

/// How long the demo's past is, in days.
const PAST_DAYS: i64 = 45;

/// What a demo has beside the site.
pub(super) struct Demo {
    pub(super) provider: Provider,
    pub(super) clock: Arc<DemoClock>,
}

/// Who is there from the start.
pub(super) struct People {
    client: Person,
    expert: Person,
    operator: Person,
    /// For the pages that let anybody come in as one of them.
    pub(super) shown: Vec<DemoPerson>,
}

impl Demo {
    /// Starts the provider, and the clock where it was left.
    pub(super) async fn start(config: &mut Config, site: SocketAddr) -> anyhow::Result<Self> {
        let provider = start(config, site)?;
        std::fs::create_dir_all(&config.data)
            .with_context(|| format!("the folder {} cannot be made", config.data.display()))?;
        let clock = Arc::new(DemoClock::open(&config.data, &provider.url).await?);
        Ok(Self { provider, clock })
    }

    /// Makes the people. In a new database the clock goes back first, so that they have a past.
    pub(super) async fn people(&self, desk: &Desk) -> anyhow::Result<People> {
        let [(email, ..), ..] = PEOPLE;
        let email = address(email)?;
        let known = desk
            .store
            .read(move |mut view| {
                let email = email.clone();
                async move { view.person_of_email(&email).await }
            })
            .await?;
        if known.is_none() && self.clock.past().await == Past::Unmade {
            self.clock.begin(PAST_DAYS).await?;
        }
        people(desk).await
    }

    /// Makes what is missing of the demo's world; the site must answer by now, since the provider reports to it.
    pub(super) async fn plant(&self, app: &App, people: &People) -> anyhow::Result<()> {
        let known = (&people.client, &people.expert, &people.operator);
        experts::plant(&app.desk, &people.expert, &people.operator, self.clock.behind()).await?;
        world::plant(app, &self.clock, &self.provider.url, known).await
    }
}

fn address(text: &str) -> anyhow::Result<Email> {
    text.parse()
        .map_err(|fault: FieldRefusal| anyhow::anyhow!(fault.sentence))
}

/// Makes the people, and says who they are.
async fn people(desk: &Desk) -> anyhow::Result<People> {
    let (mut shown, mut kept) = (Vec::new(), Vec::new());
    for (email, name, roles, label) in PEOPLE {
        let email = address(email)?;
        kept.push(account::appoint(desk, &email, name, &roles.iter().copied().collect()).await?);
        shown.push(DemoPerson {
            email,
            label: label.to_owned(),
        });
    }
    let [client, expert, operator, _second, _third, _on_hold]: [Person; 6] =
        kept.try_into().ok().context("a demo has six people")?;
    Ok(People {
        client,
        expert,
        operator,
        shown,
    })
}

/// Starts it and lets the configuration name it.
fn start(config: &mut Config, site: SocketAddr) -> anyhow::Result<Provider> {
    if config.sandbox.is_some() {
        bail!(
            "--demo starts a sandbox provider of its own; leave it out, or take sandbox.url out of the configuration"
        );
    }
    let randomness = SystemRandomness::new()?;
    let mut drawn = [0; 48];
    randomness.fill(&mut drawn);
    let (of_secret, of_key) = drawn.split_at(24);
    // hexadecimal digits are base64 digits, too: 48 of them are 36 bytes
    let secret = format!("whsec_{}", hex(of_secret));
    let api_key = hex(of_key);
    let program = std::env::current_exe().context("the path of this program is not known")?;
    let mut child = Command::new(program)
        .args([
            "sandbox-provider",
            "--listen",
            "127.0.0.1:0",
            "--until-input-ends",
        ])
        .args(["--secret", &secret, "--api-key", &api_key])
        .args(["--events-to", &format!("http://{site}/providers/sandbox/events")])
        .arg("--data")
        .arg(config.data.join("sandbox-provider"))
        // the settings of the site are none of its own
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("the sandbox provider cannot be started")?;
    let mut line = String::new();
    let output = child.stdout.take().context("the sandbox provider says nothing")?;
    BufReader::new(output)
        .read_line(&mut line)
        .context("the sandbox provider says nothing")?;
    let url = line
        .split_whitespace()
        .find_map(|word| word.strip_suffix("/control"))
        .context("the sandbox provider did not start; its reason stands above")?
        .to_owned();
    config.sandbox = Some(SandboxAccess {
        url: url.clone(),
        api_key: Secret::new(api_key),
        secret: Secret::new(secret),
        account: "acct_sandbox".to_owned(),
    });
    Ok(Provider { child, url })
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            tracing::warn!(cause = %error, "the sandbox provider could not be waited for");
        }
    }
}
