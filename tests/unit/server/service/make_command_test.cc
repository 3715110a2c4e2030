// SPDX-License-Identifier: Apache-2.0

#include "server/service/make_command.h"

#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/meeting.h"
#include "server/domain/office/region_catalog.h"
#include "server/domain/refusal.h"
#include "tests/support/temp_folder.h"

#include <gtest/gtest.h>

#include <memory>

namespace jejak::service {
namespace {

class MakeCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    vault::Vault::Options options;
    options.path = folder_ / "vault";
    options.log_id = "00000000000000000000000000000000";
    options.may_create = true;
    options.kek_path = folder_ / "kek";
    options.create_kek = true;
    options.pool_keys = 1;
    auto vault = vault::Vault::Open(options);
    ASSERT_TRUE(vault.ok()) << vault.status();
    vault_ = *std::move(vault);
  }
  template <typename D, typename Request>
  absl::StatusOr<command::Command> Make(const Request& request) {
    return MakeCommand(request, "officers/a", SpecFor<D>(request), *vault_);
  }
  static v1::RegisterCandidateRequest Register() {
    v1::RegisterCandidateRequest request;
    request.mutable_write()->set_request_id("r-1");
    request.mutable_write()->set_office("offices/18.06");
    request.mutable_write()->set_role(v1::ROLE_OPERATOR);
    request.set_parent("programs/p/lokus/18.06.11.2016");
    request.set_agen_id("01");
    request.mutable_person()->set_name("Ayu Lestari");
    request.add_bases(v1::VOTER_BASE_WOMEN);
    return request;
  }
  static v1::CancelMeetingRequest Cancel(const std::string& name) {
    v1::CancelMeetingRequest request;
    request.set_name(name);
    request.set_reason("Hujan");
    return request;
  }

  const test::TempFolder folder_;
  std::unique_ptr<vault::Vault> vault_;
};

TEST_F(MakeCommandTest, TheStreamIsTheNameOrWhereTheDeciderPutsIt) {
  const auto cancel = Make<domain::MeetingDecider>(Cancel("programs/p/meetings/m"));
  ASSERT_TRUE(cancel.ok()) << cancel.status();
  EXPECT_EQ(cancel->stream, "programs/p/meetings/m");
  EXPECT_TRUE(cancel->must_exist);
  const auto registration = Make<domain::AgenDecider>(Register());
  ASSERT_TRUE(registration.ok()) << registration.status();
  EXPECT_EQ(registration->stream, "programs/p/lokus/18.06.11.2016/agen/01");
  EXPECT_FALSE(registration->must_exist);
  EXPECT_EQ(registration->actor.name, "officers/a");
  EXPECT_EQ(registration->actor.office, "offices/18.06");
  EXPECT_EQ(registration->actor.role, v1::ROLE_OPERATOR);
  EXPECT_TRUE(registration->actor_unauthenticated);
}

TEST_F(MakeCommandTest, ThePersonsAreTakenOutOfTheRequest) {
  const auto command = Make<domain::AgenDecider>(Register());
  ASSERT_TRUE(command.ok()) << command.status();
  ASSERT_EQ(command->persons.size(), 1u);
  EXPECT_EQ(command->persons[0].name(), "Ayu Lestari");
  EXPECT_EQ(command->request->SerializeAsString().find("Ayu"), std::string::npos);
}

TEST_F(MakeCommandTest, TheDigestIsOfTheRequestWithItsPersonsAndWithoutItsId) {
  v1::RegisterCandidateRequest request = Register();
  const auto first = Make<domain::AgenDecider>(request);
  request.mutable_write()->set_request_id("r-2");
  const auto again = Make<domain::AgenDecider>(request);
  request.mutable_person()->set_name("Ayu Utami");
  const auto other = Make<domain::AgenDecider>(request);
  ASSERT_TRUE(first.ok() && again.ok() && other.ok());
  EXPECT_EQ(first->digest, again->digest);
  EXPECT_NE(first->digest, other->digest);
  EXPECT_EQ(again->write.request_id(), "r-2");
}

TEST_F(MakeCommandTest, ACommandWithoutAnIdIsGivenOne) {
  const auto command = Make<domain::MeetingDecider>(Cancel("programs/p/meetings/m"));
  ASSERT_TRUE(command.ok()) << command.status();
  EXPECT_EQ(command->write.request_id().rfind("server-", 0), 0u);
}

TEST_F(MakeCommandTest, WhatIsWrongInItselfIsRefused) {
  v1::RegisterCandidateRequest request = Register();
  request.clear_person();
  EXPECT_EQ(domain::GetReason(Make<domain::AgenDecider>(request).status()), "REQUEST_INVALID");
  EXPECT_EQ(domain::GetReason(Make<domain::MeetingDecider>(Cancel("offices/18.06")).status()),
            "NAME_INVALID");
}

}  // namespace
}  // namespace jejak::service
