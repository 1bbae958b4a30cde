// Short words for tests of the core.
//
//   Talk hub;                             // a whole hub on one thread (tests/support/test_hub.h)
//   hub.Create(kQueue);
//   hub.Send({"a", "b"});                 // to kQueue, by the hub itself
//   const ReceiveReply got = hub.Receive();
//   hub.as = hub.User("shop/checkout");   // from now on this user asks
//
//   Steps steps;                          // the core alone: the test decides what makes up a turn, and sees its batch
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/yaml/config_file.h"
#include "hub/core/keys.h"
#include "tests/support/test_hub.h"

namespace hub::core {

using CallerPtr = std::shared_ptr<const Caller>;
using Strings = std::vector<std::string>;

inline constexpr char kQueue[] = "111111111111/orders";
inline constexpr char kDead[] = "111111111111/dead";
inline constexpr char kTopic[] = "111111111111/events";
inline constexpr char kQueueArn[] = "arn:aws:sqs:us-east-1:111111111111:orders";

// Sends to the dead-letter queue kDead after so many receives.
inline Attributes Redrive(int receives) {
  return {{"RedrivePolicy", R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111111111111:dead","maxReceiveCount":)" +
                                std::to_string(receives) + "}"}};
}

// A queue policy by which every topic may deliver.
inline Attributes AdmitTopics() {
  return {{"Policy", R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:SendMessage",)"
                     R"("Principal":{"Service":"sns.amazonaws.com"},"Resource":"*"}})"}};
}

inline std::string_view HandleOf(const Delivery& delivery) { return {delivery.handle.data(), delivery.handle.size()}; }

inline Strings Bodies(const ReceiveReply& reply) {
  Strings bodies;
  for (const Delivery& delivery : reply.deliveries) AppendBody(bodies.emplace_back(), delivery);
  return bodies;
}

// Reads a configuration in which no mistake is expected.
inline std::shared_ptr<const Config> ReadYaml(const std::string& yaml) {
  const adapters::yaml::Checked checked = adapters::yaml::ReadConfigText(yaml, "hub.yaml");
  for (const std::string& mistake : checked.mistakes) ADD_FAILURE() << mistake;
  return checked.config ? checked.config : std::make_shared<const Config>();
}

class Talk : public testing_support::TestHub {
 public:
  using TestHub::TestHub;

  CallerPtr as;  // Who asks. Null: the hub itself.

  // A user of the last configuration, whose password is "p".
  CallerPtr User(const std::string& login) {
    std::vector<UserCredential> users;
    for (const DeclaredUser& user : config->users) users.push_back(user.credential);
    Caller caller;
    caller.identity = Credentials(users).VerifyPassword(login, "p");
    EXPECT_TRUE(caller.identity) << login;
    return std::make_shared<const Caller>(std::move(caller));
  }
  static CallerPtr Anonymous() {
    Caller caller;
    caller.identity = Credentials::Anonymous();
    return std::make_shared<const Caller>(std::move(caller));
  }

  // Puts a configuration in force; returns the notes of the reload.
  Strings Configure(const std::string& yaml) {
    config = ReadYaml(yaml);
    auto reply = TestHub::Configure(config);
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::get<DoneReply>(*reply).notes : Strings{};
  }

  // The error of a request that is refused.
  Error Refusal(Operation operation) {
    auto reply = Ask(as, std::move(operation));
    EXPECT_FALSE(reply) << "not refused";
    return reply ? Error{} : reply.error();
  }
  bool Succeeds(Operation operation) {
    auto reply = Ask(as, std::move(operation));
    EXPECT_TRUE(reply) << reply.error().message;
    return reply.has_value();
  }

  // The answer, of that kind, to a request that succeeds.
  template <typename T>
  T Expect(Operation operation) {
    auto reply = Ask(as, std::move(operation));
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::move(std::get<T>(*reply)) : T{};
  }

  void Create(const std::string& queue, Attributes attributes = {}) { Succeeds(CreateQueue{queue, attributes}); }
  void SetAttributes(const std::string& queue, Attributes attributes) {
    Succeeds(SetQueueAttributes{queue, std::move(attributes)});
  }
  // A queue that is subscribed to kTopic and admits it.
  void CreateSubscribed(const std::string& queue, Attributes subscription = {{"RawMessageDelivery", "true"}}) {
    Create(queue, AdmitTopics());
    Succeeds(CreateTopic{kTopic, {}});
    Succeeds(Subscribe{kTopic, queue, std::move(subscription)});
  }

