// The patterns that all filters of a topic put to one field, arranged so that a value finds those it satisfies without
// trying the others:
//
//   exact values, ignoring case   a hash table
//   prefix, suffix                a hash table, asked once per length that occurs
//   ranges of numbers             an interval tree
//   blocks of addresses           a map, asked once per mask length that occurs
//   wildcards                     tried one by one; the same pattern in several filters is tried once
//
// Broad patterns (anything-but, exists) are not kept here: see filter_index.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "topics/interval_set.h"
#include "topics/pattern.h"

namespace topics {

// One condition of one alternative: what a hit contributes to.
struct Posting {
  std::uint32_t alternative : 27;
  std::uint32_t bit : 5;
};

using Postings = std::vector<Posting>;

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

template <typename T>
using StringMap = std::unordered_map<std::string, T, StringHash, std::equal_to<>>;

class FieldIndex {
 public:
  // `pattern` must not be broad.
  void Add(const Pattern& pattern, Posting posting);

  // Appends the lists of postings whose patterns the value satisfies. They stay valid until the next Add.
  void Find(const Value& value, std::vector<const Postings*>& hits);

 private:
  struct Adder;

  // Prefixes or suffixes.
  struct Affixes {
    StringMap<Postings> postings;
    std::vector<std::size_t> lengths;  // Those that occur, ascending.

    void Add(const std::string& affix, Posting posting);
  };

  void FindString(std::string_view text, std::vector<const Postings*>& hits);
  void FindNumber(double number, std::vector<const Postings*>& hits);
  void FindAddress(std::string_view text, std::vector<const Postings*>& hits) const;

  StringMap<Postings> strings_;
  StringMap<Postings> lowered_;
  std::unordered_map<double, Postings> numbers_;
  Postings null_;
  Postings false_;
  Postings true_;
  Affixes prefixes_;
  Affixes suffixes_;
  std::map<Wildcard, Postings> wildcards_;
  std::map<CidrBlock, Postings> blocks_;
  std::vector<std::pair<std::uint8_t, std::uint8_t>> block_shapes_;  // Size of the address, bits of the mask.
  std::map<std::pair<double, double>, std::uint32_t> range_ids_;
  std::vector<Postings> range_postings_;
  IntervalSet ranges_;

  std::string lowered_text_;  // Kept for its capacity, as is the next.
  std::vector<std::uint32_t> range_hits_;
};

}  // namespace topics
