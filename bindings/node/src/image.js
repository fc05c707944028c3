// Node's way to load the module: the tables, which are most of it, go from the file to where they are used. Compiled along with the code, they
// would lie in memory three times.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";

/**
 * What a module's memory begins with: pieces of its file, which must still be the one that the code came from.
 * @typedef {{ path: string, identity: string, pieces: { address: number, length: number, at: number }[] }} Image
 */

const DATA_SECTION = 11;
const I32_CONST = 0x41;
const END = 0x0b;
/** An empty module: the magic number and the version. */
const PREAMBLE = 8;

/** Parts of a file, by their place. */
function reader(file) {
  return (at, length) => {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, at));
  };
}

/** Fills bytes from a place of a file. */
function readInto(bytes, file, at) {
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(file, bytes, done, bytes.length - done, at + done);
    if (read === 0) throw new Error("the file has become shorter");
    done += read;
  }
}

/** What is another where a file was written or replaced: a package may be installed anew while a program runs. */
function identityOf(file) {
  const { dev, ino, size, mtimeNs, ctimeNs } = fstatSync(file, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

/** The integer in LEB128 at a place, and the place after it. What is cut off there counts as zeros. */
function integer(bytes, at) {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value >>> 0, at];
  }
  throw new Error("an integer is too long");
}

/** An integer in LEB128, in five bytes. */
const encoded = (value) => Buffer.from([0, 7, 14, 21, 28].map((shift) => ((value >>> shift) & 0x7f) | (shift < 28 ? 0x80 : 0)));

/** The module in a file with nothing in its data segments, and what belongs there; it throws where the segments are of other kinds. */
function withoutData(file) {
  const read = reader(file);
  const { size } = fstatSync(file);
  // Of the new module: bytes, or parts of the file, of which the code is read but once.
  const parts = [{ at: 0, length: PREAMBLE }];
  const pieces = [];
  for (let at = PREAMBLE; at < size; ) {
    const head = read(at, 6);
    const [length, start] = integer(head, 1);
    const end = at + start + length;
    if (head[0] !== DATA_SECTION) {
      parts.push({ at, length: end - at });
      at = end;
      continue;
    }
    at += start;
    const [count, first] = integer(read(at, 5), 0);
    const body = [encoded(count)];
    at += first;
    for (let segment = 0; segment < count; segment++) {
      // Active, in the first memory, at a constant address: 0, i32.const, address, end, length.
      const head = read(at, 13);
      const [address, after] = integer(head, 2);
      if (head[0] !== 0 || head[1] !== I32_CONST || head[after] !== END) throw new Error("a data segment of another kind");
      const [length, start] = integer(head, after + 1);
      body.push(head.subarray(0, after + 1), encoded(0));
      pieces.push({ address, length, at: at + start });
      at += start + length;
    }
    if (at !== end) throw new Error("a data section of another length");
    const all = Buffer.concat(body);
    const bytes = Buffer.concat([Buffer.from([DATA_SECTION]), encoded(all.length), all]);
    parts.push({ bytes, length: bytes.length });
  }
  const length = parts.reduce((sum, { length }) => sum + length, 0);
  // It can be made smaller, so that its memory need not wait for the collector; Node 18 does not know that.
  const code = new Uint8Array(new ArrayBuffer(length, { maxByteLength: length }));
  let done = 0;
  for (const { bytes, at, length } of parts) {
    const place = code.subarray(done, (done += length));
    if (bytes) place.set(bytes);
    else readInto(place, file, at);
  }
  return { code, pieces };
}

/**
 * The module in a file.
 * @param {string} path
 * @returns {Promise<{ module: WebAssembly.Module, image?: Image }>}
 */
export async function load(path) {
  const file = openSync(path, "r");
  try {
    // Before it is read: what changes while it is read is noticed.
    const identity = identityOf(file);
    const { code, pieces } = withoutData(file);
    const module = await WebAssembly.compile(code);
    code.buffer.resize?.(0);
    return { module, image: { path, identity, pieces } };
  } catch {
    return { module: await WebAssembly.compile(await readFile(path)) };
  } finally {
    closeSync(file);
  }
}

/**
 * Fills the memory of a new instance.
 * @param {Image} image
 * @param {ArrayBuffer} memory
 */
export function fill({ path, identity, pieces }, memory) {
  const file = openSync(path, "r");
  try {
    if (identityOf(file) !== identity) throw new Error(`${path} is another file than at first`);
    for (const { address, length, at } of pieces) readInto(new Uint8Array(memory, address, length), file, at);
  } finally {
    closeSync(file);
  }
}
