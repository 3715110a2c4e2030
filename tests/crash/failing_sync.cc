// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into jejakd: from the moment that the file named by JEJAK_FAIL_SYNC exists, each sync
// of a file fails with EIO, as on a disk that loses a write.

#include <cerrno>
#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>

namespace {

int Sync(const char* function, int file) {
  static const char* const marker = std::getenv("JEJAK_FAIL_SYNC");
  if (marker != nullptr && ::access(marker, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  return reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, function))(file);
}

}  // namespace

extern "C" int fsync(int file) { return Sync("fsync", file); }
extern "C" int fdatasync(int file) { return Sync("fdatasync", file); }
