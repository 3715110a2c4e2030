// SPDX-License-Identifier: Apache-2.0
//
// The command line checks a log that it has seen before: honest, exchanged for another, rolled back
// to an older copy, rewritten; and what is kept of it proves itself when the server is gone.

#include "client/cli/program.h"
#include "client/cpp/log_verifier.h"
#include "tests/support/server_fixture.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace jejak::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class LogCheckTest : public ServerTest {
 protected:
  LogCheckTest() {
    MakeOffice(client());
    AddDocuments("a", 5);
  }

  void AddDocuments(const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) {
      const auto made = client().Call(&v1::DocumentService::Stub::RegisterDocument,
                                      Document(absl::StrCat(prefix, "-", i), prefix));
      JEJAK_CHECK(made.ok());
    }
  }

  struct Ran {
    int exit_code = -1;
    std::string out;
    std::string err;
    nlohmann::json json() const { return nlohmann::json::parse(out, nullptr, false); }
  };
  Ran Run(const std::vector<std::string>& words, const std::string& home) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Ran ran;
    ran.exit_code =
        cli::Run(words, {in, out, err, [&](const std::string& name) -> std::optional<std::string> {
                           if (name == "HOME") return home;
                           return std::nullopt;
                         }});
    ran.out = out.str();
    ran.err = err.str();
    return ran;
  }
  // On the context "kpu", whatever address the server has now.
  Ran Jejak(std::vector<std::string> words) {
    const std::string home = mine_ / "home";
    EXPECT_EQ(
        Run({"context", "set", "kpu", "--server", address(), "--timeout", "5s"}, home).exit_code,
        0);
    return Run(words, home);
  }
  // Somebody without a server.
  Ran Offline(std::vector<std::string> words) {
    words.insert(words.end(), {"--server", "unix:/nonexistent"});
    return Run(words, "/nonexistent");
  }
  std::string Mine(const std::string& file) const { return mine_ / file; }
  std::string Key() { return Jejak({"log", "verify", "-o", "json"}).json().value("key", ""); }

  void CopyData(const std::string& to) {
    std::filesystem::copy(data(), to, std::filesystem::copy_options::recursive);
  }
  void PutBack(const std::string& copy) {
    std::filesystem::remove_all(data());
    std::filesystem::copy(copy, data(), std::filesystem::copy_options::recursive);
    // What keeps an honest server from signing two histories.
    std::filesystem::remove(data() + "/signed");
  }

 private:
  TempFolder mine_;
};

TEST_F(LogCheckTest, AnHonestLogIsVerifiedWhileItGrows) {
  const Ran first = Jejak({"log", "verify"});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("first time here"));
  AddDocuments("b", 3);
  Restart();
  const Ran second = Jejak({"log", "verify", "--full", "-o", "json"});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_THAT(second.err, IsEmpty());
  const std::string size = second.json().value("size", "");
  EXPECT_EQ(second.json().value("entriesRead", ""), size);
  EXPECT_THAT(Jejak({"log", "checkpoint"}).out, HasSubstr(absl::StrCat("\n", size, "\n")));
  EXPECT_EQ(Jejak({"log", "verify", "--key", second.json().value("key", "")}).exit_code, 0);
}

TEST_F(LogCheckTest, AnotherLogInItsPlaceIsRefusedAndBothAreNamed) {
  const std::string key = Key();
  StopServer();
  std::filesystem::remove_all(data());
  StartServer();
  MakeOffice(client());
  AddDocuments("a", 20);
  const Ran ran = Jejak({"log", "verify"});
  EXPECT_EQ(ran.exit_code, 6);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err,
              AllOf(HasSubstr("another log"), HasSubstr(key), HasSubstr("verified before")));
  EXPECT_EQ(Jejak({"log", "export-tiles", Mine("tiles")}).exit_code, 6);
  EXPECT_EQ(Jejak({"receipt", "save", "1", "--out", Mine("receipt")}).exit_code, 6);
  EXPECT_FALSE(std::filesystem::exists(Mine("receipt")));
}

TEST_F(LogCheckTest, AnOlderCopyIsRefusedAndSoIsWhatIsWrittenToIt) {
  StopServer();
  CopyData(Mine("copy"));
  StartServer();
  AddDocuments("b", 3);
  ASSERT_EQ(Jejak({"log", "verify"}).exit_code, 0);
  StopServer();
  PutBack(Mine("copy"));
  StartServer();
  const Ran smaller = Jejak({"log", "verify"});
  EXPECT_EQ(smaller.exit_code, 6);
  EXPECT_THAT(smaller.err, HasSubstr("has become smaller"));
  AddDocuments("other", 9);
  const Ran rewritten = Jejak({"log", "verify", "-o", "json"});
  EXPECT_EQ(rewritten.exit_code, 6);
  EXPECT_THAT(rewritten.err, AllOf(HasSubstr("was rewritten"), HasSubstr("DATA_LOSS")));
}

