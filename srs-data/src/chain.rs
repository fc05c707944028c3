//! Errors, printed with what caused them.

use std::error::Error;
use std::fmt::Write as _;

/// An error and all that caused it, on one line, outermost first: `key: data: the input ends here`.
///
/// No message of quickpickle's repeats its source's, so whoever shows an error to somebody shows the chain.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    for cause in std::iter::successors(error.source(), |cause| (*cause).source()) {
        // Writing to a string does not fail.
        let _ = write!(text, ": {cause}");
    }
    text
}
