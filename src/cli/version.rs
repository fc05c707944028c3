//! `quickpickle --version`: what is inside, so that two who compare it know that they verify with the same.

use std::fmt::Write as _;
use std::sync::OnceLock;

use quickpickle::tables::Pinned;
use quickpickle_srs_data::NETWORK_KEYS;

/// The version; a line for each table and each network's key in the binary, with its digest; and the backend of the
/// arithmetic, where one can be had.
pub fn long() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        let mut text = env!("CARGO_PKG_VERSION").to_owned();
        // Writing to a string does not fail.
        for table in Pinned::all().iter().filter(|table| table.file().is_some()) {
            let _ = write!(text, "\ntable {} {}", table.id, table.digest);
        }
        for key in NETWORK_KEYS.iter().filter(|key| key.text.is_some()) {
            let _ =
                write!(text, "\nkey {} {} {} {}", key.network, key.protocol_version, key.proof, key.digest);
        }
        if let Ok(backend) = quickpickle_curve::try_backend() {
            let _ = write!(text, "\nbackend {backend}");
        }
        text
    })
}
