//! Making the values of different criteria comparable: one column in, one column out, more is better.

use crate::arithmetic::largest;
use crate::matrix::Matrix;
use crate::problem::{Criterion, Direction, Normalization, Outside};

/// A method needs positive values and did not get them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this method needs positive values")]
pub struct Domain;

impl Domain {
    /// The code as programs see it.
    pub fn code(self) -> &'static str {
        "E_DOMAIN"
    }
}

/// A column whose range is within this part of its largest absolute value is constant: the rest is rounding noise.
const CONSTANT: f64 = 1e-12;

/// No normalised value leaves ±this, so that sums of them stay finite.
const FURTHEST: f64 = 1e300;

/// Every column of a table; `outside` matters to the fixed scale only.
pub fn table(
    values: &Matrix,
    criteria: &[Criterion],
    normalization: Normalization,
    outside: Outside,
) -> Result<Matrix, Domain> {
    let mut normalised = Matrix::zeros(values.row_count(), values.column_count());
    for (index, criterion) in criteria.iter().enumerate() {
        let mut column = column(&values.column(index), criterion, normalization)?;
        if outside == Outside::Clip && normalization == Normalization::Fixed {
            for value in &mut column {
                *value = value.clamp(0.0, 1.0);
            }
        }
        normalised.set_column(index, &column);
    }
    Ok(normalised)
}

/// One column. A fixed scale goes on in a straight line outside its ends.
pub fn column(
    values: &[f64],
    criterion: &Criterion,
    normalization: Normalization,
) -> Result<Vec<f64>, Domain> {
    let cost = criterion.direction == Direction::Cost;
    match normalization {
        Normalization::Fixed => {
            let (low, high) = criterion.scale.unwrap_or((0.0, 1.0));
            Ok(if cost {
                between(values, high, low)
            } else {
                between(values, low, high)
            })
        }
        Normalization::MinMax => {
            let (low, high) = ends(values);
            if is_constant(values) {
                return Ok(vec![1.0; values.len()]);
            }
            Ok(if cost {
                between(values, high, low)
            } else {
                between(values, low, high)
            })
        }
        Normalization::Ratio => ratio(values, cost),
        Normalization::Sum => parts(values, cost),
        Normalization::Vector => Ok(direction(values, cost)),
        Normalization::None => Ok(values.to_vec()),
    }
}

/// Smallest and largest of a column.
pub(crate) fn ends(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (low, high)
}

/// Whether a column differs by no more than rounding noise.
pub(crate) fn is_constant(values: &[f64]) -> bool {
    let (low, high) = ends(values);
    high / 2.0 - low / 2.0 <= CONSTANT / 2.0 * largest(values)
}

/// Place between `from` (0) and `to` (1); halves are subtracted because whole ones could leave the range of a double.
fn between(values: &[f64], from: f64, to: f64) -> Vec<f64> {
    let length = to / 2.0 - from / 2.0;
    let place = |value: &f64| ((value / 2.0 - from / 2.0) / length).clamp(-FURTHEST, FURTHEST);
    values.iter().map(place).collect()
}

fn ratio(values: &[f64], cost: bool) -> Result<Vec<f64>, Domain> {
    let (low, high) = ends(values);
    if cost {
        if low <= 0.0 {
            return Err(Domain);
        }
        return Ok(values.iter().map(|value| low / value).collect());
    }
    if high <= 0.0 || low < 0.0 {
        return Err(Domain);
    }
    Ok(values.iter().map(|value| value / high).collect())
}

fn parts(values: &[f64], cost: bool) -> Result<Vec<f64>, Domain> {
    let (low, high) = ends(values);
    if low <= 0.0 {
        return Err(Domain);
    }
    let scaled: Vec<f64> = values
        .iter()
        .map(|value| if cost { low / value } else { value / high })
        .collect();
    let sum: f64 = scaled.iter().sum();
    Ok(scaled.iter().map(|value| value / sum).collect())
}

fn direction(values: &[f64], cost: bool) -> Vec<f64> {
    let most = largest(values);
    if most <= 0.0 {
        return vec![0.0; values.len()];
    }
    let scaled: Vec<f64> = values.iter().map(|value| value / most).collect();
    let length = scaled.iter().map(|value| value * value).sum::<f64>().sqrt();
    scaled
        .iter()
        .map(|value| {
            if cost {
                1.0 - value / length
            } else {
                value / length
            }
        })
        .collect()
}
