//! Asking the site in process, without a socket. For the tests of this crate.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use tower::ServiceExt;

use crate::health::Check;
use crate::metrics::Metrics;
use crate::request_id::RequestIds;
use crate::site::Site;
use crate::{Ctx, Web, routes};

/// A site with fixed words and ids.
pub(crate) fn web() -> Ctx {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    let metrics = METRICS.get_or_init(|| Metrics::install().unwrap()).clone();
    Arc::new(Web::new(site(), RequestIds::new(1), metrics, Check::always()))
}

pub(crate) fn site() -> Site {
    Site {
        name: "Northgate Engineers".into(),
        footer: "Northgate GmbH, Hamburg".into(),
        disclosure: "Northgate earns when you hire, whichever technology you choose.".into(),
        email: Some("hello@northgate.example".into()),
        origin: "http://127.0.0.1:8080".into(),
        first_reply_hours: 24,
    }
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
pub(crate) struct Visitor(pub(crate) Router);

impl Visitor {
    pub(crate) fn new() -> Self {
        Self(routes::router(web()))
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
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.0.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }
}
