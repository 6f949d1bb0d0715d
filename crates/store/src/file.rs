//! Files: kept in pieces while they arrive, whole from one moment on, part of one thing or of none.

use earnest_hire::ids::{ContractId, ConversationId, FileId, MessageId, MilestoneId, PersonId, RequestId};
use jiff::Timestamp;

use crate::Error;
use crate::books::corrupt;
use crate::contract::moment;
use crate::db::{Row, Sql, Store, Tx, Val, View};

macro_rules! columns {
    () => {
        "file.id, file.person, file.name, file.media_type, file.bytes, file.sha256, file.at, file.message, \
         file.request, file.milestone, file.version"
    };
}

statements! {
    INSERT = "INSERT INTO file (id, person, name, media_type, bytes, at) VALUES ($1, $2, $3, $4, 0, $5)";
    ADD = "INSERT INTO file_chunk (file, number, bytes) VALUES ($1, $2, $3)";
    GROW = "UPDATE file SET bytes = bytes + $2 WHERE id = $1 AND sha256 IS NULL";
    FINISH = "UPDATE file SET sha256 = $2 WHERE id = $1 AND sha256 IS NULL";
    OWNED = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM file WHERE person = $1";
    BY_ID = concat!("SELECT ", columns!(), " FROM file WHERE id = $1 AND sha256 IS NOT NULL");
    CHUNK = "SELECT bytes FROM file_chunk WHERE file = $1 AND number = $2";
    LINK_MESSAGE = "UPDATE file SET message = $3 WHERE id = $1 AND person = $2 AND sha256 IS NOT NULL \
                    AND message IS NULL AND request IS NULL AND milestone IS NULL";
    LINK_REQUEST = "UPDATE file SET request = $3 WHERE id = $1 AND person = $2 AND sha256 IS NOT NULL \
                    AND message IS NULL AND request IS NULL AND milestone IS NULL";
    LINK_VERSION = "UPDATE file SET milestone = $3, version = $4 WHERE id = $1 AND person = $2 AND sha256 IS NOT NULL \
                    AND message IS NULL AND request IS NULL AND milestone IS NULL";
    OF_CONVERSATION = concat!("SELECT ", columns!(), " FROM file JOIN message ON message.id = file.message \
                               WHERE message.conversation = $1 ORDER BY file.id");
    OF_REQUEST = concat!("SELECT ", columns!(), " FROM file WHERE request = $1 ORDER BY id");
    OF_CONTRACT = concat!("SELECT ", columns!(), " FROM file JOIN milestone ON milestone.id = file.milestone \
                           WHERE milestone.contract = $1 ORDER BY file.id");
    ALONE = "SELECT id FROM file WHERE at < $1 AND message IS NULL AND request IS NULL AND milestone IS NULL \
             ORDER BY at LIMIT 20";
    DROP_CHUNKS = "DELETE FROM file_chunk WHERE file = $1 AND EXISTS (SELECT 1 FROM file WHERE id = $1 \
                   AND message IS NULL AND request IS NULL AND milestone IS NULL)";
    DROP_FILE = "DELETE FROM file WHERE id = $1 AND message IS NULL AND request IS NULL AND milestone IS NULL";
    LOCK = "SELECT id FROM file WHERE id = $1 FOR UPDATE";
}

/// What a file is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileOf {
    /// Of nothing yet: only its owner sees it.
    Nothing,
    /// Of what somebody said.
    Message(MessageId),
    /// Of what a client asks for.
    Request(RequestId),
    /// Of one version of a milestone.
    Version(MilestoneId, u16),
}

/// A file that is whole, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Which.
    pub id: FileId,
    /// Who sent it.
    pub person: PersonId,
    /// What it is called: one line, without a path.
    pub name: String,
    /// What it says that it is.
    pub media_type: String,
    /// How long it is.
    pub bytes: i64,
    /// Of its content.
    pub sha256: [u8; 32],
    /// When it was sent.
    pub at: Timestamp,
    /// What it is part of.
    pub of: FileOf,
}

impl Tx {
    /// Makes a file part of something; false where it is not this person's, not whole, or part of something already.
    pub async fn link_file(&mut self, id: FileId, person: PersonId, of: FileOf) -> Result<bool, Error> {
        let (id, person) = (id.to_string(), person.to_string());
        let linked = match of {
            FileOf::Nothing => return Ok(false),
            FileOf::Message(to) => self.exec(LINK_MESSAGE, args![id, person, to.to_string()]).await?,
            FileOf::Request(to) => self.exec(LINK_REQUEST, args![id, person, to.to_string()]).await?,
            FileOf::Version(to, number) => {
                let args = args![id, person, to.to_string(), i64::from(number)];
                self.exec(LINK_VERSION, args).await?
            }
        };
        Ok(linked == 1)
    }

    async fn drop_file(&mut self, id: &str) -> Result<bool, Error> {
        self.maybe(LOCK, args![id]).await?;
        self.exec(DROP_CHUNKS, args![id]).await?;
        Ok(self.exec(DROP_FILE, args![id]).await? == 1)
    }
}

impl View {
    /// One that is whole.
    pub async fn file(&mut self, id: FileId) -> Result<Option<FileRow>, Error> {
        let found = self.maybe(BY_ID, args![id.to_string()]).await?;
        found.map(file).transpose()
    }

