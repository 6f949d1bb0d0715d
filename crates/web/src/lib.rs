//! The only place with HTTP, HTML and JSON.
//!
//! A request enters through [`server`], passes [`front`] (request id, limits, origin check, timing), reaches a handler
//! through [`routes`], and leaves through [`front`] again, which turns an [`answer`] or a [`problem`] into bytes.
//! No rule of the business and no SQL lives here.

pub mod answer;
pub mod assets;
pub mod front;
pub mod health;
mod licences;
pub mod metrics;
pub mod origin;
pub mod page;
pub mod problem;
pub mod request_id;
pub mod routes;
pub mod server;
pub mod site;
pub mod theme;
pub mod urls;

#[cfg(test)]
mod testing;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Everything a handler may reach; one per process, shared by all requests.
#[derive(Debug)]
pub struct Web {
    /// What the operator configured about this installation.
    pub site: Arc<site::Site>,
    /// Where request ids come from.
    pub ids: request_id::RequestIds,
    /// Counters and durations, shown at `/metrics`.
    pub metrics: metrics::Metrics,
    /// Whether what lies below (the database) answers; asked by `/ready`.
    pub ready: health::Check,
    closing: AtomicBool,
}

/// The axum state of every handler.
pub type Ctx = Arc<Web>;

impl Web {
    /// Puts the parts together; nothing is read from the outside world.
    pub fn new(
        site: site::Site,
        ids: request_id::RequestIds,
        metrics: metrics::Metrics,
        ready: health::Check,
    ) -> Self {
        Self {
            site: Arc::new(site),
            ids,
            metrics,
            ready,
            closing: AtomicBool::new(false),
        }
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
