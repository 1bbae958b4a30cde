// The key `push`: subscribers that are not queues.
#include "adapters/yaml/draft.h"
#include "adapters/yaml/section.h"
#include "topics/cidr.h"

namespace adapters::yaml {
namespace {

using hub::Node;

bool IsUrl(const std::string& text) {
  const std::size_t colon = text.find("://");
  const bool known = text.starts_with("http://") || text.starts_with("https://");
  return known && text.size() > colon + 3 && text.find_first_of(" \"\\\r\n\t") == std::string::npos;
}

std::string ReadUrl(Section& section, const std::string& key, const std::string& example) {
  auto url = section.Text(key);
  if (url && !IsUrl(*url)) {
    section.Wrong(key,
                  " is not a URL: \"" + *url + "\". Write http:// or https:// and a host, such as " + example + ".");
  }
  return url.value_or("");
}

}  // namespace

void ReadPush(const Node* node, Draft& draft) {
  if (node == nullptr) return;
  Section section(*node, "push", draft.report);
  hub::core::PushConfig& push = draft.config->push;
  push.url = ReadUrl(section, "url", "http://hub.example:4566");
  while (push.url.ends_with('/')) push.url.pop_back();
  push.function_url =
      ReadUrl(section, "function_url", "http://127.0.0.1:9001/2015-03-31/functions/{function}/invocations");
  for (const auto& [item, path] : ItemsOf(section.Take("allow"), "push.allow")) {
    const auto text = TextOf(*item, path, draft.report);
    if (!text) continue;
    auto block = topics::ParseCidr(*text);
    if (block) {
      push.allow.push_back(*block);
    } else {
      draft.report.Mistake(item->place, path + " is not a block of addresses: \"" + *text +
                                            "\". Write one such as 10.0.0.0/8 or fd00::/8.");
    }
  }
  push.ca_file = section.Text("ca_file").value_or("");
  section.RefuseUnknownKeys();
}

}  // namespace adapters::yaml
