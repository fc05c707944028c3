//! The machine that figures are from.

use std::fs;
use std::process::Command;

use quickpickle_memory::kibibytes;
use serde::{Deserialize, Serialize};

/// Whether a program can be started here.
pub fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// What a reader must know of the machine to compare figures. Parts that the system does not tell are absent.
#[derive(Debug, Serialize, Deserialize)]
pub struct Machine {
    cpu: Option<String>,
    pub cores: usize,
    memory_gib: Option<f64>,
    os: Option<String>,
    kernel: Option<String>,
    rustc: Option<String>,
    commit: Option<String>,
    /// Runnable tasks, average of the last minute before the measurements.
    load: Option<f64>,
}

impl Machine {
    pub fn describe() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg").ok();
        let memory = kibibytes(&meminfo, "MemTotal");
        let dirty = output("git", &["status", "--porcelain"]).is_some_and(|text| !text.is_empty());
        Self {
            cpu: field(&cpuinfo, "model name", ':'),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: memory.map(|kibibytes| (kibibytes as f64 / f64::from(1 << 20) * 10.0).round() / 10.0),
            os: field(&release, "PRETTY_NAME", '=').map(|name| name.trim_matches('"').to_owned()),
            kernel: output("uname", &["-sr"]),
            rustc: output("rustc", &["--version"]),
            commit: output("git", &["rev-parse", "--short=12", "HEAD"])
                .map(|commit| if dirty { format!("{commit}, with changes") } else { commit }),
            load: load.and_then(|text| text.split(' ').next()?.parse().ok()),
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = |part: &Option<String>| part.clone().unwrap_or_else(|| "unknown".to_owned());
        let number = |part: Option<f64>| part.map_or("unknown".to_owned(), |number| number.to_string());
        writeln!(f, "{}, {} cores, {} GiB", text(&self.cpu), self.cores, number(self.memory_gib))?;
        writeln!(f, "{}, {}, {}", text(&self.os), text(&self.kernel), text(&self.rustc))?;
        writeln!(f, "commit {}, load before the run {}", text(&self.commit), number(self.load))
    }
}

/// The rest of the first line that begins with `name` and the separator.
fn field(text: &str, name: &str, separator: char) -> Option<String> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(separator)?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}

fn output(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).current_dir(crate::root()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_files() {
        let text = "processor\t: 0\nmodel name\t: A B\nmodel\t\t: 1\n";
        assert_eq!(field(text, "model name", ':').as_deref(), Some("A B"));
        assert_eq!(field(text, "mod", ':'), None);
        assert_eq!(field("A=1\nPRETTY_NAME=\"X 1\"\n", "PRETTY_NAME", '=').as_deref(), Some("\"X 1\""));
    }
}
