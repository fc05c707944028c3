//! The sign and place of every constraint, which rows that satisfy a gate do not show, but α's powers do.

use ark_ff::{Field, MontFp};

use super::*;

/// From a separate implementation in Python, written from the constraints of proof-systems' `circuits/polynomials/`.
#[test]
fn combined_constraints_of_fixed_cells() {
    let expected: [(GateType, Generation, Fp); 13] = [
        (GateType::Generic, Generation::Berkeley, MontFp!("51934937826445")),
        (
            GateType::Poseidon,
            Generation::Berkeley,
            MontFp!("3396131900192282298247439270735786459341984816623288033825078835846790439142"),
        ),
        (
            GateType::CompleteAdd,
            Generation::Berkeley,
            MontFp!("2241266880821385854782606120850783799524100551673748"),
        ),
        (
            GateType::VarBaseMul,
            Generation::Berkeley,
            MontFp!("24265715158346889010055451301650038093292605599353262379462162611303525192412"),
        ),
        (
            GateType::EndoMul,
            Generation::Berkeley,
            MontFp!("714036239710835410943992086818801681298654101189631602294458137984823032873"),
        ),
        (
            GateType::EndoMul,
            Generation::DistinctPoints,
            MontFp!("28190004916553272728342470284443753802843531181248507411791209480766085247418"),
        ),
        (
            GateType::EndoMulScalar,
            Generation::Berkeley,
            MontFp!("8309210156441328679626487852415399794502096994920656320885502518375279298338"),
        ),
        (
            GateType::RangeCheck0,
            Generation::Berkeley,
            MontFp!("5078033371398342705389595118803455197438209943906727578101284231171102596521"),
        ),
        (
            GateType::RangeCheck1,
            Generation::Berkeley,
            MontFp!("268453571430724504907533203105381587641961331374154420673091802189940843841"),
        ),
        (
            GateType::ForeignFieldAdd,
            Generation::Berkeley,
            MontFp!("28947946396961769980295125589710563882147033133184720229324016774489891359381"),
        ),
        (
            GateType::ForeignFieldMul,
            Generation::Berkeley,
            MontFp!("22657252921190895044993332460944777733011587943971022385825434203252975203699"),
        ),
        (GateType::Xor16, Generation::Berkeley, MontFp!("127003641346521798221910")),
        (
            GateType::Rot64,
            Generation::Berkeley,
            MontFp!("26204247914527980316493076777614020214426316709922849544812151526301410166236"),
        ),
    ];
    let cells = Rows {
        curr: std::array::from_fn(|i| Fp::from((3 + i * i) as u64)),
        next: std::array::from_fn(|i| Fp::from((100 + 7 * i) as u64)),
        coeff: std::array::from_fn(|i| Fp::from((1000 + i * i * i) as u64)),
    };
    let alphas = std::array::from_fn(|i| Fp::from(123_456_789u64).pow([i as u64]));
    for (gate, generation, value) in expected {
        let constants = constants::<VestaConfig>(generation);
        let combined = super::super::combined_constraints(gate, &constants, &cells, &alphas);
        assert_eq!(combined, value, "{gate:?}, {generation:?}");
    }
}
