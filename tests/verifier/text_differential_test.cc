// SPDX-License-Identifier: Apache-2.0
//
// Notes, keys, policies, checkpoints, proof files, receipts and entries, good and spoiled, decided
// by both verifiers. Most are spoiled before they are signed too, so that it is not always the
// signature that refuses them.
//
// Not here, because the implementations of Ed25519 may differ and only the owner of a key could
// make use of it: public keys and signatures with a part of small order.

#include "server/audit/checkpoint.h"
#include "server/audit/encoding.h"
#include "server/audit/note.h"
#include "server/audit/policy.h"
#include "server/audit/proof_file.h"
#include "server/base/bytes.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"
#include "server/log/entry.h"
#include "tests/verifier/comparison.h"
#include "tests/verifier/text_mutation.h"

#include <openssl/evp.h>

#include <array>
#include <functional>
#include <memory>

namespace jejak::audit {
namespace {

constexpr char kOrigin[] = "example.com/log";
constexpr std::uint64_t kTime = 1'700'000'000;

// Signs anything, also what a Signer does not.
class Person {
 public:
  Person(absl::string_view name, KeyType type) : key_{.name = std::string(name), .type = type} {
    const Hash seed = Sha256({"seed of ", name});
    private_key_.reset(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
        EVP_PKEY_free);
    std::size_t size = key_.public_key.size();
    JEJAK_CHECK(EVP_PKEY_get_raw_public_key(private_key_.get(), key_.public_key.data(), &size) ==
                1);
  }

  const VerifierKey& key() const { return key_; }

  NoteSignature Sign(absl::string_view text, std::uint64_t time_s = kTime) const {
    NoteSignature signature = {.name = key_.name, .key_id = KeyId(key_), .bytes = ""};
    if (key_.type == KeyType::kEd25519) {
      signature.bytes = SignBytes(text);
    } else {
      signature.bytes = ToBigEndian(time_s) +
                        SignBytes(absl::StrCat("cosignature/v1\ntime ", time_s, "\n", text));
    }
    return signature;
  }

 private:
  std::string SignBytes(absl::string_view message) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    std::array<std::uint8_t, 64> signature{};
    std::size_t size = signature.size();
    JEJAK_CHECK(
        EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, private_key_.get()) == 1 &&
        EVP_DigestSign(context.get(), signature.data(), &size,
                       reinterpret_cast<const std::uint8_t*>(message.data()), message.size()) == 1);
    return std::string(signature.begin(), signature.end());
  }

  VerifierKey key_;
  std::shared_ptr<EVP_PKEY> private_key_;
};

std::string JsonString(absl::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || c == '"' || c == '\\') {
      absl::StrAppend(&json, "\\u00", ToHex(absl::string_view(&c, 1)));
    } else {
      json += c;
    }
  }
  return json + "\"";
}

std::string JsonStrings(const std::vector<std::string>& texts) {
  return absl::StrCat(
      "[",
      absl::StrJoin(texts, ",",
                    [](std::string* out, const std::string& text) { *out += JsonString(text); }),
      "]");
}

// --- The questions.

absl::Status DecideNote(absl::string_view text, const std::vector<std::string>& keys,
                        const std::vector<std::string>& witnesses) {
  std::vector<VerifierKey> known;
  for (const std::string& key : keys) {
    JEJAK_ASSIGN_OR_RETURN(known.emplace_back(), ParseVerifierKey(key));
  }
  for (const std::string& key : witnesses) {
    JEJAK_ASSIGN_OR_RETURN(known.emplace_back(), ParseWitnessKey(key));
  }
  JEJAK_ASSIGN_OR_RETURN(const Note note, ParseNote(text));
  return VerifyNote(note, known).status();
}

void AskNote(Comparison& comparison, absl::string_view text, const std::vector<std::string>& keys,
             const std::vector<std::string>& witnesses, Expect expect = Expect::kEither) {
  comparison.Add(absl::StrCat(R"({"kind":"note","text_hex":")", ToHex(text), R"(","keys":)",
                              JsonStrings(keys), R"(,"witnesses":)", JsonStrings(witnesses), "}"),
                 DecideNote(text, keys, witnesses), expect);
}

