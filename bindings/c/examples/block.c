/* Verifies a block, or anything else that Mina's networks send: block NETWORK FILE */
#include "file.h"
#include "quickpickle.h"

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: %s NETWORK FILE\n", arguments[0]);
    return 2;
  }
  char options[128];
  int length = snprintf(options, sizeof options, "{\"network\": \"%s\"}", arguments[1]);
  if (length < 0 || (size_t)length >= sizeof options) return 2;
  QuickpickleAnswers *answers = NULL;
  QuickpickleKnown *known = quickpickle_known_new((const uint8_t *)options, (size_t)length, &answers);
  if (known != NULL) {
    File file = read_file(arguments[2]);
    answers = quickpickle_verify_object(known, file.bytes, file.length);
    free(file.bytes);
    quickpickle_known_free(known);
  }
  for (size_t i = 0; i < quickpickle_answers_count(answers); i++)
    printf("%s\n", quickpickle_answers_json(answers, i, NULL));
  int status = quickpickle_answers_are_valid(answers) ? 0 : 1;
  quickpickle_answers_free(answers);
  return status;
}
