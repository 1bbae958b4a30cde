#include "adapters/aws/batch.h"

#include <gtest/gtest.h>

#include "tests/aws/support.h"

namespace tests::aws {
namespace {

namespace kinds = adapters::aws;
using adapters::aws::Batch;
using adapters::aws::Call;
using adapters::aws::ErrorKind;
using adapters::aws::Failure;
using adapters::aws::NewJsonWriter;
using adapters::aws::ReadJson;
using adapters::aws::Service;
using adapters::aws::Writer;

Call CallOf(Service service, const std::string& entries) {
  Call call;
  call.service = service;
  auto read = ReadJson("{\"Entries\":" + entries + "}", kSample);
  EXPECT_TRUE(read);
  call.parameters = std::move(*read);
  return call;
}

std::string EntriesOf(const std::vector<std::string>& ids) {
  std::string entries;
  for (const std::string& id : ids) entries.append(entries.empty() ? "" : ",").append("{\"Id\":\"" + id + "\"}");
  return "[" + entries + "]";
}

std::vector<std::string> Numbered(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) ids.push_back(std::to_string(i));
  return ids;
}

// rule: aws 46 how many entries a batch has
// rule: aws 47 ids of entries
TEST(BatchTest, EntriesAreCountedAndTheirIdsChecked) {
  const std::string longest(80, 'a');
  const struct {
    const char* why;
    Service service;
    std::string entries;
    const ErrorKind* kind;  // Null: it may begin.
    std::string message;
  } cases[] = {
      {"one", Service::kSqs, EntriesOf({"a-Z_9"}), nullptr, ""},
      {"ten", Service::kSqs, EntriesOf(Numbered(10)), nullptr, ""},
      {"the longest id", Service::kSqs, EntriesOf({longest}), nullptr, ""},
      {"no list", Service::kSqs, "null", &kinds::kEmptyBatchRequest,
       "There should be at least one SendMessageBatchRequestEntry in the request."},
      {"an empty list", Service::kSqs, "[]", &kinds::kEmptyBatchRequest,
       "There should be at least one SendMessageBatchRequestEntry in the request."},
      {"twenty", Service::kSqs, EntriesOf(Numbered(20)), &kinds::kTooManyEntriesInBatchRequest,
       "Maximum number of entries per request are 10. You have sent 20."},
      {"an id twice", Service::kSqs, EntriesOf({"1", "2", "1"}), &kinds::kBatchEntryIdsNotDistinct, "Id 1 repeated."},
      {"too long an id", Service::kSqs, EntriesOf({longest + "a"}), &kinds::kInvalidBatchEntryId,
       "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
       "letters long."},
      {"a wrong character", Service::kSqs, EntriesOf({"a.b"}), &kinds::kInvalidBatchEntryId,
       "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
       "letters long."},
      {"no id", Service::kSqs, "[{}]", &kinds::kInvalidBatchEntryId,
       "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 "
       "letters long."},
      {"SNS: none", Service::kSns, "[]", &kinds::kSnsEmptyBatchRequest,
       "The batch request doesn't contain any entries."},
      {"SNS: eleven", Service::kSns, EntriesOf(Numbered(11)), &kinds::kSnsTooManyEntriesInBatchRequest,
       "The batch request contains more entries than permissible."},
      {"SNS: an id twice", Service::kSns, EntriesOf({"1", "1"}), &kinds::kSnsBatchEntryIdsNotDistinct,
       "Two or more batch entries in the request have the same Id."},
      {"SNS: a wrong character", Service::kSns, EntriesOf({"a b"}), &kinds::kSnsInvalidBatchEntryId,
       "The Id of a batch entry in the batch request contains an impermissible character: a b"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    const Call call = CallOf(c.service, c.entries);
    const auto batch = Batch::Begin(call, "Entries", "SendMessageBatchRequestEntry");
    ASSERT_EQ(batch.has_value(), c.kind == nullptr);
    if (batch) continue;
    EXPECT_EQ(batch.error().kind, c.kind);
    EXPECT_EQ(batch.error().message, c.message);
  }
}

// A batch of four: the second fails here, of the other three the last fails in the hub.
Batch OfFour(const Call& call) {
  auto batch = Batch::Begin(call, "Entries", "Entry");
  EXPECT_TRUE(batch);
  batch->Pass();
  batch->Fail({&kinds::kMissingParameter, "No body."});
  batch->Pass();
  batch->Pass();
  EXPECT_EQ(batch->Passed(), (std::vector<std::size_t>{0, 2, 3}));
  EXPECT_FALSE(batch->AllFailed());
  batch->AddFailures({{.index = 2, .error = {hub::Code::kStorage, "x"}}},
                     [](const hub::Error& error, std::size_t item) {
                       EXPECT_EQ(error.code, hub::Code::kStorage);
                       return Failure{&kinds::kInternalFailure, "Item " + std::to_string(item) + "."};
                     });
  return std::move(*batch);
}

// rule: aws 44 what fails in a batch fails alone, and says whose fault it was
TEST(BatchTest, EveryEntryHasItsOwnOutcome) {
  const Call call = CallOf(Service::kSqs, EntriesOf({"a", "b", "c", "d"}));
  const Batch batch = OfFour(call);
  const auto out = NewJsonWriter();
  batch.WriteTo(*out, "Flat", /*empty_lists=*/false,
                [&](std::size_t i) { out->Number("Place", static_cast<std::int64_t>(i)); });
  EXPECT_EQ(out->Take(), R"({"Successful":[{"Id":"a","Place":0},{"Id":"c","Place":2}],)"
                         R"("Failed":[{"Id":"b","SenderFault":true,"Code":"MissingParameter","Message":"No body."},)"
                         R"({"Id":"d","SenderFault":false,"Code":"InternalFailure","Message":"Item 3."}]})");
}

// rule: aws 17 SQS leaves out a list that is empty, SNS does not
TEST(BatchTest, EmptyListsAreLeftOutOrNot) {
  const Call call = CallOf(Service::kSqs, EntriesOf({"a"}));
  const auto written = [&](bool fails, bool empty_lists) {
    auto batch = Batch::Begin(call, "Entries", "Entry");
    EXPECT_TRUE(batch);
    fails ? batch->Fail({&kinds::kMissingParameter, "Why."}) : batch->Pass();
    EXPECT_EQ(batch->AllFailed(), fails);
    const auto out = NewJsonWriter();
    batch->WriteTo(*out, "Flat", empty_lists, [](std::size_t) {});
    return out->Take();
  };
  const std::string failed = R"("Failed":[{"Id":"a","SenderFault":true,"Code":"MissingParameter","Message":"Why."}]})";
  EXPECT_EQ(written(false, false), R"({"Successful":[{"Id":"a"}]})");
  EXPECT_EQ(written(false, true), R"({"Successful":[{"Id":"a"}],"Failed":[]})");
  EXPECT_EQ(written(true, false), "{" + failed);
  EXPECT_EQ(written(true, true), R"({"Successful":[],)" + failed);
}

}  // namespace
}  // namespace tests::aws