absl::Status DecideCheckpoint(absl::string_view text, absl::string_view policy_text) {
  JEJAK_ASSIGN_OR_RETURN(const Policy policy, Policy::Parse(policy_text));
  JEJAK_ASSIGN_OR_RETURN(const SignedCheckpoint checkpoint, ParseSignedCheckpoint(text));
  return policy.Require(checkpoint).status();
}

void AskCheckpoint(Comparison& comparison, absl::string_view text, absl::string_view policy,
                   Expect expect = Expect::kEither) {
  comparison.Add(absl::StrCat(R"({"kind":"checkpoint","text_hex":")", ToHex(text),
                              R"(","policy_hex":")", ToHex(policy), R"("})"),
                 DecideCheckpoint(text, policy), expect);
}

absl::Status DecideProofFile(absl::string_view text, absl::string_view policy_text,
                             const Hash& leaf) {
  JEJAK_ASSIGN_OR_RETURN(const Policy policy, Policy::Parse(policy_text));
  JEJAK_ASSIGN_OR_RETURN(const ProofFile file, ParseProofFile(text));
  return VerifyProofFile(file, leaf, policy).status();
}

void AskProofFile(Comparison& comparison, absl::string_view text, absl::string_view policy,
                  const Hash& leaf, Expect expect = Expect::kEither) {
  comparison.Add(
      absl::StrCat(R"({"kind":"proof_file","text_hex":")", ToHex(text), R"(","policy_hex":")",
                   ToHex(policy), R"(","leaf":")", ToHex(AsBytes(leaf)), R"("})"),
      DecideProofFile(text, policy, leaf), expect);
}

// A receipt is a proof file with its entry.
absl::Status DecideReceipt(absl::string_view text, absl::string_view policy_text) {
  JEJAK_ASSIGN_OR_RETURN(const Policy policy, Policy::Parse(policy_text));
  JEJAK_ASSIGN_OR_RETURN(const ProofFile file, ParseProofFile(text));
  JEJAK_ASSIGN_OR_RETURN(const log::Entry entry, log::DecodeEntry(file.extra));
  if (entry.position != file.index) return absl::DataLossError("the position is not the index");
  return VerifyProofFile(file, log::LeafHash(file.extra), policy).status();
}

void AskReceipt(Comparison& comparison, absl::string_view text, absl::string_view policy,
                Expect expect = Expect::kEither) {
  comparison.Add(absl::StrCat(R"({"kind":"receipt","text_hex":")", ToHex(text),
                              R"(","policy_hex":")", ToHex(policy), R"("})"),
                 DecideReceipt(text, policy), expect);
}

// --- Things to ask about.

// The order of the group, RFC 8032 section 5.1, little-endian.
constexpr std::array<std::uint8_t, 32> kGroupOrder = {
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};

// The second half of the last 64 bytes plus the order: the same number, spelled otherwise.
void AddGroupOrder(std::string& signature) {
  if (signature.size() < 32) return;
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    char& byte = signature[signature.size() - 32 + i];
    carry += static_cast<std::uint8_t>(byte) + unsigned{kGroupOrder[i]};
    byte = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
}

void ChangeSignature(Random& random, NoteSignature& signature) {
  switch (random.Below(8)) {
    case 0:
      AddGroupOrder(signature.bytes);
      break;
    case 1:
      // The highest bit of a time.
      signature.bytes[0] = static_cast<char>(signature.bytes[0] | 0x80);
      break;
    case 2:
      signature.key_id ^= 1U << random.Below(32);
      break;
    case 3:
      signature.name = Changed(random, signature.name);
      break;
    case 4:
      signature.bytes = random.Bytes(random.Below(80));
      break;
    case 5:
      signature.bytes.assign(signature.bytes.size(), '\0');
      break;
    default:
      signature.bytes = WithByteChanged(random, signature.bytes);
  }
}

// Those who sign in these tests.
struct People {
  Person log{kOrigin, KeyType::kEd25519};
  // A log that signs with a time.
  Person timed_log{"example.com/timed", KeyType::kCosignature};
  std::vector<Person> witnesses = {{"example.org/w1", KeyType::kCosignature},
                                   {"w2", KeyType::kCosignature},
                                   {"w3\xC3\xA9", KeyType::kCosignature},
                                   {"w4", KeyType::kCosignature}};
  Person stranger{"stranger", KeyType::kEd25519};

