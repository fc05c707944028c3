// The addon as what computes: a package for each platform has it, which npm installs where it fits.

import { createRequire } from "node:module";
import { UnavailableError } from "./errors.js";

/** The version of the addon's functions that this is written for. */
const INTERFACE = 1;

/** @implements {import("./api.js").Engine} */
export class Native {
  backend = "native";
  /** A fault of the addon leaves nothing behind. */
  failed = false;
  #addon;

  constructor() {
    const abi = process.platform === "linux" ? "-gnu" : "";
    // One for another C library is not loaded.
    this.#addon = createRequire(import.meta.url)(`@quickpickle/verify-${process.platform}-${process.arch}${abi}`);
    const version = this.#addon.interface();
    if (version !== INTERFACE) throw new Error(`the addon has version ${version} of the interface, not ${INTERFACE}`);
  }

  get version() {
    return this.#addon.version();
  }

  key(key, options) {
    return made(called(() => this.#addon.key(key, options)));
  }

  known(options) {
    return made(called(() => this.#addon.known(options)));
  }

  addNetwork(known, file) {
    return refusalOf(called(() => this.#addon.addNetwork(known, file)));
  }

  addAccountKeys(known, accounts) {
    return refusalOf(called(() => this.#addon.addAccountKeys(known, accounts)));
  }

  freeKey(key) {
    this.#addon.free(key);
  }

  freeKnown(known) {
    this.#addon.free(known);
  }

  async verify(items) {
    const list = items.map(({ key, proof, statement, known, input }) =>
      known === undefined ? [key, proof, statement] : [known, input],
    );
    const said = await called(() => this.#addon.verify(list)).catch(unavailable);
    return JSON.parse(said).map(({ item, valid, answer }) => ({ ...answer, valid, item }));
  }

  async close() {}
}

/** A fault of the addon. */
function unavailable(error) {
  throw new UnavailableError("unavailable", error.message, { cause: error });
}

function called(work) {
  try {
    return work();
  } catch (error) {
    return unavailable(error);
  }
}

const refusalOf = (said) => (said === undefined ? null : JSON.parse(said));

const made = (said) => (typeof said === "number" ? { handle: said, refusal: null } : { handle: 0, refusal: refusalOf(said) });
