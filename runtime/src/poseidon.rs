//! The Poseidon sponge with Kimchi's parameters: width 3, rate 2. The permutation is in `quickpickle-curve`.
//!
//! Facts: the Mina book, "Poseidon hash", and proof-systems' `poseidon/` crate. All of it is public data: nothing here
//! runs in constant time.

use std::collections::VecDeque;

pub use quickpickle_curve::permute;
pub use quickpickle_curve::poseidon::{ROUNDS, SpongeField, WIDTH};

use crate::lockstep::Lanes;

/// Field elements that are absorbed, or squeezed, between two permutations.
pub const RATE: usize = 2;

/// Where the duplex stands: how much of the rate is filled, or given out, since the last permutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    Absorbed(usize),
    Squeezed(usize),
}

/// The Poseidon sponge over field elements, as a duplex: absorbing and squeezing may alternate.
///
/// What is absorbed is taken in when something is squeezed: all permutations are made then, at once for those who squeeze
/// [`among`](Self::squeeze_among) others.
///
/// There is no padding: inputs that differ only in trailing zeros up to an even length collide. Every use hashes a
/// length that its context fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponge<F> {
    state: [F; WIDTH],
    position: Position,
    /// Absorbed, and not taken in yet.
    inputs: VecDeque<F>,
}

impl<F: SpongeField> Default for Sponge<F> {
    fn default() -> Self {
        Self::new()
    }
}

impl<F: SpongeField> Sponge<F> {
    /// An empty sponge: the zero state.
    pub fn new() -> Self {
        Self { state: [F::ZERO; WIDTH], position: Position::Absorbed(0), inputs: VecDeque::new() }
    }

    /// Absorbs one element.
    pub fn absorb_one(&mut self, input: F) {
        self.inputs.push_back(input);
    }

    /// Absorbs elements in order.
    pub fn absorb(&mut self, inputs: &[F]) {
        self.inputs.extend(inputs);
    }

    /// Squeezes one element.
    pub fn squeeze(&mut self) -> F {
        while let Some(after) = self.due() {
            permute(&mut self.state);
            self.position = after;
        }
        self.give()
    }

    /// Squeezes one element; the permutations are made with those of the others.
    pub async fn squeeze_among(&mut self, lanes: &Lanes) -> F {
        while let Some(after) = self.due() {
            lanes.permute(&mut self.state).await;
            self.position = after;
        }
        self.give()
    }

    /// Makes all permutations that what was absorbed asks for, so that copies need not.
    pub fn take_in(&mut self) {
        while let Some(after @ Position::Absorbed(_)) = self.due() {
            permute(&mut self.state);
            self.position = after;
        }
    }

    /// Takes inputs in until a permutation is due, and says where the sponge stands after it; `None` where an element can be
    /// given.
    fn due(&mut self) -> Option<Position> {
        while let Some(input) = self.inputs.front() {
            let at = match self.position {
                Position::Absorbed(filled) if filled < RATE => filled,
                Position::Absorbed(_) => return Some(Position::Absorbed(0)),
                // The state was permuted when it was squeezed.
                Position::Squeezed(_) => 0,
            };
            self.state[at] += input;
            self.position = Position::Absorbed(at + 1);
            self.inputs.pop_front();
        }
        match self.position {
            Position::Squeezed(given) if given < RATE => None,
            _ => Some(Position::Squeezed(0)),
        }
    }

    /// The next element of a state that was permuted for it.
    fn give(&mut self) -> F {
        let given = match self.position {
            Position::Squeezed(given) => given,
            Position::Absorbed(_) => 0,
        };
        self.position = Position::Squeezed(given + 1);
        self.state[given]
    }
}

/// The Poseidon hash of `inputs`.
pub fn hash<F: SpongeField>(inputs: &[F]) -> F {
    let mut sponge = Sponge::new();
    sponge.absorb(inputs);
    sponge.squeeze()
}

