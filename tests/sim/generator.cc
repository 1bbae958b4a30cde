#include "tests/sim/generator.h"

#include <algorithm>

#include "hub/base/limits.h"

namespace sim {

using hub::core::Attributes;
using namespace std::chrono_literals;

namespace {

template <typename T, std::size_t N>
const T& OneOf(hub::Random& random, const T (&choices)[N]) {
  return choices[random.Below(N)];
}

std::string PolicyFor(const std::string& queue) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},)"
         R"("Action":"sqs:SendMessage","Resource":")" +
         ArnOfQueue(queue) + R"("}]})";
}

}  // namespace

Generator::Generator(hub::Random& random) : random_(random), has_consumers_(!random.OneIn(3)) {
  for (const std::string& topic : topics_) {
    if (random_.OneIn(2)) grants_.following[topic] = hub::kNever;
    if (random_.OneIn(2)) grants_.neighbours.insert(topic);
  }
}

Issued Generator::Make(hub::core::Operation operation, CallerKind caller) {
  Issued issued;
  issued.caller = caller;
  issued.operation = std::move(operation);
  issued.frame = std::make_shared<const Frame>();
  return issued;
}

std::vector<Issued> Generator::Setup() {
  std::vector<Issued> setup;
  for (const std::string& queue : queues_) {
    setup.push_back(Make(hub::core::CreateQueue{queue, QueueAttributes(queue)}));
  }
  for (const std::string& queue : queues_) {
    for (std::size_t left = random_.Below(3); left > 0; --left) {
      setup.push_back(Make(hub::core::Subscribe{SomePattern(), queue, SubscriptionAttributes(queue)}));
    }
  }
  for (const std::string& topic : topics_) {
    setup.push_back(MakeCreateTopic(topic));
    for (const std::string& queue : queues_) {
      if (IsDeadLetterQueue(queue) ? !random_.OneIn(4) : random_.OneIn(3)) continue;
      const bool is_asked = AccountOf(queue) != kOwnerAccount && random_.OneIn(2);
      setup.push_back(MakeSubscribe(topic, queue, is_asked ? CallerKind::kOwner : CallerKind::kHub));
    }
  }
  return setup;
}

const std::string& Generator::SomeQueueOfOthers() {
  const std::string& queue = SomeQueue();
  return IsDeadLetterQueue(queue) && !random_.OneIn(4) ? SomeQueue() : queue;
}

Issued Generator::Next(const Known& known) {
  const std::vector<Given>& handles = known.handles;
  const std::uint64_t choice = random_.Below(has_consumers_ ? 115 : 111);
  if (choice >= 112) return Consume();
  if (choice >= 111) return Cancel(known.consumers);
  if (choice >= 108) return Follow(known);
  if (choice >= 106) return Confirm(known.tokens);
  if (choice >= 104) return SubscribeElsewhere();
  if (choice >= 102) return StartMoveTask();
  if (choice >= 100) return ManageMoveTasks(known.tasks);
  if (choice < 20) return Send();
  if (choice < 37) return Publish();
  if (choice < 64) return Receive();
  if (choice < 80) return handles.empty() ? Receive() : Delete(handles);
  if (choice < 86) return handles.empty() ? Send() : ChangeVisibility(handles);
  if (choice < 88) return Make(hub::core::Purge{SomeQueue()}, SomeCaller());
  if (choice < 90) return Make(hub::core::DescribeQueue{SomeQueue()}, SomeCaller());
  if (choice < 95) return random_.OneIn(5) ? ManageTags() : ManageQueue();
  if (choice < 98) return ManageTopic();
  ChangeGrants(known.wall);
  return MakeReload();
}

bool Generator::ChangesRetention(const Issued& issued) {
  const auto* set = std::get_if<hub::core::SetQueueAttributes>(&issued.operation);
  return set && set->attributes.contains("MessageRetentionPeriod");
}

