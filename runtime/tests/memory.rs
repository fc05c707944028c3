//! What decoding may allocate: at most so many bytes for each byte of input, whatever the input.
#![expect(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use quickpickle_runtime::curve::VestaConfig;
use quickpickle_runtime::pickles::proof::ProofsVerified;
use quickpickle_runtime::wire::{MAX_JSON, binprot, kimchi, o1js, statement_from_json};
use quickpickle_vectors::{read, shipped};

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

struct Counting;

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(now, Relaxed);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most that `decode` holds at once, its result included.
fn peak<T>(decode: impl FnOnce() -> T) -> usize {
    let before = NOW.load(Relaxed);
    PEAK.store(before, Relaxed);
    drop(decode());
    PEAK.load(Relaxed) - before
}

/// Bytes that are held for each byte of input at most: a list of elements doubles as it grows (32 bytes for three of JSON,
/// while the half of it is still there), and a fixture is unpacked before its parts are decoded.
const BYTES_A_BYTE: usize = 20;
/// What is held besides, however short the input: a proof and a key without their lists, and error messages.
const BESIDES: usize = 64 << 10;

/// One test, because the counters are those of the process.
#[test]
fn decoding_holds_a_small_multiple_of_its_input() {
    let mut inputs = vec![
        ("zeros", format!("[{}]", vec!["\"0\""; 1_000_000].join(",")).into_bytes()),
        ("as many as there may be", format!("[{}]", vec!["\"0\""; 50_000].join(",")).into_bytes()),
        ("a string for a number", {
            let start = "{\"publicInput\":[],\"publicOutput\":[],\"proof\":\"\",\"maxProofsVerified\":\"";
            format!("{start}{}\"}}", "\\u0001".repeat((MAX_JSON - 200) / 6)).into_bytes()
        }),
        ("a long proof", {
            let start = "{\"publicInput\":[],\"publicOutput\":[],\"maxProofsVerified\":0,\"proof\":\"";
            format!("{start}{}\"}}", "KChz".repeat(MAX_JSON / 4 - 100)).into_bytes()
        }),
        ("nesting", "[".repeat(1 << 20).into_bytes()),
        ("parentheses", "(".repeat(500 << 10).into_bytes()),
        ("a claim of four billion", vec![0xdd, 255, 255, 255, 255]),
        ("an o1js proof", read(&shipped("o1js/n0-arith/proof.json"))),
        ("an o1js key", read(&shipped("o1js/n0-arith/vk.json"))),
        ("a fixture", read(&shipped("kimchi-circuits/vesta-d9-srs16-pub3-prev2.bin"))),
    ];
    // Fixtures whose parts are lists of numbers and nothing else, as long as may be read.
    let mut numbers = vec![0x96, 0xdd, 0, 0x3f, 0, 0];
    numbers.resize(kimchi::MAX_INPUT, 0);
    inputs.push(("numbers", numbers));
    for (name, input) in &inputs {
        let text = str::from_utf8(input).unwrap_or_default();
        let decoders: [(&str, usize); 8] = [
            ("o1js proof", peak(|| o1js::proof_from_json(input))),
            ("o1js key", peak(|| o1js::verification_key_from_json(input))),
            ("statement", peak(|| statement_from_json(input))),
            ("s-expression", peak(|| o1js::proof_from_sexp(input, ProofsVerified::N0))),
            ("base64", peak(|| o1js::proof_from_base64(text, ProofsVerified::N0))),
            ("bin_prot", peak(|| binprot::proof_from_bytes(input))),
            ("fixture", peak(|| kimchi::fixture_from_msgpack(input))),
            ("index", peak(|| kimchi::index_from_msgpack::<VestaConfig>(input))),
        ];
        for (decoder, held) in decoders {
            let bound = BYTES_A_BYTE * input.len() + BESIDES;
            println!("{name} as {decoder}: {held} for {} bytes", input.len());
            assert!(held <= bound, "{name} as {decoder}: {held} for {} bytes", input.len());
        }
    }
    // The counting counts: a statement that decodes is held.
    let statement = &inputs[1].1;
    assert!(peak(|| statement_from_json(statement)) >= 32 * 50_000);
}
