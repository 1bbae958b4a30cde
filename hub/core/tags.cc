// Commands on the tags of queues and topics.

#include "hub/base/tags.h"

#include "hub/core/core.h"

namespace hub::core {
namespace {

Tags Without(Tags tags, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) tags.erase(key);
  return tags;
}

Tags With(Tags tags, const Tags& more) {
  for (const auto& [key, value] : more) tags[key] = value;
  return tags;
}

Result<void> CheckAny(bool any) {
  if (any) return {};
  return Fail(Code::kMissingArgument, "The request names no tags.");
}

}  // namespace

void Core::NoteTags(const std::string& arn, const ResourceRecord& record) {
  if (record.tags.empty()) {
    tagged_.erase(arn);
  } else {
    tagged_[arn] = &record.tags;
  }
}

// Whoever creates something with tags must be allowed to tag it.
Result<void> Core::MayTag(const ResourceName& name, const Tags& tags, const Command& command, Turn& turn) {
  if (tags.empty()) return {};
  if (command.caller) {
    const std::string_view action = name.kind == Kind::kQueue ? "sqs:TagQueue" : "sns:TagResource";
    auto may = Authorise(*command.caller, action, ArnOf(name), name.account, turn, TagsIn(command.operation));
    if (!may) return may;
  }
  return CheckTags(tags);
}

// Decisions that are kept, and receives that wait, hold for one generation of the policies: what a condition says of
// the tags may have changed.
template <typename Entry>
void Core::SetTags(Entry& entry, const Tags& tags, Turn& turn) {
  entry.record.tags = tags;
  NoteTags(entry.arn, entry.record);
  SetResourcePolicies(entry.arn, entry.settings.policy);
  Store(entry, turn);
}
template void Core::SetTags(QueueEntry& entry, const Tags& tags, Turn& turn);
template void Core::SetTags(TopicEntry& entry, const Tags& tags, Turn& turn);

template <typename Entry>
Core::Outcome Core::ChangeTags(Entry& entry, const Tags& tags, Turn& turn) {
  if (auto may = MayChange(entry.declared_at, entry.label); !may) return tl::unexpected(may.error());
  if (auto checked = CheckTags(tags); !checked) return tl::unexpected(checked.error());
  SetTags(entry, tags, turn);
  return Reply(DoneReply());
}

Core::Outcome Core::Handle(TagQueue& tag, Command& command, Turn& turn) {
  auto queue = QueueFor(tag.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  if (auto any = CheckAny(!tag.tags.empty()); !any) return tl::unexpected(any.error());
  return ChangeTags(**queue, With((*queue)->record.tags, tag.tags), turn);
}

Core::Outcome Core::Handle(UntagQueue& untag, Command& command, Turn& turn) {
  auto queue = QueueFor(untag.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  if (auto any = CheckAny(!untag.keys.empty()); !any) return tl::unexpected(any.error());
  return ChangeTags(**queue, Without((*queue)->record.tags, untag.keys), turn);
}

Core::Outcome Core::Handle(ListQueueTags& list, Command& command, Turn& turn) {
  auto queue = QueueFor(list.queue, command, turn);
  if (!queue) return tl::unexpected(queue.error());
  return Reply(TagsReply{(*queue)->record.tags});
}

Core::Outcome Core::Handle(TagTopic& tag, Command& command, Turn& turn) {
  auto topic = TopicFor(tag.topic, command, turn);
  if (!topic) return tl::unexpected(topic.error());
  if (auto any = CheckAny(!tag.tags.empty()); !any) return tl::unexpected(any.error());
  return ChangeTags(**topic, With((*topic)->record.tags, tag.tags), turn);
}

Core::Outcome Core::Handle(UntagTopic& untag, Command& command, Turn& turn) {
  auto topic = TopicFor(untag.topic, command, turn);
  if (!topic) return tl::unexpected(topic.error());
  if (auto any = CheckAny(!untag.keys.empty()); !any) return tl::unexpected(any.error());
  return ChangeTags(**topic, Without((*topic)->record.tags, untag.keys), turn);
}

Core::Outcome Core::Handle(ListTopicTags& list, Command& command, Turn& turn) {
  auto topic = TopicFor(list.topic, command, turn);
  if (!topic) return tl::unexpected(topic.error());
  return Reply(TagsReply{(*topic)->record.tags});
}

}  // namespace hub::core
