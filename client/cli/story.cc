// SPDX-License-Identifier: Apache-2.0

#include "client/cli/story.h"

#include "client/cli/files.h"
#include "client/cli/output.h"
#include "client/cli/request.h"
#include "client/cpp/error.h"
#include "server/base/hash.h"
#include "server/base/status_macros.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include <filesystem>
#include <functional>
#include <set>
#include <utility>

namespace jejak::cli {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using nlohmann::json;

constexpr std::size_t kRequestIdBytesMax = 64;

absl::StatusOr<json> ParseJson(const std::string& text, const std::string& path) {
  json value = json::parse(text, nullptr, false, true);
  if (value.is_discarded()) return absl::InvalidArgumentError(absl::StrCat(path, " is not JSON"));
  return value;
}

std::string Dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string PathIn(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).string();
}

absl::StatusOr<std::string> SubstituteText(const std::string& text, const Variables& variables) {
  std::string result;
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = text.find("${", at);
    result.append(text, at, open == std::string::npos ? open : open - at);
    if (open == std::string::npos) return result;
    const std::size_t close = text.find('}', open);
    if (close == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" lacks a }"));
    }
    const std::string name = text.substr(open + 2, close - open - 2);
    const auto found = variables.find(name);
    if (found == variables.end()) {
      return absl::InvalidArgumentError(absl::StrCat("there is no variable ", name));
    }
    result += found->second;
    at = close + 1;
  }
}

// Whether a row has the values asked for: one, or one of several, for each column.
absl::StatusOr<bool> Matches(const Row& row, const json& where, const Variables& variables) {
  for (const auto& [column, wanted] : where.items()) {
    const auto cell = row.find(column);
    if (cell == row.end()) {
      return absl::InvalidArgumentError(absl::StrCat("there is no column ", column));
    }
    bool any = false;
    for (const json& value : wanted.is_array() ? wanted : json::array({wanted})) {
      if (!value.is_string()) return absl::InvalidArgumentError("\"where\" compares texts");
      JEJAK_ASSIGN_OR_RETURN(const std::string text,
                             SubstituteText(value.get<std::string>(), variables));
      any = any || text == cell->second;
    }
    if (!any) return false;
  }
  return true;
}

// The text of a member; empty if it is absent or no text.
std::string TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

json MemberOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() ? json::object() : *found;
}

// The variables with a row's columns over them, and the row's number.
struct SelectedRow {
  std::size_t number;  // From 1, counting all rows of the table.
  Variables variables;
};

absl::StatusOr<std::vector<SelectedRow>> SelectRows(const std::string& path, const json& where,
                                                    const Variables& variables) {
  JEJAK_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  JEJAK_ASSIGN_OR_RETURN(const std::vector<Row> rows, ParseCsv(text));
  std::vector<SelectedRow> result;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    JEJAK_ASSIGN_OR_RETURN(const bool matches, Matches(rows[i], where, variables));
    if (!matches) continue;
    Variables inner = rows[i];
    inner.insert(variables.begin(), variables.end());
    result.push_back({i + 1, std::move(inner)});
  }
  return result;
}

// A word as it would be typed in a shell.
void Quote(std::string* to, const std::string& word) {
  const bool quote = word.find(' ') != std::string::npos;
  absl::StrAppend(to, quote ? "'" : "", word, quote ? "'" : "");
}

class Runner {
 public:
  Runner(const Story& story, const Api& api, StoryBackend* backend, bool checking,
         std::ostream& out)
      : story_(story), api_(api), backend_(backend), checking_(checking), out_(out) {}

  absl::Status Run() {
    out_ << story_.title << "\n";
    Variables variables = story_.variables;
    return RunSteps(story_.steps, "", "", &variables);
  }

