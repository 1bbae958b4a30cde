// The conversations of tests/wire/*.http, with the whole hub behind the endpoint.
#include <gtest/gtest.h>

#include "tests/aws/hub_fixture.h"
#include "tests/http/peer.h"
#include "tests/wire/http_conversation.h"

namespace tests::aws {
namespace {

void ExpectAsWritten(const char* name) {
  RunningHub hub;
  EXPECT_EQ(wire::PlayHttp(std::string(WIRE_CONVERSATIONS) + "/" + name + ".http",
                           [&](const std::string& request) {
                             http::Peer peer(hub.address());
                             const http::Answer answer = peer.Ask(request);
                             return answer.head + "\r\n" + answer.body;
                           }),
            "");
}

// rule: aws 1 a queue that is not there, in both protocols
// rule: aws 2 what an error looks like in JSON
// rule: aws 3 the header that tells the older error code
// rule: aws 4 codes of errors that the service's model does not name
// rule: aws 5 every error in JSON has that header
// rule: aws 6 the header does not wait for the client to ask
// rule: aws 7 an action that there is not
// rule: aws 8 an action of the account, sent to a queue's path
// rule: aws 9 a queue's path without an action
// rule: aws 10 calls in a URL, JSON sent to a queue's path, answers in JSON to the query protocol
// rule: aws 11 a queue named by its bare name, or by the path alone
// rule: aws 12 URLs of queues are those at which the client reached the hub
// rule: aws 13 XML name spaces
// rule: aws 16 null in JSON is absence
TEST(ConversationTest, ProtocolAndErrors) { ExpectAsWritten("protocol"); }

// rule: aws 15 the two members whose names begin in lower case
// rule: aws 17 empty lists are left out of answers
// rule: aws 18 attributes are texts; seconds here, milliseconds there
// rule: aws 56 no digest without attributes
// rule: aws 57 the digest covers the attributes that are returned
// rule: aws 72 which attributes a receive asks for
TEST(ConversationTest, SqsInJson) { ExpectAsWritten("sqs_json"); }

// rule: aws 14 lists in the query protocol
// rule: aws 17 an empty receive is an empty element
TEST(ConversationTest, SqsInQuery) { ExpectAsWritten("sqs_query"); }

// rule: aws 45 the size of a batch
// rule: aws 46 how many entries a batch has
// rule: aws 47 ids of entries
TEST(ConversationTest, Batches) { ExpectAsWritten("sqs_batch"); }

// rule: aws 14 lists of SNS have members, its maps entries
// rule: aws 17 a batch of SNS has both lists
// rule: aws 110 how a broken ARN is told
// rule: aws 122 error codes of attributes
// rule: aws 123 a text for each protocol
TEST(ConversationTest, Sns) { ExpectAsWritten("sns"); }

// rule: aws 10 a Query that wants JSON gets it
TEST(ConversationTest, QueryAnsweredInJson) { ExpectAsWritten("query_json"); }

}  // namespace
}  // namespace tests::aws
