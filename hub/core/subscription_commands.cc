// Commands on subscriptions.
//
//   Subscribe ──▶ of the caller's own queue ───────────────────────▶ confirmed: delivers, if the queue's policy lets it
//        └──────▶ of another account's queue ──▶ pending ──token───────┘
//                                                   └── nobody confirms in time ──▶ gone
//
// Where the topic is a pattern: pattern_subscriptions.cc.

#include <algorithm>

#include "hub/base/assert.h"
#include "hub/core/check_message.h"
#include "hub/core/confirmation.h"
#include "hub/core/core.h"
#include "topics/notification.h"

namespace hub::core {
namespace {

const char* const kLabel = "subscription";

// Whose queue it is.
std::string AccountOfQueue(const SubscriptionEntry& subscription) {
  const auto name = ParseResourceName(Kind::kQueue, subscription.record.endpoint, "", "");
  return name ? name->account : "";
}

// Of a queue of another account, having the token shows it.
bool WasAuthenticated(const SubscriptionEntry& subscription) {
  if (subscription.record.is_pending) return false;
  return subscription.record.protocol == Protocol::kSqs || subscription.record.was_authenticated;
}

// Not every protocol can deliver the bare message.
Result<void> CheckProtocol(const SubscriptionSettings& settings, Protocol protocol) {
  const bool wraps = protocol == Protocol::kEmail || protocol == Protocol::kEmailJson || protocol == Protocol::kLambda;
  if (!settings.raw || !wraps) return {};
  return Fail(Code::kInvalidArgument,
              "Delivery protocol [" + std::string(NameOf(protocol)) + "] does not support raw message delivery.");
}

// A list of at most `max`, or of any number with 0; one that had no room says that there are more.
struct Page {
  explicit Page(std::size_t most) : max(most) {}

  bool HasRoom() {
    reply.more = max > 0 && reply.subscriptions.size() == max;
    return !reply.more;
  }
  void Add(SubscriptionDescription description) { reply.subscriptions.push_back(std::move(description)); }

