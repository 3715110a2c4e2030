// SPDX-License-Identifier: Apache-2.0

#include "tests/benchmark/scripted_program.h"

#include "server/base/hash.h"
#include "server/base/status_macros.h"
#include "server/domain/dates.h"
#include "server/domain/lokus/agen.h"
#include "server/domain/lokus/appointment.h"
#include "server/domain/lokus/lokus.h"
#include "server/domain/lokus/meeting.h"
#include "server/domain/messages.h"
#include "server/domain/office/office.h"
#include "server/domain/office/region_catalog.h"
#include "server/domain/program/program.h"
#include "server/domain/record/document.h"
#include "server/domain/record/handover.h"

#include "google/protobuf/util/json_util.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/civil_time.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

namespace jejak::benchmark {
namespace {

// All persons and places are invented.
constexpr std::array<absl::string_view, 24> kFirstNames = {
    "Adi",  "Ayu",   "Bagus", "Citra", "Dewi", "Dimas", "Eka",  "Fajar",
    "Gita", "Hana",  "Indra", "Joko",  "Kiki", "Laras", "Made", "Nanda",
    "Okta", "Putri", "Rina",  "Sari",  "Tono", "Umar",  "Wati", "Yudi"};
constexpr std::array<absl::string_view, 24> kLastNames = {
    "Adinata", "Baskoro",  "Cahyani",  "Darmawan", "Fitriani", "Gunadi",   "Hartono",   "Iskandar",
    "Kusumo",  "Lestari",  "Mahendra", "Nugraha",  "Permata",  "Prasetya", "Purnama",   "Rahayu",
    "Saputra", "Setiawan", "Susanti",  "Utami",    "Wibowo",   "Wijaya",   "Wulandari", "Yulianti"};
constexpr std::array<absl::string_view, 16> kPlaceBegins = {
    "Suka",   "Tanjung", "Gunung", "Way",  "Kota",  "Banjar", "Pasir",  "Sumber",
    "Karang", "Muara",   "Batu",   "Rawa", "Bukit", "Teluk",  "Padang", "Marga"};
constexpr std::array<absl::string_view, 16> kPlaceEnds = {
    "maju", "sari", "jaya",  "agung", "mulya",  "harjo", "indah", "rejo",
    "baru", "raya", "kasih", "alip",  "makmur", "asri",  "luhur", "karya"};
constexpr std::array<absl::string_view, 5> kLateRemarks = {
    "Dientri terlambat: jaringan terputus", "Dientri terlambat: berkas menyusul dari desa",
    "Dientri terlambat: pergantian operator", "Dientri terlambat: menunggu tanda tangan",
    "Dientri terlambat setelah rekonsiliasi arsip"};
constexpr std::array<absl::string_view, 4> kCorrectionReasons = {
    "Salah ketik saat entri", "Angka tertukar dengan desa lain",
    "Disesuaikan dengan berita acara asli", "Temuan pemeriksaan internal"};
constexpr std::array<absl::string_view, 4> kResignations = {
    "Pindah domisili", "Bekerja di luar daerah", "Alasan kesehatan", "Alasan keluarga"};
constexpr std::array<absl::string_view, 12> kRoman = {"I",   "II",   "III", "IV", "V",  "VI",
                                                      "VII", "VIII", "IX",  "X",  "XI", "XII"};
constexpr char kNational[] = "offices/ri";
constexpr char kKemendagri[] = "regionCatalogs/kemendagri";
// The year in which some villages get other codes.
constexpr int kYearsToNewCodes = 2;

// Jakarta's clock.
absl::TimeZone Zone() { return absl::FixedTimeZone(7 * 60 * 60); }
absl::CivilDay DayOf(absl::Time time) { return absl::ToCivilDay(time, Zone()); }
std::string DateOf(absl::Time time) { return domain::FormatDate(DayOf(time)); }
absl::Time StartOf(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), Zone());
}

int AgeOn(absl::CivilDay birth, absl::CivilDay day) {
  const bool had_birthday =
      std::pair(day.month(), day.day()) >= std::pair(birth.month(), birth.day());
  return static_cast<int>(day.year() - birth.year()) - (had_birthday ? 0 : 1);
}

std::uint64_t SeedOf(std::uint64_t seed, absl::string_view what) {
  const std::string hash(AsBytes(Sha256({absl::StrCat(seed, "\n", what)})));
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    result = (result << 8) | static_cast<std::uint8_t>(hash[i]);
  }
  return result;
}

struct Person {
  std::string name;
  std::string national_id;
  absl::CivilDay birth;
  bool female = false;
  std::string phone;
};

struct Village {
  std::string code;
  std::string title;
  std::string district;
};

struct Province {
  std::string code;
  std::string office;
  std::string title;
};

struct Regency {
  std::string code;
  std::string office;
  std::string title;
  const Province* province = nullptr;
  std::vector<Village> villages;
  // Who was an agen in an earlier year, and who is one in this.
  std::vector<Person> former;
  std::vector<Person> agen;
  int persons = 0;
};

struct Candidate {
  std::string name;
  Person person;
  bool eligible = true;
  int rank = 0;
};

// What a lokus knows of itself while its story goes on.
struct Lokus {
  std::string name;
  std::string id;
  Regency* regency = nullptr;
  Village village;
  int year = 0;
  std::string program;
  // The office that decided on it.
  std::string decider;
  std::string rakor;
  int appointed = 0;
  std::vector<Candidate> candidates;
  std::size_t open_candidates = 0;
  absl::Time last_candidate;
  std::vector<std::string> active;
  std::vector<std::string> reserve;
};

Officer OfficerOf(absl::string_view office, absl::string_view role, v1::Role as, int number = 0) {
  const absl::string_view id = domain::LastSegment(office);
  return Officer{number == 0 ? absl::StrCat("officers/", role, "-", id)
                             : absl::StrCat("officers/", role, "-", id, "-", number),
                 std::string(office), as};
}
Officer Operator(absl::string_view office, int number) {
  return OfficerOf(office, "operator", v1::ROLE_OPERATOR, number);
}
Officer Secretary(absl::string_view office) {
  return OfficerOf(office, "sekretaris", v1::ROLE_SECRETARY);
}
Officer Commissioner(absl::string_view office, int number) {
  return OfficerOf(office, "anggota", v1::ROLE_COMMISSIONER, number);
}
Officer Chair(absl::string_view office) { return OfficerOf(office, "ketua", v1::ROLE_CHAIR); }

// Puts steps at the end of a chain. Its time is that of the facts; they are entered a while later.
class Script {
 public:
  Script(Random random, absl::Time from)
      : chain_(std::make_unique<Chain>()), random_(random), time_(from) {}

  absl::Time time() const { return time_; }
  std::string today() const { return DateOf(time_); }
  std::string In(int days) const { return domain::FormatDate(DayOf(time_) + days); }
  Random& random() { return random_; }

  // Goes to a working hour, so many days later.
  Script& Days(int days) {
    absl::CivilDay day = DayOf(time_) + days;
    while (absl::GetWeekday(day) == absl::Weekday::saturday ||
           absl::GetWeekday(day) == absl::Weekday::sunday) {
      ++day;
    }
    const absl::Time hour = absl::FromCivil(day, Zone()) +
                            absl::Minutes(8 * 60 + random_.Below(8 * 60)) +
                            absl::Milliseconds(random_.Below(60'000));
    time_ = std::max(time_ + absl::Minutes(1), hour);
    return *this;
  }
  Script& Minutes(int most) {
    time_ += absl::Seconds(random_.Between(20, 60 * most));
    return *this;
  }
  // From now on facts are entered so much later.
  Script& Late(absl::Duration late) {
    late_ = late;
    return *this;
  }
  // For what nothing waits for: mostly entered soon, sometimes months later.
  Script& SometimesLate() {
    const int draw = random_.Below(100);
    if (draw < 8) return Late(absl::Hours(24 * random_.Between(3, 30)));
    if (draw < 13) return Late(absl::Hours(24 * random_.Between(31, 90)));
    if (draw < 15) return Late(absl::Hours(24 * random_.Between(91, 300)));
    return *this;
  }

  template <typename D, typename Request>
  Step& Do(const Officer& officer, Request request) {
    Step& step = chain_->steps.emplace_back();
    step.officer = officer;
    step.spec = service::SpecFor<D>(request);
    const bool at_once = random_.Percent(90);
    step.at =
        time_ + late_ +
        (at_once ? absl::Minutes(random_.Between(1, 30)) : absl::Hours(random_.Between(1, 20)));
    v1::WriteOptions& write = *request.mutable_write();
    domain::SetMicros(absl::ToUnixMicros(time_), *write.mutable_occurred_time()->mutable_time());
    write.mutable_occurred_time()->set_utc_offset_minutes(420);
    if (late_ >= absl::Hours(72)) write.set_remark(std::string(random_.Of(kLateRemarks)));
    step.request = std::make_unique<Request>(std::move(request));
    Minutes(10);
    return step;
  }

  void Finally(std::function<void()> finally) { chain_->finally = std::move(finally); }
  std::unique_ptr<Chain> Take() { return std::move(chain_); }

 private:
  std::unique_ptr<Chain> chain_;
  Random random_;
  absl::Time time_;
  absl::Duration late_;
};

v1::Party OfficeParty(absl::string_view office, v1::Capacity capacity, absl::string_view person) {
  v1::Party party;
  party.set_kind(v1::PARTY_KIND_OFFICE);
  party.set_office(std::string(office));
  party.set_capacity(capacity);
  if (!person.empty()) party.mutable_person()->set_name(std::string(person));
  return party;
}

v1::Party VillageParty(const Village& village, bool by_head, absl::string_view head,
                       absl::string_view secretary) {
  v1::Party party;
  party.set_kind(v1::PARTY_KIND_VILLAGE_GOVERNMENT);
  party.set_organization(absl::StrCat("Pemerintah Desa ", village.title));
  party.set_region_code(village.code);
  if (by_head) {
    party.set_capacity(v1::CAPACITY_VILLAGE_HEAD);
    party.mutable_person()->set_name(std::string(head));
    return party;
  }
  party.set_capacity(v1::CAPACITY_VILLAGE_SECRETARY);
  party.mutable_person()->set_name(std::string(secretary));
  v1::ProxyFor& proxy = *party.mutable_proxy_for();
  proxy.set_capacity(v1::CAPACITY_VILLAGE_HEAD);
  proxy.set_basis("Surat tugas kepala desa");
  proxy.mutable_person()->set_name(std::string(head));
  return party;
}

}  // namespace

struct ScriptedProgram::Impl {
  Impl(const GeneratorOptions& given, content::ContentStore* store, Start begin)
      : options(given), content(store), start(std::move(begin)) {}

