// The exact text of every mistake that a configuration can have: the text is the feature.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "adapters/yaml/config_file.h"

namespace adapters::yaml {
namespace {

using testing::ElementsAre;

struct Case {
  const char* text;
  const char* mistake;  // After "f.yaml:".
};

void Check(const Case& c, const std::string& before = "") {
  SCOPED_TRACE(c.text);
  const Checked checked = ReadConfigText(before + c.text, "f.yaml");
  EXPECT_EQ(checked.config, nullptr);
  EXPECT_THAT(checked.mistakes, ElementsAre("f.yaml:" + std::string(c.mistake)));
}

// clang-format off

TEST(MistakesTest, HubAndListen) {
  const Case cases[] = {
      {"- a",                             "1:1: The configuration is not a map: a list. Write keys, each with its value."},
      {"hub: {Action: *}",                "1:15: * starts a YAML alias. Write \"*\"."},
      {"subscription: []",                "1:1: subscription is not a key. Did you mean subscriptions?"},
      {"hub: [1]",                        "1:6: hub is not a map: a list. Write keys, each with its value."},
      {"hub: {polices: log}",             "1:7: hub.polices is not a key. Did you mean policies?"},
      {"listen: {mqtt: 1}",               "1:10: listen.mqtt is not a key. Known here: zmq, feed, http, metrics."},
      {"hub: {mode: open}",               "1:13: hub.mode is not known: \"open\". Write local or strict."},
      {"listen: {http: {}}",              "1:16: listen.http.address is missing. Write address: \"http://127.0.0.1:4566\"."},
      {"listen: {http: {address: \"tcp://127.0.0.1:1\"}}", "1:26: listen.http.address is not an address: \"tcp://127.0.0.1:1\". Write http:// or https://, a numeric address and a port, such as http://127.0.0.1:4566."},
      {"listen: {http: {address: \"http://localhost:1\"}}", "1:26: listen.http.address is not an address: \"http://localhost:1\". Write http:// or https://, a numeric address and a port, such as http://127.0.0.1:4566."},
      {"listen: {http: {address: \"https://127.0.0.1:1\", key_file: a}}", "1:16: listen.http.certificate_file is missing. Write certificate_file: PATH, the certificate with its chain, as PEM."},
      {"listen: {http: {address: \"https://127.0.0.1:1\", certificate_file: a}}", "1:16: listen.http.key_file is missing. Write key_file: PATH, the certificate's key, as PEM."},
      {"listen: {http: {address: \"http://127.0.0.1:1\", key_file: a}}", "1:58: listen.http.key_file is of no use with http. Write https:// in the address, or take it away."},
      {"listen: {http: [{address: \"http://127.0.0.1:1\"}, {address: \"http://127.0.0.1:1\"}]}", "1:60: listen.http[1].address repeats that of f.yaml:1:17: \"http://127.0.0.1:1\". Give each listener its own."},
      {"hub: {mode: local}\nlisten: {http: {address: \"http://*:4566\"}}", "2:16: listen.http is reachable from beyond this machine, and hub.mode: local believes whatever credentials it is shown. Write hub.mode: strict, listen on 127.0.0.1, or, inside a container, hub.local_open: true."},
      {"hub: {mode: strict, local_open: true}\nlisten: {http: {address: \"http://127.0.0.1:1\"}}", "2:16: listen.http is in hub.mode: strict, which does not go with hub.local_open: true. Take it away, or write hub.mode: local."},
      {"hub: {policies: log}\nlisten: {http: {address: \"http://*:4566\"}}", "2:16: listen.http is in hub.mode: strict, which does not go with hub.policies: log. Take it away, or write hub.mode: local."},
      {"hub: {region: US_1}",             "1:15: hub.region is not a region: \"US_1\". Use small letters, digits, - and _, such as us-east-1."},
      {"hub: {region: [a]}",              "1:15: hub.region is not text: a list. Write text, in quotes if need be."},
      {"hub: {data: ''}",                 "1:13: hub.data is empty. Write a directory, such as ./penstock-data."},
      {"hub: {durability: flsh}",         "1:19: hub.durability is not known: \"flsh\". Did you mean flush? Write flush, interval or memory."},
      {"hub: {policies: {a: 1}}",         "1:17: hub.policies is not known: a map. Write enforce or log."},
      {"hub: {flush_interval: 5m}",       "1:23: hub.flush_interval is out of range: \"5m\". Write 1ms to 1m."},
      {"hub: {flush_interval: 100}",      "1:23: hub.flush_interval is not a duration: \"100\". Write a whole number and a unit (ms, s, m, h, d), such as 30s."},
      {"hub: {prune: yes}",               "1:14: hub.prune is not true or false: \"yes\". Write true or false."},
      {"hub: {message_size: 256KB}",      "1:21: hub.message_size is not a size: \"256KB\". Write a whole number and a unit (B, KiB, MiB, GiB), such as 256KiB."},
      {"hub: {message_size: 2MiB}",       "1:21: hub.message_size is out of range: \"2MiB\". Write 1KiB to 1MiB."},
      {"hub: {free_space_min: }",         "1:7: hub.free_space_min is not a size: nothing. Write a whole number and a unit (B, KiB, MiB, GiB), such as 256KiB."},
      {"listen: {zmq: {security: none}}", "1:15: listen.zmq.address is missing. Write address: \"tcp://127.0.0.1:5566\"."},
      {"listen: {zmq: [{address: \"localhost:55\"}]}", "1:26: listen.zmq[0].address is not an address: \"localhost:55\". Write tcp://, a numeric address and a port, such as tcp://127.0.0.1:5566."},
      {"listen: {zmq: {address: \"tcp://127.0.0.1:99999\"}}", "1:25: listen.zmq.address is not an address: \"tcp://127.0.0.1:99999\". Write tcp://, a numeric address and a port, such as tcp://127.0.0.1:5566."},
      {"listen: {zmq: {address: \"tcp://10.0.0.1:1\"}}", "1:15: listen.zmq.security is none on tcp://10.0.0.1:1, which anybody may reach. Write security: curve, or listen on 127.0.0.1."},
      {"listen: {zmq: {address: \"tcp://*:1\", security: plain}}", "1:48: listen.zmq.security is plain on tcp://*:1, which would send passwords in the clear. Write security: curve, or listen on 127.0.0.1."},
      {"listen: {zmq: {address: \"tcp://[::]:1\", security: plain}}", "1:51: listen.zmq.security is plain on tcp://[::]:1, which would send passwords in the clear. Write security: curve, or listen on 127.0.0.1."},
      {"listen: {zmq: {address: \"tcp://10.0.0.1:1\", security: curve}}", "1:15: listen.zmq.secret_key_file is missing. Write secret_key_file: PATH, a file with the server's secret key."},
      {"listen: {zmq: {address: \"tcp://127.0.0.1:1\", secret_key_file: a}}", "1:63: listen.zmq.secret_key_file is of no use without security: curve. Write that, or take the key file away."},
      {"listen: {zmq: {address: \"tcp://127.0.0.1:1\"}, feed: {address: \"tcp://127.0.0.1:1\"}}", "1:63: listen.feed.address repeats that of f.yaml:1:15: \"tcp://127.0.0.1:1\". Give each listener its own."},
      {"listen: {feed: {address: \"tcp://*:1\", security: plain}}", "1:49: listen.feed.security is plain on tcp://*:1, which would send passwords in the clear. Write security: curve, or listen on 127.0.0.1."},
      {"listen: {zmq: [{address: \"tcp://127.0.0.1:1\"}, {address: \"tcp://127.0.0.1:1\"}]}", "1:58: listen.zmq[1].address repeats that of f.yaml:1:16: \"tcp://127.0.0.1:1\". Give each listener its own."},
  };
  for (const Case& c : cases) Check(c);
}

TEST(MistakesTest, AccountsQueuesAndTopics) {
  const std::string billing = "accounts:\n  billing:\n    id: \"222222222222\"\n    ";
  const Case cases[] = {
      {"queues:\n      orders: {visibility: 30 secs}", "5:28: accounts.billing.queues.orders.visibility is not a duration: \"30 secs\". Write a whole number and a unit (ms, s, m, h, d), such as 30s."},
      {"queues: {q: {visibility: 13h}}",   "4:30: accounts.billing.queues.q.visibility is out of range: \"13h\". Write 0s to 12h."},
      {"queues: {q: {retention: 15d}}",    "4:29: accounts.billing.queues.q.retention is out of range: \"15d\". Write 1m to 14d."},
      {"queues: {q: {delay: 16m}}",        "4:25: accounts.billing.queues.q.delay is out of range: \"16m\". Write 0s to 15m."},
      {"queues: {q: {wait: 21s}}",         "4:24: accounts.billing.queues.q.wait is out of range: \"21s\". Write 0s to 20s."},
      {"queues: {q: {wait: 1500ms}}",      "4:24: accounts.billing.queues.q.wait is not whole seconds: \"1500ms\". Write whole seconds, such as 30s."},
      {"queues: {q: {message_size: 1B}}",  "4:32: accounts.billing.queues.q.message_size is out of range: \"1B\". Write 1KiB to 1MiB."},
      {"queues: {q: {visibilty: 3s}}",     "4:18: accounts.billing.queues.q.visibilty is not a key. Did you mean visibility?"},
      {"queues: {a b: }",                  "4:14: accounts.billing.queues.a b is not a name for a queue. Use letters, digits, hyphens and underscores, 1 to 80."},
      {"queues: {.fifo: }",                "4:14: accounts.billing.queues..fifo is not a name for a queue. Use letters, digits, hyphens and underscores, 1 to 80."},
      {"topics: {e: {deduplication_scope: topic}}", "4:39: accounts.billing.topics.e.deduplication_scope is for FIFO topics only, whose names end in .fifo. Take it away, or name the topic e.fifo."},
      {"topics: {e.fifo: {deduplication_scope: queue}}", "4:44: accounts.billing.topics.e.fifo.deduplication_scope is not known: \"queue\". Write topic or message_group."},
      {"topics: {a/b: }",                  "4:14: accounts.billing.topics.a/b is not a name for a topic. Use letters, digits, hyphens and underscores, 1 to 256."},
      {"topics: {t: {message_size: 1KiB}}", "4:18: accounts.billing.topics.t.message_size is not a key. Known here: display_name, content_based_deduplication, deduplication_scope, tags, policy."},
      {"queues: [q]",                      "4:13: accounts.billing.queues is not a map: a list. Write keys, each with its value."},
      {"queues: {q: {dead_letter: q}}",    "4:31: accounts.billing.queues.q.dead_letter is not a map: \"q\". Write keys, each with its value."},
      {"queues: {q: {dead_letter: {queue: dead, after: 5}}}", "4:39: accounts.billing.queues.q.dead_letter.queue names a queue that is not declared: \"queue/billing/dead\". Declare it under the queues of accounts.billing."},
      {"queues: {q: {dead_letter: {queue: q, after: 5}}}", "4:39: accounts.billing.queues.q.dead_letter.queue is the queue itself: \"q\". Name another queue of the same account."},
      {"queues: {d: , q: {dead_letter: {queue: d, after: 0}}}", "4:54: accounts.billing.queues.q.dead_letter.after is not a whole number from 1 to 1000: \"0\". Write one, such as 5."},
      {"queues: {a: {dead_letter: {queue: b, after: 5}}, b: {dead_letter: {queue: a, after: 5}}}", "4:79: accounts.billing.queues.b.dead_letter.queue closes a circle: a -> b -> a. Let one of these queues have no dead_letter."},
      {"queues: {a: {dead_letter: {queue: b, after: 5}}, b: {dead_letter: {queue: c, after: 5}}, c: {dead_letter: {queue: b, after: 5}}}", "4:119: accounts.billing.queues.c.dead_letter.queue closes a circle: b -> c -> b. Let one of these queues have no dead_letter."},
      {"queues: {q: {dead_letter: {queue: queue/shop/d, after: 5}}}\n  shop: {id: \"111111111111\", queues: {d: }}", "4:39: accounts.billing.queues.q.dead_letter.queue is a queue of another account: \"queue/shop/d\". Declare a queue for dead letters under accounts.billing.queues."},
      {"queues:\n  shop: {id: 222222222222}",   "5:14: accounts.shop.id is the id of accounts.billing as well: \"222222222222\". Give each account its own."},
      {"queues:\n  shop: {id: 22222222222}",    "5:14: accounts.shop.id is not an account id: \"22222222222\". Write twelve digits in quotes, such as id: \"111111111111\"."},
      {"queues:\n  shop:",                      "5:3: accounts.shop.id is missing. Write id: \"111111111111\", with twelve digits of its own."},
      {"queues:\n  123: {id: \"111111111111\"}", "5:3: accounts.123 is not a name for an account. Use letters, digits, hyphens and underscores, 1 to 64, and not digits alone."},
      {"queues: {q: {policy: '{}'}}",     "4:26: accounts.billing.queues.q.policy is text: \"{}\". Write the policy itself, without quotes around it; JSON may stay JSON."},
      {"topics: {t: {policy: {Statement: [{Effect: allow, Principal: \"*\", Action: \"sns:Publish\", Resource: \"arn:aws:sns:us-east-1:222222222222:t\"}]}}}",
                                          "4:48: accounts.billing.topics.t.policy: Effect is \"allow\". Write \"Allow\" or \"Deny\"."},
      {"queues: {q: {policy: {Statement: {Effect: Allow, Principal: \"*\", Action: *}}}}", "4:78: * starts a YAML alias. Write \"*\"."},
  };
  for (const Case& c : cases) Check(c, billing);
}

// rule: aws 35 a queue says whose dead letters may come to it
TEST(MistakesTest, RedriveAllowAndTags) {
  const std::string billing = "accounts:\n  billing:\n    id: \"222222222222\"\n    ";
  const Case cases[] = {
      {"queues: {d: {redrive_allow: none}, q: {dead_letter: {queue: d, after: 5}}}", "4:65: accounts.billing.queues.q.dead_letter.queue is not allowed by accounts.billing.queues.d.redrive_allow at f.yaml:4:33. Allow this queue there, or name another."},
      {"queues: {d: {redrive_allow: [queue/a]}, a: , q: {dead_letter: {queue: d, after: 5}}}", "4:75: accounts.billing.queues.q.dead_letter.queue is not allowed by accounts.billing.queues.d.redrive_allow at f.yaml:4:33. Allow this queue there, or name another."},
      {"queues: {d: {redrive_allow: }}",   "4:18: accounts.billing.queues.d.redrive_allow names 0 queues. Write none, all, or 1 to 10 queues such as queue/NAME."},
      {"queues: {d: {redrive_allow: []}}", "4:33: accounts.billing.queues.d.redrive_allow names 0 queues. Write none, all, or 1 to 10 queues such as queue/NAME."},
      {"queues: {d: {redrive_allow: [queue/d, queue/d, queue/d, queue/d, queue/d, queue/d, queue/d, queue/d, queue/d, queue/d, queue/d]}}", "4:33: accounts.billing.queues.d.redrive_allow names 11 queues. Write none, all, or 1 to 10 queues such as queue/NAME."},
      {"queues: {d: {redrive_allow: some}}", "4:33: accounts.billing.queues.d.redrive_allow is not a reference: \"some\". Write queue/NAME or queue/ACCOUNT/NAME."},
      {"queues: {d: {redrive_allow: [queue/none]}}", "4:34: accounts.billing.queues.d.redrive_allow[0] names a queue that is not declared: \"queue/none\". Declare it under the queues of an account."},
      {"queues: {q: {tags: [team]}}",      "4:24: accounts.billing.queues.q.tags is not a map: a list. Write keys, each with its value."},
      {"queues: {q: {tags: {team: [a]}}}", "4:31: accounts.billing.queues.q.tags.team is not text: a list. Write text, in quotes if need be."},
      {"queues: {q: {tags: {aws:team: a}}}", "4:25: accounts.billing.queues.q.tags.aws:team is not a tag: The tag \"aws:team\" begins with aws:, which is reserved."},
      {"topics: {t: {tags: {\"\": a}}}",    "4:25: accounts.billing.topics.t.tags. is not a tag: The key of a tag must have 1 to 128 characters."},
  };
  for (const Case& c : cases) Check(c, billing);
}

TEST(MistakesTest, FifoQueues) {
  const std::string billing = "accounts:\n  billing:\n    id: \"222222222222\"\n    topics: {t: }\n    ";
  const Case cases[] = {
      {"queues: {q: {content_based_deduplication: false}}", "5:47: accounts.billing.queues.q.content_based_deduplication is for FIFO queues only, whose names end in .fifo. Take it away, or name the queue q.fifo."},
      {"queues: {q: {deduplication_scope: group}}", "5:39: accounts.billing.queues.q.deduplication_scope is for FIFO queues only, whose names end in .fifo. Take it away, or name the queue q.fifo."},
      {"queues: {q: {fifo_throughput_limit: queue}}", "5:41: accounts.billing.queues.q.fifo_throughput_limit is for FIFO queues only, whose names end in .fifo. Take it away, or name the queue q.fifo."},
      {"queues: {q.fifo: {content_based_deduplication: yes}}", "5:52: accounts.billing.queues.q.fifo.content_based_deduplication is not true or false: \"yes\". Write true or false."},
      {"queues: {q.fifo: {deduplication_scope: messageGroup}}", "5:44: accounts.billing.queues.q.fifo.deduplication_scope is not known: \"messageGroup\". Did you mean message_group? Write queue or message_group."},
      {"queues: {q.fifo: {deduplication_scope: x, fifo_throughput_limit: message_group}}", "5:44: accounts.billing.queues.q.fifo.deduplication_scope is not known: \"x\". Write queue or message_group."},
      {"queues: {q.fifo: {fifo_throughput_limit: 300}}", "5:46: accounts.billing.queues.q.fifo.fifo_throughput_limit is not known: \"300\". Write queue or message_group."},
      {"queues: {q.fifo: {fifo_throughput_limit: message_group}}", "5:46: accounts.billing.queues.q.fifo.fifo_throughput_limit is message_group without deduplication_scope: message_group. Write that as well, or fifo_throughput_limit: queue."},
      {"queues: {q.fifo: {fifo_throughput_limit: message_group, deduplication_scope: queue}}", "5:46: accounts.billing.queues.q.fifo.fifo_throughput_limit is message_group without deduplication_scope: message_group. Write that as well, or fifo_throughput_limit: queue."},
      {"queues: {d: , q.fifo: {dead_letter: {queue: d, after: 5}}}", "5:49: accounts.billing.queues.q.fifo.dead_letter.queue is a standard queue, unlike q.fifo: \"d\". Name a FIFO queue of the same account."},
      {"queues: {d.fifo: , q: {dead_letter: {queue: d.fifo, after: 5}}}", "5:49: accounts.billing.queues.q.dead_letter.queue is a FIFO queue, unlike q: \"d.fifo\". Name a standard queue of the same account."},
      {"queues: {q.fifo: }\nsubscriptions:\n  - {from: topic/t, to: queue/q.fifo}\ngrants: {from: topic/t, to: queue/q.fifo}", "7:25: subscriptions[0].to is a FIFO queue, and topic/billing/t is a standard topic: \"queue/q.fifo\". Name a standard queue."},
      {"queues: {q.fifo: }\nsubscriptions: {from: topic/t*, to: queue/q.fifo}", "6:37: subscriptions.to is a FIFO queue, and topic/billing/t* matches standard topics only: \"queue/q.fifo\". Name a standard queue."},
  };
  for (const Case& c : cases) Check(c, billing);
}

TEST(MistakesTest, Users) {
  const std::string users = "accounts:\n  shop:\n    id: \"111111111111\"\n    queues: {q: }\n    topics: {orders: }\n    users: ";
  const Case cases[] = {
      {"{a/b: {password: x}}",            "6:13: accounts.shop.users.a/b is not a name for a user. Use letters, digits and _+=,.@-, 1 to 64."},
      {"{u: {password: ''}}",             "6:27: accounts.shop.users.u.password has 0 bytes. Write 1 to 255."},
      {"{u: {password: true}}",           "6:27: accounts.shop.users.u.password is not text: \"true\". Write text, in quotes if need be."},
      {"{u: {password_hash: abc}}",       "6:32: accounts.shop.users.u.password_hash is not an argon2id hash. Write what `penstock hash-password` prints."},
      {"{u: {password: x, password_hash: $argon2id$x}}", "6:45: accounts.shop.users.u.password_hash stands beside a password. Keep one of the two."},
      {"{u: {curve_key: abc}}",           "6:28: accounts.shop.users.u.curve_key is not a public key: \"abc\". Write the 40 characters (Z85) of a public key, as `penstock keys` prints it."},
      {"{u: {curve_key: \"########################################\"}}", "6:28: accounts.shop.users.u.curve_key is not a public key: \"########################################\". Write the 40 characters (Z85) of a public key, as `penstock keys` prints it."},
      {"{u: {curve_key: \"0000000000000000000000000000000000000000\"}, v: {curve_key: \"0000000000000000000000000000000000000000\"}}", "6:88: accounts.shop.users.v.curve_key is the key of user shop/u as well: \"0000000000000000000000000000000000000000\". Give each user a key of its own."},
      {"{u: {passwort: x}}",              "6:17: accounts.shop.users.u.passwort is not a key. Did you mean password?"},
      {"{u: {may: [{do: publish}]}}",     "6:23: accounts.shop.users.u.may[0].on is missing. Write on: topic/NAME or queue/NAME."},
      {"{u: {may: {on: queue/q}}}",       "6:22: accounts.shop.users.u.may.do is missing. Write do: [publish]."},
      {"{u: {may: [{do: [publsh], on: topic/orders}]}}", "6:29: accounts.shop.users.u.may[0].do[0] is not known for a topic: \"publsh\". Did you mean publish? Write publish, subscribe, unsubscribe, set subscription attributes, describe, set attributes, tag, delete topic or an action that begins with sns:."},
      {"{u: {may: {do: publish, on: queue/q}}}", "6:27: accounts.shop.users.u.may.do is not known for a queue: \"publish\". Write send, receive, delete, change visibility, purge, describe, set attributes, redrive, tag, delete queue or an action that begins with sqs:."},
      {"{u: {may: {do: \"sns:Publish\", on: queue/q}}}", "6:27: accounts.shop.users.u.may.do is not known for a queue: \"sns:Publish\". Write send, receive, delete, change visibility, purge, describe, set attributes, redrive, tag, delete queue or an action that begins with sqs:."},
      {"{u: {policies: [{Statement: {Effect: Allow, Principal: \"*\", Action: \"sqs:*\", Resource: \"*\"}}]}}", "6:56: accounts.shop.users.u.policies[0]: Principal may not stand in the policy of an identity, which holds for whoever it is attached to. Leave it out."},
  };
  for (const Case& c : cases) Check(c, users);
}

TEST(MistakesTest, References) {
  const std::string declared =
      "accounts:\n"
      "  shop: {id: \"111111111111\", topics: {orders: }, users: {checkout: {password: x}}}\n"
      "  billing: {id: \"222222222222\", queues: {orders: , invoices: }}\n"
      "  shipping: {id: \"333333333333\", queues: {orders: }}\n";
  const Case cases[] = {
      {"subscriptions: [{from: topic/orders, to: queue/orders}]", "5:42: subscriptions[0].to is ambiguous: \"queue/orders\" is declared at f.yaml:3:42 and f.yaml:4:43. Write queue/billing/orders or queue/shipping/orders."},
      {"subscriptions: [{from: topic/orders, to: queue/invoice}]", "5:42: subscriptions[0].to names a queue that is not declared: \"queue/invoice\". Did you mean queue/invoices?"},
      {"subscriptions: [{from: topic/orders, to: queue/q}]", "5:42: subscriptions[0].to names a queue that is not declared: \"queue/q\". Declare it under the queues of an account."},
      {"subscriptions: [{from: topic/orders, to: queue/biling/orders}]", "5:42: subscriptions[0].to names an account that is not declared: \"queue/biling/orders\". Did you mean billing?"},
      {"subscriptions: [{from: topic/orders, to: invoices}]", "5:42: subscriptions[0].to is not a reference: \"invoices\". Write queue/NAME or queue/ACCOUNT/NAME."},
      {"subscriptions: [{from: topic/orders, to: topic/orders}]", "5:42: subscriptions[0].to is not a queue: \"topic/orders\". Write queue/NAME or queue/ACCOUNT/NAME."},
      {"subscriptions: [{from: [topic/orders], to: queue/invoices}]", "5:24: subscriptions[0].from is not a reference: a list. Write topic/NAME or topic/ACCOUNT/NAME."},
      {"subscriptions: [{to: queue/invoices}]", "5:17: subscriptions[0].from is missing. Write from: topic/NAME."},
      {"subscriptions: [{from: topic/orders}]", "5:17: subscriptions[0].to is missing. Write to: queue/NAME."},
      {"subscriptions: [{from: topic/orders, to: queue/invoices}, {from: topic/orders, to: queue/billing/invoices}]", "5:59: subscriptions[1] repeats subscriptions[0] at f.yaml:5:17: topic/shop/orders to queue/billing/invoices. Keep one of them."},
      {"subscriptions: [{from: topic/orders, to: queue/invoices, filter: [a]}]", "5:66: subscriptions[0].filter is not a map: a list. Write keys, each with a list of what it may be, such as {region: [eu]}."},
      {"subscriptions: [{from: topic/orders, to: queue/invoices, filter: {a: [{pre: x}]}}]", "5:66: subscriptions[0].filter is refused: Unrecognized match type pre. Write each key with a list, such as {region: [eu, {prefix: us-}]}."},
      {"subscriptions: [{from: topic/orders, to: queue/invoices, filter_on: body}]", "5:69: subscriptions[0].filter_on is of no use without a filter. Write one, or take it away."},
      {"subscriptions: [{from: topic/orders, to: queue/invoices, filter: {a: [b]}, filter_on: boddy}]", "5:87: subscriptions[0].filter_on is not known: \"boddy\". Did you mean body? Write attributes or body."},
      {"subscriptions: [{from: topic/orders, to: queue/invoices, dead_letter: queue/nowhere}]", "5:71: subscriptions[0].dead_letter names a queue that is not declared: \"queue/nowhere\". Declare it under the queues of an account."},
      {"subscriptions: [{from: topic/orders, to: queue/invoices, dead_letter: queue/invoices}]", "5:71: subscriptions[0].dead_letter is the queue itself: \"queue/invoices\". Name another queue of the same account."},
      {"subscriptions: [{from: topic/orders, to: queue/nowhere, dead_letter: queue/nowhere}]", "5:42: subscriptions[0].to names a queue that is not declared: \"queue/nowhere\". Declare it under the queues of an account."},
      {"subscriptions: [{from: topic/orders, to: queue/invoices, raw: 1}]", "5:63: subscriptions[0].raw is not true or false: \"1\". Write true or false."},
      {"subscriptions: [{from: topic/orders-*, to: queue/invoices}]", "5:24: subscriptions[0].from does not say of which account: \"topic/orders-*\". Write topic/ACCOUNT/orders-*."},
      {"subscriptions: [{from: topic/shp/orders-*, to: queue/invoices}]", "5:24: subscriptions[0].from names an account that is not declared: \"topic/shp/orders-*\". Did you mean shop?"},
      {"subscriptions: [{from: topic/shop/orders.*, to: queue/invoices}]", "5:24: subscriptions[0].from is not a pattern of topic names: \"topic/shop/orders.*\". Use letters, digits, hyphens, underscores and * for any run of them, 1 to 256."},
      {"subscriptions: [{from: queue/shop/orders-*, to: queue/invoices}]", "5:24: subscriptions[0].from is not a topic: \"queue/shop/orders-*\". Write topic/NAME or topic/ACCOUNT/NAME."},
      {"subscriptions: [{from: topic/shop/o*, to: queue/invoices}, {from: topic/shop/o*, to: queue/billing/invoices}]", "5:60: subscriptions[1] repeats subscriptions[0] at f.yaml:5:17: topic/shop/o* to queue/billing/invoices. Keep one of them."},
      {"grants: [{from: topic/shop/o*, to: queue/invoices}]", "5:17: grants[0].from names a topic that is not declared: \"topic/shop/o*\". Declare it under the topics of accounts.shop."},
      {"grants: [{from: topic/ordrs, to: queue/invoices}]", "5:17: grants[0].from names a topic that is not declared: \"topic/ordrs\". Did you mean topic/orders?"},
      {"grants: [{user: shop/chekout, may: receive, on: queue/invoices}]", "5:17: grants[0].user names a user that is not declared: \"shop/chekout\". Did you mean shop/checkout?"},
      {"grants: [{account: biling, may: receive, on: queue/invoices}]", "5:20: grants[0].account names an account that is not declared: \"biling\". Did you mean billing?"},
      {"grants: [{account: billing, may: [recieve], on: queue/invoices}]", "5:35: grants[0].may[0] is not known for a queue: \"recieve\". Did you mean receive? Write send, receive, delete, change visibility, purge, describe, set attributes, redrive, tag, delete queue or an action that begins with sqs:."},
      {"grants: [{account: billing, may: receive, on: \"arn:aws:sqs:us-east-1:111111111111:x\"}]", "5:47: grants[0].on is an ARN: \"arn:aws:sqs:us-east-1:111111111111:x\". Declare what it names under accounts and write queue/NAME, topic/NAME, or with the account between: queue/ACCOUNT/NAME."},
      {"grants: [{may: receive, on: queue/invoices}]", "5:10: grants[0] is not one of the four forms. Write {from: topic/NAME, to: queue/NAME}, {account: NAME, may: [...], on: queue/NAME}, {user: ACCOUNT/NAME, may: [...], on: queue/NAME} or {policy: {...}, on: queue/NAME}."},
      {"grants: [x]", "5:10: grants[0] is not a map: \"x\". Write {from: topic/NAME, to: queue/NAME}, {account: NAME, may: [...], on: queue/NAME}, {user: ACCOUNT/NAME, may: [...], on: queue/NAME} or {policy: {...}, on: queue/NAME}."},
  };
  for (const Case& c : cases) Check(c, declared);
}

// clang-format on

TEST(MistakesTest, AllAreToldAtOnceInTheOrderOfTheFile) {
  const Checked checked = ReadConfigText(
      "grants: [x]\nhub:\n  prune: maybe\n  regoin: eu\naccounts: {shop: {id: \"1\", queues: {q: {delay: 1}}}}\n",
      "f.yaml");
  EXPECT_EQ(checked.config, nullptr);
  EXPECT_THAT(
      checked.mistakes,
      ElementsAre(testing::StartsWith("f.yaml:1:10: grants[0] "), testing::StartsWith("f.yaml:3:10: hub.prune "),
                  testing::StartsWith("f.yaml:4:3: hub.regoin "), testing::StartsWith("f.yaml:5:23: accounts.shop.id "),
                  testing::StartsWith("f.yaml:5:48: accounts.shop.queues.q.delay ")));
}

}  // namespace
}  // namespace adapters::yaml
