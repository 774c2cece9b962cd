# `make demo` recruits, `make test` proves it. Both bring everything they need.
.PHONY: help demo test coverage lint types imports check lock clean

help:
	@echo "make demo     run the recruiting scenario on the demo world"
	@echo "make test     set up and pass the tests"
	@echo "make coverage the same, and say which lines no test reaches"
	@echo "make check    tests, lint, types, imports: what CI runs"
	@echo "make lock     compile the requirements again"
	@echo "make clean    remove what runs have made (var/)"

demo:
	@./setup.sh run
	@.venv/bin/deputy run -s recruiting

test:
	@./setup.sh test
	@.venv/bin/python -m pytest -n 2 --dist loadfile

coverage:
	@./setup.sh test
	@.venv/bin/python -m pytest -n 2 --dist loadfile --cov --cov-report=term:skip-covered

lint:
	@./setup.sh test
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .

types:
	@./setup.sh test
	@.venv/bin/mypy

imports:
	@./setup.sh test
	@.venv/bin/lint-imports

check: test lint types imports

lock:
	.venv/bin/uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -q -o requirements.lock
	.venv/bin/uv pip compile pyproject.toml --extra build --extra celery --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -c requirements.lock -q -o requirements-dev.lock

clean:
	rm -rf var
