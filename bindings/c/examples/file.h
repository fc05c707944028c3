/* Reading a file whole, for the examples. */
#ifndef QUICKPICKLE_EXAMPLES_FILE_H
#define QUICKPICKLE_EXAMPLES_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct File {
  uint8_t *bytes;
  size_t length;
} File;

/* The content of a file. Where it cannot be read the process ends with status 2. */
static inline File read_file(const char *path) {
  File file = {NULL, 0};
  FILE *stream = fopen(path, "rb");
  size_t room = 0, read = 1;
  while (stream != NULL && read > 0) {
    if (file.length == room) {
      room = room == 0 ? 65536 : room * 2;
      file.bytes = realloc(file.bytes, room);
      if (file.bytes == NULL) abort();
    }
    read = fread(file.bytes + file.length, 1, room - file.length, stream);
    file.length += read;
  }
  if (stream == NULL || ferror(stream)) {
    perror(path);
    exit(2);
  }
  fclose(stream);
  return file;
}

#endif
