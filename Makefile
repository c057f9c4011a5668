# authgate: build, test, run, install.  `make help` lists the targets.
#
# One archive per layer, so that a call against the layering (docs/ARCHITECTURE.md) does not link.
# BUILD may be set, so that sanitizer builds live beside the ordinary one.

PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build
CC      := $(if $(filter default,$(origin CC)),gcc,$(CC))
HOSTCC  ?= gcc
PYTHON  ?= /usr/bin/python3
PKG_CONFIG ?= pkg-config
V       ?= 0

CFLAGS  ?= -O2 -g
LDFLAGS ?=
FUZZ_SECONDS ?= 60

# A release is what VERSION says; a build between two names its commit, too.
RELEASE_VERSION := $(shell cat VERSION)
VERSION := $(RELEASE_VERSION)$(shell git describe --always --dirty 2>/dev/null | sed 's/^/+/')

WARNINGS := -Wall -Wextra -Werror -Wpedantic -Wshadow -Wcast-qual -Wformat=2 -Wundef -Wvla \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings \
	-Wimplicit-fallthrough -Wpointer-arith -Wconversion -Wno-sign-conversion -Wno-trigraphs
# The processor's own protection of jumps and returns has a name of its own on each.
MACHINE := $(shell $(CC) -dumpmachine 2>/dev/null)
BRANCHES := $(if $(filter x86_64-% i686-%,$(MACHINE)),-fcf-protection,$(if $(filter aarch64-%,$(MACHINE)),-mbranch-protection=standard))
HARDENING := -fstack-protector-strong -fPIE $(BRANCHES)
PACKAGES := libh2o-evloop sqlite3 libpq openssl libsodium libcurl hiredis jansson yaml-0.1 libqrencode libcrypt libjwt ncursesw
ifneq ($(filter-out help clean run phone check dist uninstall deb check-packages systemd-test rpm portable oci repo reproducible check-arm64 build_linux_amd64 build_linux_arm64 build/linux_arm64/story,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell $(PKG_CONFIG) --exists $(PACKAGES) 2>/dev/null && echo yes),yes)
$(error $(shell packaging/deps.sh check build 2>&1))
endif
endif
# Other people's headers are system headers: our warnings are for our code.
SYSTEM_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(PACKAGES) 2>/dev/null | sed 's/-I/-isystem /g')
AG_CFLAGS := -std=c11 -D_GNU_SOURCE -DH2O_USE_LIBUV=0 \
	-I. -I$(BUILD)/gen $(SYSTEM_CFLAGS) $(WARNINGS) $(HARDENING) -pthread
AG_LDFLAGS := -fPIE -pie -Wl,-z,relro,-z,now -pthread
# H2O_LIBS: what a static libh2o-evloop needs besides.
AG_LIBS := -lh2o-evloop $(H2O_LIBS) -lsqlite3 -lssl -lcrypto -lsodium -ljansson -lyaml -lqrencode -lcrypt -ljwt -lncursesw -ltinfo

ifneq ($(V),1)
Q := @
say = @printf '  %-5s %s\n' $(1) $(2)
else
say = @:
endif

# The names of the Go original's Makefile.
.PHONY: build test fmt
build: all
test: check
fmt: format

# ---- layers -------------------------------------------------------------------------------------

LIB_LAYERS := base ops metrics crypto http door config store cache audit account signin oauth doctor import
FACES := server admin-tui clients probe
# What a layer may call, itself first: the table in docs/ARCHITECTURE.md, for the linker.
LINKS_base      := base
LINKS_ops       := ops $(LINKS_base)
LINKS_metrics   := metrics $(LINKS_base)
LINKS_crypto    := crypto $(LINKS_base)
LINKS_http      := http $(LINKS_base)
LINKS_door      := door ops $(LINKS_http)
LINKS_config    := config $(LINKS_base)
LINKS_store     := store metrics $(LINKS_crypto)
LINKS_cache     := cache $(LINKS_base)
LINKS_audit     := audit store metrics crypto $(LINKS_cache)
LINKS_account   := account audit store metrics crypto cache $(LINKS_config)
LINKS_signin    := signin http $(LINKS_account)
LINKS_oauth     := oauth ops $(LINKS_signin)
LINKS_doctor    := doctor $(LINKS_oauth)
LINKS_import    := import $(LINKS_oauth)
LINKS_server    := server $(LINKS_doctor)
LINKS_clients   := clients http crypto config $(LINKS_base)
LINKS_probe     := probe clients http crypto config $(LINKS_base)
LINKS_admin-tui := admin-tui $(LINKS_door)
LINKS_cmd       := cmd server doctor admin-tui door probe clients http $(LINKS_import)

