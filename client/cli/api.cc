// SPDX-License-Identifier: Apache-2.0

#include "client/cli/api.h"

#include "server/base/check.h"

#include "google/api/field_behavior.pb.h"
#include "google/protobuf/descriptor.pb.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include <algorithm>
#include <iterator>
#include <utility>

// The bytes of the descriptors, put in by the assembler.
asm(".section .rodata\n"
    ".balign 16\n"
    ".globl jejak_api_begin\n"
    "jejak_api_begin:\n"
    ".incbin \"" JEJAK_API_BINPB
    "\"\n"
    ".globl jejak_api_end\n"
    "jejak_api_end:\n"
    ".byte 0\n"
    ".text\n");
extern "C" {
extern const char jejak_api_begin[];
extern const char jejak_api_end[];
}

namespace jejak::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

struct Exception {
  const char* method;
  const char* resource;
  const char* verb;
};

// Methods whose verb the rule does not give.
constexpr Exception kExceptions[] = {
    {"RegisterCandidate", "agen", "register"},
    {"SelectCandidate", "agen", "select"},
    {"ReserveCandidate", "agen", "reserve"},
    {"VerifyRequirement", "agen", "verify"},
    {"MapVillage", "lokus", "map"},
    {"NotifyVillage", "lokus", "notify"},
    {"ListLokusHistory", "lokus", "history"},
    {"SearchEvents", "history", "search"},
    {"CountEvents", "history", "count"},
    {"ListRevisions", "history", "revisions"},
    {"Diff", "history", "diff"},
    {"ListEvents", "history", "list"},
    {"Subscribe", "history", "watch"},
    {"GetRegion", "region", "get"},
    {"ListRegions", "region", "list"},
    {"GetServerStatus", "server", "status"},
    {"RebuildView", "server", "rebuild-view"},
    {"CompareViews", "server", "compare-views"},
    {"UploadContent", "document", "upload"},
    {"DownloadContent", "document", "download"},
    {"GetOperation", "operation", "get"},
    {"CancelOperation", "operation", "cancel"},
    {"ListReportRows", "operation", "rows"},
};

// Other words for resources: Indonesian ones, plurals where they differ, and `region` for what is
// not its own.
constexpr std::pair<const char*, const char*> kAliases[] = {
    {"kantor", "office"},          {"wilayah", "region"},        {"dokumen", "document"},
    {"rapat", "meeting"},          {"serah-terima", "handover"}, {"riwayat", "history"},
    {"program-kerja", "program"},  {"offices", "office"},        {"documents", "document"},
    {"meetings", "meeting"},       {"handovers", "handover"},    {"programs", "program"},
    {"admin", "server"},           {"log", "history"},           {"region", "region-catalog"},
    {"wilayah", "region-catalog"},
};

// First words of verbs that end something for good.
constexpr absl::string_view kDestructive[] = {"cancel",  "close",  "dismiss",   "reject",
                                              "replace", "resign", "supersede", "withdraw"};

bool IsDestructive(absl::string_view verb) {
  const absl::string_view first = verb.substr(0, verb.find('-'));
  return std::find(std::begin(kDestructive), std::end(kDestructive), first) !=
         std::end(kDestructive);
}

std::vector<std::string> Words(absl::string_view camel) {
  return absl::StrSplit(Kebab(camel), '-');
}

bool EqualsNoun(absl::string_view word, absl::string_view noun) {
  return word == noun || word == absl::StrCat(noun, "s");
}

bool Holds(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

std::vector<const FieldDescriptor*> PositionalsOf(const Descriptor& request) {
  std::vector<const FieldDescriptor*> result;
  if (const auto* name = request.FindFieldByName("name"); name != nullptr) return {name};
  if (const auto* parent = request.FindFieldByName("parent");
      parent != nullptr && IsRequired(*parent)) {
    result.push_back(parent);
  }
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor* field = request.field(i);
    if (absl::EndsWith(field->name(), "_id") && IsRequired(*field)) result.push_back(field);
  }
  return result;
}

}  // namespace

std::string Kebab(absl::string_view camel) {
  std::string result;
  for (const char c : camel) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !result.empty()) result += '-';
    result += absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  return result;
}

