// SPDX-License-Identifier: Apache-2.0

#include "client/cli/view_build.h"

#include "client/cli/failure.h"

#include "gtest/gtest.h"

namespace jejak::cli {
namespace {

v1::ViewBuild Build(v1::ViewBuildKind kind) {
  v1::ViewBuild build;
  build.set_kind(kind);
  return build;
}

TEST(ViewBuildTest, ADifferenceOrAFailureIsAFailureOfIntegrity) {
  v1::ViewBuild build = Build(v1::VIEW_BUILD_KIND_COMPARE);
  EXPECT_EQ(ExitCodeOf(VerdictOn(build)), kOk);
  build.set_differing_keys(2);
  build.set_first_difference("a\\000b");
  EXPECT_EQ(ExitCodeOf(VerdictOn(build)), kIntegrity);
  EXPECT_EQ(VerdictOn(build).message(),
            "the view is not what the log says: 2 keys differ, the first is a\\000b; "
            "jejak admin rebuild-view makes a new one");
  build = Build(v1::VIEW_BUILD_KIND_REBUILD);
  EXPECT_EQ(ExitCodeOf(VerdictOn(build)), kOk);
  build.set_error("INTERNAL: disk");
  EXPECT_EQ(ExitCodeOf(VerdictOn(build)), kIntegrity);
}

TEST(ViewBuildTest, DigestsThatDifferAreADifferenceToo) {
  v1::ViewBuild build = Build(v1::VIEW_BUILD_KIND_COMPARE);
  build.set_current_digest("a");
  build.set_built_digest("b");
  EXPECT_EQ(ResultOf(build), "the digests differ");
  EXPECT_EQ(ExitCodeOf(VerdictOn(build)), kIntegrity);
}

TEST(ViewBuildTest, ABuildIsToldOnOneLineInEitherLanguage) {
  v1::ViewBuild build = Build(v1::VIEW_BUILD_KIND_REBUILD);
  EXPECT_EQ(SummaryOf(build), "rebuild: in use");
  EXPECT_EQ(SummaryOf(build, Language::kIndonesian), "rebuild: dipakai");
  build.set_error("e");
  EXPECT_EQ(SummaryOf(build), "rebuild: failed: e");
}

}  // namespace
}  // namespace jejak::cli
