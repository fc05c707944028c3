// The functions of the package, over what computes: `wasm.js` or `native.js`.

import { InputError, KeyError, UnavailableError } from "./errors.js";
import { Wasm, moduleOf } from "./wasm.js";

const encoder = new TextEncoder();

/** Prepared keys that `verify` and `check` keep, by their text. */
const KEPT_KEYS = 16;

/**
 * The bytes of text, of bytes as they are now, or of the JSON of any other value: o1js's proofs and keys write themselves so.
 * @param {unknown} input
 * @param {string} what
 */
function bytesOf(input, what) {
  if (typeof input === "string") return encoder.encode(input);
  if (input instanceof ArrayBuffer) return new Uint8Array(input).slice();
  if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength).slice();
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

/** A key or networks, as they lie in what computes. @typedef {number} Handle */

/** What is to be verified: a proof with its key, or an object with the networks. @typedef {{ key: Handle, proof: Uint8Array, statement:
 * Uint8Array | null } | { known: Handle, input: Uint8Array }} Item */

/**
 * What computes. It may fail, by a fault of its own: then nothing that lies in it is used any more. `verify` has done with handles before it
 * first waits.
 * @typedef {object} Engine
 * @property {"wasm" | "native"} backend
 * @property {string} version
 * @property {boolean} failed
 * @property {(key: Uint8Array, options: Uint8Array) => Made} key
 * @property {(options: Uint8Array) => Made} known
 * @property {(known: Handle, file: Uint8Array) => Refusal | null} addNetwork
 * @property {(known: Handle, accounts: Uint8Array) => Refusal | null} addAccountKeys
 * @property {(key: Handle) => void} freeKey
 * @property {(known: Handle) => void} freeKnown
 * @property {(items: Item[]) => Promise<import("./index.js").Answer[]>} verify
 * @property {() => Promise<void>} close
 *
 * @typedef {import("./index.js").Answer} Refusal
 * @typedef {{ handle: Handle, refusal: Refusal | null }} Made
 */

/**
 * @param {object} surroundings
 * @param {() => Promise<import("./instance.js").Loaded>} surroundings.load loads the package's module
 * @param {import("./instance.js").Fill} [surroundings.fill] fills memory with what that is without
 * @param {() => Engine} [surroundings.native] the addon, where there may be one; it throws where there is none
 * @param {() => import("./workers.js").Connection} [surroundings.spawn] starts a worker, where that is allowed
 */
