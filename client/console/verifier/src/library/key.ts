// SPDX-License-Identifier: Apache-2.0
//
// Verifier keys ("vkeys") of c2sp.org/signed-note.
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { concat, equal, fromBase64, textOf, toBase64, toHex, utf8 } from "./bytes.js";
import { refuse } from "./refused.js";

/** Ed25519 over the text of a note. */
export const ED25519 = 0x01;
/** Ed25519 over a time and a checkpoint: cosignature/v1 of c2sp.org/tlog-cosignature. */
export const COSIGNATURE = 0x04;

export interface Key {
  readonly name: string;
  readonly type: typeof ED25519 | typeof COSIGNATURE;
  /** 4 bytes that, with the name, say which key a signature line is of. */
  readonly id: Uint8Array;
  /** 32 bytes, as in RFC 8032. */
  readonly publicKey: Uint8Array;
}

/** Says if an Ed25519 signature of 64 bytes is one of the message under the public key. */
export type SignatureCheck = (
  signature: Uint8Array,
  message: Uint8Array,
  publicKey: Uint8Array,
) => boolean;

/**
 * Ed25519 as in RFC 8032, sections 5.1.3 and 5.1.7: encodings that are not canonical, a second
 * half not below the group order, and public keys of small order do not verify.
 */
export const checkEd25519: SignatureCheck = (signature, message, publicKey) =>
  ed25519.verify(signature, message, publicKey, { zip215: false });

/** A name that a signature line can carry: not empty, no Unicode space, no plus, no control. */
export function isKeyName(name: string): boolean {
  return name !== "" && !/[\p{White_Space}+\u0000-\u001f]/u.test(name);
}

/** NAME+ID+BASE64. Refuses types but ED25519 and COSIGNATURE, and an id that is not the key's. */
export function parseKey(vkey: string): Key {
  const [, name, id, material] =
    /^([^+]*)\+([^+]*)\+(.*)$/su.exec(vkey) ?? refuse("the key is not NAME+ID+BASE64");
  // A lone surrogate would be hashed as another character.
  if (!isKeyName(name as string) || textOf(utf8(name as string), "the name") !== name) {
    refuse("the name of the key is empty, or has a space or a control character in it");
  }
  if (!/^[0-9a-f]{8}$/.test(id as string)) {
    refuse("the id of the key is not 8 lower-case hexadecimal digits");
  }
  const bytes = fromBase64(material as string, "the key");
  const type = bytes[0];
  if (type !== ED25519 && type !== COSIGNATURE) {
    refuse(`keys of type ${type ?? "(none)"} are not supported; 1 and 4 are`);
  }
  if (bytes.length !== 33) refuse("an Ed25519 key has 32 bytes after its type");
  const key = makeKey(name as string, type, bytes.slice(1));
  if (toHex(key.id) !== id) {
    refuse(`the id of the key is ${id}, but its name, type and bytes give ${toHex(key.id)}`);
  }
  return key;
}

/**
 * The same key as a witness uses it. Some tools publish the key of a witness as type 1; its
 * cosignatures carry the id of type 4 all the same.
 */
export function asWitness(key: Key): Key {
  return makeKey(key.name, COSIGNATURE, key.publicKey);
}

/** NAME+ID+BASE64, as parseKey reads it. */
export function formatKey(key: Key): string {
  const material = toBase64(concat(Uint8Array.of(key.type), key.publicKey));
  return `${shortKey(key)}+${material}`;
}

/** NAME+ID, for people. */
export function shortKey(key: Key): string {
  return `${key.name}+${toHex(key.id)}`;
}

export function sameKey(a: Key, b: Key): boolean {
  return a.name === b.name && a.type === b.type && equal(a.publicKey, b.publicKey);
}

function makeKey(name: string, type: Key["type"], publicKey: Uint8Array): Key {
  const id = sha256(concat(utf8(name), Uint8Array.of(0x0a, type), publicKey)).slice(0, 4);
  return { name, type, id, publicKey };
}
