#!/bin/sh
# Make .venv ready: `./setup.sh run` for using Deputy, `./setup.sh test` for its tests as well.
# Brings its own uv. Needs python3 (3.11 to 3.13) and a network at the first call; later calls return at once.
set -eu
cd "$(dirname "$0")"
kind=${1:-run}
lock=requirements.lock
[ "$kind" = test ] && lock=requirements-dev.lock

say() { printf '%s\n' "$*" >&2; }

apt_install() {  # packages, and what they are for
    if [ "$(id -u)" = 0 ]; then as=""; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as="sudo"; else as="no"; fi
    if [ "$as" = no ] || ! command -v apt-get >/dev/null; then
        say "setup: missing: $1 ($2)"
        say "  Fix: install it as an administrator: apt-get install $1"
        return 1
    fi
    say "setup: installing $1 ($2)"
    $as apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive $as apt-get install -y -qq --no-install-recommends $1 >/dev/null
}

python=""
for one in python3.13 python3.12 python3.11 python3; do
    if command -v $one >/dev/null && $one -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then python=$one; break; fi
done
if [ -z "$python" ]; then
    say "setup: no Python from 3.11 to 3.13 on this machine"
    say "  Fix: apt-get install python3 python3-venv"
    exit 4
fi

if [ "$kind" = test ] && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then
    apt_install postgresql "the tests start their own PostgreSQL" || exit 4
fi
if [ "$kind" = test ] && ! command -v redis-server >/dev/null; then
    apt_install redis-server "the tests start their own message broker" || exit 4
fi
if [ "$kind" = test ] && ! [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]; then
    apt_install rabbitmq-server "the tests start their own broker of the other kind" || exit 4
fi
if [ "$kind" = test ] && ! command -v openssl >/dev/null; then
    apt_install openssl "the tests make certificates for their own mail server" || exit 4
fi
if [ "$kind" = test ] && [ "$(uname)" = Linux ] && ! command -v bwrap >/dev/null; then
    apt_install bubblewrap "the tests try to break out of it" || exit 4
fi

if [ "$kind" = run ] && ! command -v bwrap >/dev/null; then
    apt_install bubblewrap "the local forge runs checks in its sandbox" || say "  Without it no check of a change is run, and so nothing is merged."
fi
if [ "$kind" = test ] && ! command -v npm >/dev/null; then
    apt_install "nodejs npm" "the tests hold the GitHub backend to GitHub's own description" || exit 4
fi
described() { [ -f testkit/node/node_modules/.ready ] && [ "$(cat testkit/node/node_modules/.ready)" = "$(cksum < testkit/node/package-lock.json)" ]; }
if [ "$kind" = test ] && ! described; then
    say "setup: fetching GitHub's description of its API, and a server that holds callers to it"
    (cd testkit/node && npm ci --silent --no-audit --no-fund --ignore-scripts)
    cksum < testkit/node/package-lock.json > testkit/node/node_modules/.ready
fi

sum=$(cat setup.sh pyproject.toml requirements.lock requirements-dev.lock | cksum)
ready() { [ -f ".venv/.ready-$1" ] && [ "$(cat ".venv/.ready-$1")" = "$sum" ]; }
if ready "$kind" || ready test; then exit 0; fi

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    if [ ! -x .uv/bin/uv ]; then
        "$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv "it makes the environment" || exit 4
        say "setup: fetching uv"
        "$python" -m venv .uv
        .uv/bin/pip install -q --disable-pip-version-check uv
    fi
    uv=.uv/bin/uv
fi

say "setup: preparing .venv from $lock (the first time takes a minute or two)"
[ -x .venv/bin/python ] || "$uv" venv -q --python "$python" .venv
UV_COMPILE_BYTECODE=1 "$uv" pip sync -q --python .venv/bin/python --require-hashes $lock
"$uv" pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
.venv/bin/python -m compileall -q agents cli crews guard runtime scenarios server tasks testkit tools
if [ "$kind" = test ]; then .venv/bin/python -m tools.backends.sandbox_build >/dev/null; fi
rm -f .venv/.ready-*
printf '%s' "$sum" > ".venv/.ready-$kind"
