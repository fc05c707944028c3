/* Threads that share a key, each with proofs of its own: threads KEY PROOF... */
#include <pthread.h>

#include "file.h"
#include "quickpickle.h"

typedef struct Work {
  const QuickpickleKey *key;
  const char *path;
  bool valid;
} Work;

static void *verify(void *argument) {
  Work *work = argument;
  File proof = read_file(work->path);
  QuickpickleAnswers *answers = quickpickle_verify_proof(work->key, proof.bytes, proof.length, NULL, 0);
  work->valid = quickpickle_answers_are_valid(answers);
  quickpickle_answers_free(answers);
  free(proof.bytes);
  return NULL;
}

int main(int count, char **arguments) {
  enum { MOST = 16 };
  pthread_t threads[MOST];
  Work works[MOST];
  if (count < 3 || count > 2 + MOST) {
    fprintf(stderr, "usage: %s KEY PROOF...\n", arguments[0]);
    return 2;
  }
  File file = read_file(arguments[1]);
  QuickpickleKey *key = quickpickle_key_new(file.bytes, file.length, NULL, 0, NULL);
  free(file.bytes);
  for (int i = 0; i < count - 2; i++) {
    works[i] = (Work){key, arguments[2 + i], false};
    if (pthread_create(&threads[i], NULL, verify, &works[i]) != 0) return 2;
  }
  for (int i = 0; i < count - 2; i++) {
    if (pthread_join(threads[i], NULL) != 0) return 2;
    printf("%s %s\n", works[i].valid ? "valid" : "refused", works[i].path);
  }
  quickpickle_key_free(key);
  return 0;
}
