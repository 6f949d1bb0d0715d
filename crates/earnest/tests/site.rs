//! Bringing a site up: mail by a real connection, the operator's look and texts, and what the program says is missing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod running;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::running::{Running, one_line, raise, run, text};

/// A mail server that answers one connection and gives back all that it heard.
fn mail_server(to_recipient: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let heard = std::thread::spawn(move || answer(&listener.accept().unwrap().0, to_recipient));
    (port, heard)
}

fn answer(mut stream: &TcpStream, to_recipient: &str) -> String {
    let mut heard = String::new();
    let mut in_letter = false;
    stream.write_all(b"220 test\r\n").unwrap();
    for line in BufReader::new(stream).lines() {
        let Ok(line) = line else { break };
        heard.push_str(&line);
        heard.push('\n');
        in_letter = in_letter && line != ".";
        if in_letter {
            continue;
        }
        let answer = match line.split([' ', ':']).next().unwrap_or_default() {
            "DATA" => {
                in_letter = true;
                "354 go on"
            }
            "RCPT" => to_recipient,
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        if stream.write_all(format!("{answer}\r\n").as_bytes()).is_err() || answer.starts_with("221") {
            break;
        }
    }
    heard
}

fn mail<'a>(port: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    let settings = [
        "--base-url",
        "https://hire.example",
        "--mail-host",
        "127.0.0.1",
        "--mail-security",
        "none",
        "--mail-from",
        "desk@hire.example",
        "--mail-port",
        port,
    ];
    [rest, &settings].concat()
}

#[test]
fn a_test_letter_says_what_became_of_it() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(&folder, &["migrate"]).status.code(), Some(0));
    let told = one_line(&run(&folder, &["mail", "test", "ada@example.org"]));
    assert!(told.contains("mail.host is not set"), "{told}");

    let (port, heard) = mail_server("250 ok");
    let sent = run(&folder, &mail(&port, &["mail", "test", "ada@example.org"]));
    assert_eq!(sent.status.code(), Some(0), "{sent:?}");
    assert!(text(&sent.stdout).contains("has taken a letter to ada@example.org"));
    let heard = heard.join().unwrap();
    assert!(
        heard.contains("RCPT TO:<ada@example.org>") && heard.contains("https://hire.example/"),
        "{heard}"
    );

    let (port, heard) = mail_server("550 nobody of that name");
    let told = one_line(&run(&folder, &mail(&port, &["mail", "test", "ada@example.org"])));
    assert!(
        told.contains("does not take this recipient") && told.contains("nobody of that name"),
        "{told}"
    );
    heard.join().unwrap();
    let told = one_line(&run(&folder, &mail(&port, &["mail", "test", "ada@example.org"])));
    assert!(
        told.contains(&format!("127.0.0.1:{port}: cannot be talked to")),
        "{told}"
    );
}

#[test]
fn a_letter_of_the_site_goes_out_and_one_that_bounces_is_listed_and_sent_again() {
    let folder = TempDir::new().unwrap();
    let (port, heard) = mail_server("550 nobody of that name");
    let running = Running::start(&folder, &mail(&port, &[]));
    let reply = running.post_to("/sign-in", "email=ada%40example.org");
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    assert!(heard.join().unwrap().contains("RCPT TO:<ada@example.org>"));
    running.stop();
    let listed = run(&folder, &["mail", "list"]);
    let listed = text(&listed.stdout);
    assert!(
        listed.contains("nobody of that name") && listed.contains("Sign in to Earnest"),
        "{listed}"
    );
    assert!(!listed.contains("/sign-in/"), "{listed}");
    let id = listed.split_whitespace().next().unwrap();
    assert_eq!(run(&folder, &["mail", "resend", id]).status.code(), Some(0));
    let told = one_line(&run(&folder, &["mail", "resend", id]));
    assert!(told.contains("earnest mail list"), "{told}");

    let (port, heard) = mail_server("250 ok");
    let running = Running::start(&folder, &mail(&port, &[]));
    let heard = heard.join().unwrap();
    assert!(
        heard.contains(&format!("Message-ID: <{id}@hire.example>")),
        "{heard}"
    );
    running.stop();
    assert!(text(&run(&folder, &["mail", "list"]).stdout).contains("No letter was given up"));
}

