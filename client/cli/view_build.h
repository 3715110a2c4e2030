// SPDX-License-Identifier: Apache-2.0
//
// File: view_build.h
//
// Views that are built beside the current one: how one stands, in words, and waiting for its end.

#ifndef JEJAK_CLIENT_CLI_VIEW_BUILD_H_
#define JEJAK_CLIENT_CLI_VIEW_BUILD_H_

#include "client/cli/html.h"
#include "client/cpp/client.h"

#include "jejak/v1/admin_service.pb.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <functional>
#include <string>

namespace jejak::cli {

// "running", "ended" or "failed".
std::string StateOf(const v1::ViewBuild& build, Language language = Language::kEnglish);

// What came out: "equal" or "3 keys differ" of a comparison, "in use" of a rebuilt view, or the
// error. Empty while it runs.
std::string ResultOf(const v1::ViewBuild& build, Language language = Language::kEnglish);

// All of it on one line: "compare: running, 120/5000 events", "compare: equal".
std::string SummaryOf(const v1::ViewBuild& build, Language language = Language::kEnglish);

// DATA_LOSS if a build that has ended failed, or found keys that differ.
absl::Status VerdictOn(const v1::ViewBuild& build);

// Asks the server until the build has ended, and returns it as it is then; `progress`, if given, is
// told how far it is. One of the same kind that was begun right after it stands for it. ABORTED if
// the server does not know of it any more: it was started anew, or builds for something else.
absl::StatusOr<v1::ViewBuild> WaitForBuild(
    client::Client* client, v1::ViewBuild build,
    const std::function<void(const v1::ViewBuild&)>& progress = nullptr);

}  // namespace jejak::cli

#endif  // JEJAK_CLIENT_CLI_VIEW_BUILD_H_
