// SPDX-License-Identifier: Apache-2.0
//
// Any text is a filter or refused, and the normalized form of a filter is its own.

#include "server/base/limits.h"
#include "server/query/filter.h"
#include "tests/fuzz/fuzz.h"

#include "jejak/v1/agen.pb.h"
#include "jejak/v1/lokus.pb.h"

namespace {

template <typename Resource>
void Check(absl::string_view text) {
  using jejak::query::Filter;
  const auto order = jejak::query::Order::Parse(text, Resource::descriptor());
  if (order.ok()) JEJAK_CHECK(!order->Before(Resource(), Resource()));
  const auto filter = Filter::Parse(text, Resource::descriptor());
  if (!filter.ok()) {
    JEJAK_CHECK(absl::IsInvalidArgument(filter.status()));
    return;
  }
  Resource resource;
  resource.mutable_create_time();
  const bool matches = filter->Matches(resource);
  if (filter->normalized().size() > jejak::limits::kFilterBytesMax) return;
  const auto again = Filter::Parse(filter->normalized(), Resource::descriptor());
  JEJAK_CHECK(again.ok());
  JEJAK_CHECK(again->normalized() == filter->normalized());
  JEJAK_CHECK(again->Matches(resource) == matches);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const absl::string_view text = jejak::fuzz::AsText(data, size);
  Check<jejak::v1::Lokus>(text);
  Check<jejak::v1::Agen>(text);
  return 0;
}