    /// A piece of its content; none after the last.
    pub async fn file_chunk(&mut self, id: FileId, number: i64) -> Result<Option<Vec<u8>>, Error> {
        let found = self.maybe(CHUNK, args![id.to_string(), number]).await?;
        found
            .map(|mut row| {
                row.next()
                    .map_err(|why| corrupt("file_chunk", &id.to_string(), why))
            })
            .transpose()
    }

    /// How many bytes somebody has sent in all.
    pub async fn file_bytes_of(&mut self, person: PersonId) -> Result<i64, Error> {
        let mut row = self.one(OWNED, args![person.to_string()]).await?;
        row.next()
            .map_err(|why| corrupt("file", &person.to_string(), why))
    }

    /// All that were sent with messages of a conversation.
    pub async fn files_in(&mut self, conversation: ConversationId) -> Result<Vec<FileRow>, Error> {
        self.files(OF_CONVERSATION, conversation.to_string()).await
    }

    /// All of a request.
    pub async fn files_of_request(&mut self, request: RequestId) -> Result<Vec<FileRow>, Error> {
        self.files(OF_REQUEST, request.to_string()).await
    }

    /// All that were submitted under a contract.
    pub async fn files_of_contract(&mut self, contract: ContractId) -> Result<Vec<FileRow>, Error> {
        self.files(OF_CONTRACT, contract.to_string()).await
    }

    async fn files(&mut self, sql: Sql, of: String) -> Result<Vec<FileRow>, Error> {
        self.all(sql, args![of]).await?.into_iter().map(file).collect()
    }
}

impl Store {
    /// Notes that a file begins to arrive; nobody sees it yet.
    pub async fn begin_file(&self, row: &FileRow) -> Result<(), Error> {
        let row = row.clone();
        self.write(move |mut tx| {
            let row = row.clone();
            async move {
                let args = args![
                    row.id.to_string(),
                    row.person.to_string(),
                    row.name,
                    row.media_type,
                    row.at.as_microsecond()
                ];
                tx.exec(INSERT, args).await?;
                tx.commit(()).await
            }
        })
        .await
    }

    /// Keeps the next piece, unless its owner has then sent more than `most` bytes in all: false, and nothing kept.
    pub async fn add_file_chunk(
        &self,
        (id, person): (FileId, PersonId),
        number: i64,
        bytes: Vec<u8>,
        most: i64,
    ) -> Result<bool, Error> {
        let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.write(move |mut tx| {
            let bytes = bytes.clone();
            async move {
                // One piece of a person's after another, or two at once would both find the last room.
                tx.lock_person(person).await?;
                if tx.file_bytes_of(person).await?.saturating_add(length) > most {
                    return tx.commit(false).await;
                }
                let id = id.to_string();
                if tx.exec(GROW, args![id.as_str(), length]).await? == 0 {
                    let what = format!("file {id}");
                    return Err(Error::Conflict { what });
                }
                tx.exec(ADD, &[Val::from(id), Val::from(number), Val::from(bytes)])
                    .await?;
                tx.commit(true).await
            }
        })
        .await
    }

    /// From now on the file is whole.
    pub async fn finish_file(&self, id: FileId, sha256: [u8; 32]) -> Result<bool, Error> {
        self.write(move |mut tx| async move {
            let done = tx.exec(FINISH, args![id.to_string(), sha256]).await?;
            tx.commit(done == 1).await
        })
        .await
    }

    /// Takes a file away that is part of nothing; false where there is no such file.
    pub async fn drop_file(&self, id: FileId) -> Result<bool, Error> {
        self.write(move |mut tx| async move {
            let dropped = tx.drop_file(&id.to_string()).await?;
            tx.commit(dropped).await
        })
        .await
    }

    /// Takes away what was sent before a moment and is part of nothing; says how many files that were, 20 at most.
    pub async fn drop_lone_files(&self, before: Timestamp) -> Result<usize, Error> {
        self.write(move |mut tx| async move {
            let mut dropped = 0_usize;
            for mut row in tx.all(ALONE, args![before.as_microsecond()]).await? {
                let id: String = row.next().map_err(|why| corrupt("file", "?", why))?;
                if tx.drop_file(&id).await? {
                    dropped = dropped.saturating_add(1);
                }
            }
            tx.commit(dropped).await
        })
        .await
    }
}

fn file(mut row: Row) -> Result<FileRow, Error> {
    let id: String = row.next().unwrap_or_default();
    let mut read = || -> Result<FileRow, String> {
        let parsed = id.parse();
        Ok(FileRow {
            id: parsed.map_err(|error: earnest_hire::ids::Unreadable| error.to_string())?,
            person: row.parse()?,
            name: row.next()?,
            media_type: row.next()?,
            bytes: row.next()?,
            sha256: row.next()?,
            at: moment(row.next()?)?,
            of: of(&mut row)?,
        })
    };
    read().map_err(|why| corrupt("file", &id, why))
}

fn of(row: &mut Row) -> Result<FileOf, String> {
    let (message, request) = (row.parse_maybe()?, row.parse_maybe()?);
    let (milestone, version): (_, Option<i64>) = (row.parse_maybe()?, row.next()?);
    Ok(match (message, request, milestone.zip(version)) {
        (None, None, None) => FileOf::Nothing,
        (Some(message), None, None) => FileOf::Message(message),
        (None, Some(request), None) => FileOf::Request(request),
        (None, None, Some((milestone, version))) => {
            let number = u16::try_from(version).map_err(|error| error.to_string())?;
            FileOf::Version(milestone, number)
        }
        _ => return Err("it is part of two things".to_owned()),
    })
}
