//! S-expressions, the form of OCaml's that snark workers print and are given by hand.
//!
//! They are derived, as bin_prot is: a record is that of the type, a constructor stands before its arguments, and those of a
//! polymorphic variant (`src/lib/one_or_two/one_or_two.ml`) are a list of their own (`ppx_sexp_conv`). What is printed comes from
//! `Sexp.to_string_hum`, which breaks strings into lines. What the leaves are, in Mina of protocol 3.0:
//!
//! | leaf | form | where from |
//! | --- | --- | --- |
//! | ledger hash, stack of coinbases | decimal | `src/lib/mina_base/ledger_hash0.ml`, `pending_coinbase.ml`: `Data_hash.Make_full_size`, whose field is `Snark_params.Tick.Field`; snarky prints that as a `Bignum_bigint` (o1-labs/snarky, `src/base/backend_extended.ml`) |
//! | frame, call stack, commitments, token id | `0x` and 64 hex digits | `stack_frame.ml`, `call_stack_digest.ml`, `zkapp_command.ml` (`Transaction_commitment`), `account_id.ml` (`Digest`): all `Fp.Stable.V1`, printed by `src/lib/crypto/kimchi_backend/common/field.ml` and `bigint.ml` |
//! | amount, fee, index | decimal, fees in nanomina | `src/lib/currency/currency.ml`, `src/lib/mina_numbers/nat.ml`: `Sexpable.Of_stringable` in `src/lib/unsigned_extended/unsigned_extended.ml` |
//! | failures | `()`: none between commands | `src/lib/mina_base/transaction_status.ml` (`Failure.Collection`), derived |
//! | sign | `Pos`, `Neg` | `src/lib/sgn/sgn.ml`, derived |
//! | what is left of fees | one record of four fields | `src/lib/mina_base/fee_excess.ml`, derived; its JSON is a function of its own |
//! | public key | base58check | `src/lib/non_zero_curve_point/non_zero_curve_point.ml` (`Compressed`) |
//! | digest of fee and prover | its 32 bytes | `src/lib/mina_base/sok_message.ml` (`Digest`): `string`, derived |
//! | no digest | `()` | `src/lib/mina_state/snarked_ledger_state.ml`: `unit`, derived |
//! | proof | its own s-expression | `src/lib/pickles/proof.ml` (`Make`): the one that `to_base64` encodes |
//!
//! All but the digest and the proof stand in `src/lib/mina_block/sample_precomputed_block.ml`, by which Mina tests that they do not
//! change. Of the two forms of a field element each is read in the one that its type has.

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::proof::Proof;
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::parts::{
    Codec, Ocaml, Result, SexpReader, Within as _, bounded, proof as pickles_proof, read,
};

use super::json::{expected, number};
use super::{Format, NETWORK_WIDTH, Text, Version, base58, is_text};
use crate::key::CompressedKey;
use crate::signature::Signature;

/// Decodes what `walk` describes from an s-expression, which must be all of the input, of at most `max` bytes.
///
/// # Errors
/// Where it is not.
pub(crate) fn read_sexp<'a, T: Default>(
    input: &'a [u8],
    max: usize,
    walk: impl FnOnce(&mut SexpReader<'a>, &mut T) -> Result<()>,
) -> Result<T> {
    SexpReader::whole(bounded(input, max)?, |reader| read(reader, T::default(), walk))
}

/// What the standalone worker prints before a result, and after it where it has sent it to a daemon. Facts: Mina,
/// `src/lib/snark_worker/standalone/run_snark_worker.ml`.
const BEFORE: &[u8] = b"Successfully proved. Result:";
const AFTER: &[u8] = b"Successfully generated proof bundle mutation.";

/// The s-expression of an input, without the lines that the standalone worker prints around it; `None` where it does not look like
/// one. bin_prot may begin so as well, but has bytes that no text has.
pub(crate) fn sexp_of(input: &[u8]) -> Option<&[u8]> {
    let text = input.trim_ascii();
    let sexp = match text.strip_prefix(BEFORE) {
        Some(rest) => rest.strip_suffix(AFTER).unwrap_or(rest).trim_ascii(),
        None => text,
    };
    // The worker's words, or bytes that are no text, may be long: the first byte is looked at before all are.
    (sexp.starts_with(b"(") && sexp.is_ascii() && is_text(sexp)).then_some(sexp)
}

/// Whether an s-expression begins with these tokens.
pub(crate) fn begins_with(mut sexp: &[u8], tokens: &[&str]) -> bool {
    tokens.iter().all(|token| {
        let rest = sexp.trim_ascii_start().strip_prefix(token.as_bytes());
        sexp = rest.unwrap_or_default();
        rest.is_some()
    })
}

/// The refusal of leaves that none of the records has that are read here.
fn not_read<T>() -> Result<T> {
    Err(expected("another form than an s-expression").into())
}

