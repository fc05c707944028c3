//! Commands in bin_prot: `Zkapp_command.Stable.V1` on the wire, where digests are units.

use quickpickle_runtime::wire::Fault;
use quickpickle_runtime::wire::parts::{
    BinProtReader, BinProtWriter, Codec as _, Ocaml as _, Result, Walk, Within as _, blank_key, blank_proof,
    read, verification_key,
};

use super::super::account_update::{AccountUpdate, Authorization, AuthorizationKind, HashedKey, MayUseToken};
use super::super::forest::MAX_ACCOUNT_UPDATES;
use super::super::permissions::{AuthRequired, auth_required};
use super::{CommandFormat, SET};
use crate::formats::Format as _;
use crate::signature::Signature;

const MAY_USE_TOKEN: [MayUseToken; 3] =
    [MayUseToken::No, MayUseToken::ParentsOwnToken, MayUseToken::InheritFromParent];

impl CommandFormat for BinProtReader<'_> {
    fn optional<T: Default>(
        &mut self,
        _names: &'static [&'static str; 2],
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Result<()>,
    ) -> Result<()> {
        match self.tag(2, "one of the type's constructors")? {
            0 => walk(self, value.insert(T::default())),
            _ => Ok(()),
        }
    }

    fn forest(
        &mut self,
        account_updates: &mut Vec<AccountUpdate>,
        blank: &AccountUpdate,
        walk: impl Fn(&mut Self, &mut AccountUpdate) -> Result<()> + Sync,
    ) -> Result<()> {
        // For each list that is open, how many trees of it are still to come.
        let mut lists = vec![self.trees()?];
        while let Some(left) = lists.last_mut() {
            if *left == 0 {
                lists.pop();
                if !lists.is_empty() {
                    // The digest of the list that the tree above begins.
                    self.unit()?;
                }
                continue;
            }
            *left -= 1;
            let at = account_updates.len();
            if at == MAX_ACCOUNT_UPDATES {
                return Err(Fault::TooMany { max: MAX_ACCOUNT_UPDATES }.into());
            }
            let mut account_update = blank.clone();
            // At most as many lists are open as there are account updates.
            account_update.call_depth = u32::try_from(lists.len() - 1).unwrap_or(u32::MAX);
            walk(self, &mut account_update).within_element(at)?;
            account_updates.push(account_update);
            // The digest of the account update.
            self.unit()?;
            lists.push(self.trees()?);
        }
        Ok(())
    }

    fn set_verification_key(&mut self, required: &mut AuthRequired, version: &mut u32) -> Result<()> {
        auth_required(self, required)?;
        self.u32(version)
    }

    fn may_use_token(&mut self, may_use_token: &mut MayUseToken) -> Result<()> {
        let tag = self.tag(MAY_USE_TOKEN.len(), "one of the type's constructors")?;
        *may_use_token = MAY_USE_TOKEN.get(tag).copied().unwrap_or_default();
        Ok(())
    }

    fn authorization_kind(&mut self, kind: &mut AuthorizationKind) -> Result<()> {
        *kind = match self.tag(3, "one of the type's constructors")? {
            0 => AuthorizationKind::Signature,
            1 => AuthorizationKind::Proof(read(self, Default::default(), Self::element)?),
            _ => AuthorizationKind::NoneGiven,
        };
        Ok(())
    }

    fn authorization(&mut self, authorization: &mut Authorization) -> Result<()> {
        *authorization = match self.tag(3, "one of the type's constructors")? {
            0 => Authorization::Proof(Box::new(read(self, blank_proof(), Self::proof)?)),
            1 => Authorization::Signature(read(self, Signature::default(), Self::signature)?),
            _ => Authorization::NoneGiven,
        };
        Ok(())
    }

    fn verification_key(&mut self, key: &mut Option<HashedKey>) -> Result<()> {
        if self.tag(2, "one of the type's constructors")? == 0 {
            *key = Some(HashedKey::new(read(self, blank_key(), verification_key)?));
        }
        Ok(())
    }
}

