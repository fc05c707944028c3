// The functions of the package, over a module that each kind of surroundings loads in its own way.

import { InputError, KeyError, UnavailableError } from "./errors.js";
import { Instance } from "./instance.js";

const encoder = new TextEncoder();

/** Prepared keys that `verify` and `check` keep, by their text. */
const KEPT_KEYS = 16;

/**
 * The bytes of text, of bytes, or of the JSON of any other value: o1js's proofs and keys write themselves so.
 * @param {unknown} input
 * @param {string} what
 */
function bytesOf(input, what) {
  if (typeof input === "string") return encoder.encode(input);
  if (input instanceof ArrayBuffer) return new Uint8Array(input);
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  if (typeof input === "object" && input !== null) {
    try {
      const text = JSON.stringify(input);
      if (typeof text === "string") return encoder.encode(text);
    } catch (error) {
      throw new InputError("input", `${what} cannot be written as JSON`, { cause: error });
    }
  }
  throw new InputError("input", `${what} is neither text, nor bytes, nor an object`);
}

/** Options in the names of the C interface: `inputLength` is `input_length` there. */
function optionBytes(options) {
  const renamed = Object.entries(options ?? {}).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    name === "hash" && value !== undefined ? String(value) : value,
  ]);
  return encoder.encode(JSON.stringify(Object.fromEntries(renamed)));
}

function statementBytes(statement) {
  if (statement === undefined) return null;
  if (!Array.isArray(statement)) return bytesOf(statement, "the statement");
  return encoder.encode(JSON.stringify(statement.map(String)));
}

/**
 * @param {() => Promise<WebAssembly.Module>} load
 */
