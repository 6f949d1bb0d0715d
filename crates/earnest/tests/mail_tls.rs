//! Letters over an encrypted connection, from its first byte (`tls`) or from a command on (`starttls`), to a server whose
//! certificate is signed by an authority that only these tests know. Both are in `tls/`, valid until 2120.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

#[path = "running/mod.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod running;

use crate::running::{earnest, run, text};

const AUTHORITY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/ca.pem");
const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/server.pem");
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tls/server.key");
/// Longer than anything takes, however busy the machine is.
const LONG: Duration = Duration::from_mins(1);

/// When a mail server begins to encrypt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    AtOnce,
    WhenTold,
}

impl Begins {
    fn setting(self) -> &'static str {
        match self {
            Self::AtOnce => "tls",
            Self::WhenTold => "starttls",
        }
    }
}

/// What a mail server has heard of one connection: before it was encrypted, and after.
#[derive(Debug, Default)]
struct Heard {
    open: String,
    sealed: String,
}

fn server(begins: Begins) -> (String, JoinHandle<Heard>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(SERVER).unwrap().collect();
    let key = PrivateKeyDer::from_pem_file(KEY).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(certificates.unwrap(), key)
        .unwrap();
    let hearing = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        hear(stream, Arc::new(config), begins)
    });
    (port, hearing)
}

fn hear(mut stream: TcpStream, config: Arc<ServerConfig>, begins: Begins) -> Heard {
    let mut heard = Heard::default();
    if begins == Begins::WhenTold {
        stream.write_all(b"220 test\r\n").unwrap();
        heard.open = talk(&mut stream, "250-test\r\n250 STARTTLS");
        if !heard.open.ends_with("STARTTLS\n") {
            return heard;
        }
    }
    let mut sealed = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    // who does not trust the certificate goes away in the middle of this
    if begins == Begins::WhenTold || sealed.write_all(b"220 test\r\n").is_ok() {
        heard.sealed = talk(&mut sealed, "250-test\r\n250 SIZE 1000000");
    }
    heard
}

/// Answers until the other side has said good-bye, wants to encrypt, or is gone.
fn talk(stream: &mut (impl Read + Write), hello: &str) -> String {
    let mut stream = BufReader::with_capacity(1, stream);
    let (mut heard, mut in_letter) = (String::new(), false);
    let mut line = String::new();
    while matches!(stream.read_line(&mut line), Ok(1..)) {
        let said = std::mem::take(&mut line).trim_end().to_owned();
        heard.push_str(&said);
        heard.push('\n');
        in_letter = in_letter && said != ".";
        if in_letter {
            continue;
        }
        let answer = match said.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => hello,
            "STARTTLS" => "220 go on",
            "DATA" => {
                in_letter = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        let answered = stream.get_mut().write_all(format!("{answer}\r\n").as_bytes());
        if answered.is_err() || ["STARTTLS", "QUIT"].contains(&said.as_str()) {
            break;
        }
    }
    heard
}

/// Sends a test letter to a server by name; whom to trust stands in a file.
fn sends(folder: &TempDir, (host, port): (&str, &str), begins: Begins, trusted: &str) -> Output {
    let arguments = [
        "mail",
        "test",
        "ada@example.org",
        "--base-url",
        "https://hire.example",
        "--mail-from",
        "desk@hire.example",
        "--mail-host",
        host,
        "--mail-port",
        port,
        "--mail-security",
        begins.setting(),
    ];
    earnest(folder.path(), &arguments)
        .env("SSL_CERT_FILE", trusted)
        .output()
        .unwrap()
}

#[test]
fn a_letter_is_delivered_sealed_and_nothing_of_it_in_the_open() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(&folder, &["migrate"]).status.code(), Some(0));
    for begins in [Begins::AtOnce, Begins::WhenTold] {
        let (port, hearing) = server(begins);
        let sent = sends(&folder, ("localhost", &port), begins, AUTHORITY);
        assert_eq!(sent.status.code(), Some(0), "{}: {sent:?}", begins.setting());
        assert!(
            text(&sent.stdout).contains("has taken a letter to ada@example.org"),
            "{sent:?}"
        );
        let heard = hearing.join().unwrap();
        for part in [
            "MAIL FROM:<desk@hire.example>",
            "RCPT TO:<ada@example.org>",
            "https://hire.example/",
            "QUIT",
        ] {
            assert!(heard.sealed.contains(part), "{part}: {heard:?}");
        }
        let open = match begins {
            Begins::AtOnce => "",
            Begins::WhenTold => "EHLO hire.example\nSTARTTLS\n",
        };
        assert_eq!(heard.open, open);
    }
}

#[test]
fn nothing_is_sent_to_a_server_that_cannot_prove_who_it_is() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(&folder, &["migrate"]).status.code(), Some(0));
    for begins in [Begins::AtOnce, Begins::WhenTold] {
        // an authority that has not signed it, and a name that is not in it
        for (host, trusted) in [("localhost", SERVER), ("127.0.0.1", AUTHORITY)] {
            let (port, hearing) = server(begins);
            let sent = sends(&folder, (host, &port), begins, trusted);
            assert_eq!(sent.status.code(), Some(1), "{}: {sent:?}", begins.setting());
            assert!(text(&sent.stderr).contains("certificate"), "{sent:?}");
            let heard = hearing.join().unwrap();
            assert_eq!(heard.sealed, "", "{} to {host}", begins.setting());
            assert!(!heard.open.contains("MAIL"), "{heard:?}");
        }
    }
}