CallerKind Generator::SomeCaller() {
  switch (random_.Below(12)) {
    case 0: return random_.OneIn(3) ? CallerKind::kNeighbour : CallerKind::kStranger;
    case 1: return CallerKind::kWorker;
    case 2:
    case 3: return CallerKind::kOwner;
    default: return CallerKind::kHub;
  }
}

// --- Messages -------------------------------------------------------------------------------------------------------

std::size_t Generator::BodyBytes() {
  const std::uint64_t choice = random_.Below(200);
  if (choice == 0) return kTelltaleBytes + random_.Below(300 * 1024);  // More than a chunk.
  if (choice < 20) return kTelltaleBytes + random_.Below(3000);
  return kTelltaleBytes + random_.Below(120);
}

std::size_t Generator::EntryCount() {
  const std::uint64_t choice = random_.Below(100);
  if (choice == 0) return 200 + random_.Below(100);  // Perhaps more than a chunk.
  return choice < 60 ? 1 : 2 + random_.Below(9);
}

std::vector<hub::Attribute> Generator::MessageAttributes() {
  static constexpr std::string_view kKinds[] = {"x", "y", "z"};
  if (random_.OneIn(2)) return {};
  return {{.name = kFilteredAttribute, .type = "String", .value = OneOf(random_, kKinds)}};
}

// Mostly none; now and then one that is out of range.
std::optional<hub::Duration> Generator::MessageDelay() {
  static constexpr hub::Duration kDelays[] = {0s, 0s, 1s, 1s, 5s, 20s, 90s, hub::kDelayMax, hub::kDelayMax + 1us, -1s};
  if (!random_.OneIn(6)) return std::nullopt;
  return OneOf(random_, kDelays);
}

Issued Generator::Send() {
  Issued issued = Make({}, SomeCaller());
  auto frame = std::make_shared<Frame>();
  hub::core::Send send{.queue = SomeQueueOfOthers(), .entries = {}};
  for (std::size_t left = EntryCount(); left > 0; --left) {
    issued.serials.push_back(next_serial_++);
    const std::size_t bytes = random_.OneIn(8) ? SmallestBytes(issued.serials.back()) : BodyBytes();
    const std::string& body = frame->texts.emplace_back(BodyOf(issued.serials.back(), bytes));
    send.entries.push_back({.body = body, .attributes = MessageAttributes(), .delay = MessageDelay()});
    IsFifo(send.queue) ? Order(send.entries.back(), *frame) : JoinTenant(send.entries.back());
  }
  issued.operation = std::move(send);
  issued.frame = std::move(frame);
  return issued;
}

// A group, and half the time a deduplication id: of few, so that some come again.
void Generator::Order(hub::Message& message, Frame& frame) {
  static constexpr std::string_view kGroups[] = {"g", "h", "i", "j", "k"};
  if (!random_.OneIn(20)) message.group = OneOf(random_, kGroups);
  if (random_.OneIn(2)) message.deduplication = frame.texts.emplace_back("id" + std::to_string(random_.Below(60)));
}

// On a standard queue: of few groups, one of which sends the most.
void Generator::JoinTenant(hub::Message& message) {
  static constexpr std::string_view kGroups[] = {"", "", "", "noisy", "noisy", "quiet", "other"};
  message.group = OneOf(random_, kGroups);
}

Issued Generator::Publish() {
  Issued issued = Make({}, SomeCaller());
  auto frame = std::make_shared<Frame>();
  hub::core::Publish publish{.topic = SomeTopic(), .entries = {}};
  for (std::size_t left = EntryCount(); left > 0; --left) {
    issued.serials.push_back(next_serial_++);
    const std::string& body = frame->texts.emplace_back(BodyOf(issued.serials.back(), BodyBytes()));
    publish.entries.push_back({.message = {.body = body, .attributes = MessageAttributes()},
                               .subject = random_.OneIn(4) ? std::string_view("about") : std::string_view()});
    hub::Message& message = publish.entries.back().message;
    publish.topic == kFifoTopic ? Order(message, *frame) : JoinTenant(message);
    if (random_.OneIn(50)) message.delay = 1s;  // No such thing for what is published.
  }
  issued.operation = std::move(publish);
  issued.frame = std::move(frame);
  return issued;
}

