// SPDX-License-Identifier: Apache-2.0
//
// File: temp_folder.h
//
// A folder that goes away with its owner, and whole files as strings.

#ifndef JEJAK_TESTS_SUPPORT_TEMP_FOLDER_H_
#define JEJAK_TESTS_SUPPORT_TEMP_FOLDER_H_

#include "server/base/check.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace jejak::test {

class TempFolder {
 public:
  // Makes it below `parent`, or below TMPDIR or /tmp.
  explicit TempFolder(const std::string& parent = std::filesystem::temp_directory_path().string())
      : path_(parent + "/jejak_XXXXXX") {
    JEJAK_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

inline void WriteFile(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  JEJAK_CHECK(file.good());
}

// A folder of the repository, e.g. SourcePath("deploy/story").
inline std::string SourcePath(const std::string& path) {
  const char* root = std::getenv("JEJAK_SOURCE");
  return std::string(root == nullptr ? "." : root) + "/" + path;
}

// A program that was built, e.g. ProgramPath("jejakd").
inline std::string ProgramPath(const std::string& name) {
  const char* folder = std::getenv("JEJAK_BIN");
  return std::string(folder == nullptr ? "build/dev/bin" : folder) + "/" + name;
}

}  // namespace jejak::test

#endif  // JEJAK_TESTS_SUPPORT_TEMP_FOLDER_H_
