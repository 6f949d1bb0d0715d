//! An answer that is made while it is sent.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::Frame;

type Step<S> = Pin<Box<dyn Future<Output = Result<Option<(Bytes, S)>, std::io::Error>> + Send>>;

/// A body whose next part is made out of what the last one left, when there is room for it; it ends where there is none.
/// Nothing runs beside it: whoever stops reading stops it.
pub(crate) fn flow<S, Fut>(start: S, next: fn(S) -> Fut) -> Body
where
    S: Send + Unpin + 'static,
    Fut: Future<Output = Result<Option<(Bytes, S)>, std::io::Error>> + Send + 'static,
{
    Body::new(Flow {
        step: Some(Box::pin(next(start))),
        next: Box::new(move |state| Box::pin(next(state))),
    })
}

struct Flow<S> {
    step: Option<Step<S>>,
    next: Box<dyn Fn(S) -> Step<S> + Send>,
}

impl<S: Send + Unpin + 'static> HttpBody for Flow<S> {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let flow = self.get_mut();
        let Some(step) = flow.step.as_mut() else {
            return Poll::Ready(None);
        };
        let ended = std::task::ready!(step.as_mut().poll(context));
        flow.step = None;
        Poll::Ready(match ended {
            Ok(Some((bytes, state))) => {
                flow.step = Some((flow.next)(state));
                Some(Ok(Frame::data(bytes)))
            }
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        })
    }
}
