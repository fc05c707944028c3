/* Verifies proofs of one program together: batch KEY PROOF... */
#include "file.h"
#include "quickpickle.h"

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "usage: %s KEY PROOF...\n", arguments[0]);
    return 2;
  }
  File file = read_file(arguments[1]);
  QuickpickleKey *key = quickpickle_key_new(file.bytes, file.length, NULL, 0, NULL);
  free(file.bytes);

  QuickpickleBatch *batch = quickpickle_batch_new();
  for (int i = 2; i < count; i++) {
    file = read_file(arguments[i]);
    if (!quickpickle_batch_add_proof(batch, key, file.bytes, file.length, NULL, 0)) return 2;
    /* The batch has its own copy, and keeps the key. */
    free(file.bytes);
  }
  quickpickle_key_free(key);

  QuickpickleAnswers *answers = quickpickle_batch_verify(batch);
  for (size_t i = 0; i < quickpickle_answers_count(answers); i++)
    printf("%s %s\n", arguments[2 + quickpickle_answers_item(answers, i)], quickpickle_answers_json(answers, i, NULL));
  int status = quickpickle_answers_are_valid(answers) ? 0 : 1;
  quickpickle_answers_free(answers);
  quickpickle_batch_free(batch);
  return status;
}
