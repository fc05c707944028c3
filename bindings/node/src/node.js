// Node, and what is like it.

import { readFile } from "node:fs/promises";
import { webcrypto } from "node:crypto";
import { api } from "./api.js";

// Node 18 has it only behind a flag.
globalThis.crypto ??= webcrypto;

export * from "./errors.js";
export const { init, verify, check, verifyBatch, prepare, networks, checkObject, backend, version } = api(async () =>
  WebAssembly.compile(await readFile(new URL("./quickpickle.wasm", import.meta.url))),
);
