# shellcheck shell=bash disable=SC2034
# The Debian packages that the project needs, in one place. Sourced by examples/quickstart.sh and tests/run.sh.
#
#   install_packages "${PACKAGES_BUILD[@]}"
#
# asks dpkg what is missing and installs only that, after saying so. Nothing missing: apt is not touched, nor the network.

PACKAGES_BUILD=(
  g++ cmake ninja-build ccache pkg-config
  libzmq3-dev cppzmq-dev libmsgpack-cxx-dev libyaml-cpp-dev libspdlog-dev librocksdb-dev libsodium-dev
  libsimdjson-dev libexpected-dev libcli11-dev libboost-dev libssl-dev prometheus-cpp-dev
  python3
)
PACKAGES_DEB=(dpkg-dev file)  # What `cpack -G DEB` asks for the libraries' packages.
PACKAGES_TESTS=(
  libgtest-dev libgmock-dev libbenchmark-dev python3-zmq python3-msgpack
  python3-boto3 awscli python3-kombu python3-pycurl openssl
  "${PACKAGES_DEB[@]}" fakeroot systemd python3-seccomp iproute2 python3-yaml
)
# Any Node.js from version 18 on does, with its npm.
command -v node >/dev/null || PACKAGES_TESTS+=(nodejs)
command -v npm >/dev/null || PACKAGES_TESTS+=(npm)
# For tests/run.sh --bench only: other brokers; a load generator for HTTP, and the server that it is tried on, too.
PACKAGES_YARDSTICKS=(redis-server rabbitmq-server librabbitmq-dev wrk nginx-light)
PACKAGES_FUZZ=(clang libclang-rt-dev llvm)
PACKAGES_TIDY=(git clang-format clang-tidy)

# Prints those of its arguments that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    if ! dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then echo "$package"; fi
  done
}

install_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then return 0; fi

  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "These packages are missing and there is no sudo to install them with: ${missing[*]}" >&2
      echo "As root: apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing with apt${as_root[0]:+ (with sudo)}: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
