// The reference for queues, topics, subscriptions and who may use them.

#include "tests/sim/model.h"

#include <algorithm>
#include <charconv>

namespace sim {

using hub::Instant;
using hub::core::Attributes;

namespace {

std::string WhoAndWhat(const Event& event) {
  return std::string(hub::core::NameOf(event.issued->operation)) + " #" + std::to_string(event.issued->request);
}

// Whether everything that is wanted is so already, be it by default.
bool Agrees(const Attributes& wanted, Attributes current) {
  if (current.contains("FifoQueue")) {
    current.insert({{"ContentBasedDeduplication", "false"}, {"DeduplicationScope", "queue"}});
  }
  current.insert({{"VisibilityTimeout", "30"},
                  {"MessageRetentionPeriod", "345600"},
                  {"DelaySeconds", "0"},
                  {"ReceiveMessageWaitTimeSeconds", "0"},
                  {"MaximumMessageSize", "1048576"}});
  return std::ranges::all_of(wanted, [&](const auto& attribute) {
    const auto found = current.find(attribute.first);
    return found != current.end() && found->second == attribute.second;
  });
}

// The oldest messages of a queue, for the report.
std::string FirstOf(const QueueState& queue, Instant now) {
  static constexpr std::size_t kShown = 8;
  std::string text = ":";
  std::size_t left = kShown;
  for (const auto& [key, message] : queue.messages) {
    if (left-- == 0) break;
    const auto hidden = std::max(message.hidden_until, message.due) - now;
    text += " " + std::to_string(key.serial) + " (received " + std::to_string(message.receives) + " times" +
            (hidden > hub::Duration::zero() ? ", hidden for " + std::to_string(hidden.count() / 1000) + " ms)" : ")");
  }
  return text;
}

}  // namespace

hub::Duration QueueState::Seconds(const char* attribute, int otherwise) const {
  const auto found = attributes.find(attribute);
  return std::chrono::seconds(found == attributes.end() ? otherwise : std::stoi(found->second));
}

bool QueueState::Has(const char* attribute, const char* value) const {
  const auto found = attributes.find(attribute);
  return found != attributes.end() && found->second == value;
}

std::size_t QueueState::BytesMax() const {
  const auto found = attributes.find("MaximumMessageSize");
  return found == attributes.end() ? 1024 * 1024 : static_cast<std::size_t>(std::stoi(found->second));
}

std::uint32_t QueueState::ReceivesMax() const {
  static constexpr std::string_view kCount = R"("maxReceiveCount":)";
  const auto found = attributes.find("RedrivePolicy");
  if (found == attributes.end()) return 0;
  std::uint32_t count = 0;
  const std::string& text = found->second;
  std::from_chars(text.data() + text.find(kCount) + kCount.size(), text.data() + text.size(), count);
  return count;
}

// --- Answers --------------------------------------------------------------------------------------------------------

void Model::Fail(const Event& event, const std::string& what) {
  if (!failure_.empty()) return;
  failure_ = "turn " + std::to_string(event.turn) + ", " + WhoAndWhat(event) + ": " + what;
}

Attributes Model::Merge(Attributes current, const Attributes& changes) {
  for (const auto& [name, value] : changes) {
    current[name] = value;
    if (value.empty()) current.erase(name);
  }
  return current;
}

void Model::Apply(const Event& event, Known* known) {
  if (!failure_.empty()) return;
  known_ = known;
  has_deleted_ = false;
  accepted_.clear();
  std::erase_if(announced_deletions_, [&](const auto& announced) {
    if (announced.first >= event.turn) return false;
    Fail(event, "an earlier answer said that queue " + announced.second + " was deleted");
    return true;
  });
  FindLapsed(event);
  FindUnconfirmed(event.now);
  FindExhausted(event.now);
  FindTaken(event.now);
  std::visit([&](const auto& operation) { Check(operation, event); }, event.issued->operation);
}

bool Model::Refused(const Event& event, std::optional<Code> expected) {
  const auto& reply = *event.reply;
  const bool right = expected ? !reply && reply.error().code == *expected : reply.has_value();
  if (!right && reply) Fail(event, "was not refused as " + std::string(NameOf(*expected)));
  if (!right && !reply) Fail(event, "was refused: " + reply.error().message);
  return !reply;
}

const hub::Error* Model::FailureOf(const Failures& failures, std::size_t index) {
  const auto found = std::ranges::find(failures, index, &hub::core::EntryFailure::index);
  return found == failures.end() ? nullptr : &found->error;
}

bool Model::FailsAs(const Failures& failures, std::size_t index, std::optional<Code> expected, const Event& event) {
  const hub::Error* error = FailureOf(failures, index);
  const bool right = expected ? error && error->code == *expected : !error;
  if (!right) {
    Fail(event, "entry " + std::to_string(index) + (error ? " failed: " + error->message : " did not fail"));
  }
  return error != nullptr;
}

bool Model::MayUse(CallerKind caller, const std::string& queue) const {
  switch (caller) {
    case CallerKind::kHub: return true;
    case CallerKind::kOwner: return queue.starts_with(kOwnerAccount);
    case CallerKind::kWorker: return grants_.working.contains(queue) && queues_.contains(queue);
    case CallerKind::kStranger:
    case CallerKind::kNeighbour: return false;
  }
  return false;
}

bool Model::MayDeliver(const QueueState& queue) const {
  return queue.attributes.contains("Policy") || grants_.delivering.contains(queue.name);
}

bool Model::HasAll(const Attributes& current, const Attributes& asked) {
  return std::ranges::all_of(asked, [&](const auto& attribute) {
    const auto found = current.find(attribute.first);
    if (found != current.end()) return found->second == attribute.second;
    return attribute.first == "RawMessageDelivery" && attribute.second == "false";
  });
}

bool Model::MayRedrive(const std::string& queue, CallerKind caller) const {
  const auto dead_letters = queues_.find(DeadLettersOf(queue));
  if (dead_letters == queues_.end()) return caller == CallerKind::kHub;  // A client must find it there.
  const auto allow = dead_letters->second.attributes.find("RedriveAllowPolicy");
  if (allow == dead_letters->second.attributes.end() || allow->second.find("allowAll") != std::string::npos)
    return true;
  return allow->second.find('"' + ArnOfQueue(queue) + '"') != std::string::npos;
}

// The queue that the command names; null when it was refused, or when that is wrong. `is_wrong`: what it asks of the
// queue cannot be.
QueueState* Model::QueueFor(const Event& event, const std::string& name, bool is_wrong) {
  const auto found = queues_.find(name);
  std::optional<Code> expected;
  if (!MayUse(event.issued->caller, name)) {
    expected = Code::kAccessDenied;
  } else if (found == queues_.end()) {
    expected = Code::kQueueNotFound;
  } else if (is_wrong) {
    expected = Code::kInvalidArgument;
  }
  if (!*event.reply && event.reply->error().code == Code::kQueueNotFound && found != queues_.end()) {
    // Whoever waits for a queue is answered just before the command that deletes it.
    announced_deletions_.emplace(event.turn, name);
    return nullptr;
  }
  // What waits for the store when the hub stops is not done, whoever may have lost the right to it meanwhile.
  const bool waits = std::holds_alternative<hub::core::Delete>(event.issued->operation) ||
                     std::holds_alternative<hub::core::ChangeVisibility>(event.issued->operation);
  if (event.is_stopping && waits && !*event.reply && event.reply->error().code == Code::kUnavailable) {
    return nullptr;
  }
  return Refused(event, expected) ? nullptr : found == queues_.end() ? nullptr : &found->second;
}

// --- Queues ---------------------------------------------------------------------------------------------------------

void Model::Check(const hub::core::CreateQueue& create, const Event& event) {
  const auto found = queues_.find(create.queue);
  std::optional<Code> expected;
  if (event.issued->caller > CallerKind::kOwner) {
    expected = Code::kAccessDenied;
  } else if (found != queues_.end()) {
    const bool agrees = create.tags.empty() || create.tags == found->second.tags;
    if (!agrees || !Agrees(create.attributes, found->second.attributes)) expected = Code::kQueueExists;
  } else if (create.attributes.contains("RedrivePolicy") && !MayRedrive(create.queue, event.issued->caller)) {
    expected = Code::kInvalidArgument;
  } else if (event.is_space_low) {
    expected = Code::kNoSpace;
  }
  if (Refused(event, expected) || found != queues_.end()) return;
  QueueState& queue = queues_[create.queue];
  queue.uid = event.issued->request;
  queue.name = create.queue;
  queue.attributes = create.attributes;
  queue.tags = create.tags;
  queue.delays = {{event.now, queue.Seconds("DelaySeconds", 0)}};
}

void Model::Check(const hub::core::DeleteQueue& erase, const Event& event) {
  QueueState* queue = QueueFor(event, erase.queue);
  if (!queue) return;
  announced_deletions_.erase({event.turn, erase.queue});
  if (std::ranges::any_of(consumers_, [&](const auto& consumer) { return consumer.second.queue == queue->uid; })) {
    return Fail(event, "a consumer of the queue has not ended");
  }
  Empty(*queue, event.now);
  queues_.erase(erase.queue);
}

void Model::Check(const hub::core::SetQueueAttributes& set, const Event& event) {
  const auto redrive = set.attributes.find("RedrivePolicy");
  const bool is_wrong =
      redrive != set.attributes.end() && !redrive->second.empty() && !MayRedrive(set.queue, event.issued->caller);
  QueueState* queue = QueueFor(event, set.queue, is_wrong);
  if (!queue) return;
  if (set.attributes.contains("MessageRetentionPeriod")) {
    Settle(event.now);  // Issued only when the hub has settled.
    for (auto& [request, consumer] : consumers_) {
      if (consumer.queue == queue->uid && !consumer.held.empty()) consumer.is_credit_known = false;
    }
  }
  const hub::Duration delay = queue->Seconds("DelaySeconds", 0);
  queue->attributes = Merge(queue->attributes, set.attributes);
  if (queue->Seconds("DelaySeconds", 0) == delay) return;
  queue->delays.emplace_back(event.now, queue->Seconds("DelaySeconds", 0));
  if (queue->IsFifo()) ChangeDelay(*queue, event.now);
}

void Model::Check(const hub::core::DescribeQueue& describe, const Event& event) {
  const QueueState* queue = QueueFor(event, describe.queue);
  if (!queue || !event.is_quiet) return;
  Settle(event.now);
  const hub::core::QueueDescription& described = std::get<hub::core::QueuesReply>(**event.reply).queues.at(0);
  std::uint64_t visible = 0;
  std::uint64_t perhaps = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t delayed = 0;
  std::uint64_t perhaps_delayed = 0;
  std::uint64_t perhaps_in_flight = 0;  // If they have not expired.
  for (const auto& [key, message] : queue->messages) {
    const bool may_wait = message.due_at_last > event.now && (message.due <= event.now || !message.IsSure());
    if (may_wait) ++perhaps_delayed;
    if (!message.IsSure() && message.hidden_until > event.now) ++perhaps_in_flight;
    if (!message.IsSure() || may_wait) {
      ++perhaps;
    } else if (message.due > event.now) {
      ++delayed;
    } else {
      ++(message.hidden_until > event.now ? in_flight : visible);
    }
  }
  for (const auto& [name, other] : queues_) {
    for (const auto& [key, message] : other.messages) {
      if (message.there != queue->uid && message.next != queue->uid) continue;
      ++perhaps;
      if (message.next == queue->uid || other.IsDeadLetterQueue()) ++perhaps_delayed;
    }
  }
  const bool right = described.visible >= visible && described.visible <= visible + perhaps &&
                     described.in_flight >= in_flight && described.in_flight <= in_flight + perhaps_in_flight &&
                     described.delayed >= delayed && described.delayed <= delayed + perhaps_delayed;
  if (right) return CheckServed(*queue, visible, event);
  const auto text = [](std::uint64_t v, std::uint64_t f, std::uint64_t d) {
    return std::to_string(v) + " visible, " + std::to_string(f) + " in flight, " + std::to_string(d) + " delayed";
  };
  Fail(event, "counts of " + describe.queue + ": " + text(described.visible, described.in_flight, described.delayed) +
                  "; it should be " + text(visible, in_flight, delayed) + " (and " + std::to_string(perhaps) +
                  " perhaps, of which delayed " + std::to_string(perhaps_delayed) + ")" + FirstOf(*queue, event.now));
}

// --- Topics ---------------------------------------------------------------------------------------------------------

void Model::Check(const hub::core::CreateTopic& create, const Event& event) {
  const auto found = topics_.find(create.topic);
  std::optional<Code> expected;
  if (event.issued->caller > CallerKind::kOwner) {
    expected = Code::kAccessDenied;
  } else if (found != topics_.end()) {
    const hub::Tags& tags = found->second.tags;
    if (!std::ranges::includes(tags, create.tags)) expected = Code::kTopicExists;
  } else if (event.is_space_low) {
    expected = Code::kNoSpace;
  }
  if (!Refused(event, expected) && found == topics_.end()) {
    topics_[create.topic] = {.uid = event.issued->request,
                             .attributes = create.attributes,
                             .tags = create.tags,
                             .accepted = {},
                             .subscriptions = {}};
    JoinPatterns(create.topic, "");
  }
}

void Model::Check(const hub::core::DeleteTopic& erase, const Event& event) {
  std::optional<Code> expected;
  if (event.issued->caller > CallerKind::kOwner) {
    expected = Code::kAccessDenied;
  }
  if (!Refused(event, expected)) topics_.erase(erase.topic);
}

bool Model::IsWrong(const std::string& queue, const Attributes& subscription, const std::string& owner) {
  const auto redrive = subscription.find("RedrivePolicy");
  if (redrive == subscription.end() || redrive->second.empty()) return false;
  const bool is_of_kind = redrive->second.find('"' + ArnOfQueue(DeadLettersOf(queue)) + '"') != std::string::npos;
  return !is_of_kind || IsDeadLetterQueue(queue) || owner != kOwnerAccount;
}

void Model::Check(const hub::core::Subscribe& subscribe, const Event& event) {
  const bool is_pattern = IsPattern(subscribe.topic);
  const auto topic = topics_.find(subscribe.topic);
  const bool is_own = !MustAsk(*event.issued);
  SubscriptionState wanted{.attributes = subscribe.attributes,
                           .owner = is_own ? AccountOf(subscribe.queue) : AccountOf(event.issued->caller),
                           .life = event.issued->request,
                           .is_pending = !is_own,
                           .asked = event.now};
  std::optional<Code> expected;
  if (!MaySubscribe(event.issued->caller, subscribe.topic)) {
    expected = Code::kAccessDenied;
  } else if (!is_pattern && topic == topics_.end()) {
    expected = Code::kTopicNotFound;
  } else if ((IsFifo(subscribe.queue) && !IsFifo(subscribe.topic)) ||
             IsWrong(subscribe.queue, subscribe.attributes, wanted.owner)) {
    expected = Code::kInvalidArgument;
  } else if (is_own && !queues_.contains(subscribe.queue)) {
    expected = Code::kQueueNotFound;
  }
  if (is_pattern) return SubscribeByPattern(subscribe, expected, event);
  SubscriptionState* there = FindSubscription(subscribe.topic, subscribe.queue);
  // The queue's own account takes over.
  const bool is_new = !there || (is_own && (there->is_pending || !there->pattern.empty()));
  if (!expected && !is_new && !HasAll(there->attributes, subscribe.attributes)) expected = Code::kSubscriptionExists;
  if (!expected && is_new && event.is_space_low) expected = Code::kNoSpace;
  if (Refused(event, expected)) return;
  const auto& reply = std::get<hub::core::CreatedReply>(**event.reply);
  if (is_new) {
    there = &(topic->second.subscriptions[subscribe.queue] = std::move(wanted));
    there->arn = reply.arn;
  }
  if (reply.is_pending != there->is_pending) Fail(event, "it waits for confirmation, or should");
  if (there->is_pending) AskToConfirm(subscribe, *there, event);
}

void Model::Check(const hub::core::Unsubscribe& unsubscribe, const Event& event) {
  if (IsPattern(unsubscribe.topic)) return UnsubscribePattern(unsubscribe, event);
  const SubscriptionState* there = FindSubscription(unsubscribe.topic, unsubscribe.queue);
  const CallerKind caller = event.issued->caller;
  const bool may =
      MaySubscribe(caller, unsubscribe.topic) &&
      (!there || MayTouch(caller, {there->owner, AccountOf(unsubscribe.queue), AccountOf(unsubscribe.topic)}));
  if (Refused(event, may ? std::nullopt : std::optional(Code::kAccessDenied)) || !there) return;
  topics_.at(unsubscribe.topic).subscriptions.erase(unsubscribe.queue);
}

void Model::Check(const hub::core::SetSubscriptionAttributes& set, const Event& event) {
  if (IsPattern(set.topic)) return SetPatternAttributes(set, event);
  SubscriptionState* there = FindSubscription(set.topic, set.queue);
  const CallerKind caller = event.issued->caller;
  std::optional<Code> expected;
  if (!MaySubscribe(caller, set.topic) || (there && !MayTouch(caller, {there->owner}))) {
    expected = Code::kAccessDenied;
  } else if (!topics_.contains(set.topic)) {
    expected = Code::kTopicNotFound;
  } else if (!there) {
    expected = Code::kSubscriptionNotFound;
  } else if (IsWrong(set.queue, set.attributes, there->owner)) {
    expected = Code::kInvalidArgument;
  }
  if (Refused(event, expected)) return;
  there->attributes = Merge(there->attributes, set.attributes);
  there->pattern.clear();
}

// Whoever asks is the simulation: so it knows when in the turn a session ends.
void Model::Check(const hub::core::DescribeHub&, const Event& event) {
  const bool is_client = event.issued->endpoint == kClientEndpoint;
  if (!Refused(event, std::nullopt) && event.issued->ends != 0 && is_client) EndSession(event.issued->ends);
}

void Model::Check(const hub::core::Reload&, const Event& event) {
  if (!Refused(event, std::nullopt)) grants_ = event.issued->grants;
}

}  // namespace sim
