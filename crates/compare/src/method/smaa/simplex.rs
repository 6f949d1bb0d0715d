//! Three and more alternatives, exactly: cut the simplex of weights where two alternatives change places.
//!
//! A piece is a simplex that knows, at each of its corners, the weights and every alternative's value there. Cutting
//! it on the edge with the largest positive and the most negative difference gives two pieces of known volume, and
//! the values at the new corner follow by interpolation: no determinants, no sampling error. The number of pieces
//! grows fast with alternatives and criteria, so every call has a budget and gives up (`None`) beyond it.

use crate::arithmetic::count;
use crate::matrix::Matrix;

/// Pieces after which `auto` gives up on one alternative and samples instead.
pub const PIECES_PER_ALTERNATIVE: usize = 200_000;

/// How much an exact answer may cost before it is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Pieces of the simplex in all.
    pub pieces: usize,
    /// Numbers looked at in all: a piece of a large table costs more than one of a small table.
    pub cells: usize,
}

impl Budget {
    fn spend(&mut self, pieces: usize, cells: usize) -> Option<()> {
        self.pieces = self.pieces.checked_sub(pieces)?;
        self.cells = self.cells.checked_sub(cells)?;
        Some(())
    }
}

/// A difference this small at a corner is a zero: the values are scaled to at most 1 first.
const NOTHING: f64 = 1e-13;

/// Shares of the first place.
#[derive(Clone, Debug, PartialEq)]
pub struct First {
    /// Per alternative the share of weightings in which it is first.
    pub shares: Vec<f64>,
    /// Per alternative the mean corner coordinates where it is first, if it ever is.
    pub central: Vec<Option<Vec<f64>>>,
}

/// Shares of all places.
#[derive(Clone, Debug, PartialEq)]
pub struct Places {
    /// Row i, column r: the share of weightings in which group i starts at place r + 1.
    pub starts: Matrix,
    /// Per alternative the mean corner coordinates where it is first, if it ever is.
    pub central: Vec<Option<Vec<f64>>>,
}

/// The share of weightings in which each alternative is first, with its central coordinates.
///
/// `values` has a row per alternative and a column per corner of the simplex of weights (for plain weights the
/// corners are the criteria). Rows must differ. `None` when the budget is spent.
pub fn first_places(values: &Matrix, budget: Budget) -> Option<First> {
    let cutter = Cutter::new(values);
    let mut left = budget;
    let mut shares = Vec::new();
    let mut central = Vec::new();
    for winner in 0..cutter.alternatives {
        let pairs: Vec<(usize, usize)> = (0..cutter.alternatives)
            .filter(|rival| *rival != winner)
            .map(|rival| (winner, rival))
            .collect();
        let mut sum = Sum::new(cutter.corners);
        cutter.cut(&pairs, Sides::Positive, &mut left, |piece| {
            sum.add(piece, cutter.centre(piece));
        })?;
        shares.push(sum.share);
        central.push(sum.mean());
    }
    Some(First { shares, central })
}

/// The shares of every place. Rows of `values` must differ; row i stands for `sizes[i]` equal alternatives, which fill
/// as many places. `None` when the budget is spent.
pub fn all_places(values: &Matrix, sizes: &[usize], budget: Budget) -> Option<Places> {
    let cutter = Cutter::new(values);
    let alternatives = cutter.alternatives;
    let pairs: Vec<(usize, usize)> = (0..alternatives)
        .flat_map(|one| (one + 1..alternatives).map(move |other| (one, other)))
        .collect();
    let mut left = budget;
    let mut starts = Matrix::zeros(alternatives, sizes.iter().sum());
    let mut first = vec![Sum::new(cutter.corners); alternatives];
    cutter.cut(&pairs, Sides::Both, &mut left, |piece| {
        let centre = cutter.centre(piece);
        let score = |index: usize| centre.get(index).copied().unwrap_or(0.0);
        let mut order: Vec<usize> = (0..alternatives).collect();
        order.sort_by(|&a, &b| score(b).total_cmp(&score(a)).then(a.cmp(&b)));
        let mut place = 0;
        for &alternative in &order {
            if let Some(cell) = starts.row_mut(alternative).get_mut(place) {
                *cell += piece.share;
            }
            place += sizes.get(alternative).copied().unwrap_or(1);
        }
        if let Some(sum) = order.first().and_then(|&best| first.get_mut(best)) {
            sum.add(piece, centre);
        }
    })?;
    Some(Places {
        starts,
        central: first.iter().map(Sum::mean).collect(),
    })
}

/// Volume and centre of many pieces.
#[derive(Clone, Debug)]
struct Sum {
    share: f64,
    moment: Vec<f64>,
}

impl Sum {
    fn new(corners: usize) -> Self {
        Self {
            share: 0.0,
            moment: vec![0.0; corners],
        }
    }

    /// `centre` holds the alternatives' values first, the corner coordinates last.
    fn add(&mut self, piece: &Piece, centre: Vec<f64>) {
        self.share += piece.share;
        let skipped = centre.len().saturating_sub(self.moment.len());
        for (moment, coordinate) in self.moment.iter_mut().zip(centre.into_iter().skip(skipped)) {
            *moment += piece.share * coordinate;
        }
    }

