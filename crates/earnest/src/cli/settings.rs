//! The flags that every command takes: where the configuration file is, and one flag per key.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::config::{Config, Sources};

const USUAL_FILE: &str = "earnest.toml";

/// Flags are text here and checked with everything else, so that all mistakes are reported together.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Settings {
    /// The configuration file [default: earnest.toml, if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the site answers [default: 127.0.0.1:8080]; port 0 takes any free one.
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where everything that must survive is kept [default: ./earnest-data].
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// Another database file than earnest.db in the data directory, or `postgres://user:password@host/name`.
    #[arg(long, global = true, value_name = "FILE|ADDRESS")]
    database: Option<String>,
    /// prepared, or unnamed behind a pooler such as pgbouncer [default: prepared].
    #[arg(long, global = true, value_name = "HOW", hide_short_help = true)]
    database_statements: Option<String>,
    /// Your own content, laid over what comes with the program.
    #[arg(long, global = true, value_name = "DIR")]
    content: Option<String>,
    /// The address people use, such as `https://hire.example`.
    #[arg(long, global = true, value_name = "URL")]
    base_url: Option<String>,
    /// Proxies in front that say where a request comes from, such as 127.0.0.1.
    #[arg(long, global = true, value_name = "NETWORKS", hide_short_help = true)]
    trusted_proxies: Option<String>,
    /// How many guesses one address may make at once and again in each minute [default: 3].
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true)]
    address_tries: Option<String>,
    /// The file with the key for second factors [default: second-factor.key in the data directory].
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    second_factor_key: Option<String>,
    /// The name of the site [default: Earnest].
    #[arg(long, global = true, value_name = "TEXT", hide_short_help = true)]
    brand_name: Option<String>,
    /// Your own line in the footer.
    #[arg(long, global = true, value_name = "TEXT", hide_short_help = true)]
    brand_footer: Option<String>,
    /// One sentence on who earns from this site.
    #[arg(long, global = true, value_name = "TEXT", hide_short_help = true)]
    brand_disclosure: Option<String>,
    /// Your logo, an SVG or PNG.
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    brand_logo: Option<String>,
    /// The colour of buttons and marks, such as #0b4a3a.
    #[arg(long, global = true, value_name = "COLOUR", hide_short_help = true)]
    brand_accent: Option<String>,
    /// The same in the dark theme.
    #[arg(long, global = true, value_name = "COLOUR", hide_short_help = true)]
    brand_accent_dark: Option<String>,
    /// Where your legal texts are.
    #[arg(long, global = true, value_name = "DIR", hide_short_help = true)]
    legal_folder: Option<String>,
    /// Where people reach you.
    #[arg(long, global = true, value_name = "ADDRESS", hide_short_help = true)]
    operator_email: Option<String>,
    /// The mail server that letters are handed to.
    #[arg(long, global = true, value_name = "HOST", hide_short_help = true)]
    mail_host: Option<String>,
    /// Its port [default: by mail.security].
    #[arg(long, global = true, value_name = "PORT", hide_short_help = true)]
    mail_port: Option<String>,
    /// tls, starttls or none [default: tls].
    #[arg(long, global = true, value_name = "HOW", hide_short_help = true)]
    mail_security: Option<String>,
    /// As whom to sign in there.
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    mail_user: Option<String>,
    /// The password; others on this machine can read flags, so better a file.
    #[arg(long, global = true, value_name = "PASSWORD", hide_short_help = true)]
    mail_password: Option<String>,
    /// A file whose first line is the password.
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    mail_password_file: Option<String>,
    /// Which address letters come from [default: operator.email].
    #[arg(long, global = true, value_name = "ADDRESS", hide_short_help = true)]
    mail_from: Option<String>,
    /// Which name letters come from [default: brand.name].
    #[arg(long, global = true, value_name = "TEXT", hide_short_help = true)]
    mail_sender: Option<String>,
    /// text or json [default: text].
    #[arg(long, global = true, value_name = "FORMAT", hide_short_help = true)]
    log_format: Option<String>,
    /// error, warn, info, debug or trace [default: info].
    #[arg(long, global = true, value_name = "LEVEL", hide_short_help = true)]
    log_level: Option<String>,
    /// The currency of budgets [default: USD].
    #[arg(long, global = true, value_name = "CODE", hide_short_help = true)]
    currency: Option<String>,
    /// Within how many hours you promise a first reply [default: 24].
    #[arg(long, global = true, value_name = "HOURS", hide_short_help = true)]
    first_reply_hours: Option<String>,
    /// open, or managed where you propose experts [default: open].
    #[arg(long, global = true, value_name = "MODE", hide_short_help = true)]
    hire_mode: Option<String>,
    /// Up to which sum a client may have milestones funded at once, in units of the currency [default: no limit].
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true)]
    client_limit: Option<String>,
    /// What clients pay on top of a price, in hundredths of a percent [default: 0].
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true)]
    fees_client: Option<String>,
    /// What clients pay on top of that with each payment, in the smallest unit [default: 0].
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true)]
    fees_client_fixed: Option<String>,
    /// What is taken of a release, in hundredths of a percent [default: 1000].
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true)]
    fees_expert: Option<String>,
    /// What is taken on top of that of each payment, in the smallest unit [default: 0].
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true)]
    fees_expert_fixed: Option<String>,
    /// The tax on fees, in hundredths of a percent [default: 0].
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true)]
    fees_tax: Option<String>,
    /// To whom that tax is owed [default: none].
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    fees_tax_jurisdiction: Option<String>,
    /// What is taken once of what is in dispute, in the smallest unit [default: 0].
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true)]
    fees_dispute: Option<String>,
    /// Who bears a chargeback of approved work: operator or expert [default: operator].
    #[arg(long, global = true, value_name = "WHO", hide_short_help = true)]
    terms_liability: Option<String>,
    /// Days until what came by transfer can be paid out [default: 0].
    #[arg(long, global = true, value_name = "DAYS", hide_short_help = true)]
    terms_clearance_bank: Option<String>,
    /// Days until what a known client paid by card can be paid out [default: 2].
    #[arg(long, global = true, value_name = "DAYS", hide_short_help = true)]
    terms_clearance_known: Option<String>,
    /// Days until what any other client paid by card can be paid out [default: 5].
    #[arg(long, global = true, value_name = "DAYS", hide_short_help = true)]
    terms_clearance_new: Option<String>,
    /// Above which sum two operators decide, in units of the currency [default: 1000].
    #[arg(long, global = true, value_name = "NUMBER", hide_short_help = true)]
    terms_second_operator_above: Option<String>,
    /// Where a sandbox provider runs.
    #[arg(long, global = true, value_name = "URL", hide_short_help = true)]
    sandbox_url: Option<String>,
    /// Its --api-key; others on this machine can read flags, so better a file or a variable.
    #[arg(long, global = true, value_name = "KEY", hide_short_help = true)]
    sandbox_api_key: Option<String>,
    /// Its --secret; as above.
    #[arg(long, global = true, value_name = "SECRET", hide_short_help = true)]
    sandbox_secret: Option<String>,
    /// Its --account [default: `acct_sandbox`].
    #[arg(long, global = true, value_name = "ACCOUNT", hide_short_help = true)]
    sandbox_account: Option<String>,
    /// The name on your bank account, for transfers.
    #[arg(long, global = true, value_name = "TEXT", hide_short_help = true)]
    bank_holder: Option<String>,
    /// Its IBAN.
    #[arg(long, global = true, value_name = "IBAN", hide_short_help = true)]
    bank_iban: Option<String>,
    /// The one receiver of webhooks that may be on this machine.
    #[arg(long, global = true, value_name = "ADDRESS", hide_short_help = true)]
    webhook_receiver: Option<String>,
}

