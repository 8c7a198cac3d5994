// SPDX-License-Identifier: MIT
// LedgerSite: `/` and `/status.json`, written anew for each request into one of a few buffers that
// the card sends from.
#pragma once
#include "apps/status/ledger.hpp"
#include "http/server.hpp"
#include "vm/vm.hpp"

namespace status {

class LedgerSite {
 public:
  base::Status start(const core::StartInfo& start);
  // For http::site_of.
  http::Found find(u64 now, std::string_view path, http::Document& document);
  void done(u64 token);
  // True: a buffer came back that somebody may wait for.
  bool poll();

 private:
  static constexpr u32 kBuffers = 8;
  static constexpr u32 kBufferPages = 32;

  Ledger ledger_;
  Snapshot snapshot_{};
  u8* buffers_ = nullptr;
  bool busy_[kBuffers] = {};
  bool came_back_ = false;
};

}  // namespace status
