// Browsers, their workers, and what bundlers make for them.

import { api, compileResponse } from "./api.js";

export * from "./errors.js";
export const { init, verify, check, verifyBatch, prepare, networks, checkObject, backend, version } = api(async () =>
  compileResponse(await fetch(new URL("./quickpickle.wasm", import.meta.url))),
);