# The server has rooms; elsewhere a layer is one folder.
sources = $(sort $(wildcard $(1)/*.c) $(if $(filter server,$(1)),$(wildcard server/*/*.c)))
objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

GEN_store  := $(BUILD)/gen/sql.o $(BUILD)/gen/migrations.o $(BUILD)/gen/copy_tables.o
GEN_server := $(BUILD)/gen/pages.o $(BUILD)/gen/assets.o
GEN_HEADERS := $(BUILD)/gen/sql.h $(BUILD)/gen/migrations.h $(BUILD)/gen/pages_gen.h $(BUILD)/gen/languages_gen.h $(BUILD)/gen/assets.h

define archive
$(BUILD)/$(1).a: $$(call objects,$$(call sources,$(2))) $$(GEN_$(1))
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach layer,$(LIB_LAYERS),$(eval $(call archive,$(layer),lib/$(layer))))
$(foreach face,$(FACES) cmd,$(eval $(call archive,$(face),$(face))))

archives = $(patsubst %,$(BUILD)/%.a,$(1))

## all: build build/authgate
.DEFAULT_GOAL := all
.PHONY: all
all: $(BUILD)/authgate

# A program of its own, because libsecret brings glib; left out where that is missing.
# ThreadSanitizer does not know glib's locks.
ifeq ($(shell $(PKG_CONFIG) --exists libsecret-1 2>/dev/null && echo yes),yes)
all: $(BUILD)/authgate-keyring
endif

$(BUILD)/authgate-keyring: clients/keyring/authgate_keyring.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=c11 $(WARNINGS) $(HARDENING) $(filter-out -fsanitize=thread,$(CFLAGS)) \
		$(shell $(PKG_CONFIG) --cflags libsecret-1 | sed 's/-I/-isystem /g') -pie \
		-Wl,-z,relro,-z,now $(filter-out -fsanitize=thread,$(LDFLAGS)) -o $@ $< $(shell $(PKG_CONFIG) --libs libsecret-1)

