// SPDX-License-Identifier: MIT
#include "apps/common/small_child.hpp"

namespace apps {

Status fill_small_child(ChildSpace& space, const SmallProgram& program, EnvConfig& config) {
  TRY_STATUS(space.start());
  TRY_STATUS(space.add_filled(kSmallCode, program.code, kRead | kExecute));
  const u32 upcall = TRY(space.spare_frame());
  TRY_STATUS(space.map(kSmallUpcall, {&upcall, 1}, kRead | kWrite));
  config = {};
  for (u32 i = 0; program.name[i] != 0; i++) config.name[i] = program.name[i];
  config.root_table = space.root_table();
  config.upcall_frame = upcall;
  config.save_frame = TRY(space.spare_frame());
  config.upcall_page = kSmallUpcall;
  config.entry_begin = kSmallCode;
  return Status::Ok;
}

}  // namespace apps
