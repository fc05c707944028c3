/* The C library's functions for OCaml. Handles are custom blocks, freed by the collector; the runtime is released while proofs
 * are verified. */
#define CAML_NAME_SPACE
#include <string.h>

#include <caml/alloc.h>
#include <caml/custom.h>
#include <caml/fail.h>
#include <caml/memory.h>
#include <caml/mlvalues.h>
#include <caml/threads.h>

#include <quickpickle.h>

#define HANDLE(Type, name)                                                              \
  static void name##_finalize(value block) { quickpickle_##name##_free(*(Type **)Data_custom_val(block)); } \
  static struct custom_operations name##_operations = {                                 \
      "quickpickle." #name,       name##_finalize,            custom_compare_default,     custom_hash_default, \
      custom_serialize_default,   custom_deserialize_default, custom_compare_ext_default, custom_fixed_length_default}; \
  static Type *name##_of(value block) { return *(Type **)Data_custom_val(block); }      \
  static value name##_block(Type *handle) {                                             \
    value block = caml_alloc_custom(&name##_operations, sizeof handle, 0, 1);           \
    *(Type **)Data_custom_val(block) = handle;                                          \
    return block;                                                                       \
  }

HANDLE(QuickpickleKey, key)
HANDLE(QuickpickleKnown, known)
HANDLE(QuickpickleBatch, batch)

/* Bytes of a string. They do not move: no value is allocated during the call. */
#define BYTES(text) (const uint8_t *)String_val(text), caml_string_length(text)

static value text_or_empty(const char *text) { return caml_copy_string(text == NULL ? "" : text); }

/* Raises the exception `Failure` with the reason, which is freed. */
static void refuse(QuickpickleAnswers *error) {
  CAMLparam0();
  CAMLlocal1(reason);
  reason = text_or_empty(quickpickle_answers_reason(error, 0));
  quickpickle_answers_free(error);
  caml_failwith_value(reason);
  CAMLnoreturn;
}

value quickpickle_ocaml_key(value bytes, value options) {
  CAMLparam2(bytes, options);
  QuickpickleAnswers *error = NULL;
  QuickpickleKey *key = quickpickle_key_new(BYTES(bytes), BYTES(options), &error);
  if (key == NULL) refuse(error);
  CAMLreturn(key_block(key));
}

value quickpickle_ocaml_known(value options) {
  CAMLparam1(options);
  QuickpickleAnswers *error = NULL;
  QuickpickleKnown *known = quickpickle_known_new(BYTES(options), &error);
  if (known == NULL) refuse(error);
  CAMLreturn(known_block(known));
}

value quickpickle_ocaml_add_network(value known, value text) {
  CAMLparam2(known, text);
  QuickpickleAnswers *error = NULL;
  if (!quickpickle_known_add_network(known_of(known), BYTES(text), &error)) refuse(error);
  CAMLreturn(Val_unit);
}

value quickpickle_ocaml_add_account_keys(value known, value text) {
  CAMLparam2(known, text);
  QuickpickleAnswers *error = NULL;
  if (!quickpickle_known_add_account_keys(known_of(known), BYTES(text), &error)) refuse(error);
  CAMLreturn(Val_unit);
}

value quickpickle_ocaml_batch(value unit) {
  CAMLparam1(unit);
  CAMLreturn(batch_block(quickpickle_batch_new()));
}

/* The statement is an option. */
value quickpickle_ocaml_add_proof(value batch, value key, value proof, value statement) {
  CAMLparam4(batch, key, proof, statement);
  bool added;
  if (Is_block(statement))
    added = quickpickle_batch_add_proof(batch_of(batch), key_of(key), BYTES(proof), BYTES(Field(statement, 0)));
  else
    added = quickpickle_batch_add_proof(batch_of(batch), key_of(key), BYTES(proof), NULL, 0);
  CAMLreturn(Val_bool(added));
}

value quickpickle_ocaml_add_object(value batch, value known, value input) {
  CAMLparam3(batch, known, input);
  CAMLreturn(Val_bool(quickpickle_batch_add_object(batch_of(batch), known_of(known), BYTES(input))));
}

value quickpickle_ocaml_version(value unit) {
  CAMLparam1(unit);
  CAMLreturn(text_or_empty(quickpickle_version()));
}

/* An array of (item, verdict, Mina's word, reason, JSON). */
value quickpickle_ocaml_verify(value batch) {
  CAMLparam1(batch);
  CAMLlocal2(result, answer);
  /* The block is a root, and so is not finalized meanwhile. */
  QuickpickleBatch *handle = batch_of(batch);
  caml_release_runtime_system();
  QuickpickleAnswers *answers = quickpickle_batch_verify(handle);
  caml_acquire_runtime_system();
  size_t count = quickpickle_answers_count(answers);
  result = caml_alloc(count, 0);
  for (size_t i = 0; i < count; i++) {
    answer = caml_alloc_tuple(5);
    Store_field(answer, 0, Val_long(quickpickle_answers_item(answers, i)));
    Store_field(answer, 1, Val_int(quickpickle_answers_verdict(answers, i)));
    Store_field(answer, 2, text_or_empty(quickpickle_answers_mina(answers, i)));
    Store_field(answer, 3, text_or_empty(quickpickle_answers_reason(answers, i)));
    Store_field(answer, 4, text_or_empty(quickpickle_answers_json(answers, i, NULL)));
    Store_field(result, i, answer);
  }
  quickpickle_answers_free(answers);
  CAMLreturn(result);
}
