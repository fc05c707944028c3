//! Accounts: their leaves are those of others, and no two accounts have the same.

use std::collections::HashSet;

use quickpickle_mina::account::{Account, TokenSymbol, Zkapp};
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::key::CompressedKey;
use quickpickle_mina::zkapp_command::account_update::Timing;
use quickpickle_mina::zkapp_command::{AuthRequired, HashedKey, Permissions};
use quickpickle_runtime::curve::Fp;
use quickpickle_runtime::pickles::proof::{ProofsVerified, VerificationKey};
use quickpickle_runtime::wire::o1js;
use quickpickle_vectors::{needs_whole_set, read, shipped, text as read_text, whole};

use super::{elements, json, text};

const WINNER: &str = "B62qiy32p8kAKnny8ZFwoMhYpBppM1DWVCqAPBYNcXnsAHhnfAAuXgg";
const NO_RECEIPTS: &str = "2mzbV7WevxLuchs2dAMY4vQBS6XttnCUF8Hvks4XNBQ5qiSGGBQe";

fn key(text: &str) -> CompressedKey {
    base58::decode_key(text).expect("a key")
}

/// What an account has that nobody changed.
fn user_permissions(version: u32) -> Permissions {
    let signature = AuthRequired::Signature;
    Permissions {
        edit_state: signature,
        access: AuthRequired::None,
        send: signature,
        receive: AuthRequired::None,
        set_delegate: signature,
        set_permissions: signature,
        set_verification_key: signature,
        verification_key_version: version,
        set_zkapp_uri: signature,
        edit_action_state: signature,
        set_token_symbol: signature,
        increment_nonce: signature,
        set_voting_for: signature,
        set_timing: signature,
    }
}

fn user(public_key: &str, balance: u64) -> Account {
    Account {
        public_key: key(public_key),
        token_id: Fp::from(1u64),
        balance,
        receipt_chain_hash: base58::decode_element(Version::ReceiptChainHash, NO_RECEIPTS).expect("a hash"),
        permissions: user_permissions(3),
        ..Account::default()
    }
}

/// Leaves that the public Rust node has for these accounts, and Mina for the first one.
#[test]
fn leaves_are_those_of_others() {
    let winner = Account {
        delegate: Some(key(WINNER)),
        permissions: user_permissions(2),
        ..user(WINNER, 20_000_001_000)
    };
    let leaf = base58::encode_element(Version::LedgerHash, &winner.hash());
    assert_eq!(leaf, "jwnEz6CjzSYowUsvw5gKpuTkRjBY5dEtc6YmQj1U5d2k5KZzTmc");

    let other = "B62qnzbXmRNo9q32n4SNu2mpB8e7FYYLH8NmaX6oFCBYjjQ8SbD7uzV";
    let hex =
        |account: &Account| hex::encode(quickpickle_runtime::wire::number::element_to_bytes(&account.hash()));
    let plain = Account { delegate: Some(key(other)), ..user(other, 10101) };
    assert_eq!(hex(&plain), "7018596b7a10344908c7582482b1401a3cbdd40212beb428baf629b84ceb7f0b");
    let token_symbol = TokenSymbol::new(b"seb").expect("a symbol");
    let named = Account { token_symbol, nonce: 62772, ..user(other, 10101) };
    assert_eq!(hex(&named), "8cb53d374b844227d4c63b2dcf198312f8fcb4b60392fee5b165243508d16e32");
}

fn verification_key() -> VerificationKey {
    let text = read_text(&shipped("o1js/n1-counter-depth1/vk.json"));
    o1js::verification_key_from_json(&text).expect("a key").0
}

/// An account that has all that an account can have.
pub(crate) fn full() -> Account {
    let timing = Timing {
        initial_minimum_balance: 1 << 40,
        cliff_time: 100_000,
        cliff_amount: 1 << 35,
        vesting_period: 480,
        vesting_increment: 1 << 20,
    };
    let mut zkapp = Zkapp {
        verification_key: Some(HashedKey::new(verification_key())),
        zkapp_version: 2,
        last_action_slot: 500_000,
        proved_state: true,
        zkapp_uri: b"https://example.org/contract".to_vec(),
        ..Zkapp::default()
    };
    for (at, element) in (1u64..).zip(zkapp.app_state.iter_mut().chain(&mut zkapp.action_state)) {
        *element = Fp::from(at * 1_000_003);
    }
    Account {
        token_id: Fp::from(77u64),
        token_symbol: TokenSymbol::new(b"TOKEN").expect("a symbol"),
        nonce: 300,
        delegate: Some(key(WINNER)),
        voting_for: Fp::from(5u64),
        timing: Some(timing),
        zkapp: Some(Box::new(zkapp)),
        ..user(WINNER, 1 << 50)
    }
}

