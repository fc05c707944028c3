//! Makes the sample circuit and witness in `examples/files`: cargo run --release -p quickpickle-prover --example sample
//!
//! The circuit is x³ + x + 5 = y with y public, which a witness shows for y = 35 by x = 3.

use std::path::Path;

use ark_ff::PrimeField;
use quickpickle_prover::builder::Builder;
use quickpickle_prover::circuit::{Circuit, Gate};
use quickpickle_prover::witness::Witness;
use quickpickle_runtime::curve::Fp;
use serde_json::{Value, json};

/// log2 of the SRS: enough for the circuit's domain, and worked out in no time.
const SRS_LOG2: u32 = 6;

fn cubic(x: Fp) -> (Circuit<Fp>, Witness<Fp>) {
    let y = x * x * x + x + Fp::from(5);
    let (mut builder, public) = Builder::new(&[y]);
    let x = builder.variable(x);
    let square = builder.mul(x, x);
    let cube = builder.mul(square, x);
    let five = builder.constant(Fp::from(5));
    let sum = builder.add(cube, x);
    let sum = builder.add(sum, five);
    builder.assert_equal(sum, public[0]);
    builder.finish(SRS_LOG2)
}

fn decimals(elements: &[Fp]) -> Value {
    elements.iter().map(|element| element.into_bigint().to_string()).collect()
}

fn gate(gate: &Gate<Fp>) -> Value {
    let wires = gate.wires.iter().map(|wire| json!({"row": wire.row, "col": wire.column})).collect::<Value>();
    json!({"typ": format!("{:?}", gate.gate), "wires": wires, "coeffs": decimals(&gate.coefficients)})
}

/// An object with an element of each list a line, so that people can read it.
fn text(fields: &[(&str, Value)]) -> String {
    let field = |(name, value): &(&str, Value)| match value {
        Value::Array(elements) => {
            let lines: Vec<_> = elements.iter().map(|element| format!("    {element}")).collect();
            format!("  \"{name}\": [\n{}\n  ]", lines.join(",\n"))
        }
        other => format!("  \"{name}\": {other}"),
    };
    format!("{{\n{}\n}}\n", fields.iter().map(field).collect::<Vec<_>>().join(",\n"))
}

fn main() -> std::io::Result<()> {
    let (circuit, witness) = cubic(Fp::from(3));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/files");
    let curve = ("curve", "vesta".into());
    let circuit = text(&[
        curve.clone(),
        ("max_poly_size_log2", circuit.srs_log2.into()),
        ("public_input_size", circuit.public.into()),
        ("gates", circuit.gates.iter().map(gate).collect()),
    ]);
    let witness =
        text(&[curve, ("witness", witness.columns.iter().map(|column| decimals(column)).collect())]);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("circuit.json"), circuit)?;
    std::fs::write(folder.join("witness.json"), witness)
}
