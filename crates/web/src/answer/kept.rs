//! An answer whose bytes are kept in memory: compressed once per content, answered many times.

use std::sync::{Arc, OnceLock};

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::encoding::{Effort, is_packed};
use super::{Asked, Cache, Encoding, Pending, STANDARD_HEADERS, fingerprint};
use crate::theme::Theme;

/// Bytes with everything an answer needs prepared. Make it once; a clone shares the bytes.
#[derive(Debug, Clone)]
pub struct Kept(Arc<Prepared>);

#[derive(Debug)]
struct Prepared {
    headers: HeaderMap,
    look: Look,
}

/// Only pages look different by theme.
#[derive(Debug)]
enum Look {
    Same(Box<Content>),
    Page(Box<Page>),
}

#[derive(Debug)]
struct Page {
    system: Content,
    light: OnceLock<Content>,
    dark: OnceLock<Content>,
}

/// One content in its three encodings, each with its strong tag.
#[derive(Debug)]
struct Content {
    tag: String,
    plain: Encoded,
    brotli: OnceLock<Option<Encoded>>,
    gzip: OnceLock<Option<Encoded>>,
}

#[derive(Debug)]
struct Encoded {
    bytes: Bytes,
    etag: HeaderValue,
    encoding: Encoding,
}

impl Kept {
    /// A page; the theme of whoever asks is put in when it is answered.
    pub fn html(page: impl Into<String>, cache: Cache) -> Self {
        let system = Content::new(Bytes::from(page.into()));
        let look = Look::Page(Box::new(Page {
            system,
            light: OnceLock::new(),
            dark: OnceLock::new(),
        }));
        Self::with_look(HeaderValue::from_static("text/html; charset=utf-8"), cache, look)
    }

    /// A JSON document, byte for byte as given.
    pub fn json(text: impl Into<Bytes>, cache: Cache) -> Self {
        Self::bytes("application/json", text, cache)
    }

    /// Any other content.
    pub fn bytes(content_type: &'static str, bytes: impl Into<Bytes>, cache: Cache) -> Self {
        let mut content = Content::new(bytes.into());
        if is_packed(content_type) {
            (content.brotli, content.gzip) = (OnceLock::from(None), OnceLock::from(None));
        }
        let look = Look::Same(Box::new(content));
        Self::with_look(HeaderValue::from_static(content_type), cache, look)
    }

    /// Adds a header of this content, or replaces one that every answer gets (an embed has its own policy). To be
    /// called before the first clone; later calls have no effect.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        if let Some(prepared) = Arc::get_mut(&mut self.0) {
            prepared.headers.insert(name, value);
        }
        self
    }

    /// The plain bytes, for budgets in tests and for whoever passes them on.
    pub fn plain(&self) -> Bytes {
        self.0.body(Theme::System).plain.bytes.clone()
    }

    fn with_look(content_type: HeaderValue, cache: Cache, look: Look) -> Self {
        let mut headers = STANDARD_HEADERS.clone();
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CACHE_CONTROL, cache.header());
        // places for what is known only when it is asked for: replacing is cheaper than growing
        headers.insert(ETAG, HeaderValue::from_static(""));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(""));
        Self(Arc::new(Prepared { headers, look }))
    }

    pub(super) fn reply(&self, asked: &Asked) -> Response {
        self.0.reply(asked)
    }
}

impl Prepared {
    fn body(&self, theme: Theme) -> &Content {
        match (&self.look, theme) {
            (Look::Same(body), _) => body,
            (Look::Page(page), Theme::System) => &page.system,
            (Look::Page(page), Theme::Light) => page.light.get_or_init(|| page.system.dressed(theme)),
            (Look::Page(page), Theme::Dark) => page.dark.get_or_init(|| page.system.dressed(theme)),
        }
    }

    fn reply(&self, asked: &Asked) -> Response {
        let body = self.body(asked.theme);
        let encoded = body.encoded(asked.encoding);
        let known = asked.has(&body.tag);
        let mut response = Response::new(if known {
            Body::empty()
        } else {
            Body::from(encoded.bytes.clone())
        });
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let mut headers = self.headers.clone();
        headers.insert(ETAG, encoded.etag.clone());
        match encoded.encoding.header().filter(|_| !known) {
            Some(encoding) => headers.insert(CONTENT_ENCODING, encoding),
            None => headers.remove(CONTENT_ENCODING),
        };
        *response.headers_mut() = headers;
        response
    }
}

impl Content {
    fn new(bytes: Bytes) -> Self {
        let tag = fingerprint(&bytes);
        let plain = Encoded::new(bytes, &tag, Encoding::Plain);
        Self {
            tag,
            plain,
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    fn dressed(&self, theme: Theme) -> Self {
        let page = String::from_utf8_lossy(&self.plain.bytes);
        Self::new(
            theme
                .dress(&page)
                .map_or_else(|| self.plain.bytes.clone(), Bytes::from),
        )
    }

    fn encoded(&self, encoding: Encoding) -> &Encoded {
        let pack = || {
            encoding
                .compress(&self.plain.bytes, Effort::Once)
                .map(|bytes| Encoded::new(bytes, &self.tag, encoding))
        };
        let packed = match encoding {
            Encoding::Brotli => self.brotli.get_or_init(pack),
            Encoding::Gzip => self.gzip.get_or_init(pack),
            Encoding::Plain => &None,
        };
        packed.as_ref().unwrap_or(&self.plain)
    }
}

impl Encoded {
    fn new(bytes: Bytes, tag: &str, encoding: Encoding) -> Self {
        let etag = HeaderValue::from_str(&format!("\"{tag}{}\"", encoding.suffix()))
            .unwrap_or(HeaderValue::from_static("\"\""));
        Self {
            bytes,
            etag,
            encoding,
        }
    }
}

impl IntoResponse for Kept {
    fn into_response(self) -> Response {
        Pending::Kept(self).wrap()
    }
}
