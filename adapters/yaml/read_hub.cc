// The top-level keys `hub` and `listen`.
#include <algorithm>
#include <limits>

#include "adapters/yaml/address.h"
#include "adapters/yaml/draft.h"
#include "adapters/yaml/section.h"
#include "hub/base/limits.h"

namespace adapters::yaml {
namespace {

using hub::Node;
using hub::core::Security;
using namespace std::chrono_literals;

constexpr hub::Duration kFlushIntervalMin = 1ms;
constexpr hub::Duration kFlushIntervalMax = 60s;
constexpr std::uint64_t kFreeSpaceMax = std::uint64_t{1} << 50;

bool IsRegion(const std::string& text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

void CheckSecurity(Section& section, const hub::core::Listener& listener, Reach reach) {
  const bool is_curve = listener.security == Security::kCurve;
  if (reach == Reach::kBeyond && !is_curve) {
    section.Wrong("security", listener.security == Security::kPlain
                                  ? " is plain on " + listener.address +
                                        ", which would send passwords in the clear. Write security: curve, or listen "
                                        "on 127.0.0.1."
                                  : " is none on " + listener.address +
                                        ", which anybody may reach. Write security: curve, or listen on 127.0.0.1.");
  }
  if (is_curve && listener.secret_key_file.empty()) {
    section.Missing("secret_key_file", "secret_key_file: PATH, a file with the server's secret key");
  }
  if (!is_curve && !listener.secret_key_file.empty()) {
    section.Wrong("secret_key_file", " is of no use without security: curve. Write that, or take the key file away.");
  }
}

// Another listener with the same address, of whatever kind; null for none.
const hub::core::Listener* FindListener(const hub::core::Config& config, const std::string& address) {
  for (const auto* listeners : {&config.listeners, &config.feed_listeners}) {
    for (const hub::core::Listener& other : *listeners) {
      if (other.address == address && !address.ends_with(":0")) return &other;
    }
  }
  return nullptr;
}

void ReadListener(const Node& node, const std::string& path, Draft& draft,
                  std::vector<hub::core::Listener>& listeners) {
  Section section(node, path, draft.report);
  hub::core::Listener listener;
  listener.place = node.place;
  const auto address = section.Text("address");
  const auto security = section.Word("security", {"none", "plain", "curve"});
  listener.address = address.value_or("");
  listener.security = static_cast<Security>(security.value_or(0));
  listener.secret_key_file = section.Text("secret_key_file").value_or("");
  section.RefuseUnknownKeys();

  constexpr std::string_view kExample = "tcp://127.0.0.1:5566";
  const Node* written = section.Take("address");
  if (written == nullptr) return section.Missing("address", "address: \"" + std::string(kExample) + "\"");
  const Reach reach = ReachOf(listener.address, "tcp://");
  if (reach == Reach::kInvalid) {
    if (address) {
      section.Wrong("address", " is not an address: " + Describe(*written) +
                                   ". Write tcp://, a numeric address and a port, such as " + std::string(kExample) +
                                   ".");
    }
    return;
  }
  draft.is_exposed = draft.is_exposed || reach == Reach::kBeyond;
  if (security || section.Take("security") == nullptr) CheckSecurity(section, listener, reach);
  if (const hub::core::Listener* other = FindListener(*draft.config, listener.address)) {
    section.Wrong("address", " repeats that of " + other->place.ToString() + ": \"" + listener.address +
                                 "\". Give each listener its own.");
  }
  listeners.push_back(std::move(listener));
}

}  // namespace

void ReadHub(const Node* node, Draft& draft) {
  if (node == nullptr) return;
  hub::core::Config& config = *draft.config;
  Section section(*node, "hub", draft.report);
  if (const auto region = section.Text("region")) {
    config.region = *region;
    if (!IsRegion(*region)) {
      section.Wrong("region",
                    " is not a region: \"" + *region + "\". Use small letters, digits, - and _, such as us-east-1.");
    }
  }
  if (const auto data = section.Text("data")) {
    config.data_directory = *data;
    if (data->empty()) section.Wrong("data", " is empty. Write a directory, such as ./penstock-data.");
  }
  if (const auto word = section.Word("durability", {"flush", "interval", "memory"})) {
    config.durability = static_cast<hub::core::Durability>(*word);
  }
  if (const auto interval = section.Duration("flush_interval", kFlushIntervalMin, kFlushIntervalMax)) {
    config.flush_interval = *interval;  // May stand there unused, so that changing the durability is one word.
  }
  if (const auto word = section.Word("policies", {"enforce", "log"})) {
    config.policies = static_cast<hub::core::PolicyMode>(*word);
    draft.has_policies = true;
  }
  if (const auto word = section.Word("mode", {"local", "strict"})) {
    config.mode = static_cast<hub::core::Mode>(*word);
    draft.has_mode = true;
  }
  config.local_open = section.Bool("local_open").value_or(false);
  for (const auto& [item, path] : ItemsOf(section.Take("hosts"), "hub.hosts")) {
    if (auto host = TextOf(*item, path, draft.report)) config.http_hosts.push_back(std::move(*host));
  }
  if (const auto word = section.Word("drift", {"refuse", "allow"})) config.drift = *word == 1;
  if (const auto word = section.Word("sixty_second_rules", {"off", "on"})) {
    config.sixty_second_rules = *word == 1;
    draft.has_sixty_second_rules = true;
  }
  config.prune = section.Bool("prune").value_or(config.prune);
  if (const auto size = section.Size("message_size", hub::kMessageBytesMin, hub::kMessageBytesMax)) {
    config.message_bytes_default = static_cast<std::size_t>(*size);
  }
  config.space_left_min = section.Size("free_space_min", 0, kFreeSpaceMax).value_or(config.space_left_min);
  section.RefuseUnknownKeys();
}

void ReadListen(const Node* node, Draft& draft) {
  if (node == nullptr) {
    draft.report.Warning({.file = std::make_shared<const std::string>(draft.config->file)},
                         "listen is missing: nobody can reach the hub. Write listen: {zmq: {address: "
                         "\"tcp://127.0.0.1:5566\", security: plain}}.");
    return;
  }
  Section section(*node, "listen", draft.report);
  for (const auto& [item, path] : ItemsOf(section.Take("zmq"), "listen.zmq")) {
    ReadListener(*item, path, draft, draft.config->listeners);
  }
  for (const auto& [item, path] : ItemsOf(section.Take("feed"), "listen.feed")) {
    ReadListener(*item, path, draft, draft.config->feed_listeners);
  }
  ReadHttp(section.Take("http"), "listen.http", draft);
  ReadMetricsListeners(section.Take("metrics"), "listen.metrics", draft);
  section.RefuseUnknownKeys();
}

}  // namespace adapters::yaml
