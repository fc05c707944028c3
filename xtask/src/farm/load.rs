//! What is verified: shipped o1js proofs with their keys, valid and altered ones.

use std::fs;
use std::sync::Arc;

use anyhow::Context as _;
use quickpickle_node::proto::v1::verdict::Kind;
use quickpickle_node::proto::v1::{Proof, SideLoadedProof, Verdict, proof, side_loaded_proof};

/// Valid proofs of several programs.
const VALID: [&str; 4] = ["n0-arith", "n0-ffmul", "n1-counter-depth1", "n2-merge-depth1"];
/// Altered ones.
const ALTERED: [&str; 3] =
    ["neg-n0-arith--alpha", "neg-n0-arith--public-input", "neg-n0-arith--prev-evals-w0"];
/// Of so many requests one is of an altered proof, where there are any.
const ONE_IN: usize = 16;

/// The proofs.
#[derive(Clone)]
pub struct Load(Arc<[Vec<Proof>; 2]>);

impl Load {
    pub fn read() -> anyhow::Result<Self> {
        let read = |names: &[&str]| names.iter().map(|name| read(name)).collect::<anyhow::Result<Vec<_>>>();
        Ok(Self(Arc::new([read(&VALID)?, read(&ALTERED)?])))
    }

    /// A proof by its number, and whether it is valid: all are.
    pub fn valid(&self, number: usize) -> Proof {
        let [valid, _] = &*self.0;
        valid[number % valid.len()].clone()
    }

    /// The same where some are altered.
    pub fn mixed(&self, number: usize) -> Proof {
        let [_, altered] = &*self.0;
        if is_altered(number) { altered[number / ONE_IN % altered.len()].clone() } else { self.valid(number) }
    }
}

fn is_altered(number: usize) -> bool {
    number.is_multiple_of(ONE_IN)
}

/// Whether this is the verdict on the mixed proof of this number.
pub fn is_right(number: usize, verdict: &Verdict) -> bool {
    let expected = if is_altered(number) { Kind::Rejected } else { Kind::Valid };
    verdict.kind() == expected
}

fn read(name: &str) -> anyhow::Result<Proof> {
    let text = |file: &str| {
        let path = crate::root().join("tests/vectors/o1js").join(name).join(file);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    let proof = Some(side_loaded_proof::Proof::ProofJson(text("proof.json")?));
    let key = Some(side_loaded_proof::Key::KeyJson(text("vk.json")?));
    let kind = proof::Kind::SideLoaded(SideLoadedProof { proof, key, ..SideLoadedProof::default() });
    Ok(Proof { kind: Some(kind) })
}
