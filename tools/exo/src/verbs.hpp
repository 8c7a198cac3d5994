// SPDX-License-Identifier: MIT
// The verbs of `exo`. Each adds itself to the command line; the one that was given is put into
// `chosen`, which main() calls after all arguments were understood.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>

namespace exo {

using Chosen = std::function<int()>;  // gives the exit status

void add_build_verb(CLI::App& app, Chosen& chosen);
void add_run_verb(CLI::App& app, Chosen& chosen);
void add_machine_verbs(CLI::App& app, Chosen& chosen);  // ps, logs, stop
void add_test_verb(CLI::App& app, Chosen& chosen);
void add_help_verb(CLI::App& app, Chosen& chosen);

// nullptr if there is no such verb.
CLI::App* find_verb(CLI::App& app, const std::string& name);

}  // namespace exo
