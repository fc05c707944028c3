//! A key, prepared once.

use std::sync::Arc;

use quickpickle::kimchi::{Generation, Pallas, PreparedIndex, Vesta};
use quickpickle::wire::any;
use quickpickle::wire::detect::{self, Kind};
use quickpickle::wire::kimchi::{Curve, curve_of_index, index_from_msgpack_within};
use quickpickle::{
    Error, Limits, Network, NetworkProof, PreparedKey, VerificationKey, VerifyError, network_key,
};

use crate::{KeyOptions, Refusal};

/// A key that is ready to verify with, and what is known of the proofs that it is for.
#[derive(Clone, Debug)]
pub struct Key {
    pub(crate) form: Form,
    pub(crate) lengths: Lengths,
    pub(crate) limits: Limits,
}

#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// Of an o1js program, or of a network's circuit.
    Pickles(Arc<PreparedKey>),
    /// Of a Kimchi circuit with commitments on Vesta.
    Vesta(Arc<PreparedIndex<Vesta>>),
    /// Of one with commitments on Pallas.
    Pallas(Arc<PreparedIndex<Pallas>>),
    /// None: each proof brings its own along.
    Fixtures(Generation),
}

/// How many field elements the public input and output of a program have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lengths {
    pub(crate) input: Option<usize>,
    pub(crate) output: Option<usize>,
}

impl Key {
    /// Reads and prepares a key in any of its forms: o1js's JSON, its base64 `data` alone, the bin_prot that this encodes, the
    /// file of a network's key, Kimchi's MessagePack of a verifier index. Without bytes the options say which key it is.
    ///
    /// # Errors
    /// Where it is none of these, or inconsistent, or not the one that is meant, or the options do not go with it.
    pub fn read(bytes: &[u8], options: &KeyOptions) -> Result<Self, Refusal> {
        let limits = options.limits();
        let form = if options.fixtures {
            none(bytes)?;
            Form::Fixtures(generation(options))
        } else if let (Some(network), Some(circuit)) = (&options.network, &options.circuit) {
            none(bytes)?;
            Form::pickles(built_in(network, circuit)?, &limits)?
        } else if detect::kind(bytes) == Kind::KimchiIndex {
            Form::kimchi(bytes, options, &limits)?
        } else {
            Form::pickles(any::verification_key(bytes).map_err(|error| Refusal::Key(error.into()))?, &limits)?
        };
        options.check(&form)?;
        let lengths = Lengths { input: options.input_length, output: options.output_length };
        Ok(Self { form, lengths, limits })
    }
}

impl Form {
    fn pickles(key: VerificationKey, limits: &Limits) -> Result<Self, Refusal> {
        let key = PreparedKey::with_limits(key, limits).map_err(VerifyError::from).map_err(unusable)?;
        Ok(Self::Pickles(Arc::new(key)))
    }

    /// A Kimchi key is one that nobody vouches for: no table is computed for it.
    fn kimchi(bytes: &[u8], options: &KeyOptions, limits: &Limits) -> Result<Self, Refusal> {
        macro_rules! prepared {
            ($curve:ident) => {{
                let index = index_from_msgpack_within::<$curve>(bytes, limits).map_err(unusable)?;
                let key = PreparedIndex::with_limits(index, generation(options), limits);
                Self::$curve(Arc::new(key.map_err(VerifyError::from).map_err(unusable)?.foreign()))
            }};
        }
        Ok(match curve_of_index(bytes).map_err(unusable)? {
            Curve::Vesta => prepared!(Vesta),
            Curve::Pallas => prepared!(Pallas),
        })
    }
}

fn unusable(error: impl Into<Error>) -> Refusal {
    Refusal::Key(error.into())
}

fn none(bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Usage("a key was handed over, and the options name another"))
    }
}

pub(crate) fn generation(options: &KeyOptions) -> Generation {
    if options.berkeley { Generation::Berkeley } else { Generation::DistinctPoints }
}

/// The key of a network's circuit that is built in.
fn built_in(network: &str, circuit: &str) -> Result<VerificationKey, Refusal> {
    let unknown = |what: &str| Refusal::Options(format!("{what} is none whose keys are built in"));
    let networks = [Network::Mainnet, Network::Devnet];
    let network =
        networks.into_iter().find(|known| known.name() == network).ok_or_else(|| unknown("network"))?;
    let circuits = [NetworkProof::Blockchain, NetworkProof::Transaction];
    let circuit =
        circuits.into_iter().find(|known| known.name() == circuit).ok_or_else(|| unknown("circuit"))?;
    let key = network_key(network, circuit).map_err(unusable)?;
    key.ok_or(Refusal::NoKeys { network: network.name() })
}

impl KeyOptions {
    /// Refuses options that do not go with the key: nobody would notice that they say nothing.
    fn check(&self, form: &Form) -> Result<(), Refusal> {
        let goes = |said: bool, goes: bool, what: &str| {
            if !said || goes { Ok(()) } else { Err(Refusal::Options(what.to_owned())) }
        };
        let is_pickles = matches!(form, Form::Pickles(_));
        goes(self.network.is_some() != self.circuit.is_some(), false, "network and circuit go together")?;
        goes(self.fixtures && self.network.is_some(), false, "fixtures and network name two keys")?;
        goes(self.berkeley, !is_pickles, "berkeley is for Kimchi circuits")?;
        let lengths = self.input_length.is_some() || self.output_length.is_some();
        goes(lengths, is_pickles, "input_length and output_length are for Pickles proofs")?;
        goes(self.hash.is_some(), is_pickles, "hash is for the keys of Pickles proofs")?;
        let of_kimchi = self.max_domain_log2.is_some()
            || self.max_srs_log2.is_some()
            || self.max_chunks.is_some()
            || self.max_previous.is_some();
        goes(
            of_kimchi,
            !is_pickles,
            "max_domain_log2, max_srs_log2, max_chunks, max_previous are for Kimchi circuits",
        )?;
        match (form, &self.hash) {
            (Form::Pickles(key), Some(expected)) => {
                let found = key.key().hash().to_string();
                if found == *expected { Ok(()) } else { Err(Refusal::OtherKey { found }) }
            }
            _ => Ok(()),
        }
    }
}
