//! Style, scripts, fonts and icon: compiled in, joined at the first use, served under names that carry a hash of the
//! content, so that browsers keep them for ever. There is no build step.
//!
//! In a style or script, `asset:NAME` stands for the address of another asset. The lists below are in order of
//! dependence: what is referred to comes first.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::{Path, State};

use crate::Ctx;
use crate::answer::{Cache, Kept, fingerprint};
use crate::problem::Problem;

const FONTS: &[(&str, &[u8])] = &[
    ("sans.woff2", include_bytes!("../assets/fonts/sans.woff2")),
    ("serif.woff2", include_bytes!("../assets/fonts/serif.woff2")),
];

/// The styles of the site in the order of the cascade; each component's file stands beside its HTML.
const STYLES: &[&str] = &[
    include_str!("layout.css"),
    include_str!("elements.css"),
    include_str!("form.css"),
    include_str!("home/home.css"),
    include_str!("demo/demo.css"),
    include_str!("compare/show.css"),
    include_str!("compare/print.css"),
    include_str!("decide/decide.css"),
    include_str!("request/request.css"),
    include_str!("expert/expert.css"),
    include_str!("office/office.css"),
    include_str!("process/process.css"),
];

/// What pages for one person have beside it, in a file of its own: visitors need not load it.
const WORK_STYLES: &[&str] = &[
    include_str!("me/me.css"),
    include_str!("conversation/conversation.css"),
    include_str!("contract/contract.css"),
    include_str!("statement/statement.css"),
];

/// What a comparison in a frame looks like: the words of the site, without its pages.
const EMBED_STYLES: &[&str] = &[
    include_str!("layout.css"),
    include_str!("elements.css"),
    include_str!("compare/embed.css"),
];

/// Scripts, by name; all but that of frames are ES modules.
const SCRIPTS: &[(&str, &str)] = &[
    ("theme.js", include_str!("../assets/js/theme.js")),
    ("twin.js", include_str!("../assets/js/twin.js")),
    ("compare.js", include_str!("../assets/js/compare.js")),
    ("talk.js", include_str!("../assets/js/talk.js")),
    ("embed.js", include_str!("../assets/js/embed.js")),
    ("decide.js", include_str!("../assets/js/decide.js")),
];

const ICON: &str = include_str!("../assets/favicon.svg");

/// Answers are kept by file name (`site-0123456789abcdef.css`), addresses by asset name (`site.css`).
#[derive(Default)]
struct Assets {
    kept: BTreeMap<String, Kept>,
    hrefs: BTreeMap<&'static str, String>,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let mut assets = Assets::default();
    for (name, bytes) in FONTS {
        assets.add(name, "font/woff2", bytes);
    }
    assets.add("favicon.svg", "image/svg+xml", ICON.as_bytes());
    let style = assets.refer(&STYLES.join("\n"));
    assets.add("site.css", "text/css; charset=utf-8", style.as_bytes());
    let style = assets.refer(&WORK_STYLES.join("\n"));
    assets.add("work.css", "text/css; charset=utf-8", style.as_bytes());
    let style = assets.refer(&EMBED_STYLES.join("\n"));
    assets.add("embed.css", "text/css; charset=utf-8", style.as_bytes());
    for (name, text) in SCRIPTS {
        let script = assets.refer(text);
        assets.add(name, "text/javascript; charset=utf-8", script.as_bytes());
    }
    assets
});

impl Assets {
    fn add(&mut self, name: &'static str, content_type: &'static str, bytes: &[u8]) {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let file = format!("{stem}-{}.{extension}", fingerprint(bytes));
        self.hrefs.insert(name, format!("/assets/{file}"));
        self.kept
            .insert(file, Kept::bytes(content_type, bytes.to_vec(), Cache::Immutable));
    }

    fn refer(&self, text: &str) -> String {
        self.hrefs.iter().fold(text.to_owned(), |text, (name, href)| {
            text.replace(&format!("asset:{name}"), href)
        })
    }
}

/// The address of an asset by its name (`site.css`, `theme.js`); an unknown name leads to a page that says so, which a
/// test finds before a visitor does.
pub fn href(name: &str) -> &'static str {
    ASSETS.hrefs.get(name).map_or("/assets/missing", String::as_str)
}

/// The content of an asset by its name, for whoever embeds it (an SVG picture needs the font).
pub fn content(name: &str) -> Option<Kept> {
    let file = ASSETS.hrefs.get(name)?.strip_prefix("/assets/")?;
    ASSETS.kept.get(file).cloned()
}

/// Serves one file by its full name.
pub(crate) async fn show(State(web): State<Ctx>, Path(file): Path<String>) -> Result<Kept, Problem> {
    let kept = ASSETS.kept.get(&file).cloned();
    kept.or_else(|| web.site.look.asset(&file))
        .ok_or_else(Problem::not_found)
}

/// The icon under the name that browsers try by themselves.
pub(crate) async fn icon() -> Result<Kept, Problem> {
    content("favicon.svg").ok_or_else(Problem::not_found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_reference_is_left_open() {
        for (file, kept) in &ASSETS.kept {
            let bytes = kept.plain();
            assert!(
                !String::from_utf8_lossy(&bytes).contains("asset:"),
                "{file} refers to an unknown asset"
            );
        }
    }

    #[test]
    fn fonts_stay_within_their_budget() {
        let total: usize = FONTS.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(total <= 100_000, "fonts weigh {total} bytes");
    }

    #[test]
    fn names_carry_the_content() {
        assert!(href("site.css").starts_with("/assets/site-"));
        assert_eq!(href("nothing.css"), "/assets/missing");
    }
}
