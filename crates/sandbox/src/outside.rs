//! What the sandbox needs from outside: the time, and somebody who posts its events.

use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;

/// What a delivery comes to: the status that was answered, or why there was no answer.
pub type Posted<'a> = Pin<Box<dyn Future<Output = Result<u16, String>> + Send + 'a>>;

/// The clock and the network, brought by the binary and by tests.
pub trait Outside: Send + Sync {
    /// The present moment, before the control interface moves it.
    fn now(&self) -> Timestamp;

    /// Posts an event, following no redirect, within a few seconds.
    fn post<'a>(&'a self, message: &'a Message) -> Posted<'a>;
}

/// One delivery of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Where to.
    pub url: String,
    /// `webhook-id`, `webhook-timestamp` and `webhook-signature`, unless a fault took them away.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Vec<u8>,
}
