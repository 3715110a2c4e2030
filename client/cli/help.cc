// SPDX-License-Identifier: Apache-2.0

#include "client/cli/help.h"

#include "client/cli/failure.h"
#include "client/cli/output.h"
#include "client/cli/request.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

#include <algorithm>
#include <iterator>

namespace jejak::cli {
namespace {

constexpr std::size_t kHelpColumn = 34;
constexpr char kWaitHelp[] =
    "Wait until the build has ended and print what came out; exit with 6 if it failed or keys "
    "differ.";

// "  left      right", the lines of the right side starting in one column.
std::string Line(absl::string_view left, absl::string_view right) {
  std::string line = absl::StrCat("  ", left);
  if (!right.empty()) {
    line.append(line.size() + 2 > kHelpColumn ? 2 : kHelpColumn - line.size(), ' ');
    const std::string indent = absl::StrCat("\n", std::string(kHelpColumn, ' '));
    absl::StrAppend(&line, absl::StrReplaceAll(right, {{"\n\n", indent}, {"\n", indent}}));
  }
  return line + "\n";
}

// What a command does beside calling its method.
struct Extra {
  const char* method;
  // Instead of the method's comment, for it says what the method alone does.
  const char* help;
  std::vector<Flag> flags;
};

const std::vector<Extra>& Extras() {
  static const auto* const extras = new std::vector<Extra>{
      {"RunReport",
       "Runs a report, waits for it, and prints its answer. Then it says as which operation the "
       "answer is kept: jejak operation rows NAME prints it again. jejak report get NAME shows the "
       "parameters.",
       {{"param", "KEY=VALUE", "A parameter of the report; as often as there are."}}},
      {"ListReportRows",
       "Prints the answer of a report that has ended, whole, or one page of it with --page-size or "
       "--page-token. OPERATION_UNKNOWN; OPERATION_NOT_DONE or OPERATION_FAILED.",
       {}},
      {"RebuildView", nullptr, {{"wait", "", kWaitHelp}}},
      {"CompareViews", nullptr, {{"wait", "", kWaitHelp}}},
  };
  return *extras;
}

const Extra* ExtraOf(const Verb& verb) {
  for (const Extra& extra : Extras()) {
    if (verb.method->name() == extra.method) return &extra;
  }
  return nullptr;
}

std::string DescriptionOf(const Verb& verb) {
  const Extra* extra = ExtraOf(verb);
  return extra == nullptr || extra->help == nullptr ? CommentOf(*verb.method) : extra->help;
}

std::vector<Flag> AllFlagsOf(const Verb& verb) {
  std::vector<Flag> flags;
  if (const Extra* extra = ExtraOf(verb); extra != nullptr) flags = extra->flags;
  std::vector<Flag> fields = FlagsOf(*verb.method->input_type());
  flags.insert(flags.end(), std::make_move_iterator(fields.begin()),
               std::make_move_iterator(fields.end()));
  return flags;
}

// The same, and after them the flags of fields that a request cannot do without.
std::vector<Flag> WithRequired(const Verb& verb, std::vector<Flag> flags) {
  for (Flag& flag : FlagsOf(*verb.method->input_type())) {
    const bool positional =
        std::any_of(verb.positionals.begin(), verb.positionals.end(), [&flag](const auto* field) {
          return absl::StrReplaceAll(field->name(), {{"_", "-"}}) == flag.name;
        });
    if (flag.required && !positional) flags.push_back(std::move(flag));
  }
  return flags;
}

// " (also: admin)" of "server"; empty if there is no other word.
std::string AlsoCalled(const std::string& resource) {
  const std::vector<std::string> aliases = Api::AliasesOf(resource);
  return aliases.empty() ? "" : absl::StrCat(" (also: ", absl::StrJoin(aliases, ", "), ")");
}

std::string FlagLine(const Flag& flag) {
  std::string help = flag.help;
  if (flag.required) absl::StrAppend(&help, " (required)");
  if (!flag.values.empty()) {
    absl::StrAppend(&help, help.empty() ? "" : " ", "One of: ", absl::StrJoin(flag.values, ", "),
                    ".");
  }
  return Line(absl::StrCat("--", flag.name, flag.value_name.empty() ? "" : " ", flag.value_name),
              help);
}

std::string FlagLines(absl::string_view heading, const std::vector<Flag>& flags) {
  if (flags.empty()) return "";
  std::string text = absl::StrCat("\n", heading, "\n");
  for (const Flag& flag : flags) absl::StrAppend(&text, FlagLine(flag));
  return text;
}

std::string Usage(const Verb& verb) {
  std::string usage = absl::StrCat("jejak ", verb.resource, " ", verb.name);
  for (const auto* field : verb.positionals) {
    absl::StrAppend(&usage, " ", absl::AsciiStrToUpper(field->name()));
  }
  if (verb.name == "upload") absl::StrAppend(&usage, " FILE");
  if (verb.name == "download") absl::StrAppend(&usage, " SHA256 FILE");
  return absl::StrCat(usage, " [flags]");
}

std::string HelpForVerb(const Verb& verb) {
  std::string text = absl::StrCat("Usage: ", Usage(verb), "\n\n", DescriptionOf(verb), "\n");
  for (const auto* field : verb.positionals) {
    absl::StrAppend(&text, "\n", Line(absl::AsciiStrToUpper(field->name()), CommentOf(*field)));
  }
  if (verb.destructive) {
    absl::StrAppend(&text,
                    "\nIt asks before it sends anything, unless --yes or --dry-run is given.\n");
  }
  absl::StrAppend(&text, FlagLines("Flags:", AllFlagsOf(verb)));
  absl::StrAppend(&text, "\nFlags of every command: jejak help flags\n");
  return text;
}

std::string HelpForResource(const Api& api, const std::string& resource) {
  std::string text = absl::StrCat("Usage: jejak ", resource, " VERB [NAME] [flags]\n\n");
  for (const Verb* verb : api.VerbsOf(resource)) {
    absl::StrAppend(&text, Line(verb->name, FirstSentence(DescriptionOf(*verb))));
  }
  for (const Builtin& builtin : Builtins()) {
    const std::vector<std::string> words = absl::StrSplit(builtin.name, ' ');
    if (words.size() == 2 && words[0] == resource) {
      absl::StrAppend(&text, Line(words[1], FirstSentence(builtin.help)));
    }
  }
  if (!Api::AliasesOf(resource).empty()) {
    absl::StrAppend(&text, "\nOther words for it: ", absl::StrJoin(Api::AliasesOf(resource), ", "),
                    "\n");
  }
  return text;
}

std::string HelpForAll(const Api& api) {
  std::string text =
      "Usage: jejak RESOURCE VERB [NAME] [flags]\n\nThe client of the Jejak "
      "server.\n\nResources:\n";
  for (const std::string& resource : api.Resources()) {
    std::vector<std::string> names;
    for (const Verb* verb : api.VerbsOf(resource)) names.push_back(verb->name);
    absl::StrAppend(&text,
                    Line(resource, absl::StrCat(absl::StrJoin(names, " "), AlsoCalled(resource))));
  }
  absl::StrAppend(&text, "\nOther commands:\n");
  for (const Builtin& builtin : Builtins()) {
    if (builtin.hidden) continue;
    absl::StrAppend(&text, Line(absl::StrCat(builtin.name, builtin.arguments.empty() ? "" : " ",
                                             builtin.arguments),
                                builtin.help));
  }
  absl::StrAppend(&text, FlagLines("Flags of every command:", GlobalFlags()));
  absl::StrAppend(&text,
                  "\nMore: jejak help RESOURCE [VERB], jejak help exit-codes, jejak help export\n");
  return text;
}

constexpr char kExportHelp[] =
    "Usage: jejak RESOURCE VERB [NAME] --all -o csv|jsonl|html > FILE\n"
    "\n"
    "csv    RFC 4180, with --columns; what a spreadsheet would take for a formula gets an "
    "apostrophe,\n"
    "       and what turns the direction of writing is shown\n"
    "jsonl  one object a line, with all fields\n"
    "html   a page that stands by itself and prints on A4: --lang id|en, --title TEXT, --columns\n"
    "\n"
    "With --all the pages are written as they come, of one moment of the log: that of --as-of, or "
    "of\n"
    "the first page. If it breaks off, what was written ends with a whole page, and a message "
    "says\n"
    "how to go on: the same command with --page-token TOKEN --no-headers, its output appended to "
    "the\n"
    "file. Together they are what it would have been in one piece; a page of html is begun again.\n"
    "Without --all there is one page, and a message with the token of the next.\n";

std::string Roff(absl::string_view text) {
  std::string result;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::string escaped = absl::StrReplaceAll(line, {{"\\", "\\e"}, {"-", "\\-"}});
    absl::StrAppend(&result,
                    absl::StartsWith(escaped, ".") || absl::StartsWith(escaped, "'") ? "\\&" : "",
                    escaped, "\n");
  }
  return result;
}

}  // namespace

