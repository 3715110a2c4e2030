// SPDX-License-Identifier: Apache-2.0
//
// The text of c2sp.org/tlog-checkpoint.
import { checkHash, fromBase64, fromDecimal } from "./bytes.js";
import { refuse } from "./refused.js";

export interface Checkpoint {
  /** Which log. */
  readonly origin: string;
  /** Its number of entries. */
  readonly size: bigint;
  /** The root of their tree. */
  readonly root: Uint8Array;
  /** Further lines, opaque. */
  readonly extensions: readonly string[];
}

/** Reads the text of a note, without its signatures, as a checkpoint. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, size, root, ...rest] = text.split("\n");
  // The last newline ends the last line.
  if (origin === undefined || size === undefined || root === undefined || rest.pop() !== "") {
    refuse("a checkpoint has at least three lines, each ended by a newline");
  }
  if (origin === "") refuse("the checkpoint has no origin");
  if (rest.includes("")) refuse("the checkpoint has an empty line");
  const checkpoint = {
    origin,
    size: fromDecimal(size, "the tree size of the checkpoint"),
    root: fromBase64(root, "the root of the checkpoint"),
    extensions: rest,
  };
  checkHash(checkpoint.root, "the root of the checkpoint");
  return checkpoint;
}
