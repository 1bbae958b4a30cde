#!/usr/bin/env bash
# Installs what is missing, builds, runs the tests. The last line is always "N passed, M failed".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/support/packages.sh
. tests/support/hub.sh

usage() {
  cat <<'END'
Usage: tests/run.sh [option]

  (nothing)               build Release into build/ and run every test
  --quick                 the same without the slow ones (simulation, kill -9, quickstart)
  --filter=REGEX          only the tests whose name matches
  --sanitize=NAMES        address,undefined or thread: build into build-NAMES/ and run the quick tests (thread: those
                          whose data stays in threads of our own: Debian's libzmq and RocksDB are not instrumented)
  --fuzz=SECONDS          build the fuzzers with clang into build-fuzz/ and run each for that long
  --fuzz-only=NAME        with --fuzz: only this one
  --seed=NUMBER           with --fuzz: the seed (a run prints its own)
  --bench                 build and run the benchmarks; installs Redis, RabbitMQ and nginx to compare with, whose
                          services Debian starts (they are not used: the comparison starts its own, on loopback)
  --tidy[=SECONDS]        clang-format and clang-tidy over all sources (only files whose sources changed since they last
                          passed; with SECONDS, what was not reached by then is named and left out)
  --rules                 print each rule of the specifications (tests/rules.txt) with the tests that show it, then those
                          without; fails when one has no test that should have
  --help                  this

The last line is the plain "N passed, M failed"; the exit status is 0 only when M is 0.
END
}

jobs=$(nproc)
mode=tests quick='' filter='' sanitize='' seconds='' only='' seed=$RANDOM
passed=0 failed=0

while (($# > 0)); do
  case $1 in
    --quick) quick=1 ;;
    --filter=*) filter=${1#*=} ;;
    --sanitize=address,undefined | --sanitize=thread) sanitize=${1#*=} ;;
    --fuzz=*) mode=fuzz seconds=${1#*=} ;;
    --fuzz-only=*) only=${1#*=} ;;
    --seed=*) seed=${1#*=} ;;
    --bench) mode=bench ;;
    --tidy) mode=tidy seconds=86400 ;;
    --tidy=*) mode=tidy seconds=${1#*=} ;;
    --rules) exec /usr/bin/python3 -B tests/tidy/rules.py . ;;
    -h | --help) usage; exit 0 ;;
    *) echo "Unknown option: $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done
if [[ -n $seconds && ! $seconds =~ ^[0-9]+$ ]]; then echo "Not a whole number of seconds: $seconds" >&2; exit 2; fi

finish() {
  local status=$?
  kill_hub
  # Whatever stopped the script early (a package, the compiler) is a failure that the last line must show.
  if ((status != 0 && ${failed:-0} == 0)); then failed=1; fi
  echo "${passed:-0} passed, ${failed:-1} failed"
  exit $((${failed:-1} > 0))
}

configure() {  # directory, cmake options
  local directory=$1
  shift
  echo "Configuring $directory"
  cmake -S . -B "$directory" -G Ninja -DHUB_TESTS=ON "$@" >"$directory.log" 2>&1 || { cat "$directory.log"; return 1; }
  mv "$directory.log" "$directory/configure.log"
}

run_ctest() {  # directory, ctest options; sets passed and failed
  local directory=$1 results=$1/results.xml
  shift
  rm -f "$results"
  echo "Running the tests of $directory"
  ctest --test-dir "$directory" -j "$jobs" --progress --output-on-failure --no-tests=error \
    --output-junit results.xml "$@" || true
  if [[ -f $results ]]; then
    read -r passed failed < <(/usr/bin/python3 -B tests/support/junit_counts.py "$results")
  fi
  if ((passed + failed == 0)); then failed=1; fi  # No test ran: a wrong --filter, or ctest itself broke.
}

run_tests() {
  local options=() directory=build
  if [[ -n $filter ]]; then options+=(-R "$filter"); fi
  if [[ $sanitize == thread ]]; then
    options+=(-LE 'slow|foreign_threads' -E Simulation)  # Which is one thread.
  elif [[ -n $quick || -n $sanitize ]]; then
    options+=(-LE slow)
  fi
  install_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_TESTS[@]}"
  if [[ -n $sanitize ]]; then
    # Line tables and -O1: enough for a readable report, and half the time to compile.
    directory=build-${sanitize//,/-}
    configure "$directory" -DHUB_SANITIZE="$sanitize" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
      -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1"
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1
    export TSAN_OPTIONS=second_deadlock_stack=1:suppressions=$PWD/tests/support/thread_sanitizer.supp
  else
    configure "$directory" -DHUB_SANITIZE= -DCMAKE_BUILD_TYPE=Release
  fi
  cmake --build "$directory" -j "$jobs"
  run_ctest "$directory" "${options[@]}"
}

