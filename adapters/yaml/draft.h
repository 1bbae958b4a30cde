// A configuration while it is being read. Each reader takes its part of the file, fills in what it understands and
// reports the rest; the order is hub, listen, accounts, dead letters, users, subscriptions, grants, because each needs
// what those before it declared.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "adapters/yaml/report.h"
#include "hub/base/document.h"
#include "hub/core/config.h"

namespace adapters::yaml {

// A queue or a topic that the file declares.
struct Declared {
  hub::ResourceName name;
  std::string account_name;
  hub::Place place;
};

// A user, to be read once every resource is known.
struct PendingUser {
  std::size_t account = 0;  // In Config::accounts.
  std::string name;
  const hub::Node* node = nullptr;
  std::string path;
  hub::Place place;
};

// What a queue says of its dead letters, to be read once every queue is known.
struct PendingDeadLetter {
  std::size_t queue = 0;  // In Config::queues.
  std::string account_name;
  const hub::Node* node = nullptr;
  std::string path;
};

// Which queues may have this one for their dead letters, to be read once every queue is known.
struct PendingRedriveAllow {
  std::size_t queue = 0;  // In Config::queues.
  const hub::Node* node = nullptr;
  std::string path;
};

// A grant to a user, to be checked against what the user's own policies allow.
struct UserGrant {
  std::size_t grant = 0;  // In Config::grants.
  std::string login;
  std::string path;
};

// A document of the file, for whoever asks what is in force.
struct PolicyDocument {
  std::string label;  // "user shop/checkout"
  hub::Node document;
};

struct Draft {
  Report report;
  std::shared_ptr<hub::core::Config> config = std::make_shared<hub::core::Config>();
  bool has_mode = false;      // Whether the file says so, rather than leaving it to
  bool has_policies = false;  // where it listens.
  bool has_sixty_second_rules = false;
  bool is_exposed = false;  // Whether a native listener can be reached from beyond this machine.
  std::map<std::string, std::vector<Declared>, std::less<>> resources;  // By "queue/NAME" and "topic/NAME".
  std::map<std::string, std::size_t, std::less<>> accounts;             // By name: index into Config::accounts.
  std::map<std::string, std::string, std::less<>> account_names;        // By id.
  std::map<std::string, std::string, std::less<>> curve_keys;           // Whose login has which key.
  std::set<std::string, std::less<>> users;                             // "shop/checkout"
  std::vector<PendingUser> pending_users;
  std::vector<PendingDeadLetter> pending_dead_letters;
  std::vector<PendingRedriveAllow> pending_redrive_allows;
  std::vector<UserGrant> user_grants;
  std::vector<PolicyDocument> user_documents;
};

// Each takes the value of its top-level key, or null when the file does not have it.
void ReadHub(const hub::Node* node, Draft& draft);
void ReadListen(const hub::Node* node, Draft& draft);

// The HTTP listeners, and what follows from where they listen.
void ReadPush(const hub::Node* node, Draft& draft);
void ReadHttp(const hub::Node* node, const std::string& path, Draft& draft);
void ReadMetricsListeners(const hub::Node* node, const std::string& path, Draft& draft);
void ReadMetrics(const hub::Node* node, Draft& draft);
void ReadAccounts(const hub::Node* node, Draft& draft);
void ReadSubscriptions(const hub::Node* node, Draft& draft);
void ReadGrants(const hub::Node* node, Draft& draft);

void ReadDeadLetters(Draft& draft);
void ReadUsers(Draft& draft);

// Warns of subscriptions whose queue admits nothing from their topic, and of grants to users of another account whose
// own policies do not allow the same. Last, and only without mistakes: it asks all policies and grants.
void WarnOfDenials(Draft& draft);

}  // namespace adapters::yaml
