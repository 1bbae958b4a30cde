#include "adapters/zmq/feed.h"

#include <zmq.h>

#include <cstring>
#include <utility>

#include "adapters/wire/native/feed.h"
#include "adapters/zmq/listener.h"
#include "hub/base/arn.h"
#include "hub/base/assert.h"

namespace adapters::zmq {
namespace {

using hub::Code;
using hub::core::Answer;
using hub::core::Caller;
using hub::core::Command;
using hub::core::Credentials;
using hub::core::FeedMessage;
using hub::core::FeedTurn;
using hub::core::LogLine;
using hub::core::Ticket;

// How soon to try again what the inbox did not take or an address that is not free: neither tells when it is.
constexpr std::chrono::milliseconds kRetryInterval = 1ms;

}  // namespace

Feed::Feed(std::uint32_t number, hub::engine::Inbox& inbox, Log log, Limits limits)
    : number_(number), inbox_(inbox), log_(std::move(log)), limits_(limits) {}

Feed::~Feed() { Stop(); }

// --- Starting and stopping ------------------------------------------------------------------------------------------

hub::Result<void> Feed::Start(const std::vector<hub::core::Listener>& listeners,
                              std::shared_ptr<const Credentials> credentials) {
  HUB_ASSERT(!thread_.joinable());
  if (listeners.empty()) return {};
  for (const hub::core::Listener& listener : listeners) {
    if (hub::Result<void> safe = CheckListener(listener); !safe) return safe;
  }
  authenticator_ = std::make_unique<Authenticator>(std::move(credentials));
  if (hub::Result<void> opened = Open(listeners); !opened) {
    Shut();
    return opened;
  }
  thread_ = std::thread([this] { Run(); });
  return {};
}

hub::Result<void> Feed::Open(const std::vector<hub::core::Listener>& listeners) {
  if (hub::Result<void> opened = wakeup_.Open(); !opened) return opened;
  if (hub::Result<void> started = authenticator_->Start(context_); !started) return started;
  for (const hub::core::Listener& listener : listeners) {
    hub::Result<std::unique_ptr<FeedListener>> socket = FeedListener::Open(context_, listener, limits_);
    if (!socket) return tl::unexpected(socket.error());
    addresses_.push_back((*socket)->address());
    listeners_.push_back({*std::move(socket), {}});
  }
  return {};
}

void Feed::Stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wakeup_.Wake();
  }
  answered_.notify_all();
  thread_.join();
  Shut();
}

void Feed::Shut() {
  listeners_.clear();
  context_.shutdown();  // Ends the authenticator.
  authenticator_->Join();
  context_.close();
  const std::lock_guard lock(mutex_);
  wakeup_.Close();
}

// --- From other threads ---------------------------------------------------------------------------------------------

void Feed::Deliver(std::vector<Answer> answers) {
  {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answers.back());  // One question at a time.
  }
  answered_.notify_all();
}

void Feed::Publish(FeedTurn turn) {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const FeedMessage& message : turn.messages) bytes += message.bytes();
  if (turns_bytes_ + bytes > limits_.feed_queue_bytes_max) {
    dropped_ += turn.messages.size();
    turn.messages.clear();
    bytes = 0;
  }
  if (turn.empty() || !wakeup_.IsOpen()) return;
  turns_bytes_ += bytes;
  turns_.push_back(std::move(turn));
  wakeup_.Wake();
}

void Feed::SetCredentials(std::shared_ptr<const Credentials> credentials) {
  if (authenticator_ == nullptr) return;
  authenticator_->SetCredentials(credentials);
  const std::lock_guard lock(mutex_);
  credentials_ = std::move(credentials);
  credentials_changed_ = true;
  wakeup_.Wake();
}

Feed::Counters Feed::counters() const {
  return {.subscriptions = subscriptions_,
          .refused = refused_,
          .published = published_,
          .dropped = dropped_,
          .thrown_out = thrown_out_,
          .bound_anew = bound_anew_};
}

// --- The thread -----------------------------------------------------------------------------------------------------

void Feed::Run() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    ApplyCredentials();
    bool busy = SendPublished();
    std::uint64_t subscriptions = 0;
    for (Listener& listener : listeners_) {
      if (!listener.socket->IsOpen()) {
        BindAnew(listener);
      } else {
        SeeWhoLeft(listener);
        busy = ReadRequests(listener) || busy;
      }
      subscriptions += listener.subscribers.subscriptions();
    }
    subscriptions_ = subscriptions;
    if (!busy) Wait();
  }
}