  SendReply Send(const Strings& bodies, const std::string& queue = kQueue) {
    core::Send send{.queue = queue, .entries = {}};
    for (const std::string& body : bodies) send.entries.push_back({.body = body, .attributes = {}});
    return Expect<SendReply>(std::move(send));
  }
  SendReply Publish(const Strings& bodies, const std::vector<Attribute>& attributes = {}) {
    core::Publish publish{.topic = kTopic, .entries = {}};
    for (const std::string& body : bodies) {
      publish.entries.push_back({.message = {.body = body, .attributes = attributes}, .subject = {}});
    }
    return Expect<SendReply>(std::move(publish));
  }
  ReceiveReply Receive(const std::string& queue = kQueue, std::size_t max = kReceiveMax,
                       std::optional<Duration> visibility = {}) {
    return Expect<ReceiveReply>(
        core::Receive{.queue = queue, .max = max, .visibility = visibility, .wait = Duration::zero()});
  }
  // Begins a long poll: TakePoll says whether it is answered.
  std::uint64_t Poll(const std::string& queue = kQueue, std::size_t max = 10, Duration wait = 20s) {
    return Post(as, core::Receive{.queue = queue, .max = max, .visibility = {}, .wait = wait});
  }
  std::optional<Strings> TakePoll(std::uint64_t poll) {
    auto answer = TakeAnswer(poll);
    if (!answer) return std::nullopt;
    EXPECT_TRUE(*answer) << answer->error().message;
    return *answer ? Bodies(std::get<ReceiveReply>(**answer)) : Strings{};
  }
  EntriesReply Delete(const ReceiveReply& received, const std::string& queue = kQueue) {
    core::Delete erase{.queue = queue, .handles = {}};
    for (const Delivery& delivery : received.deliveries) erase.handles.push_back(HandleOf(delivery));
    return Expect<EntriesReply>(std::move(erase));
  }
  EntriesReply Hide(const Delivery& delivery, Duration visibility, const std::string& queue = kQueue) {
    return Expect<EntriesReply>(
        ChangeVisibility{.queue = queue, .entries = {{.handle = HandleOf(delivery), .visibility = visibility}}});
  }
  QueueDescription Describe(const std::string& queue = kQueue) {
    return Expect<QueuesReply>(DescribeQueue{queue}).queues.at(0);
  }
  TopicDescription DescribeTopicNow() { return Expect<TopicsReply>(DescribeTopic{kTopic}).topics.at(0); }
  SubscriptionDescription OnlySubscription() {
    const TopicDescription topic = DescribeTopicNow();
    EXPECT_EQ(topic.subscriptions.size(), 1u);
    return topic.subscriptions.empty() ? SubscriptionDescription{} : topic.subscriptions[0];
  }

  // How many records of this kind are stored.
  std::size_t Rows(KeyKind kind) {
    std::size_t rows = 0;
    EXPECT_TRUE(store().Scan(Key(kind, 0), KindEnd(kind), [&](auto, auto) { return ++rows > 0; }));
    return rows;
  }

  // "visible/in flight/delayed"
  std::string Counts(const std::string& queue = kQueue) {
    const QueueDescription now = Describe(queue);
    return std::to_string(now.visible) + "/" + std::to_string(now.in_flight) + "/" + std::to_string(now.delayed);
  }

  std::string LastLog() const { return log().empty() ? "" : log().back().text; }

  std::shared_ptr<const Config> config;
};

// The core alone. A turn begins with Begin, or with the first Do; End writes it.
class Steps {
 public:
  explicit Steps(std::size_t window_bytes_max = kWindowBytesMax)
      : Steps(Core::Options{.window_bytes_max = window_bytes_max}) {}
  explicit Steps(const Core::Options& options) : options_(options) { Start(); }

  void Begin() {
    if (turn_) return;
    turn_.emplace();
    turn_->index = ++index_;
    turn_->now = turn_->wall = now;
    core->BeginTurn(*turn_);
  }

