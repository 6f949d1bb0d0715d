//! What is counted about requests. Labels are the matched path (`/compare/{slug}`) and the status, never the address
//! itself: a crawler must not be able to create series.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::http::StatusCode;
use earnest_app::watch::Figures;
use metrics::{Counter, Histogram};
use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "earnest_http_requests_total";
const DURATION: &str = "earnest_http_request_duration_seconds";
/// 1 while the database answers.
const DATABASE: &str = "earnest_database_up";
const BUCKETS_SECONDS: &[f64] = &[
    0.0001, 0.000_25, 0.000_5, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// The label of requests that no route matched.
pub const UNMATCHED: &str = "unmatched";

/// The counters of this process and how to print them.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
    /// By matched path, then by status. Looking a series up in the recorder takes longer than the rest of the count.
    series: Arc<RwLock<HashMap<String, Vec<Series>>>>,
}

#[derive(Clone)]
struct Series {
    status: StatusCode,
    requests: Counter,
    seconds: Histogram,
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
        Ok(Self {
            handle,
            series: Arc::default(),
        })
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

    /// Counts one answered request.
    pub(crate) fn count(&self, path: &str, status: StatusCode, took: Duration) {
        let seconds = took.as_secs_f64();
        {
            let known = self.series.read().unwrap_or_else(PoisonError::into_inner);
            let series = known
                .get(path)
                .and_then(|all| all.iter().find(|one| one.status == status));
            if let Some(series) = series {
                series.record(seconds);
                return;
            }
        }
        let series = Series::new(path, status);
        series.record(seconds);
        let mut known = self.series.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(path.to_owned()).or_default().push(series);
    }
}

/// Takes over what was counted in the database.
pub(crate) fn show(figures: &Figures) {
    let gauges = [
        (DATABASE, 1),
        ("earnest_oldest_job_seconds", figures.oldest_job_seconds),
        ("earnest_timer_lag_seconds", figures.timer_lag_seconds),
        ("earnest_put_off_timers", figures.put_off_timers),
        ("earnest_dead_jobs", figures.dead_jobs),
        ("earnest_slow_refunds", figures.slow_refunds),
        ("earnest_waiting_events", figures.waiting_events),
        ("earnest_refused_events", figures.refused_events),
        ("earnest_broken_events", figures.broken_events),
        (
            "earnest_reconciliation_differences",
            figures.reconciliation_differences,
        ),
        ("earnest_held_difference_minor", figures.held_difference_minor),
    ];
    for (name, value) in gauges {
        set(name, value);
    }
}

/// Notes that the database does not answer.
pub(crate) fn database_down() {
    set(DATABASE, 0);
}

#[expect(
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a gauge shows 53 bits, and more is no less an alarm"
)]
fn set(name: &'static str, value: i64) {
    metrics::gauge!(name).set(value as f64);
}

impl Series {
    fn new(path: &str, status: StatusCode) -> Self {
        let path = path.to_owned();
        let code = status.as_str().to_owned();
        Self {
            status,
            requests: metrics::counter!(REQUESTS, "path" => path.clone(), "status" => code),
            seconds: metrics::histogram!(DURATION, "path" => path),
        }
    }

    fn record(&self, seconds: f64) {
        self.requests.increment(1);
        self.seconds.record(seconds);
    }
}
