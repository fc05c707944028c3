/* Answers the cases that the test hands over on standard input, one a line, and ends each with an empty line:
 *   proof KEY OPTIONS PROOF STATEMENT
 *   object OPTIONS NETWORKS ACCOUNTS OBJECT
 * Each word is the path of a file, or - where there is none; a refusal is `refused` and its answer. */
#include <string.h>

#include "../../examples/file.h"
#include "quickpickle.h"

static File open_file(const char *path) {
  File none = {NULL, 0};
  return strcmp(path, "-") == 0 ? none : read_file(path);
}

static void answer(const char *before, QuickpickleAnswers *answers) {
  for (size_t i = 0; i < quickpickle_answers_count(answers); i++)
    printf("%s%s\n", before, quickpickle_answers_json(answers, i, NULL));
  printf("\n");
  quickpickle_answers_free(answers);
}

static void proof(char words[4][512]) {
  File files[4];
  for (int i = 0; i < 4; i++) files[i] = open_file(words[i]);
  QuickpickleAnswers *error = NULL;
  QuickpickleKey *key =
      quickpickle_key_new(files[0].bytes, files[0].length, files[1].bytes, files[1].length, &error);
  if (key == NULL) {
    answer("refused ", error);
  } else {
    answer("", quickpickle_verify_proof(key, files[2].bytes, files[2].length, files[3].bytes, files[3].length));
    quickpickle_key_free(key);
  }
  for (int i = 0; i < 4; i++) free(files[i].bytes);
}

static void object(char words[4][512]) {
  File files[4];
  for (int i = 0; i < 4; i++) files[i] = open_file(words[i]);
  QuickpickleAnswers *error = NULL;
  QuickpickleKnown *known = quickpickle_known_new(files[0].bytes, files[0].length, &error);
  bool added = known != NULL;
  if (added && files[1].bytes != NULL)
    added = quickpickle_known_add_network(known, files[1].bytes, files[1].length, &error);
  if (added && files[2].bytes != NULL)
    added = quickpickle_known_add_account_keys(known, files[2].bytes, files[2].length, &error);
  if (added)
    answer("", quickpickle_verify_object(known, files[3].bytes, files[3].length));
  else
    answer("refused ", error);
  quickpickle_known_free(known);
  for (int i = 0; i < 4; i++) free(files[i].bytes);
}

int main(void) {
  char kind[16], words[4][512];
  if (quickpickle_abi_version() != QUICKPICKLE_ABI_VERSION) return 2;
  while (scanf("%15s %511s %511s %511s %511s", kind, words[0], words[1], words[2], words[3]) == 5) {
    if (strcmp(kind, "proof") == 0)
      proof(words);
    else
      object(words);
  }
  return 0;
}
