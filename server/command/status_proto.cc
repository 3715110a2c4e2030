// SPDX-License-Identifier: Apache-2.0

#include "server/command/status_proto.h"

#include "server/base/limits.h"

#include "google/rpc/error_details.pb.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

#include <algorithm>
#include <string>

namespace jejak::command {

google::rpc::Status ToProto(const absl::Status& status) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  std::string message(status.message());
  if (message.size() > limits::kErrorMessageBytesMax) {
    std::size_t end = limits::kErrorMessageBytesMax;
    // Not in the middle of a UTF-8 character.
    while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;
    message.resize(end);
  }
  proto.set_message(message);
  status.ForEachPayload([&proto](absl::string_view url, const absl::Cord& bytes) {
    google::protobuf::Any* detail = proto.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(bytes));
  });
  // Payloads have no order of their own; an outcome and a reply should.
  std::sort(proto.mutable_details()->begin(), proto.mutable_details()->end(),
            [](const auto& a, const auto& b) { return a.type_url() < b.type_url(); });
  while (proto.details_size() > 0 && proto.ByteSizeLong() > limits::kErrorDetailBytesMax) {
    const auto largest = std::max_element(
        proto.details().begin(), proto.details().end(),
        [](const auto& a, const auto& b) { return a.value().size() < b.value().size(); });
    proto.mutable_details()->erase(largest);
  }
  return proto;
}

absl::Status FromProto(const google::rpc::Status& proto) {
  absl::Status status(static_cast<absl::StatusCode>(proto.code()), proto.message());
  for (const google::protobuf::Any& detail : proto.details()) {
    status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return status;
}

void AddDetail(const google::protobuf::Message& detail, absl::Status& status) {
  status.SetPayload(absl::StrCat("type.googleapis.com/", detail.GetDescriptor()->full_name()),
                    absl::Cord(detail.SerializeAsString()));
}

void AddRetry(absl::Duration delay, absl::Status& status) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(delay)));
  AddDetail(retry, status);
}

}  // namespace jejak::command
