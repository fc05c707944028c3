//! Everything that can be wrong with stored and ready tables: noticed, never handed on.

use quickpickle_precompute::{BakeError, LoadError, Origin, Source, Store, bake, file_name};
use quickpickle_srs_data::{Digest, FileError, POINTS_OFFSET, TableEntry, chain};
use std::fs;
use std::path::Path;
use std::sync::Barrier;

/// Two small tables, with the digests that the reference gives them (`tests/vectors/srs/golden.json`).
fn entries() -> Vec<TableEntry> {
    let entry = |name: &str, curve: &str, srs_log2, digest: &str| TableEntry {
        name: name.parse().unwrap(),
        curve: curve.to_owned(),
        srs_log2,
        feature: String::new(),
        digest: digest.parse().unwrap(),
    };
    vec![entry("wrap-lagrange-4", "pallas", 15, WRAP_4), entry("step-lagrange-3", "vesta", 16, STEP_3)]
}

const WRAP_4: &str = "569d3e5f2b788a9784f401a5babdf4d4df083a01588a322e9397fdc083f5b350";
const STEP_3: &str = "84094a30fe48756f74572081cd7202279cc8ba50afc8179856b94c50501a0b3a";

fn origins(source: &Source) -> Vec<Origin> {
    bake(&entries(), source).unwrap().tables.iter().map(|table| table.origin).collect()
}

fn is_computed(origin: &Origin) -> bool {
    matches!(origin, Origin::Computed(_))
}

/// A store with both tables in it.
fn filled(folder: &Path) -> Store {
    let store = Store::new(folder);
    assert!(origins(&Source::Store(store.clone())).iter().all(is_computed));
    store
}

#[test]
fn a_second_bake_computes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(&folder.path().join("made/when/needed"));
    assert_eq!(origins(&Source::Store(store)), [Origin::Store; 2]);
}

#[test]
fn a_shortened_basis_is_the_beginning_of_the_pinned_one() {
    let whole = bake(&entries(), &Source::Compute).unwrap();
    let mut short = bake(&entries(), &Source::Compute).unwrap();
    short.shorten_bases(5);
    for (short, whole) in short.tables.iter().zip(&whole.tables) {
        let size = whole.file.len().min(POINTS_OFFSET + 5 * 64);
        assert!(size < whole.file.len());
        assert_eq!(short.file, whole.file[..size]);
        assert!(matches!(short.entry.check_file(&short.file), Err(FileError::Length { .. })));
    }
}

/// Damages the first table of a filled store; the next bake must say so and leave a sound store behind.
fn recovers_from(damage: impl Fn(&mut Vec<u8>)) {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let path = store.path(&entries()[0]);
    let good = fs::read(&path).unwrap();
    let mut bad = good.clone();
    damage(&mut bad);
    assert_ne!(bad, good);
    fs::write(&path, &bad).unwrap();

    let baked = bake(&entries(), &Source::Store(store.clone())).unwrap();
    assert!(is_computed(&baked.tables[0].origin));
    assert_eq!(baked.tables[1].origin, Origin::Store);
    assert_eq!(baked.tables[0].file, good);
    assert!(
        baked.notes.iter().any(|note| note.contains("wrap-lagrange-4 is computed again")),
        "{:?}",
        baked.notes
    );
    assert_eq!(fs::read(&path).unwrap(), good, "the store is repaired");
    assert_eq!(origins(&Source::Store(store)), [Origin::Store; 2]);
}

#[test]
fn a_truncated_file_is_computed_again() {
    recovers_from(|file| file.truncate(POINTS_OFFSET + 64));
    recovers_from(Vec::clear);
}

#[test]
fn a_half_written_file_is_computed_again() {
    recovers_from(|file| file[POINTS_OFFSET + 512..].fill(0));
}

#[test]
fn a_tampered_file_is_computed_again() {
    recovers_from(|file| *file.last_mut().unwrap() ^= 1);
    recovers_from(|file| file[0] ^= 1);
    // Two good points in each other's places: every point is on the curve, and the sum of all is right.
    recovers_from(|file| {
        let (first, second) = file[POINTS_OFFSET..].split_at_mut(64);
        first.swap_with_slice(&mut second[..64]);
    });
}

#[test]
fn another_table_under_the_name_is_computed_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = filled(folder.path());
    let entries = entries();
    fs::copy(store.path(&entries[1]), store.path(&entries[0])).unwrap();
    assert!(matches!(
        store.load(&entries[0]),
        Err(LoadError::Wrong { source: FileError::Length { .. }, .. })
    ));
    let result = origins(&Source::Store(store));
    assert!(is_computed(&result[0]));
    assert_eq!(result[1], Origin::Store);
}

