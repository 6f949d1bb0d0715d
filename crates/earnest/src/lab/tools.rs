//! Interpreters and packages: found on the machine, installed by their ordinary clients into a folder that may be
//! thrown away. What is missing is told, and the rest goes on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;
use sha2::{Digest, Sha256};

use super::suite::Tool;

const PYTHON: &[(&str, &str)] = &[
    ("answers.py", include_str!("../../../../lab/python/answers.py")),
    ("queens.py", include_str!("../../../../lab/python/queens.py")),
    (
        "fastapi_server.py",
        include_str!("../../../../lab/python/fastapi_server.py"),
    ),
    (
        "django_server.py",
        include_str!("../../../../lab/python/django_server.py"),
    ),
    (
        "processes.py",
        include_str!("../../../../lab/python/processes.py"),
    ),
    ("threads.py", include_str!("../../../../lab/python/threads.py")),
    ("table.py", include_str!("../../../../lab/python/table.py")),
    (
        "requirements.txt",
        include_str!("../../../../lab/python/requirements.txt"),
    ),
];
const NODEJS: &[(&str, &str)] = &[
    ("answers.js", include_str!("../../../../lab/nodejs/answers.js")),
    ("queens.js", include_str!("../../../../lab/nodejs/queens.js")),
    ("rows.js", include_str!("../../../../lab/nodejs/rows.js")),
    (
        "processes.js",
        include_str!("../../../../lab/nodejs/processes.js"),
    ),
    ("fastify.js", include_str!("../../../../lab/nodejs/fastify.js")),
    ("express.js", include_str!("../../../../lab/nodejs/express.js")),
    ("threads.js", include_str!("../../../../lab/nodejs/threads.js")),
    ("table.js", include_str!("../../../../lab/nodejs/table.js")),
    (
        "package.json",
        include_str!("../../../../lab/nodejs/package.json"),
    ),
    (
        "package-lock.json",
        include_str!("../../../../lab/nodejs/package-lock.json"),
    ),
    (".npmrc", include_str!("../../../../lab/nodejs/.npmrc")),
];
/// Packages whose versions a run keeps; the locks have all.
const KEPT: [&str; 14] = [
    "fastapi",
    "starlette",
    "pydantic",
    "uvicorn",
    "uvloop",
    "httptools",
    "django",
    "gunicorn",
    "asyncpg",
    "psycopg",
    "numpy",
    "fastify",
    "express",
    "pg",
];
/// What free-threaded builds are called.
const FREE_THREADED: [&str; 3] = ["python3.15t", "python3.14t", "python3.13t"];

/// What somebody wants to be used instead of what is found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    /// A Python of 3.11 or later.
    pub(crate) python: Option<PathBuf>,
    /// A Node.js of 20 or later.
    pub(crate) node: Option<PathBuf>,
    /// A free-threaded Python.
    pub(crate) free_threaded_python: Option<PathBuf>,
}

/// A tool that is ready.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    /// The program.
    pub(super) program: PathBuf,
    /// Where the servers are.
    pub(super) folder: PathBuf,
}

/// What is ready, what is missing, and the versions of it all.
#[derive(Debug, Default)]
pub(super) struct Tools {
    /// Ready to be used.
    pub(super) ready: BTreeMap<Tool, Ready>,
    /// Missing, with the reason.
    pub(super) missing: BTreeMap<Tool, String>,
    /// Name and version.
    pub(super) versions: BTreeMap<String, String>,
}

impl Tools {
    /// Finds and installs what the contenders need. `tell` is told what is being done.
    pub(super) fn install(
        needed: &[Tool],
        named: &Named,
        work: &Path,
        tell: &dyn Fn(&str),
    ) -> anyhow::Result<Self> {
        let mut tools = Self::default();
        for tool in needed {
            let found = match tool {
                Tool::Python => tools.python(named.python.as_deref(), work, tell),
                Tool::Nodejs => tools.nodejs(named.node.as_deref(), work, tell),
                Tool::FreeThreadedPython => tools.free_threaded(named.free_threaded_python.as_deref(), work),
                Tool::Planted => Ok(Ready {
                    program: std::env::current_exe()?,
                    folder: work.to_owned(),
                }),
            };
            match found {
                Ok(ready) => drop(tools.ready.insert(*tool, ready)),
                Err(why) => drop(tools.missing.insert(*tool, format!("{why:#}"))),
            }
        }
        Ok(tools)
    }

    /// Fills the table of the queries, with whichever tool is there.
    pub(super) fn fill_table(&self, kind: &str, place: &str) -> anyhow::Result<()> {
        let scripts = [(Tool::Python, "table.py"), (Tool::Nodejs, "table.js")];
        let found = scripts
            .iter()
            .find_map(|(tool, script)| Some((self.ready.get(tool)?, script)));
        let (ready, script) = found.context("nothing is there to fill a table with")?;
        let mut command = Command::new(&ready.program);
        command.args([script, kind, place]).current_dir(&ready.folder);
        output(&mut command).map(|_said| ())
    }

