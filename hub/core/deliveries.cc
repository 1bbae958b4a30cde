// Subscribers that are not queues: each has a delivery queue of the hub's own, not listed and with no policy, in which
// what it is still to get lies until it has it. So a dead endpoint slows nobody, and a restart loses nothing.
//
//   publish ─▶ delivery queue ─▶ pushed ──▶ taken: deleted
//                   ▲              └──────▶ failed: hidden for as long as the delivery policy says, then pushed again
//                   └──────────────────────        or given up ─▶ the subscription's dead-letter queue, or lost
//
// Whoever delivers is a session that has sent a TakeDeliveries: it stands at each delivery queue as a push consumer
// does. What waits to be tried again takes none of its credit. Mail and streams are not delivered: their queues are the
// outbox.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/check_message.h"
#include "hub/core/confirmation.h"
#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

// With one endpoint at once; and how long it may keep one before another try.
constexpr std::size_t kDeliveryCredit = 16;
constexpr std::size_t kDeliveryBytes = 128 * 1024;  // Of their bodies; one message may be larger.
constexpr Duration kDeliveryTime = 60s;
constexpr Duration kUntriedWait = 5s;  // Before what had no turn is handed out again.
// Longer than any message is tried [aws 132].
constexpr Duration kDeliveryRetention = std::chrono::days(30);
constexpr Duration kOutboxRetention = std::chrono::days(4);

// How often a message was handed out and had its turn. A restart counts what had none.
std::uint32_t TriesOf(const QueueEntry& queue, const queues::Position& position) {
  const std::uint32_t receives = position.chunk->slots.StateOf(position.slot).receives;
  const auto untried = queue.untried.find(position.sequence());
  return untried == queue.untried.end() ? receives : receives - std::min(receives - 1, untried->second);
}

}  // namespace

// --- Delivery queues ------------------------------------------------------------------------------------------------

// The subscription's, which its record names.
void Core::AddDelivery(SubscriptionEntry& subscription, queues::Counters counters) {
  QueueEntry& queue = catalog_.AddDelivery(subscription, counters);
  queue.settings.visibility_timeout = kDeliveryTime;
  queue.settings.retention = IsOutbox(subscription.record.protocol) ? kOutboxRetention : kDeliveryRetention;
  if (subscription.record.protocol == Protocol::kArchive) {
    queue.settings.retention = subscription.topic->settings.archive;
  }
}

void Core::DeleteDelivery(SubscriptionEntry& subscription, Turn& turn) {
  if (subscription.record.delivery == 0) return;
  QueueEntry& queue = *subscription.queue;
  PurgeNow(queue, turn);
  WriteQueue(queue, turn);
  turn.batch.Delete(Key(KeyKind::kCounters, queue.id));
  for (const Consumers::Id id : consumers_.OfQueue(queue.id)) EndConsumer(id, turn);
  for (const Command& command : queue.deferred) turn.answers.push_back({command.ticket, Reply(DoneReply())});
  timers_.erase({queue.timer, queue.id});
  catalog_.RemoveDelivery(subscription);
}

// --- Whoever delivers -----------------------------------------------------------------------------------------------

Core::Outcome Core::Handle(TakeDeliveries&, Command& command, Turn& turn) {
  if (!IsOfHub(command)) return Fail(Code::kAccessDenied, "Only the hub itself delivers.");
  if (deliverer_) return Fail(Code::kInvalidArgument, "Somebody delivers already.");
  deliverer_ = command.ticket;
  for (const auto& [id, subscription] : catalog_.subscriptions()) StandAtDelivery(*subscription, turn);
  return Reply(DoneReply());
}

void Core::StandAtDelivery(SubscriptionEntry& subscription, const Turn& turn) {
  if (!deliverer_ || !IsPushed(subscription.record.protocol)) return;
  ++delivery_consumers_;
  consumers_.Open({.ticket = {deliverer_->endpoint, deliverer_->session, subscription.id},
                   .caller = nullptr,
                   .queue = subscription.queue->id,
                   .credit = kDeliveryCredit,
                   .visibility = {},
                   .policies = policies_.generation(),
                   .bytes_max = kDeliveryBytes},
                  turn.now);
  Touch(*subscription.queue);
}

std::shared_ptr<const PushTarget> Core::TargetOf(SubscriptionEntry& subscription) {
  if (subscription.target) return subscription.target;
  const TopicEntry& topic = *subscription.topic;
  auto target = std::make_shared<PushTarget>();
  target->subscription = subscription.id;
  target->arn = subscription.arn;
  target->topic_arn = topic.arn;
  target->protocol = subscription.record.protocol;
  target->endpoint = subscription.record.endpoint;
  target->policy = DeliveryPolicyOf(subscription);
  target->signs_by_sha256 = topic.settings.signs_by_sha256;
  return subscription.target = std::move(target);
}

