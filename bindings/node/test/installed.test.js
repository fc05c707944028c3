// The packed package, installed in a project of its own as a user installs it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { backends, made, root } from "./package.js";

const project = mkdtempSync(join(tmpdir(), "quickpickle-npm-"));
after(() => rmSync(project, { recursive: true, force: true }));

const run = (program, ...words) => execFileSync(program, words, { cwd: project, encoding: "utf8", timeout: 60_000 }).trim();
const vectors = JSON.stringify(join(root, "tests/vectors/o1js/n1-counter-depth1"));

test("it is installed offline and verifies, as a module and in CommonJS", () => {
  writeFileSync(join(project, "package.json"), '{ "private": true }');
  run("npm", "install", "--offline", "--no-audit", "--no-fund", "--silent", made("QUICKPICKLE_PACKED"), made("QUICKPICKLE_PACKED_ADDON"));
  writeFileSync(
    join(project, "module.mjs"),
    `import { readFileSync } from "node:fs";
     import { verify, backend, KeyError } from "@quickpickle/verify";
     const [proof, key] = ["proof.json", "vk.json"].map((file) => JSON.parse(readFileSync(${vectors} + "/" + file)));
     console.log(await backend(), await verify(proof, key), await verify(proof, "").catch((error) => error instanceof KeyError));`,
  );
  assert.equal(run("node", "module.mjs"), "native true true");
  writeFileSync(
    join(project, "common.cjs"),
    `const { readFileSync } = require("node:fs");
     const { verify } = require("@quickpickle/verify");
     const [proof, key] = ["proof.json", "vk.json"].map((file) => readFileSync(${vectors} + "/" + file, "utf8"));
     verify(proof, key).then(console.log);`,
  );
  assert.equal(run("node", "common.cjs"), "true");
});

test("without the addon, or with one that does not load, WebAssembly does it", { skip: !backends.includes("wasm") && "nothing here compiles for it" }, () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(project, "node_modules/@quickpickle/verify/package.json"), "utf8"));
  const name = Object.keys(optionalDependencies).find((name) => name.includes(process.arch));
  const addon = join(project, "node_modules", name);
  writeFileSync(join(addon, "quickpickle.node"), "no library");
  assert.equal(run("node", "module.mjs"), "wasm true true");
  rmSync(addon, { recursive: true });
  assert.equal(run("node", "module.mjs"), "wasm true true");
  // Workers that have nothing to do keep no program running.
  writeFileSync(
    join(project, "workers.mjs"),
    `import { readFileSync } from "node:fs";
     import { init, verify } from "@quickpickle/verify";
     await init(undefined, { workers: 2 });
     const [proof, key] = ["proof.json", "vk.json"].map((file) => readFileSync(${vectors} + "/" + file, "utf8"));
     console.log(await verify(proof, key));`,
  );
  assert.equal(run("node", "workers.mjs"), "true");
});