/// How many trees a list has.
trait Trees {
    fn trees(&mut self) -> Result<u64, Fault>;
}

impl Trees for BinProtReader<'_> {
    fn trees(&mut self) -> Result<u64, Fault> {
        match self.length()? {
            length if length <= MAX_ACCOUNT_UPDATES as u64 => Ok(length),
            _ => Err(Fault::TooMany { max: MAX_ACCOUNT_UPDATES }),
        }
    }
}

impl CommandFormat for BinProtWriter {
    fn optional<T: Default>(
        &mut self,
        names: &'static [&'static str; 2],
        value: &mut Option<T>,
        walk: impl FnOnce(&mut Self, &mut T) -> Walk<Self>,
    ) -> Walk<Self> {
        self.constructor(names, &mut usize::from(value.is_none()))?;
        value.as_mut().map_or(Ok(()), |value| walk(self, value))
    }

    fn forest(
        &mut self,
        account_updates: &mut Vec<AccountUpdate>,
        _blank: &AccountUpdate,
        walk: impl Fn(&mut Self, &mut AccountUpdate) -> Walk<Self> + Sync,
    ) -> Walk<Self> {
        let depths: Vec<u32> =
            account_updates.iter().map(|account_update| account_update.call_depth).collect();
        // The trees that are beside each other from the first of `depths` on.
        let trees = |depths: &[u32], depth: u32| {
            depths.iter().take_while(|other| **other >= depth).filter(|other| **other == depth).count()
        };
        self.length(trees(&depths, 0));
        for (at, account_update) in account_updates.iter_mut().enumerate() {
            walk(self, account_update)?;
            self.unit()?;
            let depth = account_update.call_depth;
            let after = depths.get(at + 1..).unwrap_or_default();
            self.length(trees(after, depth.saturating_add(1)));
            // A list ends with the last of its trees, and after each tree comes the digest of a list.
            let ended = match after.first() {
                Some(next) => depth.saturating_add(1).saturating_sub(*next),
                None => depth.saturating_add(1),
            };
            for _ in 0..ended {
                self.unit()?;
            }
        }
        Ok(())
    }

    fn set_verification_key(&mut self, required: &mut AuthRequired, version: &mut u32) -> Walk<Self> {
        auth_required(self, required)?;
        self.u32(version)
    }

    fn may_use_token(&mut self, may_use_token: &mut MayUseToken) -> Walk<Self> {
        let tag = MAY_USE_TOKEN.iter().position(|other| other == may_use_token).unwrap_or_default();
        self.tag(tag)
    }

    fn authorization_kind(&mut self, kind: &mut AuthorizationKind) -> Walk<Self> {
        match kind {
            AuthorizationKind::Signature => self.tag(0),
            AuthorizationKind::Proof(hash) => {
                self.tag(1)?;
                self.element(hash)
            }
            AuthorizationKind::NoneGiven => self.tag(2),
        }
    }

    fn authorization(&mut self, authorization: &mut Authorization) -> Walk<Self> {
        match authorization {
            Authorization::Proof(content) => {
                self.tag(0)?;
                self.proof(content)
            }
            Authorization::Signature(content) => {
                self.tag(1)?;
                self.signature(content)
            }
            Authorization::NoneGiven => self.tag(2),
        }
    }

    fn verification_key(&mut self, key: &mut Option<HashedKey>) -> Walk<Self> {
        self.constructor(&SET, &mut usize::from(key.is_none()))?;
        key.as_ref().map_or(Ok(()), |key| verification_key(self, &mut key.key().clone()))
    }
}

/// The byte of a constructor.
trait Tag: Sized {
    fn tag(&mut self, tag: usize) -> Walk<BinProtWriter>;
}

impl Tag for BinProtWriter {
    fn tag(&mut self, tag: usize) -> Walk<Self> {
        self.constructor(&[], &mut { tag })
    }
}
