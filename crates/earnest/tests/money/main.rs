//! Money through the whole program: the site's rules, store, worker and HTTP on one side, a real provider process with
//! faults on the other.

#[cfg(test)]
mod killed;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod reconciled;
#[cfg(test)]
mod to_bank;
#[cfg(test)]
mod unhappy;
#[cfg(test)]
mod world;

#[cfg(test)]
#[path = "../sandbox_provider/playing.rs"]
#[expect(dead_code, reason = "what another test uses of it")]
mod playing;

/// The very source of the binary, as in `tests/sandbox_provider`.
#[cfg(test)]
#[path = "../../src/outside"]
mod outside {
    pub(crate) mod http;
    pub(crate) mod payments;
}
