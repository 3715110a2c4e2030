// SPDX-License-Identifier: Apache-2.0

#include "client/cli/story.h"

#include "jejak/v1/common.pb.h"

#include "absl/strings/cord.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace jejak::cli {
namespace {

using google::protobuf::Message;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

// Notes the requests; refuses what is asked for `refuse`, and calls it recorded when `replayed`.
class FakeBackend final : public StoryBackend {
 public:
  explicit FakeBackend(const Api& api) : api_(api) {}
  absl::StatusOr<std::unique_ptr<Message>> Call(const google::protobuf::MethodDescriptor* method,
                                                const Message& request,
                                                const std::string& actor) override {
    requests.push_back(actor + " " + request.ShortDebugString());
    if (!refuse.empty()) {
      v1::Refusal refusal;
      refusal.set_reason(refuse);
      refusal.set_rule("R16");
      absl::Status status = absl::FailedPreconditionError("no");
      status.SetPayload("type.googleapis.com/jejak.v1.Refusal",
                        absl::Cord(refusal.SerializeAsString()));
      return status;
    }
    return api_.New(method->output_type());
  }
  absl::StatusOr<std::string> Upload(const std::string&, const std::string&) override {
    return std::string(64, 'a');
  }
  absl::Status Show(const std::vector<std::string>& words, const std::string&) override {
    shown = words;
    return absl::OkStatus();
  }

  std::vector<std::string> requests;
  std::vector<std::string> shown;
  std::string refuse;

 private:
  const Api& api_;
};

class StoryTest : public testing::Test {
 protected:
  StoryTest() : backend_(api_) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ + "/people.csv") << "id,bases,kind\n01,WOMEN;RELIGIOUS,a\n02,,b\n";
  }
  ~StoryTest() override { std::filesystem::remove_all(folder_); }

  absl::Status Run(const json& steps) {
    return RunStory({"s", "A story", {{"p", "programs/x"}}, steps, folder_}, api_, &backend_, out_);
  }

  const std::string folder_ = testing::TempDir() + "jejak-story-test";
  const Api api_;
  FakeBackend backend_;
  std::ostringstream out_;
};

TEST_F(StoryTest, ACallGetsIdentityTimeAndARequestIdOfItsStep) {
  const json steps = json::parse(R"([
    {"as": {"actor": "officers/a", "office": "offices/18", "role": "chair",
            "occurred": "2021-06-10T09:00:00+07:00"}},
    {"id": "one", "call": "LokusService.EndorseLokus", "request": {"name": "${p}/lokus/1"}}])");
  ASSERT_TRUE(Run(steps).ok());
  EXPECT_THAT(
      backend_.requests,
      ElementsAre("officers/a write { request_id: \"s:one\" occurred_time { time { seconds: "
                  "1623290400 } utc_offset_minutes: 420 } office: \"offices/18\" role: "
                  "ROLE_CHAIR } name: \"programs/x/lokus/1\""));
}

TEST_F(StoryTest, EachRunsItsStepsForTheRowsAskedFor) {
  const json steps = json::parse(R"([
    {"id": "e", "each": "people.csv", "where": {"kind": ["b", "c"]}, "steps": [
      {"id": "r", "call": "AgenService.GetAgen", "request": {"name": "a/${id}"}}]}])");
  ASSERT_TRUE(Run(steps).ok());
  EXPECT_THAT(backend_.requests, ElementsAre(" name: \"a/02\""));
}

TEST_F(StoryTest, SpecialObjectsAreReplaced) {
  std::ofstream(folder_ + "/value.json") << R"({"x": 1})";
  const auto replaced = Substitute(json::parse(R"({
      "a": {"$split": "A;B", "prefix": "X_"}, "none": {"$split": ""},
      "b": {"$include": "value.json"},
      "c": {"$match": "${p}", "cases": {"programs/x": ["${p}"]}},
      "d": {"$rows": "people.csv", "where": {"kind": "a"}, "value": "${p}/${id}"}})"),
                                   {{"p", "programs/x"}}, folder_);
  ASSERT_TRUE(replaced.ok()) << replaced.status();
  EXPECT_EQ(*replaced, json::parse(R"({"a": ["X_A", "X_B"], "none": [], "b": {"x": 1},
                                       "c": ["programs/x"], "d": ["programs/x/01"]})"));
  EXPECT_THAT(std::string(Substitute("${q}", {}, folder_).status().message()), HasSubstr("q"));
}

