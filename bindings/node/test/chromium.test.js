// The page, in a real browser: served as files, used, and used again without the server.

import assert from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { chromium, open, serve, until } from "./browser.js";
import { backends, made, o1js } from "./package.js";

const skip = (!chromium && "no Chromium here") || (!backends.includes("wasm") && "nothing here compiles for WebAssembly");

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

    // The package with workers, on the page itself.
    const shared = `(async () => {
      const { init, verify, close } = await import("./verify/browser.js");
      const started = [];
      const Plain = Worker;
      globalThis.Worker = class extends Plain {
        constructor(...given) {
          super(...given);
          started.push(0);
          this.addEventListener("message", ({ data }) => (started[0] += data.sum ? 1 : 0));
        }
      };
      await init(undefined, { workers: 2 });
      const verdicts = [await verify(${JSON.stringify(proof)}, ${JSON.stringify(key)}), await verify(${JSON.stringify(altered)}, ${JSON.stringify(key)})];
      await close();
      return [...verdicts, started.length, started[0]];
    })()`;
    // Two sums, half of each by each worker.
    assert.deepEqual(await page.evaluate(shared), [true, false, 2, 4]);

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
  }
});
