#include "adapters/zmq/endpoint.h"

#include <zmq.h>

#include <algorithm>
#include <utility>

#include "adapters/wire/native/reply.h"
#include "adapters/wire/native/request.h"
#include "adapters/zmq/listener.h"
#include "hub/base/assert.h"

namespace adapters::zmq {
namespace {

using hub::Code;
using hub::core::Answer;
using hub::core::Caller;
using hub::core::Command;
using hub::core::Credentials;
using hub::core::Listener;
using hub::core::Reply;

// How soon to try again what the inbox or a peer did not take: neither tells when it has room.
constexpr std::chrono::milliseconds kRetryInterval = 1ms;

constexpr char kUserGone[] = "The user of this connection is no longer in the configuration.";

hub::Duration Now() {
  return std::chrono::duration_cast<hub::Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

// A property of the connection that a frame came over, or "".
std::string_view PropertyOf(::zmq::message_t& frame, const char* name) {
  const char* value = zmq_msg_gets(frame.handle(), name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

Endpoint::Endpoint(std::uint32_t number, hub::engine::Inbox& inbox, Limits limits)
    : number_(number), inbox_(inbox), limits_(limits) {}

Endpoint::~Endpoint() { Stop(); }

// --- Starting and stopping ------------------------------------------------------------------------------------------

hub::Result<void> Endpoint::Start(const std::vector<Listener>& listeners,
                                  std::shared_ptr<const Credentials> credentials) {
  HUB_ASSERT(!thread_.joinable() && !stopping_);
  for (const Listener& listener : listeners) {
    if (hub::Result<void> safe = CheckListener(listener); !safe) return safe;
  }
  credentials_in_force_ = credentials;
  authenticator_ = std::make_unique<Authenticator>(std::move(credentials));
  if (hub::Result<void> opened = Open(listeners); !opened) {
    Close();
    return opened;
  }
  thread_ = std::thread([this] { Run(); });
  return {};
}

hub::Result<void> Endpoint::Open(const std::vector<Listener>& listeners) {
  if (hub::Result<void> opened = wakeup_.Open(); !opened) return opened;
  try {
    context_.set(::zmq::ctxopt::max_sockets, limits_.sockets_max);
    hub::Result<void> started = authenticator_->Start(context_);
    if (!started) return started;
    for (const Listener& listener : listeners) {
      hub::Result<::zmq::socket_t> socket = OpenListener(context_, listener, limits_);
      if (!socket) return tl::unexpected(socket.error());
      addresses_.push_back(socket->get(::zmq::sockopt::last_endpoint));
      sockets_.push_back({std::move(*socket), listener.security == hub::core::Security::kCurve});
    }
    return {};
  } catch (const ::zmq::error_t& error) {
    return hub::Fail(Code::kUnavailable, std::string("Cannot start ZeroMQ: ") + error.what() + ".");
  }
}

void Endpoint::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wakeup_.Wake();
  }
  thread_.join();
  Close();
}

void Endpoint::Close() {
  sockets_.clear();     // Each lingers for a bounded time.
  context_.shutdown();  // Ends the authenticator.
  authenticator_->Join();
  context_.close();
  const std::lock_guard lock(mutex_);
  wakeup_.Close();
}

void Endpoint::Drain() { draining_ = true; }

// --- From other threads ---------------------------------------------------------------------------------------------

void Endpoint::Deliver(std::vector<Answer> answers) {
  const std::lock_guard lock(mutex_);
  if (answers_.empty()) {
    answers_ = std::move(answers);
  } else {
    std::move(answers.begin(), answers.end(), std::back_inserter(answers_));
  }
  wakeup_.Wake();
}

void Endpoint::SetCredentials(std::shared_ptr<const Credentials> credentials) {
  authenticator_->SetCredentials(credentials);
  const std::lock_guard lock(mutex_);
  credentials_ = std::move(credentials);
  credentials_changed_ = true;
  wakeup_.Wake();
}

Endpoint::Counters Endpoint::counters() const {
  return {.requests = counters_.requests,
          .malformed = counters_.malformed,
          .refused = counters_.refused,
          .unreachable = counters_.unreachable,
          .cut = counters_.cut,
          .sessions = counters_.sessions};
}

// --- The thread -----------------------------------------------------------------------------------------------------

void Endpoint::Run() {
  next_sweep_ = Now() + limits_.sweep_interval;
  while (!stopping_) {
    now_ = Now();
    if (credentials_changed_) ApplyCredentials();
    const bool sent = SendAnswers();
    SendWaiting();
    PushCommands();
    const bool read = commands_.empty() && ReadRequests();
    PushCommands();
    if (now_ >= next_sweep_) Sweep();
    if (!sent && !read) Wait(/*busy=*/!commands_.empty() || !slow_.empty());
  }
  SendAnswers();
  SendWaiting();
}

// Until there is something to do. While the inbox is full, requests are not something to do.
void Endpoint::Wait(bool busy) {
  std::vector<zmq_pollitem_t> items = {{nullptr, wakeup_.fd(), ZMQ_POLLIN, 0}};
  if (commands_.empty()) {
    for (Socket& socket : sockets_) items.push_back({socket.socket.handle(), 0, ZMQ_POLLIN, 0});
  }
  const auto until_sweep = std::chrono::ceil<std::chrono::milliseconds>(next_sweep_ - now_);
  const auto timeout = busy ? kRetryInterval : std::max(until_sweep, kRetryInterval);
  // A failure is EINTR: the loop comes back here.
  zmq_poll(items.data(), static_cast<int>(items.size()), static_cast<long>(timeout.count()));
}

bool Endpoint::SendAnswers() {
  std::vector<Answer> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(answers_);
    wakeup_.Take();
  }
  for (const Answer& answer : answers) {
    Session* session = sessions_.Find(answer.ticket.session);
    const bool ended = session == nullptr || session->cut;
    if (answer.more && (ended || session->revoked)) {
      // A push consumer that the last command of its session has opened after the engine was told of the end.
      inbox_.EndSession(number_, answer.ticket.session);
      continue;
    }
    if (ended) continue;
    if (!answer.more && session->outstanding > 0) --session->outstanding;
    Say(*session, answer.ticket.request, answer.reply);
  }
  return !answers.empty();
}

void Endpoint::SendWaiting() {
  if (slow_.empty()) return;
  for (const std::uint64_t number : std::exchange(slow_, {})) {
    Session* session = sessions_.Find(number);
    if (session == nullptr || session->cut) continue;
    const std::size_t before = session->waiting.size();
    Sender::Outcome outcome = sender_.Flush(sockets_[session->listener].socket, *session);
    if (session->waiting.size() < before) session->stalled_since = now_;
    if (outcome == Sender::Outcome::kWaiting && now_ - session->stalled_since >= limits_.stall_max) {
      outcome = Sender::Outcome::kTooSlow;
    }
    Settle(*session, outcome);
  }
}

bool Endpoint::ReadRequests() {
  bool any = false;
  Incoming incoming;
  for (incoming.listener = 0; incoming.listener < sockets_.size(); ++incoming.listener) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < limits_.round_frames_max && bytes < limits_.round_bytes_max; ++i) {
      if (!Receive(incoming.listener, incoming)) break;
      any = true;
      bytes += incoming.frame->size();
      Handle(incoming);
    }
  }
  return any;
}

