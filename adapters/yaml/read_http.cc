// The key `listen.http`, and what is to be believed of the callers that come by it.
#include "adapters/yaml/address.h"
#include "adapters/yaml/draft.h"
#include "adapters/yaml/section.h"

namespace adapters::yaml {
namespace {

using hub::Node;
using hub::core::HttpListener;
using hub::core::Mode;

constexpr std::string_view kExample = "http://127.0.0.1:4566";

// Another listener with the same address; null for none.
const HttpListener* FindListener(const hub::core::Config& config, const std::string& address) {
  for (const HttpListener& other : config.http_listeners) {
    if (other.address == address && !address.ends_with(":0")) return &other;
  }
  return nullptr;
}

void CheckTls(Section& section, const HttpListener& listener, bool tls) {
  if (tls && listener.certificate_file.empty()) {
    section.Missing("certificate_file", "certificate_file: PATH, the certificate with its chain, as PEM");
  }
  if (tls && listener.key_file.empty()) section.Missing("key_file", "key_file: PATH, the certificate's key, as PEM");
  if (!tls && !listener.certificate_file.empty()) {
    section.Wrong("certificate_file", " is of no use with http. Write https:// in the address, or take it away.");
  }
  if (!tls && !listener.key_file.empty()) {
    section.Wrong("key_file", " is of no use with http. Write https:// in the address, or take it away.");
  }
}

// Returns where it leads.
Reach ReadListener(const Node& node, const std::string& path, Draft& draft) {
  Section section(node, path, draft.report);
  HttpListener listener;
  listener.place = node.place;
  listener.address = section.Text("address").value_or("");
  listener.certificate_file = section.Text("certificate_file").value_or("");
  listener.key_file = section.Text("key_file").value_or("");
  section.RefuseUnknownKeys();
  if (section.Take("address") == nullptr) {
    section.Missing("address", "address: \"" + std::string(kExample) + "\"");
    return Reach::kInvalid;
  }
  const bool tls = listener.address.starts_with("https://");
  const Reach reach = ReachOf(listener.address, tls ? "https://" : "http://");
  if (reach == Reach::kInvalid) {
    section.Wrong("address", " is not an address: \"" + listener.address +
                                 "\". Write http:// or https://, a numeric address and a port, such as " +
                                 std::string(kExample) + ".");
    return reach;
  }
  CheckTls(section, listener, tls);
  if (const HttpListener* other = FindListener(*draft.config, listener.address)) {
    section.Wrong("address", " repeats that of " + other->place.ToString() + ": \"" + listener.address +
                                 "\". Give each listener its own.");
  }
  draft.config->http_listeners.push_back(std::move(listener));
  return reach;
}

// Strict mode believes nobody and enforces: what only a local hub may do contradicts it.
void RefuseInStrictMode(const Node& listeners, const std::string& path, Draft& draft) {
  const hub::core::Config& config = *draft.config;
  const auto contradicts = [&](const std::string& what) {
    draft.report.Mistake(listeners.place, path + " is in hub.mode: strict, which does not go with " + what +
                                              ". Take it away, or write hub.mode: local.");
  };
  if (config.local_open) contradicts("hub.local_open: true");
  if (config.policies == hub::core::PolicyMode::kLog) contradicts("hub.policies: log");
}

}  // namespace

void ReadHttp(const Node* node, const std::string& path, Draft& draft) {
  hub::core::Config& config = *draft.config;
  const Node* beyond = nullptr;
  for (const auto& [item, item_path] : ItemsOf(node, path)) {
    if (ReadListener(*item, item_path, draft) == Reach::kBeyond) beyond = item;
  }
  if (config.http_listeners.empty()) return;
  if (!draft.has_mode) config.mode = beyond && !config.local_open ? Mode::kStrict : Mode::kLocal;
  if (config.mode == Mode::kStrict) {
    if (!draft.has_sixty_second_rules) config.sixty_second_rules = true;
    RefuseInStrictMode(*node, path, draft);
    return;
  }
  if (!draft.has_policies && !draft.is_exposed) config.policies = hub::core::PolicyMode::kLog;
  if (beyond == nullptr) return;
  if (!config.local_open) {
    draft.report.Mistake(beyond->place,
                         path +
                             " is reachable from beyond this machine, and hub.mode: local believes whatever "
                             "credentials it is shown. Write hub.mode: strict, listen on 127.0.0.1, or, inside a "
                             "container, hub.local_open: true.");
    return;
  }
  draft.report.Warning(beyond->place, "hub.local_open lets everybody who reaches " + path +
                                          " do everything: no signature is checked. Keep it to a container or a "
                                          "test network.");
}

}  // namespace adapters::yaml
