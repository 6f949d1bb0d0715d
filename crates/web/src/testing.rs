//! Asking the site in process, without a socket. For the tests of this crate.

use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use earnest_app::App;
use earnest_app::content::{Catalogue, Files, embedded, overlay};
use earnest_app::desk::Desk;
use earnest_app::outside::mail::{Mailer, Sending};
use earnest_app::outside::payments::PaymentProvider;
use earnest_app::outside::payments::bank::BankProvider;
use earnest_app::outside::{Clock, MovableClock, Randomness};
use earnest_app::{account, expert as experts};
use earnest_hire::expert::{Decision, Draft, TypedSkill};
use earnest_hire::ids::PersonId;
use earnest_hire::person::{Email, Role, Roles};
use earnest_store::{MailRow, Store};
use jiff::{SignedDuration, Timestamp};
use tower::ServiceExt;

use crate::caller::Peer;
use crate::health::Check;
use crate::metrics::Metrics;
use crate::request_id::RequestIds;
use crate::site::Site;
use crate::{Ctx, Web, routes};

/// A site with fixed words and ids.
pub(crate) fn web() -> Ctx {
    web_of(app())
}

pub(crate) fn web_of(app: Arc<App>) -> Ctx {
    web_for(site(), app)
}

/// The same of another site.
pub(crate) fn web_with(site: Site) -> Ctx {
    web_for(site, app())
}

fn web_for(site: Site, app: Arc<App>) -> Ctx {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    let metrics = METRICS.get_or_init(|| Metrics::install().unwrap()).clone();
    Arc::new(Web::new(site, app, RequestIds::new(1), metrics, Check::always()))
}

/// The embedded content, a fresh database, a fixed clock, and randomness that counts.
pub(crate) fn app() -> Arc<App> {
    static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
    let catalogue = CATALOGUE
        .get_or_init(|| Arc::new(Catalogue::read(&embedded()).unwrap()))
        .clone();
    app_of(catalogue)
}

/// The same with other content.
fn app_of(catalogue: Arc<Catalogue>) -> Arc<App> {
    let folder = tempfile::tempdir().unwrap().keep();
    let store = Store::open(&folder.join("earnest.db")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let migrated = store.clone();
    std::thread::spawn(move || runtime.block_on(migrated.migrate(NOW)).unwrap())
        .join()
        .unwrap();
    let clock = Arc::new(Fixed(NOW));
    let randomness = Arc::new(Counting(AtomicU64::new(1)));
    let mut desk = Desk::new(store.clone(), clock.clone(), randomness.clone());
    desk.sealing = earnest_app::seal::Sealing::of([7; 32]);
    Arc::new(App {
        desk,
        store,
        catalogue,
        clock,
        randomness,
        currency: "USD".parse().unwrap(),
    })
}

/// What time it is in tests: noon on 24 November 2026, UTC.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_795_521_600, 0);

#[derive(Debug)]
struct Fixed(Timestamp);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }
}

#[derive(Debug)]
struct Counting(AtomicU64);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for (byte, value) in bytes.iter_mut().zip(
            self.0
                .fetch_add(1, Ordering::Relaxed)
                .to_le_bytes()
                .into_iter()
                .cycle(),
        ) {
            *byte = value;
        }
    }
}

pub(crate) fn site() -> Site {
    Site {
        name: "Northgate Engineers".into(),
        footer: "Northgate GmbH, Hamburg".into(),
        disclosure: "Northgate earns when you hire, whichever technology you choose.".into(),
        email: Some("hello@northgate.example".into()),
        origin: "http://127.0.0.1:8080".into(),
        first_reply_hours: 24,
        legal: crate::site::LegalLink::all(&earnest_app::legal::Texts::default()),
        look: crate::look::Look::default(),
        proxies: crate::caller::Proxies::default(),
        demo_people: Vec::new(),
    }
}

/// The embedded files with the small comparison of `tests/content` laid over them.
pub(crate) fn with_small() -> Files {
    let mut files = embedded();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/content");
    overlay(&mut files, &folder).unwrap();
    files
}

