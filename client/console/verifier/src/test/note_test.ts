// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  asWitness,
  concat,
  formatKey,
  fromBase64,
  fromHex,
  type Key,
  MAX_SIGNATURES,
  openNote,
  parseCheckpoint,
  parseKey,
  parseNote,
  toBase64,
  toHex,
  utf8,
} from "../library/index.js";
import {
  checkpointText,
  FIRST_CHECKPOINT,
  flipped,
  GOLDEN_COSIGNATURE,
  LOG,
  LOG_KEY,
  noteOf,
  refusal,
  TestSigner,
  u64,
  WITNESS_KEY,
  WITNESS_KEY_AS_TYPE_1,
} from "./sample.js";
import { sha256 } from "./reference.js";

const EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;

const open = (note: string | Uint8Array, ...keys: (string | Key)[]) =>
  openNote(
    typeof note === "string" ? utf8(note) : note,
    keys.map((key) => (typeof key === "string" ? parseKey(key) : key)),
  );
const why = (note: string | Uint8Array, ...keys: (string | Key)[]): string =>
  refusal(() => open(note, ...keys)) ?? "nothing";
const parsing = (note: string | Uint8Array): string =>
  refusal(() => parseNote(typeof note === "string" ? utf8(note) : note)) ?? "nothing";

test("The example of the specification verifies", () => {
  const note = open(EXAMPLE, EXAMPLE_KEY);
  assert.equal(note.text, "This is an example message.\n");
  assert.equal(note.signers.length, 1);
  assert.equal(note.unknown, 0);
});

test("Every bit of a note counts", () => {
  const bytes = utf8(EXAMPLE);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    assert.notEqual(why(flipped(bytes, bit), EXAMPLE_KEY), "nothing", `bit ${bit}`);
  }
});

test("A note that is cut off anywhere is refused", () => {
  const bytes = utf8(EXAMPLE);
  for (let length = 0; length < bytes.length; length++) {
    assert.notEqual(why(bytes.slice(0, length), EXAMPLE_KEY), "nothing", `${length} bytes`);
  }
});

test("The text of a note ends at its last empty line", () => {
  const note = open(noteOf("a\n\nb\n\n\n", LOG), LOG_KEY);
  assert.equal(note.text, "a\n\nb\n\n\n");
});

test("Signatures of keys that are not known are left alone, and alone are not enough", () => {
  const other = new TestSigner("example.com/other", 1);
  const note = noteOf("text\n", other, LOG);
  assert.equal(open(note, LOG_KEY).unknown, 1);
  assert.match(why(noteOf("text\n", other), LOG_KEY), /no key that was given/);
  // The same name with another id, and the same id with another name.
  const namesake = new TestSigner(LOG.key.name, 1);
  assert.equal(open(noteOf("text\n", namesake, LOG), LOG_KEY).unknown, 1);
  const line = LOG.sign("text\n").replace(LOG.key.name, "example.com/renamed");
  assert.match(why(`text\n\n${line}`, LOG_KEY), /no key that was given/);
});

test("A known key whose signature fails spoils the note, whoever else signed", () => {
  const other = new TestSigner("example.com/other", 1);
  const note = noteOf("text\n", other) + LOG.line(new Uint8Array(64).fill(1));
  assert.equal(open(note, other.key).signers.length, 1);
  assert.match(why(note, other.key, LOG.key), /does not verify/);
  assert.match(why(noteOf("text\n", LOG) + LOG.line(new Uint8Array(64)), LOG.key), /not verify/);
  assert.match(why(`text\n\n${LOG.line(new Uint8Array(63))}`, LOG.key), /length/);
});

test("A key that signs twice is one signer", () => {
  const note = noteOf("text\n", LOG, LOG);
  assert.equal(open(note, LOG.key, LOG.key).signers.length, 1);
});

test("Two keys with the same name and id are not guessed between", () => {
  const twin = { ...LOG.key, publicKey: new TestSigner("x", 1).key.publicKey };
  assert.match(why(noteOf("text\n", LOG), LOG.key, twin), /two different keys/);
});

