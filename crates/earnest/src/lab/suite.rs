//! What is measured: workloads and contenders, read from `lab/suite.json`.

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// The suite that comes along.
pub(super) const BUILT_IN: &str = include_str!("../../../../lab/suite.json");

/// Workloads and who meets them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Suite {
    /// In the order in which they are run.
    pub(crate) workloads: Vec<Workload>,
    /// In the order of every round.
    pub(crate) contenders: Vec<Contender>,
}

/// One kind of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Workload {
    /// Name in files and metrics.
    pub(crate) id: String,
    /// What it is, for readers.
    pub(crate) title: String,
    /// What its values count.
    pub(crate) unit: String,
    /// What is asked of a server; without one the contender is a job that prints its own value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// What a right answer is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expect: Option<Expect>,
    /// Connections that are open at once.
    #[serde(default = "one")]
    pub(crate) connections: u32,
    /// On how many processes it is run.
    pub(crate) processes: Vec<Processes>,
    /// Whether a quick run has it too.
    #[serde(default)]
    pub(crate) quick: bool,
    /// What must be there beside the contenders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) needs: Option<Need>,
}

/// Somebody who meets workloads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contender {
    /// Name in files and observations.
    pub(crate) id: String,
    /// Name shown to readers.
    pub(crate) name: String,
    /// Slug of the technology that it speaks for.
    pub(crate) technology: String,
    /// What it is run by.
    pub(crate) tool: Tool,
    /// Ids of the workloads that it meets this way.
    pub(crate) workloads: Vec<String>,
    /// The command; words in braces are put in.
    pub(crate) start: Vec<String>,
}

/// What a right answer is; `check.rs` says it in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Expect {
    /// The document of 20 products.
    Products,
    /// One row of the table.
    Row,
    /// Twenty rows of the table.
    Rows,
    /// How many ways ten queens have.
    Solutions,
    /// Trace and sum of the product.
    Matrix,
    /// What is published comes to all listeners, each message once.
    Events,
}

/// On how many processes, and on which cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Processes {
    /// One process on one core, the client on another.
    One,
    /// A process on each core that the client leaves; on two cores on both, and the client shares one.
    PerCore,
    /// A job without a client, on two cores.
    AllCores,
}

impl Processes {
    /// As in files and metrics.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::PerCore => "per-core",
            Self::AllCores => "all-cores",
        }
    }

    /// For readers.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::One => "one process",
            Self::PerCore => "one process per core",
            Self::AllCores => "two cores",
        }
    }
}

/// What a contender is run by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Tool {
    /// `CPython` with the pinned packages.
    Python,
    /// Node.js with the pinned packages.
    Nodejs,
    /// The build of `CPython` without the lock, without packages.
    FreeThreadedPython,
    /// This program: a planted server, for tests.
    Planted,
}

impl Tool {
    const ALL: [Self; 4] = [
        Self::Python,
        Self::Nodejs,
        Self::FreeThreadedPython,
        Self::Planted,
    ];

    /// As a person would write it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Nodejs => "Node.js",
            Self::FreeThreadedPython => "free-threaded Python",
            Self::Planted => "this program",
        }
    }

    /// The same of what a run keeps as missing: earlier ones kept the name of the program's own.
    pub(crate) fn words_of(kept: &str) -> &str {
        let named = |tool: &Self| format!("{tool:?}") == kept;
        match Self::ALL.into_iter().find(named) {
            Some(tool) => tool.words(),
            None => kept,
        }
    }
}

/// What must be there beside the contenders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Need {
    /// A PostgreSQL server.
    Postgres,
}

fn one() -> u32 {
    1
}

impl Suite {
    /// Reads a suite from its text.
    pub(crate) fn read(text: &str) -> anyhow::Result<Self> {
        let suite: Self = serde_json::from_str(text).context("the suite cannot be read")?;
        for contender in &suite.contenders {
            for id in &contender.workloads {
                let known = suite.workload(id).is_some();
                anyhow::ensure!(known, "contender {} meets no known workload: {id}", contender.id);
            }
        }
        Ok(suite)
    }

    /// The workload of this name.
    pub(crate) fn workload(&self, id: &str) -> Option<&Workload> {
        self.workloads.iter().find(|workload| workload.id == id)
    }

    /// Who meets this workload, in the order of every round.
    pub(crate) fn contenders_of(&self, workload: &str) -> Vec<&Contender> {
        let meets = |contender: &&Contender| contender.workloads.iter().any(|id| id == workload);
        self.contenders.iter().filter(meets).collect()
    }
}
