"""What a program tries that must not succeed: files, secrets, the network, processes, outliving its limits."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.backends.sandbox import Ran, Sandbox
from tools.backends.sandbox_jail import JailSandbox
from tools.backends.sandbox_wasm import WasmSandbox

SECRET = "sk-sandbox-3f9a77c1d2"


class Ground:
    """What lies about outside of the sandbox: a file and a variable with a secret, and a listener on loopback."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "secret.txt"
        self.file.write_text(SECRET, encoding="utf-8")
        self.file.chmod(0o644)
        self.target = folder / "written.txt"
        self.callers = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            self.callers += 1
            caller.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    os.environ["SANDBOX_TEST_TOKEN"] = SECRET
    made = Ground(tmp_path_factory.mktemp("outside"))
    yield made
    made.close()
    del os.environ["SANDBOX_TEST_TOKEN"]


@pytest.fixture(scope="module", params=["wasm", "jail"])
def sandbox(request: pytest.FixtureRequest, ground: Ground) -> Iterator[Sandbox]:
    opened: Sandbox = WasmSandbox() if request.param == "wasm" else JailSandbox()
    yield opened
    opened.close()


def assert_nothing_got_out(ran: Ran, ground: Ground) -> None:
    assert SECRET not in f"{ran.result}{ran.printed}{ran.error}"
    assert not ground.target.exists()
    assert ground.callers == 0


def filled(program: str, ground: Ground) -> str:
    return (
        program.replace("FILE", repr(str(ground.file)))
        .replace("TARGET", repr(str(ground.target)))
        .replace("PORT", str(ground.port))
        .replace("PARENT", str(os.getpid()))
    )


READS = {
    "a file by its path": "result = open(FILE).read()",
    "a file through os": "import os; result = os.read(os.open(FILE, 0), 99).decode()",
    "a file through io": "import io; result = io.FileIO(FILE).read().decode()",
    "a file through pathlib": "import pathlib; result = pathlib.Path(FILE).read_text()",
    "a file through a link": "import os; os.symlink(FILE, 'l'); result = open('l').read()",
    "a hard link": "import os; os.link(FILE, 'l'); result = open('l').read()",
    "a file above": "result = open('../../../../../..' + FILE).read()",
    "the folder of the host": "import os; result = str(os.listdir(os.path.dirname(FILE)))",
    "the environment": "import os; result = dict(os.environ)",
    "the environment of the first process": "result = open('/proc/1/environ', 'rb').read().decode()",
    "the environment of the caller": "result = open('/proc/PARENT/environ', 'rb').read().decode()",
    "the caller's files": "result = open('/proc/PARENT/root' + FILE).read()",
    "its own file descriptors": "import os\nfor n in range(64):\n"
    "  try: print(os.pread(n, 99, 0))\n  except Exception: pass",
    "memory of the caller": "open('/proc/PARENT/mem', 'rb').seek(0); result = 'open'",
    "a loaded class": "f = [c for c in ().__class__.__base__.__subclasses__() if 'FileIO' in c.__name__ or "
    "c.__name__ == '_wrap_close']\nresult = [c.__init__.__globals__['sys'].modules['os'].popen('cat ' + FILE).read() "
    "for c in f if hasattr(c.__init__, '__globals__')] or f[0](FILE).read().decode()",
    "a library call": "import ctypes; libc = ctypes.CDLL(None); b = ctypes.create_string_buffer(99)\n"
    "n = libc.open(FILE.encode(), 0); libc.read(n, b, 99); result = b.value.decode()",
    "a shell": "import subprocess; result = subprocess.run(['cat', FILE], capture_output=True, text=True).stdout",
    "the module loader": "import importlib.util as u; s = u.spec_from_file_location('m', FILE)\n"
    "result = s.loader.get_data(FILE).decode()",
    "the frames above": "import sys; f = sys._getframe()\nwhile f.f_back: f = f.f_back\nresult = str(f.f_globals)",
}
WRITES = {
    "a file outside": "open(TARGET, 'w').write('x')",
    "a file through a shell": "import os; assert os.system('echo x > ' + TARGET) == 0",
    "a loopback server": "import socket; socket.create_connection(('127.0.0.1', PORT), 1).send(b'x')",
    "a loopback server by six": "import socket; socket.create_connection(('::ffff:127.0.0.1', PORT), 1)",
    "a loopback server by urllib": "import urllib.request as u; u.urlopen('http://127.0.0.1:PORT/', timeout=1)",
    "a raw socket call": "import ctypes; assert ctypes.CDLL(None).socket(2, 1, 0) >= 0",
    "the caller by a signal": "import os; os.kill(PARENT, 15); raise OSError('it is somebody else')",
    "a mount": "import ctypes; assert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0",
    "a namespace of its own": "import os; os.unshare(0x10000000)"
    if hasattr(os, "unshare")
    else "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0",
    "another user": "import os; os.setuid(0)",
    "a system file": "open('/usr/bin/python3', 'ab').write(b'x')",
    "its own runner": "open('/guest/running.py', 'a').write('x')",
}
ENDLESS = {
    "a loop": "while True: pass",
    "a loop that catches everything": "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
    "a large number": "result = len(str(10 ** 10 ** 9))",
    "a regular expression": "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')",
    "a sleep": "import time; time.sleep(60)",
    "children": "import os\nfor n in range(400):\n  if os.fork() == 0:\n    while True: pass\nwhile True: pass",
}
HUNGRY = {
    "a gigabyte": "x = bytearray(2 ** 30); result = len(x)",
    "a list that grows": "x = []\nwhile True: x.append('x' * 10 ** 7)",
    "a string that doubles": "x = 'x'\nwhile True: x += x",
}


