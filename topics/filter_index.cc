#include "topics/filter_index.h"

#include <algorithm>

#include "hub/base/assert.h"

namespace topics {
namespace {

// A bit that no condition has: what needs it is never reached.
constexpr std::uint32_t kNeverMet = std::uint32_t{1} << kAlternativeConditionsMax;
static_assert(kAlternativeConditionsMax == 31, "a condition is a bit of a 32-bit word, and one bit is kept free");

constexpr std::uint32_t kAlternativesMax = std::uint32_t{1} << 27;  // What a Posting can name.
constexpr std::size_t kDeadMin = 64;                                // Fewer are not worth a rebuild.
constexpr std::size_t kPrefetch = 8;                                // Hits ahead.
constexpr std::size_t kValuesUnsorted = 8;                          // More are sorted, and duplicates dropped.

}  // namespace

void FilterIndex::Add(const Subscription& subscription) {
  HUB_ASSERT(subscription.filter && !subscription.filter->IsEmpty());
  const auto target = static_cast<std::uint32_t>(targets_.size());
  const bool is_new = target_of_.emplace(subscription.id, target).second;
  HUB_ASSERT(is_new);
  targets_.push_back({.subscription = &subscription, .message = 0});
  for (const Alternative& alternative : subscription.filter->alternatives()) AddAlternative(alternative, target);
  alternatives_begin_.push_back(static_cast<std::uint32_t>(progress_.size()));
}

void FilterIndex::AddAlternative(const Alternative& alternative, std::uint32_t target) {
  HUB_ASSERT(alternative.size() <= kAlternativeConditionsMax && progress_.size() < kAlternativesMax);
  const auto number = static_cast<std::uint32_t>(progress_.size());
  std::uint32_t indexed = 0;
  for (const auto& condition : alternative) {
    Field& field = fields_[condition->field];
    longest_field_ = std::max(longest_field_, condition->field.size());
    if (condition->IsBroad()) {
      AddCheck(condition, field);
      continue;
    }
    for (const Pattern& pattern : condition->patterns) {
      field.index.Add(pattern, {.alternative = number & (kAlternativesMax - 1), .bit = indexed & 31});
    }
    ++indexed;
  }
  if (indexed == 0) {
    const auto access = std::find_if(alternative.begin(), alternative.end(),
                                     [](const auto& condition) { return !condition->AcceptsAbsence(); });
    if (access == alternative.end()) {
      unconditional_.push_back(number);
    } else {
      fields_[(*access)->field].presence.push_back({.alternative = number & (kAlternativesMax - 1), .bit = 0});
      indexed = 1;
    }
  }
  progress_.push_back({.message = 0,
                       .met = 0,
                       .needed = (std::uint32_t{1} << indexed) - 1,
                       .target = target & (kAlternativesMax - 1),
                       .has_checks = checks_.size() > checks_begin_.back()});
  checks_begin_.push_back(static_cast<std::uint32_t>(checks_.size()));
}

void FilterIndex::AddCheck(const std::shared_ptr<const Condition>& condition, const Field& field) {
  // The length says where the name ends, whatever it holds.
  const std::string key = std::to_string(condition->field.size()) + ":" + condition->field + condition->json;
  const auto number = static_cast<std::uint32_t>(judgements_.size());
  const auto [at, is_new] = judgement_of_.try_emplace(key, number);
  if (is_new) judgements_.push_back({.condition = condition, .field = &field, .message = 0, .holds = false});
  checks_.push_back(at->second);
}

void FilterIndex::Remove(SubscriptionId id) {
  const auto at = target_of_.find(id);
  HUB_ASSERT(at != target_of_.end());
  const std::uint32_t target = at->second;
  targets_[target].subscription = nullptr;
  const std::uint32_t end = alternatives_begin_[target + 1];
  for (std::uint32_t i = alternatives_begin_[target]; i < end; ++i) {
    progress_[i].needed = kNeverMet;
    ++dead_;
  }
  target_of_.erase(at);
  if (dead_ > kDeadMin && dead_ > progress_.size() / 2) Rebuild();
}

void FilterIndex::Rebuild() {
  FilterIndex fresh(message_);
  for (const Target& target : targets_) {
    if (target.subscription) fresh.Add(*target.subscription);
  }
  *this = std::move(fresh);
}

void FilterIndex::Begin() {
  present_.clear();
  if (++message_ != 0) return;
  // The numbers have run out: forget the old ones before using them again.
  for (auto& [name, field] : fields_) field.message = 0;
  for (Progress& progress : progress_) progress.message = 0;
  for (Target& target : targets_) target.message = 0;
  for (Judgement& judgement : judgements_) judgement.message = 0;
  message_ = 1;
}

void FilterIndex::Present(Field& field) {
  if (field.message == message_) return;
  field.message = message_;
  field.values.clear();
  present_.push_back(&field);
}

void FilterIndex::OfferPresence(std::string_view field) {
  if (const auto it = fields_.find(field); it != fields_.end()) Present(it->second);
}

void FilterIndex::Offer(std::string_view field, const Value& value) {
  if (field.size() > longest_field_) return;
  const auto it = fields_.find(field);
  if (it == fields_.end()) return;
  Present(it->second);
  it->second.values.push_back(value);
}

void FilterIndex::Finish(std::vector<const Subscription*>& reached) {
  hits_.clear();
  for (Field* field : present_) {
    std::vector<Value>& values = field->values;
    if (values.size() > kValuesUnsorted) {
      std::sort(values.begin(), values.end());
      values.erase(std::unique(values.begin(), values.end()), values.end());
    }
    for (const Value& value : values) field->index.Find(value, hits_);
    if (!field->presence.empty()) hits_.push_back(&field->presence);
  }
  for (const Postings* postings : hits_) Count(*postings, reached);
  for (const std::uint32_t alternative : unconditional_) {
    if (progress_[alternative].needed == 0) Complete(alternative, reached);
  }
}

void FilterIndex::Count(const Postings& postings, std::vector<const Subscription*>& reached) {
  for (std::size_t i = 0; i < postings.size(); ++i) {
    // What is hit lies scattered over more memory than the caches near the processor hold.
    if (i + kPrefetch < postings.size()) __builtin_prefetch(&progress_[postings[i + kPrefetch].alternative], 1);
    const Posting posting = postings[i];
    Progress& progress = progress_[posting.alternative];
    const std::uint32_t met = progress.message == message_ ? progress.met : 0;
    const std::uint32_t bit = std::uint32_t{1} << posting.bit;
    if (met & bit) continue;
    progress.message = message_;
    progress.met = met | bit;
    if (progress.met == progress.needed) Complete(posting.alternative, reached);
  }
}

void FilterIndex::Complete(std::uint32_t alternative, std::vector<const Subscription*>& reached) {
  const Progress& progress = progress_[alternative];
  if (progress.has_checks) {
    for (std::uint32_t i = checks_begin_[alternative]; i < checks_begin_[alternative + 1]; ++i) {
      if (!Holds(judgements_[checks_[i]])) return;
    }
  }
  Target& target = targets_[progress.target];
  if (target.message == message_) return;  // Another of its alternatives was met.
  target.message = message_;
  reached.push_back(target.subscription);
}

bool FilterIndex::Holds(Judgement& judgement) const {
  if (judgement.message == message_) return judgement.holds;
  const Condition& condition = *judgement.condition;
  const auto satisfies = [&](const Value& value) {
    return std::any_of(condition.patterns.begin(), condition.patterns.end(),
                       [&](const Pattern& pattern) { return Matches(pattern, value); });
  };
  const Field& field = *judgement.field;
  judgement.message = message_;
  judgement.holds = field.message == message_ ? std::any_of(field.values.begin(), field.values.end(), satisfies)
                                              : condition.AcceptsAbsence();
  return judgement.holds;
}

}  // namespace topics
