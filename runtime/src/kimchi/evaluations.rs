//! The evaluations that a Kimchi proof carries, column by column.

use core::slice;

/// Columns of the witness, and of the coefficients.
pub const COLUMNS: usize = 15;
/// Columns of the witness that take part in the permutation argument.
pub const PERMUTS: usize = 7;
/// Columns of the lookup argument's sorted table at most (four lookups a row and the table).
pub const MAX_SORTED: usize = 5;

/// The values of one polynomial at the two points at which every proof is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PointEvaluations<E> {
    /// At ζ.
    pub zeta: E,
    /// At ζω, ω the generator of the circuit's domain.
    pub zeta_omega: E,
}

impl<E> PointEvaluations<Vec<E>> {
    /// The chunks at both points.
    pub fn chunks(&self) -> PointEvaluations<&[E]> {
        PointEvaluations { zeta: &self.zeta, zeta_omega: &self.zeta_omega }
    }
}

impl<E> PointEvaluations<E> {
    /// Both evaluations as those of one chunk.
    pub fn as_chunk(&self) -> PointEvaluations<&[E]> {
        PointEvaluations { zeta: slice::from_ref(&self.zeta), zeta_omega: slice::from_ref(&self.zeta_omega) }
    }
}

/// A polynomial longer than the SRS is committed and opened in chunks: one evaluation a chunk.
pub type Chunked<F> = PointEvaluations<Vec<F>>;

/// The gate types, in the order of Kimchi's own enumeration (`circuits/gate.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the Kimchi book's")]
pub enum GateType {
    Zero,
    Generic,
    Poseidon,
    CompleteAdd,
    VarBaseMul,
    EndoMul,
    EndoMulScalar,
    Lookup,
    RangeCheck0,
    RangeCheck1,
    ForeignFieldAdd,
    ForeignFieldMul,
    Xor16,
    Rot64,
}

impl GateType {
    /// All gates, each at the place of its number.
    pub const ALL: [Self; 14] = [
        Self::Zero,
        Self::Generic,
        Self::Poseidon,
        Self::CompleteAdd,
        Self::VarBaseMul,
        Self::EndoMul,
        Self::EndoMulScalar,
        Self::Lookup,
        Self::RangeCheck0,
        Self::RangeCheck1,
        Self::ForeignFieldAdd,
        Self::ForeignFieldMul,
        Self::Xor16,
        Self::Rot64,
    ];
    /// The gates that every verification key has a selector for, in the order of keys and evaluations.
    pub const BASIC: [Self; 6] = [
        Self::Generic,
        Self::Poseidon,
        Self::CompleteAdd,
        Self::VarBaseMul,
        Self::EndoMul,
        Self::EndoMulScalar,
    ];
    /// The gates whose selectors are there only where the circuit uses them, in the order of keys, evaluations and
    /// feature flags.
    pub const OPTIONAL: [Self; 6] = [
        Self::RangeCheck0,
        Self::RangeCheck1,
        Self::ForeignFieldAdd,
        Self::ForeignFieldMul,
        Self::Xor16,
        Self::Rot64,
    ];
}

/// What a row looks up, in the order of Kimchi's `LookupPatterns`, of keys and of evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LookupPattern {
    /// Four joint lookups of nibbles (a, b, a ⊕ b).
    Xor,
    /// Three lookups of the `Lookup` gate in a table of the circuit's choice.
    Lookup,
    /// Four lookups of 12-bit values.
    RangeCheck,
    /// Two lookups of foreign-field multiplication.
    ForeignFieldMul,
}

impl LookupPattern {
    /// All patterns, in order.
    pub const ALL: [Self; 4] = [Self::Xor, Self::Lookup, Self::RangeCheck, Self::ForeignFieldMul];
}

/// The evaluations of the lookup argument's polynomials; each is there exactly when the circuit has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LookupEvaluations<E> {
    /// The aggregation polynomial.
    pub aggregation: Option<E>,
    /// The combined lookup table.
    pub table: Option<E>,
    /// The sorted concatenation of lookups and table.
    pub sorted: [Option<E>; MAX_SORTED],
    /// The runtime table.
    pub runtime_table: Option<E>,
    /// The rows outside of the runtime table: 1 there, 0 in it and on the zero-knowledge rows.
    pub runtime_selector: Option<E>,
    /// The rows of each pattern, in the order of [`LookupPattern::ALL`].
    pub pattern_selectors: [Option<E>; 4],
}

