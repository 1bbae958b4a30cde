// Closed intervals of numbers, each with a number of its own, asked which of them hold a given number.
//
// Sorted by their lower ends, the middle one is the root of a tree whose halves are its subtrees; each root knows the
// highest upper end below it. A question costs the logarithm of the intervals plus what it finds. What has been added
// since they were sorted is looked through one by one, until that has cost as much as sorting all would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace topics {

class IntervalSet {
 public:
  // The same interval may be added several times.
  void Add(double low, double high, std::uint32_t id);

  // Appends the ids of the intervals that hold `number`.
  void Find(double number, std::vector<std::uint32_t>& ids);

 private:
  struct Entry {
    double low;
    double high;
    double highest;  // Of this entry and both its halves.
    std::uint32_t id;
  };

  void Sort();
  double Raise(std::size_t begin, std::size_t end);
  void Descend(std::size_t begin, std::size_t end, double number, std::vector<std::uint32_t>& ids) const;

  std::vector<Entry> entries_;
  std::size_t sorted_ = 0;  // So many of them are.
  std::size_t looks_ = 0;   // At others, since then.
};

}  // namespace topics
