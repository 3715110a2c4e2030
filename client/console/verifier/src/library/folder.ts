// SPDX-License-Identifier: Apache-2.0
//
// An exported log: everything in it, hashed again.
import { equal } from "./bytes.js";
import { type Entry, parseEntry } from "./entry.js";
import { type Policy, type SignedCheckpoint, verifyCheckpoint } from "./policy.js";
import { refuse, within } from "./refused.js";
import { type ReadFile, TILE_WIDTH, TiledTree, readBundle, readTile, tilePath } from "./tiles.js";
import { EMPTY_ROOT, leafHash, rootOf, verifyConsistency, verifyInclusion } from "./tree.js";

export interface FolderOptions {
  /** Takes entries as mere bytes: for logs that are not of Jejak. */
  readonly raw?: boolean;
  /** Told after each bundle how many entries are done. */
  readonly onProgress?: (done: bigint, size: bigint) => void;
}

/** The checkpoint of an exported log, verified. */
export async function readCheckpoint(read: ReadFile, policy: Policy): Promise<SignedCheckpoint> {
  return verifyCheckpoint((await read("checkpoint")) ?? refuse("checkpoint is missing"), policy);
}

/**
 * Verifies an exported log: that the checkpoint is signed, every entry hashes to its place in its
 * tile, every full tile to its place in the tile above, and the tiles to the root.
 *
 * Unless raw, also that each entry is canonical and says its own position, commit times increase,
 * and each stream is a chain without gaps: revisions count up from 1 and each entry names the
 * position of the one before. So the history of each stream is complete up to the checkpoint.
 */
export async function verifyFolder(
  read: ReadFile,
  policy: Policy,
  options: FolderOptions = {},
): Promise<SignedCheckpoint> {
  const checkpoint = await readCheckpoint(read, policy);
  const { size } = checkpoint;
  const chain = new Chain();
  const edge: Edge = [];
  for (let done = 0n, bundle = 0n; done < size; bundle++) {
    for (const bytes of await readBundle(read, bundle, size)) {
      if (options.raw !== true) {
        within(`entry ${done}`, () => chain.add(parseEntry(bytes), done));
      }
      await push(read, edge, 0, leafHash(bytes), size);
      done++;
    }
    options.onProgress?.(done, size);
  }
  let root: Uint8Array | undefined;
  for (const [level, { index, hashes }] of edge.entries()) {
    if (hashes.length === 0) continue;
    await compareTile(read, level, index, hashes, size);
    root = rootOf(root === undefined ? hashes : [...hashes, root]);
  }
  if (!equal(root ?? EMPTY_ROOT, checkpoint.root)) {
    refuse("the entries and tiles agree, but their root is not that of the checkpoint");
  }
  return checkpoint;
}

/** One entry of an exported log, shown to be in it by a proof made from tiles. */
export async function verifyEntry(
  read: ReadFile,
  policy: Policy,
  index: bigint,
): Promise<{ checkpoint: SignedCheckpoint; bytes: Uint8Array; proof: Uint8Array[] }> {
  const checkpoint = await readCheckpoint(read, policy);
  const { size, root } = checkpoint;
  if (index >= size) refuse(`index ${index} is not in a tree of size ${size}`);
  const width = BigInt(TILE_WIDTH);
  const bundle = await readBundle(read, index / width, size);
  const bytes = bundle[Number(index % width)] as Uint8Array;
  const proof = await new TiledTree(read, size).inclusionProof(index);
  verifyInclusion(index, size, leafHash(bytes), proof, root);
  return { checkpoint, bytes, proof };
}

/**
 * Verifies that the log of an older checkpoint is the beginning of the log of a newer one, by a
 * proof made from the tiles. Both checkpoints must be verified already, and of the same origin.
 */
export async function verifyGrowth(
  read: ReadFile,
  older: SignedCheckpoint,
  newer: SignedCheckpoint,
): Promise<Uint8Array[]> {
  if (older.origin !== newer.origin) {
    refuse(`the checkpoints are of two logs: ${older.origin} and ${newer.origin}`);
  }
  if (older.size > newer.size) {
    refuse(`the log has shrunk from size ${older.size} to size ${newer.size}`);
  }
  if (older.size === 0n) return [];
  const proof = await new TiledTree(read, newer.size).consistencyProof(older.size);
  verifyConsistency(older.size, newer.size, older.root, newer.root, proof);
  return proof;
}

/** For each level the tile that is being filled. */
type Edge = { index: bigint; hashes: Uint8Array[] }[];

async function push(
  read: ReadFile,
  edge: Edge,
  level: number,
  hash: Uint8Array,
  size: bigint,
): Promise<void> {
  const tile = (edge[level] ??= { index: 0n, hashes: [] });
  tile.hashes.push(hash);
  if (tile.hashes.length < TILE_WIDTH) return;
  const { index, hashes } = tile;
  edge[level] = { index: index + 1n, hashes: [] };
  await compareTile(read, level, index, hashes, size);
  await push(read, edge, level + 1, rootOf(hashes), size);
}

async function compareTile(
  read: ReadFile,
  level: number,
  index: bigint,
  hashes: readonly Uint8Array[],
  size: bigint,
): Promise<void> {
  const stored = await readTile(read, level, index, size);
  const wrong = hashes.findIndex((hash, i) => !equal(hash, stored[i] as Uint8Array));
  if (wrong < 0) return;
  const place = index * BigInt(TILE_WIDTH) + BigInt(wrong);
  const path = tilePath(level, index, hashes.length);
  refuse(
    level === 0
      ? `entry ${place} does not hash to its place in ${path}`
      : `tile ${tilePath(level - 1, place)} does not hash to its place in ${path}`,
  );
}

/** What consecutive entries must say of each other. */
class Chain {
  readonly #heads = new Map<string, Pick<Entry, "position" | "revision">>();
  #time: bigint | undefined;

  add({ stream, revision, ...entry }: Entry, position: bigint): void {
    if (entry.position !== position) refuse(`it says position ${entry.position}`);
    if (this.#time !== undefined && entry.commitTime <= this.#time) {
      refuse("its commit time is not later than that of the entry before");
    }
    this.#time = entry.commitTime;
    // What belongs to no resource has no chain.
    if (stream === "") return;
    const before = this.#heads.get(stream);
    if (entry.previousPosition !== before?.position) {
      refuse(
        `the chain of ${stream} is broken: it says that the entry before is ` +
          `${entry.previousPosition ?? "none"}, and it is ${before?.position ?? "none"}`,
      );
    }
    if (revision !== (before?.revision ?? 0n) + 1n) {
      refuse(`the chain of ${stream} is broken: it says revision ${revision}`);
    }
    this.#heads.set(stream, { position, revision });
  }
}
