// Node, and what is like it.

import { webcrypto } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { api } from "./api.js";
import { fill, load } from "./image.js";
import { Native } from "./native.js";

// Node 18 has it only behind a flag.
globalThis.crypto ??= webcrypto;

/** @returns {import("./workers.js").Connection} */
function spawn() {
  const worker = new Worker(new URL("./worker-node.js", import.meta.url));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(receive, fail) {
      worker.on("message", receive);
      worker.on("messageerror", fail);
      worker.on("error", fail);
      worker.on("exit", (code) => fail(new Error(`a worker ended with status ${code}`)));
    },
    // A program ends where only idle workers are left.
    hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
    end: () => worker.terminate(),
  };
}

export * from "./errors.js";
export const { init, verify, check, verifyBatch, prepare, networks, checkObject, backend, version, close } = api({
  load: () => load(fileURLToPath(new URL("./quickpickle.wasm", import.meta.url))),
  fill,
  native: () => new Native(),
  spawn,
});
