#include "hub/base/names.h"

#include <algorithm>

#include "hub/base/arn.h"

namespace hub {
namespace {

constexpr std::string_view kFifoSuffix = ".fifo";

std::string_view ServiceOf(Kind kind) { return kind == Kind::kQueue ? "sqs" : "sns"; }

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// At a mismatch the last * takes one character more: at most quadratic.
bool MatchesText(std::string_view pattern, std::string_view text) {
  std::size_t star = std::string_view::npos;
  std::size_t taken = 0;  // By that *: the text up to here.
  std::size_t p = 0;
  for (std::size_t t = 0; t < text.size();) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

std::string_view NameOf(Kind kind) { return kind == Kind::kQueue ? "queue" : "topic"; }

std::string_view NameOf(Code code) {
  switch (code) {
    case Code::kAccessDenied: return "AccessDenied";
    case Code::kInvalidArgument: return "InvalidArgument";
    case Code::kMissingArgument: return "MissingArgument";
    case Code::kQueueNotFound: return "QueueNotFound";
    case Code::kQueueExists: return "QueueExists";
    case Code::kTopicNotFound: return "TopicNotFound";
    case Code::kTopicExists: return "TopicExists";
    case Code::kSubscriptionNotFound: return "SubscriptionNotFound";
    case Code::kSubscriptionExists: return "SubscriptionExists";
    case Code::kFilterPolicyInvalid: return "FilterPolicyInvalid";
    case Code::kTaskNotFound: return "TaskNotFound";
    case Code::kTooManyTags: return "TooManyTags";
    case Code::kReceiptHandleInvalid: return "ReceiptHandleInvalid";
    case Code::kNotInFlight: return "NotInFlight";
    case Code::kMessageTooLarge: return "MessageTooLarge";
    case Code::kBatchTooLarge: return "BatchTooLarge";
    case Code::kTooManyInFlight: return "TooManyInFlight";
    case Code::kDeclaredInYaml: return "DeclaredInYaml";
    case Code::kNoSpace: return "NoSpace";
    case Code::kOverloaded: return "Overloaded";
    case Code::kMalformed: return "Malformed";
    case Code::kUnknownOperation: return "UnknownOperation";
    case Code::kUnavailable: return "Unavailable";
    case Code::kStorage: return "Storage";
    case Code::kAttributeUnknown: return "AttributeUnknown";
    case Code::kAttributeInvalid: return "AttributeInvalid";
    case Code::kMessageInvalid: return "MessageInvalid";
    case Code::kQueueDeletedRecently: return "QueueDeletedRecently";
    case Code::kPurgeInProgress: return "PurgeInProgress";
    case Code::kHandleExpired: return "HandleExpired";
    case Code::kNotADeadLetterQueue: return "NotADeadLetterQueue";
    case Code::kTaskRunning: return "TaskRunning";
    case Code::kTaskHandleInvalid: return "TaskHandleInvalid";
    case Code::kLabelTaken: return "LabelTaken";
    case Code::kLabelUnknown: return "LabelUnknown";
    case Code::kDeduplicationMissing: return "DeduplicationMissing";
    case Code::kGroupMissing: return "GroupMissing";
    case Code::kOverLimit: return "OverLimit";
  }
  return "Unknown";
}

std::string ArnOf(const ResourceName& resource) {
  std::string arn = "arn:aws:";
  arn.append(ServiceOf(resource.kind)).append(":").append(resource.region).append(":");
  return arn.append(resource.account).append(":").append(resource.name);
}

bool IsAccountId(std::string_view text) {
  return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsFifoName(std::string_view name) { return name.ends_with(kFifoSuffix); }

bool IsResourceName(Kind kind, std::string_view name) {
  const std::size_t size_max = kind == Kind::kQueue ? 80 : 256;
  if (name.size() > size_max) return false;
  if (IsFifoName(name)) name.remove_suffix(kFifoSuffix.size());
  const bool is_pattern = kind == Kind::kTopicPattern;
  return !name.empty() && is_pattern == IsPattern(name) &&
         std::all_of(name.begin(), name.end(), [=](char c) { return IsNameCharacter(c) || (is_pattern && c == '*'); });
}

bool Matches(const ResourceName& pattern, const ResourceName& topic) {
  return topic.kind == Kind::kTopic && topic.account == pattern.account && topic.region == pattern.region &&
         IsFifoName(topic.name) == IsFifoName(pattern.name) && MatchesText(pattern.name, topic.name);
}

Result<ResourceName> ParseResourceName(Kind kind, std::string_view text, std::string_view account,
                                       std::string_view region) {
  ResourceName resource{.account = std::string(account), .region = std::string(region), .kind = kind, .name = ""};
  if (text.starts_with("arn:")) {
    auto arn = ParseArn(text);
    if (!arn) return tl::unexpected(arn.error());
    if (arn->service != ServiceOf(kind)) {
      return Fail(Code::kInvalidArgument,
                  "\"" + std::string(text) + "\" is not the ARN of a " + std::string(NameOf(kind)) + ".");
    }
    resource.account = std::move(arn->account);
    resource.region = std::move(arn->region);
    resource.name = std::move(arn->resource);
  } else if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    resource.account = text.substr(0, slash);
    resource.name = text.substr(slash + 1);
  } else {
    resource.name = text;
  }
  if (!IsAccountId(resource.account)) {
    return Fail(Code::kInvalidArgument, "\"" + resource.account + "\" is not an account: twelve digits.");
  }
  if (resource.region.find('*') != std::string::npos) {
    return Fail(Code::kInvalidArgument, "\"" + resource.region + "\" is not a region.");
  }
  if (!IsResourceName(kind, resource.name)) {
    return Fail(Code::kInvalidArgument, "\"" + resource.name + "\" is not the name of a " + std::string(NameOf(kind)) +
                                            ". Use letters, digits, hyphens and underscores, " +
                                            (kind == Kind::kTopicPattern ? "and * for any run of them, " : "") +
                                            (kind == Kind::kQueue ? "1 to 80." : "1 to 256."));
  }
  return resource;
}

}  // namespace hub
