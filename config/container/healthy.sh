#!/usr/bin/env bash
# healthy.sh [PORT]: whether the hub of this container is alive. One whose disk is full is: restarting it would not help.
# The image has no other HTTP client.
set -euo pipefail

exec 3<>"/dev/tcp/127.0.0.1/${1:-4566}"
printf 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[[ $status == 200 ]]
