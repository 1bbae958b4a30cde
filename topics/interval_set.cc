#include "topics/interval_set.h"

#include <algorithm>
#include <limits>

namespace topics {

void IntervalSet::Add(double low, double high, std::uint32_t id) {
  entries_.push_back({.low = low, .high = high, .highest = high, .id = id});
  sorted_ = false;
}

void IntervalSet::Find(double number, std::vector<std::uint32_t>& ids) {
  if (!sorted_) Sort();
  Descend(0, entries_.size(), number, ids);
}

void IntervalSet::Sort() {
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.low != b.low ? a.low < b.low : a.id < b.id; });
  Raise(0, entries_.size());
  sorted_ = true;
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
