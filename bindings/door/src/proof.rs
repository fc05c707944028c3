//! A proof in any of its forms, for a key.

use std::sync::Arc;

use quickpickle::internals::pickles::proof::ProofsVerified;
use quickpickle::kimchi::{Generation, KimchiCurve, PreparedIndex, ScalarField, TaskCurve, Vesta};
use quickpickle::wire::detect::{self, Kind};
use quickpickle::wire::kimchi::{
    AnyFixture, Fixture, fixture_from_msgpack_within, proof_for_key_from_msgpack,
};
use quickpickle::wire::o1js::O1jsProof;
use quickpickle::wire::{any, binprot, o1js, stated};
use quickpickle::{Fp, Limits, OwnedTask, PreparedKey, VerifyError};

use crate::Refusal;
use crate::key::{Form, Key, Lengths};

/// A proof, and what it is about where its form does not hold that.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    /// The proof: o1js's `Proof.toJSON()`, the JSON of bin_prot with its statement, bin_prot, o1js's base64; for Kimchi keys MessagePack.
    pub bytes: &'a [u8],
    /// The statement, or public input: a JSON list of decimal strings, or 32 bytes little-endian an element.
    pub statement: Option<&'a [u8]>,
}

impl Key {
    /// What there is to verify.
    pub(crate) fn task(&self, proof: Proof<'_>) -> Result<OwnedTask, Refusal> {
        match &self.form {
            Form::Pickles(key) => self.pickles(key, proof),
            Form::Vesta(key) => self.kimchi(key, proof),
            Form::Pallas(key) => self.kimchi(key, proof),
            Form::Fixtures(generation) => {
                no_statement(proof)?;
                match fixture_from_msgpack_within(proof.bytes, &self.limits)? {
                    AnyFixture::Vesta(fixture) => with_own_key(fixture, *generation, &self.limits),
                    AnyFixture::Pallas(fixture) => with_own_key(fixture, *generation, &self.limits),
                }
            }
        }
    }

    fn pickles(&self, key: &Arc<PreparedKey>, proof: Proof<'_>) -> Result<OwnedTask, Refusal> {
        let bytes = proof.bytes;
        let task = |statement, proof| Ok(OwnedTask::pickles(key.clone(), statement, proof));
        match detect::kind(bytes) {
            Kind::BinProtProof => {
                let statement = self.statement(proof)?;
                task(statement, binprot::proof_from_bytes(bytes)?)
            }
            // Without `maxProofsVerified` beside it the form is that of transactions, which is the widest.
            Kind::ProofBase64 => {
                let statement = self.statement(proof)?;
                let text = String::from_utf8_lossy(bytes.trim_ascii());
                task(statement, o1js::proof_from_base64(&text, ProofsVerified::N2)?)
            }
            Kind::StatedProof => {
                no_statement(proof)?;
                let stated = stated::from_json_within(bytes, &self.limits)?;
                self.lengths.check_whole(stated.statement.len())?;
                task(stated.statement, stated.proof)
            }
            _ => {
                no_statement(proof)?;
                let decoded = o1js::proof_from_json_within(bytes, &self.limits)?;
                self.lengths.check(&decoded)?;
                Ok(decoded.into_task(key.clone()))
            }
        }
    }

    /// The statement of a Pickles proof that comes apart from it.
    fn statement(&self, proof: Proof<'_>) -> Result<Vec<Fp>, Refusal> {
        let statement = elements::<Vesta>(proof, &self.limits)?;
        self.lengths.check_whole(statement.len())?;
        Ok(statement)
    }

    fn kimchi<C: TaskCurve>(
        &self,
        key: &Arc<PreparedIndex<C>>,
        proof: Proof<'_>,
    ) -> Result<OwnedTask, Refusal> {
        let public_input = elements::<C>(proof, &self.limits)?;
        let decoded = proof_for_key_from_msgpack(proof.bytes, key.index(), &self.limits)?;
        Ok(OwnedTask::kimchi(key.clone(), public_input, decoded))
    }
}

fn elements<C: KimchiCurve>(proof: Proof<'_>, limits: &Limits) -> Result<Vec<ScalarField<C>>, Refusal> {
    let statement = proof
        .statement
        .ok_or(Refusal::Usage("this form of a proof does not hold the statement: hand it over too"))?;
    any::public_input::<C>(statement, limits).map_err(Refusal::Statement)
}

fn no_statement(proof: Proof<'_>) -> Result<(), Refusal> {
    match proof.statement {
        None => Ok(()),
        Some(_) => Err(Refusal::Usage("this form of a proof holds its statement: hand over no other")),
    }
}

/// The task of a proof that came with its key, which nobody vouches for.
fn with_own_key<C: TaskCurve>(
    fixture: Fixture<C>,
    generation: Generation,
    limits: &Limits,
) -> Result<OwnedTask, Refusal> {
    let key = PreparedIndex::with_limits(fixture.index, generation, limits).map_err(VerifyError::from)?;
    Ok(OwnedTask::kimchi(Arc::new(key.foreign()), fixture.public_input, fixture.proof))
}

impl Lengths {
    fn check(self, proof: &O1jsProof) -> Result<(), Refusal> {
        let parts = [
            ("public input", self.input, proof.public_input().len()),
            ("public output", self.output, proof.public_output().len()),
        ];
        for (part, expected, found) in parts {
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                return Err(VerifyError::StatementLength { part, expected, found }.into());
            }
        }
        Ok(())
    }

    /// Of a statement that does not tell its input from its output.
    fn check_whole(self, found: usize) -> Result<(), Refusal> {
        match (self.input, self.output) {
            (None, None) => Ok(()),
            (Some(input), Some(output)) => {
                let expected = input.saturating_add(output);
                if expected == found { Ok(()) } else { Err(Refusal::Length { expected, found }) }
            }
            _ => Err(Refusal::Usage(
                "this form of a proof does not tell input from output: expect both lengths, or none",
            )),
        }
    }
}
