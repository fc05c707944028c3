//! The names that Kimchi's and Mina's own serialisations give gates, lookups and their columns; each list is in the order
//! of the constant that it belongs to.

use super::evaluations::{GateType, LookupPattern};

/// [`GateType::ALL`] in circuit files: Kimchi's own names (`GateType` in `kimchi/src/circuits/gate.rs`).
pub const GATES: [&str; 14] = [
    "Zero",
    "Generic",
    "Poseidon",
    "CompleteAdd",
    "VarBaseMul",
    "EndoMul",
    "EndoMulScalar",
    "Lookup",
    "RangeCheck0",
    "RangeCheck1",
    "ForeignFieldAdd",
    "ForeignFieldMul",
    "Xor16",
    "Rot64",
];

/// [`GateType::OPTIONAL`] as feature flags name them.
pub const FEATURES: [&str; 6] =
    ["range_check0", "range_check1", "foreign_field_add", "foreign_field_mul", "xor", "rot"];

/// [`LookupPattern::ALL`] as feature flags name them.
pub const PATTERNS: [&str; 4] = ["xor_lookup", "lookup", "range_check_lookup", "foreign_field_mul_lookup"];

/// The evaluations of the selectors of [`GateType::BASIC`].
pub const BASIC_SELECTORS: [&str; 6] = [
    "generic_selector",
    "poseidon_selector",
    "complete_add_selector",
    "mul_selector",
    "emul_selector",
    "endomul_scalar_selector",
];

/// The evaluations of the selectors of [`GateType::OPTIONAL`].
pub const OPTIONAL_SELECTORS: [&str; 6] = [
    "range_check0_selector",
    "range_check1_selector",
    "foreign_field_add_selector",
    "foreign_field_mul_selector",
    "xor_selector",
    "rot_selector",
];

/// The evaluations of the selectors of [`LookupPattern::ALL`].
pub const PATTERN_SELECTORS: [&str; 4] = [
    "xor_lookup_selector",
    "lookup_gate_lookup_selector",
    "range_check_lookup_selector",
    "foreign_field_mul_lookup_selector",
];

/// The commitments of the selectors of [`GateType::BASIC`].
pub const BASIC_COMMITMENTS: [&str; 6] =
    ["generic_comm", "psm_comm", "complete_add_comm", "mul_comm", "emul_comm", "endomul_scalar_comm"];

/// The commitments of the selectors of [`GateType::OPTIONAL`].
pub const OPTIONAL_COMMITMENTS: [&str; 6] = [
    "range_check0_comm",
    "range_check1_comm",
    "foreign_field_add_comm",
    "foreign_field_mul_comm",
    "xor_comm",
    "rot_comm",
];

impl GateType {
    /// The gate's name in circuit files.
    pub const fn name(self) -> &'static str {
        GATES[self as usize]
    }

    /// The gate of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|gate| gate.name() == name)
    }
}

impl LookupPattern {
    /// The pattern's name among feature flags.
    pub const fn name(self) -> &'static str {
        PATTERNS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_at_its_number() {
        for gate in GateType::ALL {
            // The names are those of the enumeration.
            assert_eq!(gate.name(), format!("{gate:?}"));
            assert_eq!(GateType::named(gate.name()), Some(gate));
        }
        assert_eq!(GateType::named("zero"), None);
        assert_eq!(LookupPattern::ForeignFieldMul.name(), "foreign_field_mul_lookup");
        for (feature, (selector, commitment)) in
            FEATURES.iter().zip(OPTIONAL_SELECTORS.iter().zip(OPTIONAL_COMMITMENTS))
        {
            assert_eq!(
                (*selector, commitment),
                (&*format!("{feature}_selector"), &*format!("{feature}_comm"))
            );
        }
    }
}
