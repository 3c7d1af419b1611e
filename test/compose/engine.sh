#!/usr/bin/env bash
# Gives `docker` with a running engine, Compose and Buildx: `engine.sh up`, `engine.sh down`.
#
# An engine that answers already is used as it is. Otherwise, as root on Debian, one is started
# from Debian's packages, with all of its state under $RYZ_ENGINE_STATE. `up` writes the variables
# that a client needs to $RYZ_ENGINE_STATE/env.
set -euo pipefail

state="${RYZ_ENGINE_STATE:-${XDG_CACHE_HOME:-$HOME/.cache}/ryzanstein/engine}"
packages="$state/packages" # of a newer Debian than this one, unpacked and not installed
log="$state/log"
suites=(forky trixie) # each with Compose 2 and Buildx; the first that is served is taken
mkdir -p "$packages" "$log"
export PATH="$packages/usr/bin:$packages/usr/sbin:$PATH" DEBIAN_FRONTEND=noninteractive

say() { printf '%s\n' "$*"; }
fail() {
  printf 'No container engine: %s\n' "$*" >&2
  exit 1
}
answers() { timeout 10 docker version >/dev/null 2>&1; }
own_variables() { export DOCKER_HOST="unix://$state/docker.sock" DOCKER_CONFIG="$state/client"; }

install_engine() {
  command -v dockerd >/dev/null && command -v iptables >/dev/null && return
  # Nothing is started at installation: the engine that runs is started below.
  [ -e /usr/sbin/policy-rc.d ] || printf '#!/bin/sh\nexit 101\n' | install -m 755 /dev/stdin /usr/sbin/policy-rc.d
  { apt-get update && apt-get install -y --no-install-recommends docker.io iptables; } >"$log/apt.log" 2>&1 ||
    fail "apt-get could not install docker.io: $(tail -1 "$log/apt.log")"
}

# Compose 2 and Buildx are in newer suites only; their programs ask for no newer C library.
unpack_newer() {
  [ -x "$packages/usr/libexec/docker/cli-plugins/docker-compose" ] && return
  local mirror suite folder options
  mirror=$(awk '/^URIs:/ {print $2; exit}' /etc/apt/sources.list.d/debian.sources)
  for suite in "${suites[@]}"; do
    folder="$state/apt-$suite"
    mkdir -p "$folder"/{lists,archives}/partial
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$folder/sources.list"
    options=(-o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null
      -o "Dir::State::lists=$folder/lists" -o "Dir::Cache::archives=$folder/archives" -o APT::Sandbox::User=root)
    if apt-get "${options[@]}" update >"$log/apt-$suite.log" 2>&1 &&
      (cd "$folder" && apt-get "${options[@]}" download docker-compose docker-buildx docker.io docker-cli containerd) \
        >>"$log/apt-$suite.log" 2>&1; then
      for package in "$folder"/*.deb; do dpkg -x "$package" "$packages"; done
      return
    fi
  done
  fail "neither of ${suites[*]} gives docker-compose: $(tail -1 "$log/apt-$suite.log")"
}

start_engine() {
  setsid dockerd --host "$DOCKER_HOST" --data-root "$state/data" --exec-root "$state/exec" \
    --pidfile "$state/docker.pid" >"$log/dockerd.log" 2>&1 </dev/null &
  local pid=$!
  for _ in $(seq 150); do
    answers && return
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  fail "dockerd does not start: $(grep -E 'level=(error|fatal)|failed' "$log/dockerd.log" | tail -1)"
}

up() {
  : >"$state/env"
  if [ -z "${DOCKER_HOST:-}" ] && answers && docker compose version >/dev/null 2>&1; then
    say "using the engine that is there"
    return
  fi
  own_variables
  if ! answers; then
    [ "$(id -u)" = 0 ] || fail "none answers, and only root can start one"
    command -v apt-get >/dev/null || fail "none answers, and this is no Debian on which one could be installed"
    install_engine
    unpack_newer
    start_engine
  fi
  mkdir -p "$DOCKER_CONFIG/cli-plugins"
  cp "$packages"/usr/libexec/docker/cli-plugins/* "$DOCKER_CONFIG/cli-plugins/"
  printf 'export DOCKER_HOST=%s DOCKER_CONFIG=%s PATH=%s:$PATH\n' \
    "$DOCKER_HOST" "$DOCKER_CONFIG" "$packages/usr/bin:$packages/usr/sbin" >"$state/env"
  say "engine $(docker version --format '{{.Server.Version}}'), Compose $(docker compose version --short)"
}

down() {
  [ -s "$state/docker.pid" ] || return 0
  local pid
  pid=$(cat "$state/docker.pid")
  kill "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
  umount "$state"/exec/netns/* 2>/dev/null || true
}

case "${1:-}" in
  up) up ;;
  down) down ;;
  *) fail "say engine.sh up or engine.sh down" ;;
esac
