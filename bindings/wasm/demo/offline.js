// The service worker: keeps the page's files, and answers with them where the network does not.

const KEPT = "quickpickle-2";
const FILES = [
  "./", "page.css", "page.js", "worker.js", "vk.json", "proof.json", "verify/api.js", "verify/browser.js", "verify/errors.js",
  "verify/instance.js", "verify/wasm.js", "verify/workers.js", "verify/worker-browser.js", "verify/quickpickle.wasm",
];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || !event.request.url.startsWith(self.registration.scope)) return;
  event.respondWith(answer(event.request));
});

/** What the server has now, kept for later; without it, what is kept. */
async function answer(request) {
  const cache = await caches.open(KEPT);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request);
    if (kept) return kept;
    throw error;
  }
}
