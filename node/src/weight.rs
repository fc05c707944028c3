//! How much work an item is: its proofs, and the signatures and keys that come with them.
//!
//! The main process decodes no proof, so it goes by the length of a message. That is close to what the message costs: a proof, a
//! signature and a key each have a length that nobody can make shorter (docs/node.md has the figures).

use prost::Message as _;

use crate::proto::v1::Proof;
use crate::proto::v1::block::Block as BlockForm;
use crate::proto::v1::command::Command as CommandForm;
use crate::proto::v1::proof::Kind;

/// The weight of a proof. A signature costs a fortieth of what one more proof in a batch does, and up to three times that where it is
/// wrong.
pub(crate) const PROOF: usize = 20;
/// The weight of a payment or delegation.
const SIGNATURE: usize = 1;
/// The weight that no item exceeds: 64 proofs. A command has at most 16, and its accounts bring at most 256 keys along.
const MOST: usize = 64 * PROOF;
/// Bytes of a proof in bin_prot, with what comes with it at the least: [`PROOF`] for so many.
const BYTES: usize = 10_000;
/// The same of text, where a proof is the base64 of an s-expression.
const TEXT: usize = 30_000;
/// Bytes of a block's JSON that take as long to read as a proof takes in a batch.
const JSON: usize = 256 << 10;

/// The weight of an item.
pub(crate) fn of(item: &Proof) -> usize {
    let weight = match &item.kind {
        Some(Kind::Block(block)) => match &block.block {
            Some(BlockForm::Json(text)) => PROOF + text.len() * PROOF / JSON,
            Some(BlockForm::BinProt(_)) | None => PROOF,
        },
        // One or two.
        Some(Kind::LedgerProof(proof)) => {
            let proofs = proof.encoded_len() / BYTES;
            proofs.clamp(1, 2) * PROOF
        }
        Some(Kind::Command(command)) => {
            let content = match &command.command {
                Some(CommandForm::Zkapp(bytes)) => share(bytes.len(), BYTES),
                Some(CommandForm::ZkappJson(text)) => share(text.len(), TEXT),
                Some(CommandForm::Signed(_) | CommandForm::SignedText(_)) | None => SIGNATURE,
            };
            let accounts: usize = command.accounts.iter().map(|account| account.encoded_len()).sum();
            content + accounts * PROOF / BYTES
        }
        Some(Kind::Network(_) | Kind::SideLoaded(_) | Kind::Kimchi(_)) | None => PROOF,
    };
    weight.min(MOST)
}

/// The weight of all of them.
pub(crate) fn of_all(items: &[Proof]) -> usize {
    items.iter().map(of).sum()
}

/// The weight of so many proofs.
pub(crate) const fn of_proofs(count: usize) -> usize {
    count.saturating_mul(PROOF)
}

/// How many proofs are as much work, rounded up.
pub(crate) const fn in_proofs(weight: usize) -> usize {
    weight.div_ceil(PROOF)
}

fn share(length: usize, of_a_proof: usize) -> usize {
    (length.min(MOST * of_a_proof) * PROOF).div_ceil(of_a_proof).max(SIGNATURE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::v1::{Block, Command, LedgerProof, ZkappAccount, ledger_proof, zkapp_account};
    use quickpickle_runtime::wire::{binprot, o1js};
    use quickpickle_vectors::{entries, read, shipped};

    fn command(command: CommandForm) -> Command {
        Command { command: Some(command), ..Command::default() }
    }

    fn weight(kind: Kind) -> usize {
        of(&Proof { kind: Some(kind) })
    }

    fn zkapp(length: usize) -> usize {
        weight(Kind::Command(command(CommandForm::Zkapp(vec![0; length].into()))))
    }

    #[test]
    fn a_proof_is_as_long_as_it_counts() {
        let mut proofs = 0;
        for folder in entries(&shipped("o1js")) {
            let text = read(&folder.join("proof.json"));
            // Some are no proofs.
            let Ok(decoded) = o1js::proof_from_json(&text) else { continue };
            let length = binprot::proof_to_bytes(&decoded.proof).len();
            // With the rest of the smallest command it weighs a proof.
            let share = BYTES / 20;
            assert!((19 * share..30 * share).contains(&length), "{}: {length} bytes", folder.display());
            assert!(text.len() > TEXT / 20 * 19, "{}: {} characters", folder.display(), text.len());
            proofs += 1;
        }
        assert!(proofs > 10);
        assert_eq!(zkapp(16 * BYTES), 16 * PROOF);
        assert_eq!(zkapp(BYTES + 1), PROOF + 1);
    }

    #[test]
    fn an_item_weighs_what_it_may_cost() {
        let payment = weight(Kind::Command(command(CommandForm::SignedText("x".repeat(900)))));
        assert_eq!((payment, zkapp(1), zkapp(usize::from(u16::MAX) << 8)), (1, 1, MOST));
        let text = |length| weight(Kind::Command(command(CommandForm::ZkappJson("x".repeat(length)))));
        assert_eq!((text(1), text(2 * TEXT), text(MOST * TEXT)), (1, 2 * PROOF, MOST));
        let key = zkapp_account::Key::BinProt(vec![0; BYTES].into());
        let account = ZkappAccount { key: Some(key), ..ZkappAccount::default() };
        let with_accounts =
            Command { accounts: vec![account; 3], ..command(CommandForm::Zkapp(vec![0; BYTES].into())) };
        assert_eq!(weight(Kind::Command(with_accounts)), 4 * PROOF);

        let work = |length: usize| {
            let proof = Some(ledger_proof::Proof::Work(vec![0; length].into()));
            weight(Kind::LedgerProof(LedgerProof { proof, ..LedgerProof::default() }))
        };
        assert_eq!(
            [work(1), work(BYTES * 12 / 10), work(24_000), work(1 << 20)],
            [1, 1, 2, 2].map(of_proofs)
        );
        let block = |length: usize| {
            let block = Some(BlockForm::Json("x".repeat(length)));
            weight(Kind::Block(Block { block, ..Block::default() }))
        };
        assert_eq!([block(10), block(3 * JSON)], [PROOF, 4 * PROOF]);
        assert_eq!(weight(Kind::Block(Block::default())), PROOF);
        assert_eq!(
            (of(&Proof::default()), of_all(&[Proof::default(), Proof::default()])),
            (PROOF, 2 * PROOF)
        );
        assert_eq!((in_proofs(0), in_proofs(1), in_proofs(2 * PROOF)), (0, 1, 2));
    }
}
