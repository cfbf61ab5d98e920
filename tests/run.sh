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

# Node runs a real mail server, a check of our signatures by somebody else's code, and the samples in http-samples.
if missing node || missing npm; then install_debian nodejs npm || true; fi
if missing npm; then
  echo "run.sh: without npm there is no mail server to test against." >&2
elif [ -f "$node_folder/package-lock.json" ]; then
  (cd "$node_folder" && npm ci --silent --no-audit --no-fund) || echo "run.sh: npm ci failed in $node_folder; tests that need it are skipped." >&2
fi

if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 && [ -z "${TEST_POSTGRES:-}" ]; then install_debian postgresql || true; fi

# Its promtool tries the alert rules.
if missing promtool; then install_debian prometheus || true; fi
# Swagger UI and the page at / are tested in a real browser. Playwright brings its own driver, and is to fetch no browser.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
if missing chromium && missing chromium-browser && missing google-chrome; then install_debian chromium || true; fi
# Reads the unit in deploy/systemd. Of this package nothing is started: what makes a machine boot with it is another, systemd-sysv.
if missing systemd-analyze; then install_debian systemd || true; fi

# Only the programs: their packages would start a server at port 80, now and at every boot.
fetch_debian() {
  if [ "$(id -u)" -ne 0 ] || missing apt-get; then
    echo "run.sh: $* is missing and can be fetched only as root on Debian; install it by hand, or tests that need it are skipped." >&2
    return 1
  fi
  echo "run.sh: fetching $*"
  local folder; folder=$(mktemp -d)
  (cd "$folder" && chmod 755 . && apt-get update -qq && apt-get download -qq "$@" 2>/dev/null \
    && for package in ./*.deb; do dpkg-deb -x "$package" .; done \
    && for program in "$@"; do install -m 755 usr/*bin/"$program" /usr/local/bin/; done) || { rm -rf "$folder"; return 1; }
  rm -rf "$folder"
}

# What is in deploy/reverse-proxy is tried with the real ones.
if missing nginx; then fetch_debian nginx || true; fi
if missing caddy; then fetch_debian caddy || true; fi
# Poolers that exchange sessions must be refused.
if missing pgbouncer; then fetch_debian pgbouncer || true; fi

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

# Runs the tests on SQLite, then those that concern storage on a PostgreSQL that they start themselves. The trait Engine names the one engine that a
# test is about, or Any if it does not concern storage. A test that hangs ends the run with its name (Support/TestWatch.cs).
on() {
  echo "run.sh: on $1"
  TEST_STORAGE=$1 dotnet test --no-build "${fail_skips[@]}" --filter-not-trait "Engine=$2" "${@:3}" 2>&1 | tee -a "$log" || status=$?
}

on Sqlite PostgreSql "$@"
if ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || [ -n "${TEST_POSTGRES:-}" ]; then
  on PostgreSql Sqlite --filter-not-trait Engine=Any "$@"
elif [ "${CI:-}" = true ]; then
  echo "run.sh: there is no PostgreSQL to test on." >&2
  status=1
else
  echo "run.sh: there is no PostgreSQL, so nothing was tested on it: install Debian's postgresql, or set TEST_POSTGRES." >&2
fi

count() { awk -v key="$1:" '$1 == key { n += $2 } END { print n + 0 }' "$log"; }
echo "$(count succeeded) passed, $(count failed) failed, $(count skipped) skipped"
exit "$status"
