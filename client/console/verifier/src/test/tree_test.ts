// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  EMPTY_ROOT,
  fromHex,
  leafHash,
  nodeHash,
  rootOf,
  toHex,
  utf8,
  verifyConsistency,
  verifyInclusion,
} from "../library/index.js";
import { continues, countingTree, type Hash, includes, randomOf } from "./reference.js";
import { flipped, refusal } from "./sample.js";

const LIMIT = 256;
const tree = countingTree(LIMIT + 1);
/** A hash that is in no proof. */
const STRANGER = leafHash(utf8("stranger"));
/** Sizes at which all proofs are damaged. */
const SIZES = [...Array(34).keys(), 63, 64, 65, 127, 128, 129, 256].slice(1);

interface Inclusion {
  index: number;
  size: number;
  leaf: Hash;
  proof: Hash[];
  root: Hash;
}

interface Consistency {
  from: number;
  to: number;
  old: Hash;
  now: Hash;
  proof: Hash[];
}

const inclusionOf = (source: typeof tree, index: number, size: number): Inclusion => ({
  index,
  size,
  leaf: source.leaves[index] as Hash,
  proof: source.path(index, 0, size),
  root: source.root(0, size),
});

const consistencyOf = (source: typeof tree, from: number, to: number): Consistency => ({
  from,
  to,
  old: source.root(0, from),
  now: source.root(0, to),
  proof: source.consistency(from, 0, to),
});

const tryInclusion = (p: Inclusion): string | undefined =>
  refusal(() => verifyInclusion(BigInt(p.index), BigInt(p.size), p.leaf, p.proof, p.root));

const tryConsistency = (p: Consistency): string | undefined =>
  refusal(() => verifyConsistency(BigInt(p.from), BigInt(p.to), p.old, p.now, p.proof));

function replaced(proof: readonly Hash[], at: number, hash: Hash): Hash[] {
  return [...proof.slice(0, at), hash, ...proof.slice(at + 1)];
}

/** Proofs with a hash changed by a bit, shortened, dropped, exchanged with the next, or added. */
function* damaged(proof: Hash[], random: (n: number) => number): Generator<Hash[]> {
  for (const [i, element] of proof.entries()) {
    yield replaced(proof, i, flipped(element, random(256)));
    yield replaced(proof, i, element.slice(1));
    yield [...proof.slice(0, i), ...proof.slice(i + 1)];
    const next = proof[i + 1];
    if (next !== undefined) yield replaced(replaced(proof, i, next), i + 1, element);
  }
  for (let i = 0; i <= proof.length; i++) {
    yield [...proof.slice(0, i), STRANGER, ...proof.slice(i)];
  }
}

test("The constants and roots of the format are right", () => {
  assert.equal(
    toHex(leafHash(utf8("L123456"))),
    "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56",
  );
  assert.equal(
    toHex(nodeHash(utf8("N123"), utf8("N456"))),
    "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb",
  );
  const leaves = " 00 10 2021 3031 40414243 5051525354555657 606162636465666768696a6b6c6d6e6f"
    .split(" ")
    .map((data) => leafHash(fromHex(data, "a leaf")));
  const roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ];
  roots.forEach((root, size) => assert.equal(toHex(rootOf(leaves.slice(0, size))), root));
  assert.equal(toHex(EMPTY_ROOT), roots[0]);
});

test("Roots are those of the definition at every size up to 256", () => {
  for (let size = 0; size <= LIMIT; size++) {
    assert.equal(toHex(rootOf(tree.leaves.slice(0, size))), toHex(tree.root(0, size)));
  }
});

test("Every inclusion proof up to size 256 verifies", () => {
  for (let size = 1; size <= LIMIT; size++) {
    for (let index = 0; index < size; index++) {
      const proof = inclusionOf(tree, index, size);
      assert.equal(tryInclusion(proof), undefined, `${index} of ${size}`);
      assert.notEqual(tryInclusion({ ...proof, index: index + 1 }), undefined);
    }
  }
});

test("Every consistency proof up to size 256 verifies", () => {
  for (let to = 1; to <= LIMIT; to++) {
    for (let from = 1; from <= to; from++) {
      assert.equal(tryConsistency(consistencyOf(tree, from, to)), undefined, `${from} to ${to}`);
    }
  }
});