  // Adds a command of the hub itself to this turn; returns its number.
  std::uint64_t Do(Operation operation) {
    Begin();
    Command command;
    command.ticket.request = ++requests_;
    command.operation = std::move(operation);
    core->Apply(std::move(command), *turn_);
    return requests_;
  }
  void Send(const Strings& bodies, const std::string& queue = kQueue) {
    core::Send send{.queue = queue, .entries = {}};
    for (const std::string& body : bodies) send.entries.push_back({.body = body, .attributes = {}});
    Do(std::move(send));
  }

  // Everything here is of one session.
  void EndSession() {
    Begin();
    core->EndSession(0, 0, *turn_);
  }

  // Reads what the core has asked for, as the store is now.
  void ReadLoads() {
    for (const Load& load : std::exchange(loads_, {})) {
      auto loaded = ReadLoad(load, ScanOf());
      ASSERT_TRUE(loaded) << loaded.error().message;
      loaded_.push_back(std::move(*loaded));
    }
  }

  // Takes in what the core has asked to read.
  void AddLoads() {
    Begin();
    ReadLoads();
    for (Loaded& loaded : std::exchange(loaded_, {})) core->AddLoaded(std::move(loaded), *turn_);
  }

  // Ends the turn and writes it; returns its batch.
  Batch End() {
    Begin();
    core->ServeWaiters(*turn_);
    core->EndTurn(*turn_);
    Turn turn = *std::exchange(turn_, std::nullopt);
    EXPECT_TRUE(store.Write(turn.batch));
    if (turn.batch.flush) {
      EXPECT_TRUE(store.Flush());
    }
    core->Committed(turn.index);
    for (Answer& answer : turn.answers) {
      said.push_back(answer);
      answers.emplace(answer.ticket.request, std::move(answer.reply));
    }
    for (Load& load : turn.loads) loads_.push_back(std::move(load));
    return std::move(turn.batch);
  }

  // Turns until the core wants nothing more at this instant.
  void Settle() {
    do {
      AddLoads();
      End();
    } while (!loads_.empty() || core->NextDue() <= now);
  }

  // The hub's last turn.
  void Stop() {
    Begin();
    core->AnswerAllWaiters(*turn_);
    End();
  }

  // The reply to a command of an earlier turn. Fails the test when there is none.
  template <typename T>
  T ReplyTo(std::uint64_t request) {
    const auto found = answers.find(request);
    if (found == answers.end() || !found->second) {
      ADD_FAILURE() << (found == answers.end() ? "no answer" : found->second.error().message);
      return T{};
    }
    return std::get<T>(*found->second);
  }

  void Restart(bool power_loss = false) {
    if (power_loss) store.LosePower(0);
    turn_.reset();
    loads_.clear();
    loaded_.clear();
    Start();
  }

  testing_support::MemoryStore store;
  std::unique_ptr<Core> core;
  Instant now = InstantOf(1'700'000'000'000'000);
  std::map<std::uint64_t, Result<Reply>> answers;  // The first to each command.
  std::vector<Answer> said;                        // All of them, in order.

 private:
  Scan ScanOf() {
    return [this](auto from, auto to, const auto& visit) { return store.Scan(from, to, visit); };
  }
  void Start() {
    options_.secret.fill(static_cast<unsigned char>(++starts_));  // As in the program: the store's own is to win.
    core = std::make_unique<Core>(options_);
    const auto recovered = core->Recover(ScanOf(), now);
    ASSERT_TRUE(recovered) << recovered.error().message;
  }

  Core::Options options_;
  std::optional<Turn> turn_;
  std::vector<Load> loads_;
  std::vector<Loaded> loaded_;  // Read, not yet taken in.
  std::uint64_t index_ = 0;
  std::uint64_t requests_ = 0;
  unsigned starts_ = 0;
};

// How many writes of a batch put a key of this kind.
inline std::size_t Puts(const Batch& batch, KeyKind kind) {
  std::size_t puts = 0;
  for (const Write& write : batch.writes) {
    if (write.kind == Write::Kind::kPut && write.key[0] == static_cast<char>(kind)) ++puts;
  }
  return puts;
}

}  // namespace hub::core
