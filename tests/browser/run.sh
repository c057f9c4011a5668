#!/bin/sh
# Approves a device in Debian's Chromium: run.sh PROGRAM.  Packages and pictures go to build/browser.
set -eu
program=$1
source=$PWD/tests/browser
out=$PWD/build/browser
mkdir -p "$out"
cp "$source/package.json" "$source/package-lock.json" "$source/approve.mjs" "$out/"
cd "$out"
[ -d node_modules/playwright-core ] ||
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error
exec node approve.mjs "$program" "$out"
