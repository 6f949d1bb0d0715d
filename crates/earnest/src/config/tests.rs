use super::*;

fn variables(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect::<Vec<_>>()
        .into_iter()
}

fn flag(name: &'static str, text: &str) -> Sources {
    Sources::default().flags([(name, text.to_owned())].into_iter())
}

fn mistakes(sources: Sources) -> Vec<String> {
    sources
        .read()
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn nothing_configured_is_valid() {
    let config = Sources::default().read().unwrap();
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.brand.name, "Earnest");
    assert!(config.brand.disclosure.starts_with("Earnest earns when you hire"));
    let usual = PathBuf::from("./earnest-data/earnest.db");
    assert_eq!(config.database(), Place::File(usual));
    assert_eq!(config.database_statements, Statements::Prepared);
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.first_reply_hours, 24);
}

#[test]
fn the_later_source_wins() {
    let sources = Sources::default()
        .file(
            "earnest.toml",
            "listen = '127.0.0.1:1'\nfirst_reply_hours = 8\n[brand]\nname = 'File'\n",
        )
        .variables(variables(&[
            ("EARNEST_LISTEN", "127.0.0.1:2"),
            ("EARNEST_BRAND_NAME", "Variable"),
            ("HOME", "/"),
        ]))
        .flags([("listen", "127.0.0.1:3".to_owned())].into_iter());
    let shown = sources.shown();
    let origin = |name: &str| {
        shown
            .iter()
            .find(|(key, ..)| key.name == name)
            .unwrap()
            .2
            .to_string()
    };
    assert_eq!(origin("listen"), "--listen");
    assert_eq!(origin("brand.name"), "EARNEST_BRAND_NAME");
    assert_eq!(origin("first_reply_hours"), "earnest.toml:2");
    let config = sources.read().unwrap();
    assert_eq!((config.listen.port(), config.first_reply_hours), (3, 8));
    assert_eq!(config.brand.name, "Variable");
}

#[test]
fn all_mistakes_are_told_at_once_with_their_place() {
    let sources = Sources::default()
        .file(
            "shop.toml",
            "listn = 'x'\nfirst_reply_hours = 0\n[brand]\nname = ''\ncolour = 'red'\n[extra]\na = 1\n",
        )
        .variables(variables(&[("EARNEST_LISTEN", "8080"), ("EARNEST_BRAND", "x")]))
        .flags([("log.format", "xml".to_owned())].into_iter());
    let told = mistakes(sources);
    for part in [
        "shop.toml:1: `listn` is not a setting. Did you mean `listen`?",
        "shop.toml:2: first_reply_hours: `0` is not a whole number from 1 to 336",
        "shop.toml:4: brand.name: `` is not 1 to 60 characters",
        "shop.toml:5: `brand.colour` is not a setting.",
        "shop.toml:6: `extra` is not a setting.",
        "EARNEST_LISTEN: listen: `8080` is not an address and a port",
        "EARNEST_BRAND: `EARNEST_BRAND` is not a setting.",
        "--log-format: log.format: `xml` is not text or json",
    ] {
        assert!(
            told.iter().any(|line| line.starts_with(part)),
            "{part}\nin {told:#?}"
        );
    }
    assert_eq!(told.len(), 8, "{told:#?}");
}

#[test]
fn a_broken_file_names_its_line() {
    let told = mistakes(Sources::default().file("earnest.toml", "listen = '127.0.0.1:1'\nbrand = [\n"));
    assert!(told[0].starts_with("earnest.toml:"), "{told:?}");
    assert!(told[0].contains("this is not TOML"), "{told:?}");
}

#[test]
fn secrets_are_never_printed() {
    let sources = flag("database", "/srv/hidden.db");
    let shown = format!(
        "{:?}",
        sources
            .shown()
            .iter()
            .map(|(_, text, _)| text.clone())
            .collect::<Vec<_>>()
    );
    assert!(!shown.contains("hidden") && shown.contains("***"), "{shown}");
    let config = sources.read().unwrap();
    assert!(!format!("{config:?}").contains("hidden"));
    assert_eq!(config.database(), Place::File(PathBuf::from("/srv/hidden.db")));
    let told = mistakes(flag("database", "mysql://u:hidden@h/d"));
    assert!(!told[0].contains("hidden"), "{told:?}");
}

#[test]
fn a_server_is_known_by_its_address() {
    for address in ["postgres://u:hidden@h/d", "postgresql://h/d?connections=3"] {
        let config = flag("database", address).read().unwrap();
        let Place::Server(kept) = config.database() else {
            panic!("{address}")
        };
        assert_eq!(kept.expose(), address);
        assert!(!format!("{config:?}").contains("hidden"));
    }
}

