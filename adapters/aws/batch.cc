#include "adapters/aws/batch.h"

#include <algorithm>
#include <cctype>
#include <unordered_set>

namespace adapters::aws {
namespace {

constexpr std::size_t kEntriesMax = 10;
constexpr std::size_t kIdBytesMax = 80;

bool IsEntryId(std::string_view id) {
  return !id.empty() && id.size() <= kIdBytesMax &&
         std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

// The same mistakes have other names and words in the two services.
struct Words {
  const ErrorKind& empty;
  const ErrorKind& too_many;
  const ErrorKind& not_distinct;
  const ErrorKind& invalid_id;
};

const Words kSqsWords{kEmptyBatchRequest, kTooManyEntriesInBatchRequest, kBatchEntryIdsNotDistinct,
                      kInvalidBatchEntryId};
const Words kSnsWords{kSnsEmptyBatchRequest, kSnsTooManyEntriesInBatchRequest, kSnsBatchEntryIdsNotDistinct,
                      kSnsInvalidBatchEntryId};

}  // namespace

Result<Batch> Batch::Begin(const Call& call, std::string_view member, std::string_view entry) {
  const bool sqs = call.service == Service::kSqs;
  const Words& words = sqs ? kSqsWords : kSnsWords;
  const Value* list = call.input().Find(member);
  if (!list || list->items.empty()) {
    return aws::Fail(words.empty, sqs ? "There should be at least one " + std::string(entry) + " in the request."
                                      : "The batch request doesn't contain any entries.");
  }
  if (list->items.size() > kEntriesMax) {
    return aws::Fail(words.too_many, sqs ? "Maximum number of entries per request are 10. You have sent " +
                                               std::to_string(list->items.size()) + "."
                                         : "The batch request contains more entries than permissible.");
  }
  std::unordered_set<std::string_view> ids;
  for (const Value& item : list->items) {
    const std::string_view id = item.Text("Id");
    if (!IsEntryId(id)) {
      return aws::Fail(
          words.invalid_id,
          sqs ? "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It "
                "can be at most 80 letters long."
              : "The Id of a batch entry in the batch request contains an impermissible character: " + std::string(id));
    }
    if (!ids.insert(id).second) {
      return aws::Fail(words.not_distinct, sqs ? "Id " + std::string(id) + " repeated."
                                               : "Two or more batch entries in the request have the same Id.");
    }
  }
  Batch batch;
  batch.items_ = &list->items;
  batch.entries_.reserve(list->items.size());
  return batch;
}

bool Batch::AllFailed() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const BatchEntry& entry) { return entry.failed; });
}

std::vector<std::size_t> Batch::Passed() const {
  std::vector<std::size_t> passed;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!entries_[i].failed) passed.push_back(i);
  }
  return passed;
}

void Batch::WriteFailed(Writer& out) const {
  out.BeginList("Failed", "BatchResultErrorEntry");
  for (const BatchEntry& entry : entries_) {
    if (!entry.failed) continue;
    out.BeginItem();
    out.Text("Id", entry.id);
    out.Bool("SenderFault", entry.failure.kind->status < 500);
    out.Text("Code", entry.failure.kind->code);
    out.Text("Message", entry.failure.message);
    out.EndItem();
  }
  out.EndList();
}

}  // namespace adapters::aws
