//! What machines look for: robots.txt, the sitemap, the schema of content files, and the process as data.

use std::fmt::Write as _;

use axum::extract::{Path, State as FromApp};

use crate::answer::{Cache, Fresh};
use crate::problem::Problem;
use crate::{Ctx, urls};

/// Experts in the sitemap at most; a sitemap may have 50,000 addresses.
const EXPERTS: usize = 40_000;

/// `GET /robots.txt`
pub(crate) async fn robots(FromApp(web): FromApp<Ctx>) -> Fresh {
    let text = format!(
        "User-agent: *\nDisallow: /requests/sent/\nDisallow: /decisions/\nAllow: /\n\nSitemap: {}\n",
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

/// `GET /process/{version}.json`: the machines of contracts, payouts, requests and proposals as data.
pub(crate) async fn process(Path(file): Path<String>) -> Result<Fresh, Problem> {
    let version = file.strip_suffix(".json").and_then(|version| {
        let number = version.parse().ok()?;
        // One document has one address: neither `01` nor `+1`.
        (version == u16::to_string(&number)).then_some(number)
    });
    let text = version
        .and_then(earnest_hire::process::document)
        .ok_or_else(Problem::not_found)?;
    Ok(Fresh::json(text, Cache::Revalidate))
}

#[cfg(test)]
mod tests;
