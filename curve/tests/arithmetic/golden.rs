//! Every table against the digests of `tests/vectors/srs/golden.json`, which the reference implementation made.

use quickpickle_curve::{
    Affine, KimchiCurve, PallasConfig, VestaConfig, blinder, generators, lagrange_basis,
};
use quickpickle_srs_data::PackedPoint;
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Golden {
    table: String,
    points: usize,
    blake3_packed: String,
    h: Option<Coordinates>,
}

#[derive(serde::Deserialize)]
struct Coordinates {
    x: String,
    y: String,
}

fn golden() -> BTreeMap<String, Golden> {
    let file = quickpickle_vectors::read(&quickpickle_vectors::shipped("srs/golden.json"));
    let tables: Vec<Golden> = serde_json::from_slice(&file).unwrap();
    tables.into_iter().map(|table| (table.table.clone(), table)).collect()
}

fn digest<C: KimchiCurve>(points: &[Affine<C>]) -> String {
    let packed: Vec<PackedPoint> = points.iter().map(PackedPoint::pack).collect();
    blake3::hash(bytemuck::cast_slice(&packed)).to_hex().to_string()
}

#[test]
fn srs() {
    fn check<C: KimchiCurve>(golden: &Golden) {
        let points = generators::<C>(golden.points as u32);
        assert_eq!(digest(&points), golden.blake3_packed, "{}", golden.table);
        let h = golden.h.as_ref().unwrap();
        let expected = Affine::<C>::new(h.x.parse().ok().unwrap(), h.y.parse().ok().unwrap());
        assert_eq!(blinder::<C>(), expected, "blinder of {}", golden.table);
    }
    let golden = golden();
    check::<PallasConfig>(&golden["wrap-srs"]);
    check::<VestaConfig>(&golden["step-srs"]);
}

fn check_lagrange<C: KimchiCurve>(role: &str, srs_log2: u32, domains: std::ops::RangeInclusive<u32>) {
    let golden = golden();
    let srs = generators::<C>(1 << srs_log2);
    for domain_log2 in domains {
        let table = &golden[&format!("{role}-lagrange-{domain_log2}")];
        let basis = lagrange_basis(&srs, domain_log2).unwrap();
        assert_eq!(basis.chunks << domain_log2, table.points, "{}", table.table);
        assert_eq!(digest(&basis.points), table.blake3_packed, "{}", table.table);
    }
}

#[test]
fn small_lagrange() {
    check_lagrange::<PallasConfig>("wrap", 15, 0..=9);
    check_lagrange::<VestaConfig>("step", 16, 0..=9);
}

#[test]
#[ignore = "half a minute of CPU: --ignored; `cargo xtask check` covers the tables of the manifest"]
fn large_lagrange() {
    check_lagrange::<PallasConfig>("wrap", 15, 10..=15);
    check_lagrange::<VestaConfig>("step", 16, 10..=17);
}
