//! What `keygen` and `prove` share: where circuits come from, and a progress bar.

mod args;
pub mod keygen;
pub mod prove;

use std::cell::RefCell;
use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use quickpickle_prover::progress::Stage;

/// A bar on standard error where that is a terminal, otherwise nothing.
struct Bar {
    bar: ProgressBar,
    stage: RefCell<Option<Stage>>,
}

impl Bar {
    fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(1) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{msg:<14} {bar:30} {pos}/{len}  {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, stage: RefCell::new(None) }
    }

    fn step(&self, stage: Stage, done: usize, total: usize) {
        if self.stage.replace(Some(stage)) != Some(stage) {
            self.bar.set_message(name(stage));
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Tables => "tables",
        Stage::Keys => "commitments",
        Stage::Check => "witness check",
        Stage::Witness => "witness",
        Stage::Lookups => "lookups",
        Stage::Permutation => "permutation",
        Stage::Constraints => "constraints",
        Stage::Quotient => "quotient",
        Stage::Evaluations => "evaluations",
        Stage::Opening => "opening",
        _ => "proof",
    }
}
