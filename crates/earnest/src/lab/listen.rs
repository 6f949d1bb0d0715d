//! The client of the fan-out: listeners that are sent events, and a few of them who also publish. A publisher sends
//! the next message when its last one has come back to it, as somebody in a chat would see it. Every listener must get
//! every message once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;

use super::drive::Counted;
use super::peer::Peer;

/// The last message.
const STOP: &str = "stop";

/// How many listen, how many of them publish, and how long.
#[derive(Debug, Args)]
pub(crate) struct Listening {
    /// Connections that are sent events.
    #[arg(long)]
    pub(crate) listeners: u32,
    /// How many of them publish.
    #[arg(long, default_value_t = 4)]
    pub(crate) publishers: u32,
    /// How long.
    #[arg(long)]
    pub(crate) millis: u64,
    /// Where the server listens.
    #[arg(long)]
    pub(crate) port: u16,
}

/// What one listener got.
#[derive(Default)]
struct Got {
    count: u64,
    sum: u64,
}

struct Listener {
    events: Peer,
    got: Got,
}

/// Publishes for a while; says how many messages came to listeners. Fails where one was lost, came twice or changed.
pub(crate) fn listen(listening: &Listening) -> anyhow::Result<Counted> {
    let listeners: anyhow::Result<Vec<Listener>> = (0..listening.listeners)
        .map(|_| Listener::join(listening.port))
        .collect();
    let (next, began) = (AtomicU64::new(0), Instant::now());
    let until = began + Duration::from_millis(listening.millis);
    let publishers = usize::try_from(listening.publishers)?;
    let got: Vec<anyhow::Result<Got>> = std::thread::scope(|scope| {
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for (at, mut listener) in listeners?.into_iter().enumerate() {
            if at < publishers {
                let next = &next;
                first.push(scope.spawn(move || {
                    listener.publish(listening.port, next, until)?;
                    anyhow::Ok(listener)
                }));
            } else {
                rest.push(scope.spawn(move || listener.until_the_end()));
            }
        }
        let first: Vec<_> = first.into_iter().map(ended).collect();
        // also where a publisher has failed: nobody waits for ever
        send(&mut Peer::connect(listening.port)?, STOP)?;
        let first = first
            .into_iter()
            .map(|listener| listener.and_then(Listener::until_the_end_of));
        let mut got: Vec<anyhow::Result<Got>> = first.collect();
        got.extend(rest.into_iter().map(ended));
        anyhow::Ok(got)
    })?;
    let micros = u64::try_from(began.elapsed().as_micros())?;
    let (published, mut completed) = (next.into_inner(), 0);
    let sum = (0..published).sum::<u64>();
    for one in got {
        let one = one?;
        let whole = one.count == published && one.sum == sum;
        anyhow::ensure!(
            whole,
            "a listener got {} of {published} messages, or others",
            one.count
        );
        completed += one.count;
    }
    Ok(Counted {
        completed,
        micros,
        failed: 0,
    })
}

fn ended<T>(thread: std::thread::ScopedJoinHandle<'_, anyhow::Result<T>>) -> anyhow::Result<T> {
    thread
        .join()
        .unwrap_or_else(|_panic| Err(anyhow::anyhow!("a listener broke down")))
}

fn send(peer: &mut Peer, text: &str) -> anyhow::Result<()> {
    let answer = peer.ask("POST", "/publish", &format!("{{\"text\":\"{text}\"}}"))?;
    anyhow::ensure!(
        answer.status == 200,
        "publishing was answered with status {}",
        answer.status
    );
    Ok(())
}

impl Listener {
    fn join(port: u16) -> anyhow::Result<Self> {
        let mut events = Peer::connect(port)?;
        let head = events.send("GET", "/events", "")?;
        let kind = head.header("content-type").unwrap_or("nothing");
        let stream = head.status == 200 && kind.starts_with("text/event-stream");
        anyhow::ensure!(
            stream,
            "/events was answered with status {} and {kind}",
            head.status
        );
        while events.line()? != ": welcome" {}
        Ok(Self {
            events,
            got: Got::default(),
        })
    }

    fn publish(&mut self, port: u16, next: &AtomicU64, until: Instant) -> anyhow::Result<()> {
        let mut peer = Peer::connect(port)?;
        // once at least, however late it is already
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            send(&mut peer, &format!("m-{number}"))?;
            while self.next()? != Some(number) {}
            if Instant::now() >= until {
                return Ok(());
            }
        }
    }

    fn until_the_end_of(mut self) -> anyhow::Result<Got> {
        self.until_the_end()
    }

    fn until_the_end(&mut self) -> anyhow::Result<Got> {
        while self.next()?.is_some() {}
        Ok(std::mem::take(&mut self.got))
    }

    /// The number of the next message; nothing at the end.
    fn next(&mut self) -> anyhow::Result<Option<u64>> {
        loop {
            let line = self.events.line()?;
            let Some(text) = line.strip_prefix("data: ") else {
                continue;
            };
            if text == STOP {
                return Ok(None);
            }
            let number = text.strip_prefix("m-").and_then(|number| number.parse().ok());
            let number: u64 = number.with_context(|| format!("nobody published {text:?}"))?;
            self.got.count += 1;
            self.got.sum += number;
            return Ok(Some(number));
        }
    }
}
