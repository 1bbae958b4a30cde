#!/usr/bin/env bash
# What the hub does, shown on a few thousand orders: fan-out under filters and policies, kill -9, a refusal.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/support/packages.sh
. tests/support/hub.sh

usage() {
  cat <<'END'
Usage: examples/quickstart.sh [option]

  (nothing)         install what is missing, build Release into build/, run the example, stop
  --serve           leave the hub running afterwards, in the foreground, until Ctrl-C
  --binary=PATH     use this program instead of building one
  --help            this
END
}

serve='' binary=''
while (($# > 0)); do
  case $1 in
    --serve) serve=1 ;;
    --binary=*) binary=${1#*=} ;;
    -h | --help) usage; exit 0 ;;
    *) echo "Unknown option: $1" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

config=config/hub.yaml
# Queue, who reads it, which lines of the input its subscriptions in config/hub.yaml admit, and the same in words.
queues=(
  'billing/orders   billing/worker     "event":"(order_placed|payment_captured)" orders placed, payments captured'
  'shipping/orders  shipping/worker    "event":"order_placed".*"region":"eu".*"attributes": orders placed in the EU'
  'analytics/events analytics/reporter . everything'
)

step() { printf '\n== %s\n' "$*"; }
fail() { echo "This should not be: $*" >&2; exit 1; }

# The password of "account/user", as the configuration says it: on loopback it may stand there in clear.
password_of() {
  awk -v account="${1%%/*}:" -v user="${1##*/}:" '
    /^[^ #]/ { section = $1 }
    /^  [^ #]/ { inside = section == "accounts:" && $1 == account; found = 0 }
    inside && $1 == user { found = 1 }
    inside && found && match($0, /password: *[^ ,}]+/) {
      password = substr($0, RSTART, RLENGTH)
      gsub(/password: *|"/, "", password)
      print password
      exit
    }' "$config"
}

# as USER COMMAND...: runs the command line as that user.
as() {
  local user=$1
  shift
  PENSTOCK_USER=$user PENSTOCK_PASSWORD=$(password_of "$user") "$binary" "$@"
}

# Messages that the queue holds: visible, delayed or in flight.
held() {  # queue, reader
  as "$2" queues show "$1" --json | /usr/bin/python3 -c '
import json, sys
queue = json.load(sys.stdin)
print(queue["visible"] + queue["in_flight"] + queue["delayed"])'
}

# Every admitted line of the input was received exactly once, by the content of its body.
compare() {  # pattern, files of received messages
  local pattern=$1
  shift
  cat examples/data/{orders,payments}.jsonl | grep -E "$pattern" | /usr/bin/python3 -c '
import collections, json, sys
def key(body): return json.dumps(body, sort_keys=True)
def event(body):  # Delivered raw, or in the envelope of a notification.
    body = json.loads(body)
    return json.loads(body["Message"]) if "Message" in body else body
wanted = collections.Counter(key(json.loads(line)["body"]) for line in sys.stdin)
got = collections.Counter(key(event(json.loads(line)["body"])) for name in sys.argv[1:] for line in open(name))
print(f"   {got.total()} received before and after: {(wanted - got).total()} missing, {(got - wanted).total()} too many")
sys.exit(wanted != got)' "$@" || fail "what was received is not what was published"
}

build() {
  install_packages "${PACKAGES_BUILD[@]}"
  if [[ ! -f build/build.ninja ]]; then cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DHUB_TESTS=OFF >/dev/null; fi
  cmake --build build --target penstock
  binary=build/hub/penstock
}

show_queues() {  # expected total per queue, in the order of the table
  local queue reader pattern words count
  for row in "${queues[@]}"; do
    read -r queue reader pattern words <<<"$row"
    count=$(held "$queue" "$reader")
    printf '   %-17s %5d messages   (%s: %d expected)\n' "$queue" "$count" "$words" "$1"
    ((count == $1)) || fail "$queue holds $count messages, not $1"
    shift
  done
}

# The first body of a file of received messages, as its reader gets it, cut to the width of a terminal.
first_body() {
  /usr/bin/python3 -c 'import json, sys; print("   " + json.loads(sys.stdin.readline())["body"][:110] + " ...")' <"$1"
}

# A refusal with the reason, and each statement that would change it, on lines of their own.
show_refusal() {
  sed -E 's/^error: //; s/ Add one /\n\nAdd one /; s/, and one to /\nand one to /; s/: (\{"Effect")/:\n   \1/g' "$1" |
    sed -E 's/^(.+)/   \1/'
}

if [[ -z $binary ]]; then
  step "Build"
  build
fi

work=$(mktemp -d)
trap 'kill_hub; rm -rf "$work"' EXIT

step "Start the hub on $config, with an empty store"
start_hub "$binary" "$config" "$work/data" "$work/hub.log"
sed 's/^/   /' "$work/hub.log.out"

step "shop/checkout publishes; each line is acknowledged only when it is on disk"
for topic in orders payments; do
  printf '   %-15s' "$topic"
  as shop/checkout publish "shop/$topic" --file "examples/data/$topic.jsonl"
done

step "Three teams have them, each what its filters and policies admit"
expected=()
for row in "${queues[@]}"; do
  read -r _ _ pattern _ <<<"$row"
  expected+=("$(cat examples/data/{orders,payments}.jsonl | grep -cE "$pattern")")
done
show_queues "${expected[@]}"

read -r queue reader _ <<<"${queues[1]}"
step "shipping receives 10 messages and dies: what is not deleted comes back when its visibility ends"
as "$reader" receive "$queue" --max 10 --json >"$work/undone"
echo "   $(wc -l <"$work/undone") received, as they were published, such as"
first_body "$work/undone"
read -r queue reader pattern _ <<<"${queues[0]}"
step "billing receives 100 messages and deletes them: done for good"
as "$reader" receive "$queue" --max 100 --delete --json >"$work/deleted"
echo "   $(wc -l <"$work/deleted") received in the envelope of a notification, such as"
first_body "$work/deleted"
expected[0]=$((expected[0] - 100))

step "kill -9, and start again"
kill_hub
start_hub "$binary" "$config" "$work/data" "$work/hub.log"
sed 's/^/   /' "$work/hub.log.out"

step "Nothing acknowledged is missing, and nothing deleted is back"
show_queues "${expected[@]}"
echo "   billing receives the rest:"
as "$reader" receive "$queue" --max 100000 --delete --json >"$work/drained"
compare "$pattern" "$work/deleted" "$work/drained"

step "A team without permission is refused, with the reason and the statement that would allow it"
echo "   analytics/reporter: penstock receive billing/orders"
if as analytics/reporter receive billing/orders 2>"$work/refusal"; then fail "analytics may read what is billing's"; fi
show_refusal "$work/refusal"
grep -q AccessDenied "$work/refusal" || fail "this is no refusal"
grep -q '{"Effect":"Allow"' "$work/refusal" || fail "no statement that would allow it"

if [[ -n $serve ]]; then
  step "The hub goes on serving; Ctrl-C stops it"
  sed 's/^/   /' "$work/hub.log.out"
  echo "   For example, in another terminal:"
  echo "   PENSTOCK_USER=analytics/reporter PENSTOCK_PASSWORD=$(password_of analytics/reporter) $binary receive analytics/events"
  trap 'stop_hub; rm -rf "$work"; exit' INT TERM
  wait "$hub_pid"
  exit
fi

step "Stop"
stop_hub || fail "the hub did not stop cleanly: $(tail -n 5 "$work/hub.log")"
echo "Done."
