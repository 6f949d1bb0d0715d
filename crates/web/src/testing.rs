//! Asking the site in process, without a socket. For the tests of this crate.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use earnest_app::App;
use earnest_app::content::{Catalogue, Files, embedded, overlay};
use earnest_app::desk::Desk;
use earnest_app::outside::mail::{Mailer, Sending};
use earnest_app::outside::payments::PaymentProvider;
use earnest_app::outside::payments::bank::BankProvider;
use earnest_app::outside::{Clock, Randomness};
use earnest_store::{MailRow, Store};
use jiff::Timestamp;
use tower::ServiceExt;

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
    let clock = Arc::new(Fixed);
    let randomness = Arc::new(Counting(AtomicU64::new(1)));
    Arc::new(App {
        desk: Desk::new(store.clone(), clock.clone(), randomness.clone()),
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
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        NOW
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
    app: Arc<App>,
    letters: Arc<Letters>,
    cookie: Option<String>,
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
        let bank: Arc<dyn PaymentProvider> = Arc::new(bank);
        app.desk.providers = Arc::new([("bank".to_owned(), bank)].into());
        app.desk.mailer = letters.clone();
        app.desk.origin = site().origin;
        let app = Arc::new(app);
        Self {
            router: routes::router(web_of(app.clone())),
            app,
            letters,
            cookie: None,
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
        let token = self.link(email).await;
        let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
        let reply = self
            .post(&format!("/sign-in/{token}"), &format!("name={name}"))
            .await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text());
        let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
        Self {
            cookie: Some(cookie),
            ..self.clone()
        }
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

    pub(crate) async fn ask(&self, request: axum::http::request::Builder, body: &str) -> Reply {
        let request = match &self.cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        };
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