const std::vector<Builtin>& Builtins() {
  static const auto* const builtins = new std::vector<Builtin>{
      {"watch",
       "",
       "Show events as they are recorded; while the server is away, wait for it and resume.",
       {{"filter", "TEXT", "Only events that match, as for history search."},
        {"within", "NAME", "Only events of this resource and all below it."},
        {"lokus", "NAME", "Only events about this lokus, over all streams."},
        {"rows", "", "Without the payloads of the events, as history search shows them."},
        {"from", "POSITION", "The first position. Default: 0."},
        {"until", "POSITION", "Stop after the event at this position."},
        {"exit-after", "DURATION", "Stop after this time, e.g. 30s."}}},
      {"story run",
       "FILE",
       "Run a story: commands as data. Running it again changes nothing.",
       {{"var", "NAME=VALUE", "Set a variable of the story. Can be repeated."}}},
      {"story check",
       "FILE",
       "Check that every request of a story can be made, without a server.",
       {{"var", "NAME=VALUE", "Set a variable of the story. Can be repeated."}}},
      {"log checkpoint", "", "Print the newest signed checkpoint of the log, as a note."},
      {"log verify",
       "",
       "Verify that the log is signed, and that it continues the one that was verified here "
       "before; "
       "with --full each entry too. What is known of a log is kept per context or server.",
       {{"full", "", "Read every entry: their order, the chains of the streams, the root."},
        {"key", "VKEY", "The key of the log, NAME+ID+BASE64. Default: the one of the first time."},
        {"folder", "DIR", "Verify an exported folder, without a server; with --key or --policy."},
        {"policy", "FILE", "Whom to trust: a policy file of C2SP tlog-policy; for --folder."}}},
      {"log export-tiles",
       "DIR",
       "Save the log as files that public tools read: checkpoint, tiles and entries of C2SP "
       "tlog-tiles, without payloads. Run again, it goes on with what is there.",
       {{"key", "VKEY",
         "The key of the log, NAME+ID+BASE64. Default: the one of the first time."}}},
      {"receipt save",
       "POSITION",
       "Save a receipt of an event: who has it can show without the server that the event was in "
       "the "
       "log.",
       {{"out", "FILE", "Where. Default: POSITION.tlog-proof."},
        {"payload", "FILE", "Where to save the event itself, after its salt of 32 bytes."},
        {"key", "VKEY",
         "The key of the log, NAME+ID+BASE64. Default: the one of the first time."}}},
      {"verify receipt",
       "FILE",
       "Verify a receipt, without a server, and print what it shows.",
       {{"policy", "FILE", "Whom to trust: a policy file of C2SP tlog-policy."},
        {"key", "VKEY", "Instead of --policy: the key of the log, NAME+ID+BASE64."},
        {"payload", "FILE", "The event after its salt: verify and print it too."}}},
      {"context list", "", "List the contexts; * marks the one in use."},
      {"context use", "NAME", "Use a context from now on."},
      {"context set", "NAME",
       "Make or change a context: --server, --actor, --office, --role, "
       "--output, --timeout, --tz."},
      {"context delete", "NAME", "Delete a context. It asks before, unless --yes is given."},
      {"completion", "bash|zsh|fish", "Print the completion script of a shell."},
      {"man", "", "Print the manual page in roff: jejak man | man -l -"},
      {"version", "", "Print the version."},
      {"help", "[RESOURCE [VERB]]", "Print help; also on exit-codes, export and flags."},
  };
  return *builtins;
}

