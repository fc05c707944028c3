//! Help, completions, `inspect` and `tables`.

use serde_json::Value;

use crate::support::*;

fn text_of(value: &Value) -> &str {
    value.as_str().expect("text")
}

#[test]
fn inspect_tells_what_a_file_is() {
    let inspect = |case: &str, file: &str| {
        let answer = run(quickpickle(&["inspect", &vector(case, file), "--json"]));
        assert_eq!(answer.status, 0, "{}", answer.stderr);
        serde_json::from_str::<Value>(&answer.stdout).expect("JSON")
    };
    for case in ["n1-counter-depth1", "n0-ffmul"] {
        let meta: Value = serde_json::from_str(&text(case, "meta.json")).expect("JSON");
        let proof = inspect(case, "proof.json");
        let state: Vec<&Value> = ["public_input", "public_output"]
            .iter()
            .flat_map(|part| proof[part].as_array().expect("a list"))
            .collect();
        assert_eq!(state, meta["app_statement"].as_array().expect("a list").iter().collect::<Vec<_>>());
        assert_eq!(proof["kind"], "o1js proof");
        assert_eq!(proof["max_proofs_verified"], meta["maxProofsVerified"]);
        assert_eq!(proof["step_domain_log2"], meta["branch_data"]["domain_log2"]);
        let flags = meta["feature_flags"].as_object().expect("an object");
        let on: Vec<Value> =
            flags.iter().filter(|(_, on)| **on == true).map(|(name, _)| name.as_str().into()).collect();
        let mut features = proof["features"].as_array().expect("a list").clone();
        features.sort_by_key(Value::to_string);
        assert_eq!(features, on, "{case}");

        let key = inspect(case, "vk.json");
        let file: Value = serde_json::from_str(&text(case, "vk.json")).expect("JSON");
        assert_eq!((&key["hash"], &key["kind"]), (&file["hash"], &"side-loaded verification key".into()));
        assert_eq!(key["max_proofs_verified"], meta["maxProofsVerified"]);
    }
    let answer = run(quickpickle(&["inspect", &vector("n1-counter-depth1", "proof.json")]));
    assert!(
        answer.stdout.contains("\npublic input          100\npublic output         101\n"),
        "{}",
        answer.stdout
    );
    let answer = run(quickpickle(&["inspect", &vector(VALID, "meta.json")]));
    assert_eq!((answer.status, answer.stdout.as_str()), (2, ""));
    assert!(answer.stderr.starts_with("error: ") && answer.stderr.contains("meta.json"), "{}", answer.stderr);
}

#[test]
fn help_has_examples_and_the_exit_status() {
    for args in [&["--help"][..], &["verify", "--help"]] {
        let answer = run(quickpickle(args));
        assert_eq!(answer.status, 0);
        for part in
            ["Examples:\n  quickpickle verify ", "Exit status: 0 all valid, 1 some proof rejected, 2 "]
        {
            assert!(answer.stdout.contains(part), "{part} is not in\n{}", answer.stdout);
        }
    }
    for command in ["inspect", "tables", "completions"] {
        let answer = run(quickpickle(&[command, "--help"]));
        assert!(answer.stdout.contains(&format!("\n  quickpickle {command}")), "{}", answer.stdout);
    }
}

#[test]
fn completions_know_the_subcommands() {
    for shell in ["bash", "zsh", "fish"] {
        let answer = run(quickpickle(&["completions", shell]));
        assert_eq!(answer.status, 0);
        assert!(answer.stdout.contains("inspect"), "{shell}");
        // What the node starts by itself is for nobody to complete: `worker verifier` and `worker prover`.
        for completed in ["worker__verifier", "'verifier:", "-a \"verifier\"", "--parent", "-l parent"] {
            assert!(!answer.stdout.contains(completed), "{shell}");
        }
    }
    // Values, and files where files are meant.
    let bash = run(quickpickle(&["completions", "bash"])).stdout;
    for values in ["mainnet devnet", "blockchain transaction", "vesta pallas", "o1js binprot"] {
        assert!(bash.contains(&format!("compgen -W \"{values}\"")), "{values}");
    }
    let zsh = run(quickpickle(&["completions", "zsh"])).stdout;
    for values in ["NETWORK:(mainnet devnet)", "CURVE:(vesta pallas)", ":FILE:_files"] {
        assert!(zsh.contains(values), "{values}");
    }
}

