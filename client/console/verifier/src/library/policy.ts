// SPDX-License-Identifier: Apache-2.0
//
// Whom to believe: c2sp.org/tlog-policy, and checkpoints checked against it.
import { equal, textOf } from "./bytes.js";
import { type Checkpoint, parseCheckpoint } from "./checkpoint.js";
import { asWitness, type Key, parseKey, sameKey, type SignatureCheck } from "./key.js";
import { MAX_POLICY_BYTES, MAX_POLICY_ITEMS } from "./limits.js";
import { openNote, type Signer } from "./note.js";
import { refuse, within } from "./refused.js";
import { EMPTY_ROOT } from "./tree.js";

/** A witness that cosigns, or a group of which enough members do. */
export type Member =
  | { readonly kind: "witness"; readonly name: string; readonly key: Key }
  | {
      readonly kind: "group";
      readonly name: string;
      /** How many of the members are enough. */
      readonly threshold: number;
      readonly members: readonly Member[];
    };

export interface Policy {
  /** The keys of accepted logs; the name of each is the origin of its log. */
  readonly logs: readonly Key[];
  /** All witnesses, whether the quorum needs them or not; their keys are of type COSIGNATURE. */
  readonly witnesses: readonly Key[];
  /** What must have cosigned; nothing if undefined. */
  readonly quorum: Member | undefined;
}

/** A checkpoint that an accepted log has signed and the quorum has cosigned. */
export interface SignedCheckpoint extends Checkpoint {
  /** The text that is signed. */
  readonly text: string;
  /** The keys of the log. */
  readonly log: readonly Key[];
  /** The cosignatures of witnesses of the policy. */
  readonly witnesses: readonly Signer[];
  /** Signature lines of keys that the policy does not name. */
  readonly unknown: number;
}

/** The policy of some log keys and some witnesses, all of which must have cosigned. */
export function policyOf(logs: readonly Key[], witnesses: readonly Key[]): Policy {
  const keys = witnesses.map(asWitness);
  const members = keys.map((key) => ({ kind: "witness" as const, name: key.name, key }));
  const quorum: Member = { kind: "group", name: "all", threshold: members.length, members };
  return { logs, witnesses: keys, quorum: members.length > 0 ? quorum : undefined };
}

/** Reads a policy file. Names are opaque bytes; only keys are read as UTF-8. */
export function parsePolicy(file: Uint8Array): Policy {
  if (file.length > MAX_POLICY_BYTES) {
    refuse(`the policy file has ${file.length} bytes; at most ${MAX_POLICY_BYTES} are read`);
  }
  // One character for each byte.
  const text = Array.from(file, (byte) => String.fromCharCode(byte)).join("");
  if (/[^\t\n\u0020-\u007e\u0080-\u00ff]/.test(text)) {
    refuse("the policy file has a control character in it");
  }
  const logs: Key[] = [];
  const witnesses: Key[] = [];
  const named = new Map<string, Member>();
  const grouped = new Set<string>();
  let groups = 0;
  let quorum: { member: Member | undefined } | undefined;

  const read = (words: readonly string[]): void => {
    const [verb, ...rest] = words;
    if (verb === "log" && (rest.length === 1 || rest.length === 2)) {
      addKey(logs, keyOf(rest[0] as string), "log");
    } else if (verb === "witness" && (rest.length === 2 || rest.length === 3)) {
      const key = asWitness(keyOf(rest[1] as string));
      addKey(witnesses, key, "witness");
      define({ kind: "witness", name: rest[0] as string, key });
    } else if (verb === "group" && rest.length >= 3) {
      if (++groups > MAX_POLICY_ITEMS) refuse(`there are more than ${MAX_POLICY_ITEMS} groups`);
      const [name, count, ...names] = rest as [string, string, ...string[]];
      const members = names.map(lookUp);
      for (const member of names) {
        if (grouped.has(member)) refuse(`"${member}" is a member twice`);
        grouped.add(member);
      }
      define({ kind: "group", name, threshold: thresholdOf(count, members.length), members });
    } else if (verb === "quorum" && rest.length === 1) {
      if (quorum !== undefined) refuse("there are two quorums");
      quorum = { member: rest[0] === "none" ? undefined : lookUp(rest[0] as string) };
    } else {
      refuse(
        "it is none of: log KEY [URL], witness NAME KEY [URL], group NAME all|any|N NAME..., " +
          "quorum NAME|none",
      );
    }
  };
  const define = (member: Member): void => {
    if (member.name === "none" || named.has(member.name)) {
      refuse(`the name "${member.name}" is taken`);
    }
    named.set(member.name, member);
  };
  const lookUp = (name: string): Member =>
    named.get(name) ?? refuse(`no earlier line defines "${name}"`);

  text.split("\n").forEach((line, index) => {
    const words = line.split(/[ \t]+/).filter((word) => word !== "");
    if (words[0] === undefined || words[0].startsWith("#")) return;
    within(`line ${index + 1} of the policy file`, () => read(words));
  });
  if (quorum === undefined) refuse("the policy file names no quorum");
  return { logs, witnesses, quorum: (quorum as { member: Member | undefined }).member };
}

