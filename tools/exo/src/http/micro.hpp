// SPDX-License-Identifier: MIT
// `exo bench micro`: the way of a request through Exo, from the card to the card, in guest instructions.
#pragma once
#include <string>
#include <vector>

#include "profile.hpp"

namespace exo {

struct MicroOptions {
  std::uint32_t seconds = 3;    // of each load
  std::uint32_t functions = 0;  // that take the most, printed too
  std::string write;            // file whose marked block gets the tables; empty: none
};

// Where the requests of one load went.
struct MicroLoad {
  std::string name;
  double requests = 0;
  std::vector<ProfilePlace> places;
};

// Runs Exo's web server under the profiling plugin; `machine` is told what ran. Throws Error; a load with
// errors is one.
std::vector<MicroLoad> run_micro(const MicroOptions& options, std::string& machine);

// The step of the path that a place belongs to. Pure.
std::string step_of(const ProfilePlace& place);

// Instructions for a request by steps, in the order of the path; then the functions that take the most of
// each load. Pure.
std::string micro_table(const std::vector<MicroLoad>& loads);
std::string micro_functions(const std::vector<MicroLoad>& loads, std::uint32_t most);

}  // namespace exo
