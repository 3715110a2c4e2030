// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";

import { concat, parsePolicy, policyOf, utf8, verifyCheckpoint } from "../library/index.js";
import { sha256 } from "./reference.js";
import {
  checkpointText,
  FIRST_CHECKPOINT,
  GOLDEN_COSIGNATURE,
  LOG,
  LOG_KEY,
  noteOf,
  refusal,
  TestSigner,
  WITNESS_KEY_AS_TYPE_1,
} from "./sample.js";

const [X1, X2, X3, Y1, Y2] = ["X1", "X2", "X3", "Y1", "Y2"].map(
  (name) => new TestSigner(name, 4),
) as [TestSigner, TestSigner, TestSigner, TestSigner, TestSigner];

const TWO_LEVELS = `# Who must have seen it.
log ${LOG_KEY} https://example.com/log/

witness X1 ${X1.vkey}
witness X2 ${X2.vkey} https://x2.example/
 \t witness\tX3  ${X3.vkey}\t
group X-witnesses 2 X1 X2 X3
witness Y1 ${Y1.vkey}
witness Y2 ${Y2.vkey}
group Y-witnesses any Y1 Y2
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

const TEXT = checkpointText(7, sha256());

const why = (policy: string, note: string): string =>
  refusal(() => verifyCheckpoint(utf8(note), parsePolicy(utf8(policy)))) ?? "nothing";
const reading = (policy: string | Uint8Array): string =>
  refusal(() => parsePolicy(typeof policy === "string" ? utf8(policy) : policy)) ?? "nothing";

test("A quorum of two levels is reached exactly by the sets that it means", () => {
  const witnesses = [X1, X2, X3, Y1, Y2];
  for (let set = 0; set < 1 << witnesses.length; set++) {
    const present = witnesses.filter((_, i) => ((set >> i) & 1) === 1);
    const xs = present.filter((witness) => witness.key.name.startsWith("X")).length;
    const enough = xs >= 2 && present.length > xs;
    const verdict = why(TWO_LEVELS, noteOf(TEXT, LOG, ...present));
    assert.equal(verdict === "nothing", enough, `${set}: ${verdict}`);
    if (!enough) assert.match(verdict, /quorum is not reached: group X-and-Y has [01] of the 2/);
  }
});

test("One witness that signs many times is one", () => {
  assert.match(why(TWO_LEVELS, noteOf(TEXT, LOG, X1, X1, X1, Y1)), /quorum/);
});

test("A known witness whose cosignature fails spoils the checkpoint, needed or not", () => {
  const good = noteOf(TEXT, LOG, X1, X2, Y1);
  assert.equal(why(TWO_LEVELS, good), "nothing");
  assert.match(why(TWO_LEVELS, good + X3.line(new Uint8Array(72))), /X3.*does not verify/);
});

test("The signature of the log is needed, by a key named like the origin", () => {
  assert.match(why(TWO_LEVELS, noteOf(TEXT, X1, X2, Y1)), /no accepted key of the log/);
  const other = new TestSigner("example.com/other", 1);
  const policy = `log ${LOG_KEY}\nlog ${other.vkey}\nquorum none\n`;
  assert.equal(why(policy, noteOf(TEXT, LOG)), "nothing");
  assert.match(why(policy, noteOf(TEXT, other)), /no accepted key of the log/);
  assert.equal(why(policy, noteOf(checkpointText(7, sha256(), other.key.name), other)), "nothing");
  assert.match(why("quorum none\n", noteOf(TEXT, LOG)), /no key/);
});

test("A tree of nothing has one root", () => {
  const policy = `log ${LOG_KEY}\nquorum none\n`;
  assert.equal(why(policy, noteOf(checkpointText(0, sha256()), LOG)), "nothing");
  const other = checkpointText(0, sha256(Uint8Array.of(1)));
  assert.match(why(policy, noteOf(other, LOG)), /empty tree/);
});

test("A policy is never long, nor of many", () => {
  const ends = "quorum none\n";
  const longest = ends + "#".repeat((256 << 10) - ends.length);
  assert.equal(reading(longest), "nothing");
  assert.match(reading(`${longest}#`), /262145 bytes/);
  const of = (count: number, line: (name: string) => string): string =>
    Array.from({ length: count }, (_, i) => `${line(`n${i}`)}\n`).join("") + ends;
  const log = (name: string): string => `log ${new TestSigner(name, 1).vkey}`;
  const witness = (name: string): string => `witness ${name} ${new TestSigner(name, 4).vkey}`;
  const group = (name: string): string => `${witness(name)}\ngroup g${name} any ${name}`;
  for (const line of [log, witness, group]) assert.equal(reading(of(256, line)), "nothing");
  assert.match(reading(of(257, log)), /line 257 .*more than 256 times a log/);
  assert.match(reading(of(257, witness)), /line 257 .*more than 256 times a witness/);
  const groups = Array.from({ length: 257 }, (_, i) => `group g${i} any ${i ? `g${i - 1}` : "w"}\n`);
  assert.match(reading(`${witness("w")}\n${groups.join("")}`), /line 258 .*more than 256 groups/);
});

