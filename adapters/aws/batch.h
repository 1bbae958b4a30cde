// Batches: entries with ids of the client's, each of which succeeds or fails alone [aws 44 to 47].
//
// Entries that the endpoint itself refuses never reach the hub; the rest go as one command.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/call.h"
#include "adapters/aws/error.h"
#include "adapters/aws/value.h"
#include "hub/core/reply.h"

namespace adapters::aws {

struct BatchEntry {
  std::string_view id;
  bool failed = false;
  Failure failure = {};  // When it has.
};

class Batch {
 public:
  // Checks the number of entries and their ids. `member` is the name of the list, `entry` what SQS calls its elements.
  [[nodiscard]] static Result<Batch> Begin(const Call& call, std::string_view member, std::string_view entry);

  const std::vector<Value>& items() const { return *items_; }

  // The outcome of each item in turn: it goes to the hub, or it has failed here.
  void Pass() { entries_.push_back({.id = items()[entries_.size()].Text("Id")}); }
  void Fail(Failure failure) {
    entries_.push_back({.id = items()[entries_.size()].Text("Id"), .failed = true, .failure = std::move(failure)});
  }

  bool AllFailed() const;

  // Adds what failed in the hub. `failures` count only what was passed to it; `word` says how it is worded.
  template <typename Word>
  void AddFailures(const std::vector<hub::core::EntryFailure>& failures, Word word) {
    const std::vector<std::size_t> passed = Passed();
    for (const hub::core::EntryFailure& failure : failures) {
      BatchEntry& entry = entries_[passed[failure.index]];
      entry.failed = true;
      entry.failure = word(failure.error, passed[failure.index]);
    }
  }

  // The places, among all items, of those that were passed to the hub.
  std::vector<std::size_t> Passed() const;

  const std::vector<BatchEntry>& entries() const { return entries_; }

  // Successful and Failed. `write` writes the members of an entry that succeeded, besides its Id. SQS leaves out a list
  // that is empty, SNS does not [aws 17].
  template <typename Write>
  void WriteTo(Writer& out, std::string_view flat, bool empty_lists, Write write) const {
    std::size_t failed = 0;
    for (const BatchEntry& entry : entries_) failed += entry.failed ? 1 : 0;
    if (empty_lists || failed < entries_.size()) {
      out.BeginList("Successful", flat);
      for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].failed) continue;
        out.BeginItem();
        out.Text("Id", entries_[i].id);
        write(i);
        out.EndItem();
      }
      out.EndList();
    }
    if (empty_lists || failed > 0) WriteFailed(out);
  }

 private:
  void WriteFailed(Writer& out) const;

  const std::vector<Value>* items_ = nullptr;
  std::vector<BatchEntry> entries_;
};

}  // namespace adapters::aws
