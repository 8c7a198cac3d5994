// SPDX-License-Identifier: MIT
// `exo bench switches`: what each of the things that make Exo's web server fast is worth: guest instructions
// for a request with all of them, and without one.
#pragma once
#include <string>
#include <vector>

#include "http_report.hpp"
#include "http_sides.hpp"

namespace exo {

struct SwitchOptions {
  std::uint32_t rounds = 3;   // loads of each kind, in turn
  std::uint32_t seconds = 1;  // of each load
  std::string only;           // part of the names of those that are measured; empty: all
  std::string write;          // file whose marked block gets the table; empty: none
};

// One way to run the server, and another row that it differs from in one thing.
struct SwitchCase {
  std::string name;
  std::string what;  // what it is without
  std::string base;  // name of the other row; empty: it is one that others are compared with
  std::string args;  // of the server
  std::string program = kExoServer;
  bool offload = true;     // of the card
  std::uint32_t idle = 0;  // connections that say nothing meanwhile
};

struct SwitchRow {
  SwitchCase what;
  std::vector<Spread> instructions;  // for a request of each of switch_loads(), over the rounds
};

const std::vector<HttpCase>& switch_loads();
const std::vector<SwitchCase>& switch_cases();

// Those whose name holds `only`, and what they are compared with, in order. Pure.
std::vector<SwitchCase> chosen_switches(const std::string& only);

// Boots a machine for each; `machine` is told what ran. Throws Error; a load with errors is one.
std::vector<SwitchRow> run_switches(const SwitchOptions& options, std::string& machine);

// In Markdown, with the differences. Pure.
std::string switch_table(const std::vector<SwitchRow>& rows);

}  // namespace exo
