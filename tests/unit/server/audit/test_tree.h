// SPDX-License-Identifier: Apache-2.0
//
// File: test_tree.h
//
// A tree whose leaves are all in memory: what a server would store, as simply as possible.

#ifndef JEJAK_TESTS_UNIT_SERVER_AUDIT_TEST_TREE_H_
#define JEJAK_TESTS_UNIT_SERVER_AUDIT_TEST_TREE_H_

#include "server/base/hash.h"
#include "server/log/entry.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

#include <cstdint>
#include <string>
#include <vector>

namespace jejak::audit {

// The leaves are LeafHash("leaf 0"), LeafHash("leaf 1"), ...
class TestTree {
 public:
  explicit TestTree(std::uint64_t size) : levels_(1) {
    for (std::uint64_t i = 0; i < size; ++i) {
      levels_[0].push_back(log::LeafHash(absl::StrCat("leaf ", i)));
    }
    while (levels_.back().size() > 1) {
      const std::vector<Hash>& below = levels_.back();
      std::vector<Hash> level;
      for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
        level.push_back(log::NodeHash(below[i], below[i + 1]));
      }
      levels_.push_back(std::move(level));
    }
  }

  const std::vector<Hash>& leaves() const { return levels_[0]; }

  // Stops the test if the node is not that of a full subtree.
  Hash Node(int level, std::uint64_t index) const {
    return levels_.at(static_cast<std::size_t>(level)).at(index);
  }

  // For the functions in proof.h.
  auto nodes() const {
    return [this](int level, std::uint64_t index) -> absl::StatusOr<Hash> {
      return Node(level, index);
    };
  }

 private:
  std::vector<std::vector<Hash>> levels_;
};

}  // namespace jejak::audit

#endif  // JEJAK_TESTS_UNIT_SERVER_AUDIT_TEST_TREE_H_
