//! `cargo xtask scale`.

mod arrivals;
#[cfg(test)]
mod closed_forms;
mod figures;
mod graph;
mod outcome;
mod page;
mod plan;
mod simulation;

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use page::Page;

/// Reckon what a thousand, a million and a thousand million proofs a day take, and simulate it.
///
/// From the figures in xtask/src/scale/figures.toml, which are those of docs/benchmarks.md and of docs/node.md: nodes, cores, network, memory,
/// and the cost of a million proofs beside other verifiers. Each plan is simulated with queues, bursts and nodes that die.
#[derive(clap::Args)]
pub struct Args {
    /// The folder for the page and its graph
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs"))]
    out: PathBuf,
    /// US dollars for a core for an hour, in place of the assumed price
    #[arg(long, value_name = "DOLLARS")]
    price: Option<f64>,
    /// Another seed, to see how far the figures depend on it
    #[arg(long, default_value = "1")]
    seed: u64,
}

pub fn run(args: &Args) -> anyhow::Result<bool> {
    for (name, text) in files(args.price, args.seed)? {
        let path = args.out.join(name);
        fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
        fs::write(&path, text).with_context(|| path.display().to_string())?;
        eprintln!("{}", path.display());
    }
    Ok(true)
}

/// The page and its graph.
fn files(price: Option<f64>, seed: u64) -> anyhow::Result<[(&'static str, String); 2]> {
    let mut figures = figures::read()?;
    if let Some(price) = price {
        figures.assumed.price = price;
    }
    let page = Page::reckon(&figures, seed).to_string();
    Ok([("scale.md", page), ("scale.svg", graph::draw(&figures, seed)?)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_what_the_figures_say_now() {
        for (name, text) in files(None, 1).unwrap() {
            let kept = fs::read_to_string(crate::root().join("docs").join(name)).expect("a page");
            assert!(kept == text, "stale: docs/{name}; `cargo xtask scale` writes it again");
        }
    }

    #[test]
    fn nodes_are_scaled_by_what_the_page_says_they_have_at_their_load() {
        let figures = figures::read().unwrap();
        let manifest = fs::read_to_string(crate::root().join("deploy/kubernetes/node.yaml")).unwrap();
        let expected = format!("averageValue: \"{:.0}\"", Page::reckon(&figures, 1).in_hand());
        assert!(
            manifest.contains(&expected),
            "the autoscaler of deploy/kubernetes/node.yaml has not {expected}"
        );
    }
}
