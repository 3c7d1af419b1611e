#!/usr/bin/env bash
# Makes images of the real programs that were built on this machine, for where no registry of
# images can be reached: `stand-in-images.sh PROGRAMS ELASTICSEARCH JDK`. They are tagged
# ryzanstein-local/*, never with the name of a public image, and behave as the public ones do:
# the same paths, users, entry points and tools for health checks.
set -euo pipefail

programs="${1:?the folder of otelcol, jaeger, prometheus and promtool}"
elasticsearch="${2:?the folder of the Elasticsearch node}"
jdk="${3:?the JDK to run it with}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v busybox >/dev/null && [ -e /bin/busybox ] && busybox_path=/bin/busybox ||
  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y busybox-static; } >/dev/null
busybox_path=$(command -v busybox)

# image NAME FOLDER: the folder has a Dockerfile.
image() { docker build --quiet --tag "ryzanstein-local/$1" "$2" >/dev/null; }

# The Collector's public image is empty but for its program and the certificates.
mkdir -p "$work/otelcol"
cp "$programs/otelcol" "$work/otelcol/otelcol-contrib"
cp -L /etc/ssl/certs/ca-certificates.crt "$work/otelcol/"
cat >"$work/otelcol/Dockerfile" <<'D'
FROM scratch
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY otelcol-contrib /otelcol-contrib
USER 10001:10001
ENTRYPOINT ["/otelcol-contrib"]
CMD ["--config", "/etc/otelcol-contrib/config.yaml"]
D
image otelcol:built "$work/otelcol"

mkdir -p "$work/jaeger"
cp "$programs/jaeger" "$busybox_path" "$work/jaeger/"
cat >"$work/jaeger/Dockerfile" <<'D'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox mkdir -p /usr/bin /sbin /usr/sbin /tmp && /bin/busybox --install -s && chmod 1777 /tmp"]
COPY jaeger /cmd/jaeger/jaeger-linux
ENV JAEGER_LISTEN_HOST=0.0.0.0
USER 10001
ENTRYPOINT ["/cmd/jaeger/jaeger-linux"]
D
image jaeger:built "$work/jaeger"

mkdir -p "$work/prometheus"
cp "$programs/prometheus" "$programs/promtool" "$busybox_path" "$work/prometheus/"
cat >"$work/prometheus/Dockerfile" <<'D'
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox mkdir -p /usr/bin /sbin /usr/sbin /prometheus && /bin/busybox --install -s && chown 65534:65534 /prometheus"]
COPY prometheus promtool /bin/
USER 65534
VOLUME /prometheus
WORKDIR /prometheus
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
D
image prometheus:built "$work/prometheus"

mkdir -p "$work/elasticsearch/jdk"
cp -r "$elasticsearch/lib" "$elasticsearch/modules" "$elasticsearch/classes" "$work/elasticsearch/"
for part in bin conf lib; do cp -r "$jdk/$part" "$work/elasticsearch/jdk/"; done
rm -f "$work/elasticsearch/jdk/lib/src.zip"
cat >"$work/elasticsearch/Dockerfile" <<'D'
FROM ryzanstein-local/node:24
WORKDIR /usr/share/elasticsearch
COPY . .
RUN install -d -o 1000 -g 0 data config logs tmp
USER 1000:0
ENTRYPOINT ["sh", "-c", "exec jdk/bin/java $ES_JAVA_OPTS -Dryzanstein.host=0.0.0.0 --enable-native-access=ALL-UNNAMED -cp 'classes:lib/*' ElasticsearchNode . data 9200"]
D
image elasticsearch:built "$work/elasticsearch"