Issued Generator::Receive() {
  static constexpr std::size_t kMost[] = {1, 1, 3, 10, 10, 100, 1000};
  static constexpr hub::Duration kVisibilities[] = {0s, 1s, 5s, 30s, 120s};
  static constexpr hub::Duration kWaits[] = {0s, 0s, 0s, 1s, 20s};
  hub::core::Receive receive{.queue = SomeQueue(), .max = OneOf(random_, kMost), .visibility = {}, .wait = {}};
  if (random_.OneIn(2)) receive.visibility = OneOf(random_, kVisibilities);
  if (random_.OneIn(60)) receive.visibility = hub::kVisibilityMax + (random_.OneIn(2) ? 0us : 1us);
  if (!random_.OneIn(4)) receive.wait = OneOf(random_, kWaits);
  // Of few, so that some are asked for once more.
  if (random_.OneIn(IsFifo(receive.queue) ? 2 : 60)) receive.attempt = "try" + std::to_string(random_.Below(4));
  return Make(std::move(receive), SomeCaller());
}

// --- Handles --------------------------------------------------------------------------------------------------------

Issued Generator::Consume() {
  static constexpr std::size_t kCredits[] = {1, 2, 3, 5, 10, 100, hub::kCreditMax};
  static constexpr hub::Duration kVisibilities[] = {1s, 1s, 5s, 30s, 120s, hub::kVisibilityMax};
  hub::core::Consume consume{.queue = SomeQueue(), .credit = OneOf(random_, kCredits), .visibility = {}};
  if (random_.OneIn(2)) consume.visibility = OneOf(random_, kVisibilities);
  if (random_.OneIn(30)) consume.credit = random_.OneIn(2) ? 0 : hub::kCreditMax + 1;
  if (random_.OneIn(30))
    consume.visibility = random_.OneIn(2) ? hub::kPushVisibilityMin - 1us : hub::kVisibilityMax + 1us;
  return Make(std::move(consume), SomeCaller());
}

Issued Generator::Cancel(const std::vector<Known::Consumer>& consumers) {
  if (consumers.empty()) return Make(hub::core::Cancel{1});
  const Known::Consumer& some =
      consumers[consumers.size() - 1 - random_.Below(std::min<std::size_t>(consumers.size(), 6))];
  Issued issued = Make(hub::core::Cancel{some.request});
  if (!random_.OneIn(8)) issued.session = some.session;  // Or somebody else's.
  return issued;
}

std::vector<Given> Generator::SomeHandles(const std::vector<Given>& handles, const std::string& queue) {
  std::vector<Given> some;
  for (std::size_t left = 1 + random_.Below(10); left > 0; --left) {
    const std::size_t newest = std::min<std::size_t>(handles.size(), 12);
    const std::size_t at =
        random_.OneIn(4) ? random_.Below(handles.size()) : handles.size() - 1 - random_.Below(newest);
    Given handle = handles[at];
    if (handle.queue != queue && !random_.OneIn(20)) continue;
    if (random_.OneIn(30)) {
      handle.handle[random_.Below(handle.handle.size())] ^= 1;
      handle.is_forged = true;
    }
    some.push_back(std::move(handle));
  }
  return some;
}

Issued Generator::MakeDelete(const std::string& queue, const std::vector<Given>& handles) {
  Issued issued = Make({});
  auto frame = std::make_shared<Frame>();
  hub::core::Delete erase{.queue = queue, .handles = {}};
  for (const Given& handle : handles) {
    const hub::core::Handle& bytes = frame->handles.emplace_back(handle.handle);
    erase.handles.emplace_back(bytes.data(), bytes.size());
  }
  issued.operation = std::move(erase);
  issued.handles = handles;
  issued.frame = std::move(frame);
  return issued;
}

