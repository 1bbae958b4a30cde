#include "adapters/client/consumer.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "hub/base/duration.h"
#include "hub/base/limits.h"

namespace adapters::client {
namespace {

using hub::Code;
using hub::Duration;
using hub::Fail;
using hub::Result;

constexpr Duration kRetry = std::chrono::milliseconds(100);
constexpr Duration kSilence = 3 * hub::kConsumerHeartbeat;

Duration Left(std::chrono::steady_clock::time_point until) {
  const auto left = std::chrono::duration_cast<Duration>(until - std::chrono::steady_clock::now());
  return std::max(left, Duration{});
}

}  // namespace

Result<Consumer> Consumer::Open(const Options& options, std::string queue, const ConsumeOptions& consume) {
  Consumer consumer(options, std::move(queue), consume);
  if (Result<void> connected = consumer.Connect(options.connect_timeout); !connected) {
    return tl::unexpected(connected.error());
  }
  return consumer;
}

// --- The connection -------------------------------------------------------------------------------------------------

Result<void> Consumer::Connect(Duration timeout) {
  Options options = options_;
  options.connect_timeout = timeout;
  Result<Client> client = Client::Connect(options);
  if (!client) return tl::unexpected(client.error());
  const Result<Answer> opened =
      client->Call(hub::core::Consume{.queue = queue_, .credit = consume_.credit, .visibility = consume_.visibility});
  if (!opened) return tl::unexpected(opened.error());
  id_ = opened->id;
  heard_ = Clock::now();
  client_.emplace(*std::move(client));
  return {};
}

// Tries once, not before its time. Fails only with what another try would not mend.
Result<void> Consumer::Reconnect(Clock::time_point deadline) {
  if (Clock::now() < next_try_) std::this_thread::sleep_for(std::min(Left(next_try_), Left(deadline)));
  if (Clock::now() < next_try_) return {};
  next_try_ = Clock::now() + kRetry;
  const Duration patience = std::max(std::min(options_.connect_timeout, Left(deadline)), kRetry);
  Result<void> connected = Connect(patience);
  if (!connected && connected.error().code != Code::kUnavailable && connected.error().code != Code::kOverloaded) {
    return connected;
  }
  return {};
}

// What was not handed out comes again; what was settled is settled again over the next connection.
void Consumer::Lose() {
  client_.reset();
  ready_.clear();
  for (auto& [id, batch] : posted_) {
    Batch& again = batch.release ? released_ : done_;
    if (again.handles.empty()) again.since = Clock::now();
    std::move(batch.handles.begin(), batch.handles.end(), std::back_inserter(again.handles));
  }
  posted_.clear();
}

// --- Receiving ------------------------------------------------------------------------------------------------------

Result<std::optional<Pushed>> Consumer::Next(Duration timeout) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    if (!ready_.empty()) {
      if (Result<void> posted = PostDue(Clock::now()); !posted) return tl::unexpected(posted.error());
    }
    if (!ready_.empty()) {  // A connection lost meanwhile takes them away.
      Pushed first = std::move(ready_.front());
      ready_.pop_front();
      return first;
    }
    if (!client_) {
      if (Result<void> back = Reconnect(deadline); !back) return tl::unexpected(back.error());
    } else {
      Result<bool> said = Step(Left(deadline));
      if (!said) return tl::unexpected(said.error());
      if (*said) continue;
    }
    if (Clock::now() >= deadline) return std::nullopt;
  }
}

// Sends what is due and takes the next answer; whether there was one.
Result<bool> Consumer::Step(Duration timeout) {
  const auto until = std::min({Clock::now() + timeout, Due(done_), Due(released_)});
  Result<std::optional<Answer>> answer = client_->Poll(Left(until));
  if (!answer) {
    Lose();
    return true;
  }
  if (Result<void> posted = PostDue(Clock::now()); !posted) return tl::unexpected(posted.error());
  if (!*answer) {
    // The connection may stand while the hub has forgotten the session.
    if (client_ && Clock::now() - heard_ > kSilence) Lose();
    return false;
  }
  if (!client_) return true;
  heard_ = Clock::now();
  if (Result<void> taken = Take(**std::move(answer)); !taken) return tl::unexpected(taken.error());
  return true;
}

