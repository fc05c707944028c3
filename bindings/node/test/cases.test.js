// The table of cases that runs through every binding.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { backends, load, root } from "./package.js";

const { prepare, networks, init, backend } = await load();

/** The bytes of a source: a path, text, or a file with something replaced; or `null` where a vector is not there. */
function bytes(source) {
  if (typeof source === "object" && source.text !== undefined) return Buffer.from(source.text);
  const { file, replace } = typeof source === "string" ? { file: source } : source;
  const path = join(root, file);
  if (file.startsWith("../shared/") && !existsSync(path)) return null;
  let content = readFileSync(path);
  if (path.endsWith(".gz")) content = gunzipSync(content);
  if (!replace) return content;
  const altered = content.toString().replace(replace[0], () => replace[1]);
  assert.notEqual(altered, content.toString(), `${file} has nothing to replace`);
  return Buffer.from(altered);
}

/** Options in the names of this package. */
const renamed = (options = {}) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name.replace(/_(.)/g, (_, letter) => letter.toUpperCase()), value]),
  );

function compare(what, answer, expected) {
  for (const [field, value] of Object.entries(expected)) {
    if (field === "reason") assert(answer.reason?.includes(value), `${what}: ${JSON.stringify(answer)}`);
    else assert.deepEqual(answer[field], value, `${what}: ${field}: ${JSON.stringify(answer)}`);
  }
  assert.equal(answer.valid, expected.verdict === "valid", what);
}

async function judge(expected) {
  if (expected.key !== undefined) {
    // An empty key is one that the options name.
    const { network, circuit, ...options } = renamed(expected.options);
    const named = network === undefined && circuit === undefined ? bytes(expected.key) : { network, circuit };
    return prepare(named, options);
  }
  return networks({
    ...renamed(expected.known),
    ...(expected.networks && { networkKeys: bytes(expected.networks) }),
    ...(expected.accounts && { accounts: bytes(expected.accounts) }),
  });
}

const cases = JSON.parse(readFileSync(join(root, "bindings/cases.json")));
assert(cases.length > 20, `${cases.length} cases`);

async function answer(expected, input) {
  if (expected.refused) {
    const error = await judge(expected).then(() => assert.fail(`${expected.what} is not refused`), (error) => error);
    assert.equal(error.verdict, expected.refused.verdict, error.message);
    if (expected.refused.reason) assert(error.message.includes(expected.refused.reason), error.message);
    return;
  }
  const options = expected.statement === undefined ? undefined : { statement: bytes(expected.statement) };
  const answers = [await (await judge(expected)).check(bytes(input), options)].flat();
  assert.equal(answers.length, expected.answers.length, JSON.stringify(answers));
  answers.forEach((answer, place) => compare(expected.what, answer, expected.answers[place]));
}

for (const name of backends) {
  test(`the cases with the backend ${name}`, async (context) => {
    await init(undefined, { backend: name });
    assert.equal(await backend(), name);
    for (const expected of cases) {
      const input = expected.proof ?? expected.object;
      const missing = input !== undefined && bytes(input) === null;
      await context.test(expected.what, { skip: missing && "its vector is not here" }, () => answer(expected, input));
    }
  });
}
