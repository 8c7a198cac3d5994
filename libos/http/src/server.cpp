// SPDX-License-Identifier: MIT
// Server: connections, requests and time.
#include "http/server.hpp"

namespace http {

void Server::start(std::span<Session> sessions, const Transport& transport, const Site& site, u64 epoch,
                   const Timeouts& timeouts) {
  sessions_ = sessions;
  transport_ = transport;
  site_ = site;
  epoch_ = epoch;
  timeouts_ = timeouts;
  next_deadline_ = kForever;
}

void Server::set_deadline(Session& session, u64 at) {
  session.deadline = at;
  if (at < next_deadline_) next_deadline_ = at;
}

void Server::opened(u64 now, u32 slot) {
  Session& s = sessions_[slot];
  s.state = Session::State::Reading;
  s.next_response = 0;
  s.parser.reset();
  for (Session::Response& r : s.responses) r.headers = r.contents = 0;
  set_deadline(s, now + timeouts_.idle);
  counters_.connections++;
}

void Server::closed(u64, u32 slot) {
  Session& s = sessions_[slot];
  if (s.state == Session::State::Waiting) waiting_--;
  s.state = Session::State::Free;
}

void Server::readable(u64 now, u32 slot) { read(now, slot); }

// Reads requests and answers them, until there is no more to read or no room for an answer.
void Server::read(u64 now, u32 slot) {
  Session& s = sessions_[slot];
  while (s.state == Session::State::Reading) {
    const std::span<const u8> bytes = transport_.readable(transport_.context, slot);
    if (bytes.empty()) {
      if (transport_.finished(transport_.context, slot)) finish(now, slot);
      break;
    }
    const bool began = s.parser.started();
    transport_.consume(transport_.context, slot, s.parser.feed(bytes));
    if (s.parser.done()) {
      request(now, slot);
    } else if (s.parser.failed()) {
      counters_.requests++;
      send_status(now, slot, s.parser.error(), false);
    } else if (!began && s.parser.started()) {
      set_deadline(s, now + timeouts_.header);
    }
  }
  if (s.state == Session::State::Draining) drain(slot);
}

// What comes after we have closed is read and forgotten: unread, it would make the end a reset, which
// could overtake the response (RFC 9112, 9.6).
void Server::drain(u32 slot) {
  for (;;) {
    const std::span<const u8> bytes = transport_.readable(transport_.context, slot);
    if (bytes.empty()) return;
    transport_.consume(transport_.context, slot, static_cast<u32>(bytes.size()));
  }
}

void Server::request(u64 now, u32 slot) {
  Session& s = sessions_[slot];
  counters_.requests++;
  const Method method = s.parser.method();
  if (method == Method::Options) return send_status(now, slot, 204, s.parser.keep_alive());
  if (method == Method::NotAllowed) return send_status(now, slot, 405, s.parser.keep_alive());
  if (method == Method::Unknown) return send_status(now, slot, 501, s.parser.keep_alive());
  answer(now, slot);
}

void Server::wait(u64 now, u32 slot) {
  Session& s = sessions_[slot];
  s.state = Session::State::Waiting;
  waiting_++;
  set_deadline(s, now + timeouts_.load);
}

// Every waiting session asks again; its time for waiting goes on.
void Server::resume(u64 now) {
  for (u32 slot = 0; slot < sessions_.size() && waiting_ > 0; slot++) {
    Session& s = sessions_[slot];
    if (s.state != Session::State::Waiting) continue;
    const u64 deadline = s.deadline;
    s.state = Session::State::Reading;
    waiting_--;
    answer(now, slot);
    if (s.state == Session::State::Waiting) {
      s.deadline = deadline;
    } else {
      read(now, slot);
    }
  }
}

u64 Server::poll(u64 now) {
  if (now < next_deadline_) return next_deadline_;
  for (u32 slot = 0; slot < sessions_.size(); slot++) {
    Session& s = sessions_[slot];
    if (s.state != Session::State::Free && s.deadline <= now) overdue(now, slot);
  }
  next_deadline_ = kForever;
  for (const Session& s : sessions_)
    if (s.state != Session::State::Free && s.deadline < next_deadline_) next_deadline_ = s.deadline;
  return next_deadline_;
}

void Server::overdue(u64 now, u32 slot) {
  Session& s = sessions_[slot];
  counters_.timeouts++;
  switch (s.state) {
    case Session::State::Free:
      break;
    case Session::State::Reading:
      if (s.parser.started()) {
        send_status(now, slot, 408, false);
      } else if (s.sending()) {
        cut_off(slot);
      } else {
        finish(now, slot);
      }
      break;
    case Session::State::Waiting:
      s.state = Session::State::Reading;
      waiting_--;
      send_status(now, slot, 503, s.parser.keep_alive());
      read(now, slot);
      break;
    case Session::State::Full:
    case Session::State::Draining:
      cut_off(slot);
      break;
  }
}

// Nothing more will be said: close, and give the peer a while to do so too.
void Server::finish(u64 now, u32 slot) {
  Session& s = sessions_[slot];
  s.state = Session::State::Draining;
  set_deadline(s, now + timeouts_.drain + (s.sending() ? send_time(s) : 0));
  transport_.close(transport_.context, slot);
}

void Server::cut_off(u32 slot) {
  sessions_[slot].state = Session::State::Free;  // `released` comes now, and is to begin nothing
  transport_.abort(transport_.context, slot);
}

}  // namespace http
