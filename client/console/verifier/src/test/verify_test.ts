// SPDX-License-Identifier: Apache-2.0
//
// The command as its users meet it: output, exit codes, and the batch.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { toBase64, toHex, utf8 } from "../library/index.js";
import { leafOf, Tree } from "./reference.js";
import {
  checkpointText,
  entriesOf,
  exported,
  FIRST_CHECKPOINT,
  flipped,
  GOLDEN_COSIGNATURE,
  LOG,
  LOG_KEY,
  noteOf,
  PAYLOAD,
  SALT,
  WITNESS_KEY_AS_TYPE_1,
} from "./sample.js";

const COMMAND = fileURLToPath(new URL("../verify.js", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "verify-test-"));
after(() => rmSync(FOLDER, { recursive: true }));

function put(path: string, content: string | Uint8Array): string {
  const whole = join(FOLDER, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, content);
  return whole;
}

function run(args: string[], input: string | Uint8Array = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    input,
    maxBuffer: 1 << 28,
  });
  return { status, out: stdout.toString(), err: stderr.toString() };
}

const ENTRIES = entriesOf(300);
const TREE = new Tree(ENTRIES.map(leafOf));
for (const [path, bytes] of exported(ENTRIES)) put(`log/${path}`, bytes);
const LOG_FOLDER = join(FOLDER, "log");
const OLD = put("old", noteOf(checkpointText(200, TREE.root(0, 200)), LOG));
const RECEIPT = `c2sp.org/tlog-proof@v1
extra ${toBase64(ENTRIES[5] as Uint8Array)}
index 5
${TREE.path(5, 0, 300)
  .map((hash) => `${toBase64(hash)}\n`)
  .join("")}
${noteOf(checkpointText(300, TREE.root(0, 300)), LOG)}`;
const RECEIPT_FILE = put("receipt.tlog-proof", RECEIPT);
const KEY = ["--key", LOG_KEY];

test("What verifies exits with 0 and says what was verified", () => {
  const cosigned = put("cosigned", FIRST_CHECKPOINT + GOLDEN_COSIGNATURE);
  const witness = ["--witness", WITNESS_KEY_AS_TYPE_1];
  const policy = put("policy", `log ${LOG_KEY}\nwitness w ${WITNESS_KEY_AS_TYPE_1}\nquorum w\n`);
  const payload = put("payload", PAYLOAD);
  const hashes = TREE.path(5, 0, 300).map(toBase64);
  const growth = TREE.consistency(200, 0, 300).map(toHex);
  const leaf = toHex(TREE.leaves[5] as Uint8Array);
  const root = toHex(TREE.root(0, 300));
  const cases: [string[], RegExp][] = [
    [["note", cosigned, ...KEY], /text +example.com\/log\/testdata\n/],
    [["checkpoint", cosigned, ...KEY, ...witness], /Wit1\+9b3fb2d5 at 2023-11-14T22:13:20Z/],
    [["checkpoint", cosigned, "--policy", policy], /size +1\n/],
    [["receipt", RECEIPT_FILE, ...KEY], /recorded +1970-01-01T00:00:01.000005Z\n/],
    [
      ["receipt", RECEIPT_FILE, ...KEY, "--payload", payload, "--salt", toHex(SALT)],
      /payload +13 bytes/,
    ],
    [["receipt", RECEIPT_FILE, ...KEY, "--leaf", leaf], /index +5\n/],
    [["folder", LOG_FOLDER, ...KEY], /entries +300, hashed to the root; canonical/],
    [["folder", LOG_FOLDER, ...KEY, "--raw"], /entries +300, hashed to the root\n/],
    [["inclusion", "--folder", LOG_FOLDER, "--index", "5", ...KEY], /stream +lokus\/2\n/],
    [
      ["inclusion", "--index", "5", "--size", "300", "--leaf", leaf, "--root", root, ...hashes],
      /leaf 5 is under the root of size 300/,
    ],
    [["consistency", OLD, "-", "--folder", LOG_FOLDER, ...KEY], /size 200 is the beginning/],
    [
      [
        ...["consistency", "--old-size", "200", "--old-root", toHex(TREE.root(0, 200))],
        ...["--new-size", "300", "--new-root", root, ...growth],
      ],
      /size 200 is the beginning/,
    ],
  ];
  for (const [args, expected] of cases) {
    const { status, out, err } = run(args);
    assert.equal(err, "", args.join(" "));
    assert.equal(status, 0);
    assert.match(out, /^verified: /);
    assert.match(out, expected);
  }
});

