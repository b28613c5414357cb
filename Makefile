# How greybook is built, tested and shown. `make help` lists the targets.
#
# Needed: Go, a C compiler (the database engine is linked in), make, npm (for the
# one script library that the pages carry, and for two packages of the tests: axe-core, and DuckDB's own client for
# Node.js). Everything else is fetched by lock files: go.sum, reports/assets/package-lock.json,
# cmd/greybook/testdata/anyclient/package-lock.json.

SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := build

GO  ?= go
NPM ?= npm

# The one place that sets the build tag: without it the engine's Arrow door drops
# out of the build. Flags and tags of the user's own stay in force. No stamp of the
# version control: a build must not depend on whose the clone is.
comma     := ,
user_tags := $(patsubst -tags=%,$(comma)%,$(filter -tags=%,$(GOFLAGS)))
export GOFLAGS := $(strip -buildvcs=false $(filter-out -tags=%,$(GOFLAGS)) -tags=duckdb_arrow$(subst $(comma)duckdb_arrow,,$(user_tags)))

SOURCES := cmd ingest analysis reports data
ASSETS  := reports/assets/echarts.min.js
CLIENT  := cmd/greybook/testdata/anyclient
FUZZTIME ?= 30s
CRASHRUNS ?= 240

# These draw charts in a JavaScript interpreter, simulate by the million, make some
# hundred books, or start the whole program again and again; the race detector would
# make them five to ten times slower. `make race` has it for all.
UNRACED := /(analysis|ingest|reports|cmd/greybook)(/|$$)
RACE    ?= -race

SAMPLE := out/sample
BOOK   := out/sample.duckdb
AS_OF  := 2026-11-15# the last day of the sample

.PHONY: help build assets client report test check race lint bench load update fuzz soak clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

build: $(ASSETS) ## build bin/greybook
	$(GO) build -o bin/greybook ./cmd/greybook

assets: $(ASSETS)

# npm runs once for each change of the lock file. The target itself is put in place
# last, so a run that was interrupted is not taken for a finished one.
$(ASSETS): reports/assets/package.json reports/assets/package-lock.json
	$(NPM) ci --prefix reports/assets --include=dev --ignore-scripts --no-audit --no-fund
	cp $(@D)/node_modules/echarts/LICENSE $(@D)/echarts.LICENSE
	cp $(@D)/node_modules/echarts/NOTICE $(@D)/echarts.NOTICE
	cp $(@D)/node_modules/echarts/dist/echarts.min.js $@.new
	mv $@.new $@

# npm writes this file last.
client: $(CLIENT)/node_modules/.package-lock.json

$(CLIENT)/node_modules/.package-lock.json: $(CLIENT)/package.json $(CLIENT)/package-lock.json
	$(NPM) ci --prefix $(CLIENT) --include=dev --ignore-scripts --no-audit --no-fund
	touch $@

report: build ## make the sample's book and its weekly page, in out/
	rm -rf $(SAMPLE) $(BOOK) $(BOOK).wal
	bin/greybook sample -o $(SAMPLE)
	bin/greybook ingest fx --book $(BOOK) $(SAMPLE)/synthetic-fx.csv
	bin/greybook ingest sales --book $(BOOK) $(SAMPLE)/synthetic-goat.csv \
		$(SAMPLE)/synthetic-stockx-seller-report.csv $(SAMPLE)/synthetic-kream.csv
	@bin/greybook analyze claims --publish --book $(BOOK) --as-of $(AS_OF) >/dev/null
	@bin/greybook analyze index --publish --book $(BOOK) --as-of $(AS_OF) >/dev/null
	@echo "The weekly page, made of the sample's invented sales:"
	@bin/greybook report --book $(BOOK) -o $(CURDIR)/out/report --as-of $(AS_OF)

test: check ## everything: make check

check: lint client ## gofmt, vet, staticcheck, tidy; tests, with the race detector where it is quick (RACE= goes without)
	@failed=0; \
	$(GO) test $(RACE) -timeout=20m -vet=off $$($(GO) list ./... | grep -Ev '$(UNRACED)') || failed=1; \
	$(GO) test -timeout=20m -vet=off $$($(GO) list ./... | grep -E '$(UNRACED)') || failed=1; \
	exit $$failed

race: lint client ## all tests with the race detector
	$(GO) test -race -timeout=60m -vet=off ./...

lint: $(ASSETS)
	@unformatted=$$(gofmt -l $(SOURCES)); if [ -n "$$unformatted" ]; then \
		echo "not as gofmt writes it:" $$unformatted >&2; exit 1; fi
	$(GO) mod tidy -diff
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

bench: build ## measure against the plain engine, 1, 10 and 30 million rows, half an hour (BENCHFLAGS=-help)
	$(GO) build -o bin/bench ./cmd/bench
	bin/bench $(BENCHFLAGS)

load: build ## measure serve under load against a bare handler; needs wrk (LOADFLAGS=-help)
	[ -e $(BOOK) ] || $(MAKE) report
	$(GO) build -o bin/bench ./cmd/bench
	bin/bench load $(LOADFLAGS)

update: $(ASSETS) ## write the golden files anew; look at git diff afterwards
	@for dir in $$(grep -rl --include='*_test.go' 'flag.Bool("update"' $(SOURCES) | xargs -n 1 dirname | sort -u); do \
		GREYBOOK_UPDATE=1 $(GO) test -count=1 "./$$dir" -update; done

fuzz: $(ASSETS) ## run each fuzz target for FUZZTIME (30s)
	@grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' $(SOURCES) | while IFS=: read -r file name; do \
		$(GO) test -run='^$$' -fuzz="^$${name#func }\$$" -fuzztime=$(FUZZTIME) -fuzzminimizetime=2s "./$$(dirname "$$file")" </dev/null; done

soak: $(ASSETS) ## interrupt commands that write at CRASHRUNS (240) random moments; little memory, full disks
	CRASHRUNS=$(CRASHRUNS) $(GO) test -count=1 -timeout=2h -v -run='^Test(Killed|FeedKilled|LittleMemory|NoMemoryOfTheSystem|Full.*|FileThatMoves|Interrupted.*|TwoIngestsAtOnce)$$' ./cmd/greybook

clean: ## remove what was built, fetched and reported; bench/ data stays
	rm -rf bin out reports/assets/node_modules $(CLIENT)/node_modules
	rm -f $(ASSETS) reports/assets/echarts.min.js.new reports/assets/echarts.LICENSE reports/assets/echarts.NOTICE
