//! Against a small mail server in this process, which does as it is told.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::*;
use crate::config::MailAccount;

/// What the server does when a line begins like this; an answer without a code is silence or the end.
type Answers = &'static [(&'static str, &'static str)];

const SILENCE: &str = "silence";
const HANG_UP: &str = "hang up";

/// What a server has heard.
#[derive(Debug, Default)]
struct Heard {
    lines: Vec<String>,
    letter: String,
}

struct Server {
    port: u16,
    heard: Arc<Mutex<Heard>>,
    running: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

impl Server {
    async fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let noted = Arc::clone(&heard);
        #[expect(clippy::disallowed_methods, reason = "the server of this test ends with it")]
        let running = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                talk(stream, answers, &noted).await;
            }
        });
        Self { port, heard, running }
    }

    fn mailer(&self) -> SmtpMailer {
        mailer_to(self.port)
    }

    fn lines(&self) -> Vec<String> {
        self.heard.lock().unwrap().lines.clone()
    }

    fn letter(&self) -> String {
        self.heard.lock().unwrap().letter.clone()
    }
}

async fn talk(stream: TcpStream, answers: Answers, heard: &Mutex<Heard>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut in_letter = false;
    let mut line = "CONNECT".to_owned();
    loop {
        if in_letter && line != "." {
            let mut heard = heard.lock().unwrap();
            heard.letter.push_str(&line);
            heard.letter.push_str("\r\n");
        } else {
            heard.lock().unwrap().lines.push(line.clone());
            let usual: Answers = &[
                ("CONNECT", "220 test"),
                ("EHLO", "250-test\r\n250 AUTH PLAIN"),
                ("AUTH", "235 in"),
                ("DATA", "354 go on"),
                ("QUIT", "221 bye"),
                ("", "250 ok"),
            ];
            let answer = answers
                .iter()
                .chain(usual)
                .find(|(start, _)| line.starts_with(start));
            let answer = answer.unwrap().1;
            if answer == SILENCE {
                std::future::pending::<()>().await;
            }
            if answer == HANG_UP {
                return;
            }
            in_letter = answer.starts_with("354");
            write.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
        }
        match lines.next_line().await {
            Ok(Some(next)) => line = next,
            Ok(None) | Err(_) => return,
        }
    }
}

fn mailer_to(port: u16) -> SmtpMailer {
    let access = MailAccess {
        host: "127.0.0.1".to_owned(),
        port,
        security: MailSecurity::None,
        account: None,
        from: "desk@hire.example".to_owned(),
        sender: "Grüße & Co, \"Hire\"".to_owned(),
        base_url: "https://hire.example".to_owned(),
    };
    SmtpMailer::new(access, Some("olga@hire.example")).unwrap()
}

fn letter() -> MailRow {
    MailRow {
        id: earnest_hire::ids::MailId::new(jiff::Timestamp::UNIX_EPOCH, [1; 10]),
        to: "ada@example.org".parse().unwrap(),
        subject: "Grüße von Émile".to_owned(),
        body: "Hello Ada,\n\n.a dot in front\n\nhttps://hire.example/me\n".to_owned(),
        attempts: 0,
    }
}

fn header<'t>(text: &'t str, name: &str) -> &'t str {
    let start = format!("{name}: ");
    text.lines()
        .find_map(|line| line.strip_prefix(start.as_str()))
        .unwrap_or_default()
}

#[tokio::test]
async fn a_letter_arrives_whole_and_twice_under_one_id() {
    let server = Server::start(&[]).await;
    let mailer = server.mailer();
    mailer.send(&letter()).await.unwrap();
    let lines = server.lines();
    for line in [
        "EHLO hire.example",
        "MAIL FROM:<desk@hire.example>",
        "RCPT TO:<ada@example.org>",
        "QUIT",
    ] {
        assert!(lines.iter().any(|heard| heard == line), "{line}: {lines:?}");
    }
    let text = server.letter();
    assert_eq!(header(&text, "To"), "ada@example.org");
    assert_eq!(header(&text, "Reply-To"), "olga@hire.example");
    assert_eq!(header(&text, "Auto-Submitted"), "auto-generated");
    assert!(header(&text, "Subject").starts_with("=?utf-8?"), "{text}");
    assert!(
        !header(&text, "From").contains('ü') && text.contains("<desk@hire.example>"),
        "{text}"
    );
    assert!(
        text.contains("text/plain") && text.contains("text/html"),
        "{text}"
    );
    assert!(
        text.contains("<a href=\"https://hire.example/me\">") || text.contains("<a href=3D"),
        "{text}"
    );
    // a dot in front is doubled on the way, so that it does not end the letter
    assert!(text.contains("\r\n..a dot in front\r\n"), "{text}");
    let id = header(&text, "Message-ID").to_owned();
    assert_eq!(id, format!("<{}@hire.example>", letter().id));
    server.heard.lock().unwrap().letter.clear();
    mailer.send(&letter()).await.unwrap();
    assert_eq!(header(&server.letter(), "Message-ID"), id);
}

