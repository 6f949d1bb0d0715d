//! A closure on its way to an engine, its types erased: the engines are compiled once, not once for each closure.

use std::pin::Pin;

use tokio::sync::oneshot;

use super::tx::{Done, Lent, Statement, Tx, View};
use crate::Error;

/// One run of a closure, under way: the statements to end it with where its changes are to stay, None where not.
pub(super) type Run<'a> = Pin<Box<dyn Future<Output = Option<Vec<Statement>>> + Send + 'a>>;

/// A closure with the way back to its caller.
pub(super) trait Job: Send {
    /// Runs the closure on a connection and keeps its answer. May be called again after a rollback.
    fn run(&mut self, lent: Lent) -> Run<'_>;
    /// Puts an error in the place of the closure's own answer.
    fn refuse(&mut self, error: Error);
    /// Tells the caller how it ended: what the closure refused, or that it could not be kept, or its answer.
    fn answer(self: Box<Self>, ended: Result<(), Error>);
}

/// What the answer of a closure comes out of.
pub(super) type Answer<T, E> = oneshot::Receiver<Result<T, E>>;

struct Call<F, T, E> {
    work: F,
    outcome: Option<Result<T, E>>,
    caller: oneshot::Sender<Result<T, E>>,
}

struct Write<F, T, E>(Call<F, T, E>);

struct Read<F, T, E>(Call<F, T, E>);

/// A closure that writes.
pub(super) fn write<T, E, F, Fut>(work: F) -> (Box<dyn Job>, Answer<T, E>)
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: Fn(Tx) -> Fut + Send + 'static,
    Fut: Future<Output = Result<Done<T>, E>> + Send + 'static,
{
    let (call, answer) = Call::new(work);
    (Box::new(Write(call)), answer)
}

/// A closure that only reads.
pub(super) fn read<T, E, F, Fut>(work: F) -> (Box<dyn Job>, Answer<T, E>)
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: Fn(View) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, E>> + Send + 'static,
{
    let (call, answer) = Call::new(work);
    (Box::new(Read(call)), answer)
}

impl<F, T, E: From<Error>> Call<F, T, E> {
    fn new(work: F) -> (Self, Answer<T, E>) {
        let (caller, answer) = oneshot::channel();
        let outcome = None;
        (
            Self {
                work,
                outcome,
                caller,
            },
            answer,
        )
    }

    fn refuse(&mut self, error: Error) {
        self.outcome = Some(Err(error.into()));
    }

    fn answer(self, ended: Result<(), Error>) {
        let answer = match (ended, self.outcome) {
            (_, Some(Err(own))) => Err(own),
            (Ok(()), Some(kept)) => kept,
            (Ok(()), None) => Err(Error::Panicked.into()),
            (Err(error), _) => Err(error.into()),
        };
        drop(self.caller.send(answer)); // A caller who left needs no answer.
    }
}

impl<F, Fut, T, E> Job for Write<F, T, E>
where
    T: Send,
    E: From<Error> + Send,
    F: Fn(Tx) -> Fut + Send,
    Fut: Future<Output = Result<Done<T>, E>> + Send + 'static,
{
    fn run(&mut self, lent: Lent) -> Run<'_> {
        let Call { work, outcome, .. } = &mut self.0;
        *outcome = None;
        let running = work(Tx::new(lent));
        Box::pin(async move {
            let (own, last) = match running.await {
                Ok(Done { value, last }) => (Ok(value), Some(last)),
                Err(own) => (Err(own), None),
            };
            *outcome = Some(own);
            last
        })
    }

    fn refuse(&mut self, error: Error) {
        self.0.refuse(error);
    }

    fn answer(self: Box<Self>, ended: Result<(), Error>) {
        self.0.answer(ended);
    }
}

impl<F, Fut, T, E> Job for Read<F, T, E>
where
    T: Send,
    E: From<Error> + Send,
    F: Fn(View) -> Fut + Send,
    Fut: Future<Output = Result<T, E>> + Send + 'static,
{
    fn run(&mut self, lent: Lent) -> Run<'_> {
        let Call { work, outcome, .. } = &mut self.0;
        *outcome = None;
        let running = work(View::new(lent));
        Box::pin(async move {
            *outcome = Some(running.await);
            None
        })
    }

    fn refuse(&mut self, error: Error) {
        self.0.refuse(error);
    }

    fn answer(self: Box<Self>, ended: Result<(), Error>) {
        self.0.answer(ended);
    }
}