# LINKED: of a program that has libraries linked in which others load (packaging/portable).
LINKED ?=
$(BUILD)/linked.o $(BUILD)/stand_ins.o: $(BUILD)/%.o: packaging/portable/%.c | $(GEN_HEADERS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(AG_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/authgate: $(call archives,$(LINKS_cmd)) $(LINKED)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(AG_LDFLAGS) $(LDFLAGS) -o $@ $(LINKED) -Wl,--whole-archive $(BUILD)/cmd.a \
		-Wl,--no-whole-archive $(call archives,$(wordlist 2,99,$(LINKS_cmd))) $(AG_LIBS)

# Where the program says its version; elsewhere a new commit would change every compilation.
$(BUILD)/cmd/version.o $(BUILD)/lib/http/transfer.o: AG_CFLAGS += -DAUTHGATE_VERSION='"$(VERSION)"'

$(BUILD)/%.o: %.c | $(GEN_HEADERS)
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(AG_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c | $(GEN_HEADERS)
	$(call say,CC,$<)
	$(Q)$(CC) $(AG_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# ---- generated code: made by three small programs, never committed ------------------------------

$(BUILD)/tools/tplc: cmd/tools/tplc_html.c cmd/tools/tplc_messages.c cmd/tools/tplc_text.c cmd/tools/tplc.h
$(BUILD)/tools/%: cmd/tools/%.c
	$(call say,TOOL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=c11 -D_GNU_SOURCE -O1 $(HOSTCFLAGS) -I. $(WARNINGS) -o $@ $(filter %.c,$^) -lcrypto $(LDLIBS)

MIGRATIONS := $(sort $(wildcard migrations/*.sql))
# Statements that a server never runs: it does not prepare them.
SQL_LATE := $(BUILD)/gen/copy.sql lib/store/go_source.sql
SQL := $(filter-out $(SQL_LATE),$(sort $(wildcard lib/store/*.sql)))
$(BUILD)/gen/sql.h $(BUILD)/gen/sql.c &: $(BUILD)/tools/sqlc $(SQL) $(SQL_LATE)
	$(call say,SQL,$(BUILD)/gen/sql.c)
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/tools/sqlc $(BUILD)/gen/sql.h $(BUILD)/gen/sql.c $(SQL) --late $(SQL_LATE)

$(BUILD)/tools/copyc: LDLIBS := -lsqlite3
$(BUILD)/gen/copy.sql $(BUILD)/gen/copy_tables.c &: $(BUILD)/tools/copyc $(MIGRATIONS) migrations
	$(call say,COPY,$(BUILD)/gen/copy.sql)
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/tools/copyc $(BUILD)/gen/copy.sql $(BUILD)/gen/copy_tables.c $(filter %.up.sql,$(MIGRATIONS))

$(BUILD)/gen/migrations.h $(BUILD)/gen/migrations.c &: $(BUILD)/tools/embed $(MIGRATIONS) migrations
	$(call say,EMBED,$(BUILD)/gen/migrations.c)
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/tools/embed migrations $(BUILD)/gen/migrations.h $(BUILD)/gen/migrations.c $(MIGRATIONS)

ASSETS := $(sort $(wildcard templates/static/*)) $(BUILD)/gen/openapi.json
$(BUILD)/tools/yaml2json: LDLIBS += -lyaml
$(BUILD)/gen/openapi.json: $(BUILD)/tools/yaml2json docs/openapi.yaml
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/tools/yaml2json docs/openapi.yaml $@
$(BUILD)/gen/assets.h $(BUILD)/gen/assets.c &: $(BUILD)/tools/embed $(ASSETS)
	$(call say,EMBED,$(BUILD)/gen/assets.c)
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/tools/embed assets $(BUILD)/gen/assets.h $(BUILD)/gen/assets.c $(ASSETS)

TEMPLATES := $(sort $(wildcard templates/*.html)) $(sort $(wildcard templates/messages/*))
$(BUILD)/gen/pages_gen.h $(BUILD)/gen/pages.c $(BUILD)/gen/languages_gen.h &: $(BUILD)/tools/tplc $(TEMPLATES)
	$(call say,TPL,$(BUILD)/gen/pages.c)
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/tools/tplc $(BUILD)/gen/pages_gen.h $(BUILD)/gen/pages.c $(BUILD)/gen/languages_gen.h $(TEMPLATES)

# ---- tests --------------------------------------------------------------------------------------

UNIT_SOURCES := $(sort $(shell find tests/unit -name '*_test.c' 2>/dev/null))
UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(UNIT_SOURCES))
# tests/unit/lib/store/x_test.c may link what lib/store may call.
layer_of = $(firstword $(subst /, ,$(patsubst lib/%,%,$(patsubst tests/unit/%,%,$(1)))))

# Two steps, so that a cache of compilations (ccache) helps here too.
define unit_test
$(BUILD)/$(1:.c=): $(BUILD)/$(1:.c=.o) $(call archives,$(LINKS_$(call layer_of,$(1))))
	$$(call say,TEST,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(AG_LDFLAGS) $$(LDFLAGS) -o $$@ $$< \
		$(call archives,$(LINKS_$(call layer_of,$(1)))) $$(AG_LIBS) -lcmocka -lpq -lm
endef
$(foreach test,$(UNIT_SOURCES),$(eval $(call unit_test,$(test))))

## unit: build and run the unit tests (TESTS=pattern selects)
.PHONY: unit
unit: $(UNIT_TESTS)
	$(Q)tests/support/postgres.sh with tests/support/run-unit $(foreach test,$(UNIT_TESTS),$(if $(findstring $(or $(TESTS),$(test)),$(test)),$(test)))

# Programs of the future, for stories of upgrades: the same with one migration more each.
FUTURES := $(patsubst %,$(BUILD)/future/%/authgate,1 2 3 4 5)
$(FUTURES): $(BUILD)/future/%/authgate: $(call archives,$(LINKS_cmd)) $(BUILD)/tools/embed tests/support/future/migrations.sql $(MIGRATIONS)
	$(call say,LD,$@)
	$(Q)tests/support/future/lay-out.sh $* $(@D)/migrations
	$(Q)$(BUILD)/tools/embed migrations $(@D)/migrations.h $(@D)/migrations.c $(@D)/migrations/*.sql
	$(Q)$(CC) $(AG_CFLAGS) $(CFLAGS) $(AG_LDFLAGS) $(LDFLAGS) -o $@ $(@D)/migrations.c -Wl,--whole-archive \
		$(BUILD)/cmd.a -Wl,--no-whole-archive $(call archives,$(wordlist 2,99,$(LINKS_cmd))) $(AG_LIBS)

# Stories mostly wait: for a disk, an interval, a process.
STORY_JOBS ?= 4

## console-check: all stories of the console, on five kinds of terminals of five sizes
.PHONY: console-check
console-check:
	$(Q)packaging/deps.sh install build tests
	$(Q)CONSOLE_ALL=1 $(MAKE) -s story TESTS=test_console

## story: drive the real binary over loopback (TESTS=pattern selects)
## story-postgres: the same with the server on PostgreSQL
## story-nodes: what must hold for several nodes, on three of them behind HAProxy
## torture: kill nodes, crash and promote databases under load (NODE_KILLS=, CRASHES=, PROMOTIONS=)
## upgrades: fifty upgrades of the program under load, on SQLite and on PostgreSQL (UPGRADES=)
.PHONY: story story-postgres story-nodes torture upgrades
upgrades: export UPGRADES := $(or $(UPGRADES),50)
upgrades:
	$(Q)for database in story story-postgres; do \
		$(MAKE) -s $$database TESTS=over_upgrades STORY_JOBS=1 STORY_ONLY=-rP || exit 1; done
story-postgres story-nodes torture: STORY_ON := TEST_DATABASE=postgres tests/support/postgres.sh with env
story-nodes: STORY_ON += TEST_NODES=3
story-nodes: STORY_ONLY := -m nodes
torture: STORY_ON += NODE_KILLS=$(or $(NODE_KILLS),100) CRASHES=$(or $(CRASHES),100) \
	PROMOTIONS=$(or $(PROMOTIONS),20)
torture: STORY_ONLY := -m torture -rP
torture: STORY_JOBS = 1
story story-postgres story-nodes torture: $(BUILD)/authgate $(FUTURES)
	$(Q)$(STORY_ON) AUTHGATE_BINARY=$(abspath $(BUILD)/authgate) PYTHONDONTWRITEBYTECODE=1 \
		$(PYTHON) -m pytest -q -n $(STORY_JOBS) --dist loadfile -p no:cacheprovider --tb=short --durations=5 \
		tests/story $(STORY_ONLY) $(if $(TESTS),-k '$(TESTS)')

## check: install what the tests need, run lint, unit, story and fuzz corpus, with times
.PHONY: check
check:
	$(Q)packaging/deps.sh install build tests lint interop
	$(Q)$(MAKE) -j2 all $(BUILD)/unit-programs
	$(Q)tests/support/postgres.sh with tests/support/check.py \
		'lint=tests/support/lint.sh quick' 'unit=$(MAKE) -s unit' \
		'story=$(MAKE) -s story' 'story-postgres=$(MAKE) -s story-postgres' \
		'story-nodes=$(MAKE) -s story-nodes' \
		'interop=$(MAKE) -s interop-quick' 'browser=tests/browser/run.sh $(abspath $(BUILD)/authgate)' \
		'instructions=$(MAKE) -s instructions' \
		'fuzz=$(MAKE) -s -j2 fuzz FUZZ_SECONDS=0'

.PHONY: $(BUILD)/unit-programs
$(BUILD)/unit-programs: $(UNIT_TESTS)

## asan: unit, story, story-postgres and story-nodes under AddressSanitizer and UBSan (TESTS=pattern selects)
## tsan: the same under ThreadSanitizer
ASAN_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
TSAN_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
.PHONY: asan tsan
asan: export CFLAGS = $(ASAN_FLAGS)
tsan: export CFLAGS = $(TSAN_FLAGS)
asan tsan: export LDFLAGS = $(CFLAGS)
asan tsan: export BUILD = build/$@
# What cannot hold under a sanitizer says why.
asan tsan: export PYTEST_ADDOPTS = -rs
asan tsan:
	$(Q)packaging/deps.sh install build tests
	$(Q)$(MAKE) -j2 all $(BUILD)/unit-programs
	$(Q)tests/support/postgres.sh with tests/support/check.py \
		$(foreach part,unit story story-postgres story-nodes,'$(part)=$(MAKE) -s $(part)')

# Every fuzz target is linked with all that is not cmd, compiled with the fuzzer's coverage, and with
# libcurl, against whose reading of URLs ours is compared.
FUZZ_FLAGS := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all -w
FUZZ_TARGETS := $(patsubst tests/fuzz/%.c,build/fuzz/%,$(sort $(wildcard tests/fuzz/*_fuzz.c)))
FUZZ_ARCHIVES := $(patsubst %,build/fuzz/%.a,$(wordlist 2,99,$(LINKS_cmd)))

build/fuzz/%_fuzz: tests/fuzz/%_fuzz.c $(if $(filter build/fuzz,$(BUILD)),$(FUZZ_ARCHIVES))
	$(call say,FUZZ,$@)
	$(Q)$(CC) $(AG_CFLAGS) $(CFLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d -o $@ $< \
		-Wl,--start-group $(FUZZ_ARCHIVES) -Wl,--end-group $(AG_LIBS) -lcurl -lm

## fuzz: run every fuzz target for FUZZ_SECONDS (60) each; 0 replays the corpus
.PHONY: fuzz fuzz-targets
fuzz-targets: $(FUZZ_TARGETS)
fuzz:
	$(Q)$(MAKE) -s BUILD=build/fuzz CC=clang CFLAGS='$(FUZZ_FLAGS)' fuzz-targets
	$(Q)tests/support/fuzz.sh $(FUZZ_SECONDS) $(FUZZ_TARGETS)

RELEASE := BUILD=build/release CFLAGS='-O2 -g -DNDEBUG' all
BENCH := AUTHGATE_BINARY=$(abspath build/release/authgate) PYTHONDONTWRITEBYTECODE=1 $(PYTHON)

## mutants: change one place of the code at a time and see a test fail (COUNT=, SEED=, ONLY=path)
.PHONY: mutants
mutants:
	$(Q)packaging/deps.sh install build tests
	$(Q)tests/support/mutants.py --count $(or $(COUNT),150) --seed $(or $(SEED),1) --only '$(ONLY)'

## model: every order of events around codes and refresh tokens, and what each condition of the SQL is for
.PHONY: model
model:
	$(Q)packaging/deps.sh install model
	$(Q)$(PYTHON) tests/model/model.py $(BUILD)/model

## bench: measure against the server's own static reply (SETUPS=, ROWS=, FULL=1; BASE=commit compares)
.PHONY: bench
bench:
	$(Q)packaging/deps.sh install build bench
	$(Q)$(MAKE) $(RELEASE)
ifneq ($(BASE),)
	$(Q)rm -rf build/base && mkdir -p build/base
	$(Q)git archive '$(BASE)' | tar -x -C build/base
	$(Q)$(MAKE) -C build/base $(RELEASE)
endif
	$(Q)$(BENCH) tests/bench/bench.py --json build/bench.json $(if $(BASE),--base $(abspath build/base/build/release/authgate))

## console-bench: the console over a long list: first screen, a key, memory (TOKENS=1000000)
.PHONY: console-bench
console-bench:
	$(Q)packaging/deps.sh install build bench
	$(Q)$(MAKE) $(RELEASE)
	$(Q)$(BENCH) tests/bench/console.py $(TOKENS)

## profile: where a request spends its time (ROW='device poll', SETUP=sqlite)
.PHONY: profile
profile:
	$(Q)packaging/deps.sh install build bench
	$(Q)$(MAKE) $(RELEASE)
	$(Q)$(BENCH) tests/bench/profile.py '$(ROW)' $(if $(SETUP),'$(SETUP)')

## instructions: count what a request costs against tests/bench/instructions.txt
.PHONY: instructions
instructions: $(BUILD)/authgate
	$(Q)AUTHGATE_BINARY=$(abspath $(BUILD)/authgate) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/bench/instructions.py

## browser: sign in, approve and consent in Debian's Chromium, with screenshots in build/browser
.PHONY: browser
browser: $(BUILD)/authgate
	$(Q)packaging/deps.sh install browser
	$(Q)FULL=1 tests/browser/run.sh $(abspath $(BUILD)/authgate)

## docs-check: follow the guides, block by block, in copies of this machine (PAGES=docs/X.md selects)
.PHONY: docs-check
docs-check: $(BUILD)/authgate
	$(Q)packaging/deps.sh install docs
	$(Q)codespell -q 3 -L nd README.md CHANGELOG.md docs/*.md docs/man/*.mdoc templates/messages/en
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/docs/check.py $(BUILD) $(PAGES)

## interop: other people's clients, of Debian, npm, PyPI, Go, Rust and Java, against a fresh server (PARTS=names selects)
.PHONY: interop interop-quick
interop: $(BUILD)/authgate
	$(Q)packaging/deps.sh install interop interop_all
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/interop/run.py $(BUILD)/authgate build/interop $(PARTS)
interop-quick: $(BUILD)/authgate
	$(Q)PYTHONDONTWRITEBYTECODE=1 $(PYTHON) tests/interop/run.py $(BUILD)/authgate build/interop quick

## lint: everything a machine can check of the style (LINT_BASE=commit: tidy changed files only)
.PHONY: lint
lint: $(GEN_HEADERS)
	$(Q)packaging/deps.sh check lint
	$(Q)BUILD=$(BUILD) tests/support/lint.sh full

## layers: check every include against docs/ARCHITECTURE.md
.PHONY: layers
layers:
	$(Q)$(PYTHON) tests/support/layers.py

## format: lay out every C file
.PHONY: format
format:
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

# ---- running and installing ---------------------------------------------------------------------

## run: install what is missing, build, serve http://localhost:8080 from build/run
.PHONY: run
run:
	$(Q)packaging/deps.sh install build
	$(Q)$(MAKE) -j2 all
	$(Q)exec packaging/run.sh $(BUILD)/authgate

## phone: the same over https for a phone on this network, with a certificate of its own (ADDRESS= of this machine)
.PHONY: phone
phone:
	$(Q)packaging/deps.sh install build phone
	$(Q)$(MAKE) -j2 all
	$(Q)exec packaging/run.sh $(BUILD)/authgate phone

MAN_PAGES := $(sort $(wildcard docs/man/*.mdoc))
## man: check the manual pages
.PHONY: man
man:
	$(Q)mandoc -Tlint -W warning $(MAN_PAGES) && echo '$(words $(MAN_PAGES)) pages'

DOCUMENTS := LICENSE README.md CHANGELOG.md $(sort $(wildcard docs/*.md))
EXAMPLES := authgate.yaml alerts.yaml grafana-dashboard.json haproxy.cfg
prefix = $(DESTDIR)$(PREFIX)
# For packages, which strip by themselves and know where their system wants things; RUN runs the program
# where it is made for another processor.
STRIP   ?= -s
UNITDIR ?= $(PREFIX)/lib/systemd/system
ZSHDIR  ?= $(PREFIX)/share/zsh/site-functions
RUN     ?=
completions = bash:$(prefix)/share/bash-completion/completions/authgate \
	zsh:$(DESTDIR)$(ZSHDIR)/_authgate fish:$(prefix)/share/fish/vendor_completions.d/authgate.fish
## install: put program, manual, completions and examples below DESTDIR and PREFIX
.PHONY: install
install: $(BUILD)/authgate
	$(Q)install -D -m 755 $(STRIP) $(BUILD)/authgate $(prefix)/bin/authgate
	$(Q)[ ! -x $(BUILD)/authgate-keyring ] || install -D -m 755 $(STRIP) $(BUILD)/authgate-keyring \
		$(prefix)/libexec/authgate/authgate-keyring
	$(Q)for file in $(EXAMPLES); do \
		install -D -m 644 configs/$$file $(prefix)/share/doc/authgate/examples/$$file || exit 1; done
	$(Q)for file in $(DOCUMENTS); do \
		install -D -m 644 $$file $(prefix)/share/doc/authgate/$$(basename $$file) || exit 1; done
	$(Q)for unit in authgate.service authgate.socket; do \
		install -D -m 644 packaging/systemd/$$unit $(DESTDIR)$(UNITDIR)/$$unit && \
		sed -i 's|/usr/bin/authgate|$(PREFIX)/bin/authgate|' $(DESTDIR)$(UNITDIR)/$$unit || exit 1; done
	$(Q)install -D -m 644 packaging/systemd/authgate.sysusers $(prefix)/lib/sysusers.d/authgate.conf
	$(Q)for page in $(MAN_PAGES); do name=$$(basename $$page .mdoc); \
		install -D -m 644 $$page $(prefix)/share/man/man$${name##*.}/$$name || exit 1; done
	$(Q)for shell in $(completions); do file=$${shell#*:}; mkdir -p "$$(dirname "$$file")" && \
		$(RUN) $(BUILD)/authgate completion $${shell%%:*} >"$$file" && chmod 644 "$$file" || exit 1; done

## uninstall: take them away again
.PHONY: uninstall
uninstall:
	$(Q)rm -f $(prefix)/bin/authgate $(prefix)/libexec/authgate/authgate-keyring
	$(Q)rm -f $(patsubst %,$(prefix)/share/doc/authgate/examples/%,$(EXAMPLES))
	$(Q)rm -f $(patsubst %,$(prefix)/share/doc/authgate/%,$(notdir $(DOCUMENTS)))
	$(Q)rm -f $(DESTDIR)$(UNITDIR)/authgate.service $(DESTDIR)$(UNITDIR)/authgate.socket $(prefix)/lib/sysusers.d/authgate.conf
	$(Q)for page in $(MAN_PAGES); do name=$$(basename $$page .mdoc); \
		rm -f $(prefix)/share/man/man$${name##*.}/$$name; done
	$(Q)rm -f $(foreach shell,$(completions),$(lastword $(subst :, ,$(shell))))
	$(Q)rmdir $(prefix)/share/doc/authgate/examples $(prefix)/share/doc/authgate 2>/dev/null || true

## dist: a source archive of the last commit
.PHONY: dist
dist:
	$(Q)mkdir -p build
	$(Q)git archive --prefix=authgate-$(VERSION)/ -o build/authgate-$(VERSION).tar.gz HEAD
	$(Q)echo build/authgate-$(VERSION).tar.gz

# ---- packages -----------------------------------------------------------------------------------

## deb: Debian packages of the last commit, in build/deb (ARCH=arm64 for another processor)
.PHONY: deb
deb:
	$(Q)packaging/deps.sh install $(if $(filter-out $(shell dpkg --print-architecture),$(ARCH)),cross,build deb)
	$(Q)$(if $(filter-out $(shell dpkg --print-architecture),$(ARCH)),packaging/cross.sh $(ARCH) deb,packaging/deb.sh) '$(RELEASE_VERSION)'

## portable: one program that needs the C library alone, with a tar archive, in build/portable
.PHONY: portable
portable:
	$(Q)packaging/deps.sh install build portable
	$(Q)packaging/portable/build.sh '$(RELEASE_VERSION)'

## oci: a container image of the same program, made without an engine, in build/oci
.PHONY: oci
oci: portable
	$(Q)packaging/oci/build.sh '$(RELEASE_VERSION)'

## build_linux_amd64: the program for that processor, in build/linux_amd64
## build_linux_arm64: the same by Debian's cross tools, in a Debian of their own
.PHONY: build_linux_amd64 build_linux_arm64 check-arm64
build_linux_amd64 build_linux_arm64: ARCH = $(patsubst build_linux_%,%,$@)
build_linux_amd64 build_linux_arm64:
ifeq ($(filter build_linux_$(shell dpkg --print-architecture 2>/dev/null),$(MAKECMDGOALS)),)
	$(Q)packaging/deps.sh install cross
	$(Q)packaging/cross.sh $(ARCH) program '$(RELEASE_VERSION)'
else
	$(Q)packaging/deps.sh install build
	$(Q)$(MAKE) BUILD=build/linux all
	$(Q)install -D -s -m 755 build/linux/authgate build/linux_$(ARCH)/authgate
endif

## check-arm64: unit tests and a story of the arm64 program, run by qemu-user
check-arm64:
	$(Q)packaging/deps.sh install cross tests
	$(Q)tests/support/check.py 'unit=packaging/cross.sh arm64 unit "$(RELEASE_VERSION)"' \
		'story=$(MAKE) -s build/linux_arm64/story'
.PHONY: build/linux_arm64/story
build/linux_arm64/story:
	$(Q)AUTHGATE_BINARY=$(abspath build/linux_arm64/emulated) PYTHONDONTWRITEBYTECODE=1 $(PYTHON) -m pytest -q -n 2 \
		--dist loadfile -p no:cacheprovider --tb=short tests/story/test_device_grant.py tests/story/test_code_grant.py

## repo: an apt repository of build/deb, signed with KEY, or with one that is thrown away, in build/repo
.PHONY: repo
repo:
	$(Q)packaging/deps.sh install deb
	$(Q)ls build/deb/*.deb >/dev/null 2>&1 || $(MAKE) -s deb
	$(Q)packaging/repo.sh $(if $(KEY),'$(KEY)')

## reproducible: build twice in two places and compare every byte (WHAT="deb rpm portable")
.PHONY: reproducible
reproducible:
	$(Q)packaging/deps.sh install build deb rpm portable
	$(Q)packaging/check-reproducible.sh $(WHAT)

## rpm: a trial of the rpm packages, built with Debian's tools, in build/rpm
.PHONY: rpm
rpm:
	$(Q)packaging/deps.sh install build rpm
	$(Q)packaging/rpm.sh '$(RELEASE_VERSION)'

## check-packages: install the packages in a fresh minimal Debian and use them
.PHONY: check-packages
check-packages:
	$(Q)packaging/deps.sh install build deb rpm portable chroot
	$(Q)tests/support/check.py 'deb=$(MAKE) -s deb' \
		'lintian=packaging/lint-deb.sh' 'deb-install=packaging/check-deb.sh' 'piuparts=packaging/check-piuparts.sh' \
		'repo=$(MAKE) -s repo' 'repo-install=packaging/check-repo.sh' \
		'systemd=packaging/check-systemd.sh' 'rpm=$(MAKE) -s rpm' \
		'oci=$(MAKE) -s oci' 'portable-run=packaging/portable/check.sh' 'oci-run=packaging/oci/check.sh'

## systemd-test: the Debian packages under a real systemd, in a container
.PHONY: systemd-test
systemd-test:
	$(Q)packaging/deps.sh install build deb chroot
	$(Q)$(MAKE) -s deb
	$(Q)packaging/check-systemd.sh

## help: this list
.PHONY: help
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST) | awk '{i = index($$0, ": "); printf "  %-12s %s\n", substr($$0, 1, i - 1), substr($$0, i + 2)}'

## clean: remove build/
.PHONY: clean
clean:
	$(Q)rm -rf build

.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find $(BUILD) -path '*/cross-*' -prune -o -name '*.d' -type f -print 2>/dev/null)
