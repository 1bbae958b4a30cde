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

#include "hub/core/keys.h"
#include "tests/support/test_hub.h"

namespace hub::core {

using CallerPtr = std::shared_ptr<const Caller>;
using Strings = std::vector<std::string>;

inline constexpr char kQueue[] = "111111111111/orders";
inline constexpr char kDead[] = "111111111111/dead";
inline constexpr char kTopic[] = "111111111111/events";
inline constexpr char kQueueArn[] = "arn:aws:sqs:us-east-1:111111111111:orders";

// A configuration with one user, shop/ann, whose own policy allows everything.
inline constexpr char kAnnMayDoAll[] = R"(
hub: {drift: allow}
accounts:
  shop:
    id: "111111111111"
    users:
      ann: {password: p, policies: {Version: "2012-10-17", Statement: {Effect: Allow, Action: ["sns:*", "sqs:*"], Resource: "*"}}}
)";

// Sends to the dead-letter queue kDead after so many receives.
Attributes Redrive(int receives);

// A queue policy by which every topic may deliver.
Attributes AdmitTopics();

inline std::string_view HandleOf(const Delivery& delivery) { return {delivery.handle.data(), delivery.handle.size()}; }

Strings Bodies(const ReceiveReply& reply);

// Reads a configuration in which no mistake is expected.
std::shared_ptr<const Config> ReadYaml(const std::string& yaml);

class Talk : public testing_support::TestHub {
 public:
  using TestHub::TestHub;

  CallerPtr as;  // Who asks. Null: the hub itself.

  // A user of the last configuration, whose password is "p".
  CallerPtr User(const std::string& login);
  static CallerPtr Anonymous();

  // Puts a configuration in force; returns the notes of the reload.
  Strings Configure(const std::string& yaml);

  // The error of a request that is refused.
  Error Refusal(Operation operation);
  bool Succeeds(Operation operation);

  // The answer, of that kind, to a request that succeeds.
  template <typename T>
  T Expect(Operation operation) {
    auto reply = Ask(as, std::move(operation));
    EXPECT_TRUE(reply) << reply.error().message;
    return reply ? std::move(std::get<T>(*reply)) : T{};
  }

  void Create(const std::string& queue, Attributes attributes = {}) { Succeeds(CreateQueue{queue, attributes}); }
  void SetAttributes(const std::string& queue, Attributes attributes);
  // A queue that is subscribed to kTopic and admits it.
  void CreateSubscribed(const std::string& queue, Attributes subscription = {{"RawMessageDelivery", "true"}});

  SendReply Send(const Strings& bodies, const std::string& queue = kQueue);
  SendReply Publish(const Strings& bodies, const std::vector<Attribute>& attributes = {});
  ReceiveReply Receive(const std::string& queue = kQueue, std::size_t max = kReceiveMax,
                       std::optional<Duration> visibility = {});
  // Begins a long poll: TakePoll says whether it is answered.
  std::uint64_t Poll(const std::string& queue = kQueue, std::size_t max = 10, Duration wait = 20s);
  std::optional<Strings> TakePoll(std::uint64_t poll);
  EntriesReply Delete(const ReceiveReply& received, const std::string& queue = kQueue);
  EntriesReply Hide(const Delivery& delivery, Duration visibility, const std::string& queue = kQueue);
  QueueDescription Describe(const std::string& queue = kQueue);
  TopicDescription DescribeTopicNow() { return Expect<TopicsReply>(DescribeTopic{kTopic}).topics.at(0); }
  SubscriptionDescription OnlySubscription();

  // How many records of this kind are stored.
  std::size_t Rows(KeyKind kind);

  // "visible/in flight/delayed"
  std::string Counts(const std::string& queue = kQueue);

  std::string LastLog() const { return log().empty() ? "" : log().back().text; }

  std::shared_ptr<const Config> config;
};

// The core alone. A turn begins with Begin, or with the first Do; End writes it.
class Steps {
 public:
  explicit Steps(std::size_t window_bytes_max = kWindowBytesMax)
      : Steps(Core::Options{.window_bytes_max = window_bytes_max}) {}
  explicit Steps(const Core::Options& options) : options_(options) { Start(); }

  void Begin();

  // Adds a command of the hub itself to this turn; returns its number.
  std::uint64_t Do(Operation operation);
  void Send(const Strings& bodies, const std::string& queue = kQueue);

  // Everything here is of one session.
  void EndSession();

  // Reads what the core has asked for, as the store is now.
  void ReadLoads();

  // Takes in what the core has asked to read.
  void AddLoads();

  // Ends the turn and writes it; returns its batch.
  Batch End();

  // Turns until the core wants nothing more at this instant.
  void Settle();

  // The hub's last turn.
  void Stop();

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

  void Restart(bool power_loss = false);

  testing_support::MemoryStore store;
  std::unique_ptr<Core> core;
  Instant now = InstantOf(1'700'000'000'000'000);
  std::map<std::uint64_t, Result<Reply>> answers;  // The first to each command.
  std::vector<Answer> said;                        // All of them, in order.

 private:
  Scan ScanOf();
  void Start();

  Core::Options options_;
  std::optional<Turn> turn_;
  std::vector<Load> loads_;
  std::vector<Loaded> loaded_;  // Read, not yet taken in.
  std::uint64_t index_ = 0;
  std::uint64_t requests_ = 0;
  unsigned starts_ = 0;
};

// How many writes of a batch put a key of this kind.
std::size_t Puts(const Batch& batch, KeyKind kind);

}  // namespace hub::core
