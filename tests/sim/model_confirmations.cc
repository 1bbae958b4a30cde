// The reference for subscriptions of another account's queue: each waits until somebody shows the token that was sent
// to the queue, or vanishes.

#include <algorithm>

#include "tests/sim/model.h"

namespace sim {
namespace {

constexpr std::string_view kToken = R"("Token":")";

// One subscription, as it would be listed.
std::string Line(const hub::core::SubscriptionDescription& subscription) {
  std::string line = subscription.topic_arn + " to " + subscription.endpoint + " for " + subscription.owner;
  if (!subscription.pattern.empty()) line += " by " + subscription.pattern;
  if (subscription.is_pending) line += ", waits";
  for (const auto& [name, value] : subscription.attributes) line += ", " + name + " " + value;
  return line;
}

std::string LineFor(const std::string& topic, const std::string& queue, const SubscriptionState& subscription) {
  hub::core::SubscriptionDescription description;
  description.topic_arn = ArnOfTopic(topic);
  description.endpoint = ArnOfQueue(queue);
  description.owner = subscription.owner;
  if (!subscription.pattern.empty()) description.pattern = ArnOfTopic(subscription.pattern);
  description.is_pending = subscription.is_pending;
  description.attributes = subscription.attributes;
  return Line(description);
}

}  // namespace

// Also whether the caller may ask for the end of a subscription, or change it, if that is not somebody else's.
bool Model::MaySubscribe(CallerKind caller, const std::string& topics) const {
  if (caller == CallerKind::kNeighbour) return grants_.neighbours.contains(topics) && topics_.contains(topics);
  return caller <= CallerKind::kOwner;
}

bool Model::MayTouch(CallerKind caller, const std::set<std::string>& accounts) {
  return caller == CallerKind::kHub || accounts.contains(AccountOf(caller));
}

SubscriptionState* Model::FindSubscription(const std::string& topic, const std::string& queue) {
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return nullptr;
  const auto subscription = found->second.subscriptions.find(queue);
  return subscription == found->second.subscriptions.end() ? nullptr : &subscription->second;
}

// Whoever asks again gets two days more, and the queue another message: if there is a queue that takes it.
void Model::AskToConfirm(const hub::core::Subscribe& subscribe, SubscriptionState& subscription, const Event& event) {
  subscription.asked = event.now;
  const auto queue = queues_.find(subscribe.queue);
  if (queue == queues_.end() || event.is_space_low || !MayDeliver(queue->second)) return;
  const std::string topic_arn = ArnOfTopic(subscribe.topic);
  Message message;
  message.content =
      std::make_shared<const Content>(Content{.bytes = 0,
                                              .kind = "",
                                              .subject = "",
                                              .sender = topic_arn,
                                              .sent = event.now,
                                              .group = queue->second.IsFifo() ? "SubscriptionConfirmation" : "",
                                              .topic_arn = topic_arn,
                                              .notification = {},
                                              .subscription = subscription.life,
                                              .asked = subscribe.queue});
  AddSent(queue->second, {event.issued->serials.at(0), queue->second.uid}, std::move(message), std::nullopt, event);
}

// No two ask for the same within a millisecond.
bool Model::AsksFor(const Content& content, std::string_view body) {
  const auto has = [body](const std::string& text) { return body.find(text) != std::string_view::npos; };
  return body.starts_with(R"({"Type":"SubscriptionConfirmation")") &&
         has(R"("TopicArn":")" + content.topic_arn + '"') && has(" to " + ArnOfQueue(content.asked) + ".") &&
         has(R"("Timestamp":")" + Timestamp(content.sent) + '"') && has(std::string(kToken));
}

GivenToken Model::TokenIn(const Content& content, std::string_view body) {
  const std::size_t begin = body.find(kToken) + kToken.size();
  const std::string_view token = body.substr(begin, body.find('"', begin) - begin);
  const std::string topic = content.topic_arn.substr(content.topic_arn.rfind(':') + 1);
  return {.token = std::string(token),
          .topic = std::string(kOwnerAccount) + "/" + topic,
          .subscription = content.subscription};
}

void Model::FindUnconfirmed(hub::Instant now) {
  for (auto& [name, topic] : topics_) {
    std::erase_if(topic.subscriptions, [&](const auto& each) {
      return each.second.is_pending && each.second.asked + hub::kConfirmationWindow <= now;
    });
  }
}

// Whoever has the token may, unless a policy denies it.
void Model::Check(const hub::core::ConfirmSubscription& confirm, const Event& event) {
  const std::uint64_t life = event.issued->token.subscription;
  SubscriptionState* subscription = nullptr;
  if (const auto topic = topics_.find(confirm.topic); topic != topics_.end() && life != 0) {
    for (auto& [queue, each] : topic->second.subscriptions) {
      const bool is_in_time = event.now < each.asked + hub::kConfirmationWindow;
      if (each.life == life && is_in_time) subscription = &each;
    }
  }
  std::optional<Code> expected;
  if (event.issued->caller == CallerKind::kWorker) {
    expected = Code::kAccessDenied;
  } else if (!subscription) {
    expected = Code::kInvalidArgument;
  }
  if (Refused(event, expected) || !subscription) return;
  if (std::get<hub::core::CreatedReply>(**event.reply).arn != subscription->arn) {
    return Fail(event, "another subscription was confirmed");
  }
  subscription->is_pending = false;
}

void Model::Check(const hub::core::ListSubscriptions&, const Event& event) {
  if (Refused(event, std::nullopt)) return;
  std::vector<std::string> wanted;
  for (const auto& [topic, state] : topics_) {
    for (const auto& [queue, each] : state.subscriptions) {
      wanted.push_back(LineFor(topic, queue, each));
    }
  }
  for (const Pattern& pattern : patterns_) {
    wanted.push_back(
        LineFor(pattern.topics, pattern.queue, {.attributes = pattern.attributes, .owner = AccountOf(pattern.queue)}));
  }
  std::vector<std::string> listed;
  for (const auto& each : std::get<hub::core::SubscriptionsReply>(**event.reply).subscriptions) {
    listed.push_back(Line(each));
  }
  std::ranges::sort(wanted);
  std::ranges::sort(listed);
  const auto [missing, other] = std::ranges::mismatch(wanted, listed);
  if (missing == wanted.end() && other == listed.end()) return;
  Fail(event, "there should be " + (missing == wanted.end() ? "nothing" : *missing) + ", and there is " +
                  (other == listed.end() ? "nothing" : *other));
}

}  // namespace sim
