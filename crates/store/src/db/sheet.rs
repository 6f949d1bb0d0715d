//! Many rows in two pieces of memory, to be read in place: for work over whole tables, where an allocation for every
//! column would be most of the work.

use rusqlite::types::ValueRef;

use super::value::{Val, no_bytes, no_number, no_text};

/// The rows of one statement.
#[derive(Debug, Default)]
pub(crate) struct Sheet {
    width: usize,
    cells: Vec<Cell>,
    texts: String,
    bytes: Vec<u8>,
}

/// A value, or from where to where it stands.
#[derive(Debug, Clone, Copy)]
enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text(usize, usize),
    Bytes(usize, usize),
}

/// One column of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Field<'a> {
    Null,
    Int(i64),
    Real(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    sheet: &'a Sheet,
    cells: &'a [Cell],
}

impl Sheet {
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.texts.clear();
        self.bytes.clear();
    }

    /// Says how many columns a row has.
    pub(super) fn widen(&mut self, width: usize) {
        self.width = width;
    }

    /// The next column of the present row.
    pub(super) fn push(&mut self, field: Field<'_>) {
        self.cells.push(match field {
            Field::Null => Cell::Null,
            Field::Int(number) => Cell::Int(number),
            Field::Real(number) => Cell::Real(number),
            Field::Text(text) => {
                let from = self.texts.len();
                self.texts.push_str(text);
                Cell::Text(from, self.texts.len())
            }
            Field::Bytes(bytes) => {
                let from = self.bytes.len();
                self.bytes.extend_from_slice(bytes);
                Cell::Bytes(from, self.bytes.len())
            }
        });
    }

    /// One more row.
    pub(super) fn put(&mut self, columns: &[Val]) {
        self.widen(columns.len());
        for column in columns {
            self.push(column.into());
        }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = Fields<'_>> {
        let cells = self.cells.chunks_exact(self.width.max(1));
        cells.map(|cells| Fields { sheet: self, cells })
    }

    pub(crate) fn len(&self) -> usize {
        self.cells.len() / self.width.max(1)
    }
}

impl<'a> Fields<'a> {
    /// A column by its place from 0, nothing where there is no such place.
    pub(crate) fn get(self, column: usize) -> Field<'a> {
        match self.cells.get(column) {
            None | Some(Cell::Null) => Field::Null,
            Some(Cell::Int(number)) => Field::Int(*number),
            Some(Cell::Real(number)) => Field::Real(*number),
            Some(Cell::Text(from, to)) => self.sheet.texts.get(*from..*to).map_or(Field::Null, Field::Text),
            Some(Cell::Bytes(from, to)) => self.sheet.bytes.get(*from..*to).map_or(Field::Null, Field::Bytes),
        }
    }

    /// All columns from left to right.
    pub(crate) fn all(self) -> impl Iterator<Item = Field<'a>> {
        (0..self.cells.len()).map(move |column| self.get(column))
    }

    /// The text in a column, or what stands for one that cannot be read.
    pub(crate) fn text(self, column: usize) -> &'a str {
        match self.get(column) {
            Field::Text(text) => text,
            _ => "?",
        }
    }

    /// The number in a column.
    pub(crate) fn number(self, column: usize) -> Option<i64> {
        match self.get(column) {
            Field::Int(number) => Some(number),
            _ => None,
        }
    }

    /// A column as a Rust value. The error says what was found, as [`Row::next`](super::Row::next) does.
    pub(crate) fn read<T: Read<'a>>(self, column: usize) -> Result<T, String> {
        T::read(self.get(column))
    }

    /// As [`Fields::read`], through a parser.
    pub(crate) fn parse<T>(self, column: usize) -> Result<T, String>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        let text: &str = self.read(column)?;
        text.parse().map_err(|error: T::Err| error.to_string())
    }

    /// The row without its first columns.
    pub(crate) fn from(self, column: usize) -> Self {
        Self {
            cells: self.cells.get(column..).unwrap_or_default(),
            ..self
        }
    }

    /// The row's first columns.
    pub(crate) fn until(self, column: usize) -> Self {
        Self {
            cells: self.cells.get(..column).unwrap_or(self.cells),
            ..self
        }
    }
}

impl<'a> From<&'a Val> for Field<'a> {
    fn from(value: &'a Val) -> Self {
        match value {
            Val::Null => Self::Null,
            Val::Int(number) => Self::Int(*number),
            Val::Real(number) => Self::Real(*number),
            Val::Text(text) => Self::Text(text),
            Val::Bytes(bytes) => Self::Bytes(bytes),
        }
    }
}

impl<'a> From<ValueRef<'a>> for Field<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Int(number),
            ValueRef::Real(number) => Self::Real(number),
            // A text that is none, in a file that somebody has damaged: the row's reader says which row it is.
            ValueRef::Text(text) => std::str::from_utf8(text).map_or(Self::Bytes(text), Self::Text),
            ValueRef::Blob(bytes) => Self::Bytes(bytes),
        }
    }
}

/// A Rust type that a column can be read as.
pub(crate) trait Read<'a>: Sized {
    fn read(field: Field<'a>) -> Result<Self, String>;
}

impl Read<'_> for i64 {
    fn read(field: Field<'_>) -> Result<Self, String> {
        match field {
            Field::Int(number) => Ok(number),
            other => Err(no_number(other)),
        }
    }
}

impl<'a> Read<'a> for &'a str {
    fn read(field: Field<'a>) -> Result<Self, String> {
        match field {
            Field::Text(text) => Ok(text),
            other => Err(no_text(other)),
        }
    }
}

impl Read<'_> for [u8; 32] {
    fn read(field: Field<'_>) -> Result<Self, String> {
        match field {
            Field::Bytes(bytes) => bytes
                .try_into()
                .map_err(|_other: std::array::TryFromSliceError| format!("{} bytes are not 32", bytes.len())),
            other => Err(no_bytes(other)),
        }
    }
}

impl<'a, T: Read<'a>> Read<'a> for Option<T> {
    fn read(field: Field<'a>) -> Result<Self, String> {
        match field {
            Field::Null => Ok(None),
            other => T::read(other).map(Some),
        }
    }
}
