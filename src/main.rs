//! The command `quickpickle`.
#![forbid(unsafe_code)]

mod cli;

fn main() -> std::process::ExitCode {
    cli::run(std::time::Instant::now())
}
