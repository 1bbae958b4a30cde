#include "adapters/aws/error.h"

namespace adapters::aws {
namespace {

using hub::Code;

constexpr std::string_view kNoQueue = "The specified queue does not exist.";

// [aws 30] SQS says of a few attributes what is wrong with their value.
Failure AttributeFailure(const hub::Error& error) {
  const std::string bare = "Invalid value for the parameter " + error.about + ".";
  if (error.message.starts_with(bare)) return {&kInvalidAttributeValue, error.message};
  if (error.about == "RedrivePolicy" && error.message.starts_with("Value ")) {
    return {&kInvalidParameterValue, error.message};
  }
  return {&kInvalidAttributeValue, bare};
}

// [aws 90, 91, 94, 96] and the rest of what SQS has words of its own for; the hub's words otherwise.
Failure SqsFailure(const hub::Error& error) {
  const auto of = [&](const ErrorKind& kind) { return Failure{&kind, error.message}; };
  const auto parameter = [&](const std::string& name, const std::string& reason) {
    return Failure{&kInvalidParameterValue,
                   "Value " + error.about + " for parameter " + name + " is invalid. Reason: " + reason};
  };
  switch (error.code) {
    case Code::kAccessDenied: return of(kAccessDenied);
    case Code::kMissingArgument:
      return error.about.empty() ? of(kMissingParameter) : MissingParameter(error.about).value();
    case Code::kQueueNotFound: return {&kQueueDoesNotExist, std::string(kNoQueue)};
    case Code::kQueueExists: return of(kQueueNameExists);
    case Code::kTaskNotFound: return {&kResourceNotFound, "Task does not exist."};
    case Code::kReceiptHandleInvalid: return of(kReceiptHandleIsInvalid);
    case Code::kNotInFlight:
      return {&kInvalidParameterValue,
              "Value " + error.about +
                  " for parameter ReceiptHandle is invalid. Reason: Message does not exist or is "
                  "not available for visibility timeout change."};
    case Code::kHandleExpired: return parameter("ReceiptHandle", "The receipt handle has expired.");
    case Code::kMessageTooLarge:
      return {&kInvalidParameterValue, "One or more parameters are invalid. Reason: " + error.message};
    case Code::kMessageInvalid:
      return {&kInvalidMessageContents,
              "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
              "#xFFFD | #x10000 to #x10FFFF"};
    case Code::kBatchTooLarge: return of(kTooManyEntriesInBatchRequest);
    case Code::kTooManyInFlight:
    case Code::kOverLimit: return of(kOverLimit);
    case Code::kAttributeUnknown: return of(kInvalidAttributeName);
    case Code::kAttributeInvalid: return AttributeFailure(error);
    case Code::kQueueDeletedRecently:
      return {&kQueueDeletedRecently,
              "You must wait 60 seconds after deleting a queue before you can create another with the same name."};
    case Code::kPurgeInProgress:
      return {&kPurgeQueueInProgress,
              "Only one PurgeQueue operation on " + error.about + " is allowed every 60 seconds."};
    case Code::kNotADeadLetterQueue:
      return {&kInvalidParameterValue, "Source queue must be configured as a Dead Letter Queue."};
    case Code::kTaskRunning:
      return {&kInvalidParameterValue,
              "There is already a task running. Only one active task is allowed for a source queue arn at a given "
              "time."};
    case Code::kTaskHandleInvalid: return {&kInvalidParameterValue, "Value for parameter TaskHandle is invalid."};
    case Code::kLabelTaken: return parameter("Label", "Already exists.");
    case Code::kLabelUnknown: return parameter("Label", "can't find label.");
    case Code::kDeduplicationMissing:
      return {&kInvalidParameterValue,
              "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
              "explicitly"};
    case Code::kGroupMissing: return {&kMissingParameter, "The request must contain the parameter MessageGroupId."};
    case Code::kOverloaded: return of(kRequestThrottled);
    case Code::kNoSpace:
    case Code::kUnavailable: return of(kServiceUnavailable);
    case Code::kDeclaredInYaml: return of(kUnsupportedOperation);
    case Code::kStorage: return {&kInternalFailure, "The hub could not do this."};
    default: return of(kInvalidParameterValue);
  }
}

Failure LimitFailure(const hub::Error& error) {
  if (error.about == "Policy") return {&kInvalidParameter, "Invalid parameter: " + error.message};
  return {error.about == "FilterPolicy" ? &kFilterPolicyLimitExceeded : &kSubscriptionLimitExceeded, error.message};
}

Failure SnsFailure(const hub::Error& error) {
  const auto of = [&](const ErrorKind& kind) { return Failure{&kind, error.message}; };
  const auto invalid = [](std::string what) {
    return Failure{&kInvalidParameter, "Invalid parameter: " + std::move(what)};
  };
  switch (error.code) {
    case Code::kAccessDenied: return of(kAuthorizationError);
    case Code::kTopicNotFound: return {&kNotFound, "Topic does not exist"};
    case Code::kSubscriptionNotFound: return {&kNotFound, "Subscription does not exist"};
    case Code::kTopicExists:
      return invalid(error.about == "Tags" ? "Tags Reason: Topic already exists with different tags"
                                           : "Attributes Reason: Topic already exists with different attributes");
    case Code::kAttributeUnknown: return invalid("AttributeName");
    case Code::kTooManyTags:
      return {&kTagLimitExceeded, "Could not complete request: tag quota of per resource exceeded"};
    case Code::kGroupMissing: return invalid("The MessageGroupId parameter is required for FIFO topics");
    case Code::kDeduplicationMissing:
      return invalid(
          "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
          "explicitly");
    case Code::kMessageTooLarge: return invalid("Message too long");
    case Code::kLabelTaken: return invalid("Statement already exists");
    case Code::kOverLimit: return LimitFailure(error);
    case Code::kMissingArgument: return invalid(error.about == "MessageBody" ? "Empty message" : error.message);
    case Code::kInvalidArgument:
      if (error.about == "MessageAttributes") return of(kParameterValueInvalid);  // [aws 122]
      return invalid(error.message);
    case Code::kOverloaded: return of(kThrottled);
    case Code::kNoSpace:
    case Code::kUnavailable: return of(kServiceUnavailable);
    case Code::kStorage: return {&kInternalFailure, "The hub could not do this."};
    default: return invalid(error.message);
  }
}

}  // namespace

Failure FailureOf(Service service, const hub::Error& error) {
  return service == Service::kSns ? SnsFailure(error) : SqsFailure(error);
}

tl::unexpected<Failure> WrongValue(std::string_view value, std::string_view parameter, std::string_view reason) {
  std::string message = "Value ";
  message.append(value).append(" for parameter ").append(parameter).append(" is invalid. Reason: ").append(reason);
  return Fail(kInvalidParameterValue, std::move(message));
}

tl::unexpected<Failure> MissingParameter(std::string_view parameter) {
  return Fail(kMissingParameter, "The request must contain the parameter " + std::string(parameter) + ".");
}

tl::unexpected<Failure> InvalidParameter(std::string_view what) {
  return Fail(kInvalidParameter, "Invalid parameter: " + std::string(what));
}

}  // namespace adapters::aws
