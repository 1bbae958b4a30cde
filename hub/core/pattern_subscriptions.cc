// Subscriptions by a pattern of topic names.
//
//   Subscribe "orders-*" ──▶ pattern ──▶ an ordinary subscription to every topic that matches,
//                                        now and whenever one is created (JoinPatterns)
//
// A pattern delivers nothing itself, and what it makes is ordinary in every way; its record only names the pattern,
// which changes and ends what it made. Whoever subscribes to a topic, or changes what a pattern made there, has an own
// subscription from then on, which the pattern leaves alone.

#include "hub/base/assert.h"
#include "hub/core/core.h"
#include "hub/core/keys.h"

namespace hub::core {
namespace {

const char* const kLabel = "subscription";

std::string Count(std::size_t count) { return std::to_string(count) + (count == 1 ? " topic" : " topics"); }

}  // namespace

// --- Commands -------------------------------------------------------------------------------------------------------

// A pattern as the caller wrote it, once the caller's own policies admit the action on it, as on a topic of that name.
// No policy of a topic has a say in that: each decides when it is to be joined.
Result<ResourceName> Core::PatternNameFor(std::string_view text, const Command& command, Turn& turn) {
  auto name = Resolve(Kind::kTopicPattern, text, command);
  if (!name || !command.caller) return name;
  const std::string_view protocol = std::holds_alternative<Subscribe>(command.operation) ? "sqs" : "";
  auto admitted = Admit(*command.caller, ActionOf(command.operation), ArnOf(*name), AccountOf(command), protocol, turn);
  if (!admitted) return tl::unexpected(admitted.error());
  return name;
}

// The pattern subscription that the caller names by pattern and queue, or by its ARN alone. A stranger gets the same
// answer for what is there and what is not.
Result<PatternEntry*> Core::PatternFor(std::string_view topic_text, std::string_view queue_text, const Command& command,
                                       Turn& turn) {
  const auto by_arn = queue_text.empty() ? TopicInArn(topic_text) : std::nullopt;
  auto name = PatternNameFor(by_arn.value_or(topic_text), command, turn);
  if (!name) return tl::unexpected(name.error());
  PatternEntry* pattern = nullptr;
  std::string missing = "There is no subscription " + std::string(topic_text) + ".";
  if (by_arn) {
    pattern = catalog_.FindPatternByArn(topic_text);
  } else {
    auto queue = Resolve(Kind::kQueue, queue_text, command);
    if (!queue) return tl::unexpected(queue.error());
    pattern = catalog_.FindPattern(*name, ArnOf(*queue));
    missing = "The queue " + ArnOf(*queue) + " is not subscribed to " + ArnOf(*name) + ".";
  }
  if (pattern && MayTouch(command, {pattern->record.owner, name->account})) return pattern;
  return Fail(Code::kSubscriptionNotFound, std::move(missing));
}

// Another account's queue would have to be asked for each topic, and could only agree once they are there.
Core::Outcome Core::SubscribeByPattern(Subscribe& subscribe, Command& command, Turn& turn) {
  auto topics = PatternNameFor(subscribe.topic, command, turn);
  if (!topics) return tl::unexpected(topics.error());
  if (subscribe.protocol != Protocol::kSqs || subscribe.attributes.contains("ReplayPolicy")) {
    return Fail(Code::kInvalidArgument, "A pattern subscribes queues, and replays nothing. Subscribe to each topic.");
  }
  auto wanted = CheckSubscribe(subscribe, *topics, command);
  if (!wanted) return tl::unexpected(wanted.error());
  if (!wanted->is_own) {
    return Fail(Code::kInvalidArgument, "Only queues of your own account can be subscribed by a pattern, and " +
                                            wanted->endpoint + " is of another. Subscribe it to each topic.");
  }
  if (const PatternEntry* existing = catalog_.FindPattern(*topics, wanted->endpoint)) {
    if (HasAllOf(existing->record.attributes, wanted->attributes)) return Reply(CreatedReply{existing->arn});
    return Fail(Code::kSubscriptionExists, "Subscription already exists with different attributes.");
  }
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  if (auto size = CheckPatternSize(wanted->attributes); !size) return tl::unexpected(size.error());
  std::size_t count = 1;
  for (const auto& [id, pattern] : catalog_.patterns()) count += pattern->record.owner == wanted->owner ? 1 : 0;
  if (auto room = CheckPatternCount(wanted->owner, count); !room) return tl::unexpected(room.error());
  PatternRecord record{.topics = std::move(*topics),
                       .endpoint = std::move(wanted->endpoint),
                       .owner = std::move(wanted->owner),
                       .principal = std::move(wanted->principal),
                       .attributes = std::move(wanted->attributes),
                       .is_declared = false,
                       .declared = {}};
  PatternEntry& pattern = AddPatternNow(std::move(record), turn);
  return Reply(CreatedReply{pattern.arn, false, JoinTopics(pattern, turn)});
}

Core::Outcome Core::UnsubscribePattern(const Unsubscribe& unsubscribe, const Command& command, Turn& turn) {
  auto found = PatternFor(unsubscribe.topic, unsubscribe.queue, command, turn);
  if (!found && found.error().code == Code::kSubscriptionNotFound) return Reply(DoneReply{{found.error().message}});
  if (!found) return tl::unexpected(found.error());
  if (auto free = MayChange((*found)->declared_at, kLabel); !free) return tl::unexpected(free.error());
  DeletePatternNow(**found, turn);
  return Reply(DoneReply());
}

Core::Outcome Core::SetPatternAttributes(const SetSubscriptionAttributes& set, const Command& command, Turn& turn) {
  auto found = PatternFor(set.topic, set.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  PatternEntry& pattern = **found;
  if (auto may = MayTouch(command, {pattern.record.owner}); !may) return tl::unexpected(may.error());
  if (auto free = MayChange(pattern.declared_at, kLabel); !free) return tl::unexpected(free.error());
  Attributes attributes = WithoutEmptyFilter(Merge(pattern.record.attributes, set.attributes));
  auto settings = CheckAttributes(attributes, pattern.record.endpoint, pattern.record.owner);
  if (!settings) return tl::unexpected(settings.error());
  if (auto size = CheckPatternSize(attributes); !size) return tl::unexpected(size.error());
  Apply(pattern, std::move(attributes), *settings, turn);
  Store(pattern, turn);
  return Reply(DoneReply());
}

Core::Outcome Core::DescribePattern(const DescribeSubscription& describe, const Command& command, Turn& turn) {
  auto found = PatternFor(describe.topic, describe.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  return Reply(SubscriptionsReply{{DescriptionOf(**found)}});
}

// What was delivered is counted by what it made.
SubscriptionDescription Core::DescriptionOf(const PatternEntry& pattern) {
  SubscriptionDescription description;
  description.arn = pattern.arn;
  description.topic_arn = ArnOf(pattern.record.topics);
  description.endpoint = pattern.record.endpoint;
  description.owner = pattern.record.owner;
  description.principal = pattern.record.principal;
  description.attributes = pattern.record.attributes;
  description.declared_at = pattern.declared_at;
  if (!description.attributes.contains("FilterPolicy")) description.attributes.erase("FilterPolicyScope");
  return description;
}

// --- Joining topics -------------------------------------------------------------------------------------------------

Result<void> Core::CheckPatternCount(const std::string& owner, std::size_t count) {
  if (count <= kPatternSubscriptionsMax) return {};
  return Fail(Code::kOverLimit, "Account " + owner + " can have " + std::to_string(kPatternSubscriptionsMax) +
                                    " subscriptions by a pattern.");
}

// A filter, above all: every topic that matches has it in its index.
Result<void> Core::CheckPatternSize(const Attributes& attributes) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : attributes) bytes += name.size() + value.size();
  if (bytes <= kPatternAttributesBytesMax) return {};
  return Fail(Code::kInvalidArgument, "The attributes of a subscription by a pattern can have " +
                                          std::to_string(kPatternAttributesBytesMax) + " bytes in all, not " +
                                          std::to_string(bytes) + ".");
}

// Without a principal it is the hub's own: declared, above all.
Result<void> Core::MayJoin(const TopicEntry& topic, const SubscriptionRecord& record, Turn& turn) {
  if (!record.principal.empty()) {
    std::string why = WhyMayNotSubscribe(record.principal, topic, turn);
    if (!why.empty()) return Fail(Code::kAccessDenied, std::move(why));
  }
  if (catalog_.MadeByPatternsOf(record.owner) >= options_.made_by_patterns_max) {
    return Fail(Code::kOverloaded, "All patterns of account " + record.owner + " together can make " +
                                       std::to_string(options_.made_by_patterns_max) + " subscriptions.");
  }
  return HasRoomToSubscribe(topic, record);
}

// Subscribes the pattern's queue to the topic, unless it is or may not be. Whoever asked for a confirmation of that
// queue gives way to the queue's own account.
void Core::Join(const PatternEntry& pattern, TopicEntry& topic, Turn& turn, Refusals& refusals) {
  SubscriptionEntry* there = topic.Find(pattern.record.endpoint);
  if (there && !there->record.is_pending) return;
  ++turn.deliveries;
  SubscriptionRecord record;
  record.topic = topic.id;
  record.endpoint = pattern.record.endpoint;
  record.owner = pattern.record.owner;
  record.principal = pattern.record.principal;
  record.requested = turn.now;
  record.attributes = pattern.record.attributes;
  record.pattern = pattern.id;
  if (auto may = MayJoin(topic, record, turn); !may) {
    if (++refusals.count == 1) refusals.first = std::move(may.error().message);
    return;
  }
  auto settings = ReadSubscriptionAttributes(record.attributes);
  HUB_ASSERT(settings);  // It was read when they were set.
  if (there) DeleteSubscriptionNow(*there, turn);
  SubscribeNow(topic, std::move(record), std::move(*settings), turn);
}

// All topics that are there. Returns a note on how many; of another account's topics nobody learns how many there are.
std::string Core::JoinTopics(const PatternEntry& pattern, Turn& turn) {
  Refusals refusals;
  const std::vector<TopicEntry*> topics = catalog_.TopicsOf(pattern.record.topics);
  for (TopicEntry* topic : topics) Join(pattern, *topic, turn, refusals);
  if (refusals.count > 0) {
    Log(LogLine::Level::kWarning,
        "DENIED: " + pattern.arn + " does not reach " + Count(refusals.count) + ". The first: " + refusals.first, turn);
  }
  const bool is_own = pattern.record.topics.account == pattern.record.owner;
  return "Subscribed to " + Count(topics.size() - refusals.count) +
         (is_own && refusals.count > 0 ? ", refused by " + Count(refusals.count) : "") +
         "; those to come that match follow.";
}

// The oldest first: it wins. All, or those of that queue.
std::vector<const PatternEntry*> Core::PatternsOf(std::string_view endpoint) const {
  std::vector<const PatternEntry*> patterns;
  for (const auto& [id, pattern] : catalog_.patterns()) {
    if (endpoint.empty() || pattern->record.endpoint == endpoint) patterns.push_back(pattern.get());
  }
  return patterns;
}

// The topic is new, or has lost its subscription of the queue whose patterns these are.
void Core::JoinPatterns(const std::vector<const PatternEntry*>& patterns, TopicEntry& topic, Turn& turn) {
  Refusals refusals;
  for (const PatternEntry* pattern : patterns) {
    if (Matches(pattern->record.topics, topic.record.name)) Join(*pattern, topic, turn, refusals);
  }
  if (refusals.count == 0) return;
  Log(LogLine::Level::kWarning,
      "DENIED: " + topic.arn + " is not reached by " + std::to_string(refusals.count) +
          (refusals.count == 1 ? " pattern that matches. " : " patterns that match. The first: ") + refusals.first,
      turn);
}

// --- Making, changing, ending ---------------------------------------------------------------------------------------

PatternEntry& Core::AddPatternNow(PatternRecord record, Turn& turn) {
  PatternEntry& pattern = AddPattern(hub_.next_id++, std::move(record));
  Store(pattern, turn);
  StoreHub(turn);
  return pattern;
}

PatternEntry& Core::AddPattern(std::uint64_t id, PatternRecord record) {
  std::string arn = ArnOf(record.topics) + ":" + Format(MessageIdOf(hub_.secret, id, id));
  return catalog_.AddPattern(id, std::move(arn), std::move(record));
}

// Another pattern of the same queue may have stood behind this one.
void Core::DeletePatternNow(PatternEntry& pattern, Turn& turn) {
  std::vector<TopicEntry*> left;
  for (SubscriptionEntry* made : catalog_.SubscriptionsOf(pattern)) {
    left.push_back(made->topic);
    DeleteSubscriptionNow(*made, turn);
    ++turn.deliveries;
  }
  const std::string endpoint = pattern.record.endpoint;
  turn.batch.Delete(Key(KeyKind::kPattern, pattern.id));
  turn.batch.flush = true;
  catalog_.RemovePattern(pattern);
  const std::vector<const PatternEntry*> behind = PatternsOf(endpoint);
  for (TopicEntry* topic : left) JoinPatterns(behind, *topic, turn);
}

void Core::Apply(PatternEntry& pattern, Attributes attributes, const SubscriptionSettings& settings, Turn& turn) {
  for (SubscriptionEntry* made : catalog_.SubscriptionsOf(pattern)) {
    CloseTopic(*made->topic, turn);
    Apply(*made, attributes, settings);
    Store(*made, turn);
    ++turn.deliveries;
  }
  pattern.record.attributes = std::move(attributes);
}

void Core::Store(const PatternEntry& pattern, Turn& turn) {
  turn.batch.Put(Key(KeyKind::kPattern, pattern.id), pattern.record.Encode());
  turn.batch.flush = true;
}

}  // namespace hub::core
