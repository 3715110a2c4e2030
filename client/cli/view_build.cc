// SPDX-License-Identifier: Apache-2.0

#include "client/cli/view_build.h"

#include "client/cli/request.h"
#include "server/base/status_macros.h"

#include "jejak/v1/admin_service.grpc.pb.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include <algorithm>
#include <utility>

namespace jejak::cli {
namespace {

constexpr absl::Duration kFirstWait = absl::Milliseconds(20);
constexpr absl::Duration kLongestWait = absl::Seconds(1);

bool IsEqual(const v1::ViewBuild& build) {
  if (build.has_equal()) return build.equal();
  return build.differing_keys() == 0 && build.current_digest() == build.built_digest();
}

}  // namespace

std::string StateOf(const v1::ViewBuild& build, Language language) {
  return Translated(language, build.running()          ? "running"
                              : !build.error().empty() ? "failed"
                                                       : "ended");
}

std::string ResultOf(const v1::ViewBuild& build, Language language) {
  if (!build.error().empty()) return build.error();
  if (build.running()) return "";
  if (build.kind() == v1::VIEW_BUILD_KIND_REBUILD) return Translated(language, "in use");
  if (IsEqual(build)) return Translated(language, "equal");
  return build.differing_keys() == 0
             ? Translated(language, "the digests differ")
             : absl::StrCat(build.differing_keys(), " ", Translated(language, "keys differ"));
}

std::string SummaryOf(const v1::ViewBuild& build, Language language) {
  const auto* const kind = v1::ViewBuildKind_descriptor()->FindValueByNumber(build.kind());
  const std::string name = kind == nullptr ? "" : ShortName(*kind);
  if (build.running()) {
    return absl::StrCat(name, ": ", StateOf(build, language), ", ", build.size(), "/",
                        build.target_size(), " ", Translated(language, "events"));
  }
  const std::string failed =
      build.error().empty() ? "" : absl::StrCat(StateOf(build, language), ": ");
  return absl::StrCat(name, ": ", failed, ResultOf(build, language));
}

absl::Status VerdictOn(const v1::ViewBuild& build) {
  if (!build.error().empty()) {
    return absl::DataLossError(absl::StrCat("the build failed: ", build.error()));
  }
  if (build.kind() != v1::VIEW_BUILD_KIND_COMPARE || IsEqual(build)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the view is not what the log says: ", ResultOf(build),
                                          build.first_difference().empty() ? "" : ", the first is ",
                                          build.first_difference(),
                                          "; jejak admin rebuild-view makes a new one"));
}

absl::StatusOr<v1::ViewBuild> WaitForBuild(
    client::Client* client, v1::ViewBuild build,
    const std::function<void(const v1::ViewBuild&)>& progress) {
  for (absl::Duration wait = kFirstWait; build.running(); wait = std::min(wait * 2, kLongestWait)) {
    absl::SleepFor(wait);
    JEJAK_ASSIGN_OR_RETURN(
        v1::GetServerStatusResponse status,
        client->Call(&v1::AdminService::Stub::GetServerStatus, v1::GetServerStatusRequest()));
    if (!status.has_view_build() || status.view_build().kind() != build.kind()) {
      return absl::AbortedError(
          "the server does not know of the build any more: it was started anew, or has begun "
          "another one");
    }
    build = std::move(*status.mutable_view_build());
    if (progress) progress(build);
  }
  return build;
}

}  // namespace jejak::cli
