// SPDX-License-Identifier: Apache-2.0

#include "server/audit/note.h"

#include "server/audit/encoding.h"
#include "server/base/bytes.h"
#include "server/base/hash.h"
#include "server/base/limits.h"
#include "tests/unit/server/audit/test_keys.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace jejak::audit {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

VerifierKey KeyOf(absl::string_view text) { return *ParseVerifierKey(text); }
Signer LogSigner() { return *Signer::Parse(kLogPrivateKey); }
Signer WitnessSigner() { return *Signer::Parse(kWitnessPrivateKey); }

std::string Line(absl::string_view name, absl::string_view blob) {
  return absl::StrCat("\xE2\x80\x94 ", name, " ", FormatBase64(blob), "\n");
}

Note NoteBy(const std::vector<Signer>& signers, absl::string_view text = "text\n") {
  Note note;
  note.text = std::string(text);
  for (const Signer& signer : signers) note.signatures.push_back(signer.Sign(text));
  return note;
}

TEST(NoteTest, ThePublicExampleVerifies) {
  const absl::StatusOr<Note> note = ParseNote(kExampleNote);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_EQ(note->text, "This is an example message.\n");
  ASSERT_EQ(note->signatures.size(), 1u);
  EXPECT_EQ(note->signatures[0].name, "example.com/foo");
  EXPECT_EQ(note->signatures[0].key_id, 0x530d903au);
  EXPECT_EQ(note->signatures[0].bytes.size(), 64u);
  EXPECT_EQ(FormatNote(*note), kExampleNote);
  const std::vector<VerifierKey> known = {KeyOf(kExampleKey)};
  EXPECT_THAT(*VerifyNote(*note, known), ElementsAre(VerifiedSignature{0, 0, 0}));
}

TEST(NoteTest, EveryBitOfThePublicExampleCounts) {
  const std::vector<VerifierKey> known = {KeyOf(kExampleKey)};
  const std::string bytes = kExampleNote;
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string changed = bytes;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    const absl::StatusOr<Note> note = ParseNote(changed);
    EXPECT_FALSE(note.ok() && VerifyNote(*note, known).ok()) << i;
  }
}

TEST(NoteTest, TheTextMayHaveEmptyLinesAndTheLastOneSeparates) {
  const Signer signer = LogSigner();
  for (absl::string_view text : {"\n", "\n\n", "a\n\n", "a\n\n\nb\n", "\n\na\n", "a\n\nb\n\n"}) {
    const Note note = NoteBy({signer}, text);
    const absl::StatusOr<Note> parsed = ParseNote(FormatNote(note));
    ASSERT_TRUE(parsed.ok()) << parsed.status() << Quoted(text);
    EXPECT_EQ(*parsed, note) << Quoted(text);
    EXPECT_TRUE(VerifyNote(*parsed, std::vector{signer.key()}).ok());
  }
  // A text can look like signatures.
  const std::string inner = FormatNote(NoteBy({signer}));
  const Note outer = NoteBy({signer}, inner);
  EXPECT_EQ(ParseNote(FormatNote(outer))->text, inner);
}

TEST(NoteTest, WhatIsNotANoteIsRefused) {
  const std::string line = Line("a", "12345");
  for (const std::string& bytes : {
           std::string(),
           std::string("\n"),
           std::string("\n\n"),
           std::string("text\n"),
           std::string("text\n\n"),                       // No signature.
           line,                                          // No text.
           "\n" + line,                                   // No text.
           "text\n" + line,                               // No empty line.
           "text\n\n" + line + "\n",                      // An empty line below.
           "text\n\n" + line + "text\n",                  // Something else below.
           "text\n\n" + line.substr(0, line.size() - 1),  // No last newline.
           "text\n\n\r" + line,
           "text\r\n\r\n" + line,
           "text\r\n\n" + line,
           "te\txt\n\n" + line,
           std::string("te\0xt\n\n", 7) + line,
           "te\x1fxt\n\n" + line,
           "te\xffxt\n\n" + line,
           "te\xc0\x80xt\n\n" + line,
           "te\xed\xa0\x80xt\n\n" + line,
       }) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseNote(bytes).status())) << Quoted(bytes);
  }
  EXPECT_TRUE(ParseNote("text\n\n" + line).ok());
  EXPECT_TRUE(ParseNote("te\x7fxt \xE2\x80\x94\n\n" + line).ok());
}

