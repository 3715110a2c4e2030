// SPDX-License-Identifier: Apache-2.0
//
// File: fake_connection.h
//
// A connection that answers from a list and notes what it was asked.

#ifndef JEJAK_TESTS_UNIT_CLIENT_CPP_FAKE_CONNECTION_H_
#define JEJAK_TESTS_UNIT_CLIENT_CPP_FAKE_CONNECTION_H_

#include "client/cpp/connection.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace jejak::client {

// One scripted stream: what is read, and how it ends.
struct ScriptedStream {
  std::vector<std::string> messages;
  absl::Status end;
};

class FakeConnection final : public Connection {
 public:
  struct Asked {
    std::string method;
    CallContext context;
    std::string request;
  };
  // What the test keeps while the client owns the connection.
  struct Script {
    std::deque<std::pair<absl::Status, std::string>> answers;
    std::deque<ScriptedStream> streams;
    std::vector<Asked> asked;
    // Messages written to streams.
    std::vector<std::string> written;
  };

  explicit FakeConnection(Script* script) : script_(script) {}

  absl::Status Call(const std::string& method, const CallContext& context,
                    const std::string& request, std::string* response) override {
    script_->asked.push_back({method, context, request});
    if (script_->answers.empty()) return absl::UnimplementedError("no more answers");
    auto [status, bytes] = std::move(script_->answers.front());
    script_->answers.pop_front();
    *response = bytes;
    return status;
  }

  std::unique_ptr<Stream> Open(const std::string& method, const CallContext& context) override {
    script_->asked.push_back({method, context, ""});
    ScriptedStream next{{}, absl::UnimplementedError("no more streams")};
    if (!script_->streams.empty()) {
      next = std::move(script_->streams.front());
      script_->streams.pop_front();
    }
    return std::make_unique<FakeStream>(script_, std::move(next));
  }

 private:
  class FakeStream final : public Stream {
   public:
    FakeStream(Script* script, ScriptedStream stream)
        : script_(script), stream_(std::move(stream)) {}
    bool Write(const std::string& message) override {
      script_->written.push_back(message);
      return true;
    }
    void WritesDone() override {}
    bool Read(std::string* message) override {
      if (next_ == stream_.messages.size()) return false;
      *message = stream_.messages[next_++];
      return true;
    }
    absl::Status Finish() override { return stream_.end; }

   private:
    Script* const script_;
    ScriptedStream stream_;
    std::size_t next_ = 0;
  };

  Script* const script_;
};

}  // namespace jejak::client

#endif  // JEJAK_TESTS_UNIT_CLIENT_CPP_FAKE_CONNECTION_H_
