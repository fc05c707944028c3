// Measures this package beside o1js, each in processes of its own, in one run:
//
//   npm i o1js@2.15 quickpickle-verify-0.1.0.tgz quickpickle-verify-linux-x64-gnu-0.1.0.tgz     in a project of its own
//   node .../bindings/node/bench/beside-o1js.js PROJECT [RUNS [QUICKPICKLE]]
//
// QUICKPICKLE is the command as it is published, to be measured too.
// The first verdict is timed from the start of the process, and from the import of the package; the others from their call; memory is the
// most that was resident. Medians of all runs.

import { execFileSync, spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [project, runs = "3", program] = process.argv.slice(2);
const vectors = new URL("../../../tests/vectors/o1js/n1-counter-depth1/", import.meta.url).pathname;

/** What is measured, as it is imported, and what its `init` is given. */
const own = "@quickpickle/verify";
const measured = [
  ["addon", own, { backend: "native" }],
  ["WebAssembly", own, { backend: "wasm" }],
  ["WebAssembly, 2 workers", own, { backend: "wasm", workers: 2 }],
  ["o1js", "o1js", null],
];

/** What a process of the project runs. */
const measure = `
  import { readFileSync } from "node:fs";
  const [name, options, vectors] = process.argv.slice(2);
  const begin = performance.now();
  const { init, verify } = await import(name);
  if (options !== "null") await init(undefined, JSON.parse(options));
  const [proof, key] = ["proof.json", "vk.json"].map((file) => JSON.parse(readFileSync(vectors + file)));
  const times = [];
  for (let call = 0; call < 12; call++) {
    const begin = call === 0 ? 0 : performance.now();
    if ((await verify(proof, key)) !== true) throw new Error(name + " refuses a valid proof");
    times.push(performance.now() - begin);
  }
  const [first, ...warm] = times;
  const memory = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ first, imported: first - begin, warm: warm.sort((a, b) => a - b)[5], memory }));
  process.exit(0);
`;

/** The same of the command, which is given further proofs as lines. */
async function command() {
  const line = `${JSON.stringify(JSON.parse(readFileSync(`${vectors}proof.json`)))}\n`;
  const begin = performance.now();
  const child = spawn(program, ["verify", `${vectors}proof.json`, "-", "--window", "1", "--vk", `${vectors}vk.json`], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const valid = async () => {
    if (!(await lines.next()).value?.startsWith("valid ")) throw new Error("the command refuses a valid proof");
    return performance.now();
  };
  const first = (await valid()) - begin;
  // A line is answered when it is known that others follow.
  child.stdin.write(line + line);
  await valid();
  await valid();
  const warm = [];
  for (let call = 0; call < 11; call++) {
    const begin = performance.now();
    child.stdin.write(line);
    warm.push((await valid()) - begin);
  }
  const memory = readFileSync(`/proc/${child.pid}/status`, "latin1").match(/VmHWM:\s+(\d+)/)[1] / 1024;
  child.stdin.end();
  return { first, imported: first, warm: warm.sort((a, b) => a - b)[5], memory };
}

// In a file of the project, so that it finds the project's packages.
const file = join(project, "beside-o1js.mjs");
writeFileSync(file, measure);
process.on("exit", () => rmSync(file));

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1].toFixed(0);

console.log("what | first verdict, ms | from the import, ms | warm, ms | memory, MiB");
for (const [what, name, options] of program ? [["the command"], ...measured] : measured) {
  const results = [];
  for (let run = 0; run < Number(runs); run++) {
    if (name === undefined) {
      results.push(await command());
      continue;
    }
    const said = execFileSync(process.execPath, [file, name, JSON.stringify(options), vectors], { encoding: "utf8" });
    results.push(JSON.parse(said.trim().split("\n").at(-1)));
  }
  const of = (field) => median(results.map((result) => result[field]));
  console.log([what, of("first"), of("imported"), of("warm"), of("memory")].join(" | "));
}