impl Format for SexpReader<'_> {
    const IS_JSON: bool = false;

    fn hash(&mut self, version: Version, element: &mut Fp) -> Result<()> {
        match version {
            Version::TokenId => self.element(element),
            _ => {
                *element = element_from_decimal(self.atom()?.as_text())?;
                Ok(())
            }
        }
    }

    fn bytes<const N: usize>(&mut self, _text: Text, bytes: &mut [u8; N]) -> Result<()> {
        let found = self.atom()?.as_bytes().try_into().ok();
        *bytes = found.ok_or_else(|| self.expected("as many bytes as the type has"))?;
        Ok(())
    }

    fn u32(&mut self, value: &mut u32) -> Result<()> {
        *value = number(self.atom()?.as_text())?;
        Ok(())
    }

    fn u64(&mut self, value: &mut u64) -> Result<()> {
        *value = number(self.atom()?.as_text())?;
        Ok(())
    }

    fn slot(&mut self, _slot: &mut u32) -> Result<()> {
        not_read()
    }

    fn public_key(&mut self, key: &mut CompressedKey) -> Result<()> {
        *key = base58::decode_key(self.atom()?.as_text())?;
        Ok(())
    }

    fn signature(&mut self, _signature: &mut Signature) -> Result<()> {
        not_read()
    }

    fn fee(&mut self, fee: &mut u64) -> Result<()> {
        self.u64(fee)
    }

    fn string(&mut self, _max: usize, _bytes: &mut Vec<u8>) -> Result<()> {
        not_read()
    }

    fn proof(&mut self, proof: &mut Proof) -> Result<()> {
        pickles_proof(self, proof, NETWORK_WIDTH)
    }

    fn choice(
        &mut self,
        names: &[&'static str],
        position: &mut usize,
        walk: impl FnOnce(&mut Self, usize) -> Result<()>,
    ) -> Result<()> {
        // Where a constructor has no arguments it is an atom; of those that are read here each has some.
        self.record(|f| {
            f.constructor(names, position)?;
            walk(f, *position)
        })
    }

    fn argument(&mut self, name: &'static str, walk: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        walk(self).within(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_around_a_result_are_left_out() {
        let sexp = |text: &'static str| sexp_of(text.as_bytes());
        for text in [
            "(a)",
            " \n(a)\n",
            "Successfully proved. Result: \n               (a)\n",
            "Successfully proved. Result: (a)\nSuccessfully generated proof bundle mutation.\n",
        ] {
            assert_eq!(sexp(text), Some(&b"(a)"[..]), "{text}");
        }
        for text in [
            "",
            "a",
            "Successfully proved. Result:",
            "Successfully proved (a)",
            "{\"a\":\"(\"}",
            "(a\0)",
            "(\u{e4})",
            "\u{7f}(a)",
        ] {
            assert_eq!(sexp(text), None, "{text}");
        }
        // Nothing else around it is left out.
        let failed = "Successfully proved. Result: (a)\nRequest failed: no";
        assert_eq!(sexp(failed), Some(&b"(a)\nRequest failed: no"[..]));
        let unsent = "(a)\nSuccessfully generated proof bundle mutation.";
        assert_eq!(sexp(unsent), Some(unsent.as_bytes()));
    }

    #[test]
    fn leaves_have_one_form() {
        fn read<T: Default>(
            text: &str,
            walk: impl FnOnce(&mut SexpReader<'_>, &mut T) -> Result<()>,
        ) -> Result<T> {
            // An atom alone is refused as one that is cut off.
            let text = format!("({text})");
            read_sexp(text.as_bytes(), 1024, |r, value| r.record(|r| walk(r, value)))
        }
        let hash = |text: &str| read(text, |r, hash: &mut Fp| r.hash(Version::LedgerHash, hash));
        let token = |text: &str| read(text, |r, token: &mut Fp| r.hash(Version::TokenId, token));
        let hex = format!("0x{}1", "0".repeat(63));
        assert_eq!((hash("1"), token(&hex)), (Ok(Fp::from(1u64)), Ok(Fp::from(1u64))));
        assert!(hash(&hex).is_err() && token("1").is_err(), "the other's form");
        for text in ["01", "-1", "+1", "1_0", "", "\"\"", "0x1", "(1)"] {
            assert!(hash(text).is_err() && token(text).is_err(), "{text}");
            assert!(read(text, |r, fee: &mut u64| r.fee(fee)).is_err(), "{text}");
        }
        assert_eq!(read("18446744073709551615", |r, fee: &mut u64| r.fee(fee)), Ok(u64::MAX));
        assert!(read("18446744073709551616", |r, fee: &mut u64| r.fee(fee)).is_err());
        assert_eq!(read("4294967295", |r, index: &mut u32| r.u32(index)), Ok(u32::MAX));
        assert!(read("4294967296", |r, index: &mut u32| r.u32(index)).is_err());
        let bytes = |text: &str| read(text, |r, bytes: &mut [u8; 3]| r.bytes(Text::Raw, bytes));
        assert_eq!((bytes("abc"), bytes(r#""\000\"\255""#)), (Ok(*b"abc"), Ok([0, b'"', 255])));
        for text in ["ab", "abcd", r#""\000\000""#, "()"] {
            assert!(bytes(text).is_err(), "{text}");
        }
        let modulus = <Fp as ark_ff::PrimeField>::MODULUS.to_string();
        assert!(hash(&modulus).is_err(), "the modulus");
    }

    #[test]
    fn beginnings_are_told_whatever_is_between_the_tokens() {
        let tokens = ["(", "(", "proofs"];
        for text in ["((proofs", "( (\n proofs (One", "((proofs_and_more"] {
            assert!(begins_with(text.as_bytes(), &tokens), "{text}");
        }
        for text in ["(proofs", "((", "", "((statement", "(((proofs"] {
            assert!(!begins_with(text.as_bytes(), &tokens), "{text}");
        }
    }
}
