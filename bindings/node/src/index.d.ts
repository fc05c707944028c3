/** The word of a verdict: docs/verdicts.md tells what each means. Only `valid` accepts. */
export type Verdict = "valid" | "rejected" | "malformed" | "input" | "unavailable" | "unproven";

/** The verdict on a proof or an object. */
export interface Answer {
  verdict: Verdict;
  /** Whether the verdict is `valid`. */
  valid: boolean;
  /** Why not, where it is not valid. */
  reason?: string;
  /** The place of what was handed in. */
  item: number;
  /** Of Mina's objects: what it is, and what is known of it. */
  kind?: string;
  network?: string;
  /** Mina's own word for a refusal. */
  mina?: string;
  [detail: string]: unknown;
}

export type Bytes = ArrayBuffer | ArrayBufferView;

/** An o1js `Proof` object, or what its `toJSON` gives. */
export interface ProofObject {
  publicInput: unknown;
  publicOutput: unknown;
  maxProofsVerified: 0 | 1 | 2;
  proof: unknown;
}

/** An o1js `VerificationKey`, or its JSON. Where there is a hash it must be the key's. */
export interface KeyObject {
  data: string;
  hash?: unknown;
}

/** A proof as an object, as the text of its JSON, or as bytes. */
export type ProofInput = ProofObject | string | Bytes;

/** A key as an object, as the text of its JSON, as o1js's base64, or as bytes. */
export type KeyInput = KeyObject | string | Bytes;

/** The verification key of a circuit of Mina's networks, which is in the module. */
export interface NetworkCircuit {
  network: "mainnet" | "devnet";
  circuit: "blockchain" | "transaction";
}

/** What is known of the proofs of a key. */
export interface KeyOptions {
  /** What the key's hash must be. */
  hash?: string | bigint | { toString(): string };
  /** How many field elements the program's public input has. A proof does not bind it. */
  inputLength?: number;
  /** The same for its public output. */
  outputLength?: number;
  /** Each proof is a Kimchi fixture, which brings its key along. */
  fixtures?: boolean;
  /** A Kimchi circuit's gates are those of Mina's networks and o1js. */
  berkeley?: boolean;
  maxDomainLog2?: number;
  maxSrsLog2?: number;
  maxChunks?: number;
  maxPrevious?: number;
  maxStatement?: number;
}

export interface ProofOptions {
  /** What the proof is about, where its form does not hold that: field elements, or their JSON, or 32 bytes each. */
  statement?: readonly (string | number | bigint)[] | string | Bytes;
}

/** A key that is prepared once. */
export interface Key {
  /** `true` if the proof is valid. */
  verify(proof: ProofInput, options?: ProofOptions): Promise<boolean>;
  check(proof: ProofInput, options?: ProofOptions): Promise<Answer>;
  /** Many proofs at once, which costs less each. */
  verifyBatch(proofs: readonly ProofInput[]): Promise<Answer[]>;
  /** Gives its memory back at once, not when it is collected. It is prepared again if it is used again. */
  free(): void;
}

export interface NetworksOptions {
  /** The network that everything must be of. */
  network?: string;
  /** The protocol that zkApp commands must be of. */
  protocol?: "berkeley" | "mesa";
  /** Whether the commands in precomputed blocks are verified too. */
  commands?: boolean;
  /** Files of other networks' keys (docs/mina.md). */
  networkKeys?: string | Bytes | object | readonly (string | Bytes | object)[];
  /** Accounts with their verification keys, as a ledger has them before the commands. */
  accounts?: string | Bytes | readonly object[];
}

/** Networks with their keys, made ready once. */
export interface Networks {
  /** The verdicts on everything in an input: blocks, snark work, commands. */
  check(object: string | Bytes | object): Promise<Answer[]>;
  free(): void;
}

/**
 * Whether a proof is valid, as o1js's `verify` answers. A key that cannot be used is a `KeyError`, a check that cannot be made an
 * `UnavailableError`.
 */
export function verify(proof: ProofInput, verificationKey: KeyInput | Key): Promise<boolean>;

/** The verdict on a proof, and the reason. */
export function check(proof: ProofInput, verificationKey: KeyInput | Key, options?: ProofOptions): Promise<Answer>;

/** Many proofs of any keys at once: an answer for each, in their order. */
export function verifyBatch(
  items: readonly ({ proof: ProofInput; verificationKey: KeyInput | Key } & ProofOptions)[],
): Promise<Answer[]>;

/** Prepares a key. */
export function prepare(key: KeyInput | NetworkCircuit, options?: KeyOptions): Promise<Key>;

/** The networks whose keys are in the module, and what the options add. */
export function networks(options?: NetworksOptions): Promise<Networks>;

/** The verdicts on what Mina's networks send: blocks, snark work, commands, in any form. */
export function checkObject(object: string | Bytes | object, options?: NetworksOptions): Promise<Answer[]>;

export interface InitOptions {
  /**
   * How many workers share the sums that a verification spends its time with, each with an instance of the module. They are for WebAssembly:
   * the addon has threads of its own. Where there may be none, or one fails, its part is summed on the caller's thread.
   */
  workers?: number;
  /** What must compute; otherwise the addon, where there is one, and no module was handed over. */
  backend?: "wasm" | "native";
}

/**
 * Makes ready what computes, before it is first needed: with a module from elsewhere (an address, a response, bytes, a compiled module), with
 * workers. Called again, it takes the place of what computed before.
 */
export function init(source?: unknown, options?: InitOptions): Promise<void>;

/** Ends the workers. Verification goes on without them. */
export function close(): Promise<void>;

/** What computes: the addon, or WebAssembly. */
export function backend(): Promise<"wasm" | "native">;

/** The version of the library. */
export function version(): Promise<string>;

/** Why there is no verdict. A proof that is wrong is no error: it has a verdict. */
export class QuickpickleError extends Error {
  readonly verdict: Verdict;
}
/** The verification key, or the options that came with it, cannot be used. */
export class KeyError extends QuickpickleError {}
/** What was handed in is nothing that can be read. */
export class InputError extends QuickpickleError {}
/** The check could not be made. */
export class UnavailableError extends QuickpickleError {}
