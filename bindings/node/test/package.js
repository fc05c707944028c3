// Where the package is, and what the tests hand to it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The repository. */
export const root = new URL("../../..", import.meta.url).pathname;

/** A file or folder that `cargo xtask npm --test` made. */
export function made(variable) {
  const path = process.env[variable];
  if (!path) throw new Error(`${variable} is not set: run cargo xtask npm --test`);
  return path;
}

/** What can compute here. */
export const backends = made("QUICKPICKLE_BACKENDS").split(",");

/** The package, from the folder that is packed. */
export const load = () => import(pathToFileURL(join(made("QUICKPICKLE_PACKAGE"), "node.js")));

export const read = (path) => readFileSync(join(root, path));

/** An o1js proof with its key, both as text. */
export function o1js(name) {
  const text = (file) => read(`tests/vectors/o1js/${name}/${file}`).toString();
  return { proof: text("proof.json"), key: text("vk.json") };
}
