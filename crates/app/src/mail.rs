//! Letters: what they say, and sending them. A letter is kept in the transaction of what it tells and sent afterwards, so
//! that nobody is told what did not happen. One may come twice; none is lost while its server can be reached in three days.

mod hiring;

use earnest_hire::call::{Call, CallStage};
use earnest_hire::ids::{ContractId, ConversationId, Ids, LinkToken, MailId, RequestId};
use earnest_hire::person::{Email, Person};
use earnest_hire::proposal::Stage;
use earnest_hire::request::Request;
use earnest_hire::span::after;
use earnest_store::{Done, LostMail, MailEnd, MailRow, Tx};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

pub(crate) use self::hiring::{begun, closed, declined, filled_in, invited, proposed_experts, uninvited};
use crate::Error;
use crate::backoff::{self, ATTEMPTS_AT_OTHERS};
use crate::desk::Desk;
use crate::office::LISTED;
use crate::outside::mail::NotSent;

/// How many are looked at in one round.
const TOGETHER: u16 = 20;
/// How long an attempt may take before another node may try.
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// A letter that is ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    row: MailRow,
    /// What it asks a client to review.
    inspection: Option<String>,
}

impl Letter {
    /// A letter in plain text. Links in it are made of the configured address of the site alone.
    pub(crate) fn new(desk: &Desk, to: &Email, subject: String, mut body: String) -> Self {
        if desk.demo_clock.is_some() {
            body.push_str("\nThis is a demo: the money in it is pretend.\n");
        }
        let row = MailRow {
            id: Ids::new(desk.now(), desk.seed()).mail(),
            to: to.clone(),
            subject,
            body,
            attempts: 0,
        };
        let inspection = None;
        Self { row, inspection }
    }

    /// As a letter that asks a client to review this.
    pub(crate) fn about_inspection(mut self, inspection: Option<String>) -> Self {
        self.inspection = inspection;
        self
    }

    /// Named after what it tells and to whom: kept again, it is the same letter.
    pub(crate) fn named(mut self, cause: &str, to: &Person) -> Self {
        let digest = Sha256::digest(format!("{cause} {}", to.id));
        let seed = digest.first_chunk::<16>().copied().unwrap_or_default();
        self.row.id = Ids::new(to.since, seed).mail();
        self
    }

    pub(crate) fn id(&self) -> MailId {
        self.row.id
    }

    /// Keeps it in a transaction.
    pub(crate) async fn keep(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        if self.row.to.is_of_nobody() {
            return Ok(());
        }
        Ok(tx.insert_mail(&self.row, self.inspection.as_deref(), now).await?)
    }
}

/// The letter with a link that opens an account.
pub(crate) fn sign_in(desk: &Desk, to: &Email, token: LinkToken, lasts: SignedDuration) -> Letter {
    let (site, origin) = (&desk.site_name, &desk.origin);
    let body = format!(
        "Somebody, we hope you, wants to sign in to {site} as {to}.\n\n\
         Open this link to sign in. It works once, for {} minutes:\n\n{origin}/sign-in/{token}\n\n\
         If that was not you, do nothing: without the link nobody comes in.\n",
        lasts.as_mins()
    );
    Letter::new(desk, to, format!("Sign in to {site}"), body)
}

/// The letter with a link that makes an account with the password that was asked for.
pub(crate) fn sign_up(desk: &Desk, to: &Email, token: LinkToken, lasts: SignedDuration) -> Letter {
    let (site, origin) = (&desk.site_name, &desk.origin);
    let body = format!(
        "Somebody, we hope you, wants an account at {site} for {to}, with a password that they have chosen.\n\n\
         Open this link only if that was you. It works once, for {} minutes:\n\n{origin}/sign-in/{token}\n\n\
         If that was not you, do nothing: without the link there is no such account. If you have an account already, the \
         link signs you in, and your password stays as it is.\n",
        lasts.as_mins()
    );
    Letter::new(desk, to, format!("Your account at {site}"), body)
}

/// Somebody who is to be written to about a page of the site.
fn about(desk: &Desk, to: &Person, subject: String, says: &str, path: &str) -> Letter {
    let origin = &desk.origin;
    let body = format!(
        "Hello {},\n\n{says}\n\n{origin}{path}\n\n{}\nWhat you are mailed about:\n{origin}/me/notices\n",
        to.name, desk.site_name
    );
    Letter::new(desk, &to.email, subject, body)
}

