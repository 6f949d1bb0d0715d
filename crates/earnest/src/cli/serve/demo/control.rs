//! The controls of the sandbox provider, as the demo plays them.

use std::time::Duration;

use anyhow::{Context, bail};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use serde_json::Value;

use crate::outside::http::{self, NoAnswer};

/// Lets something happen at the provider.
pub(super) async fn post(provider: &str, path: &str, fields: &Value, within: Duration) -> anyhow::Result<()> {
    let request = Request::post(format!("{provider}/control/{path}"))
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(fields.to_string())))?;
    send(request, within).await.map(drop)
}

/// By how many seconds the provider's time is ahead of the machine's.
pub(super) async fn clock_ahead(provider: &str, within: Duration) -> anyhow::Result<i64> {
    let request = Request::get(format!("{provider}/control/state")).body(Full::default())?;
    let state: Value = serde_json::from_slice(&send(request, within).await?)?;
    let ahead = state.pointer("/clock/ahead_seconds").and_then(Value::as_i64);
    ahead.context("the sandbox provider does not say what time it is")
}

async fn send(request: Request<Full<Bytes>>, within: Duration) -> anyhow::Result<Bytes> {
    let what = request.uri().path().to_owned();
    match http::send(request, within).await {
        Ok(answer) if answer.status == 200 => Ok(answer.body),
        Ok(answer) => bail!(
            "the sandbox provider answered {what} with {}: {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        ),
        Err(NoAnswer::NotSent(why) | NoAnswer::Lost(why)) => {
            bail!("the sandbox provider did not answer {what}: {why}")
        }
    }
}
