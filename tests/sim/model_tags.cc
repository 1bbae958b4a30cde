// The reference for the tags of queues and topics.

#include "tests/sim/model.h"

namespace sim {

using hub::Tags;
using hub::core::TagsReply;

namespace {

Tags With(Tags tags, const Tags& more) {
  for (const auto& [key, value] : more) tags[key] = value;
  return tags;
}

}  // namespace

void Model::ChangeTags(Tags* tags, const Tags& more, const std::vector<std::string>& less, const Event& event) {
  if (!tags) return;
  Tags changed = With(*tags, more);
  for (const std::string& key : less) changed.erase(key);
  std::optional<Code> expected;
  if (more.empty() && less.empty()) {
    expected = Code::kMissingArgument;
  } else if (changed.size() > hub::kTagsMax) {
    expected = Code::kTooManyTags;
  }
  if (!Refused(event, expected)) *tags = std::move(changed);
}

void Model::CheckTags(const Tags* tags, const Event& event) {
  if (!tags || Refused(event, std::nullopt)) return;
  if (std::get<TagsReply>(**event.reply).tags != *tags) Fail(event, "lists other tags");
}

// Those of the queue that the command names; null when it was refused for another reason than for its tags.
Tags* Model::TagsOfQueue(const std::string& queue, const Event& event) {
  const auto found = queues_.find(queue);
  if (MayUse(event.issued->caller, queue) && found != queues_.end()) return &found->second.tags;
  QueueFor(event, queue);
  return nullptr;
}

Tags* Model::TagsOfTopic(const std::string& topic, const Event& event) {
  const auto found = topics_.find(topic);
  const bool allowed = event.issued->caller <= CallerKind::kOwner;
  if (allowed && found != topics_.end()) return &found->second.tags;
  Refused(event, allowed ? Code::kTopicNotFound : Code::kAccessDenied);
  return nullptr;
}

void Model::Check(const hub::core::TagQueue& tag, const Event& event) {
  ChangeTags(TagsOfQueue(tag.queue, event), tag.tags, {}, event);
}

void Model::Check(const hub::core::UntagQueue& untag, const Event& event) {
  ChangeTags(TagsOfQueue(untag.queue, event), {}, untag.keys, event);
}

void Model::Check(const hub::core::ListQueueTags& list, const Event& event) {
  CheckTags(TagsOfQueue(list.queue, event), event);
}

void Model::Check(const hub::core::TagTopic& tag, const Event& event) {
  ChangeTags(TagsOfTopic(tag.topic, event), tag.tags, {}, event);
}

void Model::Check(const hub::core::UntagTopic& untag, const Event& event) {
  ChangeTags(TagsOfTopic(untag.topic, event), {}, untag.keys, event);
}

void Model::Check(const hub::core::ListTopicTags& list, const Event& event) {
  CheckTags(TagsOfTopic(list.topic, event), event);
}

}  // namespace sim
