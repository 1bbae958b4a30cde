"""The rules of the house that a text of sources can show, each as a function from the tree to complaints.

A tree is {path from the root: text}. A complaint is "path:line: sentence". Whoever adds a folder adds it to LAYERS.
"""
import os
import re

# ---- The house -------------------------------------------------------------------------------------------------------

TOP_LEVEL = {"CMakeLists.txt", "hub", "topics", "queues", "adapters", "tests", "examples", "config", "README.md"}

CORE = ("hub/base", "hub/policy", "queues", "topics", "hub/core")

# Folder -> the folders that it may include besides itself. The first pattern that matches a file decides; "*" is one
# name, and a pattern that ends in it is a file.
LAYERS = [
    ("hub/base/", ()),
    ("hub/policy/", ("hub/base",)),
    ("queues/", ("hub/base",)),
    ("topics/", ("hub/base",)),
    ("hub/core/", ("hub/base", "hub/policy", "queues", "topics")),
    ("hub/engine/", ("hub/base", "hub/core")),
    ("adapters/wire/*/", ("hub/base", "hub/core")),
    ("adapters/*/", (*CORE, "hub/engine", "adapters/wire")),
    ("hub/cli/", ("hub", "queues", "topics", "adapters")),
    ("hub/*", ("hub", "queues", "topics", "adapters")),  # main.cc: wiring, the only place that knows all.
    ("tests/", ("hub", "queues", "topics", "adapters", "tests")),
    ("examples/", ("hub/base", "adapters/client")),
]

# A heavy header -> the folders whose headers may include it. Everywhere else only a .cc file may.
HEAVY = {
    r"yaml-cpp/": ("adapters/yaml",),
    r"msgpack": ("adapters/wire/native",),
    r"rocksdb/": ("adapters/rocksdb",),
    r"zmq(_addon)?\.h": ("adapters/zmq",),
    r"simdjson\.h": (),
    r"CLI/": ("hub/cli",),
    r"spdlog/": (),
    r"boost/": ("adapters/wire/http",),
    r"openssl/": (),
    r"prometheus/": (),
}

# What the core must not do: it is given the time, its randomness and its input, and gives its effects back.
_CALL = r"(?<![\w.>:])(?:std::|::)?"
CLOCKS = [
    (r"\b(system|steady|high_resolution|file|utc|tai|gps)_clock\b", "reads a clock"),
    (_CALL + r"time\s*\(\s*(nullptr|NULL|0|&)", "reads a clock"),
    (_CALL + r"(gettimeofday|clock_gettime|timespec_get|ftime)\s*\(", "reads a clock"),
]
RANDOMNESS = [
    (r"#\s*include\s*<(random|sys/random\.h)>|\brandom_device\b|\bmt19937", "draws randomness"),
    (_CALL + r"(rand|srand|rand_r|drand48|getrandom|getentropy)\s*\(", "draws randomness"),
]
OUTSIDE = [
    (r"#\s*include\s*<(fstream|filesystem|fcntl\.h|unistd\.h|sys/[\w/]+\.h|spdlog/.*)>", "touches the outside"),
    (r"\b[io]?fstream\b|\bstd::filesystem\b", "opens a file"),
    (_CALL + r"(fopen|freopen|fdopen|popen|open|openat|creat|getenv|system)\s*\(", "touches the outside"),
]
THREADS = [
    (r"#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|pthread\.h)>",
     "uses threads"),
    (r"\bstd::(j?thread|(recursive_|shared_|timed_)*mutex|condition_variable\w*|async|lock_guard|unique_lock|scoped_lock)\b",
     "uses threads"),
]
PURITY = {**{folder: CLOCKS + RANDOMNESS + OUTSIDE + THREADS for folder in CORE}, "hub/engine": CLOCKS + RANDOMNESS + OUTSIDE}

_MACHINE_PATH = re.compile(r"(?<![\w.$})])/(work|tmp|home|root|Users)/")
_TEXTS = (".h", ".cc", ".py", ".sh", ".md", ".txt", ".cmake", ".yaml", ".yml", ".json", ".supp", ".dict")


# ---- Reading ---------------------------------------------------------------------------------------------------------

def read_tree(root):
    """Every text file of the project; what .gitignore names (build folders, caches) is not part of it."""
    tree = {}
    for folder, folders, files in os.walk(root):
        at_top = os.path.samefile(folder, root)
        folders[:] = [f for f in folders if f not in (".git", "__pycache__") and not (at_top and f.startswith("build"))]
        for name in files:
            path = os.path.join(folder, name)
            try:
                with open(path, encoding="utf-8") as file:
                    tree[os.path.relpath(path, root)] = file.read()
            except UnicodeDecodeError:
                pass  # Not a text.
    return tree


_LEXEMES = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|(?<![0-9a-fA-F])\'(?:[^\'\\\n]|\\.)+\'', re.DOTALL)


def code_of(text):
    """C++ without its comments and with empty literals; every line stays where it was. Includes keep their path."""
    def blank(match):
        lexeme = match.group()
        line_begin = text.rfind("\n", 0, match.start()) + 1
        if re.match(r"\s*#\s*include\s*$", text[line_begin:match.start()]):
            return lexeme
        return ('""' if lexeme[0] in "\"R" else "") + "\n" * lexeme.count("\n")
    return _LEXEMES.sub(blank, text)


