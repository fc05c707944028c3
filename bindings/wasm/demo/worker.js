// Verifies what the page hands over, one file after the other.

import { KeyError, backend, checkObject, init, prepare, version } from "./verify/browser.js";

const MAX_FILE = 64 << 20;

/** The key of the last file that was one. */
let key;
/** Proofs that came before any key. */
const waiting = [];

const start = performance.now();
const ready = init().then(
  async () => postMessage({ ready: `${await version()} (${await backend()})`, time: performance.now() - start }),
  (error) => postMessage({ failed: `The verifier did not start: ${error.message}` }),
);

/** Whether text is that of a proof of a program, which takes a key. */
function isProgramProof(text) {
  try {
    const value = JSON.parse(text);
    return typeof value?.proof === "string" && Array.isArray(value.publicInput);
  } catch {
    return false;
  }
}

/** Unpacks gzip. */
async function unpacked(bytes) {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const row = ({ verdict, valid, reason, kind, network, height, state_hash: stateHash, hash }, what, time) => {
  const facts = [kind ?? what, network, height && `height ${height}`, stateHash ?? hash].filter(Boolean);
  return { word: verdict, valid, reason, what: facts.join(", "), time };
};

async function proof(number, bytes) {
  if (key === undefined) {
    waiting.push([number, bytes]);
    return [{ word: "waits", reason: "for the key of its program", what: "proof of an o1js program" }];
  }
  const begin = performance.now();
  const answer = await key.check(bytes);
  return [row(answer, "proof of an o1js program", performance.now() - begin)];
}

async function answersTo(number, given) {
  if (given.byteLength > MAX_FILE) return [{ word: "malformed", valid: false, reason: `larger than ${MAX_FILE} bytes` }];
  const bytes = await unpacked(new Uint8Array(given));
  if (isProgramProof(new TextDecoder().decode(bytes))) return proof(number, bytes);
  const begin = performance.now();
  try {
    key = await prepare(bytes);
    return [{ word: "key", reason: "taken for the proofs that follow", what: "verification key", time: performance.now() - begin }];
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
  }
  const objects = performance.now();
  const answers = await checkObject(bytes);
  const time = performance.now() - objects;
  return answers.map((answer) => row(answer, "", time));
}

let last = ready;
onmessage = ({ data: { number, bytes } }) => {
  last = last.then(async () => {
    const before = key;
    try {
      const answers = await answersTo(number, bytes);
      postMessage({ number, answers, ...(key !== before && { key: "A key is at hand; the next key that is dropped takes its place." }) });
      if (key !== before) for (const [number, bytes] of waiting.splice(0)) postMessage({ number, answers: await proof(number, bytes) });
    } catch (error) {
      postMessage({ number, answers: [{ word: "unavailable", valid: false, reason: error.message }] });
    }
  });
};
