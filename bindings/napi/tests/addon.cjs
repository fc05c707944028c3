// The addon's functions, called as they are: node addon.cjs ADDON VECTORS

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { Worker, isMainThread } = require("node:worker_threads");

const [path, vectors] = process.argv.slice(2);
const loaded = { exports: {} };
process.dlopen(loaded, path);
const addon = loaded.exports;

const none = new Uint8Array(0);
const [proof, key] = ["proof.json", "vk.json"].map((name) => readFileSync(`${vectors}/${name}`));
const altered = Buffer.from(proof.toString().replace('"publicInput":["100"', '"publicInput":["99"'));
assert.notDeepEqual(altered, proof);

async function main() {
  assert.match(addon.version(), /^\d+\.\d+\.\d+$/);
  const handle = addon.key(key, none);
  assert.equal(typeof handle, "number");
  const known = addon.known(none);
  assert.notEqual(known, handle);
  // Why something was not taken is told in an answer.
  assert.equal(JSON.parse(addon.key(none, none)).verdict, "input");
  assert.equal(JSON.parse(addon.known(Buffer.from("{"))).verdict, "input");
  assert.equal(JSON.parse(addon.addNetwork(known, none)).verdict, "input");

  // The event loop goes on meanwhile.
  let turns = 0;
  const interval = setInterval(() => turns++, 0);
  const answers = JSON.parse(await addon.verify([[handle, proof], [handle, altered, null], [known, none], [handle, proof, none]]));
  clearInterval(interval);
  assert(turns > 0, "the event loop stood still");
  assert.deepEqual(answers.map(({ valid }) => valid), [true, false, false, false]);
  assert.deepEqual(answers.map(({ item }) => item), [0, 1, 2, 3]);
  assert.deepEqual(answers.map(({ answer }) => answer.verdict), ["valid", "rejected", "malformed", "input"]);
  assert.equal(await addon.verify([]), "[]");

  // What is freed while it is used, is used to the end; afterwards it is none.
  const running = addon.verify([[handle, proof]]);
  addon.free(handle);
  addon.free(handle);
  assert.equal(JSON.parse(await running)[0].valid, true);
  const next = addon.known(none);
  assert(next > known, "a number is used twice");
  addon.free(next);

  const wrong = [
    () => addon.verify([[handle, proof]]),
    () => addon.verify([[0, proof]]),
    () => addon.verify([[known + 1000, proof]]),
    () => addon.verify([[-1, proof]]),
    () => addon.verify([[1.5, proof]]),
    () => addon.verify([["1", proof]]),
    () => addon.verify([[known, "text"]]),
    () => addon.verify([[known, new Uint16Array(4)]]),
    () => addon.verify([[known]]),
    () => addon.verify([1]),
    () => addon.verify(),
    () => addon.key(),
    () => addon.key(key, {}),
    () => addon.addNetwork(0, none),
    () => addon.free({}),
  ];
  wrong.forEach((call, place) => assert.throws(call, Error, `call ${place} is taken`));
  addon.free(known);
}

// Each thread loads it anew.
if (isMainThread) {
  main()
    .then(() => new Promise((resolve, reject) => new Worker(__filename, { argv: [path, vectors] }).on("error", reject).on("exit", resolve)))
    .then((status) => {
      assert.equal(status, 0);
      console.log("all as it should be");
    });
} else {
  main();
}
