// The table of errors, as a client sees each of them.
#include "adapters/aws/error.h"

#include <gtest/gtest.h>

#include "adapters/aws/answer.h"
#include "adapters/aws/call.h"

namespace tests::aws {
namespace {

namespace kinds = adapters::aws;
using adapters::aws::Call;
using adapters::aws::ErrorKind;
using adapters::aws::Failure;
using adapters::aws::FailureOf;
using adapters::aws::Protocol;
using adapters::aws::Service;
using adapters::aws::WriteFailure;
using adapters::wire::http::Response;
using hub::Code;

Response Answer(Service service, Protocol protocol, const Failure& failure) {
  Call call;
  call.service = service;
  call.protocol = protocol;
  call.request_id = "id";
  return WriteFailure(call, failure);
}

struct Row {
  const ErrorKind& kind;
  const char* shape;
  const char* code;
  unsigned status;
};

// As the public models of the services have them.
const Row kSqsRows[] = {
    {kinds::kQueueDoesNotExist, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400},
    {kinds::kQueueNameExists, "QueueNameExists", "QueueAlreadyExists", 400},
    {kinds::kQueueDeletedRecently, "QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently", 400},
    {kinds::kPurgeQueueInProgress, "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403},
    {kinds::kBatchEntryIdsNotDistinct, "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
     400},
    {kinds::kBatchRequestTooLong, "BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400},
    {kinds::kEmptyBatchRequest, "EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400},
    {kinds::kInvalidBatchEntryId, "InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400},
    {kinds::kTooManyEntriesInBatchRequest, "TooManyEntriesInBatchRequest",
     "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400},
    {kinds::kUnsupportedOperation, "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400},
    {kinds::kInvalidAddress, "InvalidAddress", "InvalidAddress", 404},
    {kinds::kInvalidAttributeName, "InvalidAttributeName", "InvalidAttributeName", 400},
    {kinds::kInvalidAttributeValue, "InvalidAttributeValue", "InvalidAttributeValue", 400},
    {kinds::kInvalidMessageContents, "InvalidMessageContents", "InvalidMessageContents", 400},
    {kinds::kOverLimit, "OverLimit", "OverLimit", 403},
    {kinds::kReceiptHandleIsInvalid, "ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 404},
    {kinds::kRequestThrottled, "RequestThrottled", "RequestThrottled", 403},
    {kinds::kResourceNotFound, "ResourceNotFoundException", "ResourceNotFoundException", 404},
    {kinds::kInvalidParameterValue, "InvalidParameterValueException", "InvalidParameterValue", 400},
    {kinds::kMissingParameter, "MissingRequiredParameterException", "MissingParameter", 400},
    {kinds::kAccessDenied, "AccessDeniedException", "AccessDenied", 403},
    {kinds::kSerialization, "SerializationException", "SerializationException", 400},
    {kinds::kInvalidAction, "UnknownOperationException", "InvalidAction", 400},
    {kinds::kUnknownOperation, "UnknownOperationException", "UnknownOperationException", 404},
    {kinds::kMissingAuthenticationToken, "MissingAuthenticationTokenException", "MissingAuthenticationToken", 403},
    {kinds::kInvalidClientTokenId, "UnrecognizedClientException", "InvalidClientTokenId", 403},
    {kinds::kMalformedQueryString, "MalformedQueryString", "MalformedQueryString", 404},
    {kinds::kInternalFailure, "InternalFailure", "InternalFailure", 500},
    {kinds::kServiceUnavailable, "ServiceUnavailable", "ServiceUnavailable", 503},
};

const Row kSnsRows[] = {
    {kinds::kAuthorizationError, "AuthorizationErrorException", "AuthorizationError", 403},
    {kinds::kInvalidParameter, "InvalidParameterException", "InvalidParameter", 400},
    {kinds::kParameterValueInvalid, "InvalidParameterValueException", "ParameterValueInvalid", 400},
    {kinds::kNotFound, "NotFoundException", "NotFound", 404},
    {kinds::kSnsResourceNotFound, "ResourceNotFoundException", "ResourceNotFound", 404},
    {kinds::kSnsBatchEntryIdsNotDistinct, "BatchEntryIdsNotDistinctException", "BatchEntryIdsNotDistinct", 400},
    {kinds::kSnsBatchRequestTooLong, "BatchRequestTooLongException", "BatchRequestTooLong", 400},
    {kinds::kSnsEmptyBatchRequest, "EmptyBatchRequestException", "EmptyBatchRequest", 400},
    {kinds::kSnsInvalidBatchEntryId, "InvalidBatchEntryIdException", "InvalidBatchEntryId", 400},
    {kinds::kSnsTooManyEntriesInBatchRequest, "TooManyEntriesInBatchRequestException", "TooManyEntriesInBatchRequest",
     400},
    {kinds::kFilterPolicyLimitExceeded, "FilterPolicyLimitExceededException", "FilterPolicyLimitExceeded", 403},
    {kinds::kSubscriptionLimitExceeded, "SubscriptionLimitExceededException", "SubscriptionLimitExceeded", 403},
    {kinds::kTagLimitExceeded, "TagLimitExceededException", "TagLimitExceeded", 400},
    {kinds::kThrottled, "ThrottledException", "Throttled", 429},
    {kinds::kValidationError, "ValidationException", "ValidationError", 400},
};

// rule: aws 2 what an error looks like in JSON
// rule: aws 3 the header that tells the older code has exactly two parts
// rule: aws 4 errors that the model does not name
// rule: aws 5 every error in JSON has that header
TEST(ErrorTest, OfSqsInJson) {
  for (const Row& row : kSqsRows) {
    SCOPED_TRACE(row.shape);
    const Response response = Answer(Service::kSqs, Protocol::kJson, {&row.kind, "Say \"why\"."});
    const std::string fault = row.status < 500 ? "Sender" : "Receiver";
    EXPECT_EQ(response.status, row.status);
    EXPECT_EQ(response.content_type, "application/x-amz-json-1.0");
    EXPECT_EQ(response.fields,
              "x-amzn-RequestId: id\r\nx-amzn-query-error: " + std::string(row.code) + ";" + fault + "\r\n");
    EXPECT_EQ(response.body,
              R"({"__type":"com.amazonaws.sqs#)" + std::string(row.shape) + R"(","message":"Say \"why\"."})");
  }
}

// rule: aws 13 XML name spaces of errors
TEST(ErrorTest, InXml) {
  const auto expect = [](Service service, const Row& row, std::string_view space, std::string_view detail) {
    SCOPED_TRACE(row.shape);
    const Response response = Answer(service, Protocol::kQuery, {&row.kind, "Why <not>?"});
    EXPECT_EQ(response.status, row.status);
    EXPECT_EQ(response.content_type, "text/xml");
    EXPECT_EQ(response.fields, "x-amzn-RequestId: id\r\n");
    std::string body = "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"";
    body.append(space).append("\"><Error><Type>").append(row.status < 500 ? "Sender" : "Receiver");
    body.append("</Type><Code>").append(row.code).append("</Code><Message>Why &lt;not&gt;?</Message>").append(detail);
    EXPECT_EQ(response.body, body + "</Error><RequestId>id</RequestId></ErrorResponse>");
  };
  for (const Row& row : kSqsRows) {
    if (&row.kind == &kinds::kUnknownOperation || &row.kind == &kinds::kQueueDoesNotExist) continue;
    expect(Service::kSqs, row, "http://queue.amazonaws.com/doc/2012-11-05/", "<Detail/>");
  }
  for (const Row& row : kSnsRows) expect(Service::kSns, row, "http://sns.amazonaws.com/doc/2010-03-31/", "");
}

// rule: aws 1 of a missing queue the Query protocol says more
// rule: aws 9 the XML that answers a path without an action
TEST(ErrorTest, WithXmlOfTheirOwn) {
  const Failure missing{&kinds::kQueueDoesNotExist, "The specified queue does not exist."};
  const Response query = Answer(Service::kSqs, Protocol::kQuery, missing);
  EXPECT_NE(query.body.find("<Message>The specified queue does not exist for this wsdl version.</Message>"),
            std::string::npos);
  const Response unknown = Answer(Service::kSqs, Protocol::kQuery, {&kinds::kUnknownOperation, ""});
  EXPECT_EQ(unknown.status, 404u);
  EXPECT_EQ(unknown.body, "<?xml version=\"1.0\"?>\n<UnknownOperationException/>");
}

TEST(ErrorTest, OfAQueryThatWantsJson) {
  const Response response = Answer(Service::kSns, Protocol::kQueryJson, {&kinds::kNotFound, "Topic does not exist"});
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body,
            R"({"Error":{"Code":"NotFound","Message":"Topic does not exist","Type":"Sender"},"RequestId":"id"})");
}

TEST(ErrorTest, SaysWhatTheClientSentEvenIfThatIsNoText) {
  const Response response = Answer(Service::kSqs, Protocol::kJson, {&kinds::kUnknownOperation, "\xff?"});
  EXPECT_NE(response.body.find("\"message\":\"\ufffd?\""), std::string::npos);
}

// What the hub answers, in the words of either service.
TEST(ErrorTest, OfTheHub) {
  const struct {
    Service service;
    hub::Error error;
    const ErrorKind& kind;
    const char* message;
  } cases[] = {
      {Service::kSqs, {Code::kQueueNotFound, "x"}, kinds::kQueueDoesNotExist, "The specified queue does not exist."},
      {Service::kSqs, {Code::kQueueExists, "x"}, kinds::kQueueNameExists, "x"},
      {Service::kSqs, {Code::kAccessDenied, "x"}, kinds::kAccessDenied, "x"},
      {Service::kSqs,
       {Code::kMissingArgument, "x", "MessageBody"},
       kinds::kMissingParameter,
       "The request must contain the parameter MessageBody."},
      {Service::kSqs, {Code::kMissingArgument, "x"}, kinds::kMissingParameter, "x"},
      {Service::kSqs,
       {Code::kGroupMissing, "x"},
       kinds::kMissingParameter,
       "The request must contain the parameter MessageGroupId."},
      {Service::kSqs, {Code::kInvalidArgument, "x"}, kinds::kInvalidParameterValue, "x"},
      {Service::kSqs,
       {Code::kMessageTooLarge, "Message must be shorter than 9 bytes."},
       kinds::kInvalidParameterValue,
       "One or more parameters are invalid. Reason: Message must be shorter than 9 bytes."},
      {Service::kSqs,
       {Code::kHandleExpired, "x", "h"},
       kinds::kInvalidParameterValue,
       "Value h for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."},
      {Service::kSqs,
       {Code::kNotInFlight, "x", "h"},
       kinds::kInvalidParameterValue,
       "Value h for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for "
       "visibility timeout change."},
      {Service::kSqs,
       {Code::kLabelTaken, "x", "l"},
       kinds::kInvalidParameterValue,
       "Value l for parameter Label is invalid. Reason: Already exists."},
      {Service::kSqs,
       {Code::kLabelUnknown, "x", "l"},
       kinds::kInvalidParameterValue,
       "Value l for parameter Label is invalid. Reason: can't find label."},
      {Service::kSqs,
       {Code::kPurgeInProgress, "x", "q"},
       kinds::kPurgeQueueInProgress,
       "Only one PurgeQueue operation on q is allowed every 60 seconds."},
      {Service::kSqs,
       {Code::kQueueDeletedRecently, "x"},
       kinds::kQueueDeletedRecently,
       "You must wait 60 seconds after deleting a queue before you can create another with the same name."},
      {Service::kSqs,
       {Code::kAttributeUnknown, "Unknown Attribute F."},
       kinds::kInvalidAttributeName,
       "Unknown Attribute F."},
      {Service::kSqs,
       {Code::kAttributeInvalid, "x", "DelaySeconds"},
       kinds::kInvalidAttributeValue,
       "Invalid value for the parameter DelaySeconds."},
      {Service::kSqs,
       {Code::kAttributeInvalid, "Invalid value for the parameter FifoQueue. Reason: It is one.", "FifoQueue"},
       kinds::kInvalidAttributeValue,
       "Invalid value for the parameter FifoQueue. Reason: It is one."},
      {Service::kSqs,
       {Code::kAttributeInvalid, "Value x for parameter RedrivePolicy is invalid. Reason: y.", "RedrivePolicy"},
       kinds::kInvalidParameterValue,
       "Value x for parameter RedrivePolicy is invalid. Reason: y."},
      {Service::kSqs, {Code::kTooManyInFlight, "x"}, kinds::kOverLimit, "x"},
      {Service::kSqs, {Code::kOverloaded, "x"}, kinds::kRequestThrottled, "x"},
      {Service::kSqs, {Code::kNoSpace, "x"}, kinds::kServiceUnavailable, "x"},
      {Service::kSqs, {Code::kUnavailable, "x"}, kinds::kServiceUnavailable, "x"},
      {Service::kSqs, {Code::kStorage, "/var/secret"}, kinds::kInternalFailure, "The hub could not do this."},
      {Service::kSns, {Code::kTopicNotFound, "x"}, kinds::kNotFound, "Topic does not exist"},
      {Service::kSns, {Code::kSubscriptionNotFound, "x"}, kinds::kNotFound, "Subscription does not exist"},
      {Service::kSns, {Code::kAccessDenied, "x"}, kinds::kAuthorizationError, "x"},
      {Service::kSns, {Code::kInvalidArgument, "x"}, kinds::kInvalidParameter, "Invalid parameter: x"},
      {Service::kSns, {Code::kInvalidArgument, "x", "MessageAttributes"}, kinds::kParameterValueInvalid, "x"},
      {Service::kSns,
       {Code::kMissingArgument, "x", "MessageBody"},
       kinds::kInvalidParameter,
       "Invalid parameter: Empty message"},
      {Service::kSns, {Code::kOverLimit, "x"}, kinds::kSubscriptionLimitExceeded, "x"},
      {Service::kSns, {Code::kOverLimit, "x", "FilterPolicy"}, kinds::kFilterPolicyLimitExceeded, "x"},
      {Service::kSns, {Code::kOverLimit, "x", "Policy"}, kinds::kInvalidParameter, "Invalid parameter: x"},
      {Service::kSns,
       {Code::kGroupMissing, "x"},
       kinds::kInvalidParameter,
       "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"},
      {Service::kSns,
       {Code::kTopicExists, "x", "Tags"},
       kinds::kInvalidParameter,
       "Invalid parameter: Tags Reason: Topic already exists with different tags"},
      {Service::kSns,
       {Code::kTopicExists, "x"},
       kinds::kInvalidParameter,
       "Invalid parameter: Attributes Reason: Topic already exists with different attributes"},
      {Service::kSns, {Code::kOverloaded, "x"}, kinds::kThrottled, "x"},
      {Service::kSns, {Code::kStorage, "/var/secret"}, kinds::kInternalFailure, "The hub could not do this."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(NameOf(c.error.code)) + " " + c.error.about);
    const Failure failure = FailureOf(c.service, c.error);
    EXPECT_EQ(failure.kind, &c.kind);
    EXPECT_EQ(failure.message, c.message);
  }
}

// Whatever the code, there is an answer, and none of them is the client's fault when it is the hub's.
TEST(ErrorTest, EveryCodeOfTheHubHasAnAnswer) {
  for (int code = 0; code <= static_cast<int>(hub::kCodeLast); ++code) {
    for (const Service service : {Service::kSqs, Service::kSns, Service::kSts}) {
      const Failure failure = FailureOf(service, {static_cast<Code>(code), "Why."});
      EXPECT_FALSE(failure.message.empty());
      EXPECT_GE(failure.kind->status, 400u);
    }
  }
}

}  // namespace
}  // namespace tests::aws
