//! The table of keys, and the reference page made from it.

/// One key of the configuration.
#[derive(Debug)]
pub(crate) struct Key {
    /// As in the file, with a dot between table and key.
    pub(crate) name: &'static str,
    /// Used where nothing is configured; empty means "not set".
    pub(crate) default: &'static str,
    /// What values are accepted; part of every message about a wrong one.
    pub(crate) allowed: &'static str,
    /// What it is for.
    pub(crate) meaning: &'static str,
    /// Whether its value is kept out of everything that is printed.
    pub(crate) secrecy: Secrecy,
}

/// Whether a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    /// Anybody may see it.
    Open,
    /// It may hold a password.
    Secret,
}

impl Key {
    /// `brand.name` is `EARNEST_BRAND_NAME`.
    pub(crate) fn variable(&self) -> String {
        format!("EARNEST_{}", self.name.replace('.', "_").to_uppercase())
    }

    /// `brand.name` is `--brand-name`.
    pub(crate) fn flag(&self) -> String {
        format!("--{}", self.name.replace(['.', '_'], "-"))
    }

    const fn open(
        name: &'static str,
        default: &'static str,
        allowed: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self {
            name,
            default,
            allowed,
            meaning,
            secrecy: Secrecy::Open,
        }
    }

    const fn secret(name: &'static str, allowed: &'static str, meaning: &'static str) -> Self {
        Self {
            name,
            default: "",
            allowed,
            meaning,
            secrecy: Secrecy::Secret,
        }
    }
}

