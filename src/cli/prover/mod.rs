//! What `keygen` and `prove` share: where circuits come from, and a progress bar.

mod args;
pub mod keygen;
pub mod prove;

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use quickpickle_prover::progress::Stage;

/// A bar on standard error where that is a terminal; and with `--verbose` how long each stage took.
struct Bar {
    bar: ProgressBar,
    stage: Cell<Option<(Stage, Instant)>>,
}

impl Bar {
    fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(1) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{msg:<14} {bar:30} {pos}/{len}  {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar, stage: Cell::new(None) }
    }

    fn step(&self, stage: Stage, done: usize, total: usize) {
        if self.stage.get().is_none_or(|(last, _)| last != stage) {
            self.end_stage();
            self.stage.set(Some((stage, Instant::now())));
            self.bar.set_message(stage.name());
        }
        self.bar.set_length(total as u64);
        self.bar.set_position(done as u64);
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
