//! Letters on the way from a request to a talk: asked, proposed, declined, closed.

use earnest_hire::ids::{ConversationId, RequestId};
use earnest_hire::person::{Email, Person};
use earnest_hire::request::Request;

use super::{Letter, about};
use crate::desk::Desk;

fn of_request(id: RequestId) -> String {
    format!("/requests/{id}")
}

/// A client asks an expert. The client's name is not told before they talk.
pub(crate) fn invited(desk: &Desk, to: &Person, request: &Request) -> Letter {
    let says = format!(
        "a client asks you to answer this request: {}.\nRead it, then begin to talk or decline. Both cost nothing:",
        request.brief.summary
    );
    about(
        desk,
        to,
        "You are invited to answer a request".to_owned(),
        &says,
        &of_request(request.id),
    )
}

/// An expert has declined.
pub(crate) fn declined(
    desk: &Desk,
    (expert, to): (&str, &Person),
    request: &Request,
    reason: Option<&str>,
) -> Letter {
    let reason = reason.map_or_else(
        || "No reason was given.".to_owned(),
        |reason| format!("The reason:\n\n{reason}\n"),
    );
    let says = format!(
        "{expert} has declined your invitation to: {}.\n{reason}\nSee who else fits:",
        request.brief.summary
    );
    about(
        desk,
        to,
        format!("{expert} has declined"),
        &says,
        &of_request(request.id),
    )
}

/// The client has taken an invitation back.
pub(crate) fn uninvited(desk: &Desk, to: &Person, request: &Request) -> Letter {
    let says = format!(
        "the client has taken back the invitation to answer: {}.\nThere is nothing to do. Open requests are here:",
        request.brief.summary
    );
    about(
        desk,
        to,
        "An invitation was taken back".to_owned(),
        &says,
        "/requests",
    )
}

/// A request that somebody was invited to, or talked about, is closed.
pub(crate) fn closed(desk: &Desk, to: &Person, request: &Request) -> Letter {
    let says = format!(
        "this request is closed, and takes no answers any more: {}.\nThere is nothing to do. Open requests are here:",
        request.brief.summary
    );
    about(desk, to, "A request is closed".to_owned(), &says, "/requests")
}

/// A client begins to talk with an expert who was proposed to them.
pub(crate) fn begun(
    desk: &Desk,
    (client, to): (&str, &Person),
    request: &Request,
    talk: ConversationId,
) -> Letter {
    let says = format!(
        "{client} wants to talk with you about: {}.\nRead what is asked for and say what you think:",
        request.brief.summary
    );
    about(
        desk,
        to,
        format!("{client} wants to talk with you"),
        &says,
        &format!("/conversations/{talk}"),
    )
}

/// The operator proposes somebody. The client may have no account yet.
pub(crate) fn proposed_experts(desk: &Desk, to: &Email, request: &Request, names: &[String]) -> Letter {
    let (site, brief) = (&desk.site_name, &request.brief);
    let body = format!(
        "Hello {},\n\n{site} proposes for your request “{}”: {}.\nRead why, and begin to talk with each of them, on the \
         page of your request:\n\n{}{}\n\n{site} only advises: a contract would be between you and the expert you \
         choose.\n",
        brief.name,
        brief.summary,
        names.join(", "),
        desk.origin,
        of_request(request.id)
    );
    Letter::new(desk, to, "Experts for your request".to_owned(), body)
}

/// An expert whose profile the operator has filled in.
pub(crate) fn filled_in(desk: &Desk, to: &Person, link: &str, days: Option<i64>) -> Letter {
    let lasts = days.map_or_else(String::new, |days| {
        format!(" The link signs you in once, for {days} days.")
    });
    let body = format!(
        "Hello {},\n\n{} has filled in an expert profile for you, from what you gave them. Nobody else sees it. Open this \
         link, correct what is wrong and send it to the office; then clients can find you.{lasts}\n\n{}{link}\n\nIf you want no profile, do nothing: it stays unseen.\n\n{1}\n",
        to.name, desk.site_name, desk.origin
    );
    Letter::new(
        desk,
        &to.email,
        format!("Your expert profile at {}", desk.site_name),
        body,
    )
}
