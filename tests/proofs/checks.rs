//! The checks that a valid proof would not miss: for each a forgery that passes everything else.

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, Zero};
use quickpickle::internals::curve::{Affine, Fp, Fq, KimchiCurve, PallasConfig, Projective, ScalarField};
use quickpickle::internals::lockstep;
use quickpickle::internals::pickles::dummies;
use quickpickle::internals::pickles::error::PicklesError;
use quickpickle::internals::pickles::verifier::{Claims, reduce};
use quickpickle::wire::o1js::{self, O1jsProof};
use quickpickle::{ErrorKind, PreparedKey, TableSource, Verifier, VerifyError};
use quickpickle_curve::GroupMap;
use quickpickle_runtime::ipa::{self, AccumulatorClaim, OpeningClaim, challenge_polynomial};
use quickpickle_runtime::tables::Srs;
use quickpickle_vectors::{read, shipped};
use rand_core::OsRng;

fn tables() -> &'static dyn TableSource {
    Verifier::baked().tables()
}

fn case(name: &str) -> (PreparedKey, O1jsProof) {
    let folder = shipped("o1js").join(name);
    let proof = o1js::proof_from_json(read(&folder.join("proof.json"))).expect("a proof");
    let (key, _) = o1js::verification_key_from_json(read(&folder.join("vk.json"))).expect("a key");
    (PreparedKey::new(key).expect("a sound key"), proof)
}

fn claims(name: &str) -> Claims {
    let (key, proof) = case(name);
    lockstep::alone(async |lanes| reduce(&key, proof.statement(), &proof.proof, tables(), lanes).await)
        .expect("a proof that reduces")
}

fn opens(claim: &OpeningClaim<PallasConfig>) -> bool {
    ipa::check(tables(), &[claim], &[], &mut OsRng).expect("the tables")
}

/// The accumulator is what recursion leaves to the last verifier: nothing else looks at it over the whole SRS.
#[test]
fn a_false_accumulator_is_refused() {
    let Claims { opening, accumulator } = claims("n1-counter-depth1");
    let check =
        |claim: &AccumulatorClaim<_>| ipa::check(tables(), &[], &[claim], &mut OsRng).expect("the tables");
    assert!(opens(&opening) && check(&accumulator));

    let mut false_commitment = accumulator.clone();
    false_commitment.commitment = -false_commitment.commitment;
    assert!(!check(&false_commitment));
    for i in [0, 7, 15] {
        let mut false_challenge = accumulator.clone();
        false_challenge.challenges[i] += Fp::from(1u64);
        assert!(!check(&false_challenge), "challenge {i}");
    }
}

/// `dummies` writes the challenges and their commitment down; here the one is computed from the other.
#[test]
fn the_dummy_commitment_is_that_of_the_dummy_challenges() {
    let claim = AccumulatorClaim::<PallasConfig> {
        commitment: dummies::WRAP_COMMITMENT,
        challenges: dummies::WRAP_CHALLENGES.to_vec(),
    };
    assert_eq!(ipa::check(tables(), &[], &[&claim], &mut OsRng), Ok(true));
}

/// The difference between the two sides of an opening's first equation, c·Q + δ - z₁(sg + b·U) - z₂H, of the second,
/// ⟨s, G⟩ - sg, and z₁: computed here by themselves.
fn equations(claim: &OpeningClaim<PallasConfig>) -> [Projective<PallasConfig>; 2] {
    let mut sponge = claim.sponge.clone();
    sponge.absorb_scalars(&[ipa::shift_scalar::<PallasConfig>(claim.combined_inner_product)]);
    let u = GroupMap::<PallasConfig>::new().to_group(sponge.challenge_base());
    let mut q: Projective<PallasConfig> =
        claim.commitments.iter().map(|(point, scalar)| *point * scalar).sum::<Projective<_>>()
            + u * claim.combined_inner_product;
    let mut challenges = Vec::new();
    for (l, r) in &claim.opening.lr {
        sponge.absorb_points(&[*l, *r]);
        let challenge: Fq = sponge.challenge().to_field_endo(PallasConfig::ENDO_SCALAR);
        q += *l * challenge.inverse().expect("a challenge that is not zero") + *r * challenge;
        challenges.push(challenge);
    }
    sponge.absorb_points(&[claim.opening.delta]);
    let c: Fq = sponge.challenge().to_field_endo(PallasConfig::ENDO_SCALAR);
    let [zeta, zeta_omega] = claim.evaluation_points;
    let b = challenge_polynomial::evaluate(&challenges, zeta)
        + claim.evalscale * challenge_polynomial::evaluate(&challenges, zeta_omega);
    let srs = Srs::<PallasConfig>::of(tables(), 1 << claim.rounds).expect("the SRS");
    let opening = &claim.opening;
    let first = q * c + opening.delta - (opening.sg + u * b) * opening.z1 - srs.blinder * opening.z2;
    let second = folded_generators(
        &srs.generators.packed().iter().map(|p| p.unpack()).collect::<Vec<_>>(),
        &challenges,
    ) - opening.sg;
    [first, second]
}

