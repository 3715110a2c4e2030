// SPDX-License-Identifier: Apache-2.0
//
// File: view_folder.h
//
// The views of a log, of which one is current. While it answers, another can be built beside it and
// then take its place at once (blue/green): a reader that began with the old one ends with it.
//
//   view/generation   the number of the current one, as text
//   view/7/           its rows (view_store.h)
//   view/8/           one that is being built; removed by the next Open if it never took the place
//
// Nothing in the folder is needed: whatever cannot be read is removed and made anew.

#ifndef JEJAK_SERVER_VIEW_VIEW_FOLDER_H_
#define JEJAK_SERVER_VIEW_VIEW_FOLDER_H_

#include "server/base/mutex.h"
#include "server/view/view_store.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <cstdint>
#include <memory>
#include <string>

namespace jejak::view {

// Thread-safe; Begin and Replace are called by one thread at a time.
class ViewFolder {
 public:
  // Opens the current view, or makes one. The errors of ViewStore::Open; UNAVAILABLE if the disk
  // fails.
  static absl::StatusOr<std::unique_ptr<ViewFolder>> Open(const std::string& path,
                                                          absl::string_view log_id,
                                                          std::uint64_t log_size);

  // The view to read from. Keep it for the whole of a read: then the read sees one view only.
  std::shared_ptr<ViewStore> Current() const;

  // An empty view beside the current one. Its files go when the last owner lets it go, unless it
  // was made the current one.
  absl::StatusOr<std::shared_ptr<ViewStore>> Begin();

  // Makes a view from Begin the current one, also after a restart. The files of the one before go
  // when its last reader lets it go.
  absl::Status Replace(std::shared_ptr<ViewStore> view);

 private:
  ViewFolder(std::string path, std::string log_id) : path_(std::move(path)), log_id_(log_id) {}
  std::string PathOf(std::uint64_t generation) const;
  absl::Status WriteGeneration(std::uint64_t generation) const;

  const std::string path_;
  const std::string log_id_;
  // The newest that was made.
  std::uint64_t generation_ = 1;
  mutable Mutex mutex_;
  std::shared_ptr<ViewStore> current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace jejak::view

#endif  // JEJAK_SERVER_VIEW_VIEW_FOLDER_H_