  std::size_t max;
  SubscriptionsReply reply = {};
};

}  // namespace

// --- Subscribing ----------------------------------------------------------------------------------------------------

// Everything that can be wrong with it, whatever is subscribed already.
Result<Core::Wanted> Core::CheckSubscribe(Subscribe& subscribe, const ResourceName& topic,
                                          const Command& command) const {
  if (subscribe.protocol != Protocol::kSqs) return CheckSubscribeEndpoint(subscribe, topic, command);
  auto queue = Resolve(Kind::kQueue, subscribe.queue, command);
  if (!queue) return tl::unexpected(queue.error());
  Wanted wanted{.endpoint = ArnOf(*queue),
                .owner = IsOfHub(command) ? queue->account : AccountOf(command),
                .principal = IsOfHub(command) ? "" : command.caller->identity->principal().arn,
                .is_own = false,
                .attributes = WithoutEmptyFilter(Merge({}, subscribe.attributes)),
                .settings = {}};
  if (wanted.owner.empty()) {
    return Fail(Code::kAccessDenied, "Say who you are first: a subscription belongs to an account.");
  }
  auto settings = ReadSubscriptionAttributes(wanted.attributes);
  if (!settings) return tl::unexpected(settings.error());
  wanted.settings = std::move(*settings);
  if (auto kinds = CheckKinds(topic, *queue); !kinds) return tl::unexpected(kinds.error());
  if (auto checked = core::CheckDeadLetters(wanted.settings, *queue, wanted.owner); !checked) {
    return tl::unexpected(checked.error());
  }
  // Of other accounts' queues nobody learns whether they exist.
  wanted.is_own = queue->account == wanted.owner;
  if (!wanted.is_own || subscribe.as_sns || catalog_.FindQueue(*queue)) return wanted;
  return Fail(Code::kQueueNotFound, "There is no queue " + wanted.endpoint + ".");
}

// The same for an endpoint that is not a queue. It is the subscriber's own; whether it agrees, it is asked.
Result<Core::Wanted> Core::CheckSubscribeEndpoint(Subscribe& subscribe, const ResourceName& topic,
                                                  const Command& command) {
  if (IsOfHub(command) || AccountOf(command).empty()) {
    return Fail(Code::kAccessDenied, "Say who you are first: a subscription belongs to an account.");
  }
  if (IsFifoName(topic.name)) {
    return Fail(Code::kInvalidArgument, "Invalid parameter: Endpoint Reason: Please use FIFO SQS queue", "Endpoint");
  }
  if (auto checked = CheckEndpoint(subscribe.protocol, subscribe.queue); !checked) {
    return tl::unexpected(checked.error());
  }
  Wanted wanted{.endpoint = std::move(subscribe.queue),
                .owner = AccountOf(command),
                .principal = command.caller->identity->principal().arn,
                .is_own = true,
                .attributes = WithoutEmptyFilter(Merge({}, subscribe.attributes)),
                .settings = {}};
  if (subscribe.protocol == Protocol::kFirehose && !wanted.attributes.contains("SubscriptionRoleArn")) {
    return Fail(Code::kInvalidArgument, "SubscriptionRoleArn: a delivery stream needs a role.", "SubscriptionRoleArn");
  }
  auto settings = ReadSubscriptionAttributes(wanted.attributes);
  if (!settings) return tl::unexpected(settings.error());
  wanted.settings = std::move(*settings);
  if (auto fits = CheckProtocol(wanted.settings, subscribe.protocol); !fits) return tl::unexpected(fits.error());
  if (auto checked = core::CheckDeadLetters(wanted.settings, topic, wanted.owner); !checked) {
    return tl::unexpected(checked.error());
  }
  return wanted;
}

Core::Outcome Core::Handle(Subscribe& subscribe, Command& command, Turn& turn) {
  if (IsPattern(subscribe.topic)) return SubscribeByPattern(subscribe, command, turn);
  auto found = TopicFor(subscribe.topic, command, turn);
  if (!found) return tl::unexpected(found.error());
  TopicEntry& topic = **found;
  auto wanted = CheckSubscribe(subscribe, topic.record.name, command);
  if (!wanted) return tl::unexpected(wanted.error());

  // What others ask for does not stand in the way of the queue's owner, nor what a pattern made.
  const Protocol protocol = subscribe.protocol;
  const bool asks = !wanted->is_own || MustConfirm(protocol);
  SubscriptionEntry* existing = topic.Find(protocol, wanted->endpoint);
  const bool takes_over = existing && !asks && (existing->record.is_pending || existing->record.pattern != 0);
  if (existing && !takes_over) {
    if (!HasAllOf(existing->record.attributes, wanted->attributes)) {
      return Fail(Code::kSubscriptionExists, "Subscription already exists with different attributes.");
    }
    if (existing->record.is_pending) AskToConfirm(*existing, turn);
    return Reply(CreatedReply{existing->arn, existing->record.is_pending});
  }
  if (takes_over) {
    if (auto may = MayChange(PlaceOf(*existing), kLabel); !may) {
      const bool is_same = !existing->record.is_pending && HasAllOf(existing->record.attributes, wanted->attributes);
      if (is_same) return Reply(CreatedReply{existing->arn});
      return tl::unexpected(may.error());
    }
  }
  if (auto space = HasSpace(); !space) return tl::unexpected(space.error());
  SubscriptionRecord record;
  record.topic = topic.id;
  record.endpoint = std::move(wanted->endpoint);
  record.owner = std::move(wanted->owner);
  record.principal = std::move(wanted->principal);
  record.protocol = protocol;
  record.is_pending = asks;
  record.was_authenticated = !asks;
  record.requested = turn.now;
  record.attributes = std::move(wanted->attributes);
  if (auto room = HasRoomToSubscribe(topic, record); !room) return tl::unexpected(room.error());
  const bool is_counted = takes_over && existing->filter_owner == record.owner;
  if (wanted->settings.filter && !is_counted && !IsOfHub(command)) {
    if (auto room = HasRoomToFilter(topic, record.owner); !room) return tl::unexpected(room.error());
  }
  if (auto may = MayReplay(topic, wanted->settings, protocol); !may) return tl::unexpected(may.error());
  if (takes_over) DeleteSubscriptionNow(*existing, turn);
  SubscriptionEntry& subscription = SubscribeNow(topic, std::move(record), std::move(wanted->settings), turn);
  if (asks) AskToConfirm(subscription, turn);
  if (!asks && subscription.replay_range) StartReplay(subscription, turn);
  return Reply(CreatedReply{subscription.arn, asks});
}

Result<void> Core::HasRoomToSubscribe(const TopicEntry& topic, const SubscriptionRecord& record) const {
  if (topic.SubscriptionCount() >= options_.topic_subscriptions_max ||
      catalog_.subscriptions().size() >= options_.subscriptions_max) {
    return Fail(Code::kOverLimit, "There are as many subscriptions as the topic or the hub can hold: " +
                                      std::to_string(options_.topic_subscriptions_max) + " of a topic, " +
                                      std::to_string(options_.subscriptions_max) + " in all.");
  }
  const auto pending = pending_subscriptions_.find(record.owner);
  if (!record.is_pending || pending == pending_subscriptions_.end() || pending->second < kPendingSubscriptionsMax) {
    return {};
  }
  return Fail(Code::kOverLimit, "Account " + record.owner + " has " + std::to_string(kPendingSubscriptionsMax) +
                                    " subscriptions that wait for confirmation.");
}

// [aws 136] Of what clients subscribe: what the configuration declares is the operator's to say.
Result<void> Core::HasRoomToFilter(const TopicEntry& topic, const std::string& owner) const {
  if (topic.filters >= kTopicFilterPoliciesMax) {
    return Fail(Code::kOverLimit,
                "Topic " + topic.arn + " has " + std::to_string(topic.filters) + " subscriptions with a filter policy.",
                "FilterPolicy");
  }
  const std::size_t filters = catalog_.FiltersOf(owner);
  if (filters < kAccountFilterPoliciesMax) return {};
  return Fail(Code::kOverLimit,
              "Account " + owner + " has " + std::to_string(filters) + " subscriptions with a filter policy.",
              "FilterPolicy");
}

// --- Confirming -----------------------------------------------------------------------------------------------------

// [aws 115] The queue gets a message with a token, if its policy lets the topic send. Whether it did is not told to who
// subscribed, to whom the queue does not belong.
void Core::AskToConfirm(SubscriptionEntry& subscription, Turn& turn) {
  subscription.record.requested = turn.now;
  SetPending(subscription, true);
  Store(subscription, turn);
  QueueEntry* queue = subscription.queue;
  const TopicEntry& topic = *subscription.topic;
  if (queue && queue->delivers_for) return PushConfirmation(subscription, turn);
  if (!queue || space_low_ || !MayDeliver(topic, *queue, subscription.admission, turn)) return;
  const std::string token = SealConfirmation(hub_.secret, subscription.id);
  const std::string message = topic.arn + " is to deliver its messages to " + queue->arn +
                              ". To agree, run: penstock confirm " + topic.arn + " " + token;
  const std::string id =
      Format(MessageIdOf(hub_.secret, subscription.id, static_cast<std::uint64_t>(MicrosOf(turn.now))));
  std::string body;
  topics::AppendConfirmation(
      body, {.message_id = id, .token = token, .topic_arn = topic.arn, .message = message, .timestamp = turn.now});
  if (body.size() > queue->settings.message_bytes_max) return;
  queues::Record record;
  record.body = body;
  record.sender = topic.arn;
  if (queue->settings.fifo.on) {
    record.group = "SubscriptionConfirmation";
    record.deduplication = id;
  }
  OpenFor(*queue, turn.now, body.size() + kRecordOverhead, turn).Append(record);
  ++queue->sent;
  ++turn.deliveries;
}

// The token is permission enough, unless a policy denies it.
Result<void> Core::MayConfirm(const Command& command, const ResourceName& topic, Turn& turn) {
  if (IsOfHub(command)) return {};
  const std::string arn = ArnOf(topic);
  const policy::Context context;
  const policy::Decision decision = policies_.Decide({.principal = command.caller->identity->principal(),
                                                      .action = ActionOf(command.operation),
                                                      .resource = arn,
                                                      .resource_account = topic.account,
                                                      .context = context});
  if (decision.reason != policy::Reason::kExplicitDeny) return {};
  return Authorise(*command.caller, ActionOf(command.operation), arn, topic.account, turn);
}

Core::Outcome Core::Handle(ConfirmSubscription& confirm, Command& command, Turn& turn) {
  auto topic = Resolve(Kind::kTopic, confirm.topic, command);
  if (!topic) return tl::unexpected(topic.error());
  if (auto may = MayConfirm(command, *topic, turn); !may) return tl::unexpected(may.error());
  const auto id = OpenConfirmation(hub_.secret, confirm.token);
  SubscriptionEntry* subscription = id ? catalog_.FindSubscription(*id) : nullptr;
  if (subscription && subscription->topic->record.name.region != topic->region) {
    return Fail(Code::kInvalidArgument, "The subscription is to a topic of another region.", "Topic");
  }
  if (!subscription || subscription->topic->record.name != *topic ||
      turn.now >= subscription->record.requested + kConfirmationWindow) {
    return Fail(Code::kInvalidArgument,
                "The token does not belong to a subscription of this topic, or is older than 2 days.");
  }
  if (subscription->record.is_pending) {
    subscription->record.was_authenticated = confirm.authenticate_unsubscribe;
    ConfirmNow(*subscription, turn);
  }
  return Reply(CreatedReply{subscription->arn});
}

void Core::ConfirmNow(SubscriptionEntry& subscription, Turn& turn) {
  CloseTopic(*subscription.topic, turn);
  SetPending(subscription, false);
  subscription.joined_at = subscription.topic->published;
  auto settings = ReadSubscriptionAttributes(subscription.record.attributes);
  HUB_ASSERT(settings);  // It was read when they were set.
  Apply(subscription, subscription.record.attributes, std::move(*settings));
  if (subscription.replay_range && subscription.topic->archive) StartReplay(subscription, turn);
  Store(subscription, turn);
}

// --- What is there --------------------------------------------------------------------------------------------------

// The ARN of a subscription is that of its topic and one part more. Nothing when `text` is something else.
std::optional<std::string_view> Core::TopicInArn(std::string_view text) {
  if (!text.starts_with("arn:") || std::count(text.begin(), text.end(), ':') != 6) return std::nullopt;
  return text.substr(0, text.rfind(':'));
}

Result<void> Core::MayTouch(const Command& command, std::initializer_list<std::string_view> accounts) {
  const std::string account = AccountOf(command);
  if (IsOfHub(command)) return {};
  if (!account.empty() && std::find(accounts.begin(), accounts.end(), account) != accounts.end()) return {};
  return Fail(Code::kAccessDenied, "The subscription belongs to another account.");
}

// Where the configuration declares it, or the pattern that made it; "" when it does not.
std::string_view Core::PlaceOf(const SubscriptionEntry& subscription) const {
  const PatternEntry* pattern = catalog_.FindPattern(subscription.record.pattern);
  return pattern ? pattern->declared_at : subscription.declared_at;
}

// The caller's own subscription to another account's topic. It belongs to who subscribed, so that the policies of its
// own account decide what may be done with it.
SubscriptionEntry* Core::OwnElsewhere(std::string_view arn, const Command& command) const {
  if (IsOfHub(command)) return nullptr;
  SubscriptionEntry* subscription = catalog_.FindSubscriptionByArn(arn);
  if (!subscription || subscription->record.owner != AccountOf(command)) return nullptr;
  return subscription->topic->record.name.account == subscription->record.owner ? nullptr : subscription;
}

// The subscription that the caller names by topic and queue, or by its ARN alone.
Result<SubscriptionEntry*> Core::SubscriptionFor(std::string_view topic_text, std::string_view queue_text,
                                                 const Command& command, Turn& turn) {
  const auto by_arn = queue_text.empty() ? TopicInArn(topic_text) : std::nullopt;
  if (SubscriptionEntry* own = by_arn ? OwnElsewhere(topic_text, command) : nullptr) {
    auto may = Authorise(*command.caller, ActionOf(command.operation), own->arn, own->record.owner, turn);
    if (!may) return tl::unexpected(may.error());
    return own;
  }
  auto topic = TopicFor(by_arn.value_or(topic_text), command, turn);
  if (!topic && by_arn && topic.error().code == Code::kTopicNotFound) {
    return Fail(Code::kSubscriptionNotFound, "There is no subscription " + std::string(topic_text) + ".");
  }
  if (!topic) return tl::unexpected(topic.error());
  if (by_arn) {
    SubscriptionEntry* subscription = catalog_.FindSubscriptionByArn(topic_text);
    if (subscription) return subscription;
    return Fail(Code::kSubscriptionNotFound, "There is no subscription " + std::string(topic_text) + ".");
  }
  auto queue = Resolve(Kind::kQueue, queue_text, command);
  if (!queue) return tl::unexpected(queue.error());
  SubscriptionEntry* subscription = (*topic)->Find(ArnOf(*queue));
  if (subscription) return subscription;
  return Fail(Code::kSubscriptionNotFound,
              "The queue " + ArnOf(*queue) + " is not subscribed to " + (*topic)->arn + ".");
}

// Of whom the ARN is all that is known. It was sent to the endpoint and nobody else can guess it.
Result<SubscriptionEntry*> Core::SubscriptionByLink(std::string_view arn) const {
  SubscriptionEntry* subscription = catalog_.FindSubscriptionByArn(arn);
  if (!subscription) return Fail(Code::kSubscriptionNotFound, "There is no subscription " + std::string(arn) + ".");
  if (subscription->record.delivery != 0 && !subscription->record.was_authenticated) return subscription;
  return Fail(Code::kAccessDenied, "Say who you are first: not everybody may end this subscription.");
}

// [aws 109] Ending what is not there succeeds.
Core::Outcome Core::Handle(Unsubscribe& unsubscribe, Command& command, Turn& turn) {
  if (IsPattern(unsubscribe.topic)) return UnsubscribePattern(unsubscribe, command, turn);
  auto found = unsubscribe.by_link ? SubscriptionByLink(unsubscribe.topic)
                                   : SubscriptionFor(unsubscribe.topic, unsubscribe.queue, command, turn);
  if (!found && (found.error().code == Code::kTopicNotFound || found.error().code == Code::kSubscriptionNotFound)) {
    return Reply(DoneReply{{found.error().message}});
  }
  if (!found) return tl::unexpected(found.error());
  SubscriptionEntry& subscription = **found;
  const auto may = MayTouch(
      command, {subscription.record.owner, AccountOfQueue(subscription), subscription.topic->record.name.account});
  if (!may && !unsubscribe.by_link) return tl::unexpected(may.error());
  if (auto free = MayChange(PlaceOf(subscription), kLabel); !free) return tl::unexpected(free.error());
  if (unsubscribe.as_sns && subscription.record.is_pending && subscription.record.protocol != Protocol::kSqs) {
    return Fail(Code::kInvalidArgument, "Cannot unsubscribe a subscription that is pending confirmation",
                "SubscriptionArn");
  }
  DeleteSubscriptionNow(subscription, turn);
  return Reply(DoneReply());
}

Core::Outcome Core::Handle(SetSubscriptionAttributes& set, Command& command, Turn& turn) {
  if (IsPattern(set.topic)) return SetPatternAttributes(set, command, turn);
  auto found = SubscriptionFor(set.topic, set.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  SubscriptionEntry& subscription = **found;
  if (auto may = MayTouch(command, {subscription.record.owner}); !may) return tl::unexpected(may.error());
  if (auto free = MayChange(PlaceOf(subscription), kLabel); !free) return tl::unexpected(free.error());
  Attributes attributes = WithoutEmptyFilter(Merge(subscription.record.attributes, set.attributes));
  auto settings = CheckAttributes(attributes, subscription);
  if (!settings) return tl::unexpected(settings.error());
  if (settings->filter && subscription.filter_owner.empty() && !IsOfHub(command)) {
    auto room = HasRoomToFilter(*subscription.topic, subscription.record.owner);
    if (!room) return tl::unexpected(room.error());
  }
  const auto policy = set.attributes.find("DeliveryPolicy");
  if (policy != set.attributes.end() && !policy->second.empty() && subscription.record.protocol == Protocol::kSqs) {
    return Fail(Code::kInvalidArgument, "DeliveryPolicy: queues are not delivered to by one.", "DeliveryPolicy");
  }
  const bool replays = set.attributes.contains("ReplayPolicy");
  if (replays) {
    auto may = MayReplay(*subscription.topic, *settings, subscription.record.protocol);
    if (!may) return tl::unexpected(may.error());
  }
  CloseTopic(*subscription.topic, turn);
  catalog_.DetachFromPattern(subscription);
  Apply(subscription, std::move(attributes), std::move(*settings));
  if (replays && !subscription.record.is_pending) StartReplay(subscription, turn);
  Store(subscription, turn);
  return Reply(DoneReply());
}

// What the attributes of a subscription that is there are to be.
Result<SubscriptionSettings> Core::CheckAttributes(const Attributes& attributes,
                                                   const SubscriptionEntry& subscription) {
  if (subscription.record.protocol == Protocol::kSqs) {
    return CheckAttributes(attributes, subscription.record.endpoint, subscription.record.owner);
  }
  auto settings = ReadSubscriptionAttributes(attributes);
  if (!settings) return settings;
  if (auto fits = CheckProtocol(*settings, subscription.record.protocol); !fits) return tl::unexpected(fits.error());
  auto checked = core::CheckDeadLetters(*settings, subscription.topic->record.name, subscription.record.owner);
  if (!checked) return tl::unexpected(checked.error());
  return settings;
}

Result<SubscriptionSettings> Core::CheckAttributes(const Attributes& attributes, const std::string& endpoint,
                                                   const std::string& owner) {
  auto settings = ReadSubscriptionAttributes(attributes);
  if (!settings) return settings;
  const auto queue = ParseResourceName(Kind::kQueue, endpoint, "", "");
  if (!queue) return tl::unexpected(queue.error());
  auto checked = core::CheckDeadLetters(*settings, *queue, owner);
  if (!checked) return tl::unexpected(checked.error());
  return settings;
}

SubscriptionDescription Core::DescriptionOf(const SubscriptionEntry& subscription) const {
  const PatternEntry* pattern = catalog_.FindPattern(subscription.record.pattern);
  const std::uint64_t seen = subscription.topic->published - subscription.joined_at;
  const std::uint64_t routed = subscription.delivered + subscription.denied + subscription.failed;
  SubscriptionDescription description{.arn = subscription.arn,
                                      .topic_arn = subscription.topic->arn,
                                      .protocol = subscription.record.protocol,
                                      .endpoint = subscription.record.endpoint,
                                      .owner = subscription.record.owner,
                                      .principal = subscription.record.principal,
                                      .pattern = pattern ? ArnOf(pattern->record.topics) : "",
                                      .is_pending = subscription.record.is_pending,
                                      .was_authenticated = WasAuthenticated(subscription),
                                      .attributes = subscription.record.attributes,
                                      .declared_at = std::string(PlaceOf(subscription)),
                                      .effective_delivery_policy = {},
                                      .replay_status = std::string(NameOf(subscription.record.replay)),
                                      .delivered = subscription.delivered,
                                      .filtered = subscription.record.is_pending ? 0 : seen - std::min(seen, routed),
                                      .denied = subscription.denied,
                                      .failed = subscription.failed,
                                      .dead_lettered = subscription.dead_lettered,
                                      .last_denial = subscription.last_denial};
  if (subscription.record.protocol == Protocol::kHttp || subscription.record.protocol == Protocol::kHttps) {
    description.effective_delivery_policy = DeliveryPolicyOf(subscription).SubscriptionJson();
  }
  // [aws 117]
  if (!description.attributes.contains("FilterPolicy")) description.attributes.erase("FilterPolicyScope");
  return description;
}

Core::Outcome Core::Handle(DescribeSubscription& describe, Command& command, Turn& turn) {
  if (IsPattern(describe.topic)) return DescribePattern(describe, command, turn);
  auto found = SubscriptionFor(describe.topic, describe.queue, command, turn);
  if (!found) return tl::unexpected(found.error());
  CloseTopic(*(*found)->topic, turn);
  return Reply(SubscriptionsReply{{DescriptionOf(**found)}});
}

// A pattern is listed where the ARNs of its subscriptions would be.
Core::Outcome Core::Handle(ListSubscriptions& list, Command& command, Turn& turn) {
  if (!list.topic.empty()) return ListOfTopic(list, command, turn);
  if (auto may = MayList(command, "sns", turn); !may) return tl::unexpected(may.error());
  const std::string account = AccountOf(command);
  const auto is_listed = [&](const auto& record, const ResourceName& topics) {
    return (IsOfHub(command) || record.owner == account) && topics.name.starts_with(list.prefix) &&
           (list.region.empty() || topics.region == list.region);
  };
  std::map<std::string_view, const PatternEntry*> patterns;
  for (const auto& [id, pattern] : catalog_.patterns()) {
    if (pattern->arn > list.after && is_listed(pattern->record, pattern->record.topics)) {
      patterns.emplace(pattern->arn, pattern.get());
    }
  }
  Page page(list.max);
  auto next = patterns.begin();
  const auto add_patterns_before = [&](std::string_view arn) {
    for (; next != patterns.end() && (arn.empty() || next->first < arn) && page.HasRoom(); ++next) {
      page.Add(DescriptionOf(*next->second));
    }
  };
  for (auto at = catalog_.subscription_arns().upper_bound(list.after); at != catalog_.subscription_arns().end(); ++at) {
    SubscriptionEntry& subscription = *at->second;
    if (subscription.topic->archive == &subscription) continue;
    if (!is_listed(subscription.record, subscription.topic->record.name)) continue;
    add_patterns_before(at->first);
    if (!page.HasRoom()) break;
    CloseTopic(*subscription.topic, turn);
    page.Add(DescriptionOf(subscription));
  }
  add_patterns_before("");
  return Reply(std::move(page.reply));
}

// Those of one topic, whoever asked for them.
Core::Outcome Core::ListOfTopic(const ListSubscriptions& list, const Command& command, Turn& turn) {
  auto topic = TopicFor(list.topic, command, turn);
  if (!topic) return tl::unexpected(topic.error());
  CloseTopic(**topic, turn);
  const std::string first = (*topic)->arn + ":";
  Page page(list.max);
  const auto& arns = catalog_.subscription_arns();
  for (auto at = arns.upper_bound(std::max(first, list.after)); at != arns.end(); ++at) {
    if (!at->first.starts_with(first)) break;
    if (at->second == (*topic)->archive) continue;
    if (!page.HasRoom()) break;
    page.Add(DescriptionOf(*at->second));
  }
  return Reply(std::move(page.reply));
}

}  // namespace hub::core
