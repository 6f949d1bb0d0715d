//! What goes into a statement and what comes out of it, the same on every engine.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use super::sheet::Field;

/// A statement of this program. Only `statements!` makes one, so that a test can prepare them all and no
/// text from outside is ever run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql(&'static str);

impl Sql {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self(text)
    }

    pub(crate) fn text(self) -> &'static str {
        self.0
    }
}

/// Names the statements of a file and lists them in `STATEMENTS`.
macro_rules! statements {
    ($($name:ident = $text:expr;)*) => {
        $(const $name: $crate::db::Sql = $crate::db::Sql::new($text);)*
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[$crate::db::Sql] = &[$($name),*];
    };
}

/// The parameters `$1`, `$2` … of a statement, in their order.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::db::Val::from($value)),*] };
}

/// A hundred parameters, for the statements of [`View::rows_of`](crate::db::View::rows_of).
macro_rules! a_hundred_ids {
    () => {
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, \
         $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, \
         $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56, $57, $58, $59, $60, $61, \
         $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72, $73, $74, $75, $76, $77, $78, $79, $80, $81, \
         $82, $83, $84, $85, $86, $87, $88, $89, $90, $91, $92, $93, $94, $95, $96, $97, $98, $99, $100)"
    };
}

/// A value of one of the four column types, or none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Val {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Val {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Val {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Val {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<f64> for Val {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<Vec<u8>> for Val {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<[u8; 32]> for Val {
    fn from(value: [u8; 32]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl<T: Into<Val>> From<Option<T>> for Val {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl rusqlite::ToSql for Val {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Int(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Real(number) => ToSqlOutput::Owned(Value::Real(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

impl From<Field<'_>> for Val {
    fn from(field: Field<'_>) -> Self {
        match field {
            Field::Null => Self::Null,
            Field::Int(number) => Self::Int(number),
            Field::Real(number) => Self::Real(number),
            Field::Text(text) => Self::Text(text.to_owned()),
            Field::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }
}

/// A Rust type that one column can become. The error says what was found, for [`Error::Corrupt`](crate::Error::Corrupt).
pub(crate) trait Get: Sized {
    fn get(value: Val) -> Result<Self, String>;
}

impl Get for i64 {
    fn get(value: Val) -> Result<Self, String> {
        if let Val::Int(number) = value {
            Ok(number)
        } else {
            Err(no_number((&value).into()))
        }
    }
}

impl Get for f64 {
    fn get(value: Val) -> Result<Self, String> {
        if let Val::Real(number) = value {
            Ok(number)
        } else {
            Err(format!("{} is no real number", kind((&value).into())))
        }
    }
}

impl Get for String {
    fn get(value: Val) -> Result<Self, String> {
        if let Val::Text(text) = value {
            Ok(text)
        } else {
            Err(no_text((&value).into()))
        }
    }
}

impl Get for Vec<u8> {
    fn get(value: Val) -> Result<Self, String> {
        if let Val::Bytes(bytes) = value {
            Ok(bytes)
        } else {
            Err(no_bytes((&value).into()))
        }
    }
}

impl Get for [u8; 32] {
    fn get(value: Val) -> Result<Self, String> {
        let bytes = Vec::<u8>::get(value)?;
        bytes
            .try_into()
            .map_err(|bytes: Vec<u8>| format!("{} bytes are not 32", bytes.len()))
    }
}

impl<T: Get> Get for Option<T> {
    fn get(value: Val) -> Result<Self, String> {
        if value == Val::Null {
            Ok(None)
        } else {
            T::get(value).map(Some)
        }
    }
}

/// The type of a value; its content may be personal and stays out of messages.
pub(super) fn kind(value: Field<'_>) -> &'static str {
    match value {
        Field::Null => "nothing",
        Field::Int(_) => "a whole number",
        Field::Real(_) => "a real number",
        Field::Text(_) => "a text",
        Field::Bytes(_) => "bytes",
    }
}

pub(super) fn no_number(found: Field<'_>) -> String {
    format!("{} is no whole number", kind(found))
}

pub(super) fn no_text(found: Field<'_>) -> String {
    format!("{} is no text", kind(found))
}

pub(super) fn no_bytes(found: Field<'_>) -> String {
    format!("{} is no bytes", kind(found))
}

/// The columns of one row, taken from left to right.
#[derive(Debug)]
pub(crate) struct Row {
    columns: std::vec::IntoIter<Val>,
}

impl Row {
    pub(crate) fn new(columns: Vec<Val>) -> Self {
        Self {
            columns: columns.into_iter(),
        }
    }

    /// All columns that were not taken yet.
    pub(crate) fn into_columns(self) -> Vec<Val> {
        self.columns.collect()
    }

    /// The next column as a Rust value.
    pub(crate) fn next<T: Get>(&mut self) -> Result<T, String> {
        T::get(self.columns.next().ok_or("a column is missing")?)
    }

    /// The next column through a parser, such as an id or a day.
    pub(crate) fn parse<T>(&mut self) -> Result<T, String>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        self.next::<String>()?
            .parse()
            .map_err(|error: T::Err| error.to_string())
    }

    /// As [`Row::parse`], for a column that may be empty.
    pub(crate) fn parse_maybe<T>(&mut self) -> Result<Option<T>, String>
    where
        T: std::str::FromStr<Err: std::fmt::Display>,
    {
        let text = self.next::<Option<String>>()?;
        text.map(|text| text.parse().map_err(|error: T::Err| error.to_string()))
            .transpose()
    }
}
