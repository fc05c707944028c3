// The page, in a real browser: served as files, used, and used again without the server.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { test } from "node:test";
import { made, o1js } from "./package.js";

const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

/** A plain file server. */
function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, "localhost", () => resolve(server)));
}

/** Starts Chromium, and gives functions that talk to its one page over the DevTools protocol, on a pipe. */
async function open(profile) {
  const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--remote-debugging-pipe"];
  flags.push("--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1000,900");
  const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"];
  const process = spawn(chromium, [...flags, `--user-data-dir=${profile}`, "about:blank"], { stdio });
  const waiting = new Map();
  let unread = "";
  process.stdio[4].setEncoding("utf8").on("data", (chunk) => {
    const messages = (unread + chunk).split("\0");
    unread = messages.pop();
    for (const { id, result, error } of messages.map((message) => JSON.parse(message))) {
      waiting.get(id)?.(error ? Promise.reject(new Error(error.message)) : result);
      waiting.delete(id);
    }
  });
  let next = 0;
  const call = (method, params, sessionId) =>
    new Promise((resolve) => {
      waiting.set(++next, resolve);
      process.stdio[3].write(`${JSON.stringify({ id: next, method, params, sessionId })}\0`);
    });
  const target = await until("the page's target", async () => {
    const { targetInfos } = await call("Target.getTargets");
    return targetInfos.find(({ type }) => type === "page");
  });
  const { sessionId } = await call("Target.attachToTarget", { targetId: target.targetId, flatten: true });
  const send = (method, params = {}) => call(method, params, sessionId);
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  const close = () => {
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill();
    return ended;
  };
  return { send, evaluate, close };
}

const until = async (what, condition) => {
  for (let waited = 0; waited < 60_000; waited += 50) {
    const value = await condition().catch(() => undefined);
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come`);
};

const skip = !chromium && "no Chromium here";

test("the page gives verdicts on dropped files, with the server and without", { skip, timeout: 180_000 }, async () => {
  const profile = mkdtempSync(join(tmpdir(), "quickpickle-chromium-"));
  const server = await serve(made("QUICKPICKLE_DEMO"));
  const page = await open(profile);
  try {
    const address = `http://localhost:${server.address().port}/`;
    await page.send("Page.navigate", { url: address });
    await until("the page", () => page.evaluate("document.readyState === 'complete' && location.protocol === 'http:'"));

    const { proof, key } = o1js("n1-counter-depth1");
    const altered = proof.replace('"publicInput":["100"', '"publicInput":["99"');
    const drop = (files) =>
      page.evaluate(`(() => {
        const transfer = new DataTransfer();
        for (const [name, text] of ${JSON.stringify(files)}) transfer.items.add(new File([text], name));
        document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
      })()`);
    const rows = () => page.evaluate("[...document.querySelectorAll('#answers tr')].map((row) => row.innerText.split('\\t'))");
    const verdict = (name) =>
      until(name, async () => (await rows()).find((row) => row[0].includes(name) && !/…|^waits/.test(row[1])));

    await drop([["proof.json", proof], ["vk.json", key], ["altered.json", altered], ["nonsense.json", "{}"]]);
    assert.match((await verdict("vk.json"))[1], /key/);
    assert.match((await verdict("proof.json"))[1], /^valid/);
    assert.match((await verdict("altered.json"))[1], /^rejected/);
    assert.match((await verdict("nonsense.json"))[1], /^malformed/);
    const { data } = await page.send("Page.captureScreenshot");
    if (process.env.QUICKPICKLE_SCREENSHOT) writeFileSync(process.env.QUICKPICKLE_SCREENSHOT, Buffer.from(data, "base64"));

    // All that it needs is kept by then; the server goes away.
    await until("its files", () => page.evaluate("document.documentElement.dataset.offline === 'ready'"));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await page.send("Page.navigate", { url: "about:blank" });
    await page.send("Page.navigate", { url: address });
    await until("the page without a server", () =>
      page.evaluate("document.readyState === 'complete' && document.querySelector('#answers') !== null"),
    );
    await drop([["again-vk.json", key], ["again.json", proof]]);
    assert.match((await verdict("again.json"))[1], /^valid/);
  } finally {
    await page.close();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
