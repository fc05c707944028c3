//! Commands in JSON: OCaml's own, as precomputed blocks have it, and GraphQL's `ZkappCommandInput`, which is o1js's
//! `tx.toJSON()`.

use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::proof::{ProofsVerified, VerificationKey};
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::o1js::{proof_from_base64, verification_key_from_base64};
use quickpickle_runtime::wire::parts::{Codec as _, Ocaml as _, Result, Within as _};
use quickpickle_runtime::wire::{Fault, binprot};
use rayon::prelude::*;

use super::super::account_update::{AccountUpdate, Authorization, AuthorizationKind, HashedKey, MayUseToken};
use super::super::forest::MAX_ACCOUNT_UPDATES;
use super::super::permissions::{AuthRequired, auth_required};
use super::{CommandFormat, SET, one_of_two};
use crate::formats::dialect::{Dialect, GraphQl, Yojson};
use crate::formats::json::{Json, JsonReader, expected, read_json};
use crate::formats::{Format as _, Version, base58};
use crate::signature::Signature;

/// The width that proofs of zkApps are written with.
const WIDTH: ProofsVerified = ProofsVerified::N2;

/// The content of a constructor that has none.
fn nothing(content: &JsonReader<'_>) -> Result<()> {
    match content.value() {
        Json::Null => Ok(()),
        _ => Err(expected("a constructor without content").into()),
    }
}

fn proof<D: Dialect>(reader: &JsonReader<'_, D>) -> Result<Authorization> {
    let proof = proof_from_base64(reader.text("a proof in base64")?, WIDTH)?;
    Ok(Authorization::Proof(Box::new(proof)))
}

/// A key and the hash that came with it: a false one is refused, so that nothing goes by it.
fn hashed(key: VerificationKey, claimed: Fp) -> Result<HashedKey> {
    let key = HashedKey::new(key);
    if key.hash() == claimed {
        Ok(key)
    } else {
        let (computed, claimed) = (key.hash(), claimed);
        Err(quickpickle_runtime::wire::DecodeError::KeyHashMismatch { claimed, computed })
    }
}

/// A hash that some versions of the daemon write in hex and others in decimal.
fn key_hash(reader: &mut JsonReader<'_>, hash: &mut Fp) -> Result<()> {
    match reader.text("a field element in a string")? {
        hex if hex.starts_with("0x") => reader.element(hash),
        decimal => {
            *hash = element_from_decimal(decimal)?;
            Ok(())
        }
    }
}

