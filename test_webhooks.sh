#!/usr/bin/env bash
# Plays messages, calls and a batch of Event Streams to the agent as Twilio would, and shows what /metrics made of them.
#
#   ./test_webhooks.sh [BASE_URL]          http://localhost:8080 by default
#
# Unsigned, for a local trial. With TWILIO_AUTH_TOKEN (and TWILIO_ACCOUNT_SID, if the agent knows its accounts) every
# request is signed with openssl; PUBLIC_URL is the URL to sign where the agent is configured with one. METRICS_URL is
# the scrape page where it stands elsewhere. Every run makes new SIDs, so it can be repeated. Ends with an error when an
# answer or a difference of the metrics is not what it should be.
set -euo pipefail

base=${1:-http://localhost:8080}
base=${base%/}
public=${PUBLIC_URL:-$base}
public=${public%%,*}
public=${public%/}
metrics=${METRICS_URL:-$base/metrics}
token=${TWILIO_AUTH_TOKEN:-}
account=${TWILIO_ACCOUNT_SID:-AC$(openssl rand -hex 16)}
failures=0

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# signature URL NAME=VALUE...: base64(HMAC-SHA1(token, URL + every name and value, sorted by name))
signature() {
  local url=$1
  shift
  {
    printf '%s' "$url"
    printf '%s\n' "$@" | LC_ALL=C sort -t= -k1,1 | while IFS= read -r pair; do printf '%s' "${pair%%=*}${pair#*=}"; done
  } | openssl dgst -sha1 -hmac "$token" -binary | openssl base64 -A
}

# callback EXPECTED_STATUS PATH NAME=VALUE...
callback() {
  local expected=$1 path=$2 data=() headers=() pair status
  shift 2
  for pair in "$@"; do data+=(--data-urlencode "$pair"); done
  if [ -n "$token" ]; then headers=(-H "X-Twilio-Signature: $(signature "$public$path" "$@")"); fi
  status=$(curl -s -o "$answer" -w '%{http_code}' --max-time 15 ${headers[@]+"${headers[@]}"} "${data[@]}" "$base$path") || true
  printf '  %-16s %-32s %s\n' "$path" "$3 ${4:-}" "$status"
  [ "$status" = "$expected" ] || fail "$path answered $status instead of $expected: $(cat "$answer")"
}

# batch EXPECTED_STATUS EVENT...: as Event Streams sends it; the hash of the body is a part of the URL, which is signed
batch() {
  local expected=$1 path=/webhooks/events body target headers=(-H 'Content-Type: application/json') status
  shift
  body="[$(IFS=,; printf '%s' "$*")]"
  target="$path?bodySHA256=$(printf '%s' "$body" | openssl dgst -sha256 -r | cut -d' ' -f1)"
  if [ -n "$token" ]; then headers+=(-H "X-Twilio-Signature: $(signature "$public$target")"); fi
  status=$(curl -s -o "$answer" -w '%{http_code}' --max-time 15 "${headers[@]}" --data-binary "$body" "$base$target") || true
  printf '  %-16s %-32s %s\n' "$path" "$# events" "$status"
  [ "$status" = "$expected" ] || fail "$path answered $status instead of $expected: $(cat "$answer")"
}

# event TYPE DATA
event() {
  printf '{"specversion":"1.0","type":"com.twilio.%s","id":"EZ%s","time":"%s","data":%s}' \
    "$1" "$(openssl rand -hex 16)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2"
}

scrape() {
  curl -sS --fail --max-time 15 "$metrics" || {
    echo "FAILED: no metrics at $metrics: is the agent running? (METRICS_URL, if they stand elsewhere)" >&2
    exit 1
  }
}

# value PAGE SERIES: 0 for a series that does not exist yet
value() { awk -v series="$2" '$1 == series { found = $2 } END { print found + 0 }' "$1"; }

# grew SERIES BY
grew() {
  local from to
  from=$(value "$before" "$1")
  to=$(value "$after" "$1")
  printf '  %-58s %6s -> %s\n' "$1" "$from" "$to"
  [ $((to - from)) -eq "$2" ] || fail "$1 grew by $((to - from)) instead of $2"
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
before=$folder/before after=$folder/after answer=$folder/answer
delivered=SM$(openssl rand -hex 16)
undelivered=SM$(openssl rand -hex 16)
answered=CA$(openssl rand -hex 16)
busy=CA$(openssl rand -hex 16)

echo "agent: $base, $([ -n "$token" ] && echo "signed for $public" || echo 'unsigned (local trial)')"
scrape >"$before"

echo 'callbacks:'
message() { callback 204 /webhooks/message "AccountSid=$account" "MessageSid=$1" "MessageStatus=$2" 'To=+15005550006' 'From=+15005550001' "${@:3}"; }
call() { callback 204 /webhooks/call "AccountSid=$account" "CallSid=$1" "CallStatus=$2" 'To=+15005550006' 'From=+15005550001' "${@:3}"; }
for status in queued sent delivered; do message "$delivered" "$status"; done
message "$delivered" delivered # Twilio may send it twice: it counts once
for status in queued sent; do message "$undelivered" "$status"; done
message "$undelivered" undelivered 'ErrorCode=30003'
for status in initiated ringing in-progress completed; do call "$answered" "$status"; done
for status in initiated busy; do call "$busy" "$status"; done
# The first one was told by a callback, too: it counts once, and its segments are news.
batch 204 \
  "$(event messaging.message.delivered "{\"messageSid\":\"$delivered\",\"messageStatus\":\"DELIVERED\",\"accountSid\":\"$account\",\"numberOfSegments\":2}")" \
  "$(event messaging.inbound-message.received "{\"messageSid\":\"SM$(openssl rand -hex 16)\",\"accountSid\":\"$account\"}")"

scrape >"$after"
echo 'metrics:'
grew 'twilio_message_callback_total{status="queued"}' 2
grew 'twilio_message_callback_total{status="sent"}' 2
grew 'twilio_message_callback_total{status="delivered"}' 1
grew 'twilio_message_callback_total{status="undelivered"}' 1
grew 'twilio_messages_delivered_total' 1
grew 'twilio_messages_failed_total{error_code="30003"}' 1
grew 'twilio_message_segments_total' 2
grew 'twilio_messages_received_total' 1
grew 'twilio_call_callback_total{status="initiated"}' 2
grew 'twilio_call_callback_total{status="ringing"}' 1
grew 'twilio_call_callback_total{status="in-progress"}' 1
grew 'twilio_call_callback_total{status="completed"}' 1
grew 'twilio_call_callback_total{status="busy"}' 1
grew 'twilio_calls_completed_total{call_status="completed"}' 1
grew 'twilio_calls_failed_total{disconnect_reason="busy"}' 1
grew 'twilio_agent_callbacks_total{family="message",outcome="accepted"}' 6
grew 'twilio_agent_callbacks_total{family="message",outcome="duplicate"}' 1
grew 'twilio_agent_callbacks_total{family="call",outcome="accepted"}' 6
grew 'twilio_agent_events_total{feed="events",outcome="accepted"}' 1
grew 'twilio_agent_events_total{feed="events",outcome="duplicate"}' 1

if [ "$failures" -gt 0 ]; then
  echo "$failures of the checks failed. Is somebody else sending callbacks, or is the agent of another version?" >&2
  exit 1
fi
echo 'ok: every callback was answered 204 and counted exactly once'
