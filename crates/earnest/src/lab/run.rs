//! A run from its beginning, or from where it was interrupted, to its end.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use earnest_app::outside::Clock;

use super::check;
use super::drive::{Client, Generator, Measured, Question, REPORT};
use super::host::Host;
use super::layout::Layout;
use super::plan::{self, Block, Turn};
use super::postgres::Postgres;
use super::process::{Running, Start, environment, free_port, list};
use super::progress::Progress;
use super::record::{Head, Kept, Line, Method, SCHEMA, Writer};
use super::suite::{BUILT_IN, Contender, Expect, Need, Processes, Suite, Tool, Workload};
use super::tools::{Named, Tools};

/// What somebody asks for.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The small one.
    pub(crate) quick: bool,
    /// Where the run is kept.
    pub(crate) out: PathBuf,
    /// Where packages are installed; may be thrown away.
    pub(crate) work: PathBuf,
    /// Measurements of each row.
    pub(crate) repeats: u32,
    /// How long one lasts.
    pub(crate) lasts: Duration,
    /// How long a server is asked before.
    pub(crate) warm_up: Duration,
    /// Tools other than those found.
    pub(crate) named: Named,
    /// A PostgreSQL server other than the lab's own.
    pub(crate) postgres: Option<String>,
    /// What is said of the machine.
    pub(crate) note: Option<String>,
    /// Instead of `wrk`: the generator that comes along.
    pub(crate) built_in_load: bool,
    /// Another suite than the one that comes along.
    pub(crate) suite: Option<PathBuf>,
    /// Only these workloads.
    pub(crate) only: Vec<String>,
}

struct Lab<'a> {
    asked: &'a Asked,
    clock: &'a dyn Clock,
    suite: Suite,
    tools: Tools,
    client: Client,
    layout: Layout,
    writer: Writer,
    progress: Progress,
    done: HashSet<Turn>,
    refused: HashSet<(String, Processes, String)>,
    postgres: Option<Postgres>,
}