#[test]
fn the_program_says_what_is_missing_before_real_money_moves() {
    let folder = TempDir::new().unwrap();
    let told = run(&folder, &["config", "check"]);
    assert!(
        text(&told.stdout).contains("There is no database yet"),
        "{told:?}"
    );
    assert_eq!(run(&folder, &["migrate"]).status.code(), Some(0));
    let legal = folder.path().join("legal");
    std::fs::create_dir(&legal).unwrap();
    std::fs::write(legal.join("terms.md"), "# Terms\n\nBe kind.").unwrap();
    let told = run(
        &folder,
        &[
            "config",
            "check",
            "--legal-folder",
            "legal",
            "--base-url",
            "https://hire.example",
        ],
    );
    let told = text(&told.stdout);
    for part in [
        "done     an address with https: https://hire.example",
        "done     terms of use: Version ",
        "missing  an imprint: Write imprint.md",
        "missing  a payment provider with real money",
        "missing  mail that was tried: mail.host is not set",
        "missing  a second factor for every operator: Nobody works in the office yet",
        "missing  a backup that was brought back once",
    ] {
        assert!(told.contains(part), "{part}\nin {told}");
    }
}

#[test]
fn a_configuration_that_names_what_cannot_be_read_is_not_right() {
    let folder = TempDir::new().unwrap();
    let named = [
        "config",
        "check",
        "--base-url",
        "https://hire.example",
        "--operator-email",
        "desk@hire.example",
        "--mail-host",
        "mail.hire.example",
        "--mail-user",
        "earnest",
        "--mail-password-file",
        "password",
        "--second-factor-key",
        "keys",
    ];
    std::fs::write(folder.path().join("keys"), "no key").unwrap();
    let told = run(&folder, &named);
    assert_eq!(told.status.code(), Some(1), "{told:?}");
    assert!(!text(&told.stdout).contains("is right"), "{told:?}");
    for part in [
        "mail.password_file password cannot be read: No such file",
        "keys is no file with keys",
    ] {
        assert!(text(&told.stderr).contains(part), "{part}: {told:?}");
    }
    std::fs::remove_file(folder.path().join("keys")).unwrap();
    std::fs::write(folder.path().join("password"), "hidden\n").unwrap();
    let told = run(&folder, &named);
    assert!(
        text(&told.stdout).contains("The configuration is right."),
        "{told:?}"
    );
}

#[test]
fn the_operators_look_and_texts_are_served() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("terms.md"), "# Terms\n\nBe <kind>.").unwrap();
    std::fs::write(
        folder.path().join("logo.svg"),
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
    )
    .unwrap();
    let look = [
        "--brand-accent",
        "#b00020",
        "--brand-logo",
        "logo.svg",
        "--legal-folder",
        ".",
    ];
    let running = Running::start(&folder, &look);
    raise(&running, "Clara");
    let page = running.get("/terms");
    assert!(page.contains("<p>Be &#60;kind&#62;.</p>"), "{page}");
    assert!(
        page.contains("<img src=\"/assets/logo-") && !page.contains("style=\""),
        "{page}"
    );
    let (_, rest) = page.split_once("href=\"/assets/brand-").unwrap();
    let style = running.get(&format!("/assets/brand-{}", rest.split('"').next().unwrap()));
    assert!(style.contains("--accent: light-dark(#b00020, #"), "{style}");
    // the version and its day stand in the footer of every page
    let home = running.get("/licences");
    assert!(
        home.contains("href=\"/terms\">Terms</a> <span class=\"meta\">("),
        "{home}"
    );
    running.stop();
    let told = one_line(&run(&folder, &["serve", "--brand-accent", "#777777"]));
    assert!(told.contains("contrast of 4.47:1"), "{told}");
}