Result<void> Consumer::Take(Answer answer) {
  if (answer.id != id_) return TakeSettled(answer.id, answer.body);
  if (!answer.body) {
    const hub::Error error = answer.body.error();
    Lose();
    if (error.code == Code::kUnavailable) return {};  // It stops; perhaps it comes back.
    return tl::unexpected(error);
  }
  for (const Received& message : std::get<std::vector<Received>>(*answer.body)) {
    ready_.push_back({.message = message, .frame = answer.frame});
  }
  return {};
}

// --- Settling -------------------------------------------------------------------------------------------------------

void Consumer::Acknowledge(const Received& message) { Add(done_, message); }
void Consumer::Release(const Received& message) { Add(released_, message); }

void Consumer::Add(Batch& batch, const Received& message) {
  if (batch.handles.empty()) batch.since = Clock::now();
  batch.handles.emplace_back(message.handle);
}

Consumer::Clock::time_point Consumer::Due(const Batch& batch) const {
  if (batch.handles.empty()) return Clock::time_point::max();
  return batch.handles.size() >= consume_.batch ? batch.since : batch.since + consume_.batch_wait;
}

Result<void> Consumer::PostDue(Clock::time_point now) {
  for (Batch* batch : {&done_, &released_}) {
    if (!client_ || now < Due(*batch)) continue;
    if (Result<void> posted = Post(*batch); !posted) return posted;
  }
  return {};
}

// In requests of as many as one may hold.
Result<void> Consumer::Post(Batch& batch) {
  while (client_ && !batch.handles.empty()) {
    const std::size_t count = std::min(batch.handles.size(), hub::kEntriesMax);
    const auto end = batch.handles.begin() + static_cast<std::ptrdiff_t>(count);
    Result<std::uint64_t> id = Fail(Code::kUnavailable, "");
    if (batch.release) {
      hub::core::ChangeVisibility change{.queue = queue_, .entries = {}};
      std::for_each(batch.handles.begin(), end, [&](const std::string& handle) {
        change.entries.push_back({.handle = handle, .visibility = Duration{}});
      });
      id = client_->Post(change);
    } else {
      id = client_->Post(hub::core::Delete{.queue = queue_, .handles = {batch.handles.begin(), end}});
    }
    if (!id) {
      if (id.error().code != Code::kUnavailable) return tl::unexpected(id.error());
      Lose();
      return {};
    }
    Batch& posted = posted_[*id];
    posted.release = batch.release;
    std::move(batch.handles.begin(), end, std::back_inserter(posted.handles));
    batch.handles.erase(batch.handles.begin(), end);
  }
  return {};
}

Result<void> Consumer::TakeSettled(std::uint64_t id, const Result<ReplyBody>& body) {
  const auto posted = posted_.find(id);
  if (posted == posted_.end()) return {};
  if (!body) {
    if (body.error().code == Code::kUnavailable) {
      Lose();
      return {};
    }
    posted_.erase(posted);
    return tl::unexpected(body.error());
  }
  if (!posted->second.release) late_ += std::get<hub::core::EntriesReply>(*body).failures.size();
  posted_.erase(posted);
  return {};
}

Result<void> Consumer::Flush() {
  const auto deadline = Clock::now() + options_.timeout;
  while (!done_.handles.empty() || !released_.handles.empty() || !posted_.empty()) {
    if (!client_) {
      if (Result<void> back = Reconnect(deadline); !back) return back;
    }
    for (Batch* batch : {&done_, &released_}) {
      if (Result<void> posted = Post(*batch); !posted) return posted;
    }
    if (client_ && !posted_.empty()) {
      if (Result<bool> said = Step(Left(deadline)); !said) return tl::unexpected(said.error());
    }
    if (Clock::now() >= deadline && !posted_.empty()) {
      return Fail(Code::kUnavailable,
                  "The hub at " + options_.endpoint + " did not answer within " + hub::Format(options_.timeout) + ".");
    }
    if (Clock::now() >= deadline && !client_)
      return Fail(Code::kUnavailable, "No hub answers at " + options_.endpoint + ".");
  }
  return {};
}

Result<void> Consumer::Close() {
  Result<void> flushed = Flush();
  ready_.clear();
  if (!client_) return flushed;
  const Result<Answer> cancelled = client_->Call(hub::core::Cancel{.consumer = id_});
  client_.reset();
  if (!flushed || cancelled) return flushed;
  return tl::unexpected(cancelled.error());
}

}  // namespace adapters::client
