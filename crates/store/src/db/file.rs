//! The database as a file: whose it is, whether it is sound, who holds it.
//!
//! Every check happens before anything is written, so that a refused file stays byte for byte as it was.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::{Error, migration};

/// "Ernt": stands in the header of every database of ours.
const APPLICATION_ID: i32 = 0x4572_6E74;
/// Up to this size the whole structure is checked at each start, which then takes some milliseconds.
const QUICK_CHECK_BYTES: u64 = 32 * 1024 * 1024;
/// How long a reader waits for a moment in which no reader may start.
const READ_PATIENCE: Duration = Duration::from_secs(5);

/// A group of writes changes more pages than SQLite keeps by default, and a savepoint copies what it changes into a file
/// that nobody needs: both would be written twice.
const ROOM_FOR_A_GROUP: &str = "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;";

/// What the name of a file beside the database ends in.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// The folder a file is in; of a bare name, the present one.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

pub(crate) fn unwritable(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    let path = path.to_owned();
    move |error| Error::Unwritable {
        path,
        cause: Arc::new(error),
    }
}

/// Makes the folder of the database where it is missing, for its owner only.
pub(crate) fn make_folder(path: &Path) -> Result<(), Error> {
    let folder = folder(path);
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(unwritable(folder))
}

/// Makes an empty file that only its owner may read: requests are personal.
pub(crate) fn create_private(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(unwritable(path))
}

/// Leaves a new file to whom its folder belongs, where root made it for somebody else: the site that runs as that user must
/// be able to open what a command of root's has made, as SQLite sees to for what it keeps beside a database.
pub(crate) fn leave_to_folder(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let made = fs::metadata(path).map_err(unwritable(path))?;
        let home = fs::metadata(folder(path)).map_err(unwritable(path))?;
        if made.uid() == 0 && home.uid() != 0 {
            match std::os::unix::fs::chown(path, Some(home.uid()), Some(home.gid())) {
                // Root of a container that may not give files away: then it alone uses this folder.
                Err(error) if error.kind() != ErrorKind::PermissionDenied => {
                    return Err(unwritable(path)(error));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Makes renames and removals in a folder durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = folder(path);
    if cfg!(unix) {
        File::open(folder)
            .and_then(|file| file.sync_all())
            .map_err(unwritable(folder))
    } else {
        Ok(())
    }
}

/// Removes a file that may not be there.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unwritable(path)(error)),
        _ => Ok(()),
    }
}

/// Held by the one process that may write. The file stays when the lock is gone: removing it could take it
/// from under a process that has just locked it.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    pub(crate) fn take(path: &Path) -> Result<Self, Error> {
        let name = beside(path, ".lock");
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(&name).map_err(unwritable(&name))?;
        leave_to_folder(&name)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse {
                path: path.to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(unwritable(&name)(error)),
        }
    }
}

/// Whether there is something at the path. An empty file counts as nothing: SQLite reads it so, too.
pub(crate) fn present(path: &Path) -> Result<bool, Error> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(Error::Damaged {
            path: path.to_owned(),
            what: "it is a folder".to_owned(),
        }),
        Ok(found) => Ok(found.len() > 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unwritable(path)(error)),
    }
}

/// Makes an empty database of ours under another name and moves it into place, so that no crash leaves a file
/// that the next start would not know as ours.
pub(crate) fn create(path: &Path) -> Result<(), Error> {
    let log = beside(path, "-wal");
    if present(&log)? {
        let what = "its write-ahead log is there, the database itself is not".to_owned();
        return Err(Error::Damaged {
            path: path.to_owned(),
            what,
        });
    }
    let unfinished = beside(path, ".new");
    for ending in ["", "-wal", "-shm", "-journal"] {
        remove(&beside(&unfinished, ending))?;
    }
    create_private(&unfinished)?;
    leave_to_folder(&unfinished)?;
    let connection = connect(&unfinished, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let batch = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA journal_mode = WAL;");
    connection
        .execute_batch(&batch)
        .map_err(|error| unusable(path, error))?;
    connection.close().map_err(|(_, error)| unusable(path, error))?;
    File::open(&unfinished)
        .and_then(|file| file.sync_all())
        .map_err(unwritable(&unfinished))?;
    fs::rename(&unfinished, path).map_err(unwritable(path))?;
    sync_folder(path)
}

/// Undoes the write in whose middle a database that was not yet in WAL mode lost its process: a backup copied
/// into place by hand can be one. Nobody can read it before.
pub(crate) fn roll_back(path: &Path) -> Result<(), Error> {
    if !present(&beside(path, "-journal"))? {
        return Ok(());
    }
    check_header(path)?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let looked = connection.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |_| Ok(()));
    looked.map_err(|error| unusable(path, error))
}

/// Looks at a file that no connection of this process has open, without changing it: the first bytes before
/// SQLite sees it, then as [`look`] does.
pub(crate) fn examine(path: &Path) -> Result<(), Error> {
    check_header(path)?;
    look(path, References::Whole)
}

/// Whether a look at a file is also one at what its rows refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum References {
    /// What points at nothing is damage.
    Whole,
    /// They are left to whoever names what is wrong with each row.
    Left,
}

/// Whose a file is, the structure where that is quick, the migrations in it. Safe beside open connections:
/// were the file opened here by anything but SQLite, closing it would let go of all locks of this process.
pub(crate) fn look(path: &Path, references: References) -> Result<(), Error> {
    if !present(path)? {
        return Err(Error::Missing {
            path: path.to_owned(),
        });
    }
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let id = connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i32>(0));
    if id.map_err(|error| unusable(path, error))? != APPLICATION_ID {
        return Err(Error::Foreign {
            path: path.to_owned(),
        });
    }
    let size = fs::metadata(path).map_err(unwritable(path))?.len();
    if size <= QUICK_CHECK_BYTES {
        check_structure(path, &connection, "quick_check")?;
        if references == References::Whole {
            check_references(path, &connection)?;
        }
    }
    migration::check(path, &connection)
}

