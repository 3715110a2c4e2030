// SPDX-License-Identifier: Apache-2.0
//
// Signed notes of c2sp.org/signed-note, with the cosignatures of c2sp.org/tlog-cosignature.
import { concat, equal, fileText, fromBase64, utf8 } from "./bytes.js";
import { parseCheckpoint } from "./checkpoint.js";
import {
  COSIGNATURE,
  checkEd25519,
  isKeyName,
  type Key,
  sameKey,
  shortKey,
  type SignatureCheck,
} from "./key.js";
import { MAX_SIGNATURES } from "./limits.js";
import { refuse } from "./refused.js";

const MAX_TIME = 2n ** 63n - 1n;

/** A signature line, not verified. */
export interface SignatureLine {
  readonly name: string;
  /** 4 bytes. */
  readonly id: Uint8Array;
  /** What follows the id: for a cosignature 8 bytes of time, then the signature. */
  readonly signature: Uint8Array;
}

/** A note as it stands, not verified. */
export interface Note {
  /** With its final newline, without the empty line that separates it from the signatures. */
  readonly text: string;
  readonly signatures: readonly SignatureLine[];
}

/** A signature that was verified. */
export interface Signer {
  readonly key: Key;
  /** When it was made, in seconds since 1970 UTC, as the signer says; only of a cosignature. */
  readonly time?: bigint;
}

/** A note that at least one of the given keys has signed. */
export interface OpenedNote {
  readonly text: string;
  /** One for each key that signed, in the order of the lines. */
  readonly signers: readonly Signer[];
  /** Lines of keys that were not given. */
  readonly unknown: number;
}

export function parseNote(bytes: Uint8Array): Note {
  const note = fileText(bytes, "the note");
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) refuse("the note has a control character in it");
  const split = note.lastIndexOf("\n\n");
  if (split < 0) refuse("the note has no empty line between text and signatures");
  const lines = note.slice(split + 2).split("\n");
  if (lines.pop() !== "") refuse("the last signature line is not ended by a newline");
  if (lines.length === 0) refuse("the note has no signature lines");
  if (lines.length > MAX_SIGNATURES) {
    refuse(`the note has ${lines.length} signature lines; at most ${MAX_SIGNATURES} are read`);
  }
  return { text: note.slice(0, split + 1), signatures: lines.map(parseLine) };
}

function parseLine(line: string): SignatureLine {
  const [dash, name, base64, ...rest] = line.split(" ");
  if (dash !== "\u2014" || name === undefined || base64 === undefined || rest.length > 0) {
    refuse("a signature line is not: em dash, name, base64, with single spaces between");
  }
  if (!isKeyName(name)) refuse("a signature line has a name with a space or a plus in it");
  const bytes = fromBase64(base64, "a signature");
  if (bytes.length < 5) refuse("a signature line has no signature after the id of its key");
  return { name, id: bytes.slice(0, 4), signature: bytes.slice(4) };
}

/**
 * Verifies the signatures of the given keys. Refuses if none of them signed, and also if a line has
 * the name and id of one of them and does not verify. Lines of other keys are left alone.
 */
export function openNote(
  bytes: Uint8Array,
  keys: readonly Key[],
  check: SignatureCheck = checkEd25519,
): OpenedNote {
  const note = parseNote(bytes);
  const signers: Signer[] = [];
  let unknown = 0;
  for (const line of note.signatures) {
    const candidates = keys.filter((key) => key.name === line.name && equal(key.id, line.id));
    const [key] = candidates;
    if (key === undefined) {
      unknown++;
      continue;
    }
    if (candidates.some((other) => !sameKey(key, other))) {
      refuse(`two different keys are called ${shortKey(key)}`);
    }
    const signer = verifyLine(note.text, line, key, check);
    if (!signers.some((earlier) => sameKey(earlier.key, key))) signers.push(signer);
  }
  if (signers.length === 0) refuse("no key that was given has signed the note");
  return { text: note.text, signers, unknown };
}

function verifyLine(text: string, line: SignatureLine, key: Key, check: SignatureCheck): Signer {
  const isCosignature = key.type === COSIGNATURE;
  if (line.signature.length !== (isCosignature ? 72 : 64)) {
    refuse(`the signature of ${shortKey(key)} does not have the length of its type`);
  }
  if (!isCosignature) {
    if (!check(line.signature, utf8(text), key.publicKey)) {
      refuse(`the signature of ${shortKey(key)} does not verify`);
    }
    return { key };
  }
  // A cosignature is a statement about a tree; over another text it would mean nothing.
  parseCheckpoint(text);
  const view = new DataView(line.signature.buffer, line.signature.byteOffset);
  const time = view.getBigUint64(0);
  if (time > MAX_TIME) refuse(`the time of the cosignature of ${shortKey(key)} is too large`);
  const message = concat(utf8(`cosignature/v1\ntime ${time}\n`), utf8(text));
  if (!check(line.signature.subarray(8), message, key.publicKey)) {
    refuse(`the cosignature of ${shortKey(key)} does not verify`);
  }
  return { key, time };
}
