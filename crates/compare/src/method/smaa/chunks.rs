//! Work in chunks of draws: split over threads, put together in order, so that threads change nothing.

use std::ops::Range;

/// Draws of one chunk; each has its own random streams.
pub const CHUNK: u64 = 65_536;

/// How much to draw, from which seed, on how many threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Draws in all.
    pub draws: u64,
    /// Seed of the random streams.
    pub seed: u64,
    /// Threads at most; they change the time, never the result.
    pub threads: usize,
}

/// Runs `work(chunk, draws)` for every chunk and folds the results in the order of the chunks.
pub(crate) fn in_chunks<T: Send, S>(
    effort: Effort,
    mut total: S,
    work: impl Fn(u64, u64) -> T + Sync,
    mut fold: impl FnMut(&mut S, T),
) -> S {
    let chunks = effort.draws.div_ceil(CHUNK);
    let workers = u64::try_from(effort.threads.max(1)).unwrap_or(1).min(chunks);
    // A round bounds how many results wait to be folded.
    let round = if workers <= 1 { 1 } else { workers * 8 };
    let run = |chunk: u64| work(chunk, CHUNK.min(effort.draws - chunk * CHUNK));
    let mut start = 0;
    while start < chunks {
        let end = chunks.min(start + round);
        if workers <= 1 {
            (start..end).for_each(|chunk| fold(&mut total, run(chunk)));
        } else {
            for (_, result) in on_threads(start..end, workers, &run) {
                fold(&mut total, result);
            }
        }
        start = end;
    }
    total
}

fn on_threads<T: Send>(chunks: Range<u64>, workers: u64, run: &(impl Fn(u64) -> T + Sync)) -> Vec<(u64, T)> {
    let share = |worker: u64| {
        let mine = chunks.clone().filter(move |chunk| chunk % workers == worker);
        mine.map(|chunk| (chunk, run(chunk))).collect::<Vec<_>>()
    };
    let share = &share;
    let mut results: Vec<(u64, T)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (1..workers)
            .map(|worker| scope.spawn(move || share(worker)))
            .collect();
        let mut all = share(0);
        for handle in handles {
            match handle.join() {
                Ok(part) => all.extend(part),
                Err(cause) => std::panic::resume_unwind(cause),
            }
        }
        all
    });
    results.sort_by_key(|(chunk, _)| *chunk);
    results
}
