#!/bin/sh
# What a machine can check of docs/CONTRIBUTING.md.  `lint.sh quick` needs seconds; `lint.sh full`
# adds clang-tidy and cppcheck, over all files, or over those that LINT_BASE (a commit) differs in.
set -u
build=${BUILD:-build}
failed=0

sources=$(git ls-files '*.c' '*.h')
units=$(git ls-files 'lib/*.c' 'server/*.c' 'clients/*.c' 'probe/*.c' 'cmd/*.c' 'admin-tui/*.c')

report() { # name, output: nothing is good
	if [ -n "$2" ]; then
		printf '%s\n' "$2"
		printf '  lint: %s: FAILED\n' "$1"
		failed=$((failed + 1))
	else
		printf '  lint: %s: ok\n' "$1"
	fi
}

# File names here hold no spaces: the lists are words.
# shellcheck disable=SC2086
quick() {
	report format "$(clang-format --dry-run --Werror $sources 2>&1 | grep -a 'error:' | head -20)"
	report layers "$(/usr/bin/python3 tests/support/layers.py | grep -v ' 0 problems')"
	report attacks "$(tests/support/attacks.py check)"
	report faults "$(tests/support/faults.py)"
	report requirements "$(tests/support/requirements.py)"
	report comments "$(grep -nE '(^|[[:space:];{}])//' $sources)"
	# shellcheck disable=SC2046
	report sql "$(grep -nE '"[^"]*\b(SELECT .* FROM|INSERT INTO|UPDATE .* SET|DELETE FROM)\b' \
		$(echo "$units" | grep -v '^lib/store/\|^cmd/tools/'))"
	report columns "$(grep -nE 'row_(int|is_null|text|blob|id|digest)\([^,]*, *[0-9]' $units)"
	# A change lives in lib/, where every face finds it and unit tests reach it.
	# shellcheck disable=SC2046
	report changes "$(grep -nE '^[a-z_]+\(struct store \*[a-z]*, void \*' \
		$(echo "$units" | grep '^server/\|^cmd/[^/]*\.c'))"
	report functions "$(ctags -x --sort=no --fields=+ne --output-format=json --languages=C --kinds-C=f $units |
		/usr/bin/python3 -c 'import json, sys
for tag in map(json.loads, sys.stdin):
    if tag.get("end", 0) - tag["line"] >= 60: print(tag["path"], tag["name"], tag["end"] - tag["line"] + 1, "lines")')"
	report files "$(wc -l $sources | awk '$2 != "total" && $1 > 600')"
	report shell "$(shellcheck -s sh -S warning packaging/*.sh tests/docs/*.sh tests/support/*.sh tests/support/run-unit 2>&1)"
	report python "$(/usr/bin/python3 -m compileall -q tests 2>&1)"
	pages=$(git ls-files 'docs/man/*.mdoc')
	[ -z "$pages" ] || report manual "$(mandoc -Tlint -W warning $pages 2>&1)"
	report docs/man/authgate.yaml.5 "$(packaging/manual.py | diff -q - docs/man/authgate.yaml.5.mdoc)"
	report links "$(tests/docs/links.py)"
	report docs/TROUBLESHOOTING.md "$(packaging/documents.py troubles)"
	report docs/METRICS.md "$(packaging/documents.py metrics | diff -q - docs/METRICS.md)"
	configuration=$build/authgate
	if [ -x "$configuration" ]; then
		report configs/authgate.yaml "$("$configuration" config print-default | diff -q - configs/authgate.yaml)"
		report "manual and --help" "$(packaging/documents.py options "$configuration")"
		report docs/openapi.yaml "$(packaging/operations.py openapi "$configuration" | diff -q - docs/openapi.yaml)"
		report docs/man/authgate-admin.8 "$(packaging/operations.py manual "$configuration" |
			diff -q - docs/man/authgate-admin.8.mdoc)"
		report docs/CONFIGURATION.md "$("$configuration" config print-docs | diff -q - docs/CONFIGURATION.md)"
	fi
}

# shellcheck disable=SC2086
full() {
	changed=$units
	[ -z "${LINT_BASE:-}" ] || changed=$(git diff --name-only --diff-filter=d "$LINT_BASE" -- $units)
	# The program of the keyring is built where libsecret is.
	pkg-config --exists libsecret-1 || changed=$(printf '%s\n' $changed | grep -v '^clients/keyring/')
	# Any string is a version here; one that needs no quotes is __FILE__.
	flags="-std=c11 -D_GNU_SOURCE -DH2O_USE_LIBUV=0 -DAUTHGATE_VERSION=__FILE__ -I. -I$build/gen"
	flags="$flags $(pkg-config --cflags libpq libsecret-1 2>/dev/null || pkg-config --cflags libpq)"
	[ -z "$changed" ] ||
		report clang-tidy "$(printf '%s\n' $changed |
			xargs -P2 -n4 sh -c 'clang-tidy --quiet "$@" -- '"$flags"' 2>/dev/null' sh |
			grep -aE '(warning|error):')"
	# cppcheck does not see that a function fills what it is given the address of.
	report cppcheck "$(cppcheck -q -j2 --std=c11 --inline-suppr --enable=warning,portability \
		--suppress=missingInclude --suppress=unknownMacro --suppress=funcArgOrderDifferent \
		--suppress=uninitvar --suppress=legacyUninitvar --suppress=AssignmentAddressToInteger -D_GNU_SOURCE -I. -I"$build/gen" $units 2>&1)"
}

quick
[ "${1:-quick}" = quick ] || full
[ "$failed" -eq 0 ]
