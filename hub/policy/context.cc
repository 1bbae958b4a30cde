#include "hub/policy/context.h"

#include <algorithm>
#include <charconv>

#include "hub/policy/key.h"

namespace hub::policy {
namespace {

// The value of the tag that `key` names after `prefix`, which ends with a slash.
Values FindTag(std::string_view key, std::string_view prefix, const Tags* tags) {
  if (tags == nullptr || key.size() <= prefix.size() || !IsSameKey(key.substr(0, prefix.size()), prefix)) return {};
  const auto found = tags->find(key.substr(prefix.size()));
  return found == tags->end() ? Values() : Values(found->second);
}

}  // namespace

Context::Entry& Context::Slot(std::string_view key) {
  for (std::size_t i = 0; i < size_; ++i) {
    if (IsSameKey(entries_[i].key, key)) return entries_[i];
  }
  for (Entry& entry : more_) {
    if (IsSameKey(entry.key, key)) return entry;
  }
  return size_ < kInlineKeys ? entries_[size_++] : more_.emplace_back();
}

Values Context::Find(std::string_view key) const {
  for (std::size_t i = 0; i < size_; ++i) {
    if (IsSameKey(entries_[i].key, key)) return entries_[i].values;
  }
  for (const Entry& entry : more_) {
    if (IsSameKey(entry.key, key)) return entry.values;
  }
  if (Values tag = FindTag(key, "aws:ResourceTag/", resource_tags_); !tag.empty()) return tag;
  if (Values tag = FindTag(key, "aws:RequestTag/", request_tags_); !tag.empty()) return tag;
  if (time_ && IsSameKey(key, "aws:CurrentTime")) return Values(FormatDate(*time_, date_text_.data()));
  if (time_ && IsSameKey(key, "aws:EpochTime")) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time_->time_since_epoch()).count();
    const auto end = std::to_chars(epoch_text_.data(), epoch_text_.data() + epoch_text_.size(), seconds).ptr;
    return Values(std::string_view(epoch_text_.data(), static_cast<std::size_t>(end - epoch_text_.data())));
  }
  return {};
}

bool Context::IsUnknown(std::string_view key) const {
  return std::any_of(unknown_.begin(), unknown_.end(), [=](std::string_view one) { return IsSameKey(one, key); });
}

void Context::Clear() {
  size_ = 0;
  more_.clear();
  resource_tags_ = request_tags_ = nullptr;
  unknown_ = {};
  time_.reset();
}

}  // namespace hub::policy
