// SPDX-License-Identifier: Apache-2.0
//
// jejakd: flags, configuration, App, signals.

#include "server/app/app.h"
#include "server/app/config.h"
#include "server/base/version.h"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

// Written at once with a rename, so that who waits for the file never reads half a number.
bool WritePortFile(const std::string& path, const std::string& address) {
  const std::string temporary = path + ".new";
  {
    std::ofstream file(temporary);
    file << address.substr(address.rfind(':') + 1) << "\n";
    if (!file.flush()) return false;
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  return !error;
}

int ExitCodeFor(const absl::Status& status) {
  if (absl::IsInvalidArgument(status) || absl::IsNotFound(status)) return jejak::app::kExitUsage;
  if (absl::IsDataLoss(status)) return jejak::app::kExitDataLoss;
  return jejak::app::kExitCannotStart;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "jejakd", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %l %v");

  jejak::app::Config config;
  std::string config_file;
  std::string data, listen, kek, anchor, origin, signing_key;
  CLI::App cli("jejakd: the Jejak server");
  cli.set_version_flag("--version", std::string("jejakd ") + jejak::kVersion);
  cli.add_option("--config", config_file, "TOML file; flags override it");
  cli.add_option("--data", data, "data folder");
  cli.add_option("--listen", listen, "HOST:PORT or unix:PATH (default 127.0.0.1:7461)");
  cli.add_option("--kek", kek, "file of the key-encryption key, mode 0400");
  cli.add_option("--anchor", anchor, "when the head anchor is synced: lazy (default) or strict")
      ->check(CLI::IsMember({"lazy", "strict"}));
  cli.add_option("--origin", origin, "the log's name in checkpoints, e.g. jejak.kpu.go.id/log");
  cli.add_option("--signing-key", signing_key,
                 "file of the key that signs checkpoints, mode 0400 (default DATA/signing_key)");
  cli.add_option("--port-file", config.port_file, "file to write the bound port to");
  cli.add_flag("--dev", config.dev, "for trying out: makes the key file");
  try {
    cli.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return cli.exit(error) == 0 ? jejak::app::kExitOk : jejak::app::kExitUsage;
  }
  if (!config_file.empty()) {
    if (const absl::Status read = jejak::app::ReadConfigFile(config_file, config); !read.ok()) {
      std::fprintf(stderr, "jejakd: %s\n", std::string(read.message()).c_str());
      return jejak::app::kExitUsage;
    }
  }
  if (!data.empty()) config.data = data;
  if (!listen.empty()) config.listen = listen;
  if (!kek.empty()) config.kek = kek;
  if (!anchor.empty()) config.anchor_strict = anchor == "strict";
  if (!origin.empty()) config.origin = origin;
  if (!signing_key.empty()) config.signing_key = signing_key;

  // Every thread that is started below inherits the mask; only sigwait takes these.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  std::atomic<bool> failed{false};
  auto app = jejak::app::App::Start(config, [&failed](const absl::Status&) {
    failed = true;
    kill(getpid(), SIGTERM);
  });
  if (!app.ok()) {
    std::fprintf(stderr, "jejakd: %s\n", std::string(app.status().message()).c_str());
    return ExitCodeFor(app.status());
  }
  spdlog::warn("actors are named by the header x-jejak-actor and NOT authenticated{}",
               config.dev ? " (--dev)" : " (local listener)");
  if (!jejak::app::IsLocal(config.listen)) {
    spdlog::warn("--dev: listening on {} WITHOUT any authentication", config.listen);
  }
  spdlog::info("serving on {}", (*app)->address());
  if (!config.port_file.empty() && !WritePortFile(config.port_file, (*app)->address())) {
    std::fprintf(stderr, "jejakd: cannot write %s\n", config.port_file.c_str());
    return jejak::app::kExitCannotStart;
  }

  int signal = 0;
  sigwait(&signals, &signal);
  if (failed) {
    // The disk cannot be trusted: nothing is written or answered any more, recovery is at start.
    std::_Exit(jejak::app::kExitDiskFailed);
  }
  spdlog::info("stopping");
  const bool read_only = (*app)->read_only();
  app->reset();
  if (failed) return jejak::app::kExitDiskFailed;
  spdlog::info("stopped");
  return read_only ? jejak::app::kExitReadOnly : jejak::app::kExitOk;
}