export function api({ load, fill, native, spawn }) {
  /** What `init` was asked for. */
  let wanted = {};
  /** @type {Promise<Engine> | undefined} */
  let engine;

  async function make({ source, workers, backend }) {
    if (backend !== "wasm" && source === undefined && native !== undefined) {
      try {
        return native();
      } catch (error) {
        if (backend === "native") throw new UnavailableError("unavailable", "the addon could not be loaded", { cause: error });
      }
    }
    if (backend === "native") throw new UnavailableError("unavailable", "there is no addon here");
    try {
      const loaded = source === undefined ? await load() : { module: await moduleOf(source) };
      return await Wasm.of(loaded, workers, spawn, fill);
    } catch (error) {
      if (error instanceof UnavailableError) throw error;
      throw new UnavailableError("unavailable", "the WebAssembly module could not be loaded", { cause: error });
    }
  }

  /** What computes, or a new one where it has failed. */
  async function current() {
    const made = (engine ??= make(wanted));
    const usable = await made.then(
      (made) => !made.failed,
      (error) => {
        // The next call tries again: a network may be back.
        if (engine === made) engine = undefined;
        throw error;
      },
    );
    if (usable) return made;
    // Another caller may have replaced it already.
    if (engine === made) {
      engine = undefined;
      made.then((made) => made.close());
    }
    return current();
  }

  /** Something that lies in what computes. It is made again where that was replaced, and where it was freed. */
  class Held {
    #make;
    #free;
    #handle = 0;
    /** @type {Engine | undefined} */
    #of;

    constructor(make, free) {
      this.#make = make;
      this.#free = free;
    }

    /** Its handle, which must be used at once: whoever waits first may find it freed. */
    on(engine) {
      if (this.#of !== engine) {
        this.release();
        this.#handle = this.#make(engine);
        this.#of = engine;
        discarded.register(this, { engine, handle: this.#handle, free: this.#free }, this);
      }
      return this.#handle;
    }

    release() {
      discarded.unregister(this);
      if (this.#of && !this.#of.failed) this.#of[this.#free](this.#handle);
      this.#of = undefined;
    }
  }

  /** Frees what nobody holds any more. Some edge runtimes tell nothing of that: there `free` alone gives memory back. */
  const discarded =
    typeof FinalizationRegistry === "undefined"
      ? { register() {}, unregister() {} }
      : new FinalizationRegistry(({ engine, handle, free }) => {
          if (!engine.failed) engine[free](handle);
        });

  class Key {
    /** @type {Held} */
    #held;

    constructor(key, options) {
      const said = optionBytes(options);
      const make = (engine) => {
        const { handle, refusal } = engine.key(key, said);
        if (refusal !== null) throw new KeyError(refusal.verdict, refusal.reason);
        return handle;
      };
      this.#held = new Held(make, "freeKey");
    }

    async prepare() {
      this.#held.on(await current());
      return this;
    }

    async check(proof, { statement } = {}) {
      const read = { proof: bytesOf(proof, "the proof"), statement: statementBytes(statement) };
      const engine = await current();
      return (await engine.verify([{ key: this.#held.on(engine), ...read }]))[0];
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
      const said = optionBytes(options);
      const additions = [
        ...[networkKeys].flat().map((file) => ["addNetwork", bytesOf(file, "a network's keys")]),
        ...[accounts].flat().length > 0 ? [["addAccountKeys", bytesOf(accounts, "the accounts")]] : [],
      ];
      const make = (engine) => {
        const made = engine.known(said);
        if (made.refusal !== null) throw new InputError(made.refusal.verdict, made.refusal.reason);
        for (const [add, bytes] of additions) {
          const refusal = engine[add](made.handle, bytes);
          if (refusal === null) continue;
          engine.freeKnown(made.handle);
          throw new InputError(refusal.verdict, refusal.reason);
        }
        return made.handle;
      };
      this.#held = new Held(make, "freeKnown");
    }

    async prepare() {
      this.#held.on(await current());
      return this;
    }

    async check(object) {
      const input = bytesOf(object, "the object");
      const engine = await current();
      return engine.verify([{ known: this.#held.on(engine), input }]);
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
    if (kept.size > KEPT_KEYS) {
      const [oldest, unused] = kept.entries().next().value;
      kept.delete(oldest);
      // Where it is still used, it is prepared again.
      unused.free();
    }
    return key;
  }

  async function prepare(key, options) {
    if (typeof key === "object" && key !== null && "network" in key) return new Key(new Uint8Array(), { ...key, ...options }).prepare();
    return new Key(bytesOf(key, "the verification key"), options).prepare();
  }

  async function check(proof, verificationKey, { statement } = {}) {
    const read = [bytesOf(proof, "the proof"), { statement: statementBytes(statement) ?? undefined }];
    return (await keyOf(verificationKey)).check(...read);
  }

  async function verify(proof, verificationKey) {
    return accepted(await check(proof, verificationKey));
  }

  async function verifyBatch(items) {
    const read = items.map(({ proof, statement }) => [bytesOf(proof, "the proof"), statementBytes(statement)]);
    const keys = await Promise.all(items.map(({ verificationKey }) => keyOf(verificationKey)));
    const engine = await current();
    return engine.verify(read.map(([proof, statement], item) => ({ key: Key.held(keys[item]).on(engine), proof, statement })));
  }

  async function networks(options) {
    return new Networks(options).prepare();
  }

  /** Networks with the keys that are in the module, for `checkObject` without options. */
  let builtIn;

  async function checkObject(object, options) {
    if (options === undefined) return (builtIn ??= new Networks()).check(object);
    const known = new Networks(options);
    try {
      return await known.check(object);
    } finally {
      known.free();
    }
  }

  /** Makes ready what computes, before it is first used or in place of what did so far. */
  async function init(source, { workers, backend } = {}) {
    if (source !== undefined || workers !== undefined || backend !== undefined) {
      const before = engine;
      engine = undefined;
      kept.clear();
      wanted = { source, workers, backend };
      await before?.then((before) => before.close(), () => {});
    }
    await current();
  }

  async function backend() {
    return (await current()).backend;
  }

  async function version() {
    return (await current()).version;
  }

  /** Ends the workers. What is verified afterwards is verified on the caller's thread. */
  async function close() {
    wanted = { ...wanted, workers: undefined };
    await (await current()).close();
  }

  return { init, verify, check, verifyBatch, prepare, networks, checkObject, backend, version, close };
}
