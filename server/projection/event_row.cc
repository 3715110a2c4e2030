// SPDX-License-Identifier: Apache-2.0

#include "server/projection/event_row.h"

#include "server/base/limits.h"
#include "server/domain/aggregate.h"
#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/lokus.h"
#include "server/domain/lokus/meeting.h"
#include "server/domain/messages.h"
#include "server/domain/record/document.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <utility>

namespace jejak::projection {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::uint64_t kMicrosPerDay = 86'400'000'000;
constexpr absl::string_view kEventPackage = "jejak.event.v1.";

// How deep in an event reasons are looked for: an event, what it states, and an element of that.
constexpr int kReasonDepth = 3;

// Adds the texts of the fields in which an event says why: none of them may have personal data.
void AddReasons(const Message& message, int depth, std::vector<std::string>& reasons) {
  const google::protobuf::Reflection* reflection = message.GetReflection();
  for (const char* name : {"reason", "text", "justification"}) {
    const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->is_repeated() ||
        field->cpp_type() != FieldDescriptor::CPPTYPE_STRING) {
      continue;
    }
    std::string text = reflection->GetString(message, field);
    if (!text.empty()) reasons.push_back(std::move(text));
  }
  if (depth == 1) return;
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      AddReasons(reflection->GetMessage(message, field), depth - 1, reasons);
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      AddReasons(reflection->GetRepeatedMessage(message, field, i), depth - 1, reasons);
    }
  }
}

// What the event is about, its own resource too.
std::vector<std::string> TagsOf(const log::Entry& entry) {
  std::vector<std::string> tags = entry.tags;
  static constexpr std::pair<const char*, const char*> kKinds[] = {
      {"agen", domain::AgenDecider::kPattern},
      {"document", domain::DocumentDecider::kPattern},
      {"lokus", domain::LokusDecider::kPattern},
      {"meeting", domain::MeetingDecider::kPattern}};
  for (const auto& [kind, pattern] : kKinds) {
    if (domain::NameMatches(entry.stream, pattern)) domain::AddTag(kind, entry.stream, tags);
  }
  return tags;
}

std::uint64_t NumberIn(const Message& event, const std::string& name) {
  const FieldDescriptor* field = event.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_UINT64) return 0;
  return event.GetReflection()->GetUInt64(event, field);
}

}  // namespace

std::vector<std::string> WordsOf(absl::string_view text) {
  icu::UnicodeString lower =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())})
          .toLower(icu::Locale::getRoot());
  std::vector<std::string> words;
  for (std::int32_t at = 0; at < lower.length();) {
    const std::int32_t begin = at;
    while (at < lower.length() && u_isalnum(lower.char32At(at))) at = lower.moveIndex32(at, 1);
    std::string word;
    lower.tempSubStringBetween(begin, at).toUTF8String(word);
    if (word.size() > limits::kWordBytesMax) {
      std::size_t end = limits::kWordBytesMax;
      while ((static_cast<unsigned char>(word[end]) & 0xC0) == 0x80) --end;
      word.resize(end);
    }
    if (!word.empty() && words.size() < limits::kWordsPerTextMax &&
        std::find(words.begin(), words.end(), word) == words.end()) {
      words.push_back(std::move(word));
    }
    at = lower.moveIndex32(at, 1);
  }
  return words;
}

std::string LateDimension(std::int64_t days) {
  std::int64_t power = 1;
  while (power <= days / 2) power *= 2;
  return absl::StrCat("late_days:", power);
}

std::string MonthOf(std::int64_t time_us) {
  const absl::CivilMonth month =
      absl::ToCivilMonth(absl::FromUnixMicros(time_us), absl::UTCTimeZone());
  return absl::StrFormat("%04d-%02d", month.year(), month.month());
}

std::string MonthDimension(std::int64_t time_us) {
  return absl::StrCat("month:", MonthOf(time_us));
}

EventIndex IndexEvent(const log::Entry& entry, const event::v1::Envelope& envelope,
                      const std::vector<std::string>& under) {
  EventIndex index;
  const std::int64_t occurred_us = entry.effective_time_us == log::kNoEffectiveTime
                                       ? entry.commit_time_us
                                       : entry.effective_time_us;
  v1::EventRow& row = index.row;
  row.set_position(entry.position);
  domain::SetMicros(entry.commit_time_us, *row.mutable_commit_time());
  domain::SetMicros(occurred_us, *row.mutable_occurred_time());
  row.set_stream(entry.stream);
  row.set_revision(entry.revision);
  row.set_type(std::string(absl::StripPrefix(entry.event_type, kEventPackage)));
  row.set_actor(entry.actor);
  row.set_office(envelope.office());
  row.set_role(envelope.role());
  row.set_utc_offset_minutes(envelope.utc_offset_minutes());
  const std::vector<std::string> tags = TagsOf(entry);
  for (const std::string& tag : tags) {
    if (absl::StartsWith(tag, "lokus:")) row.add_lokus(tag.substr(6));
    if (absl::StartsWith(tag, "document:")) row.add_document(tag.substr(9));
    if (absl::StartsWith(tag, "meeting:")) row.add_meeting(tag.substr(8));
    if (absl::StartsWith(tag, "agen:")) row.add_agen(tag.substr(5));
  }
  if (entry.commit_time_us > occurred_us) {
    // Unsigned, so that no two times are too far apart.
    const auto late_us =
        static_cast<std::uint64_t>(entry.commit_time_us) - static_cast<std::uint64_t>(occurred_us);
    row.set_late_days(static_cast<std::int64_t>(late_us / kMicrosPerDay));
  }
  std::vector<std::string> reasons;
  if (const Message* inner = domain::InnerEvent(envelope); inner != nullptr) {
    AddReasons(*inner, kReasonDepth, reasons);
    if (!reasons.empty()) row.set_reason(reasons[0]);
    row.set_correction(inner->GetDescriptor()->name() == "FactCorrected");
    if (row.correction()) row.set_corrected_position(NumberIn(*inner, "corrected_position"));
  }
  row.set_deviation(envelope.deviations_size() > 0 || row.type() == "PolicyDeviationGranted");

  index.covering.push_back(kAllEvents);
  index.covering.insert(index.covering.end(), tags.begin(), tags.end());
  // The resource, and each it lies below.
  for (std::size_t at = 0, segments = 0; at != std::string::npos;) {
    at = entry.stream.find('/', at + 1);
    if (++segments % 2 == 0) {
      index.covering.push_back(absl::StrCat("within:", entry.stream.substr(0, at)));
    }
  }
  for (const std::string& office : under) {
    index.covering.push_back(absl::StrCat("under:", office));
  }
  index.covering.push_back(absl::StrCat("actor:", row.actor()));
  index.covering.push_back(absl::StrCat("type:", row.type()));
  index.bare.push_back(absl::StrCat("role:", v1::Role_Name(row.role())));
  if (row.correction()) index.covering.push_back("correction:true");
  if (row.deviation()) index.covering.push_back("deviation:true");
  for (std::int64_t days = 1; days <= row.late_days(); days *= 2) {
    index.covering.push_back(absl::StrCat("late_days:", days));
  }
  index.bare.push_back(MonthDimension(occurred_us));
  const std::string text = absl::StrCat(absl::StrJoin(reasons, " "), " ", envelope.remark());
  for (const std::string& word : WordsOf(text)) index.bare.push_back(absl::StrCat("text:", word));
  return index;
}

}  // namespace jejak::projection