#[test]
fn there_is_a_manual_page_of_each_subcommand() {
    let folder = folder(&[]);
    let pages = in_folder(&folder, "share/man/man1");
    let answer = run(quickpickle(&["man", &pages]));
    assert_eq!((answer.status, answer.stdout.as_str()), (0, ""), "{}", answer.stderr);
    let page = |name: &str| std::fs::read_to_string(format!("{pages}/{name}.1")).expect("a page");
    let help = run(quickpickle(&["--help"])).stdout;
    let listed = help.split("Commands:\n").nth(1).expect("subcommands").lines();
    let listed: Vec<&str> = listed.map_while(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert!(listed.len() > 10, "{help}");
    let main = page("quickpickle");
    for subcommand in listed {
        assert!(main.contains(&format!("quickpickle\\-{}(1)", subcommand.replace('-', "\\-"))), "{main}");
        let page = page(&format!("quickpickle-{subcommand}"));
        assert!(page.contains(".SH DESCRIPTION\n") && page.contains(".SH EXAMPLES\n"), "{page}");
    }
    assert!(page("quickpickle-verify").contains("\n\\fB\\-\\-vk\\fR"));
    assert!(page("quickpickle-cache-kimchi").contains("LAGRANGE_CACHE_DIR"));
    // The same pages on every machine.
    for backend in quickpickle_curve::Backend::ALL {
        assert!(!main.contains(&format!("backend {backend}")), "{main}");
    }
}

/// Standard error is a terminal here, as `script` of util-linux makes one.
#[cfg(target_os = "linux")]
#[test]
fn a_warning_does_not_break_the_progress_bar() {
    let folder = folder(&[]);
    let binary = assert_cmd::cargo::cargo_bin!("quickpickle").display().to_string();
    let shell = format!("{binary} prove poseidon:2,srs=6 --out {}", in_folder(&folder, "proof.bin"));
    let answer = run({
        let mut command = assert_cmd::Command::new("script");
        // Without a kind of terminal no bar is drawn.
        command.args(["-qec", &shell, "/dev/null"]).env("TERM", "xterm");
        command
    });
    assert_eq!(answer.status, 0, "{}", answer.stdout);
    // A bar is drawn over itself; what is written in between begins where the bar has been wiped off.
    let warnings: Vec<_> = answer.stdout.split(['\r', '\n']).filter(|line| line.contains("warn: ")).collect();
    assert!(!warnings.is_empty() && answer.stdout.contains("commitments"), "{}", answer.stdout);
    for line in warnings {
        let start = line.strip_prefix("\u{1b}[2K").unwrap_or(line);
        assert!(start.starts_with("warn: computed "), "{line:?}");
    }
}

#[test]
fn tables_are_listed_and_checked() {
    let answer = run(quickpickle(&["tables", "--check", "--json"]));
    assert_eq!(answer.status, 0, "{}{}", answer.stdout, answer.stderr);
    let tables: Vec<Value> =
        answer.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    for (feature, embedded) in [("wrap", cfg!(feature = "wrap")), ("step", cfg!(feature = "step"))] {
        let of_feature: Vec<&Value> = tables.iter().filter(|table| table["feature"] == feature).collect();
        assert!(!of_feature.is_empty());
        for table in of_feature {
            let expected = if embedded { "good" } else { "absent" };
            assert_eq!(table["check"], expected, "{table}");
            assert_eq!(table["bytes"].is_u64(), embedded, "{table}");
            assert_eq!(table["digest"].as_str().map(str::len), Some(64), "{table}");
        }
    }
    // The version names what is inside.
    let version = run(quickpickle(&["--version"])).stdout;
    for table in &tables {
        let line = format!("\ntable {} {}\n", text_of(&table["table"]), text_of(&table["digest"]));
        assert_eq!(version.contains(&line), table["bytes"].is_u64(), "{version}{line}");
    }
    for key in quickpickle_srs_data::NETWORK_KEYS {
        let line = format!("\nkey {} 3.0.0 {} {}\n", key.network, key.proof, key.digest);
        assert_eq!(version.contains(&line), key.text.is_some(), "{version}{line}");
    }
    let answer = run(quickpickle(&["tables"]));
    assert_eq!((answer.status, answer.stdout.lines().count()), (0, tables.len() + 1));
    assert!(answer.stdout.contains(" MiB in the binary, backend "), "{}", answer.stdout);
}
