# What docs/operations types, for Kubernetes: `. deploy/operate/cluster.sh`
: "${NAMESPACE:=x402-production}"
: "${BACKUP_DIR:=.}" # where backups and exports go

# In a pod of its own (deploy/k8s/base/ops.yaml): it works while no worker runs.
ops() { kubectl -n "$NAMESPACE" exec deployment/x402-ops -- node dist/ops.js "$@"; }
redis() {
  kubectl -n "$NAMESPACE" exec statefulset/x402-redis -c redis -- \
    sh -c 'REDISCLI_AUTH="$REDIS_PASSWORD" exec redis-cli "$@"' redis-cli "$@"
}
# From inside: no network policy is in the way.
GET='const answer = await fetch(process.argv[1]); process.stdout.write(await answer.text())'
api() {
  case $1 in /metrics) port=9465 ;; *) port=3000 ;; esac
  kubectl -n "$NAMESPACE" exec deployment/x402-api -- node --input-type=module -e "$GET" "http://127.0.0.1:$port$1"
}
worker() {
  kubectl -n "$NAMESPACE" exec deployment/x402-worker -- node --input-type=module -e "$GET" "http://127.0.0.1:9464$1"
}