/// The Poseidon hash of `inputs` in the domain that `prefix` names, as Mina separates domains: the prefix, filled up
/// with `*` to 20 bytes, is absorbed as one little-endian element and the sponge squeezed once before the inputs.
pub fn hash_with_prefix<F: SpongeField>(prefix: &[u8; 20], inputs: &[F]) -> F {
    let mut sponge = Sponge::new();
    sponge.absorb_one(F::from_le_bytes_mod_order(prefix));
    sponge.squeeze();
    sponge.absorb(inputs);
    sponge.squeeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Fp, Fq};
    use ark_ff::MontFp;

    fn parse<F: SpongeField>(decimals: &[&str]) -> Vec<F> {
        decimals.iter().map(|decimal| decimal.parse().ok().expect("a field element")).collect()
    }

    #[test]
    fn hashes_over_fp_as_published() {
        // Test vectors of proof-systems (`poseidon/tests/test_vectors/kimchi.json`), as integers.
        let cases: [(&[&str], &str); 5] = [
            (&[], "21565680844461314807147611702860246336805372493508489110556896454939225549736"),
            (
                &["24868377109704864317484712788444936770816201619055451015684374901992949608178"],
                "27730699391486655088419091144406927551775127252046809540801194143500322626043",
            ),
            (
                &[
                    "25138500177533925254565157548260087092526215225485178888176592492127995051965",
                    "21606396995955632310354633797836705288048676956201515912792903768825190736997",
                ],
                "23259574083861761141696567323530587694907825595604933895726609090568143643902",
            ),
            (
                &[
                    "65341190374761678546924136634294878082041006677607592173169799311931861749",
                    "11252918989140053451780076222897667624533869965887021710847899108743182517746",
                    "11993650567890553054152749726648339938264069906532804819530014582284646469491",
                ],
                "28628324244402824679216848770217842399349683795645834289131571963670285261723",
            ),
            (
                &[
                    "27575266539105063911020305469696466899215781212631453596594551295833393371610",
                    "12607045538084099431197241636641320917344975317615149586616963058448914122136",
                    "4191172324783072531589314287016434391689672887595612443732787485098135060368",
                    "25038504569195635103352006470595733410162902838840568812175073723296969307528",
                    "8326376447499026361851214857371603487559269496692705013743054764013532965513",
                ],
                "5715330654598897400876902925301937193201788941557229502665894635004340052489",
            ),
        ];
        for (input, output) in cases {
            assert_eq!(hash::<Fp>(&parse(input)).to_string(), output);
        }
    }

    // The expected values below come from a separate implementation in Python, written from the same facts and itself
    // checked with the published vectors and, over Fq, with messages that Mina's blocks hash.

    #[test]
    fn hashes_over_fq() {
        let p_minus_3 = -Fq::from(3u64);
        let inputs: Vec<Fq> = (0..5u64).map(|i| p_minus_3 + Fq::from(i)).collect();
        let expected = [
            "26325059344545057748124945118392691172837215831371382611854451789945431713217",
            "22923389745442624338975011444907605487574673729513238545262030612229092321246",
            "15783651780729530636531316178106291044878126255561850929877792662016945297494",
            "11821837397305042199751438710341043642399557835018140517778319742578763056475",
            "13167830688691780437600911342885647630780793669356863690672953612275923730634",
        ];
        let hashes = [0, 1, 2, 3, 5].map(|length| hash(&inputs[..length]));
        assert_eq!(hashes.to_vec(), parse::<Fq>(&expected));
    }

    #[test]
    fn duplex_alternates() {
        let mut sponge = Sponge::<Fp>::new();
        sponge.absorb(&[1u64, 2, 3].map(Fp::from));
        let mut squeezed = vec![sponge.squeeze()];
        sponge.absorb(&[Fp::from(4u64)]);
        squeezed.extend([sponge.squeeze(), sponge.squeeze(), sponge.squeeze()]);
        sponge.absorb(&[5u64, 6, 7].map(Fp::from));
        squeezed.push(sponge.squeeze());
        let expected = [
            "24619730558757750532171846435738270973938732743182802489305079455910969360336",
            "7569255971133951370495942954913003434489543240074281475396617795029243979049",
            "3644571961406104715690297062590197148601903851234628871673789323728240241783",
            "14839437812106054034212223313502891997282541219931141414350526411616076478587",
            "14093302398926606167212455365758787386972091005091447222206979702197936936026",
        ];
        assert_eq!(squeezed, parse::<Fp>(&expected));
    }

    #[test]
    fn prefix_separates_domains() {
        let inputs = [Fp::from(1u64), Fp::from(2u64)];
        assert_eq!(
            hash_with_prefix(b"MinaSideLoadedVk****", &inputs),
            MontFp!("2763818586702281028336138262949152086704808791933846317084917332053222407442")
        );
    }
}