/// ⟨s, G⟩ by halving G a challenge at a time.
fn folded_generators<C: KimchiCurve>(
    generators: &[Affine<C>],
    challenges: &[ScalarField<C>],
) -> Projective<C> {
    let mut points: Vec<Projective<C>> = generators.iter().map(|g| g.into_group()).collect();
    for challenge in challenges {
        let (low, high) = points.split_at(points.len() / 2);
        points = low.iter().zip(high).map(|(low, high)| *low + *high * challenge).collect();
    }
    points[0]
}

/// sg enters no challenge, so that a prover may choose it last. If an opening's two equations had the same weight, sg
/// could be chosen to make the error of one cancel that of the other, whatever is claimed.
#[test]
fn an_sg_that_cancels_the_error_of_the_opening_is_refused() {
    let mut claim = claims("n0-arith").opening;
    let sum = |claim: &_| equations(claim).into_iter().sum::<Projective<_>>();
    assert!(equations(&claim).iter().all(Zero::is_zero) && opens(&claim));

    // A claim that is false: another value than the polynomials have.
    claim.combined_inner_product += Fq::from(1u64);
    assert!(!sum(&claim).is_zero() && !opens(&claim));
    let correction = sum(&claim) * (claim.opening.z1 + Fq::from(1u64)).inverse().expect("z1 is not -1");
    claim.opening.sg = (claim.opening.sg + correction).into_affine();
    assert!(sum(&claim).is_zero(), "the equations, weighed equally, cancel");
    assert!(!opens(&claim), "weighed at random, they do not");
}

/// The same between two claims of a batch: errors of opposite sign.
#[test]
fn a_batch_whose_errors_cancel_is_refused() {
    let claim = claims("n0-arith").opening;
    let (mut left, mut right) = (claim.clone(), claim);
    // z2 enters linearly and after every challenge.
    left.opening.z2 += Fq::from(5u64);
    right.opening.z2 -= Fq::from(5u64);
    let sum: Projective<_> = equations(&left).into_iter().chain(equations(&right)).sum();
    assert!(sum.is_zero());
    assert_eq!(ipa::check(tables(), &[&left, &right], &[], &mut OsRng), Ok(false));
}

