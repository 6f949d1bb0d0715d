//! Accepting connections and letting go of them.
//!
//! Our own loop instead of `axum::serve` for three things that one lacks: a client that sends its headers slowly is cut
//! off, the end has a deadline (an open stream would hold it up for ever), and counters are folded while nobody scrapes.

mod unread;

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::Service;

use crate::caller::Peer;
use crate::{Ctx, routes};
use unread::Explaining;

/// How long a client may take to send the head of a request, and how long an idle connection is kept.
const HEAD_LIMIT: Duration = Duration::from_secs(20);
/// How long requests under way may take after the order to stop.
pub const GRACE: Duration = Duration::from_secs(10);
const TIDY_EVERY: Duration = Duration::from_secs(5);
/// How long to wait when no connection can be accepted: in practice all file descriptors are in use.
const BREATHER: Duration = Duration::from_millis(100);

/// How serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All requests under way were answered.
    Cleanly,
    /// The deadline passed; so many connections were cut.
    Cut(usize),
}

/// Serves the site until `stop` resolves, then finishes what is under way within [`GRACE`].
pub async fn serve(listener: TcpListener, web: Ctx, stop: impl Future<Output = ()>) -> Ended {
    let router = routes::router(web.clone());
    let (closing, _) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut tidying = tokio::time::interval(TIDY_EVERY);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    let peer = Peer(address.ip());
                    connections.spawn(converse((stream, peer), router.clone(), closing.subscribe()));
                }
                Err(error) => wait_out(&error).await,
            },
            Some(_) = connections.join_next() => {}
            _ = tidying.tick() => web.metrics.tidy(),
            () = &mut stop => break,
        }
    }
    drop(listener);
    web.close();
    drop(closing);
    let all_done = async { while connections.join_next().await.is_some() {} };
    match tokio::time::timeout(GRACE, all_done).await {
        Ok(()) => Ended::Cleanly,
        Err(_) => Ended::Cut(connections.len()),
    }
}

/// One connection, for as long as it lasts. Errors of a connection are the client's affair and not logged.
async fn converse((stream, peer): (TcpStream, Peer), router: Router, mut closing: watch::Receiver<()>) {
    // answers are written whole; waiting for more bytes to send would only delay them
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().call(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .serve_connection(Explaining(TokioIo::new(stream)), service);
    let mut connection = pin!(connection);
    tokio::select! {
        // an error here means that the client went away or spoke something else than HTTP
        _ = connection.as_mut() => return,
        _ = closing.changed() => connection.as_mut().graceful_shutdown(),
    }
    connection.await.unwrap_or_default();
}

async fn wait_out(error: &io::Error) {
    let of_one_client = matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    );
    if !of_one_client {
        tracing::error!(cause = %error, "no connection can be accepted");
        tokio::time::sleep(BREATHER).await;
    }
}
