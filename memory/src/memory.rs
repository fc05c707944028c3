//! What a process holds in memory, as Linux tells it.

use std::fs;
use std::io;

/// A size in KiB in MB of 10⁶ bytes, the unit that tables and graphs are in.
pub fn megabytes(kibibytes: u64) -> f64 {
    kibibytes as f64 * 1024.0 / 1e6
}

/// Memory of a process at one moment, in KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Resident pages, shared ones counted in full: what `ps` and Mina's dashboards show.
    pub rss: u64,
    /// Resident pages, each divided by the number of processes that map it: these sum up to what a machine spends.
    pub pss: u64,
    /// Resident pages of this process alone: what its end would give back.
    pub uss: u64,
    /// The most that `rss` has been since the process began, also between two samples.
    pub peak: u64,
}

/// One of the measures of [`Memory`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// [`Memory::rss`].
    Rss,
    /// [`Memory::pss`].
    #[default]
    Pss,
    /// [`Memory::uss`].
    Uss,
}

impl Measure {
    /// Its name, as axes have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rss => "RSS",
            Self::Pss => "PSS",
            Self::Uss => "USS",
        }
    }

    /// This measure of `memory`, in KiB.
    pub fn of(self, memory: &Memory) -> u64 {
        match self {
            Self::Rss => memory.rss,
            Self::Pss => memory.pss,
            Self::Uss => memory.uss,
        }
    }
}

impl Memory {
    /// Memory of a process that runs; `None` of one that has ended, or is ending and has no memory any more.
    ///
    /// RSS, PSS and USS are from `/proc/PID/smaps_rollup`, the peak is `VmHWM` of `/proc/PID/status`.
    ///
    /// # Errors
    /// Where the system refuses to tell, and where it has no such files.
    pub fn of(pid: u32) -> io::Result<Option<Self>> {
        let read = |file: &str| match fs::read_to_string(format!("/proc/{pid}/{file}")) {
            Ok(text) => Ok(Some(text)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        };
        let Some(rollup) = read("smaps_rollup")? else { return Ok(None) };
        let Some(status) = read("status")? else { return Ok(None) };
        Ok(Self::parse(&rollup, &status))
    }

    fn parse(rollup: &str, status: &str) -> Option<Self> {
        let rss = kibibytes(rollup, "Rss")?;
        Some(Self {
            rss,
            pss: kibibytes(rollup, "Pss")?,
            uss: kibibytes(rollup, "Private_Clean")? + kibibytes(rollup, "Private_Dirty")?,
            // The two files are read one after the other, and the counter behind this one lags some pages behind.
            peak: kibibytes(status, "VmHWM")?.max(rss),
        })
    }
}

/// No such process, or it became a zombie while its file was open.
fn is_gone(error: &io::Error) -> bool {
    // ESRCH, for which `io::ErrorKind` has no name.
    error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(3)
}

/// A size of a process that runs, in KiB, from the line `name` of `/proc/PID/status`: `VmRSS` is what it holds resident, `VmHWM`
/// the most that this has been. It costs less than [`Memory::of`], for which the kernel walks the process's page tables. `None`
/// of a process that has ended, and where there is no such file or line.
pub fn status(pid: u32, name: &str) -> Option<u64> {
    kibibytes(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, name)
}

/// The size in the line `name` of a file such as `/proc/meminfo`, in KiB.
pub fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    value.trim().strip_suffix("kB")?.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLLUP: &str = "\
55d0-7ffd ---p 00000000 00:00 0    [rollup]
Rss:                9000 kB
Pss:                5000 kB
Pss_Dirty:           900 kB
Private_Clean:       300 kB
Private_Dirty:       500 kB
";

    #[test]
    fn the_fields_of_the_kernel() {
        let memory = Memory { rss: 9000, pss: 5000, uss: 800, peak: 9100 };
        assert_eq!(Memory::parse(ROLLUP, "VmPeak:\t1 kB\nVmHWM:\t    9100 kB\n"), Some(memory));
        assert_eq!(Memory::parse(ROLLUP, "VmHWM: 8900 kB\n").map(|memory| memory.peak), Some(9000));
        // A zombie's status has no sizes.
        assert_eq!(Memory::parse(ROLLUP, "State: Z (zombie)\n"), None);
        assert_eq!(Memory::parse("", ""), None);
    }
}

#[cfg(all(test, target_os = "linux"))]
mod process_tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn touched_pages_are_counted() {
        let own = || Memory::of(std::process::id()).unwrap().unwrap();
        let before = own();
        let pages = std::hint::black_box(vec![1u8; 64 << 20]);
        let during = own();
        let (grown, peak) = (during.uss.saturating_sub(before.uss), during.peak);
        assert!(grown > 60 << 10, "{before:?} {during:?}");
        assert!(during.uss <= during.pss && during.pss <= during.rss && during.rss <= peak, "{during:?}");
        drop(pages);
        let after = own();
        assert!(after.uss + (30 << 10) < during.uss && after.peak > 60 << 10, "{during:?} {after:?}");
    }

    #[test]
    fn a_status_tells_sizes_and_nothing_else() {
        let own = |name| status(std::process::id(), name);
        let (resident, peak) = (own("VmRSS").unwrap(), own("VmHWM").unwrap());
        assert!((1 << 10..1 << 30).contains(&resident) && resident <= peak + (1 << 10), "{resident} {peak}");
        assert_eq!((own("Vm"), own("Name"), status(u32::MAX, "VmRSS")), (None, None, None));
    }

    #[test]
    fn a_process_that_ended_has_no_memory() {
        let mut child = Command::new("sleep").arg("60").stdin(Stdio::null()).spawn().unwrap();
        let memory = Memory::of(child.id()).unwrap().unwrap();
        assert!(memory.rss > 0 && memory.uss > 0, "{memory:?}");
        child.kill().unwrap();
        // Killed, not waited for: a zombie at the end.
        let gone = (0..500).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            Memory::of(child.id()).unwrap().is_none()
        });
        assert!(gone);
        child.wait().unwrap();
        assert_eq!(Memory::of(child.id()).unwrap(), None);
    }
}
