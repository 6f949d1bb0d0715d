//! A letter as the message that is sent or kept: its text, and the same as HTML beside it.

use earnest_app::outside::mail::NotSent;
use earnest_store::MailRow;
use lettre::address::{Address, Envelope};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

/// Who a letter comes from, and where the links lead that are links in its HTML.
pub(super) struct Head<'a> {
    pub(super) from: &'a Mailbox,
    pub(super) reply_to: Option<&'a Mailbox>,
    pub(super) origin: &'a str,
}

/// The same bytes for the same letter but for the date, so that a second sending is known by its `Message-ID`.
pub(super) fn message(letter: &MailRow, head: &Head<'_>) -> Result<(Address, Message), NotSent> {
    if letter.subject.chars().any(char::is_control) {
        return Err(never("there is a line break in its subject".to_owned()));
    }
    let to: Address = letter
        .to
        .as_str()
        .parse()
        .map_err(|error| never(format!("its address cannot be written to: {error}")))?;
    let html = earnest_web::letter::html(&letter.subject, &letter.body, head.origin);
    let html = html.map_err(|error| NotSent::Later {
        why: format!("it cannot be made into HTML: {error}"),
    })?;
    let from = head.from.email.clone();
    let mut builder = Message::builder()
        .from(head.from.clone())
        .to(Mailbox::new(None, to.clone()))
        // what a name has of an encoded word is to be read as it is written
        .subject(letter.subject.replace("=?", "= ?"))
        .message_id(Some(format!("<{}@{}>", letter.id, from.domain())))
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    if let Some(reply_to) = head.reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    let envelope = Envelope::new(Some(from), vec![to.clone()])
        .map_err(|error| never(format!("it cannot be addressed: {error}")))?;
    let parts = MultiPart::alternative()
        .boundary(format!("{}-parts", letter.id))
        .singlepart(SinglePart::plain(letter.body.clone()))
        .singlepart(SinglePart::html(html));
    let message = builder
        .envelope(envelope)
        .multipart(parts)
        .map_err(|error| never(format!("it cannot be written: {error}")))?;
    Ok((to, message))
}

pub(super) fn never(why: String) -> NotSent {
    NotSent::Never { why }
}
