// A hub that only pretends: enough of queues to hold a conversation, with nothing durable and no policies.
//
// Messages come back oldest first and stay in flight until deleted. Ids count from one, times are fixed. A queue whose
// name ends in .fifo gives sequence numbers, the same as the ids; it neither groups nor knows a message again.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "hub/base/result.h"
#include "hub/core/command.h"
#include "hub/core/reply.h"

namespace tests::wire {

class FakeHub {
 public:
  hub::Result<hub::core::Reply> Answer(const hub::core::Operation& operation);

 private:
  struct Stored {
    hub::core::MessageId id;
    std::string body;
    std::string group;
    std::string deduplication;
    std::string trace;
    bool in_flight = false;
  };

  static std::optional<hub::Result<hub::core::Reply>> AnswerSubscriptions(const hub::core::Operation& operation);
  std::optional<hub::Result<hub::core::Reply>> AnswerTagsOrTasks(const hub::core::Operation& operation);
  hub::Result<hub::core::Reply> Send(const hub::core::Send& send);
  hub::Result<hub::core::Reply> Publish(const hub::core::Publish& publish);
  hub::Result<hub::core::Reply> Receive(const hub::core::Receive& receive);
  hub::Result<hub::core::Reply> Peek(const hub::core::PeekMessages& peek);
  hub::Result<hub::core::Reply> Delete(const hub::core::Delete& erase);
  hub::core::MessageId Store(const std::string& queue, std::string_view body, const hub::Message& message);

  std::uint64_t last_id_ = 0;
  hub::Tags tags_;                       // Of all queues and topics.
  hub::core::MoveTaskDescription task_;  // The last one.
  std::map<std::string, std::map<std::uint64_t, Stored>> queues_;
  std::map<std::string, std::set<std::uint64_t>> attempts_;  // What each was given.
};

}  // namespace tests::wire