bool Endpoint::Receive(std::size_t listener, Incoming& incoming) {
  void* const socket = sockets_[listener].socket.handle();
  const auto receive = [socket](::zmq::message_t& message, int flags) {
    int received = -1;
    do {
      received = zmq_msg_recv(message.handle(), socket, flags);
    } while (received < 0 && zmq_errno() == EINTR);
    return received >= 0;
  };
  // The last one is used again unless a command has taken it. A small frame lies inside its message_t, so it must be
  // received where it is to stay.
  if (incoming.frame == nullptr) incoming.frame = std::make_shared<::zmq::message_t>();
  if (!receive(incoming.routing_id, ZMQ_DONTWAIT)) return false;
  HUB_ASSERT(incoming.routing_id.more());  // A ROUTER puts the routing id in front of what it received.
  const bool received = receive(*incoming.frame, 0);
  HUB_ASSERT(received);
  incoming.has_more_parts = incoming.frame->more();
  for (bool more = incoming.has_more_parts; more;) {
    ::zmq::message_t part;
    more = receive(part, 0) && part.more();
  }
  return true;
}

void Endpoint::Handle(Incoming& incoming) {
  if (credentials_changed_) ApplyCredentials();
  Session* session = SessionOf(incoming);
  if (session == nullptr) return;
  session->last_heard = now_;
  ++counters_.requests;

  if (incoming.has_more_parts) {
    ++counters_.malformed;
    return Say(*session, 0,
               hub::Fail(Code::kMalformed, "A request is one frame. Use a DEALER socket, without an empty delimiter."));
  }
  wire::native::Request request = wire::native::DecodeRequest(incoming.frame->to_string_view());
  if (!request.operation) {
    ++counters_.malformed;
    return Say(*session, request.id, tl::unexpected(std::move(request.operation.error())));
  }
  if (session->revoked) {
    ++counters_.refused;
    return Say(*session, request.id, hub::Fail(Code::kAccessDenied, kUserGone));
  }
  if (draining_) return Say(*session, request.id, hub::Fail(Code::kUnavailable, "The hub is stopping."));
  Admit(*session, incoming, request.id, std::move(*request.operation), request.bytes);
}

