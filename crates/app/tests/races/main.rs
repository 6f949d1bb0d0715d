//! Many callers at once on the same contracts and people, on both engines; on a server from two nodes.

mod doubles;
mod home;
mod many;
mod once;
mod pairs;
mod stage;
