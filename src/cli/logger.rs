//! Log lines on standard error, as the one who runs the command reads them.

use log::{LevelFilter, Log, Metadata, Record};

struct Stderr;

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("quickpickle")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            eprintln!("{}: {}", record.level().as_str().to_lowercase(), record.args());
        }
    }

    fn flush(&self) {}
}

/// From here on, what is logged at `level` or above is shown.
pub fn install(level: LevelFilter) {
    // The only logger of the process: nothing else sets one, and a second one would only lose lines.
    if log::set_logger(&Stderr).is_ok() {
        log::set_max_level(level);
    }
}