VerbName NameOf(absl::string_view service, absl::string_view method) {
  for (const Exception& exception : kExceptions) {
    if (method == exception.method) return {exception.resource, exception.verb};
  }
  const std::string resource = Kebab(absl::StripSuffix(service, "Service"));
  const std::vector<std::string> noun = absl::StrSplit(resource, '-');
  std::vector<std::string> words = Words(method);
  auto found = std::search(words.begin(), words.end(), noun.begin(), noun.end(), EqualsNoun);
  // The noun may be all there is.
  if (found != words.end() && words.size() > noun.size()) {
    words.erase(found, found + static_cast<std::ptrdiff_t>(noun.size()));
  }
  return {resource, absl::StrJoin(words, "-")};
}

Api::Api() : pool_(std::make_unique<google::protobuf::DescriptorPool>()) {
  google::protobuf::FileDescriptorSet files;
  JEJAK_CHECK(
      files.ParseFromArray(jejak_api_begin, static_cast<int>(jejak_api_end - jejak_api_begin)));
  for (const auto& file : files.file()) {
    const auto* built = pool_->BuildFile(file);
    JEJAK_CHECK(built != nullptr);
    if (built->package() != "jejak.v1") continue;
    for (int s = 0; s < built->service_count(); ++s) {
      const auto* service = built->service(s);
      for (int m = 0; m < service->method_count(); ++m) {
        const MethodDescriptor* method = service->method(m);
        VerbName name = NameOf(service->name(), method->name());
        const bool destructive = IsDestructive(name.verb);
        verbs_.push_back({std::move(name.resource), std::move(name.verb), method,
                          PositionalsOf(*method->input_type()), destructive});
      }
    }
  }
  factory_ = std::make_unique<google::protobuf::DynamicMessageFactory>(pool_.get());
}

const Verb* Api::Find(absl::string_view resource, absl::string_view verb) const {
  for (const Verb& candidate : verbs_) {
    if (candidate.resource == resource && candidate.name == verb) return &candidate;
  }
  for (const auto& [alias, target] : kAliases) {
    if (resource != alias) continue;
    if (const Verb* found = Find(target, verb); found != nullptr) return found;
  }
  if (resource == "history" && verb == "lokus") return Find("lokus", "history");
  return nullptr;
}

std::vector<std::string> Api::Resources() const {
  std::vector<std::string> result;
  for (const Verb& verb : verbs_) {
    if (std::find(result.begin(), result.end(), verb.resource) == result.end()) {
      result.push_back(verb.resource);
    }
  }
  return result;
}

std::vector<const Verb*> Api::VerbsOf(absl::string_view resource) const {
  std::vector<const Verb*> result;
  for (const Verb& verb : verbs_) {
    if (Find(resource, verb.name) == &verb) result.push_back(&verb);
  }
  return result;
}

const MethodDescriptor* Api::FindMethod(absl::string_view name) const {
  return pool_->FindMethodByName(absl::StrCat("jejak.v1.", name));
}

std::vector<std::string> Api::AliasesOf(absl::string_view resource) {
  std::vector<std::string> result;
  for (const auto& [alias, target] : kAliases) {
    if (resource == target) result.emplace_back(alias);
  }
  return result;
}

std::unique_ptr<google::protobuf::Message> Api::New(const Descriptor* type) const {
  return std::unique_ptr<google::protobuf::Message>(factory_->GetPrototype(type)->New());
}

std::string CleanComment(absl::string_view raw) {
  // One space follows the slashes; more are an indentation.
  constexpr absl::string_view kIndent = "  ";
  std::string result;
  absl::string_view between;
  for (absl::string_view line : absl::StrSplit(raw, '\n')) {
    absl::ConsumePrefix(&line, " ");
    const bool indented = absl::StartsWith(line, kIndent);
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) {
      between = "\n\n";
      continue;
    }
    if (indented && between != "\n\n") between = "\n";
    absl::StrAppend(&result, result.empty() ? "" : between, indented ? kIndent : "", line);
    between = indented ? "\n" : " ";
  }
  return result;
}

std::string FirstSentence(absl::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool ends = text[i] == '.' && (text[i + 1] == ' ' || text[i + 1] == '\n');
    if (ends) return std::string(text.substr(0, i + 1));
    if (text[i + 1] == '\n') return std::string(text.substr(0, i + 1));
  }
  return std::string(text);
}

bool IsRequired(const FieldDescriptor& field) { return Holds(field, google::api::REQUIRED); }

bool IsOutputOnly(const FieldDescriptor& field) { return Holds(field, google::api::OUTPUT_ONLY); }

}  // namespace jejak::cli
