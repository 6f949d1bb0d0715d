//! Verifies a database file and says how long it took: `cargo run --release -p earnest-store --example verify -- FILE`.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a program for measuring")]

use std::path::PathBuf;
use std::time::Instant;

use earnest_store::{Error, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let file = PathBuf::from(std::env::args().nth(1).unwrap());
    let store = Store::open_to_read(&file)?;
    let begun = Instant::now();
    let verified = store.verify(None).await?;
    println!(
        "{:.1?}: {:?} {:?}",
        begun.elapsed(),
        verified.checked,
        verified.broken.first()
    );
    Ok(())
}
