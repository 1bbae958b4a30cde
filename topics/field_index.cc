#include "topics/field_index.h"

#include <algorithm>

#include "hub/base/assert.h"

namespace topics {
namespace {

template <typename Map, typename Key>
void FindIn(const Map& map, const Key& key, std::vector<const Postings*>& hits) {
  if (map.empty()) return;
  if (const auto it = map.find(key); it != map.end()) hits.push_back(&it->second);
}

template <typename T>
void InsertSorted(std::vector<T>& sorted, const T& item) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), item);
  if (at == sorted.end() || *at != item) sorted.insert(at, item);
}

}  // namespace

struct FieldIndex::Adder {
  FieldIndex& index;
  Posting posting;

  void operator()(const EqualsString& p) const { index.strings_[p.text].push_back(posting); }
  void operator()(const EqualsNumber& p) const { index.numbers_[p.number].push_back(posting); }
  void operator()(const EqualsBool& p) const { (p.truth ? index.true_ : index.false_).push_back(posting); }
  void operator()(const EqualsNull&) const { index.null_.push_back(posting); }
  void operator()(const HasPrefix& p) const { index.prefixes_.Add(p.text, posting); }
  void operator()(const HasSuffix& p) const { index.suffixes_.Add(p.text, posting); }
  void operator()(const EqualsIgnoreCase& p) const { index.lowered_[p.lowered].push_back(posting); }
  void operator()(const Wildcard& p) const { index.wildcards_[p].push_back(posting); }
  void operator()(const InRange& p) const {
    const auto id = static_cast<std::uint32_t>(index.range_postings_.size());
    const auto [at, is_new] = index.range_ids_.try_emplace({p.low, p.high}, id);
    if (is_new) {
      index.range_postings_.emplace_back();
      index.ranges_.Add(p.low, p.high, id);
    }
    index.range_postings_[at->second].push_back(posting);
  }
  void operator()(const InBlock& p) const {
    index.blocks_[p.block].push_back(posting);
    InsertSorted(index.block_shapes_, {p.block.network.size, p.block.bits});
  }
  void operator()(const AnythingBut&) const { HUB_ASSERT(!"a broad pattern in an index"); }
  void operator()(const AnythingButPrefix&) const { HUB_ASSERT(!"a broad pattern in an index"); }
  void operator()(const AnythingButSuffix&) const { HUB_ASSERT(!"a broad pattern in an index"); }
  void operator()(const AnythingButWildcard&) const { HUB_ASSERT(!"a broad pattern in an index"); }
  void operator()(const Exists&) const { HUB_ASSERT(!"a broad pattern in an index"); }
};

void FieldIndex::Affixes::Add(const std::string& affix, Posting posting) {
  postings[affix].push_back(posting);
  InsertSorted(lengths, affix.size());
}

void FieldIndex::Add(const Pattern& pattern, Posting posting) { std::visit(Adder{*this, posting}, pattern); }

void FieldIndex::Find(const Value& value, std::vector<const Postings*>& hits) {
  switch (value.kind) {
    case Value::Kind::kNull: hits.push_back(&null_); return;
    case Value::Kind::kFalse: hits.push_back(&false_); return;
    case Value::Kind::kTrue: hits.push_back(&true_); return;
    case Value::Kind::kNumber: FindNumber(value.number, hits); return;
    case Value::Kind::kString: FindString(value.text, hits); return;
  }
}

void FieldIndex::FindNumber(double number, std::vector<const Postings*>& hits) {
  FindIn(numbers_, number, hits);
  if (range_postings_.empty()) return;
  range_hits_.clear();
  ranges_.Find(number, range_hits_);
  for (const std::uint32_t id : range_hits_) hits.push_back(&range_postings_[id]);
}

void FieldIndex::FindString(std::string_view text, std::vector<const Postings*>& hits) {
  FindIn(strings_, text, hits);
  for (const std::size_t length : prefixes_.lengths) {
    if (length > text.size()) break;
    FindIn(prefixes_.postings, text.substr(0, length), hits);
  }
  for (const std::size_t length : suffixes_.lengths) {
    if (length > text.size()) break;
    FindIn(suffixes_.postings, text.substr(text.size() - length), hits);
  }
  if (!lowered_.empty()) {
    lowered_text_.clear();
    AppendLowered(lowered_text_, text);
    FindIn(lowered_, lowered_text_, hits);
  }
  for (const auto& [wildcard, postings] : wildcards_) {
    if (wildcard.Matches(text)) hits.push_back(&postings);
  }
  if (!blocks_.empty()) FindAddress(text, hits);
}

void FieldIndex::FindAddress(std::string_view text, std::vector<const Postings*>& hits) const {
  const std::optional<Address> address = ParseAddress(text);
  if (!address) return;
  for (const auto& [size, bits] : block_shapes_) {
    if (size == address->size) FindIn(blocks_, BlockOf(*address, bits), hits);
  }
}

}  // namespace topics