  // --- Names and numbers.

  Random RandomFor(absl::string_view what) const { return Random(SeedOf(options.seed, what)); }

  std::string NameOf(absl::string_view who) const {
    Random random = RandomFor(who);
    const absl::string_view first = random.Of(kFirstNames);
    return absl::StrCat(first, " ", random.Of(kLastNames));
  }

  std::string NumberOf(absl::string_view office, absl::string_view kind, absl::CivilDay day) {
    const int running = ++numbers[absl::StrCat(office, "/", day.year())];
    const absl::string_view roman = kRoman[static_cast<std::size_t>(day.month() - 1)];
    if (office == kNational) {
      return absl::StrCat(running, "/PP.06-", kind, "/06/KPU/", roman, "/", day.year());
    }
    const std::string code(domain::LastSegment(office));
    return absl::StrCat(running, "/PP.06-", kind, "/", absl::StrReplaceAll(code, {{".", ""}}), "/",
                        code.size() == 2 ? "KPU-Prov" : "KPU-Kab", "/", roman, "/", day.year());
  }

  Person NewPerson(Regency& regency, int year, Random& random, int age) {
    Person person;
    person.female = random.Percent(50);
    const absl::string_view first = random.Of(kFirstNames);
    person.name = absl::StrCat(first, " ", random.Of(kLastNames));
    // So that the age on 10 June is the one wanted.
    person.birth = absl::CivilDay(year - age, 6, 10) - random.Between(5, 350);
    const int serial = ++regency.persons;
    person.national_id = absl::StrCat(
        absl::StrReplaceAll(regency.code, {{".", ""}}),
        absl::StrFormat("%02d%02d%02d%02d%04d", 1 + serial / 10'000 % 99,
                        person.birth.day() + (person.female ? 40 : 0), person.birth.month(),
                        static_cast<int>(person.birth.year() % 100), serial % 10'000));
    person.phone =
        absl::StrFormat("+62000%s%06d", absl::StrReplaceAll(regency.code, {{".", ""}}), serial);
    return person;
  }

  static std::string ProgramOf(int year) { return absl::StrCat("programs/dp3-", year); }

  // --- Setting up.

  absl::StatusOr<std::string> Store(absl::string_view bytes) {
    JEJAK_ASSIGN_OR_RETURN(const std::unique_ptr<content::ContentWriter> writer,
                           content->NewWriter());
    JEJAK_RETURN_IF_ERROR(writer->Add(bytes));
    JEJAK_ASSIGN_OR_RETURN(const content::ContentInfo info, writer->Finish(""));
    return info.sha256;
  }

  void MakeRegions() {
    const int provinces = std::clamp((options.regencies + 13) / 14, 1, 38);
    for (int p = 0; p < provinces; ++p) {
      Province& province = province_list.emplace_back();
      province.code = absl::StrFormat("%02d", 11 + p);
      province.office = absl::StrCat("offices/", province.code);
      province.title = PlaceName(province.code);
    }
    const int villages = 3 * options.lokus_per_regency + 6;
    for (int r = 0; r < options.regencies; ++r) {
      Regency& regency = regency_list.emplace_back();
      regency.province = &province_list[static_cast<std::size_t>(r % provinces)];
      regency.code = absl::StrFormat("%s.%02d", regency.province->code, 1 + r / provinces);
      regency.office = absl::StrCat("offices/", regency.code);
      regency.title = PlaceName(regency.code);
      for (int v = 0; v < villages; ++v) {
        Village& village = regency.villages.emplace_back();
        village.district = absl::StrFormat("%s.%02d", regency.code, 1 + v % 4);
        // Every ninth is a kelurahan.
        village.code =
            absl::StrFormat("%s.%d%03d", village.district, v % 9 == 8 ? 1 : 2, 1 + v / 4);
        village.title = PlaceName(village.code);
      }
    }
  }
  std::string PlaceName(absl::string_view code) const {
    Random random = RandomFor(absl::StrCat("place ", code));
    const absl::string_view begin = random.Of(kPlaceBegins);
    return absl::StrCat(begin, " ", random.Of(kPlaceEnds));
  }

  // The catalog as it is now.
  absl::StatusOr<v1::RegionCatalogVersion> StoreCatalog(const std::string& version) {
    std::map<std::string, std::string> rows[4];
    for (const Province& province : province_list) rows[0][province.code] = province.title;
    for (const Regency& regency : regency_list) {
      rows[1][regency.code] = absl::StrCat(regency.province->code, ",Kabupaten ", regency.title);
      for (const Village& village : regency.villages) {
        rows[2][village.district] = absl::StrCat(regency.code, ",", PlaceName(village.district));
        rows[3][village.code] = absl::StrCat(village.district, ",", village.title);
      }
    }
    constexpr const char* kHeadings[] = {"code,name\n", "code,province_code,name\n",
                                         "code,regency_code,name\n", "code,district_code,name\n"};
    v1::RegionCatalogVersion result;
    result.set_version(version);
    result.set_source_decree("Synthetic");
    result.set_license("Apache-2.0");
    for (int level = 0; level < 4; ++level) {
      std::string file = kHeadings[level];
      for (const auto& [code, rest] : rows[level]) absl::StrAppend(&file, code, ",", rest, "\n");
      v1::RegionFile& made = *result.add_files();
      made.set_level(static_cast<v1::RegionLevel>(level + 1));
      JEJAK_ASSIGN_OR_RETURN(*made.mutable_sha256(), Store(file));
    }
    return result;
  }

  absl::Status MakeContents() {
    const int lokus = options.regencies * options.lokus_per_regency * options.years;
    for (int i = 0; i < std::clamp(lokus / 2, 8, 256); ++i) {
      JEJAK_ASSIGN_OR_RETURN(std::string sha256,
                             Store(absl::StrCat("Dokumen contoh ", options.seed, "/", i, "\n")));
      contents.push_back(std::move(sha256));
    }
    return absl::OkStatus();
  }

  absl::Status ReadPolicy() {
    std::ifstream file(JEJAK_POLICY_PRESET, std::ios::binary);
    const std::string json{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (const auto parsed = google::protobuf::util::JsonStringToMessage(json, &preset);
        !parsed.ok()) {
      return absl::NotFoundError(
          absl::StrCat("no policy in " JEJAK_POLICY_PRESET ": ", parsed.ToString()));
    }
    return absl::OkStatus();
  }

  absl::Status Begin() {
    JEJAK_RETURN_IF_ERROR(ReadPolicy());
    MakeRegions();
    JEJAK_RETURN_IF_ERROR(MakeContents());
    JEJAK_ASSIGN_OR_RETURN(const v1::RegionCatalogVersion first, StoreCatalog("1.0"));
    Script script(RandomFor("begin"), From() + absl::Hours(9));
    script.Do<domain::OfficeDecider>(
        Admin(), MakeOffice(kNational, v1::OFFICE_LEVEL_NATIONAL, "KPU RI", "", ""));
    AddCatalog(first, script);
    // The offices below, all beside each other, then the years.
    script.Finally([this, at = script.time()] {
      for (const Province& province : province_list) {
        Script below(RandomFor(province.office), at);
        below.Do<domain::OfficeDecider>(
            Admin(),
            MakeOffice(province.office, v1::OFFICE_LEVEL_PROVINCE,
                       absl::StrCat("KPU Provinsi ", province.title), province.code, kNational));
        for (const Regency& regency : regency_list) {
          if (regency.province != &province) continue;
          below.Do<domain::OfficeDecider>(
              Admin(), MakeOffice(regency.office, v1::OFFICE_LEVEL_REGENCY,
                                  absl::StrCat("KPU Kabupaten ", regency.title), regency.code,
                                  province.office));
        }
        start(below.Take());
      }
      StartYear(options.first_year);
    });
    start(script.Take());
    return absl::OkStatus();
  }

  static Officer Admin() { return OfficerOf(kNational, "admin", v1::ROLE_ADMIN); }

  static v1::RegisterOfficeRequest MakeOffice(absl::string_view name, v1::OfficeLevel level,
                                              const std::string& title, const std::string& code,
                                              const std::string& parent) {
    v1::RegisterOfficeRequest request;
    request.set_office_id(std::string(domain::LastSegment(name)));
    request.set_level(level);
    request.set_title(title);
    request.set_region_code(code);
    request.set_parent(parent);
    request.set_time_zone("Asia/Jakarta");
    request.set_valid_from("2008-01-01");
    return request;
  }

  void AddCatalog(const v1::RegionCatalogVersion& version, Script& script) {
    v1::ImportRegionCatalogRequest import;
    import.set_name(kKemendagri);
    *import.mutable_version() = version;
    script.Do<domain::RegionCatalogDecider>(Admin(), std::move(import));
    v1::ActivateRegionCatalogRequest activate;
    activate.set_name(kKemendagri);
    activate.set_version(version.version());
    activate.set_effective_on(script.today());
    script.Do<domain::RegionCatalogDecider>(Admin(), std::move(activate));
  }

  absl::Time From() const { return StartOf(options.first_year, 1, 2); }
  absl::Time To() const { return StartOf(options.first_year + options.years, 1, 1); }

  // --- A year.

  void StartYear(int year) {
    const std::string program = ProgramOf(year);
    Script script(RandomFor(program), StartOf(year, 1, 5) + absl::Hours(10));
    const Officer officer = Operator(kNational, 1);
    if (year == options.first_year + kYearsToNewCodes) AddNewCodes(script);
    v1::OpenProgramRequest open;
    open.set_program_id(std::string(domain::LastSegment(program)));
    open.set_kind("DP3");
    open.set_title(absl::StrCat("Desa Peduli Pemilu dan Pemilihan ", year));
    open.set_year(static_cast<std::uint32_t>(year));
    open.set_phase_goal("Pengetahuan tentang pemilu dan demokrasi");
    open.set_lead_office(kNational);
    script.Do<domain::ProgramDecider>(officer, std::move(open));
    const std::string guideline =
        AddDocument(script, officer, kNational, absl::StrCat("juknis-", year),
                    v1::DOCUMENT_TYPE_DECREE, "Petunjuk teknis pelaksanaan program", {}, {}, true);
    guidelines[year] = guideline;
    script.Days(1);
    v1::PublishPolicyRequest publish;
    publish.set_name(program);
    *publish.mutable_policy() = PolicyFor(year);
    script.Do<domain::ProgramDecider>(officer, std::move(publish));
    script.Finally([this, year, at = script.time()] {
      for (Regency& regency : regency_list) {
        std::move(regency.agen.begin(), regency.agen.end(), std::back_inserter(regency.former));
        regency.agen.clear();
        StartOfficeChanges(regency, year);
        StartWave(regency, year, at);
      }
      // Only now: it may change the codes of villages.
      if (year + 1 < options.first_year + options.years) StartYear(year + 1);
    });
    start(script.Take());
    StartEndOfYear(year);
  }

  v1::Policy PolicyFor(int year) const {
    v1::Policy policy = preset;
    policy.set_title(absl::StrCat("DP3-", year));
    const auto agen = static_cast<std::uint32_t>(options.agen_per_lokus);
    policy.mutable_agen_quota()->set_min(std::max(1u, agen * 4 / 5));
    policy.mutable_agen_quota()->set_target(agen);
    policy.mutable_agen_quota()->set_max(agen);
    policy.mutable_age()->set_reference_date(absl::StrCat(year, "-06-10"));
    policy.set_lokus_per_office(static_cast<std::uint32_t>(options.lokus_per_regency));
    return policy;
  }

  // The policy is revised in summer, and the program closed at the end of the next year.
  void StartEndOfYear(int year) {
    const Officer officer = Operator(kNational, 1);
    Script revise(RandomFor(absl::StrCat("revise ", year)), StartOf(year, 8, 20));
    v1::PublishPolicyRequest publish;
    publish.set_name(ProgramOf(year));
    *publish.mutable_policy() = PolicyFor(year);
    publish.mutable_policy()->set_title(absl::StrCat("DP3-", year, " (revisi)"));
    publish.mutable_policy()->set_receipt_days(10);
    revise.Days(1).Do<domain::ProgramDecider>(officer, std::move(publish));
    start(revise.Take());
    Script close(RandomFor(absl::StrCat("close ", year)), StartOf(year + 1, 12, 20));
    v1::CloseProgramRequest request;
    request.set_name(ProgramOf(year));
    request.set_summary("Gelombang selesai.");
    close.Days(1).Do<domain::ProgramDecider>(officer, std::move(request));
    start(close.Take());
  }

  // A second version of the catalog, in which some villages have moved to another district.
  void AddNewCodes(Script& script) {
    std::vector<std::pair<std::string, std::string>> moves;
    const std::size_t every = std::max<std::size_t>(1, regency_list.size() / 50);
    for (std::size_t i = 0; i < regency_list.size(); i += every) {
      Village& village = regency_list[i].villages.front();
      const std::string old = village.code;
      village.district = regency_list[i].villages[1].district;
      village.code = absl::StrCat(village.district, ".2900");
      moves.emplace_back(old, village.code);
    }
    absl::StatusOr<v1::RegionCatalogVersion> version = StoreCatalog("2.0");
    if (!version.ok()) return;
    AddCatalog(*version, script);
    for (const auto& [old_code, new_code] : moves) {
      v1::MapRegionSuccessionRequest request;
      request.set_name(kKemendagri);
      request.mutable_succession()->set_old_code(old_code);
      request.mutable_succession()->add_new_codes(new_code);
      request.mutable_succession()->set_kind(v1::REGION_SUCCESSION_KIND_MOVED);
      request.mutable_succession()->set_decree("Pemekaran kecamatan");
      request.mutable_succession()->set_effective_on(script.today());
      script.Do<domain::RegionCatalogDecider>(Admin(), std::move(request));
    }
  }

  // Some offices get another name, and some a district office for the election.
  void StartOfficeChanges(const Regency& regency, int year) {
    Random random = RandomFor(absl::StrCat("changes ", regency.code, " ", year));
    if (random.Percent(5)) {
      Script script(random, StartOf(year, random.Between(2, 11), random.Between(1, 28)));
      v1::RenameOfficeRequest request;
      request.set_name(regency.office);
      request.set_title(absl::StrCat("KPU Kabupaten ", regency.title, " ", year));
      request.set_effective_on(script.Days(1).today());
      request.set_reason("Perubahan nama daerah");
      script.SometimesLate().Do<domain::OfficeDecider>(Secretary(regency.province->office),
                                                       std::move(request));
      start(script.Take());
    }
    if (random.Percent(10)) {
      const std::string name = absl::StrCat("offices/ppk-", regency.code, "-", year);
      Script script(random, StartOf(year, 3, random.Between(1, 28)));
      script.Days(1).Do<domain::OfficeDecider>(
          Secretary(regency.office),
          MakeOffice(name, v1::OFFICE_LEVEL_PPK,
                     absl::StrCat("PPK ", PlaceName(regency.villages.back().district)),
                     regency.villages.back().district, regency.office));
      v1::CloseOfficeRequest close;
      close.set_name(name);
      close.set_valid_to(script.Days(200).today());
      close.set_successor(regency.office);
      close.set_reason("Masa tugas berakhir");
      script.Do<domain::OfficeDecider>(Secretary(regency.office), std::move(close));
      start(script.Take());
    }
  }

  // --- Documents.

  // Registers a document with its first version, signed or not; returns its name.
  std::string AddDocument(Script& script, const Officer& officer, const std::string& office,
                          const std::string& id, v1::DocumentType type, const std::string& title,
                          const std::vector<std::string>& lokus,
                          const std::vector<std::string>& subjects, bool is_signed) {
    v1::RegisterDocumentRequest request;
    request.set_parent(office);
    request.set_document_id(id);
    request.set_type(type);
    const bool decree = type == v1::DOCUMENT_TYPE_DECREE;
    if (decree || type == v1::DOCUMENT_TYPE_LETTER) {
      request.set_number(NumberOf(office, decree ? "Kpt" : "SD", DayOf(script.time())));
    }
    request.set_title(title);
    request.set_issued_on(script.today());
    request.set_classification("PP.06");
    const bool personal = type == v1::DOCUMENT_TYPE_AGEN_LIST;
    request.set_contains_personal_data(personal);
    request.set_disclosure(personal ? v1::DISCLOSURE_CLASS_PERSONAL
                           : decree ? v1::DISCLOSURE_CLASS_PUBLIC
                                    : v1::DISCLOSURE_CLASS_INTERNAL);
    for (const std::string& name : lokus) request.add_lokus(name);
    for (const std::string& name : subjects) request.add_subjects(name);
    const std::string name = domain::DocumentDecider::Stream(request);
    Step& step = script.Do<domain::DocumentDecider>(officer, std::move(request));
    if (script.random().Percent(3)) {
      step.then = [this, officer, name, title, at = script.time()](std::uint64_t position) {
        v1::CorrectDocumentRequest correct;
        correct.set_name(name);
        Correct<domain::DocumentDecider>(name, at, officer, position, "title",
                                         absl::StrCat(title, " (perbaikan)"), std::move(correct));
      };
    }
    AddVersion(script, officer, name, "");
    if (is_signed) Sign(script, officer, name, OfficeSigner(office));
    return name;
  }

  void AddVersion(Script& script, const Officer& officer, const std::string& document,
                  const std::string& reason) {
    v1::AddDocumentVersionRequest version;
    version.set_name(document);
    const std::size_t last = last_content[document];
    std::size_t next = script.random().Next() % contents.size();
    if (next + 1 == last) next = (next + 1) % contents.size();
    last_content[document] = next + 1;
    version.set_sha256(contents[next]);
    version.set_media_type("text/plain");
    version.set_reason(reason);
    script.Do<domain::DocumentDecider>(officer, std::move(version));
  }

  v1::Party OfficeSigner(const std::string& office) const {
    return OfficeParty(office, v1::CAPACITY_CHAIR, NameOf(absl::StrCat("chair ", office)));
  }

  void Sign(Script& script, const Officer& officer, const std::string& document,
            const v1::Party& signer) {
    v1::SignDocumentRequest sign;
    sign.set_name(document);
    *sign.mutable_signature()->mutable_signer() = signer;
    sign.mutable_signature()->set_method(v1::SIGNATURE_METHOD_WET);
    sign.mutable_signature()->set_signed_on(script.today());
    script.Do<domain::DocumentDecider>(officer, std::move(sign));
  }

  // --- Corrections. Some weeks or months after the fact, in a chain of their own.

  template <typename D, typename Request>
  void Correct(const std::string& name, absl::Time at, const Officer& officer,
               std::uint64_t position, const std::string& field, const std::string& value,
               Request request) {
    Random random = RandomFor(absl::StrCat("correct ", name, " ", field));
    Script script(random, at);
    script.Days(random.Percent(70) ? random.Between(2, 40) : random.Between(41, 160));
    v1::Correction& correction = *request.mutable_correction();
    correction.set_corrected_position(position);
    correction.set_field(field);
    correction.set_value(value);
    correction.set_reason(std::string(random.Of(kCorrectionReasons)));
    correction.set_approver(Chair(officer.office).name);
    // The approver is never the actor.
    script.Do<D>(officer.name == correction.approver() ? Secretary(officer.office) : officer,
                 std::move(request));
    start(script.Take());
  }

  // --- Meetings.

  struct Attending {
    v1::Party party;
    bool is_signed = true;
  };

  std::vector<v1::Party> MembersOf(const std::string& office, int commissioners) const {
    std::vector<v1::Party> members = {OfficeSigner(office)};
    for (int i = 1; i <= commissioners; ++i) {
      members.push_back(OfficeParty(office, v1::CAPACITY_COMMISSIONER,
                                    NameOf(absl::StrCat("commissioner ", office, i))));
    }
    return members;
  }

  std::string ScheduleMeeting(Script& script, const Officer& officer, const std::string& program,
                              const std::string& id, v1::MeetingKind kind,
                              const std::string& subject, const std::string& place, int days_ahead,
                              const std::vector<std::string>& lokus, const std::string& follows) {
    v1::ScheduleMeetingRequest request;
    request.set_parent(program);
    request.set_meeting_id(id);
    request.set_kind(kind);
    request.set_subject(subject);
    request.set_place(place);
    request.set_planned_from(script.In(days_ahead));
    request.set_planned_to(script.In(days_ahead));
    for (const std::string& name : lokus) request.add_lokus(name);
    *request.add_invitees() = OfficeParty(officer.office, v1::CAPACITY_UNSPECIFIED, "");
    request.set_follows(follows);
    const std::string name = domain::MeetingDecider::Stream(request);
    Step& step = script.Do<domain::MeetingDecider>(officer, std::move(request));
    if (script.random().Percent(5)) {
      step.then = [this, officer, name, subject, at = script.time()](std::uint64_t position) {
        v1::CorrectMeetingRequest correct;
        correct.set_name(name);
        Correct<domain::MeetingDecider>(name, at, officer, position, "subject",
                                        absl::StrCat(subject, " (perbaikan)"), std::move(correct));
      };
    }
    if (script.random().Percent(8)) {
      days_ahead += script.random().Between(1, 6);
      v1::RescheduleMeetingRequest move;
      move.set_name(name);
      move.set_planned_from(script.In(days_ahead));
      move.set_planned_to(script.In(days_ahead));
      move.set_reason("Jadwal bertabrakan dengan kegiatan desa");
      script.Do<domain::MeetingDecider>(officer, std::move(move));
    }
    script.Days(days_ahead);
    return name;
  }

  void HoldMeeting(Script& script, const Officer& officer, const std::string& meeting,
                   const std::vector<v1::Party>& present) {
    v1::HoldMeetingRequest hold;
    hold.set_name(meeting);
    hold.set_held_from(script.today());
    hold.set_held_to(script.today());
    hold.set_mode(script.random().Percent(85) ? v1::MEETING_MODE_ONSITE : v1::MEETING_MODE_HYBRID);
    script.Do<domain::MeetingDecider>(officer, std::move(hold));
    v1::RecordAttendanceRequest attend;
    attend.set_name(meeting);
    for (std::size_t i = 0; i < present.size(); ++i) {
      v1::Attendance& line = *attend.add_attendance();
      line.set_attendance_id(absl::StrFormat("%02d", i + 1));
      *line.mutable_party() = present[i];
      line.set_signed_(true);
    }
    script.Do<domain::MeetingDecider>(officer, std::move(attend));
  }

  Step& Decide(Script& script, const Officer& officer, const std::string& meeting,
               const std::string& number, const std::string& text) {
    v1::TakeDecisionRequest request;
    request.set_name(meeting);
    request.mutable_decision()->set_number(number);
    request.mutable_decision()->set_text(text);
    return script.Do<domain::MeetingDecider>(officer, std::move(request));
  }

  void AttachMinutes(Script& script, const Officer& officer, const std::string& meeting,
                     const std::string& document) {
    v1::AttachMinutesRequest request;
    request.set_name(meeting);
    request.set_document(document);
    script.Do<domain::MeetingDecider>(officer, std::move(request));
  }

  // --- The wave of a regency: from the mapping to the designation.

  void StartWave(Regency& regency, int year, absl::Time program_open) {
    Random random = RandomFor(absl::StrCat("wave ", regency.code, " ", year));
    const std::string program = ProgramOf(year);
    const std::string& province = regency.province->office;
    const bool more = random.Percent(5);
    const bool by_regency = random.Percent(4);
    const bool uncategorized = random.Percent(4);
    const std::string decider = by_regency ? regency.office : province;
    const std::string last_day = absl::StrCat(year, "-12-31");
    Script script(random,
                  std::max(program_open, StartOf(year, 2, 1) + absl::Hours(24 * random.Below(45))));
    script.Days(0);

    if (more) {
      Grant(script, program, absl::StrCat("r6-", regency.code), "R6", regency.office, "",
            options.lokus_per_regency + 1, last_day);
    }
    if (by_regency) {
      Grant(script, program, absl::StrCat("r5-", regency.code), "R5", regency.office, "", 0,
            last_day);
    }
    if (random.Percent(5)) {
      v1::SetTargetRequest target;
      target.set_name(program);
      target.mutable_target()->set_office(regency.office);
      target.mutable_target()->set_lokus(static_cast<std::uint32_t>(options.lokus_per_regency));
      target.mutable_target()->set_agen(
          static_cast<std::uint32_t>(options.lokus_per_regency * options.agen_per_lokus));
      target.mutable_target()->set_reason("Sesuai rencana kerja");
      script.Do<domain::ProgramDecider>(Operator(kNational, 2), std::move(target));
    }

    const int designated = options.lokus_per_regency + (more ? 1 : 0);
    const int rejected = random.Between(1, 2);
    const int mapped = designated + rejected + random.Between(1, options.lokus_per_regency + 1);
    std::vector<Village> villages = regency.villages;
    for (std::size_t i = 0; i + 1 < villages.size(); ++i) {
      std::swap(villages[i], villages[i + random.Next() % (villages.size() - i)]);
    }
    villages.resize(std::min(villages.size(), static_cast<std::size_t>(mapped)));

    std::vector<v1::LokusCategory> categories;
    std::vector<std::string> names;
    script.Days(random.Between(1, 5));
    for (const Village& village : villages) {
      names.push_back(absl::StrCat(program, "/lokus/", village.code));
      categories.push_back(MapVillage(script, regency, program, village, names.back()));
      if (random.Percent(30)) script.Days(1);
    }
    if (uncategorized) {
      Grant(script, program, absl::StrCat("r3-", regency.code), "R3", "", names.front(), 0,
            last_day);
    }
    script.Days(random.Between(2, 8));
    const auto proposed = static_cast<std::size_t>(designated + rejected);
    const Officer proposer = Commissioner(regency.office, 1);
    for (std::size_t i = 0; i < proposed; ++i) {
      const bool bare = uncategorized && i == 0;
      Propose(script, proposer, names[i], categories[i], bare);
      if (random.Percent(8)) {
        v1::ReturnLokusRequest back;
        back.set_name(names[i]);
        back.set_reason(v1::LOKUS_REVIEW_REASON_EVIDENCE);
        back.set_text("Mohon lengkapi bukti.");
        script.Days(2).Do<domain::LokusDecider>(Secretary(province), std::move(back));
        script.Days(3);
        Propose(script, proposer, names[i], categories[i], bare);
      }
    }
    script.Days(random.Between(2, 6));
    for (std::size_t i = 0; i < proposed; ++i) {
      v1::EndorseLokusRequest request;
      request.set_name(names[i]);
      request.set_text("Bukti lengkap.");
      script.Do<domain::LokusDecider>(Secretary(province), std::move(request));
    }
    const std::vector<std::string> all(names.begin(),
                                       names.begin() + static_cast<std::ptrdiff_t>(proposed));
    const std::vector<std::string> chosen(names.begin(), names.begin() + designated);
    const std::string plenary = HoldPlenary(script, regency, program, decider, all, year);
    for (std::size_t i = 0; i < proposed; ++i) {
      if (i < chosen.size()) {
        v1::ApproveLokusRequest request;
        request.set_name(names[i]);
        request.set_plenary_meeting(plenary);
        script.Do<domain::LokusDecider>(Chair(decider), std::move(request));
      } else {
        v1::RejectLokusRequest request;
        request.set_name(names[i]);
        request.set_reason(random.Percent(70) ? v1::LOKUS_REVIEW_REASON_BUDGET
                                              : v1::LOKUS_REVIEW_REASON_EVIDENCE);
        request.set_text("Anggaran hanya untuk lokus dengan prioritas lebih tinggi.");
        script.Do<domain::LokusDecider>(Chair(province), std::move(request));
      }
    }
    script.Days(1);
    const Officer chair = Chair(decider);
    const std::string decree = AddDocument(
        script, chair, decider, absl::StrCat("penetapan-lokus-", regency.code, "-", year),
        v1::DOCUMENT_TYPE_DECREE, absl::StrCat("Penetapan lokus di Kabupaten ", regency.title),
        chosen, {}, false);
    const auto designate = [&](const std::string& name) {
      v1::DesignateLokusRequest request;
      request.set_name(name);
      request.set_decree(decree);
      request.set_effective_on(script.today());
      return request;
    };
    if (random.Percent(5)) {
      script.Do<domain::LokusDecider>(chair, designate(chosen.front())).refusal =
          "DECREE_NOT_SIGNED";
    }
    Sign(script, chair, decree, OfficeSigner(decider));
    for (const std::string& name : chosen) {
      script.Do<domain::LokusDecider>(chair, designate(name));
    }
    const std::string rakor = HoldCoordination(script, regency, program, chosen, year);
    std::vector<std::shared_ptr<Lokus>> lokus;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      auto one = std::make_shared<Lokus>();
      one->name = chosen[i];
      one->id = absl::StrCat(villages[i].code, "-", year);
      one->regency = &regency;
      one->village = villages[i];
      one->year = year;
      one->program = program;
      one->decider = decider;
      one->rakor = rakor;
      lokus.push_back(std::move(one));
    }
    script.Finally([this, lokus = std::move(lokus), at = script.time()] {
      for (const std::shared_ptr<Lokus>& one : lokus) StartRecruiting(one, at);
    });
    start(script.Take());
  }

  void Grant(Script& script, const std::string& program, const std::string& id,
             const std::string& rule, const std::string& office, const std::string& lokus,
             int value, const std::string& expires_on) {
    v1::GrantDeviationRequest request;
    request.set_name(program);
    v1::PolicyDeviation& deviation = *request.mutable_deviation();
    deviation.set_deviation_id(id);
    deviation.set_rule(rule);
    deviation.set_office(office);
    deviation.set_lokus(lokus);
    deviation.set_value(static_cast<std::uint32_t>(value));
    deviation.set_reason("Permohonan daerah disetujui rapat pleno KPU RI");
    deviation.set_approver(Chair(kNational).name);
    deviation.set_expires_on(expires_on);
    script.Do<domain::ProgramDecider>(Operator(kNational, 2), std::move(request));
  }

  v1::LokusCategory MapVillage(Script& script, const Regency& regency, const std::string& program,
                               const Village& village, const std::string& name) {
    Random& random = script.random();
    v1::MapVillageRequest request;
    request.set_parent(program);
    request.set_region_code(village.code);
    v1::Indicator& turnout = *request.add_indicators();
    const int voters = random.Between(600, 6000);
    const int votes = voters * random.Between(35, 90) / 100;
    turnout.set_kind(v1::INDICATOR_KIND_TURNOUT);
    turnout.set_numerator(static_cast<std::uint64_t>(votes));
    turnout.set_denominator(static_cast<std::uint64_t>(voters));
    turnout.set_basis(v1::VOTER_LIST_BASIS_DPT);
    turnout.set_election("pemilu-2019");
    turnout.set_source("Rekapitulasi desa, Pemilu 2019");
    v1::LokusCategory category = v1::LOKUS_CATEGORY_LOW_TURNOUT;
    if (random.Percent(30)) {
      const bool violations = random.Percent(50);
      v1::Indicator& other = *request.add_indicators();
      other.set_kind(violations ? v1::INDICATOR_KIND_VIOLATIONS : v1::INDICATOR_KIND_DISASTERS);
      other.set_numerator(static_cast<std::uint64_t>(random.Between(1, 9)));
      other.set_source("Laporan kecamatan");
      category = violations ? v1::LOKUS_CATEGORY_HIGH_VIOLATION_RISK
                            : v1::LOKUS_CATEGORY_CONFLICT_OR_DISASTER_PRONE;
    }
    const Officer officer = Operator(regency.office, random.Between(1, 3));
    Step& step = script.Do<domain::LokusDecider>(officer, std::move(request));
    if (random.Percent(5)) {
      step.then = [this, officer, name, votes, at = script.time()](std::uint64_t position) {
        v1::CorrectLokusRequest correct;
        correct.set_name(name);
        Correct<domain::LokusDecider>(name, at, officer, position, "indicators[0].numerator",
                                      absl::StrCat(votes + 3), std::move(correct));
      };
    }
    return category;
  }

  void Propose(Script& script, const Officer& officer, const std::string& name,
               v1::LokusCategory category, bool bare) {
    v1::ProposeLokusRequest request;
    request.set_name(name);
    request.set_justification(bare ? "Permintaan pemerintah kabupaten."
                                   : "Prioritas menurut hasil pemetaan.");
    if (!bare) {
      request.add_categories(category);
      v1::Evidence& evidence = *request.add_evidence();
      evidence.set_category(category);
      evidence.set_indicator(category == v1::LOKUS_CATEGORY_LOW_TURNOUT ? v1::INDICATOR_KIND_TURNOUT
                             : category == v1::LOKUS_CATEGORY_HIGH_VIOLATION_RISK
                                 ? v1::INDICATOR_KIND_VIOLATIONS
                                 : v1::INDICATOR_KIND_DISASTERS);
      evidence.set_text("Hasil pemetaan");
    }
    script.Do<domain::LokusDecider>(officer, std::move(request));
  }

  std::string HoldPlenary(Script& script, const Regency& regency, const std::string& program,
                          const std::string& decider, const std::vector<std::string>& lokus,
                          int year) {
    const Officer officer = Secretary(decider);
    script.Days(1);
    const std::string meeting = ScheduleMeeting(
        script, officer, program, absl::StrCat("pleno-", regency.code), v1::MEETING_KIND_PLENARY,
        absl::StrCat("Penetapan lokus Kabupaten ", regency.title), "Kantor KPU",
        script.random().Between(2, 9), lokus, "");
    v1::HoldMeetingRequest hold;
    const bool too_early = script.random().Percent(4);
    HoldMeeting(script, officer, meeting, MembersOf(decider, too_early ? 1 : 4));
    if (too_early) {
      Decide(script, officer, meeting, "1", "Menetapkan lokus.").refusal = "QUORUM_NOT_REACHED";
      v1::RecordAttendanceRequest attend;
      attend.set_name(meeting);
      const std::vector<v1::Party> members = MembersOf(decider, 4);
      for (std::size_t i = 2; i < members.size(); ++i) {
        v1::Attendance& line = *attend.add_attendance();
        line.set_attendance_id(absl::StrFormat("%02d", i + 1));
        *line.mutable_party() = members[i];
        line.set_signed_(true);
      }
      script.Do<domain::MeetingDecider>(officer, std::move(attend));
    }
    Decide(script, officer, meeting, "1", "Menetapkan lokus menurut urutan prioritas.");
    Decide(script, officer, meeting, "2", "Menolak usulan di luar anggaran.");
    AttachMinutes(
        script, officer, meeting,
        AddDocument(script, officer, decider, absl::StrCat("ba-pleno-", regency.code, "-", year),
                    v1::DOCUMENT_TYPE_OFFICIAL_MINUTES, "Berita acara rapat pleno penetapan lokus",
                    lokus, {}, true));
    return meeting;
  }

  std::string HoldCoordination(Script& script, const Regency& regency, const std::string& program,
                               const std::vector<std::string>& lokus, int year) {
    const Officer officer = Secretary(regency.office);
    script.Days(script.random().Between(2, 8));
    const std::string meeting =
        ScheduleMeeting(script, officer, program, absl::StrCat("rakor-", regency.code),
                        v1::MEETING_KIND_COORDINATION, "Rapat koordinasi pembentukan DP3",
                        absl::StrCat("Kantor KPU Kabupaten ", regency.title),
                        script.random().Between(2, 7), lokus, "");
    std::vector<v1::Party> present = MembersOf(regency.office, 4);
    present.push_back(OfficeParty(regency.province->office, v1::CAPACITY_COMMISSIONER,
                                  NameOf(absl::StrCat("commissioner ", regency.province->office))));
    HoldMeeting(script, officer, meeting, present);
    Decide(script, officer, meeting, "1", "Kunjungan ke setiap desa lokus.");
    AttachMinutes(
        script, officer, meeting,
        AddDocument(script, officer, regency.office, absl::StrCat("notulen-rakor-", year),
                    v1::DOCUMENT_TYPE_MINUTES, "Notulen rapat koordinasi", lokus, {}, false));
    for (const std::string& name : lokus) {
      v1::AssignFollowUpRequest request;
      request.set_name(meeting);
      v1::FollowUp& task = *request.mutable_follow_up();
      task.set_follow_up_id(absl::StrCat("kunjungan-", domain::LastSegment(name)));
      task.set_task("Kunjungan ke desa lokus");
      task.set_owner_office(regency.office);
      task.set_due_on(script.In(60));
      script.Do<domain::MeetingDecider>(officer, std::move(request));
    }
    return meeting;
  }

  // --- A lokus: from the letter to the village to the last candidate.

  void StartRecruiting(const std::shared_ptr<Lokus>& lokus, absl::Time at) {
    Random random = RandomFor(absl::StrCat("lokus ", lokus->name));
    Regency& regency = *lokus->regency;
    Script script(random, at);
    script.Days(random.Between(1, 6));
    const Officer secretary = Secretary(regency.office);
    const std::string letter = AddDocument(
        script, secretary, regency.office, absl::StrCat("surat-", lokus->id),
        v1::DOCUMENT_TYPE_LETTER, absl::StrCat("Pemberitahuan kepada Desa ", lokus->village.title),
        {lokus->name}, {}, false);
    v1::NotifyVillageRequest notify;
    notify.set_name(lokus->name);
    notify.set_letter(letter);
    script.Do<domain::LokusDecider>(secretary, std::move(notify));

    // Sometimes one or two more than the policy allows.
    lokus->appointed = options.agen_per_lokus;
    const int extra = std::max(3, options.agen_per_lokus / 3);
    if (random.Percent(4)) {
      lokus->appointed += 1;
      Grant(script, lokus->program, absl::StrCat("r16-", domain::LastSegment(lokus->name)), "R16",
            "", lokus->name, lokus->appointed, absl::StrCat(lokus->year, "-12-31"));
    }
    const int ineligible = std::max(1, extra / 3);
    const int candidates = lokus->appointed + extra;
    // A whole lokus that was on paper for a while.
    const absl::Duration late =
        random.Percent(6) ? absl::Hours(24 * random.Between(10, 70)) : absl::ZeroDuration();
    for (int i = 1; i <= candidates; ++i) {
      Candidate& candidate = lokus->candidates.emplace_back();
      candidate.name = absl::StrFormat("%s/agen/%02d", lokus->name, i);
      candidate.eligible = i <= candidates - ineligible;
      const bool known = candidate.eligible && random.Percent(10) && !regency.former.empty() &&
                         FitsAge(regency.former.back(), lokus->year);
      if (known) {
        candidate.person = regency.former.back();
        regency.former.pop_back();
      } else {
        const bool too_old = !candidate.eligible && random.Percent(40);
        const int age = too_old             ? random.Between(51, 60)
                        : random.Percent(5) ? 17
                                            : random.Between(18, 49);
        candidate.person = NewPerson(regency, lokus->year, random, age);
      }
      candidate.rank = i;
    }
    lokus->open_candidates = lokus->candidates.size();
    script.Finally([this, lokus, late, at = script.time()] {
      for (std::size_t i = 0; i < lokus->candidates.size(); ++i) {
        StartCandidate(lokus, i, at, late);
      }
    });
    start(script.Take());
  }

  static bool FitsAge(const Person& person, int year) {
    const int age = AgeOn(person.birth, absl::CivilDay(year, 6, 10));
    return age >= 17 && age <= 50;
  }

  void StartCandidate(const std::shared_ptr<Lokus>& lokus, std::size_t index, absl::Time at,
                      absl::Duration late) {
    const Candidate& candidate = lokus->candidates[index];
    const Regency& regency = *lokus->regency;
    Script script(RandomFor(candidate.name), at);
    script.Late(late).Days(script.random().Between(1, 12));
    Register(script, *lokus, candidate);
    script.Days(script.random().Between(1, 5));
    Verify(script, *lokus, candidate);
    script.Days(script.random().Between(1, 3));
    const Officer commissioner = Commissioner(regency.office, script.random().Between(1, 2));
    if (!candidate.eligible) {
      if (script.random().Percent(10)) {
        v1::FindEligibleRequest wrong;
        wrong.set_name(candidate.name);
        script.Do<domain::AgenDecider>(commissioner, std::move(wrong)).refusal =
            "REQUIREMENT_NOT_MET";
      }
      v1::FindIneligibleRequest request;
      request.set_name(candidate.name);
      request.set_reason("Tidak memenuhi syarat");
      script.Do<domain::AgenDecider>(commissioner, std::move(request));
    } else {
      v1::FindEligibleRequest request;
      request.set_name(candidate.name);
      script.Do<domain::AgenDecider>(commissioner, std::move(request));
      script.Days(script.random().Between(0, 3));
      if (candidate.rank <= lokus->appointed) {
        v1::SelectCandidateRequest select;
        select.set_name(candidate.name);
        select.set_rank(static_cast<std::uint32_t>(candidate.rank));
        script.Do<domain::AgenDecider>(commissioner, std::move(select));
      } else {
        v1::ReserveCandidateRequest reserve;
        reserve.set_name(candidate.name);
        reserve.set_rank(static_cast<std::uint32_t>(candidate.rank - lokus->appointed));
        script.Do<domain::AgenDecider>(commissioner, std::move(reserve));
      }
    }
    script.Finally([this, lokus, end = script.time() + late] {
      lokus->last_candidate = std::max(lokus->last_candidate, end);
      if (--lokus->open_candidates == 0) StartAppointment(lokus);
    });
    start(script.Take());
  }

  void Register(Script& script, const Lokus& lokus, const Candidate& candidate) {
    Random& random = script.random();
    const Person& given = candidate.person;
    v1::RegisterCandidateRequest request;
    request.set_parent(lokus.name);
    request.set_agen_id(std::string(domain::LastSegment(candidate.name)));
    v1::Person& person = *request.mutable_person();
    person.set_name(given.name);
    person.set_national_id(given.national_id);
    person.set_birth_date(domain::FormatDate(given.birth));
    person.set_sex(given.female ? v1::SEX_FEMALE : v1::SEX_MALE);
    person.set_address(absl::StrFormat("RT %02d RW %02d, Desa %s", random.Between(1, 12),
                                       random.Between(1, 6), lokus.village.title));
    person.set_phone(given.phone);
    const auto consent = [&](v1::ConsentPurpose purpose) -> v1::Consent& {
      v1::Consent& added = *request.add_consents();
      added.set_purpose(purpose);
      added.set_basis(v1::LAWFUL_BASIS_CONSENT);
      added.set_text_version(absl::StrCat("dp3-", lokus.year, "-1"));
      added.set_method("Formulir bertanda tangan");
      added.set_given_on(script.today());
      return added;
    };
    consent(v1::CONSENT_PURPOSE_PARTICIPATION);
    if (AgeOn(given.birth, DayOf(script.time())) < 18) {
      consent(v1::CONSENT_PURPOSE_PARTICIPATION).set_guardian(true);
    }
    constexpr std::array<v1::VoterBase, 5> kBases = {
        v1::VOTER_BASE_WOMEN, v1::VOTER_BASE_FIRST_TIME_VOTER, v1::VOTER_BASE_YOUNG_VOTER,
        v1::VOTER_BASE_COMMUNITY_LEADER, v1::VOTER_BASE_RELIGIOUS};
    request.add_bases(random.Of(kBases));
    if (random.Percent(6)) {
      request.add_bases(v1::VOTER_BASE_DISABILITY);
      consent(v1::CONSENT_PURPOSE_DISABILITY_DATA).set_accessible_format("Dibacakan");
    }
    request.add_community_roles(static_cast<v1::CommunityRole>(random.Between(1, 6)));
    constexpr std::array<absl::string_view, 4> kChannels = {
        "Diusulkan PKK desa", "Diusulkan Karang Taruna", "Mendaftar sendiri",
        "Diusulkan kepala dusun"};
    request.set_channel(std::string(random.Of(kChannels)));
    const Officer officer = Operator(lokus.regency->office, random.Between(1, 3));
    Step& step = script.Do<domain::AgenDecider>(officer, std::move(request));
    if (random.Percent(2)) {
      step.then = [this, officer, name = candidate.name,
                   at = script.time()](std::uint64_t position) {
        v1::CorrectAgenRequest correct;
        correct.set_name(name);
        Correct<domain::AgenDecider>(name, at, officer, position, "channel",
                                     "Diusulkan musyawarah desa", std::move(correct));
      };
    }
    if (random.Percent(4)) {
      v1::RecordConsentRequest more;
      more.set_name(candidate.name);
      v1::Consent& added = *more.mutable_consent();
      added.set_purpose(v1::CONSENT_PURPOSE_PARTICIPATION);
      added.set_basis(v1::LAWFUL_BASIS_PUBLIC_SERVICE);
      added.set_text_version(absl::StrCat("dp3-", lokus.year, "-2"));
      added.set_method("Pernyataan tambahan");
      added.set_given_on(script.today());
      script.Do<domain::AgenDecider>(officer, std::move(more));
    }
  }

  void Verify(Script& script, const Lokus& lokus, const Candidate& candidate) {
    Random& random = script.random();
    const Officer officer = Operator(lokus.regency->office, random.Between(1, 3));
    const bool age_fits = FitsAge(candidate.person, lokus.year);
    // Whoever is not eligible fails at the age, or else at one of the others.
    const int fails = candidate.eligible || !age_fits ? 0 : random.Between(1, 2);
    const auto verify = [&](v1::Requirement requirement, v1::CheckSource source, bool met) {
      v1::VerifyRequirementRequest request;
      request.set_name(candidate.name);
      v1::RequirementCheck& check = *request.mutable_check();
      check.set_requirement(requirement);
      check.set_result(met ? v1::CHECK_RESULT_MET : v1::CHECK_RESULT_NOT_MET);
      check.set_source(source);
      check.set_checked_on(script.today());
      script.Do<domain::AgenDecider>(officer, std::move(request));
    };
    verify(v1::REQUIREMENT_AGE, v1::CHECK_SOURCE_BIRTH_DATE_ON_RECORD, age_fits);
    verify(v1::REQUIREMENT_DOMICILE, v1::CHECK_SOURCE_IDENTITY_CARD, fails != 1);
    verify(v1::REQUIREMENT_NOT_PARTY_MEMBER,
           random.Percent(60) ? v1::CHECK_SOURCE_SIPOL : v1::CHECK_SOURCE_STATEMENT, fails != 2);
    verify(v1::REQUIREMENT_LITERATE, v1::CHECK_SOURCE_STATEMENT, true);
  }

  // --- From the visit to the handover.

  void StartAppointment(const std::shared_ptr<Lokus>& lokus) {
    Regency& regency = *lokus->regency;
    Script script(RandomFor(absl::StrCat("appointment ", lokus->name)), lokus->last_candidate);
    Random& random = script.random();
    const Officer secretary = Secretary(regency.office);
    const Officer chair = Chair(regency.office);
    const std::string& office = regency.office;
    for (const Candidate& candidate : lokus->candidates) {
      if (!candidate.eligible) continue;
      (candidate.rank <= lokus->appointed ? lokus->active : lokus->reserve)
          .push_back(candidate.name);
      if (candidate.rank <= lokus->appointed) regency.agen.push_back(candidate.person);
    }
    if (random.Percent(4)) {
      v1::AppointAgenRequest early;
      early.set_parent(lokus->name);
      early.add_agen(lokus->active.front());
      early.set_decree(guidelines[lokus->year]);
      early.set_appointed_from(script.Days(1).today());
      script.Do<domain::AppointmentDecider>(chair, std::move(early)).refusal =
          "VILLAGE_NOT_ACCEPTED";
    }
    script.Days(random.Between(1, 10));
    std::string visit = Visit(script, *lokus, "kunjungan", lokus->rakor);
    if (random.Percent(4)) {
      v1::DeclineLokusRequest decline;
      decline.set_name(lokus->name);
      *decline.mutable_declined_by() = Receiver(*lokus, random);
      decline.set_meeting(visit);
      decline.set_reason("Bertepatan dengan pemilihan kepala desa");
      script.Do<domain::LokusDecider>(secretary, std::move(decline));
      if (random.Percent(50)) {
        Withdraw(script, *lokus);
        start(script.Take());
        return;
      }
      script.Days(random.Between(5, 20));
      visit = Visit(script, *lokus, "kunjungan-kedua", lokus->rakor);
    }
    v1::AcceptLokusRequest accept;
    accept.set_name(lokus->name);
    *accept.mutable_accepted_by() = Receiver(*lokus, random);
    accept.set_meeting(visit);
    script.Do<domain::LokusDecider>(secretary, std::move(accept));
    v1::CompleteFollowUpRequest done;
    done.set_name(lokus->rakor);
    done.set_follow_up_id(absl::StrCat("kunjungan-", lokus->village.code));
    done.set_done_on(script.today());
    done.set_done_by(visit);
    script.Do<domain::MeetingDecider>(secretary, std::move(done));

    script.Days(random.Between(0, 5));
    const std::string decree = AddDocument(
        script, chair, office, absl::StrCat("pengangkatan-", lokus->id), v1::DOCUMENT_TYPE_DECREE,
        absl::StrCat("Pengangkatan agen Desa ", lokus->village.title), {lokus->name}, {}, true);
    v1::AppointAgenRequest appoint;
    appoint.set_parent(lokus->name);
    for (const std::string& name : lokus->active) appoint.add_agen(name);
    appoint.set_decree(decree);
    appoint.set_appointed_from(script.today());
    appoint.set_appointed_to(absl::StrCat(lokus->year, "-12-31"));
    script.Do<domain::AppointmentDecider>(chair, std::move(appoint));
    if (random.Percent(5) && !lokus->reserve.empty()) {
      v1::AppointAgenRequest beyond;
      beyond.set_parent(lokus->name);
      beyond.add_agen(lokus->reserve.front());
      beyond.set_decree(decree);
      beyond.set_appointed_from(script.today());
      script.Do<domain::AppointmentDecider>(chair, std::move(beyond)).refusal = "QUOTA_EXCEEDED";
    }
    const std::string list = AddDocument(
        script, secretary, office, absl::StrCat("daftar-agen-", lokus->id),
        v1::DOCUMENT_TYPE_AGEN_LIST, absl::StrCat("Daftar agen Desa ", lokus->village.title),
        {lokus->name}, lokus->active, true);
    script.Days(random.Between(0, 6));
    Inaugurate(script, *lokus, lokus->active);
    AddHandover(script, lokus, list);
    script.Finally([this, lokus, list, at = script.time()] {
      StartService(lokus, list, at);
      StartActivities(lokus, at);
    });
    start(script.Take());
  }

  v1::Party Receiver(const Lokus& lokus, Random& random) const {
    return VillageParty(lokus.village, random.Percent(60),
                        NameOf(absl::StrCat("head ", lokus.village.code)),
                        NameOf(absl::StrCat("secretary ", lokus.village.code)));
  }

  std::string Visit(Script& script, const Lokus& lokus, const std::string& id,
                    const std::string& follows) {
    const std::string& office = lokus.regency->office;
    const Officer officer = Secretary(office);
    const std::string meeting = ScheduleMeeting(
        script, officer, lokus.program, absl::StrCat(id, "-", lokus.village.code),
        v1::MEETING_KIND_VILLAGE_VISIT, absl::StrCat("Kunjungan ke Desa ", lokus.village.title),
        absl::StrCat("Balai Desa ", lokus.village.title), script.random().Between(2, 8),
        {lokus.name}, follows);
    std::vector<v1::Party> present = MembersOf(office, 2);
    present.push_back(Receiver(lokus, script.random()));
    HoldMeeting(script, officer, meeting, present);
    return meeting;
  }

  void Withdraw(Script& script, const Lokus& lokus) {
    const Officer chair = Chair(lokus.decider);
    script.Days(script.random().Between(5, 20));
    v1::WithdrawLokusRequest request;
    request.set_name(lokus.name);
    request.set_reason("Desa menolak menjadi lokus");
    request.set_decree(AddDocument(script, chair, lokus.decider,
                                   absl::StrCat("pencabutan-", lokus.id), v1::DOCUMENT_TYPE_DECREE,
                                   absl::StrCat("Pencabutan lokus Desa ", lokus.village.title),
                                   {lokus.name}, {}, true));
    script.Do<domain::LokusDecider>(chair, std::move(request));
  }

  void Inaugurate(Script& script, const Lokus& lokus, const std::vector<std::string>& agen) {
    v1::InaugurateLokusRequest request;
    request.set_name(lokus.name);
    request.set_place(absl::StrCat("Balai Desa ", lokus.village.title));
    request.set_held_on(script.today());
    for (const std::string& name : agen) request.add_agen(name);
    script.Do<domain::LokusDecider>(Chair(lokus.regency->office), std::move(request));
  }

  void AddHandover(Script& script, const std::shared_ptr<Lokus>& lokus, const std::string& list) {
    Random& random = script.random();
    const std::string& office = lokus->regency->office;
    const Officer chair = Chair(office);
    v1::PrepareHandoverRequest prepare;
    prepare.set_parent(lokus->program);
    prepare.set_handover_id(absl::StrCat("daftar-agen-", lokus->village.code));
    prepare.set_lokus(lokus->name);
    v1::HandoverItem& first = *prepare.add_items();
    first.set_item_id("daftar-agen");
    first.set_document(list);
    first.set_quantity(1);
    v1::HandoverItem& second = *prepare.add_items();
    second.set_item_id("juknis");
    second.set_document(guidelines[lokus->year]);
    second.set_quantity(1);
    prepare.set_purpose(absl::StrCat("Pelaksanaan program di Desa ", lokus->village.title));
    prepare.set_lawful_basis(v1::LAWFUL_BASIS_CONSENT);
    v1::Party& recipient = *prepare.mutable_recipient();
    recipient.set_kind(v1::PARTY_KIND_VILLAGE_GOVERNMENT);
    recipient.set_organization(absl::StrCat("Pemerintah Desa ", lokus->village.title));
    recipient.set_region_code(lokus->village.code);
    recipient.set_capacity(v1::CAPACITY_VILLAGE_HEAD);
    const std::string name = domain::HandoverDecider::Stream(prepare);
    if (random.Percent(5)) {
      v1::PrepareHandoverRequest wrong = prepare;
      wrong.set_lawful_basis(v1::LAWFUL_BASIS_UNSPECIFIED);
      script.Do<domain::HandoverDecider>(chair, std::move(wrong)).refusal = "LAWFUL_BASIS_MISSING";
    }
    script.Do<domain::HandoverDecider>(chair, std::move(prepare));
    if (random.Percent(3)) {
      v1::RefuseHandoverRequest refuse;
      refuse.set_name(name);
      refuse.set_reason("Penerima meminta perbaikan daftar");
      script.Do<domain::HandoverDecider>(chair, std::move(refuse));
      return;
    }
    Perform(script, lokus, name, chair, Receiver(*lokus, random));
  }

  void Perform(Script& script, const std::shared_ptr<Lokus>& lokus, const std::string& name,
               const Officer& officer, const v1::Party& receiver) {
    Random& random = script.random();
    const std::string& office = lokus->regency->office;
    v1::PerformHandoverRequest perform;
    perform.set_name(name);
    *perform.mutable_giver() = OfficeSigner(office);
    *perform.mutable_receiver() = receiver;
    perform.set_place(absl::StrCat("Balai Desa ", lokus->village.title));
    perform.set_handed_over_on(script.today());
    *perform.add_witnesses() = MembersOf(office, 1).back();
    Step& step = script.Do<domain::HandoverDecider>(officer, std::move(perform));
    // The receipt: for most soon, for some late, for some never.
    const bool acknowledged = random.Percent(78);
    const bool corrected = random.Percent(4);
    step.then = [this, lokus, name, receiver, acknowledged, corrected, officer,
                 at = script.time()](std::uint64_t position) {
      if (acknowledged) Acknowledge(lokus, name, receiver, at);
      if (!corrected) return;
      v1::CorrectHandoverRequest correct;
      correct.set_name(name);
      Correct<domain::HandoverDecider>(name, at, officer, position, "place",
                                       absl::StrCat("Rumah Kepala Desa ", lokus->village.title),
                                       std::move(correct));
    };
    if (random.Percent(3)) {
      v1::ReturnHandoverItemRequest back;
      back.set_name(name);
      back.set_item_id("juknis");
      back.set_returned_on(script.Days(1).today());
      back.set_reason("Salah cetak");
      script.Do<domain::HandoverDecider>(officer, std::move(back));
    }
  }

  void Acknowledge(const std::shared_ptr<Lokus>& lokus, const std::string& name,
                   const v1::Party& signer, absl::Time at) {
    Script script(RandomFor(absl::StrCat("receipt ", name)), at);
    Random& random = script.random();
    const Officer officer = Operator(lokus->regency->office, random.Between(1, 3));
    script.Days(random.Percent(75) ? random.Between(0, 10) : random.Between(11, 60));
    script.SometimesLate();
    const std::string document = AddDocument(
        script, officer, lokus->regency->office,
        absl::StrCat("tanda-terima-", domain::LastSegment(name), "-", lokus->year),
        v1::DOCUMENT_TYPE_RECEIPT, absl::StrCat("Tanda terima Desa ", lokus->village.title),
        {lokus->name}, {}, false);
    Sign(script, officer, document, signer);
    v1::AcknowledgeHandoverRequest request;
    request.set_name(name);
    *request.mutable_receipt()->mutable_signer() = signer;
    request.mutable_receipt()->set_method(v1::SIGNATURE_METHOD_WET);
    request.mutable_receipt()->set_signed_on(script.today());
    request.mutable_receipt()->set_document(document);
    script.Do<domain::HandoverDecider>(officer, std::move(request));
    start(script.Take());
  }

  // --- From the inauguration to the end of the year.

  // Who leaves and who follows, one after the other, and the end of the lokus.
  void StartService(const std::shared_ptr<Lokus>& lokus, const std::string& list, absl::Time at) {
    Script script(RandomFor(absl::StrCat("service ", lokus->name)), at);
    Random& random = script.random();
    const std::string& office = lokus->regency->office;
    const Officer secretary = Secretary(office);
    const Officer chair = Chair(office);
    if (random.Percent(3)) {
      v1::SuspendLokusRequest suspend;
      suspend.set_name(lokus->name);
      suspend.set_reason("Bencana banjir");
      script.Days(random.Between(2, 20)).Do<domain::LokusDecider>(chair, std::move(suspend));
      v1::ResumeLokusRequest resume;
      resume.set_name(lokus->name);
      resume.set_reason("Keadaan pulih");
      script.Days(random.Between(10, 40)).Do<domain::LokusDecider>(chair, std::move(resume));
    }
    int changes = 0;
    std::string current = list;
    const std::vector<std::string> appointed = lokus->active;
    for (const std::string& name : appointed) {
      const int draw = random.Below(100);
      if (draw >= 8) continue;
      script.Days(random.Between(3, 25));
      if (draw < 3) {
        v1::ResignAgenRequest resign;
        resign.set_name(name);
        resign.set_reason(std::string(random.Of(kResignations)));
        resign.set_ended_on(script.today());
        script.Late(absl::ZeroDuration())
            .SometimesLate()
            .Do<domain::AgenDecider>(Operator(office, 1), std::move(resign));
        script.Late(absl::ZeroDuration());
      } else if (draw < 4) {
        v1::DismissAgenRequest dismiss;
        dismiss.set_name(name);
        dismiss.set_reason("Tidak aktif tanpa keterangan");
        dismiss.set_ended_on(script.today());
        script.Do<domain::AgenDecider>(chair, std::move(dismiss));
      } else if (!lokus->reserve.empty()) {
        current = Replace(script, *lokus, name, current, ++changes);
      } else {
        continue;
      }
      std::erase(lokus->active, name);
    }
    script.Days(0);
    const absl::Time december = StartOf(lokus->year, 12, 1) + absl::Hours(24 * random.Below(25));
    const auto wait = static_cast<int>(DayOf(december) - DayOf(script.time()));
    if (wait > 0) script.Days(wait);
    if (random.Percent(85)) {
      v1::CloseLokusRequest close;
      close.set_name(lokus->name);
      close.set_outcome("Agen aktif; kegiatan terlaksana.");
      script.Do<domain::LokusDecider>(secretary, std::move(close));
    }
    start(script.Take());
  }

  // One leaves, one from the reserve takes the place, and the list is made anew. Returns its name.
  std::string Replace(Script& script, Lokus& lokus, const std::string& name,
                      const std::string& list, int number) {
    const std::string& office = lokus.regency->office;
    const Officer chair = Chair(office);
    const std::string replacement = lokus.reserve.front();
    lokus.reserve.erase(lokus.reserve.begin());
    v1::ReplaceAgenRequest replace;
    replace.set_name(name);
    replace.set_replacement(replacement);
    replace.set_decree(AddDocument(
        script, chair, office, absl::StrCat("pergantian-", lokus.id, "-", number),
        v1::DOCUMENT_TYPE_DECREE, absl::StrCat("Pergantian agen Desa ", lokus.village.title),
        {lokus.name}, {}, true));
    replace.set_reason(std::string(script.random().Of(kResignations)));
    replace.set_effective_on(script.today());
    script.Do<domain::AgenDecider>(chair, std::move(replace));
    std::vector<std::string> active = lokus.active;
    std::erase(active, name);
    active.push_back(replacement);
    lokus.active = active;
    const Officer secretary = Secretary(office);
    const std::string anew = AddDocument(
        script, secretary, office, absl::StrCat("daftar-agen-", lokus.id, "-", number + 1),
        v1::DOCUMENT_TYPE_AGEN_LIST, absl::StrCat("Daftar agen Desa ", lokus.village.title),
        {lokus.name}, active, true);
    v1::SupersedeDocumentRequest supersede;
    supersede.set_name(list);
    supersede.set_successor(anew);
    supersede.set_reason("Pergantian agen");
    script.Do<domain::DocumentDecider>(secretary, std::move(supersede));
    Inaugurate(script, lokus, {replacement});
    return anew;
  }

  // Meetings, reports and material: beside each other, and more of it is late.
  void StartActivities(const std::shared_ptr<Lokus>& lokus, absl::Time at) {
    Random random = RandomFor(absl::StrCat("activities ", lokus->name));
    const std::string& office = lokus->regency->office;
    const int meetings = random.Between(1, 3);
    for (int i = 1; i <= meetings; ++i) {
      Script script(RandomFor(absl::StrCat("training ", lokus->name, i)), at);
      script.Days(25 * i + random.Below(15)).SometimesLate();
      const Officer officer = Operator(office, random.Between(1, 3));
      const std::string meeting = ScheduleMeeting(
          script, officer, lokus->program, absl::StrCat("pembekalan-", lokus->village.code, "-", i),
          v1::MEETING_KIND_OTHER, absl::StrCat("Pembekalan agen, sesi ", i),
          absl::StrCat("Balai Desa ", lokus->village.title), random.Between(1, 6), {lokus->name},
          "");
      if (random.Percent(6)) {
        v1::CancelMeetingRequest cancel;
        cancel.set_name(meeting);
        cancel.set_reason("Narasumber berhalangan");
        script.Do<domain::MeetingDecider>(officer, std::move(cancel));
      } else {
        HoldMeeting(script, officer, meeting, {MembersOf(office, 1).back()});
        AttachMinutes(
            script, officer, meeting,
            AddDocument(script, officer, office, absl::StrCat("notulen-", lokus->id, "-", i),
                        v1::DOCUMENT_TYPE_MINUTES, "Notulen pembekalan", {lokus->name}, {}, false));
      }
      start(script.Take());
    }
    const int reports = random.Between(2, 6);
    for (int i = 1; i <= reports; ++i) {
      Script script(RandomFor(absl::StrCat("report ", lokus->name, i)), at);
      script.Days(28 * i).SometimesLate();
      const Officer officer = Operator(office, random.Between(1, 3));
      const std::string report =
          AddDocument(script, officer, office, absl::StrCat("laporan-", lokus->id, "-", i),
                      v1::DOCUMENT_TYPE_REPORT, absl::StrCat("Laporan bulanan ke-", i),
                      {lokus->name}, {}, random.Percent(60));
      if (random.Percent(10)) {
        script.Days(random.Between(3, 30));
        AddVersion(script, officer, report, "Lampiran diperbaiki");
      }
      start(script.Take());
    }
    if (random.Percent(60)) {
      Script script(RandomFor(absl::StrCat("goods ", lokus->name)), at);
      script.Days(random.Between(10, 60)).SometimesLate();
      const Officer officer = Operator(office, random.Between(1, 3));
      v1::PrepareHandoverRequest prepare;
      prepare.set_parent(lokus->program);
      prepare.set_handover_id(absl::StrCat("modul-", lokus->village.code));
      prepare.set_lokus(lokus->name);
      v1::HandoverItem& item = *prepare.add_items();
      item.set_item_id("juknis");
      item.set_goods("Modul pelatihan dan rompi");
      item.set_quantity(static_cast<std::uint32_t>(lokus->appointed));
      prepare.set_purpose("Bahan kegiatan agen");
      *prepare.mutable_recipient() = Receiver(*lokus, random);
      const std::string name = domain::HandoverDecider::Stream(prepare);
      const v1::Party receiver = prepare.recipient();
      script.Do<domain::HandoverDecider>(officer, std::move(prepare));
      Perform(script, lokus, name, officer, receiver);
      start(script.Take());
    }
  }

  const GeneratorOptions options;
  content::ContentStore* const content;
  const Start start;
  v1::Policy preset;
  std::vector<Province> province_list;
  std::vector<Regency> regency_list;
  std::vector<std::string> contents;
  // By document: its latest content, from 1.
  std::map<std::string, std::size_t> last_content;
  // By office and year.
  std::map<std::string, int> numbers;
  // By year.
  std::map<int, std::string> guidelines;
};

ScriptedProgram::ScriptedProgram(const GeneratorOptions& options, content::ContentStore* content,
                                 Start start)
    : impl_(std::make_unique<Impl>(options, content, std::move(start))) {}
ScriptedProgram::~ScriptedProgram() = default;

absl::Status ScriptedProgram::Begin() { return impl_->Begin(); }
absl::Time ScriptedProgram::from() const { return impl_->From(); }
absl::Time ScriptedProgram::to() const { return impl_->To(); }

}  // namespace jejak::benchmark
