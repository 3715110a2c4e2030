// SPDX-License-Identifier: Apache-2.0

#include "client/cli/api.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <set>

namespace jejak::cli {
namespace {

std::string Name(absl::string_view service, absl::string_view method) {
  const VerbName name = NameOf(service, method);
  return name.resource + " " + name.verb;
}

TEST(ApiTest, AVerbIsTheMethodWithoutItsNoun) {
  EXPECT_EQ(Name("LokusService", "DesignateLokus"), "lokus designate");
  EXPECT_EQ(Name("HandoverService", "PerformHandover"), "handover perform");
  EXPECT_EQ(Name("OfficeService", "ListOffices"), "office list");
  EXPECT_EQ(Name("DocumentService", "AddDocumentVersion"), "document add-version");
  EXPECT_EQ(Name("RegionCatalogService", "ActivateRegionCatalog"), "region-catalog activate");
  EXPECT_EQ(Name("ProgramService", "PublishPolicy"), "program publish-policy");
  EXPECT_EQ(Name("CertificateService", "RevokeCertificate"), "certificate revoke");
}

TEST(ApiTest, ExceptionsReadLikeTheDomain) {
  EXPECT_EQ(Name("AgenService", "RegisterCandidate"), "agen register");
  EXPECT_EQ(Name("LokusService", "MapVillage"), "lokus map");
  EXPECT_EQ(Name("HistoryService", "ListLokusHistory"), "lokus history");
  EXPECT_EQ(Name("HistoryService", "SearchEvents"), "history search");
  EXPECT_EQ(Name("HistoryService", "ListRevisions"), "history revisions");
  EXPECT_EQ(Name("HistoryService", "Diff"), "history diff");
  EXPECT_EQ(Name("AdminService", "GetServerStatus"), "server status");
}

TEST(ApiTest, EveryMethodHasAVerbOfItsOwnAndAComment) {
  const Api api;
  std::set<std::string> seen;
  for (const Verb& verb : api.verbs()) {
    EXPECT_TRUE(seen.insert(verb.resource + " " + verb.name).second) << verb.name;
    EXPECT_EQ(api.Find(verb.resource, verb.name), &verb);
    EXPECT_NE(CommentOf(*verb.method), "") << verb.method->full_name();
  }
  EXPECT_GT(seen.size(), 60);
}

TEST(ApiTest, AliasesAndSwappedWordsAreFound) {
  const Api api;
  EXPECT_EQ(api.Find("kantor", "get"), api.Find("office", "get"));
  EXPECT_EQ(api.Find("region", "import"), api.Find("region-catalog", "import"));
  EXPECT_EQ(api.Find("region", "get")->method->name(), "GetRegion");
  EXPECT_EQ(api.Find("history", "lokus"), api.Find("lokus", "history"));
  EXPECT_EQ(api.Find("lokus", "fly"), nullptr);
}

TEST(ApiTest, WhatEndsSomethingForGoodIsDestructive) {
  const Api api;
  std::vector<std::string> destructive;
  for (const Verb& verb : api.verbs()) {
    if (verb.destructive) destructive.push_back(verb.resource + " " + verb.name);
  }
  EXPECT_THAT(destructive, testing::UnorderedElementsAre(
                               "agen dismiss", "agen replace", "agen resign", "document supersede",
                               "lokus close", "lokus reject", "lokus withdraw", "meeting cancel",
                               "office close", "operation cancel", "program close"));
}

TEST(ApiTest, NameOrParentAndIdAreGivenByPosition) {
  const Api api;
  const auto names = [&](const char* resource, const char* verb) {
    std::vector<std::string> result;
    for (const auto* field : api.Find(resource, verb)->positionals) result.push_back(field->name());
    return result;
  };
  EXPECT_THAT(names("lokus", "designate"), testing::ElementsAre("name"));
  EXPECT_THAT(names("agen", "register"), testing::ElementsAre("parent", "agen_id"));
  EXPECT_THAT(names("office", "register"), testing::ElementsAre("office_id"));
  EXPECT_THAT(names("office", "list"), testing::IsEmpty());
}

TEST(ApiTest, ACommentKeepsItsParagraphsAndItsIndentedLines) {
  EXPECT_EQ(
      CleanComment(" One line\n goes on.\n\n Another one, e.g.\n   a = b\n   c = d\n and on.\n"),
      "One line goes on.\n\nAnother one, e.g.\n  a = b\n  c = d\nand on.");
  EXPECT_EQ(FirstSentence("One, e.g.\n  a = b\nTwo."), "One, e.g.");
  EXPECT_EQ(FirstSentence("One. Two."), "One.");
  EXPECT_EQ(FirstSentence("Version 1.2 is it"), "Version 1.2 is it");
  EXPECT_EQ(FirstSentence("No end\n\nTwo."), "No end");
}

TEST(ApiTest, AResourceTellsItsOtherWords) {
  EXPECT_THAT(Api::AliasesOf("server"), testing::ElementsAre("admin"));
  EXPECT_THAT(Api::AliasesOf("agen"), testing::IsEmpty());
}

}  // namespace
}  // namespace jejak::cli
