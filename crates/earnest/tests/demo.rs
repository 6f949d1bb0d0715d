//! The demo as somebody meets it: a world with a past, the same after a restart, and a clock that its operator moves.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use earnest_store::Store;
use tempfile::TempDir;

use crate::running::{Running, earnest, run};

#[path = "running/mod.rs"]
#[expect(dead_code, reason = "shared with other tests")]
mod running;

/// Longer than anything takes, however busy the machine is.
const LONG: Duration = Duration::from_mins(1);

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
        let cookie = header(&reply, "set-cookie").split(';').next().unwrap();
        cookie.clone_into(&mut visitor.cookie);
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

    /// Any bytes there and back: what was answered, head and body apart.
    fn bytes(&self, head: &str, kind: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.site.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let (host, cookie, length) = (&self.site.address, &self.cookie, body.len());
        // the older version knows no body in chunks
        let head = format!(
            "{head} HTTP/1.0\r\nhost: {host}\r\ncookie: {cookie}\r\nsec-fetch-site: same-origin\r\ncontent-type: {kind}\r\n\
             content-length: {length}\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        let end = reply.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let body = reply.split_off(end + 4);
        (String::from_utf8(reply).unwrap(), body)
    }

    /// Sends a file into a conversation; its address.
    fn sends(&self, talk: &str, name: &str, content: &[u8]) -> String {
        let open = format!(
            "--parts\r\ncontent-disposition: form-data; name=\"text\"\r\n\r\nSee {name}\r\n--parts\r\ncontent-disposition: \
             form-data; name=\"files\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        let body = [open.as_bytes(), content, b"\r\n--parts--\r\n"].concat();
        let kind = "multipart/form-data; boundary=parts";
        let (head, _) = self.bytes(&format!("POST {talk}/messages"), kind, &body);
        assert!(head.contains(" 303 "), "{head}");
        let page = self.get(talk);
        let (before, _) = page
            .split_once(&format!(">{name}<"))
            .unwrap_or_else(|| panic!("{page}"));
        let (_, link) = before.rsplit_once("href=\"").unwrap();
        link.split('"').next().unwrap().to_owned()
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

/// What stands in the database of a site that was stopped: the states of milestones, payouts and requests.
struct Kept {
    milestones: Vec<&'static str>,
    /// Of contracts, each once.
    standings: Vec<&'static str>,
    payouts: Vec<&'static str>,
    requests: Vec<&'static str>,
}

fn kept(folder: &TempDir) -> Kept {
    let store = Store::open_to_read(&folder.path().join("earnest-data/earnest.db")).unwrap();
    let read = store.read(|mut view| async move {
        let (mut contracts, mut payouts, mut requests) = (BTreeMap::new(), Vec::new(), Vec::new());
        for name in ["clara", "emil", "tobias", "mira", "jonas"] {
            let email = format!("{name}@demo.example").parse().unwrap();
            let person = view.person_of_email(&email).await?.unwrap();
            for contract in view.contracts_of(person.id, None, 99).await? {
                contracts.insert(contract.id.to_string(), contract);
            }
            let payee = view.payee(person.id).await?;
            payouts.extend(
                payee
                    .iter()
                    .flat_map(|payee| &payee.payouts)
                    .map(|one| one.state.name()),
            );
            let rows = view.progress_of(person.id).await?;
            requests.extend(rows.iter().map(|row| row.progress.stage.name()));
        }
        let milestones = contracts.values().flat_map(|one| &one.milestones);
        Ok::<_, earnest_store::Error>(Kept {
            milestones: milestones.map(|one| one.state.kind().name()).collect(),
            standings: contracts.values().map(|one| one.standing.name()).collect(),
            payouts,
            requests,
        })
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut kept = runtime.block_on(read).unwrap();
    kept.milestones.sort_unstable();
    kept.standings.sort_unstable();
    kept.standings.dedup();
    kept.requests.sort_unstable();
    kept
}

/// What the books have in all accounts whose name begins so, on the side on which they grow.
fn balance_of(folder: &TempDir, account: &str) -> i64 {
    let told = run(folder, &["ledger", "trial-balance", "--json"]);
    assert!(told.status.success(), "{told:?}");
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let lines = told["accounts"].as_array().unwrap();
    let of = lines
        .iter()
        .filter(|line| line["account"].as_str().unwrap().starts_with(account));
    of.map(|line| line["balance_minor"].as_i64().unwrap()).sum()
}

#[test]
fn the_start_prints_a_link_for_each_role_and_it_lets_in() {
    let folder = TempDir::new().unwrap();
    let mut child = earnest(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--demo"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let first = lines.next().unwrap();
    let address = first.strip_prefix("Earnest is at http://").unwrap();
    let address = address.split(' ').next().unwrap().to_owned();
    let printed: Vec<String> = lines
        .by_ref()
        .skip_while(|line| !line.starts_with("Come in as"))
        .take(6)
        .collect();
    let site = Running { child, address };
    let stranger = Visitor {
        site: &site,
        cookie: String::new(),
    };
    for (role, page) in [
        ("a client", "/me"),
        ("an expert", "/balance"),
        ("the operator", "/office"),
        ("a second operator", "/office"),
        ("a third operator", "/office"),
        ("a client whose contract is on hold", "/contracts"),
    ] {
        let line = printed.iter().find(|line| line.contains(&format!(", {role}: ")));
        let line = line.unwrap_or_else(|| panic!("{role}: {printed:?}"));
        let (_, href) = line.split_once(": ").unwrap();
        let path = href.strip_prefix(&format!("http://{}", site.address)).unwrap();
        let shown = stranger.get(path);
        assert!(shown.contains(&format!("action=\"{path}\"")), "{shown}");
        let email = path.rsplit('/').next().unwrap();
        let somebody = Visitor::come_in(&site, email);
        assert!(somebody.get(page).starts_with("HTTP/1.1 200"), "{role}");
    }
    site.stop();
}

#[test]
#[expect(clippy::too_many_lines, reason = "one look at all that is there")]
fn it_has_a_past_that_a_restart_leaves_as_it_is() {
    let folder = TempDir::new().unwrap();
    for _start in 0..2 {
        let site = demo(&folder);
        let clara = Visitor::come_in(&site, "clara@demo.example");
        let emil = Visitor::come_in(&site, "emil@demo.example");
        assert_eq!((clara.contracts().len(), emil.contracts().len()), (4, 4));
        let balance = emil.get("/balance");
        assert!(
            balance.contains("<dt>$3,420.00</dt><dd>can be paid out</dd>"),
            "{balance}"
        );
        assert!(balance.contains("$7,920.00"), "{balance}");
        let olga = Visitor::come_in(&site, "olga@demo.example");
        let ends = olga.get("/office/deadlines");
        assert!(ends.contains("Evidence against a chargeback"), "{ends}");
        let held = olga.get("/office/holds");
        assert!(
            held.contains("A payment of this contract has to be looked at."),
            "{held}"
        );
        let unknown = olga.get("/office/receipts");
        assert!(unknown.contains("Hartmann Logistics"), "{unknown}");
        site.stop();
        for account in [
            "A:bank:",
            "A:chargeback:",
            "A:psp:",
            "A:receivable:",
            "L:dispute_hold:",
            "L:escrow:",
            "L:expert_payable:",
            "L:expert_pending:",
            "L:tax_payable:",
            "L:unmatched_receipts",
        ] {
            assert!(balance_of(&folder, account) > 0, "{account}");
        }
        let proved = run(&folder, &["ledger", "verify"]);
        assert!(proved.status.success(), "{proved:?}");
        let kept = kept(&folder);
        assert_eq!(
            kept.standings,
            [
                "active",
                "declined",
                "ended",
                "ending",
                "expired",
                "offered",
                "paused",
                "withdrawn"
            ]
        );
        assert_eq!(
            kept.milestones,
            [
                "canceled",
                "changes_requested",
                "disputed",
                "funded",
                "funding",
                "planned",
                "planned",
                "planned",
                "planned",
                "planned",
                "planned",
                "planned",
                "refunded",
                "released",
                "released",
                "released",
                "released",
                "released",
                "released",
                "split",
                "submitted",
                "working",
            ]
        );
        assert_eq!(kept.payouts, ["paid"]);
        assert_eq!(
            kept.requests,
            [
                "expired",
                "filled",
                "filled",
                "filled",
                "filled",
                "filled",
                "filled",
                "filled",
                "matched",
                "open",
                "open",
                "paused",
                "submitted",
            ]
        );
    }
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

/// What people send each other is in the backup, and nothing of it lies anywhere else.
#[test]
fn a_file_of_a_conversation_is_there_byte_for_byte_after_a_backup_was_brought_back() {
    let folder = TempDir::new().unwrap();
    // of more than one piece, with every byte in it, and not a whole number of pieces
    let content: Vec<u8> = (0..200_003_u32)
        .map(|place| u8::try_from((place / 251 + place) % 256).unwrap())
        .collect();
    let site = demo(&folder);
    let clara = Visitor::come_in(&site, "clara@demo.example");
    let home = clara.get("/me");
    let (_, rest) = home.split_once("href=\"/conversations/").unwrap();
    let talk = format!("/conversations/{}", rest.split('"').next().unwrap());
    let file = clara.sends(&talk, "plan.bin", &content);
    let copied = run(&folder, &["backup", "copy.db"]);
    assert!(copied.status.success(), "{copied:?}");
    let later = clara.sends(&talk, "later.bin", b"after the backup");
    assert_eq!(
        clara.bytes(&format!("GET {later}"), "text/plain", b"").1,
        b"after the backup"
    );
    site.stop();

    for entry in std::fs::read_dir(folder.path().join("earnest-data")).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .starts_with("earnest.db")
        {
            std::fs::remove_file(path).unwrap();
        }
    }
    let restored = run(&folder, &["restore", "copy.db"]);
    assert!(restored.status.success(), "{restored:?}");
    let site = demo(&folder);
    // a stranger to the conversation, so that the file is not simply there for everybody
    let olga = Visitor::come_in(&site, "olga@demo.example");
    assert!(
        olga.bytes(&format!("GET {file}"), "text/plain", b"")
            .0
            .contains(" 404 ")
    );
    let clara = Visitor::come_in(&site, "clara@demo.example");
    let (head, back) = clara.bytes(&format!("GET {file}"), "text/plain", b"");
    assert!(head.contains(" 200 ") && head.contains("plan.bin"), "{head}");
    assert!(back == content, "{} bytes of {}", back.len(), content.len());
    assert!(
        clara
            .bytes(&format!("GET {later}"), "text/plain", b"")
            .0
            .contains(" 404 ")
    );
    site.stop();
}
