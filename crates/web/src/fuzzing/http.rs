//! Bodies and headers as strangers send them, and addresses that strangers want to be told at.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use earnest_app::Error;
use earnest_app::outside::signature::{self, Secret, SignedHeaders};
use earnest_app::webhook::{Destination, Host, Scheme};
use earnest_hire::file::{media_type, safe_name};
use earnest_hire::ids::{Ids, PersonId};
use earnest_hire::money::check_amounts;
use earnest_store::{FileOf, FileRow};
use hyper::body::Frame;
use jiff::Timestamp;
use serde_json::Value;

use super::{choice, text};
use crate::api::{KeyRule, key_in, read_bodies, read_json};
use crate::problem::Problem;
use crate::upload::{Sent, Shelf};

const NOW: Timestamp = Timestamp::constant(1_795_521_600, 0);

/// Read whole and exactly, or refused with 400 or 422.
pub(super) fn json_body(input: &[u8]) {
    let sent: &[u8] = if input.is_empty() { b"{}" } else { input };
    let document = serde_json::from_slice::<Value>(sent).ok();
    match (read_json::<Value>(input), &document) {
        (Ok(read), Some(document)) => {
            assert_eq!(&read, document);
            let again = read_json::<Value>(read.to_string().as_bytes()).ok();
            assert_eq!(again.as_ref(), Some(document), "{document}");
        }
        (Ok(read), None) => assert_eq!(Value::Null, read, "{input:?} is no JSON"),
        (Err(problem), Some(document)) => {
            assert!(document.is_array(), "{document} is refused");
            refused(&problem, "anything");
        }
        (Err(problem), None) => refused(&problem, "anything"),
    }
    for (name, read) in read_bodies(input) {
        match (read, &document) {
            (Ok(()), Some(document)) => {
                assert!(document.is_object(), "{name} takes {document}");
                assert_eq!(check_amounts(document), Ok(()), "{name} takes {document}");
            }
            (Ok(()), None) => assert_eq!(name, "", "takes what is no JSON: {input:?}"),
            (Err(problem), _) => refused(&problem, name),
        }
    }
}

fn refused(problem: &Problem, name: &str) {
    let status = problem.status();
    let known = matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY);
    assert!(known, "{name} is answered with {status}");
    let said = problem.document(crate::request_id::RequestIds::new(1).take(None));
    let said: Option<Value> = serde_json::from_str(&said).ok();
    let status_said = said
        .as_ref()
        .and_then(|said| said.get("status"))
        .and_then(Value::as_u64);
    assert_eq!(status_said, Some(u64::from(status.as_u16())), "{name}");
}

