// SPDX-License-Identifier: Apache-2.0
//
// The Merkle tree of RFC 6962, section 2.1, with SHA-256; proofs are checked as in RFC 9162,
// sections 2.1.3.2 and 2.1.4.2.
import { sha256 } from "@noble/hashes/sha2.js";

import { checkHash, concat, equal } from "./bytes.js";
import { MAX_PROOF_HASHES, MAX_SIZE } from "./limits.js";
import { refuse } from "./refused.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The root of the tree without leaves. */
export const EMPTY_ROOT = sha256(new Uint8Array(0));

export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, entry));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(NODE, left, right));
}

/** The root over hashes of equally large perfect subtrees; the last may be of a smaller tree. */
export function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return EMPTY_ROOT;
  // Pairing neighbors and carrying an odd last one up gives the splits of RFC 6962.
  let row = hashes;
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i + 1 < row.length; i += 2) {
      above.push(nodeHash(row[i] as Uint8Array, row[i + 1] as Uint8Array));
    }
    if (row.length % 2 === 1) above.push(row[row.length - 1] as Uint8Array);
    row = above;
  }
  return row[0] as Uint8Array;
}

/**
 * Refuses unless the proof leads from the leaf hash at this index to the root of this size.
 *
 * The root and the size must come from one signed checkpoint. A proof alone does not fix the size:
 * where two sizes give a leaf the same path, the same proof holds for both.
 */
export function verifyInclusion(
  index: bigint,
  size: bigint,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): void {
  checkSize(size);
  if (index < 0n || index >= size) refuse(`index ${index} is not in a tree of size ${size}`);
  checkHash(leaf, "the leaf hash");
  checkHash(root, "the root");
  checkProof(proof);
  let fn = index;
  let sn = size - 1n;
  let hash = leaf;
  for (const element of proof) {
    if (sn === 0n) refuse("the inclusion proof has too many hashes");
    if ((fn & 1n) === 1n || fn === sn) {
      hash = nodeHash(element, hash);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = nodeHash(hash, element);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  if (sn !== 0n) refuse("the inclusion proof has too few hashes");
  if (!equal(hash, root)) refuse("the inclusion proof does not lead to the root");
}

/**
 * Refuses unless the proof shows that the tree of the old size is the beginning of that of the new
 * size. Each root must come from one signed checkpoint with its size, as for verifyInclusion.
 *
 * The empty tree is the beginning of every tree, and has no proof: an old size of 0 is refused.
 */
export function verifyConsistency(
  oldSize: bigint,
  newSize: bigint,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): void {
  checkSize(newSize);
  if (oldSize <= 0n || oldSize > newSize) {
    refuse(`there is no consistency proof from size ${oldSize} to size ${newSize}`);
  }
  checkHash(oldRoot, "the old root");
  checkHash(newRoot, "the new root");
  checkProof(proof);
  if (oldSize === newSize) {
    if (proof.length !== 0) refuse("the consistency proof has too many hashes");
    if (!equal(oldRoot, newRoot)) refuse(`there are two roots for size ${newSize}`);
    return;
  }
  if (proof.length === 0) refuse("the consistency proof has too few hashes");
  const isPerfect = (oldSize & (oldSize - 1n)) === 0n;
  const [first, ...rest] = isPerfect ? [oldRoot, ...proof] : proof;
  let fn = oldSize - 1n;
  let sn = newSize - 1n;
  while ((fn & 1n) === 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  let oldHash = first as Uint8Array;
  let newHash = oldHash;
  for (const element of rest) {
    if (sn === 0n) refuse("the consistency proof has too many hashes");
    if ((fn & 1n) === 1n || fn === sn) {
      oldHash = nodeHash(element, oldHash);
      newHash = nodeHash(element, newHash);
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      newHash = nodeHash(newHash, element);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  if (sn !== 0n) refuse("the consistency proof has too few hashes");
  if (!equal(oldHash, oldRoot)) refuse("the consistency proof does not lead to the old root");
  if (!equal(newHash, newRoot)) refuse("the consistency proof does not lead to the new root");
}

function checkSize(size: bigint): void {
  if (size < 0n || size > MAX_SIZE) refuse("the tree size is not a 64-bit number");
}

function checkProof(proof: readonly Uint8Array[]): void {
  if (proof.length > MAX_PROOF_HASHES) {
    refuse(`the proof has ${proof.length} hashes; there are never more than ${MAX_PROOF_HASHES}`);
  }
  for (const element of proof) checkHash(element, "a hash of the proof");
}
