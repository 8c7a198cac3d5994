// SPDX-License-Identifier: MIT
#include "build.hpp"
#include "console.hpp"
#include "paths.hpp"
#include "verbs.hpp"

namespace exo {

namespace {

int build(const std::vector<std::string>& named) {
  std::vector<Path> manifests;
  for (const std::string& name : named) manifests.push_back(manifest_path(name));
  if (manifests.empty()) manifests = example_manifests();
  for (const Built& built : build_images(manifests))
    print_line(fmt::format("{}  {}", shown(built.image), shown(built.disk)));
  return 0;
}

}  // namespace

void add_build_verb(CLI::App& app, Chosen& chosen) {
  auto* verb = app.add_subcommand("build", "Build images: build/NAME.elf, which boots, and build/NAME.disk");
  const auto manifests = std::make_shared<std::vector<std::string>>();
  verb->add_option("MANIFEST", *manifests,
                   "exo.toml files, or folders with one (default: every one under examples/)");
  verb->callback([=, &chosen] { chosen = [manifests] { return build(*manifests); }; });
}

}  // namespace exo
