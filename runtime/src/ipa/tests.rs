//! The check against a prover of our own, over small reference strings.

mod search;

use super::*;
use crate::curve::{PallasConfig, Projective, VestaConfig};
use crate::lockstep;
use crate::tables::{PackedLagrange, PackedSrs};
use ark_ec::CurveGroup;
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ff::AdditiveGroup;
use quickpickle_curve::GroupMap;
use quickpickle_srs_data::Role;
use rand::SeedableRng;
use rand::rngs::StdRng;

/// A source of the first few generators of both curves.
pub(crate) struct Generators {
    wrap: (Vec<PackedPoint>, PackedPoint),
    step: (Vec<PackedPoint>, PackedPoint),
}

pub(crate) const LARGEST: usize = 32;

impl Generators {
    pub(crate) fn new() -> Self {
        fn pack<C: KimchiCurve>() -> (Vec<PackedPoint>, PackedPoint) {
            let generators = quickpickle_curve::generators::<C>(LARGEST as u32);
            let blinder = PackedPoint::pack(&quickpickle_curve::blinder::<C>());
            (generators.iter().map(PackedPoint::pack).collect(), blinder)
        }
        Self { wrap: pack::<PallasConfig>(), step: pack::<VestaConfig>() }
    }
}

fn unavailable() -> TableError {
    TableError::Unavailable { table: "the table".into(), reason: "these tests have none".into() }
}

impl TableSource for Generators {
    fn srs(&self, role: Role, size: usize) -> Result<PackedSrs<'_>, TableError> {
        let (generators, blinder) = match role {
            Role::Wrap => &self.wrap,
            Role::Step => &self.step,
        };
        let generators = generators.get(..size).ok_or_else(unavailable)?;
        Ok(PackedSrs { generators, blinder: *blinder })
    }

    fn lagrange(&self, _: Role, _: usize, _: u32) -> Result<PackedLagrange<'_>, TableError> {
        Err(unavailable())
    }
}

fn inner_product<F: Field>(a: &[F], b: &[F]) -> F {
    a.iter().zip(b).map(|(a, b)| *a * b).sum()
}

fn commit<C: KimchiCurve>(points: &[Affine<C>], scalars: &[ScalarField<C>]) -> Projective<C> {
    points.iter().zip(scalars).map(|(point, scalar)| *point * scalar).sum()
}

/// Commits to three random polynomials, combines and opens them at two points.
pub(crate) fn prove<C: KimchiCurve>(tables: &Generators, rounds: usize, rng: &mut StdRng) -> OpeningClaim<C> {
    type F<C> = ScalarField<C>;
    let size = 1 << rounds;
    let srs = Srs::<C>::of(tables, size).expect("the tests' reference string");
    let mut g: Vec<Affine<C>> = srs.generators.packed().iter().map(PackedPoint::unpack).collect();
    let h = srs.blinder;

    let polyscale = F::<C>::rand(rng);
    let evalscale = F::<C>::rand(rng);
    let evaluation_points = [F::<C>::rand(rng), F::<C>::rand(rng)];
    let mut a = vec![F::<C>::ZERO; size];
    let mut blinding = F::<C>::ZERO;
    let mut commitments = Vec::new();
    let mut weight = F::<C>::ONE;
    for _ in 0..3 {
        let polynomial: Vec<_> = (0..size).map(|_| F::<C>::rand(rng)).collect();
        let blinder = F::<C>::rand(rng);
        commitments.push(((commit(&g, &polynomial) + h * blinder).into_affine(), weight));
        a.iter_mut().zip(&polynomial).for_each(|(a, p)| *a += weight * p);
        blinding += weight * blinder;
        weight *= polyscale;
    }
    let mut powers = [F::<C>::ONE; 2];
    let mut b: Vec<_> = (0..size)
        .map(|_| {
            let b = powers[0] + evalscale * powers[1];
            powers.iter_mut().zip(&evaluation_points).for_each(|(power, x)| *power *= x);
            b
        })
        .collect();
    let combined_inner_product = inner_product(&a, &b);

    let mut sponge = TranscriptSponge::<C>::new();
    sponge.absorb_scalars(&[polyscale, evalscale]);
    let before = sponge.clone();
    sponge.absorb_scalars(&[shift_scalar::<C>(combined_inner_product)]);
    let u_base = GroupMap::<C>::new().to_group(sponge.challenge_base());
    let mut lr = Vec::new();
    while a.len() > 1 {
        let half = a.len() / 2;
        let (blind_l, blind_r) = (F::<C>::rand(rng), F::<C>::rand(rng));
        let l = commit(&g[..half], &a[half..]) + h * blind_l + u_base * inner_product(&a[half..], &b[..half]);
        let r = commit(&g[half..], &a[..half]) + h * blind_r + u_base * inner_product(&a[..half], &b[half..]);
        let (l, r) = (l.into_affine(), r.into_affine());
        lr.push((l, r));
        sponge.absorb_points(&[l, r]);
        let u: F<C> = sponge.challenge().to_field_endo(C::ENDO_SCALAR);
        let inverse = u.inverse().expect("not zero");
        a = (0..half).map(|i| a[i] + inverse * a[half + i]).collect();
        b = (0..half).map(|i| b[i] + u * b[half + i]).collect();
        g = (0..half).map(|i| (g[i] + g[half + i] * u).into_affine()).collect();
        blinding += blind_l * inverse + blind_r * u;
    }
    let (d, blind_d) = (F::<C>::rand(rng), F::<C>::rand(rng));
    let delta = ((g[0] + u_base * b[0]) * d + h * blind_d).into_affine();
    sponge.absorb_points(&[delta]);
    let c: F<C> = sponge.challenge().to_field_endo(C::ENDO_SCALAR);
    let opening = OpeningProof { lr, delta, z1: a[0] * c + d, z2: blinding * c + blind_d, sg: g[0] };
    OpeningClaim {
        sponge: before,
        rounds,
        evaluation_points,
        evalscale,
        combined_inner_product,
        commitments,
        opening,
    }
}

