// SPDX-License-Identifier: Apache-2.0
import { MAX_SIZE, MAX_TEXT_BYTES } from "./limits.js";
import { refuse } from "./refused.js";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const NIBBLES = new Map(
  [..."0123456789abcdefABCDEF"].map((digit) => [digit.charCodeAt(0), Number.parseInt(digit, 16)]),
);
const SEXTETS = new Map([...ALPHABET].map((letter, value) => [letter, value]));

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text that the bytes encode. Refuses what is not UTF-8; keeps a byte order mark. */
export function textOf(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse(`${what} is not valid UTF-8`);
  }
}

/** textOf for a whole file, which may not be longer than MAX_TEXT_BYTES. */
export function fileText(bytes: Uint8Array, what: string): string {
  if (bytes.length > MAX_TEXT_BYTES) {
    refuse(`${what} has ${bytes.length} bytes; at most ${MAX_TEXT_BYTES} are read`);
  }
  return textOf(bytes, what);
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return compare(a, b) === 0;
}

/** Negative, zero or positive, in the order of unsigned bytes. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Refuses what is not pairs of hexadecimal digits. */
export function fromHex(text: string, what: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1);
  for (let i = 0; i < text.length; i++) {
    const value = NIBBLES.get(text.charCodeAt(i)) ?? refuse(`${what} is not hexadecimal`);
    bytes[i >> 1] = ((bytes[i >> 1] as number) << 4) | value;
  }
  if (text.length % 2 !== 0) refuse(`${what} is not hexadecimal`);
  return bytes;
}

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const bits =
      ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((bits >> 6) & 63) : "=";
    text += left > 2 ? ALPHABET.charAt(bits & 63) : "=";
  }
  return text;
}

/**
 * RFC 4648, section 4, with padding. Refuses any text but the one that toBase64 gives: a bit that
 * decodes to nothing could otherwise be changed without notice.
 */
export function fromBase64(text: string, what: string): Uint8Array {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  if (text.length % 4 !== 0) refuse(`${what} is not padded base64`);
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let offset = 0;
  for (let i = 0; i < digits; i++) {
    const value = SEXTETS.get(text.charAt(i)) ?? refuse(`${what} is not padded base64`);
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[offset++] = bits >> held;
      bits &= (1 << held) - 1;
    }
  }
  if (bits !== 0) refuse(`${what} is base64 with stray bits at its end`);
  return bytes;
}

/** A number from 0 to 2^64 - 1 in decimal, without leading zeros. */
export function fromDecimal(text: string, what: string): bigint {
  if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) {
    refuse(`${what} is not a decimal number without leading zeros`);
  }
  const value = BigInt(text);
  if (value > MAX_SIZE) refuse(`${what} is larger than 2^64 - 1`);
  return value;
}

/** Refuses what is not a SHA-256 hash. */
export function checkHash(bytes: Uint8Array, what: string): void {
  if (bytes.length !== 32) refuse(`${what} has ${bytes.length} bytes instead of 32`);
}
