// The page: takes files, hands them to a worker, and shows what comes back.

const worker = new Worker("worker.js", { type: "module" });
const answers = document.querySelector("#answers");
const state = document.querySelector("#state");

/** Rows that wait for their answer, by the number of what was sent. */
const rows = new Map();
let sent = 0;

function cell(row, text, className) {
  const cell = row.insertCell();
  cell.textContent = text;
  if (className) cell.className = className;
  return cell;
}

/** Fills a row; `strong` is the verdict's word. */
function show(row, { word, valid, reason, what, time }) {
  row.cells[1].replaceChildren(Object.assign(document.createElement("strong"), { textContent: word }));
  if (reason) row.cells[1].append(` ${reason}`);
  row.cells[1].className = valid === undefined ? "" : valid ? "valid" : "refused";
  row.cells[2].textContent = what ?? "";
  row.cells[3].textContent = time === undefined ? "" : `${time.toFixed(0)} ms`;
}

worker.onmessage = ({ data }) => {
  if (data.ready !== undefined) {
    state.textContent = `Version ${data.ready}, ready after ${data.time.toFixed(0)} ms.`;
    return;
  }
  if (data.failed !== undefined) {
    state.textContent = data.failed;
    return;
  }
  if (data.key !== undefined) document.querySelector("#key").textContent = data.key;
  const row = rows.get(data.number);
  if (row === undefined) return;
  const [first, ...others] = data.answers;
  show(row, first);
  // An input with several objects has a row for each.
  let last = row;
  for (const answer of others) {
    const next = answers.insertRow(last.sectionRowIndex + 1);
    for (const text of [row.cells[0].textContent, "", "", ""]) cell(next, text);
    show(next, answer);
    last = next;
  }
};
worker.onerror = ({ message }) => {
  state.textContent = `The verifier did not start: ${message}`;
};

async function take(files) {
  for (const file of files) {
    const row = answers.insertRow();
    for (const text of [file.name, "…", "", ""]) cell(row, text);
    const number = ++sent;
    rows.set(number, row);
    worker.postMessage({ number, bytes: await file.arrayBuffer() });
  }
}

document.body.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("over");
});
document.body.addEventListener("dragleave", () => document.body.classList.remove("over"));
document.body.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("over");
  take([...event.dataTransfer.files]);
});
document.querySelector("#files").addEventListener("change", ({ target }) => take([...target.files]));
document.querySelector("#example").addEventListener("click", async () => {
  const files = ["vk.json", "proof.json"].map(async (name) => new File([await (await fetch(name)).blob()], name));
  take(await Promise.all(files));
});

// Without a network the page is what it was: its files are kept. Where that is not to be had, it works with one.
if ("serviceWorker" in navigator) {
  navigator.serviceWorker.register("offline.js").then(
    async () => {
      await navigator.serviceWorker.ready;
      document.documentElement.dataset.offline = "ready";
    },
    () => {},
  );
}