#[test]
fn the_step_side_must_be_consistent() {
    let (key, proof) = case("n1-counter-depth1");
    let verify = |alter: fn(&mut quickpickle::Proof)| {
        let mut altered = proof.proof.clone();
        alter(&mut altered);
        Verifier::baked().verify(&key, proof.statement(), &altered)
    };
    assert_eq!(verify(|_| ()), Ok(()));

    let pickles = |result: Result<(), VerifyError>| match result {
        Err(VerifyError::Pickles(error)) => error,
        other => panic!("{other:?}"),
    };
    let flagged = pickles(verify(|p| p.plonk.feature_flags.gates[4] = true));
    assert!(matches!(flagged, PicklesError::FeatureFlags { present: false, .. }), "{flagged:?}");
    let unflagged = pickles(verify(|p| {
        p.step_evaluations.evaluations.optional_selectors[2] = Some(p.step_evaluations.evaluations.z.clone());
    }));
    assert!(matches!(unflagged, PicklesError::FeatureFlags { present: true, .. }), "{unflagged:?}");
    let combiner = pickles(verify(|p| p.plonk.joint_combiner = Some(p.plonk.alpha)));
    assert_eq!(combiner, PicklesError::JointCombiner { present: true });
    let domain = pickles(verify(|p| p.branch_data.domain_log2 = 17));
    assert_eq!(domain, PicklesError::StepDomain { log2: 17 });
    let chunked = pickles(verify(|p| {
        let chunk = p.step_evaluations.ft_eval1;
        p.step_evaluations.evaluations.w[3].zeta.push(chunk);
    }));
    assert_eq!(chunked, PicklesError::ChunkedStepProof { chunks: 2 });
    let empty = pickles(verify(|p| p.step_evaluations.evaluations.w[3].zeta.clear()));
    assert_eq!(empty, PicklesError::MissingEvaluation);
    let no_public = pickles(verify(|p| p.step_evaluations.evaluations.public = None));
    assert_eq!(no_public, PicklesError::MissingEvaluation);
    let three = pickles(verify(|p| {
        let message = &mut p.messages_for_next_wrap_proof;
        message.old_bulletproof_challenges = vec![message.old_bulletproof_challenges[0]; 3];
    }));
    assert!(matches!(three, PicklesError::PreviousProofs { found: 3, .. }), "{three:?}");
    let unpaired = pickles(verify(|p| {
        p.messages_for_next_step_proof.challenge_polynomial_commitments.clear();
    }));
    assert!(matches!(unpaired, PicklesError::PreviousProofs { found: 0, .. }), "{unpaired:?}");
}

/// Everything that enters the wrap circuit's public input is bound by the wrap proof.
#[test]
fn what_the_wrap_proof_says_is_bound() {
    let (key, proof) = case("n1-counter-depth1");
    type Alteration = (&'static str, fn(&mut quickpickle::Proof));
    let alterations: &[Alteration] = &[
        ("alpha", |p| p.plonk.alpha.0[0] ^= 1),
        ("beta", |p| p.plonk.beta.0[1] ^= 1),
        ("gamma", |p| p.plonk.gamma.0[0] ^= 1),
        ("zeta", |p| p.plonk.zeta.0[1] ^= 1),
        ("step domain", |p| p.branch_data.domain_log2 -= 1),
        ("proofs verified", |p| {
            p.branch_data.proofs_verified = quickpickle::internals::pickles::proof::ProofsVerified::N2
        }),
        ("sponge digest", |p| p.sponge_digest_before_evaluations += Fp::from(1u64)),
        ("an evaluation", |p| p.step_evaluations.evaluations.coefficients[9].zeta[0] += Fp::from(1u64)),
        ("an evaluation at ζω", |p| p.step_evaluations.evaluations.s[5].zeta_omega[0] += Fp::from(1u64)),
        ("the public input's evaluation", |p| {
            let public = p.step_evaluations.evaluations.public.as_mut().expect("there");
            public.zeta_omega[0] += Fp::from(1u64);
        }),
        ("ft's evaluation", |p| p.step_evaluations.ft_eval1 += Fp::from(1u64)),
        ("an earlier wrap challenge", |p| {
            p.messages_for_next_wrap_proof.old_bulletproof_challenges[0][14].0[0] ^= 1;
        }),
        ("an earlier step challenge", |p| {
            p.messages_for_next_step_proof.old_bulletproof_challenges[0][0].0[0] ^= 1;
        }),
        ("an earlier commitment", |p| {
            let commitment = &mut p.messages_for_next_step_proof.challenge_polynomial_commitments[0];
            *commitment = -*commitment;
        }),
    ];
    for (what, alter) in alterations {
        let mut altered = proof.proof.clone();
        alter(&mut altered);
        let result = Verifier::baked().verify(&key, proof.statement(), &altered);
        assert_eq!(result, Err(VerifyError::Opening), "{what}");
    }
}

/// The accumulator's commitment and challenges are in the public input as well, so that altering them fails both checks;
/// which one answers is not promised, that one does is.
#[test]
fn the_accumulator_is_bound_too() {
    let (key, proof) = case("n1-counter-depth1");
    for i in 0..16 {
        let mut altered = proof.proof.clone();
        altered.bulletproof_challenges[i].0[0] ^= 1;
        let error = Verifier::baked().verify(&key, proof.statement(), &altered).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Rejected);
    }
}