void Feed::Wait() {
  std::vector<zmq_pollitem_t> items = {{nullptr, wakeup_.fd(), ZMQ_POLLIN, 0}};
  long timeout = -1;
  for (Listener& listener : listeners_) {
    if (listener.socket->IsOpen()) {
      items.push_back({listener.socket->socket(), 0, ZMQ_POLLIN, 0});
      items.push_back({listener.socket->monitor(), 0, ZMQ_POLLIN, 0});
    } else {
      timeout = kRetryInterval.count();
    }
  }
  // A failure is EINTR: the loop comes back here.
  zmq_poll(items.data(), static_cast<int>(items.size()), timeout);
}

// --- Messages -------------------------------------------------------------------------------------------------------

bool Feed::SendPublished() {
  std::vector<FeedTurn> turns;
  {
    const std::lock_guard lock(mutex_);
    turns.swap(turns_);
    turns_bytes_ = 0;
    wakeup_.Take();
  }
  for (FeedTurn& turn : turns) {
    for (const Ticket& ticket : turn.ended) End(ticket);
    for (FeedMessage& message : turn.messages) Send(std::move(message));
  }
  return !turns.empty();
}

namespace {

struct Charge {
  std::string body;
  std::shared_ptr<std::atomic<std::size_t>> unread;
};

void Refund(void*, void* hint) {
  const std::unique_ptr<Charge> charge(static_cast<Charge*>(hint));
  *charge->unread -= charge->body.size();
}

}  // namespace

void Feed::Send(FeedMessage message) {
  const wire::native::Buffer about = wire::native::EncodeFeed(message);
  auto* const kept = std::make_unique<Charge>(Charge{std::move(message.body), unread_}).release();  // Until Refund.
  *unread_ += kept->body.size();
  zmq_msg_t body;
  const int made = zmq_msg_init_data(&body, kept->body.data(), kept->body.size(), Refund, kept);
  HUB_ASSERT(made == 0);
  for (const std::string& key : *message.keys) {
    for (Listener& listener : listeners_) {
      if (listener.socket->IsOpen()) listener.socket->Send(key, body, wire::native::ViewOf(about));
    }
  }
  zmq_msg_close(&body);
  ++published_;
  if (*unread_ <= limits_.feed_unread_bytes_max) return;
  Say("FEED: its peers leave more unread than the hub can hold. All connect anew, and what was under way is lost.");
  for (Listener& listener : listeners_) BindAnew(listener);
}

// --- Subscriptions --------------------------------------------------------------------------------------------------

bool Feed::ReadRequests(Listener& listener) {
  std::size_t decisions = 0;
  for (std::size_t i = 0; i < limits_.feed_round_max && decisions < limits_.feed_round_decisions_max; ++i) {
    if (!listener.socket->IsOpen()) return true;
    const std::optional<FeedListener::Request> request = listener.socket->Next();
    if (!request) return i > 0;
    switch (request->kind) {
      case FeedListener::Request::Kind::kSubscribe: decisions += Subscribe(listener, *request) ? 1 : 0; break;
      case FeedListener::Request::Kind::kUnsubscribe: Unsubscribe(listener, *request); break;
      case FeedListener::Request::Kind::kForeign:
        ThrowOut(listener, *request, "sent something that is no subscription");
        break;
    }
  }
  return true;
}

// Whether the hub had to be asked.
bool Feed::Subscribe(Listener& listener, const FeedListener::Request& request) {
  SeeWhoLeft(listener);
  const std::uint64_t number = Authenticator::NumberOf(request.user_id);
  Subscribers& all = listener.subscribers;
  Subscriber* subscriber = all.Meet(request.descriptor, number);
  if (subscriber == nullptr) return false;  // It is gone.
  if (subscriber->caller == nullptr) {
    hub::core::IdentityPtr identity = authenticator_->IdentityOf(request.user_id);
    if (identity == nullptr) {  // Forgotten with the credentials that knew it.
      BindAnew(listener);
      return false;
    }
    subscriber->caller = std::make_shared<Caller>(Caller{.identity = std::move(identity),
                                                         .source_ip = request.address,
                                                         .secure_transport = listener.socket->encrypted()});
  }
  const bool too_many = subscriber->follows.size() >= limits_.feed_peer_subscriptions_max ||
                        all.subscriptions() >= limits_.feed_subscriptions_max;
  if (too_many && !subscriber->follows.contains(request.written)) {
    ++refused_;
    if (++subscriber->beyond == 1) Say("FEED: refused a peer's subscription: it has as many as it may have.");
    if (subscriber->beyond > limits_.feed_rude_subscriptions_max) {
      ThrowOut(listener, request, "sent far more subscriptions than it may have");
    }
    return false;
  }
  Follow* follow = all.Known(*subscriber->caller, request.written);
  const bool ask = follow == nullptr;
  if (ask) {
    const std::uint64_t session = ++last_session_;
    std::optional<std::string> key = Ask(session, *subscriber, request.written);
    if (key) follow = &all.Admitted(*subscriber->caller, request.written, session, *std::move(key));
  }
  all.Hold(*subscriber, request.written, follow);
  if (follow == nullptr) {
    ++refused_;
    return ask;
  }
  const std::string key = follow->key;
  SeeWhoLeft(listener);
  if (!listener.socket->IsCertain(request)) {
    BindAnew(listener);
  } else if (all.IsThere(request.descriptor, number)) {
    listener.socket->Admit(key);
  }
  return ask;
}

