//! A whole installation in one file, to move it between engines.
//!
//! The file is lines of JSON, each ended by a line feed. The first is an object: `format`, always
//! `earnest.installation/1`; `migrations`, each with `number`, `name` and `sha256`; `tables` in the order in which they can
//! be filled, each with `name`, `columns` (pairs of name and `integer`, `real`, `text` or `bytes`) and `key`. Then comes one
//! array for each row: the table's name and the values in the order of the columns, bytes as lower-case hexadecimal; rows
//! go by table and within it by primary key, texts compared byte by byte. The last line is an object: `rows`, the number
//! for each table, and `sha256` over the lines of all rows with their line feeds. Two installations with the same content
//! make the same bytes, whatever engine they are on.

mod catalogue;
mod lines;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::catalogue::{Table, tables};
use self::lines::{Header, Sum, Trailer};
use crate::db::{EngineKind, Store, Tx, Val, View, file};
use crate::migration::MIGRATIONS;
use crate::{Error, Existing};

/// How many rows travel together into a database.
const TOGETHER: usize = 200;

/// What was moved: each table with its number of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// In the order of the file.
    pub tables: Vec<(String, u64)>,
    /// Over all rows, in lower-case hexadecimal.
    pub sha256: String,
}

impl Store {
    /// Writes every row of one moment into a file, which appears under its name only when it is whole.
    pub async fn export_installation(&self, to: &Path, existing: Existing) -> Result<Moved, Error> {
        if existing == Existing::Keep && fs::symlink_metadata(to).is_ok() {
            return Err(Error::Exists { path: to.to_owned() });
        }
        let unfinished = Unfinished(file::beside(to, &format!(".part-{}", std::process::id())));
        let path = unfinished.0.clone();
        let moved = self
            .read::<_, Error, _, _>(move |mut view| {
                let path = path.clone();
                async move { view.write_installation(&path).await }
            })
            .await?;
        fs::rename(&unfinished.0, to).map_err(file::unwritable(to))?;
        file::sync_folder(to)?;
        Ok(moved)
    }

    /// Reads such a file into a database that has been migrated and holds no row: all of it, or nothing. What is
    /// there afterwards is counted and summed anew before it is kept.
    pub async fn import_installation(&self, from: &Path) -> Result<Moved, Error> {
        let from: Arc<Path> = Arc::from(from);
        self.write(move |mut tx| {
            let from = Arc::clone(&from);
            async move {
                let moved = tx.read_installation(&from).await?;
                tx.commit(moved).await
            }
        })
        .await
    }
}

/// A file that has no name yet that anybody would look for.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After the renaming there is nothing left; what cannot be removed is only litter.
        drop(file::remove(&self.0));
    }
}

impl View {
    async fn write_installation(&mut self, path: &Path) -> Result<Moved, Error> {
        self.take_time().await?;
        let failed = |error: std::io::Error| file::unwritable(path)(error);
        let mut out = BufWriter::new(file::create_private(path)?);
        let tables = tables(MIGRATIONS);
        out.write_all(Header::of(&tables).line()?.as_bytes())
            .map_err(failed)?;
        let trailer = self
            .sum(&tables, &mut |line| {
                out.write_all(line.as_bytes()).map_err(failed)
            })
            .await?;
        out.write_all(trailer.line()?.as_bytes()).map_err(failed)?;
        let done: File = out.into_inner().map_err(|error| failed(error.into_error()))?;
        done.sync_all().map_err(failed)?;
        Ok(trailer.moved())
    }

    /// Goes over every row in the order of the file.
    async fn sum(
        &mut self,
        tables: &[Table],
        each: &mut (dyn FnMut(&str) -> Result<(), Error> + Send),
    ) -> Result<Trailer, Error> {
        let mut sum = Sum::new();
        for table in tables {
            let text = select(table, self.engine());
            sum.begin(&table.name);
            self.stream(&text, &mut |row| {
                let line = lines::row(table, &row)?;
                sum.add(&line);
                each(&line)
            })
            .await?;
        }
        Ok(sum.finish())
    }
}

