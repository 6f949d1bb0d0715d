//! Legal texts, who accepted which, and which were in force when a contract began.

use earnest_hire::ids::{ContractId, PersonId};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Tx, View};

statements! {
    INSERT = "INSERT INTO legal_text (kind, sha256, body, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    TEXT = "SELECT body, since FROM legal_text WHERE kind = $1 AND sha256 = $2";
    ACCEPT = "INSERT INTO legal_acceptance (person, kind, sha256, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    ACCEPTED = "SELECT kind, sha256, at FROM legal_acceptance WHERE person = $1 ORDER BY at, kind";
    PIN = "INSERT INTO contract_legal (contract, kind, sha256) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    PINNED = "SELECT kind, sha256 FROM contract_legal WHERE contract = $1 ORDER BY kind";
}

/// A legal text in a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalText {
    /// As the operator wrote it.
    pub body: String,
    /// When the site first saw it.
    pub since: Timestamp,
}

/// That somebody accepted a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Of which text.
    pub kind: String,
    /// Which version.
    pub sha256: String,
    /// When.
    pub at: Timestamp,
}

impl View {
    /// A legal text by its kind and version.
    pub async fn legal_text(&mut self, kind: &str, sha256: &str) -> Result<Option<LegalText>, Error> {
        let Some(mut row) = self.maybe(TEXT, args![kind, sha256]).await? else {
            return Ok(None);
        };
        let mut read = || -> Result<LegalText, String> {
            Ok(LegalText {
                body: row.next()?,
                since: moment(row.next()?)?,
            })
        };
        read().map(Some).map_err(|why| corrupt("legal_text", sha256, why))
    }

    /// What a person has accepted, the oldest first.
    pub async fn accepted_by(&mut self, person: PersonId) -> Result<Vec<Acceptance>, Error> {
        let id = person.to_string();
        let rows = self.all(ACCEPTED, args![id.as_str()]).await?;
        rows.into_iter()
            .map(|mut row| {
                let mut read = || -> Result<Acceptance, String> {
                    Ok(Acceptance {
                        kind: row.next()?,
                        sha256: row.next()?,
                        at: moment(row.next()?)?,
                    })
                };
                read().map_err(|why| corrupt("legal_acceptance", &id, why))
            })
            .collect()
    }

    /// The versions that were in force when a contract began, by kind.
    pub async fn legal_of_contract(&mut self, contract: ContractId) -> Result<Vec<(String, String)>, Error> {
        let id = contract.to_string();
        let rows = self.all(PINNED, args![id.as_str()]).await?;
        rows.into_iter()
            .map(|mut row| {
                let mut read = || -> Result<_, String> { Ok((row.next()?, row.next()?)) };
                read().map_err(|why| corrupt("contract_legal", &id, why))
            })
            .collect()
    }
}

impl Tx {
    /// Keeps a text in its version, unless it is there.
    pub async fn insert_legal_text(
        &mut self,
        (kind, sha256): (&str, &str),
        body: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let args = args![kind, sha256, body, now.as_microsecond()];
        self.exec(INSERT, args).await?;
        Ok(())
    }

    /// Notes that a person accepted a version; the first time counts.
    pub async fn accept_legal(
        &mut self,
        person: PersonId,
        (kind, sha256): (&str, &str),
        now: Timestamp,
    ) -> Result<(), Error> {
        let args = args![person.to_string(), kind, sha256, now.as_microsecond()];
        self.exec(ACCEPT, args).await?;
        Ok(())
    }

    /// Notes which version was in force when a contract began.
    pub async fn pin_legal(&mut self, contract: ContractId, kind: &str, sha256: &str) -> Result<(), Error> {
        self.exec(PIN, args![contract.to_string(), kind, sha256]).await?;
        Ok(())
    }
}
