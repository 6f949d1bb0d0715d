//! The payment providers that this program can talk to.

pub(crate) mod sandbox;