Issued Generator::Delete(const std::vector<Given>& handles) {
  const std::string queue =
      handles[handles.size() - 1 - random_.Below(std::min<std::size_t>(handles.size(), 12))].queue;
  const std::vector<Given> some = SomeHandles(handles, queue);
  if (some.empty()) return Receive();
  Issued issued = MakeDelete(queue, some);
  issued.caller = SomeCaller();
  return issued;
}

Issued Generator::ChangeVisibility(const std::vector<Given>& handles) {
  static constexpr hub::Duration kVisibilities[] = {0s, 0s, 3s, 60s, 300s};
  // As long as it may be in all, almost so, and longer than it may ever be.
  static constexpr hub::Duration kLong[] = {hub::kVisibilityMax, hub::kVisibilityMax - 1s, hub::kVisibilityMax - 10s,
                                            hub::kVisibilityMax - 100s, hub::kVisibilityMax + 1us};
  Issued issued = Delete(handles);
  const auto* erase = std::get_if<hub::core::Delete>(&issued.operation);
  if (!erase) return issued;
  hub::core::ChangeVisibility change{.queue = erase->queue, .entries = {}};
  for (const std::string_view handle : erase->handles) {
    const hub::Duration visibility = random_.OneIn(8) ? OneOf(random_, kLong) : OneOf(random_, kVisibilities);
    change.entries.push_back({.handle = handle, .visibility = visibility});
  }
  issued.operation = std::move(change);
  return issued;
}

// --- Move tasks -----------------------------------------------------------------------------------------------------

Issued Generator::StartMoveTask() {
  static constexpr std::uint32_t kRates[] = {0, 0, 0, 1, 5, 50, hub::kMoveRateMax, hub::kMoveRateMax + 1};
  hub::core::StartMoveTask start{
      .source = random_.OneIn(3) ? kFifoDeadLetters : kDeadLetters, .destination = "", .rate = OneOf(random_, kRates)};
  if (random_.OneIn(12)) start.source = SomeQueue();
  if (random_.OneIn(2)) start.destination = IsFifo(start.source) && !random_.OneIn(8) ? kFifoQueue : SomeQueue();
  return Make(std::move(start), SomeCaller());
}

Issued Generator::ManageMoveTasks(const std::vector<std::string>& tasks) {
  if (random_.OneIn(2)) {
    return Make(hub::core::ListMoveTasks{random_.OneIn(2) ? kDeadLetters : kFifoDeadLetters}, SomeCaller());
  }
  if (tasks.empty() || random_.OneIn(12)) return Make(hub::core::CancelMoveTask{"nonsense"}, SomeCaller());
  // Mostly the newest.
  const std::size_t newest = std::min<std::size_t>(tasks.size(), random_.OneIn(4) ? 12 : 1);
  return Make(hub::core::CancelMoveTask{tasks[tasks.size() - 1 - random_.Below(newest)]}, SomeCaller());
}

// --- Resources ------------------------------------------------------------------------------------------------------

Attributes Generator::QueueAttributes(const std::string& queue) {
  static constexpr const char* kVisibilities[] = {"0", "2", "30", "120"};
  static constexpr const char* kRetentions[] = {"60", "600", "345600", "1209600"};
  static constexpr const char* kDelays[] = {"1", "5", "20"};
  Attributes attributes;
  if (random_.OneIn(2)) attributes["VisibilityTimeout"] = OneOf(random_, kVisibilities);
  if (random_.OneIn(3)) attributes["MessageRetentionPeriod"] = OneOf(random_, kRetentions);
  if (random_.OneIn(8)) attributes["MaximumMessageSize"] = "1024";
  if (random_.OneIn(4)) attributes["ReceiveMessageWaitTimeSeconds"] = "2";
  if (!random_.OneIn(4)) attributes["Policy"] = PolicyFor(queue);
  if (IsFifo(queue)) attributes.merge(FifoAttributes());
  if (IsDeadLetterQueue(queue) && random_.OneIn(3)) attributes["RedriveAllowPolicy"] = RedriveAllowPolicy();
  // What moves there stays available: no delay, no further queue.
  if (IsDeadLetterQueue(queue)) return attributes;
  if (random_.OneIn(4)) attributes["DelaySeconds"] = OneOf(random_, kDelays);
  if (random_.OneIn(2) && queue.starts_with(kOwnerAccount)) attributes["RedrivePolicy"] = RedrivePolicy(queue);
  return attributes;
}