const Builtin* FindBuiltin(const std::vector<std::string>& words) {
  for (const Builtin& builtin : Builtins()) {
    const std::vector<std::string> name = absl::StrSplit(builtin.name, ' ');
    if (words.size() >= name.size() && std::equal(name.begin(), name.end(), words.begin())) {
      return &builtin;
    }
  }
  return nullptr;
}

absl::Status CheckCommand(const Api& api, const std::vector<std::string>& words) {
  if (words.empty() || FindBuiltin(words) != nullptr) return absl::OkStatus();
  const bool known = !api.VerbsOf(words[0]).empty();
  if (words.size() == 1) {
    for (const Builtin& builtin : Builtins()) {
      if (absl::StartsWith(builtin.name, absl::StrCat(words[0], " "))) return absl::OkStatus();
    }
    if (known) return absl::OkStatus();
    return UsageError(
        absl::StrCat("there is no command \"", words[0], "\"; jejak help lists them"));
  }
  if (api.Find(words[0], words[1]) != nullptr) return absl::OkStatus();
  return UsageError(absl::StrCat("there is no command \"", words[0], " ", words[1],
                                 "\"; jejak help", known ? " " : "", known ? words[0] : "",
                                 " lists them"));
}

std::vector<Flag> FlagsFor(const Api& api, const std::vector<std::string>& words) {
  if (const Builtin* builtin = FindBuiltin(words); builtin != nullptr) return builtin->flags;
  if (words.size() < 2) return {};
  const Verb* verb = api.Find(words[0], words[1]);
  if (verb == nullptr) return {};
  return AllFlagsOf(*verb);
}

