//! The file with the key that second factors are kept under.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use earnest_app::desk::Desk;
use earnest_app::seal::{self, NotSealed, Sealing};

use crate::config::Config;

const NAME: &str = "second-factor.key";

/// Where it is.
pub(crate) fn path(config: &Config) -> PathBuf {
    let set = config.second_factor_key.clone();
    set.unwrap_or_else(|| config.data.join(NAME))
}

/// Gives a desk the keys of the file, makes the file where there was never one, and sees to it that everything is sealed.
pub(crate) async fn prepare(config: &Config, desk: &mut Desk) -> anyhow::Result<()> {
    let path = path(config);
    let known = seal::has_key(desk).await?;
    desk.sealing = match (read(&path)?, known) {
        (Some(sealing), _) => sealing,
        (None, None) => make(&path, desk)?,
        (None, Some(name)) => bail!(missing(&path, &name)),
    };
    match seal::start(desk).await {
        Ok(0) => Ok(()),
        Ok(sealed) => {
            tracing::info!(
                sealed,
                "second factors were sealed with the first key of {}; other keys in it are needed no more",
                path.display()
            );
            Ok(())
        }
        Err(NotSealed::OtherKey(name)) => bail!(other(&path, &name)),
        Err(error) => Err(error.into()),
    }
}

/// The keys of the file; none where there is no file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Option<Sealing>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read the key file {}", path.display()));
        }
    };
    let mode = std::fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::warn!(
            "others on this machine may read the key file {0}: chmod 600 {0}",
            path.display()
        );
    }
    let sealing = Sealing::read(&text).with_context(|| {
        format!(
            "{} is no file with keys; bring back the one that was there (an empty one may be deleted where no second factor was ever set up)",
            path.display()
        )
    })?;
    Ok(Some(sealing))
}

/// Written whole or not at all: a file that is half a key would be taken for the key.
fn make(path: &Path, desk: &Desk) -> anyhow::Result<Sealing> {
    let mut bytes = [0; 32];
    desk.randomness.fill(&mut bytes);
    let digits = earnest_hire::hex(&bytes);
    let text = format!(
        "# The key that second factors are kept under. Keep a copy apart from those of the database.\n{digits}\n"
    );
    write(path, &text).with_context(|| format!("cannot make the key file {}", path.display()))?;
    tracing::info!(
        "the key for second factors was made: {}; keep a copy of it",
        path.display()
    );
    // Another process may have been faster: what counts is what is there.
    read(path)?.with_context(|| format!("the key file {} is gone again", path.display()))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let aside = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // A link, unlike a new name, never takes the place of a file that is there.
    let linked = std::fs::hard_link(&aside, path);
    std::fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    File::open(folder)?.sync_all()
}

fn missing(path: &Path, name: &str) -> String {
    format!(
        "the second factors in this database are sealed with the key {name}, and {} is missing. Bring it back from where you keep a copy, or from another node; second_factor_key names another place. Is it lost: see “the key for second factors is lost” in docs/operate.md",
        path.display()
    )
}

fn other(path: &Path, name: &str) -> String {
    format!(
        "the second factors in this database are sealed with the key {name}, and {} has another. Put the file of that key there (of the node that started first, or from your copy), or its line below the new one. Is it lost: see “the key for second factors is lost” in docs/operate.md",
        path.display()
    )
}
