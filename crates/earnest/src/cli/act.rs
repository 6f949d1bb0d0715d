//! `earnest act`: commands from a script, one JSON object a line, each answered with one. For tests, for moving money
//! that another system decided about, and for whoever wants to see the machine at work without a page.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use clap::Args;
use earnest_app::contract::{self, Also, Replay};
use earnest_app::desk::Desk;
use earnest_app::motion::{self, What};
use earnest_app::outside::json::check_fields;
use earnest_app::outside::{Clock, Randomness};
use earnest_app::payee::{self, Who};
use earnest_app::{Error, job, provider, timers};
use earnest_hire::contract::{Actor, Command, Offer};
use earnest_hire::ids::{ContractId, MotionId, PersonId};
use earnest_hire::money::Minor;
use earnest_hire::payee::Command as OfPayee;
use earnest_store::Key;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{Settings, database};
use crate::outside::{SystemClock, SystemRandomness};

pub(super) const HELP: &str = r#"Each line is one of
  {"as":"a","key":K,"actor":A,"offer":{…}}         begin a contract; later lines call it $a
  {"key":K,"actor":A,"contract":"$a","command":{"command":"approve","milestone":"mst_…"}}
  {"key":K,"actor":A,"person":"per_…","command":{"command":"request_payout","amount":{"amount_minor":5,"currency":"USD"}}}
  {"do":"tick"}   fire the timers that are due and do the jobs, except those of providers that are not configured here
  {"do":"onboard","person":"per_…"}
  {"do":"limit","person":"per_…","limit_minor":0}                  {"do":"show","contract":"$a"}
  {"as":"m","actor":A,"contract":"$a","propose":{…}}   what takes two operators: the first proposes (or of a "person"),
  {"actor":B,"second":"$m"}                            another seconds it, and it is done
An actor A is {"actor":"person","id":"per_…"}, {"actor":"operator","id":"per_…"}, {"actor":"clock"} or
{"actor":"provider","name":"sandbox"}. A text "$a/payments/0/id" stands for that place in the contract as it is then,
"$per_…/payouts/0/id" for one in what is kept of that person's money.
With a key, a line that is sent again is answered again and done once. "at" sets the clock, from that line on.

Each answer is {"line","key","ok":{…},"replayed"} or {"line","key","refused":{"code","sentence","definite"}}.

Examples:
  earnest act script.jsonl --data /srv/earnest
  earnest act - --at-once 64 < many.jsonl      (answers come as they are ready)

Exit status 0: every line was answered, 1: something broke; after a failed flush to the disk nothing is answered."#;

/// Where the commands are and how they are run.
#[derive(Debug, Args)]
pub(crate) struct Act {
    /// The script; `-` reads the standard input.
    #[arg(default_value = "-")]
    file: PathBuf,
    /// So many lines at a time; their order is then as it comes.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    at_once: u16,
    /// Draw ids from this number: the same script then makes the same ids in an empty database.
    #[arg(long)]
    seed: Option<u64>,
}

/// One line of a script.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(rename = "as")]
    label: Option<String>,
    key: Option<String>,
    at: Option<Timestamp>,
    actor: Option<Actor>,
    offer: Option<Value>,
    contract: Option<Value>,
    person: Option<PersonId>,
    command: Option<Value>,
    propose: Option<Value>,
    second: Option<Value>,
    #[serde(rename = "do")]
    what: Option<String>,
    limit_minor: Option<i64>,
}

pub(crate) fn run(settings: &Settings, asked: &Act) -> anyhow::Result<()> {
    let config = settings.read()?;
    let input: Box<dyn BufRead + Send> = if asked.file.as_os_str() == "-" {
        Box::new(std::io::BufReader::new(std::io::stdin()))
    } else {
        let file = std::fs::File::open(&asked.file);
        Box::new(std::io::BufReader::new(
            file.with_context(|| format!("{} cannot be read", asked.file.display()))?,
        ))
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = database::open_beside(&config, "act").await?;
        let clock = Arc::new(ScriptClock::default());
        let randomness: Arc<dyn Randomness> = match asked.seed {
            Some(seed) => Arc::new(Seeded(Mutex::new(seed))),
            None => Arc::new(SystemRandomness::new()?),
        };
        let desk = database::desk(&config, store, Arc::clone(&clock) as Arc<dyn Clock>, randomness)?;
        let script = Script {
            desk,
            clock,
            labels: Arc::default(),
        };
        // Nothing more is confirmed once the disk has failed, so the lines that are left need not be tried.
        tokio::select! {
            biased;
            error = script.desk.store.failed() => return Err(error.into()),
            ran = script.run(input, usize::from(asked.at_once)) => ran?,
        }
        script.desk.store.finish().await;
        Ok(())
    })
}

/// The clock of the machine, or what the script last said.
#[derive(Debug, Default)]
struct ScriptClock(Mutex<Option<Timestamp>>);

