//! What concerns the whole text: that it is JSON, its schema, its size, the names of the alternatives.

use serde_json::Value;

use super::read::{self, Path, Refusals};
use super::{Code, Rejection};

/// Alternatives of one problem.
const ALTERNATIVES_MAX: usize = 10_000;
/// Criteria of one problem.
const CRITERIA_MAX: usize = 1_000;
/// Cells of one problem.
const CELLS_MAX: usize = 1_000_000;
pub(super) fn not_json(cause: &serde_json::Error) -> Rejection {
    let (line, column) = (cause.line(), cause.column());
    let message = if cause.to_string().contains("number out of range") {
        format!("The number at line {line}, column {column} is too large for a double: write a smaller one.")
    } else {
        format!("The text is not JSON: correct it at line {line}, column {column}.")
    };
    Rejection {
        code: Code::Shape,
        message,
        at: String::new(),
    }
}

pub(super) fn schema(value: Option<&Value>) -> Result<(), Rejection> {
    match value.and_then(Value::as_str) {
        Some("earnest.rank/1") => Ok(()),
        _ => Err(Path::root()
            .key("schema")
            .refuse(Code::Shape, "Set \"schema\" to \"earnest.rank/1\".")),
    }
}

pub(super) fn names(value: &Value, at: &Path<'_>, later: &mut Refusals) -> Result<Vec<String>, Rejection> {
    let list = read::filled_list(value, at)?;
    let name = |(index, value): (usize, &Value)| Ok(read::string(value, &at.index(index))?.to_owned());
    let names: Vec<String> = list
        .iter()
        .enumerate()
        .map(name)
        .collect::<Result<_, Rejection>>()?;
    later.repeated(names.iter().map(String::as_str), at);
    Ok(names)
}

pub(super) fn sizes(alternatives: usize, criteria: usize) -> Result<(), Rejection> {
    let root = Path::root();
    let too_many = |key: &'static str, message: String| Err(root.key(key).refuse(Code::Shape, message));
    if alternatives > ALTERNATIVES_MAX {
        return too_many(
            "alternatives",
            format!("There may be at most {ALTERNATIVES_MAX} alternatives: leave some out."),
        );
    }
    if criteria > CRITERIA_MAX {
        return too_many(
            "criteria",
            format!("There may be at most {CRITERIA_MAX} criteria: leave some out."),
        );
    }
    if alternatives.saturating_mul(criteria) > CELLS_MAX {
        return too_many(
            "matrix",
            format!("There may be at most {CELLS_MAX} cells: leave some rows or columns out."),
        );
    }
    Ok(())
}
