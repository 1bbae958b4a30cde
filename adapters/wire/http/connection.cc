#include "adapters/wire/http/connection.h"

#include <utility>

namespace adapters::wire::http {
namespace {

constexpr std::size_t kLingerBytesMax = 8 * 1024 * 1024;

}  // namespace

Connection::Connection(ConnectionId id, ConnectionHost& host, std::string peer, std::string local_port, bool secure)
    : id_(id), host_(host), peer_(std::move(peer)), local_port_(std::move(local_port)), secure_(secure) {
  SetDeadline(host_.limits().head_time_max, 0);
}

Connection::~Connection() { Hold(0); }

void Connection::OnOpen() {
  state_ = State::kIdle;
  SetDeadline(host_.limits().head_time_max, 0);  // Whoever connects has something to say.
  WantData();
}

void Connection::SetDeadline(hub::Duration extra, std::size_t bytes) {
  deadline_ = host_.now() + extra + TimeFor(bytes);
}

// What they take at the slowest rate that is borne.
hub::Duration Connection::TimeFor(std::size_t bytes) const {
  return std::chrono::microseconds(bytes * 1'000'000 / host_.limits().bytes_per_second_min);
}

void Connection::WantData() {
  if (reading_ || ended_) return;
  reading_ = true;
  Read();
}

void Connection::OnData(std::string_view bytes) {
  reading_ = false;
  switch (state_) {
    case State::kIdle:
    case State::kReading: Feed(bytes); return;
    case State::kAnswering:
    case State::kWriting:  // The next request is here already. It waits, and what follows it in the client's buffers.
      Keep(bytes);
      if (state_ == State::kAnswering && pending_.size() < host_.limits().pipelined_bytes_max) WantData();
      return;
    case State::kLingering:
      lingered_ += bytes.size();
      lingered_ > kLingerBytesMax ? Close() : WantData();
      return;
    case State::kOpening:
    case State::kClosed: return;
  }
}

void Connection::OnEnd(bool is_orderly) {
  reading_ = false;
  ended_ = true;
  if (state_ == State::kWriting) return;  // It may still read what it gets.
  if (state_ == State::kAnswering) {
    if (is_orderly && host_.AnswersSoon(id_)) return;
    host_.OnGone(id_);
  }
  Close();
}

// Of what follows a request that is being answered.
void Connection::Keep(std::string_view bytes) {
  if (close_after_) return;  // Nothing follows.
  if (!dropping_ && Charge(charged_ + bytes.size())) {
    pending_.append(bytes);
    return;
  }
  if (state_ == State::kClosed) return;  // It made way itself.
  dropping_ = true;
  Hold(charged_ - pending_.size());
  std::string().swap(pending_);
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  Hold(0);
  CloseTransport();
  host_.OnClosed(id_);
}

bool Connection::EndIfDue(hub::Duration now) {
  if (state_ == State::kAnswering || state_ == State::kClosed || now < deadline_) return false;
  const bool is_stalled = state_ != State::kIdle && state_ != State::kLingering;
  Close();
  return is_stalled;
}

// --- Requests -------------------------------------------------------------------------------------------------------

void Connection::Feed(std::string_view bytes) {
  if (state_ == State::kIdle) {
    state_ = State::kReading;
    body_from_.reset();
    head_only_ = false;
    parser_.emplace(host_.limits());
    SetDeadline(host_.limits().head_time_max, 0);
  }
  if (!pending_.empty()) {
    if (pending_.data() != bytes.data()) pending_.append(bytes);
    const std::size_t used = parser_->Put(pending_);
    pending_.erase(0, used);
  } else {
    pending_.assign(bytes.substr(parser_->Put(bytes)));
  }
  // Of a head, a chunk's size or a trailer so much at most is left to be read once more.
  const bool is_done = parser_->state() == Parser::State::kDone || parser_->state() == Parser::State::kWrong;
  if (!is_done && pending_.size() > host_.limits().head_bytes_max) {
    return Refuse({.status = 431,
                   .content_type = "text/plain; charset=utf-8",
                   .fields = "",
                   .body = "The header of the request, or of a chunk, is too large.\n",
                   .close = true});
  }
  OnProgress();
}

void Connection::OnProgress() {
  if (parser_->state() == Parser::State::kWrong) return Refuse(parser_->refusal());
  if (!Charge(parser_->bytes() + pending_.size())) {
    return Refuse({.status = 503,
                   .content_type = "text/plain; charset=utf-8",
                   .fields = "Retry-After: 1\r\n",
                   .body = "The server holds as many requests as it can. Try again.\n",
                   .close = true});
  }
  if (parser_->state() == Parser::State::kDone) return HandOver();
  if (ended_) return Close();  // It will never be whole.
  if (parser_->state() == Parser::State::kBody) return OnBody();
  WantData();
}

// Time is granted for what has come, not for what is announced: who sends a byte now and then has none to win.
void Connection::OnBody() {
  const bool begins = !body_from_;
  if (begins) body_from_ = host_.now();
  deadline_ = *body_from_ + host_.limits().head_time_max + TimeFor(parser_->body_bytes());
  if (begins && parser_->expects_continue() && parser_->body_bytes() == 0) {
    return Send("HTTP/1.1 100 Continue\r\n\r\n");
  }
  WantData();
}

void Connection::HandOver() {
  Request request = parser_->Take();
  parser_.reset();
  request.peer = peer_;
  request.local_port = local_port_;
  request.secure = secure_;
  keep_alive_ = request.keep_alive;
  head_only_ = request.method == "HEAD";
  if (pending_.empty()) pending_.shrink_to_fit();
  state_ = State::kAnswering;
  host_.OnRequest(id_, std::move(request));
  if (state_ == State::kAnswering && pending_.size() < host_.limits().pipelined_bytes_max) WantData();
}

void Connection::Refuse(Response response) {
  host_.OnMalformed();
  response.fields += host_.FieldsOfRefusal();
  Write(response, /*close=*/true);
  parser_.reset();
}

// Holds so many bytes of the budget from now on, if there is room for more than it held.
bool Connection::Charge(std::size_t bytes) {
  if (bytes > charged_ && !host_.MakeRoom(bytes - charged_)) return false;
  if (state_ == State::kClosed) return false;  // To make room for itself.
  Hold(bytes);
  return true;
}

void Connection::Hold(std::size_t bytes) {
  if (bytes == charged_) return;
  host_.Count(static_cast<std::ptrdiff_t>(bytes) - static_cast<std::ptrdiff_t>(charged_));
  charged_ = bytes;
}

// --- Responses ------------------------------------------------------------------------------------------------------

void Connection::Respond(const Response& response) {
  if (state_ != State::kAnswering) return;
  const bool is_last = dropping_ || (ended_ && pending_.empty());
  Write(response, response.close || !keep_alive_ || host_.draining() || is_last);
}

// A response is counted even where there is no room for it: it is there already. Meanwhile further requests are
// refused.
void Connection::Write(const Response& response, bool close) {
  state_ = State::kWriting;
  close_after_ = close;
  if (close) std::string().swap(pending_);
  SetDeadline(host_.limits().head_time_max, response.body.size());
  slow_from_ = host_.now() + host_.limits().reading_time_min +
               std::chrono::seconds(response.body.size() / host_.limits().reading_bytes_per_second_min);
  std::string bytes = http::Write(response, host_.date(), !close, head_only_);
  Hold(bytes.size() + pending_.size());
  Send(std::move(bytes));
}

void Connection::OnSent() {
  if (state_ == State::kReading) return WantData();  // It was a 100.
  if (state_ != State::kWriting) return;
  Hold(pending_.size());
  if (ended_ && (close_after_ || pending_.empty())) return Close();
  if (close_after_) {
    state_ = State::kLingering;
    SetDeadline(host_.limits().linger_max, 0);
    ShutDownSending();
    return WantData();
  }
  state_ = State::kIdle;
  SetDeadline(host_.limits().idle_max, 0);
  if (pending_.empty()) return WantData();
  Feed(pending_);
}

}  // namespace adapters::wire::http
