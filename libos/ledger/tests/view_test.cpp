// SPDX-License-Identifier: MIT
// A thread plays the kernel: it changes two fields that belong together, under the version.
#include "ledger/view.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace {

using namespace exo_abi;

struct Tables {
  LedgerHeader header{};
  EnvEntry envs[2]{};
};

struct Playground : testing::Test {
  Tables tables;
  std::atomic<bool> stop{false};

  void SetUp() override {
    tables.header.magic = kLedgerMagic;
    tables.header.format = kLedgerVersion;
    tables.header.envs = {offsetof(Tables, envs), sizeof(EnvEntry), 2, 0};
  }
  void begin() { __atomic_fetch_add(&tables.header.version, 1, __ATOMIC_SEQ_CST); }
  void end() { __atomic_fetch_add(&tables.header.version, 1, __ATOMIC_RELEASE); }

  // syscalls and faults of env 1 are equal between two changes.
  void play_kernel(bool tell) {
    auto& env = tables.envs[1];
    while (!stop) {
      if (tell) begin();
      __atomic_store_n(&env.syscalls, env.syscalls + 1, __ATOMIC_RELAXED);
      std::this_thread::yield();
      __atomic_store_n(&env.faults, env.faults + 1, __ATOMIC_RELAXED);
      if (tell) end();
      for (int i = 0; i < 100; i++) __builtin_ia32_pause();
    }
  }
};

TEST_F(Playground, KnowsItsFormat) {
  EXPECT_TRUE(ledger::View(&tables, nullptr).valid());
  tables.header.format++;
  EXPECT_FALSE(ledger::View(&tables, nullptr).valid());
  EXPECT_FALSE(ledger::View().valid());
}

TEST_F(Playground, CopiesAgreeWithThemselves) {
  std::thread kernel([this] { play_kernel(true); });
  const ledger::View view(&tables, nullptr);
  int good = 0;
  for (int i = 0; i < 20000; i++) {
    EnvEntry copy;
    if (!view.env(1, copy)) continue;
    good++;
    ASSERT_EQ(copy.syscalls, copy.faults);
  }
  stop = true;
  kernel.join();
  EXPECT_GT(good, 1000);
}

TEST_F(Playground, GivesUpWhileAChangeDoesNotEnd) {
  begin();
  EnvEntry copy;
  EXPECT_FALSE(ledger::View(&tables, nullptr).env(1, copy));
  end();
  EXPECT_TRUE(ledger::View(&tables, nullptr).env(1, copy));
}

}  // namespace
