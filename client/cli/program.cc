// SPDX-License-Identifier: Apache-2.0

#include "client/cli/program.h"

#include "client/cli/api.h"
#include "client/cli/arguments.h"
#include "client/cli/failure.h"
#include "client/cli/files.h"
#include "client/cli/help.h"
#include "client/cli/log_commands.h"
#include "client/cli/output.h"
#include "client/cli/report.h"
#include "client/cli/request.h"
#include "client/cli/story.h"
#include "client/cli/view_build.h"
#include "client/cpp/client.h"
#include "client/cpp/error.h"
#include "client/cpp/read_stream.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/base/version.h"

#include "jejak/v1/report_service.grpc.pb.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <utility>

namespace jejak::cli {
namespace {

using client::Client;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// One run of the program.
class Program {
 public:
  Program(const Api& api, const Surroundings& surroundings)
      : api_(api), surroundings_(surroundings) {}

  // Runs the command line.
  absl::Status Run(const std::vector<std::string>& tokens) {
    // A mistake in the flags is to be printed in the format that they ask for.
    for (const char* flag : {"output", "context"}) {
      if (const std::string value = PeekFlag(tokens, flag); !value.empty()) {
        arguments_.global[flag] = value;
      }
    }
    ReadContext().IgnoreError();
    json_errors_ = Setting("output", "") == "json";
    JEJAK_ASSIGN_OR_RETURN(
        arguments_,
        ParseArguments(tokens, [this](const auto& words) -> absl::StatusOr<std::vector<Flag>> {
          const bool help = !words.empty() && words[0] == "help";
          if (!help) JEJAK_RETURN_IF_ERROR(CheckCommand(api_, words));
          return FlagsFor(api_, words);
        }));
    const std::vector<std::string>& words = arguments_.words;
    if (arguments_.Is("help") || words.empty() || words[0] == "help") {
      const bool asked = !words.empty() && words[0] == "help";
      JEJAK_ASSIGN_OR_RETURN(
          const std::string help,
          HelpFor(api_, std::vector<std::string>(words.begin() + (asked ? 1 : 0), words.end())));
      surroundings_.out << help;
      return absl::OkStatus();
    }
    if (words[0] == "context") return RunContext();
    if (const Builtin* builtin = FindBuiltin(words); builtin != nullptr) {
      if (builtin->name == "version") {
        surroundings_.out << "jejak " << jejak::kVersion << "\n";
        return absl::OkStatus();
      }
      if (builtin->name == "man") {
        surroundings_.out << ManPage(api_);
        return absl::OkStatus();
      }
      if (builtin->name == "completion") {
        JEJAK_ASSIGN_OR_RETURN(const std::string script,
                               CompletionScript(words.size() > 1 ? words[1] : ""));
        surroundings_.out << script;
        return absl::OkStatus();
      }
      JEJAK_RETURN_IF_ERROR(Settle());
      if (IsLogCommand(builtin->name)) return RunLog(builtin->name);
      return builtin->name == "watch" ? RunWatch() : RunStoryFile(builtin->name == "story run");
    }
    JEJAK_RETURN_IF_ERROR(CheckCommand(api_, words));
    const Verb* verb = words.size() < 2 ? nullptr : api_.Find(words[0], words[1]);
    if (verb == nullptr) {
      return UsageError(absl::StrCat("a verb is missing; see jejak help ", words[0]));
    }
    AddCollection(verb->resource);
    JEJAK_RETURN_IF_ERROR(Settle());
    if (verb->method->name() == "Subscribe") {
      return UsageError("use jejak watch");
    }
    if (verb->method->client_streaming()) return RunUpload(*verb);
    if (verb->method->server_streaming()) return RunDownload(*verb);
    const std::string& method = verb->method->name();
    if (method == "RunReport") return RunNamedReport(*verb);
    if (method == "ListReportRows") return RunReportRows(*verb);
    if (method == "RebuildView" || method == "CompareViews") return RunBuild(*verb);
    return RunVerb(*verb);
  }

  // How a failure is to be printed.
  bool json_errors() const { return json_errors_; }

 private:
  // The value of a setting: flag, environment, context, default.
  std::string Setting(const std::string& name, absl::string_view otherwise) const {
    if (arguments_.Has(name)) return arguments_.Get(name);
    const std::string variable = absl::StrCat("JEJAK_", absl::AsciiStrToUpper(name));
    if (const auto value = surroundings_.environment(variable); value && !value->empty()) {
      return *value;
    }
    const auto found = context_.find(name);
    return found == context_.end() ? std::string(otherwise) : found->second;
  }

  bool WantsColor() const {
    const std::string when = arguments_.Get("color", "auto");
    if (when != "auto") return when == "always";
    const auto is_set = [this](const char* name) {
      const auto value = surroundings_.environment(name);
      return value.has_value() && !value->empty();
    };
    if (is_set("NO_COLOR")) return false;
    return surroundings_.out_is_terminal || is_set("CLICOLOR_FORCE");
  }

