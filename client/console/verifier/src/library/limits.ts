// SPDX-License-Identifier: Apache-2.0

/** The largest tree size and index: they are 64-bit numbers in entries and proofs. */
export const MAX_SIZE = 2n ** 64n - 1n;

/** Hashes in one proof. A path in a tree of fewer than 2^63 leaves is never longer. */
export const MAX_PROOF_HASHES = 63;

/** Signature lines in one note. signed-note wants at least 16 to be accepted. */
export const MAX_SIGNATURES = 100;

/** Bytes of one note or proof file. */
export const MAX_TEXT_BYTES = 1 << 20;

/** Bytes of a policy file; and its logs, witnesses and groups of each. */
export const MAX_POLICY_BYTES = 256 << 10;
export const MAX_POLICY_ITEMS = 256;

/** Bytes of one entry. Entry bundles, with their 16-bit lengths, could hold longer ones. */
export const MAX_ENTRY_BYTES = 4096;
