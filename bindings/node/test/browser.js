// A file server, and Chromium, for what is tried in a page.

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";

/** Chromium, where it is installed. */
export const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const types = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

/** A plain file server. */
export function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url, "http://localhost").pathname);
    const file = join(folder, path.endsWith("/") ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(readFileSync(file));
  });
  return new Promise((resolve) => server.listen(0, "localhost", () => resolve(server)));
}

/** Starts Chromium, and gives functions that talk to its one page over the DevTools protocol, on a pipe. */
export async function open(profile) {
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
  // Ends it and removes its profile, to which its other processes may write for a while.
  const close = async () => {
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill();
    await ended;
    await until("the end of the browser", async () => {
      rmSync(profile, { recursive: true, force: true });
      return true;
    });
  };
  return { send, evaluate, close };
}

/** Waits until something is there, a minute at most. */
export const until = async (what, condition) => {
  for (let waited = 0; waited < 60_000; waited += 50) {
    const value = await condition().catch(() => undefined);
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come`);
};
