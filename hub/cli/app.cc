#include "hub/cli/app.h"

#include <sodium.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "hub/base/assert.h"
#include "hub/cli/input.h"

namespace hub::cli {
namespace {

constexpr const char* kFooter = R"(
Examples:
  penstock check --config config/hub.yaml
  penstock serve --config config/hub.yaml
  export PENSTOCK_USER=shop/checkout PENSTOCK_PASSWORD=...
  penstock publish orders '{"id": 7}' --attribute event=order_placed --attribute amount:Number=12
  penstock publish orders --file orders.jsonl
  penstock receive billing/orders --wait 5s --delete
  penstock consume billing/orders
  penstock tail orders
  penstock queues
  penstock export > topology.yaml
  penstock diff --config config/hub.yaml
  penstock bench p1

A queue or topic is named by its ARN, as account/name or, in your own account, by its name.
Exit status: 0 done, 1 the hub refused, 2 wrong usage or configuration, 3 no hub answers; 'diff' has its own.
'penstock COMMAND --help' explains a command.)";

void AddOptions(CLI::App& app, Context& context) {
  const auto group = "Connection";
  app.add_option("--endpoint", context.endpoint, "Where the hub listens")
      ->envname("PENSTOCK_ENDPOINT")
      ->capture_default_str()
      ->group(group);
  app.add_option("--as", context.login, "User to log in as: account/user")->envname("PENSTOCK_USER")->group(group);
  app.add_option("--password-file", context.password_file, "File that holds the password (else PENSTOCK_PASSWORD)")
      ->group(group);
  app.add_option("--server-key", context.server_key, "CURVE: the hub's public key, or a file that holds it")
      ->envname("PENSTOCK_SERVER_KEY")
      ->group(group);
  app.add_option("--key-file", context.key_file, "CURVE: file with your secret key, as 'penstock keys' writes it")
      ->envname("PENSTOCK_KEY_FILE")
      ->group(group);
  app.add_option("--timeout", context.timeout, "How long to wait for an answer")->capture_default_str()->group(group);
  app.add_flag("--json", context.json, "Machine-readable output");
}

}  // namespace

void Context::Refused(const Error& error) {
  std::fprintf(stderr, "error: %s: %s\n", std::string(NameOf(error.code)).c_str(), error.message.c_str());
  status = error.code == Code::kUnavailable ? kExitUnreachable : kExitRefused;
}

void Context::Misused(std::string_view message) {
  std::fprintf(stderr, "error: %.*s\n", static_cast<int>(message.size()), message.data());
  status = kExitUsage;
}

Result<adapters::client::Options> Context::ClientOptions() const {
  adapters::client::Options options{.endpoint = endpoint, .login = login};
  const Result<Duration> wait = ParseDurationOption("--timeout", timeout);
  if (!wait) return tl::unexpected(wait.error());
  options.timeout = *wait;
  if (!password_file.empty()) {
    Result<std::string> password = ReadSecretFile(password_file);
    if (!password) return tl::unexpected(password.error());
    options.password = *std::move(password);
  } else if (const char* password = std::getenv("PENSTOCK_PASSWORD")) {
    options.password = password;
  }
  if (server_key.empty() != key_file.empty()) {
    return Fail(Code::kInvalidArgument, "CURVE needs both --server-key and --key-file.");
  }
  if (server_key.empty()) return options;
  options.login.clear();  // The key says who it is.
  options.server_key = server_key;
  if (server_key.size() != adapters::client::kKeyChars) {
    Result<std::string> key = ReadSecretFile(server_key);
    if (!key) return tl::unexpected(key.error());
    options.server_key = *std::move(key);
  }
  Result<std::string> secret = ReadSecretFile(key_file);
  if (!secret) return tl::unexpected(secret.error());
  options.secret_key = *std::move(secret);
  return options;
}

std::optional<adapters::client::Client> Context::Connect() {
  const Result<adapters::client::Options> options = ClientOptions();
  if (!options) {
    Misused(options.error().message);
    return std::nullopt;
  }
  Result<adapters::client::Client> client = adapters::client::Client::Connect(*options);
  if (!client) {
    if (client.error().code == Code::kInvalidArgument) {
      Misused(client.error().message);
    } else {
      Refused(client.error());
    }
    return std::nullopt;
  }
  return *std::move(client);
}

int Run(int argc, char** argv) {
  HUB_ASSERT(sodium_init() >= 0);
  Context context;
  CLI::App app("Penstock: topics fan messages out to durable queues, under policies written in YAML.", "penstock");
  app.footer(kFooter);
  app.set_version_flag("--version", PENSTOCK_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // Global options may also follow the command.
  AddOptions(app, context);
  AddServe(app, context);
  AddCheck(app, context);
  AddMessages(app, context);
  AddConsume(app, context);
  AddPeek(app, context);
  AddTail(app, context);
  AddResources(app, context);
  AddRedrive(app, context);
  AddTopology(app, context);
  AddBench(app, context);
  AddSecrets(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? kExitOk : kExitUsage;
  }
  return context.status;
}

}  // namespace hub::cli
