/* quickpickle: Mina proofs, verified from a cold start in milliseconds.
 *
 * Bytes come in with their length, and verdicts go out: docs/c.md tells how, docs/verdicts.md what they mean.
 * Written by `cargo xtask header` from bindings/door/src/abi; changes belong there. */

#ifndef QUICKPICKLE_H
#define QUICKPICKLE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/**
 * The version of this interface. It changes where a function or a number changes its meaning, not where one is added.
 */
#define QUICKPICKLE_ABI_VERSION 1

/**
 * A verdict. What each means is told in docs/verdicts.md.
 */
typedef enum QuickpickleVerdict {
  /**
   * No verdict: there is no such answer.
   */
  QUICKPICKLE_VERDICT_NONE = 0,
  /**
   * The proof holds. This alone accepts it.
   */
  QUICKPICKLE_VERDICT_VALID = 1,
  /**
   * Checked, and wrong.
   */
  QUICKPICKLE_VERDICT_REJECTED = 2,
  /**
   * No proof, or not one for this key.
   */
  QUICKPICKLE_VERDICT_MALFORMED = 3,
  /**
   * Key, statement or options cannot be right.
   */
  QUICKPICKLE_VERDICT_INPUT = 4,
  /**
   * Not checked.
   */
  QUICKPICKLE_VERDICT_UNAVAILABLE = 5,
  /**
   * A block without its proof.
   */
  QUICKPICKLE_VERDICT_UNPROVEN = 6,
} QuickpickleVerdict;

/**
 * Verdicts, in the order of what was verified; or the one answer that says why something was refused.
 */
typedef struct QuickpickleAnswers QuickpickleAnswers;

/**
 * What is to be verified together.
 */
typedef struct QuickpickleBatch QuickpickleBatch;

/**
 * A key, prepared once.
 */
typedef struct QuickpickleKey QuickpickleKey;

/**
 * The networks with their keys, which of them is meant, and the keys of accounts.
 */
typedef struct QuickpickleKnown QuickpickleKnown;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of the interface that the library has, to be compared with `QUICKPICKLE_ABI_VERSION`.
 */
uint32_t quickpickle_abi_version(void);

/**
 * The version of the library, such as `0.1.0`: a text that is never freed.
 */
const char *quickpickle_version(void);

/**
 * How many answers there are; 0 for null.
 *
 * # Safety
 * `answers` is null or a handle that was not freed, here and in the other functions on answers.
 */
size_t quickpickle_answers_count(const struct QuickpickleAnswers *answers);

/**
 * Whether all answers are valid and there is one at least.
 *
 * # Safety
 * As `quickpickle_answers_count`.
 */
bool quickpickle_answers_are_valid(const struct QuickpickleAnswers *answers);

/**
 * The verdict of the answer at a place, from 0; none where there is no such answer.
 *
 * # Safety
 * As `quickpickle_answers_count`.
 */
enum QuickpickleVerdict quickpickle_answers_verdict(const struct QuickpickleAnswers *answers,
                                                    size_t index);

/**
 * Which item of the batch the answer at a place is about: an input may hold several objects. `SIZE_MAX` where there is no such
 * answer.
 *
 * # Safety
 * As `quickpickle_answers_count`.
 */
size_t quickpickle_answers_item(const struct QuickpickleAnswers *answers,
                                size_t index);

/**
 * The answer at a place as one line of JSON in UTF-8: `verdict`, what the object is, `mina`, `reason`. The text ends with a zero byte,
 * which `*length` does not count, and lives as long as the answers; `length` may be null. Null where there is no such answer.
 *
 * # Safety
 * As `quickpickle_answers_count`; and `length` is null, or a number can be written there.
 */
const char *quickpickle_answers_json(const struct QuickpickleAnswers *answers,
                                     size_t index,
                                     size_t *length);

/**
 * Why the answer at a place is not valid, in UTF-8, as the JSON has it; it lives as long as the answers. Null where it is valid, or where
 * there is no such answer.
 *
 * # Safety
 * As `quickpickle_answers_count`.
 */
const char *quickpickle_answers_reason(const struct QuickpickleAnswers *answers,
                                       size_t index);

/**
 * The word that Mina's verifier has for the answer at a place, such as `invalid_signature`; the rest is as for the reason.
 *
 * # Safety
 * As `quickpickle_answers_count`.
 */
const char *quickpickle_answers_mina(const struct QuickpickleAnswers *answers,
                                     size_t index);

/**
 * Frees answers; null is passed over.
 *
 * # Safety
 * As `quickpickle_answers_count`, and the handle and its texts are not used any more.
 */
void quickpickle_answers_free(struct QuickpickleAnswers *answers);

/**
 * An empty batch.
 */
struct QuickpickleBatch *quickpickle_batch_new(void);

/**
 * Adds a proof, as `quickpickle_verify_proof` takes it; key and bytes may be freed afterwards. Where a pointer is null that
 * must not be, the item's verdict is `input`. False where the batch is null.
 *
 * # Safety
 * `batch` and `key` are null or handles that were not freed; of the others as many bytes can be read as their lengths say.
 */
