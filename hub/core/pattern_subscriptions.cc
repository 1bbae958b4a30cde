// Subscriptions by a pattern of topic names.
//
//   Subscribe "orders-*" ──▶ pattern ──▶ an ordinary subscription to every topic that matches,
//                                        now and whenever one is created (JoinPatterns)
//
// A pattern delivers nothing itself, and what it makes is ordinary in every way; its record only names the pattern,
// which changes and ends what it made. Whoever subscribes to a topic, or changes what a pattern made there, has an own
// subscription from then on, which the pattern leaves alone.

#include "hub/base/arn.h"
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
  auto wanted = CheckSubscribe(subscribe, *topics, command);
  if (!wanted) return tl::unexpected(wanted.error());
  if (!wanted->is_own) {
    return Fail(Code::kInvalidArgument, "Only queues of your own account can be subscribed by a pattern, and " +
                                            wanted->endpoint + " is of another. Subscribe it to each topic.");
  }
  if (const PatternEntry* existing = catalog_.FindPattern(*topics, wanted->endpoint)) {
    if (existing->record.attributes == wanted->attributes) return Reply(CreatedReply{existing->arn});
    return Fail(Code::kInvalidArgument, "Subscription already exists with different attributes.");
  }
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  if (auto room = HasRoomForPatterns(wanted->owner, 1); !room) return tl::unexpected(room.error());
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
  description.queue_arn = pattern.record.endpoint;
  description.owner = pattern.record.owner;
  description.principal = pattern.record.principal;
  description.attributes = pattern.record.attributes;
  description.declared_at = pattern.declared_at;
  if (!description.attributes.contains("FilterPolicy")) description.attributes.erase("FilterPolicyScope");
  return description;
}

// --- Joining topics -------------------------------------------------------------------------------------------------

// Whether the account may have so many patterns more.
Result<void> Core::HasRoomForPatterns(const std::string& owner, std::size_t more) const {
  for (const auto& [id, pattern] : catalog_.patterns()) more += pattern->record.owner == owner ? 1 : 0;
  if (more <= kPatternSubscriptionsMax) return {};
  return Fail(Code::kOverloaded, "Account " + owner + " can have " + std::to_string(kPatternSubscriptionsMax) +
                                     " subscriptions by a pattern.");
}

// May whoever subscribed by the pattern subscribe to the topic? Nobody is connected when a topic comes later, so that
// conditions on the connection never hold, not even at first.
bool Core::MayJoin(const PatternEntry& pattern, const TopicEntry& topic, Turn& turn) {
  const auto arn = ParseArn(pattern.record.principal);
  if (!arn) return true;  // The hub itself.
  const policy::Principal principal{.kind = policy::Principal::Kind::kUser,
                                    .account = arn->account,
                                    .arn = pattern.record.principal,
                                    .service = "",
                                    .name = arn->resource.substr(arn->resource.find('/') + 1)};
  policy::Context context;
  context.SetTime(turn.wall);
  context.Set("sns:Protocol", "sqs");
  context.SetResourceTags(TagsOf(topic.arn));
  return Judge({.principal = principal,
                .action = ActionOf(Subscribe{}),
                .resource = topic.arn,
                .resource_account = topic.record.name.account,
                .context = context},
               turn)
      .has_value();
}

// Subscribes the pattern's queue to the topic, unless it is or may not be. Whoever asked for a confirmation of that
// queue gives way to the queue's own account.
Core::Joining Core::Join(const PatternEntry& pattern, TopicEntry& topic, Turn& turn) {
  SubscriptionEntry* there = topic.Find(pattern.record.endpoint);
  if (there && !there->record.is_pending) return Joining::kThere;
  if (!MayJoin(pattern, topic, turn)) return Joining::kRefused;
  SubscriptionRecord record;
  record.topic = topic.id;
  record.endpoint = pattern.record.endpoint;
  record.owner = pattern.record.owner;
  record.principal = pattern.record.principal;
  record.requested = turn.now;
  record.attributes = pattern.record.attributes;
  record.pattern = pattern.id;
  if (auto room = HasRoomToSubscribe(topic, record); !room) {
    Log(LogLine::Level::kWarning, pattern.arn + " does not reach " + topic.arn + ": " + room.error().message, turn);
    return Joining::kRefused;
  }
  auto settings = ReadSubscriptionAttributes(record.attributes);
  HUB_ASSERT(settings);  // It was read when they were set.
  if (there) DeleteSubscriptionNow(*there, turn);
  SubscribeNow(topic, std::move(record), std::move(*settings), turn);
  return Joining::kJoined;
}

// All topics that are there. Returns a note on how many; of another account's topics nobody learns how many there are.
std::string Core::JoinTopics(const PatternEntry& pattern, Turn& turn) {
  std::size_t reached = 0;
  std::size_t refused = 0;
  for (TopicEntry* topic : catalog_.TopicsOf(pattern.record.topics)) {
    ++(Join(pattern, *topic, turn) == Joining::kRefused ? refused : reached);
  }
  const bool is_own = pattern.record.topics.account == pattern.record.owner;
  return "Subscribed to " + Count(reached) + (is_own && refused > 0 ? ", refused by " + Count(refused) : "") +
         "; those to come that match follow.";
}

// The topic is new, or has lost its subscription of that endpoint. The oldest pattern wins.
void Core::JoinPatterns(TopicEntry& topic, std::string_view endpoint, Turn& turn) {
  for (const auto& [id, pattern] : catalog_.patterns()) {
    if (!endpoint.empty() && pattern->record.endpoint != endpoint) continue;
    if (Matches(pattern->record.topics, topic.record.name)) Join(*pattern, topic, turn);
  }
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
  }
  const std::string endpoint = pattern.record.endpoint;
  turn.batch.Delete(Key(KeyKind::kPattern, pattern.id));
  turn.batch.flush = true;
  catalog_.RemovePattern(pattern);
  for (TopicEntry* topic : left) JoinPatterns(*topic, endpoint, turn);
}

void Core::Apply(PatternEntry& pattern, Attributes attributes, const SubscriptionSettings& settings, Turn& turn) {
  for (SubscriptionEntry* made : catalog_.SubscriptionsOf(pattern)) {
    CloseTopic(*made->topic, turn);
    Apply(*made, attributes, settings);
    Store(*made, turn);
  }
  pattern.record.attributes = std::move(attributes);
}

void Core::Store(const PatternEntry& pattern, Turn& turn) {
  turn.batch.Put(Key(KeyKind::kPattern, pattern.id), pattern.record.Encode());
  turn.batch.flush = true;
}

}  // namespace hub::core