/// Changes a part of an account.
type Change = fn(&mut Account);

fn timing(account: &mut Account) -> &mut Timing {
    account.timing.as_mut().expect("timing")
}

fn zkapp(account: &mut Account) -> &mut Zkapp {
    account.zkapp.as_mut().expect("a zkApp")
}

fn change_key(account: &mut Account, change: fn(&mut VerificationKey)) {
    let mut key = verification_key();
    change(&mut key);
    zkapp(account).verification_key = Some(HashedKey::new(key));
}

const CHANGES: &[Change] = &[
    |a| a.public_key.x += Fp::from(1u64),
    |a| a.public_key.is_odd ^= true,
    |a| a.token_id += Fp::from(1u64),
    |a| a.token_symbol = TokenSymbol::new(b"TOKENS").expect("a symbol"),
    |a| a.token_symbol = TokenSymbol::default(),
    |a| a.balance ^= 1,
    |a| a.balance ^= 1 << 63,
    |a| a.nonce ^= 1,
    |a| a.nonce ^= 1 << 31,
    |a| a.receipt_chain_hash += Fp::from(1u64),
    |a| a.delegate = None,
    |a| a.delegate = Some(CompressedKey { is_odd: !key(WINNER).is_odd, ..key(WINNER) }),
    |a| a.delegate = Some(CompressedKey { x: Fp::from(1u64), ..key(WINNER) }),
    |a| a.voting_for += Fp::from(1u64),
    |a| a.timing = None,
    |a| a.timing = Some(Timing { vesting_period: 1, ..Timing::default() }),
    |a| timing(a).initial_minimum_balance ^= 1,
    |a| timing(a).cliff_time ^= 1,
    |a| timing(a).cliff_amount ^= 1,
    |a| timing(a).vesting_period ^= 1,
    |a| timing(a).vesting_increment ^= 1,
    |a| a.permissions.edit_state = AuthRequired::Impossible,
    |a| a.permissions.access = AuthRequired::Impossible,
    |a| a.permissions.send = AuthRequired::Impossible,
    |a| a.permissions.receive = AuthRequired::Impossible,
    |a| a.permissions.set_delegate = AuthRequired::Impossible,
    |a| a.permissions.set_permissions = AuthRequired::Impossible,
    |a| a.permissions.set_verification_key = AuthRequired::Impossible,
    |a| a.permissions.verification_key_version ^= 1,
    |a| a.permissions.set_zkapp_uri = AuthRequired::Impossible,
    |a| a.permissions.edit_action_state = AuthRequired::Impossible,
    |a| a.permissions.set_token_symbol = AuthRequired::Impossible,
    |a| a.permissions.increment_nonce = AuthRequired::Impossible,
    |a| a.permissions.set_voting_for = AuthRequired::Impossible,
    |a| a.permissions.set_timing = AuthRequired::Impossible,
    |a| a.permissions.send = AuthRequired::None,
    |a| a.permissions.send = AuthRequired::Either,
    |a| a.permissions.send = AuthRequired::Proof,
    |a| a.zkapp = None,
    |a| zkapp(a).verification_key = None,
    |a| change_key(a, |key| key.max_proofs_verified = ProofsVerified::N2),
    |a| change_key(a, |key| key.actual_wrap_domain_size = ProofsVerified::N2),
    |a| change_key(a, |key| key.sigma.swap(0, 1)),
    |a| change_key(a, |key| key.coefficients[14] = -key.coefficients[14]),
    |a| change_key(a, |key| key.selectors.swap(0, 1)),
    |a| zkapp(a).zkapp_version ^= 1,
    |a| zkapp(a).last_action_slot ^= 1,
    |a| zkapp(a).proved_state ^= true,
    |a| zkapp(a).zkapp_uri.push(0),
    |a| zkapp(a).zkapp_uri.push(b's'),
    |a| zkapp(a).zkapp_uri.clear(),
    |a| zkapp(a).zkapp_uri[0] ^= 1,
];

