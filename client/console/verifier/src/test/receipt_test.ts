// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  parseProofFile,
  policyOf,
  toBase64,
  utf8,
  verifyProofFile,
  verifyReceipt,
} from "../library/index.js";
import { type Hash, leafOf, Tree } from "./reference.js";
import { checkpointText, entriesOf, flipped, LOG, noteOf, refusal, TestSigner } from "./sample.js";

const SIZE = 11;
const INDEX = 6;
const WITNESS = new TestSigner("witness", 4);
const POLICY = policyOf([LOG.key], [WITNESS.key]);
const ENTRIES = entriesOf(SIZE);
const ENTRY = ENTRIES[INDEX] as Uint8Array;
const TREE = new Tree(ENTRIES.map(leafOf));
const NOTE = noteOf(checkpointText(SIZE, TREE.root(0, SIZE)), LOG, WITNESS);

const lines = (hashes: readonly Hash[]): string =>
  hashes.map((hash) => `${toBase64(hash)}\n`).join("");
const PROOF = TREE.path(INDEX, 0, SIZE);

function fileOf({
  extra = toBase64(ENTRY),
  index = `${INDEX}`,
  proof = PROOF,
  note = NOTE,
} = {}): string {
  return `c2sp.org/tlog-proof@v1\nextra ${extra}\nindex ${index}\n${lines(proof)}\n${note}`;
}
const BARE = fileOf().replace(/extra .*\n/, "");

const why = (file: string | Uint8Array, entry?: Uint8Array): string =>
  refusal(() =>
    verifyReceipt(typeof file === "string" ? utf8(file) : file, POLICY, entry),
  ) ?? "nothing";

test("A receipt verifies with the entry it carries, or with one that is given", () => {
  const { entry, checkpoint, index } = verifyReceipt(utf8(fileOf()), POLICY);
  assert.equal(entry.position, 6n);
  assert.equal(index, 6n);
  assert.equal(checkpoint.size, 11n);
  assert.equal(checkpoint.witnesses.length, 1);
  assert.equal(why(fileOf(), ENTRY), "nothing");
  assert.equal(why(BARE, ENTRY), "nothing");
  assert.match(why(BARE), /does not carry its entry/);
  assert.match(why(fileOf(), ENTRIES[5]), /another entry/);
  assert.match(why(BARE, ENTRIES[5]), /position 5/);
});

test("Every byte of a receipt counts", () => {
  const bytes = utf8(fileOf());
  // A bit or two of each byte, each bit in its turn.
  for (let bit = 0; bit < 8 * bytes.length; bit += 7) {
    assert.notEqual(why(flipped(bytes, bit)), "nothing", `bit ${bit}`);
  }
});

test("Hashes dropped, added or exchanged, and other indexes, are refused", () => {
  for (let i = 0; i < PROOF.length; i++) {
    const rest = PROOF.filter((_, j) => j !== i);
    assert.match(why(fileOf({ proof: rest })), /too few|does not lead/);
    const twice = [...PROOF.slice(0, i), PROOF[i] as Hash, ...PROOF.slice(i)];
    assert.match(why(fileOf({ proof: twice })), /too many|does not lead/);
  }
  assert.match(why(fileOf({ proof: [...PROOF].reverse() })), /does not lead/);
  assert.match(why(fileOf({ index: "5" })), /says position 6/);
  const leaf = leafOf(ENTRY);
  for (const index of ["5", "7", "10", "11"]) {
    const attempt = () => verifyProofFile(utf8(fileOf({ index })), leaf, POLICY);
    assert.ok(refusal(attempt), index);
  }
});

test("A checkpoint of another size is refused, where the proof alone would hold as well", () => {
  const text = checkpointText(SIZE + 1, TREE.root(0, SIZE));
  const note = NOTE.replace(checkpointText(SIZE, TREE.root(0, SIZE)), text);
  assert.match(why(fileOf({ note })), /does not verify/);
});

test("A receipt without the quorum, or of another log, is refused", () => {
  const text = checkpointText(SIZE, TREE.root(0, SIZE));
  assert.match(why(fileOf({ note: noteOf(text, LOG) })), /quorum/);
  assert.match(why(fileOf({ note: noteOf(text, WITNESS) })), /no accepted key/);
});

test("What is not a proof file is refused", () => {
  const reading = (file: string): string => refusal(() => parseProofFile(utf8(file))) ?? "nothing";
  assert.equal(reading(fileOf()), "nothing");
  assert.equal(reading(fileOf({ proof: [] })), "nothing");
  assert.match(reading(""), /no empty line/);
  assert.match(reading(fileOf().replace("@v1", "@v2")), /not a c2sp/);
  assert.match(reading(`\n${fileOf()}`), /not a c2sp|no empty line/);
  assert.match(reading(fileOf().replace("v1\n", "v1\r\n")), /not a c2sp/);
  assert.match(reading(fileOf({ extra: "" })), /none in it/);
  assert.match(reading(fileOf({ extra: "AAA" })), /extra data is not padded/);
  assert.match(reading(fileOf().replace("extra", "Extra")), /no index line/);
  assert.match(reading(fileOf().replace(/(extra .*\n)/, "$1$1")), /no index line/);
  assert.match(reading(fileOf().replace(/(index .*\n)/, "")), /no index line/);
  for (const index of ["", "06", "-6", "6 ", "six", "18446744073709551616"]) {
    assert.match(reading(fileOf({ index })), /index/, index);
  }
  assert.match(reading(fileOf({ proof: [new Uint8Array(31)] })), /31 bytes/);
  const many = Array.from({ length: 64 }, () => new Uint8Array(32));
  assert.match(reading(fileOf({ proof: many })), /too many hashes/);
  // The empty line is missing: the checkpoint is read as hashes.
  assert.match(reading(fileOf().replace("\n\n", "\n")), /base64|bytes/);
});
