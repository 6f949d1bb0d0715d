//! One HTTP request to a partner, with limits, and with an honest word on why there is no answer.
//!
//! A connection of its own for each request, over hyper, which is in the build for the server anyway: a pool of
//! connections would blur whether a request had left when one broke, and calls to partners are few. No redirect is
//! followed. There is no TLS here: only partners on this machine or behind a local proxy are reached.

use std::pin::pin;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Uri, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a partner may take to accept a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// More than any answer that we ask for.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// A whole answer, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

/// Why there is no whole answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Not a byte of the request had left.
    NotSent(String),
    /// It had, or may have.
    Lost(String),
}

/// Sends a request to a plain `http://` address, and has the whole answer within the limit or none.
pub(crate) async fn send(mut request: Request<Full<Bytes>>, within: Duration) -> Result<Answer, NoAnswer> {
    let authority = authority(request.uri()).map_err(NoAnswer::NotSent)?;
    let host = header::HeaderValue::from_str(&authority)
        .map_err(|error| NoAnswer::NotSent(format!("no usable host: {error}")))?;
    request.headers_mut().insert(header::HOST, host);
    let path = request
        .uri()
        .path_and_query()
        .map_or_else(|| Ok(Uri::from_static("/")), |path| path.as_str().parse::<Uri>())
        .map_err(|error| NoAnswer::NotSent(format!("no usable path: {error}")))?;
    *request.uri_mut() = path;
    let stream = match timeout(CONNECT_WITHIN, TcpStream::connect(&authority)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            return Err(NoAnswer::NotSent(format!(
                "{authority} cannot be reached: {error}"
            )));
        }
        Err(_elapsed) => return Err(NoAnswer::NotSent(format!("{authority} accepts no connection"))),
    };
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| NoAnswer::NotSent(format!("{authority} cannot be talked to: {error}")))?;
    let exchanged = timeout(within, async {
        let mut exchange = pin!(exchange(sender, request));
        tokio::select! {
            biased;
            answer = &mut exchange => answer,
            // what had arrived before the connection ended can still be a whole answer
            _ended = connection => exchange.await,
        }
    });
    match exchanged.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(why)) => Err(NoAnswer::Lost(format!("{authority}: {why}"))),
        Err(_elapsed) => Err(NoAnswer::Lost(format!(
            "{authority} did not answer within {} s",
            within.as_secs()
        ))),
    }
}

async fn exchange(
    mut sender: http1::SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
) -> Result<Answer, String> {
    let answer = sender
        .send_request(request)
        .await
        .map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), MOST_BYTES)
        .collect()
        .await
        .map_err(|error| format!("the answer broke off: {error}"))?;
    Ok(Answer {
        status,
        body: body.to_bytes(),
    })
}

/// Host and port of a plain `http://` address.
pub(crate) fn authority(url: &Uri) -> Result<String, String> {
    match (url.scheme_str(), url.host()) {
        (Some("http"), Some(host)) => Ok(format!("{host}:{}", url.port_u16().unwrap_or(80))),
        _ => Err(format!("{url} is not an address that begins with http://")),
    }
}