/// The small comparison with other words and the same editions: another name for Go, for a criterion, for the whole, and
/// without its must-have and its situation.
pub(crate) fn reworded() -> Files {
    let mut files = with_small();
    let text = files
        .get_mut("comparisons/go-vs-rust-for-services/comparison.toml")
        .unwrap();
    let (about, _conditions) = text.split_once("[[must_have]]").unwrap();
    *text = about.replace("title = \"Go vs Rust", "title = \"Golang vs Rust");
    for (file, from, to) in [
        ("technologies.toml", "name = \"Go\"", "name = \"Golang\""),
        (
            "criteria.toml",
            "label = \"Ecosystem size\"",
            "label = \"Packages\"",
        ),
    ] {
        let text = files.get_mut(file).unwrap();
        assert!(text.contains(from), "{from}");
        *text = text.replace(from, to);
    }
    files
}

/// The small comparison with an edition that compares by performance alone.
pub(crate) fn narrower() -> Files {
    let mut files = reworded();
    let folder = "comparisons/go-vs-rust-for-services";
    let text = files.get_mut(&format!("{folder}/comparison.toml")).unwrap();
    *text = text
        .replace(
            "criteria = [\"performance\", \"ecosystem\"]",
            "criteria = [\"performance\"]",
        )
        .replace("default_edition = \"1\"", "default_edition = \"2\"");
    let first = files.remove(&format!("{folder}/editions/1.toml")).unwrap();
    let second = first
        .replace("number = \"1\"", "number = \"2\"")
        .replace("2026-11-02", "2026-11-20")
        .replace("ecosystem = 1.0\n", "");
    files.insert(format!("{folder}/editions/2.toml"), second);
    files
}

/// The parts of a page between two marks, in order.
pub(crate) fn between<'p>(page: &'p str, from: &str, to: &str) -> Vec<&'p str> {
    let parts = page.split(from).skip(1);
    parts
        .map(|part| part.split(to).next().unwrap_or_default())
        .collect()
}

/// What came back, read to its end.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}

/// A visitor in front of one router.
#[derive(Clone)]
pub(crate) struct Visitor {
    router: Router,
    pub(crate) web: Ctx,
    app: Arc<App>,
    letters: Arc<Letters>,
    cookie: Option<String>,
    /// From which address; otherwise each request comes from one of its own.
    from: Option<IpAddr>,
}

/// An address of a documentation's network that nobody has had before.
fn fresh_address() -> IpAddr {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let next = u128::from(NEXT.fetch_add(1, Ordering::Relaxed) & 0xffff_ffff);
    IpAddr::V6(Ipv6Addr::from_bits((0x2001_0db8_u128 << 96) | (next << 64)))
}

impl Visitor {
    pub(crate) fn new() -> Self {
        Self::of(&app())
    }

    /// A site with the operator's own look.
    pub(crate) fn looking(look: crate::look::Look) -> Self {
        let site = Site { look, ..site() };
        Self::before(routes::router(web_for(site, app())))
    }

    /// A site with these content files instead of the embedded ones.
    pub(crate) fn with(files: &Files) -> Self {
        Self::of(&app_of(Arc::new(Catalogue::read(files).unwrap())))
    }

    /// The same database after a start with these content files: their editions are kept in it, and those that it kept
    /// before are shown beside them.
    pub(crate) async fn publishing(&self, files: &Files) -> Self {
        let mut catalogue = Catalogue::read(files).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let mut app = App::clone(&self.app);
        earnest_app::edition::publish(&app.store, &app.clock, &mut catalogue)
            .await
            .unwrap();
        app.catalogue = Arc::new(catalogue);
        Self::of(&Arc::new(app))
    }

    /// In front of a router of the test's own.
    pub(crate) fn before(router: Router) -> Self {
        Self {
            router,
            ..Self::new()
        }
    }