#[tokio::test]
async fn no_text_of_a_letter_can_make_a_header() {
    let server = Server::start(&[]).await;
    let mut evil = letter();
    evil.subject = "Hello\r\nBcc: everybody@example.org".to_owned();
    let refused = server.mailer().send(&evil).await.unwrap_err();
    assert!(matches!(refused, NotSent::Never { .. }), "{refused:?}");
    assert!(server.lines().is_empty());
    // nor stands a name in a subject for letters that its look hides
    evil.subject = "A message from =?utf-8?q?x?=".to_owned();
    server.mailer().send(&evil).await.unwrap();
    let sent = server.letter();
    let subject = "Subject: A message from = ?utf-8?q?x?=";
    assert!(sent.lines().any(|line| line == subject), "{sent}");
}

#[tokio::test]
async fn what_a_server_says_for_good_is_final_and_what_it_says_for_now_is_not() {
    for (answers, is_final) in [
        (&[("RCPT", "550 5.1.1 nobody of that name")] as Answers, true),
        (&[("RCPT", "450 4.2.1 greylisted")], false),
        (&[("DATA", "554 no")], true),
        (&[("DATA", "451 not now")], false),
        (&[(".", "552 too large")], true),
        (&[(".", "452 disk full")], false),
        // these are wrong with every letter: the operator mends them
        (&[("MAIL", "550 not your address")], false),
        (&[("CONNECT", "554 go away")], false),
        (&[("EHLO", "502 what")], false),
    ] {
        let server = Server::start(answers).await;
        let refused = server.mailer().send(&letter()).await.unwrap_err();
        assert_eq!(
            matches!(refused, NotSent::Never { .. }),
            is_final,
            "{answers:?}: {refused:?}"
        );
        let said = answers[0].1.split_once(' ').unwrap().1;
        assert!(refused.to_string().contains(said), "{refused}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    for at in ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."] {
        let answers: Answers = Box::leak(Box::new([(at, HANG_UP)]));
        let server = Server::start(answers).await;
        let refused = server.mailer().send(&letter()).await.unwrap_err();
        assert!(matches!(refused, NotSent::Later { .. }), "{at}: {refused:?}");
    }
    // nobody listens there any more
    let port = Server::start(&[]).await.port;
    let refused = mailer_to(port).send(&letter()).await.unwrap_err();
    assert!(
        refused.to_string().contains(&format!("127.0.0.1:{port}")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_silent_server_is_waited_for_within_limits() {
    for (at, told) in [
        ("CONNECT", "no greeting"),
        ("RCPT", "not taken within"),
        ("DATA", "not taken within"),
        (".", "not taken within"),
    ] {
        let answers: Answers = Box::leak(Box::new([(at, SILENCE)]));
        let server = Server::start(answers).await;
        let mut mailer = server.mailer();
        mailer.limits = Limits {
            connect: Duration::from_millis(200),
            deliver: Duration::from_millis(400),
        };
        let refused = mailer.send(&letter()).await.unwrap_err();
        assert!(
            matches!(refused, NotSent::Later { .. }) && refused.to_string().contains(told),
            "{at}: {refused}"
        );
    }
}

#[tokio::test]
async fn a_server_that_says_no_farewell_has_taken_the_letter() {
    let server = Server::start(&[("QUIT", HANG_UP)]).await;
    server.mailer().send(&letter()).await.unwrap();
}

#[tokio::test]
async fn a_password_is_sent_where_it_is_asked_for_and_a_wrong_one_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "hidden\nnot this\n").unwrap();
    let account = MailAccount {
        user: "earnest".to_owned(),
        password: Password::File(file.path().to_owned()),
    };
    let server = Server::start(&[]).await;
    let mut mailer = server.mailer();
    mailer.access.account = Some(account);
    mailer.send(&letter()).await.unwrap();
    let sent = STANDARD.encode("\0earnest\0hidden");
    assert!(
        server.lines().contains(&format!("AUTH PLAIN {sent}")),
        "{:?}",
        server.lines()
    );

    let server = Server::start(&[("AUTH", "535 5.7.8 wrong")]).await;
    mailer.access.port = server.port;
    let refused = mailer.send(&letter()).await.unwrap_err();
    assert!(matches!(refused, NotSent::Later { .. }), "{refused:?}");
    assert!(
        refused.to_string().contains("does not let mail.user in") && !refused.to_string().contains("hidden")
    );
    std::fs::write(file.path(), "").unwrap();
    assert!(
        mailer
            .send(&letter())
            .await
            .unwrap_err()
            .to_string()
            .contains("empty line")
    );
}

#[tokio::test]
async fn no_letter_leaves_without_the_tls_that_was_asked_for() {
    let server = Server::start(&[]).await;
    let mut mailer = server.mailer();
    mailer.access.security = MailSecurity::StartTls;
    let refused = mailer.send(&letter()).await.unwrap_err();
    assert!(refused.to_string().contains("offers no STARTTLS"), "{refused}");
    mailer.access.security = MailSecurity::Tls;
    let refused = mailer.send(&letter()).await.unwrap_err();
    assert!(matches!(refused, NotSent::Later { .. }), "{refused:?}");
    assert!(server.letter().is_empty());
}