/// Something new was said in a conversation. One letter, until it was read.
pub(crate) fn message(
    desk: &Desk,
    (author, to): (&str, &Person),
    request: &Request,
    talk: ConversationId,
) -> Letter {
    let says = format!(
        "{author} wrote to you about: {}.\nRead and answer:",
        request.brief.summary
    );
    about(
        desk,
        to,
        format!("A message from {author}"),
        &says,
        &format!("/conversations/{talk}"),
    )
}

/// Something has happened to a contract, or to somebody's money.
pub(crate) fn notice(desk: &Desk, to: &Person, (subject, lines): (String, &[String]), path: &str) -> Letter {
    let says = match lines {
        [one] => one.clone(),
        many => format!("This has happened:\n\n- {}", many.join("\n- ")),
    };
    about(
        desk,
        to,
        subject,
        &format!("{says}\n\nSee it here, and what you can do:"),
        path,
    )
}

/// There is a new version of a proposal.
pub(crate) fn proposed(desk: &Desk, (author, to): (&str, &Person), talk: ConversationId) -> Letter {
    let says = format!("{author} has made you a proposal. Read it, answer it, or make one of your own:");
    about(
        desk,
        to,
        format!("A proposal from {author}"),
        &says,
        &format!("/conversations/{talk}"),
    )
}

/// Times were proposed for a call, one was chosen, or the call will not be.
pub(crate) fn call(desk: &Desk, (author, to): (&str, &Person), call: &Call, talk: ConversationId) -> Letter {
    let zone = earnest_hire::call::zone(&call.zone);
    let at = |time: &Timestamp| {
        let local = time.to_zoned(zone.clone()).strftime("%A %-d %B %Y, %H:%M");
        format!("{local} {} ({} UTC)", call.zone, time.strftime("%H:%M"))
    };
    let (subject, says) = match (call.stage, call.at) {
        (CallStage::Proposed, _) => {
            let slots: Vec<String> = call.slots.iter().map(at).collect();
            let says = format!(
                "{author} proposes a call of {} minutes. Choose a time or decline:\n\n- {}\n",
                call.minutes,
                slots.join("\n- ")
            );
            (format!("{author} proposes a call"), says)
        }
        (CallStage::Booked, Some(time)) => {
            let says = format!(
                "{author} has chosen a time for your call of {} minutes: {}.\n\nFor your calendar: {}/calls/{}.ics\n",
                call.minutes,
                at(&time),
                desk.origin,
                call.id
            );
            (format!("Your call with {author} is booked"), says)
        }
        (CallStage::Withdrawn, Some(time)) => {
            let says = format!("{author} has canceled your call of {}.\n", at(&time));
            (format!("Your call with {author} is canceled"), says)
        }
        (CallStage::Withdrawn, None) => {
            let says =
                format!("{author} does not want the call that was proposed. You can propose other times.\n");
            (format!("No call with {author}"), says)
        }
        (CallStage::Missed, None) => {
            let says = format!(
                "{author} has chosen none of the times that you proposed for a call, and they are over. You can propose others.\n"
            );
            (format!("No call with {author}"), says)
        }
        (stage, _) => {
            let says = format!("{author} says that your call was {}.\n", stage.name());
            (format!("Your call with {author} was {}", stage.name()), says)
        }
    };
    about(desk, to, subject, &says, &format!("/conversations/{talk}"))
}

/// A proposal has come to something else.
pub(crate) fn proposal_is(desk: &Desk, to: &Person, stage: Stage, talk: ConversationId) -> Letter {
    let says = format!(
        "a proposal is now {}. {}\nSee what is next:",
        stage.name(),
        stage.meaning()
    );
    about(
        desk,
        to,
        format!("A proposal is {}", stage.name()),
        &says,
        &format!("/conversations/{talk}"),
    )
}

/// Somebody has a password, or another one.
pub(crate) fn password_set(desk: &Desk, to: &Person) -> Letter {
    let says = "the password of your account was set just now. If that was not you, sign in with a link and set another one:";
    about(desk, to, "Your password was set".to_owned(), says, "/me/account")
}

/// Something about somebody's second factor, which they are to know in case it was somebody else.
pub(crate) fn second_factor(desk: &Desk, to: &Person, says: &str) -> Letter {
    let says = format!(
        "{says} If that was not you, end your other sessions, set another password, and tell the operator:"
    );
    about(desk, to, "Your second factor".to_owned(), &says, "/me/account")
}

/// A review about somebody is shown from now on.
pub(crate) fn reviewed(desk: &Desk, (author, to): (&str, &Person), contract: ContractId) -> Letter {
    let says = format!(
        "{author} has reviewed your contract, and everybody sees it from now on. Read it, and reply once:"
    );
    let subject = format!("{author} has reviewed you");
    about(desk, to, subject, &says, &format!("/contracts/{contract}"))
}

