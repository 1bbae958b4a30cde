#!/usr/bin/python3
"""clang-format and clang-tidy over the sources: clang_checks.py ROOT BUILD JOBS SECONDS

Prints what they find on standard error, and "passed failed" (clang-format counts as one, clang-tidy as one per file) on
standard output. A file that clang-tidy passed is remembered in BUILD/tidy by a hash of all that it depends on here: its
own text, the project's headers that it includes, and the .clang-tidy files.
"""
import concurrent.futures
import hashlib
import json
import pathlib
import subprocess
import sys
import time

import checks

# The compile commands are GCC's, whose names of warnings clang does not all know.
CLANG_TIDY = ["clang-tidy", "--quiet", "--extra-arg=-Wno-unknown-warning-option"]


def say(text):
    print(text, file=sys.stderr, flush=True)


def formatted(root, sources):
    wrong = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources], cwd=root, capture_output=True, text=True)
    if wrong.returncode != 0:
        say(wrong.stderr)
        say("Run clang-format -i on these files.")
    return wrong.returncode == 0


def with_headers(tree, path):
    """The file and every project header that it reaches, sorted."""
    reached, waiting = {path}, [path]
    while waiting:
        for _, included, _ in checks.includes(tree[waiting.pop()]):
            if included in tree and included not in reached:
                reached.add(included)
                waiting.append(included)
    return sorted(reached)


def fingerprint(tree, path):
    digest = hashlib.sha256((tree[".clang-tidy"] + tree["tests/.clang-tidy"]).encode())
    for name in with_headers(tree, path):
        digest.update(name.encode() + b"\0" + tree[name].encode() + b"\0")
    return digest.hexdigest()


def main():
    root, build, jobs, seconds = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    deadline = time.monotonic() + seconds
    tree = checks.read_tree(root)
    stamps = root / build / "tidy"
    stamps.mkdir(exist_ok=True)

    commands = json.loads((root / build / "compile_commands.json").read_text())
    compiled = {str(pathlib.Path(c["file"]).relative_to(root)) for c in commands}
    files = [p for p in tree if p in compiled and p.endswith(".cc")]
    # When time is short: the program before its tests, and first what was just written.
    files.sort(key=lambda p: (p.startswith("tests/"), -(root / p).stat().st_mtime))

    def check(path):
        """True, False, or None when there was no time."""
        stamp = stamps / (path.replace("/", "--") + ".ok")
        wanted = fingerprint(tree, path)
        if stamp.exists() and stamp.read_text() == wanted:
            return True
        if time.monotonic() > deadline:
            return None
        run = subprocess.run([*CLANG_TIDY, "-p", build, path], cwd=root, capture_output=True, text=True)
        if run.returncode != 0:
            say(f"{path}\n{run.stdout}{'' if run.stdout else run.stderr}")
            return False
        stamp.write_text(wanted)
        say(f"clang-tidy: {path}")
        return True

    passed = [formatted(root, [p for p in tree if p.endswith((".h", ".cc"))])]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        verdicts = dict(zip(files, pool.map(check, files)))
    left_out = [path for path, verdict in verdicts.items() if verdict is None]
    if left_out:
        say(f"clang-tidy: no time was left for {len(left_out)} files: {' '.join(left_out)}")
    passed += [verdict for verdict in verdicts.values() if verdict is not None]
    print(sum(passed), len(passed) - sum(passed))


main()