#[test]
fn a_wrong_pin_stops_the_build_and_shows_both_digests() {
    let folder = tempfile::tempdir().unwrap();
    let mut entries = entries();
    entries[0].digest = Digest::of(&[]);
    for source in [Source::Compute, Source::Store(Store::new(folder.path()))] {
        let error = bake(&entries, &source).unwrap_err();
        assert!(matches!(error, BakeError::Pin { .. }), "{error}");
        let message = error.to_string();
        assert!(message.contains(WRAP_4) && message.contains(&Digest::of(&[]).to_string()), "{message}");
    }
    assert!(!Store::new(folder.path()).path(&entries[0]).exists(), "nothing wrong was kept");
}

#[test]
fn a_domain_that_does_not_exist_is_an_error() {
    let mut entry = entries().remove(0);
    entry.name = "wrap-lagrange-40".parse().unwrap();
    assert!(matches!(bake(&[entry], &Source::Compute), Err(BakeError::NoDomain { .. })));
}

#[test]
fn builds_at_the_same_time_compute_once() {
    let folder = tempfile::tempdir().unwrap();
    let source = Source::Store(Store::new(folder.path()));
    let barrier = Barrier::new(4);
    let computed: usize = std::thread::scope(|scope| {
        let builds: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    origins(&source).iter().filter(|origin| is_computed(origin)).count()
                })
            })
            .collect();
        builds.into_iter().map(|build| build.join().unwrap()).sum()
    });
    assert_eq!(computed, entries().len());
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "two tables and the lock, no temporary files: {left:?}");
}

#[test]
fn a_store_that_cannot_be_written_costs_only_time() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be: nobody can write there, root neither.
    let occupied = folder.path().join("store");
    fs::write(&occupied, "").unwrap();
    for _ in 0..2 {
        let baked = bake(&entries(), &Source::Store(Store::new(&occupied))).unwrap();
        assert!(baked.tables.iter().all(|table| is_computed(&table.origin)));
        assert!(baked.notes.iter().any(|note| note.contains("cannot be used")), "{:?}", baked.notes);
    }
}

#[test]
fn a_table_that_cannot_be_saved_costs_only_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path());
    // A folder under the name of the file: the rename fails, as a full disk would make the write fail.
    fs::create_dir_all(store.path(&entries()[0]).join("occupied")).unwrap();
    let baked = bake(&entries(), &Source::Store(store.clone())).unwrap();
    assert!(baked.tables.iter().all(|table| is_computed(&table.origin)));
    assert!(baked.notes.iter().any(|note| note.contains("not kept")), "{:?}", baked.notes);
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 3, "the occupied name, the other table and the lock; no temporary file");
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_where_the_build_needs_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let baked = bake(&entries(), &Source::Compute).unwrap();
    assert!(matches!(baked.write_to(&folder.path().join("missing")), Err(BakeError::Write { .. })));
}

/// A folder of ready tables.
fn ready(folder: &Path) -> Source {
    bake(&entries(), &Source::Compute).unwrap().write_to(folder).unwrap();
    Source::Ready(folder.to_owned())
}

#[test]
fn ready_tables_are_used_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let source = ready(folder.path());
    assert_eq!(origins(&source), [Origin::Ready; 2]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn wrong_ready_tables_are_refused_and_nothing_is_computed_in_their_place() {
    let folder = tempfile::tempdir().unwrap();
    let source = ready(folder.path());
    let entries = entries();
    let path = folder.path().join(file_name(&entries[1]));
    let good = fs::read(&path).unwrap();

    let mut tampered = good.clone();
    *tampered.last_mut().unwrap() ^= 0x80;
    fs::write(&path, &tampered).unwrap();
    let error = bake(&entries, &source).unwrap_err();
    let BakeError::Ready { name, source: LoadError::Wrong { source: FileError::Digest { pinned, .. }, .. } } =
        &error
    else {
        panic!("{error}")
    };
    assert_eq!((*name, *pinned), (entries[1].name, entries[1].digest));
    assert!(chain(&error).contains(STEP_3));

    fs::write(&path, &good[..good.len() - 1]).unwrap();
    let error = bake(&entries, &source).unwrap_err();
    assert!(matches!(error, BakeError::Ready { source: LoadError::Wrong { .. }, .. }), "{error}");

    fs::remove_file(&path).unwrap();
    let error = bake(&entries, &source).unwrap_err();
    assert!(matches!(error, BakeError::Ready { source: LoadError::Read { .. }, .. }), "{error}");
}
