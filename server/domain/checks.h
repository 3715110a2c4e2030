// SPDX-License-Identifier: Apache-2.0
//
// File: checks.h
//
// Checks that the deciders of several aggregates share. Each returns OK, or what was looked up, or
// the refusal that is named. Pointers are valid until the decision is made.

#ifndef JEJAK_SERVER_DOMAIN_CHECKS_H_
#define JEJAK_SERVER_DOMAIN_CHECKS_H_

#include "server/domain/office/region_table.h"
#include "server/domain/world.h"

#include "google/protobuf/message.h"
#include "jejak/v1/common.pb.h"
#include "jejak/v1/document.pb.h"
#include "jejak/v1/office.pb.h"
#include "jejak/v1/program.pb.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include <string>

namespace jejak::domain {

// The office that the actor acts for. OFFICE_UNKNOWN, OFFICE_CLOSED.
absl::StatusOr<const v1::Office*> ActingOffice(const Context& context);

// An office by name. OFFICE_UNKNOWN.
absl::StatusOr<const v1::Office*> KnownOffice(const World& world, absl::string_view office);

// The program of a name below it, e.g. of a lokus; it is open and has a policy.
// RESOURCE_NOT_FOUND, PROGRAM_NOT_OPEN, POLICY_MISSING.
absl::StatusOr<const v1::Program*> ProgramOf(const World& world, absl::string_view name);

// Both of the above: the acting office and the program are fit for commands below the program.
absl::StatusOr<const v1::Program*> ActingInProgram(const Context& context, absl::string_view name);

// As ActingInProgram, and the village of the lokus lies under the acting office (R5).
// RESOURCE_NOT_FOUND if there is no such lokus, REGION_OUTSIDE_OFFICE.
absl::StatusOr<const v1::Program*> ActingInLokus(const Context& context, absl::string_view lokus);

// R5: the acting office is `office` or one above it. OFFICE_UNKNOWN and OFFICE_CLOSED (the acting
// office), OFFICE_NOT_ABOVE.
absl::Status CheckActsFor(const Context& context, absl::string_view office);

// R42: the acting office is the national one, or there is no office yet. OFFICE_UNKNOWN,
// OFFICE_CLOSED, NATIONAL_OFFICE_NEEDED.
absl::Status CheckActsForNation(const Context& context);

// R5: the region is that of the office or lies below it; all lie under the national office.
// REGION_OUTSIDE_OFFICE.
absl::Status CheckRegionUnderOffice(absl::string_view code, const v1::Office& office);

// True if `above` is `office` itself or one of the offices above it.
bool IsOfficeOrAbove(const World& world, absl::string_view above, absl::string_view office);

// True if there is an office. The first is the national one, and all others stand below it.
bool HasOffices(const World& world);

// The region of a code in the active catalog (R1). REGION_UNKNOWN.
absl::StatusOr<const RegionRow*> KnownRegion(const World& world, absl::string_view code);

// OK if there is a lokus of this name. LOKUS_UNKNOWN.
absl::Status CheckLokusExists(const World& world, absl::string_view lokus);

// OK if the name is empty or there is a meeting that goes by it. MEETING_UNKNOWN.
absl::Status CheckMeetingExists(const World& world, absl::string_view meeting);

// OK if the name is empty or there is a document that goes by it. DOCUMENT_UNKNOWN.
absl::Status CheckDocumentExists(const World& world, absl::string_view document);

// True if the document's latest version is signed.
bool IsSigned(const v1::Document& document);

// The decree of this name that something about the lokus is decided by: registered, of type DECREE,
// not superseded, its latest version signed, and about the lokus where it lists lokus (R7).
// DECREE_MISSING, DECREE_NOT_SIGNED, DECREE_NOT_OF_LOKUS.
absl::StatusOr<const v1::Document*> SignedDecree(const World& world, absl::string_view document,
                                                 absl::string_view lokus);

// As SignedDecree, and the decree is one of the office. DECREE_NOT_OF_OFFICE (R7).
absl::StatusOr<const v1::Document*> SignedDecreeOf(const World& world, absl::string_view document,
                                                   absl::string_view lokus,
                                                   absl::string_view office);

// OK unless the date of a fact, `field`, lies in the future (dates.h). DATE_IN_FUTURE.
absl::Status CheckHappened(const Context& context, absl::string_view field, absl::string_view date);

// The party without the names of persons: who they are is not known to a decider, nor to be stored
// twice.
v1::Party WithoutPersons(const v1::Party& party);

// R22: a party of a village government is its head, or acts for its head. PROXY_MISSING,
// PROXY_PRINCIPAL.
absl::Status CheckProxy(const v1::Party& party);

// R23: there is an agen of each name. AGEN_UNKNOWN.
absl::Status CheckAgenExist(const World& world,
                            const google::protobuf::RepeatedPtrField<std::string>& names);

// R21: of the persons of a party (Party.person, ProxyFor.person) nothing but the name is given,
// anywhere in a request as it came in. For no other data of a third party is there a lawful basis
// on record. PARTY_PERSON_DATA, with the path of the field.
absl::Status CheckPartyPersons(const google::protobuf::Message& request);

}  // namespace jejak::domain

#endif  // JEJAK_SERVER_DOMAIN_CHECKS_H_
