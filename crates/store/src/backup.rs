//! Taking a copy of the database while it works, and bringing one back.
//!
//! A copy is made under another name, checked whole, flushed, and only then moved to its place. Nothing here
//! overwrites the only copy of anything.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::db::file::{self, References};
use crate::{Error, migration};

/// How many pages are copied between two reports of progress: one megabyte.
const STEP_PAGES: i32 = 256;
/// How often a step is tried again that another process holds up, [`STEP_PAUSE`] apart.
const STEP_TRIES: u32 = 1_000;
const STEP_PAUSE: Duration = Duration::from_millis(5);
/// What may lie beside a database and must not be taken for part of another one.
const COMPANIONS: [&str; 3] = ["-wal", "-journal", "-shm"];

/// How far a copy has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pages copied.
    pub done: u64,
    /// Pages there are.
    pub all: u64,
}

/// What to do about a file that has the name of the backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and refuse.
    Keep,
    /// Put the backup in its place, in one step.
    Replace,
}

/// Copies the database as it is at this moment into one file, which needs nothing beside it. Writes go on
/// meanwhile. Returns the size of the copy in bytes.
pub fn backup(
    database: &Path,
    to: &Path,
    existing: Existing,
    progress: &mut dyn FnMut(Progress),
) -> Result<u64, Error> {
    file::look(database, References::Whole)?;
    check_target(database, to, existing)?;
    let unfinished = Unfinished::beside(to)?;
    copy(&file::connect_reader(database)?, &unfinished.path, progress)?;
    seal(&unfinished.path, to, "DELETE")?;
    let bytes = fs::metadata(&unfinished.path)
        .map_err(file::unwritable(to))?
        .len();
    for ending in COMPANIONS {
        file::remove(&file::beside(to, ending))?;
    }
    unfinished.become_file(to, existing)?;
    Ok(bytes)
}

