//! Light, dark, or as the system says: read from a cookie, changed by a form, so that it works without a script.
//!
//! Pages are rendered once, for the system's theme; the one attribute that differs is put in when a page is answered
//! (see `answer`). No page has to know the theme, and a page kept in memory is kept once per theme.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{COOKIE, LOCATION, REFERER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use crate::answer::{Cache, Fresh};
use crate::problem::Problem;
use crate::session::own_path;
use crate::{Ctx, urls};

const NAME: &str = "theme";
const YEAR_SECONDS: u32 = 31_536_000;
/// The field of the form that says which page it stands on, where browsers do not.
const BACK: &str = "back";
/// The attribute every page carries in its first tag.
const ATTRIBUTE: &str = "data-theme=\"system\"";

/// What a visitor chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Follow the device.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "system" => Some(Self::System),
            "light" => Some(Self::Light),
            "dark" => Some(Self::Dark),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The choice that a request carries; a cookie that makes no sense counts as none.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == NAME)
            .and_then(|(_, value)| Self::parse(value))
            .unwrap_or_default()
    }

    /// The page as this visitor sees it; `None` if the page is right as it is.
    pub(crate) fn dress(self, page: &str) -> Option<String> {
        if self == Self::System {
            return None;
        }
        let (before, after) = page.split_once(ATTRIBUTE)?;
        Some(format!("{before}data-theme=\"{}\"{after}", self.name()))
    }
}

/// Remembers a choice and sends the visitor back to the page they came from.
pub(crate) async fn choose(
    State(web): State<Ctx>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let field = |name: &str| {
        let found = form_urlencoded::parse(&body).find(|(key, _)| key == name);
        found.map(|(_, value)| value)
    };
    let chosen = field(NAME)
        .and_then(|value| Theme::parse(&value))
        .ok_or_else(|| Problem::field(NAME, "unknown_theme", "Choose system, light or dark."))?;
    let age_seconds = if chosen == Theme::System { 0 } else { YEAR_SECONDS };
    let secure = if web.site.is_https() { "; Secure" } else { "" };
    let cookie = format!(
        "{NAME}={}; Path=/; Max-Age={age_seconds}; SameSite=Lax; HttpOnly{secure}",
        chosen.name()
    );
    let back = back(field(BACK).as_deref(), &headers);
    Ok(Fresh::text("", Cache::Private)
        .with_status(StatusCode::SEE_OTHER)
        .with_header(
            LOCATION,
            HeaderValue::from_str(&back).unwrap_or(HeaderValue::from_static("/")),
        )
        .with_header(
            SET_COOKIE,
            HeaderValue::from_str(&cookie).map_err(Problem::broken)?,
        ))
}

/// Path and query of the page the form stood on: as its form says, where that tells nobody its address, else as the
/// browser does. Only a path is taken over, and only one that cannot be read as another host.
fn back(field: Option<&str>, headers: &HeaderMap) -> String {
    let referer = || {
        let value = headers.get(REFERER)?.to_str().ok()?;
        let uri = value.parse::<axum::http::Uri>().ok()?;
        uri.path_and_query().map(ToString::to_string)
    };
    let is_here = |path: &String| !own_path(path).is_empty();
    field
        .map(str::to_owned)
        .filter(is_here)
        .or_else(|| referer().filter(is_here))
        .unwrap_or_else(|| urls::home().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: axum::http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn the_cookie_is_read_among_others() {
        assert_eq!(Theme::of(&with(COOKIE, "a=1; theme=dark; b=2")), Theme::Dark);
        assert_eq!(Theme::of(&with(COOKIE, "theme=neon")), Theme::System);
        assert_eq!(Theme::of(&with(COOKIE, "mytheme=dark")), Theme::System);
    }

    #[test]
    fn the_way_back_stays_on_this_site() {
        assert_eq!(
            back(None, &with(REFERER, "http://here.example/compare?w.a=1")),
            "/compare?w.a=1"
        );
        for elsewhere in [
            "http://here.example//evil.example/",
            "nonsense",
            "http://here.example/\\evil",
        ] {
            assert_eq!(back(None, &with(REFERER, elsewhere)), "/", "{elsewhere}");
        }
        assert_eq!(back(None, &HeaderMap::new()), "/");
    }

    #[test]
    fn a_page_that_tells_nobody_its_address_says_it_in_the_form() {
        let nothing = HeaderMap::new();
        for path in ["/decisions/2k3", "/decisions/new?comparison=a&state=w.b%3D1"] {
            assert_eq!(back(Some(path), &nothing), path);
        }
        for elsewhere in [
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "\\\\evil.example",
            "evil.example",
            "javascript:alert(1)",
            "/a\r\nLocation: //evil.example",
            "/\t/evil.example",
            "",
        ] {
            assert_eq!(back(Some(elsewhere), &nothing), "/", "{elsewhere}");
        }
        let told = with(REFERER, "http://here.example/compare");
        assert_eq!(back(Some("//evil.example/"), &told), "/compare");
        assert_eq!(back(Some("/decisions/2k3"), &told), "/decisions/2k3");
    }
}