bool quickpickle_batch_add_proof(const struct QuickpickleBatch *batch,
                                 const struct QuickpickleKey *key,
                                 const uint8_t *proof,
                                 size_t proof_length,
                                 const uint8_t *statement,
                                 size_t statement_length);

/**
 * Adds what Mina's networks send, as `quickpickle_verify_object` takes it: what is added to `known` later does not count for it. The rest is as for `quickpickle_batch_add_proof`.
 *
 * # Safety
 * As `quickpickle_batch_add_proof`.
 */
bool quickpickle_batch_add_object(const struct QuickpickleBatch *batch,
                                  const struct QuickpickleKnown *known,
                                  const uint8_t *input,
                                  size_t input_length);

/**
 * Verifies all items of a batch and empties it. The answers are in the order of the items; `quickpickle_answers_item` tells
 * which each is about. A proof has one, an input as many as it has objects.
 *
 * # Safety
 * `batch` is null or a handle that was not freed.
 */
struct QuickpickleAnswers *quickpickle_batch_verify(const struct QuickpickleBatch *batch);

/**
 * Frees a batch; null is passed over.
 *
 * # Safety
 * `batch` is null or a handle that was not freed, and is not used any more.
 */
void quickpickle_batch_free(struct QuickpickleBatch *batch);

/**
 * Reads and prepares a key: o1js's JSON, its base64 `data` alone, bin_prot, the file of a network's key, Kimchi's MessagePack of a
 * verifier index. Without bytes the options say which key it is: `{"network": "mainnet", "circuit": "blockchain"}`, or
 * `{"fixtures": true}` where each proof is a Kimchi fixture with its own key. Null where it is refused.
 *
 * # Safety
 * Of `key` and `options` as many bytes can be read as their lengths say; `error` is null, or a pointer can be written there.
 */
struct QuickpickleKey *quickpickle_key_new(const uint8_t *key,
                                           size_t key_length,
                                           const uint8_t *options,
                                           size_t options_length,
                                           struct QuickpickleAnswers **error);

/**
 * Frees a key; null is passed over.
 *
 * # Safety
 * `key` is null or a handle that was not freed, and is not used any more.
 */
void quickpickle_key_free(struct QuickpickleKey *key);

/**
 * Verifies one proof: there is one answer. The statement is a JSON list of decimal strings, or 32 bytes little-endian an element, of
 * proofs in bin_prot, base64 or Kimchi's MessagePack; null for those that hold theirs.
 *
 * # Safety
 * `key` is null or a handle that was not freed; of the others as many bytes can be read as their lengths say.
 */
struct QuickpickleAnswers *quickpickle_verify_proof(const struct QuickpickleKey *key,
                                                    const uint8_t *proof,
                                                    size_t proof_length,
                                                    const uint8_t *statement,
                                                    size_t statement_length);

/**
 * The networks whose keys are in the library. Options: `{"network": "mainnet"}` takes objects of that one alone, `"protocol"` zkApp
 * commands of that one alone, `"commands": true` verifies the commands in precomputed blocks too. Null where they are refused.
 *
 * # Safety
 * Of `options` as many bytes can be read as the length says; `error` is null, or a pointer can be written there.
 */
struct QuickpickleKnown *quickpickle_known_new(const uint8_t *options,
                                               size_t options_length,
                                               struct QuickpickleAnswers **error);

/**
 * Adds the network of a file of keys (docs/mina.md), for what is verified from now on. False where it is refused.
 *
 * # Safety
 * `known` is null or a handle that was not freed; of `file` as many bytes can be read as the length says; `error` is null, or a
 * pointer can be written there.
 */
bool quickpickle_known_add_network(const struct QuickpickleKnown *known,
                                   const uint8_t *file,
                                   size_t file_length,
                                   struct QuickpickleAnswers **error);

/**
 * Adds the verification keys of zkApp accounts, for what is verified from now on: a JSON list of accounts, or a daemon's answer
 * with accounts (docs/mina.md). False where it is refused.
 *
 * # Safety
 * As `quickpickle_known_add_network`.
 */
bool quickpickle_known_add_account_keys(const struct QuickpickleKnown *known,
                                        const uint8_t *accounts,
                                        size_t accounts_length,
                                        struct QuickpickleAnswers **error);

/**
 * Frees what is known; null is passed over.
 *
 * # Safety
 * `known` is null or a handle that was not freed, and is not used any more.
 */
void quickpickle_known_free(struct QuickpickleKnown *known);

/**
 * Verifies what Mina's networks send, in any of its forms: blocks, ledger proofs, snark work, zkApp commands, payments,
 * delegations. There is an answer for each object of the input, and one at least.
 *
 * # Safety
 * `known` is null or a handle that was not freed; of `input` as many bytes can be read as the length says.
 */
struct QuickpickleAnswers *quickpickle_verify_object(const struct QuickpickleKnown *known,
                                                     const uint8_t *input,
                                                     size_t input_length);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* QUICKPICKLE_H */