test("What is not a note is refused", () => {
  const line = LOG.sign("text\n");
  assert.equal(parsing(`text\n\n${line}`), "nothing");
  assert.match(parsing(""), /no empty line/);
  assert.match(parsing(`text\n${line}`), /no empty line/);
  assert.match(parsing("text\n\n"), /no signature lines/);
  assert.match(parsing(`text\n\n${line}`.slice(0, -1)), /not ended/);
  assert.match(parsing(`text\n\n${line}\n`), /no signature lines/);
  assert.match(parsing(`te\txt\n\n${line}`), /control character/);
  assert.match(parsing(`text\r\n\n${line}`), /control character/);
  assert.match(parsing(`te\u0000xt\n\n${line}`), /control character/);
  assert.match(parsing(concat(Uint8Array.of(0xff), utf8(`text\n\n${line}`))), /UTF-8/);
  assert.match(parsing(concat(Uint8Array.of(0xc0, 0x80), utf8(`text\n\n${line}`))), /UTF-8/);
  assert.match(parsing(concat(Uint8Array.of(0xed, 0xa0, 0x80), utf8(`\n\n${line}`))), /UTF-8/);
  assert.match(parsing(`text\n\nno signature\n${line}`), /em dash/);
  assert.match(parsing(`text\n\n${line.replace("—", "-")}`), /em dash/);
  assert.match(parsing(`text\n\n${line.replace("— ", "—  ")}`), /em dash/);
  assert.match(parsing(`text\n\n${line.replace("\n", " \n")}`), /em dash/);
  assert.match(parsing(`text\n\n${line.replace("example.com", "a+b")}`), /plus/);
  assert.match(parsing(`text\n\n${line.replace("example.com", "a\u00a0b")}`), /space/);
  assert.match(parsing(`text\n\n${line.replace("example.com", "a\u3000b")}`), /space/);
  assert.match(parsing("text\n\n— name AAAA\n"), /base64|no signature/);
  assert.match(parsing("text\n\n— name AAAAAA==\n"), /no signature after/);
  assert.match(parsing("text\n\n—  AAAAAAAA\n"), /em dash|space/);
  assert.match(parsing(`x${"y".repeat(1 << 20)}\n\n${line}`), /at most/);
});

test("A byte order mark is part of the text", () => {
  assert.equal(open(noteOf("\ufefftext\n", LOG), LOG_KEY).text, "\ufefftext\n");
  assert.notEqual(why(`\ufeff${noteOf("text\n", LOG)}`, LOG_KEY), "nothing");
});

test("Base64 has one spelling", () => {
  assert.equal(toHex(fromBase64("AAE=", "it")), "0001");
  for (const text of ["AAE", "AAF=", "AA==E", "AAE=\n", " AAE=", "AA_-", "====", "A===", "AB=="]) {
    assert.ok(refusal(() => fromBase64(text, "it")), text);
  }
  for (let length = 0; length < 20; length++) {
    const bytes = sha256(Uint8Array.of(length)).slice(0, length);
    assert.equal(toBase64(bytes), Buffer.from(bytes).toString("base64"));
    assert.deepEqual(fromBase64(toBase64(bytes), "it"), bytes);
  }
});

test("Hexadecimal is pairs of digits of either case", () => {
  assert.deepEqual(fromHex("00fFa9", "it"), Uint8Array.of(0, 255, 169));
  assert.deepEqual(fromHex("", "it"), new Uint8Array(0));
  for (const text of ["0", "0g", "0x", " 00", "000", "\uff10\uff10"]) {
    assert.ok(refusal(() => fromHex(text, "it")), text);
  }
});

test("Sixteen signatures are read, and many are not", () => {
  const others = Array.from({ length: 15 }, (_, i) => new TestSigner(`example.com/${i}`, 1));
  assert.equal(open(noteOf("text\n", ...others, LOG), LOG_KEY).unknown, 15);
  const lines = GOLDEN_COSIGNATURE.repeat(MAX_SIGNATURES + 1);
  assert.match(parsing(`text\n\n${lines}`), /signature lines/);
});

test("Keys are read strictly", () => {
  for (const vkey of [EXAMPLE_KEY, LOG_KEY, WITNESS_KEY, WITNESS_KEY_AS_TYPE_1]) {
    assert.equal(formatKey(parseKey(vkey)), vkey);
  }
  const keyWhy = (vkey: string): string => refusal(() => parseKey(vkey)) ?? "nothing";
  assert.match(keyWhy(""), /NAME\+ID/);
  assert.match(keyWhy("example.com/foo"), /NAME\+ID/);
  assert.match(keyWhy(EXAMPLE_KEY.replace("530d903a", "530D903A")), /lower-case/);
  assert.match(keyWhy(EXAMPLE_KEY.replace("530d903a", "30d903a")), /8 lower-case/);
  assert.match(keyWhy(EXAMPLE_KEY.replace("530d903a", "530d903b")), /give 530d903a/);
  assert.match(keyWhy(EXAMPLE_KEY.replace("foo", "bar")), /give/);
  assert.match(keyWhy(EXAMPLE_KEY.replace("foo", "f o")), /space/);
  assert.match(keyWhy(EXAMPLE_KEY.replace("example.com/foo", "")), /empty/);
  assert.match(keyWhy(`${EXAMPLE_KEY}\n`), /base64/);
  assert.match(keyWhy(EXAMPLE_KEY.slice(0, -4)), /32 bytes/);
  assert.match(keyWhy(EXAMPLE_KEY.replace("+Aeky", "+Aekz")), /give/);
  assert.match(keyWhy(EXAMPLE_KEY.replace("+Aek", "+Bek")), /type 5 are not supported/);
  assert.match(keyWhy("a+00000000+"), /type \(none\)/);
});

