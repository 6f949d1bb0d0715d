//! The adapter of the sandbox provider against the built program: over real connections, with a real journal, killed in
//! the middle. What the provider does inside is tried in `crates/sandbox/tests`.

#[cfg(test)]
mod playing;

#[cfg(test)]
mod calls;
#[cfg(test)]
mod command;
#[cfg(test)]
mod edge;
#[cfg(test)]
mod events;
#[cfg(test)]
mod forged;
#[cfg(test)]
mod killed;

/// The very source of the binary: a binary gives its modules to nobody, and a library beside it would exist for this
/// test alone.
#[cfg(test)]
#[path = "../../src/outside"]
mod outside {
    pub(crate) mod http;
    pub(crate) mod payments;
}
