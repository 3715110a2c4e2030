// SPDX-License-Identifier: Apache-2.0
//
// The files of c2sp.org/tlog-tiles, and proofs made from tiles.
import { refuse } from "./refused.js";
import { rootOf } from "./tree.js";

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256;
const HASH_BYTES = 32;

/** Reads a file of an exported log, given its path there; undefined if there is none. */
export type ReadFile = (path: string) => Promise<Uint8Array | undefined>;

/** The path of a tile, or for "entries" of a bundle. A width below 256 makes it a partial one. */
export function tilePath(level: number | "entries", index: bigint, width = TILE_WIDTH): string {
  const digits = index.toString();
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, "0").match(/.../g) ?? [];
  const last = groups.pop() as string;
  const folders = groups.map((group) => `x${group}/`).join("");
  return `tile/${level}/${folders}${last}${width < TILE_WIDTH ? `.p/${width}` : ""}`;
}

/** How many hashes tile `index` of a level has in a tree of this size: 0 to 256. */
export function tileWidth(level: number, index: bigint, size: bigint): number {
  const hashes = (size >> (8n * BigInt(level))) - index * BigInt(TILE_WIDTH);
  return hashes <= 0n ? 0 : hashes >= TILE_WIDTH ? TILE_WIDTH : Number(hashes);
}

/**
 * The hashes of a tile of a tree of this size. Where a partial tile is gone because the full one
 * exists, the beginning of that is taken.
 */
export async function readTile(
  read: ReadFile,
  level: number,
  index: bigint,
  size: bigint,
): Promise<Uint8Array[]> {
  const width = tileWidth(level, index, size);
  const [path, bytes, held] = await readPartialOrFull(read, level, index, width);
  if (bytes.length !== held * HASH_BYTES) {
    refuse(`${path} has ${bytes.length} bytes instead of ${held * HASH_BYTES}`);
  }
  return Array.from({ length: width }, (_, i) =>
    bytes.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
}

/** The entries of a bundle of a tree of this size, as readTile reads hashes. */
export async function readBundle(
  read: ReadFile,
  index: bigint,
  size: bigint,
): Promise<Uint8Array[]> {
  const width = tileWidth(0, index, size);
  const [path, bytes, held] = await readPartialOrFull(read, "entries", index, width);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Uint8Array[] = [];
  let offset = 0;
  while (entries.length < held) {
    const start = offset + 2;
    if (start > bytes.length) refuse(`${path} has ${entries.length} entries instead of ${held}`);
    offset = start + view.getUint16(offset);
    if (offset > bytes.length) refuse(`${path} ends in the middle of an entry`);
    entries.push(bytes.slice(start, offset));
  }
  if (offset !== bytes.length) refuse(`${path} has bytes after its last entry`);
  return entries.slice(0, width);
}

async function readPartialOrFull(
  read: ReadFile,
  level: number | "entries",
  index: bigint,
  width: number,
): Promise<[path: string, bytes: Uint8Array, held: number]> {
  const path = tilePath(level, index, width);
  const bytes = await read(path);
  if (bytes !== undefined) return [path, bytes, width];
  const fullPath = tilePath(level, index);
  const full = width < TILE_WIDTH ? await read(fullPath) : undefined;
  if (full === undefined) return refuse(`${path} is missing`);
  return [fullPath, full, TILE_WIDTH];
}

/**
 * Hashes and proofs of the tree of one size, from its tiles.
 *
 * Nothing here is verified: check a proof with verifyInclusion or verifyConsistency against a root
 * from a signed checkpoint.
 */
export class TiledTree {
  readonly #read: ReadFile;
  readonly #size: bigint;
  readonly #tiles = new Map<string, Promise<Uint8Array[]>>();

  constructor(read: ReadFile, size: bigint) {
    this.#read = read;
    this.#size = size;
  }

  /** The path of RFC 6962, section 2.1.1; index < size. */
  async inclusionProof(index: bigint): Promise<Uint8Array[]> {
    const proof: Uint8Array[] = [];
    let low = 0n;
    let high = this.#size;
    while (high - low > 1n) {
      const middle = low + split(high - low);
      if (index < middle) {
        proof.push(await this.#range(middle, high));
        high = middle;
      } else {
        proof.push(await this.#range(low, middle));
        low = middle;
      }
    }
    return proof.reverse();
  }

  /** The proof of RFC 6962, section 2.1.2; 0 < oldSize <= size. */
  async consistencyProof(oldSize: bigint): Promise<Uint8Array[]> {
    const proof: Uint8Array[] = [];
    let low = 0n;
    let high = this.#size;
    while (oldSize !== high) {
      const middle = low + split(high - low);
      if (oldSize <= middle) {
        proof.push(await this.#range(middle, high));
        high = middle;
      } else {
        proof.push(await this.#range(low, middle));
        low = middle;
      }
    }
    if (low !== 0n) proof.push(await this.#range(low, high));
    return proof.reverse();
  }

  /** The root over the leaves from low up to, not including, high. */
  async #range(low: bigint, high: bigint): Promise<Uint8Array> {
    const count = high - low;
    const below = count === 1n ? 0n : split(count);
    if (count !== 1n && count !== 2n * below) {
      return rootOf([await this.#range(low, low + below), await this.#range(low + below, high)]);
    }
    // A perfect subtree: some hashes of one tile.
    let level = 0;
    let unit = 1n;
    while (unit * BigInt(TILE_WIDTH) <= count) {
      unit *= BigInt(TILE_WIDTH);
      level++;
    }
    const first = low / unit;
    const tile = await this.#tile(level, first / BigInt(TILE_WIDTH));
    const start = Number(first % BigInt(TILE_WIDTH));
    return rootOf(tile.slice(start, start + Number(count / unit)));
  }

  #tile(level: number, index: bigint): Promise<Uint8Array[]> {
    const path = tilePath(level, index);
    const tile = this.#tiles.get(path) ?? readTile(this.#read, level, index, this.#size);
    this.#tiles.set(path, tile);
    return tile;
  }
}

/** The largest power of two smaller than n, for n > 1. */
function split(n: bigint): bigint {
  return 1n << BigInt((n - 1n).toString(2).length - 1);
}
