//! The matrix: numbers, or distributions for the acceptability analysis.

use serde_json::Value;

use super::read::{self, Path, Refusals};
use super::{Cell, Code, Rejection};

pub(super) fn read(
    value: &Value,
    (rows, columns): (usize, usize),
    later: &mut Refusals,
) -> Result<Vec<Vec<Cell>>, Rejection> {
    let root = Path::root();
    let at = root.key("matrix");
    let list = read::list(value, &at)?;
    if list.len() != rows {
        return Err(at.shape(format!(
            "The matrix needs one row per alternative: {rows}, not {}.",
            list.len()
        )));
    }
    let mut matrix = Vec::with_capacity(rows);
    for (row, cells) in list.iter().enumerate() {
        let at = at.index(row);
        let cells = read::list(cells, &at)?;
        if cells.len() != columns {
            return Err(at.shape(format!(
                "This row needs one cell per criterion: {columns}, not {}.",
                cells.len()
            )));
        }
        let read = |(column, value)| cell(value).map_err(|message| (column, message));
        let mut read_row = Vec::with_capacity(columns);
        for result in cells.iter().enumerate().map(read) {
            read_row.push(result.unwrap_or_else(|(column, message)| {
                later.add(Code::Value, message, &Path::cell(row, column));
                Cell::Number(0.0)
            }));
        }
        matrix.push(read_row);
    }
    Ok(matrix)
}

fn cell(value: &Value) -> Result<Cell, &'static str> {
    if let Some(number) = finite(value) {
        return Ok(Cell::Number(number));
    }
    let object = value.as_object().ok_or("Write a number here.")?;
    let mut entries = object.iter();
    let (Some((kind, pair)), None) = (entries.next(), entries.next()) else {
        return Err(
            "Write a number, or one of {\"interval\": [low, high]}, {\"normal\": [mean, deviation]}, {\"lognormal\": [mean, deviation]}.",
        );
    };
    let (first, second) = match pair.as_array().map(Vec::as_slice) {
        Some([first, second]) => finite(first)
            .zip(finite(second))
            .ok_or("Write two numbers here: [ , ].")?,
        _ => return Err("Write two numbers here: [ , ]."),
    };
    match kind.as_str() {
        "interval" if first <= second => Ok(Cell::Interval {
            low: first,
            high: second,
        }),
        "interval" => Err("Write the lower end of the interval first."),
        "normal" | "lognormal" if second < 0.0 => Err("The standard deviation must be 0 or more."),
        "normal" => Ok(Cell::Normal {
            mean: first,
            deviation: second,
        }),
        "lognormal" if first + 40.0 * second < 700.0 && first - 40.0 * second > -700.0 => {
            Ok(Cell::Lognormal {
                mean: first,
                deviation: second,
            })
        }
        "lognormal" => Err(
            "This lognormal distribution leaves the range of a double: give the mean and deviation of the logarithm.",
        ),
        _ => Err("A cell is a number, an interval, a normal or a lognormal distribution."),
    }
}

fn finite(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite())
}
