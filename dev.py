#!/usr/bin/env python3
"""Sets JazzAssist up on a fresh machine and runs it: `python3 dev.py run [FILE]`, `python3 dev.py test`.

Standard library only, and a syntax that old interpreters read, so that they can say what they lack.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from typing import Dict, List, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
PYTHON = os.path.join(VENV, "Scripts", "python.exe") if os.name == "nt" else os.path.join(VENV, "bin", "python")
# numpy multiplies in one thread, as in the program; pytest's plugins import numpy before the program can say so.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
CHECKS = [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]]  # the fastest first
ON_ALL_CORES = ["-n", "auto", "--maxprocesses", "8", "--dist", "loadgroup"]
QUICK = ["-m", "not slow"]
COVERAGE = ["--cov", "--cov-report", "term"]
OLDEST, BEYOND = (3, 11), (3, 15)
TORCH, CPU_BUILD = "torch==2.13.0", "+cpu"

# What Qt's widgets, its X11 plugin and the MIDI system load at run time, by Debian's names.
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libasound.so.2": "libasound2",
}
X11_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
PROBE = """
import ctypes, sys
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(name)
    except OSError:
        print(name)
"""
FILE_ENDINGS = (".mid", ".midi", ".kar", ".rmi", ".smf", ".wav")
NEW_NAMES = {"libasound2": "libasound2t64", "libglib2.0-0": "libglib2.0-0t64"}  # Debian 13, Ubuntu 24.04

USAGE = """usage: python3 dev.py COMMAND

  run [FILE]    set up, then open the window; without a display, do the main job on a demo song
  test          set up with PyTorch, then ruff, mypy and the quick tests, on all cores
  test --all    the same with all tests, and how much of the code they run
  test [...]    set up with PyTorch, then pytest with these words: files, folders, options
  bench [...]   set up with PyTorch, then the benchmarks (further words name them)

  --torch-index URL   for test and bench: where to take PyTorch from. On Linux, the index that pytorch.org
                      names for CPU builds saves 3 GB
"""


def main(words: List[str]) -> int:
    """Runs one command; its exit status."""
    index = None
    if "--torch-index" in words:
        at = words.index("--torch-index")
        index = words[at + 1] if at + 1 < len(words) else None
        words = words[:at] + words[at + 2 :]
    commands = {"run": run, "test": test, "bench": bench}
    if not words or words[0] not in commands:
        sys.stderr.write(USAGE)
        return 0 if words and words[0] in ("-h", "--help", "help") else 2
    interpreter = find_interpreter()
    if interpreter is None:
        return 1
    extra = "" if words[0] == "run" else "test"
    if not set_up(interpreter, extra, index):
        return 1
    return commands[words[0]](words[1:])


def run(words: List[str]) -> int:
    """Opens the window, or does the main job off screen where no display is."""
    words = [absolute(word) for word in words]
    if sys.platform.startswith("linux") and not has_display():
        print("There is no display here, so the main job is done off screen on a demo song.", flush=True)
        environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
        return call([PYTHON, "-m", "jazzassist.gui.tour"] + words, environment)
    if sys.platform.startswith("linux") and os.environ.get("DISPLAY") and not install_libraries(X11_LIBRARIES):
        return 1
    return call([PYTHON, "-m", "jazzassist"] + words)


def test(words: List[str]) -> int:
    """The checks and the tests, off screen. Words choose tests: then these alone, in one process."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", **ONE_THREAD)
    if words and words != ["--all"]:
        return call([PYTHON, "-m", "pytest", "-q"] + words, environment)
    chosen = COVERAGE if words else QUICK
    for check in CHECKS + [["pytest", "-q"] + ON_ALL_CORES + chosen]:
        status = call([PYTHON, "-m"] + check, environment)
        if status:
            return status
    return 0


def bench(words: List[str]) -> int:
    """The benchmarks."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", **ONE_THREAD)
    return call([PYTHON, "-m", "tests.benchmarks"] + words, environment)


def absolute(word: str) -> str:
    """A file's path from the caller's folder, whether there is such a file or not; other words as they are."""
    is_file = os.path.isfile(word) or word.lower().endswith(FILE_ENDINGS) or os.path.dirname(word)
    return os.path.abspath(word) if is_file and not word.startswith("-") else word


def call(command: List[str], environment: Optional[Dict[str, str]] = None) -> int:
    """The command's exit status, run from the project's folder."""
    try:
        return subprocess.call(command, cwd=HERE, env=environment)
    except KeyboardInterrupt:
        return 130


def has_display() -> bool:
    """Whether a window can be shown."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM"))


def find_interpreter() -> Optional[str]:
    """The path of a Python of a fitting version; None, and a sentence, when there is none."""
    if OLDEST <= sys.version_info[:2] < BEYOND:
        return sys.executable
    for minor in range(BEYOND[1] - 1, OLDEST[1] - 1, -1):
        for name in ("python3.%d" % minor, "py"):
            path = shutil.which(name)
            arguments = ["-3.%d" % minor] if name == "py" else []
            if path and subprocess.call([path] + arguments + ["-c", ""], stderr=subprocess.DEVNULL) == 0:
                found = subprocess.check_output([path] + arguments + ["-c", "import sys; print(sys.executable)"])
                return found.decode().strip()
    sys.stderr.write(
        "JazzAssist needs Python 3.11, 3.12, 3.13 or 3.14, and this is %s.\n"
        "Install one from python.org, with Homebrew (brew install python@3.12) or with uv, and call it.\n"
        % platform.python_version()
    )
    return None