    fn mean(&self) -> Option<Vec<f64>> {
        (self.share > 0.0).then(|| self.moment.iter().map(|moment| moment / self.share).collect())
    }
}

/// A simplex inside the simplex of weights.
#[derive(Clone, Debug)]
struct Piece {
    /// Corners one after another; each holds the alternatives' values, then its coordinates.
    corners: Vec<f64>,
    /// Volume as a share of the whole.
    share: f64,
    /// How many pairs are decided already.
    decided: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sides {
    Positive,
    Both,
}

struct Cutter {
    alternatives: usize,
    corners: usize,
    width: usize,
    start: Vec<f64>,
}

/// Where a difference is most positive and most negative: corner and amount.
struct Extremes {
    positive: Option<(usize, f64)>,
    negative: Option<(usize, f64)>,
}

impl Cutter {
    fn new(values: &Matrix) -> Self {
        let alternatives = values.row_count();
        let corners = values.column_count();
        let width = alternatives + corners;
        let most = crate::arithmetic::largest(values.cells());
        let scale = if most > 0.0 { most } else { 1.0 };
        let mut start = vec![0.0; corners * width];
        for (corner, place) in start.chunks_exact_mut(width.max(1)).enumerate() {
            for (cell, row) in place.iter_mut().zip(values.rows()) {
                *cell = row.get(corner).copied().unwrap_or(0.0) / scale;
            }
            if let Some(coordinate) = place.get_mut(alternatives + corner) {
                *coordinate = 1.0;
            }
        }
        Self {
            alternatives,
            corners,
            width,
            start,
        }
    }

    /// Cuts by each pair in turn and hands every finished piece to `done`; `None` when the budget is spent.
    fn cut(
        &self,
        pairs: &[(usize, usize)],
        sides: Sides,
        budget: &mut Budget,
        mut done: impl FnMut(&Piece),
    ) -> Option<()> {
        let mut open = vec![Piece {
            corners: self.start.clone(),
            share: 1.0,
            decided: 0,
        }];
        let mut spare: Vec<Vec<f64>> = Vec::new();
        'pieces: while let Some(mut piece) = open.pop() {
            budget.spend(1, piece.corners.len())?;
            while let Some(&pair) = pairs.get(piece.decided) {
                budget.spend(0, self.corners)?;
                let found = self.extremes(&piece, pair);
                match (found.positive, found.negative) {
                    (Some(positive), Some(negative)) => {
                        let mut copy = spare.pop().unwrap_or_default();
                        copy.clone_from(&piece.corners);
                        let (one, other) = self.split(piece, copy, positive, negative);
                        open.push(one);
                        open.push(other);
                        continue 'pieces;
                    }
                    (None, Some(_)) if sides == Sides::Positive => {
                        spare.push(piece.corners);
                        continue 'pieces;
                    }
                    _ => piece.decided += 1,
                }
            }
            done(&piece);
            spare.push(piece.corners);
        }
        Some(())
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "inner loop; both indices are below the number of alternatives"
    )]
    fn extremes(&self, piece: &Piece, (one, other): (usize, usize)) -> Extremes {
        let mut extremes = Extremes {
            positive: None,
            negative: None,
        };
        let (mut most, mut least) = (NOTHING, -NOTHING);
        for (index, corner) in piece.corners.chunks_exact(self.width).enumerate() {
            let difference = corner[one] - corner[other];
            if difference > most {
                most = difference;
                extremes.positive = Some((index, difference));
            } else if difference < least {
                least = difference;
                extremes.negative = Some((index, -difference));
            }
        }
        extremes
    }

    /// Splits at the zero of the difference on the edge between two corners.
    fn split(
        &self,
        mut piece: Piece,
        copy: Vec<f64>,
        (positive, a): (usize, f64),
        (negative, b): (usize, f64),
    ) -> (Piece, Piece) {
        let fraction = a / (a + b);
        let mut other = Piece {
            corners: copy,
            share: piece.share * (1.0 - fraction),
            decided: piece.decided,
        };
        piece.share *= fraction;
        let (at, from) = (positive * self.width, negative * self.width);
        for offset in 0..self.width {
            let (Some(high), Some(low)) = (
                piece.corners.get(at + offset).copied(),
                piece.corners.get(from + offset).copied(),
            ) else {
                break;
            };
            let cut = high + (low - high) * fraction;
            if let Some(cell) = piece.corners.get_mut(from + offset) {
                *cell = cut;
            }
            if let Some(cell) = other.corners.get_mut(at + offset) {
                *cell = cut;
            }
        }
        (piece, other)
    }

    /// Mean of the corners: values, then coordinates.
    fn centre(&self, piece: &Piece) -> Vec<f64> {
        let mut centre = vec![0.0; self.width];
        for corner in piece.corners.chunks_exact(self.width.max(1)) {
            for (sum, value) in centre.iter_mut().zip(corner) {
                *sum += value;
            }
        }
        for sum in &mut centre {
            *sum /= count(self.corners);
        }
        centre
    }
}