TEST(NoteTest, WhatIsNotASignatureLineIsRefused) {
  const std::string dash = "\xE2\x80\x94";
  for (const std::string& line : {
           dash + "\n", dash + " \n", dash + " a\n", dash + " a \n", dash + "a AAAAAAA=\n",
           dash + " a  AAAAAAA=\n", dash + "  a AAAAAAA=\n", " " + dash + " a AAAAAAA=\n",
           dash + " a AAAAAAA= \n", dash + " a AAAAAAA\n", dash + " a AAAAAAB=\n",
           dash + " a AAAA-AA=\n", dash + " a AAAAAA==\n",  // An id and nothing after it.
           dash + " a+b AAAAAAA=\n",
           dash + " a\xC2\xA0"
                  "b AAAAAAA=\n",
           dash + " \xff AAAAAAA=\n", std::string("- a AAAAAAA=\n"),
           std::string("\xE2\x80\x93 a AAAAAAA=\n"),  // U+2013
       }) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseNote("text\n\n" + line).status())) << Quoted(line);
    EXPECT_TRUE(absl::IsInvalidArgument(ParseSignatureLines(line).status())) << Quoted(line);
  }
  EXPECT_TRUE(ParseNote("text\n\n" + dash + " a AAAAAAA=\n").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(ParseSignatureLines("").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseSignatureLines(dash + " a AAAAAAA=").status()));
}

TEST(NoteTest, ManySignaturesAreTakenAndTooManyRefused) {
  const Signer signer = LogSigner();
  const std::vector<VerifierKey> known = {signer.key()};
  std::string bytes = "text\n\n";
  for (std::size_t i = 1; i < limits::kNoteSignaturesMax; ++i) {
    bytes += Line(absl::StrCat("other", i), std::string(4 + 64, 'x'));
  }
  bytes += FormatSignatureLine(signer.Sign("text\n"));
  const absl::StatusOr<Note> note = ParseNote(bytes);
  ASSERT_TRUE(note.ok()) << note.status();
  EXPECT_THAT(*VerifyNote(*note, known),
              ElementsAre(VerifiedSignature{0, limits::kNoteSignaturesMax - 1, 0}));
  EXPECT_THAT(ParseNote(bytes + Line("one-more", "12345")).status().message(),
              HasSubstr("more than"));
}

TEST(NoteTest, ANoteThatIsTooLongIsRefused) {
  const std::string line = Line("a", "12345");
  const std::string fits =
      std::string(limits::kNoteBytesMax - line.size() - 2, 'x') + "\n\n" + line;
  EXPECT_TRUE(ParseNote(fits).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(ParseNote("x" + fits).status()));
}

