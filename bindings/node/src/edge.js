// Edge runtimes, which compile modules when they are deployed and forbid it later. They have no workers.

import module from "./quickpickle.wasm";
import { api } from "./api.js";

export * from "./errors.js";
export const { init, verify, check, verifyBatch, prepare, networks, checkObject, backend, version, close } = api({
  load: async () => ({ module }),
});