 private:
  // `path` is where the steps stand, and `row` the suffix of request ids within "each".
  absl::Status RunSteps(const json& steps, const std::string& path, const std::string& row,
                        Variables* variables) {
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const json& step = steps[i];
      if (!step.is_object()) return absl::InvalidArgumentError("a step is a JSON object");
      const std::string id =
          step.contains("id") ? TextOf(step, "id") : absl::StrCat(path, path.empty() ? "" : ".", i);
      if (absl::Status status = RunStep(step, id, row, variables); !status.ok()) {
        // The innermost step has the say.
        if (absl::StartsWith(status.message(), "step ")) return status;
        absl::Status named(status.code(), absl::StrCat("step ", id, row, ": ", status.message()));
        status.ForEachPayload([&named](absl::string_view url, const absl::Cord& payload) {
          named.SetPayload(url, payload);
        });
        return named;
      }
    }
    return absl::OkStatus();
  }

  absl::Status RunStep(const json& step, const std::string& id, const std::string& row,
                       Variables* variables) {
    if (step.contains("say")) {
      JEJAK_ASSIGN_OR_RETURN(const std::string text,
                             SubstituteText(TextOf(step, "say"), *variables));
      out_ << "\n== " << text << "\n";
      return absl::OkStatus();
    }
    if (step.contains("as")) {
      as_.update(step["as"]);
      if (!step.contains("call")) return absl::OkStatus();
    }
    if (step.contains("call")) return RunCall(step, id, row, *variables);
    if (step.contains("each")) {
      JEJAK_ASSIGN_OR_RETURN(const auto rows,
                             SelectRows(PathIn(story_.folder, TextOf(step, "each")),
                                        MemberOf(step, "where"), *variables));
      for (SelectedRow selected : rows) {
        JEJAK_RETURN_IF_ERROR(RunSteps(MemberOf(step, "steps"), id,
                                       absl::StrCat(row, ":", selected.number),
                                       &selected.variables));
      }
      out_ << "   (" << rows.size() << " rows of " << TextOf(step, "each") << ")\n";
      return absl::OkStatus();
    }
    JEJAK_ASSIGN_OR_RETURN(const std::string actor,
                           SubstituteText(TextOf(as_, "actor"), *variables));
    if (step.contains("upload")) {
      JEJAK_ASSIGN_OR_RETURN(const std::string path,
                             SubstituteText(TextOf(step, "upload"), *variables));
      JEJAK_ASSIGN_OR_RETURN((*variables)[TextOf(step, "as_var")],
                             backend_->Upload(PathIn(story_.folder, path), actor));
      out_ << "   uploaded " << path << "\n";
      return absl::OkStatus();
    }
    if (step.contains("show")) {
      std::vector<std::string> words;
      for (const json& word : step["show"]) {
        if (!word.is_string()) return absl::InvalidArgumentError("\"show\" is a list of words");
        JEJAK_ASSIGN_OR_RETURN(words.emplace_back(),
                               SubstituteText(word.get<std::string>(), *variables));
      }
      out_ << "\n$ jejak " << absl::StrJoin(words, " ", Quote) << "\n" << std::flush;
      return backend_->Show(words, actor);
    }
    return absl::InvalidArgumentError(
        "none of say, as, call, each, upload and show is in the step");
  }

  absl::Status RunCall(const json& step, const std::string& id, const std::string& row,
                       const Variables& variables) {
    const std::string name = TextOf(step, "call");
    const MethodDescriptor* method = api_.FindMethod(name);
    if (method == nullptr) return absl::InvalidArgumentError(absl::StrCat("no method ", name));
    const std::string request_id = absl::StrCat(story_.id, ":", id, row);
    if (request_id.size() > kRequestIdBytesMax || !request_ids_.insert(request_id).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the request id ", request_id, " is too long or used twice"));
    }
    JEJAK_ASSIGN_OR_RETURN(const json body,
                           Substitute(MemberOf(step, "request"), variables, story_.folder));
    JEJAK_ASSIGN_OR_RETURN(const json as, Substitute(as_, variables, story_.folder));
    const std::unique_ptr<Message> request = api_.New(method->input_type());
    JEJAK_RETURN_IF_ERROR(FromJson(Dump(body), request.get()));
    if (const auto* write = method->input_type()->FindFieldByName("write"); write != nullptr) {
      Message* options = request->GetReflection()->MutableMessage(request.get(), write);
      JEJAK_RETURN_IF_ERROR(SetField(options, "request-id", request_id));
      for (const auto& [key, value] : as.items()) {
        if (!value.is_string()) return absl::InvalidArgumentError("\"as\" has texts");
        const std::string text = value.get<std::string>();
        if (key == "occurred") {
          JEJAK_RETURN_IF_ERROR(SetOccurred(options, text));
        } else if (key != "actor") {
          JEJAK_RETURN_IF_ERROR(SetField(options, key, text));
        }
      }
    }
    return Judge(MemberOf(step, "expect"), name,
                 backend_->Call(method, *request, TextOf(as, "actor")), row.empty());
  }

  // Compares what came with what was expected, and says it.
  absl::Status Judge(const json& expect, const std::string& call,
                     const absl::StatusOr<std::unique_ptr<Message>>& outcome, bool verbose) {
    const std::string reason = TextOf(expect, "reason");
    if (checking_) return absl::OkStatus();
    if (!outcome.ok()) {
      const client::ErrorDetails details = client::GetDetails(outcome.status());
      if (reason.empty() || details.reason != reason) return outcome.status();
      out_ << "   refused as it must be: " << reason;
      if (details.refusal.has_value() && !details.refusal->rule().empty()) {
        out_ << " (" << details.refusal->rule() << ")";
      }
      out_ << ": " << Printable(outcome.status().message()) << "\n";
      if (details.refusal.has_value() && !details.refusal->needed().empty()) {
        out_ << "     needed: " << Printable(details.refusal->needed()) << "\n";
      }
      return absl::OkStatus();
    }
    if (!reason.empty()) {
      return absl::FailedPreconditionError(
          absl::StrCat(call, " was accepted, but had to be refused with ", reason));
    }
    const Message& response = **outcome;
    const auto replayed = ValueAt(response, "commit.replayed");
    if (replayed.ok() && *replayed == "true") {
      // What the response shows may be of now, long after the command.
      if (verbose) out_ << "   " << call << ": recorded earlier\n";
      return absl::OkStatus();
    }
    const json fields = MemberOf(expect, "fields");
    for (const auto& [path, wanted] : fields.items()) {
      JEJAK_ASSIGN_OR_RETURN(const std::string value, ValueAt(response, path));
      const std::string text = wanted.is_string() ? wanted.get<std::string>() : Dump(wanted);
      if (value != text) {
        return absl::FailedPreconditionError(
            absl::StrCat(path, " is ", value, " and had to be ", text));
      }
    }
    if (verbose) out_ << "   " << call << "\n";
    return absl::OkStatus();
  }

  const Story& story_;
  const Api& api_;
  StoryBackend* const backend_;
  const bool checking_;
  std::ostream& out_;
  // What "as" said so far.
  json as_ = json::object();
  std::set<std::string> request_ids_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Message>> CheckingBackend::Call(const MethodDescriptor*,
                                                               const Message& request,
                                                               const std::string&) {
  return std::unique_ptr<Message>(request.New());
}