test("What does not verify exits with 1 and says why", () => {
  const payload = put("other-payload", "what did not happen");
  const short = put("short", RECEIPT.replace(/\n.*\n\n/, "\n\n"));
  const forged = put("forged", noteOf(checkpointText(200, TREE.root(0, 201)), LOG));
  const steering = put("steering", noteOf("\u009b2J\u202etext\n", LOG));
  const cases: [string[], RegExp][] = [
    [["receipt", short, ...KEY], /refused: the inclusion proof has too few hashes\n/],
    [["receipt", RECEIPT_FILE, "--payload", payload, "--salt", toHex(SALT), ...KEY], /19 bytes/],
    [["receipt", RECEIPT_FILE, ...KEY, "--witness", WITNESS_KEY_AS_TYPE_1], /quorum/],
    [["consistency", forged, "-", "--folder", LOG_FOLDER, ...KEY], /does not lead to the old root/],
    [["consistency", RECEIPT_FILE, "-", "--folder", LOG_FOLDER, ...KEY], /refused/],
    [["folder", FOLDER, ...KEY], /checkpoint is missing/],
    [["checkpoint", steering, ...KEY], /refused/],
  ];
  for (const [args, expected] of cases) {
    const { status, out, err } = run(args);
    assert.equal(status, 1, args.join(" "));
    assert.equal(out, "");
    assert.match(err, expected);
  }
  // Text of others does not steer the terminal.
  const { out } = run(["note", steering, ...KEY]);
  assert.match(out, /text +\\u\{9b\}2J\\u\{202e\}text\n/);
});

test("Wrong usage exits with 2", () => {
  const cases: [string[], RegExp][] = [
    [[], /no command/],
    [["prove"], /no command prove/],
    [["toString"], /no command toString/],
    [["checkpoint"], /takes 1 names/],
    [["checkpoint", OLD], /--policy FILE or --key/],
    [["checkpoint", OLD, "--key", "abc"], /NAME\+ID/],
    [["checkpoint", OLD, ...KEY, "--policy", OLD], /exclude/],
    [["checkpoint", OLD, ...KEY, "--raw"], /does not take --raw/],
    [["checkpoint", OLD, "--unknown"], /unknown/],
    [["checkpoint", join(FOLDER, "absent"), ...KEY], /cannot be read: ENOENT/],
    [["checkpoint", OLD, "--policy", OLD], /line 1 of the policy/],
    [["receipt", RECEIPT_FILE, ...KEY, "--payload", OLD], /--salt is missing/],
    [["inclusion", "--index", "05", "--size", "6"], /--index is not a decimal/],
    [["inclusion", "--index", "5"], /--size is missing/],
    [["batch", "file"], /takes 0 names/],
  ];
  for (const [args, expected] of cases) {
    const { status, out, err } = run(args);
    assert.equal(status, 2, args.join(" "));
    assert.equal(out, "");
    assert.match(err, expected);
  }
  assert.equal(run(["--help"]).status, 0);
  assert.match(run(["batch", "--help"]).out, /"kind": "consistency"/);
});

