// SPDX-License-Identifier: MIT
// How attacks are written: a named entry of a table, with the answer that a sound kernel gives, and a
// function that tries it once or many times. Whatever gets another answer counts as a success of the
// attacker, or as a wrong answer, and both as a failure of the kernel.
#pragma once
#include <span>

#include "core/start.hpp"
#include "core/syscall.hpp"

namespace intruder {
using namespace abi;
using core::SysResult;
namespace sys = abi::sys;

inline constexpr u64 kNoFault = ~0ul;

// The answer that is right.
struct Expected {
  enum class Kind : u8 { Error, AnyError, Fault, Survival } kind;
  Status status;
  u64 vector;
};
constexpr Expected refusal(Status status) { return {Expected::Kind::Error, status, 0}; }
// Many different errors are right, for tries in great numbers.
inline constexpr Expected any_refusal{Expected::Kind::AnyError, Status::Ok, 0};
constexpr Expected exception(u64 vector) { return {Expected::Kind::Fault, Status::Ok, vector}; }
// The machine goes on and nothing was gained.
inline constexpr Expected nothing_gained{Expected::Kind::Survival, Status::Ok, 0};

// What came of one attack.
class Trial {
 public:
  explicit Trial(const Expected& expected) : expected_(expected) {}
  void status(Status got);  // a system call answered
  void status(const SysResult& got) { status(got.status); }
  void fault(u64 vector);                          // an instruction was tried: kNoFault if it went through
  void gained(const char* what) { gain_ = what; }  // the attacker got something
  bool refused() const {
    return gain_ == nullptr && !wrong_ && (tries_ > 0 || expected_.kind == Expected::Kind::Survival);
  }
  // "attack NAME: refused (Denied)".
  void report(const char* name) const;

 private:
  Expected expected_;
  u32 tries_ = 0;
  bool wrong_ = false;
  Status status_ = Status::Ok;  // of the first try, or of the first one that was wrong
  u64 vector_ = kNoFault;
  const char* gain_ = nullptr;
};

struct Attack {
  const char* name;
  Expected expected;
  void (*run)(Trial& trial);
};

// By resource; each is a table at the end of the file of that name.
std::span<const Attack> memory_attacks();
std::span<const Attack> table_attacks();
std::span<const Attack> capability_attacks();
std::span<const Attack> forged_slot_attacks();
std::span<const Attack> revocation_attacks();
std::span<const Attack> cpu_attacks();
std::span<const Attack> instruction_attacks();
std::span<const Attack> disk_attacks();
std::span<const Attack> extent_attacks();
std::span<const Attack> net_attacks();
std::span<const Attack> filter_attacks();
std::span<const Attack> binding_attacks();

// Counts and reports one.
struct Score {
  u32 attacks = 0;
  u32 refused = 0;
  void count(const char* name, const Trial& trial);
};
// Every pointer argument of every call, with every kind of bad pointer (attacks_pointers.cpp).
void pointer_attacks(Score& score);

}  // namespace intruder