// What is set for the subscription counts before what is set for the topic, unless that forbids it.
topics::DeliveryPolicy Core::DeliveryPolicyOf(const SubscriptionEntry& subscription) {
  topics::DeliveryPolicy policy = subscription.topic->settings.delivery;
  if (subscription.record.protocol == Protocol::kLambda) policy.retries = topics::RetriesInside();
  const auto own = subscription.record.attributes.find("DeliveryPolicy");
  if (own == subscription.record.attributes.end() || policy.overrides_disabled) return policy;
  auto parsed = topics::ParseSubscriptionDeliveryPolicy(own->second, policy);
  HUB_ASSERT(parsed);  // It was read when it was set.
  return *std::move(parsed);
}

// Something of the topic changed that its subscribers are told.
void Core::ForgetTargets(TopicEntry& topic) {
  for (const auto& subscription : topic.subscriptions) {
    if (subscription) subscription->target = nullptr;
  }
}

// --- What became of it ----------------------------------------------------------------------------------------------

Core::Outcome Core::Handle(SettleDeliveries& settle, Command& command, Turn& turn) {
  if (!IsOfHub(command)) return Fail(Code::kAccessDenied, "Only the hub itself delivers.");
  SubscriptionEntry* subscription = catalog_.FindSubscription(settle.subscription);
  if (!subscription || subscription->record.delivery == 0) return Reply(DoneReply());  // It has ended meanwhile.
  QueueEntry& queue = *subscription->queue;
  std::vector<Result<Receipt>> receipts;
  for (const SettleDeliveries::Entry& entry : settle.entries) {
    receipts.push_back(Open(queue, {entry.handle.data(), entry.handle.size()}));
  }
  if (QueueEntry* log = MustLoadFor(queue, receipts)) return Park(command, *log);
  for (std::size_t i = 0; i < settle.entries.size(); ++i) {
    const auto position = receipts[i] ? Locate(queue, *receipts[i]) : std::nullopt;
    if (!position || position->chunk->slots.IsDeleted(position->slot)) continue;
    Settle(*subscription, *position, settle.entries[i], turn);
  }
  Touch(queue);
  return Reply(DoneReply());
}

// What is not to be tried again is visible at once: whoever takes it next gives it up, having its body at hand.
void Core::Settle(SubscriptionEntry& subscription, const queues::Position& position,
                  const SettleDeliveries::Entry& entry, Turn& turn) {
  QueueEntry& queue = *subscription.queue;
  using Became = SettleDeliveries::Outcome;
  if (entry.outcome == Became::kTaken) {
    ++tally_.push_taken;
    return DeleteDelivered(queue, position, turn);
  }
  if (entry.outcome == Became::kUntried) {
    ++queue.untried[position.sequence()];
    queue.queue.ChangeVisibility(position, turn.now, turn.now + kUntriedWait);
    return consumers_.Settle(queue.id, position.sequence());
  }
  ++tally_.push_failed;
  const std::uint32_t tries = TriesOf(queue, position);
  const topics::Retries& retries = TargetOf(subscription)->policy.retries;
  const bool again = entry.outcome == Became::kFailed && tries <= retries.count;
  if (!again) queue.given_up[position.sequence()] = entry.why;
  const Duration wait = again ? retries.DelayBefore(tries) : Duration::zero();
  queue.queue.ChangeVisibility(position, turn.now, turn.now + wait);
  consumers_.Settle(queue.id, position.sequence());
}

// Of what was just taken from a delivery queue, what nobody is to try again. Whether there was any.
bool Core::GiveUpTaken(QueueEntry& queue, std::vector<queues::Position>& taken, Turn& turn) {
  if (queue.given_up.empty()) return false;
  const std::size_t before = taken.size();
  std::erase_if(taken, [&](const queues::Position& position) {
    const auto found = queue.given_up.find(position.sequence());
    if (found == queue.given_up.end()) return false;
    const std::uint32_t tries = TriesOf(queue, position) - 1;  // This was none.
    GiveUp(*queue.delivers_for, position, tries, found->second, turn);
    queue.given_up.erase(found);
    DeleteDelivered(queue, position, turn);
    return true;
  });
  return taken.size() < before;
}

void Core::DeleteDelivered(QueueEntry& queue, const queues::Position& position, Turn& turn) {
  const std::size_t before = queue.queue.ResidentBytes();
  const queues::Sequence sequence = position.sequence();
  queue.untried.erase(sequence);
  queue.queue.Delete(position);
  resident_bytes_ += queue.queue.ResidentBytes() - before;
  consumers_.Settle(queue.id, sequence);
  Touch(queue);
  ++queue.deleted;
  turn.batch.flush = true;
}

