//! The library, installed in a folder, and programs that are linked with it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// A folder that the library is installed in.
pub struct Installed(tempfile::TempDir);

pub fn installed() -> &'static Installed {
    static INSTALLED: OnceLock<Installed> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        // Beside this test lies what it was built with.
        let from = std::env::current_exe().expect("a program").parent().expect("a folder").to_owned();
        run(Command::new(here("install.sh")).arg("--prefix").arg(folder.path()).arg("--from").arg(from));
        Installed(folder)
    })
}

impl Installed {
    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// What `pkg-config` says of the installed library.
    pub fn flags(&self, arguments: &[&str]) -> Vec<String> {
        let mut command = Command::new("pkg-config");
        command.env("PKG_CONFIG_PATH", self.path("lib/pkgconfig")).args(arguments).arg("quickpickle");
        let flags = run(&mut command);
        String::from_utf8_lossy(&flags.stdout).split_whitespace().map(str::to_owned).collect()
    }

    /// Compiles a source of this package; the program.
    pub fn compile(&self, source: &str, libraries: &[&str]) -> PathBuf {
        let source = here(source);
        let program = self.path(&source.file_stem().expect("a name").to_string_lossy());
        let mut command = Command::new("cc");
        command.args(["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-D_XOPEN_SOURCE=700"]);
        command.arg("-I").arg(self.path("include")).arg(&source).arg("-L").arg(self.path("lib"));
        run(command.args(libraries).arg("-o").arg(&program));
        program
    }

    /// Compiles an example; it is run with the shared library.
    pub fn example(&self, name: &str, arguments: &[&Path]) -> (i32, String) {
        let program = self.compile(&format!("examples/{name}.c"), &["-lquickpickle", "-lpthread"]);
        let mut command = Command::new(program);
        let output = command.env("LD_LIBRARY_PATH", self.path("lib")).args(arguments).output();
        let output = output.expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let status = output.status.code().unwrap_or_else(|| panic!("{name}: {}", text(&output.stderr)));
        (status, text(&output.stdout) + &text(&output.stderr))
    }
}

/// A file of this package.
pub fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a program that must succeed.
pub fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
    output
}
