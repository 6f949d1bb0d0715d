//! The methods, one file each: numbers and weights in, scores with what explains them out.

pub mod beside;
pub mod promethee;
pub mod smaa;
pub mod topsis;
pub mod vikor;
pub mod weighted_product;
pub mod weighted_sum;
