//! Asking a server for one answer, in as few words of HTTP as it takes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// No right answer is longer.
const LONGEST: usize = 1 << 20;

/// What a server answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// Header lines, in small letters.
    pub(super) headers: Vec<(String, String)>,
    /// What came with it, put together where it came in chunks.
    pub(super) body: Vec<u8>,
}

/// A connection that is kept open from one answer to the next.
pub(super) struct Peer {
    reader: BufReader<TcpStream>,
}

/// The address of a server of the lab.
pub(super) fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

impl Peer {
    /// Connects.
    pub(super) fn connect(port: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect_timeout(&address(port), PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            reader: BufReader::new(stream),
        })
    }

    /// Sends a request and reads the head of its answer.
    pub(super) fn send(&mut self, method: &str, path: &str, body: &str) -> anyhow::Result<Answer> {
        let length = body.len();
        let entity = if body.is_empty() {
            String::new()
        } else {
            format!("content-type: application/json\r\ncontent-length: {length}\r\n")
        };
        let text = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{entity}\r\n{body}");
        self.reader.get_mut().write_all(text.as_bytes())?;
        self.head()
    }

    /// Sends a request and reads the whole answer.
    pub(super) fn ask(&mut self, method: &str, path: &str, body: &str) -> anyhow::Result<Answer> {
        let mut answer = self.send(method, path, body)?;
        answer.body = self.body(&answer)?;
        Ok(answer)
    }

    /// The next line, without its end.
    pub(super) fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        let read = self.reader.read_line(&mut line)?;
        anyhow::ensure!(read > 0, "the server closed the connection");
        line.truncate(line.trim_end_matches(['\r', '\n']).len());
        Ok(line)
    }

    fn head(&mut self) -> anyhow::Result<Answer> {
        let line = self.line()?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.with_context(|| format!("no status in {line:?}"))?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_ascii_lowercase()));
        }
        Ok(Answer {
            status,
            headers,
            body: Vec::new(),
        })
    }

    fn body(&mut self, head: &Answer) -> anyhow::Result<Vec<u8>> {
        if head.header("transfer-encoding") == Some("chunked") {
            return self.chunks();
        }
        let length = head.header("content-length").unwrap_or("0").parse()?;
        self.exactly(length)
    }

    fn chunks(&mut self) -> anyhow::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let length =
                usize::from_str_radix(&line, 16).with_context(|| format!("no chunk length in {line:?}"))?;
            body.extend(self.exactly(length)?);
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }

    fn exactly(&mut self, length: usize) -> anyhow::Result<Vec<u8>> {
        anyhow::ensure!(length <= LONGEST, "an answer of {length} bytes");
        let mut bytes = vec![0; length];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Answer {
    /// The value of a header, in small letters.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}