export function api(load) {
  /** @type {Promise<WebAssembly.Module> | undefined} */
  let module;
  /** @type {Promise<Instance> | undefined} */
  let instance;

  async function compiled() {
    try {
      return await (module ??= load());
    } catch (error) {
      // The next call tries again: a network may be back.
      module = undefined;
      throw new UnavailableError("unavailable", "the WebAssembly module could not be loaded", { cause: error });
    }
  }

  /** The instance, or a new one where it has failed. */
  async function current() {
    const made = (instance ??= compiled().then((module) => Instance.of(module)));
    const usable = await made.then(
      (made) => !made.failed,
      (error) => {
        if (instance === made) instance = undefined;
        throw error;
      },
    );
    if (usable) return made;
    // Another caller may have replaced it already.
    if (instance === made) instance = undefined;
    return current();
  }

  /** Something that lies in the memory of an instance. It is made again where that instance has failed. */
  class Held {
    #make;
    #free;
    #handle = 0;
    /** @type {Instance | undefined} */
    #of;

    constructor(make, free) {
      this.#make = make;
      this.#free = free;
    }

    async use() {
      const instance = await current();
      if (this.#of !== instance) {
        this.#handle = this.#make(instance);
        this.#of = instance;
        discarded.register(this, { instance, handle: this.#handle, free: this.#free }, this);
      }
      return { instance, handle: this.#handle };
    }

    release() {
      discarded.unregister(this);
      if (this.#of && !this.#of.failed) this.#of.run((exports) => exports[this.#free](this.#handle));
      this.#of = undefined;
    }
  }

  const discarded = new FinalizationRegistry(({ instance, handle, free }) => {
    if (!instance.failed) instance.run((exports) => exports[free](handle));
  });

  class Key {
    /** @type {Held} */
    #held;

    constructor(key, options) {
      const lent = [key, optionBytes(options)];
      const make = (instance) => {
        const { handle, refusal } = instance.handle(lent, (exports, error, ...lent) => exports.quickpickle_key_new(...lent, error));
        if (refusal !== null) throw new KeyError(refusal.verdict, refusal.reason);
        return handle;
      };
      this.#held = new Held(make, "quickpickle_key_free");
    }

    async prepare() {
      await this.#held.use();
      return this;
    }

    async check(proof, { statement } = {}) {
      const lent = [bytesOf(proof, "the proof"), statementBytes(statement)];
      const { instance, handle } = await this.#held.use();
      const answers = instance.lend(lent, (exports, ...lent) => exports.quickpickle_verify_proof(handle, ...lent));
      return instance.answers(answers)[0];
    }

    async verify(proof, options) {
      return accepted(await this.check(proof, options));
    }

    verifyBatch(proofs) {
      return verifyBatch(proofs.map((proof) => ({ proof, verificationKey: this })));
    }

    free() {
      this.#held.release();
    }

    /** For `verifyBatch`. */
    static held(key) {
      return key.#held;
    }
  }

  class Networks {
    /** @type {Held} */
    #held;

    constructor({ networkKeys = [], accounts = [], ...options } = {}) {
      const additions = [
        ...[networkKeys].flat().map((file) => ["quickpickle_known_add_network", bytesOf(file, "a network's keys")]),
        ...[accounts].flat().length > 0 ? [["quickpickle_known_add_account_keys", bytesOf(accounts, "the accounts")]] : [],
      ];
      const make = (instance) => {
        const made = instance.handle([optionBytes(options)], (exports, error, ...lent) => exports.quickpickle_known_new(...lent, error));
        if (made.refusal !== null) throw new InputError(made.refusal.verdict, made.refusal.reason);
        for (const [add, bytes] of additions) {
          const { refusal } = instance.handle([bytes], (exports, error, ...lent) => exports[add](made.handle, ...lent, error));
          if (refusal !== null) throw new InputError(refusal.verdict, refusal.reason);
        }
        return made.handle;
      };
      this.#held = new Held(make, "quickpickle_known_free");
    }

    async prepare() {
      await this.#held.use();
      return this;
    }

    async check(object) {
      const bytes = bytesOf(object, "the object");
      const { instance, handle } = await this.#held.use();
      const answers = instance.lend([bytes], (exports, ...lent) => exports.quickpickle_verify_object(handle, ...lent));
      return instance.answers(answers);
    }

    free() {
      this.#held.release();
    }
  }

  /** Whether an answer accepts. What could not be checked is an error: `false` says that a proof is not valid. */
  function accepted(answer) {
    if (answer.verdict === "unavailable") throw new UnavailableError(answer.verdict, answer.reason);
    return answer.valid;
  }

  /** The keys that were used last, the latest at the end. */
  const kept = new Map();

  async function keyOf(input) {
    if (input instanceof Key) return input;
    const bytes = bytesOf(input, "the verification key");
    const text = new TextDecoder("latin1").decode(bytes);
    const key = kept.get(text) ?? (await new Key(bytes).prepare());
    kept.delete(text);
    kept.set(text, key);
    if (kept.size > KEPT_KEYS) kept.delete(kept.keys().next().value);
    return key;
  }

  async function prepare(key, options) {
    if (typeof key === "object" && key !== null && "network" in key) return new Key(new Uint8Array(), { ...key, ...options }).prepare();
    return new Key(bytesOf(key, "the verification key"), options).prepare();
  }

  async function check(proof, verificationKey, options) {
    return (await keyOf(verificationKey)).check(proof, options);
  }

  async function verify(proof, verificationKey) {
    return accepted(await check(proof, verificationKey));
  }

  async function verifyBatch(items) {
    const read = items.map(({ proof, statement }) => [bytesOf(proof, "the proof"), statementBytes(statement)]);
    const keys = await Promise.all(items.map(({ verificationKey }) => keyOf(verificationKey)));
    const instance = await current();
    const handles = [];
    for (const key of keys) {
      const used = await Key.held(key).use();
      if (used.instance !== instance) throw new UnavailableError("unavailable", "the module stopped while keys were prepared");
      handles.push(used.handle);
    }
    const batch = instance.run((exports) => exports.quickpickle_batch_new());
    read.forEach((lent, item) => {
      instance.lend(lent, (exports, ...lent) => exports.quickpickle_batch_add_proof(batch, handles[item], ...lent));
    });
    const answers = instance.answers(instance.run((exports) => exports.quickpickle_batch_verify(batch)));
    instance.run((exports) => exports.quickpickle_batch_free(batch));
    return answers;
  }

  async function networks(options) {
    return new Networks(options).prepare();
  }

  /** Networks with the keys that are in the module, for `checkObject` without options. */
  let builtIn;

  async function checkObject(object, options) {
    const known = options === undefined ? await (builtIn ??= networks()) : await networks(options);
    const answers = await known.check(object);
    if (options !== undefined) known.free();
    return answers;
  }

  /** Loads a module from elsewhere, or the package's own before it is first used. */
  async function init(source) {
    if (source !== undefined) {
      module = moduleOf(source);
      instance = undefined;
    }
    await current();
  }

  async function backend() {
    await current();
    return "wasm";
  }

  async function version() {
    return (await current()).version;
  }

  return { init, verify, check, verifyBatch, prepare, networks, checkObject, backend, version };
}

/** A module of a module, bytes, a response, or an address. */
async function moduleOf(source) {
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