test("A log that signs as a witness does, with a time, is a log", () => {
  const log = new TestSigner("example.com/new", 4);
  const text = checkpointText(7, sha256(), log.key.name);
  assert.equal(why(`log ${log.vkey}\nquorum none\n`, noteOf(text, log)), "nothing");
});

test("A witness whose key is published as type 1 is known by its cosignature", () => {
  const policy = `log ${LOG_KEY}\nwitness w ${WITNESS_KEY_AS_TYPE_1}\nquorum w\n`;
  assert.equal(why(policy, FIRST_CHECKPOINT + GOLDEN_COSIGNATURE), "nothing");
  assert.match(why(policy, FIRST_CHECKPOINT), /witness w has not cosigned/);
});

test("Keys without a policy file must all have signed", () => {
  const attempt = (note: string) =>
    refusal(() => verifyCheckpoint(utf8(note), policyOf([LOG.key], [X1.key, X2.key])));
  assert.equal(attempt(noteOf(TEXT, LOG, X1, X2)), undefined);
  assert.match(attempt(noteOf(TEXT, LOG, X1)) ?? "", /quorum/);
});

test("What is not a policy is refused, with the line", () => {
  const log = `log ${LOG_KEY}\n`;
  const x1 = `witness X1 ${X1.vkey}\n`;
  assert.equal(reading(`${log}quorum none`), "nothing");
  assert.match(reading(log), /names no quorum/);
  assert.match(reading(`${log}quorum X1\n${x1}`), /line 2 .*no earlier line defines "X1"/);
  assert.match(reading(`${log}group g all X1\n${x1}quorum g\n`), /line 2 .*no earlier/);
  assert.match(reading(`${log}${log}quorum none\n`), /line 2 .*earlier log/);
  assert.match(reading(`${x1}witness X2 ${X1.vkey}\nquorum none\n`), /earlier witness/);
  assert.match(reading(`${x1}witness X1 ${X2.vkey}\nquorum none\n`), /"X1" is taken/);
  assert.match(reading(`witness none ${X1.vkey}\nquorum none\n`), /"none" is taken/);
  assert.match(reading(`${x1}group g any none\nquorum g\n`), /no earlier line defines "none"/);
  assert.match(reading(`${x1}group g any X1 X1\nquorum g\n`), /member twice/);
  assert.match(reading(`${x1}group g any X1\ngroup h any X1\nquorum g\n`), /member twice/);
  assert.match(reading(`${x1}group g any\nquorum none\n`), /none of/);
  for (const count of ["0", "2", "01", "-1", "1.0", "some"]) {
    assert.match(reading(`${x1}group g ${count} X1\nquorum g\n`), /number from 1 to 1/, count);
  }
  assert.match(reading(`${x1}quorum X1\nquorum X1\n`), /two quorums/);
  assert.match(reading("trust me\nquorum none\n"), /line 1 .*none of/);
  assert.match(reading("quorum none extra\n"), /none of/);
  assert.match(reading("quorum none\r\n"), /control character/);
  assert.match(reading("log a+b+c\nquorum none\n"), /line 1 .*8 lower-case/);
});

test("Bytes that are no ASCII are opaque", () => {
  const name = Uint8Array.of(0xff, 0xfe);
  const file = concat(
    utf8(`# \u2014\nlog ${LOG_KEY}\nwitness `),
    name,
    utf8(` ${X1.vkey}\nquorum `),
    name,
    utf8("\n"),
  );
  assert.equal(reading(file), "nothing");
  const named = new TestSigner("példa/é", 4);
  const policy = `log ${LOG_KEY}\nwitness é ${named.vkey}\nquorum é\n`;
  assert.equal(why(policy, noteOf(TEXT, LOG, named)), "nothing");
});
