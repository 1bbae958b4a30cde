#include "topics/interval_set.h"

#include <algorithm>
#include <limits>

namespace topics {

void IntervalSet::Add(double low, double high, std::uint32_t id) {
  entries_.push_back({.low = low, .high = high, .highest = high, .id = id});
}

void IntervalSet::Find(double number, std::vector<std::uint32_t>& ids) {
  looks_ += entries_.size() - sorted_;
  if (looks_ > entries_.size()) Sort();
  Descend(0, sorted_, number, ids);
  for (std::size_t i = sorted_; i < entries_.size(); ++i) {
    if (entries_[i].low <= number && number <= entries_[i].high) ids.push_back(entries_[i].id);
  }
}

void IntervalSet::Sort() {
  const auto before = [](const Entry& a, const Entry& b) { return a.low != b.low ? a.low < b.low : a.id < b.id; };
  const auto added = entries_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  std::sort(added, entries_.end(), before);
  std::inplace_merge(entries_.begin(), added, entries_.end(), before);
  Raise(0, entries_.size());
  sorted_ = entries_.size();
  looks_ = 0;
}

double IntervalSet::Raise(std::size_t begin, std::size_t end) {
  if (begin == end) return -std::numeric_limits<double>::infinity();
  const std::size_t middle = begin + (end - begin) / 2;
  Entry& root = entries_[middle];
  root.highest = std::max({root.high, Raise(begin, middle), Raise(middle + 1, end)});
  return root.highest;
}

void IntervalSet::Descend(std::size_t begin, std::size_t end, double number, std::vector<std::uint32_t>& ids) const {
  while (begin != end) {
    const std::size_t middle = begin + (end - begin) / 2;
    const Entry& root = entries_[middle];
    if (root.highest < number) return;
    Descend(begin, middle, number, ids);
    if (root.low > number) return;  // And so is everything to its right.
    if (number <= root.high) ids.push_back(root.id);
    begin = middle + 1;
  }
}

}  // namespace topics
