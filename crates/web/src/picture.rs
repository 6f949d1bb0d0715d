//! Pictures for link previews: one per page, 1200 × 630, drawn from the page's own words.

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::extract::{Path, State as FromApp};
use earnest_app::comparison::Analysis;
use resvg::{tiny_skia, usvg};

use crate::answer::{Cache, Kept};
use crate::compare;
use crate::page::Picture;
use crate::problem::Problem;
use crate::{Ctx, Web, urls};

const WIDTH: u32 = 1200;
const HEIGHT: u32 = 630;

#[derive(Template)]
#[template(path = "picture.svg", escape = "html")]
struct Drawing {
    brand: String,
    kicker: String,
    lines: Vec<(u32, String)>,
    bars: Vec<Bar>,
}

struct Bar {
    colour: &'static str,
    y: u32,
    width: String,
    label: String,
    value: String,
}

/// The picture of a page, for its head.
pub(crate) fn of(path: &str, alt: &str) -> Picture {
    Picture {
        path: urls::picture(path),
        alt: alt.to_owned(),
        width: WIDTH,
        height: HEIGHT,
    }
}

/// `GET /pictures/{page}.png`: drawn at the first request, kept in memory.
pub(crate) async fn show(FromApp(web): FromApp<Ctx>, Path(page): Path<String>) -> Result<Kept, Problem> {
    let page = page
        .strip_suffix(".png")
        .ok_or_else(Problem::not_found)?
        .to_owned();
    if let Some(kept) = web.pictures.get(&page) {
        return Ok(kept);
    }
    let drawing = drawing(&web, &page)?;
    let drawn = tokio::task::spawn_blocking(move || draw(&drawing))
        .await
        .map_err(Problem::broken)??;
    Ok(web
        .pictures
        .keep(page, Kept::bytes("image/png", drawn, Cache::Revalidate)))
}

fn drawing(web: &Arc<Web>, page: &str) -> Result<Drawing, Problem> {
    let catalogue = &web.app.catalogue;
    let plain = |kicker: &str, words: &str| Drawing {
        brand: web.site.name.clone(),
        kicker: kicker.to_owned(),
        lines: wrapped(words),
        bars: Vec::new(),
    };
    let parts: Vec<&str> = page.split('/').collect();
    Ok(match parts.as_slice() {
        ["home"] => plain("", "Choose the stack on evidence. Then hire for it."),
        ["compare"] => plain(
            "Compare",
            "Sourced scores, your own priorities, an honest verdict.",
        ),
        ["hire"] => plain("Hire", "What each role does, costs and should be asked."),
        ["method"] => plain("How to read this", "What a score is, and what it is not."),
        ["hire", slug] => {
            let role = catalogue.role(slug).ok_or_else(Problem::not_found)?;
            plain(
                "Hire",
                &format!(
                    "Hire a {}: cost with sources, what to look for, interview kit.",
                    role.title
                ),
            )
        }
        ["compare", slug] => {
            let comparison = compare::find(catalogue, slug)?;
            let analysis = compare::analysis(catalogue, comparison, &[])?;
            Drawing {
                brand: web.site.name.clone(),
                kicker: comparison.text.title.clone(),
                lines: wrapped(&analysis.headline.sentence()),
                bars: bars(&analysis),
            }
        }
        _ => return Err(Problem::not_found()),
    })
}

fn bars(analysis: &Analysis<'_>) -> Vec<Bar> {
    const COLOURS: [&str; 6] = ["#1d4f8c", "#85400b", "#6a2f73", "#1c5a50", "#8a2440", "#54520a"];
    let each = analysis
        .kept
        .iter()
        .zip(&analysis.verdict.totals.totals)
        .enumerate();
    each.take(6)
        .map(|(row, (&place, total))| Bar {
            colour: COLOURS.get(place % COLOURS.len()).copied().unwrap_or("#1d4f8c"),
            y: 430 + 52 * u32::try_from(row).unwrap_or(0),
            width: format!("{:.0}", 70.0 * total),
            label: analysis.option_name(place),
            value: earnest_app::comparison::words::score(*total),
        })
        .collect()
}

/// Breaks a sentence into lines that fit the picture; each with its baseline.
fn wrapped(words: &str) -> Vec<(u32, String)> {
    const LETTERS: usize = 42;
    let mut lines: Vec<String> = vec![String::new()];
    for word in words.split(' ') {
        let full = lines.last().is_some_and(|line| {
            !line.is_empty() && line.chars().count() + 1 + word.chars().count() > LETTERS
        });
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    let row = |(at, line)| (230 + 66 * u32::try_from(at).unwrap_or(0), line);
    lines.into_iter().take(4).enumerate().map(row).collect()
}

static FONTS: LazyLock<Arc<usvg::fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(include_bytes!("../assets/fonts/picture-sans.ttf").to_vec());
    fonts.load_font_data(include_bytes!("../assets/fonts/picture-serif.ttf").to_vec());
    Arc::new(fonts)
});

fn draw(drawing: &Drawing) -> Result<Vec<u8>, Problem> {
    let svg = drawing.render()?;
    let options = usvg::Options {
        fontdb: Arc::clone(&FONTS),
        ..usvg::Options::default()
    };
    let tree = usvg::Tree::from_str(&svg, &options).map_err(Problem::broken)?;
    let mut canvas = tiny_skia::Pixmap::new(WIDTH, HEIGHT).ok_or_else(Problem::not_found)?;
    resvg::render(&tree, tiny_skia::Transform::identity(), &mut canvas.as_mut());
    canvas.encode_png().map_err(Problem::broken)
}
