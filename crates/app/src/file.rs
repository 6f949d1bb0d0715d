//! Files: taken in piece by piece, shown to whoever may see what they are part of, taken away where they are part of nothing.
//!
//! They are kept in the database, so that one backup has everything and every node has every file.

use earnest_hire::field::FieldRefusal;
use earnest_hire::file::{MOST_BYTES, MOST_OF_PERSON, MOST_TOGETHER, length, media_type, safe_name};
use earnest_hire::ids::{FileId, Ids, PersonId, RequestId};
use earnest_hire::person::{Person, Role};
use earnest_hire::span::before;
use earnest_store::{Done, FileOf, FileRow, Tx};
use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use crate::desk::Desk;
use crate::request::progress::{self, Reader};
use crate::{Error, contract, dispute};

/// Bytes of a piece: few enough that hundreds of them may be in memory at once when an installation is moved.
const PIECE: usize = 64 * 1024;
/// How long a file that is part of nothing stays.
const STAYS: SignedDuration = SignedDuration::from_hours(24);
/// The field that faults are about.
const FIELD: &str = "files";

/// A file that is on its way. Dropped before [`Arriving::finish`] it is seen by nobody, and gone after a day.
pub struct Arriving {
    desk: Desk,
    row: FileRow,
    sum: Sha256,
    /// What is not a whole piece yet.
    rest: Vec<u8>,
    pieces: i64,
}

impl Arriving {
    /// Begins with what its sender calls it.
    pub async fn begin(desk: &Desk, person: PersonId, typed_name: &str) -> Result<Self, Error> {
        let name = safe_name(typed_name);
        let now = desk.now();
        let row = FileRow {
            id: Ids::new(now, desk.seed()).file(),
            person,
            media_type: media_type(&name).to_owned(),
            name,
            bytes: 0,
            sha256: [0; 32],
            at: now,
            of: FileOf::Nothing,
        };
        desk.store.begin_file(&row).await?;
        Ok(Self {
            desk: desk.clone(),
            row,
            sum: Sha256::new(),
            rest: Vec::new(),
            pieces: 0,
        })
    }

    /// Takes what has come. A refusal says which file is too large; the file is then to be given up.
    pub async fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let come = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.row.bytes = self.row.bytes.saturating_add(come);
        if self.row.bytes > MOST_BYTES {
            let sentence = format!(
                "“{}” is larger than {}. Make it smaller, or put it somewhere and send the link.",
                self.row.name,
                length(MOST_BYTES)
            );
            return Err(refused("too_large", sentence));
        }
        self.sum.update(bytes);
        for part in bytes.chunks(PIECE) {
            self.rest.extend_from_slice(part);
            if self.rest.len() >= PIECE {
                let next = self.rest.split_off(PIECE);
                let piece = std::mem::replace(&mut self.rest, next);
                self.keep(piece).await?;
            }
        }
        Ok(())
    }

    async fn keep(&mut self, piece: Vec<u8>) -> Result<(), Error> {
        let of = (self.row.id, self.row.person);
        let kept = self
            .desk
            .store
            .add_file_chunk(of, self.pieces, piece, MOST_OF_PERSON);
        if !kept.await? {
            let sentence = format!(
                "There is no room for “{}”: you have sent as much as one person may, {} in all. Put it somewhere and send the link.",
                self.row.name,
                length(MOST_OF_PERSON)
            );
            return Err(refused("no_room", sentence));
        }
        self.pieces = self.pieces.saturating_add(1);
        Ok(())
    }

    /// All of it has come. From now on its owner can make it part of something.
    pub async fn finish(mut self) -> Result<FileRow, Error> {
        if self.row.bytes == 0 {
            let sentence = format!("“{}” is empty. Choose another file.", self.row.name);
            let refusal = refused("empty", sentence);
            self.give_up().await?;
            return Err(refusal);
        }
        if !self.rest.is_empty() {
            let piece = std::mem::take(&mut self.rest);
            self.keep(piece).await?;
        }
        self.row.sha256 = self.sum.finalize().into();
        if !self.desk.store.finish_file(self.row.id, self.row.sha256).await? {
            return Err(Error::NotFound);
        }
        Ok(self.row)
    }

    /// Takes away what has come of it.
    pub async fn give_up(self) -> Result<(), Error> {
        self.desk.store.drop_file(self.row.id).await?;
        Ok(())
    }
}

fn refused(code: &'static str, sentence: String) -> Error {
    Error::Invalid(vec![FieldRefusal::new(FIELD, code, sentence)])
}

/// Says that these are too many, where they are.
pub fn few(files: &[FileId]) -> Result<(), FieldRefusal> {
    if files.len() <= MOST_TOGETHER {
        return Ok(());
    }
    let sentence = format!(
        "These are {} files. Send at most {MOST_TOGETHER} together.",
        files.len()
    );
    Err(FieldRefusal::new(FIELD, "too_many", sentence))
}

