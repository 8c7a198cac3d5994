// SPDX-License-Identifier: MIT
#include "tcp/header_options.hpp"

#include "base/endian.hpp"

namespace tcp {

using namespace base;

namespace {

enum Kind : u8 {
  kEnd = 0,
  kFiller = 1,
  kMssKind = 2,
  kScaleKind = 3,
  kSackPermitted = 4,
  kSackKind = 5,
  kTimes = 8
};

void read_sack(std::span<const u8> blocks, HeaderOptions& options) {
  for (; blocks.size() >= 8 && options.sack_count < kSackBlocks; blocks = blocks.subspan(8))
    options.sack[options.sack_count++] = {load_be32(&blocks[0]), load_be32(&blocks[4])};
}

void read_one(u8 kind, std::span<const u8> value, bool syn, HeaderOptions& options) {
  switch (kind) {
    case kMssKind:
      if (syn && value.size() == 2) options.mss = load_be16(value.data());
      break;
    case kScaleKind:
      if (syn && value.size() == 1) options.scale = value[0] > kMaxScale ? kMaxScale : value[0];
      break;
    case kSackPermitted:
      if (syn && value.empty()) options.sack_permitted = true;
      break;
    case kSackKind:
      if (!syn && value.size() % 8 == 0) read_sack(value, options);
      break;
    case kTimes:
      if (value.size() != 8) break;
      options.timestamps = true;
      options.ts_value = load_be32(&value[0]);
      options.ts_echo = load_be32(&value[4]);
      break;
    default:
      break;
  }
}

u8* write_timestamps(const HeaderOptions& options, u8* out) {
  store_be32(out, kPredictedTimes);
  store_be32(out + 4, options.ts_value);
  store_be32(out + 8, options.ts_echo);
  return out + kTimestampsLength;
}

}  // namespace

void read_options(std::span<const u8> bytes, bool syn, HeaderOptions& options) {
  u64 i = 0;
  while (i < bytes.size() && bytes[i] != kEnd) {
    if (bytes[i] == kFiller) {
      i++;
      continue;
    }
    if (i + 2 > bytes.size()) return;
    const u64 length = bytes[i + 1];
    if (length < 2 || i + length > bytes.size()) return;
    read_one(bytes[i], bytes.subspan(i + 2, length - 2), syn, options);
    i += length;
  }
}

u32 length_of(const HeaderOptions& options) {
  u32 length = 0;
  if (options.mss != 0) length += 4;
  if (options.scale != kNoScale) length += 4;
  if (options.timestamps) length += kTimestampsLength;
  if (options.sack_permitted) length += 4;
  if (options.sack_count > 0) length += 4 + 8u * options.sack_count;
  return length;
}

void write_options(const HeaderOptions& options, u8* out) {
  if (options.mss != 0) {
    out[0] = kMssKind;
    out[1] = 4;
    store_be16(out + 2, options.mss);
    out += 4;
  }
  if (options.sack_permitted) {
    store_be32(out, u32{kFiller} << 24 | u32{kFiller} << 16 | u32{kSackPermitted} << 8 | 2);
    out += 4;
  }
  if (options.timestamps) out = write_timestamps(options, out);
  if (options.scale != kNoScale) {
    store_be32(out, u32{kFiller} << 24 | u32{kScaleKind} << 16 | 3u << 8 | options.scale);
    out += 4;
  }
  if (options.sack_count == 0) return;
  store_be32(out,
             u32{kFiller} << 24 | u32{kFiller} << 16 | u32{kSackKind} << 8 | (2u + 8u * options.sack_count));
  for (u32 i = 0; i < options.sack_count; i++) {
    store_be32(out + 4 + 8 * i, options.sack[i].begin);
    store_be32(out + 8 + 8 * i, options.sack[i].end);
  }
}

}  // namespace tcp
