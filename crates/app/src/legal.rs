//! The operator's legal texts: read from a folder, kept in every version, accepted by people, and noted with each contract.
//!
//! The texts that come with the program say that the operator has not provided any. Nobody is asked to accept those.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use earnest_hire::hex;
use earnest_hire::ids::{ContractId, PersonId};
use earnest_store::{LegalText, Tx};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::Error;
use crate::desk::Desk;

/// More than any such text has.
const MOST_BYTES: u64 = 512 * 1024;

/// Which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Under which rules the site is used.
    Terms,
    /// What is kept about people.
    Privacy,
    /// Who runs the site.
    Imprint,
}

impl Kind {
    /// In the order of the footer.
    pub const ALL: [Self; 3] = [Self::Terms, Self::Privacy, Self::Imprint];

    /// In addresses, names of files and the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
            Self::Imprint => "imprint",
        }
    }

    /// On pages.
    pub fn title(self) -> &'static str {
        match self {
            Self::Terms => "Terms",
            Self::Privacy => "Privacy",
            Self::Imprint => "Imprint",
        }
    }

    /// Whether people accept it; who runs the site is only told.
    pub fn is_accepted(self) -> bool {
        !matches!(self, Self::Imprint)
    }

    fn builtin(self) -> &'static str {
        match self {
            Self::Terms => include_str!("legal/terms.md"),
            Self::Privacy => include_str!("legal/privacy.md"),
            Self::Imprint => include_str!("legal/imprint.md"),
        }
    }
}

/// Who wrote a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// It came with the program and says that there is none.
    Nobody,
    /// The operator.
    Operator,
}

/// A text that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Which.
    pub kind: Kind,
    /// As it was written.
    pub body: String,
    /// Its version, in hexadecimal digits.
    pub sha256: String,
    /// Who wrote it.
    pub author: Author,
    /// When this site first had it; none before it was kept.
    pub since: Option<Timestamp>,
}

impl Text {
    fn new(kind: Kind, body: String, author: Author) -> Self {
        Self {
            sha256: hex(&Sha256::digest(&body)),
            kind,
            body,
            author,
            since: None,
        }
    }
}

/// Why the texts cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("{} {why}", path.display())]
pub struct Unreadable {
    /// Which file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// All texts that are in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts([Text; 3]);

impl Default for Texts {
    fn default() -> Self {
        Self(Kind::ALL.map(|kind| Text::new(kind, kind.builtin().to_owned(), Author::Nobody)))
    }
}

impl Texts {
    /// `terms.md`, `privacy.md` and `imprint.md` (or `.txt`) of a folder. What is not there stays what came with the program.
    pub fn read(folder: &Path) -> Result<Self, Unreadable> {
        let mut texts = Self::default();
        for text in &mut texts.0 {
            if let Some(body) = read(folder, text.kind)? {
                *text = Text::new(text.kind, body, Author::Operator);
            }
        }
        Ok(texts)
    }

    /// All of them, in the order of the footer.
    pub fn all(&self) -> &[Text] {
        &self.0
    }

    /// One of them.
    pub fn of(&self, kind: Kind) -> &Text {
        let [terms, privacy, imprint] = &self.0;
        match kind {
            Kind::Terms => terms,
            Kind::Privacy => privacy,
            Kind::Imprint => imprint,
        }
    }

    fn of_operator(&self) -> impl Iterator<Item = &Text> {
        self.0.iter().filter(|text| text.author == Author::Operator)
    }
}

fn read(folder: &Path, kind: Kind) -> Result<Option<String>, Unreadable> {
    for ending in ["md", "txt"] {
        let path = folder.join(format!("{}.{ending}", kind.name()));
        let unreadable = |why: String| Unreadable {
            path: path.clone(),
            why,
        };
        let bytes = match std::fs::metadata(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(format!("cannot be looked at: {error}"))),
            Ok(file) => file.len(),
        };
        if bytes > MOST_BYTES {
            return Err(unreadable(format!(
                "has {bytes} bytes, and {MOST_BYTES} are allowed"
            )));
        }
        let body =
            std::fs::read_to_string(&path).map_err(|error| unreadable(format!("cannot be read: {error}")))?;
        if body.trim().is_empty() {
            return Err(unreadable("is empty; take it away, or write the text".to_owned()));
        }
        return Ok(Some(body.replace("\r\n", "\n")));
    }
    Ok(None)
}

/// Keeps the texts in their versions and gives them with the day since which they are in force. To be called at the start.
pub async fn publish(desk: &Desk, texts: Texts) -> Result<Texts, Error> {
    let now = desk.now();
    desk.write(&(texts, now), |(mut texts, now), mut tx| async move {
        for text in &mut texts.0 {
            let version = (text.kind.name(), text.sha256.as_str());
            tx.insert_legal_text(version, &text.body, now).await?;
            let kept = tx.legal_text(text.kind.name(), &text.sha256).await?;
            text.since = kept.map(|kept| kept.since);
        }
        tx.commit(texts).await
    })
    .await
}

/// A text in a version that was in force once.
pub async fn version(desk: &Desk, kind: Kind, sha256: &str) -> Result<LegalText, Error> {
    let sha256 = sha256.to_owned();
    let read = desk.store.read(move |mut view| {
        let sha256 = sha256.clone();
        async move { view.legal_text(kind.name(), &sha256).await }
    });
    read.await?.ok_or(Error::NotFound)
}

