//! Maintenance tasks of quickpickle.

#![forbid(unsafe_code)]

mod bake;
mod bench;
mod cargo;
mod check;
mod dist;
mod farm;
mod header;
mod kubernetes;
mod lab;
mod machine;
mod mutants;
mod npm;
mod scale;
mod svg;
mod tidy;

use clap::{Parser, Subcommand};
use std::path::Path;
use std::process::ExitCode;

/// Maintenance tasks of quickpickle.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Command {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Compute all tables of the manifest anew and compare them with their pins
    Bake(bake::Args),
    /// Measure start, memory, verification and batches, with tables and without
    Bench(bench::Args),
    /// Prove the tables of a build: digests, every point, generators, Lagrange bases
    Check(check::Args),
    /// Build what is published: archives, Debian packages, container images, checksums
    Dist(dist::Args),
    /// Run verification farms on this machine, over HAProxy and NATS, with faults
    Farm(farm::Args),
    /// Write the C library's header from its functions
    Header(header::Args),
    /// Compare the manifests for Kubernetes with its schemas
    Kubernetes(kubernetes::Args),
    /// Run a network of nodes on this machine and measure what its processes hold in memory
    Lab(lab::Args),
    /// Take out the verifier's checks one by one, and print those that no test misses
    Mutants(mutants::Args),
    /// Build the npm package and its page, pack it, and test it
    Npm(npm::Args),
    /// Reckon and simulate what large volumes of proofs take
    Scale(scale::Args),
    /// Look for documents, lists and tests that are not what they say
    Tidy(tidy::Args),
}

/// The root of the workspace.
fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn main() -> ExitCode {
    let result = match Command::parse().task {
        Task::Bake(args) => bake::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Check(args) => check::run(&args),
        Task::Dist(args) => dist::run(&args),
        Task::Farm(args) => farm::run(&args),
        Task::Header(args) => header::run(&args),
        Task::Kubernetes(args) => kubernetes::run(&args),
        Task::Lab(args) => lab::run(&args),
        Task::Mutants(args) => mutants::run(&args),
        Task::Npm(args) => npm::run(&args),
        Task::Scale(args) => scale::run(&args),
        Task::Tidy(args) => tidy::run(&args),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