#[test]
fn origins_are_written_as_browsers_write_them() {
    for (given, kept) in [
        ("https://Hire.Example", "https://hire.example"),
        ("https://hire.example:443/", "https://hire.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://[::1]", "http://[::1]"),
    ] {
        assert_eq!(
            flag("base_url", given).read().unwrap().base_url.as_deref(),
            Some(kept),
            "{given}"
        );
    }
    let wrong = [
        "hire.example",
        "ftp://hire.example",
        "https://hire.example/path",
        "https://",
        "https://:1",
        "http://h:x",
    ];
    for text in wrong {
        assert!(flag("base_url", text).read().is_err(), "{text}");
    }
}

#[test]
fn every_key_is_checked() {
    // a key in the table that nobody reads would be accepted with any value
    for key in KEYS {
        let nonsense = if key.name == "database" {
            "a://b"
        } else {
            "a\u{1}b"
        };
        let told = mistakes(flag(key.name, nonsense));
        assert_eq!(told.len(), 1, "{}: {told:?}", key.name);
    }
}

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn a_sandbox_provider_needs_all_that_reaches_it() {
    let all = [
        ("sandbox.url", "http://127.0.0.1:8090/".to_owned()),
        ("sandbox.api_key", "key".to_owned()),
        ("sandbox.secret", SECRET.to_owned()),
    ];
    let config = Sources::default().flags(all.clone().into_iter()).read().unwrap();
    let sandbox = config.sandbox.unwrap();
    assert_eq!(
        (sandbox.url.as_str(), sandbox.account.as_str()),
        ("http://127.0.0.1:8090", "acct_sandbox")
    );
    assert_eq!(
        (sandbox.api_key.expose(), sandbox.secret.expose()),
        ("key", SECRET)
    );
    assert!(Sources::default().read().unwrap().sandbox.is_none());

    let told = mistakes(Sources::default().flags(all.into_iter().take(1)));
    assert_eq!(
        told,
        [
            "--sandbox-url: sandbox.url: it needs sandbox.api_key beside it",
            "--sandbox-url: sandbox.url: it needs sandbox.secret beside it",
        ]
    );
    let told = mistakes(flag("sandbox.secret", "whsec_short"));
    assert_eq!(told.len(), 1);
    assert!(!told[0].contains("whsec_short"), "{told:?}");
    assert_eq!(mistakes(flag("sandbox.url", "https://127.0.0.1:8090")).len(), 1);
}

#[test]
fn a_limit_is_read_in_units_of_the_currency() {
    for (currency, minor) in [("USD", 5_000_000), ("JPY", 50_000), ("KWD", 50_000_000)] {
        let flags = [
            ("client_limit", "50000".to_owned()),
            ("currency", currency.to_owned()),
        ];
        let config = Sources::default().flags(flags.into_iter()).read().unwrap();
        assert_eq!(config.client_limit, Some(Minor(minor)), "{currency}");
    }
    assert_eq!(Sources::default().read().unwrap().client_limit, None);
    for text in ["0", "-1", "1.5", "1e3", "1000000001", "unlimited"] {
        assert_eq!(mistakes(flag("client_limit", text)).len(), 1, "{text}");
    }
}