std::string Generator::RedrivePolicy(const std::string& queue) {
  return R"({"deadLetterTargetArn":")" + ArnOfQueue(IsFifo(queue) ? kFifoDeadLetters : kDeadLetters) +
         R"(","maxReceiveCount":)" + std::to_string(1 + random_.Below(3)) + "}";
}

std::string Generator::RedriveAllowPolicy() {
  if (random_.OneIn(3)) return R"({"redrivePermission":"allowAll"})";
  if (random_.OneIn(3)) return R"({"redrivePermission":"denyAll"})";
  return R"({"redrivePermission":"byQueue","sourceQueueArns":[")" + ArnOfQueue(SomeQueue()) + R"(",")" +
         ArnOfQueue(SomeQueue()) + R"("]})";
}

Attributes Generator::FifoAttributes() {
  Attributes attributes = {{"FifoQueue", "true"}};
  if (random_.OneIn(2)) attributes["ContentBasedDeduplication"] = random_.OneIn(4) ? "false" : "true";
  if (random_.OneIn(2)) attributes["DeduplicationScope"] = random_.OneIn(2) ? "queue" : "messageGroup";
  return attributes;
}

Attributes Generator::SubscriptionAttributes(const std::string& queue) {
  static constexpr const char* kFilters[] = {R"({"kind":["x"]})", R"({"kind":["x","y"]})",
                                             R"({"kind":[{"anything-but":["x"]}]})"};
  Attributes attributes;
  if (random_.OneIn(2)) attributes["RawMessageDelivery"] = random_.OneIn(4) ? "false" : "true";
  if (random_.OneIn(2)) attributes["FilterPolicy"] = OneOf(random_, kFilters);
  const bool may_redrive = queue.starts_with(kOwnerAccount) && !IsDeadLetterQueue(queue);
  if (may_redrive ? random_.OneIn(2) : random_.OneIn(20)) {
    const bool is_other = random_.OneIn(20);  // Of the wrong kind.
    const char* target = IsFifo(queue) != is_other ? kFifoDeadLetters : kDeadLetters;
    attributes["RedrivePolicy"] = R"({"deadLetterTargetArn":")" + ArnOfQueue(target) + "\"}";
  }
  return attributes;
}

// The delay of the FIFO queue alone: it holds for what is there already.
Issued Generator::SetFifoDelay() {
  static constexpr const char* kDelays[] = {"", "1", "5", "20", "300"};
  return Make(hub::core::SetQueueAttributes{kFifoQueue, {{"DelaySeconds", OneOf(random_, kDelays)}}});
}

Issued Generator::ManageQueue() {
  if (random_.OneIn(5)) return SetFifoDelay();
  const std::string& queue = SomeQueue();
  Attributes attributes = QueueAttributes(queue);
  switch (random_.Below(6)) {
    case 0: return Make(hub::core::DeleteQueue{queue}, SomeCaller());
    case 1:
    case 2:
    case 3:
      return Make(hub::core::CreateQueue{queue, std::move(attributes), random_.OneIn(4) ? SomeTags() : hub::Tags()});
    default: break;
  }
  for (const char* name : {"DelaySeconds", "RedrivePolicy", "Policy", "MessageRetentionPeriod", "RedriveAllowPolicy"}) {
    if (random_.OneIn(4)) attributes[name] = "";
  }
  return Make(hub::core::SetQueueAttributes{queue, std::move(attributes)});
}

hub::Tags Generator::SomeTags() {
  hub::Tags tags;
  for (std::size_t left = random_.OneIn(20) ? 40 : random_.Below(4); left > 0; --left) {
    tags["tag" + std::to_string(random_.Below(80))] = std::to_string(random_.Below(10));
  }
  if (random_.OneIn(2)) tags["stage"] = random_.OneIn(2) ? "test" : "";
  return tags;
}

