// SPDX-License-Identifier: Apache-2.0
//
// The canonical entry of a Jejak log, and the commitment to its payload.
import { sha256 } from "@noble/hashes/sha2.js";

import { checkHash, compare, concat, equal, textOf } from "./bytes.js";
import { MAX_ENTRY_BYTES } from "./limits.js";
import { refuse } from "./refused.js";

/** What an entry records; the number in the entry is the index plus one. */
export const KINDS = [
  "event",
  "erasure",
  "access batch",
  "projection digest",
  "administrative",
] as const;

/** One entry. Times are microseconds since 1970 UTC. */
export interface Entry {
  readonly kind: (typeof KINDS)[number];
  /** The leaf index. */
  readonly position: bigint;
  readonly commitTime: bigint;
  /** The resource that the entry belongs to. */
  readonly stream: string;
  /** Counts the entries of the stream. */
  readonly revision: bigint;
  /** Of the stream's entry before; undefined for its first. */
  readonly previousPosition: bigint | undefined;
  /** 16 bytes. */
  readonly eventId: Uint8Array;
  readonly eventType: string;
  readonly contentType: string;
  /** Who, as the server authenticated it. */
  readonly actor: string;
  /** When it happened, as claimed; undefined if it was not said. */
  readonly effectiveTime: bigint | undefined;
  readonly correlationId: string;
  readonly causationId: string;
  readonly tags: readonly string[];
  /** 32 bytes. */
  readonly payloadCommitment: Uint8Array;
  /** Bytes; 0 also where the length is not to be known. */
  readonly payloadLength: number;
}

const NO_TIME = -(2n ** 63n);

/** Refuses whatever is not the one encoding of an entry. */
export function parseEntry(bytes: Uint8Array): Entry {
  if (bytes.length > MAX_ENTRY_BYTES) {
    refuse(`the entry has ${bytes.length} bytes; there are never more than ${MAX_ENTRY_BYTES}`);
  }
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== 1) refuse(`the entry is of version ${version}; only 1 is known`);
  const kindNumber = reader.u8();
  const kind =
    KINDS[kindNumber - 1] ?? refuse(`the entry is of kind ${kindNumber}; 1 to 5 are known`);
  const position = reader.u64();
  const commitTime = reader.i64();
  const stream = reader.string("the stream name");
  const revision = reader.u64();
  const previous = reader.u64();
  if (previous > position) {
    refuse("the entry names a previous position that does not lie before it");
  }
  const eventId = reader.take(16);
  const eventType = reader.string("the event type");
  const contentType = reader.string("the content type");
  const actor = reader.string("the actor");
  const effectiveTime = reader.i64();
  const correlationId = reader.string("the correlation id");
  const causationId = reader.string("the causation id");
  const tags = Array.from({ length: reader.u16() }, () => reader.take(reader.u16()));
  tags.forEach((tag, index) => {
    if (index > 0 && compare(tags[index - 1] as Uint8Array, tag) >= 0) {
      refuse("the tags of the entry are not in order, or one is there twice");
    }
  });
  const payloadCommitment = reader.take(32);
  const payloadLength = reader.u32();
  reader.end();
  return {
    kind,
    position,
    commitTime,
    stream,
    revision,
    previousPosition: previous === 0n ? undefined : previous - 1n,
    eventId,
    eventType,
    contentType,
    actor,
    effectiveTime: effectiveTime === NO_TIME ? undefined : effectiveTime,
    correlationId,
    causationId,
    tags: tags.map((tag) => textOf(tag, "a tag of the entry")),
    payloadCommitment,
    payloadLength,
  };
}

/** SHA-256(0x02, salt, payload). */
export function payloadCommitment(salt: Uint8Array, payload: Uint8Array): Uint8Array {
  return sha256(concat(Uint8Array.of(2), salt, payload));
}

/** Refuses unless this is the payload that the entry commits to. */
export function verifyPayload(entry: Entry, salt: Uint8Array, payload: Uint8Array): void {
  checkHash(salt, "the salt");
  if (entry.payloadLength !== 0 && entry.payloadLength !== payload.length) {
    refuse(`the payload has ${payload.length} bytes; the entry says ${entry.payloadLength}`);
  }
  if (!equal(payloadCommitment(salt, payload), entry.payloadCommitment)) {
    refuse("the payload and salt are not those that the entry commits to");
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4));
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#skip(8));
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#skip(8));
  }

  take(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.#bytes.slice(start, start + length);
  }

  string(what: string): string {
    return textOf(this.take(this.u16()), `${what} of the entry`);
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) refuse("the entry has bytes after its last field");
  }

  /** Where the next bytes begin; moves past them. */
  #skip(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) refuse("the entry ends in the middle of a field");
    this.#offset = start + length;
    return start;
  }
}
