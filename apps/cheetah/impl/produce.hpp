// SPDX-License-Identifier: MIT
// Server: a response is handed over step by step, as far as pieces, parts of the file and buffers are there.
// Nothing of it is handed over before the first part of the file is there. Included by server.hpp.
#pragma once

namespace cheetah {

CHEETAH_SERVER void CHEETAH::produce(u64 now, u32 slot) {
  Exchange& e = at(slot);
  while (e.step <= 2 * e.ranges) {
    if (e.pieces >= kFewPieces && has_enough(slot)) return wait(slot, Wait::Pieces);
    if (e.step % 2 != 0 ? !produce_range(now, slot)
        : e.plain       ? !produce_head(now, slot)
                        : !produce_text(now, slot))
      return;
  }
  produced(now, slot);
}

// Whether the parts that are handed over are all that may be on their way, and one more.
CHEETAH_SERVER bool CHEETAH::has_enough(u32 slot) {
  constexpr u32 kPart = pack::kRunBlocks * pack::kBlock;
  const u32 pieces = at(slot).pieces;
  return pieces == kMostPieces || pieces >= transport_->window(slot) / kPart + 2;
}

// All was handed over.
CHEETAH_SERVER void CHEETAH::produced(u64 now, u32 slot) {
  Exchange& e = at(slot);
  drop_buffer(e);
  e.phase = Phase::Reading;
  put_parser(e);
  if (!e.keep_alive) return finish(now, slot);
  set_deadline(slot, now + (e.pieces > 0 ? options_->timeouts.send : options_->timeouts.idle));
}

// False: the connection is no more.
CHEETAH_SERVER bool CHEETAH::send(u64 now, u32 slot, const net::Piece& piece, u64 token) {
  Exchange& e = at(slot);
  e.pieces++;
  counters_.bytes += piece.length;
  set_deadline(slot, now + options_->timeouts.send + u64{piece.length} / http::kLeastRate * 1'000'000'000);
  if (transport_->send(slot, piece, token)) return true;
  e.pieces--;
  if ((token & 1) != 0) {
    buffers_.at(static_cast<u32>(token >> 1)).users--;
  } else {
    store_->cache().release(static_cast<u32>(token >> 1));
  }
  cut_off(slot);
  return false;
}

CHEETAH_SERVER bool CHEETAH::produce_text(u64 now, u32 slot) {
  Exchange& e = at(slot);
  const u32 text = e.step / 2;
  if (text < e.ranges) {
    if (e.step == 0 && e.ranges > 0) {
      const Have have = store_->want(e.file, e.range[0].first);
      if (have == Have::Later) {
        set_deadline(slot, now + options_->timeouts.load);
        wait(slot, Wait::Run);
        return false;
      }
      if (have == Have::Never) {
        drop_buffer(e);
        e.ranges = 0;
        answer_unavailable(now, slot);
        return false;
      }
    }
    e.position = e.range[text].first;
  }
  e.step++;
  const u32 from = text == 0 ? 0 : e.cut[text - 1];
  if (e.buffer == 0 || e.cut[text] == from) return true;
  Buffer& buffer = buffers_.at(e.buffer);
  buffer.users++;
  return send(now, slot, {reinterpret_cast<const u8*>(buffer.text) + from, e.cut[text] - from},
              token_of_buffer(e.buffer));
}

// The header of a whole file: the one that lies in front of it, or a copy of that with another end.
CHEETAH_SERVER bool CHEETAH::produce_head(u64 now, u32 slot) {
  Exchange& e = at(slot);
  if (e.step > 0) {  // behind the file
    e.step++;
    return true;
  }
  const Have have = store_->want(e.file, 0);
  if (have == Have::Later) {
    set_deadline(slot, now + options_->timeouts.load);
    wait(slot, Wait::Run);
    return false;
  }
  if (have == Have::Never) {
    answer_unavailable(now, slot);
    return false;
  }
  const u32 head =
      options_->heads ? store_->ready_head(e.file, e.chosen, wall(now), clock_, transport_->quiet()) : 0;
  if (head == 0 || !e.keep_alive) {
    if (buffers_.empty()) {
      wait(slot, Wait::Buffer);
      return false;
    }
    return write_plain_head(now, slot, head);
  }
  const net::Piece piece = store_->piece(e.file, 0, e.range[0].last + 1, head);
  const u32 run = store_->run_of(e.file, 0);
  store_->cache().hold(run);
  e.position = piece.length - head;
  e.step = e.position > e.range[0].last ? 3 : 1;
  return send(now, slot, piece, token_of_run(run));
}

// `ready`: length of the header that lies in front of the file, 0: it cannot be used.
CHEETAH_SERVER bool CHEETAH::write_plain_head(u64 now, u32 slot, u32 ready) {
  constexpr std::string_view kEnd = "Connection: keep-alive\r\n\r\n", kOtherEnd = "Connection: close\r\n\r\n";
  Exchange& e = at(slot);
  take_buffer(e);
  Buffer& buffer = buffers_.at(e.buffer);
  if (ready != 0) {
    const u32 same = ready - static_cast<u32>(kEnd.size());
    __builtin_memcpy(buffer.text, store_->piece(e.file, 0, 1, ready).data, same);
    __builtin_memcpy(buffer.text + same, kOtherEnd.data(), kOtherEnd.size());
    e.cut[0] = static_cast<u16>(same + kOtherEnd.size());
  } else {
    http::Head head{.keep_alive = e.keep_alive, .now = wall(now)};
    store_->describe(e.file, e.chosen, head);
    base::Text out(buffer.text, sizeof buffer.text);
    http::write_head(out, head);
    e.cut[0] = static_cast<u16>(out.size());
  }
  e.step = 1;
  buffer.users++;
  return send(now, slot, {reinterpret_cast<const u8*>(buffer.text), e.cut[0]}, token_of_buffer(e.buffer));
}

CHEETAH_SERVER bool CHEETAH::produce_range(u64 now, u32 slot) {
  Exchange& e = at(slot);
  const u64 end = e.range[e.step / 2].last + 1;
  const Have have = store_->want(e.file, e.position);
  if (have == Have::Never) {  // in the middle of a response: there is no other way to say so
    cut_off(slot);
    return false;
  }
  if (have == Have::Later) {
    set_deadline(slot, now + options_->timeouts.load);
    wait(slot, Wait::Run);
    return false;
  }
  const net::Piece piece = store_->piece(e.file, e.position, end);
  const u32 run = store_->run_of(e.file, e.position);
  store_->cache().hold(run);
  e.position += piece.length;
  if (e.position == end) e.step++;
  return send(now, slot, piece, token_of_run(run));
}

// The file cannot be read: 503, in our words if it was the page for 503 itself.
CHEETAH_SERVER void CHEETAH::answer_unavailable(u64 now, u32 slot) {
  Exchange& e = at(slot);
  if (e.status == 503 || buffers_.empty()) return cut_off(slot);
  answer_error(now, slot, 503, e.keep_alive);
}

}  // namespace cheetah
