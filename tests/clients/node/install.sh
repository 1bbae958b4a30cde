#!/usr/bin/env bash
# Puts the tests of this folder and the packages that they import into another one: install.sh FOLDER
# The npm registry is asked only when the packages there are not those of package-lock.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
folder=$1

mkdir -p "$folder"
cp -- *.mjs package.json package-lock.json "$folder"
cd "$folder"
if ! cmp -s package-lock.json installed.json; then
  rm -f installed.json
  npm ci --no-audit --no-fund
  cp package-lock.json installed.json
fi
