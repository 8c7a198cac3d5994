// SPDX-License-Identifier: MIT
// Server: what a response is made of. Included by server.hpp.
#pragma once

namespace cheetah {

// The whole of a file.
CHEETAH_SERVER void CHEETAH::answer_plain(u64 now, u32 slot, u32 file, bool chosen, bool keep_alive) {
  Exchange& e = at(slot);
  e.file = file;
  e.chosen = chosen;
  e.keep_alive = keep_alive && !closing_;
  e.plain = true;
  e.status = 200;
  e.ranges = 1;
  e.position = 0;
  const u64 length = store_->entry(file).length;
  e.range[0] = {0, length - 1};
  note_file(now, e, length);
  begin(now, slot);
}

// A header of its own, and of a GET some ranges of the file: several have a part's header in front of each,
// the first one's behind the response's. Parts that do not fit into the buffer make it the whole file.
CHEETAH_SERVER void CHEETAH::answer_parts(u64 now, u32 slot, u32 file, const http::Selection& selection,
                                          Answer& answer) {
  Exchange& e = at(slot);
  http::Head& head = answer.head;
  if (!take_buffer(e)) return cut_off(slot);  // read_some() has seen to it that there is one
  Buffer& buffer = buffers_.at(e.buffer);
  const bool several = selection.count > 1;
  head.now = wall(now);
  head.keep_alive = head.keep_alive && !closing_;
  const http::Boundary boundary = http::make_boundary(head.validators.tag, head.now);
  if (selection.count > 0) head.length = selection.bytes();
  if (several) {
    head.length += http::overhead(boundary, head.type, selection, head.whole);
    head.boundary = boundary.view();
  } else if (selection.count == 1) {
    head.part = &selection.ranges[0];
  }
  base::Text out(buffer.text, sizeof buffer.text);
  http::write_head(out, head);
  for (u32 i = 0; i < selection.count; i++) {
    e.range[i] = selection.ranges[i];
    if (several) http::write_part(out, boundary, head.type, selection.ranges[i], head.whole);
    e.cut[i] = static_cast<u16>(out.size());
  }
  if (several) http::write_end(out, boundary);
  e.cut[selection.count] = static_cast<u16>(out.size());
  e.file = file;
  e.plain = false;
  e.keep_alive = head.keep_alive;
  e.status = head.status;
  e.ranges = static_cast<u8>(selection.count);
  if (out.truncated()) {
    drop_buffer(e);
    return answer_error(now, slot, 500, head.keep_alive);
  }
  e.position = e.range[0].first;
  note(now, e, answer.path, answer.no_content ? 0 : selection.bytes());
  begin(now, slot);
}

// A response without a file: one of our pages behind the header, or the site's page for the status: NNN.html.
CHEETAH_SERVER void CHEETAH::answer_status(u64 now, u32 slot, Answer answer) {
  Exchange& e = at(slot);
  if (!take_buffer(e)) return cut_off(slot);
  Buffer& buffer = buffers_.at(e.buffer);
  http::Head& head = answer.head;
  head.now = wall(now);
  head.keep_alive = head.keep_alive && !closing_;
  const bool has_page = head.status != 204 && head.status != 304;
  char name[4], page[256];
  base::Text digits(name, 3);
  digits.dec(head.status);
  const pack::Entry* own = head.status >= 400 ? store_->directory().find({name, 3}, ".html") : nullptr;
  base::Text ours(page, sizeof page);
  if (has_page && own == nullptr) http::write_page(ours, head.status);
  head.length = own != nullptr ? own->length : ours.size();
  if (has_page) head.type = "text/html; charset=utf-8";
  base::Text out(buffer.text, sizeof buffer.text);
  http::write_head(out, head);
  if (!answer.no_content) out.put(ours.data(), ours.size());
  if (out.truncated()) {  // a path too long to send back
    drop_buffer(e);
    return answer_error(now, slot, 404, head.keep_alive);
  }
  e.plain = false;
  e.keep_alive = head.keep_alive;
  e.status = head.status;
  e.ranges = 0;
  e.cut[0] = e.cut[1] = static_cast<u16>(out.size());
  if (own != nullptr && own->length > 0 && !answer.no_content) {
    e.ranges = 1;
    e.file = store_->directory().index(*own);
    e.position = 0;
    e.range[0] = {0, own->length - 1};
  }
  note(now, e, answer.path, head.length);
  begin(now, slot);
}

CHEETAH_SERVER void CHEETAH::answer_error(u64 now, u32 slot, u16 status, bool keep_alive) {
  Answer answer;
  answer.head.status = status;
  answer.head.keep_alive = keep_alive;
  answer.no_content = at(slot).method == static_cast<u8>(http::Method::Head);
  answer_status(now, slot, answer);
}

CHEETAH_SERVER bool CHEETAH::take_buffer(Exchange& e) {
  e.buffer = buffers_.take();
  if (e.buffer == 0) return false;
  buffers_.at(e.buffer).users = 1;
  return true;
}

CHEETAH_SERVER void CHEETAH::drop_buffer(Exchange& e) {
  if (e.buffer == 0) return;
  if (--buffers_.at(e.buffer).users == 0) {
    buffers_.give_back(e.buffer);
    buffer_came_ = true;
  }
  e.buffer = 0;
}

CHEETAH_SERVER void CHEETAH::begin(u64 now, u32 slot) {
  Exchange& e = at(slot);
  e.phase = Phase::Answering;
  e.step = 0;
  (e.status < 400 ? counters_.responses_ok : counters_.responses_error)++;
  produce(now, slot);
}

CHEETAH_SERVER LogRecord& CHEETAH::begin_record(u64 now, const Exchange& e, u64 bytes) {
  LogRecord& record = log_.next();
  record.time = wall(now);
  record.bytes = bytes;
  record.from[0] = e.address.high();
  record.from[1] = e.address.low();
  record.port = e.port;
  record.status = e.status;
  record.method = e.method;
  record.minor = e.minor;
  return record;
}

CHEETAH_SERVER void CHEETAH::note_file(u64 now, const Exchange& e, u64 bytes) {
  if (!log_.on()) return;
  LogRecord& record = begin_record(now, e, bytes);
  const pack::Entry& entry = store_->entry(e.file);
  record.path_length = static_cast<u8>(entry.path_length < kLogPath ? entry.path_length : kLogPath);
  static_assert(pack::kMaxPath >= kLogPath);
  __builtin_memcpy(record.path, entry.path, kLogPath);
  log_.done();
}

CHEETAH_SERVER void CHEETAH::note(u64 now, const Exchange& e, std::string_view path, u64 bytes) {
  if (!log_.on()) return;
  LogRecord& record = begin_record(now, e, bytes);
  record.path_length = static_cast<u8>(path.size() < kLogPath ? path.size() : kLogPath);
  for (u32 i = 0; i < kLogPath; i++) record.path[i] = i < record.path_length ? path[i] : char{0};
  log_.done();
}

}  // namespace cheetah
