//! Decision engine: weights, methods, robustness and verdict, with no input or output.
//!
//! Two ways in. A page calls [`verdict::judge`] for the verdict of §6b of the method and [`share::first_shares`]
//! for the share of all possible priorities that each option wins. A program hands a whole problem as text to
//! [`rank::answer`] and gets every method's numbers back. Everything is a pure function of its arguments: no
//! clock, no file, no hidden randomness; the same input gives the same bytes on one thread or many.

pub(crate) mod arithmetic;
pub mod difference;
pub mod evidence;
pub mod flip;
pub mod matrix;
pub mod method;
pub mod normal;
pub mod normalise;
pub mod problem;
pub mod rank;
pub mod ranking;
pub mod repeats;
pub mod share;
pub mod together;
pub mod tradeoff;
pub mod verdict;
pub mod weights;
