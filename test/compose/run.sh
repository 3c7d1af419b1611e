#!/usr/bin/env bash
# The tests of the compose files, on a real engine: starts one where none answers, and where no
# registry of images can be reached, makes images of the real programs that are built here.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=test/compose
state="${RYZ_ENGINE_STATE:-${XDG_CACHE_HOME:-$HOME/.cache}/ryzanstein/engine}"
export RYZ_ENGINE_STATE="$state"
own_engine=false
[ -S "$state/docker.sock" ] || own_engine=true

bash "$here/engine.sh" up
# shellcheck source=/dev/null
. "$state/env"
if [ "$own_engine" = true ]; then trap 'bash "$here/engine.sh" down' EXIT; fi

if timeout 60 docker compose pull --quiet --ignore-buildable >/dev/null 2>&1; then
  echo 'with the public images'
else
  echo 'no registry of images can be reached: with the real programs, built here'
  bash "$here/base-image.sh" ryzanstein-local/node:24
  node "$here/stand-ins.ts"
  export RYZ_ES_SECURITY=off
  export NODE_IMAGE=ryzanstein-local/node:24 OTELCOL_IMAGE=ryzanstein-local/otelcol:built
  export JAEGER_IMAGE=ryzanstein-local/jaeger:built PROMETHEUS_IMAGE=ryzanstein-local/prometheus:built
  export ELASTICSEARCH_IMAGE=ryzanstein-local/elasticsearch:built
fi
npm run -s build
node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js \
  --config "$here/jest.config.mjs" "$@"
