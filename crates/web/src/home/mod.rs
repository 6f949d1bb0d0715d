//! The front page.

use askama::Template;
use axum::extract::State as FromApp;

use crate::answer::{Cache, Fresh};
use crate::compare::{Teaser, teasers};
use crate::page::{Layout, Link, render};
use crate::problem::Problem;
use crate::{Ctx, urls};

#[derive(Template)]
#[template(path = "home/show.html")]
struct Page {
    layout: Layout,
    comparisons: Vec<Teaser>,
    roles: Vec<RoleLine>,
    new_request: &'static str,
    /// In a demo: as whom anybody may come in.
    demo: Vec<Link>,
}

struct RoleLine {
    link: Link,
    summary: String,
}

/// `GET /`
pub(crate) async fn show(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let role = |role: &earnest_app::content::model::Role| RoleLine {
        link: Link::new(urls::role(&role.slug), format!("Hire a {}", role.title)),
        summary: role.summary.clone(),
    };
    let layout = Layout::new(&web, "Choose the stack on evidence, then hire for it")
        .describe("Compare technologies by sourced scores and your own priorities, then raise a request for the person who works in the one you chose.")
        .canonical(urls::home())
        .picture(crate::picture::of(urls::home(), "Choose the stack on evidence, then hire for it"));
    let page = Page {
        layout,
        comparisons: teasers(&web)?,
        roles: web.app.catalogue.roles.iter().map(role).collect(),
        new_request: urls::new_request(),
        demo: crate::sign_in::demo(&web),
    };
    render(&page, Cache::Revalidate)
}