  std::string Key(std::size_t witness) const { return FormatVerifierKey(witnesses[witness].key()); }
  // As other tools publish it.
  std::string KeyAsType1(std::size_t witness) const {
    VerifierKey key = witnesses[witness].key();
    key.type = KeyType::kEd25519;
    return FormatVerifierKey(key);
  }

  std::vector<std::string> Policies() const {
    const std::string logs =
        absl::StrCat("log ", FormatVerifierKey(log.key()), " https://example.com/\nlog ",
                     FormatVerifierKey(timed_log.key()), "\n");
    const std::string seen = absl::StrCat(
        "# Who has seen it.\n\nwitness a ", Key(0), " https://example.org/w\n", "witness\tb ",
        KeyAsType1(1), "\n  witness c ", Key(2), "\t\nwitness \xFF ", Key(3), "\n");
    return {logs + "quorum none\n",
            logs + seen + "quorum a\n",
            logs + seen + "group any any a b c \xFF\nquorum any\n",
            logs + seen + "group two 2 a b c\nquorum two\n",
            logs + seen + "group in 1 a b\ngroup out all in c\nquorum out\n",
            logs + seen + "group in all a b\ngroup out any in c\nquorum out",
            seen + "quorum none\n"};
  }
};

std::string NoteOf(Random& random, const People& people, const std::string& text,
                   bool changed_signature) {
  constexpr std::uint64_t kTooLate = std::uint64_t{1} << 63;
  Note note = {.text = text};
  const auto add = [&](const Person& person) {
    const std::uint64_t time_s = random.OneIn(2)    ? kTime
                                 : random.OneIn(20) ? kTooLate - random.Below(2)
                                                    : random.Number() / 2;
    note.signatures.push_back(person.Sign(text, time_s));
  };
  if (!random.OneIn(12)) {
    add(absl::StartsWith(text, people.timed_log.key().name) ? people.timed_log : people.log);
  }
  for (const Person& witness : people.witnesses) {
    if (random.OneIn(2)) add(witness);
  }
  if (random.OneIn(3)) add(people.stranger);
  if (random.OneIn(6)) add(random.Pick(people.witnesses));
  if (random.OneIn(8)) {
    note.signatures.push_back({.name = "post-quantum", .key_id = 7, .bytes = random.Bytes(2'000)});
  }
  if (changed_signature && !note.signatures.empty()) {
    ChangeSignature(random, note.signatures[random.Below(note.signatures.size())]);
  }
  return FormatNote(note);
}

// The text of a checkpoint, not always a good one.
std::string CheckpointText(Random& random, std::uint64_t size, const Hash& root) {
  const std::string origin = random.OneIn(4) ? "example.com/timed" : kOrigin;
  std::string text = absl::StrCat(origin, "\n", size, "\n", FormatHash(root), "\n");
  if (random.OneIn(6)) text += "extension 1\n";
  return text;
}

log::Entry SomeEntry(Random& random, std::uint64_t position) {
  log::Entry entry;
  entry.kind = static_cast<log::EntryKind>(1 + random.Below(5));
  entry.position = position;
  entry.commit_time_us = static_cast<std::int64_t>(random.Number());
  entry.stream = "programs/p/lokus/l\xC3\xA9";
  entry.revision = 1 + random.Below(9);
  entry.prev_position_plus_one = random.Below(position + 1);
  entry.event_type = "jejak.event.v1.LokusDesignated";
  entry.content_type = "application/x-protobuf";
  entry.actor = "officers/b";
  if (random.OneIn(2)) entry.effective_time_us = static_cast<std::int64_t>(random.Number());
  entry.correlation_id = random.OneIn(2) ? "x" : "";
  for (std::size_t i = random.Below(4); i > 0; --i) entry.tags.push_back(std::string(4 - i, 't'));
  return entry;
}

// --- The tests.

TEST(TextDifferentialTest, Notes) {
  const People people;
  const std::vector<std::string> texts = {
      "This is an example message.\n",
      "One.\n\nTwo, after an empty line.\n",
      "\n",
      "a tab\t\n",
      "a carriage return\r\n",
      "not UTF-8 \xC3\n",
      "no newline at the end",
      "\xE2\x80\x94 not a signature\n",
      "\xEF\xBB\xBFwith a mark at its beginning \x7F\n",
      absl::StrCat(kOrigin, "\n7\n", FormatHash(Sha256({"root"})), "\n"),
      absl::StrCat(kOrigin, "\n0\n", FormatHash(Sha256({"root"})), "\n"),
      absl::StrCat(kOrigin, "\n07\n", FormatHash(Sha256({"root"})), "\n"),
  };
  Random random(11);
  Comparison comparison("notes");
  for (int i = 0; i < 2'500; ++i) {
    std::string text = random.Pick(texts);
    if (random.OneIn(6)) text = Changed(random, text);
    std::string note = NoteOf(random, people, text, random.OneIn(3));
    if (!random.OneIn(3)) note = Changed(random, note);
    std::vector<std::string> keys = {FormatVerifierKey(people.log.key())};
    if (random.OneIn(4)) keys.push_back(FormatVerifierKey(people.stranger.key()));
    if (random.OneIn(8)) keys.push_back(people.Key(2));
    if (random.OneIn(8)) keys.push_back(people.KeyAsType1(0));
    std::vector<std::string> witnesses;
    if (random.OneIn(3)) witnesses.push_back(people.KeyAsType1(0));
    if (random.OneIn(3)) witnesses.push_back(people.Key(1));
    AskNote(comparison, note, keys, witnesses);
  }
  comparison.Run();
}

TEST(TextDifferentialTest, NotesAtTheirLimits) {
  const People people;
  const std::vector<std::string> keys = {FormatVerifierKey(people.log.key())};
  Comparison comparison("notes at their limits");
  const auto ask = [&](const std::string& text, std::size_t strangers, Expect expect) {
    Note note = {.text = text, .signatures = {people.log.Sign(text)}};
    note.signatures.resize(1 + strangers, people.stranger.Sign(text));
    AskNote(comparison, FormatNote(note), keys, {}, expect);
  };
  ask("text\n", limits::kNoteSignaturesMax - 1, Expect::kVerified);
  ask("text\n", limits::kNoteSignaturesMax, Expect::kRefused);
  const std::size_t rest =
      FormatNote({.text = "\n", .signatures = {people.log.Sign("\n")}}).size() - 1;
  const std::string longest = std::string(limits::kNoteBytesMax - rest - 1, 'x') + "\n";
  ask(longest, 0, Expect::kVerified);
  ask("x" + longest, 0, Expect::kRefused);
  comparison.Run();
}

TEST(TextDifferentialTest, Checkpoints) {
  const People people;
  const std::vector<std::string> policies = people.Policies();
  Random random(12);
  Comparison comparison("checkpoints");
  for (int i = 0; i < 2'500; ++i) {
    const Hash root = random.OneIn(10) ? EmptyRoot() : Sha256({"root"});
    std::string text = CheckpointText(random, random.OneIn(10) ? 0 : 7, root);
    if (random.OneIn(3)) text = Changed(random, text);
    std::string note = NoteOf(random, people, text, random.OneIn(4));
    if (random.OneIn(3)) note = Changed(random, note);
    std::string policy = random.Pick(policies);
    if (random.OneIn(10)) policy = Changed(random, policy);
    AskCheckpoint(comparison, note, policy);
  }
  comparison.Run();
}

// Files of a log of eleven entries.
TEST(TextDifferentialTest, ProofFilesAndReceipts) {
  const People people;
  const std::vector<std::string> policies = people.Policies();
  Random random(13);
  std::vector<std::string> entries;
  for (std::uint64_t i = 0; i < 11; ++i) {
    // One of them says another position than it has.
    entries.push_back(*log::EncodeEntry(SomeEntry(random, i == 7 ? 6 : i)));
  }
  const std::function<Hash(int, std::uint64_t)> node = [&](int level, std::uint64_t index) {
    if (level == 0) return log::LeafHash(entries[index]);
    return log::NodeHash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1));
  };
  const auto nodes = [&](int level, std::uint64_t index) -> absl::StatusOr<Hash> {
    return node(level, index);
  };
  Comparison comparison("proof files and receipts");
  for (int i = 0; i < 2'500; ++i) {
    const std::uint64_t size = 1 + random.Below(entries.size());
    std::uint64_t index = random.Below(size);
    Proof proof = *InclusionProof(index, size, nodes);
    std::string entry = entries[index];
    Hash leaf = log::LeafHash(entry);
    if (random.OneIn(12)) leaf = random.SomeHash();
    if (random.OneIn(12)) index += random.Below(3) - 1;
    if (random.OneIn(12)) proof.resize(random.Below(6));
    if (random.OneIn(80)) proof.resize(limits::kProofHashesMax + random.Below(2));
    if (random.OneIn(12)) entry = WithByteChanged(random, entry);
    if (random.OneIn(20)) entry = random.Pick(entries);

    std::string text = CheckpointText(random, size, *TreeRoot(size, nodes));
    if (random.OneIn(8)) text = Changed(random, text);
    std::string file = "c2sp.org/tlog-proof@v1\n";
    if (random.OneIn(20)) entry.clear();
    if (!random.OneIn(4)) absl::StrAppend(&file, "extra ", FormatBase64(entry), "\n");
    absl::StrAppend(&file, "index ", index, "\n", FormatHashLines(proof),
                    NoteOf(random, people, text, random.OneIn(8)));
    if (random.OneIn(3)) file = Changed(random, file);
    // What comes before the checkpoint is the smaller part.
    if (random.OneIn(3)) {
      const std::size_t end = std::min(file.find("\n\n"), file.size());
      file = Changed(random, file.substr(0, end)) + file.substr(end);
    }
    const std::string& policy = random.Pick(policies);
    if (random.OneIn(2)) {
      AskProofFile(comparison, file, policy, leaf);
    } else {
      AskReceipt(comparison, file, policy);
    }
  }
  comparison.Run();
}

TEST(TextDifferentialTest, Keys) {
  const People people;
  Random random(14);
  Comparison comparison("keys");
  const auto ask = [&](const std::string& key, Expect expect) {
    // JSON has no other texts. The policies have keys with any bytes.
    if (!IsUtf8(key)) return;
    comparison.Add(absl::StrCat(R"({"kind":"key","key":)", JsonString(key), "}"),
                   ParseVerifierKey(key).status(), expect);
  };
  for (int i = 0; i < 2'500; ++i) {
    VerifierKey key = random.Pick(people.witnesses).key();
    if (random.OneIn(2)) key.type = static_cast<KeyType>(random.Below(8));
    // A name that is signed for in the id, unlike one that is changed later.
    if (random.OneIn(3)) key.name = Changed(random, key.name);
    std::string text = FormatVerifierKey(key);
    ask(text, Expect::kEither);
    if (random.OneIn(20)) text = absl::AsciiStrToUpper(text);
    ask(Changed(random, text), Expect::kEither);
  }
  for (std::size_t i = 0; i < people.witnesses.size(); ++i) {
    ask(people.Key(i), Expect::kVerified);
    ask(people.KeyAsType1(i), Expect::kVerified);
  }
  comparison.Run();
}

void AskPolicy(Comparison& comparison, absl::string_view policy, Expect expect = Expect::kEither) {
  comparison.Add(absl::StrCat(R"({"kind":"policy","policy_hex":")", ToHex(policy), R"("})"),
                 Policy::Parse(policy).status(), expect);
}

TEST(TextDifferentialTest, Policies) {
  const People people;
  const std::vector<std::string> policies = people.Policies();
  Random random(15);
  Comparison comparison("policies");
  for (const std::string& policy : policies) AskPolicy(comparison, policy, Expect::kVerified);
  for (int i = 0; i < 4'000; ++i) {
    std::string policy = random.Pick(policies);
    // Of its words, one is another one of them.
    if (random.OneIn(3)) {
      std::vector<std::string> words = absl::StrSplit(policy, ' ');
      words[random.Below(words.size())] = random.Pick(
          std::vector<std::string>{"a", "b", "in", "none", "all", "any", "0", "1", "2", "02", "3",
                                   "18446744073709551617", "log", "a b", "a a", "#", "\t"});
      policy = absl::StrJoin(words, " ");
    } else if (random.OneIn(2)) {
      policy = WithLineChanged(random, policy);
    } else {
      policy = Changed(random, policy);
    }
    AskPolicy(comparison, policy);
  }
  comparison.Run();
}

TEST(TextDifferentialTest, PoliciesAtTheirLimits) {
  Comparison comparison("policies at their limits");
  const auto key = [](absl::string_view name) {
    VerifierKey made = {.name = std::string(name)};
    const Hash bytes = Sha256({name});
    std::copy(bytes.begin(), bytes.end(), made.public_key.begin());
    return FormatVerifierKey(made);
  };
  const auto ask = [&](std::size_t logs, std::size_t witnesses, std::size_t groups) {
    std::string policy;
    for (std::size_t i = 0; i < logs; ++i) {
      absl::StrAppend(&policy, "log ", key(absl::StrCat("l", i)), "\n");
    }
    for (std::size_t i = 0; i < witnesses; ++i) {
      absl::StrAppend(&policy, "witness w", i, " ", key(absl::StrCat("w", i)), "\n");
    }
    for (std::size_t i = 0; i < groups; ++i) {
      absl::StrAppend(&policy, "group g", i, " all ",
                      i == 0 ? std::string("w0") : absl::StrCat("g", i - 1), "\n");
    }
    const bool fits = std::max({logs, witnesses, groups}) <= limits::kPolicyItemsMax;
    AskPolicy(comparison, policy + "quorum none\n", fits ? Expect::kVerified : Expect::kRefused);
  };
  constexpr std::size_t kMax = limits::kPolicyItemsMax;
  ask(kMax, kMax, kMax);
  ask(kMax + 1, 1, 1);
  ask(1, kMax + 1, 1);
  ask(1, 1, kMax + 1);
  const std::string quorum = "quorum none\n";
  const std::string longest = quorum + std::string(limits::kPolicyBytesMax - quorum.size(), '#');
  AskPolicy(comparison, longest, Expect::kVerified);
  AskPolicy(comparison, longest + "#", Expect::kRefused);
  comparison.Run();
}

TEST(TextDifferentialTest, EntriesAndTheirPayloads) {
  Random random(16);
  Comparison comparison("entries");
  const auto ask = [&](const std::string& bytes, const log::Salt& salt, const std::string& payload,
                       Expect expect = Expect::kEither) {
    const absl::StatusOr<log::Entry> entry = log::DecodeEntry(bytes);
    absl::Status verdict = entry.status();
    if (entry.ok() && ((entry->payload_length != 0 && entry->payload_length != payload.size()) ||
                       log::PayloadCommitment(salt, payload) != entry->payload_commitment)) {
      verdict = absl::DataLossError("not the payload");
    }
    const std::string salt_bytes(salt.begin(), salt.end());
    comparison.Add(absl::StrCat(R"({"kind":"entry","entry":")", ToHex(bytes), R"(","salt":")",
                                ToHex(salt_bytes), R"(","payload":")", ToHex(payload), R"("})"),
                   verdict, expect);
  };
  for (int i = 0; i < 2'500; ++i) {
    log::Entry entry = SomeEntry(random, random.Number() >> 1);
    if (random.OneIn(8)) entry.tags = {"tag1", "tag2"};
    log::Salt salt = random.SomeHash();
    std::string payload = random.Bytes(random.Below(40));
    entry.payload_length = static_cast<std::uint32_t>(payload.size());
    entry.payload_commitment = log::PayloadCommitment(salt, payload);
    if (random.OneIn(10)) entry.payload_length = static_cast<std::uint32_t>(random.Below(3));
    if (random.OneIn(10)) salt[random.Below(32)] ^= 1;
    if (random.OneIn(10)) payload = WithByteChanged(random, payload);
    std::string bytes = *log::EncodeEntry(entry);
    // Twice the same tag, or in the other order.
    const std::size_t tag = bytes.find("tag2");
    if (tag != std::string::npos && random.OneIn(2)) bytes[tag + 3] = random.OneIn(2) ? '1' : '0';
    ask(bytes, salt, payload);
    for (int changes = 0; changes < 2; ++changes) {
      ask(WithByteChanged(random, bytes), salt, payload);
    }
    // The same entry, but for one bit of its first half: kinds, positions, lengths, names.
    std::string other = bytes;
    char& byte = other[random.Below(other.size() / 2)];
    byte = static_cast<char>(byte ^ (1 << random.Below(8)));
    ask(other, salt, payload);
  }

  const log::Salt salt{};
  log::Entry longest = SomeEntry(random, 5);
  longest.payload_commitment = log::PayloadCommitment(salt, "");
  longest.causation_id.assign(limits::kEntryBytesMax - log::EncodeEntry(longest)->size(), 'z');
  const std::string longest_bytes = *log::EncodeEntry(longest);
  ask(longest_bytes, salt, "", Expect::kVerified);
  ask(longest_bytes + "z", salt, "", Expect::kRefused);
  comparison.Run();
}

}  // namespace
}  // namespace jejak::audit
