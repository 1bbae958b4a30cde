// Errors as AWS words them, and the one table that says what each looks like on the wire.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "hub/base/result.h"

namespace adapters::aws {

// One row of the table: an error of SQS, SNS or both.
struct ErrorKind {
  std::string_view shape;  // JSON: "QueueDoesNotExist"
  std::string_view code;   // Query, and in x-amzn-query-error: "AWS.SimpleQueueService.NonExistentQueue"
  unsigned status;
};

// SQS [aws 4.1, 4.4].
inline constexpr ErrorKind kQueueDoesNotExist{"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400};
inline constexpr ErrorKind kQueueNameExists{"QueueNameExists", "QueueAlreadyExists", 400};
inline constexpr ErrorKind kQueueDeletedRecently{"QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently",
                                                 400};
inline constexpr ErrorKind kPurgeQueueInProgress{"PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress",
                                                 403};
inline constexpr ErrorKind kBatchEntryIdsNotDistinct{"BatchEntryIdsNotDistinct",
                                                     "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400};
inline constexpr ErrorKind kBatchRequestTooLong{"BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong",
                                                400};
inline constexpr ErrorKind kEmptyBatchRequest{"EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400};
inline constexpr ErrorKind kInvalidBatchEntryId{"InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId",
                                                400};
inline constexpr ErrorKind kTooManyEntriesInBatchRequest{"TooManyEntriesInBatchRequest",
                                                         "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400};
inline constexpr ErrorKind kInvalidAddress{"InvalidAddress", "InvalidAddress", 404};
inline constexpr ErrorKind kInvalidAttributeName{"InvalidAttributeName", "InvalidAttributeName", 400};
inline constexpr ErrorKind kInvalidAttributeValue{"InvalidAttributeValue", "InvalidAttributeValue", 400};
inline constexpr ErrorKind kInvalidMessageContents{"InvalidMessageContents", "InvalidMessageContents", 400};
inline constexpr ErrorKind kOverLimit{"OverLimit", "OverLimit", 403};
inline constexpr ErrorKind kReceiptHandleIsInvalid{"ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404};
inline constexpr ErrorKind kRequestThrottled{"RequestThrottled", "RequestThrottled", 403};
inline constexpr ErrorKind kResourceNotFound{"ResourceNotFoundException", "ResourceNotFoundException", 404};
inline constexpr ErrorKind kUnsupportedOperation{"UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation",
                                                 400};
// Not modelled, yet what SQS answers [aws 4].
inline constexpr ErrorKind kInvalidParameterValue{"InvalidParameterValueException", "InvalidParameterValue", 400};
inline constexpr ErrorKind kMissingParameter{"MissingRequiredParameterException", "MissingParameter", 400};
inline constexpr ErrorKind kAccessDenied{"AccessDeniedException", "AccessDenied", 403};

// SNS [aws 4.2].
inline constexpr ErrorKind kAuthorizationError{"AuthorizationErrorException", "AuthorizationError", 403};
inline constexpr ErrorKind kInvalidParameter{"InvalidParameterException", "InvalidParameter", 400};
inline constexpr ErrorKind kParameterValueInvalid{"InvalidParameterValueException", "ParameterValueInvalid", 400};
inline constexpr ErrorKind kNotFound{"NotFoundException", "NotFound", 404};
inline constexpr ErrorKind kSnsResourceNotFound{"ResourceNotFoundException", "ResourceNotFound", 404};
inline constexpr ErrorKind kSnsBatchEntryIdsNotDistinct{"BatchEntryIdsNotDistinctException", "BatchEntryIdsNotDistinct",
                                                        400};
inline constexpr ErrorKind kSnsBatchRequestTooLong{"BatchRequestTooLongException", "BatchRequestTooLong", 400};
inline constexpr ErrorKind kSnsEmptyBatchRequest{"EmptyBatchRequestException", "EmptyBatchRequest", 400};
inline constexpr ErrorKind kSnsInvalidBatchEntryId{"InvalidBatchEntryIdException", "InvalidBatchEntryId", 400};
inline constexpr ErrorKind kSnsTooManyEntriesInBatchRequest{"TooManyEntriesInBatchRequestException",
                                                            "TooManyEntriesInBatchRequest", 400};
inline constexpr ErrorKind kFilterPolicyLimitExceeded{"FilterPolicyLimitExceededException", "FilterPolicyLimitExceeded",
                                                      403};
inline constexpr ErrorKind kSubscriptionLimitExceeded{"SubscriptionLimitExceededException", "SubscriptionLimitExceeded",
                                                      403};
inline constexpr ErrorKind kTagLimitExceeded{"TagLimitExceededException", "TagLimitExceeded", 400};
inline constexpr ErrorKind kThrottled{"ThrottledException", "Throttled", 429};
inline constexpr ErrorKind kInvalidState{"InvalidStateException", "InvalidState", 400};
inline constexpr ErrorKind kValidationError{"ValidationException", "ValidationError", 400};

// Of the endpoint itself.
inline constexpr ErrorKind kInvalidAction{"UnknownOperationException", "InvalidAction", 400};
inline constexpr ErrorKind kUnknownOperation{"UnknownOperationException", "UnknownOperationException", 404};
inline constexpr ErrorKind kMissingAction{"MissingActionException", "MissingAction", 400};
inline constexpr ErrorKind kSerialization{"SerializationException", "SerializationException", 400};
inline constexpr ErrorKind kMalformedInput{"MalformedInput", "MalformedInput", 400};
inline constexpr ErrorKind kMalformedJson{"SerializationException", "MalformedInput", 400};
inline constexpr ErrorKind kMalformedQueryString{"MalformedQueryString", "MalformedQueryString", 404};
inline constexpr ErrorKind kIncompleteSignature{"IncompleteSignatureException", "IncompleteSignature", 400};
inline constexpr ErrorKind kMissingAuthenticationToken{"MissingAuthenticationTokenException",
                                                       "MissingAuthenticationToken", 403};
inline constexpr ErrorKind kInvalidClientTokenId{"UnrecognizedClientException", "InvalidClientTokenId", 403};
inline constexpr ErrorKind kInvalidRequest{"InvalidRequest", "InvalidRequest", 400};
inline constexpr ErrorKind kInternalFailure{"InternalFailure", "InternalFailure", 500};
inline constexpr ErrorKind kServiceUnavailable{"ServiceUnavailable", "ServiceUnavailable", 503};

struct Failure {
  const ErrorKind* kind;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Failure>;

inline tl::unexpected<Failure> Fail(const ErrorKind& kind, std::string message) {
  return tl::unexpected<Failure>({&kind, std::move(message)});
}

enum class Service : std::uint8_t { kSqs, kSns, kSts };

// What the hub answered, as the service words it.
Failure FailureOf(Service service, const hub::Error& error);

// SQS, of one value out of range: "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: ..."
tl::unexpected<Failure> WrongValue(std::string_view value, std::string_view parameter, std::string_view reason);

// SQS: "The request must contain the parameter QueueUrl."
tl::unexpected<Failure> MissingParameter(std::string_view parameter);

// SNS: "Invalid parameter: TopicArn"
tl::unexpected<Failure> InvalidParameter(std::string_view what);

}  // namespace adapters::aws