  // Takes the context that is asked for, or the one in use.
  absl::Status ReadContext() {
    context_.clear();
    context_name_.clear();
    std::string name = Setting("context", "");
    const auto path = ConfigPath(surroundings_.environment);
    // Without a home there is no configuration, which is not an error until one is asked for.
    if (!path.ok() && name.empty()) return absl::OkStatus();
    if (!path.ok()) {
      return UsageError(
          absl::StrCat("there is no context \"", name, "\": ", path.status().message()));
    }
    JEJAK_ASSIGN_OR_RETURN(const Config config, LoadConfig(*path));
    if (name.empty()) name = config.current;
    if (name.empty()) return absl::OkStatus();
    const auto found = config.contexts.find(name);
    if (found == config.contexts.end()) {
      return UsageError(absl::StrCat("there is no context \"", name, "\""));
    }
    context_ = found->second;
    context_name_ = name;
    return absl::OkStatus();
  }

  // Works out the settings, the output and the client's options.
  absl::Status Settle() {
    JEJAK_RETURN_IF_ERROR(ReadContext());
    JEJAK_ASSIGN_OR_RETURN(output_.format, ParseFormat(Setting("output", "table")));
    JEJAK_ASSIGN_OR_RETURN(output_.time, ParseTimeStyle(arguments_.Get("time", "rfc3339")));
    json_errors_ = output_.format == Format::kJson;
    JEJAK_RETURN_IF_ERROR(CheckEffect());
    if (const std::string zone = Setting("tz", ""); !zone.empty()) {
      JEJAK_ASSIGN_OR_RETURN(output_.zone, ParseZone(zone));
    }
    output_.columns = arguments_.Get("columns");
    output_.headers = !arguments_.Is("no-headers");
    output_.color = WantsColor();
    output_.now = absl::Now();
    JEJAK_ASSIGN_OR_RETURN(output_.language, ParseLanguage(Setting("lang", "en")));
    options_.server = Setting("server", options_.server);
    options_.identity.actor = Setting("actor", "officers/cli");
    options_.identity.office = Setting("office", "");
    if (const std::string role = Setting("role", ""); !role.empty()) {
      v1::WriteOptions parsed;
      JEJAK_RETURN_IF_ERROR(SetField(&parsed, "role", role));
      options_.identity.role = parsed.role();
    }
    output_.asked = Asked();
    output_.title =
        arguments_.Get("title", absl::StrCat("jejak ", absl::StrJoin(arguments_.words, " ")));
    output_.asked_by = options_.identity.actor;
    output_.asked_for = options_.identity.office;
    output_.server = options_.server;
    const std::string timeout = Setting("timeout", "30s");
    if (!absl::ParseDuration(timeout, &options_.timeout) ||
        options_.timeout <= absl::ZeroDuration()) {
      return UsageError(absl::StrCat("--timeout: \"", timeout, "\" is not a duration like 30s"));
    }
    return absl::OkStatus();
  }

  // Refuses flags of the output that change nothing in the format that is asked for.
  absl::Status CheckEffect() const {
    const Format format = output_.format;
    const bool has_columns = format == Format::kTable || format == Format::kWide ||
                             format == Format::kCsv || format == Format::kHtml;
    if (arguments_.Has("columns") && !has_columns) {
      return UsageError("--columns: only -o table, wide, csv and html have columns");
    }
    if (arguments_.Has("title") && format != Format::kHtml) {
      return UsageError("--title: only -o html has a title");
    }
    return absl::OkStatus();
  }

  // "late-entries" is "reports/late-entries" where there are only reports.
  void AddCollection(const std::string& resource) {
    if (resource != "report" && resource != "operation") return;
    std::vector<std::string>& words = arguments_.words;
    if (words.size() > 2 && !absl::StrContains(words[2], "/")) {
      words[2] = absl::StrCat(resource, "s/", words[2]);
    }
  }

  // Whether a flag of the command that is no field of its request is set; takes it away.
  bool TakeFlag(absl::string_view name) {
    bool is_set = false;
    auto& local = arguments_.local;
    local.erase(std::remove_if(local.begin(), local.end(),
                               [&](const auto& flag) {
                                 if (flag.first != name) return false;
                                 is_set = flag.second == "true";
                                 return true;
                               }),
                local.end());
    return is_set;
  }

