//! Standard error, which progress bars and log lines share.

use std::io::{self, IsTerminal as _};
use std::sync::LazyLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use log::{LevelFilter, Log, Metadata, Record};

/// The bars that are drawn, so that whatever else is written takes them away first.
static BARS: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// Draws a bar by indicatif's `template`, without an end where `length` is not known; nothing where standard error is no
/// terminal.
pub fn bar(length: Option<u64>, template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
    // A template that does not parse would be an error of ours, and is no reason to end.
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = BARS.add(bar.with_style(style.progress_chars("=> ")));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Does what writes to the terminal while no bar is on it.
pub fn without_bars<T>(write: impl FnOnce() -> T) -> T {
    BARS.suspend(write)
}

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("quickpickle")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let level = record.level().as_str().to_lowercase();
            without_bars(|| eprintln!("{level}: {}", record.args()));
        }
    }

    fn flush(&self) {}
}

/// From here on, what is logged at `level` or above is shown.
pub fn show_log(level: LevelFilter) {
    // The only logger of the process: nothing else sets one, and a second one would only lose lines.
    if log::set_logger(&Stderr).is_ok() {
        log::set_max_level(level);
    }
}
