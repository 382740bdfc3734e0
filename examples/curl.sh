#!/usr/bin/env bash
# Asks for one answer, whole and streamed, and for what the gateway thinks of it. Run it beside `npm start`.
set -euo pipefail
url="${UNDERSTUDY_URL:-http://127.0.0.1:4141}"
route="${UNDERSTUDY_ROUTE:-demo}"
ask() { curl -sS --fail-with-body "$url$1" -H 'content-type: application/json' "${@:2}"; }

echo "── the routes"
curl -sS --fail-with-body "$url/v1/models"; echo

echo "── a whole answer, with at most ten seconds for it"
ask /v1/chat/completions -D - \
  -d "{\"model\":\"$route\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}],\"understudy\":{\"deadline_ms\":10000}}"; echo

echo "── the same in Anthropic's format, streamed"
ask /v1/messages -N \
  -d "{\"model\":\"$route\",\"max_tokens\":200,\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}"
