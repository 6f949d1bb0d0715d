//! What is counted about requests. Labels are the matched path (`/compare/{slug}`) and the status, never the address
//! itself: a crawler must not be able to create series.

use std::time::Duration;

use axum::http::StatusCode;
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "earnest_http_requests_total";
const DURATION: &str = "earnest_http_request_duration_seconds";
const BUCKETS_SECONDS: &[f64] = &[
    0.0001, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// The label of requests that no route matched.
pub const UNMATCHED: &str = "unmatched";

/// The counters of this process and how to print them.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Metrics")
    }
}

impl Metrics {
    /// Installs the one recorder of the process, without a listener of its own; a second call is an error.
    pub fn install() -> Result<Self, BuildError> {
        let handle = PrometheusBuilder::new()
            .set_buckets(BUCKETS_SECONDS)?
            .install_recorder()?;
        metrics::describe_counter!(REQUESTS, "Requests by matched path and status.");
        metrics::describe_histogram!(
            DURATION,
            metrics::Unit::Seconds,
            "Time to answer by matched path."
        );
        Ok(Self { handle })
    }

    /// The text that a scraper reads.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds recent durations into their buckets; must be called every few seconds, or memory grows while nobody
    /// scrapes.
    pub fn tidy(&self) {
        self.handle.run_upkeep();
    }
}

/// Counts one answered request.
pub(crate) fn count(path: &str, status: StatusCode, took: Duration) {
    let path = metrics::SharedString::from(path.to_owned());
    let code = metrics::SharedString::from(status.as_str().to_owned());
    metrics::counter!(REQUESTS, "path" => path.clone(), "status" => code).increment(1);
    metrics::histogram!(DURATION, "path" => path).record(took.as_secs_f64());
}
