//! The processors that a version is published for, and what compiles and runs for each on this machine.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::machine::is_there;

/// A processor, with Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Platform {
    #[value(name = "x86-64")]
    X86_64,
    Aarch64,
}

impl Platform {
    pub const ALL: [Self; 2] = [Self::X86_64, Self::Aarch64];

    /// As files are named.
    pub fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86-64",
            Self::Aarch64 => "aarch64",
        }
    }

    /// As Rust, the C compiler and the emulator name it.
    fn arch(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        }
    }

    /// As Debian and container images name it.
    pub fn debian(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
        }
    }

    /// The target of the compiler.
    pub fn triple(self) -> String {
        format!("{}-unknown-linux-gnu", self.arch())
    }

    /// Whether this machine runs its programs by itself.
    pub fn is_native(self) -> bool {
        std::env::consts::ARCH == self.arch()
    }
}

/// What compiles for a platform, and what runs its programs.
#[derive(Clone, Debug)]
pub struct Toolchain {
    pub platform: Platform,
    /// The compiler, which has the target's standard library.
    pub rustc: OsString,
    /// The C compiler of another processor, which links as well.
    pub cross: Option<String>,
    /// What runs the programs of another processor.
    emulator: Option<String>,
}

/// Where Debian's packages put the compiler.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

impl Toolchain {
    /// What there is on this machine, or a line for each thing that is missing.
    pub fn find(platform: Platform) -> Result<Self, Vec<String>> {
        let (arch, debian, triple) = (platform.arch(), platform.debian(), platform.triple());
        let mut missing = Vec::new();
        let usual = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let rustc = [usual, DEBIAN_RUSTC.into()].into_iter().find(|rustc| has_target(rustc, &triple));
        if rustc.is_none() {
            missing.push(format!(
                "the standard library of {triple}: `rustup target add {triple}`, or on Debian `dpkg --add-architecture \
                 {debian} && apt-get update && apt-get install rustc-web libstd-rust-web-dev:{debian}`"
            ));
        }
        let [cross, emulator] = [format!("{arch}-linux-gnu-gcc"), format!("qemu-{arch}-static")];
        if !platform.is_native() {
            if !is_there(&cross) {
                missing.push(format!(
                    "{cross}: on Debian `apt-get install gcc-{} libc6-dev-{debian}-cross`",
                    format!("{arch}-linux-gnu").replace('_', "-")
                ));
            }
            if !is_there(&emulator) {
                missing.push(format!("{emulator}: on Debian `apt-get install qemu-user-static`"));
            }
        }
        match rustc {
            Some(rustc) if missing.is_empty() => {
                let of_another = |program| (!platform.is_native()).then_some(program);
                Ok(Self { platform, rustc, cross: of_another(cross), emulator: of_another(emulator) })
            }
            _ => Err(missing),
        }
    }

    /// A command that runs a program of the platform.
    pub fn command(&self, program: &Path) -> Command {
        match &self.emulator {
            Some(emulator) => {
                let mut command = Command::new(emulator);
                command.arg(program);
                command
            }
            None => Command::new(program),
        }
    }

    /// How the programs of the platform run here, in a few words.
    pub fn runs(&self) -> String {
        match &self.emulator {
            Some(emulator) => format!("under {emulator}"),
            None => "as it is".to_owned(),
        }
    }

    /// The compiler's version, its commit, and the folder that it is in.
    pub fn compiler(&self) -> anyhow::Result<Compiler> {
        let ask = |arguments: &[&str]| -> anyhow::Result<String> {
            let output = Command::new(&self.rustc).args(arguments).output().context("rustc")?;
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let verbose = ask(&["-vV"])?;
        let commit = verbose.lines().find_map(|line| line.strip_prefix("commit-hash: "));
        Ok(Compiler {
            version: verbose.lines().next().unwrap_or_default().to_owned(),
            commit: commit.unwrap_or("unknown").to_owned(),
            sysroot: ask(&["--print", "sysroot"])?,
        })
    }
}

/// What a compiler says of itself.
pub struct Compiler {
    pub version: String,
    pub commit: String,
    pub sysroot: String,
}

/// Whether a compiler has the target's standard library.
fn has_target(rustc: &OsString, triple: &str) -> bool {
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", triple]).output();
    output.is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    })
}
