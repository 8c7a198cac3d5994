// SPDX-License-Identifier: MIT
// Server: responses on their way.
#include "http/server.hpp"

namespace http {
namespace {

// Tokens of what is sent: two for each response.
constexpr u64 header_token(u32 response) { return 2 * response; }
constexpr u64 document_token(u32 response) { return 2 * response + 1; }

}  // namespace

void Server::answer(u64 now, u32 slot) {
  Session& s = sessions_[slot];
  Document document;
  switch (site_.find(site_.context, now, s.parser.path(), document)) {
    case Found::Here:
      return send_document(now, slot, document);
    case Found::Missing:
      return send_status(now, slot, 404, s.parser.keep_alive());
    case Found::Directory:
      return send_status(now, slot, 301, s.parser.keep_alive());
    case Found::Later:
      return wait(now, slot);
    case Found::Failed:
      return send_status(now, slot, 503, s.parser.keep_alive());
  }
}

// Sends the header that is in the session's next response. False: the transport had no room, which
// it has by what was agreed; the connection is cut off.
bool Server::send_header(u32 slot, const base::Text& header) {
  Session& s = sessions_[slot];
  Session::Response& r = s.responses[s.next_response];
  r.bytes = header.size();
  r.header_sent = true;
  r.document_sent = false;
  const bool taken = transport_.send(transport_.context, slot, reinterpret_cast<const u8*>(header.data()),
                                     static_cast<u32>(header.size()), header_token(s.next_response));
  if (taken) return true;
  r.header_sent = false;
  cut_off(slot);
  return false;
}

void Server::send_document(u64 now, u32 slot, const Document& document) {
  Session& s = sessions_[slot];
  Session::Response& r = s.responses[s.next_response];
  base::Text header(r.header, sizeof r.header);
  const std::string_view type = document.type.empty() ? content_type(s.parser.path()) : document.type;
  const bool keep_alive = s.parser.keep_alive();
  write_head(header, {.status = 200,
                      .keep_alive = keep_alive,
                      .now = wall(now),
                      .length = document.length,
                      .modified = document.modified,
                      .type = type,
                      .directory = {}});
  if (header.truncated()) {
    site_.done(site_.context, document.token);
    return send_status(now, slot, 500, keep_alive);
  }
  const bool with_body = s.parser.method() == Method::Get && document.length > 0;
  if (!send_header(slot, header) || !with_body) {
    site_.done(site_.context, document.token);
    if (s.state == Session::State::Free) return;
  } else {
    r.document = document.token;
    r.document_sent = true;
    if (!transport_.send(transport_.context, slot, document.data, document.length,
                         document_token(s.next_response))) {
      r.document_sent = false;
      site_.done(site_.context, document.token);
      return cut_off(slot);
    }
  }
  counters_.responses_ok++;
  sent(now, slot, keep_alive, with_body ? document.length : 0);
}

void Server::send_status(u64 now, u32 slot, u16 status, bool keep_alive) {
  Session& s = sessions_[slot];
  Session::Response& r = s.responses[s.next_response];
  const bool with_page = s.parser.method() != Method::Head;
  base::Text header(r.header, sizeof r.header);
  write_status(header, status, keep_alive, wall(now), with_page,
               status == 301 ? s.parser.path() : std::string_view());
  if (header.truncated()) {  // a path too long to be sent back
    header.clear();
    write_status(header, 404, keep_alive, wall(now), with_page);
  }
  if (!send_header(slot, header)) return;
  counters_.responses_error++;
  sent(now, slot, keep_alive, 0);
}

// How long what is on its way may take.
u64 Server::send_time(const Session& session) const {
  u64 bytes = 0;
  for (const Session::Response& r : session.responses)
    if (r.busy()) bytes += r.bytes;
  return timeouts_.send + bytes / kLeastRate * 1'000'000'000;
}

// A whole response has been handed over.
void Server::sent(u64 now, u32 slot, bool keep_alive, u64 bytes) {
  Session& s = sessions_[slot];
  s.responses[s.next_response].bytes += bytes;
  s.next_response = (s.next_response + 1) % kResponses;
  s.parser.reset();
  if (!keep_alive) return finish(now, slot);
  s.state = s.responses[s.next_response].busy() ? Session::State::Full : Session::State::Reading;
  set_deadline(s, now + send_time(s));
}

void Server::released(u64 now, u32 slot, u64 token) {
  Session& s = sessions_[slot];
  Session::Response& r = s.responses[token / 2 % kResponses];
  if (token % 2 == 0) {
    r.header_sent = false;
  } else {
    r.document_sent = false;
    site_.done(site_.context, r.document);
  }
  if (r.busy() || s.state == Session::State::Free) return;
  if (s.state == Session::State::Draining) {
    if (!s.sending()) set_deadline(s, now + timeouts_.drain);
  } else if (s.state == Session::State::Full) {
    s.state = Session::State::Reading;
    read(now, slot);
  } else if (s.state == Session::State::Reading && !s.parser.started() && !s.sending()) {
    set_deadline(s, now + timeouts_.idle);
  }
}

}  // namespace http