/// Somebody wants their account deleted. The last letter to them, unless they stay.
pub(crate) fn leaving(desk: &Desk, to: &Person, due_at: Timestamp) -> Letter {
    let at = due_at.strftime("%A %-d %B %Y, %H:%M UTC");
    let says = format!(
        "you have asked that your account is deleted. That is done on {at}; until then nothing changes.\n\n\
         Your name, address, profile, messages and files are emptied then; the books and what belongs to the other side \
         of a contract stay, without your name. Take a copy of your data along first:\n{}/me/data\n\n\
         If you want to stay, or that was not you, keep the account here:",
        desk.origin
    );
    about(
        desk,
        to,
        "Your account will be deleted".to_owned(),
        &says,
        "/me/delete",
    )
}

/// A request has closed itself.
pub(crate) fn request_expired(desk: &Desk, to: &Person, request: RequestId) -> Letter {
    let says = "your request has closed itself, because nobody looked after it for 30 days. Nothing is lost; you can raise it again:";
    about(
        desk,
        to,
        "Your request has closed itself".to_owned(),
        says,
        &format!("/requests/{request}"),
    )
}

/// Sends what is due; says how many letters were tried. One that cannot be sent holds up no other.
pub async fn run_due(desk: &Desk) -> Result<usize, Error> {
    let now = desk.now();
    let read = desk
        .store
        .read(move |mut view| async move { view.due_mail(now, TOGETHER).await });
    let due = read.await?;
    let mut tried = 0;
    for letter in due {
        if desk.store.claim_mail(letter.id, now, after(now, LEASE)).await? {
            tried += 1;
            let ended = desk.mailer.send(&letter).await;
            let end = end(&letter, ended, desk.now());
            desk.store.end_mail(letter.id, end).await?;
        }
    }
    Ok(tried)
}

/// Letters that were given up, the latest first.
pub async fn given_up(desk: &Desk) -> Result<Vec<LostMail>, Error> {
    let read = desk
        .store
        .read(|mut view| async move { view.lost_mail(LISTED).await });
    Ok(read.await?)
}

const NOT_GIVEN_UP: Error = Error::Conflict {
    code: "letter_not_given_up",
    sentence: "This letter is being tried again already, or was sent. Nothing was changed.",
};

/// Lets a letter that was given up be tried again.
pub async fn send_again(desk: &Desk, letter: &str) -> Result<(), Error> {
    let id: MailId = letter.parse().map_err(|_unreadable| Error::NotFound)?;
    let asked = (id, desk.now());
    desk.write(&asked, |(id, now), tx| async move { again(tx, id, now).await })
        .await
        .inspect(|()| desk.wake())
}

async fn again(mut tx: Tx, id: MailId, now: Timestamp) -> Result<Done<()>, Error> {
    if !tx.mail_again(id, now).await? {
        return Err(NOT_GIVEN_UP);
    }
    tx.commit(()).await
}

/// A letter to an operator, to see whether one arrives.
pub(crate) fn tried(desk: &Desk, to: &Person) -> Letter {
    let says = format!(
        "this letter was sent to see whether {} can send mail. It can. Look whether it came as spam.\n\nGo on here:",
        desk.site_name
    );
    let subject = format!("{} can send mail", desk.site_name);
    about(desk, to, subject, &says, "/office/go-live")
}

/// A letter that is kept nowhere, to try the mail server with.
pub fn test_letter(desk: &Desk, to: &Email) -> MailRow {
    let (site, origin) = (&desk.site_name, &desk.origin);
    let body = format!(
        "This letter was sent to see whether {site} can send mail. It can.\n\nThe site is here:\n{origin}/\n"
    );
    Letter::new(desk, to, format!("{site} can send mail"), body).row
}

fn end(letter: &MailRow, ended: Result<(), NotSent>, now: Timestamp) -> MailEnd {
    match ended {
        Ok(()) => MailEnd::Sent,
        Err(NotSent::Later { why }) if letter.attempts + 1 < ATTEMPTS_AT_OTHERS => {
            tracing::warn!(mail.id = %letter.id, cause = why, "a letter could not be sent; it is tried again");
            MailEnd::Again {
                due_at: after(now, backoff::of_others(letter.attempts)),
                why,
            }
        }
        Err(NotSent::Later { why } | NotSent::Never { why }) => {
            tracing::error!(mail.id = %letter.id, cause = why, "a letter could not be sent and is given up");
            MailEnd::Dead { why }
        }
    }
}
