// The command line: one executable, one subcommand per thing that a person does.
//
// Each Add… function adds its subcommands to `app`; what they do runs after parsing and leaves the exit status in
// `Context::status`. Single-threaded, except where a command says otherwise.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "adapters/client/client.h"
#include "hub/base/result.h"

namespace CLI {
class App;
}

namespace hub::cli {

// What a script can tell apart.
inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;      // The hub answered with an error.
inline constexpr int kExitUsage = 2;        // The command line or the configuration is wrong.
inline constexpr int kExitUnreachable = 3;  // No hub answers.

// Options that every command takes.
struct Context {
  std::string endpoint = "tcp://127.0.0.1:5566";
  std::string login;
  std::string password_file;
  std::string server_key;
  std::string key_file;
  std::string timeout = "30s";
  bool json = false;

  int status = kExitOk;

  // Prints `error: Code: message` to stderr and sets the status that fits an answer of the hub.
  void Refused(const Error& error);

  // Prints `error: message` to stderr; the status is kExitUsage.
  void Misused(std::string_view message);

  // A client as the options say. On failure says why, sets the status and returns nothing.
  std::optional<adapters::client::Client> Connect();

  // The same, undecided: what Connect and programs that connect several times start from.
  [[nodiscard]] Result<adapters::client::Options> ClientOptions() const;
};

void AddServe(CLI::App& app, Context& context);
void AddCheck(CLI::App& app, Context& context);
void AddMessages(CLI::App& app, Context& context);   // send, receive, delete, publish
void AddConsume(CLI::App& app, Context& context);    // consume
void AddPeek(CLI::App& app, Context& context);       // peek
void AddTail(CLI::App& app, Context& context);       // tail
void AddResources(CLI::App& app, Context& context);  // queues, topics, subscriptions, describe, status
void AddRedrive(CLI::App& app, Context& context);
void AddTopology(CLI::App& app, Context& context);  // export, diff
void AddSecrets(CLI::App& app, Context& context);   // hash-password, keys
void AddBench(CLI::App& app, Context& context);

// The whole program. Returns the exit status.
int Run(int argc, char** argv);

}  // namespace hub::cli