/// A key is what was sent without the space around it, or it is none.
pub(super) fn idempotency_key(input: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(input) else {
        return;
    };
    let mut headers = HeaderMap::new();
    headers.insert("idempotency-key", value);
    match key_in(KeyRule::Must, &headers) {
        Ok(key) => {
            let key = key.unwrap_or_default();
            assert!((1..=255).contains(&key.len()), "{key:?}");
            assert!(key.bytes().all(|byte| byte.is_ascii_graphic()), "{key:?}");
            assert_eq!(
                text(input).map(str::trim),
                Some(key.as_str()),
                "another key than was sent"
            );
        }
        Err(problem) => {
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
            let fits = text(input).map(str::trim).is_some_and(|key| {
                (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
            });
            assert!(!fits, "a good key is refused: {input:?}");
        }
    }
    assert!(matches!(key_in(KeyRule::None, &headers), Ok(None)));
}

/// Only what our secret signs is taken, and of that every byte.
pub(super) fn signature(input: &[u8]) {
    let coded = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let Ok(secret) = Secret::read(coded) else { return };
    let secrets = [secret];
    let mut lines = input.splitn(4, |byte| *byte == b'\n');
    let mut next = || lines.next().and_then(text);
    let (id, timestamp, given) = (next(), next(), next());
    let body = lines.next().unwrap_or_default();
    let headers = SignedHeaders {
        id,
        timestamp,
        signature: given,
    };
    if let Ok(taken) = signature::check(&secrets, &headers, body, NOW) {
        let ours = signature::sign(&secrets[0], taken, seconds(timestamp), body);
        let has_ours = given.is_some_and(|given| given.split_ascii_whitespace().any(|one| one == ours));
        assert!(has_ours, "{given:?} is taken for {ours}");
    }
    // What we sign ourselves holds, and no change of it does.
    let id = id
        .filter(|id| !id.is_empty() && !id.contains('.'))
        .unwrap_or("msg_1");
    let (at, signed) = (
        NOW.as_second().to_string(),
        signature::sign(&secrets[0], id, NOW, body),
    );
    let check = |id: &str, signed: &str, body: &[u8]| {
        let headers = SignedHeaders {
            id: Some(id),
            timestamp: Some(&at),
            signature: Some(signed),
        };
        signature::check(&secrets, &headers, body, NOW).is_ok()
    };
    assert!(check(id, &signed, body), "our own signature of {id:?} is refused");
    assert!(!check(&format!("{id}x"), &signed, body));
    assert!(!check(id, &signed, &[body, b"x"].concat()));
    let other = given
        .is_some_and(|given| given != signed && !given.contains(signed.as_str()) && check(id, given, body));
    assert!(!other, "{given:?} is taken for {signed}");
}

fn seconds(timestamp: Option<&str>) -> Timestamp {
    let seconds = timestamp.and_then(|text| text.parse().ok());
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or_default()
}

/// Nothing inside is ever dialled, and what is dialled is what was checked.
pub(super) fn address(input: &[u8]) {
    let Some(typed) = text(input) else { return };
    if let Ok(read) = Destination::read(typed, None) {
        assert_eq!(read.scheme, Scheme::Https, "{typed:?}");
        assert!(read.port > 0 && read.path.starts_with('/'), "{typed:?}");
        match &read.host {
            Host::Ip(ip) => assert!(!is_inside(*ip), "{typed:?} leads to {ip}"),
            Host::Name(name) => {
                assert!(
                    name.parse::<IpAddr>().is_err(),
                    "{typed:?} has an address for a name"
                );
                let numbers = name
                    .rsplit('.')
                    .next()
                    .is_some_and(|top| top.starts_with(|c: char| c.is_ascii_digit()));
                assert!(
                    !numbers && !name.ends_with("localhost") && name.contains('.'),
                    "{typed:?}"
                );
            }
        }
        let written = format!("https://{}{}", read.authority(), read.path);
        assert_eq!(Destination::read(&written, None).as_ref(), Ok(&read), "{typed:?}");
        let plain = |byte: u8| byte.is_ascii_graphic();
        assert!(written.bytes().all(plain), "{typed:?} is written {written:?}");
    }
    resolved(input);
}

/// Whatever a name resolves to: one address inside is enough to send nothing.
fn resolved(input: &[u8]) {
    let found: Vec<SocketAddr> = input
        .chunks_exact(17)
        .take(4)
        .filter_map(|bytes| {
            let (kind, bytes) = choice(bytes);
            let ip = if kind & 1 == 0 {
                IpAddr::from(*bytes.first_chunk::<4>()?)
            } else {
                IpAddr::from(*bytes.first_chunk::<16>()?)
            };
            Some(SocketAddr::new(ip, 443))
        })
        .collect();
    let Ok(name) = Destination::read("https://example.org/", None) else {
        return;
    };
    match name.fit(&found, None) {
        Ok(chosen) => {
            assert!(found.contains(&chosen), "{chosen} was not found");
            assert!(!found.iter().any(|one| is_inside(one.ip())), "{found:?}");
        }
        Err(_unfit) => {}
    }
}

/// What the standard library and the registries call special, written down anew: not the code under test.
fn is_inside(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            ip.is_loopback()
                || ip.is_private()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_documentation()
                || ip.is_multicast()
                || ip.is_unspecified()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19))
        }
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            let carried = ip.to_ipv4().is_some_and(|ip| is_inside(ip.into()));
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || carried
                || first & 0xFE00 == 0xFC00
                || first & 0xFFC0 == 0xFE80
                || first == 0x2002
                || first == 0x0064
                || (first == 0x2001 && matches!(second, 0 | 0x0DB8))
        }
    }
}