/// Puts a backup in the place of the database. The backup is copied and checked before the present database is
/// touched; that one is then kept beside it under the name returned, which holds the time given.
pub fn restore(
    from: &Path,
    into: &Path,
    now: Timestamp,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<PathBuf>, Error> {
    let source = open_source(from)?;
    file::make_folder(into)?;
    let _lock = file::Lock::take(into)?;
    let unfinished = Unfinished::beside(into)?;
    file::leave_to_folder(&unfinished.path)?;
    copy(&source, &unfinished.path, progress)?;
    seal(&unfinished.path, from, "WAL")?;
    drop(source);

    settle(into);
    let kept = set_aside(into, now)?;
    for ending in COMPANIONS {
        file::remove(&file::beside(into, ending))?;
    }
    unfinished.become_file(into, Existing::Replace)?;
    Ok(kept)
}

/// Refuses, before the long work, a target that cannot or must not be written.
fn check_target(database: &Path, to: &Path, existing: Existing) -> Result<(), Error> {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let itself = real(to).is_some() && real(to) == real(database);
    let taken = fs::symlink_metadata(to).is_ok() && existing == Existing::Keep;
    if itself || taken || to.is_dir() {
        return Err(Error::Exists { path: to.to_owned() });
    }
    // A log with content means that some process writes to a database of that name.
    if file::present(&file::beside(to, "-wal"))? || file::present(&file::beside(to, "-journal"))? {
        return Err(Error::InUse { path: to.to_owned() });
    }
    Ok(())
}

/// A backup, or a database with the log that was kept with it.
fn open_source(from: &Path) -> Result<Connection, Error> {
    if !file::present(from)? {
        return Err(Error::NoBackup {
            path: from.to_owned(),
        });
    }
    file::check_header(from)?;
    if file::present(&file::beside(from, "-journal"))? {
        let what = "it was copied in the middle of a write".to_owned();
        return Err(Error::Damaged {
            path: from.to_owned(),
            what,
        });
    }
    if file::present(&file::beside(from, "-wal"))? {
        return file::connect_reader(from);
    }
    file::check_length(from)?;
    file::connect_still(from)
}

/// Copies one moment of the source: the read transaction holds it still while others write on.
fn copy(source: &Connection, target: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
    let failed = |error| file::unusable(target, error);
    source.execute_batch("BEGIN").map_err(failed)?;
    source
        .query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(failed)?;
    let mut copy = file::connect(target, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let steps = Backup::new(source, &mut copy).map_err(failed)?;
    let mut tries = 0;
    loop {
        let step = steps.step(STEP_PAGES).map_err(failed)?;
        let pages = steps.progress();
        let all = u64::try_from(pages.pagecount).unwrap_or(0);
        progress(Progress {
            done: all.saturating_sub(u64::try_from(pages.remaining).unwrap_or(0)),
            all,
        });
        match step {
            StepResult::Done => break,
            StepResult::More => tries = 0,
            _ if tries == STEP_TRIES => return Err(Error::Unavailable { why: "it is busy" }),
            _ => {
                tries += 1;
                std::thread::sleep(STEP_PAUSE);
            }
        }
    }
    drop(steps);
    copy.close().map_err(|(_, error)| failed(error))
}

/// Checks all of a finished copy, puts it into one file and on the disk. What is wrong is told of `origin`.
fn seal(path: &Path, origin: &Path, journal: &str) -> Result<(), Error> {
    let failed = |error| file::unusable(origin, error);
    let connection = file::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    file::check_structure(origin, &connection, "integrity_check")?;
    file::check_references(origin, &connection)?;
    migration::check(origin, &connection)?;
    connection
        .execute_batch(&format!("PRAGMA journal_mode = {journal}"))
        .map_err(failed)?;
    connection.close().map_err(|(_, error)| failed(error))?;
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(file::unwritable(path))
}

/// Brings what is only in the log of the present database into its main file. A damaged one stays as it is: it
/// is kept with its log.
fn settle(path: &Path) {
    let sound = file::present(path).unwrap_or(false) && file::check_header(path).is_ok();
    if sound && let Ok(connection) = file::connect_writer(path) {
        let merged = connection
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
            .is_ok();
        if merged {
            drop(connection.close());
        }
    }
}

/// Gives the present database a second name, so that it is never without one.
fn set_aside(path: &Path, now: Timestamp) -> Result<Option<PathBuf>, Error> {
    let found = |ending: &&&str| fs::symlink_metadata(file::beside(path, ending)).is_ok();
    let parts: Vec<&&str> = ["", "-wal", "-journal"].iter().filter(found).collect();
    if parts.is_empty() {
        return Ok(None);
    }
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let mut kept = file::beside(path, &format!(".replaced-{stamp}"));
    let mut number = 2_u32;
    while ["", "-wal", "-journal"]
        .iter()
        .any(|ending| fs::symlink_metadata(file::beside(&kept, ending)).is_ok())
    {
        kept = file::beside(path, &format!(".replaced-{stamp}-{number}"));
        number = number.saturating_add(1);
    }
    for ending in parts {
        let (name, second) = (file::beside(path, ending), file::beside(&kept, ending));
        if fs::hard_link(&name, &second).is_err() {
            // Some file systems know no second names: then a whole copy, on the disk before anything goes on.
            fs::copy(&name, &second).map_err(file::unwritable(&second))?;
            File::open(&second)
                .and_then(|file| file.sync_all())
                .map_err(file::unwritable(&second))?;
        }
    }
    file::sync_folder(path)?;
    Ok(Some(kept))
}

/// A copy that has no name yet that anybody would look for. It goes away unless it becomes the real one.
struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    fn beside(target: &Path) -> Result<Self, Error> {
        let path = file::beside(target, &format!(".part-{}", std::process::id()));
        let unfinished = Self { path };
        unfinished.remove();
        file::create_private(&unfinished.path)?;
        Ok(unfinished)
    }

    fn become_file(self, target: &Path, existing: Existing) -> Result<(), Error> {
        match existing {
            Existing::Replace => fs::rename(&self.path, target).map_err(file::unwritable(target))?,
            // Unlike a rename, a second name is refused where there is a file by now.
            Existing::Keep => match fs::hard_link(&self.path, target) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists || target.exists() => {
                    return Err(Error::Exists {
                        path: target.to_owned(),
                    });
                }
                Err(_no_second_names_here) => {
                    fs::rename(&self.path, target).map_err(file::unwritable(target))?;
                }
            },
        }
        file::sync_folder(target)
    }

    fn remove(&self) {
        for ending in ["", "-wal", "-journal", "-shm"] {
            // What cannot be removed is found by the next copy, or is only litter.
            drop(file::remove(&file::beside(&self.path, ending)));
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        self.remove();
    }
}