test("Every character of a key counts", () => {
  for (let i = 0; i < LOG_KEY.length; i++) {
    for (const other of ["A", "b", "0", "+", "=", " "]) {
      if (LOG_KEY[i] === other) continue;
      const changed = LOG_KEY.slice(0, i) + other + LOG_KEY.slice(i + 1);
      assert.ok(refusal(() => parseKey(changed)), changed);
    }
  }
});

test("The golden cosignature verifies under both forms of the witness's key", () => {
  const note = FIRST_CHECKPOINT + GOLDEN_COSIGNATURE;
  for (const vkey of [WITNESS_KEY, WITNESS_KEY_AS_TYPE_1]) {
    const { signers } = open(note, LOG_KEY, asWitness(parseKey(vkey)));
    assert.equal(signers[1]?.time, 1_700_000_000n);
  }
  // As a key of type 1 it is another key, which has not signed.
  assert.equal(open(note, LOG_KEY, WITNESS_KEY_AS_TYPE_1).signers.length, 1);
});

test("Every bit of a cosignature counts, the time included", () => {
  const bytes = fromBase64(GOLDEN_COSIGNATURE.split(" ")[2]?.trim() ?? "", "it");
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const line = `— Wit1 ${toBase64(flipped(bytes, bit))}\n`;
    assert.notEqual(why(FIRST_CHECKPOINT + line, WITNESS_KEY), "nothing", `bit ${bit}`);
  }
});

test("A cosignature is of a checkpoint with all its lines, and of nothing else", () => {
  const witness = new TestSigner("witness", 4);
  const text = `${checkpointText(7, sha256())}extension\n`;
  const note = noteOf(text, LOG, witness);
  assert.equal(open(note, witness.key).signers.length, 1);
  const other = `${text.replace("extension", "Extension")}\n${witness.sign(text)}`;
  assert.match(why(other, witness.key), /does not verify/);
  assert.match(why(noteOf("text\n", witness), witness.key), /checkpoint/);
  const late = 2n ** 63n;
  assert.match(why(`${text}\n${witness.sign(text, late)}`, witness.key), /too large/);
  assert.equal(why(`${text}\n${witness.sign(text, late - 1n)}`, witness.key), "nothing");
});

test("A signature whose second half is not below the group order is refused", () => {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const signature = fromBase64(LOG.sign("text\n").split(" ")[2]?.trim() ?? "", "it").slice(4);
  const half = BigInt(`0x${toHex(signature.slice(32).reverse())}`) + order;
  const bytes = concat(signature.slice(0, 32), littleEndian(half));
  assert.match(why(`text\n\n${LOG.line(bytes)}`, LOG_KEY), /does not verify/);
});

/** 32 bytes, little-endian. */
function littleEndian(value: bigint): Uint8Array {
  return concat(...[0n, 64n, 128n, 192n].map((shift) => u64(value >> shift).reverse()));
}

test("Checkpoints are read strictly", () => {
  const root = toBase64(sha256(Uint8Array.of(1)));
  const checkpointWhy = (text: string): string => refusal(() => parseCheckpoint(text)) ?? "nothing";
  assert.equal(checkpointWhy(`o\n7\n${root}\n`), "nothing");
  assert.equal(checkpointWhy(`o o+o\n18446744073709551615\n${root}\na\nb\n`), "nothing");
  assert.equal(checkpointWhy(`o\n0\n${root}\n`), "nothing");
  assert.match(checkpointWhy(`o\n7\n${root}`), /newline/);
  assert.match(checkpointWhy("o\n7\n"), /three lines|base64|bytes/);
  assert.match(checkpointWhy(`\n7\n${root}\n`), /no origin/);
  assert.match(checkpointWhy(`o\n7\n${root}\n\n`), /empty line/);
  assert.match(checkpointWhy(`o\n7\n${root}\n\nx\n`), /empty line/);
  const large = "18446744073709551616";
  for (const size of ["", "07", "+7", "-7", "7 ", " 7", "0x7", "7.0", "1e1", "\u0667", large]) {
    assert.match(checkpointWhy(`o\n${size}\n${root}\n`), /tree size/, size);
  }
  assert.match(checkpointWhy(`o\n7\n${root.slice(0, -1)}\n`), /base64/);
  assert.match(checkpointWhy(`o\n7\n${root.slice(0, 40)}\n`), /30 bytes/);
  assert.match(checkpointWhy(`o\n7\n${root} \n`), /base64/);
});
