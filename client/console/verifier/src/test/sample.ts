// SPDX-License-Identifier: Apache-2.0
//
// Keys, notes, entries and logs for the tests. The keys are public ones that all tools test with.
import { ed25519 } from "@noble/curves/ed25519.js";

import {
  COSIGNATURE,
  concat,
  fromBase64,
  type Key,
  parseKey,
  Refused,
  TILE_WIDTH,
  tilePath,
  tileWidth,
  toBase64,
  toHex,
  utf8,
} from "../library/index.js";
import { type Hash, leafOf, sha256, Tree } from "./reference.js";

export const LOG_KEY =
  "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
export const LOG_SEED = fromBase64(
  "AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg",
  "the private key",
).slice(1);
export const WITNESS_KEY = "Wit1+9b3fb2d5+BFhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk";
export const WITNESS_KEY_AS_TYPE_1 =
  "Wit1+55ee4561+AVhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk";
export const ORIGIN = "example.com/log/testdata";

export const FIRST_CHECKPOINT = `${ORIGIN}
1
0Nc2CrefWKseHj/mStd+LqC8B+NrX0btIiPt2SmN+ek=

— ${ORIGIN} M9e0lhr9kuLxGdAtaUrhm84TQffVsLdcy808sN0a3WyniNlfcr9+bywoiIke1YYciCNjJGkCgIlQ8b16jhsmg/SChAM=
`;
export const GOLDEN_COSIGNATURE =
  "— Wit1 mz+y1QAAAABlU/EAvakouyDGnuSPwMI2rpmNuFTLc812dnumrKhCseHrLESRAANzRGvXTvCyyyED2/IHFG673zoGudciq4viv5GQDA==\n";

/** A key of our own, and how to sign with it. */
export class TestSigner {
  readonly vkey: string;
  readonly key: Key;
  readonly #seed: Uint8Array;

  constructor(name: string, type: number, seed = sha256(utf8(`seed of ${name}`))) {
    const material = concat(Uint8Array.of(type), ed25519.getPublicKey(seed));
    const id = sha256(utf8(`${name}\n`), material).slice(0, 4);
    this.vkey = `${name}+${toHex(id)}+${toBase64(material)}`;
    this.key = parseKey(this.vkey);
    this.#seed = seed;
  }

  /** The signature line over a text. */
  sign(text: string, time = 1_700_000_000n): string {
    if (this.key.type !== COSIGNATURE) return this.line(ed25519.sign(utf8(text), this.#seed));
    const message = utf8(`cosignature/v1\ntime ${time}\n${text}`);
    return this.line(concat(u64(time), ed25519.sign(message, this.#seed)));
  }

  /** The signature line with these bytes after the key's id. */
  line(signature: Uint8Array): string {
    return `— ${this.key.name} ${toBase64(concat(this.key.id, signature))}\n`;
  }
}

export const LOG = new TestSigner(ORIGIN, 1, LOG_SEED);

export function checkpointText(size: number | bigint, root: Hash, origin = ORIGIN): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/** A note with the signatures of these keys. */
export function noteOf(text: string, ...signers: TestSigner[]): string {
  return `${text}\n${signers.map((signer) => signer.sign(text)).join("")}`;
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 255);
}

export function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value));
  return bytes;
}

export const PAYLOAD = utf8("what happened");
export const SALT = new Uint8Array(32).fill(9);

export interface EntryFields {
  version?: number;
  kind?: number;
  position?: bigint;
  commitTime?: bigint;
  stream?: string | Uint8Array;
  revision?: bigint;
  previous?: bigint;
  effectiveTime?: bigint;
  tags?: string[];
  payloadLength?: number;
  tail?: Uint8Array;
}

/** The bytes of an entry, field by field. */
export function entryBytes(fields: EntryFields = {}): Uint8Array {
  const text = (value: string | Uint8Array): Uint8Array => {
    const bytes = typeof value === "string" ? utf8(value) : value;
    return concat(u16(bytes.length), bytes);
  };
  const tags = fields.tags ?? ["a", "b"];
  return concat(
    Uint8Array.of(fields.version ?? 1, fields.kind ?? 1),
    u64(fields.position ?? 5n),
    u64(fields.commitTime ?? 1_700_000_000_000_001n),
    text(fields.stream ?? "programs/p/lokus/1"),
    u64(fields.revision ?? 2n),
    u64(fields.previous ?? 3n),
    new Uint8Array(16).fill(7),
    text("jejak.event.v1.LokusDesignated"),
    text("application/x-protobuf"),
    text("users/rahma"),
    u64(fields.effectiveTime ?? -(2n ** 63n)),
    text("correlation"),
    text(""),
    u16(tags.length),
    ...tags.map(text),
    sha256(Uint8Array.of(2), SALT, PAYLOAD),
    u64(BigInt(fields.payloadLength ?? PAYLOAD.length)).slice(4),
    fields.tail ?? new Uint8Array(0),
  );
}

/** Entries of a log in which `streams` streams take turns. */
export function entriesOf(size: number, streams = 3): Uint8Array[] {
  return Array.from({ length: size }, (_, i) =>
    entryBytes({
      position: BigInt(i),
      commitTime: BigInt(1_000_000 + i),
      stream: `lokus/${i % streams}`,
      revision: BigInt(Math.floor(i / streams) + 1),
      previous: BigInt(i < streams ? 0 : i - streams + 1),
    }),
  );
}

/** An exported log: its files by path. Tile hashes are computed from their definition. */
export function exported(entries: readonly Uint8Array[]): Map<string, Uint8Array> {
  const size = BigInt(entries.length);
  const files = new Map<string, Uint8Array>();
  const tree = new Tree(entries.map(leafOf));
  const text = checkpointText(size, tree.root(0, entries.length));
  files.set("checkpoint", utf8(noteOf(text, LOG)));
  for (let level = 0, unit = 1; unit <= entries.length; level++, unit *= TILE_WIDTH) {
    for (let index = 0; ; index++) {
      const width = tileWidth(level, BigInt(index), size);
      if (width === 0) break;
      const first = index * TILE_WIDTH;
      const hashes = Array.from({ length: width }, (_, i) =>
        tree.root((first + i) * unit, (first + i + 1) * unit),
      );
      files.set(tilePath(level, BigInt(index), width), concat(...hashes));
      if (level > 0) continue;
      const bundle = entries.slice(first, first + width);
      const parts = bundle.flatMap((entry) => [u16(entry.length), entry]);
      files.set(tilePath("entries", BigInt(index), width), concat(...parts));
    }
  }
  return files;
}

export function readerOf(files: ReadonlyMap<string, Uint8Array>) {
  return async (path: string): Promise<Uint8Array | undefined> => files.get(path);
}

/** A copy with one bit changed. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

/** What the function refuses with; undefined if it does not. */
export function refusal(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

