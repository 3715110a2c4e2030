// SPDX-License-Identifier: Apache-2.0
//
// Runs a fuzz target without libFuzzer: over each file of a corpus, and over some thousand
// mutations of them from a fixed seed, so that every run is the same.

#include "tests/fuzz/fuzz.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

constexpr int kMutations = 4000;

void RunOne(const std::string& bytes) {
  // A copy of exactly its size, so that a sanitizer sees a read past the end.
  const std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

  std::string Next() {
    std::string bytes = Any();
    for (std::size_t i = 1 + Below(4); i > 0; --i) Change(bytes);
    return bytes;
  }

 private:
  std::size_t Below(std::size_t end) { return random_() % end; }
  const std::string& Any() { return corpus_[Below(corpus_.size())]; }
  void Change(std::string& bytes) {
    const std::size_t at = Below(bytes.size() + 1);
    const std::size_t length = Below(8);
    switch (Below(6)) {
      case 0:
        bytes.resize(at);
        return;
      case 1:
        bytes.insert(at, 1 + length, static_cast<char>(Below(256)));
        return;
      case 2:
        bytes.erase(at, 1 + length);
        return;
      case 3:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << Below(8)));
        return;
      case 4:
        if (at < bytes.size()) bytes[at] = static_cast<char>(Below(256));
        return;
      default: {
        const std::string& other = Any();
        bytes.insert(at, other.substr(Below(other.size() + 1), 1 + Below(32)));
        return;
      }
    }
  }

  const std::vector<std::string>& corpus_;
  std::mt19937_64 random_{20211122};
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
    return 2;
  }
  std::vector<std::filesystem::path> paths;
  for (const auto& file : std::filesystem::directory_iterator(argv[1])) paths.push_back(file);
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> corpus = {""};
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (corpus.size() < 2) {
    std::fprintf(stderr, "%s has no files\n", argv[1]);
    return 2;
  }
  for (const std::string& bytes : corpus) RunOne(bytes);
  Mutator mutator(corpus);
  for (int i = 0; i < kMutations; ++i) RunOne(mutator.Next());
  std::printf("%zu files, %d mutations\n", corpus.size() - 1, kMutations);
  return 0;
}
