// Workers that share the sums over generators, each with an instance of its own: no memory is shared. The caller's instance decides; a part
// that a worker does not give is summed there.

import { UnavailableError } from "./errors.js";

/** Bytes of a scalar, and of a point. */
const SCALAR = 32;
const POINT = 64;

/** A worker that has not answered after so long, in milliseconds, is given up: a part takes it less than a second. */
const PATIENCE = 60_000;

/**
 * A worker, however these surroundings have them.
 * @typedef {object} Connection
 * @property {(message: object, transfer?: ArrayBuffer[]) => void} post
 * @property {(receive: (message: any) => void, fail: (error: Error) => void) => void} listen
 * @property {(isBusy: boolean) => void} hold whether the process goes on for it
 * @property {() => Promise<unknown>} end
 */

class Worker {
  #connection;
  /** What is waited for, by number. */
  #waiting = new Map();
  #last = 0;
  /** Why it is not asked any more. @type {Error | undefined} */
  failure;

  /** @param {Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    const receive = ({ number, sum, error }) => {
      const waits = this.#waiting.get(number);
      if (error === undefined) waits?.resolve(sum);
      else waits?.reject(new Error(error));
    };
    connection.listen(receive, (error) => this.#fail(error));
  }

  #fail(error) {
    this.failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.failure);
    this.#connection.end().catch(() => {});
  }

  /** What the worker says to a message. */
  async ask(message, transfer) {
    if (this.failure) throw this.failure;
    const number = ++this.#last;
    this.#connection.hold(true);
    let timer;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(number, { resolve, reject });
        timer = setTimeout(() => this.#fail(new Error("a worker does not answer")), PATIENCE);
        this.#connection.post({ ...message, number }, transfer);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(number);
      if (this.#waiting.size === 0) this.#connection.hold(false);
    }
  }

  close() {
    this.#fail(new Error("the workers were closed"));
    return this.#connection.end();
  }
}

export class Workers {
  #workers;

  constructor(workers) {
    this.#workers = workers;
  }

  /**
   * Starts so many workers, or as many as there may be; `undefined` where there may be none.
   * @param {import("./instance.js").Loaded} loaded
   * @param {number} count
   * @param {() => Connection} spawn
   */
  static async start(loaded, count, spawn) {
    const start = async () => {
      const worker = new Worker(spawn());
      await worker.ask({ loaded }).catch(async (error) => {
        await worker.close();
        throw error;
      });
      return worker;
    };
    const started = await Promise.allSettled(Array.from({ length: count }, start));
    const workers = started.filter(({ status }) => status === "fulfilled").map(({ value }) => value);
    return workers.length > 0 ? new Workers(workers) : undefined;
  }

  /**
   * Verifies a batch, and gives the handle of its answers.
   * @param {import("./instance.js").Instance} instance
   */
  async verify(instance, batch) {
    const job = instance.run((exports) => exports.quickpickle_job_new(batch));
    for (;;) {
      const answers = instance.run((exports) => exports.quickpickle_job_run(job));
      if (answers !== 0) {
        instance.run((exports) => exports.quickpickle_job_free(job));
        return answers;
      }
      const wanted = instance.wanted(job);
      if (instance.give(job, await this.#sum(instance, wanted))) continue;
      // A worker's point is none: all of it here.
      const own = instance.sum(wanted.role, 0, wanted.scalars);
      if (!instance.give(job, own)) throw new UnavailableError("unavailable", "the module does not take its own sum");
    }
  }

  /** The parts of a sum, one after the other. */
  async #sum(instance, { role, scalars }) {
    const workers = this.#workers.filter(({ failure }) => !failure);
    const each = SCALAR * Math.ceil(scalars.length / SCALAR / Math.max(workers.length, 1));
    const ranges = [];
    for (let start = 0; start < scalars.length; start += each) ranges.push([start, scalars.slice(start, start + each)]);
    const sums = ranges.map(async ([start, scalars], place) => {
      const first = start / SCALAR;
      try {
        const sum = await workers[place].ask({ role, first, scalars });
        if (sum?.length === POINT) return sum;
      } catch {
        // It is summed here.
      }
      return instance.sum(role, first, scalars);
    });
    const parts = new Uint8Array(POINT * ranges.length);
    (await Promise.all(sums)).forEach((sum, place) => parts.set(sum, POINT * place));
    return parts;
  }

  async close() {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

/**
 * What a worker does: it makes an instance of the module that comes first, and sums what comes then.
 * @param {typeof import("./instance.js").Instance} Instance
 * @param {(message: object) => void} post
 * @param {import("./instance.js").Fill} [fill]
 */
export function serve(Instance, post, fill) {
  let instance;
  return async ({ number, loaded, role, first, scalars }) => {
    try {
      if (loaded) {
        instance = await Instance.of(loaded, fill);
        post({ number });
      } else {
        post({ number, sum: instance.sum(role, first, scalars) });
      }
    } catch (error) {
      post({ number, error: String(error) });
    }
  };
}
