//! Amounts with a sign.

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
