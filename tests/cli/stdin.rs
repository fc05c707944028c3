//! Standard input, pipes and whatever has no end.

use crate::support::*;

#[test]
fn standard_input_holds_a_proof_or_one_a_line() {
    let vk = vector(VALID, "vk.json");
    let valid = text(VALID, "proof.json");
    let mut one = quickpickle(&["verify", "-", "--vk", &vk]);
    one.write_stdin(valid.as_str());
    let answer = run(one);
    assert_eq!((answer.status, answer.stdout.as_str()), (0, "valid -:1\n"));
    let indented: serde_json::Value = serde_json::from_str(&valid).expect("JSON");
    let mut one = quickpickle(&["verify", "-", "--vk", &vk]);
    one.write_stdin(serde_json::to_string_pretty(&indented).expect("JSON"));
    let answer = run(one);
    assert_eq!((answer.status, answer.stdout.as_str()), (0, "valid -\n"));

    // Windows that do not divide the number of lines, a blank line, and a line that is no JSON.
    let (valid, rejected) = (valid.trim(), text(REJECTED, "proof.json"));
    let mut lines = quickpickle(&["verify", "-", "--vk", &vk, "--window", "2"]);
    lines.write_stdin([valid, rejected.trim(), "", "{\"proof\":", valid, valid].join("\n"));
    let answer = run(lines);
    assert_eq!(verdicts(&answer), ["valid", "rejected", "malformed", "valid", "valid"]);
    let places: Vec<_> = answer.stdout.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(places, ["-:1", "-:2:", "-:4:", "-:5", "-:6"]);
    assert_eq!(answer.status, 2);
}

#[test]
fn a_line_is_answered_before_the_next_one_is_written() {
    let vk = vector(VALID, "vk.json");
    let (valid, rejected) = (text(VALID, "proof.json"), text(REJECTED, "proof.json"));
    for more in [&["--window", "1"][..], &[], &["--lines", "--window", "64"]] {
        let mut process = CoProcess::start(&[&["verify", "-", "--vk", &vk], more].concat());
        process.write(&format!("{}\n", valid.trim()));
        assert_eq!(process.answer(), "valid -:1", "{more:?}");
        process.write(&format!("{}\n", rejected.trim()));
        assert!(process.answer().starts_with("rejected -:2: "), "{more:?}");
        // A line that is none is answered as well.
        process.write("{\"proof\": x}\n");
        assert!(process.answer().starts_with("malformed -:3: "), "{more:?}");
        assert_eq!(process.end(), 2, "{more:?}");
    }
}

#[test]
fn with_lines_even_a_broken_first_line_is_answered() {
    let vk = vector(VALID, "vk.json");
    let mut process = CoProcess::start(&["verify", "-", "--vk", &vk, "--lines"]);
    process.write("{\"proof\":\n");
    assert!(process.answer().starts_with("malformed -:1: "));
    process.write(&format!("{}\n", text(VALID, "proof.json").trim()));
    assert_eq!(process.answer(), "valid -:2");
    // A broken line that cannot be the beginning of a document is known without being told.
    let mut process = CoProcess::start(&["verify", "-", "--vk", &vk]);
    process.write("{\"proof\": x}\n");
    assert!(process.answer().starts_with("malformed -:1: "));
}

#[test]
fn dash_is_standard_input_wherever_a_file_is_read() {
    let (proof, vk) = (vector(VALID, "proof.json"), vector(VALID, "vk.json"));
    let with = |args: &[&str], input: &str| {
        let mut command = quickpickle(args);
        command.write_stdin(input);
        run(command)
    };
    let answer = with(&["verify", &proof, "--vk", "-"], &text(VALID, "vk.json"));
    assert_eq!(answer.status, 0, "{}", answer.stderr);
    let answer = with(&["inspect", "-"], &text(VALID, "vk.json"));
    assert!(answer.stdout.starts_with("kind                  side-loaded verification key\n"));
    let answer = with(&["verify", "-", &proof, "-", "--vk", &vk], "");
    assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.contains("- is standard input, which can be read once, and is named 2 times"));
    let answer = with(&["verify", "-", "--vk", "-"], "");
    assert!(answer.stderr.contains("named 2 times"), "{}", answer.stderr);
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_given_up() {
    let (proof, vk) = (vector(VALID, "proof.json"), vector(VALID, "vk.json"));
    let folder = folder(&[]);
    // Larger than memory, if it were read.
    let sparse = in_folder(&folder, "sparse.jsonl");
    std::fs::File::create(&sparse).and_then(|file| file.set_len(1 << 42)).expect("a sparse file");
    for (endless, verdict) in [("/dev/zero", "malformed"), (sparse.as_str(), "malformed")] {
        let answer = run(quickpickle(&["verify", endless, "--vk", &vk]));
        assert_eq!((answer.status, verdicts(&answer)[0]), (2, verdict), "{}", answer.stderr);
        let answer = run(quickpickle(&["verify", &proof, "--vk", endless]));
        assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
        assert!(answer.stderr.contains("it is longer than the"), "{}", answer.stderr);
        assert_eq!(run(quickpickle(&["inspect", endless])).status, 2);
        let answer = run(quickpickle(&["keygen", endless]));
        assert_eq!(answer.status, 2);
        assert!(answer.stderr.contains("this is bytes of no known format"), "{}", answer.stderr);
        let args = ["prove", "poseidon:2,srs=9", endless, "--out", &in_folder(&folder, "proof.bin")];
        let answer = run(quickpickle(&args));
        assert_eq!(answer.status, 2);
        assert!(answer.stderr.contains("longer than the"), "{}", answer.stderr);
    }
    // The line after the one that has no end says so.
    let answer = run(quickpickle(&["verify", &sparse, "--vk", &vk]));
    assert_eq!(verdicts(&answer), ["malformed", "unreadable"], "{}", answer.stdout);
}
