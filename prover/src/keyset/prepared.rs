//! Keys that are decoded, checked and ready to verify with.

use std::collections::HashMap;
use std::sync::Arc;

use quickpickle_runtime::curve::{KimchiCurve, PallasConfig, VestaConfig};
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::kimchi::gates::Generation;
use quickpickle_runtime::kimchi::index::PreparedIndex;
use quickpickle_runtime::limits::Limits;
use quickpickle_runtime::pickles::key::PreparedKey;
use quickpickle_runtime::pickles::proof::VerificationKey;
use quickpickle_runtime::wire::kimchi::{Curve, curve_of_index, index_from_msgpack};
use quickpickle_runtime::wire::{DecodeError, binprot};

use super::{KeyData, KeySet};

/// A key that is ready.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// Of a Pickles circuit.
    Pickles(Arc<PreparedKey>),
    /// Of a Kimchi circuit with commitments on Vesta.
    Vesta(Arc<PreparedIndex<VestaConfig>>),
    /// Of a Kimchi circuit with commitments on Pallas.
    Pallas(Arc<PreparedIndex<PallasConfig>>),
}

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFault {
    /// It does not decode.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// It is inconsistent.
    #[error(transparent)]
    Key(#[from] KimchiError),
}

impl Prepared {
    /// Decodes a key of one's own choice. It may be as large as is supported.
    pub fn new(data: &KeyData) -> Result<Self, KeyFault> {
        match data {
            KeyData::Pickles(bytes) => {
                Self::pickles(binprot::verification_key_from_bytes(bytes)?, &Limits::LARGEST)
            }
            KeyData::Kimchi { index, generation } => Self::kimchi(index, *generation, &Limits::LARGEST),
        }
    }

    /// Prepares a side-loaded key within these limits.
    pub fn pickles(key: VerificationKey, limits: &Limits) -> Result<Self, KeyFault> {
        Ok(Self::Pickles(Arc::new(PreparedKey::with_limits(key, limits)?)))
    }

    /// Decodes a verifier index within these limits.
    fn kimchi(index: &[u8], generation: Generation, limits: &Limits) -> Result<Self, KeyFault> {
        Ok(match curve_of_index(index)? {
            Curve::Vesta => Self::Vesta(Arc::new(prepare(index, generation, limits)?)),
            Curve::Pallas => Self::Pallas(Arc::new(prepare(index, generation, limits)?)),
        })
    }

    /// Decodes a verifier index that came along with a proof, within these limits: nothing is computed and kept for it.
    pub fn foreign_kimchi(index: &[u8], generation: Generation, limits: &Limits) -> Result<Self, KeyFault> {
        Ok(match curve_of_index(index)? {
            Curve::Vesta => Self::Vesta(Arc::new(prepare(index, generation, limits)?.foreign())),
            Curve::Pallas => Self::Pallas(Arc::new(prepare(index, generation, limits)?.foreign())),
        })
    }
}

fn prepare<C: KimchiCurve>(
    index: &[u8],
    generation: Generation,
    limits: &Limits,
) -> Result<PreparedIndex<C>, KeyFault> {
    Ok(PreparedIndex::with_limits(index_from_msgpack(index)?, generation, limits)?)
}

/// The keys of a set, ready.
#[derive(Debug, Default)]
pub struct PreparedKeys(HashMap<String, Prepared>);

impl PreparedKeys {
    /// Decodes all keys; tells the name of the first that cannot be used.
    pub fn new(keys: &KeySet) -> Result<Self, (String, KeyFault)> {
        let prepare = |key: &super::NamedKey| {
            let prepared = Prepared::new(&key.data).map_err(|fault| (key.name.to_string(), fault))?;
            Ok((key.name.to_string(), prepared))
        };
        keys.keys().iter().map(prepare).collect::<Result<_, _>>().map(Self)
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Prepared> {
        self.0.values()
    }

    /// The key of this name.
    pub fn get(&self, name: &str) -> Option<&Prepared> {
        self.0.get(name)
    }
}
