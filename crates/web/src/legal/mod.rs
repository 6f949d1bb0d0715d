//! The operator's legal texts as pages, and accepting them.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{RawQuery, State as FromApp};
use axum::http::Uri;
use earnest_app::legal::{self, Author, Kind, Text};
use earnest_app::prose::{Piece, pieces};

use crate::answer::{Cache, Fresh};
use crate::compare::query_pairs;
use crate::form::Typed;
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::session::{Unasked, own_path};
use crate::words::Moment;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "legal/show.html")]
struct Show<'a> {
    layout: Layout,
    title: &'static str,
    nobody: bool,
    old: bool,
    newest: String,
    blocks: Vec<Block<'a>>,
    sha256: &'a str,
    version: &'a str,
    since: Option<Moment>,
}

/// A text in pieces: headings, lists with a dash, and paragraphs with links; nothing else of Markdown.
#[derive(Debug, PartialEq, Eq)]
enum Block<'a> {
    Title(&'a str),
    Subtitle(&'a str),
    List(Vec<Vec<Piece<'a>>>),
    Words(Vec<Piece<'a>>),
}

#[derive(Template)]
#[template(path = "legal/accept.html")]
struct Accept {
    layout: Layout,
    texts: Vec<Waiting>,
    back: String,
}

struct Waiting {
    title: &'static str,
    href: String,
    sha256: String,
    version: String,
    shown: String,
}

/// The first digits of a version, as people compare them.
pub(crate) fn short(sha256: &str) -> &str {
    sha256.get(..8).unwrap_or(sha256)
}

/// `GET /terms`, `/privacy` and `/imprint`: the text in force, or with `version` one that was.
pub(crate) async fn show(
    FromApp(web): FromApp<Ctx>,
    uri: Uri,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let name = uri.path().trim_start_matches('/');
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(Problem::not_found)?;
    let now = web.app.desk.legal.of(kind).clone();
    let pairs = query_pairs(query.as_deref());
    let asked = pairs.iter().find(|(key, _)| key == "version");
    let text = match asked {
        Some((_, sha256)) if *sha256 != now.sha256 => {
            let kept = legal::version(&web.app.desk, kind, sha256).await?;
            Text {
                body: kept.body,
                sha256: sha256.clone(),
                author: Author::Operator,
                since: Some(kept.since),
                kind,
            }
        }
        _ => now.clone(),
    };
    let page = Show {
        layout: Layout::new(&web, kind.title())
            .canonical(&urls::legal(kind))
            .trail(vec![Link::new(urls::legal(kind), kind.title())]),
        title: kind.title(),
        nobody: text.author == Author::Nobody,
        old: text.sha256 != now.sha256,
        newest: urls::legal(kind),
        blocks: blocks(&text.body),
        sha256: &text.sha256,
        version: short(&text.sha256),
        since: text.since.map(Moment::new),
    };
    render(&page, Cache::Revalidate)
}

fn blocks(body: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    for paragraph in earnest_app::prose::paragraphs(body) {
        if let Some(title) = paragraph.strip_prefix("# ") {
            // the page has its title already
            if !blocks.is_empty() {
                blocks.push(Block::Title(title));
            }
        } else if let Some(title) = paragraph.strip_prefix("## ") {
            blocks.push(Block::Title(title));
        } else if paragraph.starts_with("###") {
            blocks.push(Block::Subtitle(paragraph.trim_start_matches('#').trim_start()));
        } else if paragraph.lines().all(|line| line.starts_with("- ")) {
            let items = paragraph
                .lines()
                .map(|line| pieces(line.trim_start_matches("- ")));
            blocks.push(Block::List(items.collect()));
        } else {
            blocks.push(Block::Words(pieces(paragraph)));
        }
    }
    blocks
}

/// `GET /me/legal`
pub(crate) async fn ask(
    FromApp(web): FromApp<Ctx>,
    Unasked(who): Unasked,
    RawQuery(query): RawQuery,
) -> Result<Fresh, Problem> {
    let pairs = query_pairs(query.as_deref());
    let back = pairs.iter().find(|(key, _)| key == "to");
    let back = own_path(back.map_or("", |(_, path)| path)).to_owned();
    let waits = legal::pending(&web.app.desk, who.id()).await?;
    let texts = waits.into_iter().map(|kind| {
        let text = web.app.desk.legal.of(kind);
        Waiting {
            title: kind.title(),
            href: urls::legal(kind),
            version: short(&text.sha256).to_owned(),
            shown: format!("{}:{}", kind.name(), text.sha256),
            sha256: text.sha256.clone(),
        }
    });
    let page = Accept {
        layout: Layout::new(&web, "Before you go on").of(&who),
        texts: texts.collect(),
        back: if back.is_empty() {
            urls::me().to_owned()
        } else {
            back
        },
    };
    render(&page, Cache::Private)
}

/// `POST /me/legal`
pub(crate) async fn accept(
    FromApp(web): FromApp<Ctx>,
    Unasked(who): Unasked,
    body: Bytes,
) -> Result<Fresh, Problem> {
    let typed = Typed::read(&body);
    let back = own_path(typed.value("to"));
    let accepted = legal::accept(&web.app.desk, who.id(), &typed.values("shown")).await;
    accepted.map_err(|error| {
        let again = Link::new(urls::legal_before(back), "Read the text in force");
        Problem::from(error).near(vec![again])
    })?;
    Ok(Fresh::see_other(if back.is_empty() { urls::me() } else { back }))
}

#[cfg(test)]
pub(crate) mod tests;