    fn of(app: &Arc<App>) -> Self {
        let letters = Arc::new(Letters::default());
        let mut app = App::clone(app);
        let bank = BankProvider::new(
            app.store.clone(),
            app.clock.clone(),
            "Northgate GmbH".to_owned(),
            app.currency,
        );
        let bank = bank.at("DE89370400440532013000".parse().unwrap());
        let bank: Arc<dyn PaymentProvider> = Arc::new(bank);
        app.desk.providers = Arc::new([("bank".to_owned(), bank)].into());
        app.desk.mailer = letters.clone();
        app.desk.origin = site().origin;
        let app = Arc::new(app);
        let web = web_of(app.clone());
        Self {
            router: routes::router(web.clone()),
            web,
            app,
            letters,
            cookie: None,
            from: None,
        }
    }

    /// The same site in another browser, where nobody is signed in.
    pub(crate) fn signed_out(&self) -> Self {
        Self {
            cookie: None,
            ..self.clone()
        }
    }

    /// The same browser after an answer, with the cookie that came with it.
    pub(crate) fn after(&self, reply: &Reply) -> Self {
        let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
        Self {
            cookie: Some(cookie).filter(|cookie| !cookie.is_empty()),
            ..self.clone()
        }
    }

    /// The same visitor at one address of the network.
    pub(crate) fn from(&self, address: &str) -> Self {
        Self {
            from: Some(address.parse().unwrap()),
            ..self.clone()
        }
    }

    /// The same site in a demo, by a clock that can be moved.
    pub(crate) fn at(&self, clock: Arc<dyn MovableClock>) -> Self {
        let mut app = App::clone(&self.app);
        app.clock = clock.clone();
        app.desk.clock = clock.clone();
        app.desk.demo_clock = Some(clock);
        let app = Arc::new(app);
        Self {
            router: routes::router(web_of(app.clone())),
            app,
            ..self.clone()
        }
    }

    /// The same site and browser, with something about the desk changed.
    pub(crate) fn with_desk(&self, change: impl FnOnce(&mut Desk)) -> Self {
        let mut app = App::clone(&self.app);
        change(&mut app.desk);
        let app = Arc::new(app);
        Self {
            router: routes::router(web_of(app.clone())),
            app,
            ..self.clone()
        }
    }

    /// The same visitor in front of the same site so many days after [`NOW`], with all that has happened by itself.
    pub(crate) async fn later(&self, days: i64) -> Self {
        let mut app = App::clone(&self.app);
        for day in 1..=days {
            app.clock = Arc::new(Fixed(NOW + SignedDuration::from_hours(24 * day)));
            app.desk.clock = Arc::clone(&app.clock);
            earnest_app::timers::run_due(&app.desk).await.unwrap();
        }
        let app = Arc::new(app);
        Self {
            router: routes::router(web_of(app.clone())),
            app,
            ..self.clone()
        }
    }

    /// As [`Visitor::later`], for somebody else at the same moment.
    pub(crate) fn beside(&self, other: &Self) -> Self {
        Self {
            cookie: self.cookie.clone(),
            ..other.clone()
        }
    }

    /// The same visitor, who has just proved with a second factor that it is them.
    pub(crate) async fn proved(self, email: &str) -> Self {
        let (email, now): (Email, _) = (email.parse().unwrap(), self.app.clock.now());
        let proved = self.desk().store.write(move |mut tx| {
            let email = Email::clone(&email);
            async move {
                let person = tx.person_of_email(&email).await?.unwrap();
                for session in tx.sessions_of(person.id, now).await? {
                    tx.prove_session(session.token_sha256, now).await?;
                }
                tx.commit::<(), earnest_store::Error>(()).await
            }
        });
        proved.await.unwrap();
        self
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.app.desk
    }

    /// Does what waits, and gives what was written to somebody since.
    pub(crate) async fn letters_to(&self, email: &str) -> Vec<MailRow> {
        earnest_app::job::run_due(self.desk()).await.unwrap();
        earnest_app::mail::run_due(self.desk()).await.unwrap();
        let mut letters = std::mem::take(&mut *self.letters.0.lock().unwrap());
        letters.retain(|letter| letter.to.as_str() == email);
        letters
    }

