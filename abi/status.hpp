// SPDX-License-Identifier: MIT
// What every system call answers in rax. Zero is success, errors are negative. A call that
// answers an error has changed nothing, except where its page in the reference says "up to here".
#pragma once
#include "abi/types.hpp"

namespace abi {

enum class Status : i64 {
  Ok = 0,
  BadCall = -1,       // no such system call
  BadArgument = -2,   // a number out of its range, a misaligned or reserved field
  BadAddress = -3,    // user memory that is not mapped, or not with the rights the call needs
  BadCap = -4,        // the slot is empty, or holds a capability of another type
  Denied = -5,        // the capability lacks the right, or the object is not the caller's
  OutOfRange = -6,    // outside the range that the capability covers
  Occupied = -7,      // the named slot, entry or command identifier is in use
  Busy = -8,          // the object is still referenced (maps, pins, descendants, a running env)
  NoMemory = -9,      // no free frame, or that frame is not free yet
  Quota = -10,        // the environment's quota is used up
  NoSpace = -11,      // a kernel table or a device queue is full
  Again = -12,        // one bounded step done, call again for the rest
  Gone = -13,         // the environment at the other end has ended
  BadProgram = -14,   // the packet filter was refused by the verifier
  NoDevice = -15,     // the machine has no such device
  TimedOut = -16,     // the deadline came first
  DeviceError = -17,  // the device reported an error, or never answered
  Damaged = -18,      // what is stored contradicts itself, and nothing is guessed
  NotFound = -19,     // nothing is recorded under that name
};

inline constexpr u32 kStatusCount = 20;

constexpr const char* status_name(Status s) {
  constexpr const char* kNames[kStatusCount] = {
      "Ok",         "BadCall",  "BadArgument", "BadAddress",  "BadCap",  "Denied",  "OutOfRange",
      "Occupied",   "Busy",     "NoMemory",    "Quota",       "NoSpace", "Again",   "Gone",
      "BadProgram", "NoDevice", "TimedOut",    "DeviceError", "Damaged", "NotFound"};
  const u64 index = static_cast<u64>(-static_cast<i64>(s));
  return index < kStatusCount ? kNames[index] : "?";
}

}  // namespace abi