pub(crate) fn accumulator<C: KimchiCurve>(
    tables: &Generators,
    rounds: usize,
    rng: &mut StdRng,
) -> AccumulatorClaim<C> {
    let challenges: Vec<_> = (0..rounds).map(|_| ScalarField::<C>::rand(rng)).collect();
    let srs = Srs::<C>::of(tables, 1 << rounds).expect("the tests' reference string");
    let generators: Vec<Affine<C>> = srs.generators.packed().iter().map(PackedPoint::unpack).collect();
    let coefficients = challenge_polynomial::coefficients(&challenges);
    AccumulatorClaim { commitment: commit(&generators, &coefficients).into_affine(), challenges }
}

/// Makes a false claim of an honest one: another response, and sg such that the first equation holds all the same.
pub(crate) fn forge<C: KimchiCurve>(tables: &Generators, claim: &mut OpeningClaim<C>) {
    let blinder = Srs::<C>::of(tables, 1).expect("the tests' reference string").blinder;
    claim.opening.z2 += ScalarField::<C>::ONE;
    let missing = first_equation(claim, blinder).expect("as many rounds");
    let correction = missing * claim.opening.z1.inverse().expect("not zero");
    claim.opening.sg = (claim.opening.sg + correction).into_affine();
    assert!(first_equation(claim, blinder).expect("as many rounds").is_zero());
}

fn holds<C: KimchiCurve>(
    tables: &Generators,
    openings: &[&OpeningClaim<C>],
    accumulators: &[&AccumulatorClaim<C>],
) -> bool {
    // The tests' own weights: the same in each run.
    check(tables, openings, accumulators, &mut StdRng::seed_from_u64(99))
        .expect("the tests' reference string")
}

fn replayed<C: KimchiCurve>(claim: &OpeningClaim<C>) -> Opening<'_, C> {
    lockstep::alone(async |lanes| Opening::replay(0, claim, lanes).await).expect("rounds agree")
}

#[test]
fn honest_openings_hold() {
    fn all<C: KimchiCurve>() {
        let tables = Generators::new();
        let mut rng = StdRng::seed_from_u64(1);
        assert!(holds::<C>(&tables, &[], &[]));
        for rounds in [0, 1, 2, 5] {
            assert!(holds::<C>(&tables, &[&prove(&tables, rounds, &mut rng)], &[]));
        }
    }
    all::<PallasConfig>();
    all::<VestaConfig>();
}

#[test]
fn honest_batches_over_strings_of_several_sizes_hold() {
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(2);
    let openings = [4, 5, 2, 5].map(|rounds| prove::<VestaConfig>(&tables, rounds, &mut rng));
    let accumulators = [5, 3].map(|rounds| accumulator::<VestaConfig>(&tables, rounds, &mut rng));
    assert!(holds(&tables, &openings.each_ref(), &accumulators.each_ref()));
    assert!(holds(&tables, &[], &accumulators.each_ref()));
    assert!(holds(&tables, &openings.each_ref()[2..3], &accumulators.each_ref()));
}

