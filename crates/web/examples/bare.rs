//! A bare hyper server that sends one file from memory: what `bench/http.sh` measures the site against.
//!
//! `bare FILE` prints its address and serves the file's bytes as HTML, with as many headers as the site sends.
#![expect(clippy::print_stdout, reason = "a program for the command line")]

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// Headers of the site besides the content type, with values of about their length.
const HEADERS: [(&str, &str); 8] = [
    ("cache-control", "no-cache"),
    ("vary", "accept-encoding"),
    ("etag", "\"0123456789abcdef\""),
    ("x-request-id", "rid_0123456789abc"),
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; \
         base-uri 'none'; form-action 'self'; object-src 'none'",
    ),
    ("referrer-policy", "strict-origin-when-cross-origin"),
    ("x-content-type-options", "nosniff"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

fn main() -> std::io::Result<()> {
    let file = std::env::args()
        .nth(1)
        .ok_or_else(|| std::io::Error::other("usage: bare FILE"))?;
    let body = Bytes::from(std::fs::read(file)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(body))
}

async fn serve(body: Bytes) -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await?;
        let (body, headers) = (body.clone(), headers.clone());
        let answer = service_fn(move |_: Request<hyper::body::Incoming>| {
            let mut response = Response::new(Full::new(body.clone()));
            *response.headers_mut() = headers.clone();
            async move { Ok::<_, Infallible>(response) }
        });
        connections.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        while connections.try_join_next().is_some() {}
    }
}
