//! Whether a request that may change something comes from one of our own pages.
//!
//! No token in forms (pages stay cacheable): browsers say where a request comes from in `Sec-Fetch-Site`, older ones in
//! `Origin`. A program that sends neither is refused on pages; the JSON API takes no cookie and so needs no such proof,
//! and what providers send is signed.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Method};

/// Whether the request may go on. `own` is the origin of this site as browsers see it.
pub(crate) fn allows(method: &Method, path: &str, headers: &HeaderMap, own: &str) -> bool {
    // Forms send GET and POST only; any other method has no page to answer it and gets its 405.
    if *method != Method::POST || path.starts_with("/api/") || path.starts_with("/providers/") {
        return true;
    }
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    headers.get(ORIGIN).is_some_and(|origin| origin == own)
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

    #[test]
    fn the_api_takes_no_cookie_and_needs_no_proof() {
        assert!(asked(&Method::POST, "/api/v1/rank", None));
        assert!(asked(&Method::POST, "/providers/sandbox/events", None));
    }
}
