// What becomes of a verification where a worker fails: a verdict never comes of it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, mock, test } from "node:test";
import { pathToFileURL } from "node:url";
import { backends, made, o1js } from "./package.js";

const skip = !backends.includes("wasm") && "nothing here compiles for WebAssembly";
const { proof, key } = o1js("n1-counter-depth1");
const altered = proof.replace('"publicInput":["100"', '"publicInput":["99"');
const bytes = (text) => Buffer.from(text);
const none = new Uint8Array(0);
let Wasm, Instance, serve, module;

before(async () => {
  if (skip) return;
  const part = (name) => import(pathToFileURL(join(made("QUICKPICKLE_PACKAGE"), name)));
  ({ Wasm } = await part("wasm.js"));
  ({ Instance } = await part("instance.js"));
  ({ serve } = await part("workers.js"));
  module = await WebAssembly.compile(await readFile(join(made("QUICKPICKLE_PACKAGE"), "quickpickle.wasm")));
});

/** A worker on this thread, whose answers may be altered on their way, and how often it was asked for a sum. */
function connection(alter) {
  const asked = { sums: 0, ended: false };
  let fail;
  const work = serve(Instance, (message) => {
    const altered = message.sum ? alter(message, fail, asked) : message;
    if (altered) asked.receive(altered);
  });
  const spawn = () => ({
    post(message) {
      if (message.scalars) asked.sums++;
      asked.role = message.role;
      setImmediate(() => work(message));
    },
    listen(to, failed) {
      [asked.receive, fail] = [to, failed];
    },
    hold() {},
    async end() {
      asked.ended = true;
    },
  });
  return { spawn, asked };
}

const check = async (engine, text = proof) =>
  (await engine.verify([{ key: engine.key(bytes(key), none).handle, proof: bytes(text), statement: null }]))[0];

/** The answer on a proof with one worker. */
async function verdict(alter, text) {
  const { spawn, asked } = connection(alter);
  const answer = await check(await Wasm.of({ module }, 1, spawn), text);
  return { ...answer, ...asked };
}

/** Lets what is ready run, until something holds. */
async function until(holds) {
  while (!holds()) await new Promise(setImmediate);
}

test("a worker's sums are used", { skip }, async () => {
  const { verdict: word, sums } = await verdict((message) => message);
  // One on each curve.
  assert.deepEqual([word, sums], ["valid", 2]);
});

test("what a worker fails to sum is summed by the caller", { skip }, async () => {
  const failures = {
    "it says that it failed": ({ number }) => ({ number, error: "out of memory" }),
    "it ends": (_, fail) => fail(new Error("ended")),
    "it gives too little": ({ number, sum }) => ({ number, sum: sum.slice(1) }),
    "it gives nothing": ({ number }) => ({ number }),
    "its point is not on the curve": ({ number, sum }) => ({ number, sum: sum.map((byte, place) => (place === 0 ? byte ^ 1 : byte)) }),
    "its point is not canonical": ({ number, sum }) => ({ number, sum: sum.map(() => 255) }),
    "its point is infinity": ({ number, sum }) => ({ number, sum: sum.map(() => 0) }),
  };
  for (const [what, alter] of Object.entries(failures)) assert.equal((await verdict(alter)).verdict, "valid", what);
  assert.equal((await verdict((_, fail) => fail(new Error("ended")))).sums, 1, "one that has ended is asked again");
});

test("a wrong sum makes no verdict", { skip }, async () => {
  // A point of the curve, but of other scalars.
  const other = await Instance.of({ module });
  const wrong = ({ number }, _, { role }) => ({ number, sum: other.sum(role, 0, new Uint8Array(32).fill(1)) });
  const { verdict: word, sums } = await verdict(wrong);
  assert.deepEqual([word, sums], ["valid", 2]);
  assert.equal((await verdict(wrong, altered)).verdict, "rejected");
  assert.equal((await verdict((message) => message, altered)).verdict, "rejected");
});

test("a worker that hangs is given up", { skip }, async () => {
  const { spawn, asked } = connection(() => undefined);
  const engine = await Wasm.of({ module }, 1, spawn);
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const answer = check(engine);
    await until(() => asked.sums === 1);
    mock.timers.tick(60_000);
    assert.equal((await answer).verdict, "valid");
  } finally {
    mock.timers.reset();
  }
  assert.deepEqual([asked.sums, asked.ended], [1, true]);
});

test("what waits when the module stops gets no verdict", { skip }, async () => {
  let late;
  const { spawn, asked } = connection((message) => void (late = message));
  const engine = await Wasm.of({ module }, 1, spawn);
  const answer = check(engine);
  await until(() => late !== undefined);
  // There is no memory at this address.
  assert.throws(() => engine.freeKey(0xffff_fff8), { name: "UnavailableError" });
  asked.receive(late);
  await assert.rejects(answer, { name: "UnavailableError", message: /stopped before/ });
  assert.throws(() => engine.key(bytes(key), none), { name: "UnavailableError" });
});

test("where there may be no workers there are none", { skip }, async () => {
  const engine = await Wasm.of({ module }, 2, () => {
    throw new Error("forbidden");
  });
  assert.equal((await check(engine)).verdict, "valid");
  await engine.close();
});
