//! Verifies any number of o1js proofs, one a line of standard input, in bounded memory:
//! `cargo run --release --example stream -- VK.json < PROOFS.jsonl`.

use std::error::Error;
use std::io::BufRead as _;
use std::num::NonZeroUsize;
use std::sync::Arc;

use quickpickle::{PreparedKey, Verifier, wire::o1js};

/// Proofs that are verified together. More cost less each; with 64 most of the gain is had.
const WINDOW: NonZeroUsize = NonZeroUsize::new(64).expect("not zero");

fn main() -> Result<(), Box<dyn Error>> {
    let key = std::env::args().nth(1).ok_or("usage: stream VK.json < PROOFS.jsonl")?;
    let key = Arc::new(PreparedKey::from_o1js(std::fs::read(key)?)?);

    let lines = std::io::stdin().lock().lines().map_while(Result::ok);
    let prepare = |line: &String| -> Result<_, quickpickle::Error> {
        Ok(o1js::proof_from_json(line)?.into_task(key.clone()))
    };
    for (number, (_line, verdict)) in Verifier::baked().verify_stream(lines, WINDOW, prepare).enumerate() {
        match verdict {
            Ok(()) => println!("{}: valid", number + 1),
            Err(error) => println!("{}: {}: {error}", number + 1, error.kind()),
        }
    }
    Ok(())
}
