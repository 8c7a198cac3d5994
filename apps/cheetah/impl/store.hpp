// SPDX-License-Identifier: MIT
// Store: its functions. Included by store.hpp.
#pragma once

namespace cheetah {

// Which alternatives a file has is looked up once.
template <class Disk>
u8 Store<Disk>::mark_of(u32 file) {
  u8& mark = marks_[file];
  if (mark != 0) return mark;
  const std::string_view path = pack::Directory::path(entry(file));
  mark = kLooked;
  for (const http::Encoding encoding : {http::Encoding::Gzip, http::Encoding::Brotli})
    if (directory_.find(path, http::suffix_of(encoding)) != nullptr) mark |= http::bit_of(encoding);
  if (stands_for_another(path)) mark |= kStandsForAnother;
  return mark;
}

template <class Disk>
bool Store<Disk>::stands_for_another(std::string_view path) const {
  for (const http::Encoding encoding : {http::Encoding::Gzip, http::Encoding::Brotli}) {
    const std::string_view suffix = http::suffix_of(encoding);
    if (!path.ends_with(suffix)) continue;
    path.remove_suffix(suffix.size());
    return directory_.find(path) != nullptr;
  }
  return false;
}

template <class Disk>
Place Store<Disk>::find(std::string_view path, const http::AcceptEncoding& accept) {
  Place place;
  const pack::Directory::Resolved resolved = directory_.resolve(path);
  if (resolved.match == pack::Directory::Match::Nothing) return place;
  if (resolved.match == pack::Directory::Match::Directory) {
    place.kind = Place::Kind::Directory;
    return place;
  }
  place.kind = Place::Kind::File;
  place.file = directory_.index(*resolved.entry);
  const u8 available = mark_of(place.file) & static_cast<u8>(~(kLooked | kStandsForAnother));
  if (available == 0) return place;
  const http::Encoding encoding = accept.choose(available);
  if (encoding == http::Encoding::Identity) return place;
  const std::string_view own = pack::Directory::path(*resolved.entry);
  place.file = directory_.index(*directory_.find(own, http::suffix_of(encoding)));
  place.chosen = true;
  return place;
}

template <class Disk>
void Store<Disk>::describe(u32 file, bool chosen, http::Head& head) {
  constexpr u64 kSpread = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio
  const pack::Entry& e = entry(file);
  std::string_view path = pack::Directory::path(e);
  head.varies = chosen;
  if (chosen) {
    head.encoding = path.ends_with(".br") ? http::Encoding::Brotli : http::Encoding::Gzip;
    path.remove_suffix(http::suffix_of(head.encoding).size());
  } else {
    head.varies =
        (mark_of(file) & (http::bit_of(http::Encoding::Gzip) | http::bit_of(http::Encoding::Brotli))) != 0;
  }
  head.type = http::content_type(path);
  // Changes whenever the bytes do: their CRC and number, and the file's time.
  const http::Tag tag = (u64{e.crc} << 32) ^ e.length ^ (e.modified * kSpread);
  head.validators = {tag != 0 ? tag : 1, e.modified};
  head.ranges = true;
  head.length = head.whole = e.length;
}

template <class Disk>
Have Store<Disk>::want(u32 file, u64 position) {
  const pack::Entry& e = entry(file);
  const u32 blocks = static_cast<u32>(pack::file_blocks(e.length));
  const u32 run = static_cast<u32>((position + pack::kHeadroom) / kRunBytes);
  const auto blocks_of = [&](u32 number) {
    const u32 left = blocks - number * pack::kRunBlocks;
    return left < pack::kRunBlocks ? left : pack::kRunBlocks;
  };
  const bool absent = cache_.at(e.first_run + run).state == RunState::Absent;
  const Have have =
      cache_.want(e.first_run + run, e.first_block + run * pack::kRunBlocks, blocks_of(run), is_hot(file));
  Run& here = cache_.at(e.first_run + run);
  here.users++;  // so that it is not this one that makes room
  for (u32 next = run + 1; next <= run + ahead_ && next * pack::kRunBlocks < blocks; next++)
    cache_.expect(e.first_run + next, e.first_block + next * pack::kRunBlocks, blocks_of(next));
  if (absent && have == Have::Later && together_ && (run + 1) * pack::kRunBlocks >= blocks)
    expect_followers(file, blocks_of(run));
  here.users--;
  return have;
}

// Small files whose bytes lie behind this one's, of which `blocks` are being read: the disk reads them with
// the same command. Nothing goes to make room for them.
template <class Disk>
void Store<Disk>::expect_followers(u32 file, u32 blocks) {
  constexpr u64 kTogether = u64{2} * pack::kRunBlocks;
  u64 all = blocks;
  for (u32 next = entry(file).next; next != 0; next = entry(next - 1).next) {
    const pack::Entry& e = entry(next - 1);
    const u64 more = pack::file_blocks(e.length);
    all += more;
    if (all > kTogether || more > pack::kRunBlocks || cache_.resident() + more > cache_.budget()) return;
    cache_.expect(e.first_run, e.first_block, static_cast<u32>(more));
  }
}

template <class Disk>
net::Piece Store<Disk>::piece(u32 file, u64 position, u64 end, u32 head) {
  Run& run = cache_.at(run_of(file, position));
  const u64 run_end = ((position + pack::kHeadroom) / kRunBytes + 1) * kRunBytes - pack::kHeadroom;
  if (end > run_end) end = run_end;
  net::Piece piece{first(file) + position - head, static_cast<u32>(end - position) + head};
  if (kept_ == nullptr || !is_hot(file)) return piece;
  if (!run.summed) sum(run);
  piece.summed = disk_->page(run.block);
  piece.sums = kept_ + run.block * kSumsPerBlock;
  return piece;
}

template <class Disk>
void Store<Disk>::make_head(u32 file, bool chosen, u64 wall, Run& run) {
  http::Head head{.keep_alive = true, .now = wall};
  describe(file, chosen, head);
  char text[http::kMaxFileHead];
  const u32 length = http::make_file_head(text, sizeof text, head);
  __builtin_memcpy(first(file) - length, text, length);
  run.head = static_cast<u16>(length);
}

// A date that changes changes the sums before it and none behind.
template <class Disk>
void Store<Disk>::sum_headroom(Run& run) {
  constexpr u32 kSteps = pack::kHeadroom / net::kSumStep;
  u16 part[kSteps + 1];
  u16* kept = kept_ + run.block * kSumsPerBlock;
  net::make_sums({disk_->page(run.block), pack::kHeadroom}, part);
  for (u32 i = 0; i < kSteps; i++) {
    u32 sum = u32{kept[kSteps]} + static_cast<u16>(~part[kSteps]) + part[i];
    while (sum >> 16 != 0) sum = (sum >> 16) + (sum & 0xffff);
    kept[i] = static_cast<u16>(sum);
  }
}

template <class Disk>
u32 Store<Disk>::ready_head(u32 file, bool chosen, u64 wall, http::DateClock& clock, bool quiet) {
  Run& run = cache_.at(entry(file).first_run);
  const u32 second = static_cast<u32>(wall);
  if (run.head != 0 && run.second == second)
    return chosen == ((marks_[file] & kStandsForAnother) != 0) ? run.head : 0;
  if (run.users > 0 && !quiet) return 0;
  if (((mark_of(file) & kStandsForAnother) != 0) != chosen) return 0;
  if (run.head == 0) {
    make_head(file, chosen, wall, run);
    if (run.head == 0) return 0;
  }
  http::patch_date(reinterpret_cast<char*>(first(file)) - run.head, http::date_offset(200), clock.at(wall));
  run.second = second;
  if (run.summed) sum_headroom(run);
  return run.head;
}

}  // namespace cheetah