impl CommandFormat for JsonReader<'_> {
    fn optional<T: Default>(
        &mut self,
        names: &'static [&'static str; 2],
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        self.choice(names, &mut 0, |r, position| match position {
            0 => walk(r, value.insert(T::default())),
            _ => nothing(r),
        })
    }

    fn forest(
        &mut self,
        account_updates: &mut Vec<AccountUpdate>,
        blank: &AccountUpdate,
        walk: impl Fn(&mut Self, &mut AccountUpdate) -> Result<()> + Sync,
    ) -> Result<()> {
        // The lists that are open, each as far as it has not been read.
        let mut lists = vec![self.elements()?.iter()];
        while let Some(list) = lists.last_mut() {
            let Some(tree) = list.next() else {
                lists.pop();
                continue;
            };
            let at = account_updates.len();
            if at == MAX_ACCOUNT_UPDATES {
                return Err(Fault::TooMany { max: MAX_ACCOUNT_UPDATES }.into());
            }
            let mut account_update = blank.clone();
            account_update.call_depth = u32::try_from(lists.len() - 1).unwrap_or(u32::MAX);
            let mut calls = None;
            // The digests that come along are not believed: they are worked out.
            let mut digest = Fp::default();
            JsonReader::new(tree)
                .record(|r| {
                    r.field("elt", |r| {
                        r.record(|r| {
                            r.field("account_update", |r| walk(r, &mut account_update))?;
                            r.field("account_update_digest", |r| r.element(&mut digest))?;
                            r.field("calls", |r| {
                                calls = Some(r.value());
                                Ok(())
                            })
                        })
                    })?;
                    r.field("stack_hash", |r| r.element(&mut digest))
                })
                .within_element(at)?;
            account_updates.push(account_update);
            lists.push(calls.and_then(Json::as_list).ok_or_else(|| expected("a list of calls"))?.iter());
        }
        Ok(())
    }

    fn set_verification_key(&mut self, required: &mut AuthRequired, version: &mut u32) -> Result<()> {
        match self.elements()? {
            [first, second] => {
                auth_required(&mut JsonReader::<Yojson>::new(first), required)?;
                JsonReader::<Yojson>::new(second).u32(version)
            }
            _ => Err(expected("a list of two").into()),
        }
    }

    fn may_use_token(&mut self, may_use_token: &mut MayUseToken) -> Result<()> {
        let mut position = 0;
        self.constructor(&["No", "Parents_own_token", "Inherit_from_parent"], &mut position)?;
        *may_use_token = may_use(position);
        Ok(())
    }

    fn authorization_kind(&mut self, kind: &mut AuthorizationKind) -> Result<()> {
        self.choice(&["None_given", "Signature", "Proof"], &mut 0, |r, position| {
            *kind = match position {
                2 => {
                    let mut hash = Fp::default();
                    key_hash(r, &mut hash)?;
                    AuthorizationKind::Proof(hash)
                }
                other => {
                    nothing(r)?;
                    if other == 1 { AuthorizationKind::Signature } else { AuthorizationKind::NoneGiven }
                }
            };
            Ok(())
        })
    }

    fn authorization(&mut self, authorization: &mut Authorization) -> Result<()> {
        self.choice(&["None_given", "Signature", "Proof"], &mut 0, |r, position| {
            *authorization = match position {
                2 => proof(r)?,
                1 => {
                    let mut content = Signature::default();
                    r.signature(&mut content)?;
                    Authorization::Signature(content)
                }
                _ => {
                    nothing(r)?;
                    Authorization::NoneGiven
                }
            };
            Ok(())
        })
    }

    fn verification_key(&mut self, key: &mut Option<HashedKey>) -> Result<()> {
        self.choice(&SET, &mut 0, |r, position| {
            if position == 1 {
                return nothing(r);
            }
            key_with_hash(r, key)
        })
    }
}

/// A key and its hash, which must be the right one.
fn key_with_hash(r: &mut JsonReader<'_>, key: &mut Option<HashedKey>) -> Result<()> {
    let (mut data, mut hash) = (None, Fp::default());
    r.record(|r| {
        r.field("data", |r| {
            let bytes = base58::decode_verification_key(r.text("a key in base58check")?)?;
            data = Some(binprot::verification_key_from_bytes(&bytes)?);
            Ok(())
        })?;
        r.field("hash", |r| key_hash(r, &mut hash))
    })?;
    *key = data.map(|data| hashed(data, hash)).transpose()?;
    Ok(())
}

impl HashedKey {
    /// Decodes OCaml's own JSON, as accounts in a precomputed block have it: `{data, hash}`.
    ///
    /// # Errors
    /// Where the value is not exactly that, or the hash is another one.
    pub fn from_json(json: &Json) -> Result<Self> {
        let key = read_json(json, key_with_hash)?;
        key.ok_or_else(|| Fault::UnexpectedEnd.into())
    }
}