// Nobody tries again: the subscription's dead-letter queue gets the message as it was published, or it is lost.
void Core::GiveUp(SubscriptionEntry& subscription, const queues::Position& position, std::uint32_t tries,
                  const std::string& why, Turn& turn) {
  const auto reference = position.chunk->content.reference;
  ++subscription.failed;
  subscription.last_denial = why;
  const std::uint64_t kept = tally_.push_dead_lettered;
  std::string where = "It is lost: the subscription has no dead-letter queue.";
  if (!reference) {
    where = "It asked for a confirmation.";
  } else if (!subscription.dead_letter_queue.empty()) {
    where = MoveToDeadLetters(subscription, *reference, position, turn);
  }
  if (tally_.push_dead_lettered == kept) ++tally_.push_lost;
  Log(LogLine::Level::kWarning,
      "PUSH: gave up a message of " + subscription.topic->arn + " for " + WithoutUser(subscription.record.endpoint) +
          " after " + std::to_string(tries) + (tries == 1 ? " try: " : " tries: ") + why + " " + where,
      turn);
}

// One more reference to the topic's chunk, so that it is rendered as it would have been [aws 129]. Returns what became
// of it.
std::string Core::MoveToDeadLetters(SubscriptionEntry& subscription, const queues::Reference& from,
                                    const queues::Position& position, Turn& turn) {
  const std::string& arn = subscription.dead_letter_queue;
  QueueEntry* queue = catalog_.FindQueueByArn(arn);
  if (!queue) return "It is lost: there is no queue " + arn + ".";
  if (!MayDeliver(*subscription.topic, *queue, subscription.dead_letter_admission, turn)) {
    return "It is lost: " + subscription.dead_letter_admission.denial;
  }
  const queues::Content& content = position.chunk->content;
  const queues::Record record = content.At(position.slot);
  if (record.body.size() + record.attributes.size() > queue->settings.message_bytes_max) {
    return "It is lost: it is larger than the queue " + arn + " accepts.";
  }
  QueueEntry& log = LogFor(*queue, record.group);
  CloseQueue(log, turn);
  Touch(log);
  auto reference = std::make_shared<queues::Reference>(from);
  reference->sent = turn.now;
  reference->id_base = log.queue.next_sequence();
  reference->indices = {from.indices[position.slot]};
  topic_chunks_.Refer(from.topic, from.topic_first);
  if (Append(log, {.block = content.block, .reference = reference}, queue->settings.delay, turn)) {
    topic_chunks_.Use(from.topic, from.topic_first);
  }
  ++queue->sent;
  ++turn.deliveries;
  ++subscription.dead_lettered;
  ++tally_.push_dead_lettered;
  if (waiters_.Any(queue->id)) awaited_dead_letters_.push_back(queue->id);
  return "It is in " + arn + ".";
}

// --- Confirmations --------------------------------------------------------------------------------------------------

// [aws 115] The endpoint is sent a token, and tried as for any message.
void Core::PushConfirmation(SubscriptionEntry& subscription, Turn& turn) {
  constexpr std::uint64_t kConfirmationsMax = 10;  // That an endpoint has not taken yet.
  if (space_low_ || subscription.queue->Live() >= kConfirmationsMax) return;
  const std::string token = SealConfirmation(hub_.secret, subscription.id);
  queues::Record record;
  record.body = token;
  record.sender = subscription.topic->arn;
  OpenFor(*subscription.queue, turn.now, token.size() + kRecordOverhead, turn).Append(record);
  ++subscription.queue->sent;
  ++turn.deliveries;
}

// [aws 130] An endpoint is told that its subscription has ended, once and without a second try.
void Core::PushFarewell(SubscriptionEntry& subscription, Turn& turn) {
  const Protocol protocol = subscription.record.protocol;
  if (!deliverer_ || subscription.record.is_pending || protocol == Protocol::kLambda || !IsPushed(protocol)) return;
  auto token = std::make_shared<const std::string>(SealConfirmation(hub_.secret, subscription.id));
  Delivery delivery;
  delivery.id = MessageIdOf(hub_.secret, subscription.id, static_cast<std::uint64_t>(MicrosOf(turn.now)));
  delivery.body = *token;
  delivery.kind = DeliveryKind::kFarewell;
  delivery.sent = turn.now;
  ReceiveReply reply{.target = TargetOf(subscription), .deliveries = {delivery}, .blocks = {std::move(token)}};
  turn.answers.push_back(
      {{deliverer_->endpoint, deliverer_->session, subscription.id}, Reply(std::move(reply)), /*more=*/true});
}

}  // namespace hub::core
