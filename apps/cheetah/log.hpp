// SPDX-License-Identifier: MIT
// Log: the access log: a ring of records in memory that others may map and read. The server writes and never
// looks back, so nobody can hold it up; a reader that is too slow sees by `written` that it lost some.
// All numbers are in the processor's byte order.
#pragma once
#include <string_view>

#include "net/ip_address.hpp"

namespace cheetah {

using namespace abi;

inline constexpr u64 kLogMagic = 0x676f4c6f7845;  // "ExoLog"
inline constexpr u32 kLogPath = 88;

struct LogRecord {
  u64 time;     // seconds since 1970
  u64 bytes;    // of the content
  u64 from[2];  // address, an IPv4 one as its mapped form
  u16 port;
  u16 status;
  u8 method;  // http::Method
  u8 path_length;
  u8 zero[2];
  char path[kLogPath];  // of the file, or as it was asked for; cut off if it is longer
};
static_assert(sizeof(LogRecord) == 128);

// At the beginning of the ring's memory, as large as a record.
struct LogHeader {
  u64 magic;
  u64 records;  // that the ring has room for
  u64 written;  // ever: record n is in place n % records, complete if n < written
  u64 zero[13];
};
static_assert(sizeof(LogHeader) == sizeof(LogRecord));

class Log {
 public:
  constexpr Log() = default;
  // `bytes` of zeroed memory, a multiple of a record's.
  void start(void* memory, u64 bytes) {
    header_ = static_cast<LogHeader*>(memory);
    records_ = reinterpret_cast<LogRecord*>(memory) + 1;
    header_->magic = kLogMagic;
    header_->records = bytes / sizeof(LogRecord) - 1;
  }
  bool on() const { return header_ != nullptr; }

  // The record to fill in, path and all; then done().
  LogRecord& next() {
    LogRecord& record = records_[place_];
    if (++place_ == header_->records) place_ = 0;
    return record;
  }
  void done() {
    asm volatile("" : : : "memory");  // the record is written before it counts
    __atomic_store_n(&header_->written, header_->written + 1, __ATOMIC_RELAXED);
  }

 private:
  LogHeader* header_ = nullptr;
  LogRecord* records_ = nullptr;
  u64 place_ = 0;
};

}  // namespace cheetah
