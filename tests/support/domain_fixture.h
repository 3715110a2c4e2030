// SPDX-License-Identifier: Apache-2.0
//
// File: domain_fixture.h
//
// The world that tests of deciders start from: the offices KPU RI, Lampung, Tanggamus and
// Pesawaran, the program dp3-2021 with the preset DP3-2021, and the excerpt of the region catalog.
// Each function puts one thing into a Scenario; all of them leave its actor as it was.

#ifndef JEJAK_TESTS_SUPPORT_DOMAIN_FIXTURE_H_
#define JEJAK_TESTS_SUPPORT_DOMAIN_FIXTURE_H_

#include "server/base/check.h"
#include "server/domain/lokus/lokus.h"
#include "server/domain/lokus/meeting.h"
#include "server/domain/office/office.h"
#include "server/domain/office/region_catalog.h"
#include "server/domain/office/region_table.h"
#include "server/domain/program/program.h"
#include "server/domain/record/document.h"
#include "tests/support/scenario.h"

#include "google/protobuf/util/json_util.h"

#include "absl/strings/str_cat.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

namespace jejak::domain {

inline constexpr char kRi[] = "offices/ri";
inline constexpr char kLampung[] = "offices/18";
inline constexpr char kTanggamus[] = "offices/18.06";
inline constexpr char kPesawaran[] = "offices/18.09";
inline constexpr char kProgram[] = "programs/dp3-2021";
inline constexpr char kGunungKasih[] = "18.06.11.2016";
inline constexpr char kLokus[] = "programs/dp3-2021/lokus/18.06.11.2016";
inline constexpr char kPlenary[] = "programs/dp3-2021/meetings/pleno";
inline constexpr char kMinutes[] = "offices/18/documents/ba-pleno";
inline constexpr char kDecree[] = "offices/18/documents/sk-lokus";

// A file of the source tree; stops the test program if there is none.
inline std::string ReadSourceFile(absl::string_view path) {
  const char* const root = std::getenv("JEJAK_SOURCE");
  std::ifstream file(absl::StrCat(root == nullptr ? "." : root, "/", path), std::ios::binary);
  JEJAK_CHECK(file.is_open());
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The excerpt of Lampung.
inline std::shared_ptr<const RegionTable> ExcerptOfRegions() {
  const auto read = [](absl::string_view name) {
    return ReadSourceFile(absl::StrCat("tests/support/data/regions/", name, ".csv"));
  };
  const std::string texts[] = {read("provinces"), read("regencies"), read("districts"),
                               read("villages")};
  auto table = RegionTable::Parse("4.0.1", {texts[0], texts[1], texts[2], texts[3]});
  JEJAK_CHECK(table.ok());
  return *std::move(table);
}

// A preset of deploy/policy, e.g. "dp3-2021".
inline v1::Policy PolicyPreset(absl::string_view name) {
  v1::Policy policy;
  const std::string json = ReadSourceFile(absl::StrCat("deploy/policy/", name, ".json"));
  JEJAK_CHECK(google::protobuf::util::JsonStringToMessage(json, &policy).ok());
  return policy;
}

inline void GivenOffice(Scenario& s, const std::string& name, v1::OfficeLevel level,
                        const std::string& region_code, const std::string& parent) {
  event::v1::OfficeEvent event;
  auto& registered = *event.mutable_office_registered();
  registered.set_level(level);
  registered.set_title(absl::StrCat("KPU ", name));
  registered.set_region_code(region_code);
  registered.set_parent(parent);
  registered.set_time_zone("Asia/Jakarta");
  registered.set_valid_from("2003-01-01");
  s.Given<OfficeDecider>(name, event);
}

inline void GivenOffices(Scenario& s) {
  GivenOffice(s, kRi, v1::OFFICE_LEVEL_NATIONAL, "", "");
  GivenOffice(s, kLampung, v1::OFFICE_LEVEL_PROVINCE, "18", kRi);
  GivenOffice(s, kTanggamus, v1::OFFICE_LEVEL_REGENCY, "18.06", kLampung);
  GivenOffice(s, kPesawaran, v1::OFFICE_LEVEL_REGENCY, "18.09", kLampung);
}

// Publishes the policy as the next version.
inline void GivenPolicy(Scenario& s, v1::Policy policy) {
  policy.set_version(s.Find<v1::Program>(kProgram)->policy().version() + 1);
  event::v1::ProgramEvent event;
  *event.mutable_program_policy_published()->mutable_policy() = policy;
  s.Given<ProgramDecider>(kProgram, event);
}

// The program, open and led by KPU RI, with the preset DP3-2021 as policy 1.
inline void GivenProgram(Scenario& s) {
  s.Given<ProgramDecider>(kProgram, Parse<event::v1::ProgramEvent>(R"pb(
                            program_opened {
                              kind: "DP3"
                              title: "Desa Peduli Pemilu dan Pemilihan"
                              year: 2021
                              lead_office: "offices/ri"
                            })pb"));
  GivenPolicy(s, PolicyPreset("dp3-2021"));
}

inline void GivenDeviation(Scenario& s, const std::string& text) {
  event::v1::ProgramEvent event;
  *event.mutable_policy_deviation_granted()->mutable_deviation() = Parse<v1::PolicyDeviation>(text);
  s.Given<ProgramDecider>(kProgram, event);
}

// A document of the type, in force, without a version.
inline void GivenDocument(Scenario& s, const std::string& name,
                          v1::DocumentType type = v1::DOCUMENT_TYPE_DECREE) {
  event::v1::DocumentEvent event;
  auto& registered = *event.mutable_document_registered();
  registered.set_type(type);
  registered.set_number(absl::StrCat("1/", name));
  registered.set_title("Dokumen");
  registered.set_issued_on("2021-05-21");
  s.Given<DocumentDecider>(name, event);
}

// The first version of a document, signed by the chair.
inline void GivenSignedVersion(Scenario& s, const std::string& name) {
  const auto given = [&](const std::string& text) {
    s.Given<DocumentDecider>(name, Parse<event::v1::DocumentEvent>(text));
  };
  given(R"pb(document_version_added {
               version: 1
               sha256: "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
               size: 3
               media_type: "application/pdf"
             })pb");
  given(R"pb(document_signed {
               version: 1
               signature {
                 signer { kind: PARTY_KIND_OFFICE office: "offices/18" capacity: CAPACITY_CHAIR }
                 method: SIGNATURE_METHOD_WET
                 signed_on: "2021-05-21"
               }
             })pb");
}

// A decree whose one version is signed by the chair.
inline void GivenSignedDecree(Scenario& s, const std::string& name = kDecree) {
  GivenDocument(s, name);
  GivenSignedVersion(s, name);
}

// A plenary meeting of KPU Lampung about three villages, that was held, has a decision and signed
// minutes.
inline void GivenPlenary(Scenario& s, const std::string& name = kPlenary) {
  const auto given = [&](const std::string& text) {
    s.Given<MeetingDecider>(name, Parse<event::v1::MeetingEvent>(text));
  };
  given(R"pb(meeting_scheduled {
               kind: MEETING_KIND_PLENARY
               subject: "Penetapan lokus"
               planned_from: "2021-05-20"
               planned_to: "2021-05-20"
               lokus: "programs/dp3-2021/lokus/18.06.11.2016"
               lokus: "programs/dp3-2021/lokus/18.06.21.2005"
               lokus: "programs/dp3-2021/lokus/18.06.19.2006"
               convened_by: "offices/18"
             })pb");
  given(R"pb(meeting_held {
               held_from: "2021-05-20"
               held_to: "2021-05-20"
               mode: MEETING_MODE_ONSITE
             })pb");
  given(R"pb(decision_taken { decision { number: "1" text: "Lokus ditetapkan" } })pb");
  if (s.Find<v1::Document>(kMinutes) == nullptr) {
    GivenDocument(s, kMinutes, v1::DOCUMENT_TYPE_OFFICIAL_MINUTES);
    GivenSignedVersion(s, kMinutes);
  }
  given(absl::StrCat("minutes_attached { document: '", kMinutes, "' }"));
}