type Alter<C> = (&'static str, fn(&mut OpeningClaim<C>));

#[test]
fn each_altered_part_is_refused() {
    fn all<C: KimchiCurve>() {
        let alterations: [Alter<C>; 22] = [
            ("first L", |c| c.opening.lr[0].0 = C::GENERATOR),
            ("first R", |c| c.opening.lr[0].1 = C::GENERATOR),
            ("last L", |c| c.opening.lr[3].0 = -c.opening.lr[3].0),
            ("last R", |c| c.opening.lr[3].1 = -c.opening.lr[3].1),
            ("L and R swapped", |c| c.opening.lr[1] = (c.opening.lr[1].1, c.opening.lr[1].0)),
            ("rounds swapped", |c| c.opening.lr.swap(1, 2)),
            ("a round missing", |c| c.opening.lr.truncate(3)),
            ("a round more", |c| c.opening.lr.push((Affine::identity(), Affine::identity()))),
            ("no rounds", |c| c.opening.lr.clear()),
            ("fewer rounds asked for", |c| c.rounds = 3),
            ("more rounds asked for", |c| c.rounds = 5),
            ("delta", |c| c.opening.delta = (c.opening.delta + C::GENERATOR).into_affine()),
            ("z1", |c| c.opening.z1 += ScalarField::<C>::ONE),
            ("z2", |c| c.opening.z2 += ScalarField::<C>::ONE),
            ("sg", |c| c.opening.sg = (c.opening.sg + C::GENERATOR).into_affine()),
            ("combined inner product", |c| c.combined_inner_product += ScalarField::<C>::ONE),
            ("first evaluation point", |c| c.evaluation_points[0] += ScalarField::<C>::ONE),
            ("second evaluation point", |c| c.evaluation_points[1] += ScalarField::<C>::ONE),
            ("evalscale", |c| c.evalscale += ScalarField::<C>::ONE),
            ("commitment", |c| c.commitments[1].0 = C::GENERATOR),
            ("weight of a commitment", |c| c.commitments[2].1 += ScalarField::<C>::ONE),
            ("transcript", |c| c.sponge.absorb_scalars(&[ScalarField::<C>::ONE])),
        ];
        let tables = Generators::new();
        let mut rng = StdRng::seed_from_u64(3);
        let honest = prove::<C>(&tables, 4, &mut rng);
        assert!(holds(&tables, &[&honest], &[]));
        for (what, alter) in alterations {
            let mut altered = honest.clone();
            alter(&mut altered);
            assert!(!holds(&tables, &[&altered], &[]), "{what}");
            assert!(!holds(&tables, &[&honest, &altered, &honest], &[]), "{what}, in a batch");
        }
    }
    all::<PallasConfig>();
    all::<VestaConfig>();
}

#[test]
fn a_folding_that_is_not_of_the_generators_is_refused() {
    // An opening that satisfies its first equation with a wrong sg: only the second finds it out. z₁ = 0 takes sg out
    // of the first, and δ is what is then missing there.
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(4);
    let mut claim = prove::<PallasConfig>(&tables, 0, &mut rng);
    // With no round Q is the claimed commitment and cᵢₚU. A prover that may choose sg freely opens to anything: take
    // sg = (Q - bU)·(1/a) for an a of its choice, and prove as if sg were the generator.
    claim.combined_inner_product += ScalarField::<PallasConfig>::ONE;
    let (u_base, _) = replayed(&claim).base_and_c();
    let b = ScalarField::<PallasConfig>::ONE + claim.evalscale;
    let q: Projective<PallasConfig> = claim.commitments.iter().map(|(point, scalar)| *point * scalar).sum();
    let q = q + u_base * claim.combined_inner_product;
    claim.opening.sg = (q - u_base * b).into_affine();
    let d = ScalarField::<PallasConfig>::from(5u64);
    claim.opening.delta = ((claim.opening.sg + u_base * b) * d).into_affine();
    let (_, c) = replayed(&claim).base_and_c();
    claim.opening.z1 = c + d;
    claim.opening.z2 = ScalarField::<PallasConfig>::ZERO;
    // The first equation holds.
    let OpeningProof { delta, z1, sg, .. } = &claim.opening;
    assert_eq!(q * c + delta, (*sg + u_base * b) * z1);
    assert!(!holds(&tables, &[&claim], &[]));
}

#[test]
fn altered_accumulators_are_refused() {
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(5);
    let opening = prove::<VestaConfig>(&tables, 5, &mut rng);
    let honest = accumulator::<VestaConfig>(&tables, 5, &mut rng);
    assert!(holds(&tables, &[&opening], &[&honest]));
    let mut alterations = Vec::new();
    for round in 0..5 {
        let mut altered = honest.clone();
        altered.challenges[round] += ScalarField::<VestaConfig>::ONE;
        alterations.push(altered);
    }
    let commitment = (honest.commitment + VestaConfig::GENERATOR).into_affine();
    alterations.push(AccumulatorClaim { commitment, ..honest.clone() });
    alterations.push(AccumulatorClaim { commitment: Affine::identity(), ..honest.clone() });
    alterations.push(AccumulatorClaim { challenges: honest.challenges[1..].to_vec(), ..honest.clone() });
    alterations.push(AccumulatorClaim { challenges: Vec::new(), ..honest.clone() });
    for altered in &alterations {
        assert!(!holds(&tables, &[], &[altered]));
        assert!(!holds(&tables, &[&opening], &[&honest, altered]));
    }
}

#[test]
fn errors_that_cancel_are_refused() {
    // Under equal weights, or weights that depend on nothing but the position, each of these batches would sum to zero.
    type C = VestaConfig;
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(6);
    let error = ScalarField::<C>::from(7u64);
    let mut openings = [3, 3].map(|rounds| prove::<C>(&tables, rounds, &mut rng));
    openings[0].opening.z2 += error;
    openings[1].opening.z2 -= error;
    assert!(!holds(&tables, &openings.each_ref(), &[]));

    let mut accumulators = [4, 4].map(|rounds| accumulator::<C>(&tables, rounds, &mut rng));
    let point = C::GENERATOR * error;
    accumulators[0].commitment = (accumulators[0].commitment + point).into_affine();
    accumulators[1].commitment = (accumulators[1].commitment - point).into_affine();
    assert!(!holds(&tables, &[], &accumulators.each_ref()));

    let mut opening = prove::<C>(&tables, 4, &mut rng);
    let mut folded = accumulator::<C>(&tables, 4, &mut rng);
    opening.opening.z2 += error;
    folded.commitment = (folded.commitment - tables.step.1.unpack::<VestaConfig>() * error).into_affine();
    assert!(!holds(&tables, &[&opening], &[&folded]));
}

#[test]
fn weights_are_drawn_anew() {
    // A batch whose errors cancel under the weights of one run does not under those of another.
    type C = PallasConfig;
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(7);
    let mut claims = [2, 2].map(|rounds| prove::<C>(&tables, rounds, &mut rng));
    let mut weights = StdRng::seed_from_u64(99);
    let [first, second] = core::array::from_fn(|_| random_weight::<C>(&mut weights));
    claims[0].opening.z2 += second;
    claims[1].opening.z2 -= first;
    assert!(holds(&tables, &claims.each_ref(), &[]), "forged for exactly these weights");
    for seed in 0..5 {
        let other = check(&tables, &claims.each_ref(), &[], &mut StdRng::seed_from_u64(seed));
        assert_eq!(other, Ok(false));
    }
}

#[test]
fn a_reference_string_that_is_not_there_is_an_error() {
    let tables = Generators::new();
    let mut rng = StdRng::seed_from_u64(8);
    let mut claim = prove::<PallasConfig>(&tables, 2, &mut rng);
    claim.rounds = 6;
    assert_eq!(check(&tables, &[&claim], &[], &mut rng), Err(unavailable()));
    for rounds in [MAX_ROUNDS + 1, 64, usize::MAX] {
        claim.rounds = rounds;
        assert!(matches!(check(&tables, &[&claim], &[], &mut rng), Err(TableError::TooLarge { .. })));
    }
}

#[test]
fn shifted_scalars() {
    // What circuits compute from the shifted scalar: 2y + 2^255 + 1 on Vesta, whose scalar field is the smaller one,
    // y + 2^255 on Pallas.
    let mut rng = StdRng::seed_from_u64(9);
    let x = ScalarField::<VestaConfig>::rand(&mut rng);
    let two_to_n = ScalarField::<VestaConfig>::from(2u64).pow([255]);
    assert_eq!(shift_scalar::<VestaConfig>(x).double() + two_to_n + ScalarField::<VestaConfig>::ONE, x);
    let x = ScalarField::<PallasConfig>::rand(&mut rng);
    assert_eq!(shift_scalar::<PallasConfig>(x) + ScalarField::<PallasConfig>::from(2u64).pow([255]), x);
}