absl::StatusOr<std::string> HelpFor(const Api& api, const std::vector<std::string>& words) {
  if (words.empty()) return HelpForAll(api);
  if (words[0] == "exit-codes") return std::string(kExitCodesHelp);
  if (words[0] == "export") return std::string(kExportHelp);
  if (words[0] == "flags") {
    std::string text = FlagLines("Flags of every command:", GlobalFlags());
    for (const Verb& verb : api.verbs()) {
      const Extra* extra = ExtraOf(verb);
      if (extra == nullptr || extra->flags.empty()) continue;
      absl::StrAppend(&text, FlagLines(absl::StrCat("Flags of jejak ", verb.resource, " ",
                                                    verb.name, ", among others:"),
                                       WithRequired(verb, extra->flags)));
    }
    return text;
  }
  if (const Builtin* builtin = FindBuiltin(words); builtin != nullptr) {
    return absl::StrCat("Usage: jejak ", builtin->name, builtin->arguments.empty() ? "" : " ",
                        builtin->arguments, "\n\n", builtin->help, "\n",
                        FlagLines("Flags:", builtin->flags));
  }
  if (words.size() >= 2) {
    if (const Verb* verb = api.Find(words[0], words[1]); verb != nullptr) return HelpForVerb(*verb);
  }
  const bool has_builtins = std::any_of(
      Builtins().begin(), Builtins().end(),
      [&words](const Builtin& builtin) { return absl::StartsWith(builtin.name, words[0] + " "); });
  if (has_builtins || !api.VerbsOf(words[0]).empty()) return HelpForResource(api, words[0]);
  return UsageError(absl::StrCat("there is no command \"", absl::StrJoin(words, " "), "\""));
}

std::string ManPage(const Api& api) {
  std::string page =
      ".TH JEJAK 1 \"\" \"Jejak\" \"User Commands\"\n.SH NAME\njejak \\- client of the Jejak "
      "server\n.SH SYNOPSIS\n.B jejak\nRESOURCE VERB [NAME] [flags]\n.SH COMMANDS\n";
  const auto add = [&page](absl::string_view title, absl::string_view text) {
    absl::StrAppend(&page, ".TP\n.B ", Roff(title), Roff(text));
  };
  for (const Verb& verb : api.verbs()) {
    std::string text = DescriptionOf(verb);
    if (const Extra* extra = ExtraOf(verb); extra != nullptr && !extra->flags.empty()) {
      absl::StrAppend(&text, "\n", FlagLines("", WithRequired(verb, extra->flags)));
    }
    add(Usage(verb), text);
  }
  for (const Builtin& builtin : Builtins()) {
    add(absl::StrCat("jejak ", builtin.name, " ", builtin.arguments), builtin.help);
  }
  absl::StrAppend(&page,
                  ".SH OPTIONS\nThe flags of a command: jejak help RESOURCE VERB. Of every "
                  "command:\n");
  for (const Flag& flag : GlobalFlags()) {
    add(absl::StrCat("--", flag.name, " ", flag.value_name), flag.help.empty() ? "." : flag.help);
  }
  absl::StrAppend(&page, ".SH OTHER WORDS FOR RESOURCES\n.nf\n");
  for (const std::string& resource : api.Resources()) {
    const std::vector<std::string> aliases = Api::AliasesOf(resource);
    if (!aliases.empty()) {
      absl::StrAppend(&page, Roff(absl::StrCat(resource, ": ", absl::StrJoin(aliases, ", "))));
    }
  }
  absl::StrAppend(&page, ".fi\n");
  absl::StrAppend(&page, ".SH EXPORT\n.nf\n", Roff(kExportHelp), ".fi\n");
  absl::StrAppend(&page, ".SH EXIT STATUS\n.nf\n", Roff(kExitCodesHelp), ".fi\n");
  absl::StrAppend(&page,
                  ".SH FILES\n~/.config/jejak/config.toml\n.br\n~/.local/state/jejak/logs/\n");
  return page;
}

