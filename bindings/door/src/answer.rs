//! What is answered.

use quickpickle::answer::{Details, Verdict};
use serde::Serialize;

use crate::Refusal;

/// The verdict on one proof or object, with what is said about it.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The place of what was handed in: an input may hold several objects.
    #[serde(skip)]
    pub item: usize,
    #[serde(serialize_with = "word")]
    verdict: Verdict,
    #[serde(flatten)]
    pub(crate) details: Details,
}

impl Answer {
    pub(crate) fn valid(item: usize, details: Details) -> Self {
        Self { item, verdict: Verdict::Valid, details }
    }

    /// Of what is not known to be valid, with the place of what was handed in.
    pub fn refused(item: usize, refusal: &Refusal) -> Self {
        let details = match refusal {
            Refusal::Object(error) => Details { mina: error.mina(), ..Details::because(error) },
            other => Details::because(other),
        };
        Self { item, verdict: refusal.into(), details }
    }

    /// The verdict.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Why it is not valid.
    pub fn reason(&self) -> Option<&str> {
        self.details.reason.as_deref()
    }

    /// The word that Mina's verifier has for it, where it has one.
    pub fn mina(&self) -> Option<&'static str> {
        self.details.mina
    }

    /// Whether it is valid.
    pub fn is_valid(&self) -> bool {
        self.verdict == Verdict::Valid
    }

    /// One line of JSON: what the command prints with `--json`, without the file's name.
    ///
    /// # Panics
    /// Never: text, numbers and lists of them can be written.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("text and numbers can be written as JSON")
    }
}

fn word<S: serde::Serializer>(verdict: &Verdict, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(verdict.word())
}
