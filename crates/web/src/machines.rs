//! What machines look for: robots.txt, the sitemap and the schema of content files.

use std::fmt::Write as _;

use axum::extract::State as FromApp;

use earnest_hire::contract::PROCESS_VERSION;

use crate::answer::{Cache, Fresh};
use crate::problem::Problem;
use crate::{Ctx, urls};

/// Experts in the sitemap at most; a sitemap may have 50,000 addresses.
const EXPERTS: usize = 40_000;

/// `GET /robots.txt`. Pages behind secret links are not named: who obeys would never read that they are not to be listed,
/// and lists an address that somebody has posted elsewhere.
pub(crate) async fn robots(FromApp(web): FromApp<Ctx>) -> Fresh {
    let text = format!(
        "User-agent: *\nAllow: /\n\nSitemap: {}\n",
        web.site.absolute("/sitemap.xml")
    );
    Fresh::text(text, Cache::Revalidate)
}

/// `GET /sitemap.xml`: one address per content; states of comparisons are not in it.
pub(crate) async fn sitemap(FromApp(web): FromApp<Ctx>) -> Result<Fresh, Problem> {
    let catalogue = &web.app.catalogue;
    let mut pages: Vec<(String, Option<&str>)> =
        [urls::home(), urls::comparisons(), urls::hire(), urls::method()]
            .map(|path| (path.to_owned(), None))
            .to_vec();
    pages.push((urls::process(PROCESS_VERSION, None), None));
    pages.push((urls::disputes().to_owned(), None));
    for comparison in &catalogue.comparisons {
        let modified = Some(comparison.text.modified.as_str());
        pages.push((urls::comparison(&comparison.text.slug), modified));
        pages.push((urls::changes(&comparison.text.slug), None));
        let criteria = comparison.text.criteria.iter();
        pages.extend(
            criteria.map(|criterion| (urls::derivations(&comparison.text.slug, criterion, None), None)),
        );
    }
    pages.extend(catalogue.roles.iter().map(|role| (urls::role(&role.slug), None)));
    // Only those who have agreed to be found by search engines.
    let agreed = earnest_app::expert::agreed_to_be_found(&web.app.desk, EXPERTS).await?;
    pages.extend(
        agreed
            .iter()
            .map(|person| (urls::expert(&person.to_string()), None)),
    );
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    for (path, modified) in pages {
        let modified = modified.map_or_else(String::new, |date| format!("<lastmod>{date}</lastmod>"));
        let address = crate::compare::statics::escape(&web.site.absolute(&path));
        let written = writeln!(xml, "<url><loc>{address}</loc>{modified}</url>");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }
    xml.push_str("</urlset>\n");
    Ok(Fresh::bytes("application/xml", xml, Cache::Revalidate))
}

/// `GET /content.schema.json`: the schema that content files are checked against.
pub(crate) async fn schema() -> Result<Fresh, Problem> {
    Ok(Fresh::json(
        earnest_app::content::schema().map_err(Problem::broken)?,
        Cache::Revalidate,
    ))
}

#[cfg(test)]
mod tests;
