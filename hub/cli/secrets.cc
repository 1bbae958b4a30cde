// hash-password and keys: what goes into a configuration instead of a secret.
#include <fcntl.h>
#include <sodium.h>
#include <termios.h>
#include <unistd.h>
#include <zmq.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "hub/base/document.h"
#include "hub/cli/app.h"

namespace hub::cli {
namespace {

// Reads one line from stdin, without showing it when somebody types.
std::string ReadPassword() {
  termios shown{};
  const bool typed = isatty(STDIN_FILENO) != 0 && tcgetattr(STDIN_FILENO, &shown) == 0;
  if (typed) {
    std::fputs("Password: ", stderr);
    termios hidden = shown;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  std::string password;
  std::getline(std::cin, password);
  if (typed) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    std::fputc('\n', stderr);
  }
  return password;
}

void HashPassword(Context& context) {
  std::string password = ReadPassword();
  if (password.empty()) return context.Misused("The password is empty. Type it, or pipe it in on one line.");
  char hash[crypto_pwhash_STRBYTES];
  const int failed = crypto_pwhash_str_alg(hash, password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                           crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
  sodium_memzero(password.data(), password.size());
  if (failed != 0) return context.Misused("There is not enough memory to hash a password.");
  std::string line = hash;
  if (context.json) {
    line = ToJson(Node::Map({{.key = "password_hash", .key_place = {}, .value = Node::String(hash)}}));
  }
  std::printf("%s\n", line.c_str());
}

// Never overwrites: a lost key locks its owner out.
bool WriteNew(const std::string& path, mode_t mode, std::string_view text) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return false;
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  return close(file) == 0 && written;
}

void MakeKeys(Context& context, const std::string& path) {
  char public_key[adapters::client::kKeyChars + 1];
  char secret_key[adapters::client::kKeyChars + 1];
  if (zmq_curve_keypair(public_key, secret_key) != 0) return context.Misused("This libzmq was built without CURVE.");
  const bool written = WriteNew(path, 0600, std::string(secret_key) + "\n");
  sodium_memzero(secret_key, sizeof secret_key);
  if (!written) return context.Misused("Cannot write " + path + ", or it is already there.");
  if (!WriteNew(path + ".pub", 0644, std::string(public_key) + "\n")) {
    return context.Misused("Cannot write " + path + ".pub, or it is already there.");
  }
  if (context.json) {
    const Node out = Node::Map({{.key = "public_key", .key_place = {}, .value = Node::String(public_key)},
                                {.key = "secret_key_file", .key_place = {}, .value = Node::String(path)}});
    std::printf("%s\n", ToJson(out).c_str());
  } else {
    std::printf("public key  %s\nsecret key  in %s\n", public_key, path.c_str());
  }
}

}  // namespace

void AddSecrets(CLI::App& app, Context& context) {
  CLI::App* hash = app.add_subcommand("hash-password", "Turn a password into what the configuration may hold");
  hash->footer(
      "Reads the password from stdin, one line; a terminal does not show it.\n\n"
      "Example:\n  printf '%s\\n' \"$SECRET\" | penstock hash-password");
  hash->callback([&context] { HashPassword(context); });

  CLI::App* keys = app.add_subcommand("keys", "Make a CURVE key pair");
  const auto path = std::make_shared<std::string>();
  keys->add_option("FILE", *path, "Where the secret key goes (mode 0600); the public key goes to FILE.pub")->required();
  keys->footer(
      "The hub needs its own pair (secret_key_file of a listener), every client one of its own (curve_key of a "
      "user).\n\n"
      "Example:\n  penstock keys checkout.key");
  keys->callback([&context, path] { MakeKeys(context, *path); });
}

}  // namespace hub::cli
