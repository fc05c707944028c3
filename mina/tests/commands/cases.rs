//! Case files: commands with what is expected of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use quickpickle_mina::formats::json::Json;
use quickpickle_mina::formats::{Version, base58};
use quickpickle_mina::network::NetworkId;
use quickpickle_mina::verdict::{Culprit, Verdict};
use quickpickle_mina::zkapp_command::{
    AccountId, AccountKey, AccountKeys, Authorization, Candidate, HashedKey, Protocol, ZkappCommand,
};
use quickpickle_runtime::error::chain;
use quickpickle_runtime::wire::number::element_from_decimal;
use quickpickle_runtime::wire::o1js::verification_key_from_base64;
use quickpickle_vectors::{entries, name, unzipped, whole};

/// The longest file.
const MAX: usize = 64 << 20;

pub fn parse(text: &[u8]) -> Json {
    Json::parse(text, MAX).unwrap_or_else(|error| panic!("{error}"))
}

/// The files of commands whose names end so.
pub fn files(ending: &str) -> Vec<PathBuf> {
    let all = entries(&whole("network/zkapp-commands"));
    let found: Vec<_> = all.into_iter().filter(|path| name(path).ends_with(ending)).collect();
    assert!(!found.is_empty(), "no {ending}");
    found
}

/// The commands that are not altered, with where they are from.
pub fn commands() -> Vec<(PathBuf, Json)> {
    let files = files(".json.gz").into_iter().filter(|path| !name(path).contains(".altered."));
    files.map(|path| (path.clone(), parse(&unzipped(&path)))).collect()
}

/// The lines of a file of cases.
pub fn lines(file: &str) -> Vec<Json> {
    let content = unzipped(&whole(&format!("network/zkapp-commands/{file}")));
    let lines: Vec<_> =
        content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(parse).collect();
    assert!(!lines.is_empty());
    lines
}

/// The altered commands of all files of the common form.
pub fn altered() -> Vec<Json> {
    let files = files(".altered.json.gz");
    files.iter().filter(|path| !name(path).starts_with("random")).flat_map(|path| in_file(path)).collect()
}

/// The cases of the repository: of each kind a few.
pub fn shipped() -> Vec<Json> {
    in_file(&quickpickle_vectors::shipped("mina/zkapp-commands.json.gz"))
}

/// The cases of a file, their strings put in.
fn in_file(path: &Path) -> Vec<Json> {
    let file = parse(&unzipped(path));
    let strings = at(&file, &["strings"]);
    let cases: Vec<_> = list(&file, &["cases"]).iter().map(|case| with_strings(case, strings)).collect();
    assert!(!cases.is_empty());
    cases
}

fn with_strings(json: &Json, strings: &Json) -> Json {
    match json {
        Json::Text(text) => match text.strip_prefix('@') {
            Some(name) => at(strings, &[name]).clone(),
            None => json.clone(),
        },
        Json::List(list) => Json::List(list.iter().map(|json| with_strings(json, strings)).collect()),
        Json::Object(fields) => Json::Object(
            fields.iter().map(|(name, json)| (name.clone(), with_strings(json, strings))).collect(),
        ),
        _ => json.clone(),
    }
}

pub fn at<'a>(json: &'a Json, path: &[&str]) -> &'a Json {
    path.iter().fold(json, |json, name| json.get(name).unwrap_or_else(|| panic!("no {name}")))
}

pub fn text<'a>(json: &'a Json, path: &[&str]) -> &'a str {
    at(json, path).as_text().unwrap_or_else(|| panic!("{path:?} is no text"))
}

pub fn list<'a>(json: &'a Json, path: &[&str]) -> &'a [Json] {
    at(json, path).as_list().unwrap_or_else(|| panic!("{path:?} is no list"))
}

pub fn network(case: &Json) -> NetworkId {
    NetworkId::named(text(case, &["network"]))
}

/// The protocol of a case.
pub fn protocol(case: &Json) -> Protocol {
    match case.get("fork").and_then(Json::as_text) {
        Some("mesa") => Protocol::Mesa,
        None => Protocol::Berkeley,
        Some(other) => panic!("{other}"),
    }
}

