//! The methods, one file each.

pub mod smaa;
