#!/bin/sh
# Signs in, approves, consents and signs in with another server in Debian's Chromium: run.sh PROGRAM.  Packages and pictures go to
# build/browser.  What is not there is said, and nothing is run.
set -eu
program=$1
source=$PWD/tests/browser
out=$PWD/build/browser
mkdir -p "$out"
skip() {
	echo "skipped - browser: $1"
	exit 0
}
for tool in node npm chromium; do
	command -v $tool >/dev/null || skip "there is no $tool (packaging/deps.sh install browser)"
done
cp "$source/package.json" "$source/package-lock.json" "$source"/*.mjs "$out/"
cd "$out"
[ -d node_modules/playwright-core ] && [ -d node_modules/axe-core ] ||
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error ||
	skip 'npm cannot get playwright-core'
node approve.mjs "$program" "$out"
exec node signin.mjs "$program" "$out"
