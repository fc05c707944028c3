//! Amounts: with a sign, and as texts in mina.

use quickpickle_runtime::wire::parts::Walk;

use crate::formats::Format;
use crate::hash::{Input, ToInput};

/// An amount in nanomina, or of another token, that is added or taken away. Zero has two forms, which hash differently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Signed {
    /// How much.
    pub magnitude: u64,
    /// Whether it is taken away.
    pub is_negative: bool,
}

impl ToInput for Signed {
    fn to_input(&self, input: &mut Input) {
        input.u64(self.magnitude).bit(!self.is_negative);
    }
}

pub(crate) fn signed<F: Format>(f: &mut F, amount: &mut Signed) -> Walk<F> {
    f.record(|f| {
        f.field("magnitude", |f| f.u64(&mut amount.magnitude))?;
        f.field("sgn", |f| {
            let mut position = usize::from(amount.is_negative);
            f.constructor(&["Pos", "Neg"], &mut position)?;
            amount.is_negative = position == 1;
            Ok(())
        })
    })
}

/// Decimals of a mina.
const DECIMALS: usize = 9;
/// Nanomina in a mina.
const NANO: u64 = 1_000_000_000;

/// The nanomina of a decimal number of mina in the one form that OCaml writes: no zero before or after that could be left out.
pub(crate) fn nanomina_from_mina(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let nano = format!("{decimals:0<DECIMALS$}").parse::<u64>().ok()?;
    let nanomina = whole.parse::<u64>().ok()?.checked_mul(NANO)?.checked_add(nano)?;
    // Whatever else was read, such as a sign or a tenth decimal, is not written so.
    (mina_from_nanomina(nanomina) == text).then_some(nanomina)
}

/// Nanomina as a decimal number of mina.
pub(crate) fn mina_from_nanomina(nanomina: u64) -> String {
    let (whole, nano) = (nanomina / NANO, nanomina % NANO);
    let text = format!("{whole}.{nano:0>DECIMALS$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mina_have_one_form() {
        let same = [(0, "0"), (1, "0.000000001"), (100_000_000, "0.1"), (NANO, "1"), (10 * NANO, "10")];
        let most = [(u64::MAX, "18446744073.709551615"), (1_020_000_000, "1.02")];
        for (nanomina, text) in same.into_iter().chain(most) {
            assert_eq!(mina_from_nanomina(nanomina), text);
            assert_eq!(nanomina_from_mina(text), Some(nanomina), "{text}");
        }
        for text in [
            "",
            ".",
            "1.",
            ".1",
            "01",
            "0.10",
            "1.0",
            "+1",
            "-1",
            "1e3",
            "0.0000000001",
            "0.+1",
            "1.1.1",
            " 1",
        ] {
            assert_eq!(nanomina_from_mina(text), None, "{text}");
        }
        assert_eq!(nanomina_from_mina("18446744073.709551616"), None);
    }
}
