"use strict";
// CommonJS: the same module, which is loaded at the first call. Every function gives a promise anyway.

const loaded = () => import("./node.js");

for (const name of ["init", "verify", "check", "verifyBatch", "prepare", "networks", "checkObject", "backend", "version", "close"]) {
  exports[name] = async (...values) => (await loaded())[name](...values);
}

// The errors that are thrown are of the other module's classes: these recognise them, subclasses included.
function recognise(name, names) {
  exports[name] = class extends Error {
    static [Symbol.hasInstance](error) {
      return error instanceof Error && names.includes(error.name);
    }
  };
}
const subclasses = ["KeyError", "InputError", "UnavailableError"];
subclasses.forEach((name) => recognise(name, [name]));
recognise("QuickpickleError", ["QuickpickleError", ...subclasses]);
