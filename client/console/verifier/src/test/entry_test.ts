// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";

import { concat, fromHex, KINDS, parseEntry, utf8, verifyPayload } from "../library/index.js";
import { type EntryFields, entryBytes, flipped, PAYLOAD, refusal, SALT } from "./sample.js";

const why = (fields: EntryFields): string =>
  refusal(() => parseEntry(entryBytes(fields))) ?? "nothing";

test("An entry spelled out in hexadecimal is read field by field", () => {
  const bytes = fromHex(
    [
      "01", // version
      "02", // kind
      "0000000000000102", // position
      "00060a24181e4001", // commit time
      "0003 612f62", // stream
      "0000000000000007", // revision
      "0000000000000010", // previous position + 1
      "000102030405060708090a0b0c0d0e0f", // event id
      "0001 54", // event type
      "0002 7062", // content type
      "0000", // actor
      "ffffffffffffffff", // effective time
      "0001 63", // correlation id
      "0002 c3a9", // causation id
      "0003 0000 0001 61 0002 6161", // tags
      "11".repeat(32), // payload commitment
      "00000100", // payload length
    ]
      .join("")
      .replaceAll(" ", ""),
    "the entry",
  );
  assert.deepEqual(parseEntry(bytes), {
    kind: "erasure",
    position: 258n,
    commitTime: 1_700_000_000_000_001n,
    stream: "a/b",
    revision: 7n,
    previousPosition: 15n,
    eventId: Uint8Array.from({ length: 16 }, (_, i) => i),
    eventType: "T",
    contentType: "pb",
    actor: "",
    effectiveTime: -1n,
    correlationId: "c",
    causationId: "é",
    tags: ["", "a", "aa"],
    payloadCommitment: new Uint8Array(32).fill(0x11),
    payloadLength: 256,
  });
});

test("What is absent is told from what is zero", () => {
  const entry = parseEntry(entryBytes({ previous: 0n }));
  assert.equal(entry.previousPosition, undefined);
  assert.equal(entry.effectiveTime, undefined);
  assert.equal(parseEntry(entryBytes({ previous: 1n })).previousPosition, 0n);
  assert.equal(parseEntry(entryBytes({ effectiveTime: 0n })).effectiveTime, 0n);
});

test("All kinds are known, and no others", () => {
  KINDS.forEach((kind, i) => assert.equal(parseEntry(entryBytes({ kind: i + 1 })).kind, kind));
  assert.match(why({ kind: 0 }), /kind 0/);
  assert.match(why({ kind: 6 }), /kind 6/);
  assert.match(why({ version: 0 }), /version 0/);
  assert.match(why({ version: 2 }), /version 2/);
});

test("Tags are in the order of their bytes, each once", () => {
  assert.equal(why({ tags: [] }), "nothing");
  // In UTF-16, the order of these two is the other way around.
  assert.equal(why({ tags: ["\uff5e", "\u{10000}"] }), "nothing");
  assert.match(why({ tags: ["\u{10000}", "\uff5e"] }), /not in order/);
  assert.match(why({ tags: ["b", "a"] }), /not in order/);
  assert.match(why({ tags: ["a", "a"] }), /twice/);
  assert.match(why({ tags: ["aa", "a"] }), /not in order/);
});

test("An entry cut off anywhere, or with more after it, is refused", () => {
  const bytes = entryBytes();
  for (let length = 0; length < bytes.length; length++) {
    assert.match(
      refusal(() => parseEntry(bytes.slice(0, length))) ?? "nothing",
      /middle of a field/,
      `${length} bytes`,
    );
  }
  assert.match(why({ tail: Uint8Array.of(0) }), /after its last field/);
});

test("A previous position lies before the position", () => {
  assert.equal(why({ position: 5n, previous: 5n }), "nothing");
  assert.match(why({ position: 5n, previous: 6n }), /does not lie before/);
});

test("Names are UTF-8, and an entry is never long", () => {
  assert.match(why({ stream: Uint8Array.of(0xff) }), /stream name.*UTF-8/);
  assert.match(why({ stream: "x".repeat(4096) }), /never more than 4096/);
});

test("The payload is the one committed to", () => {
  const entry = parseEntry(entryBytes());
  const attempt = (salt: Uint8Array, payload: Uint8Array, of = entry): string =>
    refusal(() => verifyPayload(of, salt, payload)) ?? "nothing";
  assert.equal(attempt(SALT, PAYLOAD), "nothing");
  for (let bit = 0; bit < 8 * PAYLOAD.length; bit++) {
    assert.match(attempt(SALT, flipped(PAYLOAD, bit)), /not those/);
  }
  for (let bit = 0; bit < 256; bit++) {
    assert.match(attempt(flipped(SALT, bit), PAYLOAD), /not those/);
  }
  assert.match(attempt(SALT, concat(PAYLOAD, utf8("!"))), /14 bytes; the entry says 13/);
  // A salt of another length could move bytes between salt and payload.
  assert.match(attempt(SALT.slice(1), concat(SALT.slice(0, 1), PAYLOAD)), /31 bytes/);
  const silent = parseEntry(entryBytes({ payloadLength: 0 }));
  assert.equal(attempt(SALT, PAYLOAD, silent), "nothing");
});
