#include "adapters/push/pusher.h"

#include <chrono>
#include <utility>

namespace adapters::push {
namespace {

namespace core = hub::core;
using Outcome = core::SettleDeliveries::Outcome;

using namespace std::chrono_literals;

constexpr std::uint64_t kSession = 1;
constexpr auto kTellAgain = 20ms;  // After the inbox was full.
constexpr std::size_t kPacesMax = 100'000;

// [aws 133] What the endpoint says is wrong with the message stays wrong; anything else may be better next time.
Outcome OutcomeOf(unsigned status) {
  if (status >= 200 && status < 300) return Outcome::kTaken;
  if (status >= 300 && status < 500 && status != 408 && status != 429) return Outcome::kRefused;
  return Outcome::kFailed;
}

hub::Instant Now() {
  return hub::Instant(std::chrono::duration_cast<hub::Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

}  // namespace

Pusher::Pusher(std::uint32_t number, hub::engine::Inbox& inbox, wire::sns::Signer& signer)
    : number_(number), inbox_(inbox), envelopes_(signer) {}

Pusher::~Pusher() { Stop(); }

hub::Result<void> Pusher::Start(Settings settings) {
  settings_ = std::move(settings);
  wire::http::Client::Options options;
  options.ca_file = settings_.ca_file;
  options.guard = [this](const std::string& address) {
    return IsReachable(settings_.reach, settings_.allowed, address);
  };
  if (auto started = client_.Start(std::move(options)); !started) return started;
  started_ = true;
  std::vector<core::Command> commands(1);
  commands[0].ticket = {.endpoint = number_, .session = kSession, .request = 0};
  commands[0].operation = core::TakeDeliveries{};
  if (!inbox_.TryPush(commands)) return hub::Fail(hub::Code::kOverloaded, "The hub is overloaded at its start.");
  return {};
}

void Pusher::Deliver(std::vector<core::Answer> answers) {
  if (!started_) return;
  client_.Run([this, answers = std::move(answers)] {
    for (const core::Answer& answer : answers) {
      const auto* reply = answer.reply ? std::get_if<core::ReceiveReply>(&*answer.reply) : nullptr;
      if (!reply || !reply->target) continue;
      const auto blocks = std::make_shared<const std::vector<std::shared_ptr<const void>>>(reply->blocks);
      for (const core::Delivery& delivery : reply->deliveries) Push(reply->target, delivery, blocks);
    }
  });
}

// Now, or when its pace lets it.
void Pusher::Push(const TargetPtr& target, const core::Delivery& delivery, std::shared_ptr<const void> block) {
  const hub::Duration wait = WaitFor(*target);
  if (wait <= hub::Duration::zero()) return Send(target, delivery);
  client_.After(wait, [this, target, delivery, block = std::move(block)] { Send(target, delivery); });
}

hub::Duration Pusher::WaitFor(const core::PushTarget& target) {
  if (!target.policy.receives_per_second_max) return hub::Duration::zero();
  if (paces_.size() >= kPacesMax) paces_.clear();
  const hub::Duration step = hub::Duration(1s) / *target.policy.receives_per_second_max;
  const hub::Instant now = Now();
  Pace& pace = paces_[target.subscription];
  const hub::Instant at = std::max(now, pace.next);
  pace.next = at + step;
  return at - now;
}

void Pusher::Send(const TargetPtr& target, const core::Delivery& delivery) {
  const core::Handle handle = delivery.handle;
  auto request = RequestFor(*target, delivery, settings_.base_url, settings_.function_url, envelopes_);
  if (!request) {
    return Settle(*target, {.handle = handle, .outcome = Outcome::kFailed, .why = request.error().message});
  }
  const bool is_farewell = delivery.kind == core::DeliveryKind::kFarewell;
  client_.Post(*std::move(request), [this, target, handle, is_farewell](const wire::http::Client::Response& response) {
    if (!is_farewell) Settle(*target, handle, response);
  });
}

void Pusher::Settle(const core::PushTarget& target, const core::Handle& handle,
                    const wire::http::Client::Response& response) {
  core::SettleDeliveries::Entry entry{.handle = handle, .outcome = Outcome::kFailed, .why = response.problem};
  if (response.was_late) entry.outcome = Outcome::kUntried;
  if (response.status != 0) {
    entry.outcome = OutcomeOf(response.status);
    entry.why = "It answered with status " + std::to_string(response.status) + ".";
  }
  Settle(target, std::move(entry));
}

void Pusher::Settle(const core::PushTarget& target, core::SettleDeliveries::Entry entry) {
  core::SettleDeliveries& outcome = outcomes_[target.subscription];
  outcome.subscription = target.subscription;
  outcome.entries.push_back(std::move(entry));
  if (std::exchange(telling_, true)) return;
  client_.Run([this] { Tell(); });  // With whatever else has come by then.
}

void Pusher::Tell() {
  std::vector<core::Command> commands;
  for (auto& [subscription, outcome] : outcomes_) {
    core::Command& command = commands.emplace_back();
    command.ticket = {.endpoint = number_, .session = kSession, .request = ++told_};
    command.bytes = sizeof(core::Command) + outcome.entries.size() * sizeof(core::SettleDeliveries::Entry);
    command.operation = outcome;
  }
  if (!inbox_.TryPush(commands)) {
    return client_.After(kTellAgain, [this] { Tell(); });
  }
  outcomes_.clear();
  telling_ = false;
}

void Pusher::Stop() {
  started_ = false;
  client_.Stop();
}

}  // namespace adapters::push