TEST_F(StoryTest, AnExpectedRefusalIsPrintedWithItsRule) {
  backend_.refuse = "QUOTA_EXCEEDED";
  ASSERT_TRUE(Run(json::parse(R"([{"call": "LokusService.EndorseLokus",
                                   "expect": {"reason": "QUOTA_EXCEEDED"}}])"))
                  .ok());
  EXPECT_THAT(out_.str(), HasSubstr("QUOTA_EXCEEDED (R16)"));
}

TEST_F(StoryTest, WhatWasNotExpectedStopsTheStoryAndNamesTheStep) {
  backend_.refuse = "LOKUS_STATE";
  const json two = json::parse(R"([{"id": "x", "call": "LokusService.EndorseLokus"},
                                   {"id": "y", "call": "LokusService.EndorseLokus"}])");
  EXPECT_THAT(std::string(Run(two).message()), HasSubstr("step x"));
  EXPECT_EQ(backend_.requests.size(), 1);

  backend_.refuse = "";
  const json missing = json::parse(R"([{"id": "z", "call": "LokusService.EndorseLokus",
                                        "expect": {"reason": "LOKUS_STATE"}}])");
  EXPECT_THAT(std::string(Run(missing).message()), HasSubstr("step z"));
  const json fields = json::parse(R"([{"id": "f", "call": "LokusService.EndorseLokus",
      "expect": {"fields": {"lokus.state": "LOKUS_STATE_ENDORSED"}}}])");
  EXPECT_THAT(std::string(Run(fields).message()), HasSubstr("LOKUS_STATE_ENDORSED"));
}

TEST_F(StoryTest, ARequestIdIsNotUsedTwice) {
  EXPECT_TRUE(
      absl::IsInvalidArgument(Run(json::parse(R"([{"id": "x", "call": "LokusService.EndorseLokus"},
                          {"id": "x", "call": "LokusService.EndorseLokus"}])"))));
}

TEST_F(StoryTest, UploadsSetVariablesAndShowRunsACommandLine) {
  ASSERT_TRUE(Run(json::parse(R"([{"upload": "x", "as_var": "sum"},
                                  {"show": ["document", "get", "${sum}"]}])"))
                  .ok());
  EXPECT_THAT(backend_.shown, ElementsAre("document", "get", std::string(64, 'a')));
}

TEST(StoryCsvTest, QuotedCellsMayHaveCommasQuotesAndLines) {
  const auto rows = ParseCsv("a,b\r\n\"1,\"\"2\"\"\",\"x\ny\"\n3,4");
  ASSERT_TRUE(rows.ok());
  EXPECT_THAT(*rows,
              ElementsAre(Row{{"a", "1,\"2\""}, {"b", "x\ny"}}, Row{{"a", "3"}, {"b", "4"}}));
  EXPECT_THAT(std::string(ParseCsv("a,b\n1\n").status().message()), HasSubstr("line 2"));
}

TEST(MainStoryTest, EveryRequestOfTheMainJobCanBeMade) {
  const char* source = std::getenv("JEJAK_SOURCE");  // NOLINT(concurrency-mt-unsafe)
  ASSERT_NE(source, nullptr);
  const std::string regions = testing::TempDir() + "jejak-story-regions";
  std::filesystem::create_directories(regions);
  for (const char* file : {"provinces", "regencies", "districts", "villages"}) {
    std::ofstream(regions + "/" + file + ".csv") << "code,name\n";
  }
  const auto story =
      LoadStory(std::string(source) + "/deploy/story/tanggamus-2021.json", {{"regions", regions}});
  ASSERT_TRUE(story.ok()) << story.status();
  CheckingBackend backend;
  std::ostringstream out;
  const absl::Status status = RunStory(*story, Api(), &backend, out);
  EXPECT_TRUE(status.ok()) << status;
  std::filesystem::remove_all(regions);
}

}  // namespace
}  // namespace jejak::cli
