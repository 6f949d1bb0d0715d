//! What a handler answers with: bytes kept in memory ([`Kept`]) or made for this request ([`Fresh`]).
//!
//! A handler says *what* is answered; how (encoding, `304`, `HEAD`, theme) is decided once, when [`crate::front`] turns
//! the answer into a response. Handlers therefore never look at headers.

mod encoding;
mod flow;
mod fresh;
mod kept;

pub use fresh::Fresh;
pub(crate) use fresh::secret_headers;
pub use kept::Kept;

use std::sync::LazyLock;

use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, IF_NONE_MATCH, REFERRER_POLICY,
    VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

use crate::theme::Theme;
pub(crate) use encoding::Encoding;
pub(crate) use flow::flow;

pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Every answer starts from these: cloning a map is cheaper than filling one. What is empty here is put in later, since
/// replacing is cheaper than growing.
pub(crate) static STANDARD_HEADERS: LazyLock<HeaderMap> = LazyLock::new(|| {
    let fixed = [
        (REQUEST_ID, ""),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; \
             base-uri 'none'; form-action 'self'; object-src 'none'",
        ),
        (REFERRER_POLICY, "strict-origin-when-cross-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (VARY, "accept-encoding"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
        (CONTENT_TYPE, ""),
        (CACHE_CONTROL, ""),
    ];
    let mut headers = HeaderMap::with_capacity(2 * fixed.len());
    headers.extend(
        fixed
            .into_iter()
            .map(|(name, value)| (name, HeaderValue::from_static(value))),
    );
    headers
});

/// How long others may keep an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// For ever: the address carries a hash of the content.
    Immutable,
    /// Ask each time whether it changed; answered with `304` if not. For public pages.
    Revalidate,
    /// Nobody keeps it: it is about one person, or about this moment.
    Private,
}

impl Cache {
    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidate => "no-cache",
            Self::Private => "private, no-store",
        })
    }
}

/// The part of a request that decides how an answer is put, taken before the handler consumes the request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) encoding: Encoding,
    pub(crate) theme: Theme,
    known: Option<HeaderValue>,
}

impl Asked {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self {
            encoding: Encoding::best(headers.get(ACCEPT_ENCODING)),
            theme: Theme::of(headers),
            known: headers.get(IF_NONE_MATCH).cloned(),
        }
    }

    /// Whether the client already has the content with this tag. Compared without the suffix that names the encoding:
    /// whoever has the compressed bytes has the content.
    fn has(&self, tag: &str) -> bool {
        let Some(known) = self.known.as_ref().and_then(|value| value.to_str().ok()) else {
            return false;
        };
        known.split(',').map(str::trim).any(|one| {
            let one = one.strip_prefix("W/").unwrap_or(one).trim_matches('"');
            one == "*"
                || one
                    .strip_prefix(tag)
                    .is_some_and(|rest| matches!(rest, "" | "-br" | "-gz"))
        })
    }
}

/// An answer on its way from a handler to [`crate::front`], carried in the extensions of an empty response.
#[derive(Clone)]
pub(crate) enum Pending {
    Kept(Kept),
    Fresh(Box<Fresh>),
}

impl Pending {
    /// Wraps the answer into a response that only `front` can finish.
    fn wrap(self) -> Response {
        let mut response = Response::default();
        if let Self::Fresh(fresh) = &self {
            *response.status_mut() = fresh.status();
        }
        response.extensions_mut().insert(self);
        response
    }

    pub(crate) fn finish(self, asked: &Asked) -> Response {
        match self {
            Self::Kept(kept) => kept.reply(asked),
            Self::Fresh(fresh) => fresh.reply(asked),
        }
    }
}

/// The first 16 hex digits of the SHA-256: names files and versions of content.
pub(crate) fn fingerprint(bytes: &[u8]) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    let digest = sha2::Sha256::digest(bytes);
    digest
        .iter()
        .take(8)
        .fold(String::with_capacity(16), |mut text, byte| {
            // writing to a String cannot fail
            write!(text, "{byte:02x}").unwrap_or_default();
            text
        })
}
