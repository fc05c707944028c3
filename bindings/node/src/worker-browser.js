// A worker of a browser.

import { Instance } from "./instance.js";
import { serve } from "./workers.js";

const receive = serve(Instance, (message) => postMessage(message));
onmessage = ({ data }) => receive(data);