test("A batch answers each line in order, and tells refusals from lines it cannot read", () => {
  const leaf = toHex(TREE.leaves[5] as Uint8Array);
  const root = toHex(TREE.root(0, 300));
  const proof = TREE.path(5, 0, 300).map(toHex);
  const inclusion = { kind: "inclusion", index: 5, size: "300", leaf, root, proof };
  const consistency = {
    kind: "consistency",
    old_size: 200,
    new_size: 300,
    old_root: toHex(TREE.root(0, 200)),
    new_root: root,
    proof: TREE.consistency(200, 0, 300).map(toHex),
  };
  const text = FIRST_CHECKPOINT + GOLDEN_COSIGNATURE;
  const keys = [LOG_KEY];
  const witnesses = [WITNESS_KEY_AS_TYPE_1];
  const policy = `log ${LOG_KEY}\nquorum none\n`;
  const entry = toHex(ENTRIES[5] as Uint8Array);
  const lines: [unknown, true | RegExp, malformed?: true][] = [
    [inclusion, true],
    [{ ...inclusion, index: 6 }, /does not lead/],
    [{ ...inclusion, index: "9007199254740993" }, /not in a tree/],
    [{ ...inclusion, index: 2 ** 53 }, /as a string/, true],
    [{ ...inclusion, index: "x" }, /not a decimal/],
    [{ ...inclusion, proof: proof.slice(1) }, /too few|does not lead/],
    [{ ...inclusion, proof: [...proof, "00"] }, /1 bytes instead of 32/],
    [{ ...inclusion, proof: "00" }, /not a list/, true],
    [{ ...inclusion, leaf: "zz" }, /not hexadecimal/],
    [{ ...inclusion, leaf: undefined }, /not a string/, true],
    [consistency, true],
    [{ ...consistency, old_size: 199 }, /consistency proof/],
    [{ kind: "note", text, keys, witnesses }, true],
    [{ kind: "note", text_hex: toHex(utf8(text)), keys }, true],
    [{ kind: "note", text_hex: toHex(flipped(utf8(text), 3)), keys }, /does not verify/],
    [{ kind: "note", text_hex: "ff", keys }, /UTF-8/],
    [{ kind: "note", text, keys: ["x"] }, /NAME/],
    [{ kind: "checkpoint", text, keys, witnesses }, true],
    [{ kind: "checkpoint", text: FIRST_CHECKPOINT, keys, witnesses }, /quorum/],
    [{ kind: "checkpoint", text, policy }, true],
    [{ kind: "proof_file", text: RECEIPT, leaf, policy }, true],
    [{ kind: "proof_file", text: RECEIPT, leaf: root, keys }, /does not lead/],
    [{ kind: "receipt", text: RECEIPT, keys }, true],
    [{ kind: "receipt", text: RECEIPT, keys, entry }, true],
    [{ kind: "receipt", text: RECEIPT, keys, entry: "00" }, /another entry/],
    [{ kind: "entry", entry }, true],
    [{ kind: "entry", entry, position: 5, salt: toHex(SALT), payload: toHex(PAYLOAD) }, true],
    [{ kind: "entry", entry, position: 6 }, /position 5/],
    [{ kind: "entry", entry: entry.slice(2) }, /kind 0/],
    [{ kind: "key", key: LOG_KEY }, true],
    [{ kind: "policy", policy: "quorum q\n" }, /no earlier line/],
    [{ kind: "policy", policy_hex: toHex(utf8("quorum none\n")) }, true],
    [{ kind: "policy", policy_hex: "0d" }, /control character/],
    [{ kind: "guess" }, /no kind "guess"/, true],
    [[], /not a JSON object/, true],
  ];
  const input = lines.map(([line]) => JSON.stringify(line)).join("\n");
  const { status, out, err } = run(["batch"], `${input}\nnot JSON\n`);
  assert.equal(err, "");
  assert.equal(status, 2);
  const answers = out.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  assert.equal(answers.length, lines.length + 1);
  lines.forEach(([line, expected, malformed], i) => {
    const answer = answers[i];
    const what = JSON.stringify(line);
    assert.equal(answer.ok, expected === true, `${what} ${answer.why}`);
    if (expected !== true) assert.match(answer.why, expected, what);
    assert.equal(answer.malformed, malformed, what);
  });
  assert.deepEqual(answers.at(-1), { ok: false, why: "the line is not JSON", malformed: true });
});

test("A batch of 20,000 lines is answered whole, the last one without a newline", () => {
  const leaf = toHex(TREE.leaves[7] as Uint8Array);
  const root = toHex(TREE.root(0, 300));
  const proof = TREE.path(7, 0, 300).map(toHex);
  const input = Array.from({ length: 20_000 }, (_, i) =>
    JSON.stringify({ kind: "inclusion", index: i % 2 ? 7 : 8, size: 300, leaf, root, proof }),
  ).join("\n");
  const { status, out } = run(["batch"], input);
  assert.equal(status, 0);
  const answers = out.split("\n").slice(0, -1);
  assert.equal(answers.length, 20_000);
  assert.ok(answers.every((answer, i) => (answer === '{"ok":true}') === (i % 2 === 1)));
  assert.deepEqual(run(["batch"]), { status: 0, out: "", err: "" });
});
