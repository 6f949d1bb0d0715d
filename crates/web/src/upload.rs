//! Forms with files in them, read piece by piece: what was typed is kept whatever becomes of the files.

use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use earnest_app::Error;
use earnest_app::file::{self, Arriving};
use earnest_hire::field::FieldRefusal;
use earnest_hire::file::{MOST_BYTES, MOST_TOGETHER, length};
use earnest_hire::ids::{FileId, PersonId};
use earnest_store::FileRow;

use crate::Web;
use crate::form::Typed;
use crate::front::BODY_LIMIT_BYTES;
use crate::problem::Problem;

/// The name of the field with files, and of the boxes of those that have come already.
const FILES: &str = "files";
const KEPT: &str = "file";

/// Where the files of a form are put, one after the other.
pub(crate) trait Shelf {
    /// Begins one.
    async fn begin(&mut self, name: &str) -> Result<(), Error>;
    /// Goes on with it.
    async fn push(&mut self, bytes: &[u8]) -> Result<(), Error>;
    /// It is not to be kept.
    async fn give_up(&mut self) -> Result<(), Error>;
    /// All of it has come.
    async fn finish(&mut self) -> Result<FileRow, Error>;
}

/// The database.
struct Kept<'w> {
    web: &'w Web,
    person: PersonId,
    arriving: Option<Arriving>,
}

impl Shelf for Kept<'_> {
    async fn begin(&mut self, name: &str) -> Result<(), Error> {
        self.arriving = Some(Arriving::begin(&self.web.app.desk, self.person, name).await?);
        Ok(())
    }

    async fn push(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.arriving {
            Some(arriving) => arriving.push(bytes).await,
            None => Err(Error::NotFound),
        }
    }

    async fn give_up(&mut self) -> Result<(), Error> {
        match self.arriving.take() {
            Some(arriving) => arriving.give_up().await,
            None => Ok(()),
        }
    }

    async fn finish(&mut self) -> Result<FileRow, Error> {
        self.arriving.take().ok_or(Error::NotFound)?.finish().await
    }
}

/// A form with its files.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) typed: Typed,
    /// Those that have come whole, now or with the same form before.
    pub(crate) files: Vec<FileRow>,
    /// What is wrong with the others.
    pub(crate) faults: Vec<FieldRefusal>,
}

impl Sent {
    /// Reads a form of either kind that somebody has sent.
    pub(crate) async fn read(web: &Web, person: PersonId, request: Request) -> Result<Self, Problem> {
        let kind = request.headers().get(CONTENT_TYPE);
        let has_parts = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/form-data"));
        let mut sent = Self::default();
        if has_parts {
            let mut shelf = Kept {
                web,
                person,
                arriving: None,
            };
            sent.read_parts(&mut shelf, request).await?;
        } else {
            let bytes = axum::body::to_bytes(request.into_body(), BODY_LIMIT_BYTES).await;
            let bytes = bytes.or(Err(Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE)))?;
            sent.typed = Typed::read(&bytes);
        }
        let before = sent.typed.values(KEPT).into_iter();
        let before: Vec<FileId> = before.filter_map(|id| id.parse().ok()).collect();
        let desk = &web.app.desk;
        let mut files = file::lone(desk, person, &before).await?;
        files.append(&mut sent.files);
        files.dedup_by_key(|file| file.id);
        sent.files = files;
        Ok(sent)
    }

    /// Reads the parts of a form; its files go onto the shelf as they come.
    pub(crate) async fn read_parts(
        &mut self,
        place: &mut impl Shelf,
        request: Request,
    ) -> Result<(), Problem> {
        let parts = Multipart::from_request(request, &()).await;
        let mut parts = parts.map_err(|refused| Problem::of_status(refused.status()))?;
        let (mut pairs, mut room, mut count) = (Vec::new(), BODY_LIMIT_BYTES, 0_usize);
        loop {
            let part = match parts.next_field().await {
                Ok(Some(part)) => part,
                Ok(None) => break,
                Err(broken) => return Err(unreadable(&broken)),
            };
            let name = part.name().unwrap_or_default().to_owned();
            let Some(file_name) = part.file_name().map(str::to_owned) else {
                let value = text(part, &mut room).await?;
                pairs.push((name, value));
                continue;
            };
            if file_name.is_empty() {
                continue;
            }
            count = count.saturating_add(1);
            if count > MOST_TOGETHER {
                self.fault(
                    "too_many",
                    format!("Send at most {MOST_TOGETHER} files together."),
                );
                drain(part).await?;
                continue;
            }
            self.take_file(place, (&file_name, part)).await?;
        }
        self.typed = Typed::of(pairs);
        Ok(())
    }

    async fn take_file(
        &mut self,
        place: &mut impl Shelf,
        (name, mut part): (&str, Field<'_>),
    ) -> Result<(), Problem> {
        place.begin(name).await?;
        loop {
            let taken = match part.chunk().await {
                Ok(Some(bytes)) => place.push(&bytes).await,
                Ok(None) => break,
                Err(broken) => {
                    place.give_up().await?;
                    return Err(unreadable(&broken));
                }
            };
            if let Err(error) = taken {
                place.give_up().await?;
                self.refuse(error)?;
                return drain(part).await;
            }
        }
        match place.finish().await {
            Ok(file) => self.files.push(file),
            Err(error) => self.refuse(error)?,
        }
        Ok(())
    }

    fn refuse(&mut self, error: Error) -> Result<(), Problem> {
        match error {
            Error::Invalid(faults) => {
                self.faults.extend(faults);
                Ok(())
            }
            other => Err(other.into()),
        }
    }

    fn fault(&mut self, code: &'static str, sentence: String) {
        if !self.faults.iter().any(|fault| fault.code == code) {
            self.faults.push(FieldRefusal::new(FILES, code, sentence));
        }
    }

    pub(crate) fn ids(&self) -> Vec<FileId> {
        self.files.iter().map(|file| file.id).collect()
    }
}

