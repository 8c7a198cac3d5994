// SPDX-License-Identifier: MIT
// The `exo` command: builds images, runs them, and looks after what runs. Each verb is in a file
// of its own (verb_*.cpp); this is only the table of contents.
#include <cstdio>

#include "error.hpp"
#include "verbs.hpp"

namespace {

// Without the types of arguments: the descriptions say what is expected.
std::shared_ptr<CLI::Formatter> plain_formatter() {
  class Plain : public CLI::Formatter {
    std::string make_option_opts(const CLI::Option*) const override { return ""; }
  };
  auto formatter = std::make_shared<Plain>();
  formatter->column_width(28);
  return formatter;
}

int run(int argc, char** argv) {
  CLI::App app("Exo: library OSes that do not trust each other share one machine.", "exo");
  app.require_subcommand(1);
  app.set_help_flag("-h,--help", "show this");
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return fmt::format("exo: {}; see ./exo help\n", error.what());
  });
  app.formatter(plain_formatter());
  exo::Chosen chosen;
  exo::add_run_verb(app, chosen);
  exo::add_build_verb(app, chosen);
  exo::add_machine_verbs(app, chosen);
  exo::add_test_verb(app, chosen);
  exo::add_help_verb(app, chosen);
  if (argc > 1 && argv[1][0] != '-' && exo::find_verb(app, argv[1]) == nullptr)
    exo::bad_input("exo: no verb \"{}\"; see ./exo help", argv[1]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? exo::kExitOk : exo::kExitBadInput;
  }
  return chosen();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const exo::Error& error) {
    std::fflush(stdout);
    fmt::print(stderr, "{}\n", error.what());
    return error.status();
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "exo: {}\n", error.what());
    return exo::kExitFailed;
  }
}
