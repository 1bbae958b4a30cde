// The configuration as data: what adapters/yaml reads and what the core, the engine and the endpoints go by.
//
// Everything is checked for itself by the reader (types, ranges, names, references between declared things), so that a
// Config is consistent; the core still checks it against what already exists.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/document.h"
#include "hub/base/limits.h"
#include "hub/base/names.h"
#include "hub/base/tags.h"
#include "hub/base/time.h"
#include "hub/core/identity.h"
#include "hub/policy/policy.h"
#include "topics/cidr.h"

namespace hub::core {

enum class Durability : std::uint8_t {
  kFlush,     // An acknowledgement means flushed to disk. Loses nothing acknowledged.
  kInterval,  // Flushed every `flush_interval`. A power loss takes up to that much; `kill -9` takes nothing.
  kMemory,    // No log. A crash of any kind takes what the store had not yet written by itself.
};

enum class PolicyMode : std::uint8_t {
  kEnforce,
  kLog,  // What would be denied is done, and logged as WOULD DENY with the statement to add.
};

enum class Security : std::uint8_t { kNone, kPlain, kCurve };

struct Listener {
  std::string address;  // "tcp://127.0.0.1:5566"
  Security security = Security::kNone;
  std::string secret_key_file;  // kCurve: the server's secret key, Z85.
  Place place;
};

// Of the endpoint for clients of SQS and SNS.
struct HttpListener {
  std::string address;           // "http://127.0.0.1:4566", "https://[::1]:4566"
  std::string certificate_file;  // https: PEM, with the chain.
  std::string key_file;          // https: PEM.
  Place place;
};

// How far the HTTP endpoint believes its callers.
enum class Mode : std::uint8_t {
  kLocal,   // As an emulator: any credentials, whose access key names the account.
  kStrict,  // Nobody who has not proven who they are.
};

// Subscribers that are not queues.
struct PushConfig {
  std::string url;           // How they reach the HTTP endpoint, for the links in what they get; "": its own address.
  std::string function_url;  // Where functions are invoked, with "{function}" for the name; "": nowhere.
  std::vector<topics::CidrBlock> allow;  // Addresses that may be delivered to whatever the mode says.
  std::string ca_file;                   // PEM: authorities to trust besides the system's; "": none.
};

struct DeclaredQueue {
  ResourceName name;
  std::map<std::string, std::string, std::less<>> attributes;  // As core::Attributes, without Policy.
  std::optional<Node> policy;
  Place place;
  Tags tags = {};
};

struct DeclaredTopic {
  ResourceName name;
  std::map<std::string, std::string, std::less<>> attributes;
  std::optional<Node> policy;
  Place place;
  Tags tags = {};
};

struct DeclaredSubscription {
  ResourceName topic;  // Or a pattern.
  ResourceName queue;
  std::optional<ResourceName> dead_letters;  // As the attributes say.
  std::map<std::string, std::string, std::less<>> attributes;
  Place place;
};

struct DeclaredAccount {
  std::string id;    // Twelve digits.
  std::string name;  // "billing"
  Place place;
};

struct DeclaredUser {
  UserCredential credential;
  std::vector<Node> documents;  // What `policies` are made from.
  std::vector<std::shared_ptr<const policy::Policy>> policies;
  Place place;
};

// A short form, compiled: the statements that it adds to a resource's policies.
struct CompiledGrant {
  ResourceName resource;
  Node document;  // A whole policy document; `penstock check --show-policies` prints it.
  std::shared_ptr<const policy::Policy> policy;
  Place place;
};

struct Config {
  std::string file;
  std::string region = "us-east-1";
  std::string data_directory = "penstock-data";
  Durability durability = Durability::kFlush;
  Duration flush_interval = 100ms;
  PolicyMode policies = PolicyMode::kEnforce;
  bool drift = false;               // Endpoints may change what is declared.
  bool prune = false;               // What an earlier configuration declared and this one does not is deleted.
  bool sixty_second_rules = false;  // Purge again and create again only after a minute, as SQS has it.
  std::uint64_t space_left_min = 256 * 1024 * 1024;
  std::size_t message_bytes_default = kMessageBytesMax;  // MaximumMessageSize of queues that do not say.
  std::vector<Listener> listeners;
  std::vector<Listener> feed_listeners;  // Of the live feed.
  std::vector<HttpListener> http_listeners;
  std::vector<HttpListener> metrics_listeners;  // Of health and metrics alone; http only.
  bool metrics_per_queue = false;
  Mode mode = Mode::kLocal;             // Of the HTTP endpoint.
  bool local_open = false;              // In local mode, yet reachable from beyond this machine.
  std::vector<std::string> http_hosts;  // Names by which the HTTP endpoint may be called, and what is below them.
  PushConfig push;
  std::vector<DeclaredAccount> accounts;
  std::vector<DeclaredUser> users;
  std::vector<DeclaredQueue> queues;
  std::vector<DeclaredTopic> topics;
  std::vector<DeclaredSubscription> subscriptions;
  std::vector<CompiledGrant> grants;
};

}  // namespace hub::core
