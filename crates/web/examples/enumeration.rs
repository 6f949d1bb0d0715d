//! Whether the time of an answer tells who has an account: signing in with a password, asking for a link, asking for an
//! account, each for known and unknown addresses in a random order. What `bench/enumeration.sh` runs.
//!
//! `enumeration [SAMPLES]` prints the medians of both, their ratio, and the p of the Mann-Whitney test, which says how often
//! chance alone would part the two as much.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

use std::error::Error;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use earnest_app::App;
use earnest_app::content::Catalogue;
use earnest_app::desk::Desk;
use earnest_app::outside::{Clock, Randomness};
use earnest_app::password::{self, Proof};
use earnest_app::seal::Sealing;
use earnest_hire::ids::Ids;
use earnest_hire::person::{Email, Person, Roles};
use earnest_store::Store;
use earnest_web::caller::{Peer, Proxies};
use earnest_web::health::Check;
use earnest_web::look::Look;
use earnest_web::metrics::Metrics;
use earnest_web::request_id::RequestIds;
use earnest_web::site::Site;
use earnest_web::{Web, routes};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const NOW: Timestamp = Timestamp::constant(1_795_521_600, 0);

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

struct Drawn(AtomicU64);

impl Drawn {
    fn next(&self) -> [u8; 32] {
        Sha256::digest(self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes()).into()
    }
}

impl Randomness for Drawn {
    fn fill(&self, bytes: &mut [u8]) {
        for (byte, value) in bytes.iter_mut().zip(self.next().iter().cycle()) {
            *byte = *value;
        }
    }
}

/// Whether there is an account; the addresses are of one length.
fn address(known: bool, number: usize) -> String {
    let name = if known { "known" } else { "nobod" };
    format!("{name}{number:06}@example.org")
}

async fn site(folder: &tempfile::TempDir, samples: usize) -> Outcome<Router> {
    let store = Store::open(&folder.path().join("earnest.db"))?;
    store.migrate(NOW).await?;
    let (clock, randomness) = (Arc::new(Still), Arc::new(Drawn(AtomicU64::new(1))));
    let mut desk = Desk::new(store.clone(), clock.clone(), randomness.clone());
    desk.sealing = Sealing::of([7; 32]);
    let app = App {
        desk: desk.clone(),
        store,
        catalogue: Arc::new(Catalogue::empty()),
        clock,
        randomness,
        currency: desk.currency,
    };
    people(&desk, samples).await?;
    let site = Site {
        name: "Northgate Engineers".to_owned(),
        footer: String::new(),
        disclosure: String::new(),
        email: None,
        origin: "http://127.0.0.1:8080".to_owned(),
        first_reply_hours: 24,
        legal: Vec::new(),
        look: Look::default(),
        proxies: Proxies::default(),
        demo_people: Vec::new(),
    };
    let metrics = Metrics::install()?;
    let web = Web::new(site, Arc::new(app), RequestIds::new(1), metrics, Check::always());
    Ok(routes::router(Arc::new(web)))
}

/// As many people with a password as there are samples; all have the first one's.
async fn people(desk: &Desk, samples: usize) -> Outcome<()> {
    let first: Email = "first@example.org".parse().map_err(|_fault| "no address")?;
    let asked = password::sign_up(desk, &first, ("Ada", "three plain words"), Proof::None);
    asked.await?;
    let read = desk.store.read(move |mut view| {
        let first = first.clone();
        async move { view.password(&first).await }
    });
    let found: Result<_, earnest_store::Error> = read.await;
    let phc = found?
        .and_then(|(_, phc)| phc)
        .ok_or("the first has no password")?;
    let mut ids = Ids::new(NOW, [3; 16]);
    let mut all = Vec::new();
    for number in 0..samples {
        all.push(Person {
            id: ids.person(),
            email: address(true, number).parse().map_err(|_fault| "no address")?,
            name: "Ada".to_owned(),
            roles: Roles::default(),
            since: NOW,
        });
    }
    let kept = desk.store.write(move |mut tx| {
        let (all, phc) = (all.clone(), phc.clone());
        async move {
            for person in &all {
                tx.insert_person(person).await?;
                tx.set_password(person.id, &phc, NOW).await?;
            }
            tx.commit::<(), earnest_store::Error>(()).await
        }
    });
    Ok(kept.await?)
}

