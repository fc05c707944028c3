//! HAProxy, with the configuration that is shipped.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};

use super::engines::Engines;
use super::processes::{Process, free_port};

/// The configuration: its addresses are replaced.
const CONFIGURATION: &str = "deploy/haproxy.cfg";
/// The nodes that it names.
const NODES: usize = 3;
/// How long it may take to tell what it has counted.
const PATIENCE: Duration = Duration::from_secs(5);

/// A balancer that runs.
pub struct Balancer {
    _process: Process,
    /// Where it takes requests.
    pub port: u16,
    statistics: PathBuf,
}

impl Balancer {
    /// Starts one over what listens at these ports, up to three of them.
    pub fn start(engines: &Engines, folder: &Path, nodes: &[u16]) -> anyhow::Result<Self> {
        let port = free_port()?;
        let statistics = folder.join("haproxy.sock");
        let mut text = fs::read_to_string(crate::root().join(CONFIGURATION)).context(CONFIGURATION)?;
        let mut replace = |from: &str, to: &str| {
            ensure!(text.contains(from), "{CONFIGURATION} has no {from:?}");
            text = text.replace(from, to);
            anyhow::Ok(())
        };
        replace("global\n", &format!("global\n    stats socket {}\n", statistics.display()))?;
        replace("127.0.0.1:7100", &format!("127.0.0.1:{port}"))?;
        for (number, node) in nodes.iter().enumerate() {
            replace(&format!("127.0.0.1:{}", 7101 + number), &format!("127.0.0.1:{node}"))?;
        }
        let is_there = |line: &&str| {
            !(nodes.len() + 1..=NODES).any(|n| line.trim().starts_with(&format!("server node{n} ")))
        };
        let text: String = text.lines().filter(is_there).map(|line| format!("{line}\n")).collect();
        let file = folder.join("haproxy.cfg");
        fs::write(&file, text)?;
        let arguments = ["-db".to_owned(), "-f".to_owned(), file.display().to_string()];
        let mut process = Process::start(&engines.haproxy, &arguments, &folder.join("haproxy.log"))?;
        process.listens(port)?;
        // Until its first look at each node.
        std::thread::sleep(Duration::from_secs(1));
        Ok(Self { _process: process, port, statistics })
    }

    /// How many connections it has opened to nodes for requests.
    pub fn connections(&self) -> anyhow::Result<usize> {
        let mut socket = UnixStream::connect(&self.statistics)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.write_all(b"show stat\n")?;
        let mut text = String::new();
        socket.read_to_string(&mut text)?;
        connections(&text).context("HAProxy does not tell its connections")
    }
}

/// The sum of the column `connect` over all servers of a table of statistics.
fn connections(table: &str) -> Option<usize> {
    let mut lines = table.lines();
    let names: Vec<_> = lines.next()?.trim_start_matches("# ").split(',').collect();
    let column = |name: &str| names.iter().position(|found| *found == name);
    let (server, connect) = (column("svname")?, column("connect")?);
    let rows = lines.map(|line| line.split(',').collect::<Vec<_>>());
    let of_nodes = rows.filter(|row| row.get(server).is_some_and(|name| name.starts_with("node")));
    let counts: Option<Vec<usize>> = of_nodes.map(|row| row.get(connect)?.parse().ok()).collect();
    counts.filter(|counts| !counts.is_empty()).map(|counts| counts.iter().sum())
}

#[cfg(test)]
mod tests {
    use super::connections;

    #[test]
    fn connections_of_all_nodes_are_counted() {
        let table = "# pxname,svname,scur,connect,reuse,\ngrpc,FRONTEND,1,,,\nnodes,node1,0,7,90,\nnodes,node2,0,5,3,\nnodes,BACKEND,0,12,93,\n\n";
        assert_eq!(connections(table), Some(12));
        assert_eq!(connections("# pxname,svname\nnodes,node1\n"), None);
        assert_eq!(connections("# svname,connect\nFRONTEND,3\n"), None, "no node");
    }
}
