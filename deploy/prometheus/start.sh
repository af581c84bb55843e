#!/bin/sh
# Starts the Prometheus of docker-compose.yml, with RUNBOOK_URL, the address of docs/operations/alerts.md where you keep it, in every
# alert: rules do not read the environment.
set -eu
: "${CONFIG_DIR:=/etc/prometheus}" "${RENDERED_DIR:=/tmp/prometheus}"
mkdir -p "$RENDERED_DIR"
cp "$CONFIG_DIR"/*.yml "$RENDERED_DIR"
if [ -n "${RUNBOOK_URL:-}" ]; then
  case $RUNBOOK_URL in *['|#&\']*) echo 'RUNBOOK_URL may hold none of | # & \' >&2; exit 1 ;; esac
  sed -i "s|^\( *runbook_url: \)[^#]*|\1$RUNBOOK_URL|" "$RENDERED_DIR/alerts.yml"
fi
exec prometheus --config.file="$RENDERED_DIR/prometheus.yml" "$@"
