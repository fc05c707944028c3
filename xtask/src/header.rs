//! `cargo xtask header`: the header of the C library, from the functions of its interface.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use cbindgen::{Builder, Config, Language, RenameRule, Style};

/// Where the functions are.
const SOURCES: &str = "bindings/door/src/abi";
/// The header.
const HEADER: &str = "bindings/c/include/quickpickle.h";

#[derive(clap::Args)]
pub struct Args {
    /// Write nothing; fail where the header is not what it should be
    #[arg(long)]
    check: bool,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    let root = crate::root();
    let header = header(root)?;
    let path = root.join(HEADER);
    if args.check {
        let is_current = fs::read_to_string(&path).with_context(|| HEADER)? == header;
        if !is_current {
            println!("{HEADER} is not what the functions in {SOURCES} say: run cargo xtask header");
        }
        return Ok(is_current);
    }
    fs::write(&path, header).with_context(|| HEADER)?;
    println!("{HEADER} is written");
    Ok(true)
}

/// The header of the functions as they are.
fn header(root: &Path) -> anyhow::Result<String> {
    let mut config = Config {
        language: Language::C,
        header: Some(PREAMBLE.to_owned()),
        include_guard: Some("QUICKPICKLE_H".to_owned()),
        cpp_compat: true,
        usize_is_size_t: true,
        style: Style::Both,
        documentation: true,
        ..Config::default()
    };
    config.enumeration.rename_variants = RenameRule::QualifiedScreamingSnakeCase;
    config.function.sort_by = Some(cbindgen::SortKey::None);
    // The modules in it are followed.
    let builder = Builder::new().with_config(config).with_src(root.join(SOURCES).join("mod.rs"));
    let mut text = Vec::new();
    builder.generate().context("the functions cannot be declared in C")?.write(&mut text);
    Ok(String::from_utf8(text)?)
}

const PREAMBLE: &str = "\
/* quickpickle: Mina proofs, verified from a cold start in milliseconds.
 *
 * Bytes come in with their length, and verdicts go out: docs/c.md tells how, docs/verdicts.md what they mean.
 * Written by `cargo xtask header` from bindings/door/src/abi; changes belong there. */";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_declares_the_functions_as_they_are() {
        let written = fs::read_to_string(crate::root().join(HEADER)).expect("a header");
        let declared = header(crate::root()).expect("functions that C can call");
        assert!(written == declared, "run cargo xtask header");
        for function in ["quickpickle_key_new", "quickpickle_answers_are_valid", "quickpickle_batch_verify"] {
            let declarations = declared.matches(&format!("{function}(")).count();
            assert_eq!(declarations, 1, "{function}");
        }
    }
}