/// The command of a case.
pub fn command(case: &Json) -> ZkappCommand {
    let command = ZkappCommand::from_graphql(at(case, &["command"]), protocol(case));
    command.unwrap_or_else(|error| panic!("{}: {}", text(case, &["name"]), chain(&error)))
}

/// The keys of accounts before the command of a case, with the hashes that they come with.
pub fn account_keys(case: &Json) -> AccountKeys {
    let rows = |name: &str| case.get(name).and_then(Json::as_list).unwrap_or_default();
    let mut keys = AccountKeys::new();
    for account in rows("accounts") {
        let Some(hash) = account.get("verification_key_hash").and_then(Json::as_text) else { continue };
        for key in rows("verification_keys").iter().filter(|key| text(key, &["hash"]) == hash) {
            let data = verification_key_from_base64(text(key, &["data"])).expect("a verification key");
            let claimed_hash = Some(element_from_decimal(hash).expect("a hash"));
            let id = AccountId {
                public_key: base58::decode_key(text(account, &["public_key"])).expect("a key"),
                token_id: base58::decode_element(Version::TokenId, text(account, &["token_id"]))
                    .expect("an id"),
            };
            keys.insert(id, AccountKey { key: Arc::new(HashedKey::new(data)), claimed_hash });
        }
    }
    keys
}

/// The leaf at a path of names and numbers.
pub fn place<'a>(json: &'a mut Json, path: &[Json]) -> &'a mut Json {
    path.iter().fold(json, |json, step| match (json, step) {
        (Json::Object(fields), Json::Text(name)) => {
            &mut fields.iter_mut().find(|(field, _)| field == name).expect("a field").1
        }
        (Json::List(list), Json::Number(at)) => {
            list.get_mut(usize::try_from(*at).expect("small")).expect("an element")
        }
        _ => panic!("no such leaf"),
    })
}

/// The culprits of a case, where it names them.
pub fn culprits(case: &Json) -> Option<Vec<Culprit>> {
    let culprits = case.get("culprits")?.as_list()?.iter().map(|culprit| match culprit {
        Json::Number(at) => Culprit::AccountUpdate(usize::try_from(*at).expect("small")),
        Json::Text(text) if text == "fee_payer" => Culprit::FeePayer,
        other => panic!("{other:?}"),
    });
    Some(culprits.collect())
}

/// A command and what is expected of it.
pub struct Case {
    pub name: String,
    pub command: ZkappCommand,
    pub network: NetworkId,
    pub keys: AccountKeys,
    pub verdict: String,
    pub culprits: Option<Vec<Culprit>>,
}

impl Case {
    pub fn of(json: &Json) -> Self {
        Self {
            name: text(json, &["name"]).to_owned(),
            command: command(json),
            network: network(json),
            keys: account_keys(json),
            verdict: text(json, &["verdict"]).to_owned(),
            culprits: culprits(json),
        }
    }

    pub fn candidate(&self) -> Candidate<'_> {
        Candidate { command: &self.command, network: &self.network, keys: &self.keys, has_failed: false }
    }

    pub fn has_proof(&self) -> bool {
        let is_proof = |authorization: &Authorization| matches!(authorization, Authorization::Proof(_));
        self.command.account_updates.account_updates().iter().any(|update| is_proof(&update.authorization))
    }

    /// Compares a verdict with the word that is expected, and with the culprits.
    pub fn compare(&self, verdict: &Verdict, expected: &str) {
        assert_eq!(verdict.word(), expected, "{}: {verdict}", self.name);
        if let (Verdict::Invalid(invalid), Some(culprits)) = (verdict, &self.culprits) {
            assert_eq!(invalid.culprits, *culprits, "{}", self.name);
            let keys = culprits.iter().map(|culprit| match culprit {
                Culprit::FeePayer => self.command.fee_payer.public_key,
                Culprit::Receiver => panic!("a zkApp command has none"),
                Culprit::AccountUpdate(at) => {
                    self.command.account_updates.account_updates()[*at].body.public_key
                }
            });
            assert_eq!(invalid.keys, keys.collect::<Vec<_>>(), "{}", self.name);
        }
    }
}
