//! Invitations of experts to requests. Whoever changes one holds the lock of its request.

use earnest_hire::ids::{InvitationId, PersonId, RequestId};
use earnest_hire::invitation::{Invitation, Stage};

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Tx, View};

macro_rules! columns {
    () => {
        "id, request, client, expert, stage, at, since, reason"
    };
}

statements! {
    INSERT = "INSERT INTO invitation (id, request, client, expert, stage, at, since, reason) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    UPDATE = "UPDATE invitation SET stage = $2, at = $3, since = $4, reason = $5 WHERE id = $1";
    OF_REQUEST = concat!("SELECT ", columns!(), " FROM invitation WHERE request = $1 ORDER BY at, id");
    OF_EXPERT = concat!("SELECT ", columns!(), " FROM invitation WHERE expert = $1 AND stage = 'sent' ORDER BY at DESC, id");
    ABOUT = concat!("SELECT ", columns!(), " FROM invitation WHERE request = $1 AND expert = $2");
}

impl Tx {
    /// Keeps a new one.
    pub async fn insert_invitation(&mut self, one: &Invitation) -> Result<(), Error> {
        let args = args![
            one.id.to_string(),
            one.request.to_string(),
            one.client.to_string(),
            one.expert.to_string(),
            one.stage.name(),
            one.at.as_microsecond(),
            one.since.as_microsecond(),
            one.reason.clone()
        ];
        self.exec(INSERT, args).await?;
        Ok(())
    }

    /// Keeps what became of one.
    pub async fn update_invitation(&mut self, one: &Invitation) -> Result<(), Error> {
        let args = args![
            one.id.to_string(),
            one.stage.name(),
            one.at.as_microsecond(),
            one.since.as_microsecond(),
            one.reason.clone()
        ];
        self.exec(UPDATE, args).await?;
        Ok(())
    }
}

impl View {
    /// All to one request, in the order in which they were sent.
    pub async fn invitations_to(&mut self, request: RequestId) -> Result<Vec<Invitation>, Error> {
        let rows = self.all(OF_REQUEST, args![request.to_string()]).await?;
        rows.into_iter().map(invitation).collect()
    }

    /// Those that an expert has not answered yet, the newest first.
    pub async fn invitations_of(&mut self, expert: PersonId) -> Result<Vec<Invitation>, Error> {
        let rows = self.all(OF_EXPERT, args![expert.to_string()]).await?;
        rows.into_iter().map(invitation).collect()
    }

    /// Of one expert to one request.
    pub async fn invitation_about(
        &mut self,
        request: RequestId,
        expert: PersonId,
    ) -> Result<Option<Invitation>, Error> {
        let args = args![request.to_string(), expert.to_string()];
        self.maybe(ABOUT, args).await?.map(invitation).transpose()
    }
}

fn invitation(mut row: Row) -> Result<Invitation, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<Invitation, String> {
        let known: InvitationId = id
            .parse()
            .map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?;
        let (request, client, expert) = (row.parse()?, row.parse()?, row.parse()?);
        let stage: String = row.next()?;
        let stage = Stage::ALL.iter().find(|one| one.name() == stage);
        Ok(Invitation {
            id: known,
            request,
            client,
            expert,
            stage: *stage.ok_or("its stage is unknown")?,
            at: moment(row.next()?)?,
            since: moment(row.next()?)?,
            reason: row.next()?,
        })
    };
    read().map_err(|why| corrupt("invitation", &id, why))
}
