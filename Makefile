# make chat        set everything up, then talk with the bot
# make test        set everything up, then run all tests
# make test-serve  the tests that need no torch;  make test-browser: the chat widget in a real Chromium
# make clean       remove what was built (not the environment);  make distclean: the environment too
#
# FAISS=gpu installs FAISS for CUDA instead of the CPU build.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help chat test test-serve test-browser widget setup train-setup nlu index built clean distclean

FAISS ?= cpu
BUILT := .daedap
UV_VERSION := 0.8.0
SYNC := sync --frozen --inexact --no-default-groups --group $(FAISS)
NLU_INPUTS := config.yml domain.yml data/rasa nlu/components nlu/normalize.py nlu/morphemes.py bot/cli/train_nlu.py nlu/ngrams.py nlu/ridge.py nlu/sentiment.py nlu/insults.py nlu/entities \
    data/models/messages/encoder.onnx data/models/sentiment data/models/vectors data/faq
INDEX_INPUTS := data/faq data/manuals data/models/vectors data/models/sentence retrieval nlu/normalize.py nlu/morphemes.py nlu/sentences.py nlu/tokenizer.py nlu/vectors.py nlu/sentence_vectors.py
PYTEST_ARGS ?=

export RASA_TELEMETRY_ENABLED := false
export HF_HUB_OFFLINE := 1
export TF_CPP_MIN_LOG_LEVEL := 3
export UV_PYTHON_DOWNLOADS := never

help:
	@sed -n 's/^# \{0,1\}//p' Makefile | head -4

# The interpreter: python3.10 as it stands, pyenv's, then uv's; empty if there is none.
define FIND_PYTHON
try() { "$$1" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1 && echo "$$1"; }; \
for candidate in python3.10 python3 python \
    $$(ls -d "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/3.10*/bin/python3.10 2>/dev/null | sort -rV) \
    $$(uv python find 3.10 2>/dev/null || true); do \
    path=$$(command -v "$$candidate" 2>/dev/null || true); \
    [ -n "$$path" ] && try "$$path" && break; \
done || true
endef

# uv: the one on the path if it is new enough, else one in a small environment of its own.
define FIND_UV
for candidate in uv .tools/bin/uv; do \
    version=$$("$$candidate" --version 2>/dev/null | awk '{print $$2}'); \
    if [ -n "$$version" ] && [ "$$(printf '%s\n' $(UV_VERSION) "$$version" | sort -V | head -n 1)" = "$(UV_VERSION)" ]; then \
        echo "$$candidate"; break; \
    fi; \
done
endef

define SYNC_ENVIRONMENT
python=$$($(FIND_PYTHON)); \
if [ -z "$$python" ]; then \
    echo "Python 3.10을 찾지 못했어요. 'pyenv install 3.10'이나 'uv python install 3.10'으로 설치한 뒤 다시 실행해 주세요." >&2; \
    echo "No Python 3.10 was found: install it with 'pyenv install 3.10' or 'uv python install 3.10', then run this again." >&2; \
    exit 1; \
fi; \
uv=$$($(FIND_UV)); \
if [ -z "$$uv" ]; then \
    echo "uv를 .tools에 설치해요 …" >&2; \
    "$$python" -m venv .tools; \
    .tools/bin/python -m pip install --quiet --disable-pip-version-check 'uv>=$(UV_VERSION)'; \
    uv=.tools/bin/uv; \
fi; \
echo "패키지를 설치해요 (처음에는 몇 분 걸려요) …" >&2; \
UV_PYTHON="$$(readlink -f "$$("$$python" -c 'import sys; print(sys.executable)')")"
endef

setup: .venv/.serve
train-setup: .venv/.train

.venv/.serve: pyproject.toml uv.lock
	@$(SYNC_ENVIRONMENT) "$$uv" $(SYNC)
	@touch $@

.venv/.test: pyproject.toml uv.lock
	@$(SYNC_ENVIRONMENT) "$$uv" $(SYNC) --group dev
	@touch $@ .venv/.serve

.venv/.train: pyproject.toml uv.lock
	@$(SYNC_ENVIRONMENT) "$$uv" $(SYNC) --group dev --group train
	@touch $@ .venv/.test .venv/.serve

# $(call STALE,stamp,inputs): true if the stamp is missing or an input is newer.
STALE = [ ! -e $(1) ] || [ -n "$$(find $(2) -type f -newer $(1) -not -name '*.pyc' -print -quit 2>/dev/null)" ]

nlu: setup
	@if $(call STALE,$(BUILT)/rasa.stamp,$(NLU_INPUTS)); then \
	    echo "대화 모델을 학습해요 …" >&2; \
	    .venv/bin/daedap train nlu; \
	    mkdir -p $(BUILT); touch $(BUILT)/rasa.stamp; \
	fi

index: setup
	@if $(call STALE,$(BUILT)/index.stamp,$(INDEX_INPUTS)) || [ ! -d $(BUILT)/index ]; then \
	    echo "FAQ와 설명서의 색인을 만들어요 …" >&2; \
	    find data/faq -type f \( -name '*.csv' -o -name '*.xlsx' \) -print0 | sort -z | \
	        xargs -0 sh -c 'for file; do set -- "$$@" --faq "$$file"; shift; done; exec .venv/bin/daedap index "$$@" --manuals data/manuals --out $(BUILT)/index' sh; \
	    touch $(BUILT)/index.stamp; \
	fi

built: nlu index

chat: built
	@.venv/bin/daedap chat

test: .venv/.train built
	@.venv/bin/python -m pytest -m "not browser" $(PYTEST_ARGS)

test-serve: .venv/.test built
	@.venv/bin/python -m pytest -m "not train and not browser" $(PYTEST_ARGS)

# A real Chromium against the real servers; screenshots go to .daedap/screenshots.
test-browser: .venv/.browser built
	@command -v chromium >/dev/null || [ -n "$${DAEDAP_BROWSER:-}" ] || { \
	    echo "chromium이 없어요. 'apt-get install chromium'으로 설치하거나 DAEDAP_BROWSER에 경로를 적어 주세요." >&2; exit 1; }
	@.venv/bin/python -m pytest -m browser $(PYTEST_ARGS)

.venv/.browser: pyproject.toml uv.lock
	@$(SYNC_ENVIRONMENT) "$$uv" $(SYNC) --group dev --group browser
	@touch $@ .venv/.test .venv/.serve

# The widget's bundle lies in the repository, so that nobody needs Node to serve it; this makes it anew.
widget:
	cd bot/web && npm ci --no-fund --no-audit && npm run build

clean:
	rm -rf $(BUILT) .pytest_cache .ruff_cache .hypothesis
	find bot nlu retrieval mrc tests -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv .tools
