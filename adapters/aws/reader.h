// The body of a request as parameters, in either protocol.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/aws/error.h"
#include "adapters/aws/shape.h"
#include "adapters/aws/value.h"

namespace adapters::aws {

// Fields of a form, elements of a list or a map: whatever more there is, no action takes so many.
inline constexpr std::size_t kElementsMax = 4096;

// JSON 1.0. An empty body is an empty object. Fails with kSerialization when it is not an object of this shape: members
// that the shape does not know are ignored.
[[nodiscard]] Result<Parameters> ReadJson(std::string_view body, const Shape& shape);

// A form, percent-decoded, in the order in which it came.
struct Form {
  std::string text;  // What the views point into.
  std::vector<std::pair<std::string_view, std::string_view>> fields;

  std::string_view Find(std::string_view name) const;
};

// `query` of the URL, then `body`. Fails with kMalformedQueryString.
[[nodiscard]] Result<Form> ReadForm(std::string_view query, std::string_view body);

// The form as JSON would have said it. Takes the form's text over.
[[nodiscard]] Result<Parameters> ReadQuery(Form form, const Shape& shape);

}  // namespace adapters::aws
