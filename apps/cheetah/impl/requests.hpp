// SPDX-License-Identifier: MIT
// Server: from bytes to what they ask for. Included by server.hpp.
#pragma once

namespace cheetah {

// Reads requests and answers them, until there is no more to read or an answer is not handed over.
CHEETAH_SERVER void CHEETAH::read(u64 now, u32 slot) {
  Exchange& e = at(slot);
  while (e.phase == Phase::Reading && e.wait == Wait::Nothing) {
    const std::span<const u8> bytes = transport_->readable(slot);
    if (bytes.empty()) {
      if (transport_->finished(slot)) finish(now, slot);
      break;
    }
    if (e.parser == 0 && options_->known && answer_known(now, slot, bytes)) continue;
    if (!read_some(now, slot, bytes)) break;
  }
  if (e.phase == Phase::Draining) drain(slot);
}

// What comes after we have closed is read and forgotten: unread, it would make the end a reset, which could
// overtake the response (RFC 9112, 9.6).
CHEETAH_SERVER void CHEETAH::drain(u32 slot) {
  for (;;) {
    const std::span<const u8> bytes = transport_->readable(slot);
    if (bytes.empty()) return;
    transport_->consume(slot, static_cast<u32>(bytes.size()));
  }
}

CHEETAH_SERVER bool CHEETAH::answer_known(u64 now, u32 slot, std::span<const u8> bytes) {
  const KnownRequest* known = known_.find(bytes);
  if (known == nullptr) return false;
  transport_->consume(slot, static_cast<u32>(bytes.size()));
  counters_.requests++;
  counters_.known++;
  at(slot).method = static_cast<u8>(http::Method::Get);
  at(slot).minor = known->minor;
  answer_plain(now, slot, known->file, known->chosen, known->keep_alive);
  return true;
}

// Most requests come whole and need a parser for no longer than this takes. False: wait for more.
CHEETAH_SERVER bool CHEETAH::read_some(u64 now, u32 slot, std::span<const u8> bytes) {
  Exchange& e = at(slot);
  if (buffers_.empty()) {  // whatever the answer is, it can be given
    wait(slot, Wait::Buffer);
    return false;
  }
  http::Parser& parser = parser_of(e);
  const bool fresh = e.parser == 0;
  if (fresh) parser.reset();
  const u32 taken = parser.feed(bytes);
  if (!parser.done() && !parser.failed()) {
    transport_->consume(slot, taken);
    return !fresh || !parser.started() || keep_parser(now, slot);
  }
  counters_.requests++;
  e.method = static_cast<u8>(parser.method());
  e.minor = parser.minor();
  if (parser.failed()) {
    transport_->consume(slot, taken);
    answer_error(now, slot, parser.error(), false);
    return true;
  }
  const bool whole = fresh && taken == bytes.size() && options_->known;
  request(now, slot, parser, whole ? bytes : std::span<const u8>());
  if (e.phase != Phase::Free) {
    transport_->consume(slot, taken);
    put_parser(e);
  }
  return true;
}

CHEETAH_SERVER void CHEETAH::put_parser(Exchange& e) {
  if (e.parser != 0) parsers_.give_back(e.parser);
  e.parser = 0;
}

// A request that has begun keeps its parser. When there is none left, the one that has taken longest is
// given up: those who ask in one go are served by all means.
CHEETAH_SERVER bool CHEETAH::keep_parser(u64 now, u32 slot) {
  Exchange& e = at(slot);
  if (parsers_.empty()) {
    u32 oldest = 0;
    for (u32 i = 1; i < Parsers; i++)
      if (at(parser_owner_[i]).deadline < at(parser_owner_[oldest]).deadline) oldest = i;
    counters_.timeouts++;
    cut_off(parser_owner_[oldest]);
  }
  e.parser = parsers_.take();
  parsers_.at(e.parser) = *scratch_;
  parser_owner_[e.parser - 1] = slot;
  set_deadline(slot, now + options_->timeouts.header);
  return true;
}

// `whole`: the request's bytes if they came in one run and nothing else did.
CHEETAH_SERVER void CHEETAH::request(u64 now, u32 slot, const http::Parser& parser,
                                     std::span<const u8> whole) {
  switch (parser.method()) {
    case http::Method::Options:
      return answer_error(now, slot, 204, parser.keep_alive());
    case http::Method::NotAllowed:
      return answer_error(now, slot, 405, parser.keep_alive());
    case http::Method::Unknown:
      return answer_error(now, slot, 501, parser.keep_alive());
    case http::Method::Get:
    case http::Method::Head:
      return find(now, slot, parser, whole);
  }
}

CHEETAH_SERVER void CHEETAH::find(u64 now, u32 slot, const http::Parser& parser, std::span<const u8> whole) {
  Answer answer;
  answer.head.keep_alive = parser.keep_alive();
  answer.path = parser.path();
  answer.no_content = parser.method() == http::Method::Head;
  std::string_view rest;
  if (const http::Redirect* to = http::find_redirect(redirects_, parser.path(), rest)) {
    answer.head.status = to->status;
    answer.head.location = to->to;
    answer.head.encoded_location = rest;
    return answer_status(now, slot, answer);
  }
  const Place place = store_->find(parser.path(), parser.accept());
  if (place.kind == Place::Kind::File) return answer_file(now, slot, parser, place, whole);
  answer.head.status = 404;
  if (place.kind == Place::Kind::Directory) {
    answer.head.status = 301;
    answer.head.encoded_location = parser.path();
    answer.head.directory = true;
  }
  answer_status(now, slot, answer);
}

CHEETAH_SERVER void CHEETAH::answer_file(u64 now, u32 slot, const http::Parser& parser, const Place& place,
                                         std::span<const u8> whole) {
  Answer answer;
  http::Head& head = answer.head;
  store_->describe(place.file, place.chosen, head);
  head.keep_alive = parser.keep_alive();
  answer.path = parser.path();
  http::Decision decision;
  http::decide(parser, head.validators, head.length, decision);
  if (decision.selection.count > kServedRanges) {
    decision.status = 200;
    decision.selection.count = 0;
  }
  head.status = decision.status;
  answer.no_content = parser.method() == http::Method::Head;
  if (decision.status == 200 && !answer.no_content && head.length > 0) {
    known_.keep(whole, place.file, parser.keep_alive(), place.chosen, parser.minor());
    return answer_plain(now, slot, place.file, place.chosen, parser.keep_alive());
  }
  if (decision.status == 200 || decision.status == 206)
    return answer_parts(now, slot, place.file, decision.selection, answer);
  Answer without;
  without.head.status = decision.status;
  without.head.keep_alive = head.keep_alive;
  without.head.whole = head.length;
  without.path = answer.path;
  without.no_content = answer.no_content;
  if (decision.status == 304) {
    without.head.validators = head.validators;
    without.head.varies = head.varies;
  }
  answer_status(now, slot, without);
}

}  // namespace cheetah
