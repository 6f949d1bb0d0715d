//! The demo as somebody meets it: a world with a past, the same after a restart, and a clock that its operator moves.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::running::Running;

#[path = "running/mod.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod running;

/// Longer than anything takes, however busy the machine is.
const LONG: Duration = Duration::from_secs(60);

/// Somebody with a browser.
struct Visitor<'a> {
    site: &'a Running,
    cookie: String,
}

impl<'a> Visitor<'a> {
    fn come_in(site: &'a Running, email: &str) -> Self {
        let mut visitor = Self {
            site,
            cookie: String::new(),
        };
        let reply = visitor.post(&format!("/demo/sign-in/{email}"), "");
        visitor.cookie = header(&reply, "set-cookie").split(';').next().unwrap().to_owned();
        visitor
    }

    fn ask(&self, head: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.site.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let host = &self.site.address;
        write!(
            stream,
            "{head} HTTP/1.1\r\nhost: {host}\r\ncookie: {}\r\nsec-fetch-site: same-origin\r\ncontent-type: \
             application/x-www-form-urlencoded\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.cookie,
            body.len()
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path}"), "")
    }

    fn post(&self, path: &str, form: &str) -> String {
        self.ask(&format!("POST {path}"), form)
    }

    /// The pages of all contracts that the visitor is a party of.
    fn contracts(&self) -> Vec<String> {
        let list = self.get("/contracts");
        let mut paths: Vec<&str> = list
            .split("href=\"/contracts/")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        paths.sort_unstable();
        paths.dedup();
        paths
            .into_iter()
            .map(|id| self.get(&format!("/contracts/{id}")))
            .collect()
    }
}

fn header<'r>(reply: &'r str, name: &str) -> &'r str {
    let line = reply.lines().find(|line| line.starts_with(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {reply}"))
        .split_once(": ")
        .unwrap()
        .1
}

fn demo(folder: &TempDir) -> Running {
    Running::start(folder, &["--demo"])
}

/// The state of each milestone, as the page of its contract says it.
fn states(contracts: &[String]) -> String {
    let mut said: Vec<String> = Vec::new();
    for page in contracts {
        for part in page.split("class=\"tag").skip(1) {
            said.push(
                part.split('>')
                    .nth(1)
                    .unwrap()
                    .split('<')
                    .next()
                    .unwrap()
                    .to_owned(),
            );
        }
    }
    said.join(", ")
}

#[test]
fn it_has_a_past_that_a_restart_leaves_as_it_is() {
    let folder = TempDir::new().unwrap();
    let begun = Instant::now();
    let site = demo(&folder);
    println!("the first start took {:?}", begun.elapsed());
    let mut before = Vec::new();
    for email in ["clara@demo.example", "emil@demo.example"] {
        let visitor = Visitor::come_in(&site, email);
        let (contracts, balance) = (visitor.contracts(), visitor.get("/balance"));
        println!("{email}: {}", states(&contracts));
        before.push((contracts.len(), states(&contracts), balance.len()));
    }
    assert_eq!((before[0].0, before[1].0), (4, 4));
    site.stop();
    let begun = Instant::now();
    let site = demo(&folder);
    println!("the second start took {:?}", begun.elapsed());
    for (email, before) in ["clara@demo.example", "emil@demo.example"]
        .into_iter()
        .zip(before)
    {
        let visitor = Visitor::come_in(&site, email);
        let (contracts, balance) = (visitor.contracts(), visitor.get("/balance"));
        assert_eq!((contracts.len(), states(&contracts), balance.len()), before);
    }
    site.stop();
}

#[test]
fn silence_becomes_approval_while_the_operator_moves_the_clock() {
    let folder = TempDir::new().unwrap();
    let site = demo(&folder);
    let clara = Visitor::come_in(&site, "clara@demo.example");
    let of_quotes = |visitor: &Visitor<'_>| -> String {
        let found = visitor
            .contracts()
            .into_iter()
            .find(|page| page.contains("Rules as code"));
        found.unwrap()
    };
    assert!(of_quotes(&clara).contains("Approve and pay $4,500.00"));
    let olga = Visitor::come_in(&site, "olga@demo.example");
    assert!(clara.post("/demo/clock", "step=week").starts_with("HTTP/1.1 404"));
    let moved = olga.post("/demo/clock", "step=week");
    assert!(moved.starts_with("HTTP/1.1 303"), "{moved}");
    let told = olga.get(header(&moved, "location"));
    assert_eq!(
        told.matches("The client was reminded to review").count(),
        3,
        "{told}"
    );
    assert!(told.contains("it counts as approved"), "{told}");
    assert!(!of_quotes(&clara).contains("Approve and pay $4,500.00"));
    site.stop();
    // a restart does not go back, and time still goes on for the provider, too
    let site = demo(&folder);
    let clara = Visitor::come_in(&site, "clara@demo.example");
    assert!(!of_quotes(&clara).contains("Approve and pay $4,500.00"));
    let olga = Visitor::come_in(&site, "olga@demo.example");
    let later = olga.post("/demo/clock", "step=next");
    assert!(later.starts_with("HTTP/1.1 303"), "{later}");
    let from = header(&later, "location").split_once('=').unwrap().1;
    let first = header(&moved, "location").split_once('=').unwrap().1;
    let apart = from
        .parse::<jiff::Timestamp>()
        .unwrap()
        .duration_since(first.parse().unwrap());
    assert!(apart >= jiff::SignedDuration::from_hours(7 * 24), "{apart:?}");
    site.stop();
}
