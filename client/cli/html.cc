// SPDX-License-Identifier: Apache-2.0

#include "client/cli/html.h"

#include "client/cli/failure.h"
#include "client/cli/text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include <map>

namespace jejak::cli {
namespace {

// More columns than fit on an upright sheet.
constexpr std::size_t kUprightColumnsMax = 5;

const std::map<std::string, std::string>& Indonesian() {
  static const auto* const words = new std::map<std::string, std::string>{
      // Of the page.
      {"Asked", "Pertanyaan"},
      {"Filter", "Penyaring"},
      {"Log", "Log"},
      {"Compared with", "Dibandingkan dengan"},
      {"Asked by", "Diminta oleh"},
      {"For", "Untuk"},
      {"Made", "Dibuat"},
      {"Server", "Peladen"},
      {"events", "peristiwa"},
      {"row", "baris"},
      {"rows", "baris"},
      {"There are more rows; --all takes them all.",
       "Masih ada baris lain; --all mengambil semuanya."},
      {"keys differ", "kunci berbeda"},
      {"the digests differ", "sidik berbeda"},
      {"equal", "sama"},
      {"in use", "dipakai"},
      {"running", "berjalan"},
      {"ended", "selesai"},
      {"failed", "gagal"},
      // Of facets.
      {"total", "jumlah"},
      {"type", "jenis"},
      {"office", "kantor"},
      {"actor", "pelaku"},
      {"role", "peran"},
      {"lokus", "lokus"},
      {"commit-month", "bulan dicatat"},
      {"occurred-month", "bulan terjadi"},
      {"correction", "koreksi"},
      {"deviation", "penyimpangan"},
      // Of columns.
      {"ACCEPTING", "MENERIMA"},
      {"ACTIVE", "AKTIF"},
      {"ACTOR", "PELAKU"},
      {"AFTER", "SESUDAH"},
      {"AGEN", "AGEN"},
      {"ANSWER", "JAWABAN"},
      {"ASKED BY", "DIMINTA OLEH"},
      {"AUTHORITY", "DASAR WEWENANG"},
      {"BASES", "BASIS"},
      {"BEFORE", "SEBELUM"},
      {"BUILD", "PEMBANGUNAN"},
      {"CATEGORIES", "KATEGORI"},
      {"CELLS", "ISI"},
      {"CHANGES", "PERUBAHAN"},
      {"CODE", "KODE"},
      {"COLUMNS", "KOLOM"},
      {"CORRECTS", "MENGOREKSI"},
      {"DECISIONS", "KEPUTUSAN"},
      {"DECREE", "SURAT KEPUTUSAN"},
      {"DEFAULT", "BAWAAN"},
      {"DESIGNATED", "DITETAPKAN"},
      {"DIFFERING", "BERBEDA"},
      {"DISCLOSURE", "KETERBUKAAN"},
      {"DISTRICT", "KECAMATAN"},
      {"DONE", "SELESAI"},
      {"ENDED", "BERAKHIR"},
      {"ERROR", "KESALAHAN"},
      {"ETAG", "ETAG"},
      {"EVENT", "PERISTIWA"},
      {"EVENTS", "PERISTIWA"},
      {"EVENTS/S", "PERISTIWA/DETIK"},
      {"EXPIRES", "BERLAKU SAMPAI"},
      {"FACET", "SEGI"},
      {"FIELD", "ISIAN"},
      {"FIRST DIFFERENCE", "PERBEDAAN PERTAMA"},
      {"FOLLOWS", "LANJUTAN DARI"},
      {"FROM", "DARI"},
      {"HANDED OVER", "DISERAHKAN"},
      {"HAPPENED", "TERJADI"},
      {"ISSUED", "TERBIT"},
      {"ITEMS", "BARANG"},
      {"KEYS", "KUNCI"},
      {"KIND", "JENIS"},
      {"LATE DAYS", "HARI TERLAMBAT"},
      {"LEAD", "PENANGGUNG JAWAB"},
      {"LEVEL", "TINGKAT"},
      {"LOG", "LOG"},
      {"LOKUS", "LOKUS"},
      {"MEANING", "ARTI"},
      {"NAME", "NAMA"},
      {"NIK", "NIK"},
      {"NO.", "NO."},
      {"NUMBER", "NOMOR"},
      {"OFFICE", "KANTOR"},
      {"ON BEHALF OF", "MEWAKILI"},
      {"PARAMETER", "PARAMETER"},
      {"PARENT", "INDUK"},
      {"PATH", "JALUR"},
      {"PERSON", "ORANG"},
      {"PLACE", "TEMPAT"},
      {"POLICY", "KEBIJAKAN"},
      {"POSITION", "POSISI"},
      {"PRESENT", "HADIR"},
      {"PURPOSE", "TUJUAN"},
      {"QUESTION", "PERTANYAAN"},
      {"QUEUE", "ANTREAN"},
      {"RANK", "PERINGKAT"},
      {"REASON", "ALASAN"},
      {"RECEIPT", "TANDA TERIMA"},
      {"RECEIPT DUE", "BATAS TANDA TERIMA"},
      {"RECEIVER", "PENERIMA"},
      {"RECORDED", "DICATAT"},
      {"REMARK", "CATATAN"},
      {"REPORT", "LAPORAN"},
      {"REQUEST", "PERMINTAAN"},
      {"REQUIRED", "WAJIB"},
      {"RESOURCE", "OBJEK"},
      {"RESULT", "HASIL"},
      {"REVIEW", "TINJAUAN"},
      {"REVISION", "REVISI"},
      {"ROLE", "PERAN"},
      {"ROLES", "PERAN"},
      {"ROWS", "BARIS"},
      {"SECTION", "BAGIAN"},
      {"SIGNED", "DITANDATANGANI"},
      {"SIGNING FAILURE", "KEGAGALAN TANDA TANGAN"},
      {"STARTED", "DIMULAI"},
      {"STATE", "STATUS"},
      {"STREAM", "ALIRAN"},
      {"SUBJECT", "SUBJEK"},
      {"SUBJECTS", "SUBJEK"},
      {"SUCCEEDED BY", "DIGANTIKAN OLEH"},
      {"SUCCESSIONS", "PENGGANTIAN"},
      {"TITLE", "JUDUL"},
      {"TO", "KEPADA"},
      {"TYPE", "JENIS"},
      {"UNMET", "BELUM TERPENUHI"},
      {"VALUE", "NILAI"},
      {"VERSION", "VERSI"},
      {"VERSIONS", "VERSI"},
      {"VIEW", "TAMPILAN"},
      {"VIEW FAILURE", "KEGAGALAN TAMPILAN"},
      {"VILLAGE", "DESA"},
      {"YEAR", "TAHUN"},
      {"ZONE", "ZONA"},
  };
  return *words;
}

constexpr char kStyle[] =
    "margin:12mm 12mm 16mm;@bottom-right{content:counter(page) \" / \" counter(pages);"
    "font:9pt sans-serif}}\n"
    "body{font:10pt/1.35 sans-serif;color:#000;margin:1em}\n"
    "h1{font-size:14pt;margin:0 0 .5em;overflow-wrap:anywhere}\n"
    "h2{font-size:12pt;margin:1em 0 .3em;break-after:avoid}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em;margin:0 0 1em}\n"
    "dt{font-weight:bold}\n"
    "dd{margin:0;overflow-wrap:anywhere}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "thead{display:table-header-group}\n"
    "tr{break-inside:avoid}\n"
    "th,td{border:.5pt solid #777;padding:.2em .4em;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}\n"
    "th{background:#eee;print-color-adjust:exact;overflow-wrap:normal}\n"
    "@media print{body{margin:0}}\n";

}  // namespace

absl::StatusOr<Language> ParseLanguage(absl::string_view text) {
  if (text == "en") return Language::kEnglish;
  if (text == "id") return Language::kIndonesian;
  return UsageError(absl::StrCat("--lang: \"", text, "\" is not one of id, en"));
}

bool IsTranslated(const std::string& english) { return Indonesian().count(english) > 0; }

std::string Translated(Language language, const std::string& english) {
  if (language == Language::kEnglish) return english;
  const auto found = Indonesian().find(english);
  return found == Indonesian().end() ? english : found->second;
}

std::string HtmlText(absl::string_view text) {
  return absl::StrReplaceAll(
      Printable(text),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

HtmlPage::HtmlPage(const PageHead& head, std::ostream& out) : language_(head.language), out_(out) {
  const bool lying = head.lying || head.columns.size() > kUprightColumnsMax;
  out_ << "<!DOCTYPE html>\n<html lang=\"" << (language_ == Language::kIndonesian ? "id" : "en")
       << "\">\n<head>\n<meta charset=\"utf-8\">\n"
       << "<meta http-equiv=\"Content-Security-Policy\" "
          "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
       << "<title>" << HtmlText(head.title) << "</title>\n<style>\n@page{size:A4"
       << (lying ? " landscape" : "") << ";" << kStyle << "</style>\n</head>\n<body>\n<h1>"
       << HtmlText(head.title) << "</h1>\n<dl>\n";
  for (const auto& [label, value] : head.facts) {
    if (value.empty()) continue;
    out_ << "<dt>" << HtmlText(Translated(language_, label)) << "</dt><dd>" << HtmlText(value)
         << "</dd>\n";
  }
  out_ << "</dl>\n";
  BeginTable(head.caption, head.columns);
}

void HtmlPage::BeginTable(const std::string& caption, const std::vector<std::string>& columns) {
  if (!caption.empty()) out_ << "<h2>" << HtmlText(caption) << "</h2>\n";
  out_ << "<table>\n<thead><tr>";
  for (const std::string& column : columns) {
    out_ << "<th scope=\"col\">" << HtmlText(Translated(language_, column)) << "</th>";
  }
  out_ << "</tr></thead>\n<tbody>\n";
}

void HtmlPage::EndTable() {
  out_ << "</tbody>\n</table>\n<p>" << rows_ << " "
       << Translated(language_, rows_ == 1 ? "row" : "rows") << "</p>\n";
  rows_ = 0;
}

void HtmlPage::NextTable(const std::string& caption, const std::vector<std::string>& columns) {
  EndTable();
  BeginTable(caption, columns);
}

void HtmlPage::Row(const std::vector<std::string>& cells) {
  ++rows_;
  out_ << "<tr>";
  for (const std::string& cell : cells) out_ << "<td>" << HtmlText(cell) << "</td>";
  out_ << "</tr>\n";
}

void HtmlPage::End(bool more) {
  EndTable();
  if (more) {
    out_ << "<p>" << Translated(language_, "There are more rows; --all takes them all.")
         << "</p>\n";
  }
  out_ << "</body>\n</html>\n";
}

}  // namespace jejak::cli
