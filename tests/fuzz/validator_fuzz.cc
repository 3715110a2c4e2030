// SPDX-License-Identifier: Apache-2.0
//
// Whatever is parsed as a request is checked without a crash, and what is said of it has no value
// of it.

#include "server/domain/bounds.h"
#include "server/service/validator.h"
#include "tests/fuzz/fuzz.h"

#include "jejak/v1/agen_service.pb.h"

#include "absl/strings/match.h"

#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  jejak::v1::RegisterCandidateRequest request;
  // Protobuf complains aloud of texts that are not UTF-8.
  const google::protobuf::LogSilencer silence;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  const absl::Status status = jejak::service::Validate(request);
  JEJAK_CHECK(status.ok() || absl::IsInvalidArgument(status));
  // Long enough not to be a word of the text by chance.
  const std::string& name = request.person().name();
  if (!status.ok() && name.size() >= 16) JEJAK_CHECK(!absl::StrContains(status.ToString(), name));
  for (int format = jejak::v1::Format_MIN; format <= jejak::v1::Format_MAX; ++format) {
    const bool fits = jejak::domain::HasFormat(jejak::fuzz::AsText(data, size),
                                               static_cast<jejak::v1::Format>(format));
    JEJAK_CHECK(!fits || size > 0 || format == jejak::v1::FORMAT_UNSPECIFIED);
  }
  return 0;
}