def set_up(interpreter: str, extra: str, index: Optional[str]) -> bool:
    """Virtual environment, packages and system libraries; False, with the reason said, when something is missing.

    What `test` has installed is enough for `run`. Only the extra `test` needs PyTorch.
    """
    stamp = stamp_of(interpreter)
    if any(read(stamp_path(known)) == stamp for known in {extra, "test"}):
        return True
    if not (os.path.exists(PYTHON) or make_venv(interpreter)):
        return False
    if extra and not has_torch() and not install_torch(index):
        return False
    print("Installing JazzAssist and what it needs ...", flush=True)
    if subprocess.call(pip_install(extra) + ["--editable", ".[%s]" % extra if extra else "."], cwd=HERE):
        return False
    if sys.platform.startswith("linux") and not install_libraries(QT_LIBRARIES):
        return False
    with open(stamp_path(extra), "w") as file:
        file.write(stamp)
    return True


def stamp_path(extra: str) -> str:
    """The file that says for what the environment was set up with this extra."""
    return os.path.join(VENV, "set-up-" + (extra or "run"))


def pip_install(extra: str) -> List[str]:
    """The pip command. For `run`, Python compiles modules when they are first imported, which saves 20 MB."""
    compiling = [] if extra or sys.dont_write_bytecode else ["--no-compile"]
    return [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"] + compiling


def install_torch(index: Optional[str]) -> bool:
    """Installs PyTorch: from an index if one is named, else the CPU build where pip finds one; whether that worked."""
    pip = pip_install("test")
    print("Installing PyTorch, which defines and trains the networks ...", flush=True)
    if index:
        return subprocess.call(pip + ["--index-url", index, TORCH], cwd=HERE) == 0
    if sys.platform.startswith("linux"):  # elsewhere the usual build is the one for CPUs
        if subprocess.call(pip + [TORCH + CPU_BUILD], cwd=HERE, stderr=subprocess.DEVNULL) == 0:
            return True
        print("pip finds only the CUDA build (3 GB). To save that, stop and name a --torch-index.", flush=True)
    return subprocess.call(pip + [TORCH], cwd=HERE) == 0


def stamp_of(interpreter: str) -> str:
    """What the environment depends on: the project's dependencies and the interpreter."""
    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        return hashlib.sha256(file.read() + interpreter.encode() + TORCH.encode()).hexdigest()


def read(path: str) -> str:
    """The text of a small file; empty when there is none."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def make_venv(interpreter: str) -> bool:
    """Makes the virtual environment; on Debian ensurepip may have to be installed first."""
    lacking = subprocess.call([interpreter, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL)
    if lacking and not apt_install(["python3-venv"]):
        return False
    print("Making a virtual environment in .venv ...", flush=True)
    return subprocess.call([interpreter, "-m", "venv", VENV]) == 0


def has_torch() -> bool:
    """Whether the environment holds PyTorch already."""
    probe = "import importlib.metadata as m; m.version('torch')"
    return subprocess.call([PYTHON, "-c", probe], stderr=subprocess.DEVNULL) == 0


def install_libraries(wanted: Dict[str, str]) -> bool:
    """Installs the packages of the shared libraries that cannot be loaded, where that may be done."""
    missing = subprocess.check_output([PYTHON, "-c", PROBE] + sorted(wanted)).decode().split()
    return not missing or apt_install([wanted[name] for name in missing])


def apt_install(packages: List[str]) -> bool:
    """Installs Debian packages as root or through sudo; otherwise says what to install, and False."""
    apt = shutil.which("apt-get")
    names = [available(name) for name in packages] if apt else packages
    line = "apt-get install --yes --no-install-recommends " + " ".join(names)
    prefix = [] if os.name != "nt" and os.geteuid() == 0 else ["sudo", "-n"]
    if apt and (not prefix or may_sudo()):
        print("Installing " + " ".join(names) + " ...", flush=True)
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.call(prefix + ["apt-get", "update", "-qq"], env=environment)
        names = [available(name) for name in packages]
        line = "apt-get install --yes --no-install-recommends " + " ".join(names)
        if subprocess.call(prefix + line.split() + ["-qq"], env=environment, stdout=subprocess.DEVNULL) == 0:
            return True
    sys.stderr.write("These system packages are missing; install them and call again:\n  sudo %s\n" % line)
    return False


def may_sudo() -> bool:
    """Whether sudo works without asking for a password."""
    return bool(shutil.which("sudo")) and subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL) == 0


def available(name: str) -> str:
    """A package's name on this release: some were renamed when time became 64 bits wide."""
    if name in NEW_NAMES and shutil.which("apt-cache"):
        command = ["apt-cache", "show", NEW_NAMES[name]]
        shown = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return NEW_NAMES[name] if shown.stdout else name
    return name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
