//! One rule for errors, in all crates: a message never contains its source's; whoever shows an error shows the chain.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use quickpickle::wire::o1js;
use quickpickle::{PreparedKey, VerifyError};
use quickpickle_runtime::kimchi::error::KimchiError;
use quickpickle_runtime::pickles::error::PicklesError;
use quickpickle_srs_data::chain;

/// The messages of an error and of all its causes.
fn messages(error: &dyn Error) -> Vec<String> {
    std::iter::successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect()
}

fn said_once(error: &dyn Error) {
    let messages = messages(error);
    for (i, message) in messages.iter().enumerate() {
        for cause in &messages[i + 1..] {
            assert!(!message.contains(cause.as_str()), "{message:?} says what its cause {cause:?} says");
        }
    }
    assert_eq!(chain(error), messages.join(": "));
}

#[test]
fn a_chain_says_everything_once() {
    let public = KimchiError::PublicInput { expected: 1, found: 2 };
    let error = VerifyError::from(PicklesError::from(public.clone()));
    assert_eq!(messages(&error), ["wrap proof".to_owned(), public.to_string()]);
    said_once(&error);
    said_once(&VerifyError::from(public));
    said_once(&o1js::proof_from_json("{}").expect_err("no proof"));
}

/// The error of a real proof under another program's key.
#[test]
fn the_error_of_a_proof_says_everything_once() {
    let read = |file| quickpickle_vectors::read(&quickpickle_vectors::shipped("o1js").join(file));
    let proof = o1js::proof_from_json(read("n2-merge-depth1/proof.json")).expect("a proof");
    let (key, _) = o1js::verification_key_from_json(read("n0-arith/vk.json")).expect("a key");
    let key = PreparedKey::new(key).expect("a consistent key");
    let error = quickpickle::Verifier::baked()
        .verify(&key, proof.statement(), &proof.proof)
        .expect_err("another program's proof");
    said_once(&error);
}

/// Every error type of the workspace, by its source text: no message writes out a field that is its source.
#[test]
fn no_message_contains_its_source() {
    let sample = |message: &str| format!("#[error(\"{message}\")]\n    Io(u8, #[source] io::Error),\n");
    assert_eq!(repeated(&sample("at {0}")), Vec::<String>::new());
    assert_eq!(repeated(&sample("at {0}: {1}")).len(), 1);
    assert_eq!(repeated("#[error(\"{path}: {source}\")]\n Read {\n path: P,\n source: E,\n },\n").len(), 1);

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for entry in root.read_dir().expect("the workspace") {
        let folder = entry.expect("an entry").path();
        sources(&if folder.ends_with("src") { folder } else { folder.join("src") }, &mut files);
    }
    let mut errors = 0;
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file");
        errors += text.matches("#[error(").count();
        assert_eq!(repeated(&text), Vec::<String>::new(), "{}", file.display());
    }
    assert!(errors > 100, "{errors}");
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = folder.read_dir() else { return };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The messages that write out their source.
fn repeated(text: &str) -> Vec<String> {
    let described = text.split("#[error(").skip(1).filter_map(|rest| rest.split_once(")]\n"));
    let repeats = described.filter(|(message, item)| {
        // The item ends where the next one is documented; the documentation of its fields is indented further.
        let item = item.split("\n    ///").next().unwrap_or_default();
        let fields = item.split_once(['(', '{']).map_or("", |(_, fields)| fields);
        fields.split(',').enumerate().any(|(place, field)| {
            let declared = field.lines().last().unwrap_or_default().trim();
            let name = declared.split_once(": ").map_or(place.to_string(), |(name, _)| name.to_owned());
            let source = name == "source" || field.contains("#[from]") || field.contains("#[source]");
            source && ["}", ":"].iter().any(|end| message.contains(&format!("{{{name}{end}")))
        })
    });
    repeats.map(|(message, _)| message.to_owned()).collect()
}