/// Runs the lab, or goes on with the run that the folder has.
pub(crate) fn run(asked: &Asked, clock: &dyn Clock) -> anyhow::Result<Kept> {
    in_whole_seconds(asked)?;
    let text = match &asked.suite {
        Some(file) => fs::read_to_string(file).with_context(|| format!("{}", file.display()))?,
        None => BUILT_IN.to_owned(),
    };
    let suite = chosen(Suite::read(&text)?, &asked.only)?;
    let blocks = plan::blocks(&suite, asked.quick);
    anyhow::ensure!(
        !blocks.is_empty(),
        "a quick run has none of these workloads: leave out --quick"
    );
    for folder in [&asked.out, &asked.work] {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    let work = fs::canonicalize(&asked.work)?;
    let host = Host::this();
    let layout = Layout::of(&host.cores);
    let (generator, load_generator) = generator(asked.built_in_load, &work)?;
    let said = Progress::of(0);
    let tools = Tools::install(&needed(&suite, &blocks), &asked.named, &work, &|what| {
        said.say(what);
    })?;
    let head = Head {
        schema: SCHEMA.to_owned(),
        earnest: env!("CARGO_PKG_VERSION").to_owned(),
        started: clock.now().to_string(),
        note: asked.note.clone(),
        method: Method {
            quick: asked.quick,
            repeats: asked.repeats,
            millis: u64::try_from(asked.lasts.as_millis())?,
            warm_up_millis: u64::try_from(asked.warm_up.as_millis())?,
            load_generator,
            client_core: layout.client,
        },
        host,
        versions: tools.versions.clone(),
        suite: suite.clone(),
    };
    let kept = kept(&asked.out, &head)?;
    if let Some(kept) = kept.as_ref().filter(|kept| kept.finished()) {
        said.say("This run is finished. Give another --out to make a new one.");
        return Ok(kept.clone());
    }
    let client = Client {
        program: std::env::current_exe()?,
        generator,
        core: layout.client,
        cores: head.host.cores.len(),
    };
    let mut lab = Lab {
        asked,
        clock,
        suite,
        tools,
        client,
        layout,
        writer: Writer::on(&asked.out, &head)?,
        progress: Progress::of(0),
        done: kept.as_ref().map(Kept::done).unwrap_or_default(),
        refused: kept.as_ref().map(refused).unwrap_or_default(),
        postgres: None,
    };
    lab.all(&blocks, &work, kept.is_some())?;
    Kept::open(&asked.out)
}

/// What is recorded is what was run: `wrk` counts in whole seconds.
fn in_whole_seconds(asked: &Asked) -> anyhow::Result<()> {
    let is_whole = |lasts: Duration| lasts.as_secs() > 0 && lasts.subsec_nanos() == 0;
    anyhow::ensure!(
        asked.built_in_load || is_whole(asked.lasts) && is_whole(asked.warm_up),
        "wrk asks for whole seconds: give --millis and --warm-up-millis as 1000, 2000 and so on, or --built-in-load"
    );
    Ok(())
}

fn chosen(mut suite: Suite, only: &[String]) -> anyhow::Result<Suite> {
    let unknown: Vec<&str> = only
        .iter()
        .map(String::as_str)
        .filter(|id| suite.workload(id).is_none())
        .collect();
    let known: Vec<&str> = suite.workloads.iter().map(|w| w.id.as_str()).collect();
    anyhow::ensure!(
        unknown.is_empty(),
        "no workload {}; there are {}",
        unknown.join(", "),
        known.join(", ")
    );
    suite
        .workloads
        .retain(|workload| only.is_empty() || only.contains(&workload.id));
    let left: Vec<String> = suite.workloads.iter().map(|w| w.id.clone()).collect();
    for contender in &mut suite.contenders {
        contender.workloads.retain(|id| left.contains(id));
    }
    suite
        .contenders
        .retain(|contender| !contender.workloads.is_empty());
    Ok(suite)
}

fn needed(suite: &Suite, blocks: &[Block]) -> Vec<Tool> {
    let contenders = blocks
        .iter()
        .flat_map(|block| suite.contenders_of(&block.workload));
    contenders
        .map(|contender| contender.tool)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn generator(built_in: bool, work: &Path) -> anyhow::Result<(Generator, String)> {
    if built_in {
        return Ok((Generator::BuiltIn, "built in".to_owned()));
    }
    // it says its version and fails, as it was given nothing to do
    let said = Command::new("wrk").arg("--version").output();
    let said =
        said.context("no load generator: install it (apt-get install wrk), or give --built-in-load")?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let version = text
        .lines()
        .next()
        .and_then(|line| line.split(" Copyright").next())
        .unwrap_or("wrk");
    let report = work.join("report.lua");
    fs::write(&report, REPORT)?;
    Ok((Generator::Wrk { report }, version.trim().to_owned()))
}

/// The run that the folder has, if it is this one.
fn kept(out: &Path, head: &Head) -> anyhow::Result<Option<Kept>> {
    if !out.join("run.json").exists() {
        return Ok(None);
    }
    let kept = Kept::open(out)?;
    let mut same = kept.head.clone();
    same.started.clone_from(&head.started);
    anyhow::ensure!(
        same == *head,
        "the run in {} was made with other settings, packages or on another machine: give another --out",
        out.display()
    );
    Ok(Some(kept))
}

fn refused(kept: &Kept) -> HashSet<(String, Processes, String)> {
    let refused = |line: &Line| match line {
        Line::Refused {
            workload,
            processes,
            contender,
            ..
        } => Some((workload.clone(), *processes, contender.clone())),
        _ => None,
    };
    kept.lines.iter().filter_map(refused).collect()
}

impl Lab<'_> {
    fn at(&self) -> String {
        self.clock.now().to_string()
    }

    fn all(&mut self, blocks: &[Block], work: &Path, resumed: bool) -> anyhow::Result<()> {
        let turns = blocks
            .iter()
            .map(|block| plan::turns(block, self.asked.repeats, &self.done).len());
        self.progress = Progress::of(turns.sum());
        if resumed {
            self.progress
                .say(&format!("Going on with the run in {}.", self.asked.out.display()));
            self.writer.add(&Line::Resumed { at: self.at() })?;
        }
        for (tool, why) in self.tools.missing.clone() {
            self.missing(tool.words(), &why)?;
        }
        let sqlite = work.join("world.db");
        let with_packages = [Tool::Python, Tool::Nodejs];
        if with_packages
            .iter()
            .any(|tool| self.tools.ready.contains_key(tool))
        {
            let place = sqlite.to_string_lossy().into_owned();
            if let Err(error) = self.tools.fill_table("sqlite", &place) {
                self.missing("SQLite", &format!("{error:#}"))?;
            }
        }
        if blocks.iter().any(|block| self.needs_postgres(block)) {
            match Postgres::ready(
                self.asked.postgres.as_deref(),
                &self.tools,
                work,
                &self.layout.database(),
            ) {
                Ok(postgres) => self.postgres = Some(postgres),
                Err(error) => self.missing("PostgreSQL", &format!("{error:#}"))?,
            }
        }
        for block in blocks {
            self.block(block, work)?;
        }
        self.writer.add(&Line::Finished { at: self.at() })
    }

    fn needs_postgres(&self, block: &Block) -> bool {
        let workload = self.suite.workload(&block.workload);
        workload.is_some_and(|workload| workload.needs == Some(Need::Postgres))
    }

    fn missing(&mut self, what: &str, why: &str) -> anyhow::Result<()> {
        self.progress
            .say(&format!("Missing: {what}. {why}. The rest goes on."));
        let line = Line::Missing {
            at: self.at(),
            what: what.to_owned(),
            why: why.to_owned(),
        };
        self.writer.add(&line)
    }

    fn refuse(&mut self, block: &Block, contender: &str, why: &anyhow::Error) -> anyhow::Result<()> {
        let place = format!("{}, {}", block.workload, block.processes.label());
        self.progress.say(&format!(
            "Refused: {contender} ({place}): {why:#}. It is not timed."
        ));
        self.refused
            .insert((block.workload.clone(), block.processes, contender.to_owned()));
        let line = Line::Refused {
            at: self.at(),
            workload: block.workload.clone(),
            processes: block.processes,
            contender: contender.to_owned(),
            why: format!("{why:#}"),
        };
        self.writer.add(&line)
    }

    fn block(&mut self, block: &Block, work: &Path) -> anyhow::Result<()> {
        let suite = self.suite.clone();
        let Some(workload) = suite.workload(&block.workload) else {
            return Ok(());
        };
        let planned = plan::turns(block, self.asked.repeats, &self.done).len();
        let contenders: Vec<&Contender> = suite
            .contenders_of(&workload.id)
            .into_iter()
            .filter(|c| self.tools.ready.contains_key(&c.tool))
            .filter(|c| {
                !self
                    .refused
                    .contains(&(workload.id.clone(), block.processes, c.id.clone()))
            })
            .filter(|_| workload.needs.is_none() || self.postgres.is_some())
            .collect();
        let block = Block {
            contenders: contenders.iter().map(|c| c.id.clone()).collect(),
            ..block.clone()
        };
        let turns = plan::turns(&block, self.asked.repeats, &self.done);
        self.progress.fewer(planned - turns.len());
        if turns.is_empty() {
            return Ok(());
        }
        let mut running = Vec::new();
        if workload.path.is_some() {
            for contender in &contenders {
                let place = format!(
                    "{}, {}: {} starts and is checked",
                    workload.id,
                    block.processes.label(),
                    contender.name
                );
                self.progress.turn(&place);
                match self.started(workload, block.processes, contender, work) {
                    Ok(server) => running.push((contender.id.clone(), server)),
                    Err(why) => self.refuse(&block, &contender.id, &why)?,
                }
            }
        }
        for turn in turns {
            self.turn(&turn, workload, &block, &mut running)?;
        }
        Ok(())
    }

    fn turn(
        &mut self,
        turn: &Turn,
        workload: &Workload,
        block: &Block,
        running: &mut Vec<(String, Running)>,
    ) -> anyhow::Result<()> {
        if self
            .refused
            .contains(&(turn.workload.clone(), turn.processes, turn.contender.clone()))
        {
            self.progress.fewer(1);
            return Ok(());
        }
        let place = format!(
            "{}, {}: {}, repeat {}",
            turn.workload,
            turn.processes.label(),
            turn.contender,
            turn.repeat
        );
        self.progress.turn(&place);
        let server = running
            .iter()
            .find(|(id, _)| *id == turn.contender)
            .map(|(_, server)| server);
        let measured = match server {
            Some(server) => self.measured(workload, server, self.asked.lasts),
            None => self.job(turn),
        };
        match measured {
            Ok(measured) => {
                self.writer.add(&Line::Measured {
                    at: self.at(),
                    turn: turn.clone(),
                    measured,
                })?;
                self.done.insert(turn.clone());
                self.progress.done();
            }
            Err(why) => {
                self.progress.fewer(1);
                self.refuse(block, &turn.contender, &why)?;
                running.retain(|(id, _)| *id != turn.contender);
            }
        }
        Ok(())
    }

    /// Starts a server, looks whether it answers rightly, and warms it up.
    fn started(
        &self,
        workload: &Workload,
        processes: Processes,
        contender: &Contender,
        work: &Path,
    ) -> anyhow::Result<Running> {
        let ready = self
            .tools
            .ready
            .get(&contender.tool)
            .context("its tool is missing")?;
        let (port, cores) = (free_port()?, self.layout.servers(processes, workload.needs));
        let count = if processes == Processes::One {
            1
        } else {
            cores.len()
        };
        let mut environment = vec![
            (
                "LAB_SQLITE".to_owned(),
                work.join("world.db").to_string_lossy().into_owned(),
            ),
            ("LAB_PORT".to_owned(), port.to_string()),
            ("LAB_PROCESSES".to_owned(), count.to_string()),
            ("NODE_ENV".to_owned(), "production".to_owned()),
            // one thread for each process: more would be more cores than the others have
            ("OPENBLAS_NUM_THREADS".to_owned(), "1".to_owned()),
        ];
        if let (Some(postgres), Some(Need::Postgres)) = (&self.postgres, workload.needs) {
            environment.push(("LAB_POSTGRES".to_owned(), postgres.url.clone()));
        }
        let words = [("{port}", port.to_string()), ("{processes}", count.to_string())];
        let start = Start {
            command: command(contender, &ready.program, &words),
            environment,
            folder: ready.folder.clone(),
            cores,
            log: work.join(format!("{}.log", contender.id)),
            port,
        };
        let server = Running::start(&start)?;
        rightly(workload, &server)?;
        self.measured(workload, &server, self.asked.warm_up)?;
        Ok(server)
    }

    fn measured(&self, workload: &Workload, server: &Running, lasts: Duration) -> anyhow::Result<Measured> {
        let question = Question {
            port: server.port,
            path: workload.path.as_deref().unwrap_or("/"),
            connections: workload.connections,
            lasts,
        };
        let beneath = self
            .postgres
            .as_ref()
            .filter(|_| workload.needs == Some(Need::Postgres))
            .and_then(|p| p.running.as_ref())
            .map(|r| r.group);
        let groups: Vec<u32> = [server.group].into_iter().chain(beneath).collect();
        let measured = if workload.expect == Some(Expect::Events) {
            self.client.listen(&question, &groups)?
        } else {
            self.client.ask(&question, &groups)?
        };
        rightly(workload, server)?;
        Ok(measured)
    }

    /// A job prints its own value.
    fn job(&self, turn: &Turn) -> anyhow::Result<Measured> {
        let contender = self
            .suite
            .contenders_of(&turn.workload)
            .into_iter()
            .find(|c| c.id == turn.contender);
        let contender = contender.context("nobody of this name")?;
        let ready = self
            .tools
            .ready
            .get(&contender.tool)
            .context("its tool is missing")?;
        let words = [("{seconds}", self.asked.lasts.as_secs_f64().to_string())];
        let mut job = Command::new("taskset");
        job.args(["-c", &list(&self.layout.servers(turn.processes, None))]);
        job.args(command(contender, &ready.program, &words))
            .current_dir(&ready.folder);
        environment(&mut job, &[]);
        let (text, mut measured) = self.client.watched(job, &[])?;
        measured.value = text
            .trim()
            .parse()
            .with_context(|| format!("it printed no number: {text:?}"))?;
        anyhow::ensure!(
            measured.value.is_finite() && measured.value > 0.0,
            "it did nothing in time"
        );
        (measured.server_share, measured.client_share) = (measured.client_share, 0.0);
        Ok(measured)
    }
}

/// The command of a contender with its words put in.
fn command(contender: &Contender, program: &Path, words: &[(&str, String)]) -> Vec<String> {
    let program = program.to_string_lossy();
    let put_in = |part: &String| {
        let mut part = part.clone();
        for name in ["{python}", "{node}", "{free-threaded-python}", "{earnest}"] {
            part = part.replace(name, &program);
        }
        words
            .iter()
            .fold(part, |part, (name, word)| part.replace(name, word))
    };
    contender.start.iter().map(put_in).collect()
}

/// Whether a server answers as it must, before anything of it is timed.
fn rightly(workload: &Workload, server: &Running) -> anyhow::Result<()> {
    match (workload.path.as_deref(), workload.expect) {
        // its client looks at every message
        (_, Some(Expect::Events) | None) | (None, _) => Ok(()),
        (Some(path), Some(expect)) => check::rightly(server.port, path, expect),
    }
}
