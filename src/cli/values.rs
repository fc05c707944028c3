//! Options whose value is one of a few words: the words are in the help, in errors and in completions.

use std::time::Duration;

use anyhow::Context as _;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use quickpickle::mina::network::MAX_NAME;
use quickpickle::mina::zkapp_command::Protocol;
use quickpickle::wire::kimchi::Curve;
use quickpickle::{Network, NetworkProof};

/// A curve of commitments.
pub fn curve() -> impl TypedValueParser<Value = Curve> {
    one_of([Curve::Vesta, Curve::Pallas], Curve::name)
}

/// A version of the protocol, by the name of the fork that it began with.
pub fn protocol() -> impl TypedValueParser<Value = Protocol> {
    one_of(Protocol::ALL, Protocol::name)
}

/// The name of a network, which may be one that this version does not know: its keys are in a file, or it signs by its name.
pub fn network_name() -> impl TypedValueParser<Value = String> {
    NetworkName
}

#[derive(Clone)]
struct NetworkName;

impl TypedValueParser for NetworkName {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        let name = clap::builder::NonEmptyStringValueParser::new().parse_ref(command, argument, value)?;
        if name.len() <= MAX_NAME {
            Ok(name)
        } else {
            let message = format!("the name of a network has at most {MAX_NAME} bytes");
            Err(command.clone().error(clap::error::ErrorKind::ValueValidation, message))
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new([Network::Mainnet, Network::Devnet].into_iter().map(|network| network.name().into())))
    }
}

/// The network of this name among those that have keys in the binary.
pub fn built_in(name: &str) -> anyhow::Result<Network> {
    let all = [Network::Mainnet, Network::Devnet];
    all.into_iter().find(|network| network.name() == name).with_context(|| {
        format!(
            "{name} is no network whose keys are built in [possible values: {}]",
            all.map(Network::name).join(", ")
        )
    })
}

/// One of the circuits of a network.
pub fn network_circuit() -> impl TypedValueParser<Value = NetworkProof> {
    one_of([NetworkProof::Blockchain, NetworkProof::Transaction], NetworkProof::name)
}

/// Seconds, more than none; a fraction too.
pub fn seconds(text: &str) -> anyhow::Result<Duration> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).context("not a number of seconds above 0")
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
