//! Alternatives with the same values tie under every weighting; they are computed once and share their places.

use crate::arithmetic::count;
use crate::matrix::Matrix;

/// Which alternatives have equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Members of each group; groups in the order of their first member.
    pub members: Vec<Vec<usize>>,
}

impl Groups {
    /// Groups rows that are equal; rounding noise must be removed first.
    pub fn of(values: &Matrix) -> Self {
        Self::by(values.row_count(), |one, other| {
            equal(values.row(one), values.row(other))
        })
    }

    /// Groups alternatives by any notion of equality.
    pub(crate) fn by(alternatives: usize, equal: impl Fn(usize, usize) -> bool) -> Self {
        let mut members: Vec<Vec<usize>> = Vec::new();
        for alternative in 0..alternatives {
            let same = members
                .iter_mut()
                .find(|group| group.first().is_some_and(|&first| equal(first, alternative)));
            match same {
                Some(group) => group.push(alternative),
                None => members.push(vec![alternative]),
            }
        }
        Self { members }
    }

    /// One row per group.
    pub fn representatives(&self, values: &Matrix) -> Matrix {
        let rows: Vec<&[f64]> = self
            .members
            .iter()
            .filter_map(|group| group.first())
            .map(|&first| values.row(first))
            .collect();
        Matrix::from_rows(&rows)
    }

    /// Number of members of each group.
    pub fn sizes(&self) -> Vec<usize> {
        self.members.iter().map(Vec::len).collect()
    }

    /// Shares of places per alternative from the shares of each group's first place: members of a group fill as many
    /// places as there are members and share them equally.
    pub fn split_places(&self, starts: &Matrix) -> Matrix {
        let alternatives = self.members.iter().map(Vec::len).sum();
        let mut places = Matrix::zeros(alternatives, alternatives);
        for (group, row) in self.members.iter().zip(starts.rows()) {
            for &member in group {
                for (start, share) in row.iter().enumerate() {
                    for cell in places.row_mut(member).iter_mut().skip(start).take(group.len()) {
                        *cell += share / count(group.len());
                    }
                }
            }
        }
        places
    }

    /// What is true of a group, for each alternative.
    pub fn spread<T: Clone>(&self, of_groups: &[Option<T>]) -> Vec<Option<T>> {
        self.group_of()
            .into_iter()
            .map(|group| of_groups.get(group).cloned().flatten())
            .collect()
    }

    /// For each alternative the index of its group.
    pub fn group_of(&self) -> Vec<usize> {
        let alternatives = self.members.iter().map(Vec::len).sum();
        let mut groups = vec![0; alternatives];
        for (index, group) in self.members.iter().enumerate() {
            for &member in group {
                if let Some(place) = groups.get_mut(member) {
                    *place = index;
                }
            }
        }
        groups
    }

    /// Shares of the first place per alternative from shares per group: members split theirs equally.
    pub fn split_first(&self, shares: &[f64]) -> Vec<f64> {
        let sizes: Vec<f64> = self.members.iter().map(|group| count(group.len())).collect();
        let part = |group: usize| Some(shares.get(group)? / sizes.get(group)?);
        self.group_of()
            .into_iter()
            .map(|group| part(group).unwrap_or(0.0))
            .collect()
    }
}

fn equal(left: &[f64], right: &[f64]) -> bool {
    left.iter().zip(right).all(|(a, b)| (a - b).abs() <= 0.0)
}
