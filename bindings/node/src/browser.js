// Browsers, their workers, and what bundlers make for them.

import { api } from "./api.js";
import { compileResponse } from "./wasm.js";

/** @returns {import("./workers.js").Connection} */
function spawn() {
  const worker = new Worker(new URL("./worker-browser.js", import.meta.url), { type: "module" });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(receive, fail) {
      worker.onmessage = ({ data }) => receive(data);
      worker.onmessageerror = () => fail(new Error("a worker's message could not be read"));
      worker.onerror = (event) => {
        event.preventDefault();
        fail(new Error(`a worker failed: ${event.message ?? "it did not start"}`));
      };
    },
    hold: () => {},
    end: async () => worker.terminate(),
  };
}

export * from "./errors.js";
export const { init, verify, check, verifyBatch, prepare, networks, checkObject, backend, version, close } = api({
  load: async () => ({ module: await compileResponse(await fetch(new URL("./quickpickle.wasm", import.meta.url))) }),
  spawn,
});