std::vector<std::string> Complete(const Api& api, const std::vector<std::string>& words) {
  const std::string partial = words.empty() ? "" : words.back();
  std::vector<std::string> before;  // The words that are not flags or their values.
  const Flag* pending = nullptr;    // The flag whose value is being typed.
  std::vector<Flag> local;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (pending != nullptr) {
      pending = nullptr;
      continue;
    }
    if (!absl::StartsWith(words[i], "-")) {
      before.push_back(words[i]);
      local = FlagsFor(api, before);
      continue;
    }
    const std::string name =
        words[i] == "-o" ? "output" : words[i].substr(std::min<std::size_t>(2, words[i].size()));
    for (const std::vector<Flag>* flags :
         std::initializer_list<const std::vector<Flag>*>{&local, &GlobalFlags()}) {
      for (const Flag& flag : *flags) {
        if (pending == nullptr && flag.name == name && !flag.value_name.empty()) pending = &flag;
      }
    }
  }
  std::vector<std::string> candidates;
  if (pending != nullptr) {
    candidates = pending->values;
  } else if (absl::StartsWith(partial, "-")) {
    for (const std::vector<Flag>* flags :
         std::initializer_list<const std::vector<Flag>*>{&local, &GlobalFlags()}) {
      for (const Flag& flag : *flags) candidates.push_back(absl::StrCat("--", flag.name));
    }
  } else if (before.empty()) {
    candidates = api.Resources();
    for (const Builtin& builtin : Builtins()) {
      candidates.push_back(builtin.name.substr(0, builtin.name.find(' ')));
    }
  } else if (before.size() == 1) {
    for (const Verb* verb : api.VerbsOf(before[0])) candidates.push_back(verb->name);
    for (const Builtin& builtin : Builtins()) {
      if (absl::StartsWith(builtin.name, absl::StrCat(before[0], " "))) {
        candidates.push_back(builtin.name.substr(before[0].size() + 1));
      }
    }
  }
  std::vector<std::string> result;
  for (std::string& candidate : candidates) {
    if (absl::StartsWith(candidate, partial) &&
        std::find(result.begin(), result.end(), candidate) == result.end()) {
      result.push_back(std::move(candidate));
    }
  }
  return result;
}

absl::StatusOr<std::string> CompletionScript(absl::string_view shell) {
  if (shell == "bash") {
    return std::string(
        "_jejak() {\n"
        "  local IFS=$'\\n'\n"
        "  COMPREPLY=($(jejak __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
        "}\n"
        "complete -o default -F _jejak jejak\n");
  }
  if (shell == "zsh") {
    return std::string(
        "#compdef jejak\n"
        "_jejak() {\n"
        "  local -a candidates\n"
        "  candidates=(${(f)\"$(jejak __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)\"})\n"
        "  (( ${#candidates} )) && compadd -- $candidates || _files\n"
        "}\n"
        "compdef _jejak jejak\n");
  }
  if (shell == "fish") {
    return std::string(
        "complete -c jejak -a '(jejak __complete (commandline -opc)[2..-1] (commandline -ct) "
        "2>/dev/null)'\n");
  }
  return UsageError(absl::StrCat("\"", shell, "\" is not one of bash, zsh, fish"));
}

}  // namespace jejak::cli
