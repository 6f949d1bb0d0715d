//! "Share, cite, embed": everything by which a state of a comparison leaves this page.

use earnest_app::comparison::citation::{self, Cited};
use earnest_app::comparison::{Analysis, State};
use earnest_app::content::Comparison;

use super::embed::{code, frame_title};
use super::exports;
use crate::page::Link;
use crate::{Web, urls};

/// What stands in the menu; every field is finished text that can be copied.
pub(crate) struct Sharing {
    /// Opens this state again; edition and every weight are spelt out.
    pub(crate) url: String,
    pub(crate) in_line: String,
    pub(crate) full: String,
    /// The frame that keeps up with new editions.
    pub(crate) living: String,
    /// The frame whose numbers stay.
    pub(crate) frozen: String,
    pub(crate) living_href: String,
    pub(crate) frozen_href: String,
    /// Lets a frame follow its height.
    pub(crate) script: String,
    pub(crate) exports: Vec<Link>,
}

/// The full address of a state, spelt out.
pub(crate) fn address(web: &Web, analysis: &Analysis<'_>) -> String {
    let slug = &analysis.comparison.text.slug;
    let query = analysis.state.full_query(analysis.comparison);
    web.site.absolute(&format!("{}?{query}", urls::comparison(slug)))
}

/// The menu of a state.
pub(crate) fn sharing(web: &Web, analysis: &Analysis<'_>) -> Sharing {
    let (comparison, slug) = (analysis.comparison, &analysis.comparison.text.slug);
    let today = super::today(web, analysis);
    let url = address(web, analysis);
    let cited = Cited {
        site: &web.site.name,
        address: &url,
    };
    let living_href = urls::embed(slug, &analysis.state.living_query(today));
    let frozen_href = urls::embed(slug, &analysis.state.full_query(comparison));
    let title = frame_title(analysis);
    Sharing {
        in_line: citation::in_line(analysis, cited),
        full: citation::full(analysis, cited),
        living: code(web, &title, &living_href),
        frozen: code(web, &title, &frozen_href),
        living_href,
        frozen_href,
        script: format!(
            "<script src=\"{}\" async></script>",
            web.site.absolute(urls::embed_height())
        ),
        exports: exports::links(analysis),
        url,
    }
}

/// What the script needs to write the address of a frame that keeps up: the criteria that the current edition has, and
/// the settings beside the weights.
pub(crate) fn living<'a>(today: &'a Comparison, analysis: &'a Analysis<'_>) -> (Vec<&'a str>, String) {
    let bare = State {
        weights: analysis.edition.default_weights.clone(),
        ..analysis.state.clone()
    };
    (analysis.state.living_criteria(today), bare.living_query(today))
}