  // The command line without what only says where, by whom and how it is shown.
  std::string Asked() const {
    std::string asked = absl::StrCat("jejak ", absl::StrJoin(arguments_.words, " "));
    const auto add = [&asked](absl::string_view flag, const std::string& value) {
      const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
               std::strchr("./:-_,+", c) != nullptr;
      });
      absl::StrAppend(&asked, " --", flag, "=");
      absl::StrAppend(
          &asked,
          plain ? value : absl::StrCat("'", absl::StrReplaceAll(value, {{"'", "'\\''"}}), "'"));
    };
    for (const auto& [flag, value] : arguments_.local) add(flag, value);
    for (const char* flag : {"as-of", "from", "from-file"}) {
      if (arguments_.Has(flag)) add(flag, arguments_.Get(flag));
    }
    return arguments_.Is("all") ? absl::StrCat(asked, " --all") : asked;
  }

  void Say(absl::string_view message) {
    if (!arguments_.Is("quiet")) surroundings_.err << message << "\n" << std::flush;
  }

  // Says what is sent where.
  void Trace(const google::protobuf::MethodDescriptor& method, absl::string_view what) {
    if (!arguments_.Is("verbose")) return;
    surroundings_.err << Printable(absl::StrCat("sending to ", options_.server, " as ",
                                                options_.identity.actor, ": ", method.full_name(),
                                                " ", what))
                      << "\n"
                      << std::flush;
  }

