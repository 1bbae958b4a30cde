#include "adapters/yaml/actions.h"

#include <algorithm>
#include <string_view>

#include "adapters/yaml/section.h"

namespace adapters::yaml {
namespace {

using hub::Kind;

// "sqs:" for queues, "sns:" for topics: what an action begins with.
std::string PrefixOf(Kind kind) { return kind == Kind::kQueue ? "sqs:" : "sns:"; }

std::vector<std::string> WordsFor(Kind kind) {
  std::vector<std::string> words;
  for (const ActionWord& word : ActionWords()) {
    if (word.kind == kind) words.push_back(word.word);
  }
  return words;
}

std::vector<std::string> ActionsOf(const hub::Node& node, const std::string& path, Kind kind, Report& report) {
  const std::string prefix = PrefixOf(kind);
  if (node.IsString()) {
    if (node.text.starts_with(prefix) && node.text.size() > prefix.size()) return {node.text};
    for (const ActionWord& word : ActionWords()) {
      if (word.kind == kind && word.word == node.text) return word.actions;
    }
  }
  const std::vector<std::string> words = WordsFor(kind);
  report.Mistake(node.place, path + " is not known for a " + std::string(NameOf(kind)) + ": " + Describe(node) + "." +
                                 (node.IsString() ? DidYouMean(node.text, words) : "") + " Write " + Join(words) +
                                 " or an action that begins with " + prefix + ".");
  return {};
}

}  // namespace

const std::vector<ActionWord>& ActionWords() {
  // clang-format off
  static const std::vector<ActionWord> kWords = {
      {Kind::kQueue, "send",              {"sqs:SendMessage", "sqs:GetQueueUrl"}},
      {Kind::kQueue, "receive",           {"sqs:ReceiveMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"}},
      {Kind::kQueue, "delete",            {"sqs:DeleteMessage"}},
      {Kind::kQueue, "change visibility", {"sqs:ChangeMessageVisibility"}},
      {Kind::kQueue, "purge",             {"sqs:PurgeQueue"}},
      {Kind::kQueue, "describe",          {"sqs:GetQueueAttributes", "sqs:GetQueueUrl"}},
      {Kind::kQueue, "set attributes",    {"sqs:SetQueueAttributes"}},
      {Kind::kQueue, "redrive",           {"sqs:StartMessageMoveTask", "sqs:CancelMessageMoveTask",
                                           "sqs:ListMessageMoveTasks", "sqs:ListDeadLetterSourceQueues",
                                           "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}},
      {Kind::kQueue, "tag",               {"sqs:TagQueue", "sqs:UntagQueue", "sqs:ListQueueTags"}},
      {Kind::kQueue, "delete queue",      {"sqs:DeleteQueue"}},
      {Kind::kTopic, "publish",           {"sns:Publish"}},
      {Kind::kTopic, "subscribe",         {"sns:Subscribe"}},
      {Kind::kTopic, "unsubscribe",       {"sns:Unsubscribe"}},
      {Kind::kTopic, "set subscription attributes", {"sns:SetSubscriptionAttributes"}},
      {Kind::kTopic, "describe",          {"sns:GetTopicAttributes"}},
      {Kind::kTopic, "set attributes",    {"sns:SetTopicAttributes"}},
      {Kind::kTopic, "tag",               {"sns:TagResource", "sns:UntagResource", "sns:ListTagsForResource"}},
      {Kind::kTopic, "delete topic",      {"sns:DeleteTopic"}},
  };
  // clang-format on
  return kWords;
}

std::vector<std::string> ReadActions(const hub::Node* node, const std::string& path, Kind kind, Report& report) {
  std::vector<std::string> all;
  for (const auto& [item, item_path] : ItemsOf(node, path)) {
    for (std::string& action : ActionsOf(*item, item_path, kind, report)) {
      if (std::find(all.begin(), all.end(), action) == all.end()) all.push_back(std::move(action));
    }
  }
  return all;
}

}  // namespace adapters::yaml
