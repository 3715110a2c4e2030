// SPDX-License-Identifier: Apache-2.0

/**
 * What was given does not verify. The message says why, in words for a person.
 *
 * Every check in this library throws this when it fails, and nothing else does: what returns has
 * been verified, and there is no result that a caller could forget to look at.
 */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** Throws Refused. */
export function refuse(why: string): never {
  throw new Refused(why);
}

/** Runs the function; says where, in front of what it refuses with. */
export function within<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refused) refuse(`${where}: ${error.message}`);
    throw error;
  }
}
