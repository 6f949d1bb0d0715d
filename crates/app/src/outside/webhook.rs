//! The port to programs of other people that are told of their news.

use std::future::Future;
use std::pin::Pin;

use crate::webhook::Destination;

/// What an attempt gives: what the receiver answered, or in our words why it did not.
pub type Posting<'a> = Pin<Box<dyn Future<Output = Result<u16, String>> + Send + 'a>>;
/// Whether a host may be reached.
pub type Looking<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// A message that is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
    /// JSON.
    pub body: String,
}

/// Brings messages to receivers. It resolves their host each time and dials only what is public; it follows nothing, waits
/// for a few seconds, and hands on no byte of what they answer.
pub trait Postman: Send + Sync {
    /// Resolves a host and says whether it may be reached, in words for whoever typed it.
    fn look<'a>(&'a self, to: &'a Destination) -> Looking<'a>;

    /// Brings one.
    fn post<'a>(&'a self, to: &'a Destination, parcel: &'a Parcel) -> Posting<'a>;
}

/// Brings nothing: for programs that are not the site.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPostman;

impl Postman for NoPostman {
    fn look<'a>(&'a self, _to: &'a Destination) -> Looking<'a> {
        Box::pin(async { Ok(()) })
    }

    fn post<'a>(&'a self, _to: &'a Destination, _parcel: &'a Parcel) -> Posting<'a> {
        Box::pin(async { Err("this program reaches no receivers".to_owned()) })
    }
}