/// What a person has yet to accept before they go on: nothing, where the operator has provided nothing.
pub async fn pending(desk: &Desk, person: PersonId) -> Result<Vec<Kind>, Error> {
    let asked = desk.legal.of_operator().filter(|text| text.kind.is_accepted());
    let asked: Vec<&Text> = asked.collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let read = desk
        .store
        .read(move |mut view| async move { view.accepted_by(person).await });
    let accepted = read.await?;
    let has = |text: &&&Text| {
        let mut found = accepted.iter();
        !found.any(|one| one.kind == text.kind.name() && one.sha256 == text.sha256)
    };
    Ok(asked.iter().filter(has).map(|text| text.kind).collect())
}

/// The text was changed after the page that was answered.
const OTHER_VERSION: Error = Error::Conflict {
    code: "legal_text_changed",
    sentence: "The text has changed since you opened the page. Read it again, then accept it.",
};

/// Notes that a person accepts the versions that they were shown: each as its kind, a colon and its version.
pub async fn accept(desk: &Desk, person: PersonId, shown: &[&str]) -> Result<(), Error> {
    let waits = pending(desk, person).await?;
    let mut accepted = Vec::new();
    for kind in waits {
        let sha256 = &desk.legal.of(kind).sha256;
        if !shown.contains(&format!("{}:{sha256}", kind.name()).as_str()) {
            return Err(OTHER_VERSION);
        }
        accepted.push((kind.name(), sha256.clone()));
    }
    let asked = (person, accepted, desk.now());
    desk.write(&asked, |(person, accepted, now), mut tx| async move {
        for (kind, sha256) in &accepted {
            tx.accept_legal(person, (kind, sha256), now).await?;
        }
        tx.commit(()).await
    })
    .await
}

/// The operator's texts in force, as they are noted with a contract that begins now.
pub(crate) fn in_force(desk: &Desk) -> Vec<(&'static str, String)> {
    let texts = desk.legal.of_operator();
    texts
        .map(|text| (text.kind.name(), text.sha256.clone()))
        .collect()
}

/// Notes them, in the transaction that begins the contract.
pub(crate) async fn pin(
    tx: &mut Tx,
    contract: ContractId,
    texts: &[(&'static str, String)],
) -> Result<(), Error> {
    for (kind, sha256) in texts {
        tx.pin_legal(contract, kind, sha256).await?;
    }
    Ok(())
}

/// The versions that were in force when a contract began.
pub async fn of_contract(desk: &Desk, contract: ContractId) -> Result<Vec<(Kind, String)>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.legal_of_contract(contract).await });
    let found = read.await?.into_iter();
    let kind = |name: &str| Kind::ALL.into_iter().find(|kind| kind.name() == name);
    Ok(found
        .filter_map(|(name, sha256)| Some((kind(&name)?, sha256)))
        .collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::account;
    use crate::testing::desk;

    #[test]
    fn a_folder_lays_over_what_comes_along() {
        let folder = tempfile::tempdir().unwrap();
        let texts = Texts::read(folder.path()).unwrap();
        assert!(texts.all().iter().all(|text| text.author == Author::Nobody));
        assert!(texts.all().iter().all(|text| text.body.contains("has not")));
        std::fs::write(folder.path().join("terms.txt"), "Be\r\nkind.").unwrap();
        let texts = Texts::read(folder.path()).unwrap();
        let terms = texts.of(Kind::Terms);
        assert_eq!(
            (terms.author, terms.body.as_str()),
            (Author::Operator, "Be\nkind.")
        );
        assert_eq!(texts.of(Kind::Privacy).author, Author::Nobody);
        std::fs::write(folder.path().join("privacy.md"), " \n").unwrap();
        let refused = Texts::read(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("privacy.md is empty"), "{refused}");
    }

    #[tokio::test]
    async fn a_new_version_is_asked_for_again_and_old_ones_can_be_read() {
        let (mut desk, outside, _folder) = desk().await;
        let ada = "ada@example.org".parse().unwrap();
        let ada = account::appoint(&desk, &ada, "Ada", &earnest_hire::person::Roles::default())
            .await
            .unwrap()
            .id;
        assert_eq!(pending(&desk, ada).await.unwrap(), []);
        let folder = tempfile::tempdir().unwrap();
        let mut versions = Vec::new();
        for words in ["First.", "Second."] {
            std::fs::write(folder.path().join("terms.md"), words).unwrap();
            let texts = publish(&desk, Texts::read(folder.path()).unwrap()).await.unwrap();
            let terms = texts.of(Kind::Terms).clone();
            assert_eq!(terms.since, Some(desk.now()));
            desk.legal = Arc::new(texts);
            assert_eq!(pending(&desk, ada).await.unwrap(), [Kind::Terms]);
            let other = accept(&desk, ada, &["terms:00"]).await.unwrap_err();
            assert_eq!(other.code(), "legal_text_changed");
            let shown = format!("terms:{}", terms.sha256);
            accept(&desk, ada, &[&shown]).await.unwrap();
            assert_eq!(pending(&desk, ada).await.unwrap(), []);
            versions.push(terms);
            outside.wait(60);
        }
        let first = version(&desk, Kind::Terms, &versions[0].sha256).await.unwrap();
        assert_eq!(
            (first.body.as_str(), Some(first.since)),
            ("First.", versions[0].since)
        );
        assert!(version(&desk, Kind::Terms, "00").await.is_err());
        // published again, it is in force since the same day
        let again = publish(&desk, Texts::clone(&desk.legal)).await.unwrap();
        assert_eq!(again.of(Kind::Terms).since, versions[1].since);
    }
}
