// SPDX-License-Identifier: Apache-2.0
//
// File: server_fixture.h
//
// The whole server in the test's process, on a folder that goes away: app::App behind a real port,
// and clients on it.

#ifndef JEJAK_TESTS_SUPPORT_SERVER_FIXTURE_H_
#define JEJAK_TESTS_SUPPORT_SERVER_FIXTURE_H_

#include "server/app/app.h"
#include "tests/support/temp_folder.h"
#include "tests/support/world.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace jejak::test {

class ServerTest : public testing::Test {
 protected:
  ServerTest() { StartServer(); }

  std::string data() const { return folder_ / "data"; }
  const std::string& address() const { return app_->address(); }
  // Acts as officers/admin of offices/ri.
  client::Client& client() { return *client_; }

  app::Config Config() const {
    app::Config config;
    config.data = data();
    config.listen = "127.0.0.1:0";
    config.dev = true;
    return config;
  }

  void StartServer(const std::string& listen = "127.0.0.1:0") {
    app::Config config = Config();
    config.listen = listen;
    auto app = app::App::Start(
        config, [](const absl::Status& status) { ADD_FAILURE() << "it failed: " << status; });
    JEJAK_CHECK(app.ok());
    app_ = *std::move(app);
    client_ = NewClient(address());
  }
  void StopServer() {
    client_.reset();
    app_.reset();
  }
  void Restart() {
    StopServer();
    StartServer();
  }
  void RestartWithoutView() {
    StopServer();
    std::filesystem::remove_all(data() + "/view");
    StartServer();
  }

 private:
  TempFolder folder_;
  std::unique_ptr<app::App> app_;
  std::unique_ptr<client::Client> client_;
};

}  // namespace jejak::test

#endif  // JEJAK_TESTS_SUPPORT_SERVER_FIXTURE_H_
