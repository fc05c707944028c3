// A worker of Node.

import { parentPort } from "node:worker_threads";
import { webcrypto } from "node:crypto";
import { fill } from "./image.js";
import { Instance } from "./instance.js";
import { serve } from "./workers.js";

globalThis.crypto ??= webcrypto;
parentPort.on("message", serve(Instance, (message) => parentPort.postMessage(message), fill));
