#!/usr/bin/env bash
# Passes the tests: installs what they need where it can, says what it could not, builds, and runs them.
# A test whose server is missing is skipped and says why; with CI=true a skipped test fails the run.
set -euo pipefail
cd "$(dirname "$0")/.."

node_folder=tests/EventHookDetector.Tests/Support/node

missing() { ! command -v "$1" >/dev/null 2>&1; }

install_debian() {
  if [ "$(id -u)" -ne 0 ] || missing apt-get; then
    echo "run.sh: $* is missing and can be installed only as root on Debian; install it by hand, or tests that need it are skipped." >&2
    return 1
  fi
  echo "run.sh: installing $*"
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Node runs a real mail server, and a check of our signatures by somebody else's code.
if missing node || missing npm; then install_debian nodejs npm || true; fi
if missing npm; then
  echo "run.sh: without npm there is no mail server to test against." >&2
elif [ -f "$node_folder/package-lock.json" ]; then
  (cd "$node_folder" && npm ci --silent --no-audit --no-fund) || echo "run.sh: npm ci failed in $node_folder; tests that need it are skipped." >&2
fi

if missing dotnet; then
  echo "run.sh: the .NET SDK 10 is missing: https://dotnet.microsoft.com/download" >&2
  exit 1
fi

dotnet build --nologo -v quiet

fail_skips=()
if [ "${CI:-}" = true ]; then fail_skips=(--fail-skips on); fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
dotnet test --no-build "${fail_skips[@]}" "$@" 2>&1 | tee "$log" || status=$?

count() { awk -v key="$1:" '$1 == key { n = $2 } END { print n + 0 }' "$log"; }
echo "$(count succeeded) passed, $(count failed) failed, $(count skipped) skipped"
exit "$status"
