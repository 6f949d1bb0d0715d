//! Which cores do what.

use super::suite::{Need, Processes};

/// From so many cores on PostgreSQL has some of its own.
const ENOUGH: usize = 4;

/// The cores of a machine, shared out.
#[derive(Debug)]
pub(crate) struct Layout {
    all: Vec<usize>,
    /// Where the client runs.
    pub(super) client: usize,
}

impl Layout {
    /// Of a machine that has these.
    pub(super) fn of(cores: &[usize]) -> Self {
        Self {
            all: cores.to_vec(),
            client: cores.last().copied().unwrap_or(0),
        }
    }

    /// PostgreSQL has a quarter of the cores, beside the client's; where there are few it shares that of the client.
    pub(super) fn database(&self) -> Vec<usize> {
        if self.all.len() < ENOUGH {
            return vec![self.client];
        }
        let before_client = self.all.len() - 1;
        let own = self.all.len() / 4;
        self.all
            .iter()
            .copied()
            .skip(before_client - own)
            .take(own)
            .collect()
    }

    /// Whether the client has to share its core with the servers.
    pub(super) fn shares(&self, processes: Processes) -> bool {
        self.servers(processes, None).contains(&self.client)
    }

    /// What a server has: one core, or all that the client and what it asks leave.
    pub(super) fn servers(&self, processes: Processes, needs: Option<Need>) -> Vec<usize> {
        let taken = match needs {
            Some(Need::Postgres) if self.all.len() >= ENOUGH => 1 + self.database().len(),
            _ => 1,
        };
        let count = match processes {
            Processes::One => 1,
            Processes::AllCores => 2,
            // on two cores the client cannot have one alone: it shares the second
            Processes::PerCore if self.all.len() <= 2 => 2,
            Processes::PerCore => self.all.len() - taken,
        };
        self.all.iter().copied().take(count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_the_core_of_another_where_there_are_enough() {
        for count in 3..=64 {
            let cores: Vec<usize> = (0..count).collect();
            let layout = Layout::of(&cores);
            for processes in [Processes::One, Processes::PerCore] {
                assert!(!layout.shares(processes), "{count}");
                let servers = layout.servers(processes, Some(Need::Postgres));
                assert!(
                    !servers.is_empty() && !servers.contains(&layout.client),
                    "{count}"
                );
                let database = layout.database();
                let apart = database
                    .iter()
                    .all(|core| !servers.contains(core) && *core != layout.client);
                assert_eq!(apart, count >= ENOUGH, "{count}: {database:?} {servers:?}");
            }
        }
    }

    #[test]
    fn on_two_cores_the_client_shares_one() {
        let layout = Layout::of(&[4, 6]);
        assert_eq!((layout.client, layout.database()), (6, vec![6]));
        assert_eq!(layout.servers(Processes::One, None), [4]);
        assert_eq!(layout.servers(Processes::PerCore, None), [4, 6]);
        assert!(layout.shares(Processes::PerCore) && !layout.shares(Processes::One));
        assert!(Layout::of(&[0]).shares(Processes::One));
    }
}