impl Clock for ScriptClock {
    fn now(&self) -> Timestamp {
        let set = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        set.unwrap_or_else(|| SystemClock.now())
    }
}

/// Bytes by splitmix64: foreseeable on purpose.
#[derive(Debug)]
struct Seeded(Mutex<u64>);

impl Randomness for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for byte in bytes {
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut word = *state;
            word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = (word ^ (word >> 31)).to_le_bytes()[0];
        }
    }
}

#[derive(Clone)]
struct Script {
    desk: Desk,
    clock: Arc<ScriptClock>,
    labels: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Script {
    async fn run(&self, input: Box<dyn BufRead + Send>, at_once: usize) -> anyhow::Result<()> {
        let mut under_way = JoinSet::new();
        for (number, line) in (1_u64..).zip(input.lines()) {
            let line = line.context("the script cannot be read")?;
            if line.trim().is_empty() {
                continue;
            }
            let script = self.clone();
            under_way.spawn(async move { script.answer(number, &line).await });
            // Before the next line is read: whoever writes lines one by one waits for each answer.
            while under_way.len() >= at_once {
                print(under_way.join_next().await)?;
            }
        }
        while let Some(answer) = under_way.join_next().await {
            print(Some(answer))?;
        }
        Ok(())
    }

    async fn answer(&self, number: u64, text: &str) -> Value {
        if let Err(twice) = check_fields(text.as_bytes()) {
            let refused = json!({ "code": "field_twice", "sentence": twice.to_string(), "definite": true });
            return json!({ "line": number, "key": null, "refused": refused });
        }
        let line: Line = match serde_json::from_str(text) {
            Ok(line) => line,
            Err(error) => return unreadable(number, &Value::Null, &error.to_string()),
        };
        let key = json!(line.key);
        if let Some(at) = line.at {
            *self.clock.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
        }
        match self.carry_out(&line).await {
            Ok((ok, replay)) => {
                json!({ "line": number, "key": key, "ok": ok, "replayed": replay == Replay::Again })
            }
            Err(Fault::Unreadable(why)) => unreadable(number, &key, &why),
            Err(Fault::Refused(error)) => {
                let refused = json!({
                    "code": error.code(), "sentence": error.to_string(), "definite": error.is_definite(),
                });
                json!({ "line": number, "key": key, "refused": refused })
            }
        }
    }

    async fn carry_out(&self, line: &Line) -> Result<(Value, Replay), Fault> {
        if let Some(what) = &line.what {
            return Ok((self.do_it(what, line).await?, Replay::First));
        }
        let actor = line.actor.as_ref().ok_or_else(|| missing("actor"))?;
        if let Some(offer) = &line.offer {
            let offer: Offer = read(offer)?;
            let also = key(line, actor, "offer", &offer);
            let answer = contract::begin(&self.desk, &offer, actor, also).await?;
            self.label(line, &answer.contract.to_string());
            return Ok((json!(answer), answer.replay));
        }
        if let Some(motion) = &line.second {
            let motion: MotionId = self.read_named(motion).await?;
            let carried = motion::second(&self.desk, motion, Who::sure(actor)).await?;
            return Ok((json!(carried), Replay::First));
        }
        if let Some(command) = &line.propose {
            let motion = self.propose(line, command, actor).await?;
            self.label(line, &motion.to_string());
            return Ok((json!({ "motion": motion }), Replay::First));
        }
        let mut command = line.command.clone().ok_or_else(|| missing("command"))?;
        self.resolve(&mut command).await?;
        if let Some(person) = line.person {
            let command: OfPayee = read(&command)?;
            let also = key(line, actor, &person.to_string(), &command).map_or(Also::Nothing, Also::Key);
            let answer = payee::act(&self.desk, person, &command, Who::sure(actor), also).await?;
            return Ok((json!(answer), answer.replay));
        }
        let id = self.contract(line).await?;
        let command: Command = read(&command)?;
        let also = key(line, actor, &id.to_string(), &command).map_or(Also::Nothing, Also::Key);
        let answer = contract::act(&self.desk, id, &command, actor, also).await?;
        Ok((json!(answer), answer.replay))
    }

    fn label(&self, line: &Line, id: &str) {
        if let Some(label) = &line.label {
            let mut labels = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
            labels.insert(label.clone(), id.to_owned());
        }
    }

    async fn read_named<T: serde::de::DeserializeOwned>(&self, named: &Value) -> Result<T, Fault> {
        let mut named = named.clone();
        self.resolve(&mut named).await?;
        read(&named)
    }

    /// Whoever proposes names no second: the field is there for whoever seconds it.
    async fn propose(&self, line: &Line, command: &Value, actor: &Actor) -> Result<MotionId, Fault> {
        let mut command = command.clone();
        self.resolve(&mut command).await?;
        if let (Some(fields), Actor::Operator { id }) = (command.as_object_mut(), actor) {
            fields.insert("second".to_owned(), json!(id));
        }
        let what = match line.person {
            Some(person) => What::Payee(person, read(&command)?),
            None => What::Contract(self.contract(line).await?, read(&command)?),
        };
        Ok(motion::propose(&self.desk, &what, Who::sure(actor)).await?)
    }

    async fn do_it(&self, what: &str, line: &Line) -> Result<Value, Fault> {
        let person = || line.person.ok_or_else(|| missing("person"));
        match what {
            "tick" => {
                let fired = timers::run_due(&self.desk).await?;
                let done = job::run_due_here(&self.desk).await?;
                let applied = provider::apply_waiting(&self.desk).await?;
                Ok(json!({ "timers": fired, "jobs": done, "events": applied }))
            }
            "onboard" => {
                let now = self.desk.clock.now();
                self.desk
                    .store
                    .onboard(person()?, now)
                    .await
                    .map_err(Error::from)?;
                Ok(json!({}))
            }
            "limit" => {
                let limit = line.limit_minor.map(Minor);
                self.desk
                    .store
                    .limit_client(person()?, limit)
                    .await
                    .map_err(Error::from)?;
                Ok(json!({}))
            }
            "show" => self.body(self.contract(line).await?).await,
            other => Err(Fault::Unreadable(format!(
                "there is nothing to do called {other}"
            ))),
        }
    }

    async fn contract(&self, line: &Line) -> Result<ContractId, Fault> {
        let named = line.contract.as_ref().ok_or_else(|| missing("contract"))?;
        self.read_named(named).await
    }

    async fn body(&self, id: ContractId) -> Result<Value, Fault> {
        let found = self
            .desk
            .store
            .read(move |mut view| async move { view.contract(id).await });
        let contract = found.await.map_err(Error::from)?.ok_or(Error::NotFound)?;
        serde_json::to_value(contract).map_err(|error| Fault::Unreadable(error.to_string()))
    }

    /// Puts in what `$label` and `$label/place` stand for.
    async fn resolve(&self, value: &mut Value) -> Result<(), Fault> {
        let mut places: Vec<&mut Value> = vec![value];
        while let Some(place) = places.pop() {
            match place {
                Value::Array(items) => places.extend(items.iter_mut()),
                Value::Object(fields) => places.extend(fields.values_mut()),
                Value::String(text) if text.starts_with('$') => *place = self.look_up(text).await?,
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        Ok(())
    }

    async fn look_up(&self, name: &str) -> Result<Value, Fault> {
        let (label, place) = name[1..]
            .split_once('/')
            .map_or((&name[1..], None), |(label, place)| (label, Some(place)));
        if let (Ok(person), Some(place)) = (label.parse(), place) {
            return at(&self.payee(person).await?, place, name);
        }
        let id = self
            .labels
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(label)
            .cloned();
        let id = id.ok_or_else(|| Fault::Unreadable(format!("no line is called {label}")))?;
        let Some(place) = place else {
            return Ok(json!(id));
        };
        let id = id
            .parse()
            .map_err(|_cause| Fault::Unreadable(format!("{name} is in no contract")))?;
        at(&self.body(id).await?, place, name)
    }

    async fn payee(&self, id: PersonId) -> Result<Value, Fault> {
        let found = self
            .desk
            .store
            .read(move |mut view| async move { view.payee(id).await });
        let payee = found.await.map_err(Error::from)?.ok_or(Error::NotFound)?;
        serde_json::to_value(payee).map_err(|error| Fault::Unreadable(error.to_string()))
    }
}

fn at(body: &Value, place: &str, name: &str) -> Result<Value, Fault> {
    let found = body.pointer(&format!("/{place}")).cloned();
    found.ok_or_else(|| Fault::Unreadable(format!("there is nothing at {name}")))
}

/// Why a line has no answer of its own.
enum Fault {
    Unreadable(String),
    Refused(Error),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

fn missing(field: &str) -> Fault {
    Fault::Unreadable(format!("`{field}` is missing"))
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    earnest_hire::money::check_amounts(value).map_err(Error::from)?;
    serde_json::from_value(value.clone()).map_err(|error| Fault::Unreadable(error.to_string()))
}

fn unreadable(number: u64, key: &Value, why: &str) -> Value {
    let refused = json!({ "code": "unreadable", "sentence": why, "definite": true });
    json!({ "line": number, "key": key, "refused": refused })
}

/// A key is one person's, for one contract or person.
fn key(line: &Line, actor: &Actor, target: &str, asked: &impl serde::Serialize) -> Option<Key> {
    let actor = serde_json::to_string(actor).unwrap_or_default();
    let asked = serde_json::to_string(asked).unwrap_or_default();
    let name = line.key.as_ref()?;
    Some(Key::new(&format!("{actor} {target}"), name, &asked))
}

fn print(answer: Option<Result<Value, tokio::task::JoinError>>) -> anyhow::Result<()> {
    let Some(answer) = answer else { return Ok(()) };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", answer.context("a line broke off")?)?;
    out.flush().context("the answer cannot be written")
}
