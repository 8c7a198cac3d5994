// SPDX-License-Identifier: MIT
#include "build.hpp"
#include "console.hpp"
#include "paths.hpp"
#include "verbs.hpp"

namespace exo {

int build_verb(const std::vector<std::string>& named) {
  std::vector<Path> manifests;
  for (const std::string& name : named) manifests.push_back(manifest_path(name));
  if (manifests.empty()) manifests = example_manifests();
  for (const Built& built : build_images(manifests))
    print_line(fmt::format("{}  {}", shown(built.image), shown(built.disk)));
  return 0;
}

}  // namespace exo
