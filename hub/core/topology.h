// A configuration as one JSON document: what an export answers and what a plan of a reload is asked with. It holds what
// is declared, users with their policies and the hub's settings, and no secret: no password, no key.
//
//   {"file": "hub.yaml", "hub": {"region": "us-east-1", "message_size": 1048576, …},
//    "accounts":      [{"id": "111111111111", "name": "shop"}],
//    "queues":        [{"arn": "arn:aws:sqs:…", "attributes": {"VisibilityTimeout": "30"}, "at": [7, 5]}],
//    "topics":        [{"arn": "arn:aws:sns:…", "attributes": {}}],
//    "subscriptions": [{"topic": "arn:…", "queue": "arn:…", "attributes": {"RawMessageDelivery": "true"}}],
//    "grants":        [{"resource": "arn:…", "policy": {"Version": …}}],
//    "users":         [{"account": "111111111111", "user": "checkout", "login": "shop/checkout", "policies": [{…}]}]}
//
// The topic of a subscription may be a pattern: "arn:aws:sns:…:orders-*".
//
// "at" is line and column in the file, and may be missing, as may every key of "hub" and every list.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "hub/base/result.h"
#include "hub/core/config.h"

namespace hub::core {

// The data directory is left out: it may be another one on the hub's machine, by an option of `serve`.
std::string WriteTopology(const Config& config);

// Settings that the document does not have are those of `otherwise`. Fails with kInvalidArgument, naming the part that
// is wrong. At most kTopologyBytesMax.
[[nodiscard]] Result<std::shared_ptr<const Config>> ReadTopology(std::string_view document, const Config& otherwise);

}  // namespace hub::core
