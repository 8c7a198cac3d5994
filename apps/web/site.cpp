// SPDX-License-Identifier: MIT
#include "apps/web/site.hpp"

#include "core/console.hpp"
#include "vm/vm.hpp"

namespace web {

namespace {

constexpr u64 kHeaderToken = ~0ul;  // commands of start(); others carry the file's index

// Changes whenever the file's bytes do: their CRC and number, and the file's time.
http::Tag tag_of(const pack::Entry& entry) {
  constexpr u64 kSpread = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio
  const http::Tag tag = (u64{entry.crc} << 32) ^ entry.length ^ (entry.modified * kSpread);
  return tag != 0 ? tag : 1;
}

u64 address(const u8* p) { return reinterpret_cast<u64>(p); }

}  // namespace

// Hands the disk as many commands of a file as it takes; the rest goes out when some have finished.
void DiskSite::ask_disk(u32 index) {
  File& file = table_[index];
  const pack::Entry& entry = directory_.at(index);
  const u32 blocks = static_cast<u32>(pack::blocks_of(entry.length));
  while (file.next_block < blocks && !file.failed) {
    const u32 left = blocks - file.next_block;
    const u32 step = left < kDiskMaxFrames ? left : kDiskMaxFrames;
    const Status status = submit(entry.first_block + file.next_block, step, index);
    if (status == Status::NoSpace) return;
    if (status != Status::Ok) {
      file.failed = true;
      return;
    }
    file.next_block += step;
    file.outstanding++;
  }
}

Status DiskSite::submit(u64 first, u32 pages, u64 token) {
  return queue_.read(first * scale_, pages * scale_, page(first), token);
}

Status DiskSite::load(u32 index) {
  const pack::Entry& entry = directory_.at(index);
  const u64 pages = pack::blocks_of(entry.length);
  if (pages > budget_) return Status::Quota;
  if (!make_room(pages)) {
    starved_ = true;
    return Status::Busy;
  }
  const Status status = vm::space().populate(address(page(entry.first_block)), pages);
  if (status != Status::Ok) {
    const Status undone = vm::space().unmap(address(page(entry.first_block)), pages);
    return undone == Status::Ok ? status : undone;
  }
  resident_ += pages;
  loading_++;
  table_[index] = {table_[index].used, 0, 0, 0, State::Loading, false};
  ask_disk(index);
  if (table_[index].outstanding == 0 && table_[index].failed) settle(index);
  return Status::Ok;
}

// All commands of a file are over: its checksum decides.
void DiskSite::settle(u32 index) {
  File& file = table_[index];
  const pack::Entry& entry = directory_.at(index);
  const u64 pages = pack::blocks_of(entry.length);
  loading_--;
  changed_ = true;
  if (!file.failed && pack::intact(entry, {page(entry.first_block), entry.length})) {
    file.state = State::Ready;
    return;
  }
  core::Line().text().put("damaged on disk: ").put(entry.path, entry.path_length);
  file.state = State::Damaged;
  resident_ -= pages;
  if (vm::space().unmap(address(page(entry.first_block)), pages) != Status::Ok) resident_ += pages;
}

void DiskSite::finished(u64 token, bool ok) {
  if (token == kHeaderToken) {
    header_ok_ = header_ok_ && ok;
    return;
  }
  const u32 index = static_cast<u32>(token);
  File& file = table_[index];
  file.outstanding--;
  if (!ok) file.failed = true;
  if (!file.failed) ask_disk(index);
  const bool all_asked = file.next_block == pack::blocks_of(directory_.at(index).length);
  if (file.outstanding == 0 && (all_asked || file.failed)) settle(index);
}

bool DiskSite::poll() {
  const u32 over = queue_.poll(
      {this, [](void* self, u64 token, bool ok) { static_cast<DiskSite*>(self)->finished(token, ok); }});
  if (over > 0 && loading_ > 0)  // the queue has room for files that found it full
    for (u32 i = 0; i < directory_.size(); i++)
      if (table_[i].state == State::Loading) ask_disk(i);
  const bool changed = changed_;
  changed_ = false;
  return changed;
}

// Lets go of files that nobody is being sent, longest unused first. False: not enough of them now.
bool DiskSite::make_room(u64 pages) {
  while (resident_ + pages > budget_) {
    u32 oldest = kNone;
    for (u32 i = 0; i < directory_.size(); i++) {
      const File& file = table_[i];
      if (file.state != State::Ready || file.users > 0 || directory_.at(i).length == 0) continue;
      if (oldest == kNone || file.used < table_[oldest].used) oldest = i;
    }
    if (oldest == kNone) return false;
    const pack::Entry& entry = directory_.at(oldest);
    const u64 gone = pack::blocks_of(entry.length);
    if (vm::space().unmap(address(page(entry.first_block)), gone) != Status::Ok) return false;
    table_[oldest].state = State::Absent;
    resident_ -= gone;
  }
  return true;
}

http::Found DiskSite::find(u64 now, std::string_view path, http::Document& document) {
  const pack::Directory::Resolved resolved = directory_.resolve(path);
  if (resolved.match == pack::Directory::Match::Directory) return http::Found::Directory;
  if (resolved.match == pack::Directory::Match::Nothing) return http::Found::Missing;
  const pack::Entry& entry = *resolved.entry;
  const u32 index = static_cast<u32>(&entry - &directory_.at(0));
  File& file = table_[index];
  file.used = now;
  if (entry.length == 0) file.state = State::Ready;
  if (entry.length > kNone) return http::Found::Failed;
  if (file.state == State::Absent) {
    const Status status = load(index);
    if (status == Status::Busy) return http::Found::Later;  // until other files are done with
    if (status != Status::Ok) return http::Found::Failed;
  }
  if (file.state == State::Loading) return http::Found::Later;
  if (file.state != State::Ready) return http::Found::Failed;
  file.users++;
  document.data = page(entry.first_block);
  document.length = static_cast<u32>(entry.length);
  document.modified = entry.modified;
  document.token = index;
  document.tag = tag_of(entry);
  return http::Found::Here;
}

void DiskSite::done(u64 token) {
  table_[token].users--;
  if (!starved_) return;
  starved_ = false;
  changed_ = true;  // there may be room now
}

}  // namespace web
