// Measures this package beside o1js, each in processes of its own, in one run:
//
//   npm i o1js@2.15 quickpickle-verify-0.1.0.tgz     in a project of its own
//   node .../bindings/node/bench/beside-o1js.js PROJECT [RUNS]
//
// The first verdict is timed from the start of the process, the others from their call; memory is the most that was resident.
// Medians of all runs.

import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [project, runs = "3"] = process.argv.slice(2);
const vectors = new URL("../../../tests/vectors/o1js/n1-counter-depth1/", import.meta.url).pathname;

/** What a process of the project runs, with the package's name and the vectors' folder. */
const measure = `
  import { readFileSync } from "node:fs";
  const [name, vectors] = process.argv.slice(2);
  const { verify } = await import(name);
  const [proof, key] = ["proof.json", "vk.json"].map((file) => JSON.parse(readFileSync(vectors + file)));
  const times = [];
  for (let call = 0; call < 6; call++) {
    const begin = call === 0 ? 0 : performance.now();
    if ((await verify(proof, key)) !== true) throw new Error(name + " refuses a valid proof");
    times.push(performance.now() - begin);
  }
  const [first, ...warm] = times;
  console.log(JSON.stringify({ first, warm: warm.sort((a, b) => a - b)[2], memory: process.resourceUsage().maxRSS / 1024 }));
  process.exit(0);
`;

// In a file of the project, so that it finds the project's packages.
const program = join(project, "beside-o1js.mjs");
writeFileSync(program, measure);
process.on("exit", () => rmSync(program));

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1].toFixed(0);

console.log("package | first verdict, ms | warm, ms | memory, MiB");
for (const name of ["@quickpickle/verify", "o1js"]) {
  const results = Array.from({ length: Number(runs) }, () => {
    const said = execFileSync(process.execPath, [program, name, vectors], { encoding: "utf8" });
    return JSON.parse(said.trim().split("\n").at(-1));
  });
  const of = (field) => median(results.map((result) => result[field]));
  console.log(`${name} | ${of("first")} | ${of("warm")} | ${of("memory")}`);
}
