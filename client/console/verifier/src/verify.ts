#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
//
// The command. Only this file uses Node.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { Batch, BATCH_HELP } from "./batch.js";
import {
  type Entry,
  fromBase64,
  fromDecimal,
  fromHex,
  openNote,
  parseEntry,
  parseKey,
  parsePolicy,
  type Policy,
  policyOf,
  type ReadFile,
  readCheckpoint,
  Refused,
  shortKey,
  type SignedCheckpoint,
  type Signer,
  toBase64,
  toHex,
  verifyCheckpoint,
  verifyConsistency,
  verifyEntry,
  verifyFolder,
  verifyGrowth,
  verifyInclusion,
  verifyPayload,
  verifyProofFile,
  verifyReceipt,
} from "./library/index.js";

const HELP = `Usage: verify COMMAND ... TRUST

  note FILE                   a signed note
  checkpoint FILE             a checkpoint: the size and root of a log at one time
  receipt FILE                a .tlog-proof file: one entry is in the log
      [--entry FILE]          the entry, if the file does not carry it
      [--payload FILE --salt HEX]     what the entry commits to; the salt is kept with it
      [--leaf HASH]           the leaf hash instead: for a log that is not of Jejak
  folder DIR                  an exported log: every entry, tile and chain
      [--raw]                 entries are mere bytes: for a log that is not of Jejak
  inclusion --folder DIR --index N [--raw]      one entry of an exported log
  inclusion --index N --size N --leaf HASH --root HASH [HASH...]
  consistency OLD NEW --folder DIR    a checkpoint of before and a later one; NEW "-": the folder's
  consistency --old-size N --new-size N --old-root HASH --new-root HASH [HASH...]
  batch                       a request a line on the standard input; batch --help

TRUST says whom to believe, where signatures are checked:
  --policy FILE               a policy file (c2sp.org/tlog-policy), or
  --key KEY                   NAME+ID+BASE64, the key of the log; can be repeated
  --witness KEY               a witness, which must have cosigned; can be repeated

HASH is 64 hexadecimal digits or base64. What inclusion and consistency take as flags is not signed
by anybody: root and size must be from a checkpoint that was verified.

Exit codes: 0 verified, 1 refused, 2 wrong usage or a file cannot be read.
`;

/** The command line is wrong, or a file that it names cannot be read. */
class Usage extends Error {}

const OPTIONS = {
  entry: { type: "string" },
  folder: { type: "string" },
  help: { type: "boolean" },
  index: { type: "string" },
  key: { type: "string", multiple: true },
  leaf: { type: "string" },
  "new-root": { type: "string" },
  "new-size": { type: "string" },
  "old-root": { type: "string" },
  "old-size": { type: "string" },
  payload: { type: "string" },
  policy: { type: "string" },
  raw: { type: "boolean" },
  root: { type: "string" },
  salt: { type: "string" },
  size: { type: "string" },
  witness: { type: "string", multiple: true },
} as const;

type Option = keyof typeof OPTIONS;
const TRUST: readonly Option[] = ["policy", "key", "witness"];

/** A command line whose flags are all known to its command. */
class Arguments {
  readonly command: string | undefined;
  readonly words: readonly string[];
  readonly #values: Readonly<Partial<Record<Option, string | boolean | (string | boolean)[]>>>;

  constructor(args: string[]) {
    const { positionals, values } = parse(args);
    [this.command, ...this.words] = positionals;
    this.#values = values;
  }