/// The evaluations of all columns: `E` is [`Chunked`] in a proof, [`PointEvaluations`] once the chunks are combined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluations<E> {
    /// The negated public input polynomial, where the proof carries it.
    pub public: Option<E>,
    /// Witness columns.
    pub w: [E; COLUMNS],
    /// Permutation aggregation.
    pub z: E,
    /// Permutation polynomials σ₀ to σ₅ (σ₆ is committed, not opened).
    pub s: [E; PERMUTS - 1],
    /// Coefficient columns.
    pub coefficients: [E; COLUMNS],
    /// Selectors in the order of [`GateType::BASIC`].
    pub selectors: [E; 6],
    /// Selectors in the order of [`GateType::OPTIONAL`].
    pub optional_selectors: [Option<E>; 6],
    /// The lookup argument.
    pub lookup: LookupEvaluations<E>,
}

impl<E> LookupEvaluations<E> {
    /// Applies `f` to every evaluation that is there.
    pub fn map<'a, T>(&'a self, mut f: impl FnMut(&'a E) -> T) -> LookupEvaluations<T> {
        LookupEvaluations {
            aggregation: self.aggregation.as_ref().map(&mut f),
            table: self.table.as_ref().map(&mut f),
            sorted: self.sorted.each_ref().map(|e| e.as_ref().map(&mut f)),
            runtime_table: self.runtime_table.as_ref().map(&mut f),
            runtime_selector: self.runtime_selector.as_ref().map(&mut f),
            pattern_selectors: self.pattern_selectors.each_ref().map(|e| e.as_ref().map(&mut f)),
        }
    }
}

impl<E> Evaluations<E> {
    /// Applies `f` to every evaluation that is there.
    pub fn map<'a, T>(&'a self, mut f: impl FnMut(&'a E) -> T) -> Evaluations<T> {
        Evaluations {
            public: self.public.as_ref().map(&mut f),
            w: self.w.each_ref().map(&mut f),
            z: f(&self.z),
            s: self.s.each_ref().map(&mut f),
            coefficients: self.coefficients.each_ref().map(&mut f),
            selectors: self.selectors.each_ref().map(&mut f),
            optional_selectors: self.optional_selectors.each_ref().map(|e| e.as_ref().map(&mut f)),
            lookup: self.lookup.map(f),
        }
    }

    /// Every evaluation that is there, in the order in which [`map`](Self::map) visits them.
    pub fn each_mut(&mut self) -> Vec<&mut E> {
        let Self { public, w, z, s, coefficients, selectors, optional_selectors, lookup } = self;
        let LookupEvaluations {
            aggregation,
            table,
            sorted,
            runtime_table,
            runtime_selector,
            pattern_selectors,
        } = lookup;
        let columns = w.iter_mut().chain([z]).chain(s).chain(coefficients).chain(selectors);
        let lookups = aggregation.iter_mut().chain(table).chain(sorted.iter_mut().flatten());
        let lookups = lookups.chain(runtime_table).chain(runtime_selector);
        let lookups = lookups.chain(pattern_selectors.iter_mut().flatten());
        public
            .iter_mut()
            .chain(columns)
            .chain(optional_selectors.iter_mut().flatten())
            .chain(lookups)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Evaluations, GateType, LookupEvaluations};

    #[test]
    fn every_evaluation_is_visited_in_one_order() {
        let mut all = Evaluations {
            public: Some(0),
            optional_selectors: [Some(0), None, Some(0), Some(0), Some(0), Some(0)],
            lookup: LookupEvaluations {
                aggregation: Some(0),
                table: Some(0),
                sorted: [Some(0), Some(0), Some(0), None, Some(0)],
                runtime_table: Some(0),
                runtime_selector: Some(0),
                pattern_selectors: [Some(0), Some(0), None, Some(0)],
            },
            ..Evaluations::default()
        };
        for (number, evaluation) in all.each_mut().into_iter().enumerate() {
            *evaluation = number;
        }
        let mut visited = Vec::new();
        all.map(|number| visited.push(*number));
        assert_eq!(visited, (0..60).collect::<Vec<_>>());
    }

    #[test]
    fn gates_stand_at_their_numbers() {
        for (number, gate) in GateType::ALL.into_iter().enumerate() {
            assert_eq!(gate as usize, number);
        }
    }
}