TEST_F(LogCheckTest, AReceiptProvesAnEventWithoutTheServerAndAfterItWasRewritten) {
  StopServer();
  CopyData(Mine("copy"));
  StartServer();
  AddDocuments("b", 1);
  const std::string key = Key();
  const std::string receipt = Mine("6.tlog-proof");
  const std::string payload = Mine("6.payload");
  const Ran saved = Jejak({"receipt", "save", "6", "--out", receipt, "--payload", payload});
  ASSERT_EQ(saved.exit_code, 0) << saved.err;
  EXPECT_EQ(Jejak({"receipt", "save", "700", "--out", Mine("700")}).exit_code, 1);
  StopServer();
  PutBack(Mine("copy"));

  const Ran shown =
      Offline({"verify", "receipt", receipt, "--key", key, "--payload", payload, "-o", "json"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_EQ(shown.json().value("position", ""), "6");
  EXPECT_EQ(shown.json().value("stream", ""), "offices/ri/documents/b-0");
  EXPECT_THAT(shown.json()["event"].dump(), HasSubstr("\"title\":\"b\""));
  WriteFile(Mine("policy"), absl::StrCat("log ", key, "\nquorum none\n"));
  EXPECT_EQ(Offline({"verify", "receipt", receipt, "--policy", Mine("policy")}).exit_code, 0);

  // Nothing of it can be changed.
  const audit::Policy policy = *client::PolicyOfKey(*audit::ParseVerifierKey(key));
  const std::string bytes = ReadFile(receipt);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(client::VerifyReceipt(changed, policy).status())) << i;
  }
  WriteFile(Mine("changed"), bytes.substr(0, bytes.size() - 1));
  EXPECT_EQ(Offline({"verify", "receipt", Mine("changed"), "--key", key}).exit_code, 6);
  WriteFile(Mine("changed"), ReadFile(payload) + "x");
  const Ran other =
      Offline({"verify", "receipt", receipt, "--key", key, "--payload", Mine("changed")});
  EXPECT_EQ(other.exit_code, 6);
  EXPECT_THAT(other.out, IsEmpty());
  StartServer();
}

TEST_F(LogCheckTest, WhomToTrustMustBeSaid) {
  WriteFile(Mine("receipt"), "anything");
  EXPECT_EQ(Offline({"verify", "receipt", Mine("receipt")}).exit_code, 2);
  EXPECT_EQ(Offline({"verify", "receipt", Mine("receipt"), "--key", "nonsense"}).exit_code, 2);
  EXPECT_EQ(Offline({"log", "verify", "--folder", Mine("")}).exit_code, 2);
  EXPECT_EQ(Offline({"log", "verify", "--folder", Mine(""), "--key", Key()}).exit_code, 3);
}

TEST_F(LogCheckTest, AnExportedFolderIsVerifiedWithoutTheServer) {
  const std::string folder = Mine("tiles");
  AddDocuments("b", 260);
  const Ran half = Jejak({"log", "export-tiles", folder, "-o", "json"});
  ASSERT_EQ(half.exit_code, 0) << half.err;
  EXPECT_EQ(half.json().value("bundlesKept", ""), "0");
  AddDocuments("c", 260);
  const Ran whole = Jejak({"log", "export-tiles", folder, "-o", "json"});
  ASSERT_EQ(whole.exit_code, 0) << whole.err;
  EXPECT_EQ(whole.json().value("bundlesKept", ""), "1");
  const std::string key = whole.json().value("key", "");
  // What is not whole is fetched again, and what is wrong is not believed because it was there.
  std::filesystem::resize_file(folder + "/tile/entries/000", 1000);
  EXPECT_EQ(Jejak({"log", "export-tiles", folder, "-o", "json"}).json().value("bundlesKept", ""),
            "1");
  const std::string bundle = ReadFile(folder + "/tile/entries/000");
  std::filesystem::remove(folder + "/checkpoint");
  WriteFile(folder + "/tile/entries/000", ReadFile(folder + "/tile/entries/001"));
  EXPECT_EQ(Jejak({"log", "export-tiles", folder}).exit_code, 6);
  EXPECT_FALSE(std::filesystem::exists(folder + "/checkpoint"));
  WriteFile(folder + "/tile/entries/000", bundle);
  EXPECT_EQ(Jejak({"log", "export-tiles", folder}).exit_code, 0);
  StopServer();

  const std::vector<std::string> verify = {"log", "verify", "--folder", folder, "--key", key};
  const Ran verified = Offline(verify);
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("526"));
  for (const char* file : {"checkpoint", "tile/0/000", "tile/0/002.p/14", "tile/1/000.p/2",
                           "tile/entries/001", "tile/entries/002.p/14"}) {
    const std::string path = absl::StrCat(folder, "/", file);
    const std::string bytes = ReadFile(path);
    ASSERT_THAT(bytes, Not(IsEmpty())) << file;
    std::string changed = bytes;
    changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
    WriteFile(path, changed);
    EXPECT_EQ(Offline(verify).exit_code, 6) << file;
    std::filesystem::remove(path);
    EXPECT_NE(Offline(verify).exit_code, 0) << file;
    WriteFile(path, bytes);
  }
  EXPECT_EQ(Offline(verify).exit_code, 0);

  // The other verifier, where it was built.
  const char* const other = std::getenv("JEJAK_VERIFIER");
  if (other != nullptr && std::filesystem::exists(other)) {
    EXPECT_EQ(std::system(absl::StrCat("node '", other, "' folder '", folder, "' --key '", key,
                                       "' > /dev/null")
                              .c_str()),
              0);
    WriteFile(folder + "/tile/0/000", ReadFile(folder + "/tile/0/001"));
    EXPECT_NE(std::system(absl::StrCat("node '", other, "' folder '", folder, "' --key '", key,
                                       "' > /dev/null 2>&1")
                              .c_str()),
              0);
  }
  StartServer();
}

}  // namespace
}  // namespace jejak::test
