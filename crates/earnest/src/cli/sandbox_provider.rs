//! `earnest sandbox-provider`: the pretend payment provider as a process of its own.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use earnest_app::outside::{Clock, Randomness};
use earnest_hire::money::Minor;
use earnest_sandbox::{Fault, Message, Outside, Posted, Sandbox, Secret, Settling, Terms};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Uri};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Settings;
use crate::log;
use crate::outside::http::{self, NoAnswer};
use crate::outside::{SystemClock, SystemRandomness};

pub(crate) const HELP: &str = "\
Examples:
  earnest sandbox-provider --listen 127.0.0.1:8090 --data sandbox-data \\
    --secret whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw --api-key pretend \\
    --events-to http://127.0.0.1:8080/providers/sandbox/events
  earnest sandbox-provider … --settle by-hand --fault act_then_hang,on=refund --fault silence,on=payout.paid,times=2

It has books of its own and no real money. Open its address in a browser to play the provider; programs find the same
under /control. Of the settings only --listen [default: 127.0.0.1:8090], --data [default: nothing is kept] and those of
the log are read.";

/// How long the receiver of events may take.
const POST_WITHIN: Duration = Duration::from_secs(5);
const USUAL_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8090);

#[derive(Debug, Args)]
pub(crate) struct SandboxProvider {
    /// What signs the events: `whsec_` and the base64 of 24 to 64 bytes.
    #[arg(long, value_name = "SECRET")]
    secret: String,
    /// What callers must show as `Authorization: Bearer KEY`.
    #[arg(long, value_name = "KEY")]
    api_key: String,
    /// Where events are posted; without it they wait.
    #[arg(long, value_name = "URL")]
    events_to: Option<String>,
    /// The account that events name.
    #[arg(long, value_name = "ACCOUNT", default_value = "acct_sandbox")]
    account: String,
    /// What ids are made of, so that two runs make the same [default: drawn].
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// The fee of a payment, in hundredths of a percent.
    #[arg(long, value_name = "NUMBER", default_value_t = Terms::default().fee_basis_points, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    fee_basis_points: u32,
    /// The fixed part of the fee, in minor units.
    #[arg(long, value_name = "MINOR", default_value_t = Terms::default().fee_fixed.0, value_parser = clap::value_parser!(i64).range(0..))]
    fee_fixed_minor: i64,
    /// What a chargeback costs, in minor units.
    #[arg(long, value_name = "MINOR", default_value_t = Terms::default().chargeback_fee.0, value_parser = clap::value_parser!(i64).range(0..))]
    chargeback_fee_minor: i64,
    /// How long the money of a payment waits until it can be moved.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=31_536_000))]
    pending_seconds: i64,
    /// Payouts are multiples of this, in minor units: 100 plays a provider that pays whole units only.
    #[arg(long, value_name = "MINOR", default_value_t = Terms::default().payout_unit.0, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    payout_unit_minor: i64,
    /// Whether refunds and payouts come through at once, or when somebody says so.
    #[arg(long, value_name = "WHEN", default_value = "at-once")]
    settle: Settle,
    /// A fault from the start, as `KIND,on=CALL,by=NUMBER,times=NUMBER`, of which all but the kind may be left out; can
    /// be given more than once.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Fault>,
    /// End when the standard input does: whoever started it is gone then, however that came about.
    #[arg(long, hide = true)]
    until_input_ends: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Settle {
    AtOnce,
    ByHand,
}

pub(crate) fn run(settings: &Settings, provider: &SandboxProvider) -> anyhow::Result<()> {
    let config = settings.read()?;
    log::start(&config.log).context("logging cannot be started")?;
    // the site's own address in a file or variable is not ours
    let listen = settings.listen().map_or(USUAL_ADDRESS, |_| config.listen);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(listen, settings.data(), provider));
    // calls that were told never to be answered must not hold the process
    runtime.shutdown_background();
    log::flush();
    served
}

async fn serve(listen: SocketAddr, folder: Option<&str>, provider: &SandboxProvider) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} cannot be listened on"))?;
    let base_url = format!("http://{}", super::serve::as_reached(listener.local_addr()?));
    let settings = provider.settings(&base_url, folder.map(PathBuf::from))?;
    let sandbox = Sandbox::open(settings, Arc::new(Real))?;
    println!("The sandbox provider is at {base_url}/control — no real money moves; press Ctrl-C to stop");
    std::io::stdout().flush().unwrap_or_default();
    let orphaned = input_ends(provider.until_input_ends);
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = orphaned => {}
        }
    };
    sandbox
        .serve(listener, stop)
        .await
        .context("the sandbox provider stopped")
}

/// Ends with the standard input, where that is asked for: a pipe ends with the process at its other end, even one that
/// was killed.
async fn input_ends(asked: bool) {
    if !asked {
        return std::future::pending().await;
    }
    let (told, ended) = tokio::sync::oneshot::channel();
    // reading blocks; the runtime would wait for a thread of its own at its end
    std::thread::spawn(move || {
        let read = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        told.send(read.is_ok()).unwrap_or_default();
    });
    // a thread that broke off tells the same
    ended.await.map(drop).unwrap_or_default();
}

impl SandboxProvider {
    fn settings(&self, base_url: &str, folder: Option<PathBuf>) -> anyhow::Result<earnest_sandbox::Settings> {
        if let Some(url) = &self.events_to {
            let url: Uri = url.parse().context("--events-to is no address")?;
            http::authority(&url).map_err(anyhow::Error::msg)?;
        }
        let seed = if let Some(seed) = self.seed {
            seed
        } else {
            let mut bytes = [0; 8];
            SystemRandomness::new()?.fill(&mut bytes);
            u64::from_be_bytes(bytes)
        };
        Ok(earnest_sandbox::Settings {
            base_url: base_url.to_owned(),
            folder,
            secret: Secret::read(&self.secret).context("--secret")?,
            api_key: self.api_key.clone(),
            events_to: self.events_to.clone(),
            account: self.account.clone(),
            seed,
            terms: Terms {
                fee_basis_points: self.fee_basis_points,
                fee_fixed: Minor(self.fee_fixed_minor),
                chargeback_fee: Minor(self.chargeback_fee_minor),
                pending_seconds: self.pending_seconds,
                payout_unit: Minor(self.payout_unit_minor),
                settling: match self.settle {
                    Settle::AtOnce => Settling::AtOnce,
                    Settle::ByHand => Settling::ByHand,
                },
            },
            faults: self.fault.clone(),
        })
    }
}

/// The clock and the network of this machine.
struct Real;

impl Outside for Real {
    fn now(&self) -> jiff::Timestamp {
        SystemClock.now()
    }

    fn post<'a>(&'a self, message: &'a Message) -> Posted<'a> {
        Box::pin(async move {
            let mut request = Request::post(&message.url).header("content-type", "application/json");
            for (name, value) in &message.headers {
                request = request.header(*name, value);
            }
            let request = request
                .body(Full::new(Bytes::from(message.body.clone())))
                .map_err(|error| error.to_string())?;
            match http::send(request, POST_WITHIN).await {
                Ok(answer) => Ok(answer.status),
                Err(NoAnswer::NotSent(why) | NoAnswer::Lost(why)) => Err(why),
            }
        })
    }
}
