//! What `quickpickle node` is told of a simulated network.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use quickpickle_node::config::Peer;
#[cfg(feature = "jetstream")]
use quickpickle_node::network::Nats;
use quickpickle_node::network::{Coordination, Participation, Replay, Slots};

use super::args::seconds;

/// How the node takes part.
#[derive(clap::Args)]
#[command(next_help_heading = "Network")]
pub struct Args {
    /// A node that is told of new blocks: HOST:PORT, https://HOST:PORT or unix:PATH. May be given more than once.
    #[arg(long = "peer", value_name = "ADDRESS")]
    peers: Vec<Peer>,
    /// Tell the peers of the real blocks in this folder as well, in any form that `quickpickle verify` reads. They verify them, for
    /// which they need --network; this node does not.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    replay: Option<PathBuf>,
    /// The time from one of these blocks to the next.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "1", requires = "replay")]
    replay_interval: Duration,
    /// Begin again after the last one.
    #[arg(long, requires = "replay")]
    replay_endlessly: bool,
    /// The length of a slot, in which a block producer makes a block.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    slot: Option<Duration>,
    /// Which of the slots are the producer's own: I of every N, counted from 0.
    #[arg(long, value_name = "I/N", value_parser = turn, default_value = "0/1", requires = "slot")]
    turn: (u64, u64),
    /// Whose jobs a snark-worker pulls.
    #[arg(long, value_name = "ADDRESS")]
    coordinator: Option<Peer>,
    /// How long a worker has for a job before another one gets it. It says that it is still at it three times as often, for as long as
    /// --prove-timeout of the coordinator allows.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "300")]
    lease: Duration,
    /// How many jobs a new block brings to a snark-coordinator.
    #[arg(long, value_name = "N", default_value = "0")]
    jobs_per_block: u64,
    /// Where a snark-coordinator keeps its jobs, so that they outlast it. Without it they end with it.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    job_dir: Option<PathBuf>,
    /// Keep a snark-coordinator's jobs on the NATS servers, where other coordinators share them, in place of --job-dir.
    #[cfg(feature = "jetstream")]
    #[arg(long, requires = "servers", conflicts_with = "job_dir")]
    nats_jobs: bool,
    /// Publish blocks to all nodes that do so too, on the NATS servers, beside telling them to each --peer.
    #[cfg(feature = "jetstream")]
    #[arg(long, requires = "servers")]
    nats_blocks: bool,
    #[cfg(feature = "jetstream")]
    #[command(flatten)]
    nats: super::nats::Args,
    /// Where an archive keeps the blocks that it has verified.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    archive_dir: Option<PathBuf>,
}

fn turn(text: &str) -> Result<(u64, u64), &'static str> {
    let parse = |(i, n): (&str, &str)| Some((i.parse().ok()?, n.parse().ok()?));
    text.split_once('/').and_then(parse).ok_or("I/N is expected, two numbers")
}

impl Args {
    /// The node's part in the network.
    pub fn participation(self) -> anyhow::Result<Participation> {
        let (turn, producers) = self.turn;
        #[cfg(feature = "jetstream")]
        let nats = {
            let (jobs, blocks) = (self.nats_jobs, self.nats_blocks);
            self.nats.options()?.map(|servers| Nats { servers, jobs, blocks })
        };
        Ok(Participation {
            peers: self.peers,
            slots: self.slot.map(|length| Slots { length, turn, producers }),
            coordinator: self.coordinator,
            coordination: Coordination {
                lease: self.lease,
                jobs_per_block: self.jobs_per_block,
                job_dir: self.job_dir,
            },
            archive: self.archive_dir,
            replay: self.replay.map(|folder| Replay {
                folder,
                interval: self.replay_interval,
                endless: self.replay_endlessly,
            }),
            #[cfg(feature = "jetstream")]
            nats,
        })
    }
}
