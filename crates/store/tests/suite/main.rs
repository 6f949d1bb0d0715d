//! The store from outside: opening, keeping, copying, being left and being killed, on a file and on a server.

#[cfg(test)]
mod abandoned;
#[cfg(test)]
mod books;
#[cfg(test)]
mod copying;
#[cfg(test)]
mod damaged;
#[cfg(test)]
mod decision;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod history;
#[cfg(test)]
mod home;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod killing;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod place;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tampered;
#[cfg(test)]
#[path = "../../src/testing.rs"]
#[expect(
    unreachable_pub,
    reason = "the module that other crates' tests take from the library"
)]
mod testing;
