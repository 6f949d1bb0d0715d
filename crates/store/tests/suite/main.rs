//! The store from outside: opening, keeping, copying, and being killed.

#[cfg(test)]
mod copying;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod killing;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod place;