impl CommandFormat for JsonReader<'_, GraphQl> {
    fn optional<T: Default>(
        &mut self,
        _names: &'static [&'static str; 2],
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        self.option(value, walk)
    }

    fn forest(
        &mut self,
        account_updates: &mut Vec<AccountUpdate>,
        blank: &AccountUpdate,
        walk: impl Fn(&mut Self, &mut AccountUpdate) -> Result<()> + Sync,
    ) -> Result<()> {
        let list = self.elements()?;
        if list.len() > MAX_ACCOUNT_UPDATES {
            return Err(Fault::TooMany { max: MAX_ACCOUNT_UPDATES }.into());
        }
        // Most of a command is its proofs: they are read side by side.
        let read = |value| {
            let mut account_update = blank.clone();
            walk(&mut Self::new(value), &mut account_update).map(|()| account_update)
        };
        let read: Vec<Result<AccountUpdate>> = list.par_iter().map(read).collect();
        for (at, account_update) in read.into_iter().enumerate() {
            account_updates.push(account_update.within_element(at)?);
        }
        Ok(())
    }

    fn call_depth(&mut self, depth: &mut u32) -> Result<()> {
        self.field("call_depth", |r| match r.value() {
            Json::Number(number) => {
                *depth = u32::try_from(*number).map_err(|_| Fault::OutOfRange { found: *number })?;
                Ok(())
            }
            _ => Err(expected("a whole number").into()),
        })
    }

    fn set_verification_key(&mut self, required: &mut AuthRequired, version: &mut u32) -> Result<()> {
        self.record(|r| {
            r.field("auth", |r| auth_required(r, required))?;
            r.field("txn_version", |r| r.u32(version))
        })
    }

    fn voting_for(&mut self, hash: &mut Fp) -> Result<()> {
        *hash = base58::decode_element(Version::StateHash, self.text("a state hash in base58check")?)?;
        Ok(())
    }

    fn may_use_token(&mut self, may_use_token: &mut MayUseToken) -> Result<()> {
        let (mut parents, mut inherited) = (false, false);
        self.record(|r| {
            r.field("parents_own_token", |r| r.boolean(&mut parents))?;
            r.field("inherit_from_parent", |r| r.boolean(&mut inherited))
        })?;
        *may_use_token = may_use(one_of_two(parents, inherited)?);
        Ok(())
    }

    fn authorization_kind(&mut self, kind: &mut AuthorizationKind) -> Result<()> {
        let (mut is_signed, mut is_proved, mut hash) = (false, false, Fp::default());
        self.record(|r| {
            r.field("is_signed", |r| r.boolean(&mut is_signed))?;
            r.field("is_proved", |r| r.boolean(&mut is_proved))?;
            // Where there is no proof it stands for nothing.
            r.field("verification_key_hash", |r| r.element(&mut hash))
        })?;
        *kind = match one_of_two(is_signed, is_proved)? {
            0 => AuthorizationKind::NoneGiven,
            1 => AuthorizationKind::Signature,
            _ => AuthorizationKind::Proof(hash),
        };
        Ok(())
    }

    fn authorization(&mut self, authorization: &mut Authorization) -> Result<()> {
        let (mut shown, mut signed) = (None, None);
        self.record(|r| {
            r.field("proof", |r| {
                if *r.value() != Json::Null {
                    shown = Some(proof(r)?);
                }
                Ok(())
            })?;
            r.field("signature", |r| r.option(&mut signed, Self::signature))
        })?;
        *authorization = match (shown, signed) {
            (None, None) => Authorization::NoneGiven,
            (None, Some(signature)) => Authorization::Signature(signature),
            (Some(proof), None) => proof,
            (Some(_), Some(_)) => return Err(Fault::Inconsistent("both a proof and a signature").into()),
        };
        Ok(())
    }

    fn verification_key(&mut self, key: &mut Option<HashedKey>) -> Result<()> {
        if *self.value() == Json::Null {
            return Ok(());
        }
        let (mut data, mut hash) = (None, Fp::default());
        self.record(|r| {
            r.field("data", |r| {
                data = Some(verification_key_from_base64(r.text("a key in base64")?)?);
                Ok(())
            })?;
            r.field("hash", |r| r.element(&mut hash))
        })?;
        *key = data.map(|data| hashed(data, hash)).transpose()?;
        Ok(())
    }
}

fn may_use(position: usize) -> MayUseToken {
    match position {
        1 => MayUseToken::ParentsOwnToken,
        2 => MayUseToken::InheritFromParent,
        _ => MayUseToken::No,
    }
}
