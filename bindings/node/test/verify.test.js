// What a user of the package sees.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { backends, load, made, o1js } from "./package.js";

const { verify, check, verifyBatch, prepare, networks, checkObject, init, close, backend, version, ...errors } = await load();
const { proof, key } = o1js("n1-counter-depth1");
const altered = proof.replace('"publicInput":["100"', '"publicInput":["99"');
assert.notEqual(proof, altered);

/** What holds whatever computes. */
const tests = [];
const user = (what, work) => tests.push([what, work]);

user("every form of a proof and a key is taken", async () => {
  const proofs = [proof, Buffer.from(proof), JSON.parse(proof), { toJSON: () => JSON.parse(proof) }];
  const { data, hash } = JSON.parse(key);
  const keys = [key, Buffer.from(key), { data, hash }, { data, hash: { toJSON: () => hash } }, data, JSON.stringify({ data, hash })];
  for (const form of proofs) assert.equal(await verify(form, key), true);
  for (const form of keys) assert.equal(await verify(proof, form), true);
  for (const form of proofs.slice(1)) assert.equal(await verify(form, o1js("n0-arith").key), false);
});

user("what is not valid is false, and check says why", async () => {
  assert.equal(await verify(altered, key), false);
  assert.equal(await verify("{}", key), false);
  assert.equal((await check(proof, key)).verdict, "valid");
  const rejected = await check(altered, key);
  assert.deepEqual([rejected.verdict, rejected.valid], ["rejected", false]);
  assert.match(rejected.reason, /opening/);
  assert.equal((await check("{}", key)).verdict, "malformed");
});

user("a key that cannot be used is an error, and so is a value of another type", async () => {
  const { data } = JSON.parse(key);
  const unusable = ["", "{}", data.slice(1), { data, hash: "1" }, new Uint8Array(3)];
  for (const form of unusable) await assert.rejects(verify(proof, form), errors.KeyError);
  await assert.rejects(prepare(key, { inputLength: "one" }), errors.KeyError);
  await assert.rejects(prepare(key, { nonsense: true }), errors.KeyError);
  for (const value of [undefined, null, 1, () => 1]) {
    await assert.rejects(verify(value, key), errors.InputError);
    await assert.rejects(verify(proof, value), errors.InputError);
  }
  const loop = {};
  loop.loop = loop;
  await assert.rejects(verify(loop, key), errors.InputError);
});

user("a prepared key binds what a proof does not", async () => {
  const { hash } = JSON.parse(key);
  const right = await prepare(key, { hash, inputLength: 1, outputLength: 1 });
  assert.equal(await right.verify(proof), true);
  const wrong = await prepare(key, { inputLength: 2, outputLength: 0 });
  assert.deepEqual((await wrong.check(proof)).verdict, "input");
  assert.equal(await wrong.verify(proof), false);
  await assert.rejects(prepare(key, { hash: "1" }), errors.KeyError);
  // After its memory is given back, it is prepared again.
  right.free();
  right.free();
  assert.equal(await right.verify(proof), true);
  // At whatever step of a verification that comes.
  for (let steps = 0; steps < 6; steps++) {
    const verdict = right.verify(proof);
    for (let step = 0; step < steps; step++) await undefined;
    right.free();
    assert.equal(await verdict, true);
  }
});

user("there may be more keys than are kept", async () => {
  const keys = Array.from({ length: 20 }, (_, place) => key + " ".repeat(place));
  const answers = await Promise.all(keys.map((key) => check("{}", key)));
  assert(answers.every(({ verdict }) => verdict === "malformed"));
  assert.equal(await verify(proof, keys[0]), true);
});

user("bytes are read as they are at the call", async () => {
  const [own, rewritten] = [Buffer.from(proof), Buffer.from(altered)];
  const verdicts = [verify(own, key), verify(rewritten, key)];
  own.fill(0);
  rewritten.fill(0);
  rewritten.write(proof);
  assert.deepEqual(await Promise.all(verdicts), [true, false]);
});

user("a batch answers each of its proofs", async () => {
  const other = o1js("n0-arith");
  const prepared = await prepare(key);
  const answers = await verifyBatch([
    { proof, verificationKey: key },
    { proof: altered, verificationKey: prepared },
    { proof: "no proof", verificationKey: key },
    { proof: other.proof, verificationKey: other.key },
  ]);
  assert.deepEqual(answers.map(({ verdict }) => verdict), ["valid", "rejected", "malformed", "valid"]);
  assert.deepEqual(answers.map(({ item }) => item), [0, 1, 2, 3]);
  assert.deepEqual((await prepared.verifyBatch([altered, proof])).map(({ valid }) => valid), [false, true]);
  assert.deepEqual(await verifyBatch([]), []);
});

user("networks' keys are in the module", async () => {
  const circuit = await prepare({ network: "mainnet", circuit: "blockchain" });
  assert.equal((await circuit.check(proof)).valid, false);
  await assert.rejects(prepare({ network: "none", circuit: "blockchain" }), errors.KeyError);
  assert.equal((await checkObject("[]"))[0].valid, false);
  assert.equal((await checkObject({ some: "thing" }))[0].verdict, "malformed");
  await assert.rejects(networks({ networkKeys: "no keys" }), errors.InputError);
});

for (const name of backends) {
  test(`with the backend ${name}`, async (context) => {
    await init(undefined, { backend: name });
    assert.equal(await backend(), name);
    assert.match(await version(), /^\d+\.\d+\.\d+/);
    for (const [what, work] of tests) await context.test(what, work);
  });
}

const skip = !backends.includes("wasm") && "nothing here compiles for WebAssembly";

test("an unwanted backend is an error", async () => {
  await assert.rejects(init(new Uint8Array(8), { backend: "native" }), errors.UnavailableError);
  await init(undefined, { backend: backends[0] });
  assert.equal(await verify(proof, key), true);
});

test("another module may be handed over, and a broken one is an error", { skip }, async () => {
  const bytes = await readFile(join(made("QUICKPICKLE_PACKAGE"), "quickpickle.wasm"));
  await assert.rejects(init(bytes.subarray(0, 1000)), errors.UnavailableError);
  await init(bytes);
  const prepared = await prepare(key);
  await init(await WebAssembly.compile(bytes));
  // The key is prepared anew, in the memory of the new instance.
  assert.equal(await prepared.verify(proof), true);
  assert.equal(await backend(), "wasm");
});

test("workers share the sums, and verdicts are the same without them", { skip }, async () => {
  const items = [proof, altered, "no proof"].map((proof) => ({ proof, verificationKey: key }));
  const verdicts = async () => (await verifyBatch(items)).map(({ verdict }) => verdict);
  await init(undefined, { backend: "wasm", workers: 2 });
  assert.deepEqual(await verdicts(), ["valid", "rejected", "malformed"]);
  // Two at a time: each has its own sums.
  assert.deepEqual(await Promise.all([verify(proof, key), verify(altered, key), verify(proof, key)]), [true, false, true]);
  await close();
  await close();
  assert.deepEqual(await verdicts(), ["valid", "rejected", "malformed"]);
  await init(undefined, { backend: "wasm" });
});

test("CommonJS has the same functions and knows the same errors", async () => {
  const common = createRequire(import.meta.url)(join(made("QUICKPICKLE_PACKAGE"), "index.cjs"));
  assert.equal(await common.verify(proof, key), true);
  const error = await common.verify(proof, "").catch((error) => error);
  assert(error instanceof common.KeyError && error instanceof common.QuickpickleError);
  assert(!(error instanceof common.InputError));
  const names = Object.keys(await load()).sort();
  assert.deepEqual(Object.keys(common).sort(), names);
});