Issued Generator::ManageTags() {
  const std::string& queue = SomeQueue();
  const std::string& topic = SomeTopic();
  std::vector<std::string> keys;
  for (const auto& [key, value] : SomeTags()) keys.push_back(key);
  switch (random_.Below(6)) {
    case 0: return Make(hub::core::TagQueue{queue, SomeTags()}, SomeCaller());
    case 1: return Make(hub::core::UntagQueue{queue, std::move(keys)}, SomeCaller());
    case 2: return Make(hub::core::ListQueueTags{queue}, SomeCaller());
    case 3: return Make(hub::core::TagTopic{topic, SomeTags()}, SomeCaller());
    case 4: return Make(hub::core::UntagTopic{topic, std::move(keys)}, SomeCaller());
    default: return Make(hub::core::ListTopicTags{topic}, SomeCaller());
  }
}

Issued Generator::MakeCreateTopic(const std::string& topic) {
  Attributes attributes;
  if (topic == kFifoTopic) attributes = {{"FifoTopic", "true"}, {"ContentBasedDeduplication", "true"}};
  return Make(hub::core::CreateTopic{topic, std::move(attributes)});
}

std::string Generator::SomePattern() {
  static constexpr const char* kPatterns[] = {"111111111111/*", "111111111111/news*", "111111111111/a*s",
                                              "111111111111/*s", "111111111111/*.fifo"};
  return OneOf(random_, kPatterns);
}

// A topic, or a pattern.
std::string Generator::SomeTopics() { return random_.OneIn(3) ? SomePattern() : SomeTopic(); }

Issued Generator::ManageTopic() {
  const std::string& topic = SomeTopic();
  const std::string& queue = SomeQueue();
  switch (random_.Below(12)) {
    case 0: return Make(hub::core::DeleteTopic{topic}, SomeCaller());
    case 1:
    case 2:
    case 3: return MakeCreateTopic(topic);
    case 4: {
      const std::string topics = SomeTopics();
      return Make(hub::core::Unsubscribe{topics, queue}, SomeSubscriber(topics));
    }
    case 7: return Make(hub::core::Unsubscribe{SomePattern(), queue});
    case 5:
    case 6: {
      Attributes attributes = SubscriptionAttributes(queue);
      if (random_.OneIn(3)) attributes["RedrivePolicy"] = "";
      const std::string topics = SomeTopics();
      return Make(hub::core::SetSubscriptionAttributes{topics, queue, std::move(attributes)}, SomeSubscriber(topics));
    }
    default: {
      const std::string topics = SomeTopics();
      return MakeSubscribe(topics, queue, SomeSubscriber(topics));
    }
  }
}

// --- Subscriptions of other accounts' queues ------------------------------------------------------------------------

// The hub and the owner of the topic for the most part. By a pattern, whoever is not the hub would get what each topic
// admits: the model does not know that.
CallerKind Generator::SomeSubscriber(const std::string& topics) {
  if (IsPattern(topics) || random_.OneIn(2)) return CallerKind::kHub;
  static constexpr CallerKind kOthers[] = {CallerKind::kOwner, CallerKind::kOwner, CallerKind::kNeighbour,
                                           CallerKind::kStranger};
  return OneOf(random_, kOthers);
}

Issued Generator::MakeSubscribe(const std::string& topic, const std::string& queue, CallerKind caller) {
  Issued issued = Make(hub::core::Subscribe{topic, queue, SubscriptionAttributes(queue)}, caller);
  if (MustAsk(issued)) issued.serials.push_back(next_serial_++);
  return issued;
}

// Of one account's queue by the other, mostly in the same way as before, so that it is asked for again.
Issued Generator::SubscribeElsewhere() {
  const bool by_owner = random_.OneIn(2);
  std::string queue = kNeighbourQueue;
  while (!by_owner && AccountOf(queue) == kNeighbourAccount) queue = SomeQueue();
  Issued issued = MakeSubscribe(SomeTopic(), queue, by_owner ? CallerKind::kOwner : CallerKind::kNeighbour);
  auto& attributes = std::get<hub::core::Subscribe>(issued.operation).attributes;
  if (random_.OneIn(2)) attributes.clear();
  return issued;
}