@pytest.mark.parametrize("name", READS)
def test_a_program_reads_nothing_outside(sandbox: Sandbox, ground: Ground, name: str) -> None:
    assert_nothing_got_out(sandbox.run(filled(READS[name], ground), None, seconds=5), ground)


@pytest.mark.parametrize("name", WRITES)
def test_a_program_reaches_nothing_outside(sandbox: Sandbox, ground: Ground, name: str) -> None:
    ran = sandbox.run(filled(WRITES[name], ground), None, seconds=5)

    assert ran.error is not None
    assert_nothing_got_out(ran, ground)


@pytest.mark.parametrize("name", ENDLESS)
def test_a_program_does_not_outlive_its_time(sandbox: Sandbox, ground: Ground, name: str) -> None:
    began = time.monotonic()
    ran = sandbox.run(ENDLESS[name], None, seconds=1)

    assert ran.result is None
    assert ran.error is not None
    assert time.monotonic() - began < 10
    assert sandbox.run("result = 1", None).result == 1


@pytest.mark.parametrize("name", HUNGRY)
def test_a_program_gets_no_more_memory_than_its_limit(sandbox: Sandbox, ground: Ground, name: str) -> None:
    ran = sandbox.run(HUNGRY[name], None, seconds=8)

    assert ran.result is None
    assert ran.error is not None
    assert sandbox.run("result = 1", None).result == 1


def test_no_process_is_left_behind(ground: Ground) -> None:
    mark = "deputy-sandbox-child"
    JailSandbox().run(
        f"import os, sys\nif os.fork() == 0:\n  os.setsid(); os.execv(sys.executable, ['{mark}', '-c', 'import time; "
        "time.sleep(60)'])\nresult = 1",
        None,
        seconds=5,
    )

    commands = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            commands.append(path.read_bytes())
        except OSError:
            continue
    assert [one for one in commands if mark.encode() in one] == []


PARTS = [
    "import os", "import sys", "import socket", "import ctypes", "import subprocess", "import importlib",
    "x = open(FILE).read()", "x = os.environ", "x = os.popen('cat ' + FILE).read()", "x = os.listdir('/')",
    "x = ctypes.CDLL(None).getpid()", "x = [c for c in object.__subclasses__()]", "x = sys.modules",
    "x = socket.socket().connect(('127.0.0.1', PORT))", "x = importlib.import_module('posix').listdir('/')",
    "x = subprocess.check_output(['env'])", "x = open(TARGET, 'w').write('x')", "x = sys._getframe(1).f_globals",
    "x = __import__('io').open_code(FILE).read()", "x = os.open(FILE, os.O_RDWR)", "x = os.fdopen(0).read()",
    "x = eval('open(FILE)')", "print(repr(x)[:4000])", "result = repr(x)[:4000]", "x = os.sendfile(1, 0, 0, 99)",
    "x = os.memfd_create('m')", "x = sys.settrace(print)", "del __builtins__", "x = os.ptsname(0)", "x = os.nice(-5)",
]  # fmt: skip
LINE = st.sampled_from(PARTS)
WRAPPED = st.builds("try:\n  {}\nexcept BaseException as e: x = e".format, LINE)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(lines=st.lists(st.one_of(LINE, WRAPPED), min_size=1, max_size=8))
def test_programs_put_together_at_random_get_nothing_out(sandbox: Sandbox, ground: Ground, lines: list[str]) -> None:
    assert_nothing_got_out(sandbox.run(filled("\n".join(lines), ground), None, seconds=5), ground)
