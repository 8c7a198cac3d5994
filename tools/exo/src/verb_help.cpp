// SPDX-License-Identifier: MIT
#include "console.hpp"
#include "error.hpp"
#include "verbs.hpp"

namespace exo {

CLI::App* find_verb(CLI::App& app, const std::string& name) {
  for (CLI::App* verb : app.get_subcommands([](CLI::App*) { return true; }))
    if (verb->get_name() == name) return verb;
  return nullptr;
}

void add_help_verb(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("help", "Show this, or what one verb takes");
  const auto name = std::make_shared<std::string>();
  verb->add_option("VERB", *name, "a verb");
  verb->callback([name, &app, &chosen] {
    chosen = [name, &app] {
      const CLI::App* named = name->empty() ? &app : find_verb(app, *name);
      if (named == nullptr) bad_input("exo: no verb \"{}\"; see ./exo help", *name);
      std::string text = name->empty() ? named->help() : named->help("exo");
      while (text.ends_with('\n')) text.pop_back();
      print_line(text);
      return kExitOk;
    };
  });
}

}  // namespace exo
