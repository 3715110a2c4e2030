// SPDX-License-Identifier: Apache-2.0
//
// File: story.h
//
// A story: a sequence of commands as data, run through the public API. Every request id is derived
// from the story and the step, so that running a story again records nothing twice.
//
//   {"id": "tanggamus-2021", "title": "...", "vars": {"regions": "../regions"}, "steps": [
//     {"say": "A heading"},
//     {"as": {"actor": "officers/x", "office": "offices/18", "role": "chair",
//             "occurred": "2021-06-10T09:00:00+07:00"}},          until the next "as"
//     {"id": "designate", "call": "LokusService.DesignateLokus", "request": {protobuf JSON},
//      "expect": {"fields": {"lokus.state": "LOKUS_STATE_DESIGNATED"}}},
//     {"id": "one-more", "call": ..., "expect": {"reason": "QUOTA_EXCEEDED"}},
//     {"upload": "files/x.txt", "as_var": "x"},                   ${x} is its SHA-256 from here on
//     {"each": "agen.csv", "where": {"lokus": ["a", "b"]}, "steps": [...]},
//     {"show": ["lokus", "list", "programs/p"]}]}
//
// ${name} in a string stands for a variable or for a column of the row that "each" is at. Objects
// with one of these keys are replaced:
//   {"$include": "file.json"}                            the file's content
//   {"$split": "A;B", "prefix": "X_"}                    ["X_A", "X_B"]; [] for an empty text
//   {"$match": "text", "cases": {"text": value}}         the case
//   {"$rows": "file.csv", "where": {...}, "value": v}    v for each row
// Files are sought from the story's folder. Tables are CSV (RFC 4180) with a heading.

#ifndef JEJAK_CLIENT_CLI_STORY_H_
#define JEJAK_CLIENT_CLI_STORY_H_

#include "client/cli/api.h"

#include "google/protobuf/message.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

namespace jejak::cli {

using Variables = std::map<std::string, std::string>;
using Row = std::map<std::string, std::string>;

// What a story needs done.
class StoryBackend {
 public:
  virtual ~StoryBackend() = default;
  // Carries out a command and returns its response.
  virtual absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Call(
      const google::protobuf::MethodDescriptor* method, const google::protobuf::Message& request,
      const std::string& actor) = 0;
  // Stores a file and returns the SHA-256 of its bytes.
  virtual absl::StatusOr<std::string> Upload(const std::string& path, const std::string& actor) = 0;
  // Runs a command line of this program, to print what it shows.
  virtual absl::Status Show(const std::vector<std::string>& words, const std::string& actor) = 0;
};

// Answers nothing, so that a story can be checked without a server: each request is made, each file
// is hashed, and expectations are taken as met.
class CheckingBackend final : public StoryBackend {
 public:
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Call(
      const google::protobuf::MethodDescriptor* method, const google::protobuf::Message& request,
      const std::string& actor) override;
  absl::StatusOr<std::string> Upload(const std::string& path, const std::string& actor) override;
  absl::Status Show(const std::vector<std::string>& words, const std::string& actor) override;
};

struct Story {
  std::string id;
  std::string title;
  Variables variables;
  nlohmann::json steps;
  // Where its files are.
  std::string folder;
};

// Parses CSV with a heading. INVALID_ARGUMENT names the line of a row with another number of cells.
absl::StatusOr<std::vector<Row>> ParseCsv(const std::string& text);

// Reads a story; `variables` replace its own. INVALID_ARGUMENT if it is not one.
absl::StatusOr<Story> LoadStory(const std::string& path, const Variables& variables);

// Replaces variables and the objects with $ keys. INVALID_ARGUMENT names an unknown variable.
absl::StatusOr<nlohmann::json> Substitute(const nlohmann::json& value, const Variables& variables,
                                          const std::string& folder);

// Runs a story, saying on `out` what happens. Stops with FAILED_PRECONDITION at the first step that
// does not go as expected, naming it; INVALID_ARGUMENT for a step that makes no sense. UNAVAILABLE
// and the like come through as they are.
absl::Status RunStory(const Story& story, const Api& api, StoryBackend* backend, std::ostream& out);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_STORY_H_
