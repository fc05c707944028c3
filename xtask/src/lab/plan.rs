//! The nodes of the network, and how each run starts them.

use std::fmt;
use std::path::{Path, PathBuf};

/// How verifiers come by their keys, and what is in the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// No tables in the binary; every process makes its own keys, and every node that verifies has a prover.
    Duplicated,
    /// No tables in the binary; provers make the keys and return them in an RPC; who has no prover asks another node.
    Prover,
    /// Tables in the binary; keys as they are published, proving keys kept from before.
    Baked,
}

impl Mode {
    pub const ALL: [Self; 3] = [Self::Duplicated, Self::Prover, Self::Baked];

    /// What graphs say of it.
    pub fn caption(self) -> &'static str {
        match self {
            Self::Duplicated => "no tables, every process makes keys",
            Self::Prover => "no tables, provers make the keys",
            Self::Baked => "tables in the binary, published keys",
        }
    }

    /// Whether the tables are in the binary.
    pub fn is_baked(self) -> bool {
        self == Self::Baked
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Duplicated => "duplicated",
            Self::Prover => "prover",
            Self::Baked => "baked",
        })
    }
}

/// What a node is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Seed,
    Passive,
    Coordinator,
    /// A block producer with this turn.
    Producer(usize),
    Worker,
}

/// A node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    pub name: &'static str,
    pub role: Role,
}

/// The network of Mina's pull request 16201, in the order in which its nodes are started: first those that others need,
/// last those that begin to work by themselves.
pub const NODES: [Node; 9] = [
    Node { name: "worker-1", role: Role::Worker },
    Node { name: "worker-2", role: Role::Worker },
    Node { name: "seed", role: Role::Seed },
    Node { name: "passive", role: Role::Passive },
    Node { name: "coordinator", role: Role::Coordinator },
    Node { name: "whale-1", role: Role::Producer(0) },
    Node { name: "whale-2", role: Role::Producer(1) },
    Node { name: "fish-1", role: Role::Producer(2) },
    Node { name: "fish-2", role: Role::Producer(3) },
];

pub const PRODUCERS: usize = 4;
/// Jobs that a block brings along.
pub const JOBS: usize = 2;

/// The circuit that a block is a proof of.
pub const BLOCK: &str = "blockchain";
/// The circuit that a job is a proof of.
pub const JOB: &str = "transaction";

/// Circuits of the size of Mina's wrap circuits: 2^15 rows for a block, 2^14 for a job.
const CIRCUITS: [&str; 2] =
    ["blockchain=poseidon:1400,curve=pallas", "transaction=poseidon:700,curve=pallas"];

/// Real blocks that the seed tells beside the producers' own.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The folder of their files.
    pub folder: PathBuf,
    /// The network that they are of.
    pub network: String,
}

/// The time from one real block to the next, in seconds.
const INTERVAL: &str = "2";

/// Where the nodes of a run keep what they need.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// Sockets and recordings of this run.
    pub run: &'a Path,
    /// Proving keys and the published keys of all runs.
    pub keys: &'a Path,
}

impl Places<'_> {
    /// The published verification keys.
    pub fn published(&self) -> String {
        self.keys.join("keys.json").display().to_string()
    }

    /// Where a node listens.
    pub fn address(&self, name: &str) -> String {
        format!("unix:{}", self.run.join(format!("{name}.sock")).display())
    }

    /// Where a node's recording is.
    pub fn recording(&self, name: &str) -> std::path::PathBuf {
        self.run.join(format!("{name}.csv"))
    }
}

impl Node {
    /// Whether it verifies what others prove.
    pub fn verifies(&self) -> bool {
        self.role != Role::Worker
    }

    /// Whether it has a prover in this run.
    pub fn proves(&self, mode: Mode) -> bool {
        match self.role {
            Role::Producer(_) | Role::Worker => true,
            // The first run has provers on all nodes that verify but the coordinator, whose workers prove for it.
            Role::Seed | Role::Passive => mode == Mode::Duplicated,
            Role::Coordinator => false,
        }
    }