/// With what a form that cannot be taken is answered.
pub(crate) fn status_of(faults: &[FieldRefusal]) -> StatusCode {
    let is_large = |fault: &FieldRefusal| fault.field == FILES && fault.code == "too_large";
    if faults.iter().any(is_large) {
        StatusCode::PAYLOAD_TOO_LARGE
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

/// A field of text; `room` is left for all of them together.
async fn text(mut part: Field<'_>, room: &mut usize) -> Result<String, Problem> {
    let mut value = Vec::new();
    while let Some(bytes) = part.chunk().await.map_err(|broken| unreadable(&broken))? {
        let left = room.checked_sub(bytes.len());
        *room = left.ok_or_else(|| Problem::of_status(StatusCode::PAYLOAD_TOO_LARGE))?;
        value.extend_from_slice(&bytes);
    }
    Ok(String::from_utf8_lossy(&value).into_owned())
}

/// Reads the rest of what is refused: a browser that is still sending does not read the answer.
async fn drain(mut part: Field<'_>) -> Result<(), Problem> {
    while part
        .chunk()
        .await
        .map_err(|broken| unreadable(&broken))?
        .is_some()
    {}
    Ok(())
}

fn unreadable(broken: &MultipartError) -> Problem {
    Problem::of_status(broken.status())
}

/// The field of a form in which files are chosen; `form.html` draws it.
#[derive(Debug, Clone, Default)]
pub(crate) struct FilesView {
    pub(crate) hint: String,
    pub(crate) error: Option<String>,
    /// Those that have come already: id, name with length.
    pub(crate) kept: Vec<(String, String)>,
}

impl FilesView {
    pub(crate) fn new(sent: &Sent, faults: &[FieldRefusal]) -> Self {
        let wrong = faults.iter().filter(|fault| fault.field == FILES);
        let wrong: Vec<&str> = wrong.map(|fault| fault.sentence.as_str()).collect();
        Self {
            hint: format!("Up to {MOST_TOGETHER}, each of {} at most.", length(MOST_BYTES)),
            error: Some(wrong.join(" ")).filter(|text| !text.is_empty()),
            kept: sent
                .files
                .iter()
                .map(|file| {
                    (
                        file.id.to_string(),
                        format!("{} ({})", file.name, length(file.bytes)),
                    )
                })
                .collect(),
        }
    }
}
