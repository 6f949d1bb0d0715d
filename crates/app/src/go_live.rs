//! What must be seen to before real money moves here: each point is looked up, not believed, but for the one that only the
//! operator can know. A site that was not brought up to take money refuses the first payment, and says what is missing.

use earnest_hire::field::{self, FieldRefusal};
use earnest_hire::person::{Person, Role};
use earnest_store::{MailFate, Mark, View};

use crate::Error;
use crate::desk::Desk;
use crate::legal::{Author, Kind};
use crate::mail;
use crate::outside::payments::MoneyKind;

const MAIL: &str = "mail";
const RESTORE: &str = "restore";
/// What was restored, and where, takes a few words.
const FEWEST_LETTERS: usize = field::REASON;
const MOST_LETTERS: usize = 500;

/// Whether funding with real money waits for the list to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gate {
    /// It does not: in a demo, in a test, on the operator's own terminal.
    #[default]
    Open,
    /// It does.
    Watched,
}

/// A point of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// Somebody who holds real money.
    Provider,
    /// A legal text of the operator's own.
    Legal(Kind),
    /// A mail server that took a letter.
    Mail,
    /// A backup that was brought back once.
    Restore,
    /// A second factor of everybody in the office, of somebody among them who decides about money.
    SecondFactors,
    /// TLS on the way to the site.
    Https,
}

impl Item {
    /// As the list and refusals name it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Provider => "a payment provider with real money",
            Self::Legal(Kind::Terms) => "terms of use",
            Self::Legal(Kind::Privacy) => "a privacy notice",
            Self::Legal(Kind::Imprint) => "an imprint",
            Self::Mail => "mail that was tried",
            Self::Restore => "a backup that was brought back once",
            Self::SecondFactors => "a second factor for every operator",
            Self::Https => "an address with https",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Done, and how that is known.
    Done(String),
    /// Not done, and what to do.
    Missing(String),
}

/// A point with what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub item: Item,
    /// What was found.
    pub finding: Finding,
}

impl Check {
    /// Whether there is nothing left to do.
    pub fn is_done(&self) -> bool {
        matches!(self.finding, Finding::Done(_))
    }
}

/// What only the database knows.
#[derive(Debug)]
struct Kept {
    mail: Option<(Mark, Option<MailFate>)>,
    restore: Option<Mark>,
    operators: usize,
    without: Vec<String>,
    /// How many may decide about money, and have a second factor.
    deciders: usize,
}

/// Above a limit one operator decides and another seconds.
const DECIDERS: usize = 2;

/// The whole list.
pub async fn checks(desk: &Desk) -> Result<Vec<Check>, Error> {
    let read = desk.store.read(|mut view| async move { kept(&mut view).await });
    let kept = read.await?;
    let mut found = vec![(Item::Provider, provider(desk)), (Item::Https, https(desk))];
    found.extend(Kind::ALL.map(|kind| (Item::Legal(kind), text(desk, kind))));
    found.push((Item::Mail, letter(desk, &kept)));
    found.push((Item::SecondFactors, second_factors(&kept)));
    found.push((Item::Restore, restore(&kept)));
    Ok(found
        .into_iter()
        .map(|(item, finding)| Check { item, finding })
        .collect())
}

async fn kept(view: &mut View) -> Result<Kept, earnest_store::Error> {
    let mail = match view.last_mark(MAIL).await? {
        Some(mark) => {
            let fate = match mark.subject.parse() {
                Ok(id) => view.mail_fate(id).await?,
                Err(_unreadable) => None,
            };
            Some((mark, fate))
        }
        None => None,
    };
    let office = view.people_in_office().await?;
    let (mut without, mut deciders) = (Vec::new(), 0_usize);
    for person in &office {
        let factor = view.second_factor(person.id).await?;
        if factor.and_then(|factor| factor.since).is_none() {
            without.push(person.name.clone());
        } else if person.roles.may(Role::Finance) {
            deciders = deciders.saturating_add(1);
        }
    }
    Ok(Kept {
        mail,
        restore: view.last_mark(RESTORE).await?,
        operators: office.len(),
        without,
        deciders,
    })
}

fn provider(desk: &Desk) -> Finding {
    let real = desk.providers.iter();
    let real: Vec<&str> = real
        .filter(|(_, one)| one.abilities().money == MoneyKind::Real)
        .map(|(name, _)| name.as_str())
        .collect();
    if real.is_empty() {
        let to_do = "Configure one, for example your bank account with bank.holder and bank.iban.";
        Finding::Missing(to_do.to_owned())
    } else {
        Finding::Done(real.join(", "))
    }
}

fn https(desk: &Desk) -> Finding {
    if desk.origin.starts_with("https://") {
        Finding::Done(desk.origin.clone())
    } else {
        Finding::Missing("Put a proxy with TLS in front and set base_url to its https:// address.".to_owned())
    }
}

fn text(desk: &Desk, kind: Kind) -> Finding {
    let text = desk.legal.of(kind);
    match text.author {
        Author::Operator => {
            let version = text.sha256.get(..8).unwrap_or(&text.sha256);
            Finding::Done(format!("Version {version}"))
        }
        Author::Nobody => Finding::Missing(format!(
            "Write {}.md into the folder that legal.folder names, and start the site again.",
            kind.name()
        )),
    }
}