test("Every damaged inclusion proof is refused", () => {
  const random = randomOf(1);
  for (const size of SIZES) {
    for (let index = 0; index < size; index++) {
      const good = inclusionOf(tree, index, size);
      for (const proof of damaged(good.proof, random)) {
        assert.notEqual(tryInclusion({ ...good, proof }), undefined, `${index} of ${size}`);
      }
      for (const bad of [
        { ...good, leaf: flipped(good.leaf, random(256)) },
        { ...good, root: flipped(good.root, random(256)) },
        { ...good, root: good.root.slice(1) },
        { ...good, index: index - 1 },
        { ...good, index: index + 1 },
        { ...good, index: size },
        { ...good, size: 0 },
      ]) {
        assert.notEqual(tryInclusion(bad), undefined, `${index} of ${size}`);
      }
    }
  }
});

test("Every damaged consistency proof is refused", () => {
  const random = randomOf(2);
  for (const to of SIZES) {
    for (let from = 1; from <= to; from++) {
      const good = consistencyOf(tree, from, to);
      for (const proof of damaged(good.proof, random)) {
        assert.notEqual(tryConsistency({ ...good, proof }), undefined, `${from} to ${to}`);
      }
      for (const bad of [
        { ...good, old: flipped(good.old, random(256)) },
        { ...good, now: flipped(good.now, random(256)) },
        { ...good, from: 0 },
        { ...good, from: to + 1 },
      ]) {
        assert.notEqual(tryConsistency(bad), undefined, `${from} to ${to}`);
      }
    }
  }
});

test("With a size off by one a proof holds only where the definition says so", () => {
  let held = 0;
  for (const size of SIZES) {
    for (let index = 0; index < size; index++) {
      const good = inclusionOf(tree, index, size);
      for (const wrong of [size - 1, size + 1]) {
        const verdict = tryInclusion({ ...good, size: wrong }) === undefined;
        assert.equal(verdict, includes(index, wrong, good.leaf, good.proof, good.root));
        if (verdict) held++;
      }
      if (index === 0) continue;
      const grown = consistencyOf(tree, index, size);
      for (const [from, to] of [
        [index - 1, size],
        [index + 1, size],
        [index, size - 1],
        [index, size + 1],
      ] as const) {
        const verdict = tryConsistency({ ...grown, from, to }) === undefined;
        assert.equal(verdict, continues(from, to, grown.old, grown.now, grown.proof));
      }
    }
  }
  assert.ok(held > 0);
});

test("Proofs at random sizes up to 100,000 verify, and damaged ones do not", () => {
  const random = randomOf(3);
  const large = countingTree(100_000);
  for (let round = 0; round < 100; round++) {
    const size = 1 + random(large.leaves.length);
    const inclusion = inclusionOf(large, random(size), size);
    assert.equal(tryInclusion(inclusion), undefined);
    for (const proof of damaged(inclusion.proof, random)) {
      assert.notEqual(tryInclusion({ ...inclusion, proof }), undefined);
    }
    const consistency = consistencyOf(large, 1 + random(size), size);
    assert.equal(tryConsistency(consistency), undefined);
    for (const proof of damaged(consistency.proof, random)) {
      assert.notEqual(tryConsistency({ ...consistency, proof }), undefined);
    }
  }
});

test("Sizes beyond 2^53 are exact, and those beyond 64 bits are refused", () => {
  const leaf = STRANGER;
  const siblings = tree.leaves.slice(0, 62) as Hash[];
  const size = 2n ** 62n;
  const index = 2n ** 53n + 1n;
  let root = leaf;
  siblings.forEach((hash, level) => {
    const isRight = ((index >> BigInt(level)) & 1n) === 1n;
    root = isRight ? nodeHash(hash, root) : nodeHash(root, hash);
  });
  const attempt = (at: bigint, of: bigint): string | undefined =>
    refusal(() => verifyInclusion(at, of, leaf, siblings, root));
  assert.equal(attempt(index, size), undefined);
  assert.match(attempt(index - 1n, size) ?? "", /does not lead to the root/);
  assert.match(attempt(index, 2n * size) ?? "", /too few/);
  assert.match(attempt(index, 2n ** 64n) ?? "", /64-bit/);
});

test("A proof of more than 63 hashes is refused", () => {
  const proof = Array.from({ length: 64 }, () => STRANGER);
  assert.match(tryInclusion({ ...inclusionOf(tree, 0, 2), proof }) ?? "", /64 hashes/);
  assert.match(tryConsistency({ ...consistencyOf(tree, 1, 2), proof }) ?? "", /64 hashes/);
});
