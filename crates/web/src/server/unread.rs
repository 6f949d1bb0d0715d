//! Requests that the HTTP library refuses before anything of ours sees them: an address above 64 kB, headers without
//! end, bytes that are no HTTP. The library answers those with a bare status. Here the bare status is replaced, on its
//! way out, by one with a sentence, since a person who followed a broken link may be reading it.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};

/// A connection that explains bare refusals.
pub(super) struct Explaining<I>(pub(super) I);

/// A bare refusal is one short write of a head without our request id.
const LONGEST_BARE_BYTES: usize = 256;

fn explained(written: &[u8]) -> Option<String> {
    if written.len() > LONGEST_BARE_BYTES || !written.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let head = std::str::from_utf8(written).ok()?;
    if !head.contains("content-length: 0") || head.contains("x-request-id") {
        return None;
    }
    let status = head.lines().next()?;
    let sentence = match status.get(9..12)? {
        "414" => {
            "This address is too long. Start again from the plain page, without what follows the question mark.\n"
        }
        "431" => "The headers of this request are too large. Deleting the cookies of this site may help.\n",
        _ => "This request cannot be read.\n",
    };
    Some(format!(
        "{status}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\nx-content-type-options: nosniff\r\n\
         cache-control: private, no-store\r\ncontent-length: {}\r\n\r\n{sentence}",
        sentence.len()
    ))
}

impl<I: Write + Unpin> Explaining<I> {
    /// Writes the explanation instead and reports the bare bytes as written. The connection closes after it, and its
    /// buffer is empty: a few hundred bytes fit.
    fn explain(&mut self, context: &mut Context<'_>, bare: usize, text: &str) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0)
            .poll_write(context, text.as_bytes())
            .map_ok(|_| bare)
    }
}

impl<I: Write + Unpin> Write for Explaining<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match explained(bytes) {
            Some(text) => self.explain(context, bytes.len(), &text),
            None => Pin::new(&mut self.0).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let [only] = slices
            && let Some(text) = explained(only)
        {
            return self.explain(context, only.len(), &text);
        }
        Pin::new(&mut self.0).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl<I: Read + Unpin> Read for Explaining<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_refusals_are_replaced() {
        let bare = b"HTTP/1.1 414 URI Too Long\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        assert!(explained(bare).unwrap().ends_with("the question mark.\n"));
        let ours = b"HTTP/1.1 404 Not Found\r\nx-request-id: rid_1\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(explained(ours), None);
        assert_eq!(explained(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), None);
    }
}
