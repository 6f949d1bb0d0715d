//! The built program from outside: what it prints, how it answers, how it ends.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

struct Running {
    child: Child,
    address: String,
    directory: TempDir,
}

fn earnest(directory: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_earnest"));
    command.args(arguments).current_dir(directory.path()).env_clear();
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(arguments: &[&str]) -> Output {
    let directory = TempDir::new().unwrap();
    earnest(&directory, arguments).output().unwrap()
}

/// The next line that the site prints, and not a byte more: what follows is still to be read.
fn one_line(child: &mut Child) -> String {
    let (mut line, mut byte) = (Vec::new(), [0]);
    while byte != [b'\n'] {
        let printed = child.stdout.as_mut().unwrap().read_exact(&mut byte);
        printed.unwrap();
        line.push(byte[0]);
    }
    String::from_utf8(line).unwrap()
}

fn start(arguments: &[&str]) -> Running {
    let directory = TempDir::new().unwrap();
    let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
    all.extend(arguments);
    let mut child = earnest(&directory, &all).spawn().unwrap();
    let line = one_line(&mut child);
    assert!(line.ends_with(" — press Ctrl-C to stop\n"), "{line}");
    let address = line
        .strip_prefix("Earnest is at http://")
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    Running {
        child,
        address,
        directory,
    }
}

impl Running {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    fn terminate(&self) {
        assert!(
            Command::new("kill")
                .args(["-TERM", &self.child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end and returns what was still printed and logged.
    fn end(mut self) -> (Option<i32>, String, String) {
        let (mut printed, mut logged) = (String::new(), String::new());
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut printed)
            .unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut logged)
            .unwrap();
        (self.child.wait().unwrap().code(), printed, logged)
    }
}

#[test]
fn it_starts_in_an_empty_directory_prints_one_line_and_ends_when_told() {
    let running = start(&[]);
    assert!(running.get("/health").starts_with("HTTP/1.1 200 OK"));
    assert!(running.directory.path().join("earnest-data").is_dir());
    running.terminate();
    let (code, printed, logged) = running.end();
    assert_eq!((code, printed.as_str()), (Some(0), ""));
    assert!(logged.contains("stopped"), "{logged}");
}

#[test]
fn an_address_without_end_is_refused_with_a_sentence() {
    let running = start(&[]);
    for kilobytes in [9, 60, 64, 200] {
        let reply = running.get(&format!("/licences?{}", "a".repeat(kilobytes * 1024)));
        assert!(reply.starts_with("HTTP/1.1 414 "), "{kilobytes}: {reply}");
        assert!(reply.contains("address is too long"), "{kilobytes}: {reply}");
    }
    let mut stream = running.connect();
    stream.write_all(b"this is no HTTP\r\n\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.ends_with("This request cannot be read.\n"), "{reply}");
    running.terminate();
    running.end();
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let running = start(&[]);
    let output = run(&["serve", "--listen", &running.address]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(
        told.contains(&running.address) && told.contains("is taken by another program"),
        "{told}"
    );
    assert!(output.stdout.is_empty());
    running.terminate();
    running.end();
}

#[test]
fn a_request_under_way_is_finished() {
    let running = start(&[]);
    let mut stream = running.connect();
    let head =
        "POST /theme HTTP/1.1\r\nhost: x\r\nsec-fetch-site: same-origin\r\ncontent-length: 10\r\n\r\ntheme";
    stream.write_all(head.as_bytes()).unwrap();
    // the server must have read the head before it is told to stop: once it answers another request, it has
    running.get("/health");
    std::thread::yield_now();
    running.terminate();
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(&running.address).is_ok() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    stream.write_all(b"=dark").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 303"), "{reply}");
    assert_eq!(running.end().0, Some(0));
}

#[test]
fn a_client_that_never_finishes_does_not_hold_up_the_end() {
    let running = start(&[]);
    let mut stream = running.connect();
    stream
        .write_all(b"POST /theme HTTP/1.1\r\nhost: x\r\nsec-fetch-site: none\r\ncontent-length: 10\r\n\r\n")
        .unwrap();
    running.get("/health");
    let told = Instant::now();
    running.terminate();
    let (code, _, logged) = running.end();
    assert_eq!(code, Some(0));
    assert!(told.elapsed() < Duration::from_secs(12), "{:?}", told.elapsed());
    assert!(logged.contains("connections were cut"), "{logged}");
}

#[test]
fn the_log_has_one_line_per_request_and_nothing_personal() {
    let running = start(&["--log-format", "json"]);
    running.get("/licences?email=zoe@example.org");
    running.get("/hello/zoe@example.org");
    running.terminate();
    let (_, _, logged) = running.end();
    let lines: Vec<serde_json::Value> = logged
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let answered: Vec<_> = lines
        .iter()
        .filter(|line| line["message"] == "answered")
        .collect();
    assert_eq!(answered.len(), 2, "{logged}");
    assert_eq!(
        (answered[0]["path"].as_str(), answered[0]["status"].as_u64()),
        (Some("/licences"), Some(200))
    );
    assert_eq!(
        (answered[1]["path"].as_str(), answered[1]["status"].as_u64()),
        (Some("unmatched"), Some(404))
    );
    assert!(
        answered[0]["took_us"].is_u64() && answered[0]["request.id"].as_str().unwrap().starts_with("rid_")
    );
    assert!(!logged.contains("zoe"), "{logged}");
}

#[test]
fn all_mistakes_of_the_configuration_are_told_at_once() {
    let directory = TempDir::new().unwrap();
    std::fs::write(
        directory.path().join("earnest.toml"),
        "listen = \"here\"\ncolour = \"red\"\n",
    )
    .unwrap();
    let output = earnest(&directory, &["config", "check", "--log-format", "xml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("3 mistakes"), "{told}");
    for part in [
        "earnest.toml:1: listen",
        "earnest.toml:2: `colour`",
        "--log-format: log.format",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(run(&["config", "check"]).status.code(), Some(0));
}

/// Sends the control page of a demonstration's provider a request; none where nobody listens.
fn reaches(url: &str) -> bool {
    TcpStream::connect(url.strip_prefix("http://").unwrap()).is_ok()
}

#[test]
fn a_demonstration_has_a_provider_that_ends_with_it_even_when_it_is_killed() {
    let mut urls = Vec::new();
    for killed in [false, true] {
        let mut running = start(&["--demo"]);
        let line = one_line(&mut running.child);
        let word = line.split_whitespace().find(|word| word.ends_with("/control"));
        let url = word.unwrap().strip_suffix("/control").unwrap().to_owned();
        assert!(reaches(&url));
        assert!(running.get("/ready").contains("ready"));
        if killed {
            running.child.kill().unwrap();
        } else {
            running.terminate();
        }
        running.child.wait().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while reaches(&url) {
            assert!(Instant::now() < deadline, "{url} outlives the site");
            std::thread::yield_now();
        }
        urls.push(url);
    }
    assert_eq!(urls.len(), 2);
}
