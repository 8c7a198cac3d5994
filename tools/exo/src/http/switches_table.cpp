// SPDX-License-Identifier: MIT
// What there is to switch, and the text of the results.
#include <fmt/format.h>

#include <algorithm>

#include "switches.hpp"

namespace exo {

namespace {

constexpr const char* kAll = "all on";
constexpr const char* kHotOff = "hot=off";
constexpr const char* kPlainCard = "a card without offloads";
constexpr const char* kMany = "connections=10300";
constexpr const char* kManyArgs = "connections=10300 idle=3600";

const SwitchRow* find_row(const std::vector<SwitchRow>& rows, const std::string& name) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const SwitchRow& row) { return row.what.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

const std::vector<HttpCase>& switch_loads() {
  static const std::vector<HttpCase> kLoads{{1, false, 16}, {1, true, 16}, {100, false, 16}};
  return kLoads;
}

const std::vector<SwitchCase>& switch_cases() {
  static const std::vector<SwitchCase> kCases{
      {kAll, "the server as it is", "", ""},
      {"known=off", "every request is parsed and looked up", kAll, "known=off"},
      {"heads=off", "every header is written anew, in memory of its own", kAll, "heads=off"},
      {"predict=off", "every packet takes the long ways through IP and TCP", kAll, "predict=off"},
      {"merge=off", "acknowledgement, header, data and FIN are a packet each", kAll, "merge=off"},
      {"gather=off", "what is sent is copied from the file cache first", kAll, "gather=off"},
      {"bursts=off", "one packet for each wake-up", kAll, "bursts=off"},
      {"cheetah-apart", "the exchange lies apart from the control block", kAll, "", "cheetah-apart"},
      {kHotOff, "files that nobody is being sent are read from the disk", kAll, kHotOff},
      {"hot=off together=off", "and those beside them are not read with them", kHotOff,
       "hot=off together=off"},
      {"hot=off ahead=0", "and nothing is read before it is wanted", kHotOff, "hot=off ahead=0"},
      {kPlainCard, "checksums and segments are the server's", "", "", kExoServer, false},
      {"sums=off", "no checksums are kept with the files", kPlainCard, "sums=off", kExoServer, false},
      {kMany, "room for so many", "", kManyArgs},
      {"10,000 idle", "so many connections that say nothing", kMany, kManyArgs, kExoServer, true, 10'000},
  };
  return kCases;
}

std::vector<SwitchCase> chosen_switches(const std::string& only) {
  const std::vector<SwitchCase>& all = switch_cases();
  const auto named = [&](const SwitchCase& one) { return one.name.find(only) != std::string::npos; };
  std::vector<SwitchCase> chosen;
  for (const SwitchCase& one : all) {
    const bool wanted = named(one) || std::any_of(all.begin(), all.end(), [&](const SwitchCase& other) {
                          return other.base == one.name && named(other);
                        });
    if (wanted) chosen.push_back(one);
  }
  return chosen;
}

std::string switch_table(const std::vector<SwitchRow>& rows) {
  std::string text = "| Without | What that is |";
  for (const HttpCase& load : switch_loads()) text += " " + case_name(load) + " |";
  text += "\n|---|---|";
  for (std::size_t i = 0; i < switch_loads().size(); i++) text += "--:|";
  text += "\n";
  std::vector<double> widest(switch_loads().size());
  for (const SwitchRow& row : rows) {
    const SwitchRow* base = find_row(rows, row.what.base);
    text += base == nullptr ? fmt::format("| **{}** | {} |", row.what.name, row.what.what)
                            : fmt::format("| `{}` | {} |", row.what.name, row.what.what);
    for (std::size_t i = 0; i < row.instructions.size(); i++) {
      const Spread& spread = row.instructions[i];
      widest[i] = std::max(widest[i], (spread.high - spread.low) / spread.middle);
      text += fmt::format(" {:.0f}", spread.middle);
      if (base != nullptr) text += fmt::format(" ({:+.0f})", spread.middle - base->instructions[i].middle);
      text += " |";
    }
    text += "\n";
  }
  text += "| | from least to greatest, at most |";
  for (const double width : widest) text += fmt::format(" {:.1f} % |", 100 * width);
  return text + "\n";
}

}  // namespace exo