absl::StatusOr<std::string> CheckingBackend::Upload(const std::string& path, const std::string&) {
  JEJAK_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  return ToHex(AsBytes(Sha256({bytes})));
}

absl::Status CheckingBackend::Show(const std::vector<std::string>&, const std::string&) {
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Row>> ParseCsv(const std::string& text) {
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string> cells(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        cells.back() += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        cells.back() += '"';
        ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      cells.emplace_back();
    } else if (c == '\n') {
      lines.push_back(std::exchange(cells, std::vector<std::string>(1)));
    } else if (c != '\r') {
      cells.back() += c;
    }
  }
  if (cells.size() > 1 || !cells[0].empty()) lines.push_back(std::move(cells));
  std::vector<Row> rows;
  for (std::size_t l = 1; l < lines.size(); ++l) {
    if (lines[l].size() != lines[0].size()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", l + 1, " of the table has ",
                                                     lines[l].size(), " cells, the heading ",
                                                     lines[0].size()));
    }
    Row& row = rows.emplace_back();
    for (std::size_t c = 0; c < lines[l].size(); ++c) row[lines[0][c]] = lines[l][c];
  }
  return rows;
}

absl::StatusOr<Story> LoadStory(const std::string& path, const Variables& variables) {
  JEJAK_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  JEJAK_ASSIGN_OR_RETURN(const json document, ParseJson(text, path));
  Story story{TextOf(document, "id"), TextOf(document, "title"), variables,
              MemberOf(document, "steps"), std::filesystem::path(path).parent_path().string()};
  if (story.id.empty() || !story.steps.is_array()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " lacks \"id\" or a list \"steps\""));
  }
  const json defaults = MemberOf(document, "vars");
  for (const auto& [name, value] : defaults.items()) {
    if (value.is_string()) story.variables.emplace(name, value.get<std::string>());
  }
  return story;
}