    fn python(&mut self, named: Option<&Path>, work: &Path, tell: &dyn Fn(&str)) -> anyhow::Result<Ready> {
        let (program, version) = interpreter(named.unwrap_or(Path::new("python3")), (3, 11))?;
        let folder = laid_out(&work.join("python"), PYTHON)?;
        let inside = folder.join("venv/bin/python");
        installed(&folder, "requirements.txt", &version, || {
            tell(&format!("installing the Python packages for {version} with pip"));
            let venv = folder.join("venv");
            output(Command::new(&program).args(["-m", "venv", "--clear"]).arg(&venv))?;
            let mut pip = Command::new(&inside);
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            pip.args(["--require-hashes", "-r", "requirements.txt"])
                .current_dir(&folder);
            output(&mut pip).map(|_said| ())
        })?;
        self.versions.insert("python".into(), version);
        let mut list = Command::new(&inside);
        list.args([
            "-m",
            "pip",
            "list",
            "--format",
            "json",
            "--disable-pip-version-check",
        ]);
        let packages: Vec<BTreeMap<String, serde_json::Value>> = serde_json::from_str(&output(&mut list)?)?;
        for package in packages {
            let field = |name: &str| package.get(name).and_then(|value| value.as_str());
            self.keep(
                field("name").unwrap_or_default(),
                field("version").unwrap_or_default(),
            );
        }
        // a venv's interpreter is a link that must stay one: through it packages are found
        Ok(Ready {
            program: fs::canonicalize(&folder)?.join("venv/bin/python"),
            folder,
        })
    }

    fn nodejs(&mut self, named: Option<&Path>, work: &Path, tell: &dyn Fn(&str)) -> anyhow::Result<Ready> {
        let node = named.unwrap_or(Path::new("node"));
        let said = output(Command::new(node).args(["-p", "process.execPath + ' ' + process.versions.node"]));
        let said = said.with_context(|| {
            format!(
                "no Node.js as {}: install 20 or later, or name one with --node",
                node.display()
            )
        })?;
        let (program, version) = said
            .trim()
            .rsplit_once(' ')
            .context("Node.js says nothing of itself")?;
        at_least(version, (20, 0))?;
        let folder = laid_out(&work.join("nodejs"), NODEJS)?;
        installed(&folder, "package-lock.json", version, || {
            tell(&format!("installing the Node.js packages for {version} with npm"));
            output(
                Command::new("npm")
                    .args(["ci", "--no-audit", "--no-fund"])
                    .current_dir(&folder),
            )
            .map(|_said| ())
        })?;
        self.versions.insert("node".into(), version.to_owned());
        let manifest: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(folder.join("package.json"))?)?;
        for (name, version) in manifest
            .get("dependencies")
            .and_then(|d| d.as_object())
            .into_iter()
            .flatten()
        {
            self.versions
                .insert(name.clone(), version.as_str().unwrap_or_default().to_owned());
        }
        Ok(Ready {
            program: PathBuf::from(program),
            folder,
        })
    }

    fn free_threaded(&mut self, named: Option<&Path>, work: &Path) -> anyhow::Result<Ready> {
        let programs: Vec<PathBuf> = match named {
            Some(path) => vec![path.to_owned()],
            None => FREE_THREADED.iter().map(PathBuf::from).collect(),
        };
        let probe =
            "import sys; assert not sys._is_gil_enabled(); print(sys.executable, sys.version.split()[0])";
        let found = programs
            .iter()
            .find_map(|name| output(Command::new(name).args(["-c", probe])).ok());
        let said =
            found.context("no free-threaded Python (python3.14t): name one with --free-threaded-python")?;
        let (program, version) = said
            .trim()
            .rsplit_once(' ')
            .context("it says nothing of itself")?;
        self.versions
            .insert("free-threaded python".into(), version.to_owned());
        Ok(Ready {
            program: PathBuf::from(program),
            folder: laid_out(&work.join("python"), PYTHON)?,
        })
    }

    fn keep(&mut self, name: &str, version: &str) {
        let name = name.to_lowercase();
        if KEPT.contains(&name.as_str()) {
            self.versions.insert(name, version.to_owned());
        }
    }
}

fn interpreter(python: &Path, least: (u32, u32)) -> anyhow::Result<(PathBuf, String)> {
    let probe = "import sys; print(sys.executable, '.'.join(map(str, sys.version_info[:3])))";
    let said = output(Command::new(python).args(["-c", probe]));
    let said = said.with_context(|| {
        format!(
            "no Python as {}: install 3.11 or later, or name one with --python",
            python.display()
        )
    })?;
    let (program, version) = said
        .trim()
        .rsplit_once(' ')
        .context("Python says nothing of itself")?;
    at_least(version, least)?;
    Ok((PathBuf::from(program), version.to_owned()))
}

fn at_least(version: &str, least: (u32, u32)) -> anyhow::Result<()> {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    anyhow::ensure!(
        found >= least,
        "version {version} is too old: {}.{} or later is needed",
        least.0,
        least.1
    );
    Ok(())
}

/// Writes the files of a folder that differ.
fn laid_out(folder: &Path, files: &[(&str, &str)]) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for (name, text) in files {
        let path = folder.join(name);
        if fs::read_to_string(&path).ok().as_deref() != Some(text) {
            fs::write(path, text)?;
        }
    }
    Ok(folder.to_owned())
}

/// Installs unless the same lock was installed for the same interpreter; the mark is written last.
fn installed(
    folder: &Path,
    lock: &str,
    version: &str,
    install: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let digest = Sha256::digest(fs::read(folder.join(lock))?);
    let digest = earnest_hire::hex(&digest);
    let (mark, text) = (folder.join(".installed"), format!("{version} {digest}\n"));
    if fs::read_to_string(&mark).ok().as_deref() == Some(&text) {
        return Ok(());
    }
    if mark.exists() {
        fs::remove_file(&mark)?;
    }
    install()?;
    fs::write(mark, text)?;
    Ok(())
}

/// What a command prints; its last words where it fails.
pub(super) fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{name} cannot be run"))?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let last: Vec<&str> = words.lines().rev().take(3).collect();
    anyhow::ensure!(
        output.status.success(),
        "{name} failed: {}",
        last.into_iter().rev().collect::<Vec<_>>().join(" | ")
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