#[test]
fn whatever_is_changed_the_leaf_is_another() {
    let account = full();
    let mut leaves = HashSet::from([account.hash()]);
    for (at, change) in CHANGES.iter().enumerate() {
        let mut changed = account.clone();
        change(&mut changed);
        assert!(leaves.insert(changed.hash()), "change {at}");
        assert_eq!(Account::from_binprot(&changed.to_binprot()), Ok(changed), "change {at}");
    }
    let elements = zkapp(&mut full()).app_state.len() + zkapp(&mut full()).action_state.len();
    for at in 0..elements {
        let mut changed = account.clone();
        let zkapp = zkapp(&mut changed);
        let mut states = zkapp.app_state.iter_mut().chain(&mut zkapp.action_state);
        *states.nth(at).expect("an element") += Fp::from(1u64);
        assert!(leaves.insert(changed.hash()), "element {at}");
    }
}

#[test]
fn what_hashes_like_another_account_is_refused() {
    let plain = Account { delegate: None, zkapp: None, ..full() };
    let some_zkapp = |zkapp: Zkapp| Account { zkapp: Some(Box::new(zkapp)), ..plain.clone() };
    let uri = |uri: &[u8]| some_zkapp(Zkapp { zkapp_uri: uri.to_vec(), ..Zkapp::default() });
    let twins = [
        (Account { delegate: Some(CompressedKey::default()), ..plain.clone() }, plain.clone(), "empty key"),
        (some_zkapp(Zkapp::default()), plain.clone(), "empty zkApp"),
        (uri(b"\0\0uri"), uri(b"uri"), "shorter one"),
    ];
    for (twin, account, reason) in twins {
        assert_eq!(twin.hash(), account.hash(), "{reason}");
        assert_eq!(Account::from_binprot(&account.to_binprot()), Ok(account), "{reason}");
        let refusal = Account::from_binprot(&twin.to_binprot()).expect_err(reason).to_string();
        assert!(refusal.contains(reason), "{refusal}");
    }
    // "TOKEN", its length and a zero more.
    let mut bytes = full().to_binprot();
    let symbol = bytes.windows(6).position(|window| window == b"\x05TOKEN").expect("the symbol");
    bytes[symbol] += 1;
    bytes.insert(symbol + 6, 0);
    let refusal = Account::from_binprot(&bytes).expect_err("a zero at the end").to_string();
    assert!(refusal.starts_with("token_symbol: "), "{refusal}");
}

/// Flips bits of an encoding: no panic, and what still decodes is another account with another leaf.
fn no_bit_may_change(bytes: &[u8], bits: impl Iterator<Item = usize>) {
    let account = Account::from_binprot(bytes).expect("an account");
    let leaf = account.hash();
    let (mut refused, mut other) = (0, 0);
    for bit in bits {
        let mut altered = bytes.to_vec();
        altered[bit / 8] ^= 1 << (bit % 8);
        match Account::from_binprot(&altered) {
            Ok(found) => {
                other += 1;
                assert_ne!(found, account, "bit {bit}");
                assert_ne!(found.hash(), leaf, "bit {bit}");
                assert_eq!(found.to_binprot(), altered, "bit {bit}");
            }
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 0 && other > 0, "{refused} refused, {other} other accounts");
    for length in (0..bytes.len()).step_by(7) {
        assert!(Account::from_binprot(&bytes[..length]).is_err(), "{length} bytes");
    }
    assert!(Account::from_binprot(&[bytes, &[0]].concat()).is_err(), "a byte more");
}

#[test]
fn no_altered_byte_leaves_an_account_or_its_leaf() {
    let mut account = full();
    zkapp(&mut account).verification_key = None;
    let bytes = account.to_binprot();
    no_bit_may_change(&bytes, (0..bytes.len()).map(|at| 8 * at + at % 8));
    // Most of this one is the key, whose own tests are elsewhere.
    let bytes = full().to_binprot();
    no_bit_may_change(&bytes, (0..bytes.len()).step_by(41).map(|at| 8 * at + at % 8));
}

fn an_account_of_devnet_has_its_leaf() {
    let bytes = read(&whole("network/light/devnet.account.binprot"));
    let account = Account::from_binprot(&bytes).expect("an account");
    assert_eq!(account.to_binprot(), bytes);
    let expected = json(&whole("network/light/expected.json.gz"));
    let leaf = elements(&[expected["devnet"]["account"]["leaf_hash"].clone()]);
    assert_eq!([account.hash()], *leaf);
    assert_eq!(account.balance.to_string(), text(&expected, "/devnet/account/json/balance"));
    assert_eq!(account.public_key.to_string(), text(&expected, "/devnet/account/json/public_key"));
    assert_eq!(account.delegate, Some(account.public_key));
    no_bit_may_change(&bytes, 0..bytes.len() * 8);
}

needs_whole_set!(an_account_of_devnet_has_its_leaf);
