//! Options whose value is one of a few words: the words are in the help, in errors and in completions.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use quickpickle::wire::kimchi::Curve;
use quickpickle::{Network, NetworkProof};

/// A curve of commitments.
pub fn curve() -> impl TypedValueParser<Value = Curve> {
    one_of([Curve::Vesta, Curve::Pallas], Curve::name)
}

/// One of Mina's networks.
pub fn network() -> impl TypedValueParser<Value = Network> {
    one_of([Network::Mainnet, Network::Devnet], Network::name)
}

/// One of the circuits of a network.
pub fn network_circuit() -> impl TypedValueParser<Value = NetworkProof> {
    one_of([NetworkProof::Blockchain, NetworkProof::Transaction], NetworkProof::name)
}

/// One of `all`, by its name.
pub fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(
    all: [T; N],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.map(name)).try_map(move |word| {
        // The parser lets no other word through.
        all.into_iter().find(|value| name(*value) == word).ok_or("not one of the words")
    })
}
