//! A plain table of numbers: one row per alternative, one column per criterion.

use crate::arithmetic::largest;

/// Numbers in rows of equal length, stored row after row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    columns: usize,
    cells: Vec<f64>,
}

impl Matrix {
    /// A table of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            columns,
            cells: vec![0.0; rows * columns],
        }
    }

    /// Takes rows as they are; a row shorter than the first is filled with zeros, a longer one is cut.
    pub fn from_rows<R: AsRef<[f64]>>(rows: &[R]) -> Self {
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        let mut matrix = Self::zeros(rows.len(), columns);
        for (target, row) in matrix.rows_mut().zip(rows) {
            for (cell, value) in target.iter_mut().zip(row.as_ref()) {
                *cell = *value;
            }
        }
        matrix
    }

    /// Number of rows; a table without columns has none.
    pub fn row_count(&self) -> usize {
        self.cells.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Number of columns.
    pub fn column_count(&self) -> usize {
        self.columns
    }

    /// One row, empty if there is no such row.
    pub fn row(&self, row: usize) -> &[f64] {
        let start = row.saturating_mul(self.columns);
        self.cells
            .get(start..start.saturating_add(self.columns))
            .unwrap_or(&[])
    }

    /// One row to write to, empty if there is no such row.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        let start = row.saturating_mul(self.columns);
        self.cells
            .get_mut(start..start.saturating_add(self.columns))
            .unwrap_or(&mut [])
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.cells.chunks_exact(self.columns.max(1))
    }

    /// All rows in order, to write to.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f64]> {
        self.cells.chunks_exact_mut(self.columns.max(1))
    }

    /// A copy of one column, top to bottom; empty if there is no such column.
    pub fn column(&self, column: usize) -> Vec<f64> {
        self.rows().filter_map(|row| row.get(column).copied()).collect()
    }

    /// Writes one column, top to bottom.
    pub fn set_column(&mut self, column: usize, values: &[f64]) {
        for (row, value) in self.rows_mut().zip(values) {
            if let Some(cell) = row.get_mut(column) {
                *cell = *value;
            }
        }
    }

    /// All cells, row after row.
    pub fn cells(&self) -> &[f64] {
        &self.cells
    }

    /// The same table divided by its largest absolute value if that is so large or so small that differences and
    /// products of cells could leave the range of a double. Signs, orders and ratios stay.
    #[must_use]
    pub fn tamed(mut self) -> Self {
        let most = largest(&self.cells);
        if most > 0.0 && !(1e-100..=1e100).contains(&most) {
            for cell in &mut self.cells {
                *cell /= most;
            }
        }
        self
    }

    /// The same table with values of a column made equal that differ by rounding noise only (10⁻¹² of the largest
    /// absolute value of the column).
    #[must_use]
    pub fn without_noise(mut self) -> Self {
        for index in 0..self.columns {
            let mut column: Vec<(f64, usize)> = self.column(index).into_iter().zip(0..).collect();
            let noise = 1e-12
                * column
                    .iter()
                    .fold(0.0, |most: f64, (value, _)| most.max(value.abs()));
            column.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let mut kept = f64::NEG_INFINITY;
            for (value, row) in column {
                if value - kept > noise {
                    kept = value;
                }
                if let Some(cell) = self.row_mut(row).get_mut(index) {
                    *cell = kept;
                }
            }
        }
        self
    }
}
