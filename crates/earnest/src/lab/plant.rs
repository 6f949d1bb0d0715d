//! A planted server for tests: it answers the workloads rightly, or slowly, or wrongly, as told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};

use super::check;

/// How it behaves.
#[derive(Debug, Args)]
pub(crate) struct Planted {
    /// Where it listens.
    #[arg(long)]
    pub(crate) port: u16,
    /// How long each answer is kept back.
    #[arg(long, default_value_t = 0)]
    pub(crate) delay_micros: u64,
    /// Answers something else, and forgets its first listener.
    #[arg(long)]
    pub(crate) wrong: bool,
    /// Answers wrongly from this answer on.
    #[arg(long)]
    pub(crate) wrong_from: Option<u64>,
}

struct Server<'a> {
    planted: &'a Planted,
    listeners: Mutex<Vec<TcpStream>>,
    answered: Mutex<u64>,
}

/// Serves until it is ended.
pub(crate) fn plant(planted: &Planted) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, planted.port))?;
    let server = Server {
        planted,
        listeners: Mutex::default(),
        answered: Mutex::default(),
    };
    std::thread::scope(|scope| {
        for stream in listener.incoming() {
            let (stream, server) = (stream?, &server);
            // a caller who leaves ends the thread, and nothing else
            scope.spawn(move || drop(server.connection(stream)));
        }
        Ok(())
    })
}

impl Server<'_> {
    fn connection(&self, stream: TcpStream) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            let mut length = 0;
            loop {
                line.clear();
                reader.read_line(&mut line)?;
                if let Some((name, value)) = line.split_once(':') {
                    if name.eq_ignore_ascii_case("content-length") {
                        length = value.trim().parse()?;
                    }
                } else {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            std::thread::sleep(Duration::from_micros(self.planted.delay_micros));
            if path == "/events" {
                self.join(reader.get_ref())?;
            } else {
                let text = self.answer(&path, &body)?.to_string();
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                    text.len()
                );
                reader.get_mut().write_all((head + &text).as_bytes())?;
            }
        }
    }

    fn join(&self, stream: &TcpStream) -> anyhow::Result<()> {
        let mut stream = stream.try_clone()?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: welcome\n\n")?;
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stream);
        Ok(())
    }

    fn answer(&self, path: &str, body: &[u8]) -> anyhow::Result<Value> {
        let wrong = {
            let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
            *answered += 1;
            self.planted.wrong || self.planted.wrong_from.is_some_and(|from| *answered >= from)
        };
        Ok(match path {
            "/publish" => return self.publish(body, wrong),
            _ if wrong => json!({"size": 10, "solutions": 723}),
            "/json" => check::products(),
            "/matrix" => check::matrix(),
            _ => json!({"size": 10, "solutions": 724}),
        })
    }

    fn publish(&self, body: &[u8], wrong: bool) -> anyhow::Result<Value> {
        let message: Value = serde_json::from_slice(body)?;
        let text = message.get("text").and_then(Value::as_str).unwrap_or_default();
        let mut listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner);
        let last = listeners.len();
        let told = if wrong && text != "stop" {
            last.saturating_sub(1)
        } else {
            last
        };
        for listener in listeners.iter_mut().take(told) {
            // one who has left is not told
            drop(listener.write_all(format!("data: {text}\n\n").as_bytes()));
        }
        Ok(json!({"listeners": told}))
    }
}
