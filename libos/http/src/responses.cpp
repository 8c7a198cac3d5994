// SPDX-License-Identifier: MIT
// Server: which response a request gets, and what becomes of responses on their way.
#include "http/server.hpp"

namespace http {

void Server::answer(u64 now, u32 slot) {
  Session& s = sessions_[slot];
  const bool keep_alive = s.parser.keep_alive();
  std::string_view rest;
  if (const Redirect* to = find_redirect(site_.redirects, s.parser.path(), rest)) {
    Head head{.status = to->status, .keep_alive = keep_alive};
    head.location = to->to;
    head.encoded_location = rest;
    return send_error(now, slot, head);
  }
  Document document;
  switch (site_.find(site_.context, now, s.parser.path(), s.parser.accept(), document)) {
    case Found::Here:
      return send_document(now, slot, document);
    case Found::Missing:
      return send_status(now, slot, 404, keep_alive);
    case Found::Directory: {
      Head head{.status = 301, .keep_alive = keep_alive};
      head.encoded_location = s.parser.path();
      head.directory = true;
      return send_error(now, slot, head);
    }
    case Found::Later:
      return wait(now, slot);
    case Found::Failed:
      return send_status(now, slot, 503, keep_alive);
  }
}

void Server::send_status(u64 now, u32 slot, u16 status, bool keep_alive) {
  send_error(now, slot, {.status = status, .keep_alive = keep_alive});
}

// A response without a document: the site's page for the status, or one of ours behind the header.
void Server::send_error(u64 now, u32 slot, Head head) {
  Session& s = sessions_[slot];
  Session::Response& r = s.responses[s.next_response];
  const bool has_page = head.status != 204 && head.status != 304;
  const bool with_page = has_page && s.parser.method() != Method::Head;
  char page[256];
  base::Text ours(page, sizeof page);
  std::string_view text = has_page ? find_page(site_.pages, head.status) : std::string_view();
  const bool own = has_page && text.empty();
  if (own) {
    write_page(ours, head.status);
    text = {ours.data(), ours.size()};
  }
  head.now = wall(now);
  head.length = text.size();
  if (has_page) head.type = "text/html; charset=utf-8";
  base::Text header(r.header, sizeof r.header);
  write_head(header, head);
  if (own && with_page) header.put(text.data(), text.size());
  if (header.truncated())
    return send_status(now, slot, 404, head.keep_alive);  // a path too long to send back
  if (!send(slot, header.data(), header.size(), false)) return;
  if (!own && with_page && !send(slot, text.data(), text.size(), false)) return;
  if (head.status < 400) {
    counters_.responses_ok++;
  } else {
    counters_.responses_error++;
  }
  sent(now, slot, head.keep_alive);
}

// How long what is on its way may take.
u64 Server::send_time(const Session& session) const {
  u64 bytes = 0;
  for (const Session::Response& r : session.responses)
    if (r.busy()) bytes += r.bytes;
  return timeouts_.send + bytes / kLeastRate * 1'000'000'000;
}

// A whole response has been handed over.
void Server::sent(u64 now, u32 slot, bool keep_alive) {
  Session& s = sessions_[slot];
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
    r.headers--;
  } else if (--r.contents == 0) {
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
