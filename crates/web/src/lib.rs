//! The only place with HTTP, HTML and JSON.
//!
//! A request enters through [`server`], passes [`front`] (request id, limits, origin check, timing), reaches a handler
//! through [`routes`], and leaves through [`front`] again, which turns an [`answer`] or a [`problem`] into bytes.
//! No rule of the business and no SQL lives here.

pub mod answer;
mod api;
mod archive;
pub mod assets;
mod balance;
pub mod caller;
mod compare;
mod contract;
mod conversation;
mod decide;
mod demo;
mod expert;
mod file;
mod form;
pub mod front;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod health;
mod holds;
mod home;
mod kept_pages;
mod lab;
mod leaving;
mod legal;
pub mod letter;
mod licences;
pub mod look;
mod machines;
mod markdown;
mod me;
mod method;
pub mod metrics;
mod notices;
mod office;
pub mod origin;
pub mod page;
mod payout_account;
mod picture;
pub mod problem;
mod process;
mod provider;
mod request;
pub mod request_id;
mod review;
mod role;
pub mod routes;
mod second_factor;
pub mod server;
mod session;
mod sign_in;
pub mod site;
mod statement;
pub mod theme;
mod upload;
pub mod urls;
mod webhook;
mod words;

#[cfg(test)]
mod testing;

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use earnest_app::comparison::{Analysis, Bridge};
use earnest_app::limit;
use earnest_hire::person::Email;

use crate::caller::Caller;
use crate::compare::FixedRow;
use crate::compare::statics::Statics;
use crate::kept_pages::KeptParts;
use crate::problem::Problem;

/// Everything a handler may reach; one per process, shared by all requests.
#[derive(Debug)]
pub struct Web {
    /// What the operator configured about this installation.
    pub site: Arc<site::Site>,
    /// Where request ids come from.
    pub ids: request_id::RequestIds,
    /// What a person can do, and the content that pages are made from.
    pub app: Arc<earnest_app::App>,
    /// Counters and durations, shown at `/metrics`.
    pub metrics: metrics::Metrics,
    /// Whether what lies below (the database) answers; asked by `/ready`.
    pub ready: health::Check,
    /// Draws pictures, and keeps those drawn last.
    pub(crate) painter: picture::Painter,
    bare: kept_pages::KeptPages,
    statics: KeptParts<Statics>,
    rows: KeptParts<Vec<FixedRow>>,
    charts: KeptParts<String>,
    started: i128,
    closing: AtomicBool,
}

/// The axum state of every handler.
pub type Ctx = Arc<Web>;

impl Web {
    /// Puts the parts together; nothing is read from the outside world.
    pub fn new(
        site: site::Site,
        app: Arc<earnest_app::App>,
        ids: request_id::RequestIds,
        metrics: metrics::Metrics,
        ready: health::Check,
    ) -> Self {
        Self {
            started: app.clock.now().as_nanosecond(),
            site: Arc::new(site),
            app,
            painter: picture::Painter::default(),
            bare: kept_pages::KeptPages::default(),
            statics: KeptParts::default(),
            rows: KeptParts::default(),
            charts: KeptParts::default(),
            ids,
            metrics,
            ready,
            closing: AtomicBool::new(false),
        }
    }

    /// Counts a try: a guess at a password or code, a link asked for, an account made.
    pub(crate) async fn may_try(&self, from: Caller, account: Option<&Email>) -> Result<(), Problem> {
        Ok(limit::try_once(&self.app.desk, from.0, account).await?)
    }

    /// Today's date, `YYYY-MM-DD`, in UTC.
    pub(crate) fn today(&self) -> String {
        self.app.today().to_string()
    }

    /// A short name for content that depends on nothing but these texts, today's date, and what this process was
    /// started with.
    pub(crate) fn tag(&self, texts: &[&str]) -> String {
        let mut hasher = std::hash::DefaultHasher::new();
        (self.started, self.today(), texts).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// The bare page of a comparison: rendered once a day (review dates pass), then kept.
    pub(crate) fn bare_page(
        &self,
        slug: &str,
        render: impl FnOnce() -> Result<String, problem::Problem>,
    ) -> Result<answer::Kept, problem::Problem> {
        let key = format!("{slug} {}", self.today());
        if let Some(kept) = self.bare.get(&key) {
            return Ok(kept);
        }
        let kept = answer::Kept::html(render()?, answer::Cache::Revalidate);
        Ok(self.bare.keep(key, kept))
    }

    /// The parts of a comparison that no setting changes, rendered once a day and edition.
    pub(crate) fn statics(&self, analysis: &Analysis<'_>) -> Result<Arc<Statics>, Problem> {
        let today = self.today();
        let key = format!("{} {today}", edition_key(analysis));
        self.statics.of(key, || {
            let plain;
            // what a reader has beside an edition is no part of it
            let analysis = if analysis.state.kept.is_some() {
                plain = compare::plain(analysis)?;
                &plain
            } else {
                analysis
            };
            Ok(Statics::new(
                analysis,
                &today,
                compare::fixed_layout(self, analysis),
            )?)
        })
    }

    /// The parts of its rows that no weight changes, rendered once a day, edition, choice of scores and region.
    pub(crate) fn fixed_rows(
        &self,
        analysis: &Analysis<'_>,
        statics: &Statics,
    ) -> Result<Arc<Vec<FixedRow>>, Problem> {
        if analysis.state.kept.is_some() {
            return Ok(Arc::new(compare::fixed_rows(analysis, statics)?));
        }
        let key = format!("{} {:?}", self.fixed_key(analysis), analysis.state.scores);
        self.rows.of(key, || Ok(compare::fixed_rows(analysis, statics)?))
    }

    /// The chart of pay in the reader's region, rendered once at the usual bridge to a budget.
    pub(crate) fn pay_chart(&self, analysis: &Analysis<'_>) -> Result<Arc<String>, Problem> {
        if analysis.state.bridge != Bridge::default() || analysis.state.kept.is_some() {
            return Ok(Arc::new(compare::pay_chart(analysis)?));
        }
        self.charts
            .of(self.fixed_key(analysis), || Ok(compare::pay_chart(analysis)?))
    }

    fn fixed_key(&self, analysis: &Analysis<'_>) -> String {
        let region = analysis.state.region.as_deref().unwrap_or_default();
        format!("{} {} {region}", edition_key(analysis), self.today())
    }

    /// From now on `/ready` says no, so that a load balancer sends nobody new.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Whether the process is on its way out.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }
}

/// The edition, and whether it is read in the words of today.
fn edition_key(analysis: &Analysis<'_>) -> String {
    let (comparison, head) = (analysis.comparison, &analysis.edition.edition.head);
    let words = if comparison.is_as_published() {
        "then"
    } else {
        "now"
    };
    format!("{} {} {words}", comparison.text.slug, head.number)
}
