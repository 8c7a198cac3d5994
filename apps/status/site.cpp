// SPDX-License-Identifier: MIT
#include "apps/status/site.hpp"

#include "apps/status/pages.hpp"

namespace status {

base::Status LedgerSite::start(const core::StartInfo& start) {
  TRY_STATUS(ledger_.open(start));
  buffers_ = TRY(vm::allocate_dma(kBuffers * kBufferPages)).bytes;
  return base::Status::Ok;
}

http::Found LedgerSite::find(u64, std::string_view path, http::Document& document) {
  const bool html = path == "/" || path == "/index.html";
  if (!html && path != "/status.json") return http::Found::Missing;
  u32 i = 0;
  while (i < kBuffers && busy_[i]) i++;
  if (i == kBuffers) return http::Found::Later;
  constexpr u64 kBytes = kBufferPages * kPageSize;
  u8* buffer = buffers_ + i * kBytes;
  base::Text text(reinterpret_cast<char*>(buffer), kBytes);
  ledger_.copy(snapshot_);
  if (html) {
    write_html(text, ledger_, snapshot_);
  } else {
    write_json(text, ledger_, snapshot_);
  }
  if (text.truncated()) return http::Found::Failed;
  busy_[i] = true;
  document.data = buffer;
  document.length = static_cast<u32>(text.size());
  document.type = html ? "text/html; charset=utf-8" : "application/json";
  document.token = i;
  return http::Found::Here;
}

void LedgerSite::done(u64 token) {
  busy_[token] = false;
  came_back_ = true;
}

bool LedgerSite::poll() {
  const bool result = came_back_;
  came_back_ = false;
  return result;
}

}  // namespace status