// Offices, regions, the program, a plenary meeting and a signed decree.
inline void GivenWorld(Scenario& s) {
  s.regions = ExcerptOfRegions();
  GivenOffices(s);
  GivenProgram(s);
  GivenPlenary(s);
  GivenSignedDecree(s);
}

// An event of a lokus, as text.
inline void GivenLokusEvent(Scenario& s, const std::string& name, const std::string& text) {
  s.Given<LokusDecider>(name, Parse<event::v1::LokusEvent>(text));
}

// A lokus of KPU Tanggamus, mapped, proposed by officers/proposer, approved and designated by KPU
// Lampung.
inline void GivenDesignatedLokus(Scenario& s, const std::string& name = kLokus) {
  const Actor actor = s.actor;
  s.actor = {"officers/proposer", kTanggamus, v1::ROLE_OPERATOR};
  auto mapped = Parse<event::v1::LokusEvent>(R"pb(village_mapped {
                                                    region_title: "Gunung Kasih"
                                                    district_title: "Pugung"
                                                    indicators {
                                                      kind: INDICATOR_KIND_TURNOUT
                                                      numerator: 555
                                                      denominator: 1000
                                                      basis: VOTER_LIST_BASIS_DPT
                                                      election: "pemilihan-2020"
                                                      source: "D.Hasil"
                                                    }
                                                  })pb");
  mapped.mutable_village_mapped()->set_region_code(std::string(LastSegment(name)));
  s.Given<LokusDecider>(name, mapped);
  GivenLokusEvent(
      s, name,
      R"pb(lokus_proposed {
             categories: LOKUS_CATEGORY_LOW_TURNOUT
             justification: "Partisipasi rendah"
             evidence { category: LOKUS_CATEGORY_LOW_TURNOUT indicator: INDICATOR_KIND_TURNOUT }
           })pb");
  s.actor = {"officers/approver", kLampung, v1::ROLE_CHAIR};
  std::uint32_t slot = 1;
  while (s.ClaimHolder(absl::StrCat("lokus-slot/dp3-2021/18.06/", slot)).has_value()) ++slot;
  GivenLokusEvent(
      s, name,
      absl::StrCat("lokus_approved { plenary_meeting: '", kPlenary, "' slot: ", slot, " }"));
  GivenLokusEvent(s, name, R"pb(lokus_designated {
                                  decree: "offices/18/documents/sk-lokus"
                                  decree_number: "1/offices/18/documents/sk-lokus"
                                  categories: LOKUS_CATEGORY_LOW_TURNOUT
                                  effective_on: "2021-05-21"
                                  agen_quota { min: 20 target: 25 max: 25 }
                                })pb");
  s.actor = actor;
}

// The village accepts by its head.
inline void GivenVillageAccepted(Scenario& s, const std::string& name = kLokus) {
  GivenLokusEvent(
      s, name,
      R"pb(village_accepted {
             accepted_by { kind: PARTY_KIND_VILLAGE_GOVERNMENT capacity: CAPACITY_VILLAGE_HEAD }
           })pb");
}

}  // namespace jejak::domain

#endif  // JEJAK_TESTS_SUPPORT_DOMAIN_FIXTURE_H_
