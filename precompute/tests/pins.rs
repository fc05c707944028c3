//! The manifest's pins against the reference's digests.

use quickpickle_precompute::{Manifest, Source, bake};
use quickpickle_srs_data::{Content, Digest, PackedPoint, TableHeader};
use std::collections::BTreeMap;

#[derive(serde::Deserialize)]
struct Golden {
    table: String,
    points: usize,
    blake3_packed: Digest,
}

#[test]
fn every_pinned_table_is_the_reference_s() {
    let file = quickpickle_vectors::read(&quickpickle_vectors::shipped("srs/golden.json"));
    let golden: Vec<Golden> = serde_json::from_slice(&file).unwrap();
    let golden: BTreeMap<_, _> = golden.into_iter().map(|golden| (golden.table.clone(), golden)).collect();
    for entry in Manifest::built_in().unwrap().tables {
        let golden = &golden[&entry.name.to_string()];
        if entry.name.content != Content::Srs {
            assert_eq!(entry.digest, golden.blake3_packed, "{}", entry.name);
            assert_eq!(entry.points(), golden.points, "{}", entry.name);
            continue;
        }
        // The pin of an SRS is over the blinder too, the reference's digest is not; `quickpickle-curve` compares the
        // blinder itself.
        let baked = bake(std::slice::from_ref(&entry), &Source::Compute).unwrap();
        let file = &baked.tables[0].file;
        let points: Vec<PackedPoint> = bytemuck::pod_collect_to_vec(entry.check_file(file).unwrap());
        let (_, generators) = points.split_last().unwrap();
        assert_eq!(Digest::of(generators), golden.blake3_packed, "{}", entry.name);
        assert_eq!(generators.len(), golden.points, "{}", entry.name);
        assert_eq!(TableHeader::read(file).unwrap().digest, entry.digest);
    }
}