absl::StatusOr<json> Substitute(const json& value, const Variables& variables,
                                const std::string& folder) {
  if (value.is_string()) {
    JEJAK_ASSIGN_OR_RETURN(std::string text, SubstituteText(value.get<std::string>(), variables));
    return json(std::move(text));
  }
  if (value.is_array()) {
    json result = json::array();
    for (const json& element : value) {
      JEJAK_ASSIGN_OR_RETURN(json replaced, Substitute(element, variables, folder));
      result.push_back(std::move(replaced));
    }
    return result;
  }
  if (!value.is_object()) return value;
  if (value.contains("$include")) {
    const std::string path = PathIn(folder, TextOf(value, "$include"));
    JEJAK_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
    return ParseJson(text, path);
  }
  if (value.contains("$split")) {
    JEJAK_ASSIGN_OR_RETURN(const std::string text,
                           SubstituteText(TextOf(value, "$split"), variables));
    json result = json::array();
    for (const absl::string_view part : absl::StrSplit(text, ';', absl::SkipEmpty())) {
      result.push_back(absl::StrCat(TextOf(value, "prefix"), part));
    }
    return result;
  }
  if (value.contains("$match")) {
    JEJAK_ASSIGN_OR_RETURN(const std::string text,
                           SubstituteText(TextOf(value, "$match"), variables));
    const json cases = MemberOf(value, "cases");
    const auto found = cases.find(text);
    if (found == cases.end()) {
      return absl::InvalidArgumentError(absl::StrCat("there is no case \"", text, "\""));
    }
    return Substitute(*found, variables, folder);
  }
  if (value.contains("$rows")) {
    JEJAK_ASSIGN_OR_RETURN(const auto rows, SelectRows(PathIn(folder, TextOf(value, "$rows")),
                                                       MemberOf(value, "where"), variables));
    json result = json::array();
    for (const SelectedRow& row : rows) {
      JEJAK_ASSIGN_OR_RETURN(json element,
                             Substitute(MemberOf(value, "value"), row.variables, folder));
      result.push_back(std::move(element));
    }
    return result;
  }
  json result = json::object();
  for (const auto& [key, member] : value.items()) {
    JEJAK_ASSIGN_OR_RETURN(result[key], Substitute(member, variables, folder));
  }
  return result;
}

absl::Status RunStory(const Story& story, const Api& api, StoryBackend* backend,
                      std::ostream& out) {
  const bool checking = dynamic_cast<CheckingBackend*>(backend) != nullptr;
  return Runner(story, api, backend, checking, out).Run();
}

}  // namespace jejak::cli
