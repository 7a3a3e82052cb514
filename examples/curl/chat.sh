#!/bin/sh
# Asks a model through Gatehouse, plain and streamed. Needs TOKEN; GATEHOUSE and MODEL have defaults.
set -eu

: "${TOKEN:?set TOKEN to an access token of your identity provider}"
gatehouse=${GATEHOUSE:-http://127.0.0.1:4000}
model=${MODEL:-gpt-4o-mini}

ask() {
  curl -sS -N --fail-with-body "$gatehouse/v1/chat/completions" \
    -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' "$@"
}

echo '--- plain'
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
ask -D "$headers" \
  -d "{\"model\":\"$model\",\"messages\":[{\"role\":\"user\",\"content\":\"What is a gatehouse?\"}]}"
echo
grep -iE '^x-(request-id|gatehouse-decision-id|litellm-(model-id|response-cost))' "$headers"

echo '--- streamed'
ask -d "{\"model\":\"$model\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"And as a stream?\"}]}"
