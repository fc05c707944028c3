//! Verification of signatures, many at once.
//!
//! A signature is valid if sG = R + eP, where R is the point with x = r and an even y. Each equation is weighed by a random
//! number, and their sum is one multi-scalar multiplication. Where that is not zero, halves are looked at: one is summed, the
//! other has the rest. A sum over one equation is zero only if that one holds, as its weight is not zero and the group's order
//! is a prime; that wrong ones cancel each other has a chance of 2^-254.

use ark_ff::{Field as _, MontFp, PrimeField as _, UniformRand as _, Zero as _};
use quickpickle_curve::msm;
use quickpickle_runtime::curve::{Affine, Fp, Fq, PallasConfig, Projective};
use quickpickle_srs_data::{PackedPoint, Points};
use rand_core::CryptoRngCore;
use rayon::prelude::*;

use super::{Message, Signature};
use crate::key::{CompressedKey, point};
use crate::network::NetworkId;

/// The generator of keys and nonces, another one than that of the curve's description in `ark-pallas`.
pub const GENERATOR: Affine<PallasConfig> = Affine::<PallasConfig>::new_unchecked(
    Fp::ONE,
    MontFp!("12418654782883325593414442427049395787963493412651469444558597405572177144507"),
);

/// That a key signed a message for a network.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    /// The network.
    pub network: &'a NetworkId,
    /// The key.
    pub key: CompressedKey,
    /// The signature.
    pub signature: Signature,
    /// The message.
    pub message: Message,
}

/// Why a signature is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No point has the key's x.
    #[error("the public key is no point of the curve")]
    InvalidKey,
    /// The key did not sign this for this network.
    #[error("the signature is not one of this key over this message for this network")]
    InvalidSignature,
}

/// Verifies each claim; as many answers as claims, in their order.
///
/// `rng` must be a source that no signer can predict: the operating system's. It weighs the equations that are summed.
pub fn verify_each(claims: &[Claim<'_>], rng: &mut dyn CryptoRngCore) -> Vec<Result<(), SignatureError>> {
    let weights: Vec<_> = claims.iter().map(|_| random_weight(rng)).collect();
    let prepared: Vec<_> = (claims.par_iter().zip(weights).enumerate())
        .map(|(place, (claim, weight))| Equation::of(place, claim, weight))
        .collect();
    let mut verdicts = Vec::with_capacity(claims.len());
    let mut equations = Vec::with_capacity(claims.len());
    for equation in prepared {
        verdicts.push(equation.as_ref().map(|_| ()).map_err(|error| *error));
        equations.extend(equation);
    }
    let mut culprits = Vec::new();
    find_culprits(&equations, sum(&equations), &mut culprits);
    for place in culprits {
        if let Some(verdict) = verdicts.get_mut(place) {
            *verdict = Err(SignatureError::InvalidSignature);
        }
    }
    verdicts
}

/// sG - eP - R = 0, weighed.
struct Equation {
    /// Which claim it is of.
    place: usize,
    key: Affine<PallasConfig>,
    nonce: Affine<PallasConfig>,
    /// The weight times -1, -e and s.
    on_nonce: Fq,
    on_key: Fq,
    on_generator: Fq,
}

impl Equation {
    fn of(place: usize, claim: &Claim<'_>, weight: Fq) -> Result<Self, SignatureError> {
        let key = claim.key.point().ok_or(SignatureError::InvalidKey)?;
        let nonce = point(claim.signature.r, false).ok_or(SignatureError::InvalidSignature)?;
        let challenge = claim.message.challenge(claim.network, &key, &claim.signature);
        // The scalar of the same number: of the two fields, Fp is the smaller one.
        let challenge = Fq::from(challenge.into_bigint());
        let on_key = -weight * challenge;
        Ok(Self { place, key, nonce, on_nonce: -weight, on_key, on_generator: weight * claim.signature.s })
    }
}

/// Random, not zero.
fn random_weight(rng: &mut dyn CryptoRngCore) -> Fq {
    loop {
        let weight = Fq::rand(rng);
        if !weight.is_zero() {
            return weight;
        }
    }
}

fn sum(equations: &[Equation]) -> Projective<PallasConfig> {
    let mut points = vec![PackedPoint::pack(&GENERATOR)];
    let mut scalars = vec![equations.iter().map(|equation| equation.on_generator).sum::<Fq>()];
    for equation in equations {
        points.extend([&equation.key, &equation.nonce].map(PackedPoint::pack));
        scalars.extend([equation.on_key, equation.on_nonce]);
    }
    msm::<PallasConfig>(&[(Points::new(&points), &scalars)])
}

/// The places of equations that do not hold, whose sum this is. It goes as deep as their number has bits.
fn find_culprits(equations: &[Equation], sum_of_all: Projective<PallasConfig>, culprits: &mut Vec<usize>) {
    match equations {
        _ if sum_of_all.is_zero() => (),
        [] => (),
        [culprit] => culprits.push(culprit.place),
        _ => {
            let (left, right) = equations.split_at(equations.len() / 2);
            let sum_of_left = sum(left);
            find_culprits(left, sum_of_left, culprits);
            find_culprits(right, sum_of_all - sum_of_left, culprits);
        }
    }
}