run_fuzzers() {
  local directory=build-fuzz fuzzer name
  install_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_TESTS[@]}" "${PACKAGES_FUZZ[@]}"
  # Every library is instrumented; only the fuzzers themselves get libFuzzer's main. Another compiler, other warnings:
  # those of the usual build are the fatal ones.
  configure "$directory" -DCMAKE_CXX_COMPILER=clang++ -DHUB_FUZZ=ON -DHUB_WERROR=OFF \
    -DHUB_SANITIZE=fuzzer-no-link,address,undefined -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1"
  cmake --build "$directory" -j "$jobs" --target fuzzers
  while read -r fuzzer; do
    name=$(basename "$fuzzer")
    if [[ -n $only && $name != "$only" ]]; then continue; fi
    mkdir -p "$directory/corpus/$name" "$directory/found"
    local corpora=("$directory/corpus/$name")
    if [[ -d tests/fuzz/seeds/$name ]]; then corpora+=("tests/fuzz/seeds/$name"); fi
    local dictionary=()
    if [[ -f tests/fuzz/$name.dict ]]; then dictionary=(-dict="tests/fuzz/$name.dict"); fi
    echo "== $name for ${seconds} s; again: tests/run.sh --fuzz=$seconds --fuzz-only=$name --seed=$seed"
    if "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -seed="$seed" -print_final_stats=1 \
      -artifact_prefix="$directory/found/$name-" "${dictionary[@]}" "${corpora[@]}" >"$directory/$name.log" 2>&1; then
      tail -n 8 "$directory/$name.log" | grep -E 'number_of_executed_units|average_exec' || true
      passed=$((passed + 1))
    else
      tail -n 60 "$directory/$name.log"
      failed=$((failed + 1))
    fi
  done <"$directory/tests/fuzz/programs.txt"
  if ((passed + failed == 0)); then failed=1; fi  # No such fuzzer.
}

run_benchmarks() {
  local program
  install_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_TESTS[@]}" "${PACKAGES_YARDSTICKS[@]}"
  configure build -DHUB_SANITIZE= -DCMAKE_BUILD_TYPE=Release
  cmake --build build -j "$jobs" --target benchmarks penstock
  while read -r program; do
    echo "== $(basename "$program")"
    if "$program"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done <build/tests/bench/programs.txt
  # Over real sockets, against a hub of its own for each workload, so that none inherits another's backlog.
  local workload
  for workload in "p1 --size 1024" "p1 --size 100" "p1b --size 1024" "p1b --size 100" "p2 --queues 10" "p2 --queues 100" \
    p3 p5 fair "p9 --size 1024" "p9 --size 100"; do
    echo "== penstock bench $workload"
    rm -rf build/bench
    mkdir build/bench
    # shellcheck disable=SC2086  # The words of a workload are arguments.
    if start_hub build/hub/penstock tests/bench/hub.yaml build/bench/data build/bench/hub.log &&
      PENSTOCK_USER=bench/load PENSTOCK_PASSWORD=bench build/hub/penstock bench $workload \
        --endpoint tcp://127.0.0.1:5577 --pid "$hub_pid" && stop_hub; then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      tail -n 5 build/bench/hub.log
    fi
    kill_hub
  done
  # These start hubs of their own: what they measure is the start.
  for workload in p10 "p10 --subscribe" p11; do
    echo "== penstock bench $workload"
    # shellcheck disable=SC2086
    if build/hub/penstock bench $workload --disk build; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done
  for workload in p4 p4b p3b p8; do
    echo "== http_bench.py $workload"
    if (cd build && /usr/bin/python3 -B ../tests/bench/http_bench.py --binary=hub/penstock "$workload"); then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
    fi
  done
  echo "== Beside other brokers"
  if (cd build && /usr/bin/python3 -B ../tests/bench/yardsticks.py --binary=hub/penstock --yardsticks=tests/bench); then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
}

run_tidy() {
  install_packages "${PACKAGES_BUILD[@]}" "${PACKAGES_TESTS[@]}" "${PACKAGES_TIDY[@]}"
  configure build -DHUB_SANITIZE= -DCMAKE_BUILD_TYPE=Release
  read -r passed failed < <(/usr/bin/python3 -B tests/tidy/clang_checks.py . build "$jobs" "$seconds")
}

trap finish EXIT
case $mode in
  tests) run_tests ;;
  fuzz) run_fuzzers ;;
  bench) run_benchmarks ;;
  tidy) run_tidy ;;
esac