void Feed::Unsubscribe(Listener& listener, const FeedListener::Request& request) {
  SeeWhoLeft(listener);
  Subscriber* subscriber = listener.subscribers.Meet(request.descriptor, Authenticator::NumberOf(request.user_id));
  if (subscriber == nullptr) return;
  const auto found = subscriber->follows.find(request.written);
  if (found == subscriber->follows.end()) return;
  if (!listener.socket->IsCertain(request)) return BindAnew(listener);
  if (found->second != nullptr) listener.socket->Withdraw(found->second->key);
  listener.subscribers.LetGo(*subscriber, request.written);
  EndAbandoned(listener);
}

// The core's decision: the key of what the peer gets, or nothing.
std::optional<std::string> Feed::Ask(std::uint64_t session, const Subscriber& subscriber, const std::string& written) {
  const Ticket ticket{.endpoint = number_, .session = session, .request = ++asked_};
  std::vector<Command> commands;
  commands.push_back({.ticket = ticket,
                      .caller = subscriber.caller,
                      .operation = hub::core::Follow{written},
                      .frame = nullptr,
                      .bytes = sizeof(Command) + written.size()});
  std::unique_lock lock(mutex_);
  answer_.reset();
  while (!inbox_.TryPush(commands)) {
    if (answered_.wait_for(lock, kRetryInterval, [this] { return stopping_; })) return std::nullopt;
  }
  answered_.wait(lock, [&] { return stopping_ || (answer_ && answer_->ticket == ticket); });
  if (!answer_ || !answer_->reply) return std::nullopt;
  const auto arn = hub::ParseArn(std::get<hub::core::CreatedReply>(*answer_->reply).arn);
  HUB_ASSERT(arn);
  return hub::core::FeedKey(written, arn->account);
}

// The peer gets nothing more, and cannot come back for a while. Everybody else connects again.
void Feed::ThrowOut(Listener& listener, const FeedListener::Request& request, std::string_view why) {
  const hub::core::IdentityPtr identity = authenticator_->IdentityOf(request.user_id);
  const std::string who =
      identity == nullptr || identity->principal().arn.empty() ? "An anonymous peer" : identity->principal().arn;
  Say("FEED: " + who + " at " + request.address + " " + std::string(why) + ". It is refused for a while.");
  authenticator_->Bar(request.user_id, request.address, limits_.feed_barred);
  ++thrown_out_;
  BindAnew(listener);
}

void Feed::SeeWhoLeft(Listener& listener) {
  for (const int descriptor : listener.socket->TakeDeparted()) listener.subscribers.Leave(descriptor);
  EndAbandoned(listener);
}

void Feed::EndAbandoned(Listener& listener) {
  for (const std::uint64_t session : listener.subscribers.TakeAbandoned()) inbox_.EndSession(number_, session);
}

// Ends every connection of a listener. Its peers come back by themselves.
void Feed::BindAnew(Listener& listener) {
  if (listener.socket->IsOpen()) {
    listener.socket->Close();
    listener.subscribers.Clear();
    EndAbandoned(listener);
    ++bound_anew_;
  }
  // The address may take a moment to become free. The loop tries again.
  (void)listener.socket->Reopen();
}

void Feed::End(const Ticket& ticket) {
  for (Listener& listener : listeners_) {
    if (listener.subscribers.HasSession(ticket.session)) BindAnew(listener);
  }
}

void Feed::ApplyCredentials() {
  std::shared_ptr<const Credentials> credentials;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(credentials_changed_, false)) return;
    credentials = credentials_;
  }
  for (Listener& listener : listeners_) {
    bool all_known = true;
    listener.subscribers.ForEach([&](const Subscriber& subscriber) {
      if (subscriber.caller) all_known = all_known && credentials->Knows(*subscriber.caller->identity);
    });
    if (!all_known) BindAnew(listener);
  }
}

void Feed::Say(std::string text) { log_({LogLine::Level::kWarning, std::move(text)}); }

}  // namespace adapters::zmq