/// What is read of a form does not depend on how the network cuts it, and what was sent comes whole.
pub(super) fn multipart(input: &[u8]) {
    let (cut, rest) = choice(input);
    let size = usize::from(cut).saturating_add(1);
    let [whole, pieces] = [rest.len().max(1), size].map(|size| read_form(rest, size));
    assert_eq!(whole, pieces, "cut into {size}: {rest:?}");
    if let Ok(read) = &whole {
        for (name, media, _) in &read.files {
            assert_eq!(safe_name(name), *name, "a file is called {name:?}");
            assert!(
                !name.contains(['/', '\\', '\n', '\r', '"', '\0']),
                "a file is called {name:?}"
            );
            assert!(
                !media.contains("html") && !media.contains("svg") && !media.contains("xml"),
                "{media}"
            );
        }
    }
    sent_is_read(rest, size);
}

/// A form made of the input, as a browser would send it.
fn sent_is_read(input: &[u8], size: usize) {
    let mark = b"\r\n--x";
    let parts: Vec<&[u8]> = input.split(|byte| *byte == 0xFF).take(8).collect();
    if parts
        .iter()
        .any(|part| part.windows(mark.len()).any(|window| window == mark))
    {
        return;
    }
    let mut body = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        body.extend_from_slice(b"--x\r\ncontent-disposition: form-data; name=\"f\"");
        if place % 2 == 1 {
            body.extend_from_slice(b"; filename=\"a.txt\"");
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(part);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x--\r\n");
    let read = read_form(&body, size);
    let of = |rest: usize| {
        parts
            .iter()
            .enumerate()
            .filter(move |(place, _)| place % 2 == rest)
            .map(|(_, part)| *part)
    };
    let typed: Vec<String> = of(0)
        .map(|part| String::from_utf8_lossy(part).into_owned())
        .collect();
    let files: Vec<Vec<u8>> = of(1).map(<[u8]>::to_vec).collect();
    assert!(read.is_ok(), "a browser's form is refused: {body:?}");
    if let Ok(read) = read {
        assert_eq!(read.typed, typed);
        assert_eq!(
            read.files.into_iter().map(|file| file.2).collect::<Vec<_>>(),
            files
        );
    }
}

/// What came of a form.
#[derive(Debug, PartialEq, Eq, Default)]
struct Form {
    typed: Vec<String>,
    /// Name, type and content.
    files: Vec<(String, &'static str, Vec<u8>)>,
}

fn read_form(body: &[u8], size: usize) -> Result<Form, StatusCode> {
    let pieces: VecDeque<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
    let request = Request::builder()
        .header(CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::new(Pieces(pieces)))
        .map_err(|_bad| StatusCode::IM_A_TEAPOT)?;
    let (mut sent, mut shelf) = (Sent::default(), Memory::default());
    let read = now(sent.read_parts(&mut shelf, request));
    read.map_err(|problem| problem.status())?;
    Ok(Form {
        typed: sent.typed.values("f").into_iter().map(str::to_owned).collect(),
        files: shelf.whole,
    })
}

/// Nothing here waits for anything outside, so that asking again is enough.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done;
        }
    }
}

/// A body that comes in pieces.
struct Pieces(VecDeque<Bytes>);

impl hyper::body::Body for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.pop_front().map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Files in memory.
#[derive(Default)]
struct Memory {
    begun: Option<(String, Vec<u8>)>,
    whole: Vec<(String, &'static str, Vec<u8>)>,
}

impl Shelf for Memory {
    async fn begin(&mut self, name: &str) -> Result<(), Error> {
        self.begun = Some((safe_name(name), Vec::new()));
        Ok(())
    }

    async fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Some((_, content)) = &mut self.begun {
            content.extend_from_slice(bytes);
        }
        Ok(())
    }

    async fn give_up(&mut self) -> Result<(), Error> {
        self.begun = None;
        Ok(())
    }

    async fn finish(&mut self) -> Result<FileRow, Error> {
        let (name, content) = self.begun.take().ok_or(Error::NotFound)?;
        let row = FileRow {
            id: Ids::new(NOW, [0; 16]).file(),
            person: PersonId::new(NOW, [0; 10]),
            media_type: media_type(&name).to_owned(),
            name: name.clone(),
            bytes: i64::try_from(content.len()).unwrap_or(i64::MAX),
            sha256: [0; 32],
            at: NOW,
            of: FileOf::Nothing,
        };
        self.whole.push((name.clone(), media_type(&name), content));
        Ok(row)
    }
}