Issued Generator::Confirm(const std::vector<GivenToken>& tokens) {
  if (tokens.empty() && !random_.OneIn(4))
    return Make(hub::core::Receive{.queue = kNeighbourQueue, .max = 100, .visibility = {}, .wait = {}});
  GivenToken given{.token = "nonsense", .topic = SomeTopic(), .subscription = 0};
  if (!tokens.empty()) given = tokens[tokens.size() - 1 - random_.Below(std::min<std::size_t>(tokens.size(), 6))];
  if (random_.OneIn(5)) {
    char& digit = given.token[random_.Below(given.token.size())];
    digit = digit == '0' ? '1' : '0';
    given.subscription = 0;
  }
  const std::string topic = random_.OneIn(12) ? SomeTopic() : given.topic;
  Issued issued = Make(hub::core::ConfirmSubscription{topic, given.token}, SomeCaller());
  issued.token = std::move(given);
  return issued;
}

// --- The live feed --------------------------------------------------------------------------------------------------

// As whoever follows it would write it, and now and then as nobody should.
std::string Generator::SomeTopicAsWritten(CallerKind caller) {
  const std::string& topic = SomeTopic();
  switch (random_.Below(60)) {
    case 0: return std::string("news\0x", 6);
    case 1: return "nothing";
    case 2: return SomePattern();
    case 3: return "";
    default: break;
  }
  const bool is_own = AccountOf(caller) == AccountOf(topic);
  if (is_own ? random_.OneIn(3) : random_.OneIn(10)) return topic.substr(topic.find('/') + 1);
  return random_.OneIn(2) ? ArnOfTopic(topic) : topic;
}

// Mostly by somebody new: who follows already may follow something else instead.
Issued Generator::Follow(const Known& known) {
  static constexpr CallerKind kCallers[] = {CallerKind::kHub,       CallerKind::kOwner,   CallerKind::kWorker,
                                            CallerKind::kWorker,    CallerKind::kWorker,  CallerKind::kNeighbour,
                                            CallerKind::kNeighbour, CallerKind::kStranger};
  const CallerKind caller = OneOf(random_, kCallers);
  if (random_.OneIn(6)) return Make(hub::core::MayFollow{SomeTopicAsWritten(caller)}, caller);
  Issued issued = Make(hub::core::Follow{SomeTopicAsWritten(caller)}, caller);
  issued.endpoint = kFeedEndpoint;
  if (!known.followers.empty() && random_.OneIn(6)) {
    issued.session = known.followers[random_.Below(known.followers.size())];
  }
  return issued;
}

// --- The configuration ----------------------------------------------------------------------------------------------

void Generator::ChangeGrants(hub::Instant wall) {
  for (const std::string& queue : queues_) {
    if (random_.OneIn(3)) {
      if (!grants_.delivering.erase(queue)) grants_.delivering.insert(queue);
    }
    if (random_.OneIn(3) && queue.starts_with(kOwnerAccount)) {
      if (!grants_.working.erase(queue)) grants_.working.insert(queue);
    }
  }
  // Whole seconds: policies know no smaller ones.
  static constexpr hub::Duration kLimits[] = {1s, 10s, 60s, 300s};
  for (const std::string& topic : topics_) {
    if (random_.OneIn(3)) {
      const hub::Instant until = std::chrono::floor<std::chrono::seconds>(wall) + OneOf(random_, kLimits);
      grants_.following[topic] = random_.OneIn(2) ? hub::kNever : until;
      if (random_.OneIn(3)) grants_.following.erase(topic);
    }
    if (random_.OneIn(3)) {
      if (!grants_.neighbours.erase(topic)) grants_.neighbours.insert(topic);
    }
  }
}

Issued Generator::MakeReload() {
  Issued issued = Make(hub::core::Reload{nullptr});
  issued.grants = grants_;
  return issued;
}

}  // namespace sim