fn letter(desk: &Desk, kept: &Kept) -> Finding {
    let Some(server) = desk.mailer.server() else {
        let why = "mail.host is not set: letters are files that nobody gets.";
        return Finding::Missing(why.to_owned());
    };
    let tried = kept.mail.as_ref().filter(|(mark, _)| mark.reasons == server);
    match tried {
        None => Finding::Missing(format!("Send a test letter by {server}.")),
        Some((mark, Some(MailFate::Sent))) => Finding::Done(format!("{server} took a letter at {}", mark.at)),
        Some((_, Some(MailFate::Waiting(None)))) => {
            Finding::Missing("The test letter is on its way; look again in a moment.".to_owned())
        }
        Some((_, Some(MailFate::Waiting(Some(why))))) => {
            Finding::Missing(format!("The test letter is tried again: {why}"))
        }
        Some((_, Some(MailFate::Dead(why)))) => {
            Finding::Missing(format!("The test letter was given up: {why}"))
        }
        Some((_, None)) => Finding::Missing("The test letter is gone; send another.".to_owned()),
    }
}

fn second_factors(kept: &Kept) -> Finding {
    if kept.operators == 0 {
        return Finding::Missing("Nobody works in the office yet: `earnest operator add`.".to_owned());
    }
    let mut missing = Vec::new();
    if !kept.without.is_empty() {
        missing.push(format!(
            "Still without: {}. It is set up under Your account.",
            kept.without.join(", ")
        ));
    }
    if kept.deciders == 0 {
        missing.push("Nobody who decides about money (finance or owner) has one.".to_owned());
    }
    if !missing.is_empty() {
        return Finding::Missing(missing.join(" "));
    }
    let (all, deciders) = (kept.operators, kept.deciders);
    let others = if deciders < DECIDERS {
        "What is above the limit takes two, and an appeal others than those who decided: a dispute can wait until \
         `earnest operator add` lets another one in."
    } else {
        "An appeal against what two decided takes a third."
    };
    Finding::Done(format!(
        "{all} of {all}; of them, {deciders} may decide about money. {others}"
    ))
}

fn restore(kept: &Kept) -> Finding {
    match &kept.restore {
        Some(mark) => Finding::Done(format!("{}, noted {}", mark.reasons, mark.at)),
        None => Finding::Missing(
            "Bring a backup back on another machine or into another folder, look at it, and note here what you did."
                .to_owned(),
        ),
    }
}

/// Refuses a payment with real money where something of the list is missing.
pub(crate) async fn allow(desk: &Desk, provider: &str) -> Result<(), Error> {
    let is_real = desk
        .providers
        .get(provider)
        .is_some_and(|one| one.abilities().money == MoneyKind::Real);
    if desk.gate == Gate::Open || !is_real {
        return Ok(());
    }
    let found = checks(desk).await?;
    let missing: Vec<&str> = found
        .iter()
        .filter(|check| !check.is_done())
        .map(|check| check.item.label())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::NotLive {
        missing: missing.join(", "),
    })
}

/// Nobody would get it.
const NO_SERVER: Error = Error::Conflict {
    code: "no_mail_server",
    sentence: "No mail server is configured, so no letter can be tried. Set mail.host and start the site again.",
};

/// Writes a test letter to an operator. That a server took it is seen in the list.
pub async fn try_mail(desk: &Desk, by: &Person) -> Result<(), Error> {
    let server = desk.mailer.server().ok_or(NO_SERVER)?;
    let letter = mail::tried(desk, by);
    let mark = Mark {
        what: MAIL.to_owned(),
        at: desk.now(),
        by: by.id.to_string(),
        subject: letter.id().to_string(),
        reasons: server,
    };
    desk.write(&(letter, mark), |(letter, mark), mut tx| async move {
        letter.keep(&mut tx, mark.at).await?;
        tx.insert_mark(&mark).await?;
        tx.commit(()).await
    })
    .await
    .inspect(|()| desk.wake())
}

/// Notes, in the operator's words, that a backup was brought back.
pub async fn note_restore(desk: &Desk, by: &Person, words: &str) -> Result<(), Error> {
    let words = words.trim();
    let letters = words.chars().count();
    if !(FEWEST_LETTERS..=MOST_LETTERS).contains(&letters) || words.chars().any(char::is_control) {
        let sentence = format!(
            "Say in {FEWEST_LETTERS} to {MOST_LETTERS} letters which backup you brought back, where, and what you looked at."
        );
        return Err(Error::Invalid(vec![FieldRefusal::new(
            "words", "unclear", sentence,
        )]));
    }
    let mark = Mark {
        what: RESTORE.to_owned(),
        at: desk.now(),
        by: by.id.to_string(),
        subject: String::new(),
        reasons: words.to_owned(),
    };
    desk.write(&mark, |mark, mut tx| async move {
        tx.insert_mark(&mark).await?;
        tx.commit(()).await
    })
    .await
}
