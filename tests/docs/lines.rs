//! The lines of the documentation that run `quickpickle`, as they stand there.

use std::fs;
use std::path::{Path, PathBuf};

/// A line of shell, and where it stands.
#[derive(Clone, Debug)]
pub struct Line {
    /// The page, and the number of the line.
    pub place: String,
    /// What it says, without a comment.
    pub shell: String,
}

impl Line {
    fn new(place: String, text: &str) -> Self {
        let shell = text.split(" #").next().unwrap_or_default().trim();
        // In a clone the command is run by cargo.
        Self { place, shell: shell.replace("cargo run --release -- ", "quickpickle ") }
    }

    /// Whether `quickpickle` is run in it.
    pub fn is_ours(&self) -> bool {
        self.commands().iter().any(|words| words.first().is_some_and(|word| word == "quickpickle"))
    }

    /// The simple commands of it, word by word. Quotes are in no word of ours.
    pub fn commands(&self) -> Vec<Vec<String>> {
        let separated = self.shell.replace("&&", "|").replace(';', "|");
        let words = |command: &str| {
            let redirected = command.split('>').next().unwrap_or_default();
            redirected.split_whitespace().map(str::to_owned).collect()
        };
        separated.split('|').map(words).collect()
    }
}

/// The pages of the documentation.
pub fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    for folder in ["docs", "docs/lab", "examples/files"] {
        let entries =
            fs::read_dir(root.join(folder)).expect("a folder").map(|entry| entry.expect("an entry").path());
        let mut found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
        found.sort();
        pages.append(&mut found);
    }
    pages
}

/// All lines of shell of a page: those in blocks marked `sh`, ones that end with a backslash put together with the next.
pub fn of_page(page: &Path) -> Vec<Line> {
    let text = fs::read_to_string(page).expect("a page of text");
    let name = page.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(page).display();
    let (mut lines, mut inside, mut begun) = (Vec::new(), false, String::new());
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            inside = !inside && language == "sh";
        } else if inside {
            match line.strip_suffix('\\') {
                Some(part) => begun.push_str(part),
                None => {
                    lines.push(Line::new(format!("{name}:{number}"), &(std::mem::take(&mut begun) + line)))
                }
            }
        }
    }
    lines
}

/// The examples in the text of a help.
pub fn of_help(command: &str, help: &str) -> Vec<Line> {
    let after = help.split("Example").nth(1).unwrap_or_default();
    let examples = after.lines().skip(1).take_while(|line| line.starts_with("  "));
    examples.map(|line| Line::new(format!("{command} --help"), line)).collect()
}
