//! The page that names the licences of the program and of the fonts it ships. Also the smallest example of a page.

use askama::Template;
use axum::extract::State;

use crate::answer::{Cache, Fresh};
use crate::page::{self, Layout, Link};
use crate::problem::Problem;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "licences/show.html")]
struct Show {
    layout: Layout,
    works: [Work; 4],
}

struct Work {
    name: &'static str,
    terms: &'static str,
    text: &'static str,
}

const WORKS: [Work; 4] = [
    Work {
        name: "Earnest, under the MIT licence",
        terms: "You may choose this licence or the next one.",
        text: include_str!("../../../../LICENSE-MIT"),
    },
    Work {
        name: "Earnest, under the Apache licence 2.0",
        terms: "You may choose this licence or the one before.",
        text: include_str!("../../../../LICENSE-APACHE"),
    },
    Work {
        name: "Inter, the typeface of the text",
        terms: "SIL Open Font License 1.1.",
        text: include_str!("../../assets/fonts/sans-LICENSE.txt"),
    },
    Work {
        name: "Source Serif 4, the typeface of the headings",
        terms: "SIL Open Font License 1.1.",
        text: include_str!("../../assets/fonts/serif-LICENSE.txt"),
    },
];

pub(crate) async fn show(State(web): State<Ctx>) -> Result<Fresh, Problem> {
    let layout = Layout::new(&web, "Licences")
        .describe("The licences of the program behind this site and of the typefaces it is set in.")
        .canonical(urls::licences())
        .trail(vec![Link::new(urls::licences(), "Licences")]);
    page::render(&Show { layout, works: WORKS }, Cache::Revalidate)
}
