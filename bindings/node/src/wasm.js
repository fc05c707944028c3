// The WebAssembly module as what computes, on the caller's thread or with workers.

import { Instance } from "./instance.js";
import { Workers } from "./workers.js";

/** @implements {import("./api.js").Engine} */
export class Wasm {
  backend = "wasm";
  /** @type {Instance} */
  #instance;
  /** @type {Workers | undefined} */
  #workers;

  /**
   * @param {import("./instance.js").Loaded} loaded
   * @param {number} [workers] how many workers share the sums over generators
   * @param {() => import("./workers.js").Connection} [spawn]
   * @param {import("./instance.js").Fill} [fill]
   */
  static async of(loaded, workers = 0, spawn, fill) {
    const made = new Wasm();
    made.#instance = await Instance.of(loaded, fill);
    if (workers > 0 && spawn !== undefined) made.#workers = await Workers.start(loaded, workers, spawn);
    return made;
  }

  get failed() {
    return this.#instance.failed;
  }

  get version() {
    return this.#instance.version;
  }

  key(key, options) {
    return this.#instance.handle([key, options], (exports, error, ...lent) => exports.quickpickle_key_new(...lent, error));
  }

  known(options) {
    return this.#instance.handle([options], (exports, error, ...lent) => exports.quickpickle_known_new(...lent, error));
  }

  addNetwork(known, file) {
    return this.#add("quickpickle_known_add_network", known, file);
  }

  addAccountKeys(known, accounts) {
    return this.#add("quickpickle_known_add_account_keys", known, accounts);
  }

  #add(name, known, bytes) {
    return this.#instance.handle([bytes], (exports, error, ...lent) => exports[name](known, ...lent, error)).refusal;
  }

  freeKey(key) {
    this.#instance.run((exports) => exports.quickpickle_key_free(key));
  }

  freeKnown(known) {
    this.#instance.run((exports) => exports.quickpickle_known_free(known));
  }

  async verify(items) {
    const instance = this.#instance;
    const batch = instance.run((exports) => exports.quickpickle_batch_new());
    for (const { key, proof, statement, known, input } of items) {
      if (known === undefined) {
        instance.lend([proof, statement], (exports, ...lent) => exports.quickpickle_batch_add_proof(batch, key, ...lent));
      } else {
        instance.lend([input], (exports, ...lent) => exports.quickpickle_batch_add_object(batch, known, ...lent));
      }
    }
    const answers = this.#workers === undefined
      ? instance.run((exports) => exports.quickpickle_batch_verify(batch))
      : await this.#workers.verify(instance, batch);
    instance.run((exports) => exports.quickpickle_batch_free(batch));
    return instance.answers(answers);
  }

  async close() {
    const workers = this.#workers;
    this.#workers = undefined;
    await workers?.close();
  }
}

/** A module of a module, bytes, a response, or an address. */
export async function moduleOf(source) {
  const given = await source;
  if (given instanceof WebAssembly.Module) return given;
  if (given instanceof ArrayBuffer || ArrayBuffer.isView(given)) return WebAssembly.compile(given);
  return compileResponse(given instanceof Response ? given : await fetch(given));
}

/** Compiles while the bytes arrive, where the server says what they are. */
export async function compileResponse(response) {
  if (!response.ok) throw new Error(`${response.url}: status ${response.status}`);
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("application/wasm")) return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}
