//! The Earnest binary.
fn main() {}
