// SPDX-License-Identifier: MIT
// Log: the access log: a ring of records in memory that others may map and read. The server writes and never
// looks back, so nobody can hold it up; a reader that is too slow sees by `written` that it lost some.
// LogReader is that reader: it believes nothing of what it reads. All numbers are in the processor's byte
// order, and stores are seen in the order in which they were made (as on x86).
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
  u8 minor;  // of the version: HTTP/1.0 or, if it is not 0, HTTP/1.1
  u8 zero[1];
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
    header_->records = bytes / sizeof(LogRecord) - 1;
    __atomic_store_n(&header_->magic, kLogMagic, __ATOMIC_RELEASE);
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
    __atomic_store_n(&header_->written, header_->written + 1, __ATOMIC_RELEASE);
    asm volatile("" : : : "memory");  // and counts before its successor, in the same place, is begun
  }

 private:
  LogHeader* header_ = nullptr;
  LogRecord* records_ = nullptr;
  u64 place_ = 0;
};

// Reads what another environment writes, record by record. One that is overwritten meanwhile is never given
// out: it is counted as lost.
class LogReader {
 public:
  constexpr LogReader() = default;
  // `bytes` of a ring, at least two records long, which the writer may not have begun yet.
  LogReader(const void* memory, u64 bytes)
      : header_(static_cast<const LogHeader*>(memory)), records_(bytes / sizeof(LogRecord) - 1) {}

  // The next record, if there is one.
  bool next(LogRecord& out) {
    if (!ready()) return false;
    for (u32 tries = 0; tries < kTries; tries++) {
      const u64 written = count();
      if (written == next_) return false;
      if (written - next_ >= records_) {  // the oldest place is where the writer may be writing now
        const u64 oldest = written - records_ + 1;
        lost_ += oldest - next_;
        next_ = oldest;
        if (next_ == written) return false;
      }
      copy(next_ % records_, out);
      if (count() - next_ >= records_) continue;
      next_++;
      return true;
    }
    return false;  // it is overtaken again and again: later
  }
  // How many it has missed since this was last asked.
  u64 take_lost() {
    const u64 lost = lost_;
    lost_ = 0;
    return lost;
  }
  // What changes when there is more to read.
  const volatile u64* word() const { return &header_->written; }
  u64 expected() const { return next_; }

 private:
  static constexpr u32 kTries = 4;

  bool ready() const {
    return records_ > 0 && __atomic_load_n(&header_->magic, __ATOMIC_ACQUIRE) == kLogMagic &&
           __atomic_load_n(&header_->records, __ATOMIC_RELAXED) == records_;
  }
  u64 count() const { return __atomic_load_n(&header_->written, __ATOMIC_ACQUIRE); }
  // Word by word, so that whoever writes there meanwhile spoils the copy and nothing else.
  void copy(u64 place, LogRecord& out) const {
    const u64* from = reinterpret_cast<const u64*>(header_ + 1 + place);
    u64 words[sizeof(LogRecord) / sizeof(u64)];
    for (u64 i = 0; i < sizeof words / sizeof words[0]; i++)
      words[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    __builtin_memcpy(&out, words, sizeof out);
  }

  const LogHeader* header_ = nullptr;
  u64 records_ = 0;
  u64 next_ = 0;
  u64 lost_ = 0;
};

}  // namespace cheetah
