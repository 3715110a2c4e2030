// SPDX-License-Identifier: Apache-2.0
//
// Many checks in one process: a JSON object a line in, a verdict a line out.
import {
  checkEd25519,
  fromDecimal,
  fromHex,
  type Key,
  openNote,
  parseEntry,
  parseKey,
  parsePolicy,
  type Policy,
  policyOf,
  Refused,
  refuse,
  type SignatureCheck,
  toHex,
  utf8,
  verifyCheckpoint,
  verifyConsistency,
  verifyInclusion,
  verifyPayload,
  verifyProofFile,
  verifyReceipt,
} from "./library/index.js";

export const BATCH_HELP = `Each line is one of these. Numbers are decimal strings, or plain below 2^53; PROOF is
[HEX...]. TEXT is "text": STRING or, for bytes that are no text, "text_hex": HEX; POLICY is a policy
file, "policy" or "policy_hex" in the same way. TRUST is POLICY, or "keys": [KEY...] and "witnesses": [KEY...] (all of which must
have cosigned).

  {"kind": "inclusion", "index", "size", "leaf": HEX, "root": HEX, "proof": PROOF}
  {"kind": "consistency", "old_size", "new_size", "old_root": HEX, "new_root": HEX,
   "proof": PROOF}
  {"kind": "note", TEXT, "keys": [KEY...], "witnesses": [KEY...]}
  {"kind": "checkpoint", TEXT, TRUST}
  {"kind": "proof_file", TEXT, TRUST, "leaf": HEX}
  {"kind": "receipt", TEXT, TRUST, "entry": HEX}       entry: only if the file does not carry it
  {"kind": "entry", "entry": HEX, "position", "salt": HEX, "payload": HEX}  (entry is enough)
  {"kind": "key", "key": KEY}
  {"kind": "policy", POLICY}

Each answer is {"ok":true} or {"ok":false,"why":STRING}. A line that is none of these is answered
with {"ok":false,"why":STRING,"malformed":true}, and the exit code is then 2, else 0.
`;

/** The line is not a request: a mistake of whoever asks, not of what is to be checked. */
class Malformed extends Error {}

type Request = Readonly<Record<string, unknown>>;

/** Answers lines. Keeps the keys and the last signatures it has seen, so that they are quick. */
export class Batch {
  readonly #policies = new Map<string, Policy>();
  readonly #checks = new Map<string, boolean>();
  /** If a line was not a request. */
  malformed = false;

  /** The verdict on one line, as JSON without a newline. */
  answer(line: string): string {
    try {
      this.#check(requestOf(line));
      return '{"ok":true}';
    } catch (error) {
      if (error instanceof Refused) return JSON.stringify({ ok: false, why: error.message });
      if (!(error instanceof Malformed)) throw error;
      this.malformed = true;
      return JSON.stringify({ ok: false, why: error.message, malformed: true });
    }
  }

  #check(request: Request): void {
    switch (request["kind"]) {
      case "inclusion":
        return verifyInclusion(
          numberOf(request, "index"),
          numberOf(request, "size"),
          bytesOf(request, "leaf"),
          proofOf(request),
          bytesOf(request, "root"),
        );
      case "consistency":
        return verifyConsistency(
          numberOf(request, "old_size"),
          numberOf(request, "new_size"),
          bytesOf(request, "old_root"),
          bytesOf(request, "new_root"),
          proofOf(request),
        );
      case "note": {
        const { logs, witnesses } = this.#trust(request);
        openNote(textIn(request), [...logs, ...witnesses], this.#remembered);
        return;
      }
      case "checkpoint":
        verifyCheckpoint(textIn(request), this.#trust(request), this.#remembered);
        return;
      case "proof_file": {
        const leaf = bytesOf(request, "leaf");
        verifyProofFile(textIn(request), leaf, this.#trust(request), this.#remembered);
        return;
      }
      case "receipt": {
        const entry = request["entry"] === undefined ? undefined : bytesOf(request, "entry");
        verifyReceipt(textIn(request), this.#trust(request), entry, this.#remembered);
        return;
      }
      case "entry": {
        const entry = parseEntry(bytesOf(request, "entry"));
        if (request["position"] !== undefined) {
          const position = numberOf(request, "position");
          if (entry.position !== position) refuse(`the entry says position ${entry.position}`);
        }
        if (request["payload"] !== undefined) {
          verifyPayload(entry, bytesOf(request, "salt"), bytesOf(request, "payload"));
        }
        return;
      }
      case "key":
        parseKey(stringOf(request, "key"));
        return;
      case "policy":
        parsePolicy(textIn(request, "policy"));
        return;
      default:
        throw new Malformed(`there is no kind ${JSON.stringify(request["kind"])}`);
    }
  }

  #trust(request: Request): Policy {
    const file = request["policy_hex"] ?? request["policy"];
    const from = JSON.stringify(file ?? [request["keys"], request["witnesses"]]);
    let policy = this.#policies.get(from);
    if (policy === undefined) {
      policy =
        file === undefined
          ? policyOf(keysOf(request, "keys"), keysOf(request, "witnesses"))
          : parsePolicy(textIn(request, "policy"));
      limit(this.#policies);
      this.#policies.set(from, policy);
    }
    return policy;
  }

  readonly #remembered: SignatureCheck = (signature, message, publicKey) => {
    const question = [signature, publicKey, message].map(toHex).join();
    let verdict = this.#checks.get(question);
    if (verdict === undefined) {
      verdict = checkEd25519(signature, message, publicKey);
      limit(this.#checks);
      this.#checks.set(question, verdict);
    }
    return verdict;
  };
}

function limit(map: Map<string, unknown>): void {
  if (map.size >= 1024) map.clear();
}

function requestOf(line: string): Request {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    throw new Malformed("the line is not JSON");
  }
  if (typeof request !== "object" || request === null || Array.isArray(request)) {
    throw new Malformed("the line is not a JSON object");
  }
  return request as Request;
}

function stringOf(request: Request, name: string): string {
  const value = request[name];
  if (typeof value !== "string") throw new Malformed(`"${name}" is not a string`);
  return value;
}

function listOf(request: Request, name: string): string[] {
  const value = request[name] ?? [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw new Malformed(`"${name}" is not a list of strings`);
  }
  return value;
}

function numberOf(request: Request, name: string): bigint {
  const value = request[name];
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) {
      throw new Malformed(`"${name}" is not an integer below 2^53: give it as a string`);
    }
    return BigInt(value);
  }
  return fromDecimal(stringOf(request, name), name);
}

function bytesOf(request: Request, name: string): Uint8Array {
  return fromHex(stringOf(request, name), name);
}

function proofOf(request: Request): Uint8Array[] {
  return listOf(request, "proof").map((hash) => fromHex(hash, "a hash of the proof"));
}

function keysOf(request: Request, name: string): Key[] {
  return listOf(request, name).map(parseKey);
}

function textIn(request: Request, name = "text"): Uint8Array {
  return request[`${name}_hex`] === undefined
    ? utf8(stringOf(request, name))
    : bytesOf(request, `${name}_hex`);
}
