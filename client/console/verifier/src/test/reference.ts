// SPDX-License-Identifier: Apache-2.0
//
// RFC 6962, section 2.1, written down as it defines things: recursively, with Node's SHA-256. What
// the library computes by iteration is compared with this.
import { createHash } from "node:crypto";

export type Hash = Uint8Array;

export function sha256(...parts: Uint8Array[]): Hash {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

export const leafOf = (data: Uint8Array): Hash => sha256(Uint8Array.of(0), data);
export const nodeOf = (left: Hash, right: Hash): Hash => sha256(Uint8Array.of(1), left, right);

/** The largest power of two smaller than n, for n > 1. */
export function splitOf(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

/** The tree over leaf hashes. */
export class Tree {
  readonly leaves: readonly Hash[];
  readonly #roots = new Map<string, Hash>();

  constructor(leaves: readonly Hash[]) {
    this.leaves = leaves;
  }

  /** MTH(D[low:high]). */
  root(low: number, high: number): Hash {
    if (low === high) return sha256();
    if (high - low === 1) return this.leaves[low] as Hash;
    const name = `${low}:${high}`;
    let root = this.#roots.get(name);
    if (root === undefined) {
      const middle = low + splitOf(high - low);
      root = nodeOf(this.root(low, middle), this.root(middle, high));
      this.#roots.set(name, root);
    }
    return root;
  }

  /** PATH(m, D[low:high]). */
  path(m: number, low: number, high: number): Hash[] {
    if (high - low === 1) return [];
    const k = splitOf(high - low);
    const middle = low + k;
    return m < k
      ? [...this.path(m, low, middle), this.root(middle, high)]
      : [...this.path(m - k, middle, high), this.root(low, middle)];
  }

  /** SUBPROOF(m, D[low:high], complete). */
  consistency(m: number, low: number, high: number, complete = true): Hash[] {
    if (m === high - low) return complete ? [] : [this.root(low, high)];
    const k = splitOf(high - low);
    const middle = low + k;
    return m <= k
      ? [...this.consistency(m, low, middle, complete), this.root(middle, high)]
      : [...this.consistency(m - k, middle, high, false), this.root(low, middle)];
  }
}

/** Leaves "0", "1", ... */
export function countingTree(size: number): Tree {
  return new Tree(Array.from({ length: size }, (_, i) => leafOf(Buffer.from(`${i}`))));
}

const same = (a: Hash, b: Hash): boolean => Buffer.compare(a, b) === 0;

/** If the inclusion proof holds, by recursion from the root down. */
export function includes(m: number, n: number, leaf: Hash, proof: Hash[], root: Hash): boolean {
  if (m < 0 || m >= n) return false;
  const climb = (index: number, size: number, left: Hash[]): Hash | undefined => {
    if (size === 1) return left.length === 0 ? leaf : undefined;
    const last = left.at(-1);
    if (last === undefined) return undefined;
    const k = splitOf(size);
    const isLeft = index < k;
    const below = climb(isLeft ? index : index - k, isLeft ? k : size - k, left.slice(0, -1));
    return below && (isLeft ? nodeOf(below, last) : nodeOf(last, below));
  };
  const found = climb(m, n, proof);
  return found !== undefined && same(found, root);
}

/** If the consistency proof holds, by recursion from the root down. */
export function continues(m: number, n: number, old: Hash, now: Hash, proof: Hash[]): boolean {
  if (m <= 0 || m > n) return false;
  type Pair = readonly [old: Hash, now: Hash];
  const climb = (
    size: number,
    whole: number,
    complete: boolean,
    left: Hash[],
  ): Pair | undefined => {
    const last = left.at(-1);
    if (size === whole) {
      if (complete) return left.length === 0 ? [old, old] : undefined;
      return last !== undefined && left.length === 1 ? [last, last] : undefined;
    }
    if (last === undefined) return undefined;
    const k = splitOf(whole);
    const rest = left.slice(0, -1);
    if (size <= k) {
      const below = climb(size, k, complete, rest);
      return below && [below[0], nodeOf(below[1], last)];
    }
    const below = climb(size - k, whole - k, false, rest);
    return below && [nodeOf(last, below[0]), nodeOf(last, below[1])];
  };
  const found = climb(m, n, true, proof);
  return found !== undefined && same(found[0], old) && same(found[1], now);
}

/** Numbers from 0 to below n, the same in each run (mulberry32). */
export function randomOf(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}
