// Commands on the queues and topics themselves.

#include <algorithm>

#include "hub/base/json.h"
#include "hub/core/core.h"
#include "hub/policy/quota.h"

namespace hub::core {
namespace {

// [aws 23] The first attribute that a queue has with another value than the one given, or "". What an empty value
// takes away it must not have.
std::string FirstDifference(const Attributes& given, const Attributes& in_force, const Attributes& set) {
  for (const auto& [name, value] : given) {
    const auto found = in_force.find(name);
    const bool same = value.empty()
                          ? !set.contains(name)
                          : found != in_force.end() && (found->second == value || IsSameDocument(found->second, value));
    if (!same) return name;
  }
  return "";
}

// [aws 30]
Result<void> CheckKindStays(const ResourceName& queue, const Attributes& changes) {
  const auto kind = changes.find("FifoQueue");
  if (kind == changes.end() || (IsFifoName(queue.name) && kind->second == "true")) return {};
  if (!IsFifoName(queue.name)) return Fail(Code::kAttributeUnknown, "Unknown Attribute FifoQueue.", kind->first);
  return Fail(Code::kAttributeInvalid,
              "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.", kind->first);
}

// [aws 97]
Result<void> CheckPolicySize(const Attributes& attributes, const ResourceName& queue) {
  const auto policy = attributes.find("Policy");
  const auto document = policy == attributes.end() ? Fail(Code::kInvalidArgument, "") : ParseJson(policy->second, "");
  if (!document) return {};  // ReadQueueAttributes says what is wrong with it.
  auto checked = policy::CheckQuota(*document, Kind::kQueue, ArnOf(queue));
  if (!checked) return Fail(Code::kOverLimit, std::move(checked.error().message), "Policy");
  return {};
}

}  // namespace

// The dead-letter queue must be one of the same account and region, that admits this one. It may be the queue itself,
// which then has none.
Result<void> Core::CheckDeadLetterQueue(const ResourceName& queue, const QueueSettings& settings) const {
  if (settings.dead_letter_queue.empty()) return {};
  auto target = ParseResourceName(Kind::kQueue, settings.dead_letter_queue, queue.account, queue.region);
  if (!target) return tl::unexpected(target.error());
  if (target->account != queue.account || target->region != queue.region ||
      IsFifoName(target->name) != IsFifoName(queue.name)) {
    return Fail(Code::kInvalidArgument,
                "The dead-letter queue of " + queue.name + " must be a queue of the same kind, account and region.",
                "RedrivePolicy");
  }
  const QueueEntry* there = catalog_.FindQueue(*target);
  return there ? CheckRedriveAllowed(there->settings.redrive_allow, there->arn, ArnOf(queue)) : Result<void>();
}

// A client names one that is there; a configuration declares queues in any order.
Result<void> Core::FindDeadLetterQueue(const Attributes& changes, const Command& command) const {
  const auto redrive = changes.find("RedrivePolicy");
  if (IsOfHub(command) || redrive == changes.end()) return {};
  const auto settings = ReadQueueAttributes({*redrive}, config_->message_bytes_default, "");
  if (!settings || settings->dead_letter_queue.empty()) return {};  // What is wrong with it is said later.
  const auto target = ParseResourceName(Kind::kQueue, settings->dead_letter_queue, "", "");
  // Of other accounts' queues nobody learns whether they exist.
  if (!target || target->account != AccountOf(command) || catalog_.FindQueue(*target)) return {};
  return Fail(Code::kAttributeInvalid,
              "Value " + redrive->second +
                  " for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.",
              "RedrivePolicy");
}

// --- Queues ---------------------------------------------------------------------------------------------------------

Core::Outcome Core::Handle(CreateQueue& create, Command& command, Turn& turn) {
  auto name = NameFor(Kind::kQueue, create.queue, command, ActionOf(command.operation), turn);
  if (!name) return tl::unexpected(name.error());
  if (auto may = MayTag(*name, create.tags, command, turn); !may) return tl::unexpected(may.error());
  NormaliseRedrive(create.attributes);
  const QueueEntry* queue = catalog_.FindQueue(*name);
  // [aws 23] Those left out are as they are in the queue that there is.
  Attributes attributes = MergeOfQueue(queue ? queue->record.attributes : Attributes(), create.attributes);
  auto settings = ReadQueueAttributes(attributes, config_->message_bytes_default, name->name);
  if (!settings) return tl::unexpected(settings.error());
  if (queue) {
    const Attributes& set = queue->record.attributes;
    const std::string difference = FirstDifference(create.attributes, InForce(set, queue->settings), set);
    if (!difference.empty()) {
      return Fail(Code::kQueueExists,
                  "A queue already exists with the same name and a different value for attribute " + difference,
                  difference);
    }
    if (create.tags.empty() || create.tags == queue->record.tags) return Reply(CreatedReply{queue->arn});
    return Fail(Code::kQueueExists, "A queue already exists with the same name and different tags.");
  }
  if (auto may = MayCreateAgain(*name, turn); !may) return tl::unexpected(may.error());
  if (auto checked = CheckPolicySize(attributes, *name); !checked) return tl::unexpected(checked.error());
  if (auto checked = CheckDeadLetterQueue(*name, *settings); !checked) return tl::unexpected(checked.error());
  if (auto there = FindDeadLetterQueue(create.attributes, command); !there) return tl::unexpected(there.error());
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  QueueEntry& created = CreateQueueNow(*name, std::move(attributes), std::move(*settings), turn);
  if (!create.tags.empty()) SetTags(created, create.tags, turn);
  return Reply(CreatedReply{created.arn});
}

// [aws 24]
Result<void> Core::MayCreateAgain(const ResourceName& queue, const Turn& turn) {
  while (!deleted_.empty() && deleted_.front().first + kSixtySeconds <= turn.now) deleted_.pop_front();
  if (!config_->sixty_second_rules) return {};
  const bool deleted =
      std::any_of(deleted_.begin(), deleted_.end(), [&](const auto& one) { return one.second == queue; });
  if (!deleted) return {};
  return Fail(Code::kQueueDeletedRecently,
              "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
              queue.name);
}

void Core::NoteDeleted(const ResourceName& queue, const Turn& turn) {
  if (!config_->sixty_second_rules) return;
  while (!deleted_.empty() && (deleted_.front().first + kSixtySeconds <= turn.now || deleted_.size() >= kDeletedMax)) {
    deleted_.pop_front();
  }
  deleted_.emplace_back(turn.now, queue);
}

Core::Outcome Core::Handle(DeleteQueue& erase, Command& command, Turn& turn) {
  auto queue = QueueFor(erase.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  if (auto may = MayChange((*queue)->declared_at, (*queue)->label); !may) return tl::unexpected(may.error());
  NoteDeleted((*queue)->record.name, turn);
  DeleteQueueNow(**queue, turn);
  return Reply(DoneReply());
}

Core::Outcome Core::Handle(SetQueueAttributes& set, Command& command, Turn& turn) {
  auto found = QueueFor(set.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  QueueEntry& queue = **found;
  if (auto may = MayChange(queue.declared_at, queue.label); !may) return tl::unexpected(may.error());
  NormaliseRedrive(set.attributes);
  if (auto there = FindDeadLetterQueue(set.attributes, command); !there) return tl::unexpected(there.error());
  if (auto changed = ChangeAttributes(queue, set.attributes, turn); !changed) return tl::unexpected(changed.error());
  return Reply(DoneReply());
}

Result<void> Core::ChangeAttributes(QueueEntry& queue, const Attributes& changes, Turn& turn) {
  if (auto checked = CheckKindStays(queue.record.name, changes); !checked) return checked;
  Attributes attributes = MergeOfQueue(queue.record.attributes, changes);
  auto settings = ReadQueueAttributes(attributes, config_->message_bytes_default, queue.record.name.name);
  if (!settings) return tl::unexpected(settings.error());
  if (auto checked = CheckPolicySize(changes, queue.record.name); !checked) return checked;
  // Only then: what the dead-letter queue has come to refuse since stays as it is.
  if (changes.contains("RedrivePolicy")) {
    if (auto checked = CheckDeadLetterQueue(queue.record.name, *settings); !checked) {
      return tl::unexpected(checked.error());
    }
  }
  CloseQueue(queue, turn);
  if (queue.lane) CloseQueue(*queue.lane, turn);
  if (attributes != queue.record.attributes) queue.record.modified = turn.now;
  Apply(queue, std::move(attributes), std::move(*settings));
  Store(queue, turn);
  return {};
}

QueueDescription Core::DescriptionOf(QueueEntry& queue, Turn& turn) {
  CloseQueue(queue, turn);
  if (queue.lane) CloseQueue(*queue.lane, turn);
  QueueDescription description;
  description.arn = queue.arn;
  description.account = queue.record.name.account;
  description.name = queue.record.name.name;
  description.attributes = InForce(queue.record.attributes, queue.settings);
  description.tags = queue.record.tags;
  description.created = queue.record.created;
  description.modified = queue.record.modified;
  description.visible = queue.Live() - queue.InFlight();
  description.in_flight = queue.InFlight();
  description.delayed = queue.DelayedCount();
  if (queue.tenants) description.noisy_groups = queue.tenants->noisy();
  const Instant oldest = queue.Oldest();
  if (oldest != kNever) description.oldest_age = turn.now - oldest;
  description.declared_at = queue.declared_at;
  description.sent = queue.sent;
  description.received = queue.received;
  description.deleted = queue.deleted;
  description.expired = queue.expired;
  description.dead_lettered = queue.dead_lettered;
  return description;
}

Core::Outcome Core::Handle(DescribeQueue& describe, Command& command, Turn& turn) {
  auto queue = QueueFor(describe.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  QueuesReply reply;
  reply.queues.push_back(DescriptionOf(**queue, turn));
  return Reply(std::move(reply));
}

Result<void> Core::MayList(const Command& command, std::string_view service, Turn& turn) {
  if (!command.caller || !command.caller->identity) return {};
  const std::string account = AccountOf(command);
  const std::string all = "arn:aws:" + std::string(service) + ":" + config_->region + ":" + account + ":*";
  return Authorise(*command.caller, ActionOf(command.operation), all, account, turn);
}

Core::Outcome Core::Handle(FindQueue& find, Command& command, Turn& turn) {
  auto queue = QueueFor(find.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  return Reply(CreatedReply{(*queue)->arn});
}

Core::Outcome Core::Handle(ListQueues& list, Command& command, Turn& turn) {
  if (auto may = MayList(command, "sqs", turn); !may) return tl::unexpected(may.error());
  // What may be listed lies together, and a page of one region begins where the last one ended.
  const std::string account = AccountOf(command);
  const bool is_of_one_region = !account.empty() && !list.region.empty();
  ResourceName first{.account = account, .region = {}, .kind = Kind::kQueue, .name = {}};
  if (is_of_one_region) {
    first.region = list.region;
    first.name = std::max(list.prefix, list.after);
  }
  QueuesReply reply;
  const auto& names = catalog_.names();
  for (auto at = names.lower_bound(first); at != names.end(); ++at) {
    const ResourceName& name = at->first;
    if (!account.empty() && name.account != account) break;
    const bool is_listed = name.kind == Kind::kQueue && (list.region.empty() || name.region == list.region) &&
                           name.name.starts_with(list.prefix);
    if (is_of_one_region && !is_listed) break;
    if (!is_listed || name.name <= list.after) continue;
    reply.more = list.max > 0 && reply.queues.size() == list.max;
    if (reply.more) break;
    reply.queues.push_back(DescriptionOf(*catalog_.FindQueue(at->second), turn));
  }
  return Reply(std::move(reply));
}

// --- Topics ---------------------------------------------------------------------------------------------------------

namespace {

const Attributes::value_type kNotFifo("FifoTopic", "false");

// Whether what is asked for is so, set or by default.
bool Agrees(const Attributes& current, const Attributes& asked) {
  return std::ranges::all_of(asked, [&](const auto& one) {
    const auto found = current.find(one.first);
    if (found == current.end()) return one.second == DefaultOfTopic(one.first);
    return IsSameValue(one.first, found->second, one.second);
  });
}

}  // namespace

Core::Outcome Core::Handle(CreateTopic& create, Command& command, Turn& turn) {
  auto name = NameFor(Kind::kTopic, create.topic, command, ActionOf(command.operation), turn);
  if (!name) return tl::unexpected(name.error());
  if (auto may = MayTag(*name, create.tags, command, turn); !may) return tl::unexpected(may.error());
  if (auto checked = CheckDisplayName(create.attributes); !checked) return tl::unexpected(checked.error());
  const Attributes asked = create.attributes;
  std::erase_if(create.attributes, [](const auto& one) { return one.second.empty() || one == kNotFifo; });
  auto settings = ReadTopicAttributes(create.attributes, name->name);
  if (!settings) return tl::unexpected(settings.error());
  if (const TopicEntry* topic = catalog_.FindTopic(*name)) {
    if (!Agrees(topic->record.attributes, asked)) {
      return Fail(Code::kTopicExists, "Topic already exists with different attributes.", "Attributes");
    }
    if (std::ranges::includes(topic->record.tags, create.tags)) return Reply(CreatedReply{topic->arn});
    return Fail(Code::kTopicExists, "Topic already exists with different tags.", "Tags");
  }
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  TopicEntry& topic = CreateTopicNow(*name, create.attributes, std::move(*settings), turn);
  if (!create.tags.empty()) SetTags(topic, create.tags, turn);
  KeepArchive(topic, turn);
  JoinPatterns(PatternsOf(""), topic, turn);  // Its tags may decide who may.
  return Reply(CreatedReply{topic.arn});
}

// [aws 109] Deleting what is not there succeeds.
Core::Outcome Core::Handle(DeleteTopic& erase, Command& command, Turn& turn) {
  auto topic = TopicFor(erase.topic, command, turn);
  if (!topic && topic.error().code == Code::kTopicNotFound) return Reply(DoneReply{{topic.error().message}});
  if (!topic) return tl::unexpected(topic.error());
  if (auto may = MayChange((*topic)->declared_at, (*topic)->label); !may) return tl::unexpected(may.error());
  if ((*topic)->settings.archive > Duration::zero()) {
    return Fail(Code::kInvalidArgument, "Cannot delete a topic with an ArchivePolicy", "ArchivePolicy");
  }
  for (const auto& subscription : (*topic)->subscriptions) {
    if (!subscription) continue;
    if (auto may = MayChange(subscription->declared_at, "subscription"); !may) return tl::unexpected(may.error());
  }
  DeleteTopicNow(**topic, turn);
  return Reply(DoneReply());
}

Core::Outcome Core::Handle(SetTopicAttributes& set, Command& command, Turn& turn) {
  auto topic = TopicFor(set.topic, command, turn);
  if (!topic) return tl::unexpected(topic.error());
  if (set.attributes.contains(kDataProtectionPolicy)) {
    return Fail(Code::kInvalidArgument, "A data protection policy is put in place by an operation of its own.",
                std::string(kDataProtectionPolicy));
  }
  return ChangeTopic(**topic, set.attributes, turn);
}

Core::Outcome Core::ChangeTopic(TopicEntry& topic, const Attributes& changes, Turn& turn) {
  if (auto may = MayChange(topic.declared_at, topic.label); !may) return tl::unexpected(may.error());
  if (auto checked = CheckDisplayName(changes); !checked) return tl::unexpected(checked.error());
  Attributes attributes = Merge(topic.record.attributes, changes);
  auto settings = ReadTopicAttributes(attributes, topic.record.name.name);
  if (!settings) return tl::unexpected(settings.error());
  if (settings->archive == Duration::zero() && IsReplayed(topic)) {
    return Fail(Code::kInvalidArgument, "ArchivePolicy: a subscription is replaying the archive. Let it end first.",
                "ArchivePolicy");
  }
  Apply(topic, std::move(attributes), std::move(*settings));
  KeepArchive(topic, turn);
  Store(topic, turn);
  return Reply(DoneReply());
}

TopicDescription Core::DescriptionOf(const TopicEntry& topic, bool whole) const {
  TopicDescription description;
  description.arn = topic.arn;
  description.account = topic.record.name.account;
  description.name = topic.record.name.name;
  description.attributes = topic.record.attributes;
  description.attributes.erase(std::string(kDataProtectionPolicy));
  description.tags = topic.record.tags;
  description.declared_at = topic.declared_at;
  description.published = topic.published;
  description.subscriptions_confirmed = topic.SubscriptionCount() - topic.pending;
  description.subscriptions_pending = topic.pending;
  description.subscriptions_deleted = topic.unsubscribed;
  if (!whole) return description;
  description.effective_delivery_policy = topic.settings.delivery.TopicJson();
  for (const auto& subscription : topic.subscriptions) {
    if (!subscription || subscription.get() == topic.archive) continue;
    description.subscriptions.push_back(DescriptionOf(*subscription));
  }
  return description;
}

Core::Outcome Core::Handle(DescribeTopic& describe, Command& command, Turn& turn) {
  auto topic = TopicFor(describe.topic, command, turn);
  if (!topic) return tl::unexpected(topic.error());
  CloseTopic(**topic, turn);
  TopicsReply reply;
  reply.topics.push_back(DescriptionOf(**topic, /*whole=*/true));
  reply.topics.back().archive_begins = BeginningOfArchive(**topic, turn.now);
  return Reply(std::move(reply));
}

// Names are sorted, so that a page costs what it holds.
Core::Outcome Core::Handle(ListTopics& list, Command& command, Turn& turn) {
  if (auto may = MayList(command, "sns", turn); !may) return tl::unexpected(may.error());
  const std::string account = AccountOf(command);
  const bool all = IsOfHub(command);
  auto at = catalog_.names().lower_bound({.account = account, .region = list.region, .kind = Kind::kQueue, .name = ""});
  if (!list.after.empty()) {
    const std::string& region = list.region.empty() ? config_->region : list.region;
    auto after = ParseResourceName(Kind::kTopic, list.after, account, region);
    if (!after) return tl::unexpected(after.error());
    if (at != catalog_.names().end() && at->first <= *after) at = catalog_.names().upper_bound(*after);
  }
  TopicsReply reply;
  for (; at != catalog_.names().end() && (all || at->first.account == account); ++at) {
    const ResourceName& name = at->first;
    if (name.kind != Kind::kTopic || !name.name.starts_with(list.prefix)) continue;
    if (!list.region.empty() && name.region != list.region) continue;
    if (list.max > 0 && reply.topics.size() == list.max) {
      reply.more = true;
      break;
    }
    TopicEntry& topic = *catalog_.FindTopic(at->second);
    CloseTopic(topic, turn);
    reply.topics.push_back(DescriptionOf(topic, /*whole=*/list.max == 0));
  }
  return Reply(std::move(reply));
}

Core::Outcome Core::Handle(PutDataProtectionPolicy& put, Command& command, Turn& turn) {
  auto found = TopicFor(put.topic, command, turn);
  if (!found) return tl::unexpected(found.error());
  return ChangeTopic(**found, {{std::string(kDataProtectionPolicy), std::move(put.policy)}}, turn);
}

Core::Outcome Core::Handle(GetDataProtectionPolicy& get, Command& command, Turn& turn) {
  auto topic = TopicFor(get.topic, command, turn);
  if (!topic) return tl::unexpected(topic.error());
  const Attributes& attributes = (*topic)->record.attributes;
  const auto policy = attributes.find(kDataProtectionPolicy);
  return Reply(TextReply{policy == attributes.end() ? "" : policy->second});
}

}  // namespace hub::core
