//! What the cases share: a source without tables, so that whatever comes as far as to ask for one has passed the checks; and
//! the verdict on an altered Pickles proof.

use quickpickle_runtime::error::VerifyError;
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::pickles::error::PicklesError;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::tables::{PackedLagrange, PackedSrs, TableError, TableSource};
use quickpickle_runtime::verifier::verify;
use quickpickle_runtime::wire::o1js;
use quickpickle_srs_data::Role;
use rand_core::OsRng;

/// A source that has no table.
pub struct NoTables;

pub static NONE: NoTables = NoTables;

fn none<T>() -> Result<T, TableError> {
    Err(TableError::Unavailable { table: "any".to_owned(), reason: "this is a test".to_owned() })
}

impl TableSource for NoTables {
    fn srs(&self, _: Role, _: usize) -> Result<PackedSrs<'_>, TableError> {
        none()
    }

    fn lagrange(&self, _: Role, _: usize, _: u32) -> Result<PackedLagrange<'_>, TableError> {
        none()
    }
}

pub fn read(file: &str) -> Vec<u8> {
    quickpickle_vectors::read(&quickpickle_vectors::shipped(file))
}

/// Why an altered o1js proof is refused. Unaltered it asks for tables.
pub fn verdict(case: &str, alter: impl Fn(&mut Proof)) -> VerifyError {
    let key = PreparedKey::from_o1js(read(&format!("o1js/{case}/vk.json"))).expect("a key");
    let mut proof = o1js::proof_from_json(read(&format!("o1js/{case}/proof.json"))).expect("a proof");
    let refused =
        |proof: &o1js::O1jsProof| verify(proof.task(&key), &NONE, &mut OsRng).expect_err("no tables");
    let unaltered = refused(&proof);
    assert!(
        matches!(unaltered, VerifyError::Pickles(PicklesError::Wrap(KimchiError::Tables(_)))),
        "{unaltered}"
    );
    alter(&mut proof.proof);
    refused(&proof)
}