/// §4.3, §4.7: the defaults of the rules, and the keys that change them.
#[test]
fn fees_and_terms_are_read_and_have_the_defaults_of_the_rules() {
    use earnest_hire::contract::{Liability, Method, Terms};

    let terms = |pairs: &[(&'static str, &str)]| {
        let flags = pairs.iter().map(|(name, text)| (*name, (*text).to_owned()));
        Sources::default().flags(flags).read().unwrap().terms
    };
    let usual = terms(&[]);
    let same = Terms {
        bank_clearance_days: Some(0),
        ..Terms::default()
    };
    assert_eq!((&usual.usual, usual.known_clearance_days), (&same, 2));
    for (currency, minor) in [("USD", 100_000), ("JPY", 1_000), ("KWD", 1_000_000)] {
        let read = terms(&[("currency", currency)]).usual;
        assert_eq!(read.second_operator_above_minor, Minor(minor), "{currency}");
    }
    let read = terms(&[
        ("fees.client", "300"),
        ("fees.client_fixed", "25"),
        ("fees.expert", "800"),
        ("fees.tax", "1900"),
        ("fees.tax_jurisdiction", "de"),
        ("fees.dispute", "5000"),
        ("terms.liability", "expert"),
        ("terms.clearance_bank", "1"),
        ("terms.clearance_known", "3"),
        ("terms.clearance_new", "7"),
        ("terms.second_operator_above", "50"),
    ]);
    let one = &read.usual;
    assert_eq!(one.client_fee.fee(Minor(10_000)), Ok(Minor(325)));
    assert_eq!(one.expert_fee.fee(Minor(10_000)), Ok(Minor(800)));
    assert_eq!(one.client_fee.tax(Minor(1_000)), Ok(Minor(190)));
    assert_eq!(
        (
            one.tax_jurisdiction.as_str(),
            one.dispute_fee_minor,
            one.liability
        ),
        ("de", Minor(5_000), Liability::Expert)
    );
    let days = (one.clearance(Method::Bank), one.clearance(Method::Card));
    assert_eq!((days, read.known_clearance_days), ((1, 7), 3));
    assert_eq!(one.second_operator_above_minor, Minor(5_000));
    for (key, text) in [
        ("fees.client", "10001"),
        ("fees.expert", "5%"),
        ("fees.client_fixed", "-1"),
        ("fees.tax_jurisdiction", "D E"),
        ("terms.liability", "nobody"),
        ("terms.clearance_bank", "31"),
        ("terms.second_operator_above", "-1"),
    ] {
        assert_eq!(mistakes(flag(key, text)).len(), 1, "{key}");
    }
}

fn mail_of(pairs: &[(&'static str, &str)]) -> Sources {
    let usual = [
        ("mail.host", "Mail.Example"),
        ("base_url", "https://hire.example"),
    ];
    let pairs = usual.iter().chain(pairs);
    Sources::default().flags(pairs.map(|(name, text)| (*name, (*text).to_owned())))
}

#[test]
fn a_mail_server_needs_a_sender_and_the_address_of_the_site() {
    let mail = mail_of(&[("operator.email", "desk@hire.example")])
        .read()
        .unwrap()
        .mail
        .unwrap();
    assert_eq!(
        (
            mail.host.as_str(),
            mail.port,
            mail.from.as_str(),
            mail.sender.as_str()
        ),
        ("mail.example", 465, "desk@hire.example", "Earnest")
    );
    assert!(mail.account.is_none());
    let usual = [("starttls", 587), ("none", 25)];
    for (security, port) in usual {
        let mail = mail_of(&[("mail.from", "desk@hire.example"), ("mail.security", security)]);
        assert_eq!(mail.read().unwrap().mail.unwrap().port, port);
    }
    assert_eq!(
        mistakes(flag("mail.host", "mail.example")),
        [
            "--mail-host: mail.host: it needs base_url beside it",
            "--mail-host: mail.host: it needs mail.from beside it",
        ]
    );
}

#[test]
fn a_mail_account_is_whole_and_its_password_unseen() {
    let from = ("mail.from", "desk@hire.example");
    let whole = [from, ("mail.user", "earnest"), ("mail.password", "hidden")];
    let config = mail_of(&whole).read().unwrap();
    assert!(config.mail.as_ref().unwrap().account.is_some());
    assert!(!format!("{config:?}").contains("hidden"));
    for (pairs, told) in [
        (
            vec![from, ("mail.user", "earnest")],
            "--mail-user: mail.user: it needs mail.password",
        ),
        (
            vec![from, ("mail.password", "hidden")],
            "--mail-password: mail.password: it needs mail.user",
        ),
        (
            [&whole[..], &[("mail.password_file", "/run/secret")]].concat(),
            "--mail-password-file: mail.password_file: mail.password is set",
        ),
        (
            [&whole[..], &[("mail.security", "none")]].concat(),
            "--mail-user: mail.user: with mail.security = none",
        ),
    ] {
        let found = mistakes(mail_of(&pairs));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with(told) && !found[0].contains("hidden"),
            "{found:?}"
        );
    }
    let here = [
        &whole[..],
        &[("mail.security", "none"), ("mail.host", "127.0.0.1")],
    ]
    .concat();
    assert!(mail_of(&here).read().is_ok());
}

#[test]
fn an_accent_that_nobody_can_read_on_is_refused_with_its_ratio() {
    assert_eq!(
        mistakes(flag("brand.accent", "#777777")),
        [
            "--brand-accent: brand.accent: text (#ffffff) on #777777 has a contrast of 4.47:1 in the light theme, and \
             4.5:1 is needed to read it"
        ]
    );
    assert!(
        flag("brand.accent", "#b00020")
            .read()
            .unwrap()
            .brand
            .accent
            .is_some()
    );
    assert_eq!(mistakes(flag("brand.accent_dark", "#8fd6c0")).len(), 1);
}

#[test]
fn a_logo_is_looked_at_when_the_configuration_is_read() {
    let told = mistakes(flag("brand.logo", "/nowhere/logo.svg"));
    assert!(
        told[0].starts_with("--brand-logo: brand.logo: /nowhere/logo.svg cannot be read"),
        "{told:?}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("logo.png");
    std::fs::write(&file, "GIF89a").unwrap();
    let told = mistakes(flag("brand.logo", file.to_str().unwrap()));
    assert!(told[0].ends_with("it is neither an SVG nor a PNG"), "{told:?}");
    std::fs::write(&file, "<svg/>").unwrap();
    assert!(
        flag("brand.logo", file.to_str().unwrap())
            .read()
            .unwrap()
            .brand
            .logo
            .is_some()
    );
}

#[test]
fn legal_texts_are_read_with_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    assert_eq!(flag("legal.folder", path).read().unwrap().legal, Texts::default());
    std::fs::write(folder.path().join("terms.md"), "Be kind.").unwrap();
    assert_ne!(flag("legal.folder", path).read().unwrap().legal, Texts::default());
    std::fs::write(folder.path().join("imprint.md"), "").unwrap();
    let told = mistakes(flag("legal.folder", path));
    assert!(told[0].contains("imprint.md is empty"), "{told:?}");
}
