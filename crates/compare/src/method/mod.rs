//! The methods, one file each.

pub mod smaa;
pub mod beside;