def includes(text):
    """(line, path, is_quoted) of each #include."""
    code = code_of(text)
    found = re.finditer(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', code, re.MULTILINE)
    return [(code.count("\n", 0, m.start()) + 1, m.group(2), m.group(1) == '"') for m in found]


def sources(tree):
    return [path for path in sorted(tree) if path.endswith((".h", ".cc"))]


def is_in(path, folder):
    return path.startswith(folder + "/")


def layer_of(path):
    """(folder, what it may include), or None for a place that the table does not know."""
    for pattern, allowed in LAYERS:
        match = re.match(re.escape(pattern).replace(r"\*", "[^/]+") + ("" if pattern.endswith("/") else "$"), path)
        if match:
            folder = match.group() if pattern.endswith("/") else os.path.dirname(path)
            return folder.rstrip("/"), allowed
    return None


# ---- The checks ------------------------------------------------------------------------------------------------------

def check_top_level(tree):
    """The top level is fixed; dotfiles may stand beside it."""
    names = sorted({path.split("/")[0] for path in tree})
    return [f"{name}:1: the top level is fixed; this belongs into one of its folders"
            for name in names if name not in TOP_LEVEL and not name.startswith(".")]


def check_layers(tree):
    """Every #include of our own goes where the layer table allows."""
    complaints = []
    ours = {layer.split("/")[0] for layer, _ in LAYERS}
    for path in sources(tree):
        layer = layer_of(path)
        if layer is None:
            complaints.append(f"{path}:1: this place is not in the layer table (tests/tidy/checks.py)")
            continue
        folder, allowed = layer
        for line, included, is_quoted in includes(tree[path]):
            if not is_quoted:
                if included.split("/")[0] in ours:
                    complaints.append(f"{path}:{line}: write #include \"{included}\": it is ours")
            elif included not in tree:
                complaints.append(f"{path}:{line}: there is no {included}; includes begin at the root")
            elif not any(is_in(included, other) for other in (folder, *allowed)):
                complaints.append(f"{path}:{line}: {folder} may not include {included}")
    return complaints


def check_purity(tree):
    """The core reads no clock, draws no randomness, opens no file and starts no thread; the engine has its threads."""
    complaints = []
    for path in sources(tree):
        for folder, rules in PURITY.items():
            if not is_in(path, folder):
                continue
            for number, line in enumerate(code_of(tree[path]).split("\n"), 1):
                complaints += [f"{path}:{number}: {folder} is pure, and this {what}: {line.strip()}"
                               for pattern, what in rules if re.search(pattern, line)]
    return complaints


def check_heavy_headers(tree):
    """Heavy headers stay out of headers, so that few translation units pay for them."""
    complaints = []
    for path in sources(tree):
        if not path.endswith(".h") or is_in(path, "tests"):
            continue
        for line, included, _ in includes(tree[path]):
            for pattern, owners in HEAVY.items():
                if re.match(pattern, included) and not any(is_in(path, owner) for owner in owners):
                    complaints.append(f"{path}:{line}: only a .cc file may include <{included}>")
    return complaints


def check_headers(tree):
    """A header begins with a comment that says what it is for, and guards itself."""
    complaints = []
    for path in sources(tree):
        if path.endswith(".h"):
            if not tree[path].startswith(("//", "/*")):
                complaints.append(f"{path}:1: begin with a comment: what this is for, and its contract")
            if not re.search(r"^#pragma once$", tree[path], re.MULTILINE):
                complaints.append(f"{path}:1: #pragma once is missing")
    return complaints


def check_machine_paths(tree):
    """Nothing depends on one machine's folders."""
    complaints = []
    for path, text in sorted(tree.items()):
        if path.endswith(_TEXTS):
            complaints += [f"{path}:{number}: a path of one machine: {line.strip()}"
                           for number, line in enumerate(text.split("\n"), 1) if _MACHINE_PATH.search(line)]
    return complaints


def check_listed(tree):
    """What no CMake list names is never built, and a test that is never built never fails."""
    lists = {path: text for path, text in tree.items() if path.endswith((".cmake", "CMakeLists.txt"))}

    def is_named(wanted, own_list):
        """Some other list names `wanted` as seen from its folder, or from the root with ${PROJECT_SOURCE_DIR}."""
        for other, text in lists.items():
            seen = os.path.relpath(wanted, os.path.dirname(other) or ".")
            before = r"(?:(?<![\w./-])|(?<=\}/))"
            if other != own_list and any(re.search(before + re.escape(name) + r"(?![\w./-])", text) for name in (seen, wanted)):
                return True
        return False

    complaints = []
    for path in sorted(tree):
        folder, name = os.path.split(path)
        if name == "CMakeLists.txt":
            fine = not folder or is_named(folder, path)
        elif name.endswith(".cc") or (is_in(path, "tests") and name.endswith("_test.py")):
            fine = is_named(path, None)
        else:
            fine = True
        if not fine:
            complaints.append(f"{path}:1: no CMake list names this")
    return complaints


ALL = [check_top_level, check_layers, check_purity, check_heavy_headers, check_headers, check_machine_paths, check_listed]
