// Any text is either a tree that survives the way through JSON, or a mistake; and either a configuration or mistakes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "adapters/yaml/config_file.h"
#include "adapters/yaml/yaml.h"
#include "hub/base/assert.h"
#include "hub/base/json.h"
#include "hub/base/limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto node = adapters::yaml::ParseYaml(text, "fuzz.yaml");
  if (node) {
    const std::string json = ToJson(*node);
    if (json.size() <= hub::kDocumentBytesMax) {
      const auto again = hub::ParseJson(json, "");
      HUB_ASSERT(again.has_value());
      HUB_ASSERT(ToJson(*again) == json);
    }
  } else {
    HUB_ASSERT(node.error().message.starts_with("fuzz.yaml"));
  }

  const auto checked = adapters::yaml::ReadConfigText(text, "fuzz.yaml");
  HUB_ASSERT((checked.config == nullptr) == !checked.mistakes.empty());
  HUB_ASSERT(node.has_value() || checked.mistakes.size() == 1);
  HUB_ASSERT(PoliciesOf(checked).IsList());
  for (const std::string& mistake : checked.mistakes) HUB_ASSERT(mistake.starts_with("fuzz.yaml"));
  return 0;
}