void Endpoint::Admit(Session& session, Incoming& incoming, std::uint64_t request, hub::core::Operation operation,
                     std::size_t bytes) {
  Command& command = commands_.emplace_back();
  command.ticket = {.endpoint = number_, .session = session.number, .request = request};
  command.caller = session.caller;
  command.bytes = sizeof(Command) + bytes + incoming.frame->size();
  if (wire::native::HoldsViews(operation)) command.frame = std::exchange(incoming.frame, nullptr);
  command.operation = std::move(operation);
  ++session.outstanding;
}

// Null when the frame is not to be answered.
Session* Endpoint::SessionOf(const Incoming& incoming) {
  const std::string_view user_id = PropertyOf(*incoming.frame, "User-Id");
  Session* session = sessions_.Find(incoming.listener, incoming.routing_id.to_string_view());
  if (session != nullptr && session->user_id == user_id) {
    if (!session->cut) return session;
    if (session->unread->bytes > 0) return nullptr;
  }
  if (session != nullptr) {  // Another connection now has its routing id, or the peer has read after all.
    if (!session->cut) inbox_.EndSession(number_, session->number);
    sessions_.Close(session->number);
  }
  return OpenSession(incoming, user_id);
}

Session* Endpoint::OpenSession(const Incoming& incoming, std::string_view user_id) {
  hub::core::IdentityPtr identity = authenticator_->IdentityOf(user_id);
  if (identity == nullptr) {  // Forgotten with the credentials that knew it.
    Refuse(incoming, {Code::kAccessDenied, kUserGone});
    return nullptr;
  }
  if (sessions_.size() >= limits_.sessions_max) {
    Refuse(incoming, {Code::kOverloaded, "The hub has as many sessions as it can hold."});
    return nullptr;
  }

  Session& session = sessions_.Open(incoming.listener, incoming.routing_id.to_string_view());
  session.user_id = user_id;
  session.revoked = !credentials_in_force_->Knows(*identity);
  session.caller =
      std::make_shared<Caller>(Caller{.identity = std::move(identity),
                                      .source_ip = std::string(PropertyOf(*incoming.frame, "Peer-Address")),
                                      .secure_transport = sockets_[incoming.listener].encrypted});
  counters_.sessions = sessions_.size();
  return &session;
}

void Endpoint::PushCommands() {
  if (!commands_.empty() && inbox_.TryPush(commands_)) commands_.clear();
}

void Endpoint::ApplyCredentials() {
  {
    const std::lock_guard lock(mutex_);
    credentials_in_force_ = credentials_;
    credentials_changed_ = false;
  }
  sessions_.ForEach([this](Session& session) {
    const bool was_revoked = session.revoked;
    session.revoked = !credentials_in_force_->Knows(*session.caller->identity);
    if (!session.revoked || was_revoked) return;
    inbox_.EndSession(number_, session.number);
    session.outstanding = 0;
  });
}

void Endpoint::Sweep() {
  for (const std::uint64_t number : sessions_.Forget(now_ - limits_.session_idle_max)) {
    inbox_.EndSession(number_, number);
  }
  counters_.sessions = sessions_.size();
  next_sweep_ = now_ + limits_.sweep_interval;
}

// --- Replies --------------------------------------------------------------------------------------------------------

void Endpoint::Say(Session& session, std::uint64_t request, const hub::Result<Reply>& reply) {
  if (session.waiting.empty()) session.stalled_since = now_;
  Settle(session, sender_.Send(sockets_[session.listener].socket, session, wire::native::EncodeReply(request, reply)));
}

// Answers without a session.
void Endpoint::Refuse(const Incoming& incoming, hub::Error error) {
  ++counters_.refused;
  Session passing;
  passing.listener = incoming.listener;
  passing.routing_id = incoming.routing_id.to_string_view();
  const std::uint64_t request = wire::native::DecodeRequest(incoming.frame->to_string_view()).id;
  sender_.Send(sockets_[incoming.listener].socket, passing,
               wire::native::EncodeReply(request, tl::unexpected(std::move(error))));
}

// The session may be closed afterwards.
void Endpoint::Settle(Session& session, Sender::Outcome outcome) {
  switch (outcome) {
    case Sender::Outcome::kSent: return;
    case Sender::Outcome::kWaiting:
      if (std::find(slow_.begin(), slow_.end(), session.number) == slow_.end()) slow_.push_back(session.number);
      return;
    case Sender::Outcome::kGone: {
      const std::uint64_t number = session.number;
      ++counters_.unreachable;
      sessions_.Close(number);
      counters_.sessions = sessions_.size();
      inbox_.EndSession(number_, number);  // Last: who hears of the end finds it counted.
      return;
    }
    case Sender::Outcome::kTooSlow:
      ++counters_.cut;
      inbox_.EndSession(number_, session.number);
      Sender::Drop(session);
      session.cut = true;
      return;
  }
}

}  // namespace adapters::zmq
