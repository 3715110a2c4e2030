// SPDX-License-Identifier: Apache-2.0
//
// Proof files of c2sp.org/tlog-proof; a receipt is one whose leaf is an entry of a Jejak log.
import { checkHash, equal, fileText, fromBase64, fromDecimal, utf8 } from "./bytes.js";
import { type Entry, parseEntry } from "./entry.js";
import type { SignatureCheck } from "./key.js";
import { MAX_PROOF_HASHES } from "./limits.js";
import { type Policy, type SignedCheckpoint, verifyCheckpoint } from "./policy.js";
import { refuse } from "./refused.js";
import { leafHash, verifyInclusion } from "./tree.js";

/** A proof file as it stands, not verified. */
export interface ProofFile {
  /** Whatever the maker put in; nothing signs it. */
  readonly extra: Uint8Array | undefined;
  readonly index: bigint;
  readonly proof: readonly Uint8Array[];
  /** The signed note. */
  readonly checkpoint: Uint8Array;
}

export interface VerifiedProof {
  readonly index: bigint;
  readonly checkpoint: SignedCheckpoint;
}

export interface VerifiedReceipt extends VerifiedProof {
  readonly entry: Entry;
}

export function parseProofFile(file: Uint8Array): ProofFile {
  const text = fileText(file, "the proof file");
  const split = text.indexOf("\n\n");
  if (split < 0) refuse("the proof file has no empty line before the checkpoint");
  const [header, ...lines] = text.slice(0, split).split("\n");
  if (header !== "c2sp.org/tlog-proof@v1") refuse("the proof file is not a c2sp.org/tlog-proof@v1");
  let extra: Uint8Array | undefined;
  if (lines[0]?.startsWith("extra ") === true) {
    extra = fromBase64((lines.shift() as string).slice("extra ".length), "the extra data");
    if (extra.length === 0) refuse("the proof file has a line for extra data, and none in it");
  }
  const indexLine = lines.shift();
  if (indexLine?.startsWith("index ") !== true) refuse("the proof file has no index line");
  const index = fromDecimal(indexLine.slice("index ".length), "the index");
  if (lines.length > MAX_PROOF_HASHES) refuse("the proof file has too many hashes");
  const proof = lines.map((line) => {
    const hash = fromBase64(line, "a hash of the proof");
    checkHash(hash, "a hash of the proof");
    return hash;
  });
  return { extra, index, proof, checkpoint: utf8(text.slice(split + 2)) };
}

/** Verifies that the leaf is in a log of the policy, whatever its entries are. */
export function verifyProofFile(
  file: Uint8Array,
  leaf: Uint8Array,
  policy: Policy,
  check?: SignatureCheck,
): VerifiedProof {
  return verifyProof(parseProofFile(file), leaf, policy, check);
}

/**
 * Verifies a receipt: that the entry is in a log of the policy, at the position it says.
 *
 * Without an entry, it is the one that the file carries as its extra data. An entry that is given
 * must be the one in the file, if the file carries one.
 */
export function verifyReceipt(
  file: Uint8Array,
  policy: Policy,
  given?: Uint8Array,
  check?: SignatureCheck,
): VerifiedReceipt {
  const proof = parseProofFile(file);
  const bytes =
    given ?? proof.extra ?? refuse("the receipt does not carry its entry, and none was given");
  if (proof.extra !== undefined && !equal(proof.extra, bytes)) {
    refuse("the receipt carries another entry than the one given");
  }
  const entry = parseEntry(bytes);
  if (entry.position !== proof.index) {
    refuse(`the entry says position ${entry.position}, and the receipt index ${proof.index}`);
  }
  return { ...verifyProof(proof, leafHash(bytes), policy, check), entry };
}

function verifyProof(
  { index, proof, checkpoint: note }: ProofFile,
  leaf: Uint8Array,
  policy: Policy,
  check: SignatureCheck | undefined,
): VerifiedProof {
  const checkpoint = verifyCheckpoint(note, policy, check);
  verifyInclusion(index, checkpoint.size, leaf, proof, checkpoint.root);
  return { index, checkpoint };
}
