//! zkApp commands in whichever JSON they come.

use quickpickle_runtime::wire::{DecodeError, MAX_JSON};

use super::{Protocol, ZkappCommand};
use crate::formats::json::Json;

/// Where a query has the command among its variables.
const VARIABLES: [&str; 3] = ["variables", "input", "zkappCommand"];

impl ZkappCommand {
    /// Decodes a command in JSON: o1js's and GraphQL's, alone or in the variables of a query that sends it, or OCaml's own, alone or
    /// as the variant that precomputed blocks have.
    ///
    /// # Errors
    /// Where the text is not exactly one command of the protocol in one of these forms.
    pub fn from_text(text: &[u8], protocol: Protocol) -> Result<Self, DecodeError> {
        let json = Json::parse(text, MAX_JSON)?;
        let command = VARIABLES.into_iter().fold(&json, |json, name| json.get(name).unwrap_or(json));
        match command.as_list() {
            Some([name, command]) if name.as_text() == Some("Zkapp_command") => {
                Self::from_json(command, protocol)
            }
            _ if command.get("fee_payer").is_some() => Self::from_json(command, protocol),
            _ => Self::from_graphql(command, protocol),
        }
    }
}
