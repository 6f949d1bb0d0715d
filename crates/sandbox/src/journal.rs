//! The journal: one line of JSON for each change, flushed to the disk before anybody is answered. Whoever kills the
//! process finds the last change whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::books::{Books, Fact};

/// The journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system says no.
    #[error("the journal {path} cannot be read or written: {cause}", path = path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// Another sandbox writes it.
    #[error("the journal {path} is in use by another sandbox", path = .0.display())]
    InUse(PathBuf),
    /// A line before the last makes no sense: somebody else has written here.
    #[error("line {line} of the journal {path} is not one of ours: {cause}", path = path.display())]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Why.
        cause: serde_json::Error,
    },
}

#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    /// Opens or makes the file, and puts what it says into the books. A last line without its end was never
    /// confirmed to anybody and is cut off.
    pub(crate) fn open(folder: &Path, books: &mut Books) -> Result<Self, JournalError> {
        let path = folder.join("sandbox.jsonl");
        let failed = |cause| JournalError::File {
            path: path.clone(),
            cause,
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(&path)
            .map_err(failed)?;
        file.try_lock().map_err(|cause| match cause {
            std::fs::TryLockError::WouldBlock => JournalError::InUse(path.clone()),
            std::fs::TryLockError::Error(cause) => failed(cause),
        })?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(failed)?;
        let whole = text
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |end| end + 1);
        text.truncate(whole);
        file.set_len(u64::try_from(whole).unwrap_or(u64::MAX))
            .map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        for (line, facts) in (1..).zip(text.split_inclusive(|&byte| byte == b'\n')) {
            let facts: Vec<Fact> = serde_json::from_slice(facts).map_err(|cause| JournalError::Foreign {
                path: path.clone(),
                line,
                cause,
            })?;
            for fact in facts {
                books.apply(fact);
            }
        }
        // the name of a new file is in its folder, which has a flush of its own
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        Ok(Self { file })
    }

    pub(crate) fn append(&mut self, facts: &[Fact]) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(facts)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }
}
