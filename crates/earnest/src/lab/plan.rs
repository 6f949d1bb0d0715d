//! In which order everything is measured: block by block, and in a block round by round, each contender once a round.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::suite::{Processes, Suite};

/// A workload on a number of processes, with all who meet it: what is measured against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Id of the workload.
    pub(crate) workload: String,
    /// On how many processes.
    pub(crate) processes: Processes,
    /// Ids of the contenders.
    pub(crate) contenders: Vec<String>,
}

/// One measurement of one contender.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// Id of the workload.
    pub(crate) workload: String,
    /// On how many processes.
    pub(crate) processes: Processes,
    /// Id of the contender.
    pub(crate) contender: String,
    /// Counted from 1.
    pub(crate) repeat: u32,
}

/// All blocks of a suite.
pub(crate) fn blocks(suite: &Suite, quick: bool) -> Vec<Block> {
    let mut blocks = Vec::new();
    for workload in suite.workloads.iter().filter(|w| w.quick || !quick) {
        for processes in &workload.processes {
            if quick && *processes == Processes::PerCore {
                continue;
            }
            blocks.push(Block {
                workload: workload.id.clone(),
                processes: *processes,
                contenders: suite
                    .contenders_of(&workload.id)
                    .iter()
                    .map(|c| c.id.clone())
                    .collect(),
            });
        }
    }
    blocks
}

/// The turns of a block that are left: A, B, C, A, B, C, … without those that are done.
pub(crate) fn turns(block: &Block, repeats: u32, done: &HashSet<Turn>) -> Vec<Turn> {
    let turn = |repeat: u32, contender: &String| Turn {
        workload: block.workload.clone(),
        processes: block.processes,
        contender: contender.clone(),
        repeat,
    };
    (1..=repeats)
        .flat_map(|repeat| {
            block
                .contenders
                .iter()
                .map(move |contender| turn(repeat, contender))
        })
        .filter(|turn| !done.contains(turn))
        .collect()
}