    /// Asks for a link and reads its token in the letter.
    pub(crate) async fn link(&self, email: &str) -> String {
        let reply = self.post("/sign-in", &format!("email={email}")).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        earnest_app::mail::run_due(self.desk()).await.unwrap();
        let letters = std::mem::take(&mut *self.letters.0.lock().unwrap());
        let links = letters
            .iter()
            .filter(|letter| letter.to.as_str() == email.to_lowercase());
        let rest = links
            .filter_map(|letter| letter.body.split_once("/sign-in/"))
            .map(|(_, rest)| rest)
            .next_back()
            .unwrap();
        rest.lines().next().unwrap().to_owned()
    }

    /// The same site, as somebody who has come in by a link.
    pub(crate) async fn come_in(&self, email: &str, name: &str) -> Self {
        let (token, elsewhere) = (self.link(email).await, self.signed_out());
        let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let reply = elsewhere
            .post(&format!("/sign-in/{token}"), &format!("name={name}"))
            .await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
        Self {
            cookie: Some(cookie),
            ..self.clone()
        }
    }

    /// The same site, as an expert whom others see, and the id of their profile.
    pub(crate) async fn expert(&self, email: &str, name: &str) -> (Self, PersonId) {
        let visitor = self.come_in(email, name).await;
        let email = email.parse().unwrap();
        let desk = self.desk();
        let who = account::appoint(desk, &email, name, &Roles::default())
            .await
            .unwrap();
        let python = TypedSkill {
            name: "Python".to_owned(),
            years: "6".to_owned(),
            evidence: "https://example.org/work".to_owned(),
        };
        let draft = Draft {
            headline: "Python services".to_owned(),
            about: "Many of them".to_owned(),
            skills: vec![python],
            rate: "95".to_owned(),
            languages: "English".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            ..Draft::default()
        };
        experts::save(desk, who.id, &draft, 0).await.unwrap();
        experts::act(desk, who.id, experts::Act::Submit).await.unwrap();
        let roles = [Role::Support].into_iter().collect();
        let office = "vera@example.org".parse().unwrap();
        let office = account::appoint(desk, &office, "Vera", &roles).await.unwrap();
        let verdict = experts::Verdict {
            version: 2,
            decision: Decision::Approved,
            failed: std::collections::BTreeSet::default(),
            reasons: String::new(),
        };
        experts::vet(desk, &office, who.id, &verdict).await.unwrap();
        (visitor, who.id)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(Request::get(path), "").await
    }

    /// Posts a form from our own page.
    pub(crate) async fn post(&self, path: &str, form: &str) -> Reply {
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        self.ask(request, form).await
    }

    pub(crate) async fn method(&self, method: Method, path: &str) -> Reply {
        self.ask(
            Request::builder()
                .method(method)
                .uri(path)
                .header("sec-fetch-site", "none"),
            "",
        )
        .await
    }

    /// The site begins to end.
    pub(crate) fn close(&self) {
        self.web.close();
    }

    /// An answer whose body is still to come.
    pub(crate) async fn begin(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::get(path);
        let cookie = self.cookie.iter().map(|cookie| ("cookie", cookie.as_str()));
        for (name, value) in headers.iter().copied().chain(cookie) {
            request = request.header(name, value);
        }
        let request = request.body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub(crate) async fn ask(&self, request: axum::http::request::Builder, body: &str) -> Reply {
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
        let request = request.extension(Peer(self.from.unwrap_or_else(fresh_address)));
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }
}

/// Letters that the site has sent, for everybody who asks.
#[derive(Debug, Default)]
pub(crate) struct Letters(Mutex<Vec<MailRow>>);

impl Mailer for Letters {
    fn send<'a>(&'a self, letter: &'a MailRow) -> Sending<'a> {
        self.0.lock().unwrap().push(letter.clone());
        Box::pin(async { Ok(()) })
    }
}
