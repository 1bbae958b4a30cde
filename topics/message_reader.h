// Offers the values of a message to an index of filters.
//
// Attributes: type String is a string, Number a number, String.Array a JSON list whose elements are the values; Binary
// attributes are ignored as if they were not there. Body: every leaf of the JSON object, under its path joined with
// dots; lists are transparent, so the elements of one are values of the same field.
//
// Decoded text lives in buffers that are kept for the next message. Not thread-safe.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "hub/base/message.h"
#include "topics/filter_index.h"

namespace topics {

class JsonBuffer;

class MessageReader {
 public:
  MessageReader();
  ~MessageReader();
  MessageReader(MessageReader&&) noexcept;
  MessageReader& operator=(MessageReader&&) noexcept;

  // False when there is no attribute to look at: then no filter on attributes is satisfied, not even by absence.
  bool OfferAttributes(const std::vector<hub::Attribute>& attributes, FilterIndex& index);

  // False when the body is not a JSON object: then no filter on bodies is satisfied.
  bool OfferBody(std::string_view body, FilterIndex& index);

 private:
  JsonBuffer& Buffer(std::size_t number);

  std::vector<std::unique_ptr<JsonBuffer>> buffers_;  // One per document in use: each keeps the text of its strings.
};

}  // namespace topics