  // Asks before something is ended for good.
  absl::Status Confirm(absl::string_view command) {
    if (arguments_.Is("yes")) return absl::OkStatus();
    // What comes on `in` may be the request.
    if (!surroundings_.interactive || arguments_.Get("from-file") == "-") {
      return UsageError(absl::StrCat(
          "\"", command, "\" ends it for good; give --yes, for there is nobody to ask"));
    }
    surroundings_.err << Printable(
                             absl::StrCat("\"", command, "\" ends it for good. Go on? [y/N] "))
                      << std::flush;
    std::string answer;
    std::getline(surroundings_.in, answer);
    answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(answer));
    if (answer == "y" || answer == "yes" || answer == "ya") return absl::OkStatus();
    return absl::CancelledError("nothing was done");
  }

  absl::StatusOr<std::string> ReadInput(const std::string& path) {
    absl::StatusOr<std::string> bytes =
        path == "-" ? client::ReadStream(surroundings_.in) : ReadFile(path);
    if (!bytes.ok()) return UsageError(bytes.status().message());
    return bytes;
  }

  absl::StatusOr<std::unique_ptr<Message>> MakeRequest(const Verb& verb) {
    std::unique_ptr<Message> request = api_.New(verb.method->input_type());
    if (arguments_.Has("from-file")) {
      JEJAK_ASSIGN_OR_RETURN(const std::string json, ReadInput(arguments_.Get("from-file")));
      if (absl::Status status = FromJson(json, request.get()); !status.ok()) {
        return UsageError(status.message());
      }
    }
    const std::vector<std::string>& words = arguments_.words;
    if (words.size() - 2 > verb.positionals.size()) {
      return UsageError(
          absl::StrCat("\"", words[2 + verb.positionals.size()], "\" is one word too many"));
    }
    for (std::size_t i = 2; i < words.size(); ++i) {
      JEJAK_RETURN_IF_ERROR(SetField(request.get(), verb.positionals[i - 2]->name(), words[i]));
    }
    for (const auto& [flag, value] : arguments_.local) {
      JEJAK_RETURN_IF_ERROR(SetField(request.get(), flag, value));
    }
    JEJAK_RETURN_IF_ERROR(ApplyOptions(arguments_, request.get()));
    SetLanguage(request.get());
    JEJAK_RETURN_IF_ERROR(CheckRequired(verb, *request));
    return request;
  }

  // Asks for the language of the labels, if a request can and does not say another.
  void SetLanguage(Message* request) const {
    const auto* field = request->GetDescriptor()->FindFieldByName("language");
    if (field == nullptr || field->enum_type() == nullptr ||
        field->enum_type()->full_name() != v1::Language_descriptor()->full_name() ||
        request->GetReflection()->GetEnumValue(*request, field) != v1::LANGUAGE_UNSPECIFIED) {
      return;
    }
    request->GetReflection()->SetEnumValue(
        request, field,
        output_.language == Language::kIndonesian ? v1::LANGUAGE_INDONESIAN : v1::LANGUAGE_ENGLISH);
  }

  // Names everything that is missing at once; the server would refuse it too, one by one.
  static absl::Status CheckRequired(const Verb& verb, const Message& request) {
    std::vector<std::string> missing;
    const auto* descriptor = request.GetDescriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const auto* field = descriptor->field(i);
      if (!IsRequired(*field)) continue;
      const bool is_set = field->is_repeated()
                              ? request.GetReflection()->FieldSize(request, field) > 0
                              : request.GetReflection()->HasField(request, field);
      if (is_set) continue;
      const bool positional = std::find(verb.positionals.begin(), verb.positionals.end(), field) !=
                              verb.positionals.end();
      missing.push_back(positional
                            ? absl::AsciiStrToUpper(field->name())
                            : absl::StrCat("--", absl::StrReplaceAll(field->name(), {{"_", "-"}})));
    }
    if (missing.empty()) return absl::OkStatus();
    return UsageError(absl::StrCat("missing: ", absl::StrJoin(missing, ", ")));
  }

  absl::Status RunVerb(const Verb& verb) {
    JEJAK_ASSIGN_OR_RETURN(const auto request, MakeRequest(verb));
    if (verb.method->name() == "SearchEvents") {
      output_.also = ColumnsAskedFor(ValueAt(*request, "filter").value_or(""));
    }
    // Found out before anything is recorded.
    JEJAK_RETURN_IF_ERROR(ColumnsFor(*verb.method->output_type(), output_).status());
    if (verb.destructive && !IsDryRun(*request)) {
      JEJAK_RETURN_IF_ERROR(Confirm(absl::StrJoin(arguments_.words, " ")));
    }
    JEJAK_RETURN_IF_ERROR(TraceRequest(verb, *request));
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    if (arguments_.Is("all") && IsStreamed(output_.format)) {
      return WritePages(verb, client.get(), request.get());
    }
    const std::unique_ptr<Message> response = api_.New(verb.method->output_type());
    JEJAK_RETURN_IF_ERROR(client->Call(verb.method, *request, response.get()));
    if (arguments_.Is("all")) {
      JEJAK_RETURN_IF_ERROR(FetchRest(verb, client.get(), request.get(), response.get()));
    }
    JEJAK_RETURN_IF_ERROR(WriteResponse(*response, output_, surroundings_.out));
    surroundings_.out << std::flush;
    SayWhatElse(*response, IsDryRun(*request));
    return absl::OkStatus();
  }

  // Says what is sent, without what is personal in it.
  absl::Status TraceRequest(const Verb& verb, const Message& request) {
    if (!arguments_.Is("verbose")) return absl::OkStatus();
    const std::unique_ptr<Message> shown(request.New());
    shown->CopyFrom(request);
    RemovePersonalData(shown.get());
    JEJAK_ASSIGN_OR_RETURN(const std::string json, ToJson(*shown, false));
    Trace(*verb.method, json);
    return absl::OkStatus();
  }

  // Begins to build a view. With --wait, prints what came out of it.
  absl::Status RunBuild(const Verb& verb) {
    const bool wait = TakeFlag("wait");
    JEJAK_ASSIGN_OR_RETURN(const auto request, MakeRequest(verb));
    JEJAK_RETURN_IF_ERROR(ColumnsFor(*verb.method->output_type(), output_).status());
    JEJAK_RETURN_IF_ERROR(TraceRequest(verb, *request));
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    const std::unique_ptr<Message> response = api_.New(verb.method->output_type());
    JEJAK_RETURN_IF_ERROR(client->Call(verb.method, *request, response.get()));
    if (!wait) {
      JEJAK_RETURN_IF_ERROR(WriteResponse(*response, output_, surroundings_.out));
      Say("it goes on in the server; see how far it is: jejak server status");
      return absl::OkStatus();
    }
    // Both responses are alike.
    v1::CompareViewsResponse answer;
    if (!answer.ParseFromString(response->SerializeAsString())) {
      return absl::InternalError("a response cannot be parsed");
    }
    const bool say = surroundings_.interactive && !arguments_.Is("quiet");
    absl::StatusOr<v1::ViewBuild> built =
        WaitForBuild(client.get(), answer.build(), [&](const v1::ViewBuild& build) {
          if (!say) return;
          surroundings_.err << "\r" << build.size() << "/" << build.target_size() << " events, "
                            << build.keys() << " keys compared" << std::flush;
        });
    if (say) surroundings_.err << "\n";
    JEJAK_RETURN_IF_ERROR(built.status());
    *answer.mutable_build() = *std::move(built);
    JEJAK_RETURN_IF_ERROR(WriteResponse(answer, output_, surroundings_.out));
    return VerdictOn(answer.build());
  }

  // Moves the request to the page after `response`. Returns false after the last one.
  static bool NextPage(const Message& response, Message* request) {
    const auto* token = response.GetDescriptor()->FindFieldByName("next_page_token");
    const auto* page_token = request->GetDescriptor()->FindFieldByName("page_token");
    if (token != nullptr && page_token != nullptr) {
      const std::string next = response.GetReflection()->GetString(response, token);
      request->GetReflection()->SetString(request, page_token, next);
      return !next.empty();
    }
    const auto* position = response.GetDescriptor()->FindFieldByName("next_position");
    const auto* end = response.GetDescriptor()->FindFieldByName("log_size");
    const auto* from = request->GetDescriptor()->FindFieldByName("from_position");
    if (position == nullptr || end == nullptr || from == nullptr) return false;
    const std::uint64_t next = response.GetReflection()->GetUInt64(response, position);
    const bool more = next < response.GetReflection()->GetUInt64(response, end) &&
                      next > request->GetReflection()->GetUInt64(*request, from);
    request->GetReflection()->SetUInt64(request, from, next);
    return more;
  }

  // Asks for page after page and writes each as it comes. When that breaks off, says how to go on:
  // what was written ends with a whole page.
  absl::Status WritePages(const Verb& verb, Client* client, Message* request) {
    const auto* size = request->GetDescriptor()->FindFieldByName("page_size");
    if (size != nullptr && request->GetReflection()->GetUInt32(*request, size) == 0) {
      request->GetReflection()->SetUInt32(request, size, limits::kPageSizeMax);
    }
    const std::unique_ptr<Message> page = api_.New(verb.method->output_type());
    PageWriter writer(output_, surroundings_.out);
    bool begun = false;
    do {
      page->Clear();
      if (absl::Status status = client->Call(verb.method, *request, page.get()); !status.ok()) {
        if (begun) SayHowToGoOn(*request);
        return status;
      }
      JEJAK_RETURN_IF_ERROR(writer.Write(*page));
      surroundings_.out << std::flush;
      if (!surroundings_.out) return absl::FailedPreconditionError("the output cannot be written");
      begun = true;
    } while (NextPage(*page, request));
    writer.End(false);
    SayWhatElse(*page, false);
    return absl::OkStatus();
  }

  // Part of the failure, so also said to those who want to hear of nothing else.
  void SayHowToGoOn(const Message& request) {
    if (output_.format == Format::kHtml) {
      surroundings_.err << "the page is not whole: run it again\n";
      return;
    }
    const std::string token = ValueAt(request, "page_token").value_or("");
    surroundings_.err
        << "what was written is whole up to here; to go on, append to it the output of "
           "the same command with "
        << (token.empty()
                ? absl::StrCat("--from-position ", ValueAt(request, "from_position").value_or(""))
                : absl::StrCat("--page-token ", token))
        << " --no-headers\n";
  }

  // Adds all further pages to the first one.
  absl::Status FetchRest(const Verb& verb, Client* client, Message* request, Message* response) {
    std::unique_ptr<Message> page(response->New());
    page->CopyFrom(*response);
    while (NextPage(*page, request)) {
      page->Clear();
      JEJAK_RETURN_IF_ERROR(client->Call(verb.method, *request, page.get()));
      response->MergeFrom(*page);
    }
    if (const auto* token = response->GetDescriptor()->FindFieldByName("next_page_token");
        token != nullptr) {
      response->GetReflection()->ClearField(response, token);
    }
    return absl::OkStatus();
  }

  // What a person may want to know beside the data.
  void SayWhatElse(const Message& response, bool dry_run) {
    if (const auto token = ValueAt(response, "next_page_token"); token.ok() && !token->empty()) {
      Say("there is more: --all, or --page-token " + *token);
    }
    if (const auto truncated = ValueAt(response, "truncated");
        truncated.ok() && *truncated == "true") {
      Say("there were too many: only those before position " +
          ValueAt(response, "next_position").value_or(""));
    }
    const auto* field = response.GetDescriptor()->FindFieldByName("commit");
    if (field == nullptr) return;
    v1::CommitInfo commit;
    if (!commit.ParseFromString(
            response.GetReflection()->GetMessage(response, field).SerializeAsString())) {
      return;
    }
    for (const v1::Notice& notice : commit.notices()) {
      Say(absl::StrCat("notice ", notice.reason(), notice.rule().empty() ? "" : " ", notice.rule(),
                       ": ", Printable(notice.message())));
    }
    if (dry_run) {
      Say("nothing was recorded: this was a dry run");
    } else if (commit.event_count() == 0) {
      Say("nothing had to be recorded");
    } else {
      Say(absl::StrCat("recorded ", commit.replayed() ? "earlier " : "", "at position ",
                       commit.first_position(), ", request id ", commit.request_id()));
    }
  }

  // Stores a file and returns its SHA-256.
  static absl::StatusOr<std::string> Upload(Client* client, const std::string& path,
                                            const client::CallOptions& options = {}) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return UsageError(absl::StrCat(path, " cannot be read"));
    absl::StatusOr<std::string> sha256 = client->UploadContent(file, options);
    if (file.bad()) return UsageError(absl::StrCat(path, " cannot be read"));
    return sha256;
  }

  absl::Status RunUpload(const Verb& verb) {
    if (arguments_.words.size() != 3) return UsageError("usage: jejak document upload FILE");
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    Trace(*verb.method, arguments_.words[2]);
    JEJAK_ASSIGN_OR_RETURN(const std::string sha256, Upload(client.get(), arguments_.words[2]));
    surroundings_.out << sha256 << "\n";
    return absl::OkStatus();
  }

  absl::Status RunDownload(const Verb& verb) {
    if (arguments_.words.size() != 4) {
      return UsageError("usage: jejak document download SHA256 FILE, with - for stdout");
    }
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    Trace(*verb.method, arguments_.words[2]);
    const auto download = [&](std::ostream& to) {
      return client->DownloadContent(arguments_.words[2], to);
    };
    const std::string& path = arguments_.words[3];
    return path == "-" ? download(surroundings_.out) : WriteFile(path, 0666, download);
  }

  // A condition of a filter.
  static std::string Equals(absl::string_view field, absl::string_view value) {
    return absl::StrCat(field, " = \"",
                        absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
  }

  absl::Status RunWatch() {
    if (output_.format == Format::kHtml) {
      return UsageError("-o html is for what ends; see jejak history search");
    }
    for (const char* flag : {"as-of", "as-of-position", "valid", "all"}) {
      if (arguments_.Has(flag)) {
        return UsageError(
            absl::StrCat("--", flag, " has no effect on watch; see jejak help watch"));
      }
    }
    v1::SubscribeRequest request;
    std::uint64_t until_position = std::numeric_limits<std::uint64_t>::max();
    absl::Time until = absl::InfiniteFuture();
    std::vector<std::string> conditions;
    for (const auto& [flag, value] : arguments_.local) {
      if (flag == "filter") conditions.push_back(value);
      if (flag == "within" || flag == "lokus") conditions.push_back(Equals(flag, value));
      if (flag == "rows") request.set_rows_only(value == "true");
      if (flag == "exit-after") {
        absl::Duration duration;
        if (!absl::ParseDuration(value, &duration)) {
          return UsageError(absl::StrCat("--exit-after: \"", value, "\" is not a duration"));
        }
        until = absl::Now() + duration;
      }
      if (flag == "from" || flag == "until") {
        std::uint64_t position = 0;
        if (!absl::SimpleAtoi(value, &position)) {
          return UsageError(absl::StrCat("--", flag, ": \"", value, "\" is not a position"));
        }
        flag == "from" ? request.set_from_position(position) : void(until_position = position);
      }
    }
    if (request.from_position() > until_position) {
      return UsageError(
          absl::StrCat("--from ", request.from_position(), " is after --until ", until_position));
    }
    request.set_filter(absl::StrJoin(conditions, " AND "));
    if (request.rows_only()) output_.also = ColumnsAskedFor(request.filter());
    const auto* const method = api_.FindMethod("HistoryService.Subscribe");
    const auto* const event = method->output_type()
                                  ->FindFieldByName(request.rows_only() ? "row" : "event")
                                  ->message_type();
    JEJAK_ASSIGN_OR_RETURN(const std::vector<Column> columns, ColumnsFor(*event, output_));
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    JEJAK_ASSIGN_OR_RETURN(const std::string json, ToJson(request, false));
    Trace(*method, json);
    if (output_.format == Format::kJson) output_.format = Format::kJsonl;
    PageWriter pages(output_, surroundings_.out);
    std::optional<RowWriter> rows;
    if (output_.format == Format::kTable || output_.format == Format::kWide) {
      rows.emplace(columns, output_, surroundings_.out);
      surroundings_.out << std::flush;
    }
    // Writes one event, which cannot wait for the others.
    const auto write = [&](const Message& generated) -> absl::Status {
      // The program's own descriptors know all events; so JSON can show them.
      const std::unique_ptr<Message> shown = api_.New(event);
      if (!shown->ParseFromString(generated.SerializeAsString())) {
        return absl::InternalError("an event cannot be parsed");
      }
      if (rows.has_value()) {
        rows->Write(*shown);
      } else if (output_.format == Format::kYaml) {
        surroundings_.out << "---\n";
        JEJAK_RETURN_IF_ERROR(WriteResponse(*shown, output_, surroundings_.out));
      } else {
        JEJAK_RETURN_IF_ERROR(pages.Write(*shown));
      }
      surroundings_.out << std::flush;
      return absl::OkStatus();
    };
    bool away = false;
    absl::Status failure;
    const absl::Status status = client->Subscribe(
        request,
        [&](const v1::SubscribeResponse& message) {
          away = false;
          if (message.fell_behind() > 0) {
            Say(absl::StrCat("fell behind by ", message.fell_behind(), " events"));
          }
          if (message.has_event() && message.event().position() <= until_position) {
            failure = write(message.event());
          } else if (message.has_row() && message.row().position() <= until_position) {
            failure = write(message.row());
          }
          return failure.ok() && message.next_position() <= until_position;
        },
        until,
        [&](const absl::Status& status_of_server) {
          if (!away) {
            Say(absl::StrCat("the server is away, waiting for it: ",
                             Printable(status_of_server.message())));
          }
          away = true;
          return true;
        });
    return failure.ok() ? status : failure;
  }

  absl::Status RunLog(const std::string& name) {
    LogCommand command;
    command.name = name;
    command.words = std::vector<std::string>(arguments_.words.begin() + 2, arguments_.words.end());
    for (const auto& [flag, value] : arguments_.local) command.flags[flag] = value;
    command.format = output_.format;
    command.quiet = arguments_.Is("quiet");
    // A context is a log that the user has a name for, whatever its address.
    const auto variable = surroundings_.environment("JEJAK_SERVER");
    const bool is_context = !context_name_.empty() && !arguments_.Has("server") &&
                            (!variable.has_value() || variable->empty());
    command.profile = is_context ? absl::StrCat("context-", context_name_)
                                 : absl::StrCat("server-", options_.server);
    return RunLogCommand(command, options_, surroundings_);
  }

  // Starts a report, waits for it, and writes its answer.
  absl::Status RunNamedReport(const Verb& verb) {
    JEJAK_RETURN_IF_ERROR(PrepareReport());
    v1::RunReportRequest parameters;
    std::vector<std::pair<std::string, std::string>> local;
    for (auto& [flag, value] : arguments_.local) {
      if (flag == "param") {
        JEJAK_RETURN_IF_ERROR(AddParameter(value, &parameters));
      } else {
        local.emplace_back(flag, value);
      }
    }
    arguments_.local = std::move(local);
    JEJAK_ASSIGN_OR_RETURN(const auto made, MakeRequest(verb));
    v1::RunReportRequest request;
    if (!request.ParseFromString(made->SerializeAsString())) {
      return absl::InternalError("a request cannot be parsed");
    }
    request.MergeFrom(parameters);
    if (request.office().empty()) request.set_office(options_.identity.office);
    if (request.role() == v1::ROLE_UNSPECIFIED) request.set_role(options_.identity.role);
    JEJAK_ASSIGN_OR_RETURN(const std::string json, ToJson(request, false));
    Trace(*verb.method, json);
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    const bool say = surroundings_.interactive && !arguments_.Is("quiet");
    JEJAK_ASSIGN_OR_RETURN(
        const v1::Operation operation,
        RunReport(client.get(), request, [&](const v1::OperationProgress& progress) {
          if (!say) return;
          surroundings_.err << "\r" << progress.sections_done() << "/" << progress.sections()
                            << " sections, " << progress.rows() << " rows, " << progress.looked_at()
                            << " looked at" << std::flush;
        }));
    if (say) surroundings_.err << "\n";
    JEJAK_RETURN_IF_ERROR(WriteAnswer(client.get(), operation));
    Say(absl::StrCat("kept as ", operation.name()));
    return absl::OkStatus();
  }

  // What a report's answer takes of the output's flags.
  absl::Status PrepareReport() {
    if (arguments_.Has("columns")) {
      return UsageError("--columns has no effect on a report: its columns are part of the report");
    }
    // Without --title that of the report.
    output_.title = arguments_.Get("title");
    return absl::OkStatus();
  }

  // Writes all of an answer.
  absl::Status WriteAnswer(Client* client, const v1::Operation& operation) {
    JEJAK_RETURN_IF_ERROR(WriteReport(
        operation.header(),
        [&](const auto& visit) { return ForEachReportRow(client, operation.name(), visit); },
        output_, surroundings_.out));
    surroundings_.out << std::flush;
    return absl::OkStatus();
  }

  // Writes an answer that is kept: all of it, or the page that is asked for.
  absl::Status RunReportRows(const Verb& verb) {
    JEJAK_RETURN_IF_ERROR(PrepareReport());
    JEJAK_ASSIGN_OR_RETURN(const auto made, MakeRequest(verb));
    v1::ListReportRowsRequest request;
    if (!request.ParseFromString(made->SerializeAsString())) {
      return absl::InternalError("a request cannot be parsed");
    }
    JEJAK_RETURN_IF_ERROR(TraceRequest(verb, request));
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    v1::GetOperationRequest get;
    get.set_name(request.name());
    JEJAK_ASSIGN_OR_RETURN(const v1::Operation operation,
                           client->Call(&v1::ReportService::Stub::GetOperation, get));
    const bool one_page = request.page_size() > 0 || !request.page_token().empty();
    if (operation.has_header() && (!one_page || arguments_.Is("all"))) {
      return WriteAnswer(client.get(), operation);
    }
    // Also says why there is no answer.
    JEJAK_ASSIGN_OR_RETURN(const v1::ListReportRowsResponse page,
                           client->Call(&v1::ReportService::Stub::ListReportRows, request));
    const ReportRows rows = [&page](const auto& visit) {
      for (const v1::ReportRow& row : page.rows()) JEJAK_RETURN_IF_ERROR(visit(row));
      return absl::OkStatus();
    };
    JEJAK_RETURN_IF_ERROR(WriteReport(operation.header(), rows, output_, surroundings_.out));
    surroundings_.out << std::flush;
    SayWhatElse(page, false);
    return absl::OkStatus();
  }

  absl::Status RunContext() {
    const std::vector<std::string>& words = arguments_.words;
    const std::string verb = words.size() > 1 ? words[1] : "list";
    JEJAK_ASSIGN_OR_RETURN(const std::string path, ConfigPath(surroundings_.environment));
    JEJAK_ASSIGN_OR_RETURN(Config config, LoadConfig(path));
    if (verb == "list") {
      for (const auto& [name, settings] : config.contexts) {
        surroundings_.out << (name == config.current ? "* " : "  ") << Printable(name);
        for (const auto& [key, value] : settings) {
          surroundings_.out << "  " << Printable(absl::StrCat(key, "=", value));
        }
        surroundings_.out << "\n";
      }
      return absl::OkStatus();
    }
    if (words.size() != 3) return UsageError(absl::StrCat("usage: jejak context ", verb, " NAME"));
    const std::string& name = words[2];
    if (verb == "set") {
      Settings& settings = config.contexts[name];
      for (const auto& [flag, value] : arguments_.global) {
        if (!IsSetting(flag)) return UsageError(absl::StrCat("a context has no --", flag));
        settings[flag] = value;
      }
      if (config.current.empty()) config.current = name;
    } else if (config.contexts.count(name) == 0) {
      return absl::NotFoundError(absl::StrCat("there is no context \"", name, "\""));
    } else if (verb == "use") {
      config.current = name;
    } else if (verb == "delete") {
      JEJAK_RETURN_IF_ERROR(Confirm(absl::StrJoin(words, " ")));
      config.contexts.erase(name);
      if (config.current == name) config.current.clear();
    } else {
      return UsageError(absl::StrCat("there is no command \"context ", verb, "\""));
    }
    return SaveConfig(config, path);
  }

  absl::Status RunStoryFile(bool for_real) {
    if (arguments_.words.size() != 3) return UsageError("usage: jejak story run FILE");
    Variables variables;
    for (const auto& [flag, value] : arguments_.local) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(value, absl::MaxSplits('=', 1));
      variables[parts.first] = parts.second;
    }
    JEJAK_ASSIGN_OR_RETURN(const Story story, LoadStory(arguments_.words[2], variables));
    if (!for_real) {
      CheckingBackend backend;
      return RunStory(story, api_, &backend, surroundings_.out);
    }
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    class Backend final : public StoryBackend {
     public:
      Backend(Client* client, const Program* program) : client_(client), program_(program) {}
      absl::StatusOr<std::unique_ptr<Message>> Call(
          const google::protobuf::MethodDescriptor* method, const Message& request,
          const std::string& actor) override {
        std::unique_ptr<Message> response = program_->api_.New(method->output_type());
        JEJAK_RETURN_IF_ERROR(client_->Call(method, request, response.get(), {actor}));
        return response;
      }
      absl::StatusOr<std::string> Upload(const std::string& path,
                                         const std::string& actor) override {
        return Program::Upload(client_, path, {actor});
      }
      absl::Status Show(const std::vector<std::string>& words, const std::string& actor) override {
        // A command line of its own, but to the same server.
        std::vector<std::string> tokens = words;
        if (!actor.empty()) tokens.push_back(absl::StrCat("--actor=", actor));
        for (const auto& [flag, value] : program_->arguments_.global) {
          if (flag == "server" || flag == "context" || flag == "timeout") {
            tokens.push_back(absl::StrCat("--", flag, "=", value));
          }
        }
        return Program(program_->api_, program_->surroundings_).Run(tokens);
      }

     private:
      Client* const client_;
      const Program* const program_;
    };
    Backend backend(client.get(), this);
    return RunStory(story, api_, &backend, surroundings_.out);
  }

  const Api& api_;
  const Surroundings& surroundings_;
  bool json_errors_ = false;
  Arguments arguments_;
  Settings context_;
  // Empty if none is used.
  std::string context_name_;
  OutputOptions output_;
  client::Options options_;
};

}  // namespace

int Run(const std::vector<std::string>& tokens, const Surroundings& surroundings) {
  const Api api;
  if (!tokens.empty() && tokens[0] == "__complete") {
    for (const std::string& candidate :
         Complete(api, std::vector<std::string>(tokens.begin() + 1, tokens.end()))) {
      surroundings.out << candidate << "\n";
    }
    return kOk;
  }
  Program program(api, surroundings);
  const absl::Status status = program.Run(tokens);
  surroundings.out << std::flush;
  if (!status.ok()) PrintError(status, program.json_errors(), surroundings.err);
  return ExitCodeOf(status);
}

}  // namespace jejak::cli
