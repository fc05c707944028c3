// Tries the package in other surroundings than the tests do: other versions of Node, what bundlers make for a page, edge runtimes.
//
//   node bindings/node/test/surroundings.js PROJECT [NODE...]
//
// PROJECT is a folder where the packed packages are installed, and what is to be tried of webpack, webpack-cli, vite, esbuild, miniflare and
// edge-runtime. NODE are programs of other versions. Exits with 1 where something does not verify.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, open, serve, until } from "./browser.js";

const [folder, ...nodes] = process.argv.slice(2);
const project = resolve(folder);
const vectors = new URL("../../../tests/vectors/o1js/n1-counter-depth1/", import.meta.url).pathname;
const [proof, key] = ["proof.json", "vk.json"].map((name) => readFileSync(vectors + name, "utf8"));
const altered = proof.replace('"publicInput":["100"', '"publicInput":["99"');

/** What each tries, as an expression: the verdicts on a proof and on an altered one, and what computed. */
const tried = `Promise.all([verify(${JSON.stringify(proof)}, ${JSON.stringify(key)}), verify(${JSON.stringify(altered)}, ${JSON.stringify(key)}), backend()])`;
const wanted = (said, engine) => JSON.stringify(said) === JSON.stringify([true, false, engine]);

const work = mkdtempSync(join(tmpdir(), "quickpickle-tried-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
const has = (name) => existsSync(join(project, "node_modules", name));
const load = async (name) => import(pathToFileURL(createRequire(join(project, "package.json")).resolve(name)));
const run = (program, ...words) => execFileSync(program, words, { cwd: work, encoding: "utf8" });

async function attempt(what, engine, work) {
  const begin = performance.now();
  const said = await work().catch((error) => String(error.message ?? error));
  const holds = wanted(said, engine);
  if (!holds) process.exitCode = 1;
  console.log(`${holds ? "verifies" : "FAILS"} | ${what} | ${(performance.now() - begin).toFixed(0)} ms${holds ? "" : ` | ${JSON.stringify(said)}`}`);
}

// The installed packages, without what is beside them in the project.
cpSync(join(project, "node_modules/@quickpickle"), join(work, "node_modules/@quickpickle"), { recursive: true, dereference: true });
const own = join(work, "node_modules/@quickpickle/verify");

for (const node of [process.execPath, ...nodes]) {
  const version = run(node, "--version").trim();
  for (const engine of ["native", "wasm"]) {
    for (const workers of engine === "wasm" ? [0, 2] : [0]) {
      const options = JSON.stringify({ backend: engine, workers });
      const body = `init(undefined, ${options}).then(() => ${tried}).then(async (said) => { await close(); console.log(JSON.stringify(said)); });`;
      const forms = { "module.mjs": `import { init, verify, backend, close } from "@quickpickle/verify";`, "common.cjs": `const { init, verify, backend, close } = require("@quickpickle/verify");` };
      for (const [name, head] of Object.entries(forms)) {
        writeFileSync(join(work, name), `${head}\n${body}`);
        await attempt(`Node ${version}, ${name}, ${engine}, ${workers} workers`, engine, async () => JSON.parse(run(node, name)));
      }
    }
  }
}

/** What a page that a bundler made says, in Chromium. */
async function inChromium(built) {
  const profile = mkdtempSync(join(tmpdir(), "quickpickle-chromium-"));
  const server = await serve(built);
  const page = await open(profile);
  try {
    await page.send("Page.navigate", { url: `http://localhost:${server.address().port}/` });
    return JSON.parse(await until("the verdicts", () => page.evaluate("document.title.startsWith('[') && document.title")));
  } finally {
    await page.close();
    server.close();
  }
}

for (const workers of [0, 2]) {
  const source = join(work, `page${workers}`);
  mkdirSync(source);
  writeFileSync(join(source, "package.json"), '{ "type": "module" }');
  const main = `import { init, verify, backend } from "@quickpickle/verify";
    init(globalThis.moduleAt, { workers: ${workers} }).then(() => ${tried}).then((said) => (document.title = JSON.stringify(said)), (error) => (document.title = JSON.stringify(String(error))));`;
  writeFileSync(join(source, "main.js"), main);
  const html = (script, before = "") => `<!doctype html><title></title>${before}<script type="module" src="${script}"></script>`;
  const bundlers = {
    async vite(output) {
      const { build } = await load("vite");
      writeFileSync(join(source, "index.html"), html("/main.js"));
      await build({ root: source, build: { outDir: output }, logLevel: "error" });
    },
    async webpack(output) {
      const { default: webpack } = await load("webpack");
      const options = { mode: "production", context: source, entry: "./main.js", output: { path: output, filename: "out.js" }, performance: { hints: false } };
      const stats = await new Promise((done, fail) => webpack(options, (error, stats) => (error ? fail(error) : done(stats))));
      if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
      writeFileSync(join(output, "index.html"), html("out.js"));
    },
    // It leaves addresses of files alone: the module's is handed over, and there are no workers.
    async esbuild(output) {
      const { build } = await load("esbuild");
      await build({ absWorkingDir: source, entryPoints: ["main.js"], bundle: true, format: "esm", outfile: join(output, "out.js"), logLevel: "error" });
      cpSync(join(own, "quickpickle.wasm"), join(output, "quickpickle.wasm"));
      writeFileSync(join(output, "index.html"), html("out.js", '<script>globalThis.moduleAt = "quickpickle.wasm"</script>'));
    },
  };
  for (const [name, build] of Object.entries(bundlers)) {
    if (!has(name) || !chromium) {
      console.log(`not here | ${name}`);
      continue;
    }
    const output = join(work, `${name}${workers}`);
    mkdirSync(output);
    await attempt(`${name}, in Chromium, ${workers} workers`, "wasm", async () => {
      await build(output);
      return inChromium(output);
    });
  }
}

if (has("miniflare")) {
  await attempt("workerd, which Cloudflare's workers run on", "wasm", async () => {
    const { Miniflare } = await load("miniflare");
    const worker = `import { verify, backend } from "./edge.js";
      export default { fetch: async () => Response.json(await ${tried}) };`;
    const files = ["edge.js", "api.js", "errors.js", "instance.js", "wasm.js", "workers.js"];
    const modules = [
      { type: "ESModule", path: "worker.js", contents: worker },
      ...files.map((path) => ({ type: "ESModule", path, contents: readFileSync(join(own, path), "utf8") })),
      { type: "CompiledWasm", path: "quickpickle.wasm", contents: readFileSync(join(own, "quickpickle.wasm")) },
    ];
    const flare = new Miniflare({ modules, compatibilityDate: "2025-01-01" });
    try {
      return await (await flare.dispatchFetch("http://localhost/")).json();
    } finally {
      await flare.dispose();
    }
  });
} else console.log("not here | miniflare");

if (has("edge-runtime") && has("esbuild")) {
  await attempt("edge-runtime, which Vercel's functions are tried on", "wasm", async () => {
    const [{ EdgeRuntime }, { build }] = [await load("edge-runtime"), await load("esbuild")];
    const entry = join(work, "edge-entry.js");
    writeFileSync(entry, `import { verify, backend } from "@quickpickle/verify";
      addEventListener("fetch", (event) => event.respondWith(${tried}.then((said) => Response.json(said))));`);
    // The module is compiled when the function is deployed.
    const deployed = { name: "module", setup: (build) => {
      build.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path, namespace: "deployed" }));
      build.onLoad({ filter: /.*/, namespace: "deployed" }, () => ({ contents: "export default globalThis.deployedModule;" }));
    } };
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: "iife", conditions: ["edge-light"], plugins: [deployed], write: false, logLevel: "error" });
    const module = await WebAssembly.compile(readFileSync(join(own, "quickpickle.wasm")));
    const runtime = new EdgeRuntime({ initialCode: outputFiles[0].text, extend: (context) => Object.assign(context, { deployedModule: module }) });
    return (await runtime.dispatchFetch("http://localhost/")).json();
  });
} else console.log("not here | edge-runtime with esbuild");
