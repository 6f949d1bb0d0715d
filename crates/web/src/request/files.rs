//! Files with a request: a specification, a picture of how it is to look.

use axum::extract::{Path, Request, State as FromApp};
use axum::response::{IntoResponse, Response};
use earnest_app::Error;
use earnest_app::file;
use earnest_app::request::progress::{self, Reader};

use super::going::{Filled, read, show_page};
use crate::answer::Fresh;
use crate::problem::Problem;
use crate::session::SignedIn;
use crate::upload::{Sent, status_of};
use crate::{Ctx, urls};

/// `POST /requests/{id}/files`: its client adds files.
pub(crate) async fn send(
    FromApp(web): FromApp<Ctx>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let desk = &web.app.desk;
    let (_known, reader) = progress::seen_by(desk, id, who.id()).await?;
    if reader != Reader::Client {
        return Err(Problem::not_found());
    }
    let mut sent = Sent::read(&web, who.id(), request).await?;
    if sent.faults.is_empty() {
        match file::add_to_request(desk, id, who.id(), &sent.ids()).await {
            Ok(()) => {
                let here = format!("{}#files-title", urls::request(&id.to_string()));
                return Ok(Fresh::see_other(&here).into_response());
            }
            Err(Error::Invalid(faults)) => sent.faults = faults,
            Err(other) => return Err(other.into()),
        }
    }
    let filled = Filled {
        acceptance: "",
        faults: sent.faults.clone(),
        sent: &sent,
    };
    let page = show_page(&web, &who, id, filled).await?;
    Ok(page.with_status(status_of(&sent.faults)).into_response())
}
