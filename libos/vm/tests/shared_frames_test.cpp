// SPDX-License-Identifier: MIT
#include "vm/shared_frames.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace {

// Against a plain map, over a long random history with many collisions.
TEST(SharedFrames, AgreesWithAModel) {
  vm::SharedFrames table;
  std::map<vm::u32, vm::u32> model;
  std::mt19937 random(1);
  for (int i = 0; i < 200000; i++) {
    const vm::u32 frame = random() % 1500;
    if (random() % 2 == 0) {
      if (table.share(frame) != base::Status::Ok) {
        EXPECT_EQ(model.count(frame), 0u);
        EXPECT_EQ(table.count(), vm::SharedFrames::kSlots / 4 * 3);
        continue;
      }
      model[frame] += model.count(frame) == 0 ? 2 : 1;
    } else {
      const vm::u32 expected = model.count(frame) == 0 ? 0 : --model[frame];
      if (expected == 1) model.erase(frame);
      EXPECT_EQ(table.drop(frame), expected);
    }
    EXPECT_EQ(table.shared(frame), model.count(frame) == 1);
    EXPECT_EQ(table.count(), model.size());
  }
}

}  // namespace
