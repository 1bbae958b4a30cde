// Which of many filters a message satisfies, at a cost that grows with the message and with what it hits, not with the
// number of filters.
//
// Every alternative of every filter has a word of bits, one per indexed condition. Each value of the message finds the
// conditions it satisfies and sets their bits; when the last bit of an alternative is set, its subscription is reached.
// Setting a bit twice changes nothing, so several values of one field count once. The word is stamped with the number
// of the message, so nothing is cleared between messages.
//
// Broad conditions (anything-but, exists) are satisfied by almost every message, so an index of them would hit almost
// every filter. They are checked one by one, only for alternatives whose other conditions have all been met. An
// alternative that has nothing else waits for one of its fields to be present at all, or for any message.
//
// Use, per message: Begin, then Offer for each value, then Finish. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "topics/field_index.h"
#include "topics/subscription.h"

namespace topics {

class FilterIndex {
 public:
  // `first_message` is for tests of what happens when the numbers of messages run out.
  explicit FilterIndex(std::uint32_t first_message = 0) : message_(first_message) {}

  // The subscription must have a filter that is not empty, and must stay where it is until it is removed.
  void Add(const Subscription& subscription);

  // The subscription must have been added.
  void Remove(SubscriptionId id);

  bool IsEmpty() const { return target_of_.empty(); }

  // Whether some filter names the field: if not, its values need not be decoded.
  bool Knows(std::string_view field) const { return fields_.find(field) != fields_.end(); }

  void Begin();

  // The message has this value there. Its text must stay until Finish.
  void Offer(std::string_view field, const Value& value);

  // The message has the field, perhaps without any value.
  void OfferPresence(std::string_view field);

  // Appends each subscription whose filter is satisfied, once.
  void Finish(std::vector<const Subscription*>& reached);

 private:
  struct Field {
    FieldIndex index;
    Postings presence;          // Of alternatives that have only broad conditions.
    std::uint32_t message = 0;  // The last message that had the field, and its values there.
    std::vector<Value> values;
  };

  // Read and written at every hit, so kept small.
  struct Progress {
    std::uint32_t message;  // The last that set a bit.
    std::uint32_t met;
    std::uint32_t needed;
    std::uint32_t target : 31;
    std::uint32_t has_checks : 1;
  };

  // A broad condition, shared by all alternatives that have an equal one.
  struct Judgement {
    std::shared_ptr<const Condition> condition;
    const Field* field;
    std::uint32_t message;  // The last for which it was judged.
    bool holds;
  };

  struct Target {
    const Subscription* subscription;  // Null when removed.
    std::uint32_t message;             // The last that reached it.
  };

  void AddAlternative(const Alternative& alternative, std::uint32_t target);
  void AddCheck(const std::shared_ptr<const Condition>& condition, const Field& field);
  void Present(Field& field);
  void Count(const Postings& postings, std::vector<const Subscription*>& reached);
  void Complete(std::uint32_t alternative, std::vector<const Subscription*>& reached);
  bool Holds(Judgement& judgement) const;
  void Rebuild();

  StringMap<Field> fields_;
  std::size_t longest_field_ = 0;  // Bytes of its name: a longer path need not be hashed.

  // Per alternative: its progress, and where its part of checks_ begins; it ends where the next one's begins.
  std::vector<Progress> progress_;
  std::vector<std::uint32_t> checks_begin_ = {0};
  std::vector<std::uint32_t> checks_;  // What remains to be judged when all bits are set: indices of judgements_.
  std::vector<std::uint32_t> unconditional_;  // Alternatives that need no field to be present.

  std::vector<Judgement> judgements_;
  StringMap<std::uint32_t> judgement_of_;  // By field and list.

  // Per subscription ever added: where it is, and where its alternatives begin.
  std::vector<Target> targets_;
  std::vector<std::uint32_t> alternatives_begin_ = {0};
  std::unordered_map<SubscriptionId, std::uint32_t> target_of_;
  std::size_t dead_ = 0;  // Alternatives of removed subscriptions.

  std::uint32_t message_;
  std::vector<Field*> present_;  // Fields of the current message, in the order offered.
  std::vector<const Postings*> hits_;
};

}  // namespace topics
