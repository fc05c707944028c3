/* Verifies one proof: verify KEY PROOF [STATEMENT]. The status is that of the command: 0 valid, 1 rejected, 2 not checked. */
#include "file.h"
#include "quickpickle.h"

int main(int count, char **arguments) {
  if (count < 3 || count > 4) {
    fprintf(stderr, "usage: %s KEY PROOF [STATEMENT]\n", arguments[0]);
    return 2;
  }
  File key_file = read_file(arguments[1]);
  QuickpickleAnswers *error = NULL;
  QuickpickleKey *key = quickpickle_key_new(key_file.bytes, key_file.length, NULL, 0, &error);
  free(key_file.bytes);
  if (key == NULL) {
    fprintf(stderr, "%s\n", quickpickle_answers_json(error, 0, NULL));
    quickpickle_answers_free(error);
    return 2;
  }

  File proof = read_file(arguments[2]);
  File statement = {NULL, 0};
  if (count == 4) statement = read_file(arguments[3]);
  QuickpickleAnswers *answers =
      quickpickle_verify_proof(key, proof.bytes, proof.length, statement.bytes, statement.length);
  printf("%s\n", quickpickle_answers_json(answers, 0, NULL));
  int status = 2;
  if (quickpickle_answers_are_valid(answers)) status = 0;
  if (quickpickle_answers_verdict(answers, 0) == QUICKPICKLE_VERDICT_REJECTED) status = 1;

  quickpickle_answers_free(answers);
  quickpickle_key_free(key);
  free(proof.bytes);
  free(statement.bytes);
  return status;
}