/// Of these files those that are somebody's own and part of nothing yet.
pub async fn lone(desk: &Desk, person: PersonId, files: &[FileId]) -> Result<Vec<FileRow>, Error> {
    let files: Vec<FileId> = files.iter().copied().take(2 * MOST_TOGETHER).collect();
    let read = desk.store.read(move |mut view| {
        let files = files.clone();
        async move {
            let mut found = Vec::new();
            for id in files {
                let file = view.file(id).await?;
                found.extend(file.filter(|file| file.person == person && file.of == FileOf::Nothing));
            }
            Ok::<_, earnest_store::Error>(found)
        }
    });
    Ok(read.await?)
}

/// Makes files part of something, in the transaction that keeps it. All of them, or an error.
pub(crate) async fn link(tx: &mut Tx, person: PersonId, files: &[FileId], of: FileOf) -> Result<(), Error> {
    for id in files {
        if !tx.link_file(*id, person, of).await? {
            let sentence = "One of the files is not there any more. Choose it again.".to_owned();
            return Err(refused("gone", sentence));
        }
    }
    Ok(())
}

/// A file, for whoever may see what it is part of. For everybody else it is not there.
pub async fn open(desk: &Desk, id: FileId, reader: &Person) -> Result<FileRow, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.file(id).await });
    let file = read.await?.ok_or(Error::NotFound)?;
    match file.of {
        FileOf::Nothing if file.person == reader.id => {}
        FileOf::Nothing => return Err(Error::NotFound),
        FileOf::Message(message) => {
            let read = desk
                .store
                .read(move |mut view| async move { view.conversation_of_message(message).await });
            let row = read.await?.ok_or(Error::NotFound)?;
            if row.other(reader.id).is_none() {
                dispute::may_open(desk, reader, &row).await?;
            }
        }
        // Whoever answers requests reads them whole.
        FileOf::Request(_) if reader.roles.may(Role::Support) => {}
        FileOf::Request(request) => {
            progress::seen_by(desk, request, reader.id).await?;
        }
        FileOf::Version(milestone, _) => {
            contract::look(desk, &milestone.to_string(), reader).await?;
        }
    }
    Ok(file)
}

/// A piece of a file that was opened; none after the last.
pub async fn piece(desk: &Desk, id: FileId, number: i64) -> Result<Option<Vec<u8>>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.file_chunk(id, number).await });
    Ok(read.await?)
}

/// Of a request, for whoever may see it.
pub async fn of_request(desk: &Desk, request: RequestId) -> Result<Vec<FileRow>, Error> {
    let read = desk
        .store
        .read(move |mut view| async move { view.files_of_request(request).await });
    Ok(read.await?)
}

/// Adds files to a request, as its client.
pub async fn add_to_request(
    desk: &Desk,
    request: RequestId,
    person: PersonId,
    files: &[FileId],
) -> Result<(), Error> {
    let (known, reader) = progress::seen_by(desk, request, person).await?;
    if reader != Reader::Client {
        return Err(Error::NotFound);
    }
    if known.row.progress.stage.is_over() {
        return Err(earnest_hire::refusal::Refusal::RequestOver.into());
    }
    if files.is_empty() {
        return Err(refused("missing", "Choose at least one file.".to_owned()));
    }
    let adding = Adding {
        request,
        person,
        files: files.to_vec(),
    };
    desk.write(&adding, |adding, tx| async move { adding.keep(tx).await })
        .await
}

#[derive(Debug, Clone)]
struct Adding {
    request: RequestId,
    person: PersonId,
    files: Vec<FileId>,
}

impl Adding {
    async fn keep(&self, mut tx: Tx) -> Result<Done<()>, Error> {
        tx.lock_progress(self.request).await?.ok_or(Error::NotFound)?;
        let there = tx.files_of_request(self.request).await?;
        let all: Vec<FileId> = there
            .iter()
            .map(|file| file.id)
            .chain(self.files.clone())
            .collect();
        few(&all).map_err(|fault| Error::Invalid(vec![fault]))?;
        link(&mut tx, self.person, &self.files, FileOf::Request(self.request)).await?;
        tx.commit(()).await
    }
}

/// Takes away files that are part of nothing and older than a day; says how many.
pub async fn clean(desk: &Desk) -> Result<usize, Error> {
    let mut gone = 0_usize;
    loop {
        let dropped = desk.store.drop_lone_files(before(desk.now(), STAYS)).await?;
        gone = gone.saturating_add(dropped);
        if dropped == 0 {
            return Ok(gone);
        }
    }
}

#[cfg(test)]
mod tests;
