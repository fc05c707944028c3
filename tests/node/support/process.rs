//! Other processes.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::LONG;

/// Sends a signal.
pub fn signal(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a process")).expect("a process");
    match kill_process(pid, signal) {
        // It has ended by itself, and was waited for.
        Ok(()) | Err(rustix::io::Errno::SRCH) => (),
        Err(error) => panic!("{error}"),
    }
}

/// Whether a process runs, and is no zombie.
pub fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // After the name, which is in parentheses, comes the state.
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z") && !rest.starts_with(" X"))
}

/// Waits until a process no longer runs.
pub fn gone(pid: u32) {
    let end = Instant::now() + LONG;
    while runs(pid) {
        assert!(Instant::now() < end, "process {pid} still runs");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The most memory that a process has had, in bytes.
pub fn peak_memory(pid: u32) -> u64 {
    memory(pid, "VmHWM")
}

/// The memory that a process has, in bytes.
pub fn resident_memory(pid: u32) -> u64 {
    memory(pid, "VmRSS")
}

fn memory(pid: u32, field: &str) -> u64 {
    quickpickle_memory::status(pid, field).expect("it runs") << 10
}