TEST(NoteTest, UnknownSignersAreIgnoredAlsoWithTheSameNameOrTheSameId) {
  const Signer signer = LogSigner();
  const std::vector<VerifierKey> known = {signer.key()};
  Note note = NoteBy({signer});
  NoteSignature same_name = note.signatures[0];
  same_name.key_id ^= 1;
  same_name.bytes = "nonsense";
  NoteSignature same_id = note.signatures[0];
  same_id.name += "x";
  same_id.bytes = "nonsense";
  note.signatures = {same_name, same_id, note.signatures[0]};
  EXPECT_THAT(*VerifyNote(note, known), ElementsAre(VerifiedSignature{0, 2, 0}));
  note.signatures.pop_back();
  EXPECT_TRUE(absl::IsPermissionDenied(VerifyNote(note, known).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(VerifyNote(note, {}).status()));
}

TEST(NoteTest, AFalseSignatureOfAKnownKeyRefusesAll) {
  const Signer signer = LogSigner();
  const Signer other = *Signer::Create("other", KeyType::kEd25519);
  const std::vector<VerifierKey> known = {signer.key(), other.key()};
  Note note = NoteBy({signer, other});
  EXPECT_THAT(*VerifyNote(note, known),
              ElementsAre(VerifiedSignature{0, 0, 0}, VerifiedSignature{1, 1, 0}));
  Note changed = note;
  changed.signatures[1].bytes[63] = static_cast<char>(changed.signatures[1].bytes[63] ^ 1);
  EXPECT_TRUE(absl::IsDataLoss(VerifyNote(changed, known).status()));
  changed.signatures[1].bytes.resize(63);
  EXPECT_TRUE(absl::IsDataLoss(VerifyNote(changed, known).status()));
  changed = note;
  changed.text = "tex\n";
  EXPECT_TRUE(absl::IsDataLoss(VerifyNote(changed, known).status()));
}

TEST(NoteTest, ADuplicateIsVerifiedLikeAnyOther) {
  const Signer signer = LogSigner();
  const std::vector<VerifierKey> known = {signer.key()};
  Note note = NoteBy({signer, signer});
  EXPECT_THAT(*VerifyNote(note, known),
              ElementsAre(VerifiedSignature{0, 0, 0}, VerifiedSignature{0, 1, 0}));
  note.signatures[1].bytes[0] = static_cast<char>(note.signatures[1].bytes[0] ^ 1);
  EXPECT_TRUE(absl::IsDataLoss(VerifyNote(note, known).status()));
}

TEST(KeyTest, TheIdsOfThePublicKeysAreRight) {
  EXPECT_EQ(KeyId(KeyOf(kExampleKey)), 0x530d903au);
  EXPECT_EQ(KeyId(KeyOf(kLogKey)), 0x33d7b496u);
  EXPECT_EQ(KeyId(KeyOf(kWitnessKey)), 0x9b3fb2d5u);
  EXPECT_EQ(KeyId(KeyOf(kWitnessKeyAsPublished)), 0x55ee4561u);
  for (const char* text : {kExampleKey, kLogKey, kWitnessKey, kWitnessKeyAsPublished}) {
    EXPECT_EQ(FormatVerifierKey(KeyOf(text)), text);
  }
}

TEST(KeyTest, BothFormsOfAWitnessKeyAreTheSameKey) {
  const VerifierKey key = *ParseWitnessKey(kWitnessKey);
  EXPECT_EQ(key.type, KeyType::kCosignature);
  EXPECT_EQ(*ParseWitnessKey(kWitnessKeyAsPublished), key);
  EXPECT_EQ(KeyId(key), 0x9b3fb2d5u);
  EXPECT_EQ(KeyOf(kWitnessKeyAsPublished).type, KeyType::kEd25519);
}

TEST(KeyTest, AKeyOfAnotherFormIsRefused) {
  const std::string key = kExampleKey;
  const VerifierKey parsed = KeyOf(key);
  const auto with_type = [&](char type, std::size_t size) {
    const std::string blob = type + std::string(size, 'k');
    return absl::StrCat("a+", ToHex(AsBytes(Sha256({"a\n", blob}))).substr(0, 8), "+",
                        FormatBase64(blob));
  };
  EXPECT_TRUE(ParseVerifierKey(with_type('\x01', 32)).ok());
  EXPECT_TRUE(ParseVerifierKey(with_type('\x04', 32)).ok());
  for (const std::string& text : {
           std::string(),
           std::string("a"),
           std::string("a+b"),
           std::string("+530d903a+AA=="),
           absl::StrReplaceAll(key, {{"530d903a", "530d903b"}}),  // Another id.
           absl::StrReplaceAll(key, {{"530d903a", "530D903A"}}),
           absl::StrReplaceAll(key, {{"530d903a", "530d903"}}),
           absl::StrReplaceAll(key, {{"530d903a", "0530d903a"}}),
           absl::StrReplaceAll(key, {{"example", "exbmple"}}),  // The id is of another name.
           absl::StrReplaceAll(key, {{"/foo", " foo"}}),
           " " + key,
           key + " ",
           key + "\n",
           key.substr(0, key.size() - 1),
           key + "=",
           with_type('\x01', 31),
           with_type('\x01', 33),
           with_type('\x00', 32),
           with_type('\x02', 32),
           with_type('\x06', 32),
           with_type('\x06', 1312),
           with_type('\xff', 32),
       }) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseVerifierKey(text).status())) << Quoted(text);
    EXPECT_TRUE(absl::IsInvalidArgument(ParseWitnessKey(text).status())) << Quoted(text);
  }
}

