//! Real blocks of a folder that nodes tell each other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use quickpickle_memory::{Mark, Run};
use quickpickle_mina::protocol_state::ProtocolState;
use quickpickle_vectors::{needs_whole_set, read, unzipped, whole};

use crate::proofs::{TINY, tiny, write_keys};
use crate::support::{LONG, Node, refused};

needs_whole_set!(real_blocks_are_verified_by_all_and_wrong_ones_go_no_further);

/// The block whose proof is in the set.
const BLOCK: &str = "mainnet-359617-3NL7rFMqYpwuLLbwqy7YrXkgZ1HEActmQ48gWu83kAKXiVzzdGLc";

fn socket(folder: &Path, name: &str) -> String {
    format!("unix:{}", folder.join(name).display())
}

/// Told, verified, refused.
type Replayed = [BTreeSet<String>; 3];

/// Waits until so many blocks of each kind are in a node's recording, which it writes a few times a second.
fn recorded(path: &Path, counts: [usize; 3]) -> Replayed {
    let end = Instant::now() + LONG;
    loop {
        // The newest row may not be whole.
        let found = marks(path);
        if found.each_ref().map(BTreeSet::len) == counts {
            return found;
        }
        assert!(Instant::now() < end, "never {counts:?}: {found:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The marks of replayed blocks in a node's recording.
fn marks(path: &Path) -> Replayed {
    let mut found = Replayed::default();
    let Ok(run) = Run::open(path) else { return found };
    for (_, _, mark) in run.recording.marks() {
        let (at, block) = match mark {
            Mark::ReplayTold(block) => (0, block),
            Mark::ReplayVerified(block) => (1, block),
            Mark::ReplayRefused(block) => (2, block),
            _ => continue,
        };
        assert!(found[at].insert(block.clone()), "{mark} twice");
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_block_of_the_network_is_refused_and_counted_as_often_as_it_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocks = folder.path().join("blocks");
    fs::create_dir(&blocks).expect("a folder");
    let state = ProtocolState::default().to_binprot();
    for (name, content) in [("a.bin", &b"none"[..]), ("b.json", b"{}"), ("c.state", &state)] {
        fs::write(blocks.join(name), content).expect("written");
    }
    let blocks = blocks.to_str().expect("text");
    let [told, heard] = ["told.csv", "heard.csv"].map(|name| folder.path().join(name));
    let [told_to, heard_to] = [&told, &heard].map(|path| path.to_str().expect("text"));
    let door = socket(folder.path(), "hears");
    let hears = Node::start_at(&door, &["--network", "mainnet", "--record", heard_to]).ready();
    let tells = ["--peer", &door, "--replay", blocks, "--replay-interval", "0.01", "--record", told_to];
    let mut tells = Node::start(&tells).ready();
    hears.until("three refused", |status| status.blocks_refused == 3).await;
    tells.logged("all blocks are told");
    // Once each.
    let status = hears.status().await;
    assert_eq!((status.blocks_accepted, status.blocks_refused), (0, 3));
    tells.signal(rustix::process::Signal::TERM);
    assert!(tokio::task::block_in_place(|| tells.wait()).success());
    let [told, ..] = recorded(&told, [3, 0, 0]);
    let [.., refused] = recorded(&heard, [0, 0, 3]);
    assert_eq!(refused, told);

    let endless = ["--peer", &door, "--replay", blocks, "--replay-interval", "0.01", "--replay-endlessly"];
    let _tells = Node::start(&endless).ready();
    // The first round has been heard; each further one is verified again.
    hears.until("two rounds more", |status| status.blocks_refused >= 9).await;
}

#[test]
fn a_replay_without_a_folder_or_somebody_to_tell_is_refused() {
    for (arguments, expected) in [
        ("--replay /none --peer unix:/a", "the folder /none of blocks"),
        ("--replay /tmp", "say --peer"),
        ("--replay /tmp --peer unix:/a --replay-interval 0", "--replay-interval, must not be zero"),
    ] {
        let all: Vec<_> = "--listen 127.0.0.1:0".split(' ').chain(arguments.split(' ')).collect();
        let (status, error) = refused(&all);
        assert!(status == Some(2) && error.contains(expected), "{arguments}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_verified_beside_the_keys_of_the_nodes_own_circuits() {
    let folder = tempfile::tempdir().expect("a folder");
    // A key of another name as the network's.
    let (keys, _) = tiny("blockchain");
    let file = write_keys(folder.path(), &keys);
    let node = Node::start(&["--keys", &file, "--network", "mainnet"]);
    node.logged("\"networks\":\"mainnet (protocol 3.0.0)\"");
    drop(node.ready());
    // A key under the name of the network's circuit, in the form of one, that is another.
    let (key, _) = crate::proofs::network("n0-arith", "transaction");
    let keys = quickpickle_node::keys::KeySet::new(vec![key]).expect("a set");
    let file = write_keys(folder.path(), &keys);
    let (status, error) = refused(&["--listen", "127.0.0.1:0", "--keys", &file, "--network", "mainnet"]);
    let expected = "the key transaction is not that of mainnet (protocol 3.0.0)";
    assert!(status == Some(2) && error.contains(expected), "{error}");
}

fn real_blocks_are_verified_by_all_and_wrong_ones_go_no_further() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocks = folder.path().join("blocks");
    fs::create_dir(&blocks).expect("a folder");
    let put = |name: &str, content: &[u8]| fs::write(blocks.join(name), content).expect("written");
    let precomputed = unzipped(&whole(&format!("network/blocks/{BLOCK}.json.gz")));
    put(&format!("{BLOCK}.json"), &precomputed);
    put("answer.json", &read(&whole(&format!("network/blocks/{BLOCK}.graphql.json"))));
    // A state without its proof, another height, and another state hash than the name says.
    put("state.bin", &read(&whole(&format!("network/blocks/{BLOCK}.state.binprot"))));
    let text = String::from_utf8(precomputed.clone()).expect("text");
    let altered = text.replacen("\"blockchain_length\":\"359617\"", "\"blockchain_length\":\"359618\"", 1);
    assert_ne!(altered, text);
    put("altered.json", altered.as_bytes());
    put("mainnet-359617-3NK4BpDSekaqsG6tx8Nse2zJchRft2JpnbvMiog55WCr5xJZaKeP.json", &precomputed);
    let blocks = blocks.to_str().expect("text");

    let test = async {
        let [first_door, second_door] = ["first", "second"].map(|name| socket(folder.path(), name));
        let [told, heard, behind] = ["t.csv", "h.csv", "b.csv"].map(|name| folder.path().join(name));
        let [told_to, heard_to, behind_to] =
            [&told, &heard, &behind].map(|path| path.to_str().expect("text"));
        let circuit = format!("blockchain={TINY}");
        // The one in the middle makes blocks of its own circuit as well.
        let middle = ["--role", "block-producer", "--circuit", &circuit, "--network", "mainnet"];
        let to = ["--peer", &second_door, "--record", heard_to];
        let second = Node::start_at(&second_door, &["--network", "mainnet", "--record", behind_to]).ready();
        let first = Node::start_at(&first_door, &[&middle[..], &to].concat()).ready();
        let tells =
            ["--peer", &first_door, "--replay", blocks, "--replay-interval", "0.01", "--record", told_to];
        let tells = Node::start(&tells).ready();
        let so = |status: &quickpickle_node::proto::v1::StatusResponse| {
            status.blocks_accepted == 2 && status.blocks_refused == 3
        };
        first.until("all five heard", so).await;
        second.until("the valid ones", |status| status.blocks_accepted == 2).await;
        assert_eq!(second.status().await.blocks_refused, 0);
        let [told, ..] = recorded(&told, [5, 0, 0]);
        let [_, verified, refused] = recorded(&heard, [0, 2, 3]);
        assert_eq!(verified.union(&refused).cloned().collect::<BTreeSet<_>>(), told);
        assert_eq!(recorded(&behind, [0, 2, 0])[1], verified);
        drop(tells);
    };
    tokio::runtime::Runtime::new().expect("a runtime").block_on(test);
}
