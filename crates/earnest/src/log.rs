//! The log: lines on the standard error stream, as text or JSON.
//!
//! A system call per line would cost more than answering a request from memory. Lines are therefore collected and
//! written by one thread every few milliseconds. If the stream cannot take them fast enough (a full pipe), requests are
//! not held up: lines are dropped, and the next line says how many.

use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{Log, LogFormat};

const MOST_WAITING_BYTES: usize = 4 * 1024 * 1024;
const GATHER_FOR: Duration = Duration::from_millis(5);

static LINES: Lines = Lines {
    waiting: Mutex::new(Waiting {
        bytes: Vec::new(),
        dropped: 0,
    }),
    some: Condvar::new(),
    writing: Mutex::new(()),
};

struct Lines {
    waiting: Mutex<Waiting>,
    some: Condvar,
    /// Held while bytes taken from `waiting` are on their way out, so that two writers keep the order.
    writing: Mutex<()>,
}

struct Waiting {
    bytes: Vec<u8>,
    dropped: usize,
}

/// Starts logging; panics are logged as well, with their place, since a request survives them.
pub(crate) fn start(log: &Log) -> io::Result<()> {
    std::thread::Builder::new().name("log".into()).spawn(|| {
        loop {
            LINES.wait();
            std::thread::sleep(GATHER_FOR);
            LINES.write_out();
        }
    })?;
    let filter = EnvFilter::new(&log.level);
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Collect)
        .with_target(false);
    match log.format {
        LogFormat::Text => lines.with_ansi(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let cause = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, cause, "a panic");
    }));
    Ok(())
}

/// Writes out what is still waiting; to be called before the process ends.
pub(crate) fn flush() {
    LINES.write_out();
}

impl Lines {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self) {
        let waiting = self.waiting();
        drop(self.some.wait_while(waiting, |waiting| waiting.bytes.is_empty()));
    }

    fn write_out(&self) {
        let alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (bytes, dropped) = {
            let mut waiting = self.waiting();
            (
                std::mem::take(&mut waiting.bytes),
                std::mem::take(&mut waiting.dropped),
            )
        };
        let mut stream = io::stderr().lock();
        // there is no other place to tell that this stream is gone
        stream.write_all(&bytes).unwrap_or_default();
        if dropped > 0 {
            writeln!(
                stream,
                "{dropped} log lines were dropped: they could not be written fast enough"
            )
            .unwrap_or_default();
        }
        drop(alone);
    }
}

/// Hands each finished line to [`LINES`].
struct Collect;

impl Write for Collect {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = LINES.waiting();
        if waiting.bytes.len() + line.len() > MOST_WAITING_BYTES {
            waiting.dropped += 1;
        } else {
            if waiting.bytes.is_empty() {
                LINES.some.notify_one();
            }
            waiting.bytes.extend_from_slice(line);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Collect {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}