  /** Refuses flags that the command would not look at, and another number of words. */
  expect(words: number | undefined, ...flags: readonly Option[]): void {
    for (const flag of Object.keys(this.#values) as Option[]) {
      if (!flags.includes(flag)) throw new Usage(`${this.command} does not take --${flag} here`);
    }
    if (words !== undefined && this.words.length !== words) {
      throw new Usage(`${this.command} takes ${words} names here, not ${this.words.length}`);
    }
  }

  has(flag: Option): boolean {
    return this.#values[flag] !== undefined;
  }

  text(flag: Option): string {
    const value = this.#values[flag];
    if (typeof value !== "string") throw new Usage(`--${flag} is missing`);
    return value;
  }

  list(flag: Option): string[] {
    return (this.#values[flag] ?? []) as string[];
  }

  number(flag: Option): bigint {
    return understood(() => fromDecimal(this.text(flag), `--${flag}`));
  }

  hash(flag: Option): Uint8Array {
    return hashOf(this.text(flag), `--${flag}`);
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}

/** What cannot be understood in a flag is wrong usage; nothing has been refused yet. */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof Refused ? new Usage(error.message) : error;
  }
}

function hashOf(text: string, what: string): Uint8Array {
  return understood(() => (text.length === 64 ? fromHex(text, what) : fromBase64(text, what)));
}

async function fileOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Usage(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function folderOf(folder: string): ReadFile {
  return async (path) => {
    try {
      return await readFile(join(folder, path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw new Usage(`${join(folder, path)} cannot be read: ${code}`);
    }
  };
}

async function policyFrom(given: Arguments): Promise<Policy> {
  if (given.has("policy")) {
    if (given.has("key") || given.has("witness")) {
      throw new Usage("--policy and --key or --witness exclude each other");
    }
    const file = await fileOf(given.text("policy"));
    return understood(() => parsePolicy(file));
  }
  if (!given.has("key")) throw new Usage("whose signature? Give --policy FILE or --key KEY");
  return understood(() =>
    policyOf(given.list("key").map(parseKey), given.list("witness").map(parseKey)),
  );
}

type Fact = readonly [label: string, value: string];

const COMMANDS: Readonly<Record<string, (given: Arguments) => Promise<Fact[]>>> = {
  async note(given) {
    given.expect(1, "key", "witness");
    const { logs, witnesses } = await policyFrom(given);
    const note = openNote(await fileOf(given.words[0] as string), [...logs, ...witnesses]);
    const text = note.text.split("\n").slice(0, -1);
    return [
      ...text.map((line): Fact => ["text", line]),
      ...note.signers.map(signerFact),
      ...unknownFacts(note.unknown),
    ];
  },

  async checkpoint(given) {
    given.expect(1, ...TRUST);
    const policy = await policyFrom(given);
    return checkpointFacts(verifyCheckpoint(await fileOf(given.words[0] as string), policy));
  },

  async receipt(given) {
    if (given.has("leaf")) {
      given.expect(1, "leaf", ...TRUST);
      const policy = await policyFrom(given);
      const leaf = given.hash("leaf");
      const proof = verifyProofFile(await fileOf(given.words[0] as string), leaf, policy);
      return [["index", `${proof.index}`], ...checkpointFacts(proof.checkpoint)];
    }
    given.expect(1, "entry", "payload", "salt", ...TRUST);
    const policy = await policyFrom(given);
    const file = await fileOf(given.words[0] as string);
    const bytes = given.has("entry") ? await fileOf(given.text("entry")) : undefined;
    const { entry, checkpoint } = verifyReceipt(file, policy, bytes);
    const facts = [...entryFacts(entry), ...checkpointFacts(checkpoint)];
    if (!given.has("payload") && !given.has("salt")) return facts;
    const payload = await fileOf(given.text("payload"));
    const salt = given.hash("salt");
    verifyPayload(entry, salt, payload);
    return [...facts, ["payload", `${payload.length} bytes, those that the entry commits to`]];
  },

  async folder(given) {
    given.expect(1, "raw", ...TRUST);
    const policy = await policyFrom(given);
    const checkpoint = await verifyFolder(folderOf(given.words[0] as string), policy, {
      raw: given.has("raw"),
      onProgress: showProgress,
    });
    const what = given.has("raw") ? "" : "; canonical, in order, each stream without gaps";
    return [
      ["entries", `${checkpoint.size}, hashed to the root${what}`],
      ...checkpointFacts(checkpoint),
    ];
  },

  async inclusion(given) {
    if (given.has("folder")) {
      given.expect(0, "folder", "index", "raw", ...TRUST);
      const policy = await policyFrom(given);
      const index = given.number("index");
      const read = folderOf(given.text("folder"));
      const { checkpoint, bytes, proof } = await verifyEntry(read, policy, index);
      const facts: Fact[] = given.has("raw")
        ? [["entry", `${bytes.length} bytes`]]
        : entryFacts(entryAt(bytes, index));
      return [
        ...facts,
        ...checkpointFacts(checkpoint),
        ...proof.map((hash): Fact => ["proof", toBase64(hash)]),
      ];
    }
    given.expect(undefined, "index", "size", "leaf", "root");
    const [index, size] = [given.number("index"), given.number("size")];
    const proof = given.words.map((word) => hashOf(word, "a hash"));
    verifyInclusion(index, size, given.hash("leaf"), proof, given.hash("root"));
    return [["proof", `leaf ${index} is under the root of size ${size}`]];
  },

  async consistency(given) {
    if (given.has("folder")) {
      given.expect(2, "folder", ...TRUST);
      const policy = await policyFrom(given);
      const read = folderOf(given.text("folder"));
      const [older, newer] = given.words as [string, string];
      const before = verifyCheckpoint(await fileOf(older), policy);
      const after =
        newer === "-"
          ? await readCheckpoint(read, policy)
          : verifyCheckpoint(await fileOf(newer), policy);
      const proof = await verifyGrowth(read, before, after);
      return [
        ["growth", `the log of size ${before.size} is the beginning of that of ${after.size}`],
        ...checkpointFacts(after),
        ...proof.map((hash): Fact => ["proof", toBase64(hash)]),
      ];
    }
    given.expect(undefined, "old-size", "new-size", "old-root", "new-root");
    const [oldSize, newSize] = [given.number("old-size"), given.number("new-size")];
    const proof = given.words.map((word) => hashOf(word, "a hash"));
    verifyConsistency(oldSize, newSize, given.hash("old-root"), given.hash("new-root"), proof);
    return [["proof", `the tree of size ${oldSize} is the beginning of that of ${newSize}`]];
  },
};

function entryAt(bytes: Uint8Array, index: bigint): Entry {
  const entry = parseEntry(bytes);
  if (entry.position !== index) throw new Refused(`entry ${index} says position ${entry.position}`);
  return entry;
}

function entryFacts(entry: Entry): Fact[] {
  return [
    ["position", `${entry.position}`],
    ["kind", entry.kind],
    ["recorded", timeOf(entry.commitTime)],
    ["stream", entry.stream],
    ["revision", `${entry.revision}`],
    ["previous", `${entry.previousPosition ?? "none"}`],
    ["event id", toHex(entry.eventId)],
    ["type", entry.eventType],
    ["content", entry.contentType],
    ["actor", entry.actor],
    ["happened", entry.effectiveTime === undefined ? "not said" : timeOf(entry.effectiveTime)],
    ["correlation", entry.correlationId],
    ["causation", entry.causationId],
    ...entry.tags.map((tag): Fact => ["tag", tag]),
    ["commitment", toHex(entry.payloadCommitment)],
    ["length", `${entry.payloadLength}`],
  ];
}

function checkpointFacts(checkpoint: SignedCheckpoint): Fact[] {
  return [
    ["log", checkpoint.origin],
    ["size", `${checkpoint.size}`],
    ["root", toBase64(checkpoint.root)],
    ...checkpoint.extensions.map((line): Fact => ["extension", line]),
    ...checkpoint.log.map((key): Fact => ["signed", shortKey(key)]),
    ...checkpoint.witnesses.map(signerFact),
    ...unknownFacts(checkpoint.unknown),
  ];
}

function signerFact({ key, time }: Signer): Fact {
  if (time === undefined) return ["signed", shortKey(key)];
  return ["witnessed", `${shortKey(key)} at ${timeOf(time * 1_000_000n)}`];
}

function unknownFacts(unknown: number): Fact[] {
  return unknown === 0 ? [] : [["unknown", `${unknown} signatures of keys that were not given`]];
}

/** Microseconds since 1970 as RFC 3339, or the number where that has no room for it. */
function timeOf(microseconds: bigint): string {
  const second = 1_000_000n;
  const fraction = ((microseconds % second) + second) % second;
  const date = new Date(Number((microseconds - fraction) / 1000n));
  if (Number.isNaN(date.getTime())) return `${microseconds} us`;
  const digits = fraction === 0n ? "" : `.${fraction.toString().padStart(6, "0")}`;
  return date.toISOString().replace(".000Z", `${digits}Z`);
}

let progressShown = 0;

function showProgress(done: bigint, size: bigint): void {
  if (!process.stderr.isTTY || (Date.now() - progressShown < 200 && done < size)) return;
  progressShown = Date.now();
  process.stderr.write(`\r${done} of ${size} entries${done < size ? "" : "\n"}`);
}

/** Text for a terminal: what would steer it, or turn the direction of writing, is spelled out. */
function shown(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) as number).toString(16)}}`,
  );
}

const MAX_LINE_BYTES = 1 << 24;

/** Answers every line of the standard input in order, as soon as it has come. */
async function batch(given: Arguments): Promise<number> {
  given.expect(0);
  const answers = new Batch();
  let parts: Buffer[] = [];
  let held = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    let out = "";
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(0x0a, start);
      if (end < 0) break;
      parts.push(chunk.subarray(start, end));
      out += `${answers.answer(Buffer.concat(parts).toString("utf8"))}\n`;
      parts = [];
      held = 0;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    held += chunk.length - start;
    await write(out);
    if (held > MAX_LINE_BYTES) throw new Usage(`a line is longer than ${MAX_LINE_BYTES} bytes`);
  }
  if (held > 0) await write(`${answers.answer(Buffer.concat(parts).toString("utf8"))}\n`);
  return answers.malformed ? 2 : 0;
}

function write(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

async function run(args: string[]): Promise<number> {
  const given = new Arguments(args);
  if (given.has("help") || given.command === "help") {
    await write(given.command === "batch" ? BATCH_HELP : HELP);
    return 0;
  }
  if (given.command === undefined) throw new Usage("no command was given");
  if (given.command === "batch") return batch(given);
  if (!Object.hasOwn(COMMANDS, given.command)) {
    throw new Usage(`there is no command ${given.command}`);
  }
  const facts = await (COMMANDS[given.command] as (typeof COMMANDS)[string])(given);
  const lines = facts.map(([label, value]) => `  ${label.padEnd(12)}${shown(value)}`.trimEnd());
  await write(`verified: ${given.command}\n${lines.join("\n")}\n`);
  return 0;
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof Refused) {
    process.stderr.write(`refused: ${shown(error.message)}\n`);
    process.exitCode = 1;
  } else if (error instanceof Usage) {
    process.stderr.write(`verify: ${shown(error.message)}\nTry: verify --help\n`);
    process.exitCode = 2;
  } else {
    throw error;
  }
}
