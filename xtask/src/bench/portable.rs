//! The portable backend beside the best one of this machine: what the arithmetic decides.

use std::process::Command;

use quickpickle_curve::{BACKEND_VARIABLE, Backend, backend};

use super::build::Programs;
use super::report::Measured;
use super::{Effort, Vector, command, library};

/// Figures of the command and of the library, in processes that have that backend; none where this machine has no other.
pub fn measure(programs: &Programs, vector: &Vector, effort: Effort) -> anyhow::Result<Vec<Measured>> {
    if backend() == Backend::Portable {
        return Ok(Vec::new());
    }
    let portable = |program| {
        let mut command = Command::new(program);
        command.env(BACKEND_VARIABLE, Backend::Portable.name());
        command
    };
    let mut figures = vec![command::first_verdicts(|| portable(&programs.command), vector, effort)?];
    figures.extend(library::run(portable(&programs.library), &["--arithmetic"], effort)?);
    figures.iter_mut().for_each(|figure| figure.name.insert_str(0, "portable: "));
    Ok(figures)
}
