//! Whether a request that may change something comes from one of our own pages.
//!
//! No token in forms (pages stay cacheable): browsers say where a request comes from in `Sec-Fetch-Site`, older ones in
//! `Origin`. A request that says neither is refused on pages; the JSON API takes no cookie and so needs no such proof,
//! and what providers send is signed.
//!
//! One part of the site proves it by other means. The pages of decisions tell nobody their address, and from such a page
//! browsers send `Origin: null`, over plain HTTP without anything else. Nothing there looks at a cookie, so that a forged
//! form can do no more than its author could: what is done to a decision needs the secret in its address, and the form
//! that makes one has a stamp. A request that says that it comes from elsewhere is refused there, too.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::ORIGIN;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};

use crate::{Ctx, urls};

/// What a request says of the page that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// One of ours, or nobody's: typed by hand.
    Own,
    /// Another site's.
    Elsewhere,
    /// It does not say.
    Untold,
}

impl Source {
    /// As the headers say. `own` is the origin of this site as browsers see it.
    pub(crate) fn of(headers: &HeaderMap, own: &str) -> Self {
        if let Some(site) = headers.get("sec-fetch-site") {
            return if site == "same-origin" || site == "none" {
                Self::Own
            } else {
                Self::Elsewhere
            };
        }
        match headers.get(ORIGIN) {
            Some(origin) if origin == own => Self::Own,
            Some(origin) if origin != "null" => Self::Elsewhere,
            _ => Self::Untold,
        }
    }
}

impl FromRequestParts<Ctx> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Ctx) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers, &web.site.origin))
    }
}

/// Whether the request may go on. `own` is the origin of this site as browsers see it.
pub(crate) fn allows(method: &Method, path: &str, headers: &HeaderMap, own: &str) -> bool {
    // Forms send GET and POST only; any other method has no page to answer it and gets its 405.
    if *method != Method::POST || path.starts_with("/api/") || path.starts_with("/providers/") {
        return true;
    }
    match Source::of(headers, own) {
        Source::Own => true,
        Source::Elsewhere => false,
        Source::Untold => proves_itself(path),
    }
}

/// Whether what is asked at an address proves by other means that whoever asks may: see above.
fn proves_itself(path: &str) -> bool {
    path.strip_prefix(urls::decisions())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    const OWN: &str = "https://hire.example";

    fn asked(method: &Method, path: &str, header: Option<(&'static str, &'static str)>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, HeaderValue::from_static(value));
        }
        allows(method, path, &headers, OWN)
    }

    #[test]
    fn reading_is_always_allowed() {
        assert!(asked(
            &Method::GET,
            "/compare",
            Some(("sec-fetch-site", "cross-site"))
        ));
        assert!(asked(&Method::HEAD, "/compare", None));
    }

    #[test]
    fn changing_needs_our_own_page() {
        let cases = [
            (Some(("sec-fetch-site", "same-origin")), true),
            (Some(("sec-fetch-site", "none")), true),
            (Some(("sec-fetch-site", "same-site")), false),
            (Some(("sec-fetch-site", "cross-site")), false),
            (Some(("origin", OWN)), true),
            (Some(("origin", "https://hire.example.evil.example")), false),
            (Some(("origin", "null")), false),
            (None, false),
        ];
        for (header, allowed) in cases {
            assert_eq!(asked(&Method::POST, "/requests", header), allowed, "{header:?}");
        }
    }

    /// Over plain HTTP a browser says nothing on pages that tell nobody their address.
    #[test]
    fn decisions_prove_it_by_other_means() {
        for path in ["/decisions", "/decisions/2k3/position", "/decisions/2k3/delete"] {
            for (header, allowed) in [
                (None, true),
                (Some(("origin", "null")), true),
                (Some(("origin", OWN)), true),
                (Some(("origin", "https://evil.example")), false),
                (Some(("sec-fetch-site", "cross-site")), false),
                (Some(("sec-fetch-site", "same-site")), false),
            ] {
                assert_eq!(asked(&Method::POST, path, header), allowed, "{path} {header:?}");
            }
        }
        for path in [
            "/decisionsx",
            "/requests",
            "/sign-out",
            "/Decisions",
            "//decisions",
        ] {
            assert!(!asked(&Method::POST, path, None), "{path}");
            assert!(!asked(&Method::POST, path, Some(("origin", "null"))), "{path}");
        }
    }

    #[test]
    fn the_api_takes_no_cookie_and_needs_no_proof() {
        assert!(asked(&Method::POST, "/api/v1/rank", None));
        assert!(asked(&Method::POST, "/providers/sandbox/events", None));
    }
}
