//! Three addresses for machines: is the process alive, may it be sent people, and what has it counted.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use earnest_app::watch;

use crate::answer::{Cache, Fresh};
use crate::{Ctx, metrics};

type Answer = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// A question to what lies below (in practice: "does the database answer?"); the error is one line for operators.
#[derive(Clone)]
pub struct Check(Arc<dyn Fn() -> Answer + Send + Sync>);

impl Check {
    /// Wraps the question; it is asked anew at each call of `/ready`.
    pub fn new<F, A>(ask: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(ask())))
    }

    /// A check that always says yes, for a process with nothing below it.
    pub fn always() -> Self {
        Self::new(|| async { Ok(()) })
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Check")
    }
}

/// Alive: answers as long as the process can answer at all, whatever the database does.
pub(crate) async fn health() -> Fresh {
    Fresh::text("ok\n", Cache::Private)
}

/// Ready: 200 if people may be sent here, else 503 with one line of reason.
pub(crate) async fn ready(State(web): State<Ctx>) -> Fresh {
    if web.is_closing() {
        return Fresh::text("closing\n", Cache::Private).with_status(StatusCode::SERVICE_UNAVAILABLE);
    }
    match (web.ready.0)().await {
        Ok(()) => Fresh::text(degraded(&web).await, Cache::Private),
        Err(reason) => {
            tracing::warn!(reason, "not ready");
            Fresh::text("not ready\n", Cache::Private).with_status(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// Ready, and what an operator should look at beside: none of it is a reason to send people elsewhere.
async fn degraded(web: &Ctx) -> String {
    let troubles = match watch::figures(&web.app.desk).await {
        Ok(figures) => figures.troubles(),
        Err(error) => vec![format!("what waits cannot be counted ({})", error.code())],
    };
    troubles.iter().fold("ready\n".to_owned(), |text, trouble| {
        text + "degraded: " + trouble + "\n"
    })
}

/// Everything counted since the start, in the text format of Prometheus. What waits in the database is counted anew; while
/// the database does not answer, the figures of before are marked by `earnest_database_up 0`.
pub(crate) async fn metrics(State(web): State<Ctx>) -> Fresh {
    match watch::figures(&web.app.desk).await {
        Ok(figures) => metrics::show(&figures),
        Err(error) => {
            tracing::warn!(cause = error.chain(), "what waits cannot be counted");
            metrics::database_down();
        }
    }
    Fresh::text(web.metrics.render(), Cache::Private)
}
