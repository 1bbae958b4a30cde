// Commands as clients might send them, drawn from a seed: most are sensible, some stale, forged, forbidden or late.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/random.h"
#include "tests/sim/vocabulary.h"

namespace sim {

class Generator {
 public:
  explicit Generator(hub::Random& random);

  // What exists at the start.
  std::vector<Issued> Setup();

  // The next command.
  Issued Next(const Known& known);

  // Such a change may only be made when nothing is under way: a longer retention would bring back what has expired but
  // is not yet gone.
  static bool ChangesRetention(const Issued& issued);

  Issued Make(hub::core::Operation operation, CallerKind caller = CallerKind::kHub);
  Issued MakeDelete(const std::string& queue, const std::vector<Given>& handles);
  // With the grants that are in force.
  Issued MakeReload();
  // From the live feed.
  Issued Follow(const Known& known);

  const std::vector<std::string>& queues() const { return queues_; }
  const std::vector<std::string>& topics() const { return topics_; }

 private:
  Issued Send();
  Issued Publish();
  Issued Receive();
  Issued Consume();
  Issued Cancel(const std::vector<Known::Consumer>& consumers);
  Issued Delete(const std::vector<Given>& handles);
  Issued ChangeVisibility(const std::vector<Given>& handles);
  Issued SetFifoDelay();
  Issued StartMoveTask();
  Issued ManageMoveTasks(const std::vector<std::string>& tasks);
  Issued ManageQueue();
  Issued ManageTopic();
  Issued MakeSubscribe(const std::string& topic, const std::string& queue, CallerKind caller);
  Issued SubscribeElsewhere();
  Issued Confirm(const std::vector<GivenToken>& tokens);
  std::string SomeTopicAsWritten(CallerKind caller);
  void ChangeGrants(hub::Instant wall);
  Issued ManageTags();
  hub::Tags SomeTags();

  void Order(hub::Message& message, Frame& frame);
  void JoinTenant(hub::Message& message);
  hub::core::Attributes QueueAttributes(const std::string& queue);
  hub::core::Attributes FifoAttributes();
  std::string RedrivePolicy(const std::string& queue);
  std::string RedriveAllowPolicy();
  Issued MakeCreateTopic(const std::string& topic);
  hub::core::Attributes SubscriptionAttributes(const std::string& queue);
  std::vector<Given> SomeHandles(const std::vector<Given>& handles, const std::string& queue);
  std::vector<hub::Attribute> MessageAttributes();
  std::optional<hub::Duration> MessageDelay();
  std::size_t BodyBytes();
  std::size_t EntryCount();
  CallerKind SomeCaller();
  CallerKind SomeSubscriber(const std::string& topics);
  const std::string& SomeQueue() { return queues_[random_.Below(queues_.size())]; }
  // As SomeQueue, but seldom a dead-letter queue.
  const std::string& SomeQueueOfOthers();
  const std::string& SomeTopic() { return topics_[random_.Below(topics_.size())]; }
  std::string SomePattern();
  std::string SomeTopics();

  hub::Random& random_;
  const bool has_consumers_;  // They leave little to receives.
  Grants grants_;
  Serial next_serial_ = 1;
  const std::vector<std::string> queues_ = {"111111111111/a", "111111111111/b", "111111111111/c", kNeighbourQueue,
                                            kDeadLetters,     kFifoQueue,       kFifoDeadLetters};
  const std::vector<std::string> topics_ = {"111111111111/news", "111111111111/alerts", kFifoTopic};
};

}  // namespace sim
