// SPDX-License-Identifier: Apache-2.0

#include "server/log/open_log.h"

#include "server/base/status_macros.h"
#include "server/log/anchor.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include <optional>
#include <utility>

namespace jejak::log {

absl::StatusOr<std::unique_ptr<EventLog>> OpenLog(const std::string& path,
                                                  EventLog::Options options,
                                                  const RocksDbLogDevice::Options& device_options) {
  std::optional<AnchorValue> anchor;
  if (!options.anchor_path.empty()) {
    JEJAK_ASSIGN_OR_RETURN(anchor, Anchor::Read(options.anchor_path));
  }
  {
    const absl::StatusOr<std::unique_ptr<RocksDbLogDevice>> reader =
        RocksDbLogDevice::OpenReadOnly(path);
    if (reader.ok()) {
      JEJAK_RETURN_IF_ERROR(EventLog::Verify(**reader, options));
      options.count_on_open = false;
    } else if (!absl::IsNotFound(reader.status())) {
      return reader.status();
    } else if (anchor.has_value()) {
      return absl::DataLossError(absl::StrCat(
          "there is no log in ", path, ", but its anchor ", options.anchor_path, " says ",
          anchor->size, " events. Restore a backup of the log together with its anchor; see ",
          "server/doc/formats.md."));
    }
  }
  JEJAK_ASSIGN_OR_RETURN(std::unique_ptr<RocksDbLogDevice> device,
                         RocksDbLogDevice::Open(path, device_options));
  return EventLog::Open(std::move(device), std::move(options));
}

}  // namespace jejak::log
