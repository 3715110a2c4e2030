// SPDX-License-Identifier: Apache-2.0
//
// File: app.h
//
// The composition root: every long-lived object as a member, in the order of the flow, so that
// destruction runs backwards by itself. Threads: gRPC's own, one sequencer and its committer, one
// projector, the checkpointer, the anchor's, the vault's, a small pool for blocking reads, and one
// for subscriptions.

#ifndef JEJAK_SERVER_APP_APP_H_
#define JEJAK_SERVER_APP_APP_H_

#include "server/app/config.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include <functional>
#include <memory>
#include <string>

namespace jejak::app {

// Exit codes of jejakd.
inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 2;
// The data folder is damaged, or less was recovered than the head anchor says: nothing is served.
inline constexpr int kExitDataLoss = 65;
// A write failed: no acknowledgement was given after it. Restart to recover.
inline constexpr int kExitDiskFailed = 70;
// The log is not the continuation of what was signed: it was served without taking commands.
inline constexpr int kExitReadOnly = 66;
// Anything else that keeps it from starting, e.g. a taken port or folder.
inline constexpr int kExitCannotStart = 71;

class App {
 public:
  // Opens the data folder and starts to serve. `on_failure` is called at most once, from any
  // thread, when the server can no longer do its work (a failed write, a damaged log): health says
  // NOT_SERVING, nothing is acknowledged any more, and the process should end with
  // kExitDiskFailed.
  static absl::StatusOr<std::unique_ptr<App>> Start(
      const Config& config, std::function<void(const absl::Status&)> on_failure);
  // Stops serving: calls under way get `kShutdownGrace`, then are cancelled.
  ~App();

  // "HOST:PORT" or the socket that is listened on; the port is the one bound.
  const std::string& address() const { return address_; }

  // True if it takes no commands because the log is not the continuation of what was signed.
  bool read_only() const { return read_only_; }

  static constexpr absl::Duration kShutdownGrace = absl::Seconds(3);

 private:
  struct Parts;
  App();
  std::unique_ptr<Parts> parts_;
  std::string address_;
  bool read_only_ = false;
};

}  // namespace jejak::app

#endif  // JEJAK_SERVER_APP_APP_H_