/// All keys, in the order of the reference page.
pub(crate) const KEYS: &[Key] = &[
    Key::open(
        "listen",
        "127.0.0.1:8080",
        "an address and a port, such as 127.0.0.1:8080 or [::]:80; port 0 takes any free one",
        "Where the site answers. Only this machine reaches 127.0.0.1; put a proxy with TLS in front for the world.",
    ),
    Key::open(
        "data",
        "./earnest-data",
        "a directory; it is made if it is missing",
        "Where the database file and everything else that must survive is kept.",
    ),
    Key::secret(
        "database",
        "the path of an SQLite file, or postgres://user:password@host:port/name",
        "Another place for the database than earnest.db in the data directory: a file, or a PostgreSQL server, which several \
         processes may share. TLS is required and verified except to this machine; after `?` an address takes \
         sslmode=disable, sslrootcert=FILE, connections=8 and what PostgreSQL's own programs take.",
    ),
    Key::open(
        "database_statements",
        "prepared",
        "prepared or unnamed",
        "How statements are sent to PostgreSQL. Unnamed is about a quarter slower and is needed behind a pooler, such as \
         pgbouncer, that hands out its connections for one transaction at a time.",
    ),
    Key::open(
        "content",
        "",
        "a directory that exists",
        "Your own technologies, criteria, comparisons and roles, laid over those that come with the program.",
    ),
    Key::open(
        "base_url",
        "",
        "http:// or https://, a host, perhaps a port, and nothing after it",
        "The address people use. Needed as soon as it is not the one listened on: forms sent from any other address are \
         refused, and links in previews and feeds begin with it.",
    ),
    Key::open(
        "trusted_proxies",
        "",
        "addresses and networks with commas between, such as 127.0.0.1, 10.0.0.0/8",
        "The proxies in front whose X-Forwarded-For is believed, so that limits count the address of whoever asks and not the \
         proxy's. Each of them must set that header itself. From anybody else it is ignored.",
    ),
    Key::open(
        "address_tries",
        "",
        "a whole number from 1 to 10000",
        "How many guesses at passwords and codes, links to sign in and new accounts one address of the network may ask for at \
         once, and as many again in each minute. 3 where nothing is set; 300 in a demo that only this machine reaches.",
    ),
    Key::open(
        "second_factor_key",
        "",
        "the path of a file",
        "The file with the key that second factors are kept under: second-factor.key in the data directory where nothing is \
         set. The first start makes it. Every node needs the same one; a backup of the database is of no use without it.",
    ),
    Key::open(
        "brand.name",
        "Earnest",
        "1 to 60 characters",
        "The name of the site: in the header, in page titles, in link previews.",
    ),
    Key::open(
        "brand.footer",
        "",
        "at most 200 characters",
        "Your own line in the footer, such as the legal name.",
    ),
    Key::open(
        "brand.disclosure",
        "",
        "at most 300 characters",
        "One sentence on who earns from this site. Without it the footer says that the site earns from hires.",
    ),
    Key::open(
        "brand.logo",
        "",
        "the path of a file",
        "Your logo: an SVG or PNG of at most 256 KiB, shown beside the name.",
    ),
    Key::open(
        "brand.accent",
        "",
        "a colour such as #0b4a3a",
        "The colour of buttons and marks. White text on it must have a contrast of 4.5:1.",
    ),
    Key::open(
        "brand.accent_dark",
        "",
        "a colour such as #8fd6c0",
        "The same in the dark theme, where the text on it is nearly black. Without it brand.accent is made lighter.",
    ),
    Key::open(
        "legal.folder",
        "",
        "a directory that exists",
        "Where your legal texts are: terms.md, privacy.md and imprint.md (or .txt), with headings (#), lists (-) and \
         [links](https://…). Each change is a new version, which people are asked to accept. Without them the pages say \
         that there are none.",
    ),
    Key::open(
        "operator.email",
        "",
        "one e-mail address",
        "Where people reach you; shown on error pages, in the footer and on the request page.",
    ),
    Key::open(
        "mail.host",
        "",
        "the name or address of a mail server, without port",
        "The mail server that letters are handed to by SMTP. Needs base_url, and mail.from or operator.email. Without it \
         letters are files in `mail` in the data directory, which nobody gets.",
    ),
    Key::open(
        "mail.port",
        "",
        "a whole number from 1 to 65535",
        "Its port. Usually 465 with tls, 587 with starttls, 25 with none.",
    ),
    Key::open(
        "mail.security",
        "tls",
        "tls, starttls or none",
        "How the way to the mail server is secured: TLS from the first byte, TLS after a greeting (letters are not sent where \
         the server does not offer it), or not at all. Letters carry links that open accounts: none is for a server on this \
         machine or in a network of your own.",
    ),
    Key::open(
        "mail.user",
        "",
        "1 to 200 visible characters",
        "As whom to sign in at the mail server; needs mail.password or mail.password_file. Without it nobody signs in.",
    ),
    Key::secret(
        "mail.password",
        "1 to 200 characters",
        "The password for mail.user. Not sent where mail.security is none, except to this machine.",
    ),
    Key::open(
        "mail.password_file",
        "",
        "the path of a file",
        "A file whose first line is the password, instead of mail.password.",
    ),
    Key::open(
        "mail.from",
        "",
        "one e-mail address",
        "Which address letters come from; without it operator.email. Answers go to operator.email where it is set.",
    ),
    Key::open(
        "mail.sender",
        "",
        "at most 60 characters",
        "Which name letters come from; without it brand.name.",
    ),
    Key::open(
        "log.format",
        "text",
        "text or json",
        "How log lines are written, to the standard error stream.",
    ),
    Key::open(
        "log.level",
        "info",
        "error, warn, info, debug or trace",
        "How much is logged. One line per request is written at info.",
    ),
    Key::open(
        "currency",
        "USD",
        "an ISO 4217 code of three capital letters, such as EUR",
        "The one currency in which budgets are given.",
    ),
    Key::open(
        "client_limit",
        "",
        "a whole number of units of the currency, from 1 to 1000000000",
        "Up to which sum one client may have milestones funded at once, for example 50000. Without it there is no limit.",
    ),
    Key::open(
        "fees.client",
        "0",
        "a whole number of hundredths of a percent, from 0 to 10000",
        "What clients pay you on top of a price. Frozen in each contract when it is made, as all fees and terms are.",
    ),
    Key::open(
        "fees.client_fixed",
        "0",
        "a whole number of the smallest unit of the currency, from 0 to 1000000000",
        "What clients pay you on top of that with each payment.",
    ),
    Key::open(
        "fees.expert",
        "1000",
        "a whole number of hundredths of a percent, from 0 to 10000",
        "What you take of each release to an expert: 1000 is a tenth.",
    ),
    Key::open(
        "fees.expert_fixed",
        "0",
        "a whole number of the smallest unit of the currency, from 0 to 1000000000",
        "What you take on top of that of each payment, as it is released.",
    ),
    Key::open(
        "fees.tax",
        "0",
        "a whole number of hundredths of a percent, from 0 to 10000",
        "The tax on your fees, on top of them.",
    ),
    Key::open(
        "fees.tax_jurisdiction",
        "none",
        "1 to 40 small letters, digits and dashes",
        "To whom you owe that tax, for example de; it names the account in the books.",
    ),
    Key::open(
        "fees.dispute",
        "0",
        "a whole number of the smallest unit of the currency, from 0 to 1000000000",
        "What you take once of what is in dispute when you have decided about it.",
    ),
    Key::open(
        "terms.liability",
        "operator",
        "operator or expert",
        "Who bears it when a payer's bank takes back what was approved here. Expert: the expert gives back what they received, \
         and you your fees.",
    ),
    Key::open(
        "terms.clearance_bank",
        "0",
        "a whole number of days from 0 to 30",
        "How long after a release an expert waits for the payout of what a client has paid by transfer.",
    ),
    Key::open(
        "terms.clearance_known",
        "2",
        "a whole number of days from 0 to 30",
        "The same of what was paid by card by a client who has released work here before, and of whom no payment is contested.",
    ),
    Key::open(
        "terms.clearance_new",
        "5",
        "a whole number of days from 0 to 30",
        "The same of what was paid by card by any other client.",
    ),
    Key::open(
        "terms.second_operator_above",
        "1000",
        "a whole number of units of the currency, from 0 to 1000000000",
        "Above which sum two operators decide: about disputes of new contracts, whose a transfer is, and that it goes back.",
    ),
    Key::open(
        "sandbox.url",
        "",
        "http://, a host, perhaps a port, and nothing after it",
        "Where a sandbox provider runs (`earnest sandbox-provider`). With it clients can fund milestones with pretend money; \
         pages say so. Needs sandbox.api_key and sandbox.secret.",
    ),
    Key::secret(
        "sandbox.api_key",
        "1 to 200 visible characters",
        "What the sandbox provider was started with as --api-key.",
    ),
    Key::secret(
        "sandbox.secret",
        "whsec_ and the base64 of 24 to 64 bytes",
        "What the sandbox provider was started with as --secret; it signs the events with it.",
    ),
    Key::open(
        "sandbox.account",
        "acct_sandbox",
        "1 to 200 visible characters",
        "What the sandbox provider was started with as --account. Events about any other are refused.",
    ),
    Key::open(
        "bank.holder",
        "",
        "1 to 100 characters",
        "The name on your bank account. With it and bank.iban clients can fund milestones by transfer to that account, as \
         the provider `bank`: you import its statements with `earnest bank import`.",
    ),
    Key::open(
        "bank.iban",
        "",
        "15 to 34 letters and digits whose check digits are right",
        "The IBAN of your bank account; spaces are left out.",
    ),
    Key::open(
        "webhook_receiver",
        "",
        "an address of this machine and a port, such as 127.0.0.1:9000",
        "The one receiver of webhooks that may be on this machine and without TLS, for trying them out: people who name \
         http:// and this address as theirs are told there. All others must be on the public internet, with https://.",
    ),
    Key::open(
        "first_reply_hours",
        "24",
        "a whole number from 1 to 336",
        "Within how many hours you promise a first reply to a request. The request page says so.",
    ),
    Key::open(
        "hire.mode",
        "open",
        "open or managed",
        "Who finds whom. Open: experts see open requests and answer them. Managed: no expert sees a list; you propose experts \
         at /office/requests, and clients invite. A client may ask to be advised in either.",
    ),
];

/// The text of `docs/generated/config.md`.
pub(crate) fn reference() -> String {
    use std::fmt::Write;
    let mut page = String::from(
        "# Configuration\n\n\
         Made by `earnest generate` from the program; change `crates/earnest/src/config/key.rs`, not this file.\n\n\
         Read in this order, the last one wins: `earnest.toml` in the working directory (or the file named by \
         `--config`), then `EARNEST_*` variables, then flags. Unknown keys and unknown `EARNEST_*` names are refused. \
         `earnest config check` reports all mistakes at once; `earnest config show` says where each value came from.\n",
    );
    for key in KEYS {
        let default = if key.default.is_empty() {
            "not set".to_owned()
        } else {
            format!("`{}`", key.default)
        };
        let secret = if key.secrecy == Secrecy::Secret {
            " · never printed"
        } else {
            ""
        };
        // writing to a String cannot fail
        write!(
            page,
            "\n## `{}`\n\n{}\n\n- Allowed: {}\n- Default: {default}{secret}\n- Variable: `{}` · Flag: `{}`\n",
            key.name,
            key.meaning,
            key.allowed,
            key.variable(),
            key.flag(),
        )
        .unwrap_or_default();
    }
    page
}
