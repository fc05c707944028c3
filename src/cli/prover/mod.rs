//! What `keygen` and `prove` share: where circuits come from, and a progress bar.

mod args;
pub mod keygen;
pub mod prove;

use std::cell::Cell;
use std::time::Instant;

use indicatif::ProgressBar;
use quickpickle_prover::progress::Stage;

use super::terminal;

/// A bar where standard error is a terminal; and with `--verbose` how long each stage took.
struct Bar {
    bar: ProgressBar,
    stage: Cell<Option<(Stage, Instant)>>,
}

impl Bar {
    fn new() -> Self {
        Self {
            bar: terminal::bar(Some(1), "{msg:<14} {bar:30} {pos}/{len}  {elapsed}"),
            stage: Cell::new(None),
        }
    }

    fn step(&self, stage: Stage, done: usize, total: usize) {
        if self.stage.get().is_none_or(|(last, _)| last != stage) {
            self.end_stage();
            self.stage.set(Some((stage, Instant::now())));
            self.bar.set_message(stage.name());
        }
        self.bar.update(|bar| {
            bar.set_len(total as u64);
            bar.set_pos(done as u64);
        });
    }

    fn end_stage(&self) {
        if let Some((stage, started)) = self.stage.take() {
            log::debug!("{}: {:.3} s", stage.name(), started.elapsed().as_secs_f64());
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
        self.end_stage();
    }
}
