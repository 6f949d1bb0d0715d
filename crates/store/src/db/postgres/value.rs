//! Values on their way to PostgreSQL and back.

use bytes::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type};

use super::super::value::Val;

type Refusal = Box<dyn std::error::Error + Sync + Send>;

/// The type a value is announced with where the server is not asked first. Texts are announced as of no known
/// type: the server takes the column's, as it does with a literal.
pub(super) fn announced(value: &Val) -> Type {
    match value {
        Val::Int(_) => Type::INT8,
        Val::Real(_) => Type::FLOAT8,
        Val::Bytes(_) => Type::BYTEA,
        Val::Text(_) | Val::Null => Type::UNKNOWN,
    }
}

fn is_text(kind: &Type) -> bool {
    matches!(
        *kind,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN
    )
}

/// Whether the driver will send these for parameters of those types.
pub(super) fn all_fit(values: &[Val], kinds: &[Type]) -> bool {
    values.len() == kinds.len() && values.iter().zip(kinds).all(|(value, kind)| fits(value, kind))
}

fn fits(value: &Val, kind: &Type) -> bool {
    match value {
        Val::Null => true,
        Val::Int(_) if *kind == Type::INT8 => true,
        Val::Int(number) => *kind == Type::INT4 && i32::try_from(*number).is_ok(),
        Val::Real(_) => *kind == Type::FLOAT8,
        Val::Bytes(_) => *kind == Type::BYTEA,
        Val::Text(_) => is_text(kind),
    }
}

impl ToSql for Val {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Refusal> {
        if !fits(self, kind) {
            return Err(format!(
                "{} cannot be sent as {kind}",
                super::super::value::kind(self.into())
            )
            .into());
        }
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Real(number) => number.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.as_slice().to_sql(kind, out),
            Self::Text(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    /// What fits is decided value by value, in `to_sql`.
    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        match self {
            Self::Text(_) => Format::Text,
            _ => Format::Binary,
        }
    }

    tokio_postgres::types::to_sql_checked!();
}

impl<'a> FromSql<'a> for Val {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Refusal> {
        Ok(match *kind {
            Type::INT8 => Self::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Self::Int(bool::from_sql(kind, raw)?.into()),
            Type::FLOAT8 => Self::Real(f64::from_sql(kind, raw)?),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            _ if is_text(kind) => Self::Text(<&str>::from_sql(kind, raw)?.to_owned()),
            // A sum of BIGINT is a NUMERIC, for instance: the statement has to cast it back.
            _ => return Err(format!("a column of type {kind} is outside the shared SQL: cast it").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Refusal> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