impl Settings {
    /// The flag alone, for a program that is not the site.
    pub(crate) fn listen(&self) -> Option<&str> {
        self.listen.as_deref()
    }

    /// The flag alone, for a program that is not the site.
    pub(crate) fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// Gathers file, environment and flags; the only place that reads them.
    pub(crate) fn sources(&self) -> anyhow::Result<Sources> {
        let sources = match &self.config {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
                Sources::default().file(&path.display().to_string(), &text)
            }
            None => usual_file()?,
        };
        let variables = std::env::vars_os().map(|(name, text)| {
            (
                name.to_string_lossy().into_owned(),
                text.to_string_lossy().into_owned(),
            )
        });
        Ok(sources.variables(variables).flags(self.flags()))
    }

    /// The configuration; all mistakes in one error, a line each.
    pub(crate) fn read(&self) -> anyhow::Result<Config> {
        self.sources()?.read().map_err(|mistakes| {
            let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            match lines.as_slice() {
                [one] => anyhow::anyhow!("the configuration has one mistake to correct: {one}"),
                all => anyhow::anyhow!(
                    "the configuration has {} mistakes to correct:\n  {}",
                    all.len(),
                    all.join("\n  ")
                ),
            }
        })
    }

    fn flags(&self) -> impl Iterator<Item = (&'static str, String)> {
        [
            ("listen", &self.listen),
            ("data", &self.data),
            ("database", &self.database),
            ("database_statements", &self.database_statements),
            ("content", &self.content),
            ("base_url", &self.base_url),
            ("trusted_proxies", &self.trusted_proxies),
            ("address_tries", &self.address_tries),
            ("second_factor_key", &self.second_factor_key),
            ("brand.name", &self.brand_name),
            ("brand.footer", &self.brand_footer),
            ("brand.disclosure", &self.brand_disclosure),
            ("brand.logo", &self.brand_logo),
            ("brand.accent", &self.brand_accent),
            ("brand.accent_dark", &self.brand_accent_dark),
            ("legal.folder", &self.legal_folder),
            ("operator.email", &self.operator_email),
            ("mail.host", &self.mail_host),
            ("mail.port", &self.mail_port),
            ("mail.security", &self.mail_security),
            ("mail.user", &self.mail_user),
            ("mail.password", &self.mail_password),
            ("mail.password_file", &self.mail_password_file),
            ("mail.from", &self.mail_from),
            ("mail.sender", &self.mail_sender),
            ("log.format", &self.log_format),
            ("log.level", &self.log_level),
            ("currency", &self.currency),
            ("first_reply_hours", &self.first_reply_hours),
            ("hire.mode", &self.hire_mode),
            ("client_limit", &self.client_limit),
            ("fees.client", &self.fees_client),
            ("fees.client_fixed", &self.fees_client_fixed),
            ("fees.expert", &self.fees_expert),
            ("fees.expert_fixed", &self.fees_expert_fixed),
            ("fees.tax", &self.fees_tax),
            ("fees.tax_jurisdiction", &self.fees_tax_jurisdiction),
            ("fees.dispute", &self.fees_dispute),
            ("terms.liability", &self.terms_liability),
            ("terms.clearance_bank", &self.terms_clearance_bank),
            ("terms.clearance_known", &self.terms_clearance_known),
            ("terms.clearance_new", &self.terms_clearance_new),
            ("terms.second_operator_above", &self.terms_second_operator_above),
            ("sandbox.url", &self.sandbox_url),
            ("sandbox.api_key", &self.sandbox_api_key),
            ("sandbox.secret", &self.sandbox_secret),
            ("sandbox.account", &self.sandbox_account),
            ("bank.holder", &self.bank_holder),
            ("bank.iban", &self.bank_iban),
            ("webhook_receiver", &self.webhook_receiver),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.clone()?)))
    }
}

fn usual_file() -> anyhow::Result<Sources> {
    if !Path::new(USUAL_FILE).exists() {
        return Ok(Sources::default());
    }
    let text = std::fs::read_to_string(USUAL_FILE)
        .with_context(|| format!("cannot read {USUAL_FILE} in the working directory"))?;
    Ok(Sources::default().file(USUAL_FILE, &text))
}
