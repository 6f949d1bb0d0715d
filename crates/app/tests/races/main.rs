//! Many callers at once on the same contracts and people, on both engines; on a server from two nodes.

#[cfg(test)]
mod doubles;
#[cfg(test)]
mod home;
#[cfg(test)]
mod many;
#[cfg(test)]
mod once;
#[cfg(test)]
mod pairs;
#[cfg(test)]
mod stage;
