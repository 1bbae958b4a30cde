// The keys `listen.metrics` and `metrics`.
#include <algorithm>

#include "adapters/yaml/address.h"
#include "adapters/yaml/draft.h"
#include "adapters/yaml/section.h"

namespace adapters::yaml {
namespace {

using hub::Node;
using hub::core::HttpListener;

constexpr std::string_view kExample = "http://127.0.0.1:9464";

void ReadListener(const Node& node, const std::string& path, Draft& draft) {
  Section section(node, path, draft.report);
  HttpListener listener{
      .address = section.Text("address").value_or(""), .certificate_file = "", .key_file = "", .place = node.place};
  section.RefuseUnknownKeys();
  if (section.Take("address") == nullptr) {
    return section.Missing("address", "address: \"" + std::string(kExample) + "\"");
  }
  const Reach reach = ReachOf(listener.address, "http://");
  if (reach == Reach::kInvalid) {
    return section.Wrong("address", " is not an address: \"" + listener.address +
                                        "\". Write http://, a numeric address and a port, such as " +
                                        std::string(kExample) + ".");
  }
  if (reach == Reach::kBeyond) {
    draft.report.Warning(node.place, path +
                                         " tells whoever reaches it how much the hub does, and with "
                                         "metrics.per_queue the names of its queues. Keep it to a network of those "
                                         "who may know.");
  }
  hub::core::Config& config = *draft.config;
  for (const auto* listeners : {&config.http_listeners, &config.metrics_listeners}) {
    const auto other = std::ranges::find(*listeners, listener.address, &HttpListener::address);
    if (other == listeners->end() || listener.address.ends_with(":0")) continue;
    section.Wrong("address", " repeats that of " + other->place.ToString() + ": \"" + listener.address +
                                 "\". Give each listener its own.");
  }
  config.metrics_listeners.push_back(std::move(listener));
}

}  // namespace

void ReadMetricsListeners(const Node* node, const std::string& path, Draft& draft) {
  for (const auto& [item, item_path] : ItemsOf(node, path)) ReadListener(*item, item_path, draft);
}

void ReadMetrics(const Node* node, Draft& draft) {
  if (node == nullptr) return;
  Section section(*node, "metrics", draft.report);
  draft.config->metrics_per_queue = section.Bool("per_queue").value_or(false);
  section.RefuseUnknownKeys();
}

}  // namespace adapters::yaml