impl Tx {
    async fn read_installation(&mut self, from: &Path) -> Result<Moved, Error> {
        let wrong = |what: String| Error::Damaged {
            path: from.to_owned(),
            what,
        };
        let tables = tables(MIGRATIONS);
        self.take_time().await?;
        self.want_empty(&tables).await?;
        let mut lines = BufReader::new(File::open(from).map_err(file::unwritable(from))?).lines();
        let mut next = || lines.next().transpose().map_err(file::unwritable(from));
        let header = next()?.ok_or_else(|| wrong("it is empty".to_owned()))?;
        Header::of(&tables).want(&header).map_err(wrong)?;
        let (mut place, mut rows) = (0, Vec::new());
        let trailer = loop {
            let line = next()?.ok_or_else(|| wrong("its end is missing".to_owned()))?;
            if line.starts_with('{') {
                break Trailer::read(&line).map_err(wrong)?;
            }
            let (name, row) = lines::parse(&line, &tables).map_err(wrong)?;
            let here = tables.get(place).is_some_and(|table| table.name == name);
            if !here || rows.len() >= TOGETHER {
                self.fill_table(tables.get(place), &mut rows).await?;
            }
            if !here {
                let later = tables.iter().position(|table| table.name == name);
                place = later
                    .filter(|later| *later > place || rows.is_empty() && *later >= place)
                    .ok_or_else(|| wrong(format!("table {name} is not in its place")))?;
            }
            rows.push(row);
        };
        self.fill_table(tables.get(place), &mut rows).await?;
        if next()?.is_some() {
            return Err(wrong("something follows its end".to_owned()));
        }
        let found = self.sum(&tables, &mut |_line| Ok(())).await?;
        if found == trailer {
            Ok(found.moved())
        } else {
            Err(wrong(
                "its rows are not those that its last line counts".to_owned(),
            ))
        }
    }

    async fn want_empty(&mut self, tables: &[Table]) -> Result<(), Error> {
        for table in tables {
            let mut found = false;
            let text = format!("SELECT 1 FROM {} LIMIT 1", table.name);
            self.stream(&text, &mut |_row| {
                found = true;
                Ok(())
            })
            .await?;
            if found {
                return Err(Error::NotEmpty {
                    table: table.name.clone(),
                });
            }
        }
        Ok(())
    }

    async fn fill_table(&mut self, table: Option<&Table>, rows: &mut Vec<Vec<Val>>) -> Result<(), Error> {
        let rows = std::mem::take(rows);
        match table {
            Some(table) if !rows.is_empty() => self.fill(&insert(table), &rows).await,
            _ => Ok(()),
        }
    }
}

fn names(table: &Table) -> String {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    names.join(", ")
}

fn select(table: &Table, engine: EngineKind) -> String {
    let by = |column: &String| match engine {
        // Its own order is that of some language; SQLite's is that of the bytes.
        EngineKind::Postgres if table.is_text(column) => format!("{column} COLLATE \"C\""),
        _ => column.clone(),
    };
    let order: Vec<String> = table.key.iter().map(by).collect();
    format!(
        "SELECT {} FROM {} ORDER BY {}",
        names(table),
        table.name,
        order.join(", ")
    )
}

fn insert(table: &Table) -> String {
    let places: Vec<String> = (1..=table.columns.len())
        .map(|number| format!("${number}"))
        .collect();
    format!(
        "INSERT INTO {} ({}) VALUES ({})",
        table.name,
        names(table),
        places.join(", ")
    )
}

/// Every table with the number of its columns.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn layout() -> Vec<(String, usize)> {
    let all = tables(MIGRATIONS).into_iter();
    all.map(|table| (table.name, table.columns.len())).collect()
}

#[cfg(test)]
mod tests;
