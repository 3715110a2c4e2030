// SPDX-License-Identifier: Apache-2.0
//
// Every aggregate, one line each. Append only: the ordinal is the table id of the view. Any other
// change of the order needs a new view format.

#include "server/base/check.h"
#include "server/domain/aggregate.h"
#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/lokus.h"
#include "server/domain/lokus/meeting.h"
#include "server/domain/office/office.h"
#include "server/domain/office/region_catalog.h"
#include "server/domain/program/program.h"
#include "server/domain/record/document.h"
#include "server/domain/record/handover.h"

namespace jejak::domain {

const std::vector<const Aggregate*>& AllAggregates() {
  static const AggregateOf<RegionCatalogDecider> region_catalog;
  static const AggregateOf<OfficeDecider> office;
  static const AggregateOf<ProgramDecider> program;
  static const AggregateOf<LokusDecider> lokus;
  static const AggregateOf<AgenDecider> agen;
  static const AggregateOf<MeetingDecider> meeting;
  static const AggregateOf<DocumentDecider> document;
  static const AggregateOf<HandoverDecider> handover;
  static const std::vector<const Aggregate*> all = {
      &region_catalog, &office, &program, &lokus, &agen, &meeting, &document, &handover};
  return all;
}

const Aggregate* FindAggregate(absl::string_view stream) {
  for (const Aggregate* aggregate : AllAggregates()) {
    if (NameMatches(stream, aggregate->pattern())) return aggregate;
  }
  return nullptr;
}

const Aggregate& AggregateFor(const google::protobuf::Descriptor* state) {
  for (const Aggregate* aggregate : AllAggregates()) {
    if (aggregate->NewState()->GetDescriptor() == state) return *aggregate;
  }
  JEJAK_CHECK(false);
}

}  // namespace jejak::domain