function keyOf(word: string): Key {
  const bytes = Uint8Array.from(word, (character) => character.charCodeAt(0));
  return parseKey(textOf(bytes, "the key"));
}

function addKey(keys: Key[], key: Key, what: string): void {
  if (keys.some((earlier) => equal(earlier.publicKey, key.publicKey))) {
    refuse(`the public key is that of an earlier ${what}`);
  }
  if (keys.length === MAX_POLICY_ITEMS) {
    refuse(`there is more than ${MAX_POLICY_ITEMS} times a ${what}`);
  }
  keys.push(key);
}

function thresholdOf(count: string, members: number): number {
  if (count === "all") return members;
  if (count === "any") return 1;
  const threshold = Number(count);
  if (!/^[1-9][0-9]{0,5}$/.test(count) || threshold > members) {
    refuse(`a group of ${members} needs all, any, or a number from 1 to ${members}`);
  }
  return threshold;
}

/** Refuses unless a log of the policy signed the checkpoint and the quorum cosigned it. */
export function verifyCheckpoint(
  note: Uint8Array,
  policy: Policy,
  check?: SignatureCheck,
): SignedCheckpoint {
  const opened = openNote(note, [...policy.logs, ...policy.witnesses], check);
  const checkpoint = parseCheckpoint(opened.text);
  if (checkpoint.size === 0n && !equal(checkpoint.root, EMPTY_ROOT)) {
    refuse("the checkpoint is of size 0, and its root is not that of the empty tree");
  }
  const log = opened.signers
    .map((signer) => signer.key)
    .filter((key) => policy.logs.some((accepted) => sameKey(accepted, key)))
    .filter((key) => key.name === checkpoint.origin);
  if (log.length === 0) {
    refuse(`no accepted key of the log ${checkpoint.origin} has signed the checkpoint`);
  }
  const witnesses = opened.signers.filter((signer) =>
    policy.witnesses.some((witness) => sameKey(witness, signer.key)),
  );
  const missing = lacking(policy.quorum, witnesses);
  if (missing !== undefined) refuse(`the quorum is not reached: ${missing}`);
  return { ...checkpoint, text: opened.text, log, witnesses, unknown: opened.unknown };
}

/** What keeps the member from having cosigned; undefined if it has. */
function lacking(member: Member | undefined, signers: readonly Signer[]): string | undefined {
  if (member === undefined) return undefined;
  if (member.kind === "witness") {
    const signed = signers.some((signer) => sameKey(signer.key, member.key));
    return signed ? undefined : `witness ${member.name} has not cosigned`;
  }
  const reasons = member.members.map((inner) => lacking(inner, signers));
  const reached = reasons.filter((reason) => reason === undefined).length;
  if (reached >= member.threshold) return undefined;
  return `group ${member.name} has ${reached} of the ${member.threshold} it needs`;
}
