// SPDX-License-Identifier: Apache-2.0
//
// File: bytes.h
//
// Big-endian integers into and out of byte strings; what every stored format is made of.

#ifndef JEJAK_SERVER_BASE_BYTES_H_
#define JEJAK_SERVER_BASE_BYTES_H_

#include "absl/strings/string_view.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace jejak {

// Appends the bytes of `value`, most significant first.
template <typename T>
void AppendBigEndian(T value, std::string& out) {
  static_assert(std::is_unsigned_v<T>);
  for (std::size_t i = sizeof(T); i-- > 0;) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i))));
  }
}

template <typename T>
std::string ToBigEndian(T value) {
  std::string bytes;
  AppendBigEndian(value, bytes);
  return bytes;
}

// Takes values from the front of a byte string. Each Read returns false, and changes nothing, if
// too few bytes are left.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : rest_(bytes) {}

  template <typename T>
  bool Read(T& value) {
    static_assert(std::is_unsigned_v<T>);
    absl::string_view bytes;
    if (!ReadBytes(sizeof(T), bytes)) return false;
    std::uint64_t result = 0;
    for (char c : bytes) result = result << 8 | static_cast<std::uint8_t>(c);
    value = static_cast<T>(result);
    return true;
  }

  bool ReadBytes(std::size_t size, absl::string_view& bytes) {
    if (rest_.size() < size) return false;
    bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  absl::string_view rest() const { return rest_; }

 private:
  absl::string_view rest_;
};

// Nothing unless `bytes` has exactly the size of a T.
template <typename T>
std::optional<T> FromBigEndian(absl::string_view bytes) {
  ByteReader reader(bytes);
  T value = 0;
  if (!reader.Read(value) || !reader.rest().empty()) return std::nullopt;
  return value;
}

}  // namespace jejak

#endif  // JEJAK_SERVER_BASE_BYTES_H_
