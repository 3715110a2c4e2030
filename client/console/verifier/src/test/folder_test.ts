// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  concat,
  policyOf,
  Refused,
  type ReadFile,
  tilePath,
  TiledTree,
  tileWidth,
  utf8,
  verifyEntry,
  verifyFolder,
  verifyGrowth,
  readCheckpoint,
} from "../library/index.js";
import { leafOf, randomOf, Tree } from "./reference.js";
import {
  checkpointText,
  entriesOf,
  entryBytes,
  exported,
  flipped,
  LOG,
  noteOf,
  readerOf,
} from "./sample.js";

const POLICY = policyOf([LOG.key], []);

async function why(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return "nothing";
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

const folderWhy = (files: ReadonlyMap<string, Uint8Array>, raw = false): Promise<string> =>
  why(() => verifyFolder(readerOf(files), POLICY, { raw }));

test("Paths of tiles are those of the specification", () => {
  assert.equal(tilePath(0, 0n), "tile/0/000");
  assert.equal(tilePath(0, 999n), "tile/0/999");
  assert.equal(tilePath(1, 1000n), "tile/1/x001/000");
  assert.equal(tilePath(63, 1234067n), "tile/63/x001/x234/067");
  assert.equal(tilePath(2, 0n, 1), "tile/2/000.p/1");
  assert.equal(tilePath("entries", 1234067n, 255), "tile/entries/x001/x234/067.p/255");
});

test("Widths of tiles are those of the specification", () => {
  assert.equal(tileWidth(0, 0n, 256n), 256);
  assert.equal(tileWidth(1, 0n, 256n), 1);
  assert.equal(tileWidth(0, 1n, 256n), 0);
  assert.equal(tileWidth(0, 272n, 70_000n), 256);
  assert.equal(tileWidth(0, 273n, 70_000n), 112);
  assert.equal(tileWidth(1, 0n, 70_000n), 256);
  assert.equal(tileWidth(1, 1n, 70_000n), 17);
  assert.equal(tileWidth(2, 0n, 70_000n), 1);
  assert.equal(tileWidth(3, 0n, 70_000n), 0);
});

test("Exported logs verify at sizes around the edges of tiles", async () => {
  for (const size of [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 1000]) {
    assert.equal(await folderWhy(exported(entriesOf(size))), "nothing", `${size}`);
  }
});

test("A log of more than two levels verifies", async () => {
  const files = exported(entriesOf(65_600, 40));
  assert.ok(files.has("tile/2/000.p/1"));
  let last = 0n;
  const checkpoint = await verifyFolder(readerOf(files), POLICY, {
    onProgress: (done) => (last = done),
  });
  assert.equal(checkpoint.size, 65_600n);
  assert.equal(last, 65_600n);
  const upper = files.get("tile/1/000") as Uint8Array;
  files.set("tile/1/000", flipped(upper, 8 * 32 * 77));
  assert.match(await folderWhy(files), /tile tile\/0\/077 does not hash to its place in tile\/1/);
});

test("A full tile and bundle stand in for partial ones that were deleted", async () => {
  const files = exported(entriesOf(300));
  const larger = exported(entriesOf(512));
  for (const path of ["tile/0/001", "tile/entries/001"]) {
    assert.ok(files.delete(`${path}.p/44`));
    assert.match(await folderWhy(files), /\.p\/44 is missing/);
    files.set(path, larger.get(path) as Uint8Array);
  }
  assert.equal(await folderWhy(files), "nothing");
});

test("Every file counts: missing, short, long, or with any byte changed", async () => {
  const random = randomOf(4);
  const files = exported(entriesOf(300));
  assert.equal(files.size, 6);
  for (const [path, bytes] of files) {
    const damages: (Uint8Array | undefined)[] = [
      undefined,
      bytes.slice(0, -1),
      bytes.slice(1),
      concat(bytes, Uint8Array.of(0)),
      new Uint8Array(0),
      ...Array.from({ length: 60 }, () => flipped(bytes, random(8 * bytes.length))),
    ];
    for (const damage of damages) {
      const damaged = new Map(files);
      if (damage === undefined) damaged.delete(path);
      else damaged.set(path, damage);
      assert.notEqual(await folderWhy(damaged), "nothing", path);
    }
  }
});

test("The first wrong entry is named", async () => {
  const files = exported(entriesOf(300));
  const others = exported(
    entriesOf(300).map((entry, i) => (i === 270 ? flipped(entry, 8 * 60) : entry)),
  );
  const bundle = "tile/entries/001.p/44";
  files.set(bundle, others.get(bundle) as Uint8Array);
  const refused = await folderWhy(files, true);
  assert.match(refused, /entry 270 does not hash to its place in tile\/0\/001/);
});

test("Tiles made new for changed entries do not lead to the signed root", async () => {
  const files = exported(entriesOf(300));
  const forged = exported(entriesOf(300, 4));
  forged.set("checkpoint", files.get("checkpoint") as Uint8Array);
  assert.match(await folderWhy(forged), /root is not that of the checkpoint/);
});

test("An entry at the wrong place, a time going back and a broken chain are refused", async () => {
  const changed = (at: number, entry: Uint8Array): Promise<string> =>
    folderWhy(exported(entriesOf(9).map((old, i) => (i === at ? entry : old))));
  const place = { position: 4n, commitTime: 1_000_004n };
  const good = { ...place, stream: "lokus/1", revision: 2n, previous: 2n };
  assert.equal(await changed(4, entryBytes(good)), "nothing");
  const moved = { ...good, position: 5n };
  assert.match(await changed(4, entryBytes(moved)), /entry 4: it says position 5/);
  const late = { ...good, commitTime: 1_000_003n };
  assert.match(await changed(4, entryBytes(late)), /entry 4: its commit time/);
  assert.match(await changed(4, entryBytes({ ...good, revision: 3n })), /revision 3/);
  assert.match(await changed(4, entryBytes({ ...good, revision: 1n })), /revision 1/);
  assert.match(
    await changed(4, entryBytes({ ...good, previous: 1n })),
    /entry 4: the chain of lokus\/1 is broken: it says that the entry before is 0, and it is 1/,
  );
  assert.match(await changed(4, entryBytes({ ...good, previous: 0n })), /before is none/);
  // An entry of the stream was left out: the next one shows it.
  assert.match(
    await changed(4, entryBytes({ ...good, stream: "new", revision: 1n, previous: 0n })),
    /entry 7: the chain of lokus\/1 is broken/,
  );
  assert.match(await changed(4, utf8("no entry")), /entry 4: the entry is of version/);
});

test("Proofs from tiles are those of the definition", async () => {
  const sizes = [1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 700, 1024];
  const all = entriesOf(1024);
  const tree = new Tree(all.map(leafOf));
  const random = randomOf(5);
  for (const size of sizes) {
    const tiles = new TiledTree(readerOf(exported(all.slice(0, size))), BigInt(size));
    for (let round = 0; round < 40; round++) {
      const index = random(size);
      assert.deepEqual(await tiles.inclusionProof(BigInt(index)), tree.path(index, 0, size));
      const old = 1 + index;
      assert.deepEqual(await tiles.consistencyProof(BigInt(old)), tree.consistency(old, 0, size));
    }
  }
});

test("Each entry of an exported log can be shown alone", async () => {
  const entries = entriesOf(300);
  const read = readerOf(exported(entries));
  for (const index of [0, 1, 255, 256, 299]) {
    const { bytes } = await verifyEntry(read, POLICY, BigInt(index));
    assert.deepEqual(bytes, entries[index]);
  }
  assert.match(await why(() => verifyEntry(read, POLICY, 300n)), /not in a tree of size 300/);
});

test("A checkpoint of before is a beginning of the log, or the log was rewritten", async () => {
  const of = (read: ReadFile) => readCheckpoint(read, POLICY);
  const read = readerOf(exported(entriesOf(600)));
  const newer = await of(read);
  for (const size of [0, 1, 256, 300, 599, 600]) {
    const older = await of(readerOf(exported(entriesOf(size))));
    assert.equal(await why(() => verifyGrowth(read, older, newer)), "nothing", `${size}`);
    if (size === 0) continue;
    const rewritten = await of(readerOf(exported(entriesOf(size, 5).map(shortened))));
    assert.match(await why(() => verifyGrowth(read, rewritten, newer)), /consistency|two roots/);
  }
  const larger = await of(readerOf(exported(entriesOf(601))));
  assert.match(await why(() => verifyGrowth(read, larger, newer)), /has shrunk/);
  const other = { ...newer, origin: "example.com/other" };
  assert.match(await why(() => verifyGrowth(read, other, newer)), /two logs/);
});

/** Another entry than it was. */
function shortened(entry: Uint8Array): Uint8Array {
  return entry.slice(0, -1);
}

test("A log of other entries verifies as mere bytes", async () => {
  const files = exported(["one", "", "three"].map(utf8));
  assert.equal(await folderWhy(files, true), "nothing");
  assert.match(await folderWhy(files), /entry 0/);
});

test("A checkpoint that says more than is there names the first file that is missing", async () => {
  const files = exported(entriesOf(256));
  const root = new Tree(entriesOf(256).map(leafOf)).root(0, 256);
  files.set("checkpoint", utf8(noteOf(checkpointText(2n ** 60n, root), LOG)));
  assert.match(await folderWhy(files), /tile\/entries\/001 is missing/);
});
