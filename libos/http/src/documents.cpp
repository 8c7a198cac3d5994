// SPDX-License-Identifier: MIT
// Server: documents, whole and in parts. While one is being sent the server holds it as if one more
// piece were on its way, so that it is given back once, whatever goes wrong between the pieces.
#include "http/multipart.hpp"
#include "http/server.hpp"

namespace http {
namespace {

// Tokens of what is sent: two for each response.
constexpr u64 token_of(u32 response, bool of_document) { return 2 * response + (of_document ? 1 : 0); }

}  // namespace

// Sends a piece of the session's next response. False: the transport had no room, which it has by what
// was agreed; the connection is cut off.
bool Server::send(u32 slot, const void* data, u64 length, bool of_document) {
  Session& s = sessions_[slot];
  Session::Response& r = s.responses[s.next_response];
  if (!r.busy() || (r.headers == 0 && r.contents == 1)) r.bytes = 0;
  u32& pieces = of_document ? r.contents : r.headers;
  pieces++;
  r.bytes += length;
  if (transport_.send(transport_.context, slot, static_cast<const u8*>(data), static_cast<u32>(length),
                      token_of(s.next_response, of_document)))
    return true;
  pieces--;
  cut_off(slot);
  return false;
}

void Server::hold(u32 slot, const Document& document) {
  Session& s = sessions_[slot];
  Session::Response& r = s.responses[s.next_response];
  r.document = document.token;
  r.contents = 1;
}

void Server::drop(u32 slot) {
  Session& s = sessions_[slot];
  Session::Response& r = s.responses[s.next_response];
  if (--r.contents == 0) site_.done(site_.context, r.document);
}

void Server::send_document(u64 now, u32 slot, const Document& document) {
  Session& s = sessions_[slot];
  Decision decision;
  decide(s.parser, {document.tag, document.modified}, document.length, decision);
  if (decision.selection.count > kServedRanges) {
    decision.status = 200;
    decision.selection.count = 0;
  }
  Head head{.status = decision.status, .keep_alive = s.parser.keep_alive(), .now = wall(now)};
  head.validators = {document.tag, document.modified};
  head.varies = document.varies;
  if (decision.status == 412 || decision.status == 416 || decision.status == 304) {
    site_.done(site_.context, document.token);
    head.whole = document.length;
    if (decision.status != 304) head.validators = {};
    return send_error(now, slot, head);
  }
  head.type = document.type.empty() ? content_type(s.parser.path()) : document.type;
  head.encoding = document.encoding;
  head.ranges = true;
  head.length = document.length;
  head.whole = document.length;
  hold(slot, document);
  send_parts(now, slot, document, decision, head);
}

// The header, and of a GET the document or its ranges. Several ranges have a part's header in front of
// each; the first one's goes with the response's.
void Server::send_parts(u64 now, u32 slot, const Document& document, const Decision& decision, Head head) {
  Session& s = sessions_[slot];
  Session::Response& r = s.responses[s.next_response];
  Selection ranges = decision.selection;
  const bool several = ranges.count > 1;
  const Boundary boundary = make_boundary(document.tag, head.now);
  const u64 extra = several ? overhead(boundary, head.type, ranges, document.length) : 0;
  if (ranges.count > 0) head.length = ranges.bytes() + extra;
  if (ranges.count == 1) head.part = &decision.selection.ranges[0];
  if (several) head.boundary = boundary.view();
  if (ranges.count == 0 && s.parser.method() == Method::Get && document.length > 0) {
    ranges.count = 1;
    ranges.ranges[0] = {0, document.length - 1};
  }
  base::Text out(r.header, sizeof r.header);
  write_head(out, head);
  if (out.truncated() || out.size() + extra > sizeof r.header) {
    drop(slot);
    return send_status(now, slot, 500, head.keep_alive);
  }
  u64 begin = 0;
  bool good = true;
  const auto say = [&] {
    if (good && out.size() > begin) good = send(slot, out.data() + begin, out.size() - begin, false);
    begin = out.size();
  };
  for (u32 i = 0; i < ranges.count; i++) {
    const ByteRange range = ranges.ranges[i];
    if (several) write_part(out, boundary, head.type, range, document.length);
    say();
    good = good && send(slot, document.data + range.first, range.length(), true);
  }
  if (several) write_end(out, boundary);
  say();
  drop(slot);
  if (s.state == Session::State::Free) return;
  counters_.responses_ok++;
  sent(now, slot, head.keep_alive);
}

}  // namespace http
