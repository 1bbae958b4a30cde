# shellcheck shell=bash
# Starting and stopping a hub from a script. Sourced by examples/quickstart.sh and tests/run.sh.

hub_pid=''

# start_hub BINARY CONFIG DATA LOG: returns when the hub is ready, or shows its log and fails. Sets hub_pid.
start_hub() {
  local binary=$1 config=$2 data=$3 log=$4 deadline=$((SECONDS + 30))
  : >"$log.out"
  "$binary" serve --config "$config" --data "$data" >"$log.out" 2>>"$log" &
  hub_pid=$!
  until grep -q '^ready' "$log.out"; do
    if ! kill -0 "$hub_pid" 2>/dev/null || ((SECONDS >= deadline)); then
      echo "The hub did not become ready:" >&2
      tail -n 20 "$log.out" "$log" >&2
      kill_hub
      return 1
    fi
    sleep 0.02
  done
}

# The end that a crash is: nothing is flushed, nothing is said.
kill_hub() {
  if [[ -n $hub_pid ]]; then
    kill -9 "$hub_pid" 2>/dev/null || true
    wait "$hub_pid" 2>/dev/null || true
    hub_pid=''
  fi
}

# The clean end. Fails when the hub does.
stop_hub() {
  local status=0
  if [[ -n $hub_pid ]]; then
    kill -TERM "$hub_pid" 2>/dev/null || true
    wait "$hub_pid" || status=$?
    hub_pid=''
  fi
  return "$status"
}