    /// The arguments of `quickpickle` for this node; `slot` is the length of a slot in seconds.
    pub fn arguments(
        &self,
        mode: Mode,
        slot: u64,
        replay: Option<&Replay>,
        places: Places<'_>,
    ) -> Vec<String> {
        let mut arguments = vec!["node".to_owned()];
        let mut add = |name: &str, value: &str| arguments.extend([format!("--{name}"), value.to_owned()]);
        let told = match self.role {
            // Without slots it makes no blocks: what is left is the prover.
            Role::Seed | Role::Passive if self.proves(mode) => "block-producer",
            Role::Seed => "seed",
            Role::Passive => "passive",
            Role::Coordinator => "snark-coordinator",
            Role::Producer(_) => "block-producer",
            Role::Worker => "snark-worker",
        };
        add("role", told);
        add("listen", &places.address(self.name));
        add("record", &places.recording(self.name).display().to_string());
        if self.proves(mode) || mode == Mode::Duplicated {
            CIRCUITS.iter().for_each(|circuit| add("circuit", circuit));
        }
        let first = NODES[0].name;
        match mode {
            Mode::Duplicated => add("keys", "duplicated"),
            Mode::Prover if self.proves(mode) => {
                add("keys", "prover");
                if self.name == first {
                    add("write-keys", &places.published());
                    add("key-dir", &places.keys.display().to_string());
                }
            }
            Mode::Prover => add("keys", &places.address(first)),
            Mode::Baked => {
                add("keys", &places.published());
                if self.proves(mode) {
                    add("key-dir", &places.keys.display().to_string());
                }
            }
        }
        match self.role {
            // The seed tells everybody, and everybody tells the seed.
            Role::Seed => {
                let others = NODES.iter().filter(|node| node.verifies() && node.role != Role::Seed);
                others.for_each(|node| add("peer", &places.address(node.name)));
            }
            Role::Worker => add("coordinator", &places.address("coordinator")),
            Role::Passive | Role::Coordinator | Role::Producer(_) => add("peer", &places.address("seed")),
        }
        if self.role == Role::Coordinator {
            add("jobs-per-block", &JOBS.to_string());
        }
        if let Role::Producer(turn) = self.role {
            add("slot", &slot.to_string());
            add("turn", &format!("{turn}/{PRODUCERS}"));
        }
        if let Some(Replay { folder, network }) = replay.filter(|_| self.verifies()) {
            add("network", network);
            if self.role == Role::Seed {
                add("replay", &folder.display().to_string());
                add("replay-interval", INTERVAL);
                arguments.push("--replay-endlessly".to_owned());
            }
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_the_one_that_was_measured() {
        let count = |is: fn(Role) -> bool| NODES.iter().filter(|node| is(node.role)).count();
        assert_eq!(count(|role| matches!(role, Role::Producer(_))), PRODUCERS);
        assert_eq!(count(|role| role == Role::Worker), 2);
        assert_eq!(count(|role| matches!(role, Role::Seed | Role::Passive | Role::Coordinator)), 3);
        let turns: Vec<_> = (0..PRODUCERS).map(Role::Producer).collect();
        let found: Vec<_> = NODES.iter().map(|node| node.role).filter(|role| turns.contains(role)).collect();
        assert_eq!(found, turns);
    }

    #[test]
    fn the_seed_tells_real_blocks_and_all_who_verify_know_their_network() {
        let places = Places { run: Path::new("/run"), keys: Path::new("/keys") };
        let replay = Replay { folder: "/blocks".into(), network: "devnet".to_owned() };
        for node in NODES {
            let arguments = node.arguments(Mode::Prover, 10, Some(&replay), places).join(" ");
            assert_eq!(arguments.contains("--network devnet"), node.role != Role::Worker, "{arguments}");
            assert_eq!(arguments.contains("--replay /blocks "), node.role == Role::Seed, "{arguments}");
        }
    }

    #[test]
    fn only_the_old_way_has_provers_where_nobody_proves() {
        let places = Places { run: Path::new("/run"), keys: Path::new("/keys") };
        for node in NODES {
            let all = Mode::ALL.map(|mode| node.arguments(mode, 10, None, places).join(" "));
            let [duplicated, prover, baked] = &all;
            assert!(
                duplicated.contains("--keys duplicated") && duplicated.contains("--circuit"),
                "{duplicated}"
            );
            assert_eq!(prover.contains("--keys prover"), node.proves(Mode::Prover), "{prover}");
            assert!(baked.contains("--keys /keys/keys.json"), "{baked}");
            assert_eq!(baked.contains("--circuit"), node.proves(Mode::Baked), "{baked}");
            if matches!(node.role, Role::Seed | Role::Passive) {
                assert!(duplicated.contains("--role block-producer") && !duplicated.contains("--turn"));
                assert!(
                    !prover.contains("block-producer") && prover.contains("--keys unix:/run/worker-1.sock")
                );
            }
        }
    }
}
