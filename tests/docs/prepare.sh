#!/bin/sh
# What the documents fetch from other people's registries, fetched before: the copies of this machine have no
# network.  What cannot be had is left out, and the block that needs it says so.
set -u
cache=$1
mkdir -p "$cache/module" && cd "$cache/module" || exit 1
if command -v go >/dev/null && [ ! -d "$cache/go/cache/download/github.com/coreos" ]; then
	[ -f go.mod ] || go mod init module >/dev/null 2>&1
	GOFLAGS=-modcacherw GOMODCACHE="$cache/go" go get github.com/coreos/go-oidc/v3/oidc@v3.11.0 >/dev/null 2>&1 ||
		echo 'skipped - docs: no registry of Go modules'
	# Compiled here once, and not again for each page.
	GOFLAGS=-modcacherw GOMODCACHE="$cache/go" GOCACHE="$cache/go-build" \
		go build github.com/coreos/go-oidc/v3/oidc net/http >/dev/null 2>&1
fi
if command -v npm >/dev/null && [ ! -d "$cache/npm" ]; then
	npm cache add --cache "$cache/npm" jose@5 >/dev/null 2>&1 || echo 'skipped - docs: no registry of npm'
fi
exit 0