/// The first hundred bytes say whether it is SQLite's and whether it is ours.
pub(crate) fn check_header(path: &Path) -> Result<(), Error> {
    let mut header = Vec::with_capacity(100);
    let file = File::open(path).map_err(unwritable(path))?;
    file.take(100)
        .read_to_end(&mut header)
        .map_err(unwritable(path))?;
    let damaged = |what: &str| Error::Damaged {
        path: path.to_owned(),
        what: what.to_owned(),
    };
    if header.len() < 100 {
        return Err(damaged("it is cut off"));
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(damaged("it does not start like a database"));
    }
    match header.get(68..72) {
        Some(id) if *id == APPLICATION_ID.to_be_bytes() => Ok(()),
        _ => Err(Error::Foreign {
            path: path.to_owned(),
        }),
    }
}

/// Whether a file that nobody writes to is as long as its header says: a missing end would be read as zeros.
pub(crate) fn check_length(path: &Path) -> Result<(), Error> {
    let mut header = Vec::with_capacity(32);
    let file = File::open(path).map_err(unwritable(path))?;
    let length = file.metadata().map_err(unwritable(path))?.len();
    file.take(32).read_to_end(&mut header).map_err(unwritable(path))?;
    let number = |bytes: Option<&[u8]>| {
        bytes
            .into_iter()
            .flatten()
            .fold(0, |sum, byte| sum * 256 + u64::from(*byte))
    };
    let page = match number(header.get(16..18)) {
        1 => 65_536, // Does not fit the two bytes and is written so.
        bytes => bytes,
    };
    let pages = number(header.get(28..32));
    if page * pages == length {
        return Ok(());
    }
    let what = format!("it has {length} bytes where its header says {}", page * pages);
    Err(Error::Damaged {
        path: path.to_owned(),
        what,
    })
}

/// Runs one of SQLite's checks over the structure.
pub(crate) fn check_structure(path: &Path, connection: &Connection, check: &str) -> Result<(), Error> {
    let verdict = connection.query_row(&format!("PRAGMA {check}(1)"), [], |row| row.get::<_, String>(0));
    let verdict = verdict.map_err(|error| unusable(path, error))?;
    if verdict == "ok" {
        return Ok(());
    }
    // The last line says what it is, those above only where.
    let what = verdict.lines().last().unwrap_or_default().to_owned();
    Err(Error::Damaged {
        path: path.to_owned(),
        what,
    })
}

/// Whether what rows refer to is there.
pub(crate) fn check_references(path: &Path, connection: &Connection) -> Result<(), Error> {
    let found = connection.query_row("PRAGMA foreign_key_check", [], |row| row.get::<_, String>(0));
    match found {
        Err(rusqlite::Error::QueryReturnedNoRows) => Ok(()),
        Ok(table) => Err(Error::Damaged {
            path: path.to_owned(),
            what: format!("a row of {table} points at nothing; `earnest ledger verify` names it"),
        }),
        Err(error) => Err(unusable(path, error)),
    }
}

pub(crate) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| unusable(path, error))?;
    connection
        .busy_timeout(READ_PATIENCE)
        .map_err(|error| unusable(path, error))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// The connection of the one writer: every commit is on the disk before it is answered.
pub(crate) fn connect_writer(path: &Path) -> Result<Connection, Error> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let set = |sql: &str| {
        connection
            .execute_batch(sql)
            .map_err(|error| unusable(path, error))
    };
    set("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
    set(ROOM_FOR_A_GROUP)?;
    #[cfg(feature = "unsafe-durability")]
    set(&weakened())?;
    // Proves that the file can be written now, not at the first request.
    set("BEGIN IMMEDIATE; ROLLBACK;")?;
    connection
        .busy_timeout(Duration::ZERO)
        .map_err(|error| unusable(path, error))?;
    Ok(connection)
}

#[cfg(all(feature = "unsafe-durability", not(debug_assertions)))]
compile_error!("a release build is never without durability");

/// The rig that cuts the power must lose what is acknowledged without a flush, or it proves nothing.
#[cfg(feature = "unsafe-durability")]
fn weakened() -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "no setting of the program may be able to say this"
    )]
    let asked = std::env::var("UNSAFE_SYNCHRONOUS");
    asked.map_or_else(
        |_unset| String::new(),
        |level| format!("PRAGMA synchronous = {level};"),
    )
}

pub(crate) fn connect_reader(path: &Path) -> Result<Connection, Error> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -16000;")
        .map_err(|error| unusable(path, error))?;
    Ok(connection)
}

/// A file that nobody writes to, read without making anything beside it: it may lie on a read-only disk.
pub(crate) fn connect_still(path: &Path) -> Result<Connection, Error> {
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    let spelt = bytes.map(|byte| match byte {
        b'/' | b'-' | b'_' | b'.' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(*byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    let uri = format!("file:{}?immutable=1", spelt.collect::<String>());
    connect(
        Path::new(&uri),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
    )
}

/// Sorts what SQLite says about a file as a whole. A general error at this point is a format it cannot read.
pub(crate) fn unusable(path: &Path, error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode as Code;
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(Code::NotADatabase | Code::DatabaseCorrupt | Code::Unknown) => Error::Damaged {
            path,
            what: error.to_string(),
        },
        Some(Code::CannotOpen | Code::PermissionDenied | Code::ReadOnly | Code::SystemIoFailure) => {
            Error::Unwritable {
                path,
                cause: Arc::new(error),
            }
        }
        _ => super::sqlite::failure(error),
    }
}
