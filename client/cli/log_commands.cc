// SPDX-License-Identifier: Apache-2.0

#include "client/cli/log_commands.h"

#include "client/cli/api.h"
#include "client/cli/failure.h"
#include "client/cli/files.h"
#include "client/cli/known_logs.h"
#include "client/cli/log_folder.h"
#include "client/cli/text.h"
#include "client/cpp/entry_chain.h"
#include "client/cpp/log_verifier.h"
#include "server/audit/encoding.h"
#include "server/base/status_macros.h"

#include "jejak/event/v1/envelope.pb.h"
#include "jejak/v1/log_service.grpc.pb.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

namespace jejak::cli {
namespace {

using client::Client;
using client::KnownLog;
// What was found, in the order in which it is shown. Keys are as in protobuf JSON.
using Facts = nlohmann::ordered_json;

std::string Number(std::uint64_t number) { return absl::StrCat(number); }

std::string Time(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

void AddEntry(const log::Entry& entry, Facts& facts) {
  facts["position"] = Number(entry.position);
  facts["commitTime"] = Time(absl::FromUnixMicros(entry.commit_time_us));
  facts["stream"] = entry.stream;
  facts["revision"] = Number(entry.revision);
  if (entry.prev_position_plus_one > 0) {
    facts["previousPosition"] = Number(entry.prev_position_plus_one - 1);
  }
  facts["eventId"] = ToHex(absl::string_view(reinterpret_cast<const char*>(entry.event_id.data()),
                                             entry.event_id.size()));
  facts["eventType"] = entry.event_type;
  facts["contentType"] = entry.content_type;
  facts["actor"] = entry.actor;
  if (entry.effective_time_us != log::kNoEffectiveTime) {
    facts["effectiveTime"] = Time(absl::FromUnixMicros(entry.effective_time_us));
  }
  if (!entry.correlation_id.empty()) facts["correlationId"] = entry.correlation_id;
  if (!entry.causation_id.empty()) facts["causationId"] = entry.causation_id;
  if (!entry.tags.empty()) facts["tags"] = entry.tags;
  facts["payloadCommitment"] = ToHex(AsBytes(entry.payload_commitment));
  facts["payloadLength"] = Number(entry.payload_length);
}

// One run of a command.
class LogRun {
 public:
  LogRun(const LogCommand& command, const client::Options& options,
         const Surroundings& surroundings)
      : command_(command), options_(options), surroundings_(surroundings) {}

  absl::Status Checkpoint() {
    JEJAK_RETURN_IF_ERROR(CheckWords(0, ""));
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    JEJAK_ASSIGN_OR_RETURN(const auto response, client->Call(&v1::LogService::Stub::GetCheckpoint,
                                                             v1::GetCheckpointRequest()));
    if (command_.format == Format::kJson) {
      JEJAK_ASSIGN_OR_RETURN(const std::string json, ToJson(response, true));
      surroundings_.out << json << "\n";
    } else {
      // As it is: it may be what a witness or another verifier reads.
      surroundings_.out << response.note();
    }
    return absl::OkStatus();
  }

  absl::Status Verify() {
    JEJAK_RETURN_IF_ERROR(CheckWords(0, ""));
    if (!Flag("folder").empty()) return VerifyFolder();
    if (!Flag("policy").empty()) return UsageError("--policy is for --folder; here it is --key");
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    JEJAK_RETURN_IF_ERROR(ReadKnown());
    JEJAK_ASSIGN_OR_RETURN(const KnownLog verified, VerifyLog(client.get()));
    const audit::Checkpoint& checkpoint = verified.checkpoint.checkpoint;
    Facts facts = FactsOf(verified);
    if (Is("full")) {
      client::EntryChain chain;
      const auto add = [&](absl::string_view entry) {
        const absl::Status added = chain.Add(entry);
        if (added.ok()) SayProgress(chain.size(), checkpoint.size);
        return added;
      };
      JEJAK_RETURN_IF_ERROR(client::ReadEntries(client.get(), 0, checkpoint.size, add));
      JEJAK_RETURN_IF_ERROR(chain.Finish(checkpoint));
      facts["entriesRead"] = Number(chain.size());
      facts["streams"] = Number(chain.streams());
    }
    JEJAK_RETURN_IF_ERROR(Remember(verified));
    Write(facts);
    return absl::OkStatus();
  }

  absl::Status ExportTiles() {
    JEJAK_RETURN_IF_ERROR(CheckWords(1, " DIR"));
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    JEJAK_RETURN_IF_ERROR(ReadKnown());
    JEJAK_ASSIGN_OR_RETURN(const KnownLog verified, VerifyLog(client.get()));
    JEJAK_ASSIGN_OR_RETURN(
        const FolderSummary exported,
        ExportLog(client.get(), verified.checkpoint, command_.words[0],
                  [this](std::uint64_t done, std::uint64_t all) { SayProgress(done, all); }));
    JEJAK_RETURN_IF_ERROR(Remember(verified));
    Facts facts = FactsOf(verified);
    facts["streams"] = Number(exported.streams);
    facts["folder"] = command_.words[0];
    facts["bundlesKept"] = Number(exported.bundles_kept);
    Write(facts);
    return absl::OkStatus();
  }

  absl::Status SaveReceipt() {
    JEJAK_RETURN_IF_ERROR(CheckWords(1, " POSITION"));
    v1::GetReceiptRequest request;
    const std::optional<std::uint64_t> position = audit::ParseDecimal(command_.words[0]);
    if (!position.has_value()) {
      return UsageError(absl::StrCat("\"", command_.words[0], "\" is not a position"));
    }
    request.set_position(*position);
    JEJAK_ASSIGN_OR_RETURN(const auto client, Client::Connect(options_));
    JEJAK_RETURN_IF_ERROR(ReadKnown());
    JEJAK_ASSIGN_OR_RETURN(const KnownLog log, VerifyLog(client.get()));
    JEJAK_ASSIGN_OR_RETURN(const auto response,
                           client->Call(&v1::LogService::Stub::GetReceipt, request));
    JEJAK_ASSIGN_OR_RETURN(const audit::Policy policy, client::PolicyOfKey(log.key));
    JEJAK_ASSIGN_OR_RETURN(const client::VerifiedReceipt receipt,
                           client::VerifyReceipt(response.proof_file(), policy));
    if (receipt.entry.position != *position) {
      return absl::DataLossError(
          absl::StrCat("the server gave a receipt of entry ", receipt.entry.position));
    }
    // A checkpoint that is made for one receipt only would prove nothing to others.
    JEJAK_RETURN_IF_ERROR(
        client::CheckContinues(client.get(), log.checkpoint.checkpoint, receipt.checkpoint));
    const std::string payload_path = Flag("payload");
    if (!payload_path.empty()) {
      if (!response.entry().has_payload()) {
        return absl::FailedPreconditionError(
            absl::StrCat("the payload of event ", *position, " is erased"));
      }
      const std::string bytes = response.entry().salt() + response.entry().payload();
      JEJAK_RETURN_IF_ERROR(client::VerifyPayload(receipt.entry, bytes).status());
      JEJAK_RETURN_IF_ERROR(WriteFile(payload_path, 0666, bytes));
    }
    std::string path = Flag("out");
    if (path.empty()) path = absl::StrCat(*position, ".tlog-proof");
    JEJAK_RETURN_IF_ERROR(WriteFile(path, 0666, response.proof_file()));
    JEJAK_RETURN_IF_ERROR(Remember(log));
    Facts facts;
    facts["receipt"] = path;
    if (!payload_path.empty()) facts["payload"] = payload_path;
    facts["position"] = Number(*position);
    facts["eventType"] = receipt.entry.event_type;
    facts["stream"] = receipt.entry.stream;
    facts["key"] = audit::FormatVerifierKey(log.key);
    Write(facts);
    return absl::OkStatus();
  }

  absl::Status VerifyReceipt() {
    JEJAK_RETURN_IF_ERROR(CheckWords(1, " FILE"));
    JEJAK_ASSIGN_OR_RETURN(const audit::Policy policy, ReadPolicy());
    JEJAK_ASSIGN_OR_RETURN(const std::string file, Read(command_.words[0]));
    JEJAK_ASSIGN_OR_RETURN(const client::VerifiedReceipt receipt,
                           client::VerifyReceipt(file, policy));
    std::optional<std::string> event;
    if (const std::string path = Flag("payload"); !path.empty()) {
      JEJAK_ASSIGN_OR_RETURN(const std::string bytes, Read(path));
      JEJAK_ASSIGN_OR_RETURN(const std::string payload,
                             client::VerifyPayload(receipt.entry, bytes));
      event::v1::Envelope envelope;
      if (!envelope.ParseFromString(payload)) {
        return absl::FailedPreconditionError(
            "the payload is the one that was recorded, but not an event that this program knows");
      }
      JEJAK_ASSIGN_OR_RETURN(event, ToJson(envelope, true));
    }
    Facts facts = FactsOf(receipt.checkpoint, receipt.verdict);
    facts["leafHash"] = ToHex(AsBytes(receipt.leaf_hash));
    AddEntry(receipt.entry, facts);
    if (event.has_value() && command_.format == Format::kJson) {
      facts["event"] = Facts::parse(*event, nullptr, false);
    }
    Write(facts);
    if (event.has_value() && command_.format != Format::kJson) {
      surroundings_.out << "\n" << *event << "\n";
    }
    return absl::OkStatus();
  }

 private:
  std::string Flag(const std::string& name) const {
    const auto found = command_.flags.find(name);
    return found == command_.flags.end() ? "" : found->second;
  }
  bool Is(const std::string& name) const { return Flag(name) == "true"; }

  absl::Status CheckWords(std::size_t count, absl::string_view words) const {
    if (command_.words.size() == count) return absl::OkStatus();
    return UsageError(absl::StrCat("usage: jejak ", command_.name, words));
  }

  absl::Status VerifyFolder() {
    if (Is("full")) return UsageError("--full: of a folder every entry is always read");
    JEJAK_ASSIGN_OR_RETURN(const audit::Policy policy, ReadPolicy());
    JEJAK_ASSIGN_OR_RETURN(
        const FolderSummary found,
        VerifyLogFolder(Flag("folder"), policy,
                        [this](std::uint64_t done, std::uint64_t all) { SayProgress(done, all); }));
    Facts facts = FactsOf(found.checkpoint, found.verdict);
    facts["streams"] = Number(found.streams);
    Write(facts);
    return absl::OkStatus();
  }

  static absl::StatusOr<std::string> Read(const std::string& path) {
    absl::StatusOr<std::string> bytes = ReadFile(path);
    if (!bytes.ok()) return UsageError(bytes.status().message());
    return bytes;
  }

  void Say(absl::string_view message) {
    if (!command_.quiet) surroundings_.err << Printable(message) << "\n" << std::flush;
  }

  void SayProgress(std::uint64_t done, std::uint64_t all) {
    if (command_.quiet || !surroundings_.interactive) return;
    if (done % audit::kTileWidth != 0 && done != all) return;
    surroundings_.err << "\r" << done << "/" << all << " entries" << (done == all ? "\n" : "")
                      << std::flush;
  }

  absl::StatusOr<std::optional<audit::VerifierKey>> GivenKey() const {
    const std::string text = Flag("key");
    if (text.empty()) return std::nullopt;
    absl::StatusOr<audit::VerifierKey> key = audit::ParseVerifierKey(text);
    if (!key.ok()) return UsageError(absl::StrCat("--key: ", key.status().message()));
    if (key->type != audit::KeyType::kEd25519) {
      return UsageError("--key: this is the key of a witness, and not that of a log");
    }
    return *std::move(key);
  }

  // Whom a receipt or a folder is checked against, without a server.
  absl::StatusOr<audit::Policy> ReadPolicy() const {
    JEJAK_ASSIGN_OR_RETURN(const auto key, GivenKey());
    const std::string path = Flag("policy");
    if (key.has_value() == !path.empty()) {
      return UsageError("give --key, or --policy: the keys are what is trusted");
    }
    if (key.has_value()) return client::PolicyOfKey(*key);
    JEJAK_ASSIGN_OR_RETURN(const std::string text, Read(path));
    absl::StatusOr<audit::Policy> policy = audit::Policy::Parse(text);
    if (!policy.ok()) return UsageError(absl::StrCat(path, ": ", policy.status().message()));
    return policy;
  }

  absl::Status ReadKnown() {
    JEJAK_ASSIGN_OR_RETURN(path_, KnownLogPath(surroundings_.environment, command_.profile));
    JEJAK_ASSIGN_OR_RETURN(known_, LoadKnownLog(path_));
    return absl::OkStatus();
  }

  // The newest checkpoint, compared with what was known.
  absl::StatusOr<KnownLog> VerifyLog(Client* client) {
    JEJAK_ASSIGN_OR_RETURN(const auto key, GivenKey());
    absl::StatusOr<KnownLog> verified = client::VerifyNewest(client, known_, key);
    if (absl::IsDataLoss(verified.status()) && known_.has_value()) {
      Say(absl::StrCat("what was verified before is in ", path_));
    }
    return verified;
  }

  absl::Status Remember(const KnownLog& verified) {
    if (!known_.has_value() && Flag("key").empty()) {
      Say(
          absl::StrCat("first time here: from now on this key is trusted; compare it with the one "
                       "that the office has published: ",
                       audit::FormatVerifierKey(verified.key)));
    }
    if (known_ == verified) return absl::OkStatus();
    return SaveKnownLog(verified, path_);
  }

  Facts FactsOf(const KnownLog& verified) const {
    const audit::Checkpoint& checkpoint = verified.checkpoint.checkpoint;
    Facts facts;
    facts["log"] = checkpoint.origin;
    facts["key"] = audit::FormatVerifierKey(verified.key);
    facts["size"] = Number(checkpoint.size);
    facts["root"] = audit::FormatHash(checkpoint.root);
    if (known_.has_value()) {
      facts["knownSize"] = Number(known_->checkpoint.checkpoint.size);
    }
    return facts;
  }

  static Facts FactsOf(const audit::Checkpoint& checkpoint, const audit::PolicyVerdict& verdict) {
    Facts facts;
    facts["log"] = checkpoint.origin;
    facts["key"] = audit::FormatVerifierKey(verdict.log.key);
    facts["size"] = Number(checkpoint.size);
    facts["root"] = audit::FormatHash(checkpoint.root);
    if (!verdict.cosigned.empty()) {
      std::vector<std::string> witnesses;
      for (const auto& cosigned : verdict.cosigned) {
        witnesses.push_back(
            absl::StrCat(cosigned.witness.name, " ",
                         Time(absl::FromUnixSeconds(static_cast<std::int64_t>(cosigned.time_s)))));
      }
      facts["cosigned"] = witnesses;
    }
    return facts;
  }

  // One line for each fact, "known size  12"; or an object.
  void Write(const Facts& facts) {
    if (command_.format == Format::kJson) {
      surroundings_.out << facts.dump(1, ' ', false, Facts::error_handler_t::replace) << "\n";
      return;
    }
    constexpr std::size_t kWidth = 20;
    surroundings_.out << "verified\n";
    for (const auto& [key, value] : facts.items()) {
      std::string label = absl::StrReplaceAll(Kebab(key), {{"-", " "}});
      label.resize(std::max(label.size() + 2, kWidth), ' ');
      surroundings_.out << label
                        << Printable(
                               value.is_string()
                                   ? value.get<std::string>()
                                   : absl::StrJoin(value.get<std::vector<std::string>>(), ", "))
                        << "\n";
    }
  }

  const LogCommand& command_;
  const client::Options& options_;
  const Surroundings& surroundings_;
  // Of ReadKnown.
  std::string path_;
  std::optional<KnownLog> known_;
};

constexpr std::pair<absl::string_view, absl::Status (LogRun::*)()> kCommands[] = {
    {"log checkpoint", &LogRun::Checkpoint},    {"log verify", &LogRun::Verify},
    {"log export-tiles", &LogRun::ExportTiles}, {"receipt save", &LogRun::SaveReceipt},
    {"verify receipt", &LogRun::VerifyReceipt},
};

}  // namespace

bool IsLogCommand(absl::string_view name) {
  return std::any_of(std::begin(kCommands), std::end(kCommands),
                     [name](const auto& command) { return command.first == name; });
}

absl::Status RunLogCommand(const LogCommand& command, const client::Options& options,
                           const Surroundings& surroundings) {
  if (command.format != Format::kTable && command.format != Format::kJson) {
    return UsageError(absl::StrCat("jejak ", command.name, " prints only -o table and -o json"));
  }
  LogRun run(command, options, surroundings);
  for (const auto& [name, method] : kCommands) {
    if (name == command.name) return (run.*method)();
  }
  return UsageError(absl::StrCat("there is no command \"", command.name, "\""));
}

}  // namespace jejak::cli
