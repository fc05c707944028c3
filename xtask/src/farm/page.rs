//! The page that describes a run.

use std::fmt;

use super::balanced::AGE;
use super::report::{Faults, Proving, Report};

/// The page of a run.
pub struct Page<'a>(pub &'a Report);

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { machine, engines, beside, throughput, balanced, queue, proving } = self.0;
        writeln!(
            f,
            "# Farms that verify and prove, with faults\n\n\
             Written by `cargo xtask farm`, which runs the real engines and several processes on one machine. What a farm is, and \
             how one is set up: [farm.md](../farm.md).\n\n```text\n{machine}{}\n```\n\nBeside it the machine did {beside}.\n",
            engines.join("\n")
        )?;
        writeln!(
            f,
            "## Throughput\n\nMilliseconds a valid o1js proof, of four programs with a key each, with up to 128 proofs in flight. All \
             processes share the machine's {} cores, of which one node uses all: more nodes gain nothing here, and what differs is how many \
             proofs are verified together. On machines of their own each node adds its own capacity, which [scale.md](../scale.md) \
             reckons with.\n\n| | proofs | seconds | ms a proof |\n| --- | ---: | ---: | ---: |",
            machine.cores,
        )?;
        for measurement in throughput {
            let (what, proofs) = (&measurement.what, measurement.proofs);
            writeln!(f, "| {what} | {proofs} | {:.1} | {:.1} |", measurement.seconds, measurement.each())?;
        }
        writeln!(f, "\n![Milliseconds a proof](throughput.svg)\n")?;
        writeln!(
            f,
            "## Behind HAProxy\n\nThree nodes, 64 clients that ask one proof each at a time, one of 16 altered, and ask again where \
             the answer is an error. Nodes ask each connection to end after {AGE} s, \
             and HAProxy opens others while requests flow.\n"
        )?;
        table(f, balanced, VERDICTS, "asked again by the client")?;
        writeln!(f, "| connections that HAProxy opened to nodes | {} |", balanced.connections)?;
        writeln!(f, "\n![Answers a second, and what was done to the nodes](balanced.svg)\n")?;
        writeln!(
            f,
            "## Over JetStream\n\nThree workers, reached by a relay that stands for the network, were killed {} times at random \
             moments: three times of four the whole worker, otherwise its verifier. A request of a worker that is gone is handed \
             out again after two seconds.\n",
            queue.kills
        )?;
        table(f, queue, VERDICTS, "handed out again by the queue")?;
        writeln!(f, "\n![Answers a second, and what was done beside the kills](queue.svg)\n")?;
        let Proving { faults, alone, lease, late } = proving;
        writeln!(
            f,
            "## A proving farm\n\nTwo snark coordinators share their jobs on JetStream. Both hear of each block by its subject, and it \
             brings two jobs, proofs of 2^16 rows. Three snark workers reach the coordinators by way of HAProxy. One job alone was done after \
             {alone:.1} s, and takes longer beside others; a lease that its worker does not extend lasts for {lease:.1} s, so that each \
             proof outlasts its lease. Both coordinators, all workers and the server were killed, {} kills in all, and one worker was stopped \
             for six seconds. A worker was told {late} times that it had lost its lease.\n",
            faults.kills
        )?;
        table(f, faults, PROOFS, "leased again")?;
        writeln!(f, "\n![Jobs done, and what was done to the processes](proving.svg)")
    }
}

/// What the requests of a verification farm got.
const VERDICTS: [&str; 6] = [
    "requests",
    "with the right verdict, once",
    "with a wrong verdict",
    "without a verdict",
    "with more than one",
    "given up",
];
/// What jobs got: each was read back, and its proof verified again.
const PROOFS: [&str; 6] = [
    "jobs",
    "with one valid proof, about the job's own number",
    "with a proof that is not valid",
    "without a proof",
    "about a number that another job was about",
    "given up",
];

fn table(f: &mut fmt::Formatter<'_>, faults: &Faults, words: [&str; 6], again: &str) -> fmt::Result {
    let Faults { requests, right, wrong, lost, twice, dead, .. } = *faults;
    let [head, words @ ..] = words;
    writeln!(f, "| {head} | count |\n| --- | ---: |\n| all | {requests} |")?;
    for (what, count) in words.into_iter().zip([right, wrong, lost, twice, dead]) {
        writeln!(f, "| {what} | {count} |")?;
    }
    writeln!(f, "| {again} | {} |", faults.again)
}
