//! The page that describes a run.

use std::fmt;

use super::report::{Faults, Report};

/// The page of a run.
pub struct Page<'a>(pub &'a Report);

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { machine, engines, beside, throughput, balanced, queue } = self.0;
        writeln!(
            f,
            "# Two verification farms, with faults\n\n\
             Written by `cargo xtask farm`, which runs the real engines and several processes on one machine. What a farm is, and \
             how one is set up: [farm.md](../farm.md).\n\n```text\n{machine}{}\n```\n\nBeside it the machine did {beside}.\n",
            engines.join("\n")
        )?;
        writeln!(
            f,
            "## Throughput\n\nMilliseconds a valid o1js proof, of four programs with a key each, with up to 128 proofs in flight. All \
             processes share the cores, so more nodes compute no faster here: what differs is how many proofs are verified \
             together.\n\n| | proofs | seconds | ms a proof |\n| --- | ---: | ---: | ---: |"
        )?;
        for measurement in throughput {
            let (what, proofs) = (&measurement.what, measurement.proofs);
            writeln!(f, "| {what} | {proofs} | {:.1} | {:.1} |", measurement.seconds, measurement.each())?;
        }
        writeln!(f, "\n![Milliseconds a proof](throughput.svg)\n")?;
        writeln!(
            f,
            "## Behind HAProxy\n\nThree nodes, 64 clients that ask one proof each at a time, one of 16 altered, and ask again where \
             the answer is an error.\n"
        )?;
        table(f, balanced, "asked again by the client")?;
        writeln!(f, "\n![Answers a second, and what was done to the nodes](balanced.svg)\n")?;
        writeln!(
            f,
            "## Over JetStream\n\nThree workers, reached by a relay that stands for the network, were killed {} times at random \
             moments: three times of four the whole worker, otherwise its verifier. A request of a worker that is gone is handed \
             out again after two seconds.\n",
            queue.kills
        )?;
        table(f, queue, "handed out again by the queue")?;
        writeln!(f, "\n![Answers a second, and what was done beside the kills](queue.svg)")
    }
}

fn table(f: &mut fmt::Formatter<'_>, faults: &Faults, again: &str) -> fmt::Result {
    writeln!(f, "| requests | count |\n| --- | ---: |")?;
    for (what, count) in [
        ("all", faults.requests),
        ("with the right verdict, once", faults.right),
        ("with a wrong verdict", faults.wrong),
        ("without a verdict", faults.lost),
        ("with more than one", faults.twice),
        ("given up", faults.dead),
        (again, faults.again),
    ] {
        writeln!(f, "| {what} | {count} |")?;
    }
    Ok(())
}