TEST(SignerTest, ThePublicPrivateKeysGiveTheirPublicOnes) {
  EXPECT_EQ(FormatVerifierKey(LogSigner().key()), kLogKey);
  EXPECT_EQ(FormatVerifierKey(WitnessSigner().key()), kWitnessKey);
  EXPECT_EQ(LogSigner().PrivateText(), kLogPrivateKey);
  EXPECT_EQ(WitnessSigner().PrivateText(), kWitnessPrivateKey);
}

// RFC 8032 section 7.1, tests 1 and 2.
TEST(SignerTest, ThePublicKeysOfTheStandardComeFromItsSeeds) {
  for (const auto& [seed, key] : std::vector<std::pair<const char*, const char*>>{
           {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"},
           {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"}}) {
    const Signer signer = *Signer::FromSeed("a", KeyType::kEd25519, Key(*FromHex(seed)));
    EXPECT_EQ(std::string(signer.key().public_key.begin(), signer.key().public_key.end()),
              *FromHex(key));
  }
}

TEST(SignerTest, TheLogSignsItsPublicCheckpointWithTheSameBytes) {
  const NoteSignature signature = LogSigner().Sign(kCheckpoint1Text);
  EXPECT_EQ(absl::StrCat(kCheckpoint1Text, "\n", FormatSignatureLine(signature)), kCheckpoint1);
}

TEST(SignerTest, APrivateKeyOfAnotherFormIsRefusedAndNotRepeatedInTheMessage) {
  const std::string key = kLogPrivateKey;
  const std::string secret = key.substr(key.rfind('+'));
  for (const std::string& text :
       {std::string(), std::string(kLogKey), key.substr(1), key + "=", key + "\n",
        key.substr(0, key.size() - 1), absl::StrReplaceAll(key, {{"33d7b496", "33d7b497"}}),
        absl::StrReplaceAll(key, {{"PRIVATE", "private"}})}) {
    const absl::Status status = Signer::Parse(text).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << text;
    EXPECT_THAT(std::string(status.message()), testing::Not(HasSubstr(secret.substr(4, 16))));
  }
}

TEST(SignerTest, ANewKeySignsAndComesBackFromItsText) {
  const Signer signer = *Signer::Create("example.com/log", KeyType::kEd25519);
  const Signer again = *Signer::Parse(signer.PrivateText());
  EXPECT_EQ(again.key(), signer.key());
  EXPECT_TRUE(VerifySignature(signer.key(), "x\n", again.Sign("x\n")).ok());
  EXPECT_NE(Signer::Create("example.com/log", KeyType::kEd25519)->key(), signer.key());
  EXPECT_TRUE(absl::IsInvalidArgument(Signer::Create("a b", KeyType::kEd25519).status()));
}

TEST(CosignatureTest, TheGoldenCosignatureIsMadeAndVerifies) {
  const NoteSignature signature = WitnessSigner().Cosign(kCheckpoint1Text, 1700000000);
  EXPECT_EQ(FormatSignatureLine(signature), kCosignature1);
  EXPECT_EQ(signature.bytes.size(), 72u);
  const absl::StatusOr<Note> note = ParseNote(absl::StrCat(kCheckpoint1, kCosignature1));
  ASSERT_TRUE(note.ok()) << note.status();
  const std::vector<VerifierKey> known = {*ParseWitnessKey(kWitnessKeyAsPublished), KeyOf(kLogKey)};
  EXPECT_THAT(*VerifyNote(*note, known),
              ElementsAre(VerifiedSignature{1, 0, 0}, VerifiedSignature{0, 1, 1700000000}));
}

TEST(CosignatureTest, EveryBitOfTheTimeAndTheSignatureCounts) {
  const Signer signer = WitnessSigner();
  const NoteSignature good = signer.Cosign(kCheckpoint1Text, 1700000000);
  for (std::size_t i = 0; i < good.bytes.size() * 8; ++i) {
    NoteSignature changed = good;
    changed.bytes[i / 8] = static_cast<char>(changed.bytes[i / 8] ^ (1 << (i % 8)));
    EXPECT_TRUE(absl::IsDataLoss(VerifySignature(signer.key(), kCheckpoint1Text, changed))) << i;
  }
  EXPECT_TRUE(absl::IsDataLoss(VerifySignature(signer.key(), "x\n", good)));
  for (std::size_t size = 0; size < good.bytes.size(); ++size) {
    NoteSignature changed = good;
    changed.bytes.resize(size);
    EXPECT_TRUE(absl::IsDataLoss(VerifySignature(signer.key(), kCheckpoint1Text, changed))) << size;
  }
}

TEST(CosignatureTest, ATimeOf2To63IsRefusedEvenIfItIsSigned) {
  // With the seed of the witness, but as a plain key, whose text is the cosigned message.
  const std::string seed = ParseBase64("BOadRiG7XM4XiieCHzD8lxysXMwcViy5nYsoXURWGrlE")->substr(1);
  const Signer plain = *Signer::FromSeed("Wit1", KeyType::kEd25519, Key(seed));
  const VerifierKey witness = WitnessSigner().key();
  for (std::uint64_t time_s : {std::uint64_t{1} << 63, (std::uint64_t{1} << 63) - 1}) {
    NoteSignature signature =
        plain.Sign(absl::StrCat("cosignature/v1\ntime ", time_s, "\n", kCheckpoint1Text));
    signature.bytes = ToBigEndian(time_s) + signature.bytes;
    EXPECT_EQ(VerifySignature(witness, kCheckpoint1Text, signature).ok(), time_s >> 63 == 0);
  }
}

TEST(CosignatureTest, ItIsOfACheckpointAndOfNothingElse) {
  const Signer witness = WitnessSigner();
  const std::vector<VerifierKey> known = {witness.key()};
  const auto verdict = [&](const std::string& text) {
    return VerifyNote({.text = text, .signatures = {witness.Cosign(text, 1700000000)}}, known)
        .status();
  };
  EXPECT_TRUE(verdict(kCheckpoint1Text).ok());
  EXPECT_TRUE(absl::IsDataLoss(verdict("text\n")));
  EXPECT_TRUE(absl::IsDataLoss(verdict(absl::StrCat(kCheckpoint1Text, "\n"))));
}

TEST(CosignatureTest, ASignatureOfTheOtherTypeIsNotTaken) {
  const std::string seed = ParseBase64("BOadRiG7XM4XiieCHzD8lxysXMwcViy5nYsoXURWGrlE")->substr(1);
  const Signer plain = *Signer::FromSeed("Wit1", KeyType::kEd25519, Key(seed));
  const Signer witness = WitnessSigner();
  EXPECT_TRUE(absl::IsDataLoss(VerifySignature(plain.key(), kCheckpoint1Text,
                                               witness.Cosign(kCheckpoint1Text, 1700000000))));
  EXPECT_TRUE(absl::IsDataLoss(
      VerifySignature(witness.key(), kCheckpoint1Text, plain.Sign(kCheckpoint1Text))));
}

}  // namespace
}  // namespace jejak::audit