/// What is asked.
#[derive(Clone, Copy)]
enum Asked {
    Password,
    Link,
    Account,
}

impl Asked {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Password, "signing in with a password"),
        (Self::Link, "asking for a link"),
        (Self::Account, "asking for an account"),
    ];

    fn request(self, address: &str) -> Outcome<Request<Body>> {
        let form = |path: &str| {
            Request::post(path)
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/x-www-form-urlencoded")
        };
        let encoded = address.replace('@', "%40");
        Ok(match self {
            Self::Password => {
                form("/sign-in/password").body(format!("email={encoded}&password=another+long+one").into())?
            }
            Self::Link => form("/sign-in").body(format!("email={encoded}").into())?,
            Self::Account => Request::post("/api/v1/accounts")
                .header("content-type", "application/json")
                .body(
                    format!(r#"{{"email": "{address}", "password": "another long one", "name": "Ada"}}"#)
                        .into(),
                )?,
        })
    }
}

/// Microseconds, status and bytes of an answer.
async fn sample(
    router: &Router,
    mut request: Request<Body>,
    number: u128,
) -> Outcome<(f64, (StatusCode, usize))> {
    let peer = Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | (number << 64));
    request.extensions_mut().insert(Peer(IpAddr::V6(peer)));
    let begun = Instant::now();
    let response = router.clone().oneshot(request).await?;
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await?;
    Ok((begun.elapsed().as_secs_f64() * 1e6, (status, body.len())))
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let samples = std::env::args().nth(1).map_or(Ok(2_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let router = site(&folder, samples).await?;
    let (mut peers, order) = (0_u128, Drawn(AtomicU64::new(1_000_000_007)));
    println!("| what | samples each | known, median | unknown, median | ratio | Mann-Whitney p |");
    println!("|---|---|---|---|---|---|");
    for (asked, what) in Asked::ALL {
        let (mut known, mut unknown, mut shapes) = (Vec::new(), Vec::new(), Vec::new());
        // Some first ones are thrown away: what is made at the first use is made then.
        for number in 0..20 {
            peers += 1;
            sample(
                &router,
                asked.request(&format!("warm{number:07}@example.org"))?,
                peers,
            )
            .await?;
        }
        for number in 0..samples {
            let first = order.next().first().is_some_and(|byte| byte & 1 == 1);
            for is_known in [first, !first] {
                peers += 1;
                let request = asked.request(&address(is_known, number))?;
                let (took, shape) = sample(&router, request, peers).await?;
                if is_known { &mut known } else { &mut unknown }.push(took);
                if !shapes.contains(&shape) {
                    shapes.push(shape);
                }
            }
        }
        let p = mann_whitney(&known, &unknown);
        let (known, unknown) = (median(known), median(unknown));
        println!(
            "| {what} | {samples} | {known:.0} µs | {unknown:.0} µs | {:.3} | {p:.3} |",
            known / unknown
        );
        println!("answers of that: {shapes:?}");
    }
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Two-sided, by the normal approximation, which is close from some tens of samples on.
fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = one.iter().map(|time| (*time, true)).collect();
    all.extend(other.iter().map(|time| (*time, false)));
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks = (1_u32..).zip(&all).filter(|(_, (_, is_one))| *is_one);
    let sum: f64 = ranks.map(|(rank, _)| f64::from(rank)).sum();
    let count = |times: &[f64]| f64::from(u32::try_from(times.len()).unwrap_or(u32::MAX));
    let (n, m) = (count(one), count(other));
    let u = sum - n * (n + 1.0) / 2.0;
    let spread = (n * m * (n + m + 1.0) / 12.0).sqrt();
    let z = ((u - n * m / 2.0) / spread).abs();
    2.0 * (1.0 - earnest_compare::normal::cumulative(z))
}
