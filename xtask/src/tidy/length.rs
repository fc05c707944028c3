//! A file has one job, and a reader.

use super::{Finding, Repository};

const LINES: usize = 700;

pub fn check(repository: &Repository) -> anyhow::Result<Vec<Finding>> {
    // A list in TOML is as long as it must be.
    let read = repository.texts.iter().filter(|(path, _)| !path.ends_with(".toml"));
    let long = read.filter_map(|(path, text)| {
        let lines = text.lines().count();
        let message = format!("{lines} lines, more than {LINES}: split the file by its jobs");
        (lines > LINES).then(|| Finding::new(path, lines, message))
    });
    Ok(long.collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::said;

    #[test]
    fn a_file_of_too_many_lines_is_found() {
        let (good, long) = ("//\n".repeat(700), "//\n".repeat(701));
        let said = said(
            super::check,
            &[("good.rs", &good), ("long.rs", &long), ("data.csv", &long), ("list.toml", &long)],
        );
        assert_eq!(said, ["long.rs:701: 701 lines, more than 700: split the file by its jobs"]);
    }
}
