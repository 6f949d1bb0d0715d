//! A pretend payment provider, in a process of its own: it keeps its own books in its own journal, answers calls,
//! shows a checkout, reports by signed events, and goes wrong in every way that a real one does, when it is told to.
//!
//! It shares nothing with what it is to test but the type of money: no ids, no rules, no signing code. No real money
//! moves, and no page asks for a card number.

mod account;
mod api;
mod books;
mod chargeback;
mod control;
mod courier;
mod desk;
mod draft;
mod event;
mod fault;
mod journal;
mod outside;
mod pages;
mod payment;
mod payout;
mod refund;
mod settings;
mod signing;
mod transfer;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;

use self::desk::Desk;
pub use self::fault::{Fault, NoFault};
pub use self::journal::JournalError;
pub use self::outside::{Message, Outside, Posted};
pub use self::settings::{NoSecret, Secret, Settings, Settling, Terms};

/// The provider, open for business.
#[derive(Debug)]
pub struct Sandbox {
    desk: Arc<Desk>,
}

impl Sandbox {
    /// Reads the journal back, or begins one.
    pub fn open(settings: Settings, outside: Arc<dyn Outside>) -> Result<Self, JournalError> {
        let desk = Arc::new(Desk::open(settings, outside)?);
        Ok(Self { desk })
    }

    /// Every address: the interface for programs, the pages for people, the controls.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(api::routes())
            .merge(pages::routes())
            .merge(control::routes())
            .with_state(self.desk.clone())
    }

    /// Closes the checkouts whose time is over, then delivers the events that are due, one after the other; says how
    /// many deliveries were tried. [`serve`](Self::serve) does this by itself.
    pub async fn deliver_due(&self) -> usize {
        let mut tried = 0;
        while courier::deliver_one(&self.desk).await {
            tried += 1;
        }
        tried
    }

    /// Answers and delivers until `stop` resolves. Calls that were told never to be answered are cut off then.
    pub async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let router = self.router();
        tokio::select! {
            served = async { axum::serve(listener, router).await } => served,
            () = courier::run(&self.desk) => Err(std::io::Error::other("the journal cannot be written")),
            () = stop => Ok(()),
        }
    }
}
