// One instance of the WebAssembly module: memory, and what lies in it. The functions are those of the C interface
// (bindings/door/src/abi); pointers and lengths are numbers of 32 bits.

import { UnavailableError } from "./errors.js";

/** The version of the C interface that this is written for. */
const ABI_VERSION = 1;

const decoder = new TextDecoder();

/**
 * A module, and what its memory begins with where that is not in it.
 * @typedef {{ module: WebAssembly.Module, image?: import("./image.js").Image }} Loaded
 * @typedef {(image: import("./image.js").Image, memory: ArrayBuffer) => void} Fill
 */

export class Instance {
  #exports;
  /** What a panic said, before the trap that ends it. */
  #panic = "";
  /** After a trap nothing that lies in the memory can be trusted. */
  failed = false;

  /**
   * @param {Loaded} loaded
   * @param {Fill} [fill]
   */
  static async of({ module, image }, fill) {
    const made = new Instance();
    const imports = {
      quickpickle: {
        random: (pointer, length) => made.#random(pointer, length),
        panicked: (pointer, length) => {
          made.#panic = decoder.decode(made.#bytes(pointer, length));
        },
      },
    };
    const { exports } = await WebAssembly.instantiate(module, imports);
    made.#exports = exports;
    if (image !== undefined) fill(image, exports.memory.buffer);
    exports.quickpickle_initialize();
    const version = exports.quickpickle_abi_version();
    if (version !== ABI_VERSION) {
      throw new UnavailableError("unavailable", `the module has version ${version} of the interface, not ${ABI_VERSION}`);
    }
    return made;
  }

  /**
   * Calls exported functions. A trap ends the instance: what still waits with it ends too, and the next call takes a new one.
   * @template T
   * @param {(exports: any) => T} work
   * @returns {T}
   */
  run(work) {
    if (this.failed) throw new UnavailableError("unavailable", "the module stopped before");
    try {
      return work(this.#exports);
    } catch (error) {
      // Of a call in this one.
      if (this.failed) throw error;
      this.failed = true;
      const reason = this.#panic || String(error);
      throw new UnavailableError("unavailable", `the module stopped: ${reason}`, { cause: error });
    }
  }

  /** The version of the library. */
  get version() {
    const start = this.run((exports) => exports.quickpickle_version());
    const bytes = new Uint8Array(this.#exports.memory.buffer, start);
    return decoder.decode(bytes.slice(0, bytes.indexOf(0)));
  }

  /**
   * Lends bytes to a function, each as its pointer and its length; `null` as a null pointer.
   * @template T
   * @param {(Uint8Array | null)[]} lists
   * @param {(exports: any, ...pointersAndLengths: number[]) => T} work
   * @returns {T}
   */
  lend(lists, work) {
    return this.run((exports) => {
      const lent = [];
      for (const bytes of lists) {
        // Never of length 0, of which there is no memory.
        const pointer = bytes === null ? 0 : exports.quickpickle_allocate(bytes.length + 1);
        if (bytes !== null && pointer === 0) throw new Error("out of memory");
        lent.push([pointer, bytes]);
      }
      for (const [pointer, bytes] of lent) if (bytes !== null) this.#bytes(pointer, bytes.length).set(bytes);
      const result = work(exports, ...lent.flatMap(([pointer, bytes]) => [pointer, bytes?.length ?? 0]));
      for (const [pointer, bytes] of lent) if (bytes !== null) exports.quickpickle_release(pointer, bytes.length + 1);
      return result;
    });
  }

  /**
   * Lends bytes to a function that gives a handle, or 0 and the answer that says why not.
   * @param {(Uint8Array | null)[]} lists
   * @param {(exports: any, error: number, ...pointersAndLengths: number[]) => number} work
   * @returns {{ handle: number, refusal: import("./index.js").Answer | null }}
   */
  handle(lists, work) {
    return this.lend([new Uint8Array(4), ...lists], (exports, error, _, ...lent) => {
      const handle = work(exports, error, ...lent);
      if (handle !== 0) return { handle, refusal: null };
      const answers = new DataView(this.#exports.memory.buffer).getUint32(error, true);
      return { handle: 0, refusal: this.answers(answers)[0] };
    });
  }

  /**
   * Takes the answers of a handle, and frees it.
   * @param {number} handle
   * @returns {import("./index.js").Answer[]}
   */
  answers(handle) {
    return this.run((exports) => {
      const answers = [];
      const count = exports.quickpickle_answers_count(handle);
      const length = exports.quickpickle_allocate(4);
      for (let index = 0; index < count; index++) {
        const start = exports.quickpickle_answers_json(handle, index, length);
        const bytes = new DataView(exports.memory.buffer).getUint32(length, true);
        const said = JSON.parse(decoder.decode(this.#bytes(start, bytes)));
        // The word is for people; what decides is the number.
        const valid = exports.quickpickle_answers_verdict(handle, index) === VALID;
        answers.push({ ...said, valid, item: exports.quickpickle_answers_item(handle, index) });
      }
      exports.quickpickle_release(length, 4);
      exports.quickpickle_answers_free(handle);
      return answers;
    });
  }

  /** The sum that a job wants: whose generators, and the scalars, copied. */
  wanted(job) {
    return this.run((exports) => {
      const place = exports.quickpickle_allocate(8);
      const start = exports.quickpickle_job_wanted(job, place, place + 4);
      const view = new DataView(exports.memory.buffer);
      const [length, role] = [view.getUint32(place, true), view.getUint32(place + 4, true)];
      exports.quickpickle_release(place, 8);
      return { role, scalars: this.#bytes(start, length).slice() };
    });
  }

  /** Gives the parts of that sum; `false` where one is no point. */
  give(job, parts) {
    return this.lend([parts], (exports, pointer, length) => exports.quickpickle_job_give(job, pointer, length) !== 0);
  }

  /**
   * The bytes of a sum over the generators of an SRS from the place `first` on.
   * @param {number} role
   * @param {number} first
   * @param {Uint8Array} scalars
   */
  sum(role, first, scalars) {
    return this.lend([scalars, new Uint8Array(64)], (exports, pointer, length, sum) => {
      if (!exports.quickpickle_sum(role, first, pointer, length, sum)) throw new Error("no such sum");
      return this.#bytes(sum, 64).slice();
    });
  }

  #bytes(pointer, length) {
    return new Uint8Array(this.#exports.memory.buffer, pointer, length);
  }

  #random(pointer, length) {
    const bytes = this.#bytes(pointer, length);
    // No more than this many at once.
    for (let at = 0; at < length; at += 65536) {
      globalThis.crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, length)));
    }
  }
}

/** `QUICKPICKLE_VERDICT_VALID` of the C interface. */
const VALID = 1;
